#include "store/uploads.h"

#include "store/query.h"
#include "store/rows.h"

static void upload_from(struct query *q, struct arena *arena, struct upload *out)
{
    out->id = row_text(q, arena);
    out->tenant_id = row_int(q);
    out->owner = row_text(q, arena);
    out->length = row_int(q);
    out->received = row_int(q);
    out->metadata = row_text(q, arena);
    out->created_ms = row_int(q);
    out->expires_ms = row_int(q);
}

bool store_upload_put(struct store *store, const struct upload *upload, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_upload_put);

    query_text(&q, upload->id);
    query_int(&q, upload->tenant_id);
    query_text(&q, upload->owner);
    query_int(&q, upload->length);
    query_int(&q, upload->received);
    query_text(&q, upload->metadata);
    query_int(&q, upload->created_ms);
    query_int(&q, upload->expires_ms);
    return query_run(&q, NULL, err);
}

bool store_upload_get(struct store *store, struct arena *arena, int64_t tenant_id, const char *id,
                      struct upload *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_upload_get);
    enum step step;

    query_int(&q, tenant_id);
    query_text(&q, id);
    step = query_step(&q, err);
    if (step == STEP_ROW)
        upload_from(&q, arena, out);
    return step == STEP_ROW || (step == STEP_DONE && FAIL(err, ERR_NOT_FOUND, "no upload %s", id));
}

bool store_upload_reach(struct store *store, const char *id, int64_t received, int64_t expires_ms,
                        struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_upload_reach);

    query_text(&q, id);
    query_int(&q, received);
    query_int(&q, expires_ms);
    return query_run(&q, NULL, err);
}

bool store_upload_bound(struct store *store, const char *id, int64_t length, bool *moved, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_upload_bound);
    int64_t changed;

    query_text(&q, id);
    query_int(&q, length);
    if (!query_run(&q, &changed, err))
        return false;
    *moved = changed > 0;
    return true;
}

bool store_upload_drop(struct store *store, const char *id, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_upload_drop);

    query_text(&q, id);
    return query_run(&q, NULL, err);
}

bool store_upload_expired(struct store *store, struct arena *arena, int64_t now_ms, int64_t limit,
                          struct upload **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_upload_expired);
    struct rows rows = {.arena = arena, .size = sizeof(struct upload)};
    enum step step;

    query_int(&q, now_ms);
    query_int(&q, limit);
    while ((step = query_step(&q, err)) == STEP_ROW)
        upload_from(&q, arena, rows_next(&rows));
    if (step == STEP_FAILED)
        return false;
    *out = (struct upload *)(void *)rows.at;
    *count = rows.count;
    return true;
}

static bool figure_of(enum sql sql, struct store *store, int64_t tenant_id, int64_t *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, sql);
    enum step step;

    query_int(&q, tenant_id);
    step = query_step(&q, err);
    if (step == STEP_ROW)
        *out = row_int(&q);
    return step == STEP_ROW || (step == STEP_DONE && FAIL(err, ERR_CORRUPT, "a sum has no row"));
}

bool store_upload_bytes(struct store *store, int64_t tenant_id, int64_t *out, struct err *err)
{
    return figure_of(SQL_upload_bytes, store, tenant_id, out, err);
}

bool store_upload_count(struct store *store, int64_t tenant_id, int64_t *out, struct err *err)
{
    return figure_of(SQL_upload_count, store, tenant_id, out, err);
}

bool store_upload_is_known(struct store *store, const char *id, bool *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_upload_known);
    enum step step;

    query_text(&q, id);
    step = query_step(&q, err);
    if (step == STEP_ROW)
        *out = row_int(&q) > 0;
    return step == STEP_ROW || (step == STEP_DONE && FAIL(err, ERR_CORRUPT, "a count has no row"));
}
