#include "tools/agent/parts.h"

#include "base/ident.h"
#include "base/text.h"
#include "signing/ticket.h"

/* ---- redeeming ---------------------------------------------------------------- */

/* Chosen once and kept before it is said: whoever asks again with the same one gets the same answer, and
 * nobody else gets any. */
static bool nonce_keep(struct agent *agent, struct arena *arena, int64_t now_ms, struct err *err)
{
    struct agent_state next = agent_state_copy(arena, &agent->state);

    if (next.plan->nonce)
        return true;
    next.plan->nonce = ident_new(arena, 16);
    return agent_adopt(agent, &next, now_ms, err);
}

struct redeemed {
    const char *href, *digest;
    struct span ticket;
    int64_t restore, size;
};

static bool redeemed_read(struct arena *arena, struct span body, struct redeemed *out, struct err *err)
{
    const struct json *object, *ticket = NULL;
    struct buf text = {.arena = arena};
    struct json_out j = {.buf = &text};
    const struct json_field fields[] = {
        JSON_INT("restore", out->restore, 1, INT64_MAX), JSON_OBJECT_OF("ticket", ticket),
        JSON_TEXT("href", out->href, 1, 4096),           JSON_INT("size", out->size, 1, INT64_MAX),
        JSON_TEXT("digest", out->digest, 64, 64),
    };

    if (!json_parse(arena, body, &object, err) || !json_read_lenient(object, fields, COUNT(fields), err))
        return err_within(err, "the answer to the redemption");
    json_copy(&j, NULL, ticket);
    out->ticket = buf_span(&text);
    return true;
}

static bool redeem(struct agent *agent, struct arena *arena, struct redeemed *out, struct err *err)
{
    const struct agent_plan *plan = agent->state.plan;
    const char *tail = arena_printf(arena, "/restores/%s/redeem", plan->restore);
    struct buf text = {.arena = arena};
    struct json_out j = {.buf = &text};
    struct answer answer;

    json_open(&j, NULL);
    json_text(&j, "nonce", plan->nonce);
    json_close(&j);
    return (agent_ask(agent, arena, "POST", agent_path(agent, arena, tail), buf_span(&text), &answer, err) ||
            err_within(err, "redeeming restore %s", plan->restore)) &&
           redeemed_read(arena, answer.body, out, err);
}

/* ---- what the ticket must be ---------------------------------------------------------- */

static bool file_check(const struct agent_plan *plan, const struct redeemed *redeemed,
                       const struct restore_ticket *ticket, struct err *err)
{
    const struct agent_part *part = &plan->parts[0];

    if (ticket->length != redeemed->size || ticket->length != part->size)
        return FAIL(err, ERR_FORBIDDEN, "the ticket is for %lld bytes, what is offered has %lld",
                    (long long)ticket->length, (long long)part->size);
    if (!text_equal(ticket->digest, redeemed->digest) || !text_equal(ticket->digest, part->sha256))
        return FAIL(err, ERR_FORBIDDEN, "the ticket is for another file than the one that is offered");
    return true;
}

static bool ticket_check(struct agent *agent, struct arena *arena, const struct redeemed *redeemed,
                         const struct restore_ticket *ticket, int64_t now_ms, struct err *err)
{
    const struct agent_setup *setup = &agent->setup;
    const struct agent_plan *plan = agent->state.plan;

    if (!text_equal(ticket->tenant, setup->tenant) || !text_equal(ticket->device, setup->id))
        return FAIL(err, ERR_FORBIDDEN, "the ticket is for %s of %s, this is %s of %s", ticket->device,
                    ticket->tenant, setup->id, setup->tenant);
    if (!text_equal(arena_printf(arena, "%lld", (long long)ticket->restore), plan->restore))
        return FAIL(err, ERR_FORBIDDEN, "the ticket is for restore %lld, not for %s",
                    (long long)ticket->restore, plan->restore);
    if (ticket->counter <= agent->state.restore_counter)
        return FAIL(err, ERR_FORBIDDEN, "the ticket was used before: its counter is %lld, ours is %lld",
                    (long long)ticket->counter, (long long)agent->state.restore_counter);
    if (ticket->expires_ms <= agent_wall_ms(agent, now_ms))
        return FAIL(err, ERR_GONE, "the ticket expired at %s", text_time(arena, ticket->expires_ms));
    return file_check(plan, redeemed, ticket, err);
}

/* ---- taking it over ------------------------------------------------------------------------ */

bool category_is_line(const char *name)
{
    return text_equal(name, "network") || text_equal(name, "wireless");
}

/* As the table has them, but what may cut the line comes last: the rest is safe by then. */
static void categories_take(struct arena *arena, const char *names, struct agent_plan *plan)
{
    bool is_named[SNAPSHOT_KINDS] = {false};
    struct span rest = span_of(names), piece;

    while (text_split(&rest, ',', &piece)) {
        const struct snapshot_kind *kind = snapshot_kind_find(arena_text(arena, piece));

        if (kind)
            is_named[kind - snapshot_kinds] = true;
    }
    plan->categories = ARENA_MANY(arena, struct agent_category, SNAPSHOT_KINDS);
    plan->category_count = 0;
    for (int is_line = 0; is_line < 2; is_line++)
        for (size_t i = 0; i < SNAPSHOT_KINDS; i++)
            if (is_named[i] && category_is_line(snapshot_kinds[i].name) == (bool)is_line)
                plan->categories[plan->category_count++] =
                    (struct agent_category){.name = snapshot_kinds[i].name};
}

static bool take(struct agent *agent, struct arena *arena, const struct redeemed *redeemed,
                 const struct restore_ticket *ticket, int64_t now_ms, struct err *err)
{
    struct agent_state next = agent_state_copy(arena, &agent->state);

    categories_take(arena, ticket->categories, next.plan);
    if (next.plan->category_count == 0)
        return FAIL(err, ERR_INVALID, "the ticket names no category");
    next.plan->parts[0].url = redeemed->href;
    next.restore_counter = ticket->counter;
    next.phase = AGENT_DOWNLOADING;
    return agent_adopt(agent, &next, now_ms, err);
}

bool agent_restore_verify(struct agent *agent, struct arena *arena, int64_t now_ms, struct err *err)
{
    struct restore_ticket ticket;
    struct redeemed redeemed = {.restore = 0};
    struct tuf_root root;

    if (!agent_takes_backups(agent) || !agent->setup.cache.read)
        return FAIL(err, ERR_INVALID, "this machine takes no settings from afar");
    if (!nonce_keep(agent, arena, now_ms, err) || !redeem(agent, arena, &redeemed, err) ||
        !agent_trust_root(agent, arena, now_ms, &root, err))
        return false;
    if (!ticket_read(arena, redeemed.ticket, &root.roles[TUF_TIMESTAMP], &ticket, err) ||
        !ticket_check(agent, arena, &redeemed, &ticket, now_ms, err))
        return err_within(err, "restore %s", agent->state.plan->restore);
    return take(agent, arena, &redeemed, &ticket, now_ms, err);
}

/* ---- telling ------------------------------------------------------------------------------------- */

static const char *word_of(enum category_journal journal)
{
    switch (journal) {
    case CATEGORY_APPLIED:
        return "applied";
    case CATEGORY_REVERTED:
        return "reverted";
    case CATEGORY_WANTED:
        return "skipped";
    default:
        return "failed";
    }
}

static struct span result_write(struct arena *arena, const struct agent_plan *plan)
{
    struct buf text = {.arena = arena};
    struct json_out j = {.buf = &text};

    json_open(&j, NULL);
    json_open_list(&j, "categories");
    for (size_t i = 0; i < plan->category_count; i++) {
        const struct agent_category *category = &plan->categories[i];

        json_open(&j, NULL);
        json_text(&j, "name", category->name);
        json_text(&j, "result", word_of(category->journal));
        json_int(&j, "items", category->items);
        json_text(&j, "text", category->text ? category->text : "");
        json_close(&j);
    }
    json_close(&j);
    json_close(&j);
    return buf_span(&text);
}

/* A service that does not want to hear it has its reasons: the closing report follows all the same. */
bool agent_restore_tell(struct agent *agent, struct arena *arena, struct err *err)
{
    const struct agent_plan *plan = agent->state.plan;
    const char *tail = arena_printf(arena, "/restores/%s/result", plan->restore);
    struct answer answer;

    if (plan->category_count == 0)
        return true;
    return agent_ask(agent, arena, "PUT", agent_path(agent, arena, tail), result_write(arena, plan), &answer,
                     err) ||
           !agent_is_passing(err) || err_within(err, "telling what was put back");
}
