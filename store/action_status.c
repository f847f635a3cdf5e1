#include "store/actions.h"

#include "store/query.h"
#include "store/rows.h"

static bool status_insert(struct store *store, const struct action_status *status, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_action_status_put);

    query_int(&q, status->action_id);
    query_int(&q, status->at_ms);
    query_text(&q, status->type);
    query_int(&q, status->code);
    query_text(&q, status->messages);
    return query_run(&q, NULL, err);
}

bool store_action_status_put(struct store *store, const struct action_status *status, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_action_status_count);

    query_int(&q, status->action_id);
    return status_insert(store, status, err) && query_run(&q, NULL, err);
}

bool store_action_status_list(struct store *store, struct arena *arena, int64_t action_id, int64_t before,
                              int64_t limit, struct action_status **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_action_status_list);
    struct rows rows = {.arena = arena, .size = sizeof(struct action_status)};
    enum step step;

    query_int(&q, action_id);
    query_int(&q, before > 0 ? before : INT64_MAX);
    query_int(&q, limit);
    while ((step = query_step(&q, err)) == STEP_ROW) {
        struct action_status *status = rows_next(&rows);

        status->id = row_int(&q);
        status->action_id = row_int(&q);
        status->at_ms = row_int(&q);
        status->type = row_text(&q, arena);
        status->code = row_int(&q);
        status->messages = row_text(&q, arena);
    }
    if (step == STEP_FAILED)
        return false;
    *out = (struct action_status *)(void *)rows.at;
    *count = rows.count;
    return true;
}
