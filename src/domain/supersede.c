#include "domain/supersede.h"

#include "base/text.h"
#include "domain/audit.h"
#include "domain/rollout.h"
#include "domain/terms.h"
#include "signing/manifest.h"
#include "store/releases.h"
#include "store/rollouts.h"

/* Certainly all of its devices: the same choice, or no choice at all, among at least the same models. */
static bool serves_all(const struct rollout *newer, const struct release *brings, const struct rollout *older,
                       const struct release *brought)
{
    return (text_equal(newer->selection, "{}") || text_equal(newer->selection, older->selection)) &&
           (text_equal(brings->models, "[]") || text_equal(brings->models, brought->models));
}

static bool end(struct world *world, struct arena *arena, const struct rollout *older,
                const struct rollout *newer, int64_t now_ms, struct err *err)
{
    const char *why = arena_printf(arena, "superseded by rollout %s", newer->name);
    bool is_moved;

    return store_rollout_move(world->store, older->id, older->state,
                              rollout_next(older->state, ROLLOUT_SAW_NEWER), why, now_ms, &is_moved, err) &&
           audit_service(world, older->tenant_id, "rollout.supersede", older->name, why, now_ms, err);
}

static bool supersede(struct world *world, struct arena *arena, const struct rollout *newer,
                      const struct release *brings, const struct rollout *older, int64_t now_ms,
                      struct err *err)
{
    struct release brought;

    if (!store_release_get(world->store, arena, older->tenant_id, older->release_id, &brought, err))
        return false;
    if (older->id == newer->id || !text_equal(brings->family, brought.family) ||
        version_compare(brought.version, brings->version) >= 0)
        return true;
    if (serves_all(newer, brings, older, &brought))
        return end(world, arena, older, newer, now_ms, err);
    return store_supersession_put(world->store, older->id, newer->id, err) &&
           audit_service(world, older->tenant_id, "rollout.supersede", older->name,
                         arena_printf(arena, "some devices, by rollout %s", newer->name), now_ms, err);
}

bool supersede_older(struct world *world, struct arena *arena, const struct rollout *newer, int64_t now_ms,
                     struct err *err)
{
    static const enum rollout_state states[] = {ROLLOUT_RUNNING, ROLLOUT_PAUSED, ROLLOUT_HALTED};
    struct rollout_terms terms;
    struct release brings;

    if (!terms_text(arena, newer->terms, &terms, err))
        return false;
    if (!terms.supersedes)
        return true;
    if (!store_release_get(world->store, arena, newer->tenant_id, newer->release_id, &brings, err))
        return false;
    for (size_t i = 0; i < COUNT(states); i++) {
        struct rollout *older;
        size_t count;

        if (!store_rollout_in_state(world->store, arena, newer->tenant_id, states[i], &older, &count, err))
            return false;
        for (size_t k = 0; k < count; k++)
            if (!supersede(world, arena, newer, &brings, &older[k], now_ms, err))
                return false;
    }
    return true;
}
