/* Local hours in which a device may be touched, as instants. Pure: facts and now in, instants out; zone rules
 * come from the system's tz database through zone.h, days by rule from recurrence.h. Only local hours are
 * kept, and instants are made anew each time: a zone whose law changes between the plan and the night moves
 * the night with it.
 *
 * What a night means
 *
 *   start           the instant at which the wall clock of the zone shows it. A time that the spring gap
 *                   skips: the first instant after the gap. One that the autumn repeats: its first occurrence.
 *   end, on a clock the same, but of a time that comes twice the last occurrence.
 *   end, duration   so many minutes after the start by a stop-watch (RFC 5545, 3.3.6), whatever clocks do.
 *   day             a window belongs to the local date of its start, also when it runs over midnight: `days`,
 *                   rule, exdates, from, until and holidays all ask for that date.
 *   blackout        nobody is touched from 00:00 of its first date to 24:00 of its last: a window that runs
 *                   into one ends there, one that starts in it opens at its end; what is left behind a
 *                   blackout in the middle of a night is not used.
 *   two in a row    never overlap: the second opens when the first has closed.
 *   never           what does not open within ten years. */
#pragma once

#include "base/err.h"
#include "model/rollout.h"

#define WINDOW_NEVER INT64_MAX
#define WINDOW_EXDATES_MAX 100

struct day_span { /* local dates, both included */
    int64_t from_day, to_day;
};
struct closures { /* what a window keeps clear of */
    const int64_t *holidays;
    size_t holiday_count;
    const struct day_span *blackouts;
    size_t blackout_count;
};

/* The window that is open at now_ms, or else the next to open, as [opens, closes); WINDOW_NEVER twice when
 * there is none. `zone` is used when the window names none; `clear` NULL: nothing else closes it. ERR_INVALID
 * names an unknown zone or what is wrong with the window. */
bool window_find(const struct window *window, const struct closures *clear, const char *zone, int64_t now_ms,
                 int64_t *opens_ms, int64_t *closes_ms, struct err *err) CHECKED;
/* The same of a window alone; one that never opens is ERR_INVALID. */
bool window_next(const struct window *window, const char *zone, int64_t now_ms, int64_t *opens_ms,
                 int64_t *closes_ms, struct err *err) CHECKED;
/* "22:00" <-> minutes; days as "mo,tu". */
bool window_clock_parse(const char *text, int64_t *minutes, struct err *err) CHECKED;
/* "PT7H", "PT90M", "PT7H30M": one minute to a day. */
bool window_duration_parse(const char *text, int64_t *minutes, struct err *err) CHECKED;
struct arena;
char *window_duration_text(struct arena *arena, int64_t minutes);
