/* Restores: a backup on its way back to one device, once.
 *
 *   restore_make -> [restore_hand_in] -> restore_approve, restore_consent -> restore_start
 *     -> the device: restore_redeem -> restore_file -> restore_tell -> its action's closing word
 * (restore_end.h) restore_cancel at any time before the end; restore_tick when its time is over
 *
 * In service custody plan and package are made here; in customer custody by whoever has the identity, and the
 * service passes on what it cannot read. restore_facts.h says what a start holds a plan to. */
#pragma once

#include "domain/restore_facts.h"
#include "domain/world.h"
#include "model/restore.h"

struct restore_view {
    struct restore restore;
    struct restore_facts facts;
};

/* ---- looking ---- */
bool restore_get(struct world *world, struct arena *arena, int64_t tenant_id, int64_t id,
                 struct restore_view *out, struct err *err) CHECKED;
/* Newest first, before `before` (0: from the newest); without plan and text. device NULL: of any. */
bool restore_list(struct world *world, struct arena *arena, int64_t tenant_id, const char *device,
                  int64_t before, int64_t limit, struct restore_view **out, size_t *count,
                  struct err *err) CHECKED;

/* ---- planning ---- */
struct restore_wish {
    int64_t backup;
    const char *device;     /* controllerId */
    const char *categories; /* "a,b"; "": all */
    bool move_adjustments;
};
/* ERR_GONE: the backup was dropped. ERR_CONFLICT: the target has no recipient, no model that somebody
 * described, is not active, or is another customer's than the backup. */
bool restore_make(struct world *world, struct arena *arena, const struct who *who,
                  const struct restore_wish *wish, int64_t now_ms, struct restore_view *out,
                  struct err *err) CHECKED;

struct restore_handed { /* a plan that was made elsewhere, without a word of what is inside */
    const char *digest, *categories;
    bool is_whole;
    const struct json *counts; /* outcome -> items */
};
/* Customer custody. Where two persons are needed only who asked for the restore plans it. */
bool restore_hand_in(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                     const struct restore_handed *handed, int64_t now_ms, struct restore_view *out,
                     struct err *err) CHECKED;

/* ---- agreeing ---- */
/* ERR_FORBIDDEN for who planned it. */
bool restore_approve(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                     int64_t now_ms, struct restore_view *out, struct err *err) CHECKED;
bool restore_consent(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                     const char *by, const char *text, int64_t now_ms, struct restore_view *out,
                     struct err *err) CHECKED;
/* Nobody can redeem it any more. One that the device has taken ends when the device lets go of it: it may be
 * too late. */
bool restore_cancel(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                    const char *reason, int64_t now_ms, struct restore_view *out, struct err *err) CHECKED;

/* ---- starting ---- */
struct restore_launch {
    const char *digest; /* of the plan that is meant */
    struct span header; /* customer custody, whole: for the device alone */
    const char *upload; /* customer custody, else: the sealed package; NULL */
};
/* ERR_CONFLICT names what changed since the plan, what is still needed, or that another is under way. Any
 * failure leaves the restore as it was. */
bool restore_start(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                   const struct restore_launch *launch, int64_t now_ms, struct restore_view *out,
                   struct err *err) CHECKED;

/* ---- the device ---- */
struct restore_redeemed {
    struct restore restore;
    struct span ticket; /* in its envelope */
};
/* `nonce` is kept by the device before it asks: the same one gets the same answer again, another one
 * ERR_CONFLICT. ERR_GONE once it is over. */
bool restore_redeem(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                    const char *nonce, int64_t now_ms, struct restore_redeemed *out, struct err *err) CHECKED;
/* Its file is out->header, then blob out->payload. ERR_FORBIDDEN before it was redeemed with this nonce. */
bool restore_file(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                  const char *nonce, int64_t now_ms, struct restore *out, struct err *err) CHECKED;

struct restore_told { /* how one category went */
    const char *name;
    enum restore_result result;
    int64_t items;
    const char *text;
};
/* Replaces what was told before; after the end only the same again is fine. */
bool restore_tell(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                  const struct restore_told *told, size_t count, int64_t now_ms, struct err *err) CHECKED;

/* ---- afterwards ---- */
struct restore_comparison {
    int64_t restore, backup_after;
    bool is_same;
    struct span text, diff; /* as people read it; JSON */
};
/* What the device should have against the backup it gave afterwards, in the categories that were applied.
 * ERR_CONFLICT in customer custody, or while there is no such backup. */
bool restore_compare(struct world *world, struct arena *arena, int64_t tenant_id, int64_t id,
                     struct restore_comparison *out, struct err *err) CHECKED;

/* Ends what nobody started or took in time, and removes payloads that nobody needs any more. */
bool restore_tick(struct world *world, int64_t now_ms, struct err *err) CHECKED;
