#include "tools/nightshift/backup.h"

#include <inttypes.h>
#include <time.h>

#include "base/text.h"
#include "tools/common/progress.h"
#include "tools/nightshift/backup_wrap.h"
#include "tools/nightshift/sealed.h"

#define MOVE_PAGE 200
#define LOOK_EVERY_S 1

/* clang-format off */
const struct option_row backup_move_options[] = {
    { "recipient", "AGE1", "customer: of the key that opens the backups from now on", false, false },
    { "rotate", NULL, "service: make a new key in the place of the service's own", false, false },
    { "identity", "FILE", "out of the customer's custody: the key that opens them now", false, false },
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

/* A move under way that only the present key's owner can finish. */
struct move {
    struct wrap wrap;
    struct progress progress;
    int64_t done, left, refused;
};

/* ---- all of them ---------------------------------------------------------------------------------- */

/* One that cannot be wrapped is named and passed over: the others should not wait for it. */
static bool wrap_page(struct cli *cli, struct move *move, const struct json *items, struct err *err)
{
    for (size_t i = 0; i < json_count(items); i++) {
        int64_t number = 0;
        const char *id;

        if (cli_stop)
            return FAIL(err, ERR_GONE, "stopped");
        if (!json_integer(json_member(json_item(items, i), "id"), &number))
            return FAIL(err, ERR_INVALID, "the service lists a backup without an id");
        id = arena_printf(cli->arena, "%" PRId64, number);
        if (backup_wrap(cli, &move->wrap, json_item(items, i), id, err)) {
            move->done++;
        } else {
            if (err->code == ERR_IO || err->code == ERR_BUSY || err->code == ERR_UNKNOWN_WHO)
                return false;
            /* Gone meanwhile is as good as done. */
            move->refused += err->code != ERR_NOT_FOUND && err->code != ERR_GONE;
            cli_say("backup %s: %s", id, err->text);
        }
        progress_tell(&move->progress, move->done + move->refused, move->left);
    }
    return true;
}

/* From the newest to the oldest, with memory of its own for each page. */
static bool wrap_pass(struct cli *cli, struct move *move, struct err *err)
{
    char cursor[256] = "";

    do {
        AUTO(arena_freep) struct arena *arena = arena_new();
        struct cli now = *cli;
        const struct json *answer;
        const char *next;

        now.arena = arena;
        if (!cli_get(&now,
                     arena_printf(arena, "/api/v1/backups?to_move=1&limit=%d%s%s", MOVE_PAGE,
                                  cursor[0] ? "&cursor=" : "", text_escape(arena, cursor)),
                     &answer, err) ||
            !wrap_page(&now, move, json_member(answer, "items"), err))
            return false;
        next = json_string(json_member(answer, "next"));
        if (next && strlen(next) >= sizeof(cursor))
            return FAIL(err, ERR_INVALID, "the service's cursor is too long");
        memcpy(cursor, next ? next : "", next ? strlen(next) + 1 : 1);
    } while (cursor[0]);
    return true;
}

/* Backups that arrive meanwhile may still be sealed to the old recipient: pass by pass until none is left. */
static bool wrap_all(struct cli *cli, struct move *move, const struct custody *custody, struct err *err)
{
    struct custody now = *custody;
    int64_t before;

    move->left = custody->left;
    progress_begin(&move->progress, "wrapping headers anew", 0, move->left);
    move->progress.of = "backups";
    do {
        before = move->done;
        move->refused = 0;
        cli->advice = "run the same command again: it goes on where it stopped";
        if (!wrap_pass(cli, move, err) || !custody_get(cli, &now, err))
            return false;
        move->left = move->done + now.left;
    } while (move->done > before && !text_blank(now.next_custody));
    progress_tell(&move->progress, move->done, move->left);
    progress_end(&move->progress);
    if (text_blank(now.next_custody))
        return true;
    cli->advice = "look at those named above with `nightshift backup show ID`; drop what nobody can open, "
                  "then run the same command again";
    return FAIL(err, ERR_CONFLICT, "%" PRId64 " backups are wrapped, %" PRId64 " could not be", move->done,
                now.left);
}

/* ---- the move --------------------------------------------------------------------------------------- */

/* The service holds the key and wraps by itself. */
static bool wait_for_service(struct cli *cli, struct custody *custody, struct err *err)
{
    struct progress progress;
    int64_t first = custody->left;

    progress_begin(&progress, "the service wraps headers anew", 0, first);
    progress.of = "backups";
    while (!text_blank(custody->next_custody)) {
        if (cli_stop)
            return FAIL(err, ERR_GONE, "the service goes on without us");
        nanosleep(&(struct timespec){LOOK_EVERY_S, 0}, NULL);
        if (!custody_get(cli, custody, err))
            return false;
        progress_tell(&progress, first - custody->left, first);
    }
    return true;
}

/* The key that opens them now, asked for before anything is begun. NULL: there is no backup to open. */
static bool own_key(struct cli *cli, const struct custody *custody, struct age_identity **out,
                    struct err *err)
{
    AUTO(age_identity_freep) struct age_identity *by = NULL;
    char recipient[AGE_RECIPIENT_CHARS + 1];
    bool is_any = true;

    /* A lost key must not keep anybody where nothing is left to be wrapped. */
    if (!options_has(&cli->options, "identity") && !backup_any(cli, &is_any, err))
        return backup_no(cli, err, NULL);
    if (!is_any)
        return true;
    if (!sealed_identity(cli, "the customer has the key and headers are wrapped here", &by, err))
        return false;
    age_recipient_text(age_identity_recipient(by), recipient);
    if (!text_equal(recipient, custody->recipient)) {
        cli->advice = "give the key file of the present recipient with --identity";
        return FAIL(err, ERR_FORBIDDEN, "this is the key of %s, the backups are sealed to %s", recipient,
                    custody->recipient);
    }
    *out = by;
    by = NULL;
    return true;
}

static bool begin(struct cli *cli, const char *to, const char *recipient, struct custody *out,
                  struct err *err)
{
    struct json_out body = cli_body(cli);
    const struct json *answer;

    json_text(&body, "custody", to);
    if (recipient)
        json_text(&body, "recipient", recipient);
    return cli_send(cli, "POST", "/api/v1/backup-custody", &body, &answer, err) && custody_get(cli, out, err);
}

static bool words_check(struct cli *cli, const char *to, const char *recipient, struct err *err)
{
    struct age_recipient ignored;

    if (!text_equal(to, "service") && !text_equal(to, "customer"))
        return MISUSE(cli, err, "custody is \"service\" or \"customer\", not \"%s\"", to);
    if (text_equal(to, "customer") && options_has(&cli->options, "rotate"))
        return MISUSE(cli, err, "the customer's key is changed by giving the new one: --recipient AGE1");
    if (text_equal(to, "service") && recipient)
        return MISUSE(cli, err, "the service makes a key of its own: no --recipient");
    if (recipient && !age_recipient_parse(span_of(recipient), &ignored, err)) {
        cli->is_misused = true;
        return err_within(err, "--recipient");
    }
    return true;
}

/* The same move again, after an interruption. */
static bool is_under_way(const struct custody *now, const char *to, const char *recipient)
{
    return text_equal(now->next_custody, to) && (!recipient || text_equal(now->next_recipient, recipient));
}

static bool is_there(const struct custody *now, const char *to, const char *recipient)
{
    return text_blank(now->next_custody) && text_equal(now->custody, to) &&
           (!recipient || text_equal(now->recipient, recipient));
}

static bool finish(struct cli *cli, const struct custody *custody, const struct age_identity *by,
                   struct err *err)
{
    struct custody now = *custody;
    struct move move = {.wrap = {by, now.recipient, now.next_recipient}};

    if (!text_blank(now.next_custody) && custody_is_customer(&now) && !by)
        return FAIL(err, ERR_CONFLICT,
                    "a backup came meanwhile: run the same command again, with --identity");
    if (!text_blank(now.next_custody) &&
        (by ? !wrap_all(cli, &move, &now, err) : !wait_for_service(cli, &now, err)))
        return false;
    cli->advice = NULL;
    if (!custody_get(cli, &now, err))
        return false;
    if (!cli_printed_json(cli))
        cli_print("custody    %s\nrecipient  %s\n", now.custody, now.recipient);
    cli_next("take a fresh one and see it opens: nightshift backup request DEVICE");
    return true;
}

bool backup_move_command(struct cli *cli, struct err *err)
{
    const char *to = options_word(&cli->options, 0), *recipient = options_text(&cli->options, "recipient");
    AUTO(age_identity_freep) struct age_identity *by = NULL;
    struct custody now;
    bool is_begun;

    if (!words_check(cli, to, recipient, err))
        return false;
    if (!custody_get(cli, &now, err))
        return backup_no(cli, err, NULL);
    if (is_there(&now, to, recipient) && (recipient || text_equal(to, "service")) &&
        !options_has(&cli->options, "rotate")) {
        cli_say("that is so already");
        return finish(cli, &now, NULL, err);
    }
    is_begun = is_under_way(&now, to, recipient);
    if (text_equal(to, "customer") && !recipient && !is_begun)
        return MISUSE(cli, err,
                      "whose key? Make one with `nightshift backup key make FILE`, "
                      "then give --recipient AGE1");
    if (custody_is_customer(&now) && !own_key(cli, &now, &by, err))
        return false;
    if (!is_begun && !begin(cli, to, recipient, &now, err))
        return backup_no(cli, err, "another move may be under way: nightshift backup custody");
    return finish(cli, &now, by, err);
}
