/* Where the stages of a rollout end, worked out without the writer and written with it. Private to rollout.c
 * and rollout_plan.c. */
#pragma once

#include "domain/staging_fit.h"
#include "domain/world.h"
#include "model/rollout.h"

struct rollout_cut {
    struct rollout_stage *stages;
    size_t count; /* 0: not cut */
    struct staging_unfit unfit;
};

/* Outside a tx: the cut of a draft whose family is small enough to be walked through now; else *out is not
 * cut. ERR_CONFLICT: nobody is there to be planned. */
bool rollout_cut_small(struct world *world, struct arena *arena, int64_t tenant_id, int64_t id,
                       int64_t now_ms, struct rollout_cut *out, struct err *err) CHECKED;
/* Inside a tx: keeps it, opens the first stage, and the rollout runs. ERR_CONFLICT: it is planned no more. */
bool rollout_cut_open(struct world *world, struct arena *arena, const struct rollout *rollout,
                      const struct rollout_cut *cut, int64_t now_ms, struct err *err) CHECKED;
