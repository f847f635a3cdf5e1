/* Who opens a tenant's backups: in service custody this service, with an identity that rests sealed in
 * DIR/trust/TENANT/backup.key and lives in locked memory; in customer custody nobody here. */
#pragma once

#include "domain/world.h"
#include "model/backup.h"
#include "model/tenant.h"
#include "signing/age.h"
#include "signing/snapshot.h"

/* What the tenant's backups are sealed to, and where a move stands. */
struct backup_custody_view {
    struct backup_key key;
    int64_t left;   /* headers still to be wrapped for key.next_recipient */
    bool is_locked; /* service custody: the kernel keeps the identity out of swap */
};
bool backup_custody_get(struct world *world, struct arena *arena, int64_t tenant_id,
                        struct backup_custody_view *out, struct err *err) CHECKED;

/* Begins a move, or sets the first custody. SERVICE: a new identity is made here. CUSTOMER: `recipient` is
 * theirs. Out of service custody the engine wraps every header anew and then destroys the identity; out of
 * customer custody whoever has theirs does (backup_rewrap), and the last one ends the move. ERR_CONFLICT
 * while another is under way; asking for the same again is fine. */
bool backup_custody_move(struct world *world, struct arena *arena, const struct who *who,
                         enum backup_custody custody, const char *recipient, int64_t now_ms,
                         struct backup_custody_view *out, struct err *err) CHECKED;
/* Wraps some more headers of moves out of service custody; ends moves that are done. Called by the engine. */
bool backup_custody_tick(struct world *world, int64_t now_ms, struct err *err) CHECKED;

/* Somebody else's header around a backup's payload: only in a move out of customer custody, and for exactly
 * the recipients that it has now with the tenant's next one in the place of the present one. The last of them
 * ends the move. A move into service custody reads the payload with it before it is kept. */
bool backup_rewrap(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                   struct span header, const char *recipients, int64_t now_ms, struct err *err) CHECKED;

/* The identities that open the tenant's backups here: the current one and, in a move, the next. ERR_CONFLICT
 * in customer custody, with what to do instead. They live as long as the arena, whatever a move does: take a
 * short one. */
bool backup_custody_identities(struct world *world, struct arena *arena, const struct tenant *tenant,
                               struct age_by *out, struct err *err) CHECKED;

/* Opens a backup in memory: `secret` is an arena that wipes itself. ERR_CONFLICT in customer custody;
 * ERR_GONE when its header was destroyed; ERR_CORRUPT when it does not open or is no snapshot. */
bool backup_unseal(struct world *world, struct arena *secret, const struct backup *backup,
                   struct snapshot *out, struct err *err) CHECKED;
