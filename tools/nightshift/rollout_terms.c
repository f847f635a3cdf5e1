#include "base/text.h"
#include "tools/nightshift/rollout.h"

/* clang-format off */
const struct option_row rollout_terms_options[] = { { NULL, NULL, NULL, false, false } };

enum term_kind { TERM_FLAG, TERM_NUMBER, TERM_TEXT, TERM_LIST, TERM_WINDOW, TERM_QUIET };
static const struct {
    const char *name;
    enum term_kind kind;
    const char *value, *help;
} terms[] = {
    { "starts",             TERM_TEXT,   "TIME",        "it starts by itself then" },
    { "earliest",           TERM_TEXT,   "TIME",        "no install begins before" },
    { "latest",             TERM_TEXT,   "TIME",        "no install begins from then on" },
    { "download_window",    TERM_WINDOW, "FROM-TO",     "devices download in these hours only, theirs" },
    { "quiet",              TERM_QUIET,  "MIN@FROM-TO", "each device in its own quietest MIN minutes within FROM-TO" },
    { "urgent_reason",      TERM_TEXT,   "WORDS",       "why --urgent disturbs people; asked for with it" },
    { "approved",           TERM_FLAG,   "",            "a person opens each further stage" },
    { "soak_workday",       TERM_FLAG,   "",            "a stage waits for a working day before the next" },
    { "site_most",          TERM_NUMBER, "N",           "at most N machines of a site at once" },
    { "site_percent",       TERM_NUMBER, "N",           "at most N % of a site's machines at once" },
    { "keep_one",           TERM_FLAG,   "",            "never the last working machine of a site" },
    { "at_once",            TERM_NUMBER, "N",           "at most N devices hold it at once" },
    { "at_once_site",       TERM_NUMBER, "N",           "at most N of one site" },
    { "bytes_hour",         TERM_NUMBER, "N",           "at most N bytes are offered within an hour" },
    { "bytes_hour_site",    TERM_NUMBER, "N",           "at most N to one site" },
    { "supersede",          TERM_FLAG,   "",            "older rollouts of the family end for its devices" },
    { "order",              TERM_LIST,   "A,B",         "components night after night, in this order" },
    { "fault_rise_percent", TERM_NUMBER, "N",           "halt when faults rise by more, against each device's own days before" },
    { "print_drop_percent", TERM_NUMBER, "N",           "halt when pages fall by more" },
    { "fresh_backup_h",     TERM_NUMBER, "N",           "no install without a backup at most N hours old" },
    { "compare",            TERM_FLAG,   "",            "settings are compared afterwards" },
    { "reapply",            TERM_LIST,   "A,B",         "categories whose drift is put back" },
};
/* clang-format on */

static bool add_list(struct json_out *body, const char *name, const char *value)
{
    struct span rest = span_of(value), item;

    json_open_list(body, name);
    while (text_split(&rest, ',', &item))
        json_span(body, NULL, item);
    json_close(body);
    return true;
}

/* 22:00-05:00 */
static bool add_hours(struct json_out *body, const char *from, const char *to, struct span hours)
{
    struct span start, end = hours;

    if (!text_split(&end, '-', &start) || start.size != 5 || !end.at || end.size != 5)
        return false;
    json_span(body, from, start);
    json_span(body, to, end);
    return true;
}

static bool add_window(struct json_out *body, const char *name, const char *value)
{
    bool is_good;

    json_open(body, name);
    is_good = add_hours(body, "start", "end", span_of(value));
    json_close(body);
    return is_good;
}

/* 120@18:00-07:00 */
static bool add_quiet(struct json_out *body, const char *name, const char *value)
{
    struct span hours = span_of(value), minutes;
    struct err err = {0};
    bool is_good;
    int64_t n;

    if (!text_split(&hours, '@', &minutes) || !hours.at ||
        !text_int(arena_text(body->buf->arena, minutes), "minutes", 1, 1440, &n, &err))
        return false;
    json_open(body, name);
    json_int(body, "minutes", n);
    is_good = add_hours(body, "from", "to", hours);
    json_close(body);
    return is_good;
}

static bool add_number(struct json_out *body, const char *name, const char *value)
{
    struct err err = {0};
    int64_t n;

    if (!text_int(value, name, 1, INT64_MAX, &n, &err))
        return false;
    json_int(body, name, n);
    return true;
}

static bool add_value(struct json_out *body, const char *name, enum term_kind kind, const char *value)
{
    switch (kind) {
    case TERM_FLAG:
        json_bool(body, name, true);
        return text_blank(value);
    case TERM_TEXT:
        json_text(body, name, value);
        return !text_blank(value);
    case TERM_LIST:
        return !text_blank(value) && add_list(body, name, value);
    case TERM_NUMBER:
        return add_number(body, name, value);
    case TERM_WINDOW:
        return add_window(body, name, value);
    case TERM_QUIET:
        return add_quiet(body, name, value);
    }
    return false;
}

static bool add_term(struct cli *cli, struct json_out *body, const char *given, struct err *err)
{
    struct span value = span_of(given), word;
    const char *name;

    text_split(&value, '=', &word);
    name = arena_text(cli->arena, word);
    for (size_t i = 0; i < COUNT(terms); i++)
        if (text_equal(name, terms[i].name))
            return add_value(body, name, terms[i].kind, value.at ? arena_text(cli->arena, value) : "") ||
                   MISUSE(cli, err, "--term %s: write it as %s%s%s", given, name, *terms[i].value ? "=" : "",
                          terms[i].value);
    return MISUSE(cli, err, "there is no term \"%s\"; see: nightshift rollout terms", name);
}

bool terms_add(struct cli *cli, struct json_out *body, struct err *err)
{
    size_t count = options_count(&cli->options, "term");

    if (count == 0)
        return true;
    json_open(body, "terms");
    for (size_t i = 0; i < count; i++)
        if (!add_term(cli, body, options_nth(&cli->options, "term", i), err))
            return false;
    json_close(body);
    return true;
}

static void terms_json(struct cli *cli)
{
    struct buf b = {.arena = cli->arena};
    struct json_out j = {.buf = &b};

    json_open_list(&j, NULL);
    for (size_t i = 0; i < COUNT(terms); i++) {
        json_open(&j, NULL);
        json_text(&j, "name", terms[i].name);
        json_text_if(&j, "value", terms[i].value);
        json_text(&j, "help", terms[i].help);
        json_close(&j);
    }
    json_close(&j);
    cli_print("%s\n", buf_cstr(&b));
}

bool rollout_terms_command(struct cli *cli, struct err *err)
{
    (void)err;
    if (cli->is_json) {
        terms_json(cli);
        return true;
    }
    for (size_t i = 0; i < COUNT(terms); i++)
        cli_print("%-18s %-11s  %s\n", terms[i].name, terms[i].value, terms[i].help);
    cli_next("nightshift rollout make --release ID --name NAME --term keep_one --term at_once=50");
    return true;
}
