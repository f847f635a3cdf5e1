#include "store/holds.h"

#include "store/query.h"
#include "store/rows.h"

/* Reads the columns of HOLD, in that order. */
static bool hold_from(struct query *q, struct arena *arena, struct hold *out, struct err *err)
{
    const char *scope;

    out->id = row_int(q);
    out->tenant_id = row_int(q);
    scope = row_text(q, arena);
    out->object = row_text(q, arena);
    out->reason = row_text(q, arena);
    out->is_customer = row_bool(q);
    out->lets_security = row_bool(q);
    out->from_ms = row_int(q);
    out->until_ms = row_int(q);
    out->created_by = row_text(q, arena);
    out->created_ms = row_int(q);
    out->lifted_by = row_text(q, arena);
    out->lifted_ms = row_int(q);
    return hold_scope_parse(scope, &out->scope) ||
           FAIL(err, ERR_CORRUPT, "hold %lld rests as '%s'", (long long)out->id, scope);
}

static bool hold_many(struct query *q, struct arena *arena, struct hold **out, size_t *count, struct err *err)
{
    struct rows rows = {.arena = arena, .size = sizeof(struct hold)};
    enum step step;

    while ((step = query_step(q, err)) == STEP_ROW)
        if (!hold_from(q, arena, rows_next(&rows), err))
            return false;
    if (step == STEP_FAILED)
        return false;
    *out = (struct hold *)(void *)rows.at;
    *count = rows.count;
    return true;
}

bool store_hold_put(struct store *store, const struct hold *hold, int64_t *id, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_hold_put);

    query_int(&q, hold->tenant_id);
    query_text(&q, hold_scope_name[hold->scope]);
    query_text(&q, hold->object);
    query_text(&q, hold->reason);
    query_int(&q, hold->is_customer);
    query_int(&q, hold->lets_security);
    query_int(&q, hold->from_ms);
    query_int(&q, hold->until_ms);
    query_text(&q, hold->created_by);
    query_int(&q, hold->created_ms);
    if (!query_run(&q, NULL, err))
        return false;
    *id = query_inserted_id(&q);
    return true;
}

bool store_hold_get(struct store *store, struct arena *arena, int64_t tenant_id, int64_t id, struct hold *out,
                    struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_hold_get);
    struct hold *found;
    size_t count;

    query_int(&q, tenant_id);
    query_int(&q, id);
    if (!hold_many(&q, arena, &found, &count, err))
        return false;
    if (count == 0)
        return FAIL(err, ERR_NOT_FOUND, "no hold %lld", (long long)id);
    *out = *found;
    return true;
}

bool store_hold_list(struct store *store, struct arena *arena, int64_t tenant_id, int64_t before,
                     int64_t now_ms, int64_t limit, struct hold **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_hold_list);

    query_int(&q, tenant_id);
    query_int(&q, before > 0 ? before : INT64_MAX);
    query_int(&q, now_ms);
    query_int(&q, limit);
    return hold_many(&q, arena, out, count, err);
}

bool store_hold_standing(struct store *store, struct arena *arena, int64_t tenant_id, struct hold **out,
                         size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_hold_standing);

    query_int(&q, tenant_id);
    return hold_many(&q, arena, out, count, err);
}

bool store_hold_lift(struct store *store, int64_t id, const char *by, int64_t now_ms, bool *moved,
                     struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_hold_lift);
    int64_t changed;

    query_int(&q, id);
    query_text(&q, by);
    query_int(&q, now_ms);
    if (!query_run(&q, &changed, err))
        return false;
    *moved = changed > 0;
    return true;
}
