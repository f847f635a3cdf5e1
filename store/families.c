#include "store/releases.h"

#include "store/query.h"
#include "store/rows.h"

static void family_from(struct query *q, struct arena *arena, struct family *out)
{
    out->id = row_int(q);
    out->tenant_id = row_int(q);
    out->name = row_text(q, arena);
    out->threshold = row_int(q);
    out->models = row_text(q, arena);
    out->created_ms = row_int(q);
}

bool store_family_put(struct store *store, const struct family *family, int64_t *id, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_family_put);

    query_int(&q, family->tenant_id);
    query_text(&q, family->name);
    query_int(&q, family->threshold);
    query_text(&q, family->models);
    query_int(&q, family->created_ms);
    if (!query_run(&q, NULL, err))
        return err->code == ERR_CONFLICT
                   ? FAIL(err, ERR_CONFLICT, "there is a family %s already", family->name)
                   : false;
    *id = query_inserted_id(&q);
    return true;
}

bool store_family_get(struct store *store, struct arena *arena, int64_t tenant_id, const char *name,
                      struct family *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_family_get);
    enum step step;

    query_int(&q, tenant_id);
    query_text(&q, name);
    step = query_step(&q, err);
    if (step == STEP_ROW)
        family_from(&q, arena, out);
    return step == STEP_ROW || (step == STEP_DONE && FAIL(err, ERR_NOT_FOUND, "no family %s", name));
}

bool store_family_list(struct store *store, struct arena *arena, int64_t tenant_id, int64_t after,
                       int64_t limit, struct family **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_family_list);
    struct rows rows = {.arena = arena, .size = sizeof(struct family)};
    enum step step;

    query_int(&q, tenant_id);
    query_int(&q, after);
    query_int(&q, limit);
    while ((step = query_step(&q, err)) == STEP_ROW)
        family_from(&q, arena, rows_next(&rows));
    if (step == STEP_FAILED)
        return false;
    *out = (struct family *)(void *)rows.at;
    *count = rows.count;
    return true;
}

bool store_engineer_key_put(struct store *store, const struct engineer_key *key, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_engineer_key_put);

    query_int(&q, key->family_id);
    query_text(&q, key->keyid);
    query_text(&q, key->public_hex);
    query_text(&q, key->name);
    query_int(&q, key->registered_ms);
    if (query_run(&q, NULL, err))
        return true;
    return err->code == ERR_CONFLICT ? FAIL(err, ERR_CONFLICT, "key %s is registered already", key->keyid)
                                     : false;
}

bool store_engineer_key_list(struct store *store, struct arena *arena, int64_t family_id,
                             struct engineer_key **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_engineer_key_list);
    struct rows rows = {.arena = arena, .size = sizeof(struct engineer_key)};
    enum step step;

    query_int(&q, family_id);
    while ((step = query_step(&q, err)) == STEP_ROW) {
        struct engineer_key *key = rows_next(&rows);

        key->family_id = row_int(&q);
        key->keyid = row_text(&q, arena);
        key->public_hex = row_text(&q, arena);
        key->name = row_text(&q, arena);
        key->registered_ms = row_int(&q);
        key->revoked_ms = row_int(&q);
    }
    if (step == STEP_FAILED)
        return false;
    *out = (struct engineer_key *)(void *)rows.at;
    *count = rows.count;
    return true;
}

bool store_engineer_key_revoke(struct store *store, int64_t family_id, const char *keyid, int64_t at_ms,
                               bool *moved, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_engineer_key_revoke);
    int64_t changed;

    query_int(&q, family_id);
    query_text(&q, keyid);
    query_int(&q, at_ms);
    if (!query_run(&q, &changed, err))
        return false;
    *moved = changed > 0;
    return true;
}
