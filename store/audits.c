#include "store/audits.h"

#include "store/query.h"
#include "store/rows.h"

static void row_audit(struct query *q, struct arena *arena, struct audit *out)
{
    out->id = row_int(q);
    out->tenant_id = row_int(q);
    out->at_ms = row_int(q);
    out->who = row_text(q, arena);
    out->role = row_text(q, arena);
    out->what = row_text(q, arena);
    out->object = row_text(q, arena);
    out->detail = row_text(q, arena);
    out->source = row_text(q, arena);
    out->request_id = row_text(q, arena);
}

bool store_audit_put(struct store *store, const struct audit *audit, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_audit_put);

    query_int(&q, audit->tenant_id);
    query_int(&q, audit->at_ms);
    query_text(&q, audit->who);
    query_text(&q, audit->role);
    query_text(&q, audit->what);
    query_text(&q, audit->object);
    query_text(&q, audit->detail);
    query_text(&q, audit->source);
    query_text(&q, audit->request_id);
    return query_run(&q, NULL, err) || err_within(err, "audit %s", audit->what);
}

bool store_audit_list(struct store *store, struct arena *arena, int64_t tenant_id, int64_t before,
                      int64_t limit, struct audit **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_audit_list);
    struct rows rows = {.arena = arena, .size = sizeof(**out)};
    enum step step;

    query_int(&q, tenant_id);
    query_int(&q, before ? before : INT64_MAX);
    query_int(&q, limit);
    while ((step = query_step(&q, err)) == STEP_ROW)
        row_audit(&q, arena, rows_next(&rows));
    if (step == STEP_FAILED)
        return err_within(err, "listing the audit log");
    *out = (struct audit *)rows.at;
    *count = rows.count;
    return true;
}
