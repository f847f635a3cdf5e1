/* The only caller of clock_gettime. A dev server may run its wall clock fast (clock_rate), so that a night
 * passes in a minute; durations and deadlines on sockets use the true monotonic clock. */
#pragma once

#include "base/base.h"

/* rate 1: real time. Else the wall clock runs `rate` times as fast since the true instant origin_ms (0: now), so that
 * a restarted dev server and its simulated fleet agree on the hour. */
void clock_start(int64_t rate, int64_t origin_ms);
int64_t clock_now_ms(void);       /* wall clock, UTC, ms since the epoch */
int64_t clock_monotonic_ms(void); /* true, never scaled */
int64_t clock_monotonic_us(void);
int64_t clock_rate(void);
/* For pthread_cond_timedwait on a CLOCK_MONOTONIC condition. */
struct timespec;
void clock_deadline(int64_t after_ms, struct timespec *out);
