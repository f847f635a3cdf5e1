#include "store/drifts.h"

#include "store/query.h"
#include "store/rows.h"

bool store_drift_put(struct store *store, const struct drift *drift, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_drift_put);

    query_int(&q, drift->action_id);
    query_int(&q, drift->tenant_id);
    query_int(&q, drift->device_id);
    query_int(&q, drift->before_id);
    query_int(&q, drift->after_id);
    return query_run(&q, NULL, err);
}

static void read_row(struct query *q, struct drift *d)
{
    d->action_id = row_int(q);
    d->tenant_id = row_int(q);
    d->device_id = row_int(q);
    d->before_id = row_int(q);
    d->after_id = row_int(q);
}

bool store_drift_pending(struct store *store, struct arena *arena, int64_t limit, struct drift **out,
                         size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_drift_pending);
    struct rows rows = {.arena = arena, .size = sizeof(struct drift)};
    enum step step;

    query_int(&q, limit);
    while ((step = query_step(&q, err)) == STEP_ROW)
        read_row(&q, rows_next(&rows));
    *out = (struct drift *)(void *)rows.at;
    *count = rows.count;
    return step == STEP_DONE;
}

bool store_drift_done(struct store *store, int64_t action_id, const char *state, const char *said,
                      int64_t restore_id, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_drift_done);

    query_int(&q, action_id);
    query_text(&q, state);
    query_text(&q, said);
    query_int(&q, restore_id);
    return query_run(&q, NULL, err);
}

bool store_drift_last(struct store *store, struct arena *arena, int64_t device_id, struct drift *out,
                      bool *has_row, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_drift_last);
    enum step step;

    query_int(&q, device_id);
    step = query_step(&q, err);
    if (step == STEP_ROW) {
        read_row(&q, out);
        out->state = row_text(&q, arena);
        out->said = row_text(&q, arena);
        out->restore_id = row_int(&q);
    }
    *has_row = step == STEP_ROW;
    return step != STEP_FAILED;
}
