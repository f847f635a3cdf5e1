/* Whether the database is an older one, as it was noticed last: one row a tenant. Knows no rule. */
#pragma once

#include "model/setback.h"
#include "store/store.h"

/* Makes or replaces; it stands then. */
bool store_setback_put(struct store *store, int64_t tenant_id, const struct setback *setback,
                       struct err *err) CHECKED;
/* Kind SETBACK_NONE: nothing was ever noticed. */
bool store_setback_get(struct store *store, struct arena *arena, int64_t tenant_id, struct setback *out,
                       struct err *err) CHECKED;
/* *moved false: none stands. */
bool store_setback_accept(struct store *store, int64_t tenant_id, int64_t now_ms, bool *moved,
                          struct err *err) CHECKED;
