/* Metadata that waits for signatures, at rest: at most one file of each role. Checks nothing. */
#pragma once

#include "store/store.h"

struct trust_row {
    const char *role; /* root or targets */
    int64_t version, expires_ms;
    const char *to_sign, *created_by;
    int64_t created_ms;
};
struct trust_signature {
    const char *keyid, *sig, *handed_by;
    int64_t created_ms;
};

/* Takes the place of what waited for this role; its signatures are gone. Inside a tx. */
bool store_trust_put(struct store *store, int64_t tenant_id, const struct trust_row *row,
                     struct err *err) CHECKED;
bool store_trust_list(struct store *store, struct arena *arena, int64_t tenant_id, struct trust_row **out,
                      size_t *count, struct err *err) CHECKED;
/* With its signatures. Inside a tx. */
bool store_trust_drop(struct store *store, int64_t tenant_id, const char *role, struct err *err) CHECKED;
/* The same key again replaces what it said. */
bool store_trust_signature_put(struct store *store, int64_t tenant_id, const char *role,
                               const struct trust_signature *row, struct err *err) CHECKED;
bool store_trust_signature_list(struct store *store, struct arena *arena, int64_t tenant_id, const char *role,
                                struct trust_signature **out, size_t *count, struct err *err) CHECKED;
