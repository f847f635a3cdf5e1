#include "domain/restore_parts.h"

#include "base/ident.h"
#include "base/json.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/custody.h"
#include "domain/restore_end.h"
#include "signing/ticket.h"
#include "store/actions.h"
#include "store/restores.h"

/* ---- whose, and when ------------------------------------------------------------------------------ */

static bool own(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                struct restore *out, struct err *err)
{
    struct restore restore;

    if (!store_restore_get(world->store, arena, who->tenant_id, id, &restore, err))
        return false;
    /* What was not started is no device's business. */
    if (!who->device || restore.device_id != who->device->id || restore.started_ms == 0)
        return FAIL(err, ERR_NOT_FOUND, "no restore %lld", (long long)id);
    *out = restore;
    return true;
}

bool restore_of_device(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                       int64_t now_ms, struct restore *out, struct err *err)
{
    if (!own(world, arena, who, id, out, err))
        return false;
    if (restore_is_closed(out->state))
        return FAIL(err, ERR_GONE, "restore %lld is %s", (long long)id, restore_state_name[out->state]);
    if (out->expires_ms <= now_ms)
        return FAIL(err, ERR_GONE, "restore %lld has expired", (long long)id);
    if (who->device->state != DEVICE_ACTIVE)
        return FAIL(err, ERR_FORBIDDEN, "%s is %s", who->name, device_state_name[who->device->state]);
    return true;
}

/* ---- the ticket ---------------------------------------------------------------------------------- */

/* The same facts give the same bytes: a device that lost the answer gets it again. */
static bool ticket_sign(struct world *world, struct arena *arena, const struct who *who,
                        const struct restore *restore, struct span *out, struct err *err)
{
    const struct restore_ticket ticket = {.tenant = who->tenant,
                                          .device = who->device->controller_id,
                                          .categories = restore->categories,
                                          .digest = restore->sha256,
                                          .length = restore->size,
                                          .restore = restore->id,
                                          .backup = restore->backup_id,
                                          .counter = restore->counter,
                                          .expires_ms = restore->expires_ms};
    struct tuf_signature signature;
    struct signer *signer;
    struct span body;

    return ticket_write(arena, &ticket, &body, err) &&
           custody_signer(world->custody, who->tenant, &signer, err) &&
           signer_sign(signer, SIGNER_ONLINE, body, &signature, err) &&
           tuf_envelope_write(arena, body, &signature, 1, out, err);
}

/* Compare and set: of those that ask at once one is first. */
static bool claim(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                  const char *nonce_hash, int64_t now_ms, bool *moved, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct restore restore;

    if (!tx_begin(&tx, world->store, err) ||
        !restore_of_device(world, arena, who, id, now_ms, &restore, err) ||
        !store_restore_redeem(world->store, id, nonce_hash, now_ms, moved, err))
        return false;
    return !*moved || (audit_note(world, who, "restore.redeem", arena_printf(arena, "%lld", (long long)id),
                                  "", now_ms, err) &&
                       tx_commit(&tx, err));
}

bool restore_redeem(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                    const char *nonce, int64_t now_ms, struct restore_redeemed *out, struct err *err)
{
    struct restore_redeemed done;
    char nonce_hash[65];
    bool moved = false;

    ident_digest(nonce, nonce_hash);
    if (!restore_of_device(world, arena, who, id, now_ms, &done.restore, err) ||
        !ticket_sign(world, arena, who, &done.restore, &done.ticket, err))
        return false;
    if (done.restore.state == RESTORE_STARTED &&
        (!claim(world, arena, who, id, nonce_hash, now_ms, &moved, err) ||
         !restore_of_device(world, arena, who, id, now_ms, &done.restore, err)))
        return false;
    if (!ident_equal(done.restore.nonce_hash, nonce_hash))
        return FAIL(err, ERR_CONFLICT, "restore %lld was redeemed already", (long long)id);
    *out = done;
    return true;
}

bool restore_file(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                  const char *nonce, int64_t now_ms, struct restore *out, struct err *err)
{
    char nonce_hash[65];

    if (!restore_of_device(world, arena, who, id, now_ms, out, err))
        return false;
    ident_digest(nonce ? nonce : "", nonce_hash);
    return (out->state == RESTORE_REDEEMED && ident_equal(out->nonce_hash, nonce_hash)) ||
           FAIL(err, ERR_FORBIDDEN, "redeem restore %lld first, and fetch it with that nonce", (long long)id);
}

/* ---- how it went ----------------------------------------------------------------------------------- */

static bool told_check(const struct restore *restore, const struct restore_told *told, size_t count,
                       struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!restore_has_category(restore->categories, told[i].name))
            return FAIL(err, ERR_INVALID, "restore %lld has no category \"%s\"", (long long)restore->id,
                        told[i].name);
        for (size_t k = 0; k < i; k++)
            if (text_equal(told[i].name, told[k].name))
                return FAIL(err, ERR_INVALID, "\"%s\" is told twice", told[i].name);
    }
    return true;
}

static const char *told_text(struct arena *arena, const struct restore_told *told, size_t count)
{
    struct buf b = {.arena = arena};
    struct json_out j = {.buf = &b};

    json_open_list(&j, NULL);
    for (size_t i = 0; i < count; i++) {
        json_open(&j, NULL);
        json_text(&j, "name", told[i].name);
        json_text(&j, "result", restore_result_name[told[i].result]);
        json_int(&j, "items", told[i].items);
        json_text(&j, "text", told[i].text);
        json_close(&j);
    }
    json_close(&j);
    return buf_cstr(&b);
}

bool restore_tell(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                  const struct restore_told *told, size_t count, int64_t now_ms, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    const char *text = told_text(arena, told, count);
    struct restore restore;
    bool moved;

    if (!tx_begin(&tx, world->store, err) || !own(world, arena, who, id, &restore, err) ||
        !told_check(&restore, told, count, err))
        return false;
    if (text_equal(restore.results, text))
        return true;
    if (restore_is_closed(restore.state))
        return FAIL(err, ERR_GONE, "restore %lld is %s", (long long)id, restore_state_name[restore.state]);
    return store_restore_results(world->store, id, text, &moved, err) &&
           restore_moved(moved, id, "reported on", err) &&
           audit_note(world, who, "restore.result", arena_printf(arena, "%lld", (long long)id), "", now_ms,
                      err) &&
           tx_commit(&tx, err);
}
