/* What upload.c and upload_write.c share. Nobody else looks inside. */
#pragma once

#include "domain/upload.h"

/* DIR/uploads/ID */
const char *upload_path(struct world *world, struct arena *arena, const char *id);
/* Opens (makes) the file and takes its lock: ERR_LOCKED when somebody has it. */
bool upload_lock(struct world *world, struct arena *arena, const char *id, int flags, int *fd,
                 struct err *err) CHECKED;
/* The disk keeps its reserve after `more` bytes: ERR_NO_SPACE otherwise. */
bool upload_has_room(struct world *world, int64_t more, struct err *err) CHECKED;
/* Inside a tx: `more` bytes fit the tenant's quota. */
bool upload_fits_quota(struct world *world, int64_t tenant_id, int64_t more, struct err *err) CHECKED;
int64_t upload_end_ms(struct world *world, int64_t now_ms);
