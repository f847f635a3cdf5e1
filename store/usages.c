#include "store/usages.h"

#include "store/query.h"

bool store_usage_get(struct store *store, int64_t device_id, struct usage *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_usage_get);
    struct usage u = {.device_id = device_id};
    enum step step;

    query_int(&q, device_id);
    step = query_step(&q, err);
    if (step == STEP_FAILED)
        return false;
    if (step == STEP_ROW) {
        u.device_id = row_int(&q);
        u.last_day = row_int(&q);
        u.days = row_int(&q);
        u.pages = row_int(&q);
        u.faults = row_int(&q);
        u.low = row_int(&q);
        u.action_id = row_int(&q);
        u.after_days = row_int(&q);
        u.after_pages = row_int(&q);
        u.after_faults = row_int(&q);
        u.after_low = row_int(&q);
        u.fault_score = row_int(&q);
        u.drop_score = row_int(&q);
    }
    *out = u;
    return true;
}

bool store_usage_put(struct store *store, const struct usage *u, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_usage_put);

    query_int(&q, u->device_id);
    query_int(&q, u->last_day);
    query_int(&q, u->days);
    query_int(&q, u->pages);
    query_int(&q, u->faults);
    query_int(&q, u->low);
    query_int(&q, u->action_id);
    query_int(&q, u->after_days);
    query_int(&q, u->after_pages);
    query_int(&q, u->after_faults);
    query_int(&q, u->after_low);
    query_int(&q, u->fault_score);
    query_int(&q, u->drop_score);
    return query_run(&q, NULL, err);
}

bool store_usage_hours_get(struct store *store, struct arena *arena, int64_t device_id, const char **out,
                           struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_usage_hours_get);
    enum step step;

    query_int(&q, device_id);
    step = query_step(&q, err);
    if (step == STEP_FAILED)
        return false;
    *out = step == STEP_ROW ? row_text(&q, arena) : "";
    return true;
}

bool store_usage_hours_put(struct store *store, int64_t device_id, const char *sums, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_usage_hours_put);

    query_int(&q, device_id);
    query_text(&q, sums);
    return query_run(&q, NULL, err);
}

bool store_usage_add(struct store *store, int64_t rollout_id, int64_t stage, const struct usage_sum *part,
                     struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_usage_add);

    query_int(&q, rollout_id);
    query_int(&q, stage);
    query_int(&q, part->devices);
    query_int(&q, part->days);
    query_int(&q, part->faults);
    query_int(&q, part->pages);
    query_int(&q, part->due_faults);
    query_int(&q, part->due_pages);
    query_int(&q, part->fault_score);
    query_int(&q, part->drop_score);
    return query_run(&q, NULL, err);
}

bool store_usage_sums(struct store *store, int64_t rollout_id, struct usage_sum *out, size_t stages,
                      struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_usage_sums);
    enum step step;

    memset(out, 0, sizeof(*out) * stages);
    query_int(&q, rollout_id);
    while ((step = query_step(&q, err)) == STEP_ROW) {
        int64_t stage = row_int(&q);
        struct usage_sum sum;

        sum.devices = row_int(&q);
        sum.days = row_int(&q);
        sum.faults = row_int(&q);
        sum.pages = row_int(&q);
        sum.due_faults = row_int(&q);
        sum.due_pages = row_int(&q);
        sum.fault_score = row_int(&q);
        sum.drop_score = row_int(&q);
        if (stage >= 0 && (size_t)stage < stages)
            out[stage] = sum;
    }
    return step == STEP_DONE;
}
