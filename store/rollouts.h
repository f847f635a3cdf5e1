/* Rollouts, their stages and tallies, at rest; and the devices a rollout may concern. Knows no rule of advancing. */
#pragma once

#include "model/rollout.h"
#include "store/store.h"

bool store_rollout_put(struct store *store, const struct rollout *rollout, int64_t *id,
                       struct err *err) CHECKED;
bool store_rollout_get(struct store *store, struct arena *arena, int64_t tenant_id, int64_t id,
                       struct rollout *out, struct err *err) CHECKED;
/* Newest first, ids below `before` (0: from the newest). */
bool store_rollout_list(struct store *store, struct arena *arena, int64_t tenant_id, int64_t before,
                        int64_t limit, struct rollout **out, size_t *count, struct err *err) CHECKED;
/* Highest weight first, then oldest. */
bool store_rollout_in_state(struct store *store, struct arena *arena, int64_t tenant_id,
                            enum rollout_state state, struct rollout **out, size_t *count,
                            struct err *err) CHECKED;
bool store_rollout_count(struct store *store, int64_t tenant_id, int64_t out[ROLLOUT_STATE__MAX],
                         struct err *err) CHECKED;
/* Compare and set. *moved false: it was not in `from`. ended_ms 0: not over. */
bool store_rollout_move(struct store *store, int64_t id, enum rollout_state from, enum rollout_state to,
                        const char *reason, int64_t ended_ms, bool *moved, struct err *err) CHECKED;
/* What the failures have in common; "": nothing. */
bool store_rollout_cluster(struct store *store, int64_t id, const char *cluster, struct err *err) CHECKED;
/* From planning to running; `note` stands with it as its reason. *moved false: it is planned no more. */
bool store_rollout_begin(struct store *store, int64_t id, const char *note, int64_t started_ms, bool *moved,
                         struct err *err) CHECKED;
/* Urgent, with these terms. */
bool store_rollout_hurry(struct store *store, int64_t id, const char *terms, struct err *err) CHECKED;
bool store_rollout_stage_set(struct store *store, int64_t id, int64_t from, int64_t to,
                             struct err *err) CHECKED;

bool store_stage_put(struct store *store, const struct rollout_stage *stage, struct err *err) CHECKED;
bool store_stage_list(struct store *store, struct arena *arena, int64_t rollout_id,
                      struct rollout_stage **out, size_t *count, struct err *err) CHECKED;
/* rank_below, planned and the chosen become what it says. */
bool store_stage_plan(struct store *store, const struct rollout_stage *stage, struct err *err) CHECKED;
bool store_stage_open(struct store *store, int64_t rollout_id, int64_t no, int64_t at_ms,
                      struct err *err) CHECKED;
bool store_stage_close(struct store *store, int64_t rollout_id, int64_t no, int64_t at_ms,
                       struct err *err) CHECKED;
/* out[stage] for stages below `stages`. */
bool store_tally_list(struct store *store, int64_t rollout_id, struct rollout_tally *out, size_t stages,
                      struct err *err) CHECKED;

/* How many devices the family has; counts to `limit` and no further. */
bool store_family_reach(struct store *store, int64_t tenant_id, const char *family, int64_t limit,
                        int64_t *out, struct err *err) CHECKED;
/* Ids of the family's devices, in whatever state, by id after `after`. */
bool store_family_page(struct store *store, struct arena *arena, int64_t tenant_id, int64_t after,
                       const char *family, int64_t limit, int64_t **out, size_t *count,
                       struct err *err) CHECKED;

struct family_member {
    int64_t id;
    bool has_acted; /* the rollout gave it an action, and that still counts */
};
/* The same page, and who of it is in the rollout already. */
bool store_family_acted(struct store *store, struct arena *arena, const struct rollout *rollout,
                        int64_t after, const char *family, int64_t limit, struct family_member **out,
                        size_t *count, struct err *err) CHECKED;

struct candidate { /* an active device of the release's family */
    int64_t id;
    const char *controller_id, *model, *site;
    bool takes_backups;
    int64_t modules_had; /* components of the release that already run on it, by version */
};
/* Of all, or of those that a rollout changed (0: all). Calls fn for each; what it is given ends with the
 * call. False from fn stops. */
bool store_candidate_each(struct store *store, int64_t tenant_id, const char *family, int64_t release_id,
                          int64_t changed_by,
                          bool (*fn)(void *ctx, const struct candidate *candidate, struct err *err),
                          void *ctx, struct err *err) CHECKED;

/* Some devices of a rollout belong to a newer one now. Saying it again changes nothing. */
bool store_supersession_put(struct store *store, int64_t rollout_id, int64_t by_id, struct err *err) CHECKED;
bool store_supersession_list(struct store *store, struct arena *arena, int64_t rollout_id, int64_t **out,
                             size_t *count, struct err *err) CHECKED;
