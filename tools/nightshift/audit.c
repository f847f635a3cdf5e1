#include "tools/nightshift/cli.h"

#include "tools/nightshift/table.h"

/* clang-format off */
static const struct field columns[] = {
    { "AT", "at", FIELD_PLAIN },
    { "WHO", "who", FIELD_PLAIN },
    { "ROLE", "role", FIELD_PLAIN },
    { "WHAT", "what", FIELD_PLAIN },
    { "OBJECT", "object", FIELD_PLAIN },
    { "DETAIL", "detail", FIELD_PLAIN },
    { "FROM", "source", FIELD_PLAIN },
};

const struct option_row audit_list_options[] = {
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

bool audit_list_command(struct cli *cli, struct err *err)
{
    return list_command(cli, "/api/v1/audit", "", columns, COUNT(columns), err);
}
