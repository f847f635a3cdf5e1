#include "domain/plans.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/text.h"
#include "domain/selection.h"
#include "store/releases.h"
#include "store/rollouts.h"

struct compiled { /* one running rollout */
    struct rollout rollout;
    struct release release;
    struct module *modules;
    size_t module_count;
    struct selection selection;
    struct texts models; /* of the release; none: any of the family */
    struct rollout_stage *stages;
    size_t stage_count;
    bool has_groups;
};

struct snapshot {
    struct arena *arena;
    atomic_int readers; /* the table's own hold counts as one */
    struct compiled *all;
    size_t count;
};

struct entry {
    int64_t tenant_id;
    struct snapshot *snapshot; /* NULL: to be made again */
    uint64_t forgotten;        /* how often: a snapshot made before the last time is not kept */
};

struct plans {
    pthread_mutex_t lock;
    struct entry *entries;
    size_t count;
};

bool plans_open(struct plans **out, struct err *err)
{
    struct plans *plans = calloc(1, sizeof(*plans));

    if (!plans)
        return FAIL(err, ERR_BUSY, "no memory for the plans");
    pthread_mutex_init(&plans->lock, NULL);
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

void plans_forget(struct plans *plans, int64_t tenant_id)
{
    pthread_mutex_lock(&plans->lock);
    struct entry *entry = entry_of(plans, tenant_id);

    let_go(entry->snapshot);
    entry->snapshot = NULL;
    entry->forgotten++;
    pthread_mutex_unlock(&plans->lock);
}

/* ---- making a snapshot --------------------------------------------------------- */

static bool models_read(struct arena *arena, const char *text, struct texts *out, struct err *err)
{
    const struct json *list;

    if (!json_parse(arena, span_of(text), &list, err))
        return err_within(err, "models of a release");
    out->count = json_count(list);
    out->at = ARENA_MANY(arena, const char *, out->count + 1);
    for (size_t i = 0; i < out->count; i++)
        out->at[i] = json_string(json_item(list, i));
    return true;
}

static bool compile(struct store *store, struct arena *arena, const struct rollout *rollout,
                    struct compiled *out, struct err *err)
{
    struct compiled c = {.rollout = *rollout};

    if (!store_release_get(store, arena, rollout->tenant_id, rollout->release_id, &c.release, err) ||
        !store_module_list(store, arena, rollout->release_id, &c.modules, &c.module_count, err) ||
        !selection_text(arena, rollout->selection, &c.selection, err) ||
        !models_read(arena, c.release.models, &c.models, err) ||
        !store_stage_list(store, arena, rollout->id, &c.stages, &c.stage_count, err))
        return err_within(err, "rollout %s", rollout->name);
    for (size_t i = 0; i < c.stage_count; i++)
        c.has_groups |= c.stages[i].kind == STAGE_GROUP;
    *out = c;
    return true;
}

static bool snapshot_make(struct store *store, int64_t tenant_id, struct snapshot **out, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct snapshot *s = ARENA_NEW(arena, struct snapshot);
    struct rollout *running;
    size_t count;

    if (!store_rollout_in_state(store, arena, tenant_id, ROLLOUT_RUNNING, &running, &count, err))
        return false;
    s->all = ARENA_MANY(arena, struct compiled, count + 1);
    for (size_t i = 0; i < count; i++) {
        if (!compile(store, arena, &running[i], &s->all[s->count], err))
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

static bool may_match(const struct compiled *c, const struct device *device)
{
    return text_equal(c->release.family, device->family) &&
           (c->models.count == 0 || texts_have(&c->models, device->model)) &&
           selection_may_match(&c->selection, device);
}

bool plans_may_match(struct world *world, const struct device *device, struct err *err)
{
    AUTO(let_gop) struct snapshot *s = NULL;

    if (!hold(world, device->tenant_id, &s, err))
        return true; /* let the real question fail and say why */
    for (size_t i = 0; i < s->count; i++)
        if (may_match(&s->all[i], device))
            return true;
    return false;
}

/* A deep enough copy: what a planned points to must outlive the snapshot. */
static struct planned *copy_out(struct arena *arena, const struct compiled *c, int64_t stage,
                                struct planned *out)
{
    struct rollout *rollout = ARENA_NEW(arena, struct rollout);
    struct release *release = ARENA_NEW(arena, struct release);
    struct module *modules = ARENA_MANY(arena, struct module, c->module_count + 1);

    *rollout = c->rollout;
    rollout->name = arena_dup(arena, rollout->name);
    rollout->window.zone = arena_dup(arena, rollout->window.zone);
    rollout->selection = rollout->reason = rollout->created_by = "";
    *release = c->release;
    release->family = arena_dup(arena, release->family);
    release->version = arena_dup(arena, release->version);
    release->min_version = arena_dup(arena, release->min_version);
    release->models = release->manifest = release->package_sha256 = release->sbom_sha256 = release->to_sign =
        release->created_by = "";
    for (size_t i = 0; i < c->module_count; i++) {
        modules[i] = c->modules[i];
        modules[i].component = arena_dup(arena, modules[i].component);
        modules[i].version = arena_dup(arena, modules[i].version);
        modules[i].filename = arena_dup(arena, modules[i].filename);
        modules[i].sha256 = arena_dup(arena, modules[i].sha256);
        modules[i].sha1 = arena_dup(arena, modules[i].sha1);
        modules[i].md5 = arena_dup(arena, modules[i].md5);
    }
    *out = (struct planned){rollout, release, modules, c->module_count, stage};
    return out;
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
        int64_t rank = selection_rank(c->rollout.id, facts->device->controller_id);
        int64_t stage;

        if (!may_match(c, facts->device) || !selection_matches(&c->selection, facts))
            continue;
        stage = selection_stage(c->stages, c->stage_count, rank, facts);
        if (stage >= 0 && stage <= c->rollout.stage)
            copy_out(arena, c, stage, &found[n++]);
    }
    *out = found;
    *count = n;
    return true;
}
