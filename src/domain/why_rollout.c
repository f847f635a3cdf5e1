/* The fleet of a rollout, grouped by what is first in the way of each device. */
#include <stdlib.h>

#include "base/text.h"
#include "domain/beside.h"
#include "domain/rollback.h"
#include "domain/rollout.h"
#include "domain/why.h"
#include "store/releases.h"
#include "store/rollouts.h"

#define GROUPS_MAX 64 /* of one page; errors are told by devices, who may say anything */
#define WALK_AT_ONCE 500

/* One rollout beside one device after the other. */
struct walk {
    struct world *world;
    struct arena *arena; /* lasts */
    const struct rollout *rollout;
    struct plan_view *view;
    int64_t now_ms;
};

static bool walk_begin(struct walk *w, struct err *err)
{
    return plan_view_open(w->world, w->arena, w->rollout, &w->view, err);
}

struct looked {
    struct beside beside;
    struct why_target target;
};

/* fn sees each of them that the rollout is for; what it is shown ends with the call. */
static bool look_each(const struct walk *w, const int64_t *ids, size_t count,
                      void (*fn)(void *ctx, const struct looked *one), void *ctx, struct err *err)
{
    AUTO(arena_freep) struct arena *scratch = arena_new();

    for (size_t i = 0; i < count; i++) {
        struct looked one;
        bool is_for;

        arena_reset(scratch);
        if (!beside_read(w->world, scratch, w->view, ids[i], w->now_ms, &one.beside, &is_for, err))
            return false;
        if (!is_for)
            continue;
        if (!why_of_plan(w->world, scratch, &one.beside.facts, &one.beside.plan, &one.target, err))
            return false;
        fn(ctx, &one);
    }
    return true;
}

/* ---- groups ------------------------------------------------------------------------------- */

/* Holds and errors differ in what matters; of the rest one example is enough. */
static bool tells_apart(const char *code)
{
    return text_equal(code, offer_why_name[OFFER_HELD]) ||
           text_equal(code, action_state_name[ACTION_FAILED]) ||
           text_equal(code, offer_why_name[OFFER_TOO_OLD]);
}

static struct why_group *group_of(struct rollout_why *why, struct arena *arena, const struct why_item *item)
{
    struct why_group *g;

    for (size_t i = 0; i < why->count; i++)
        if (text_equal(why->groups[i].code, item->code) &&
            (!tells_apart(item->code) || text_equal(why->groups[i].text, item->text)))
            return &why->groups[i];
    if (why->count == GROUPS_MAX) /* the last one takes what comes after */
        return &why->groups[GROUPS_MAX - 1];
    g = &why->groups[why->count++];
    *g = (struct why_group){.code = arena_dup(arena, item->code), .text = arena_dup(arena, item->text)};
    if (why->count == GROUPS_MAX)
        *g = (struct why_group){.code = "other", .text = "many other reasons; look at single devices"};
    return g;
}

struct groups {
    struct rollout_why *why;
    struct arena *arena;
};

static void count(void *ctx, const struct looked *one)
{
    const struct why_target *t = &one->target;
    const struct groups *groups = ctx;
    struct rollout_why *why = groups->why;
    struct why_group *g = group_of(why, groups->arena, &t->items[0]);

    why->looked++;
    g->devices++;
    if (g->named_count < WHY_NAMED)
        g->named[g->named_count++] = arena_dup(groups->arena, one->beside.device.controller_id);
    if (!t->expected_ms)
        return;
    g->soonest_ms = g->soonest_ms && g->soonest_ms < t->expected_ms ? g->soonest_ms : t->expected_ms;
    g->latest_ms = g->latest_ms > t->expected_ms ? g->latest_ms : t->expected_ms;
}

static int by_size(const void *a, const void *b)
{
    const struct why_group *x = a, *y = b;

    return (x->devices < y->devices) - (x->devices > y->devices);
}

static bool page(const struct walk *w, const char *family, int64_t after, int64_t limit,
                 struct rollout_why *why, struct err *err)
{
    struct groups groups = {why, w->arena};
    int64_t *ids;
    size_t n;

    if (!store_family_page(w->world->store, w->arena, w->rollout->tenant_id, after, family, limit, &ids, &n,
                           err))
        return false;
    why->groups = ARENA_MANY(w->arena, struct why_group, GROUPS_MAX);
    if (!look_each(w, ids, n, count, &groups, err))
        return false;
    why->next_id = (int64_t)n == limit ? ids[n - 1] : 0;
    if (why->count)
        qsort(why->groups, why->count, sizeof(*why->groups), by_size);
    return true;
}

bool rollout_why(struct world *world, struct arena *arena, int64_t tenant_id, int64_t id, int64_t after,
                 int64_t limit, int64_t now_ms, struct rollout_why *out, struct err *err)
{
    struct rollout_why why = {.waits = ""};
    struct walk w = {.world = world, .arena = arena, .rollout = &why.rollout, .now_ms = now_ms};
    struct rollback back;
    struct release release;
    struct judgement j;

    if (!store_rollout_get(world->store, arena, tenant_id, id, &why.rollout, err) ||
        !store_release_get(world->store, arena, tenant_id, why.rollout.release_id, &release, err) ||
        !walk_begin(&w, err) || !page(&w, release.family, after, limit, &why, err))
        return false;
    if (why.rollout.state == ROLLOUT_RUNNING && rollout_weigh(world, arena, &why.rollout, now_ms, &j, err))
        why.waits = arena_dup(arena, j.reason);
    if (why.rollout.state == ROLLOUT_FINISHED)
        why.waits = why.rollout.reason;
    if (why.rollout.state == ROLLOUT_HALTED) {
        if (!rollback_propose(world, arena, &why.rollout, &back, err))
            return false;
        why.waits = arena_printf(arena, "%s; %s", why.rollout.reason, rollback_text(arena, id, &back));
    }
    *out = why;
    return true;
}

/* ---- who is silent for a reason --------------------------------------------------------------- */

static bool has_one(const struct why_target *t, const enum offer_why *whys, size_t count)
{
    for (size_t i = 0; i < t->count; i++)
        for (size_t k = 0; k < count; k++)
            if (text_equal(t->items[i].code, offer_why_name[whys[k]]))
                return true;
    return false;
}

/* By a hold or a limit: it is the service that keeps it waiting. */
static bool is_kept(const struct why_target *t)
{
    static const enum offer_why kept[] = {OFFER_HELD, OFFER_SITE_FULL, OFFER_LAST_ONE, OFFER_AT_ONCE,
                                          OFFER_BYTES};

    return has_one(t, kept, COUNT(kept));
}

static bool is_gone(const struct why_target *t)
{
    static const enum offer_why gone[] = {OFFER_SUPERSEDED, OFFER_NO_PLACE};

    return has_one(t, gone, COUNT(gone));
}

static void excuse(void *ctx, const struct looked *one)
{
    int64_t stage = one->beside.plan.stage;
    struct excuses *excuses = ctx;

    if (stage > STAGES_MAX || one->target.action_id)
        return;
    if (is_gone(&one->target))
        excuses->gone[stage]++;
    else if (is_kept(&one->target))
        excuses->kept[stage]++;
}

bool why_excused(struct world *world, const struct rollout *rollout, int64_t now_ms, struct excuses *out,
                 struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct walk w = {.world = world, .arena = arena, .rollout = rollout, .now_ms = now_ms};
    struct release release;
    int64_t after = 0, *ids;
    size_t n;

    if (!store_release_get(world->store, arena, rollout->tenant_id, rollout->release_id, &release, err) ||
        !walk_begin(&w, err))
        return false;
    *out = (struct excuses){0};
    do {
        if (!store_family_page(world->store, arena, rollout->tenant_id, after, release.family, WALK_AT_ONCE,
                               &ids, &n, err) ||
            !look_each(&w, ids, n, excuse, out, err))
            return false;
        after = n ? ids[n - 1] : 0;
    } while (n == WALK_AT_ONCE);
    return true;
}
