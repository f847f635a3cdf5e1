#include "store/device_reports.h"

#include "store/query.h"
#include "store/rows.h"

bool store_device_report_get(struct store *store, struct arena *arena, int64_t device_id,
                             struct device_report_row *out, bool *has, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_device_report_get);
    struct device_report_row row = {.device_id = device_id};
    enum step step;

    query_int(&q, device_id);
    step = query_step(&q, err);
    if (step == STEP_FAILED)
        return false;
    *has = step == STEP_ROW;
    if (!*has)
        return true;
    row.device_id = row_int(&q);
    row.public_key = row_text(&q, arena);
    row.counter = row_int(&q);
    row.report = row_text(&q, arena);
    row.attack = row_text(&q, arena);
    row.image_root = row_int(&q);
    row.director_root = row_int(&q);
    row.received_ms = row_int(&q);
    *out = row;
    return true;
}

bool store_device_report_put(struct store *store, const struct device_report_row *row, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_device_report_put);

    query_int(&q, row->device_id);
    query_text(&q, row->public_key);
    query_int(&q, row->counter);
    query_text(&q, row->report);
    query_text(&q, row->attack);
    query_int(&q, row->image_root);
    query_int(&q, row->director_root);
    query_int(&q, row->received_ms);
    return query_run(&q, NULL, err);
}

bool store_device_report_drop(struct store *store, int64_t device_id, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_device_report_drop);

    query_int(&q, device_id);
    return query_run(&q, NULL, err) && store_report_seen_prune(store, device_id, INT64_MAX, err);
}

bool store_report_seen_get(struct store *store, struct arena *arena, int64_t device_id, int64_t counter,
                           const char **digest, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_report_seen_get);
    enum step step;

    query_int(&q, device_id);
    query_int(&q, counter);
    step = query_step(&q, err);
    if (step == STEP_FAILED)
        return false;
    *digest = step == STEP_ROW ? row_text(&q, arena) : "";
    return true;
}

bool store_report_seen_put(struct store *store, int64_t device_id, int64_t counter, const char *digest,
                           struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_report_seen_put);

    query_int(&q, device_id);
    query_int(&q, counter);
    query_text(&q, digest);
    return query_run(&q, NULL, err);
}

bool store_report_seen_oldest(struct store *store, int64_t device_id, int64_t *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_report_seen_oldest);

    query_int(&q, device_id);
    return query_figure(&q, out, err);
}

bool store_report_seen_prune(struct store *store, int64_t device_id, int64_t counter, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_report_seen_prune);

    query_int(&q, device_id);
    query_int(&q, counter);
    return query_run(&q, NULL, err);
}

bool store_device_report_roots(struct store *store, int64_t tenant_id, int64_t image_root,
                               int64_t director_root, int64_t *confirmed, int64_t *reporting, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_device_report_roots);

    query_int(&q, tenant_id);
    query_int(&q, image_root);
    query_int(&q, director_root);
    if (query_step(&q, err) != STEP_ROW)
        return false;
    *reporting = row_int(&q);
    *confirmed = row_int(&q);
    return true;
}

bool store_device_report_attacks(struct store *store, struct arena *arena, int64_t tenant_id,
                                 struct attack_row **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_device_report_attacks);
    struct rows rows = {.arena = arena, .size = sizeof(struct attack_row)};
    enum step step;

    query_int(&q, tenant_id);
    while ((step = query_step(&q, err)) == STEP_ROW) {
        struct attack_row *row = rows_next(&rows);

        row->attack = row_text(&q, arena);
        row->devices = row_int(&q);
    }
    if (step == STEP_FAILED)
        return false;
    *out = (struct attack_row *)(void *)rows.at;
    *count = rows.count;
    return true;
}
