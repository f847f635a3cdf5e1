#include "tools/nightshift/restore.h"

#include <inttypes.h>

#include "base/text.h"
#include "tools/nightshift/table.h"
#include "tools/nightshift/watch.h"

/* clang-format off */
static const struct field columns[] = {
    { "ID", "id", FIELD_PLAIN }, { "DEVICE", "device", FIELD_PLAIN }, { "BACKUP", "backup", FIELD_PLAIN },
    { "STATE", "state", FIELD_PLAIN }, { "CATEGORIES", "categories", FIELD_PLAIN }, { "CREATED", "created", FIELD_PLAIN },
    { "BY", "created_by", FIELD_PLAIN }, { "ENDED", "ended", FIELD_PLAIN },
};
static const struct field facts[] = {
    { "restore", "id", FIELD_PLAIN }, { "of backup", "backup", FIELD_PLAIN }, { "to device", "device", FIELD_PLAIN },
    { "state", "state", FIELD_PLAIN }, { "because", "reason", FIELD_PLAIN }, { "custody", "custody", FIELD_PLAIN },
    { "from model", "facts.source_model", FIELD_PLAIN }, { "to model", "facts.target_model", FIELD_PLAIN },
    { "same chassis", "facts.is_same_chassis", FIELD_PLAIN }, { "sealed for", "facts.recipient", FIELD_PLAIN },
    { "categories", "categories", FIELD_PLAIN }, { "items", "counts", FIELD_PLAIN }, { "as it is", "is_whole", FIELD_PLAIN },
    { "plan", "digest", FIELD_PLAIN }, { "wished for", "wish", FIELD_PLAIN }, { "planned", "created", FIELD_PLAIN }, { "by", "created_by", FIELD_PLAIN },
    { "needs approval", "needs_approval", FIELD_PLAIN }, { "approved by", "approved_by", FIELD_PLAIN },
    { "needs consent", "needs_consent", FIELD_PLAIN }, { "consent of", "consent.by", FIELD_PLAIN },
    { "in words", "consent.text", FIELD_PLAIN }, { "size", "size", FIELD_BYTES }, { "expires", "expires", FIELD_PLAIN },
    { "action", "action", FIELD_PLAIN }, { "ended", "ended", FIELD_PLAIN },
};
static const struct field results[] = {
    { "CATEGORY", "name", FIELD_PLAIN }, { "RESULT", "result", FIELD_PLAIN }, { "ITEMS", "items", FIELD_PLAIN },
    { "WHAT IT SAYS", "text", FIELD_PLAIN },
};
const struct option_row restore_list_options[] = {
    { "device", "DEVICE", "to this device", false, false },
    { NULL, NULL, NULL, false, false },
};
const struct option_row restore_show_options[] = {{ NULL, NULL, NULL, false, false }};
const struct option_row restore_approve_options[] = {{ NULL, NULL, NULL, false, false }};
const struct option_row restore_consent_options[] = {
    { "by",   "NAME", "who at the customer consents", true, false },
    { "text", "TEXT", "in which words, for the record", false, false },
    { NULL, NULL, NULL, false, false },
};
const struct option_row restore_cancel_options[] = {
    { "reason", "TEXT", "why, for the record", true, false },
    { NULL, NULL, NULL, false, false },
};
const struct option_row restore_watch_options[] = {
    WATCH_EVERY,
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

bool restore_id(struct cli *cli, const char **out, struct err *err)
{
    const char *id = options_word(&cli->options, 0);
    int64_t number;

    if (!text_int(id, "ID", 1, INT64_MAX, &number, err))
        return MISUSE(cli, err, "\"%s\" is not a restore's ID; see: nightshift restore list", id);
    *out = id;
    return true;
}

char *restore_path(struct cli *cli, const char *id, const char *after)
{
    return cli_path(cli, "/api/v1/restores/", id, after);
}

bool restore_fetch(struct cli *cli, const char **id, const struct json **out, struct err *err)
{
    return restore_id(cli, id, err) &&
           (cli_get(cli, restore_path(cli, *id, NULL), out, err) || backup_no(cli, err, NULL));
}

bool restore_is_over(const char *state)
{
    static const char *const over[] = {"done", "failed", "expired", "cancelled"};

    for (size_t i = 0; i < COUNT(over); i++)
        if (text_equal(state, over[i]))
            return true;
    return false;
}

bool restore_is_customer(const struct json *restore)
{
    return text_equal(json_string(json_member(restore, "custody")), "customer");
}

/* ---- looking ----------------------------------------------------------------------------------- */

void restore_add(struct buf *out, const struct json *restore)
{
    static const struct field id = {"", "id", FIELD_PLAIN}, backup = {"", "backup", FIELD_PLAIN},
                              device = {"", "device", FIELD_PLAIN}, state = {"", "state", FIELD_PLAIN},
                              reason = {"", "reason", FIELD_PLAIN};
    const struct json *list = json_member(restore, "results");
    const char *why = field_text(out->arena, restore, &reason);

    buf_printf(out, "restore %s of backup %s to %s is %s", field_text(out->arena, restore, &id),
               field_text(out->arena, restore, &backup), field_text(out->arena, restore, &device),
               field_text(out->arena, restore, &state));
    if (!text_equal(why, "-"))
        buf_printf(out, ": %s", why);
    buf_char(out, '\n');
    if (json_count(list))
        table_add(out, list, results, COUNT(results));
}

void restore_show(struct cli *cli, const struct json *restore)
{
    const struct json *list = json_member(restore, "results");
    const char *plan = json_string(json_member(restore, "text"));

    if (cli_printed_json(cli))
        return;
    facts_print(cli, restore, facts, COUNT(facts));
    if (!text_blank(plan))
        cli_print("\n%s", plan);
    if (json_count(list)) {
        cli_print("\n");
        table_print(cli, list, results, COUNT(results));
    }
}

static bool is_missing(const struct json *restore, const char *needs, const char *has)
{
    return json_is_true(json_member(restore, needs)) && !json_member(restore, has);
}

void restore_say_next(const struct json *restore)
{
    const char *state = json_string(json_member(restore, "state"));
    const char *identity = restore_is_customer(restore) ? " --identity FILE" : "";
    int64_t id = 0;

    if (!json_integer(json_member(restore, "id"), &id))
        return;
    if (text_equal(state, "planned") && is_missing(restore, "needs_approval", "approved_by"))
        cli_next("another person: nightshift restore approve %" PRId64, id);
    else if (text_equal(state, "planned") && is_missing(restore, "needs_consent", "consent"))
        cli_next("nightshift restore consent %" PRId64 " --by NAME", id);
    else if (text_equal(state, "planned"))
        cli_next("nightshift restore start %" PRId64 "%s --watch", id, identity);
    else if (text_equal(state, "started") || text_equal(state, "redeemed"))
        cli_next("nightshift restore watch %" PRId64, id);
    else if (text_equal(state, "done"))
        cli_next("nightshift restore compare %" PRId64 "%s", id, identity);
    else if (restore_is_over(state) || text_equal(state, "needs-plan"))
        cli_next("plan anew: nightshift restore plan BACKUP --device DEVICE%s", identity);
}

bool restore_list_command(struct cli *cli, struct err *err)
{
    const char *device = options_text(&cli->options, "device");
    const char *query = device ? arena_printf(cli->arena, "device=%s", text_escape(cli->arena, device)) : "";

    return list_command(cli, "/api/v1/restores", query, columns, COUNT(columns), err) ||
           backup_no(cli, err, NULL);
}

bool restore_show_command(struct cli *cli, struct err *err)
{
    const struct json *restore;
    const char *id;

    if (!restore_fetch(cli, &id, &restore, err))
        return false;
    restore_show(cli, restore);
    restore_say_next(restore);
    return true;
}

/* ---- moves --------------------------------------------------------------------------------------- */

static bool move(struct cli *cli, const char *verb, struct json_out *body, const char *conflict,
                 struct err *err)
{
    const struct json *restore;
    const char *id;

    if (!restore_id(cli, &id, err))
        return false;
    if (!cli_send(cli, "POST", restore_path(cli, id, verb), body, &restore, err))
        return backup_no(cli, err, conflict);
    restore_show(cli, restore);
    restore_say_next(restore);
    return true;
}

bool restore_approve_command(struct cli *cli, struct err *err)
{
    struct json_out body = cli_body(cli);

    return move(cli, "/approve", &body, "whoever planned cannot approve: ask somebody else", err);
}

bool restore_consent_command(struct cli *cli, struct err *err)
{
    struct json_out body = cli_body(cli);

    cli_add_text(cli, &body, "by", "by");
    json_text(&body, "text", options_has(&cli->options, "text") ? options_text(&cli->options, "text") : "");
    return move(cli, "/consent", &body, NULL, err);
}

bool restore_cancel_command(struct cli *cli, struct err *err)
{
    struct json_out body = cli_body(cli);

    cli_add_text(cli, &body, "reason", "reason");
    return move(cli, "/cancel", &body, NULL, err);
}

/* ---- to its end ----------------------------------------------------------------------------------- */

bool restore_follow(struct cli *cli, const char *id, struct err *err)
{
    struct watch watch = {
        .path = restore_path(cli, id, NULL), .add = restore_add, .is_over = restore_is_over, .good = "done"};

    if (!watch_follow(cli, &watch, err))
        return backup_no(cli, err, NULL);
    if (cli_stop)
        return true;
    cli_next(cli->exit_code == CLI_REFUSED ? "what it said: nightshift restore show %s"
                                           : "is it there? nightshift restore compare %s",
             id);
    return true;
}

bool restore_watch_command(struct cli *cli, struct err *err)
{
    const char *id;

    return restore_id(cli, &id, err) && restore_follow(cli, id, err);
}
