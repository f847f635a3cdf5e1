/* Tenants and their sites, at rest. Knows no policy: who may change what is decided above. */
#pragma once

#include "model/tenant.h"
#include "store/store.h"

/* ERR_CONFLICT when the name is taken. `id` of the struct is not read. */
bool store_tenant_put(struct store *store, const struct tenant *tenant, int64_t *id, struct err *err) CHECKED;
bool store_tenant_get(struct store *store, struct arena *arena, int64_t id, struct tenant *out,
                      struct err *err) CHECKED;
/* By name, upper case as it rests. */
bool store_tenant_find(struct store *store, struct arena *arena, const char *name, struct tenant *out,
                       struct err *err) CHECKED;
/* By id, after `after`. */
bool store_tenant_list(struct store *store, struct arena *arena, int64_t after, int64_t limit,
                       struct tenant **out, size_t *count, struct err *err) CHECKED;
/* Everything but id, name and created_ms becomes what the struct says. */
bool store_tenant_move(struct store *store, const struct tenant *tenant, struct err *err) CHECKED;

/* Makes the site, or changes the one of that name. */
bool store_site_put(struct store *store, const struct site *site, struct err *err) CHECKED;
bool store_site_get(struct store *store, struct arena *arena, int64_t tenant_id, const char *name,
                    struct site *out, struct err *err) CHECKED;
/* By name, after `after` ("": from the first). */
bool store_site_list(struct store *store, struct arena *arena, int64_t tenant_id, const char *after,
                     int64_t limit, struct site **out, size_t *count, struct err *err) CHECKED;
bool store_site_drop(struct store *store, int64_t tenant_id, const char *name, struct err *err) CHECKED;
