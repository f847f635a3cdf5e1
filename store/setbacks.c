#include "store/setbacks.h"

#include "store/query.h"

bool store_setback_put(struct store *store, int64_t tenant_id, const struct setback *setback, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_setback_put);

    query_int(&q, tenant_id);
    query_text(&q, setback_kind_name[setback->kind]);
    query_int(&q, setback->noticed_ms);
    query_int(&q, setback->had_no);
    query_int(&q, setback->seen_no);
    query_text(&q, setback->digest);
    query_int(&q, setback->backup_ms);
    return query_run(&q, NULL, err);
}

bool store_setback_get(struct store *store, struct arena *arena, int64_t tenant_id, struct setback *out,
                       struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_setback_get);
    struct setback row = {.kind = SETBACK_NONE, .digest = ""};
    const char *kind;
    enum step step;

    query_int(&q, tenant_id);
    step = query_step(&q, err);
    if (step == STEP_FAILED)
        return false;
    if (step == STEP_ROW) {
        kind = row_text(&q, arena);
        row.noticed_ms = row_int(&q);
        row.had_no = row_int(&q);
        row.seen_no = row_int(&q);
        row.digest = row_text(&q, arena);
        row.backup_ms = row_int(&q);
        row.accepted_ms = row_int(&q);
        if (!setback_kind_parse(kind, &row.kind))
            return FAIL(err, ERR_CORRUPT, "\"%s\" is no kind of a database that was put back", kind);
    }
    *out = row;
    return true;
}

bool store_setback_accept(struct store *store, int64_t tenant_id, int64_t now_ms, bool *moved,
                          struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_setback_accept);
    int64_t changed = 0;

    query_int(&q, tenant_id);
    query_int(&q, now_ms);
    if (!query_run(&q, &changed, err))
        return false;
    *moved = changed > 0;
    return true;
}
