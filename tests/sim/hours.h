/* The oracle of windows: is this place's window open at that instant? Says so by looking at the wall clock
 * every quarter of an hour, with the C library's zones; shares no line with src/domain/window.c. Good for
 * windows whose starts, ends and lengths are whole quarters. */
#pragma once

#include "base/base.h"

struct clocks; /* wall clocks that were looked at before; one a process */
struct clocks *clocks_new(void);
void clocks_freep(struct clocks **clocks);

#define HOURS_DAYS_MAX 8

struct hours {   /* what a window promises, in the words of this oracle */
    bool is_set; /* false: any time */
    const char *zone;
    int64_t start_min, end_min; /* end at or before start: the day after */
    int64_t lasts_min;          /* by a stop-watch; 0: until end_min */
    int64_t days;               /* bit 0 Monday, of the day it starts */
};
struct shut { /* local dates since 1970 */
    int64_t holidays[HOURS_DAYS_MAX];
    size_t holiday_count;
    struct {
        int64_t from_day, to_day;
    } blackouts[HOURS_DAYS_MAX];
    size_t blackout_count;
};

bool hours_open(struct clocks *clocks, const struct hours *hours, const struct shut *shut, int64_t at_ms);
/* The local date. */
int64_t hours_day(struct clocks *clocks, const char *zone, int64_t at_ms);
