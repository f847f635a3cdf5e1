/* Counters for Prometheus: by door, status class and time. Lock-free: any thread, any time; times in
 * microseconds, bytes of bodies sent. Begins at zero with each service. */
#pragma once

#include "api/api.h"

struct metrics;

bool metrics_open(struct metrics **out, struct err *err) CHECKED;
void metrics_closep(struct metrics **metrics);
/* route NULL: no such door. status 0: the connection was lost. metrics NULL: nothing is counted. */
void metrics_note(struct metrics *metrics, const struct route *route, int status, int64_t bytes,
                  int64_t took_us);
void metrics_write(const struct metrics *metrics, struct buf *out);
