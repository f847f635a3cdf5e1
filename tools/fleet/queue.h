/* Who is to be woken when: a heap of numbers by true monotonic time. One lock; threads wait here. */
#pragma once

#include "base/base.h"

struct queue;

struct queue *queue_new(size_t room);
void queue_freep(struct queue **queue);
void queue_put(struct queue *queue, size_t number, int64_t due_ms);
/* The next that is due, waiting for it. False: the queue was closed. */
bool queue_take(struct queue *queue, size_t *out);
void queue_close(struct queue *queue);
