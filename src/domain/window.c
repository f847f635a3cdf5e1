#include "domain/window.h"

#include "base/text.h"
#include "domain/zone.h"

#define DAY_MIN (24 * 60)
#define MINUTE_MS 60000
#define DAY_MS ((int64_t)DAY_MIN * MINUTE_MS)

bool window_clock_parse(const char *text, int64_t *minutes, struct err *err)
{
    const char *t = text ? text : "";
    bool is_form =
        strlen(t) == 5 && t[2] == ':' && strspn(t, "0123456789") == 2 && strspn(t + 3, "0123456789") == 2;
    int64_t hour = is_form ? (t[0] - '0') * 10 + (t[1] - '0') : 99;
    int64_t minute = is_form ? (t[3] - '0') * 10 + (t[4] - '0') : 99;

    if (hour > 23 || minute > 59)
        return FAIL(err, ERR_INVALID, "'%s' is not a time of day; write it as 22:00", t);
    *minutes = hour * 60 + minute;
    return true;
}

/* The local wall clock of an instant, as ms since the local epoch. */
static bool local_of(const char *zone, int64_t at_ms, int64_t *local_ms, struct err *err)
{
    int64_t offset;

    if (!zone_offset_s(zone, at_ms, &offset, err))
        return false;
    *local_ms = at_ms + offset * 1000;
    return true;
}

/* The instant at which the wall clock of `zone` shows local_ms. A time in the spring gap: the first instant
 * after it. One that comes twice: the first, or the last. Offsets lie within a day, so both sides of a change
 * are seen. */
static bool instant_of(const char *zone, int64_t local_ms, bool wants_last, int64_t *at_ms, struct err *err)
{
    int64_t before, after, first, last, low, high;

    if (!zone_offset_s(zone, local_ms - DAY_MS, &before, err) ||
        !zone_offset_s(zone, local_ms + DAY_MS, &after, err))
        return false;
    first = local_ms - (before > after ? before : after) * 1000;
    last = local_ms - (before < after ? before : after) * 1000;
    int64_t at_first, at_last;
    if (!local_of(zone, first, &at_first, err) || !local_of(zone, last, &at_last, err))
        return false;
    if (at_first == local_ms || at_last == local_ms) {
        bool is_last = at_last == local_ms && (wants_last || at_first != local_ms);

        *at_ms = is_last ? last : first;
        return true;
    }
    /* In the gap: the change lies between the two guesses. Find its first minute. */
    low = first;
    high = last;
    while (high - low > 1000) {
        int64_t middle = low + (high - low) / 2000 * 1000, shown;

        if (!local_of(zone, middle, &shown, err))
            return false;
        if (shown >= local_ms)
            high = middle;
        else
            low = middle;
    }
    *at_ms = high;
    return true;
}

/* The window that starts on the given local day (days since the local epoch), as instants. */
static bool window_of_day(const struct window *w, const char *zone, int64_t day, int64_t *opens_ms,
                          int64_t *closes_ms, struct err *err)
{
    int64_t start = day * DAY_MS + w->start_min * MINUTE_MS;
    int64_t end = day * DAY_MS + w->end_min * MINUTE_MS + (w->end_min <= w->start_min ? DAY_MS : 0);

    return instant_of(zone, start, false, opens_ms, err) && instant_of(zone, end, true, closes_ms, err);
}

/* 1970-01-01 was a Thursday; bit 0 is Monday. */
static bool is_day(const struct window *w, int64_t day)
{
    int64_t weekday = ((day + 3) % 7 + 7) % 7;

    return (w->days >> weekday & 1) != 0;
}

bool window_next(const struct window *window, const char *zone, int64_t now_ms, int64_t *opens_ms,
                 int64_t *closes_ms, struct err *err)
{
    const char *where = text_blank(window->zone) ? zone : window->zone;
    int64_t local, opens, closes;

    if (window->start_min < 0 || window->start_min >= DAY_MIN || window->end_min < 0 ||
        window->end_min >= DAY_MIN)
        return FAIL(err, ERR_INVALID, "a window needs a start and an end within the day");
    if ((window->days & 127) == 0)
        return FAIL(err, ERR_INVALID, "a window needs at least one day");
    if (!local_of(where, now_ms, &local, err))
        return false;
    /* From yesterday (a window over midnight may still be open) to the same weekday next week. */
    for (int64_t day = local / DAY_MS - 1; day <= local / DAY_MS + 8; day++) {
        if (!is_day(window, day))
            continue;
        if (!window_of_day(window, where, day, &opens, &closes, err))
            return false;
        if (now_ms < closes && opens < closes) {
            *opens_ms = opens;
            *closes_ms = closes;
            return true;
        }
    }
    return FAIL(err, ERR_INVALID, "this window never opens in %s", where);
}
