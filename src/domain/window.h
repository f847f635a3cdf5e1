/* Local hours in which a device may be touched, as instants. Pure: facts and now in, instants out; zone rules
 * come from the system's tz database through zone.h.
 *
 * What a night means when the clock changes: a window begins at its local start and lasts until its local end, both
 * read off the wall clock of its zone. A local time that the spring gap skips is the first instant after the gap;
 * one that the autumn repeats is its first occurrence for a start and its last for an end. */
#pragma once

#include "base/err.h"
#include "model/rollout.h"

/* The window that is open at now_ms, or else the next to open, as [opens, closes). `zone` is used when the window names
 * none. ERR_INVALID names an unknown zone or a window without days. */
bool window_next(const struct window *window, const char *zone, int64_t now_ms, int64_t *opens_ms,
                 int64_t *closes_ms, struct err *err) CHECKED;
/* "22:00" <-> minutes; days as "mo,tu". */
bool window_clock_parse(const char *text, int64_t *minutes, struct err *err) CHECKED;
