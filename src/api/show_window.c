#include "api/show.h"

#include <stdio.h>

#include "base/text.h"
#include "domain/window.h"

static const char *const day_name[7] = {"mo", "tu", "we", "th", "fr", "sa", "su"};

static void show_clock(struct json_out *j, const char *name, int64_t minutes)
{
    char text[16];

    snprintf(text, sizeof(text), "%02d:%02d", (int)(minutes / 60 % 24), (int)(minutes % 60));
    json_text(j, name, text);
}

void show_window(struct json_out *j, const char *name, const struct window *window)
{
    if (window->start_min < 0) {
        json_null(j, name);
        return;
    }
    json_open(j, name);
    show_clock(j, "start", window->start_min);
    show_clock(j, "end", window->end_min);
    json_open_list(j, "days");
    for (int d = 0; d < 7; d++)
        if (window->days >> d & 1)
            json_text(j, NULL, day_name[d]);
    json_close(j);
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

bool read_window(const struct json *value, struct window *out, struct err *err)
{
    const char *start, *end, *zone = "";
    const struct json *days = NULL;
    const struct json_field fields[] = {
        JSON_TEXT("start", start, 5, 5),
        JSON_TEXT("end", end, 5, 5),
        JSON_OPT_LIST_OF("days", days, 7),
        JSON_OPT_TEXT("zone", zone, 0, 64),
    };
    struct window w = {.days = 127};

    if (!value || json_kind(value) == JSON_NULL) {
        *out = (struct window){.start_min = -1, .end_min = -1, .days = 127, .zone = ""};
        return true;
    }
    if (!json_read(value, fields, COUNT(fields), err))
        return err_within(err, "window");
    if (!window_clock_parse(start, &w.start_min, err) || !window_clock_parse(end, &w.end_min, err) ||
        (days && !read_days(days, &w.days, err)))
        return err_within(err, "window");
    w.zone = zone;
    *out = w;
    return true;
}
