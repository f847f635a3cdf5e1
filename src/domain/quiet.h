/* The quietest stretch of a device's night, by the pages of its days, hour by hour. Pure: sums in, minutes of
 * the local clock out.
 *
 *   sums    of each hour, in eighths of a page; with each further day an eighth of them goes: a week weighs
 * in stretch begins on a quarter of an hour, counted from the first minute it may begin at equals  of
 * stretches with as few pages the one nearest the middle of the range, or one of the QUIET_EQUALS nearest, by
 * `pick`: machines that know nothing, or print nothing at night, must not all begin in one minute
 *
 * A stretch may be another one after the next day was told. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "model/usage.h"

#define QUIET_EQUALS 8 /* two hours of beginnings */

struct quiet_wish {
    int64_t minutes;
    int64_t from_min, to_min; /* over midnight when to <= from */
    const int64_t *sums;      /* USAGE_HOURS of them; NULL: nothing is known */
    uint64_t pick;            /* which of the equals; 0: the one nearest the middle */
};
struct quiet_stretch {
    int64_t start_min, end_min; /* end <= start: over midnight */
};

/* The whole range where that is no longer than asked. */
struct quiet_stretch quiet_find(const struct quiet_wish *wish);
/* How long the range is, in minutes. */
int64_t quiet_range_min(int64_t from_min, int64_t to_min);
/* A device's pick: the same for ever. */
uint64_t quiet_pick(const char *controller_id);

/* One more day. */
void quiet_learn(int64_t sums[USAGE_HOURS], const int64_t hours[USAGE_HOURS]);
/* As they rest. */
const char *quiet_text(struct arena *arena, const int64_t sums[USAGE_HOURS]);
/* ERR_CORRUPT: no such text; sums are then undefined. */
bool quiet_read(struct arena *arena, const char *text, int64_t sums[USAGE_HOURS], struct err *err) CHECKED;
