/* Holds: who is covered, and their life. Deciding is pure; doing is one tx. The standing holds of a tenant
 * are kept with its plans (plans.h), so that a check-in reads none of them from the store. */
#pragma once

#include "domain/world.h"
#include "model/device.h"
#include "model/hold.h"
#include "model/release.h"

struct texts;

/* Pure. `sites` are those of the hold's customer: a device there is the customer's, too. */
bool hold_covers(const struct hold *hold, const struct texts *sites, const struct device *device,
                 const struct release *release);
/* Pure. */
bool hold_stands(const struct hold *hold, int64_t now_ms);
/* Pure. Of those that stand now the one that ends last, or NULL. */
const struct hold *hold_last(const struct hold *holds, size_t count, int64_t now_ms);

/* Checks what it names, and its times. `hold` gets its id. */
bool hold_make(struct world *world, struct arena *arena, const struct who *who, struct hold *hold,
               int64_t now_ms, struct err *err) CHECKED;
/* Newest first, ids below `before`; those that are over only when asked for. */
bool hold_list(struct world *world, struct arena *arena, int64_t tenant_id, int64_t before, int64_t limit,
               bool with_over, int64_t now_ms, struct hold **out, size_t *count, struct err *err) CHECKED;
/* ERR_CONFLICT: it is over. */
bool hold_lift(struct world *world, struct arena *arena, const struct who *who, int64_t id, int64_t now_ms,
               struct hold *out, struct err *err) CHECKED;
