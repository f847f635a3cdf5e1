/* Actions at rest, and what devices said about them. Every change of an action's state moves its rollout's
 * tally in the same transaction. Which change is allowed is the business of domain/report.c. */
#pragma once

#include "model/action.h"
#include "model/rollout.h"
#include "store/store.h"

/* ---- actions ---- */
/* Inside a tx. Takes the next id and counts it in the tally. ERR_CONFLICT when the rollout gave the device
 * one. */
bool store_action_put(struct store *store, const struct action *action, int64_t *id, struct err *err) CHECKED;
bool store_action_get(struct store *store, struct arena *arena, int64_t tenant_id, int64_t id,
                      struct action *out, struct err *err) CHECKED;
/* Those not closed, best first: weight, then oldest. */
bool store_action_open(struct store *store, struct arena *arena, int64_t device_id, struct action **out,
                       size_t *count, struct err *err) CHECKED;
/* Newest first, ids below `before` (0: from the newest). */
bool store_action_of_device(struct store *store, struct arena *arena, int64_t device_id, int64_t before,
                            int64_t limit, struct action **out, size_t *count, struct err *err) CHECKED;
/* The action that a rollout gave a device. *found false: none; *out stays untouched. */
bool store_action_of_rollout(struct store *store, struct arena *arena, int64_t rollout_id, int64_t device_id,
                             struct action *out, bool *found, struct err *err) CHECKED;
/* Who acted in a rollout, by id after `after`. stage -1, state NULL or "": any. */
bool store_action_in_rollout(struct store *store, struct arena *arena, int64_t rollout_id, int64_t stage,
                             const char *state, int64_t after, int64_t limit, struct action **out,
                             size_t *count, struct err *err) CHECKED;
/* Those of a release that are open, of whatever rollout or none, by id after `after`. */
bool store_action_of_release(struct store *store, struct arena *arena, int64_t tenant_id, int64_t release_id,
                             int64_t after, int64_t limit, struct action **out, size_t *count,
                             struct err *err) CHECKED;
/* Compare and set, inside a tx: from action->state to `to`, with cancel_from, code and error as in `action`;
 * updated_ms becomes now, closed_ms now or 0. *moved false: another was faster. */
bool store_action_move(struct store *store, const struct action *action, enum action_state to, int64_t now_ms,
                       bool *moved, struct err *err) CHECKED;
/* Inside a tx. A newer try takes its place: it is failed for good, and its rollout counts it no more. *moved false:
 * it was not in action->state. */
bool store_action_pass(struct store *store, const struct action *action, bool *moved,
                       struct err *err) CHECKED;
/* Heard of without a move: code, was_retrieved and updated_ms become what `action` says. */
bool store_action_touch(struct store *store, const struct action *action, struct err *err) CHECKED;

struct action_had {      /* devices of a rollout that have begun, by the version they ran before */
    const char *version; /* "": unknown */
    int64_t devices;
};
bool store_action_had(struct store *store, struct arena *arena, int64_t rollout_id, struct action_had **out,
                      size_t *count, struct err *err) CHECKED;
/* The rollouts that have changed a device, oldest first. */
bool store_action_changes(struct store *store, struct arena *arena, int64_t device_id,
                          struct action_change **out, size_t *count, struct err *err) CHECKED;
/* Inside a tx. It was a step, and is done: its rollout counts it no more, and its device is due again. */
bool store_action_step_over(struct store *store, const struct action *action, struct err *err) CHECKED;
/* Steps of a rollout that a device is over. */
bool store_action_steps_done(struct store *store, int64_t device_id, int64_t rollout_id, int64_t *out,
                             struct err *err) CHECKED;
/* Its soak is not over before. */
bool store_action_soak(struct store *store, int64_t id, int64_t until_ms, struct err *err) CHECKED;

/* Modules "12,13" <-> numbers. */
size_t action_modules(struct arena *arena, const char *modules, int64_t **out);
/* Was the device given this module, by an action that is neither being called back nor still waits for a yes?
 */
bool store_action_gave(struct store *store, int64_t device_id, int64_t module_id, bool *out,
                       struct err *err) CHECKED;

/* What the rollout of an action says about its handling. Zeros, and no window, for rollout 0. */
struct action_rules {
    struct window window; /* start_min -1: the site's */
    bool is_urgent;
    int64_t soak_min, max_tries;
    bool is_running, is_stopped; /* halted or aborted */
    const char *terms;           /* JSON: model/terms.h */
};
bool store_action_rules(struct store *store, struct arena *arena, int64_t rollout_id,
                        struct action_rules *out, struct err *err) CHECKED;
/* Actions whose soak is over; open ones not heard of past their rollout's deadline (default_h for single
 * ones; a restore only once it is called back). At most `limit`, oldest first. */
bool store_action_soaked(struct store *store, struct arena *arena, int64_t now_ms, int64_t limit,
                         struct action **out, size_t *count, struct err *err) CHECKED;
bool store_action_quiet(struct store *store, struct arena *arena, int64_t now_ms, int64_t default_h,
                        int64_t limit, struct action **out, size_t *count, struct err *err) CHECKED;

/* ---- what devices said ---- */
/* Inside a tx; raises action.status_count. */
bool store_action_status_put(struct store *store, const struct action_status *status,
                             struct err *err) CHECKED;
/* Newest first, ids below `before` (0: from the newest). */
bool store_action_status_list(struct store *store, struct arena *arena, int64_t action_id, int64_t before,
                              int64_t limit, struct action_status **out, size_t *count,
                              struct err *err) CHECKED;
