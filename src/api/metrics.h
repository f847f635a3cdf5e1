/* Counters for Prometheus: by door, status class and time. Lock-free; reset only by a restart. */
#pragma once

#include "api/api.h"

void metrics_note(const struct route *route, int status, int64_t bytes, int64_t took_us); /* route may be NULL */
void metrics_write(struct buf *out);
