/* A device that refuses what it was served says which attack that was. This is where somebody hears of it. */
#pragma once

#include "domain/world.h"
#include "model/action.h"
#include "model/device.h"
#include "signing/attack.h"

/* Pure. ATTACK_NONE: this code says nothing of the kind. */
enum attack refusal_of(int64_t code);
/* Inside a tx: a record in the audit log, so that it cannot be lost with a log file; and a line in the log.
 * `said` is what the device said about it. */
bool refusal_note(struct world *world, struct arena *arena, const struct device *device,
                  const struct action *action, enum attack attack, const char *said, int64_t now_ms,
                  struct err *err) CHECKED;
