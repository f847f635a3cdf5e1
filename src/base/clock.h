/* The only caller of clock_gettime. A dev server may run its wall clock fast (clock_rate), so that a night
 * passes in a minute; durations and deadlines on sockets use the true monotonic clock. */
#pragma once

#include "base/base.h"

void clock_start(int64_t rate);      /* 1 = real time; wall time runs `rate` times as fast from now on */
int64_t clock_now_ms(void);          /* wall clock, UTC, ms since the epoch */
int64_t clock_monotonic_ms(void);    /* true, never scaled */
int64_t clock_monotonic_us(void);
int64_t clock_rate(void);
