#include "tools/nightshift/blast.h"

#include "base/text.h"
#include "tools/nightshift/table.h"

/* clang-format off */
static const struct field releases[] = {
    { "RELEASE", "id", FIELD_PLAIN }, { "VERSION", "version", FIELD_PLAIN }, { "STATE", "state", FIELD_PLAIN },
    { "SIGNATURES", "signatures", FIELD_PLAIN },
};
/* clang-format on */

bool blast_ask(struct cli *cli, const char *path, const char *question, bool *goes_on, struct err *err)
{
    bool is_dry = options_has(&cli->options, "dry-run");
    struct buf out = {.arena = cli->arena};
    const struct json *blast;

    if (!cli_get(cli, arena_printf(cli->arena, "%s/blast", path), &blast, err))
        return false;
    cli_say("%s", json_string(json_member(blast, "text")));
    if (json_count(json_member(blast, "releases"))) {
        table_add(&out, json_member(blast, "releases"), releases, COUNT(releases));
        cli_say("%s", buf_cstr(&out));
    }
    if (is_dry)
        cli_printed_json(cli);
    *goes_on = !is_dry && cli_confirmed(question);
    return is_dry || *goes_on || FAIL(err, ERR_CONFLICT, "left as it is");
}
