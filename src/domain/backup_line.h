/* The backups of a machine under all the names it had: a swapped board keeps its history. */
#pragma once

#include "domain/world.h"
#include "model/backup.h"

/* Newest first, before `before` (0: from the newest), of the device and of whatever it was before (join.h).
 */
bool backup_of_line(struct world *world, struct arena *arena, int64_t device_id, int64_t before,
                    int64_t limit, struct backup **out, size_t *count, struct err *err) CHECKED;
