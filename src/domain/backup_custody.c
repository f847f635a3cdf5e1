#include "domain/backup_custody.h"

#include "base/text.h"
#include "domain/audit.h"
#include "domain/backup_parts.h"
#include "store/backup_keys.h"
#include "store/backups.h"
#include "store/tenants.h"

/* ---- looking ---------------------------------------------------------------------- */

bool backup_custody_get(struct world *world, struct arena *arena, int64_t tenant_id,
                        struct backup_custody_view *out, struct err *err)
{
    struct backup_custody_view view = {0};
    bool is_here;

    if (!store_backup_key_get(world->store, arena, tenant_id, &view.key, err))
        return false;
    if (view.key.next_custody != BACKUP_CUSTODY_NONE &&
        !store_backup_to_move_count(world->store, tenant_id, view.key.next_recipient, &view.left, err))
        return false;
    is_here = view.key.custody == BACKUP_CUSTODY_SERVICE || view.key.next_custody == BACKUP_CUSTODY_SERVICE;
    view.is_locked = is_here && world->backups && !atomic_load(&world->backups->is_unlocked);
    *out = view;
    return true;
}

bool backup_identities(struct world *world, struct arena *arena, const char *tenant,
                       const struct backup_key *key, struct age_by *out, struct err *err)
{
    const struct age_identity **list = ARENA_MANY(arena, const struct age_identity *, 2);
    size_t count = 0;

    if (key->custody == BACKUP_CUSTODY_SERVICE &&
        !backup_identity_borrow(world, arena, tenant, key->recipient, &list[count++], err))
        return false;
    if (key->next_custody == BACKUP_CUSTODY_SERVICE &&
        !backup_identity_borrow(world, arena, tenant, key->next_recipient, &list[count++], err))
        return false;
    if (count == 0)
        return FAIL(err, ERR_CONFLICT, "%s",
                    key->custody == BACKUP_CUSTODY_NONE
                        ? "this tenant has no backup custody yet; see `nightshift backup custody`"
                        : "the customer alone opens these backups: use the command `nightshift` with "
                          "--identity FILE");
    *out = (struct age_by){list, count};
    return true;
}

bool backup_custody_identities(struct world *world, struct arena *arena, const struct tenant *tenant,
                               struct age_by *out, struct err *err)
{
    struct backup_key key;

    return store_backup_key_get(world->store, arena, tenant->id, &key, err) &&
           backup_identities(world, arena, tenant->name, &key, out, err);
}

/* ---- the first custody --------------------------------------------------------------- */

bool backup_custody_found(struct world *world, int64_t tenant_id, const char *tenant, int64_t now_ms,
                          struct err *err)
{
    char recipient[AGE_RECIPIENT_CHARS + 1];
    struct backup_key key = {.tenant_id = tenant_id,
                             .custody = BACKUP_CUSTODY_SERVICE,
                             .next_recipient = "",
                             .changed_ms = now_ms};

    if (!backup_identity_make(world, tenant, IDENTITY_CURRENT, recipient, err))
        return false;
    key.recipient = recipient;
    return store_backup_key_put(world->store, &key, err);
}

/* ---- a move begins ------------------------------------------------------------------------ */

struct wish {
    enum backup_custody custody;
    const char *recipient; /* CUSTOMER: theirs */
};

static bool wish_check(const struct wish *wish, const struct backup_key *key, struct err *err)
{
    struct age_recipient point;

    if (wish->custody != BACKUP_CUSTODY_SERVICE && wish->custody != BACKUP_CUSTODY_CUSTOMER)
        return FAIL(err, ERR_INVALID, "custody is service or customer");
    if (wish->custody == BACKUP_CUSTODY_SERVICE)
        return text_blank(wish->recipient) ||
               FAIL(err, ERR_INVALID, "in service custody the service makes the recipient itself");
    if (text_blank(wish->recipient))
        return FAIL(err, ERR_INVALID, "customer custody needs the customer's recipient, \"age1...\"");
    if (!age_recipient_parse(span_of(wish->recipient), &point, err))
        return false;
    return key->custody != BACKUP_CUSTODY_SERVICE || !text_equal(wish->recipient, key->recipient) ||
           FAIL(err, ERR_CONFLICT, "that recipient is the service's own");
}

/* What is wished is so, or is under way. Service custody once more is a new key. */
static bool is_so(const struct wish *wish, const struct backup_key *key)
{
    if (key->next_custody != BACKUP_CUSTODY_NONE)
        return key->next_custody == wish->custody &&
               (wish->custody == BACKUP_CUSTODY_SERVICE || text_equal(key->next_recipient, wish->recipient));
    return key->custody == BACKUP_CUSTODY_CUSTOMER && wish->custody == BACKUP_CUSTODY_CUSTOMER &&
           text_equal(key->recipient, wish->recipient);
}

/* The identity is on disk before a row names it; one that no row names is not taken for another move. */
static bool wish_recipient(struct world *world, const struct who *who, const struct backup_key *key,
                           const struct wish *wish, char recipient[AGE_RECIPIENT_CHARS + 1], struct err *err)
{
    enum identity_file file = key->custody == BACKUP_CUSTODY_NONE ? IDENTITY_CURRENT : IDENTITY_NEXT;

    if (wish->custody == BACKUP_CUSTODY_CUSTOMER) {
        memcpy(recipient, wish->recipient, AGE_RECIPIENT_CHARS + 1);
        return true;
    }
    return (file == IDENTITY_CURRENT || backup_identity_destroy(world, who->tenant, file, err)) &&
           backup_identity_make(world, who->tenant, file, recipient, err);
}

static bool begin(struct world *world, struct arena *arena, const struct who *who, struct backup_key *key,
                  const struct wish *wish, int64_t now_ms, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    char recipient[AGE_RECIPIENT_CHARS + 1];
    const char *object = arena_printf(arena, "%s -> %s", backup_custody_name[key->custody],
                                      backup_custody_name[wish->custody]);

    if (!wish_recipient(world, who, key, wish, recipient, err))
        return false;
    key->tenant_id = who->tenant_id;
    key->changed_ms = now_ms;
    if (key->custody == BACKUP_CUSTODY_NONE) {
        key->custody = wish->custody;
        key->recipient = recipient;
    } else {
        key->next_custody = wish->custody;
        key->next_recipient = recipient;
    }
    return tx_begin(&tx, world->store, err) && store_backup_key_put(world->store, key, err) &&
           audit_note(world, who, "backup.custody", object, recipient, now_ms, err) && tx_commit(&tx, err);
}

static bool move(struct world *world, struct arena *arena, const struct who *who, const struct wish *wish,
                 int64_t now_ms, struct err *err)
{
    struct backup_key key;

    if (!store_backup_key_get(world->store, arena, who->tenant_id, &key, err) || !wish_check(wish, &key, err))
        return false;
    if (is_so(wish, &key)) /* asked again: a step further */
        return backup_move_step(world, who->tenant, who->tenant_id, now_ms, err);
    if (key.next_custody != BACKUP_CUSTODY_NONE)
        return FAIL(err, ERR_CONFLICT,
                    "a move to %s custody is under way; it ends when every header is wrapped",
                    backup_custody_name[key.next_custody]);
    return begin(world, arena, who, &key, wish, now_ms, err) &&
           backup_move_step(world, who->tenant, who->tenant_id, now_ms, err);
}

bool backup_custody_move(struct world *world, struct arena *arena, const struct who *who,
                         enum backup_custody custody, const char *recipient, int64_t now_ms,
                         struct backup_custody_view *out, struct err *err)
{
    const struct wish wish = {custody, recipient ? recipient : ""};
    bool is_ok;

    if (!world->backups)
        return FAIL(err, ERR_NOT_FOUND, "this service holds no keys of backups");
    pthread_mutex_lock(&world->backups->moving);
    is_ok = move(world, arena, who, &wish, now_ms, err);
    pthread_mutex_unlock(&world->backups->moving);
    return is_ok && backup_custody_get(world, arena, who->tenant_id, out, err);
}
