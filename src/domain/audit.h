/* Who did what to which: one record per mutating verb, in that verb's own transaction. */
#pragma once

#include "domain/world.h"
#include "model/tenant.h"
#include "store/audits.h"

/* Inside a tx. `what` is noun.verb. Marks the request's idempotency key as done. */
bool audit_note(struct world *world, const struct who *who, const char *what, const char *object,
                const char *detail, int64_t now_ms, struct err *err) CHECKED;
/* The same for what the service does by itself. */
bool audit_service(struct world *world, int64_t tenant_id, const char *what, const char *object,
                   const char *detail, int64_t now_ms, struct err *err) CHECKED;
/* Newest first; after 0: from the newest. */
bool audit_list(struct world *world, const struct who *who, struct arena *arena, int64_t after, int64_t limit,
                struct audit **out, size_t *count, struct err *err) CHECKED;

/* ---- the chain (model/audit.h) ---- */

struct audit_page { /* of an export: records by number, and the checkpoints that lie among them */
    struct audit *records;
    size_t count;
    struct audit_mark *marks;
    size_t mark_count;
};
/* Oldest first, numbers above `after`. The last page also has the checkpoints of records that are no longer
 * there. */
bool audit_chain(struct world *world, const struct who *who, struct arena *arena, int64_t after,
                 int64_t limit, struct audit_page *out, struct err *err) CHECKED;
/* Every tenant: signs a checkpoint when its chain has grown by settings.audit_checkpoint_every, or at all
 * within an hour, and tells syslog where that is set. Called by the engine. */
bool audit_tick(struct world *world, int64_t now_ms, struct err *err) CHECKED;
