#include "store/releases.h"

#include "store/query.h"
#include "store/rows.h"

static bool release_from(struct query *q, struct arena *arena, struct release *out, struct err *err)
{
    const char *state;

    out->id = row_int(q);
    out->tenant_id = row_int(q);
    out->family = row_text(q, arena);
    out->version = row_text(q, arena);
    out->counter = row_int(q);
    state = row_text(q, arena);
    out->is_foreign = row_bool(q);
    out->is_security = row_bool(q);
    out->min_version = row_text(q, arena);
    out->minutes = row_int(q);
    out->reboots = row_int(q);
    out->is_reversible = row_bool(q);
    out->models = row_text(q, arena);
    out->manifest = row_text(q, arena);
    out->package_sha256 = row_text(q, arena);
    out->package_size = row_int(q);
    out->sbom_sha256 = row_text(q, arena);
    out->to_sign = row_text(q, arena);
    out->to_sign_version = row_int(q);
    out->created_by = row_text(q, arena);
    out->created_ms = row_int(q);
    out->published_ms = row_int(q);
    out->withdrawn_ms = row_int(q);
    return release_state_parse(state, &out->state) ||
           FAIL(err, ERR_CORRUPT, "release %lld has the state \"%s\"", (long long)out->id, state);
}

bool store_release_put(struct store *store, const struct release *release, int64_t *id, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_release_put);

    query_int(&q, release->tenant_id);
    query_text(&q, release->family);
    query_text(&q, release->version);
    query_int(&q, release->counter);
    query_text(&q, release_state_name[release->state]);
    query_int(&q, release->is_foreign);
    query_int(&q, release->is_security);
    query_text(&q, release->min_version);
    query_int(&q, release->minutes);
    query_int(&q, release->reboots);
    query_int(&q, release->is_reversible);
    query_text(&q, release->models);
    query_text(&q, release->manifest);
    query_text(&q, release->package_sha256);
    query_int(&q, release->package_size);
    query_text(&q, release->sbom_sha256);
    query_text(&q, release->created_by);
    query_int(&q, release->created_ms);
    if (!query_run(&q, NULL, err))
        return false;
    *id = query_inserted_id(&q);
    return true;
}

/* The one row of a query that is bound, or ERR_NOT_FOUND in the caller's words. */
static bool release_one(struct query *q, struct arena *arena, const char *what, struct release *out,
                        struct err *err)
{
    struct release found;
    enum step step = query_step(q, err);

    if (step == STEP_DONE)
        return FAIL(err, ERR_NOT_FOUND, "no release %s", what);
    if (step == STEP_FAILED || !release_from(q, arena, &found, err))
        return false;
    *out = found;
    return true;
}

bool store_release_get(struct store *store, struct arena *arena, int64_t tenant_id, int64_t id,
                       struct release *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_release_get);

    query_int(&q, tenant_id);
    query_int(&q, id);
    return release_one(&q, arena, arena_printf(arena, "%lld", (long long)id), out, err);
}

bool store_release_by_version(struct store *store, struct arena *arena, int64_t tenant_id, const char *family,
                              const char *version, struct release *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_release_by_version);

    query_int(&q, tenant_id);
    query_text(&q, family);
    query_text(&q, version);
    return release_one(&q, arena, arena_printf(arena, "%s %s", family, version), out, err);
}

static bool release_many(struct query *q, struct arena *arena, struct release **out, size_t *count,
                         struct err *err)
{
    struct rows rows = {.arena = arena, .size = sizeof(struct release)};
    enum step step;

    while ((step = query_step(q, err)) == STEP_ROW)
        if (!release_from(q, arena, rows_next(&rows), err))
            return false;
    if (step == STEP_FAILED)
        return false;
    *out = (struct release *)(void *)rows.at;
    *count = rows.count;
    return true;
}

bool store_release_list(struct store *store, struct arena *arena, int64_t tenant_id,
                        const struct release_filter *filter, struct release **out, size_t *count,
                        struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_release_list);

    query_int(&q, tenant_id);
    query_text(&q, filter->family);
    query_text(&q, filter->state);
    query_int(&q, filter->before ? filter->before : INT64_MAX);
    query_int(&q, filter->limit);
    return release_many(&q, arena, out, count, err);
}

static bool release_of_family(struct store *store, enum release_state state, struct arena *arena,
                              int64_t tenant_id, const char *family, struct release **out, size_t *count,
                              struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_release_of_family);

    query_int(&q, tenant_id);
    query_text(&q, family);
    query_text(&q, release_state_name[state]);
    return release_many(&q, arena, out, count, err);
}

bool store_release_staged(struct store *store, struct arena *arena, int64_t tenant_id, const char *family,
                          struct release **out, size_t *count, struct err *err)
{
    return release_of_family(store, RELEASE_STAGED, arena, tenant_id, family, out, count, err);
}

bool store_release_current(struct store *store, struct arena *arena, int64_t tenant_id, const char *family,
                           struct release **out, size_t *count, struct err *err)
{
    return release_of_family(store, RELEASE_PUBLISHED, arena, tenant_id, family, out, count, err);
}

bool store_release_stage(struct store *store, int64_t id, const char *to_sign, int64_t version,
                         struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_release_stage);

    query_int(&q, id);
    query_text(&q, to_sign);
    query_int(&q, version);
    return query_run(&q, NULL, err);
}

bool store_release_unstage(struct store *store, int64_t tenant_id, const char *family, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_release_unstage);

    query_int(&q, tenant_id);
    query_text(&q, family);
    return query_run(&q, NULL, err);
}

bool store_release_move(struct store *store, int64_t id, enum release_state from, enum release_state to,
                        int64_t at_ms, bool *moved, struct err *err)
{
    AUTO(query_end)
    struct query q = query_new(store, to == RELEASE_PUBLISHED ? SQL_release_publish : SQL_release_withdraw);
    int64_t changed;

    query_int(&q, id);
    query_text(&q, release_state_name[from]);
    query_text(&q, release_state_name[to]);
    query_int(&q, at_ms);
    if (!query_run(&q, &changed, err))
        return false;
    *moved = changed > 0;
    return true;
}
