/* How the files of other nouns move the counters of limits.h, in their own tx. Private to store/. */
#pragma once

#include "store/limits.h"

/* `by` more devices of a stage are in that state. Actions outside rollouts, and what a newer try replaced,
 * are not counted. */
bool tally_move(struct store *store, const struct action *action, enum action_state state, int64_t by,
                struct err *err) CHECKED;
/* One more (1) or one less (-1) under way; restores and what a newer try replaced are not counted. */
bool under_way_move(struct store *store, const struct action *action, int64_t by, struct err *err) CHECKED;
/* Before (-1) and after (1) a change: of a device's state; of its site, where what is under way on it counts,
 * too. */
bool machines_move(struct store *store, int64_t device_id, int64_t by, struct err *err) CHECKED;
bool machine_move(struct store *store, int64_t device_id, int64_t tenant_id, int64_t by,
                  struct err *err) CHECKED;
