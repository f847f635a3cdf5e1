/* Families, engineers' keys, releases, modules and signatures, at rest. Knows no rule of publishing. */
#pragma once

#include "model/device.h"
#include "model/release.h"
#include "store/store.h"

/* ---- families ---- */
bool store_family_put(struct store *store, const struct family *family, int64_t *id, struct err *err) CHECKED;
bool store_family_get(struct store *store, struct arena *arena, int64_t tenant_id, const char *name,
                      struct family *out, struct err *err) CHECKED;
/* By id, after `after`. */
bool store_family_list(struct store *store, struct arena *arena, int64_t tenant_id, int64_t after,
                       int64_t limit, struct family **out, size_t *count, struct err *err) CHECKED;
/* ERR_CONFLICT when the key is there already. */
bool store_engineer_key_put(struct store *store, const struct engineer_key *key, struct err *err) CHECKED;
bool store_engineer_key_list(struct store *store, struct arena *arena, int64_t family_id,
                             struct engineer_key **out, size_t *count, struct err *err) CHECKED;
/* *moved false: unknown, or revoked before. */
bool store_engineer_key_revoke(struct store *store, int64_t family_id, const char *keyid, int64_t at_ms,
                               bool *moved, struct err *err) CHECKED;

/* ---- releases ---- */
bool store_release_put(struct store *store, const struct release *release, int64_t *id,
                       struct err *err) CHECKED;
bool store_release_get(struct store *store, struct arena *arena, int64_t tenant_id, int64_t id,
                       struct release *out, struct err *err) CHECKED;
bool store_release_by_version(struct store *store, struct arena *arena, int64_t tenant_id, const char *family,
                              const char *version, struct release *out, struct err *err) CHECKED;
struct release_filter {
    const char *family, *state; /* NULL or "": any */
    int64_t before;             /* ids below this one; 0: from the newest */
    int64_t limit;
};
/* Newest first. Manifests and staged metadata are not read: those texts are "". */
bool store_release_list(struct store *store, struct arena *arena, int64_t tenant_id,
                        const struct release_filter *filter, struct release **out, size_t *count,
                        struct err *err) CHECKED;
/* Puts the bytes that engineers shall sign beside the release. */
bool store_release_stage(struct store *store, int64_t id, const char *to_sign, int64_t version,
                         struct err *err) CHECKED;
/* The staged releases of a family, whole: another publication makes all of them be staged again. */
bool store_release_staged(struct store *store, struct arena *arena, int64_t tenant_id, const char *family,
                          struct release **out, size_t *count, struct err *err) CHECKED;
/* The published, not withdrawn ones: what the family's metadata lists. Oldest first. */
bool store_release_current(struct store *store, struct arena *arena, int64_t tenant_id, const char *family,
                           struct release **out, size_t *count, struct err *err) CHECKED;
/* The family's published releases wait for no signature any more. */
bool store_release_unstage(struct store *store, int64_t tenant_id, const char *family,
                           struct err *err) CHECKED;
/* Compare and set; published_ms or withdrawn_ms becomes at_ms. *moved false: it was not in `from`. */
bool store_release_move(struct store *store, int64_t id, enum release_state from, enum release_state to,
                        int64_t at_ms, bool *moved, struct err *err) CHECKED;

/* ---- modules ---- */
bool store_module_put(struct store *store, const struct module *module, struct err *err) CHECKED;
bool store_module_get(struct store *store, struct arena *arena, int64_t tenant_id, int64_t id,
                      struct module *out, struct err *err) CHECKED;
/* In install order. */
bool store_module_list(struct store *store, struct arena *arena, int64_t release_id, struct module **out,
                       size_t *count, struct err *err) CHECKED;
/* The module of a published release behind FAMILY/VERSION/FILE. ERR_NOT_FOUND: none, or not published. */
bool store_module_find(struct store *store, struct arena *arena, int64_t tenant_id, const char *family,
                       const char *version, const char *filename, struct module *out,
                       struct err *err) CHECKED;
/* The newest published module of a family that is what runs there. *found false: none; *out stays untouched. */
bool store_module_like(struct store *store, struct arena *arena, int64_t tenant_id, const char *family,
                       const struct device_component *running, struct module *out, bool *found,
                       struct err *err) CHECKED;

/* ---- signatures ---- */
/* Replaces what the same key handed in before. */
bool store_signature_put(struct store *store, const struct release_signature *signature,
                         struct err *err) CHECKED;
bool store_signature_list(struct store *store, struct arena *arena, int64_t release_id,
                          struct release_signature **out, size_t *count, struct err *err) CHECKED;
bool store_signature_drop(struct store *store, int64_t release_id, struct err *err) CHECKED;
