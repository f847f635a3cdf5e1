/* The director repositories at rest: a tenant's roots, each device's files, and what was signed last. Knows
 * no key and checks nothing. */
#pragma once

#include "store/store.h"

struct director_root {
    int64_t version, signed_ms, expires_ms;
    struct span bytes;
};
struct director { /* a device's, as it was signed last; version 0: never */
    const char *content, *keyid;
    int64_t version, signed_ms, expires_ms;      /* of targets and snapshot */
    int64_t stamp, stamped_ms, stamp_expires_ms; /* of the timestamp */
};

/* Versions are written once: ERR_CONFLICT otherwise. */
bool store_director_root_put(struct store *store, int64_t tenant_id, const struct director_root *root,
                             struct err *err) CHECKED;
/* version 0: the newest. ERR_NOT_FOUND. */
bool store_director_root_get(struct store *store, struct arena *arena, int64_t tenant_id, int64_t version,
                             struct director_root *out, struct err *err) CHECKED;
bool store_director_get(struct store *store, struct arena *arena, int64_t device_id, struct director *out,
                        struct err *err) CHECKED;
bool store_director_put(struct store *store, int64_t device_id, const struct director *director,
                        struct err *err) CHECKED;
/* Replaces. */
bool store_director_file_put(struct store *store, int64_t device_id, const char *role, int64_t version,
                             struct span bytes, int64_t now_ms, struct err *err) CHECKED;
bool store_director_file_get(struct store *store, struct arena *arena, int64_t device_id, const char *role,
                             int64_t version, struct span *out, int64_t *created_ms, struct err *err) CHECKED;
/* Versions below this one. */
bool store_director_file_drop(struct store *store, int64_t device_id, const char *role, int64_t below,
                              struct err *err) CHECKED;
