#include "domain/window_json.h"

#include <stdio.h>

#include "base/text.h"
#include "domain/recurrence.h"
#include "domain/window.h"

static const char *const day_name[7] = {"mo", "tu", "we", "th", "fr", "sa", "su"};

static void show_clock(struct json_out *j, const char *name, int64_t minutes)
{
    char text[16];

    snprintf(text, sizeof(text), "%02d:%02d", (int)(minutes / 60 % 24), (int)(minutes % 60));
    json_text(j, name, text);
}

static void show_days(struct json_out *j, int64_t days)
{
    json_open_list(j, "days");
    for (int d = 0; d < 7; d++)
        if (days >> d & 1)
            json_text(j, NULL, day_name[d]);
    json_close(j);
}

static void show_exdates(struct json_out *j, const char *exdates)
{
    struct span rest = span_of(exdates), date;

    if (text_blank(exdates))
        return;
    json_open_list(j, "exdates");
    while (text_split(&rest, ',', &date))
        json_span(j, NULL, date);
    json_close(j);
}

void window_write(struct json_out *j, const char *name, const struct window *window)
{
    if (window->start_min < 0) {
        json_null(j, name);
        return;
    }
    json_open(j, name);
    show_clock(j, "start", window->start_min);
    if (window->duration_min)
        json_text(j, "duration", window_duration_text(j->buf->arena, window->duration_min));
    else
        show_clock(j, "end", window->end_min);
    if (text_blank(window->rule))
        show_days(j, window->days);
    json_text_if(j, "rule", window->rule);
    show_exdates(j, window->exdates);
    if (window->from_day)
        json_text(j, "from", date_text(j->buf->arena, window->from_day));
    if (window->until_day)
        json_text(j, "until", date_text(j->buf->arena, window->until_day));
    json_text_if(j, "zone", window->zone);
    json_close(j);
}

static bool read_days(const struct json *list, int64_t *days, struct err *err)
{
    int64_t mask = 0;

    for (size_t i = 0; i < json_count(list); i++) {
        const char *text = json_string(json_item(list, i));
        int d = 0;

        while (d < 7 && !text_equal(text, day_name[d]))
            d++;
        if (d == 7)
            return FAIL(err, ERR_INVALID, "window: days are mo tu we th fr sa su");
        mask |= 1 << d;
    }
    *days = mask;
    return mask != 0 || FAIL(err, ERR_INVALID, "window: at least one day");
}

static bool read_exdates(struct arena *arena, const struct json *list, const char **out, struct err *err)
{
    struct buf text = {.arena = arena};
    int64_t day;

    for (size_t i = 0; i < json_count(list); i++) {
        const char *date = json_string(json_item(list, i));

        if (!date_read(date, &day, err))
            return false;
        buf_printf(&text, "%s%s", i ? "," : "", date);
    }
    *out = buf_cstr(&text);
    return true;
}

struct window_words { /* as given; NULL: not */
    const char *start, *end, *duration, *rule, *from, *until, *zone;
    const struct json *days, *exdates;
};

static bool read_times(const struct window_words *said, struct window *w, struct err *err)
{
    if (!said->end == !said->duration)
        return FAIL(err, ERR_INVALID, "it has an end or a duration, and not both");
    if (said->rule && said->days)
        return FAIL(err, ERR_INVALID, "days and a rule exclude each other");
    return window_clock_parse(said->start, &w->start_min, err) &&
           (!said->end || window_clock_parse(said->end, &w->end_min, err)) &&
           (!said->duration || window_duration_parse(said->duration, &w->duration_min, err)) &&
           (!said->days || read_days(said->days, &w->days, err)) &&
           (!said->from || date_read(said->from, &w->from_day, err)) &&
           (!said->until || date_read(said->until, &w->until_day, err));
}

bool window_read(struct arena *arena, const struct json *value, struct window *out, struct err *err)
{
    struct window_words said = {.zone = ""};
    const struct json_field fields[] = {
        JSON_TEXT("start", said.start, 5, 5),
        JSON_OPT_TEXT("end", said.end, 5, 5),
        JSON_OPT_TEXT("duration", said.duration, 3, 12),
        JSON_OPT_LIST_OF("days", said.days, 7),
        JSON_OPT_TEXT("rule", said.rule, 1, RECURRENCE_TEXT_MAX),
        JSON_OPT_LIST_OF("exdates", said.exdates, WINDOW_EXDATES_MAX),
        JSON_OPT_TEXT("from", said.from, 10, 10),
        JSON_OPT_TEXT("until", said.until, 10, 10),
        JSON_OPT_TEXT("zone", said.zone, 0, 64),
    };
    struct window w = {.days = 127, .rule = "", .exdates = ""};

    if (!value || json_kind(value) == JSON_NULL) {
        *out = (struct window){.start_min = -1, .end_min = -1, .days = 127, .zone = ""};
        return true;
    }
    if (!json_read(value, fields, COUNT(fields), err) || !read_times(&said, &w, err) ||
        (said.exdates && !read_exdates(arena, said.exdates, &w.exdates, err)))
        return err_within(err, "window");
    w.zone = said.zone;
    w.rule = said.rule ? said.rule : "";
    *out = w;
    return true;
}
