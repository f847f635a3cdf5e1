#include "tools/nightshift/cli.h"

#include "base/text.h"
#include "tools/nightshift/table.h"

/* clang-format off */
static const struct field columns[] = {
    { "ID", "id", FIELD_PLAIN }, { "SCOPE", "scope", FIELD_PLAIN }, { "OF", "object", FIELD_PLAIN },
    { "FROM", "from", FIELD_PLAIN }, { "UNTIL", "until", FIELD_PLAIN }, { "SECURITY ONLY", "security_only", FIELD_PLAIN },
    { "BY", "created_by", FIELD_PLAIN }, { "FOR CUSTOMER", "customer", FIELD_PLAIN }, { "WHY", "reason", FIELD_PLAIN },
};
static const struct field facts[] = {
    { "hold", "id", FIELD_PLAIN }, { "scope", "scope", FIELD_PLAIN }, { "of", "object", FIELD_PLAIN },
    { "why", "reason", FIELD_PLAIN }, { "for the customer", "customer", FIELD_PLAIN },
    { "security only", "security_only", FIELD_PLAIN }, { "from", "from", FIELD_PLAIN }, { "until", "until", FIELD_PLAIN },
    { "by", "created_by", FIELD_PLAIN }, { "lifted by", "lifted_by", FIELD_PLAIN }, { "lifted", "lifted", FIELD_PLAIN },
};
#define END { NULL, NULL, NULL, false, false }
const struct option_row hold_add_options[] = {
    { "reason",        "TEXT", "why", true, false },
    { "until",         "TIME", "its end, such as 2027-01-07T06:00:00Z", false, false },
    { "from",          "TIME", "its begin [now]", false, false },
    { "customer",      NULL,   "the customer asked for it", false, false },
    { "security-only", NULL,   "let through what repairs security; then --until may be left out", false, false },
    END
};
const struct option_row hold_list_options[] = {
    { "over", NULL, "with those that are over", false, false },
    END
};
const struct option_row hold_lift_options[] = { END };
/* clang-format on */

bool hold_add_command(struct cli *cli, struct err *err)
{
    struct json_out body = cli_body(cli);
    struct span object = span_of(options_word(&cli->options, 0)), scope;
    const struct json *hold;
    int64_t id;

    if (!text_split(&object, ':', &scope))
        return MISUSE(cli, err, "say what is held: all, customer:NAME, site:NAME, family:NAME, ...");
    json_span(&body, "scope", scope);
    if (object.at && object.size)
        json_span(&body, "object", object);
    cli_add_text(cli, &body, "reason", "reason");
    cli_add_text(cli, &body, "until", "until");
    cli_add_text(cli, &body, "from", "from");
    json_bool(&body, "customer", options_has(&cli->options, "customer"));
    json_bool(&body, "security_only", options_has(&cli->options, "security-only"));
    if (!cli_send(cli, "POST", "/api/v1/holds", &body, &hold, err))
        return false;
    if (!cli_printed_json(cli))
        facts_print(cli, hold, facts, COUNT(facts));
    if (json_integer(json_member(hold, "id"), &id))
        cli_next("to end it before its time: nightshift hold lift %lld", (long long)id);
    return true;
}

bool hold_list_command(struct cli *cli, struct err *err)
{
    return list_command(cli, "/api/v1/holds", options_has(&cli->options, "over") ? "over=1" : "", columns,
                        COUNT(columns), err);
}

bool hold_lift_command(struct cli *cli, struct err *err)
{
    const struct json *hold;

    if (!cli_ask(cli, "DELETE", cli_path(cli, "/api/v1/holds/", options_word(&cli->options, 0), NULL),
                 (struct span){NULL, 0}, &hold, err))
        return false;
    if (!cli_printed_json(cli))
        facts_print(cli, hold, facts, COUNT(facts));
    return true;
}
