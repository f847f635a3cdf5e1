#include "tools/nightshift/blast.h"

#include "tools/nightshift/table.h"

/* clang-format off */
static const struct field columns[] = {
    { "NAME", "name", FIELD_PLAIN },
    { "ROLE", "role", FIELD_PLAIN },
    { "CREATED", "created", FIELD_PLAIN },
    { "REVOKED", "revoked", FIELD_PLAIN },
};

static const struct field facts[] = {
    { "name", "name", FIELD_PLAIN },
    { "role", "role", FIELD_PLAIN },
    { "tenant", "tenant", FIELD_PLAIN },
    { "created", "created", FIELD_PLAIN },
    { "token", "token", FIELD_PLAIN },
};

const struct option_row operator_list_options[] = {
    { NULL, NULL, NULL, false, false },
};

const struct option_row operator_add_options[] = {
    { "role", "ROLE", "viewer, technician, engineer or admin", true, false },
    { NULL, NULL, NULL, false, false },
};

const struct option_row operator_revoke_options[] = {
    BLAST_DRY_RUN,
    { NULL, NULL, NULL, false, false },
};

const struct option_row whoami_options[] = {
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

bool operator_list_command(struct cli *cli, struct err *err)
{
    return list_command(cli, "/api/v1/operators", "", columns, COUNT(columns), err);
}

bool operator_add_command(struct cli *cli, struct err *err)
{
    struct json_out body = cli_body(cli);
    const struct json *made;

    json_text(&body, "name", options_word(&cli->options, 0));
    cli_add_text(cli, &body, "role", "role");
    if (!cli_send(cli, "POST", "/api/v1/operators", &body, &made, err))
        return false;
    if (!cli_printed_json(cli))
        facts_print(cli, made, facts, COUNT(facts));
    cli_next("hand the token over on a safe way; it is not shown again");
    return true;
}

bool operator_revoke_command(struct cli *cli, struct err *err)
{
    const char *name = options_word(&cli->options, 0),
               *path = cli_path(cli, "/api/v1/operators/", name, NULL);
    bool goes_on;

    if (!blast_ask(cli, path, "Revoke this token?", &goes_on, err))
        return false;
    if (!goes_on)
        return true;
    if (!cli_ask(cli, "DELETE", path, (struct span){NULL, 0}, NULL, err))
        return false;
    cli_say("the token of %s stopped working", name);
    cli_next("see what was done with it: nightshift audit list");
    return true;
}

bool whoami_command(struct cli *cli, struct err *err)
{
    return show_command(cli, "/api/v1/whoami", facts, COUNT(facts), err);
}
