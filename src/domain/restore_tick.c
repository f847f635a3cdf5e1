#include "domain/restore_parts.h"

#include "base/text.h"
#include "domain/audit.h"
#include "domain/backup_parts.h"
#include "domain/bell.h"
#include "store/restores.h"

#define AT_ONCE 100 /* the rest comes with the next tick */

/* ---- time is over ----------------------------------------------------------------------------------- */

static bool expire(struct world *world, struct arena *arena, const struct restore *restore, int64_t now_ms,
                   struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    const char *why = restore->started_ms ? "the device did not finish it in time" : "nobody started it";
    bool moved;

    if (!tx_begin(&tx, world->store, err) || !store_restore_end(world->store, restore->id, restore->state,
                                                                RESTORE_EXPIRED, why, now_ms, &moved, err))
        return false;
    if (!moved)
        return true; /* somebody moved it meanwhile: the next tick looks again */
    if (!restore_call_back(world, arena, restore, "its restore has expired", now_ms, err) ||
        !audit_service(world, restore->tenant_id, "restore.expire",
                       arena_printf(arena, "%lld", (long long)restore->id), why, now_ms, err) ||
        !tx_commit(&tx, err))
        return false;
    bell_ring_device(world->bell, restore->device_id);
    return true;
}

/* ---- bytes that nobody needs -------------------------------------------------------------------------- */

/* First the blob, then the row that names it: after a crash in between it is done again. */
static bool sweep(struct world *world, const struct restore *restore, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};

    return backup_payload_release(world, restore->payload, err) && tx_begin(&tx, world->store, err) &&
           store_restore_swept(world->store, restore->id, err) && tx_commit(&tx, err);
}

bool restore_tick(struct world *world, int64_t now_ms, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct restore *restores;
    size_t count;

    if (!store_restore_expired(world->store, arena, now_ms, AT_ONCE, &restores, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!expire(world, arena, &restores[i], now_ms, err))
            return err_within(err, "restore %lld", (long long)restores[i].id);
    if (!store_restore_spent(world->store, arena, AT_ONCE, &restores, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!sweep(world, &restores[i], err))
            return err_within(err, "what restore %lld left", (long long)restores[i].id);
    return true;
}
