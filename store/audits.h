/* The audit log at rest: records are added and read, never changed. */
#pragma once

#include "model/tenant.h"
#include "store/store.h"

/* In the transaction of the change it speaks of. `id` of the struct is not read. */
bool store_audit_put(struct store *store, const struct audit *audit, struct err *err) CHECKED;
/* Newest first; ids below `before` (0: from the newest). */
bool store_audit_list(struct store *store, struct arena *arena, int64_t tenant_id, int64_t before,
                      int64_t limit, struct audit **out, size_t *count, struct err *err) CHECKED;
