#include "tools/fleet/queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

#define WAIT_MAX_MS 1000

struct entry {
    int64_t due_ms;
    size_t number;
};

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct entry *heap;
    size_t count, room;
    bool is_closed;
};

struct queue *queue_new(size_t room)
{
    struct queue *queue = calloc(1, sizeof(*queue));
    pthread_condattr_t monotonic;

    if (!queue || !(queue->heap = calloc(room ? room : 1, sizeof(*queue->heap))))
        abort();
    queue->room = room;
    pthread_mutex_init(&queue->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&queue->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return queue;
}

void queue_freep(struct queue **queue)
{
    if (!*queue)
        return;
    pthread_cond_destroy(&(*queue)->changed);
    pthread_mutex_destroy(&(*queue)->lock);
    free((*queue)->heap);
    free(*queue);
    *queue = NULL;
}

static void swap(struct entry *a, struct entry *b)
{
    struct entry kept = *a;

    *a = *b;
    *b = kept;
}

static void rise(struct entry *heap, size_t i)
{
    while (i > 0 && heap[i].due_ms < heap[(i - 1) / 2].due_ms) {
        swap(&heap[i], &heap[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
}

static void sink(struct entry *heap, size_t count)
{
    size_t i = 0;

    for (;;) {
        size_t least = i, left = 2 * i + 1, right = left + 1;

        if (left < count && heap[left].due_ms < heap[least].due_ms)
            least = left;
        if (right < count && heap[right].due_ms < heap[least].due_ms)
            least = right;
        if (least == i)
            return;
        swap(&heap[i], &heap[least]);
        i = least;
    }
}

void queue_put(struct queue *queue, size_t number, int64_t due_ms)
{
    pthread_mutex_lock(&queue->lock);
    if (queue->count == queue->room)
        abort(); /* each number is here once at most */
    queue->heap[queue->count] = (struct entry){due_ms, number};
    rise(queue->heap, queue->count++);
    if (queue->heap[0].number == number)
        pthread_cond_signal(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

static void wait_for_first(struct queue *queue)
{
    int64_t left_ms = queue->count ? queue->heap[0].due_ms - clock_monotonic_ms() : WAIT_MAX_MS;
    struct timespec end;

    clock_deadline(left_ms < WAIT_MAX_MS ? left_ms : WAIT_MAX_MS, &end);
    pthread_cond_timedwait(&queue->changed, &queue->lock, &end);
}

bool queue_take(struct queue *queue, size_t *out)
{
    bool is_open;

    pthread_mutex_lock(&queue->lock);
    while (!queue->is_closed && (!queue->count || queue->heap[0].due_ms > clock_monotonic_ms()))
        wait_for_first(queue);
    is_open = !queue->is_closed;
    if (is_open) {
        *out = queue->heap[0].number;
        queue->heap[0] = queue->heap[--queue->count];
        sink(queue->heap, queue->count);
        if (queue->count)
            pthread_cond_signal(&queue->changed); /* somebody else looks after the next */
    }
    pthread_mutex_unlock(&queue->lock);
    return is_open;
}

void queue_close(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->is_closed = true;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}
