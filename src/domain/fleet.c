#include "domain/fleet.h"

#include "store/rollouts.h"

bool fleet_summary(struct world *world, struct arena *arena, int64_t tenant_id, int64_t now_ms,
                   struct fleet_summary *out, struct err *err)
{
    static bool (*const ask[])(struct store *, struct arena *, int64_t, struct tally_row **, size_t *,
                               struct err *) = {store_fleet_states, store_fleet_statuses,
                                                store_fleet_families, store_fleet_versions,
                                                store_fleet_actions};
    struct fleet_summary s = {0};
    struct tally_list *const into[] = {&s.states, &s.statuses, &s.families, &s.versions, &s.actions};

    for (size_t i = 0; i < COUNT(ask); i++)
        if (!ask[i](world->store, arena, tenant_id, &into[i]->rows, &into[i]->count, err))
            return false;
    if (!store_fleet_seen(world->store, tenant_id, now_ms, &s.seen, err) ||
        !store_rollout_count(world->store, tenant_id, s.rollouts, err))
        return false;
    *out = s;
    return true;
}
