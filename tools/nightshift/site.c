#include "tools/nightshift/cli.h"

#include "base/text.h"
#include "tools/nightshift/table.h"
#include "tools/nightshift/window.h"

/* clang-format off */
static const struct field columns[] = {
    { "SITE", "name", FIELD_PLAIN },
    { "CUSTOMER", "customer", FIELD_PLAIN },
    { "ZONE", "zone", FIELD_PLAIN },
    { "FROM", "window.start", FIELD_PLAIN },
    { "TO", "window.end", FIELD_PLAIN },
    { "FOR", "window.duration", FIELD_PLAIN },
    { "ON", "window.days", FIELD_PLAIN },
    { "BY RULE", "window.rule", FIELD_PLAIN },
};

static const struct field facts[] = {
    { "site", "name", FIELD_PLAIN },
    { "customer", "customer", FIELD_PLAIN },
    { "zone", "zone", FIELD_PLAIN },
    { "from", "window.start", FIELD_PLAIN },
    { "to", "window.end", FIELD_PLAIN },
    { "for", "window.duration", FIELD_PLAIN },
    { "on", "window.days", FIELD_PLAIN },
    { "by rule", "window.rule", FIELD_PLAIN },
    { "not on", "window.exdates", FIELD_PLAIN },
    { "holidays", "calendars", FIELD_PLAIN }, { "language", "language", FIELD_PLAIN },
};

const struct option_row site_list_options[] = {
    { NULL, NULL, NULL, false, false },
};

const struct option_row site_show_options[] = {
    { NULL, NULL, NULL, false, false },
};

const struct option_row site_put_options[] = {
    { "customer", "NAME", "whose place it is", true, false },
    { "zone", "ZONE", "IANA time zone, such as Europe/Berlin", true, false },
    { "window", "FROM-TO", "when devices may be touched, such as 22:00-05:00 [always]", false, false },
    { "days", "DAYS", "the days it starts on: mo,tu,we,th,fr,sa,su [all]", false, false },
    { "window-rule", "RRULE", "days by a rule, such as FREQ=MONTHLY;BYDAY=-1SU", false, false },
    { "not-on", "DATE", "a date it does not start on", false, true },
    { "language", "CODE", "of its panels: en, de, fr, es, it, nl, pl, pt, sv or ja [en]", false, false },
    { "calendar", "NAME", "holidays on which it does not start", false, true },
    { NULL, NULL, NULL, false, false },
};
/* clang-format on */

bool site_list_command(struct cli *cli, struct err *err)
{
    return list_command(cli, "/api/v1/sites", "", columns, COUNT(columns), err);
}

bool site_show_command(struct cli *cli, struct err *err)
{
    return show_command(cli, cli_path(cli, "/api/v1/sites/", options_word(&cli->options, 0), NULL), facts,
                        COUNT(facts), err);
}

bool site_put_command(struct cli *cli, struct err *err)
{
    const char *site = options_word(&cli->options, 0);
    struct json_out body = cli_body(cli);
    const struct json *answer;

    cli_add_text(cli, &body, "customer", "customer");
    cli_add_text(cli, &body, "zone", "zone");
    cli_add_text(cli, &body, "language", "language");
    cli_add_list(cli, &body, "calendar", "calendars");
    if (!options_has(&cli->options, "window"))
        json_null(&body, "window");
    if (!window_add(cli, &body, false, err) ||
        !cli_send(cli, "PUT", cli_path(cli, "/api/v1/sites/", site, NULL), &body, &answer, err))
        return false;
    if (!cli_printed_json(cli))
        facts_print(cli, answer, facts, COUNT(facts));
    cli_next("put devices there: nightshift device patch DEVICE --site %s", site);
    return true;
}
