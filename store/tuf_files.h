/* TUF metadata as served, and the newest version of each role. Knows no key and checks nothing. */
#pragma once

#include "store/store.h"

struct tuf_role_row {
    const char *role; /* root timestamp snapshot targets or a family */
    int64_t version, signed_ms, expires_ms;
};

/* Versioned names are written once (ERR_CONFLICT otherwise); timestamp.json is replaced. */
bool store_tuf_file_put(struct store *store, int64_t tenant_id, const char *name, struct span bytes,
                        int64_t now_ms, struct err *err) CHECKED;
bool store_tuf_file_replace(struct store *store, int64_t tenant_id, const char *name, struct span bytes,
                            int64_t now_ms, struct err *err) CHECKED;
bool store_tuf_file_get(struct store *store, struct arena *arena, int64_t tenant_id, const char *name,
                        struct span *out, int64_t *created_ms, struct err *err) CHECKED;
bool store_tuf_role_put(struct store *store, int64_t tenant_id, const struct tuf_role_row *row,
                        struct err *err) CHECKED;
/* By name. */
bool store_tuf_role_list(struct store *store, struct arena *arena, int64_t tenant_id,
                         struct tuf_role_row **out, size_t *count, struct err *err) CHECKED;
