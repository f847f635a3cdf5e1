#include "store/quarantines.h"

#include "store/query.h"

bool store_quarantine_put(struct store *store, const struct device *device, int64_t at_ms, const char *why,
                          struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_quarantine_put);

    query_int(&q, device->id);
    query_int(&q, device->tenant_id);
    query_int(&q, at_ms);
    query_text(&q, why);
    return query_run(&q, NULL, err);
}

bool store_quarantine_get(struct store *store, struct arena *arena, int64_t device_id,
                          struct device_quarantine *out, bool *has, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_quarantine_get);
    struct device_quarantine row;
    enum step step;

    query_int(&q, device_id);
    step = query_step(&q, err);
    if (step == STEP_FAILED)
        return false;
    *has = step == STEP_ROW;
    if (!*has)
        return true;
    row.at_ms = row_int(&q);
    row.why = row_text(&q, arena);
    *out = row;
    return true;
}

bool store_quarantine_drop(struct store *store, int64_t device_id, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_quarantine_drop);

    query_int(&q, device_id);
    return query_run(&q, NULL, err);
}

bool store_quarantine_count(struct store *store, int64_t tenant_id, int64_t *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_quarantine_count);

    query_int(&q, tenant_id);
    return query_figure(&q, out, err);
}
