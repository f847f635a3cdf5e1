/* What devices told of their days, at rest, and the sums of a rollout's stages. Knows no test. */
#pragma once

#include "model/usage.h"
#include "store/store.h"

/* A device that told nothing yet: zeros. */
bool store_usage_get(struct store *store, int64_t device_id, struct usage *out, struct err *err) CHECKED;
/* Makes or replaces. */
bool store_usage_put(struct store *store, const struct usage *usage, struct err *err) CHECKED;
/* Its pages by the hour as domain/quiet.h writes them, copied; "": it told none yet. */
bool store_usage_hours_get(struct store *store, struct arena *arena, int64_t device_id, const char **out,
                           struct err *err) CHECKED;
/* Makes or replaces. */
bool store_usage_hours_put(struct store *store, int64_t device_id, const char *sums, struct err *err) CHECKED;
/* Adds to the sums of a stage; parts may be negative. */
bool store_usage_add(struct store *store, int64_t rollout_id, int64_t stage, const struct usage_sum *part,
                     struct err *err) CHECKED;
/* out[stage] for stages below `stages`. */
bool store_usage_sums(struct store *store, int64_t rollout_id, struct usage_sum *out, size_t stages,
                      struct err *err) CHECKED;
