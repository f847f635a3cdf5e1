/* Backups at rest: the header in the row, the payload a blob. Knows neither who may, nor what is inside.
 *
 * A header is replaced or destroyed by one statement; SQLite's secure_delete overwrites what it was. */
#pragma once

#include "model/backup.h"
#include "store/store.h"

/* ERR_CONFLICT: this device brought the same file before, or this upload became a backup already. */
bool store_backup_put(struct store *store, const struct backup *backup, struct span header, int64_t *id,
                      struct err *err) CHECKED;
bool store_backup_get(struct store *store, struct arena *arena, int64_t tenant_id, int64_t id,
                      struct backup *out, struct err *err) CHECKED;
/* *found false: there is none. */
bool store_backup_find_same(struct store *store, struct arena *arena, int64_t device_id, const char *sha256,
                            struct backup *out, bool *found, struct err *err) CHECKED;
bool store_backup_find_upload(struct store *store, struct arena *arena, const char *upload,
                              struct backup *out, bool *found, struct err *err) CHECKED;
/* The newest that was made after this restore. */
bool store_backup_find_after(struct store *store, struct arena *arena, int64_t device_id, int64_t restore_id,
                             struct backup *out, bool *found, struct err *err) CHECKED;
/* Newest first, before `before` (0: from the newest). customer "": any. */
bool store_backup_list(struct store *store, struct arena *arena, int64_t tenant_id, const char *customer,
                       int64_t before, int64_t limit, struct backup **out, size_t *count,
                       struct err *err) CHECKED;
bool store_backup_of_device(struct store *store, struct arena *arena, int64_t device_id, int64_t before,
                            int64_t limit, struct backup **out, size_t *count, struct err *err) CHECKED;
/* Empty once it is gone. */
bool store_backup_header(struct store *store, struct arena *arena, int64_t id, struct span *out,
                         struct err *err) CHECKED;

/* ---- changing: inside a tx ---- */
/* Another header around the same payload. *moved false: it was wrapped to somebody else than `from`, or is
 * gone. */
bool store_backup_wrap(struct store *store, int64_t id, const char *from, struct span header,
                       const char *recipients, const char *wrapped_to, bool *moved, struct err *err) CHECKED;
/* Legal hold; reason "" lifts it. */
bool store_backup_hold(struct store *store, int64_t id, const char *reason, const char *by, int64_t now_ms,
                       bool *moved, struct err *err) CHECKED;
/* Destroys the header. *moved false: locked, held or gone already. */
bool store_backup_drop(struct store *store, int64_t id, const char *why, int64_t now_ms, bool *moved,
                       struct err *err) CHECKED;

/* ---- moving to another recipient ---- */
/* Whose header is for another than `recipient`, by id after `after`. */
bool store_backup_to_move(struct store *store, struct arena *arena, int64_t tenant_id, const char *recipient,
                          int64_t after, int64_t limit, struct backup **out, size_t *count,
                          struct err *err) CHECKED;
bool store_backup_to_move_count(struct store *store, int64_t tenant_id, const char *recipient, int64_t *out,
                                struct err *err) CHECKED;

/* ---- figures ---- */
bool store_backup_bytes(struct store *store, int64_t tenant_id, const char *customer, int64_t *out,
                        struct err *err) CHECKED;
/* How many backups and open restores need this blob. */
bool store_payload_needed(struct store *store, const char *payload, int64_t *out, struct err *err) CHECKED;
/* Ids of devices that ever brought a backup, after `after`. */
bool store_backup_devices(struct store *store, struct arena *arena, int64_t tenant_id, int64_t after,
                          int64_t limit, int64_t **out, size_t *count, struct err *err) CHECKED;

/* ---- what a device has to do with them: inside a tx ---- */
bool store_device_recipient_put(struct store *store, int64_t device_id, const char *recipient,
                                struct err *err) CHECKED;
bool store_device_backup_ask(struct store *store, int64_t device_id, enum backup_trigger why, int64_t now_ms,
                             struct err *err) CHECKED;
/* One arrived: nothing is asked for any more. */
bool store_device_backup_came(struct store *store, int64_t device_id, int64_t now_ms,
                              struct err *err) CHECKED;
/* Asks the devices of a site whose newest backup is older than that. */
bool store_device_backup_due(struct store *store, int64_t tenant_id, const char *site, int64_t older_than_ms,
                             int64_t now_ms, int64_t *asked, struct err *err) CHECKED;
