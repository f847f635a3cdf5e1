/* Restores at rest. Every move is compare-and-set: two hands on one restore cannot both win. */
#pragma once

#include "model/restore.h"
#include "store/store.h"

/* Planned or waiting for its plan; what comes with the start is not read. */
bool store_restore_put(struct store *store, const struct restore *restore, int64_t *id,
                       struct err *err) CHECKED;
bool store_restore_get(struct store *store, struct arena *arena, int64_t tenant_id, int64_t id,
                       struct restore *out, struct err *err) CHECKED;
/* Newest first, before `before` (0: from the newest), without plan, text and header. */
bool store_restore_list(struct store *store, struct arena *arena, int64_t tenant_id, int64_t before,
                        int64_t limit, struct restore **out, size_t *count, struct err *err) CHECKED;
bool store_restore_of_device(struct store *store, struct arena *arena, int64_t device_id, int64_t before,
                             int64_t limit, struct restore **out, size_t *count, struct err *err) CHECKED;
/* Open ones whose time is over, of every tenant; as in a list. */
bool store_restore_expired(struct store *store, struct arena *arena, int64_t now_ms, int64_t limit,
                           struct restore **out, size_t *count, struct err *err) CHECKED;

/* Ended ones whose payload was not looked after yet; and that it was. */
bool store_restore_spent(struct store *store, struct arena *arena, int64_t limit, struct restore **out,
                         size_t *count, struct err *err) CHECKED;
bool store_restore_swept(struct store *store, int64_t id, struct err *err) CHECKED;

/* ---- moves: inside a tx; *moved false: it was not in the state for it ---- */
bool store_restore_planned(struct store *store, const struct restore *restore, bool *moved,
                           struct err *err) CHECKED;
bool store_restore_approve(struct store *store, int64_t id, const char *by, int64_t now_ms, bool *moved,
                           struct err *err) CHECKED;
bool store_restore_consent(struct store *store, int64_t id, const char *by, const char *text, int64_t now_ms,
                           bool *moved, struct err *err) CHECKED;
/* header, payload, size, sha256, counter, action_id, started_ms and expires_ms are read. */
bool store_restore_start(struct store *store, const struct restore *restore, bool *moved,
                         struct err *err) CHECKED;
bool store_restore_redeem(struct store *store, int64_t id, const char *nonce_hash, int64_t now_ms,
                          bool *moved, struct err *err) CHECKED;
bool store_restore_results(struct store *store, int64_t id, const char *results, bool *moved,
                           struct err *err) CHECKED;
/* Into a closed state; the header is destroyed. */
bool store_restore_end(struct store *store, int64_t id, enum restore_state from, enum restore_state to,
                       const char *reason, int64_t now_ms, bool *moved, struct err *err) CHECKED;

/* ---- figures ---- */
/* Open restores of a backup: it must not be dropped. */
bool store_restore_pins(struct store *store, int64_t backup_id, int64_t *out, struct err *err) CHECKED;
/* Started or redeemed ones of a device. */
bool store_restore_open_of(struct store *store, int64_t device_id, int64_t *out, struct err *err) CHECKED;
/* The highest counter a restore of this device ever had; 0: none. */
bool store_restore_counter(struct store *store, int64_t device_id, int64_t *out, struct err *err) CHECKED;
