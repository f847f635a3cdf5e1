#include "tools/nightshift/backup.h"

#include <inttypes.h>

#include "base/text.h"
#include "tools/nightshift/table.h"

/* clang-format off */
static const struct field columns[] = {
    { "ID", "id", FIELD_PLAIN }, { "DEVICE", "device", FIELD_PLAIN }, { "TAKEN", "taken", FIELD_PLAIN },
    { "WHY", "trigger", FIELD_PLAIN }, { "MODEL", "model", FIELD_PLAIN }, { "SIZE", "size", FIELD_BYTES },
    { "CATEGORIES", "categories", FIELD_COUNT_OF }, { "LOCKED UNTIL", "locked_until", FIELD_PLAIN },
    { "HELD FOR", "hold.reason", FIELD_PLAIN }, { "GONE", "gone_why", FIELD_PLAIN },
};
static const struct field facts[] = {
    { "backup", "id", FIELD_PLAIN }, { "device", "device", FIELD_PLAIN }, { "customer", "customer", FIELD_PLAIN },
    { "taken", "taken", FIELD_PLAIN }, { "received", "received", FIELD_PLAIN }, { "why", "trigger", FIELD_PLAIN },
    { "model", "model", FIELD_PLAIN }, { "serial", "serial", FIELD_PLAIN }, { "firmware", "firmware", FIELD_PLAIN },
    { "categories", "categories", FIELD_PLAIN }, { "size", "size", FIELD_BYTES }, { "sha256", "sha256", FIELD_PLAIN },
    { "can be opened by", "recipients", FIELD_PLAIN }, { "locked until", "locked_until", FIELD_PLAIN },
    { "held for", "hold.reason", FIELD_PLAIN }, { "held by", "hold.by", FIELD_PLAIN },
    { "held since", "hold.since", FIELD_PLAIN }, { "for action", "action", FIELD_PLAIN },
    { "for restore", "restore", FIELD_PLAIN }, { "gone", "gone", FIELD_PLAIN }, { "gone because", "gone_why", FIELD_PLAIN },
};
static const struct field pruned[] = {
    { "ID", "id", FIELD_PLAIN }, { "DEVICE", "device", FIELD_PLAIN }, { "TAKEN", "taken", FIELD_PLAIN },
    { "SIZE", "size", FIELD_BYTES }, { "WHY", "why", FIELD_PLAIN },
};
const struct option_row backup_list_options[] = {
    { "device",   "DEVICE", "of this device", false, false },
    { "customer", "NAME",   "of this customer", false, false },
    { NULL, NULL, NULL, false, false },
};
const struct option_row backup_show_options[] = {{ NULL, NULL, NULL, false, false }};
const struct option_row backup_request_options[] = {{ NULL, NULL, NULL, false, false }};
const struct option_row backup_hold_options[] = {
    { "reason", "TEXT", "why it must not be dropped: a case, a name", true, false },
    { NULL, NULL, NULL, false, false },
};
const struct option_row backup_release_options[] = {{ NULL, NULL, NULL, false, false }};
const struct option_row backup_drop_options[] = {{ NULL, NULL, NULL, false, false }};
const struct option_row backup_prune_options[] = {
    { "dry-run", NULL, "say what would go, and drop nothing", false, false },
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

bool backup_id(struct cli *cli, const char **out, struct err *err)
{
    const char *id = options_word(&cli->options, 0);
    int64_t number;

    if (!text_int(id, "ID", 1, INT64_MAX, &number, err))
        return MISUSE(cli, err, "\"%s\" is not a backup's ID; see: nightshift backup list", id);
    *out = id;
    return true;
}

char *backup_path(struct cli *cli, const char *id, const char *after)
{
    return cli_path(cli, "/api/v1/backups/", id, after);
}

bool backup_no(struct cli *cli, const struct err *err, const char *conflict)
{
    if (cli->advice)
        return false;
    if (err->code == ERR_NOT_FOUND)
        cli->advice = "see which there are: nightshift backup list, nightshift device list";
    else if (err->code == ERR_GONE)
        cli->advice = "take another one: nightshift backup list";
    else if (err->code == ERR_CONFLICT && conflict)
        cli->advice = conflict;
    return false;
}

/* ---- looking ---------------------------------------------------------------------------------- */

bool backup_list_command(struct cli *cli, struct err *err)
{
    static const char *const filters[] = {"device", "customer"};
    struct buf query = {.arena = cli->arena};

    for (size_t i = 0; i < COUNT(filters); i++) {
        const char *value = options_text(&cli->options, filters[i]);

        if (value)
            buf_printf(&query, "%s%s=%s", query.size ? "&" : "", filters[i], text_escape(cli->arena, value));
    }
    return list_command(cli, "/api/v1/backups", buf_cstr(&query), columns, COUNT(columns), err) ||
           backup_no(cli, err, NULL);
}

static bool shown(struct cli *cli, const struct json *backup)
{
    if (!cli_printed_json(cli))
        facts_print(cli, backup, facts, COUNT(facts));
    return true;
}

bool backup_show_command(struct cli *cli, struct err *err)
{
    const struct json *backup;
    const char *id;

    if (!backup_id(cli, &id, err))
        return false;
    return cli_get(cli, backup_path(cli, id, NULL), &backup, err) ? shown(cli, backup)
                                                                  : backup_no(cli, err, NULL);
}

/* ---- asking for one ----------------------------------------------------------------------------- */

bool backup_request_command(struct cli *cli, struct err *err)
{
    const char *device = options_word(&cli->options, 0);
    struct json_out body = cli_body(cli);

    if (!cli_send(cli, "POST", cli_path(cli, "/api/v1/devices/", device, "/backups"), &body, NULL, err))
        return backup_no(cli, err,
                         "a backup needs a custody and a device that can seal: nightshift backup custody, "
                         "nightshift device show DEVICE");
    if (!cli_printed_json(cli))
        cli_say("%s will be asked at its next check-in; at once, if it keeps its poll open", device);
    cli_next("see it arrive: nightshift backup list --device %s", device);
    return true;
}

/* ---- keeping and dropping ------------------------------------------------------------------------ */

bool backup_hold_command(struct cli *cli, struct err *err)
{
    struct json_out body = cli_body(cli);
    const struct json *backup;
    const char *id;

    if (!backup_id(cli, &id, err))
        return false;
    cli_add_text(cli, &body, "reason", "reason");
    if (!cli_send(cli, "POST", backup_path(cli, id, "/hold"), &body, &backup, err))
        return backup_no(cli, err, NULL);
    cli_say("held: nobody can drop it, and no rule does");
    shown(cli, backup);
    cli_next("when the case is closed: nightshift backup release %s", id);
    return true;
}

bool backup_release_command(struct cli *cli, struct err *err)
{
    struct json_out body = cli_body(cli);
    const struct json *backup;
    const char *id;

    if (!backup_id(cli, &id, err))
        return false;
    if (!cli_send(cli, "POST", backup_path(cli, id, "/release"), &body, &backup, err))
        return backup_no(cli, err, NULL);
    cli_say("released: the rules decide again");
    return shown(cli, backup);
}

bool backup_drop_command(struct cli *cli, struct err *err)
{
    const char *id;

    if (!backup_id(cli, &id, err))
        return false;
    if (!cli_confirmed(
            arena_printf(cli->arena, "Drop backup %s for good? Nobody can open it afterwards.", id)))
        return FAIL(err, ERR_CONFLICT, "not dropped");
    if (!cli_ask(cli, "DELETE", backup_path(cli, id, NULL), (struct span){NULL, 0}, NULL, err))
        return backup_no(cli, err, "what keeps it, and how long: nightshift backup show ID");
    if (!cli_printed_json(cli))
        cli_say("dropped: its keys are destroyed, the record of it stays");
    return true;
}

bool backup_prune_command(struct cli *cli, struct err *err)
{
    bool is_dry = options_has(&cli->options, "dry-run");
    struct json_out body = cli_body(cli);
    const struct json *answer, *items;
    int64_t bytes = 0;

    json_bool(&body, "dry_run", is_dry);
    if (!cli_send(cli, "POST", "/api/v1/backups/prune", &body, &answer, err))
        return backup_no(cli, err, NULL);
    if (cli_printed_json(cli))
        return true;
    items = json_member(answer, "items");
    if (json_count(items))
        table_print(cli, items, pruned, COUNT(pruned));
    if (!json_integer(json_member(answer, "bytes"), &bytes))
        bytes = 0;
    cli_say("%zu backups %s, %s", json_count(items), is_dry ? "would go" : "are gone",
            text_bytes(cli->arena, bytes));
    if (json_is_true(json_member(answer, "has_more")))
        cli_say("there are more than fit into one answer");
    if (is_dry ? json_count(items) > 0 : json_is_true(json_member(answer, "has_more")))
        cli_next("nightshift backup prune");
    return true;
}
