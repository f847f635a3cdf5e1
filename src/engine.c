#include "engine.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/heap.h"
#include "base/log.h"
#include "domain/drift.h"
#include "domain/answer.h"
#include "domain/audit.h"
#include "domain/backup.h"
#include "domain/backup_custody.h"
#include "domain/director.h"
#include "domain/freshness.h"
#include "domain/plans.h"
#include "domain/report.h"
#include "domain/repository.h"
#include "domain/restore.h"
#include "domain/rollout.h"
#include "domain/seen.h"
#include "domain/setback.h"
#include "domain/upload.h"
#include "domain/zone.h"

static bool flush_seen(struct world *world, int64_t now_ms, struct err *err)
{
    (void)now_ms;
    return seen_flush(world->seen, world->store, err);
}

/* What a busy moment opened. */
static bool close_idle(struct world *world, int64_t now_ms, struct err *err)
{
    (void)now_ms, (void)err;
    store_readers_rest(world->store);
    return true;
}

static bool give_back(struct world *world, int64_t now_ms, struct err *err)
{
    (void)world, (void)now_ms, (void)err;
    heap_return();
    return true;
}

/* A window is worked out anew each time it is asked for: the next question has the new law. */
static bool read_zones(struct world *world, int64_t now_ms, struct err *err)
{
    (void)world, (void)now_ms, (void)err;
    if (zone_refresh())
        log_say(LOG_INFO, "zones.changed", "why", "the system has another tz database", NULL);
    return true;
}

/* What happens by itself. Every chore may be repeated at any time and does nothing when there is nothing to
 * do. */
static const struct chore {
    const char *name;
    int64_t every_ms; /* true time */
    bool is_long;     /* may take seconds: in a thread of its own, so that no gate waits for it */
    bool (*run)(struct world *world, int64_t now_ms, struct err *err);
} chores[] = {
    /* clang-format off */
    { "rollouts",   0,     false, rollout_tick    }, /* stages, gates: each tick       */
    { "plans",      0,     true,  rollout_plan_tick }, /* who is in which stage        */
    { "reports",    1000,  false, report_tick     }, /* soaks that end, silent devices */
    { "seen",       10000, false, flush_seen      }, /* last-seen into the store       */
    { "repository", 20000, false, repository_tick }, /* re-sign at half life           */
    { "director",   20000, false, director_tick   }, /* its root                       */
    { "custody",    10000, false, backup_custody_tick }, /* headers for a next key     */
    { "restores",   5000,  false, restore_tick    }, /* whose time is over             */
    { "drift",      5000,  false, drift_tick      }, /* settings after an update       */
    { "backups",    5000,  false, backup_tick     }, /* rules: which go, who is asked  */
    { "audit",      10000, false, audit_tick      }, /* checkpoints of its chain       */
    { "setback", SETBACK_EVERY_MS, false, setback_tick }, /* how far that is, to the signer */
    { "freshness", FRESHNESS_EVERY_MS, false, freshness_tick }, /* what is about to expire */
    { "zones",      10000, false, read_zones      }, /* laws of time that changed      */
    { "timings",    60000, false, plans_tick      }, /* what installs are taken to last */
    { "uploads",    60000, false, upload_tick     }, /* drop the expired               */
    { "readers",    60000, true,  close_idle      }, /* connections to the store       */
    { "memory",    600000, true,  give_back       }, /* what nobody uses any more     */
    { "answers",  3600000, false, answer_tick     }, /* kept for idempotency keys      */
    /* clang-format on */
};

struct lane { /* one thread and its chores: 0 the short ones, 1 the long */
    struct engine *engine;
    pthread_t thread;
    bool is_long;
    int64_t due_ms[COUNT(chores)];
};

struct engine {
    struct world *world;
    struct lane lanes[2];
    size_t running; /* lanes */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool is_stopping;
};

static void run_due(struct lane *lane)
{
    int64_t now = clock_monotonic_ms();

    for (size_t i = 0; i < COUNT(chores); i++) {
        struct err err = {0};

        if (now < lane->due_ms[i] || chores[i].is_long != lane->is_long)
            continue;
        lane->due_ms[i] = now + chores[i].every_ms;
        if (!chores[i].run(lane->engine->world, clock_now_ms(), &err))
            log_say(LOG_ERROR, "chore.failed", "chore", chores[i].name, "why", err.text, NULL);
    }
}

static void *engine_loop(void *arg)
{
    struct lane *lane = arg;
    struct engine *engine = lane->engine;

    pthread_mutex_lock(&engine->lock);
    while (!engine->is_stopping) {
        struct timespec until;
        int64_t ms = engine->world->settings->tick_ms;

        pthread_mutex_unlock(&engine->lock);
        run_due(lane);
        pthread_mutex_lock(&engine->lock);
        clock_deadline(ms, &until);
        if (!engine->is_stopping)
            pthread_cond_timedwait(&engine->wake, &engine->lock, &until);
    }
    pthread_mutex_unlock(&engine->lock);
    return NULL;
}

static bool start_lanes(struct engine *engine, struct err *err)
{
    for (; engine->running < COUNT(engine->lanes); engine->running++) {
        struct lane *lane = &engine->lanes[engine->running];

        lane->engine = engine;
        lane->is_long = engine->running > 0;
        if (pthread_create(&lane->thread, NULL, engine_loop, lane) != 0)
            return FAIL(err, ERR_BUSY, "cannot start the engine's threads");
    }
    return true;
}

static void stop_lanes(struct engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    engine->is_stopping = true;
    pthread_cond_broadcast(&engine->wake);
    pthread_mutex_unlock(&engine->lock);
    while (engine->running > 0)
        pthread_join(engine->lanes[--engine->running].thread, NULL);
    pthread_cond_destroy(&engine->wake);
    pthread_mutex_destroy(&engine->lock);
    free(engine);
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
    if (!start_lanes(engine, err)) {
        stop_lanes(engine);
        return false;
    }
    *out = engine;
    return true;
}

void engine_stop(struct engine **engine)
{
    struct engine *e = *engine;
    struct err err = {0};
    struct world *world;

    if (!e)
        return;
    world = e->world;
    stop_lanes(e);
    if (!seen_flush(world->seen, world->store, &err))
        log_say(LOG_WARN, "seen.lost", "why", err.text, NULL);
    if (!setback_tick(world, clock_now_ms(), &err))
        log_say(LOG_WARN, "setback.untold", "why", err.text, NULL);
    *engine = NULL;
}
