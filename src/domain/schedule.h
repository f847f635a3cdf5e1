/* When an action may be installed: its own hours, else its rollout's window, else its site's. An urgent
 * rollout asks nobody, nor does a restore. */
#pragma once

#include "domain/fresh.h"
#include "domain/window.h"
#include "domain/world.h"
#include "model/action.h"
#include "model/device.h"
#include "model/tenant.h"
#include "store/actions.h"

struct schedule {
    bool has_window; /* false: any time, and the rest means nothing */
    bool is_open, is_lapsed;
    bool is_held; /* by a hold, whatever the window says */
    struct fresh_need fresh;     /* looked up by whoever gives orders, as is_held is */
    int64_t opens_ms, closes_ms; /* 0: no such end */
};

/* Pure: an action's own hours; has_window false when it has none. */
struct schedule schedule_own(int64_t not_before_ms, int64_t not_after_ms, int64_t now_ms);
/* Pure: the window that counts, or NULL: any time. Its zone is the site's where it names none. */
const struct window *schedule_window(const struct action_rules *rules, const struct site *site,
                                     const struct closures *clear);
bool schedule_of(struct world *world, struct arena *arena, const struct device *device,
                 const struct action *action, int64_t now_ms, struct schedule *out, struct err *err) CHECKED;
