/* The tenants that a thread read last. Every request asks for its tenant, and a tenant changes once a year:
 * it is remembered until anything at all is committed, so that nobody is told what is no longer true. A
 * thread inside a transaction remembers nothing: it must see its own changes. Private to store/. */
#pragma once

#include "base/arena.h"
#include "model/tenant.h"

struct store;
struct tenant_memo; /* one a seat */

/* By name; by id when name is NULL. False: not remembered. A copy, in the arena. */
bool tenant_recall(struct store *store, struct arena *arena, int64_t id, const char *name,
                   struct tenant *out);
/* `read_at` is the store's generation from before the tenant was read. */
void tenant_remember(struct store *store, uint64_t read_at, const struct tenant *tenant);
void tenant_memo_freep(struct tenant_memo **memo);
