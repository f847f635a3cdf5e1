/* Settings, keys and certificates of a service's folder, into another. Leaves out what the store copies
 * itself, and what belongs to a running service. */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#define COPY_NOTE "backup.json" /* says that a backup is whole; last to be written */

bool copy_files(struct arena *arena, const char *from, const char *to, struct err *err) CHECKED;
/* One file, whole and synced; `to` must not be there. The hash is of what was read. */
bool copy_file(const char *from, const char *to, char sha256[65], struct err *err) CHECKED;
bool copy_hash(const char *path, char sha256[65], struct err *err) CHECKED;
