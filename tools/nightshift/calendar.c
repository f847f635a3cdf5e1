#include "tools/nightshift/cli.h"

#include "base/file.h"
#include "base/text.h"
#include "tools/nightshift/table.h"

#define CALENDAR_BYTES_MAX (1024 * 1024) /* the service takes no more */

/* clang-format off */
static const struct field calendar_columns[] = {
    { "CALENDAR", "name", FIELD_PLAIN }, { "DAYS", "days", FIELD_PLAIN }, { "FIRST", "first", FIELD_PLAIN },
    { "LAST", "last", FIELD_PLAIN }, { "BY", "created_by", FIELD_PLAIN },
};
static const struct field blackout_columns[] = {
    { "ID", "id", FIELD_PLAIN }, { "CUSTOMER", "customer", FIELD_PLAIN }, { "FROM", "from", FIELD_PLAIN },
    { "TO", "to", FIELD_PLAIN }, { "WHY", "reason", FIELD_PLAIN }, { "BY", "created_by", FIELD_PLAIN },
};
#define END { NULL, NULL, NULL, false, false }
const struct option_row calendar_put_options[] = { END };
const struct option_row calendar_list_options[] = { END };
const struct option_row calendar_drop_options[] = { END };
const struct option_row blackout_add_options[] = {
    { "from",     "DATE", "its first date, such as 2026-12-21", true, false },
    { "to",       "DATE", "its last date", true, false },
    { "reason",   "TEXT", "why", true, false },
    { "customer", "NAME", "only this customer's devices [everybody's]", false, false },
    END
};
const struct option_row blackout_list_options[] = { END };
const struct option_row blackout_drop_options[] = { END };
/* clang-format on */

bool calendar_put_command(struct cli *cli, struct err *err)
{
    const char *name = options_word(&cli->options, 0), *headers[] = {"Content-Type: text/calendar", NULL};
    struct answer answer;
    const struct json *calendar;
    struct span ics;

    if (!file_read(cli->arena, options_word(&cli->options, 1), CALENDAR_BYTES_MAX, &ics, err) ||
        !client_ask(cli->client, cli->arena, "PUT", cli_path(cli, "/api/v1/calendars/", name, NULL), headers,
                    ics, &answer, err) ||
        !cli_answer_check(cli->arena, &answer, err))
        return false;
    cli->answer = answer.body;
    if (!json_parse(cli->arena, answer.body, &calendar, err))
        return err_within(err, "reading the service's answer");
    if (!cli_printed_json(cli))
        facts_print(cli, calendar, calendar_columns, COUNT(calendar_columns));
    cli_next("let sites go by it: nightshift site put SITE ... --calendar %s", name);
    return true;
}

bool calendar_list_command(struct cli *cli, struct err *err)
{
    return list_command(cli, "/api/v1/calendars", "", calendar_columns, COUNT(calendar_columns), err);
}

bool calendar_drop_command(struct cli *cli, struct err *err)
{
    return cli_ask(cli, "DELETE", cli_path(cli, "/api/v1/calendars/", options_word(&cli->options, 0), NULL),
                   (struct span){NULL, 0}, NULL, err);
}

bool blackout_add_command(struct cli *cli, struct err *err)
{
    static const char *const members[] = {"from", "to", "reason", "customer"};
    struct json_out body = cli_body(cli);
    const struct json *blackout;

    for (size_t i = 0; i < COUNT(members); i++)
        cli_add_text(cli, &body, members[i], members[i]);
    if (!cli_send(cli, "PUT", "/api/v1/blackouts", &body, &blackout, err))
        return false;
    if (!cli_printed_json(cli))
        facts_print(cli, blackout, blackout_columns, COUNT(blackout_columns));
    return true;
}

bool blackout_list_command(struct cli *cli, struct err *err)
{
    return list_command(cli, "/api/v1/blackouts", "", blackout_columns, COUNT(blackout_columns), err);
}

bool blackout_drop_command(struct cli *cli, struct err *err)
{
    return cli_ask(cli, "DELETE", cli_path(cli, "/api/v1/blackouts/", options_word(&cli->options, 0), NULL),
                   (struct span){NULL, 0}, NULL, err);
}
