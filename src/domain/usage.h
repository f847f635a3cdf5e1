/* What machines were used for: taken day by day as they tell it, against their own days before, and summed
 * for the gate of the rollout that updated them last. The test is usage_weigh.h's.
 *
 *   before --an install of a rollout succeeds--> after, from the first local day that lies behind it
 *   after  --another one does-->                 what came after is the time before the next */
#pragma once

#include "domain/rollout.h"
#include "domain/world.h"
#include "model/device.h"
#include "model/usage.h"

/* Days in ascending order, each over. One that was told before, and older ones, change nothing. In one tx,
 * with the sums of the stage and of the hours (quiet.h). ERR_INVALID: a day that has not come, or hours with
 * more pages than their day. */
bool usage_take(struct world *world, struct arena *arena, const struct device *device,
                const struct usage_day *days, size_t count, int64_t now_ms, struct err *err) CHECKED;
/* A halt where an open stage faults more or prints less than its rollout allows; else *out stays. */
bool usage_judge(struct world *world, struct arena *arena, const struct rollout *rollout,
                 struct judgement *out, struct err *err) CHECKED;
