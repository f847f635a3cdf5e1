/* Threads for work that may block. Knows nothing of what the work is. */
#pragma once

#include "base/err.h"

struct workers;

struct work {
    struct work *next;
    void (*run)(struct work *work, bool is_dropped); /* dropped: the pool stops before its turn came */
};

bool workers_start(struct workers **out, int64_t threads, int64_t queue_max, struct err *err) CHECKED;
/* A place in the queue: after true, exactly one workers_add() must follow. False when full or stopping. */
bool workers_reserve(struct workers *workers);
void workers_add(struct workers *workers, struct work *work);
/* What is being worked on is finished, what still waits is dropped; from now on there is no reserving. */
void workers_stop(struct workers *workers);
void workers_freep(struct workers **workers); /* after workers_stop() */
