#include "store/blasts.h"

#include "store/query.h"
#include "store/rows.h"

static bool named(struct store *store, struct arena *arena, enum sql sql, int64_t tenant_id,
                  const char *whose, int64_t limit, struct blast_release **out, size_t *count,
                  struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, sql);
    struct rows rows = {.arena = arena, .size = sizeof(struct blast_release)};
    enum step step;

    query_int(&q, tenant_id);
    query_text(&q, whose);
    query_int(&q, limit);
    while ((step = query_step(&q, err)) == STEP_ROW) {
        struct blast_release *row = rows_next(&rows);
        const char *state;

        row->id = row_int(&q);
        row->version = row_text(&q, arena);
        state = row_text(&q, arena);
        row->signatures = row_int(&q);
        if (!release_state_parse(state, &row->state))
            return FAIL(err, ERR_CORRUPT, "release %lld rests as '%s'", (long long)row->id, state);
    }
    if (step == STEP_FAILED)
        return false;
    *out = (struct blast_release *)(void *)rows.at;
    *count = rows.count;
    return true;
}

bool store_blast_signed(struct store *store, struct arena *arena, int64_t tenant_id, const char *keyid,
                        int64_t limit, struct blast_release **out, size_t *count, struct err *err)
{
    return named(store, arena, SQL_blast_signed, tenant_id, keyid, limit, out, count, err);
}

bool store_blast_uploaded(struct store *store, struct arena *arena, int64_t tenant_id, const char *operator,
                          int64_t limit, struct blast_release **out, size_t *count, struct err *err)
{
    return named(store, arena, SQL_blast_uploaded, tenant_id, operator, limit, out, count, err);
}

static bool one_count(struct query *q, int64_t *out, struct err *err)
{
    if (query_step(q, err) != STEP_ROW)
        return false;
    *out = row_int(q);
    return true;
}

static bool count_of(struct store *store, enum sql sql, int64_t tenant_id, int64_t release_id, int64_t *out,
                     struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, sql);

    query_int(&q, tenant_id);
    query_int(&q, release_id);
    return one_count(&q, out, err);
}

bool store_blast_count(struct store *store, int64_t tenant_id, int64_t release_id, struct blast_counts *out,
                       struct err *err)
{
    struct blast_counts c = {0};

    if (!count_of(store, SQL_blast_rollouts, tenant_id, release_id, &c.rollouts, err) ||
        !count_of(store, SQL_blast_holding, tenant_id, release_id, &c.holding, err) ||
        !count_of(store, SQL_blast_installed, tenant_id, release_id, &c.installed, err))
        return false;
    *out = c;
    return true;
}

bool store_blast_made(struct store *store, int64_t tenant_id, const char *operator, int64_t * out,
                      struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_blast_made);

    query_int(&q, tenant_id);
    query_text(&q, operator);
    return one_count(&q, out, err);
}
