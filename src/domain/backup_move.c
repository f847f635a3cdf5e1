/* Moves of custody: every header of the tenant is wrapped for the next recipient, then the row says so, then
 * files of identities that are not needed any more are destroyed. A crash between any two of these is where
 * the next step begins. */
#include <inttypes.h>

#include "base/log.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/backup_parts.h"
#include "signing/age_header.h"
#include "store/backup_keys.h"
#include "store/backups.h"
#include "store/tenants.h"

#define BATCH 50      /* headers in one transaction */
#define STEP_MAX 2000 /* headers in one step: half a second */
#define TENANTS_PAGE 50

struct move {
    struct world *world;
    struct arena *arena; /* of one batch */
    const char *tenant;
    const struct backup_key *key;
    int64_t now_ms;
};

struct wrapped {
    const struct backup *backup;
    struct span header;
    const char *recipients;
};

/* ---- files follow rows ---------------------------------------------------------------- */

/* After a rotation, or a move from a customer: the next identity is the current one by now. One that no row
 * names was made for a move that never began. */
static bool settle_next(struct world *world, const char *tenant, const struct backup_key *key,
                        struct err *err)
{
    char recipient[AGE_RECIPIENT_CHARS + 1];

    if (!backup_identity_exists(world, tenant, IDENTITY_NEXT))
        return true;
    if (!backup_identity_recipient(world, tenant, IDENTITY_NEXT, recipient, err))
        return false;
    return text_equal(recipient, key->recipient) ? backup_identity_promote(world, tenant, err)
                                                 : backup_identity_destroy(world, tenant, IDENTITY_NEXT, err);
}

static bool settle(struct world *world, const char *tenant, const struct backup_key *key, struct err *err)
{
    if (key->custody == BACKUP_CUSTODY_SERVICE)
        return key->next_custody != BACKUP_CUSTODY_NONE || settle_next(world, tenant, key, err);
    if (key->custody != BACKUP_CUSTODY_CUSTOMER)
        return true;
    if (!backup_identity_destroy(world, tenant, IDENTITY_CURRENT, err))
        return false;
    return key->next_custody == BACKUP_CUSTODY_SERVICE ||
           backup_identity_destroy(world, tenant, IDENTITY_NEXT, err);
}

static void forget(struct world *world, const char *tenant, const struct backup_key *key)
{
    if (key->next_custody == BACKUP_CUSTODY_NONE)
        backup_identity_forget(world, tenant, key->custody == BACKUP_CUSTODY_SERVICE ? key->recipient : "");
}

/* ---- the end ------------------------------------------------------------------------------ */

bool backup_move_end(struct world *world, struct backup_key *key, int64_t now_ms, struct err *err)
{
    int64_t left;

    if (!store_backup_to_move_count(world->store, key->tenant_id, key->next_recipient, &left, err))
        return false;
    if (left > 0)
        return true;
    key->custody = key->next_custody;
    key->recipient = key->next_recipient;
    key->next_custody = BACKUP_CUSTODY_NONE;
    key->next_recipient = "";
    key->changed_ms = now_ms;
    return store_backup_key_put(world->store, key, err) &&
           audit_service(world, key->tenant_id, "backup.custody.moved", backup_custody_name[key->custody],
                         key->recipient, now_ms, err);
}

static bool end(struct world *world, struct backup_key *key, int64_t now_ms, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct backup_key after = *key;

    if (!tx_begin(&tx, world->store, err) || !backup_move_end(world, &after, now_ms, err))
        return false;
    if (after.next_custody != BACKUP_CUSTODY_NONE)
        return true;
    if (!tx_commit(&tx, err))
        return false;
    *key = after;
    return true;
}

/* ---- wrapping -------------------------------------------------------------------------------- */

static bool wrap(struct move *move, const struct age_by *by, const struct backup *backup, struct wrapped *out,
                 struct err *err)
{
    struct recipients list;
    struct span header;
    size_t payload_at;

    if (!store_backup_header(move->world->store, move->arena, backup->id, &header, err) ||
        !recipients_moved(move->arena, backup->recipients, backup->wrapped_to, move->key->next_recipient,
                          &list, err))
        return false;
    out->backup = backup;
    out->recipients = recipients_text(move->arena, &list);
    return age_rewrap(move->arena, header, by, &(struct age_to){list.point, list.count, NULL}, &out->header,
                      &payload_at, err);
}

static void say_stuck(const struct move *move, const struct backup *backup, const struct err *err)
{
    log_say(LOG_ERROR, "backup.stuck", "tenant", move->tenant, "backup",
            arena_printf(move->arena, "%" PRId64, backup->id), "why", err->text, NULL);
}

static bool keep(struct move *move, const struct wrapped *list, size_t count, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    int64_t done = 0;
    bool moved;

    if (!tx_begin(&tx, move->world->store, err))
        return false;
    for (size_t i = 0; i < count; i++, done += moved)
        if (!store_backup_wrap(move->world->store, list[i].backup->id, list[i].backup->wrapped_to,
                               list[i].header, list[i].recipients, move->key->next_recipient, &moved, err))
            return false;
    if (!audit_service(move->world, move->key->tenant_id, "backup.wrap",
                       arena_printf(move->arena, "%" PRId64 " headers", done), move->key->next_recipient,
                       move->now_ms, err) ||
        !tx_commit(&tx, err))
        return false;
    backup_count(move->world, BACKUPS_WRAPPED, done);
    return true;
}

/* *after moves behind the batch; a header that does not open is named in the log and left, and so the move
 * stays open. */
static bool batch(struct move *move, int64_t *after, size_t *count, struct err *err)
{
    struct wrapped list[BATCH];
    struct backup *backups;
    struct age_by by;
    size_t opened = 0;

    if (!store_backup_to_move(move->world->store, move->arena, move->key->tenant_id,
                              move->key->next_recipient, *after, BATCH, &backups, count, err) ||
        (*count > 0 && !backup_identities(move->world, move->arena, move->tenant, move->key, &by, err)))
        return false;
    for (size_t i = 0; i < *count; i++) {
        struct err why;

        *after = backups[i].id;
        if (wrap(move, &by, &backups[i], &list[opened], &why))
            opened++;
        else
            say_stuck(move, &backups[i], &why);
    }
    return opened == 0 || keep(move, list, opened, err);
}

static bool wrap_some(struct world *world, const char *tenant, const struct backup_key *key, int64_t now_ms,
                      struct err *err)
{
    int64_t after = 0;
    size_t count = BATCH;

    for (int done = 0; count == BATCH && done < STEP_MAX; done += BATCH) {
        AUTO(arena_freep) struct arena *arena = arena_new();
        struct move move = {world, arena, tenant, key, now_ms};

        if (!batch(&move, &after, &count, err))
            return false;
    }
    return true;
}

/* ---- a step ------------------------------------------------------------------------------------ */

bool backup_move_step(struct world *world, const char *tenant, int64_t tenant_id, int64_t now_ms,
                      struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct backup_key key;

    if (!store_backup_key_get(world->store, arena, tenant_id, &key, err))
        return false;
    if (key.next_custody != BACKUP_CUSTODY_NONE && key.custody == BACKUP_CUSTODY_SERVICE &&
        !wrap_some(world, tenant, &key, now_ms, err))
        return false;
    if (key.next_custody != BACKUP_CUSTODY_NONE && !end(world, &key, now_ms, err))
        return false;
    forget(world, tenant, &key);
    return settle(world, tenant, &key, err);
}

static bool step_of(struct world *world, struct arena *arena, int64_t tenant_id, int64_t now_ms,
                    struct err *err)
{
    struct tenant tenant;
    bool is_ok;

    if (!store_tenant_get(world->store, arena, tenant_id, &tenant, err))
        return false;
    pthread_mutex_lock(&world->backups->moving);
    is_ok = backup_move_step(world, tenant.name, tenant_id, now_ms, err);
    pthread_mutex_unlock(&world->backups->moving);
    return is_ok || err_within(err, "backup custody of %s", tenant.name);
}

bool backup_custody_tick(struct world *world, int64_t now_ms, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct backup_key *keys;
    int64_t after = 0;
    size_t count = TENANTS_PAGE;
    bool is_ok = true;

    while (world->backups && count == TENANTS_PAGE) {
        if (!store_backup_key_list(world->store, arena, after, TENANTS_PAGE, &keys, &count, err))
            return false;
        for (size_t i = 0; i < count; i++) {
            struct err why;

            after = keys[i].tenant_id;
            if (!step_of(world, arena, after, now_ms, &why)) { /* the others' moves go on */
                *err = why;
                is_ok = false;
            }
        }
    }
    return is_ok;
}
