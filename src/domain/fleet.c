#include "domain/fleet.h"

#include "store/rollouts.h"

bool fleet_summary(struct world *world, struct arena *arena, int64_t tenant_id, int64_t now_ms,
                   struct fleet_summary *out, struct err *err)
{
    struct fleet_summary s = {0};

    for (int kind = 0; kind < FLEET_KIND__MAX; kind++)
        if (!store_fleet_list(world->store, arena, tenant_id, (enum fleet_kind)kind, &s.tallies[kind].rows,
                              &s.tallies[kind].count, err))
            return false;
    if (!store_fleet_seen(world->store, tenant_id, now_ms, &s.seen, err) ||
        !store_rollout_count(world->store, tenant_id, s.rollouts, err))
        return false;
    *out = s;
    return true;
}
