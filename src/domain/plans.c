#include "domain/plans.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "domain/awaited.h"
#include "domain/limits.h"
#include "domain/plan_compile.h"
#include "domain/timing.h"
#include "store/releases.h"
#include "store/rollouts.h"
#include "store/tenants.h"

struct snapshot {
    struct arena *arena;
    atomic_int readers; /* the table's own hold counts as one */
    struct compiled *all;
    size_t count;
    struct holds holds;
    int64_t at_once, bytes_hour; /* the tenant's limits */
};

struct entry {
    int64_t tenant_id;
    struct snapshot *snapshot; /* NULL: to be made again */
    bool is_measured;          /* installs were, since it was made */
    uint64_t forgotten;        /* how often: a snapshot made before the last time is not kept */
};

struct plans {
    pthread_mutex_t lock;
    struct entry *entries;
    size_t count;
    atomic_flag is_walked;
    struct rounds *rounds;
};

bool plans_open(struct plans **out, struct err *err)
{
    struct plans *plans = calloc(1, sizeof(*plans));

    if (!plans)
        return FAIL(err, ERR_BUSY, "no memory for the plans");
    pthread_mutex_init(&plans->lock, NULL);
    atomic_flag_clear(&plans->is_walked);
    plans->rounds = rounds_new();
    *out = plans;
    return true;
}

static void let_go(struct snapshot *s)
{
    if (s && atomic_fetch_sub(&s->readers, 1) == 1) {
        struct arena *arena = s->arena; /* the snapshot itself lies in it */

        arena_freep(&arena);
    }
}

void plans_closep(struct plans **plans)
{
    if (!*plans)
        return;
    for (size_t i = 0; i < (*plans)->count; i++)
        let_go((*plans)->entries[i].snapshot);
    free((*plans)->entries);
    rounds_freep(&(*plans)->rounds);
    pthread_mutex_destroy(&(*plans)->lock);
    free(*plans);
    *plans = NULL;
}

/* Under the lock. */
static struct entry *entry_of(struct plans *plans, int64_t tenant_id)
{
    for (size_t i = 0; i < plans->count; i++)
        if (plans->entries[i].tenant_id == tenant_id)
            return &plans->entries[i];
    plans->entries = realloc(plans->entries, sizeof(*plans->entries) * (plans->count + 1));
    if (!plans->entries)
        abort();
    plans->entries[plans->count] = (struct entry){.tenant_id = tenant_id};
    return &plans->entries[plans->count++];
}

/* Under the lock. */
static void forget(struct entry *entry)
{
    let_go(entry->snapshot);
    entry->snapshot = NULL;
    entry->is_measured = false;
    entry->forgotten++;
}

void plans_forget(struct plans *plans, int64_t tenant_id)
{
    pthread_mutex_lock(&plans->lock);
    forget(entry_of(plans, tenant_id));
    pthread_mutex_unlock(&plans->lock);
}

void plans_measured(struct plans *plans, int64_t tenant_id)
{
    pthread_mutex_lock(&plans->lock);
    entry_of(plans, tenant_id)->is_measured = true;
    pthread_mutex_unlock(&plans->lock);
}

bool plans_tick(struct world *world, int64_t now_ms, struct err *err)
{
    struct plans *plans = world->plans;

    (void)now_ms;
    (void)err;
    pthread_mutex_lock(&plans->lock);
    for (size_t i = 0; i < plans->count; i++)
        if (plans->entries[i].is_measured)
            forget(&plans->entries[i]);
    pthread_mutex_unlock(&plans->lock);
    return true;
}

/* ---- making a snapshot --------------------------------------------------------- */

static bool snapshot_make(struct store *store, int64_t tenant_id, struct snapshot **out, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct snapshot *s = ARENA_NEW(arena, struct snapshot);
    struct rollout *running;
    struct tenant tenant;
    size_t count;

    if (!store_tenant_get(store, arena, tenant_id, &tenant, err) ||
        !store_rollout_in_state(store, arena, tenant_id, ROLLOUT_RUNNING, &running, &count, err) ||
        !plan_holds_read(store, arena, tenant_id, &s->holds, err))
        return false;
    s->at_once = tenant.at_once;
    s->bytes_hour = tenant.bytes_hour;
    s->all = ARENA_MANY(arena, struct compiled, count + 1);
    for (size_t i = 0; i < count; i++) {
        if (!plan_compile(store, arena, &running[i], &s->all[s->count], err))
            return false;
        s->count += s->all[s->count].release.state == RELEASE_PUBLISHED;
    }
    atomic_init(&s->readers, 1);
    s->arena = arena;
    arena = NULL; /* given to the snapshot */
    *out = s;
    return true;
}

/* A counted snapshot: let_go() it. */
static bool hold(struct world *world, int64_t tenant_id, struct snapshot **out, struct err *err)
{
    struct plans *plans = world->plans;
    struct snapshot *made = NULL;
    uint64_t since;

    pthread_mutex_lock(&plans->lock);
    struct entry *entry = entry_of(plans, tenant_id);
    *out = entry->snapshot;
    since = entry->forgotten;
    if (*out)
        atomic_fetch_add(&(*out)->readers, 1);
    pthread_mutex_unlock(&plans->lock);
    if (*out)
        return true;
    if (!snapshot_make(world->store, tenant_id, &made, err))
        return false;
    pthread_mutex_lock(&plans->lock);
    entry = entry_of(plans, tenant_id);
    if (!entry->snapshot && entry->forgotten == since) {
        entry->snapshot = made;
        atomic_fetch_add(&made->readers, 1);
    }
    pthread_mutex_unlock(&plans->lock);
    *out = made;
    return true;
}

static void let_gop(struct snapshot **s)
{
    let_go(*s);
}

/* ---- asking it --------------------------------------------------------------------- */

bool plans_may_match(struct world *world, const struct device *device, struct err *err)
{
    AUTO(let_gop) struct snapshot *s = NULL;

    if (!hold(world, device->tenant_id, &s, err))
        return true; /* let the real question fail and say why */
    for (size_t i = 0; i < s->count; i++)
        if (plan_may_match(&s->all[i], device))
            return true;
    return false;
}

bool plans_for_device(struct world *world, struct arena *arena, const struct device_facts *facts,
                      struct planned **out, size_t *count, struct err *err)
{
    AUTO(let_gop) struct snapshot *s = NULL;
    struct planned *found;
    size_t n = 0;

    if (!hold(world, facts->device->tenant_id, &s, err))
        return false;
    found = ARENA_MANY(arena, struct planned, s->count + 1);
    for (size_t i = 0; i < s->count; i++) {
        const struct compiled *c = &s->all[i];
        int64_t stage = plan_stage_for(c, facts);

        /* Most devices wait for their stage: they are let go before anything is copied. */
        if (stage < 0 || !planned_is_open(&(struct planned){.rollout = &c->rollout, .stage = stage}))
            continue;
        plan_copy(arena, c, facts->device, stage, &found[n]);
        if (plan_newer_for(c, facts))
            found[n].superseded_by = arena_dup(arena, plan_newer_for(c, facts));
        found[n].tenant_at_once = s->at_once;
        found[n].tenant_bytes_hour = s->bytes_hour;
        found[n].hold_count = plan_holds_for(arena, &s->holds, facts->device, &c->release, &found[n].holds);
        n++;
    }
    *out = found;
    *count = n;
    return true;
}

/* ---- holds of what was offered -------------------------------------------------------- */

/* What a hold may ask of a release. Most tenants have no hold: then nothing is looked up. */
static bool release_facts(struct world *world, struct arena *arena, const struct snapshot *s,
                          const struct device *device, int64_t release_id, struct release *out,
                          struct err *err)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->all[i].release.id == release_id) {
            *out = s->all[i].release;
            return true;
        }
    return store_release_get(world->store, arena, device->tenant_id, release_id, out, err);
}

bool plans_hold(struct world *world, struct arena *arena, const struct device *device, int64_t release_id,
                int64_t now_ms, struct hold *out, bool *found, struct err *err)
{
    AUTO(let_gop) struct snapshot *s = NULL;
    const struct hold *holds, *last;
    struct release release;
    size_t count;

    *found = false;
    if (!hold(world, device->tenant_id, &s, err))
        return false;
    if (s->holds.count == 0 || release_id == 0)
        return true;
    if (!release_facts(world, arena, s, device, release_id, &release, err))
        return false;
    count = plan_holds_for(arena, &s->holds, device, &release, &holds);
    last = hold_last(holds, count, now_ms);
    *found = last != NULL;
    if (last)
        *out = *last;
    return true;
}

bool plans_ask_changes(struct world *world, int64_t tenant_id)
{
    AUTO(let_gop) struct snapshot *s = NULL;
    struct err err = {0};

    if (!hold(world, tenant_id, &s, &err))
        return true; /* as with plans_may_match: the real question fails and says why */
    for (size_t i = 0; i < s->count; i++)
        if (s->all[i].selection.changed_by)
            return true;
    return false;
}

bool plans_has_holds(struct world *world, int64_t tenant_id)
{
    AUTO(let_gop) struct snapshot *s = NULL;
    struct err err = {0};

    return !hold(world, tenant_id, &s, &err) || s->holds.count > 0;
}

bool plans_may_wait(struct world *world, int64_t tenant_id, int64_t rollout_id)
{
    AUTO(let_gop) struct snapshot *s = NULL;
    struct err err = {0};
    bool is_limited = false;

    if (!hold(world, tenant_id, &s, &err) || s->holds.count > 0)
        return true;
    for (size_t i = 0; i < s->count; i++) {
        const struct planned plan = {
            .terms = &s->all[i].terms, .tenant_at_once = s->at_once, .tenant_bytes_hour = s->bytes_hour};

        is_limited |=
            s->all[i].rollout.id == rollout_id && (s->all[i].newer_count > 0 || limits_are_asked(&plan));
    }
    return is_limited;
}

bool plans_walk_begin(struct plans *plans)
{
    return !atomic_flag_test_and_set(&plans->is_walked);
}

void plans_walk_end(struct plans *plans)
{
    atomic_flag_clear(&plans->is_walked);
}

struct rounds *plans_rounds(struct plans *plans)
{
    return plans->rounds;
}

/* ---- how long, and until when -------------------------------------------------------------- */

bool plans_minutes(struct world *world, struct arena *arena, const struct action *action, int64_t *out,
                   struct err *err)
{
    AUTO(let_gop) struct snapshot *s = NULL;
    struct release release;

    if (!hold(world, action->tenant_id, &s, err))
        return false;
    for (size_t i = 0; i < s->count; i++)
        if (s->all[i].release.id == action->release_id) {
            *out = s->all[i].minutes;
            return true;
        }
    return store_release_get(world->store, arena, action->tenant_id, action->release_id, &release, err) &&
           timing_expected(world->store, &release, out, err);
}

int64_t plans_latest_ms(struct world *world, const struct action *action)
{
    AUTO(let_gop) struct snapshot *s = NULL;
    struct err err = {0};

    if (!action->rollout_id || !hold(world, action->tenant_id, &s, &err))
        return 0;
    for (size_t i = 0; i < s->count; i++)
        if (s->all[i].rollout.id == action->rollout_id)
            return s->all[i].terms.latest_ms;
    return 0;
}
