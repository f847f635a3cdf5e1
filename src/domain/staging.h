/* Where the stages of a rollout end: one pass over the devices it concerns, at its start. */
#pragma once

#include "domain/staging_fit.h"
#include "domain/world.h"
#include "model/rollout.h"

/* Fills rank_below, planned and, of a canary stage, the chosen. Devices that already run the release are not
 * planned. Nobody left: ERR_CONFLICT, and the rollout stays a draft. `unfit` counts whose hours are too short. */
bool staging_plan(struct world *world, struct arena *arena, const struct rollout *rollout,
                  struct rollout_stage *stages, size_t count, struct staging_unfit *unfit,
                  struct err *err) CHECKED;

struct canary;
/* The chosen leave the ranks, which are sorted: the other stages are cut of the rest. */
void staging_choose(struct rollout_stage *stages, size_t count, struct canary *canary, int64_t *ranks,
                    size_t *rank_count);
/* Pure: cuts sorted ranks into stages. Percents are of all ranks, rounded up, at least one; `rest` takes what is left. */
void staging_cut(struct rollout_stage *stages, size_t count, const int64_t *ranks, size_t rank_count);
