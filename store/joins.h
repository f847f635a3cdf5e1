/* Which machine was which before its board was swapped, at rest. */
#pragma once

#include "model/backup.h"
#include "store/store.h"

/* Inside a tx. ERR_CONFLICT: somebody was joined to that former one already. */
bool store_join_put(struct store *store, const struct device_join *join, int64_t *id,
                    struct err *err) CHECKED;
/* What this one was before, oldest first. */
bool store_join_list(struct store *store, struct arena *arena, int64_t device_id, struct device_join **out,
                     size_t *count, struct err *err) CHECKED;
/* What that one is now. *found false: it still is itself. */
bool store_join_find_former(struct store *store, struct arena *arena, int64_t former_id,
                            struct device_join *out, bool *found, struct err *err) CHECKED;
/* Ids of others that claim the same serial. */
bool store_join_twins(struct store *store, struct arena *arena, int64_t tenant_id, const char *serial,
                      int64_t device_id, int64_t **out, size_t *count, struct err *err) CHECKED;
