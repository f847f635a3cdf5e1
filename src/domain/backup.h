/* Backups as the service keeps them: taken from devices, listed, held, dropped by rule. Knows facts about
 * them; what is inside is looked at once, in service custody, to see that it is settings and nothing else.
 *
 *   upload (tus) --backup_accept--> kept --backup_drop, a rule--> gone: its header is destroyed, the row stays
 *                     +--refused: the upload is gone */
#pragma once

#include "base/buf.h"
#include "domain/world.h"
#include "model/backup.h"
#include "signing/snapshot_diff.h"

/* ---- what devices ask and bring ---- */

struct backup_offer {
    enum backup_custody custody;
    const char *recipients; /* whom to seal to besides the device itself */
    int64_t max_bytes;
    const char *wanted; /* NULL: none is asked for */
};
/* ERR_NOT_FOUND: the tenant takes no backups. */
bool backup_offer(struct world *world, struct arena *arena, const struct device *device,
                  struct backup_offer *out, struct err *err) CHECKED;
/* The device's own age recipient. */
bool backup_recipient_put(struct world *world, const struct who *who, const char *recipient, int64_t now_ms,
                          struct err *err) CHECKED;
/* Whatever can be refused before a byte has come. */
bool backup_upload_check(struct world *world, struct arena *arena, const struct who *who, int64_t length,
                         const char *metadata, struct err *err) CHECKED;
/* A whole upload becomes a backup; true: it is durable. The same upload, and the same bytes again, are the
 * same backup. Refused for good, the upload is gone; ERR_BUSY, ERR_IO, ERR_NO_SPACE, ERR_LOCKED: it stays. */
bool backup_accept(struct world *world, struct arena *arena, const struct who *who, const char *upload,
                   int64_t now_ms, int64_t *id, struct err *err) CHECKED;
/* What this upload of this device became. */
bool backup_of_upload(struct world *world, struct arena *arena, const struct who *who, const char *upload,
                      struct backup *out, bool *found, struct err *err) CHECKED;

/* ---- what people see and do ---- */

struct backup_view {
    struct backup backup;
    const char *device; /* its controllerId */
};
struct backup_filter { /* "": any */
    const char *device, *customer;
    bool to_move;   /* those whose header is for another than the next recipient; by id */
    int64_t cursor; /* 0: from the start */
    int64_t limit;
};
bool backup_get(struct world *world, struct arena *arena, int64_t tenant_id, int64_t id,
                struct backup_view *out, struct err *err) CHECKED;
bool backup_list(struct world *world, struct arena *arena, int64_t tenant_id,
                 const struct backup_filter *filter, struct backup_view **out, size_t *count,
                 struct err *err) CHECKED;
/* With its header. ERR_GONE once it was dropped. */
bool backup_header(struct world *world, struct arena *arena, int64_t tenant_id, int64_t id,
                   struct backup *out, struct span *header, struct err *err) CHECKED;
/* The same, with the digest of both together as it is now (age_digest). */
bool backup_file(struct world *world, struct arena *arena, int64_t tenant_id, int64_t id, struct backup *out,
                 struct span *header, const char **digest, struct err *err) CHECKED;
/* One is wanted of this device, at its next check-in. */
bool backup_ask(struct world *world, struct arena *arena, const struct who *who, const char *controller_id,
                int64_t now_ms, struct err *err) CHECKED;
/* Legal hold: `reason` "" lifts it. */
bool backup_hold(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                 const char *reason, int64_t now_ms, struct backup_view *out, struct err *err) CHECKED;
/* Destroys its header, then its payload. ERR_CONFLICT while it is locked, held, or a restore needs it. */
bool backup_drop(struct world *world, struct arena *arena, const struct who *who, int64_t id, int64_t now_ms,
                 struct err *err) CHECKED;
/* Service custody. */
bool backup_diff(struct world *world, struct arena *secret, int64_t tenant_id, int64_t a, int64_t b,
                 struct snapshot_diff *out, struct err *err) CHECKED;

/* ---- what customers agreed to ---- */

bool backup_rule_put(struct world *world, struct arena *arena, const struct who *who,
                     const struct backup_rule *rule, int64_t now_ms, struct err *err) CHECKED;
bool backup_rule_list(struct world *world, struct arena *arena, int64_t tenant_id, struct backup_rule **out,
                      size_t *count, struct err *err) CHECKED;

#define BACKUP_PRUNE_MAX 1000 /* in one call */
struct backup_pruned {
    int64_t id, taken_ms, size;
    const char *device, *why;
};
struct backup_prune {
    struct backup_pruned *items;
    size_t count;
    int64_t bytes;
    bool has_more; /* ask again */
};
/* Drops what the rules let go of; is_dry: only names it. */
bool backup_prune(struct world *world, struct arena *arena, const struct who *who, bool is_dry,
                  int64_t now_ms, struct backup_prune *out, struct err *err) CHECKED;
/* By rule: drops, some devices at a time, and asks where the window is open. Called by the engine. */
bool backup_tick(struct world *world, int64_t now_ms, struct err *err) CHECKED;
/* Prometheus text. */
void backup_figures(struct world *world, struct buf *out);
