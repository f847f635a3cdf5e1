/* Uploads that are under way: one row each; their bytes are the file of the same name. */
#pragma once

#include "model/release.h"
#include "store/store.h"

bool store_upload_put(struct store *store, const struct upload *upload, struct err *err) CHECKED;
bool store_upload_get(struct store *store, struct arena *arena, int64_t tenant_id, const char *id,
                      struct upload *out, struct err *err) CHECKED;
/* What is on disk, synced; and until when it is kept. */
bool store_upload_reach(struct store *store, const char *id, int64_t received, int64_t expires_ms,
                        struct err *err) CHECKED;
/* A deferred length becomes known. *moved false: it was known. */
bool store_upload_bound(struct store *store, const char *id, int64_t length, bool *moved,
                        struct err *err) CHECKED;
bool store_upload_drop(struct store *store, const char *id, struct err *err) CHECKED;
/* Of every tenant, those whose time is over. */
bool store_upload_expired(struct store *store, struct arena *arena, int64_t now_ms, int64_t limit,
                          struct upload **out, size_t *count, struct err *err) CHECKED;
/* Bytes the tenant's uploads hold or were promised. */
bool store_upload_bytes(struct store *store, int64_t tenant_id, int64_t *out, struct err *err) CHECKED;
/* Uploads of one tenant under way. */
bool store_upload_count(struct store *store, int64_t tenant_id, int64_t *out, struct err *err) CHECKED;
/* Is there a row for this file's name, of any tenant? */
bool store_upload_is_known(struct store *store, const char *id, bool *out, struct err *err) CHECKED;
