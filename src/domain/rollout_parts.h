/* What the files that make rollouts share. All of it inside a tx, and without an audit record. */
#pragma once

#include "domain/rollout.h"

/* Checks and keeps a draft with its stages; draft->id and the like are filled in. */
bool rollout_keep(struct world *world, struct arena *arena, const struct who *who, struct rollout *draft,
                  const struct rollout_stage *stages, size_t count, int64_t now_ms, struct err *err) CHECKED;
/* Starts a draft. is_small: it concerns few, and is planned now; else by rollout_plan_tick. */
bool rollout_begin(struct world *world, struct arena *arena, const struct rollout *draft, bool is_small,
                   int64_t now_ms, struct err *err) CHECKED;
