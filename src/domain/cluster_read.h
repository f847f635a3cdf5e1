/* The devices of a rollout that have begun, as cases for cluster.h. */
#pragma once

#include "domain/cluster.h"
#include "domain/world.h"
#include "model/rollout.h"

/* At most CLUSTER_CASES of each kind, oldest first: a sample is enough to name what they share. Outside a tx.
 */
#define CLUSTER_CASES 300
bool cluster_of_rollout(struct world *world, struct arena *arena, const struct rollout *rollout,
                        struct cluster *out, struct err *err) CHECKED;
