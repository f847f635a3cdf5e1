#include "domain/backup.h"

#include <inttypes.h>

#include "base/text.h"
#include "domain/audit.h"
#include "domain/backup_line.h"
#include "domain/backup_parts.h"
#include "domain/bell.h"
#include "signing/age_header.h"
#include "store/backup_keys.h"
#include "store/backups.h"
#include "store/devices.h"
#include "store/restores.h"

/* ---- looking ---------------------------------------------------------------------- */

static bool view_of(struct world *world, struct arena *arena, const struct backup *backup,
                    struct backup_view *out, struct err *err)
{
    struct device device;

    if (!store_device_by_id(world->store, arena, backup->device_id, &device, err))
        return false;
    *out = (struct backup_view){*backup, device.controller_id};
    return true;
}

bool backup_get(struct world *world, struct arena *arena, int64_t tenant_id, int64_t id,
                struct backup_view *out, struct err *err)
{
    struct backup backup;

    return store_backup_get(world->store, arena, tenant_id, id, &backup, err) &&
           view_of(world, arena, &backup, out, err);
}

static bool rows_to_move(struct world *world, struct arena *arena, int64_t tenant_id,
                         const struct backup_filter *filter, struct backup **out, size_t *count,
                         struct err *err)
{
    struct backup_key key;

    *count = 0;
    if (!store_backup_key_get(world->store, arena, tenant_id, &key, err))
        return false;
    return key.next_custody == BACKUP_CUSTODY_NONE ||
           store_backup_to_move(world->store, arena, tenant_id, key.next_recipient, filter->cursor,
                                filter->limit, out, count, err);
}

static bool rows(struct world *world, struct arena *arena, int64_t tenant_id,
                 const struct backup_filter *filter, struct backup **out, size_t *count, struct err *err)
{
    struct device device;

    if (filter->to_move)
        return rows_to_move(world, arena, tenant_id, filter, out, count, err);
    if (text_blank(filter->device))
        return store_backup_list(world->store, arena, tenant_id, filter->customer, filter->cursor,
                                 filter->limit, out, count, err);
    return store_device_get(world->store, arena, tenant_id, filter->device, &device, err) &&
           backup_of_line(world, arena, device.id, filter->cursor, filter->limit, out, count, err);
}

bool backup_list(struct world *world, struct arena *arena, int64_t tenant_id,
                 const struct backup_filter *filter, struct backup_view **out, size_t *count, struct err *err)
{
    struct backup *list = NULL;
    struct backup_view *views;
    size_t n;

    if (!rows(world, arena, tenant_id, filter, &list, &n, err))
        return false;
    views = ARENA_MANY(arena, struct backup_view, n + 1);
    for (size_t i = 0; i < n; i++)
        if (!view_of(world, arena, &list[i], &views[i], err))
            return false;
    *out = views;
    *count = n;
    return true;
}

bool backup_header(struct world *world, struct arena *arena, int64_t tenant_id, int64_t id,
                   struct backup *out, struct span *header, struct err *err)
{
    struct backup backup;

    if (!store_backup_get(world->store, arena, tenant_id, id, &backup, err) ||
        !store_backup_header(world->store, arena, id, header, err))
        return false;
    if (backup.gone_ms || header->size == 0)
        return FAIL(err, ERR_GONE, "backup %" PRId64 " was dropped: %s", id, backup.gone_why);
    *out = backup;
    return true;
}

bool backup_file(struct world *world, struct arena *arena, int64_t tenant_id, int64_t id, struct backup *out,
                 struct span *header, const char **digest, struct err *err)
{
    char text[65];

    if (!backup_header(world, arena, tenant_id, id, out, header, err) ||
        !age_digest(*header, out->payload, text, err))
        return false;
    *digest = arena_dup(arena, text);
    return true;
}

bool backup_diff(struct world *world, struct arena *secret, int64_t tenant_id, int64_t a, int64_t b,
                 struct snapshot_diff *out, struct err *err)
{
    struct backup before, after;
    struct snapshot one, two;

    if (!store_backup_get(world->store, secret, tenant_id, a, &before, err) ||
        !store_backup_get(world->store, secret, tenant_id, b, &after, err) ||
        !backup_unseal(world, secret, &before, &one, err) || !backup_unseal(world, secret, &after, &two, err))
        return false;
    snapshot_diff(secret, &one, &two, out);
    return true;
}

/* ---- asking --------------------------------------------------------------------------- */

bool backup_ask(struct world *world, struct arena *arena, const struct who *who, const char *controller_id,
                int64_t now_ms, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct device device;
    struct backup_terms terms;

    if (!store_device_get(world->store, arena, who->tenant_id, controller_id, &device, err) ||
        !backup_terms_get(world, arena, &device, &terms, err))
        return false;
    if (device.state != DEVICE_ACTIVE)
        return FAIL(err, ERR_CONFLICT, "%s is %s", controller_id, device_state_name[device.state]);
    if (text_blank(device.recipient))
        return FAIL(err, ERR_CONFLICT, "%s has told no recipient of its own; it takes no part in backups",
                    controller_id);
    if (!tx_begin(&tx, world->store, err) ||
        !store_device_backup_ask(world->store, device.id, BACKUP_TECHNICIAN, now_ms, err) ||
        !audit_note(world, who, "backup.ask", controller_id, NULL, now_ms, err) || !tx_commit(&tx, err))
        return false;
    backup_count(world, BACKUPS_ASKED, 1);
    bell_ring_device(world->bell, device.id);
    return true;
}

/* ---- holding, dropping ------------------------------------------------------------------- */

bool backup_hold(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                 const char *reason, int64_t now_ms, struct backup_view *out, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct backup backup;
    bool is_hold = !text_blank(reason), moved;

    if (!store_backup_get(world->store, arena, who->tenant_id, id, &backup, err) ||
        !tx_begin(&tx, world->store, err) ||
        !store_backup_hold(world->store, id, reason, is_hold ? who->name : "", is_hold ? now_ms : 0, &moved,
                           err))
        return false;
    if (!moved)
        return FAIL(err, ERR_GONE, "backup %" PRId64 " was dropped", id);
    return audit_note(world, who, is_hold ? "backup.hold" : "backup.release",
                      arena_printf(arena, "%" PRId64, id), reason, now_ms, err) &&
           tx_commit(&tx, err) && backup_get(world, arena, who->tenant_id, id, out, err);
}

bool backup_let_go(struct world *world, const struct backup *backup, const char *why, int64_t now_ms,
                   struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    int64_t pins;
    bool moved;

    if (!store_restore_pins(world->store, backup->id, &pins, err))
        return false;
    if (pins > 0)
        return FAIL(err, ERR_CONFLICT, "a restore under way needs backup %" PRId64, backup->id);
    if (!store_backup_drop(world->store, backup->id, why, now_ms, &moved, err))
        return false;
    if (moved)
        return true;
    if (!text_blank(backup->hold))
        return FAIL(err, ERR_CONFLICT, "backup %" PRId64 " is held: %s", backup->id, backup->hold);
    return FAIL(err, ERR_CONFLICT, "backup %" PRId64 " is locked until %s", backup->id,
                text_time(arena, backup->locked_ms));
}

bool backup_payload_release(struct world *world, const char *payload, struct err *err)
{
    int64_t needed;

    if (!store_payload_needed(world->store, payload, &needed, err))
        return false;
    return needed > 0 || !blob_exists(world->blobs, payload) || blob_remove(world->blobs, payload, err);
}

bool backup_drop(struct world *world, struct arena *arena, const struct who *who, int64_t id, int64_t now_ms,
                 struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct backup backup;

    if (!tx_begin(&tx, world->store, err) ||
        !store_backup_get(world->store, arena, who->tenant_id, id, &backup, err))
        return false;
    if (!backup.gone_ms &&
        (!backup_let_go(world, &backup, arena_printf(arena, "dropped by %s", who->name), now_ms, err) ||
         !audit_note(world, who, "backup.drop", arena_printf(arena, "%" PRId64, id), backup.sha256, now_ms,
                     err) ||
         !tx_commit(&tx, err)))
        return false;
    backup_count(world, BACKUPS_DROPPED, !backup.gone_ms);
    return backup_payload_release(world, backup.payload, err);
}
