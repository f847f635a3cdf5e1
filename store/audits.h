/* The audit log at rest: records are added and read, never changed. Each is chained to the one before it in
 * its tenant (model/audit.h): transactions write one after the other, also those that become durable
 * together, so the order of ids is the order of the chain. */
#pragma once

#include "model/audit.h"
#include "model/tenant.h"
#include "store/store.h"

struct audit_head { /* of a tenant's chain: the last record */
    int64_t no;     /* 0: there is none */
    char digest[HASH_HEX_MAX];
};

struct audit_mark { /* a signed checkpoint as it rests */
    int64_t no, at_ms;
    struct span envelope;
};

/* In the transaction of the change it speaks of. `id`, `no` and `digest` of the struct are not read. */
bool store_audit_put(struct store *store, const struct audit *audit, struct err *err) CHECKED;
/* Newest first; ids below `before` (0: from the newest). */
bool store_audit_list(struct store *store, struct arena *arena, int64_t tenant_id, int64_t before,
                      int64_t limit, struct audit **out, size_t *count, struct err *err) CHECKED;
/* Oldest first; numbers above `after`. */
bool store_audit_chain(struct store *store, struct arena *arena, int64_t tenant_id, int64_t after,
                       int64_t limit, struct audit **out, size_t *count, struct err *err) CHECKED;
bool store_audit_head(struct store *store, int64_t tenant_id, struct audit_head *out,
                      struct err *err) CHECKED;

bool store_audit_mark_put(struct store *store, int64_t tenant_id, const struct audit_mark *mark,
                          struct err *err) CHECKED;
/* Without its envelope; no 0: there is none. */
bool store_audit_mark_last(struct store *store, int64_t tenant_id, struct audit_mark *out,
                           struct err *err) CHECKED;
/* By number, above `after`. */
bool store_audit_mark_list(struct store *store, struct arena *arena, int64_t tenant_id, int64_t after,
                           int64_t limit, struct audit_mark **out, size_t *count, struct err *err) CHECKED;
