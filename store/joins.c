#include "store/joins.h"

#include "store/query.h"
#include "store/rows.h"

static void join_from(struct query *q, struct arena *arena, struct device_join *out)
{
    out->id = row_int(q);
    out->tenant_id = row_int(q);
    out->device_id = row_int(q);
    out->former_id = row_int(q);
    out->work_order = row_text(q, arena);
    out->joined_by = row_text(q, arena);
    out->joined_ms = row_int(q);
}

bool store_join_put(struct store *store, const struct device_join *join, int64_t *id, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_device_join_put);

    query_int(&q, join->tenant_id);
    query_int(&q, join->device_id);
    query_int(&q, join->former_id);
    query_text(&q, join->work_order);
    query_text(&q, join->joined_by);
    query_int(&q, join->joined_ms);
    if (!query_run(&q, NULL, err))
        return err->code == ERR_CONFLICT
                   ? FAIL(err, ERR_CONFLICT, "that machine was joined to another already")
                   : false;
    *id = query_inserted_id(&q);
    return true;
}

bool store_join_list(struct store *store, struct arena *arena, int64_t device_id, struct device_join **out,
                     size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_device_join_list);
    struct rows rows = {.arena = arena, .size = sizeof(struct device_join)};
    enum step step;

    query_int(&q, device_id);
    while ((step = query_step(&q, err)) == STEP_ROW)
        join_from(&q, arena, rows_next(&rows));
    if (step == STEP_FAILED)
        return false;
    *out = (struct device_join *)(void *)rows.at;
    *count = rows.count;
    return true;
}

bool store_join_find_former(struct store *store, struct arena *arena, int64_t former_id,
                            struct device_join *out, bool *found, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_device_join_of_former);
    enum step step;

    query_int(&q, former_id);
    step = query_step(&q, err);
    if (step == STEP_ROW)
        join_from(&q, arena, out);
    *found = step == STEP_ROW;
    return step != STEP_FAILED;
}

bool store_join_twins(struct store *store, struct arena *arena, int64_t tenant_id, const char *serial,
                      int64_t device_id, int64_t **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_device_twins);

    query_int(&q, tenant_id);
    query_text(&q, serial);
    query_int(&q, device_id);
    return query_ids(&q, arena, out, count, err);
}
