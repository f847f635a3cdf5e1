#include <inttypes.h>

#include "base/text.h"
#include "domain/audit.h"
#include "domain/backup.h"
#include "domain/backup_parts.h"
#include "store/backup_keys.h"
#include "store/backups.h"

bool backup_terms_get(struct world *world, struct arena *arena, const struct device *device,
                      struct backup_terms *out, struct err *err)
{
    struct backup_terms terms;

    if (!store_backup_key_get(world->store, arena, device->tenant_id, &terms.key, err) ||
        !store_backup_rule_get(world->store, arena, device->tenant_id, device->customer, &terms.rule, err))
        return false;
    if (terms.key.custody == BACKUP_CUSTODY_NONE)
        return FAIL(err, ERR_NOT_FOUND, "this tenant takes no backups yet");
    *out = terms;
    return true;
}

static bool add_new(struct arena *arena, struct recipients *to, const char *text, struct err *err)
{
    return text_blank(text) || recipients_have(to, text) || recipients_add(arena, to, text, err);
}

static bool add_escrow(struct arena *arena, const struct backup_rule *rule, struct recipients *to,
                       struct err *err)
{
    struct recipients escrow;

    if (!recipients_parse(arena, rule->escrow, &escrow, err))
        return false;
    for (size_t i = 0; i < escrow.count; i++)
        if (!add_new(arena, to, escrow.text[i], err))
            return false;
    return true;
}

/* In a move a new backup is for both: then whoever opens backups can open it before and after the end. */
static bool wanted(struct arena *arena, const struct backup_terms *terms, const char *own, bool with_next,
                   struct recipients *out, struct err *err)
{
    struct recipients list = {0};

    if (!add_new(arena, &list, terms->key.recipient, err) || !add_new(arena, &list, own, err) ||
        !add_escrow(arena, &terms->rule, &list, err) ||
        (with_next && !add_new(arena, &list, terms->key.next_recipient, err)))
        return false;
    *out = list;
    return true;
}

bool backup_terms_fit(struct arena *arena, const struct backup_terms *terms, const struct device *device,
                      const struct recipients *named, const char **text, struct err *err)
{
    struct recipients list;

    for (int with_next = 1; with_next >= 0; with_next--) {
        if (!wanted(arena, terms, device->recipient, with_next, &list, err))
            return false;
        if (recipients_agree(&list, named)) {
            *text = recipients_text(arena, &list);
            return true;
        }
    }
    return FAIL(err, ERR_CONFLICT, "a backup of %s is sealed to exactly these: %s", device->controller_id,
                recipients_text(arena, &list));
}

bool backup_offer(struct world *world, struct arena *arena, const struct device *device,
                  struct backup_offer *out, struct err *err)
{
    struct backup_terms terms;
    struct recipients list;

    if (!backup_terms_get(world, arena, device, &terms, err) || !wanted(arena, &terms, "", true, &list, err))
        return false;
    *out = (struct backup_offer){
        .custody = terms.key.custody,
        .recipients = recipients_text(arena, &list),
        .max_bytes = world->settings->backup_max_bytes,
        .wanted = device->wants_backup_ms ? device->wants_backup_why : NULL,
    };
    return true;
}

bool backup_recipient_put(struct world *world, const struct who *who, const char *recipient, int64_t now_ms,
                          struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct age_recipient point;

    if (!age_recipient_parse(span_of(recipient), &point, err))
        return false;
    if (text_equal(who->device->recipient, recipient))
        return true;
    return tx_begin(&tx, world->store, err) &&
           store_device_recipient_put(world->store, who->device->id, recipient, err) &&
           audit_note(world, who, "device.recipient", who->name, recipient, now_ms, err) &&
           tx_commit(&tx, err);
}

bool backup_quota_fits(struct world *world, const struct backup_rule *rule, int64_t tenant_id,
                       const char *customer, int64_t more, struct err *err)
{
    int64_t bytes;

    if (rule->quota_bytes == 0)
        return true;
    if (!store_backup_bytes(world->store, tenant_id, customer, &bytes, err))
        return false;
    return bytes + more <= rule->quota_bytes || FAIL(err, ERR_TOO_MANY,
                                                     "backups of customer \"%s\" hold %" PRId64 " of %" PRId64
                                                     " bytes; drop some, or agree on more",
                                                     customer, bytes, rule->quota_bytes);
}

/* ---- rules ---------------------------------------------------------------------------- */

static bool rule_check(struct world *world, struct arena *arena, const struct backup_rule *rule,
                       struct err *err)
{
    struct backup_key key;
    struct recipients escrow;

    if (!recipients_parse(arena, rule->escrow, &escrow, err) ||
        !store_backup_key_get(world->store, arena, rule->tenant_id, &key, err))
        return err_within(err, "escrow");
    if (escrow.count > BACKUP_ESCROW_MAX)
        return FAIL(err, ERR_INVALID, "escrow has at most %d recipients", BACKUP_ESCROW_MAX);
    return !recipients_have(&escrow, key.recipient) ||
           FAIL(err, ERR_INVALID, "the tenant's own recipient is no escrow");
}

bool backup_rule_put(struct world *world, struct arena *arena, const struct who *who,
                     const struct backup_rule *rule, int64_t now_ms, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};

    return rule_check(world, arena, rule, err) && tx_begin(&tx, world->store, err) &&
           store_backup_rule_put(world->store, rule, err) &&
           audit_note(world, who, "backup.rule", rule->customer,
                      arena_printf(arena,
                                   "keep %" PRId64 " last %" PRId64 " daily %" PRId64 " weekly %" PRId64
                                   " monthly, lock %" PRId64 " days",
                                   rule->keep_last, rule->keep_daily, rule->keep_weekly, rule->keep_monthly,
                                   rule->lock_days),
                      now_ms, err) &&
           tx_commit(&tx, err);
}

bool backup_rule_list(struct world *world, struct arena *arena, int64_t tenant_id, struct backup_rule **out,
                      size_t *count, struct err *err)
{
    return store_backup_rule_list(world->store, arena, tenant_id, out, count, err);
}
