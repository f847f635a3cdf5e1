#include "tools/nightshift/cli.h"

#include "tools/nightshift/table.h"

/* clang-format off */
static const struct field made[] = {
    { "CODE", "code", FIELD_PLAIN },
    { "EXPIRES", "expires", FIELD_PLAIN },
    { "DEVICE", "controller_id", FIELD_PLAIN },
};

static const struct field columns[] = {
    { "EXPIRES", "expires", FIELD_PLAIN },
    { "FOR DEVICE", "controller_id", FIELD_PLAIN },
    { "SITE", "site", FIELD_PLAIN },
    { "MADE BY", "created_by", FIELD_PLAIN },
    { "USED", "used", FIELD_PLAIN },
    { "USED BY", "used_by", FIELD_PLAIN },
};

const struct option_row claim_make_options[] = {
    { "count", "N", "how many codes [1]", false, false },
    { "device", "DEVICE", "for this device only", false, false },
    { "site", "SITE", "who enrols with it belongs there", false, false },
    { "hours", "N", "how long it is good [24]", false, false },
    { NULL, NULL, NULL, false, false },
};

const struct option_row claim_list_options[] = {
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

bool claim_make_command(struct cli *cli, struct err *err)
{
    struct json_out body = cli_body(cli);
    const struct json *answer;

    cli_add_text(cli, &body, "device", "controller_id");
    cli_add_text(cli, &body, "site", "site");
    if (!cli_add_int(cli, &body, "count", "count", 1, 10000, err) ||
        !cli_add_int(cli, &body, "hours", "ttl_h", 1, 8760, err) ||
        !cli_send(cli, "POST", "/api/v1/claims", &body, &answer, err))
        return false;
    if (!cli_printed_json(cli))
        table_print(cli, json_member(answer, "claims"), made, COUNT(made));
    cli_next("enrol the device with the code, before it expires; each is good once");
    return true;
}

bool claim_list_command(struct cli *cli, struct err *err)
{
    return list_command(cli, "/api/v1/claims", "", columns, COUNT(columns), err);
}
