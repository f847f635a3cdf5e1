/* Is the backup there, and young enough, that a rollout asks for before it installs (terms: fresh_backup_h)?
 * Who asks for one and when it is asked for; making it is the device's own business. */
#pragma once

#include "domain/world.h"
#include "model/action.h"
#include "model/device.h"

enum fresh {
    FRESH_FINE,  /* or nobody asks for one */
    FRESH_STALE, /* none, or too old: a new one is needed */
    FRESH_NEVER, /* the device takes no part in backups: it never will be */
};
struct fresh_need {
    enum fresh is;
    int64_t within_h; /* 0: not asked */
};
/* Of an action that has not begun; one that has is FRESH_FINE. */
bool fresh_of(struct world *world, struct arena *arena, const struct device *device,
              const struct action *action, int64_t now_ms, struct fresh_need *out, struct err *err) CHECKED;
/* Pure. Would one that is made now still be fresh when its hours open (0: they are open, or there are none)?
 */
bool fresh_is_time(const struct fresh_need *need, int64_t opens_ms, int64_t now_ms);
/* In its own tx: one is wanted before the update. */
bool fresh_ask(struct world *world, const struct device *device, int64_t now_ms, struct err *err) CHECKED;
