#include "store/trusts.h"

#include "store/query.h"
#include "store/rows.h"

static bool drop(struct store *store, enum sql sql, int64_t tenant_id, const char *role, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, sql);

    query_int(&q, tenant_id);
    query_text(&q, role);
    return query_run(&q, NULL, err);
}

bool store_trust_put(struct store *store, int64_t tenant_id, const struct trust_row *row, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_trust_stage_put);

    query_int(&q, tenant_id);
    query_text(&q, row->role);
    query_int(&q, row->version);
    query_int(&q, row->expires_ms);
    query_text(&q, row->to_sign);
    query_text(&q, row->created_by);
    query_int(&q, row->created_ms);
    return query_run(&q, NULL, err) && drop(store, SQL_trust_signature_drop, tenant_id, row->role, err);
}

bool store_trust_list(struct store *store, struct arena *arena, int64_t tenant_id, struct trust_row **out,
                      size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_trust_stage_list);
    struct rows rows = {.arena = arena, .size = sizeof(struct trust_row)};
    enum step step;

    query_int(&q, tenant_id);
    while ((step = query_step(&q, err)) == STEP_ROW) {
        struct trust_row *row = rows_next(&rows);

        row->role = row_text(&q, arena);
        row->version = row_int(&q);
        row->expires_ms = row_int(&q);
        row->to_sign = row_text(&q, arena);
        row->created_by = row_text(&q, arena);
        row->created_ms = row_int(&q);
    }
    if (step == STEP_FAILED)
        return false;
    *out = (struct trust_row *)(void *)rows.at;
    *count = rows.count;
    return true;
}

bool store_trust_drop(struct store *store, int64_t tenant_id, const char *role, struct err *err)
{
    return drop(store, SQL_trust_signature_drop, tenant_id, role, err) &&
           drop(store, SQL_trust_stage_drop, tenant_id, role, err);
}

bool store_trust_signature_put(struct store *store, int64_t tenant_id, const char *role,
                               const struct trust_signature *row, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_trust_signature_put);

    query_int(&q, tenant_id);
    query_text(&q, role);
    query_text(&q, row->keyid);
    query_text(&q, row->sig);
    query_text(&q, row->handed_by);
    query_int(&q, row->created_ms);
    return query_run(&q, NULL, err);
}

bool store_trust_signature_list(struct store *store, struct arena *arena, int64_t tenant_id, const char *role,
                                struct trust_signature **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_trust_signature_list);
    struct rows rows = {.arena = arena, .size = sizeof(struct trust_signature)};
    enum step step;

    query_int(&q, tenant_id);
    query_text(&q, role);
    while ((step = query_step(&q, err)) == STEP_ROW) {
        struct trust_signature *row = rows_next(&rows);

        row->keyid = row_text(&q, arena);
        row->sig = row_text(&q, arena);
        row->handed_by = row_text(&q, arena);
        row->created_ms = row_int(&q);
    }
    if (step == STEP_FAILED)
        return false;
    *out = (struct trust_signature *)(void *)rows.at;
    *count = rows.count;
    return true;
}
