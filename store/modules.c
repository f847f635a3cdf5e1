#include "store/releases.h"

#include "store/query.h"
#include "store/rows.h"

static void module_from(struct query *q, struct arena *arena, struct module *out)
{
    out->id = row_int(q);
    out->tenant_id = row_int(q);
    out->release_id = row_int(q);
    out->component = row_text(q, arena);
    out->version = row_text(q, arena);
    out->filename = row_text(q, arena);
    out->size = row_int(q);
    out->sha256 = row_text(q, arena);
    out->sha1 = row_text(q, arena);
    out->md5 = row_text(q, arena);
    out->position = row_int(q);
}

bool store_module_put(struct store *store, const struct module *module, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_module_put);

    query_int(&q, module->id);
    query_int(&q, module->tenant_id);
    query_int(&q, module->release_id);
    query_text(&q, module->component);
    query_text(&q, module->version);
    query_text(&q, module->filename);
    query_int(&q, module->size);
    query_text(&q, module->sha256);
    query_text(&q, module->sha1);
    query_text(&q, module->md5);
    query_int(&q, module->position);
    return query_run(&q, NULL, err);
}

static bool module_one(struct query *q, struct arena *arena, const char *what, struct module *out,
                       struct err *err)
{
    enum step step = query_step(q, err);

    if (step == STEP_ROW)
        module_from(q, arena, out);
    return step == STEP_ROW || (step == STEP_DONE && FAIL(err, ERR_NOT_FOUND, "no module %s", what));
}

bool store_module_get(struct store *store, struct arena *arena, int64_t tenant_id, int64_t id,
                      struct module *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_module_get);

    query_int(&q, tenant_id);
    query_int(&q, id);
    return module_one(&q, arena, arena_printf(arena, "%lld", (long long)id), out, err);
}

bool store_module_find(struct store *store, struct arena *arena, int64_t tenant_id, const char *family,
                       const char *version, const char *filename, struct module *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_module_find);

    query_int(&q, tenant_id);
    query_text(&q, family);
    query_text(&q, version);
    query_text(&q, filename);
    return module_one(&q, arena, arena_printf(arena, "%s/%s/%s", family, version, filename), out, err);
}

bool store_module_like(struct store *store, struct arena *arena, int64_t tenant_id, const char *family,
                       const struct device_component *running, struct module *out, bool *found,
                       struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_module_like);
    enum step step;

    query_int(&q, tenant_id);
    query_text(&q, family);
    query_text(&q, running->component);
    query_text(&q, running->version);
    query_text(&q, running->sha256);
    step = query_step(&q, err);
    if (step == STEP_ROW)
        module_from(&q, arena, out);
    if (step != STEP_FAILED)
        *found = step == STEP_ROW;
    return step != STEP_FAILED;
}

bool store_module_list(struct store *store, struct arena *arena, int64_t release_id, struct module **out,
                       size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_module_list);
    struct rows rows = {.arena = arena, .size = sizeof(struct module)};
    enum step step;

    query_int(&q, release_id);
    while ((step = query_step(&q, err)) == STEP_ROW)
        module_from(&q, arena, rows_next(&rows));
    if (step == STEP_FAILED)
        return false;
    *out = (struct module *)(void *)rows.at;
    *count = rows.count;
    return true;
}

bool store_signature_put(struct store *store, const struct release_signature *signature, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_signature_put);

    query_int(&q, signature->release_id);
    query_text(&q, signature->keyid);
    query_text(&q, signature->sig);
    query_text(&q, signature->signed_by);
    query_int(&q, signature->created_ms);
    return query_run(&q, NULL, err);
}

bool store_signature_list(struct store *store, struct arena *arena, int64_t release_id,
                          struct release_signature **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_signature_list);
    struct rows rows = {.arena = arena, .size = sizeof(struct release_signature)};
    enum step step;

    query_int(&q, release_id);
    while ((step = query_step(&q, err)) == STEP_ROW) {
        struct release_signature *signature = rows_next(&rows);

        signature->release_id = row_int(&q);
        signature->keyid = row_text(&q, arena);
        signature->sig = row_text(&q, arena);
        signature->signed_by = row_text(&q, arena);
        signature->created_ms = row_int(&q);
    }
    if (step == STEP_FAILED)
        return false;
    *out = (struct release_signature *)(void *)rows.at;
    *count = rows.count;
    return true;
}

bool store_signature_drop(struct store *store, int64_t release_id, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_signature_drop);

    query_int(&q, release_id);
    return query_run(&q, NULL, err);
}
