/* Claims at rest: one-time enrolment codes, of which only the digest is here. */
#pragma once

#include "model/tenant.h"
#include "store/store.h"

bool store_claim_put(struct store *store, const struct claim *claim, const char *code_hash, int64_t *id,
                     struct err *err) CHECKED;
/* By the digest of the code shown; also used and expired ones. */
bool store_claim_find(struct store *store, struct arena *arena, int64_t tenant_id, const char *code_hash,
                      struct claim *out, struct err *err) CHECKED;
/* Newest first; ids below `before` (0: from the newest). */
bool store_claim_list(struct store *store, struct arena *arena, int64_t tenant_id, int64_t before,
                      int64_t limit, struct claim **out, size_t *count, struct err *err) CHECKED;
/* Uses it up. *moved false: unknown, or used before. */
bool store_claim_move(struct store *store, int64_t id, int64_t used_ms, const char *used_by, bool *moved,
                      struct err *err) CHECKED;
/* Those that expired before then, used or not. */
bool store_claim_drop(struct store *store, int64_t expired_before_ms, struct err *err) CHECKED;
