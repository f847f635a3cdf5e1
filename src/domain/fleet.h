/* The fleet in figures, read together. */
#pragma once

#include "domain/world.h"
#include "model/rollout.h"
#include "store/fleet.h"

struct tally_list {
    struct tally_row *rows;
    size_t count;
};
struct fleet_summary {
    struct tally_list tallies[FLEET_KIND__MAX];
    struct fleet_seen seen;
    int64_t rollouts[ROLLOUT_STATE__MAX];
};
bool fleet_summary(struct world *world, struct arena *arena, int64_t tenant_id, int64_t now_ms,
                   struct fleet_summary *out, struct err *err) CHECKED;
