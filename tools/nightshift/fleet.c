#include "tools/nightshift/cli.h"

#include "tools/nightshift/table.h"

/* clang-format off */
static const struct field facts[] = {
    { "devices", "devices", FIELD_PLAIN },
    { "by state", "by_state", FIELD_PLAIN },
    { "by status", "by_status", FIELD_PLAIN },
    { "seen", "seen", FIELD_PLAIN },
    { "open actions", "actions", FIELD_PLAIN },
    { "rollouts", "rollouts", FIELD_PLAIN },
};

static const struct field families[] = {
    { "FAMILY", "family", FIELD_PLAIN },
    { "DEVICES", "devices", FIELD_PLAIN },
};

static const struct field versions[] = {
    { "FAMILY", "family", FIELD_PLAIN },
    { "COMPONENT", "component", FIELD_PLAIN },
    { "VERSION", "version", FIELD_PLAIN },
    { "DEVICES", "devices", FIELD_PLAIN },
};

const struct option_row fleet_summary_options[] = {
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

static void section(struct cli *cli, const struct json *items, const struct field *fields, size_t count)
{
    if (!json_count(items))
        return;
    cli_print("\n");
    table_print(cli, items, fields, count);
}

bool fleet_summary_command(struct cli *cli, struct err *err)
{
    const struct json *summary;

    if (!cli_get(cli, "/api/v1/fleet/summary", &summary, err))
        return false;
    if (cli_printed_json(cli))
        return true;
    facts_print(cli, summary, facts, COUNT(facts));
    section(cli, json_member(summary, "by_family"), families, COUNT(families));
    section(cli, json_member(summary, "by_version"), versions, COUNT(versions));
    return true;
}
