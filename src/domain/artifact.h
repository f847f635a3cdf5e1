/* May this device have these bytes? It may have what an action gave it, also an earlier one of its:
 * SWUpdate's delta reads ranges of what is installed. Not what is being called back, and never another
 * device's. */
#pragma once

#include "domain/world.h"
#include "model/device.h"
#include "model/release.h"

/* ERR_NOT_FOUND in every case but "yes". */
bool artifact_find(struct world *world, struct arena *arena, const struct device *device, int64_t module_id,
                   struct module *module, struct release *release, struct err *err) CHECKED;
