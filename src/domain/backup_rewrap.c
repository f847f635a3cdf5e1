/* Moves out of customer custody: whoever has the customer's identity wraps the headers, and hands them in. */
#include <inttypes.h>

#include "base/text.h"
#include "domain/audit.h"
#include "domain/backup_parts.h"
#include "store/backup_keys.h"
#include "store/backups.h"

struct rewrap {
    struct world *world;
    struct arena *arena;
    const struct who *who;
    struct backup backup;
    struct backup_key key;
    struct span header;
    struct recipients recipients;
    int64_t now_ms;
};

static bool may_rewrap(const struct rewrap *r, struct err *err)
{
    if (r->backup.gone_ms)
        return FAIL(err, ERR_GONE, "backup %" PRId64 " was dropped", r->backup.id);
    if (r->key.next_custody == BACKUP_CUSTODY_NONE)
        return FAIL(err, ERR_CONFLICT, "no move of custody is under way");
    return r->key.custody == BACKUP_CUSTODY_CUSTOMER ||
           FAIL(err, ERR_CONFLICT, "this move is the service's own work");
}

static bool rewrap_check(struct rewrap *r, const char *recipients, struct err *err)
{
    struct recipients wanted;
    struct age_by by;

    if (!recipients_moved(r->arena, r->backup.recipients, r->backup.wrapped_to, r->key.next_recipient,
                          &wanted, err) ||
        !recipients_parse(r->arena, recipients, &r->recipients, err))
        return false;
    if (!recipients_agree(&wanted, &r->recipients))
        return FAIL(err, ERR_INVALID, "the new header's recipients must be %s",
                    recipients_text(r->arena, &wanted));
    if (!recipients_fit_header(r->header, wanted.count, err))
        return false;
    r->recipients = wanted;
    if (r->key.next_custody != BACKUP_CUSTODY_SERVICE)
        return true; /* nobody here could tell; whoever holds the identity answers for it */
    return backup_identities(r->world, r->arena, r->who->tenant, &r->key, &by, err) &&
           backup_opens(r->world, &r->backup, r->header, &by, err);
}

static bool rewrap_keep(struct rewrap *r, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    bool moved;

    if (!tx_begin(&tx, r->world->store, err) ||
        !store_backup_wrap(r->world->store, r->backup.id, r->backup.wrapped_to, r->header,
                           recipients_text(r->arena, &r->recipients), r->key.next_recipient, &moved, err))
        return false;
    if (!moved)
        return FAIL(err, ERR_CONFLICT, "backup %" PRId64 " has just been changed by somebody else",
                    r->backup.id);
    return audit_note(r->world, r->who, "backup.rewrap", arena_printf(r->arena, "%" PRId64, r->backup.id),
                      r->key.next_recipient, r->now_ms, err) &&
           backup_move_end(r->world, &r->key, r->now_ms, err) && tx_commit(&tx, err);
}

static bool rewrap(struct rewrap *r, int64_t id, const char *recipients, struct err *err)
{
    if (!store_backup_get(r->world->store, r->arena, r->who->tenant_id, id, &r->backup, err) ||
        !store_backup_key_get(r->world->store, r->arena, r->who->tenant_id, &r->key, err))
        return false;
    if (!r->backup.gone_ms &&
        text_equal(r->backup.wrapped_to,
                   r->key.next_custody == BACKUP_CUSTODY_NONE ? r->key.recipient : r->key.next_recipient))
        return true; /* asked again */
    if (!may_rewrap(r, err) || !rewrap_check(r, recipients, err) || !rewrap_keep(r, err))
        return false;
    backup_count(r->world, BACKUPS_WRAPPED, 1);
    return backup_move_step(r->world, r->who->tenant, r->who->tenant_id, r->now_ms, err);
}

bool backup_rewrap(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                   struct span header, const char *recipients, int64_t now_ms, struct err *err)
{
    struct rewrap r = {.world = world, .arena = arena, .who = who, .header = header, .now_ms = now_ms};
    bool is_ok;

    if (!world->backups)
        return FAIL(err, ERR_NOT_FOUND, "this service holds no keys of backups");
    pthread_mutex_lock(&world->backups->moving);
    is_ok = rewrap(&r, id, recipients, err);
    pthread_mutex_unlock(&world->backups->moving);
    return is_ok;
}
