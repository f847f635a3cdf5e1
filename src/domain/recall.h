/* Calling actions back: all of a rollout, or of a release, that have not begun to flash. */
#pragma once

#include "domain/world.h"
#include "store/actions.h"

/* Inside a tx. Those that are offered, downloading or downloaded become canceling, those that wait for a yes are over;
 * a device that has begun to install finishes. */
bool recall_rollout(struct world *world, int64_t rollout_id, int64_t now_ms, struct err *err) CHECKED;
/* The same of all that bring this release, also of what was assigned by hand. */
bool recall_release(struct world *world, int64_t tenant_id, int64_t release_id, int64_t now_ms,
                    struct err *err) CHECKED;
/* Inside a tx, after a late word brought back what was silent. While it was, its rollout may have been stopped, or the
 * device been offered something newer: those who had not begun were called back then, and so is this one now. */
bool recall_late(struct store *store, struct arena *arena, struct action *action,
                 const struct action_rules *rules, int64_t now_ms, struct err *err) CHECKED;
