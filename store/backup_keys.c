#include "store/backup_keys.h"

#include "store/query.h"
#include "store/rows.h"

/* ---- keys ------------------------------------------------------------------------- */

static bool key_from(struct query *q, struct arena *arena, struct backup_key *out, struct err *err)
{
    const char *custody, *next;

    out->tenant_id = row_int(q);
    custody = row_text(q, arena);
    out->recipient = row_text(q, arena);
    next = row_text(q, arena);
    out->next_recipient = row_text(q, arena);
    out->changed_ms = row_int(q);
    return (backup_custody_parse(custody, &out->custody) && backup_custody_parse(next, &out->next_custody)) ||
           FAIL(err, ERR_CORRUPT, "the backup key of tenant %lld rests as '%s', '%s'",
                (long long)out->tenant_id, custody, next);
}

bool store_backup_key_put(struct store *store, const struct backup_key *key, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_backup_key_put);

    query_int(&q, key->tenant_id);
    query_text(&q, backup_custody_name[key->custody]);
    query_text(&q, key->recipient);
    query_text(&q, backup_custody_name[key->next_custody]);
    query_text(&q, key->next_recipient);
    query_int(&q, key->changed_ms);
    return query_run(&q, NULL, err);
}

bool store_backup_key_get(struct store *store, struct arena *arena, int64_t tenant_id, struct backup_key *out,
                          struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_backup_key_get);
    struct backup_key key = {.tenant_id = tenant_id, .recipient = "", .next_recipient = ""};
    enum step step;

    query_int(&q, tenant_id);
    step = query_step(&q, err);
    if (step == STEP_FAILED || (step == STEP_ROW && !key_from(&q, arena, &key, err)))
        return false;
    *out = key;
    return true;
}

bool store_backup_key_list(struct store *store, struct arena *arena, int64_t after, int64_t limit,
                           struct backup_key **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_backup_key_list);
    struct rows rows = {.arena = arena, .size = sizeof(struct backup_key)};
    enum step step;

    query_int(&q, after);
    query_int(&q, limit);
    while ((step = query_step(&q, err)) == STEP_ROW)
        if (!key_from(&q, arena, rows_next(&rows), err))
            return false;
    if (step == STEP_FAILED)
        return false;
    *out = (struct backup_key *)(void *)rows.at;
    *count = rows.count;
    return true;
}

/* ---- rules ------------------------------------------------------------------------- */

static void rule_from(struct query *q, struct arena *arena, struct backup_rule *out)
{
    out->tenant_id = row_int(q);
    out->customer = row_text(q, arena);
    out->keep_last = row_int(q);
    out->keep_daily = row_int(q);
    out->keep_weekly = row_int(q);
    out->keep_monthly = row_int(q);
    out->lock_days = row_int(q);
    out->quota_bytes = row_int(q);
    out->every_h = row_int(q);
    out->escrow = row_text(q, arena);
    out->needs_approval = row_bool(q);
    out->needs_consent = row_bool(q);
}

bool store_backup_rule_put(struct store *store, const struct backup_rule *rule, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_backup_rule_put);

    query_int(&q, rule->tenant_id);
    query_text(&q, rule->customer);
    query_int(&q, rule->keep_last);
    query_int(&q, rule->keep_daily);
    query_int(&q, rule->keep_weekly);
    query_int(&q, rule->keep_monthly);
    query_int(&q, rule->lock_days);
    query_int(&q, rule->quota_bytes);
    query_int(&q, rule->every_h);
    query_text(&q, rule->escrow);
    query_int(&q, rule->needs_approval);
    query_int(&q, rule->needs_consent);
    return query_run(&q, NULL, err);
}

bool store_backup_rule_get(struct store *store, struct arena *arena, int64_t tenant_id, const char *customer,
                           struct backup_rule *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_backup_rule_of);
    struct backup_rule rule = {.tenant_id = tenant_id, .customer = "", .escrow = ""};
    enum step step;

    query_int(&q, tenant_id);
    query_text(&q, customer);
    step = query_step(&q, err);
    if (step == STEP_FAILED)
        return false;
    if (step == STEP_ROW)
        rule_from(&q, arena, &rule);
    *out = rule;
    return true;
}

bool store_backup_rule_list(struct store *store, struct arena *arena, int64_t tenant_id,
                            struct backup_rule **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_backup_rule_list);
    struct rows rows = {.arena = arena, .size = sizeof(struct backup_rule)};
    enum step step;

    query_int(&q, tenant_id);
    while ((step = query_step(&q, err)) == STEP_ROW)
        rule_from(&q, arena, rows_next(&rows));
    if (step == STEP_FAILED)
        return false;
    *out = (struct backup_rule *)(void *)rows.at;
    *count = rows.count;
    return true;
}
