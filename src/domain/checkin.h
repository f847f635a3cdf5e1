/* A device asks "anything for me?": the answer as facts. The busiest question of the service: it reads the
 * device's open actions, and more only when a running rollout may concern it; it writes only when something
 * changes. */
#pragma once

#include "domain/world.h"
#include "model/action.h"
#include "model/device.h"

struct checkin {
    bool needs_writer; /* ask again with may_write; nothing else is set */
    int64_t sleep_s;
    const struct device *device; /* as known now */
    const struct action *action; /* the one of interest; NULL: none */
    enum { CHECKIN_NOTHING, CHECKIN_CONFIRM, CHECKIN_CANCEL, CHECKIN_DEPLOY } kind;
    int32_t c; /* for its link */
    bool wants_attributes;
    bool wants_backup;        /* asked for, and the device takes part in backups */
    int64_t installed_action; /* 0: none */
};

/* `device` is who->device, perhaps with the quirk its request showed. */
bool checkin_ask(struct world *world, struct arena *arena, const struct device *device, bool may_write,
                 int64_t now_ms, struct checkin *out, struct err *err) CHECKED;

/* Pure. Seconds until the next check-in: the usual ones, give or take a tenth by controllerId, so that a fleet that
 * restarted together does not stay together. When a window opens before that (opens_ms 0: none), then, and up to five
 * minutes later by controllerId: who waits for the same window does not come in the same second. */
int64_t checkin_sleep_s(int64_t usual_s, const char *controller_id, int64_t opens_ms, int64_t now_ms);
