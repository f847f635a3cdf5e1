#include "tools/nightshift/window.h"

#include "base/text.h"

static const char *const days_of_week[] = {"mo", "tu", "we", "th", "fr", "sa", "su"};

static bool is_clock(struct span text)
{
    return text.size == 5 && text.at[2] == ':' && text.at[0] >= '0' && text.at[0] <= '2' &&
           text.at[1] >= '0' && text.at[1] <= '9' && text.at[3] >= '0' && text.at[3] <= '5' &&
           text.at[4] >= '0' && text.at[4] <= '9';
}

static bool is_day(struct span text)
{
    for (size_t i = 0; i < COUNT(days_of_week); i++)
        if (text.size == 2 && memcmp(text.at, days_of_week[i], 2) == 0)
            return true;
    return false;
}

static bool add_days(struct cli *cli, struct json_out *body, struct err *err)
{
    const char *given = options_text(&cli->options, "days");
    struct span rest = span_of(given ? given : "mo,tu,we,th,fr,sa,su"), day;

    json_open_list(body, "days");
    while (text_split(&rest, ',', &day)) {
        if (!is_day(day))
            return MISUSE(cli, err, "\"%.*s\" is not a day: mo, tu, we, th, fr, sa, su", (int)day.size,
                          day.at);
        json_span(body, NULL, day);
    }
    json_close(body);
    return true;
}

/* "22:00-05:00", or "22:00+PT7H": so long by a stop-watch. */
static bool split_hours(const char *given, struct span *start, struct span *end)
{
    bool is_long = strchr(given, '+') != NULL;

    *end = span_of(given);
    return text_split(end, is_long ? '+' : '-', start) && end->at && is_clock(*start) &&
           (is_long ? end->size > 2 && *end->at == 'P' : is_clock(*end));
}

bool window_add(struct cli *cli, struct json_out *body, bool with_zone, struct err *err)
{
    const char *given = options_text(&cli->options, "window"),
               *rule = options_text(&cli->options, "window-rule");
    struct span start, end;

    if (!given)
        return (!options_has(&cli->options, "days") && !rule) ||
               MISUSE(cli, err, "--days and --window-rule need --window");
    if (rule && options_has(&cli->options, "days"))
        return MISUSE(cli, err, "--days and --window-rule exclude each other");
    if (!split_hours(given, &start, &end))
        return MISUSE(cli, err, "\"%s\" is not a window: write it as 22:00-05:00 or 22:00+PT7H", given);
    json_open(body, "window");
    json_span(body, "start", start);
    json_span(body, *end.at == 'P' ? "duration" : "end", end);
    if (rule)
        json_text(body, "rule", rule);
    else if (!add_days(cli, body, err))
        return false;
    if (options_has(&cli->options, "not-on"))
        cli_add_list(cli, body, "not-on", "exdates");
    if (with_zone)
        cli_add_text(cli, body, "zone", "zone");
    json_close(body);
    return true;
}
