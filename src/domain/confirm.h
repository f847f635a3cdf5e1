/* DDI's confirmation flow: somebody at the device says yes before an action is offered. */
#pragma once

#include "domain/report.h"
#include "domain/world.h"
#include "model/action.h"
#include "model/device.h"

struct confirmation {
    bool is_yes;
    bool has_code;
    int64_t code;
    const struct span *details;
    size_t detail_count;
};

/* The action that waits for a yes; id 0: none. */
bool confirm_waiting(struct world *world, struct arena *arena, const struct device *device, int64_t now_ms,
                     int64_t *action_id, int32_t *c, struct err *err) CHECKED;
/* ERR_NOT_FOUND: not this device's, or it waits for nothing. ERR_GONE: closed. A no keeps it waiting; a no
 * after a yes takes the yes back while the device has not begun to install. */
bool confirm_take(struct world *world, const struct who *who, struct arena *arena,
                  const struct device *device, int64_t action_id, const struct confirmation *said,
                  int64_t now_ms, struct err *err) CHECKED;
/* Always yes from now on, also for what waits now. ERR_CONFLICT when it is on. */
bool confirm_auto_on(struct world *world, const struct who *who, struct arena *arena,
                     const struct device *device, const char *initiator, const char *remark, int64_t now_ms,
                     struct err *err) CHECKED;
bool confirm_auto_off(struct world *world, const struct who *who, const struct device *device, int64_t now_ms,
                      struct err *err) CHECKED;
