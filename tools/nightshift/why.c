/* Why not yet: of one device, and of a rollout's fleet by reason. */
#include <inttypes.h>

#include "base/text.h"
#include "tools/nightshift/device.h"
#include "tools/nightshift/rollout.h"
#include "tools/nightshift/table.h"

/* clang-format off */
static const struct field waits[] = {
    { "WHAT", "code", FIELD_PLAIN }, { "UNTIL", "until", FIELD_PLAIN }, { "WHY", "text", FIELD_PLAIN },
};
static const struct field groups[] = {
    { "DEVICES", "devices", FIELD_PLAIN }, { "WHAT", "code", FIELD_PLAIN }, { "SOONEST", "soonest", FIELD_PLAIN },
    { "LATEST", "latest", FIELD_PLAIN }, { "SUCH AS", "some", FIELD_PLAIN }, { "WHY", "text", FIELD_PLAIN },
};
#define END { NULL, NULL, NULL, false, false }
const struct option_row device_why_options[] = { END };
const struct option_row rollout_why_options[] = { END };
/* clang-format on */

static const char *text_of(struct cli *cli, const struct json *object, const char *member)
{
    const struct field field = {"", member, FIELD_PLAIN};

    return field_text(cli->arena, object, &field);
}

static void add_target(struct cli *cli, struct buf *out, const struct json *target)
{
    const struct json *expected = json_member(target, "expected");

    buf_printf(out, "%s %s", text_of(cli, target, "release.family"), text_of(cli, target, "release.version"));
    if (json_member(target, "rollout"))
        buf_printf(out, ", rollout %s \"%s\" (%s), stage %s", text_of(cli, target, "rollout.id"),
                   text_of(cli, target, "rollout.name"), text_of(cli, target, "rollout.state"),
                   text_of(cli, target, "stage"));
    else
        buf_text(out, ", assigned by hand");
    if (json_is_true(json_member(target, "done")))
        buf_text(out, ": done");
    else if (expected)
        buf_printf(out, ": expected from %s", text_of(cli, target, "expected"));
    else
        buf_text(out, ": nobody knows until when");
    buf_text(out, "\n\n");
    table_add(out, json_member(target, "waits"), waits, COUNT(waits));
    buf_char(out, '\n');
}

bool device_why_command(struct cli *cli, struct err *err)
{
    const char *id = options_word(&cli->options, 0);
    struct buf out = {.arena = cli->arena};
    const struct json *why, *targets;

    if (!cli_get(cli, cli_path(cli, "/api/v1/devices/", id, "/why"), &why, err))
        return false;
    if (cli_printed_json(cli))
        return true;
    if (json_member(why, "quarantine"))
        buf_printf(&out, "%s is quarantined since %s: %s\n\n", id, text_of(cli, why, "quarantine.at"),
                   text_of(cli, why, "quarantine.why"));
    targets = json_member(why, "targets");
    if (json_count(targets) == 0)
        buf_printf(&out, "%s: no rollout that runs, is paused or was halted is for it\n", id);
    for (size_t i = 0; i < json_count(targets); i++)
        add_target(cli, &out, json_item(targets, i));
    if (json_member(why, "drift"))
        buf_printf(&out, "after action %s: %s\n", text_of(cli, why, "drift.action"),
                   text_of(cli, why, "drift.text"));
    cli_print("%s", buf_cstr(&out));
    device_say_drift(why);
    return true;
}

/* ---- a rollout: pages of devices, their groups put together here ----------------------------- */

#define GROUPS_MAX 512

struct group {
    const char *code, *text, *soonest, *latest;
    const struct json *some;
    int64_t devices;
};
struct groups {
    struct group at[GROUPS_MAX];
    size_t count;
    int64_t looked;
    const char *waits;
};

static struct group *group_of(struct groups *all, const char *code, const char *text)
{
    for (size_t i = 0; i < all->count; i++)
        if (text_equal(all->at[i].code, code) &&
            (text_equal(all->at[i].text, text) ||
             !(text_equal(code, "held") || text_equal(code, "failed") || text_equal(code, "floor-needed"))))
            return &all->at[i];
    if (all->count == GROUPS_MAX)
        return &all->at[GROUPS_MAX - 1];
    all->at[all->count] = (struct group){.code = code, .text = text};
    return &all->at[all->count++];
}

/* RFC 3339 in UTC: what is later is greater. */
static void take_group(struct groups *all, const struct json *item)
{
    const char *soonest = json_string(json_member(item, "soonest"));
    const char *latest = json_string(json_member(item, "latest"));
    struct group *g =
        group_of(all, json_string(json_member(item, "code")), json_string(json_member(item, "text")));
    int64_t devices = 0;

    (void)json_integer(json_member(item, "devices"), &devices);
    g->devices += devices;
    g->some = g->some ? g->some : json_member(item, "some");
    if (soonest && (!g->soonest || strcmp(soonest, g->soonest) < 0))
        g->soonest = soonest;
    if (latest && (!g->latest || strcmp(latest, g->latest) > 0))
        g->latest = latest;
}

static bool take_page(struct cli *cli, const char *id, struct groups *all, const char **cursor,
                      struct err *err)
{
    const char *query =
        arena_printf(cli->arena, "/why?limit=500%s%s", *cursor ? "&cursor=" : "", *cursor ? *cursor : "");
    const struct json *page, *items;
    int64_t looked = 0;

    if (!cli_get(cli, rollout_path(cli, id, query), &page, err))
        return false;
    items = json_member(page, "items");
    for (size_t i = 0; i < json_count(items); i++)
        take_group(all, json_item(items, i));
    (void)json_integer(json_member(page, "looked"), &looked);
    all->looked += looked;
    all->waits = json_string(json_member(page, "waits"));
    *cursor = json_string(json_member(page, "next"));
    return true;
}

static const struct json *groups_json(struct cli *cli, const struct groups *all, struct span *text,
                                      struct err *err)
{
    struct buf *b = ARENA_NEW(cli->arena, struct buf);
    struct json_out j = {.buf = b};
    const struct json *out;

    b->arena = cli->arena;
    json_open(&j, NULL);
    json_int(&j, "looked", all->looked);
    json_text_if(&j, "waits", all->waits);
    json_open_list(&j, "items");
    for (size_t i = 0; i < all->count; i++) {
        json_open(&j, NULL);
        json_text(&j, "code", all->at[i].code);
        json_text(&j, "text", all->at[i].text);
        json_int(&j, "devices", all->at[i].devices);
        json_text_if(&j, "soonest", all->at[i].soonest);
        json_text_if(&j, "latest", all->at[i].latest);
        json_copy(&j, "some", all->at[i].some);
        json_close(&j);
    }
    json_close(&j);
    json_close(&j);
    *text = buf_span(b);
    return json_parse(cli->arena, *text, &out, err) ? out : NULL;
}

bool rollout_why_command(struct cli *cli, struct err *err)
{
    struct groups *all = ARENA_NEW(cli->arena, struct groups);
    const char *cursor = NULL, *id;
    const struct json *whole;

    if (!rollout_id(cli, &id, err))
        return false;
    do
        if (!take_page(cli, id, all, &cursor, err))
            return false;
    while (cursor);
    whole = groups_json(cli, all, &cli->answer, err);
    if (!whole)
        return false;
    if (cli_printed_json(cli))
        return true;
    if (all->waits)
        cli_print("%s\n\n", field_clean(cli->arena, all->waits));
    table_print(cli, json_member(whole, "items"), groups, COUNT(groups));
    cli_next("nightshift device why DEVICE");
    return true;
}
