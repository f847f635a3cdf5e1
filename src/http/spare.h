/* Descriptors held back for the moment when the process, or the system, has no more: given up then, so that who
 * connects can be taken and turned away. A listener that cannot accept would be asked again and again, at the cost of
 * a whole processor. Knows no connection. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "base/base.h"

#define SPARE_FDS 16

struct spare {
    pthread_mutex_t lock;
    int fds[SPARE_FDS];   /* under the lock; -1 while given up */
    int calm;             /* under the lock: looks in a row that found enough, while they are given up */
    atomic_bool is_short; /* they are given up */
    atomic_llong turned_away;
};

void spare_open(struct spare *spare);
void spare_close(struct spare *spare);
/* A connection has come: may it stay? Says in the log when that turns to no, once. Any thread. */
bool spare_may_stay(struct spare *spare);
/* Each second: takes them back once there have been enough for some seconds, and says so; gives them up where others
 * took the last. */
void spare_look(struct spare *spare);
