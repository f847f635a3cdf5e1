#include "store/directors.h"

#include "store/query.h"

bool store_director_root_put(struct store *store, int64_t tenant_id, const struct director_root *root,
                             struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_director_root_put);

    query_int(&q, tenant_id);
    query_int(&q, root->version);
    query_blob(&q, root->bytes);
    query_int(&q, root->signed_ms);
    query_int(&q, root->expires_ms);
    return query_run(&q, NULL, err) ||
           err_within(err, "writing root %lld of the director", (long long)root->version);
}

bool store_director_root_get(struct store *store, struct arena *arena, int64_t tenant_id, int64_t version,
                             struct director_root *out, struct err *err)
{
    AUTO(query_end)
    struct query q = query_new(store, version ? SQL_director_root_get : SQL_director_root_last);
    enum step step;

    query_int(&q, tenant_id);
    if (version)
        query_int(&q, version);
    step = query_step(&q, err);
    if (step == STEP_ROW) {
        out->version = row_int(&q);
        out->bytes = row_blob(&q, arena);
        out->signed_ms = row_int(&q);
        out->expires_ms = row_int(&q);
    }
    return step == STEP_ROW ||
           (step == STEP_DONE && FAIL(err, ERR_NOT_FOUND, "the director has no such root"));
}

bool store_director_get(struct store *store, struct arena *arena, int64_t device_id, struct director *out,
                        struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_director_get);
    struct director director = {.content = "", .keyid = ""};
    enum step step;

    query_int(&q, device_id);
    step = query_step(&q, err);
    if (step == STEP_ROW) {
        director.content = row_text(&q, arena);
        director.keyid = row_text(&q, arena);
        director.version = row_int(&q);
        director.signed_ms = row_int(&q);
        director.expires_ms = row_int(&q);
        director.stamp = row_int(&q);
        director.stamped_ms = row_int(&q);
        director.stamp_expires_ms = row_int(&q);
    }
    if (step != STEP_FAILED)
        *out = director;
    return step != STEP_FAILED;
}

bool store_director_put(struct store *store, int64_t device_id, const struct director *director,
                        struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_director_put);

    query_int(&q, device_id);
    query_text(&q, director->content);
    query_text(&q, director->keyid);
    query_int(&q, director->version);
    query_int(&q, director->signed_ms);
    query_int(&q, director->expires_ms);
    query_int(&q, director->stamp);
    query_int(&q, director->stamped_ms);
    query_int(&q, director->stamp_expires_ms);
    return query_run(&q, NULL, err);
}

bool store_director_file_put(struct store *store, int64_t device_id, const char *role, int64_t version,
                             struct span bytes, int64_t now_ms, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_director_file_put);

    query_int(&q, device_id);
    query_text(&q, role);
    query_int(&q, version);
    query_blob(&q, bytes);
    query_int(&q, now_ms);
    return query_run(&q, NULL, err);
}

bool store_director_file_get(struct store *store, struct arena *arena, int64_t device_id, const char *role,
                             int64_t version, struct span *out, int64_t *created_ms, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_director_file_get);
    enum step step;

    query_int(&q, device_id);
    query_text(&q, role);
    query_int(&q, version);
    step = query_step(&q, err);
    if (step == STEP_ROW) {
        *out = row_blob(&q, arena);
        *created_ms = row_int(&q);
    }
    return step == STEP_ROW || (step == STEP_DONE && FAIL(err, ERR_NOT_FOUND, "no such metadata file"));
}

bool store_director_file_drop(struct store *store, int64_t device_id, const char *role, int64_t below,
                              struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_director_file_drop);

    query_int(&q, device_id);
    query_text(&q, role);
    query_int(&q, below);
    return query_run(&q, NULL, err);
}
