#include "tools/nightshift/cli.h"

#include <inttypes.h>

#include "base/text.h"
#include "tools/nightshift/table.h"

/* clang-format off */
static const struct field facts[] = {
    { "action", "id", FIELD_PLAIN },
    { "device", "device", FIELD_PLAIN },
    { "release", "release.version", FIELD_PLAIN },
    { "family", "release.family", FIELD_PLAIN },
    { "rollout", "rollout", FIELD_PLAIN },
    { "stage", "stage", FIELD_PLAIN },
    { "state", "state", FIELD_PLAIN },
    { "kind", "kind", FIELD_PLAIN },
    { "code", "code", FIELD_PLAIN },
    { "error", "error", FIELD_PLAIN },
    { "created", "created", FIELD_PLAIN },
    { "updated", "updated", FIELD_PLAIN },
    { "closed", "closed", FIELD_PLAIN },
};

static const struct field entries[] = {
    { "AT", "at", FIELD_PLAIN },
    { "TYPE", "type", FIELD_PLAIN },
    { "CODE", "code", FIELD_PLAIN },
    { "MESSAGES", "messages", FIELD_PLAIN },
};

static const struct field history[] = {
    { "ACTION", "id", FIELD_PLAIN },
    { "RELEASE", "release.version", FIELD_PLAIN },
    { "ROLLOUT", "rollout", FIELD_PLAIN },
    { "STATE", "state", FIELD_PLAIN },
    { "ERROR", "error", FIELD_PLAIN },
    { "CREATED", "created", FIELD_PLAIN },
    { "CLOSED", "closed", FIELD_PLAIN },
};

const struct option_row action_show_options[] = {
    { NULL, NULL, NULL, false, false },
};

const struct option_row action_entries_options[] = {
    { NULL, NULL, NULL, false, false },
};

const struct option_row action_cancel_options[] = {
    { "force", NULL, "end it here, whatever the device says", false, false },
    { "reason", "TEXT", "why, for the history", false, false },
    { NULL, NULL, NULL, false, false },
};

const struct option_row device_history_options[] = {
    { NULL, NULL, NULL, false, false },
};

const struct option_row device_assign_options[] = {
    { "release", "ID", "the release", true, false },
    { "kind", "KIND", "forced, soft, timeforced or downloadonly [forced]", false, false },
    { "forced-at", "TIME", "RFC 3339, for timeforced", false, false },
    { "not-before", "TIME", "install no earlier", false, false },
    { "not-after", "TIME", "install no later", false, false },
    { "weight", "N", "0 to 1000: who goes first", false, false },
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

static char *path_of(struct cli *cli, const char *after)
{
    return cli_path(cli, "/api/v1/actions/", options_word(&cli->options, 0), after);
}

static bool shown(struct cli *cli, const struct json *action)
{
    if (!cli_printed_json(cli))
        facts_print(cli, action, facts, COUNT(facts));
    return true;
}

bool action_show_command(struct cli *cli, struct err *err)
{
    return show_command(cli, path_of(cli, NULL), facts, COUNT(facts), err);
}

bool action_entries_command(struct cli *cli, struct err *err)
{
    return list_command(cli, path_of(cli, "/entries"), "", entries, COUNT(entries), err);
}

bool action_cancel_command(struct cli *cli, struct err *err)
{
    struct json_out body = cli_body(cli);
    const struct json *action;

    if (options_has(&cli->options, "force"))
        json_bool(&body, "force", true);
    cli_add_text(cli, &body, "reason", "reason");
    if (!cli_send(cli, "POST", path_of(cli, "/cancel"), &body, &action, err))
        return false;
    shown(cli, action);
    cli_next("see what the device says: nightshift action entries %s", options_word(&cli->options, 0));
    return true;
}

bool device_history_command(struct cli *cli, struct err *err)
{
    const char *path = cli_path(cli, "/api/v1/devices/", options_word(&cli->options, 0), "/history");

    return list_command(cli, path, "", history, COUNT(history), err);
}

bool device_assign_command(struct cli *cli, struct err *err)
{
    const char *path = cli_path(cli, "/api/v1/devices/", options_word(&cli->options, 0), "/actions");
    struct json_out body = cli_body(cli);
    const struct json *action;
    int64_t id;

    cli_add_text(cli, &body, "kind", "kind");
    cli_add_text(cli, &body, "forced-at", "forced_at");
    cli_add_text(cli, &body, "not-before", "not_before");
    cli_add_text(cli, &body, "not-after", "not_after");
    if (!cli_add_int(cli, &body, "release", "release", 1, INT64_MAX, err) ||
        !cli_add_int(cli, &body, "weight", "weight", 0, 1000, err) ||
        !cli_send(cli, "POST", path, &body, &action, err))
        return false;
    shown(cli, action);
    if (json_integer(json_member(action, "id"), &id))
        cli_next("follow it: nightshift action entries %" PRId64, id);
    return true;
}
