/* Places: a zone and the hours in which their devices may be touched. */
#pragma once

#include "domain/world.h"
#include "model/tenant.h"

/* Makes it or changes it; the zone must exist, a window must open at some time. */
bool site_put(struct world *world, const struct who *who, const struct site *site, int64_t now_ms,
              struct err *err) CHECKED;
bool site_get(struct world *world, struct arena *arena, int64_t tenant_id, const char *name, struct site *out,
              struct err *err) CHECKED;
bool site_list(struct world *world, struct arena *arena, int64_t tenant_id, const char *after, int64_t limit,
               struct site **out, size_t *count, struct err *err) CHECKED;
