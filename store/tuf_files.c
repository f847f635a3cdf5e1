#include "store/tuf_files.h"

#include "store/query.h"
#include "store/rows.h"

static bool file_write(struct store *store, enum sql sql, int64_t tenant_id, const char *name,
                       struct span bytes, int64_t now_ms, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, sql);

    query_int(&q, tenant_id);
    query_text(&q, name);
    query_blob(&q, bytes);
    query_int(&q, now_ms);
    return query_run(&q, NULL, err) || err_within(err, "writing %s", name);
}

bool store_tuf_file_put(struct store *store, int64_t tenant_id, const char *name, struct span bytes,
                        int64_t now_ms, struct err *err)
{
    return file_write(store, SQL_tuf_file_put, tenant_id, name, bytes, now_ms, err);
}

bool store_tuf_file_replace(struct store *store, int64_t tenant_id, const char *name, struct span bytes,
                            int64_t now_ms, struct err *err)
{
    return file_write(store, SQL_tuf_file_replace, tenant_id, name, bytes, now_ms, err);
}

bool store_tuf_file_get(struct store *store, struct arena *arena, int64_t tenant_id, const char *name,
                        struct span *out, int64_t *created_ms, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_tuf_file_get);
    enum step step;

    query_int(&q, tenant_id);
    query_text(&q, name);
    step = query_step(&q, err);
    if (step == STEP_ROW) {
        *out = row_blob(&q, arena);
        *created_ms = row_int(&q);
    }
    return step == STEP_ROW || (step == STEP_DONE && FAIL(err, ERR_NOT_FOUND, "no metadata file %s", name));
}

bool store_tuf_role_put(struct store *store, int64_t tenant_id, const struct tuf_role_row *row,
                        struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_tuf_role_put);

    query_int(&q, tenant_id);
    query_text(&q, row->role);
    query_int(&q, row->version);
    query_int(&q, row->signed_ms);
    query_int(&q, row->expires_ms);
    return query_run(&q, NULL, err);
}

bool store_tuf_role_list(struct store *store, struct arena *arena, int64_t tenant_id,
                         struct tuf_role_row **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_tuf_role_list);
    struct rows rows = {.arena = arena, .size = sizeof(struct tuf_role_row)};
    enum step step;

    query_int(&q, tenant_id);
    while ((step = query_step(&q, err)) == STEP_ROW) {
        struct tuf_role_row *row = rows_next(&rows);

        row->role = row_text(&q, arena);
        row->version = row_int(&q);
        row->signed_ms = row_int(&q);
        row->expires_ms = row_int(&q);
    }
    if (step == STEP_FAILED)
        return false;
    *out = (struct tuf_role_row *)(void *)rows.at;
    *count = rows.count;
    return true;
}
