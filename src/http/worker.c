#include "http/worker.h"

#include <pthread.h>
#include <stdlib.h>

/* Handlers keep little on the stack; sanitizers make frames bigger. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STACK_BYTES (4 << 20)
#else
#define STACK_BYTES (512 << 10)
#endif

struct workers {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct work *first, **end;
    int64_t reserved, queue_max; /* reserved: promised or waiting */
    bool is_stopping;
    pthread_t *threads;
    int64_t count;
};

/* The next piece of work, or NULL when there will be none. */
static struct work *take(struct workers *pool, bool *is_dropped)
{
    struct work *work;

    pthread_mutex_lock(&pool->lock);
    while (!pool->first && !(pool->is_stopping && pool->reserved == 0))
        pthread_cond_wait(&pool->wake, &pool->lock);
    work = pool->first;
    if (work) {
        pool->first = work->next;
        if (!pool->first)
            pool->end = &pool->first;
        pool->reserved--;
    }
    *is_dropped = pool->is_stopping;
    if (pool->is_stopping && pool->reserved == 0)
        pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    return work;
}

static void *worker_main(void *arg)
{
    struct workers *pool = arg;
    struct work *work;
    bool is_dropped;

    while ((work = take(pool, &is_dropped)))
        work->run(work, is_dropped);
    return NULL;
}

static bool start_threads(struct workers *pool, int64_t threads)
{
    pthread_attr_t attr;
    bool ok = true;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    for (; ok && pool->count < threads; pool->count += ok)
        ok = pthread_create(&pool->threads[pool->count], &attr, worker_main, pool) == 0;
    pthread_attr_destroy(&attr);
    return ok;
}

bool workers_start(struct workers **out, int64_t threads, int64_t queue_max, struct err *err)
{
    struct workers *pool = calloc(1, sizeof(*pool));

    if (!pool || !(pool->threads = calloc((size_t)threads, sizeof(*pool->threads))))
        abort();
    pool->end = &pool->first;
    pool->queue_max = queue_max;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    if (!start_threads(pool, threads)) {
        workers_stop(pool);
        workers_freep(&pool);
        return FAIL(err, ERR_IO, "cannot start worker threads");
    }
    *out = pool;
    return true;
}

bool workers_reserve(struct workers *pool)
{
    bool ok;

    pthread_mutex_lock(&pool->lock);
    ok = !pool->is_stopping && pool->reserved < pool->queue_max;
    if (ok)
        pool->reserved++;
    pthread_mutex_unlock(&pool->lock);
    return ok;
}

void workers_add(struct workers *pool, struct work *work)
{
    work->next = NULL;
    pthread_mutex_lock(&pool->lock);
    *pool->end = work;
    pool->end = &work->next;
    pthread_cond_signal(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
}

void workers_stop(struct workers *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->is_stopping = true;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    for (int64_t i = 0; i < pool->count; i++)
        pthread_join(pool->threads[i], NULL);
    pool->count = 0;
}

void workers_freep(struct workers **workers)
{
    struct workers *pool = *workers;

    *workers = NULL;
    if (!pool)
        return;
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->lock);
    free(pool->threads);
    free(pool);
}
