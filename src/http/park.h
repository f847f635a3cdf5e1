/* Requests that wait for something to happen, without a thread: a table of them by key and by group, their
 * deadlines, and one thread that wakes who is due. Knows no HTTP library and no noun: holding and waking are
 * functions it was given.
 *
 *   asked --park_enter--> held --due, rung, hung up, superseded, stop--> woken (asks again, may enter again)
 *
 * No ring is lost between the question and the holding: whoever asks takes park_mark() first, and a ring
 * since then makes the newcomer due at once. */
#pragma once

#include "base/err.h"

struct parked {       /* part of its owner, who fills the first four and leaves it alone until it is woken */
    uint64_t key;     /* one is held at most: a second one wakes the first for good. 0: none */
    uint64_t group;   /* 0: none */
    int64_t until_ms; /* monotonic. 0 once it is woken: it must not enter again */
    int fd;           /* watched for a hang-up; stays open while held */
    /* the park's own */
    struct parked *next;
    int64_t due_ms;
    uint32_t slot;
};

struct park;

/* `hold` and `wake` are called under the park's lock: they must not call back. */
bool park_start(struct park **out, int64_t most, void (*hold)(struct parked *), void (*wake)(struct parked *),
                struct err *err) CHECKED;
void park_stopp(struct park **park); /* after park_release_all() and the last waker */

uint64_t park_mark(const struct park *park);
/* True: held, and perhaps woken already. False: it is late, the park is full or closed; nothing happened. */
bool park_enter(struct park *park, struct parked *who, uint64_t mark);
void park_ring(struct park *park, uint64_t key);
/* Each at a moment of its own within spread_ms. */
void park_ring_group(struct park *park, uint64_t group, int64_t spread_ms);
/* Wakes all for good; none may enter again. */
void park_release_all(struct park *park);
int64_t park_count(const struct park *park);
