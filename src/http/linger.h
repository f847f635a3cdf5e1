/* Sockets whose answer has been sent while the client was still talking. Closing at once would answer its
 * next byte with a reset and destroy the answer in its receive buffer; so we read on for a moment and throw
 * away. */
#pragma once

#include <pthread.h>

#include "base/base.h"

#define LINGER_MAX 256
#define LINGER_MS 2000
#define LINGER_BYTES (64 << 20)

struct lingerers {
    pthread_mutex_t lock;
    struct {
        int fd;
        int64_t until_ms, left_bytes;
    } sockets[LINGER_MAX]; /* under the lock */
    size_t count;          /* under the lock */
};

void linger_init(struct lingerers *linger);
void linger_end(struct lingerers *linger); /* closes all */
/* Says to the peer that nothing more follows, and owns fd from now on. With the list full it is closed at
 * once. */
void linger_add(struct lingerers *linger, int fd);
/* Drains what has arrived; returns how many are left. */
size_t linger_drain(struct lingerers *linger);
