#include "engine.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "domain/answer.h"
#include "domain/audit.h"
#include "domain/backup.h"
#include "domain/backup_custody.h"
#include "domain/freshness.h"
#include "domain/report.h"
#include "domain/repository.h"
#include "domain/restore.h"
#include "domain/rollout.h"
#include "domain/seen.h"
#include "domain/upload.h"

static bool flush_seen(struct world *world, int64_t now_ms, struct err *err)
{
    (void)now_ms;
    return seen_flush(world->seen, world->store, err);
}

/* What happens by itself. Every chore may be repeated at any time and does nothing when there is nothing to
 * do. */
static const struct chore {
    const char *name;
    int64_t every_ms; /* true time */
    bool (*run)(struct world *world, int64_t now_ms, struct err *err);
} chores[] = {
    /* clang-format off */
    { "rollouts",   0,     rollout_tick    }, /* stages, gates: each tick       */
    { "reports",    1000,  report_tick     }, /* soaks that end, silent devices */
    { "seen",       10000, flush_seen      }, /* last-seen into the store       */
    { "repository", 20000, repository_tick }, /* re-sign at half life           */
    { "custody",    10000, backup_custody_tick }, /* headers for a next key     */
    { "restores",   5000,  restore_tick    }, /* whose time is over             */
    { "backups",    5000,  backup_tick     }, /* rules: which go, who is asked  */
    { "audit",      10000, audit_tick      }, /* checkpoints of its chain       */
    { "freshness", FRESHNESS_EVERY_MS, freshness_tick }, /* what is about to expire */
    { "uploads",    60000, upload_tick     }, /* drop the expired               */
    { "answers",  3600000, answer_tick     }, /* kept for idempotency keys      */
    /* clang-format on */
};

struct engine {
    struct world *world;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool is_stopping;
    int64_t due_ms[COUNT(chores)];
};

static void run_due(struct engine *engine)
{
    int64_t now = clock_monotonic_ms();

    for (size_t i = 0; i < COUNT(chores); i++) {
        struct err err = {0};

        if (now < engine->due_ms[i])
            continue;
        engine->due_ms[i] = now + chores[i].every_ms;
        if (!chores[i].run(engine->world, clock_now_ms(), &err))
            log_say(LOG_ERROR, "chore.failed", "chore", chores[i].name, "why", err.text, NULL);
    }
}

static void *engine_loop(void *arg)
{
    struct engine *engine = arg;

    pthread_mutex_lock(&engine->lock);
    while (!engine->is_stopping) {
        struct timespec until;
        int64_t ms = engine->world->settings->tick_ms;

        pthread_mutex_unlock(&engine->lock);
        run_due(engine);
        pthread_mutex_lock(&engine->lock);
        clock_deadline(ms, &until);
        if (!engine->is_stopping)
            pthread_cond_timedwait(&engine->wake, &engine->lock, &until);
    }
    pthread_mutex_unlock(&engine->lock);
    return NULL;
}

bool engine_start(struct engine **out, struct world *world, struct err *err)
{
    struct engine *engine = calloc(1, sizeof(*engine));
    pthread_condattr_t attributes;

    if (!engine)
        return FAIL(err, ERR_BUSY, "no memory for the engine");
    engine->world = world;
    pthread_mutex_init(&engine->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&engine->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    if (pthread_create(&engine->thread, NULL, engine_loop, engine) != 0) {
        free(engine);
        return FAIL(err, ERR_BUSY, "cannot start the engine's thread");
    }
    *out = engine;
    return true;
}

void engine_stop(struct engine **engine)
{
    struct engine *e = *engine;
    struct err err = {0};

    if (!e)
        return;
    pthread_mutex_lock(&e->lock);
    e->is_stopping = true;
    pthread_cond_signal(&e->wake);
    pthread_mutex_unlock(&e->lock);
    pthread_join(e->thread, NULL);
    if (!seen_flush(e->world->seen, e->world->store, &err))
        log_say(LOG_WARN, "seen.lost", "why", err.text, NULL);
    pthread_cond_destroy(&e->wake);
    pthread_mutex_destroy(&e->lock);
    free(e);
    *engine = NULL;
}
