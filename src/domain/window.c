#include "domain/window.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/mutant.h"
#include "base/text.h"
#include "domain/recurrence.h"
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

bool window_duration_parse(const char *text, int64_t *minutes, struct err *err)
{
    int64_t hours = 0, rest = 0, value = 0;
    const char *t = text_starts(text, "PT") ? text + 2 : "";
    size_t digits = strspn(t, "0123456789");

    if (digits && digits < 5 && t[digits] == 'H') {
        for (size_t i = 0; i < digits; i++)
            hours = hours * 10 + (t[i] - '0');
        t += digits + 1;
        digits = strspn(t, "0123456789");
    }
    if (digits && digits < 5 && t[digits] == 'M') {
        for (size_t i = 0; i < digits; i++)
            rest = rest * 10 + (t[i] - '0');
        t += digits + 1;
    }
    value = hours * 60 + rest;
    if (*t || value < 1 || value > DAY_MIN)
        return FAIL(err, ERR_INVALID, "'%.20s' is not a duration; write it as PT7H30M, at most PT24H",
                    text ? text : "");
    *minutes = value;
    return true;
}

char *window_duration_text(struct arena *arena, int64_t minutes)
{
    if (minutes < 60)
        return arena_printf(arena, "PT%" PRId64 "M", minutes);
    if (minutes % 60 == 0)
        return arena_printf(arena, "PT%" PRId64 "H", minutes / 60);
    return arena_printf(arena, "PT%" PRId64 "H%" PRId64 "M", minutes / 60, minutes % 60);
}

/* The local wall clock of an instant, as ms since the local epoch. */
static bool local_of(const char *zone, int64_t at_ms, int64_t *local_ms, struct err *err)
{
    int64_t offset;

    if (!zone_offset_s(zone, at_ms, &offset, err))
        return false;
    *local_ms = at_ms + (MUTANT_IS(35) ? 0 : offset * 1000);
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

/* ---- the days it starts on ---------------------------------------------------- */

/* A rule that names no first day counts from a Monday that is the first of its month and of its year. */
#define RULE_FIRST_DAY 19723 /* 2024-01-01 */

struct starts {
    const struct window *window;
    const struct closures *clear;
    struct recurrence rule;
    bool has_rule;
    int64_t exdates[WINDOW_EXDATES_MAX];
    size_t exdate_count;
};

static bool exdates_read(const char *text, struct starts *s, struct err *err)
{
    struct span rest = span_of(text), piece;
    char date[11];

    while (!text_blank(text) && text_split(&rest, ',', &piece)) {
        if (s->exdate_count == WINDOW_EXDATES_MAX)
            return FAIL(err, ERR_INVALID, "a window has at most %d exdates", WINDOW_EXDATES_MAX);
        if (piece.size != 10)
            return FAIL(err, ERR_INVALID, "an exdate is a date, such as 2026-12-24");
        memcpy(date, piece.at, 10);
        date[10] = 0;
        if (!date_read(date, &s->exdates[s->exdate_count++], err))
            return false;
    }
    return true;
}

static bool starts_read(const struct window *w, const struct closures *clear, struct starts *out,
                        struct err *err)
{
    static const struct closures nothing;

    out->window = w;
    out->clear = clear ? clear : &nothing;
    out->has_rule = !text_blank(w->rule);
    out->exdate_count = 0;
    if (w->start_min < 0 || w->start_min >= DAY_MIN || w->duration_min < 0 || w->duration_min > DAY_MIN ||
        (!w->duration_min && (w->end_min < 0 || w->end_min >= DAY_MIN)))
        return FAIL(err, ERR_INVALID, "a window needs a start and an end within the day");
    if ((w->days & 127) == 0)
        return FAIL(err, ERR_INVALID, "a window needs at least one day");
    return exdates_read(w->exdates, out, err) &&
           (!out->has_rule || recurrence_read(w->rule, &out->rule, err));
}

static bool has_day(const int64_t *days, size_t count, int64_t day)
{
    for (size_t i = 0; i < count; i++)
        if (days[i] == day)
            return true;
    return false;
}

/* The dates a window may touch lie within the blackout: no need to look at clocks. */
static bool is_blacked_out(const struct closures *clear, int64_t day)
{
    for (size_t i = 0; i < clear->blackout_count; i++)
        if (clear->blackouts[i].from_day <= day && clear->blackouts[i].to_day >= day + 2)
            return true;
    return false;
}

static int64_t any_start(const struct starts *s, int64_t day)
{
    const struct window *w = s->window;

    if (s->has_rule)
        return recurrence_next(&s->rule, w->from_day ? w->from_day : RULE_FIRST_DAY, day);
    day = day > w->from_day || !w->from_day ? day : w->from_day;
    while (!(w->days >> date_weekday(day) & 1))
        day++;
    return day;
}

/* The first date at or after `day` that it starts on, or RECURRENCE_NEVER. */
static int64_t next_start(const struct starts *s, int64_t day, int64_t last_day)
{
    for (;; day++) {
        day = any_start(s, day);
        if (day > last_day || (s->window->until_day && day > s->window->until_day))
            return RECURRENCE_NEVER;
        if (!has_day(s->exdates, s->exdate_count, day) &&
            !has_day(s->clear->holidays, s->clear->holiday_count, day) && !is_blacked_out(s->clear, day))
            return day;
    }
}

/* ---- one night ------------------------------------------------------------------- */

/* The window that starts on the given local day (days since the local epoch), as instants. */
static bool window_of_day(const struct window *w, const char *zone, int64_t day, int64_t *opens_ms,
                          int64_t *closes_ms, struct err *err)
{
    int64_t start = day * DAY_MS + w->start_min * MINUTE_MS;
    int64_t end = day * DAY_MS + w->end_min * MINUTE_MS + (w->end_min <= w->start_min ? DAY_MS : 0);

    if (!instant_of(zone, start, false, opens_ms, err))
        return false;
    *closes_ms = *opens_ms + w->duration_min * MINUTE_MS;
    return w->duration_min || instant_of(zone, end, !MUTANT_IS(7), closes_ms, err);
}

/* What the blackouts leave of it: opens >= closes when that is nothing. */
static bool keep_clear(const struct closures *clear, const char *zone, int64_t day, int64_t *opens_ms,
                       int64_t *closes_ms, struct err *err)
{
    int64_t begins, ends;

    for (size_t i = 0; i < clear->blackout_count; i++) {
        const struct day_span *b = &clear->blackouts[i];

        if (b->to_day < day - 1 || b->from_day > day + 2)
            continue;
        if (!instant_of(zone, b->from_day * DAY_MS, false, &begins, err) ||
            !instant_of(zone, (b->to_day + 1) * DAY_MS, true, &ends, err))
            return false;
        if (ends <= *opens_ms || begins >= *closes_ms)
            continue;
        if (begins <= *opens_ms)
            *opens_ms = ends;
        else
            *closes_ms = begins;
    }
    return true;
}

/* ---- the next ---------------------------------------------------------------------- */

static int64_t floor_day(int64_t local_ms)
{
    return local_ms / DAY_MS - (local_ms % DAY_MS < 0);
}

bool window_find(const struct window *window, const struct closures *clear, const char *zone, int64_t now_ms,
                 int64_t *opens_ms, int64_t *closes_ms, struct err *err)
{
    const char *where = text_blank(window->zone) ? zone : window->zone;
    int64_t local, opens, closes, last_closes = INT64_MIN, last_day;
    struct starts starts;

    if (!starts_read(window, clear, &starts, err) || !local_of(where, now_ms, &local, err))
        return false;
    /* From the day before yesterday: one over midnight may still be open, and one before it may cut it short.
     */
    last_day = floor_day(local) + RECURRENCE_HORIZON;
    for (int64_t day = floor_day(local) - 2;; day++) {
        day = next_start(&starts, day, last_day);
        if (day == RECURRENCE_NEVER)
            break;
        if (!window_of_day(window, where, day, &opens, &closes, err) ||
            !keep_clear(starts.clear, where, day, &opens, &closes, err))
            return false;
        opens = opens > last_closes ? opens : last_closes;
        last_closes = opens < closes ? closes : last_closes;
        if (now_ms < closes && opens < closes) {
            *opens_ms = opens;
            *closes_ms = closes;
            return true;
        }
    }
    *opens_ms = *closes_ms = WINDOW_NEVER;
    return true;
}

bool window_next(const struct window *window, const char *zone, int64_t now_ms, int64_t *opens_ms,
                 int64_t *closes_ms, struct err *err)
{
    int64_t opens, closes;

    if (!window_find(window, NULL, zone, now_ms, &opens, &closes, err))
        return false;
    if (opens == WINDOW_NEVER)
        return FAIL(err, ERR_INVALID, "this window never opens in %s",
                    text_blank(window->zone) ? zone : window->zone);
    *opens_ms = opens;
    *closes_ms = closes;
    return true;
}
