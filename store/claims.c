#include "store/claims.h"

#include <stdlib.h>

#include "store/query.h"
#include "store/rows.h"

/* Reads the columns of CLAIM, in that order. */
static void row_claim(struct query *q, struct arena *arena, struct claim *out)
{
    out->id = row_int(q);
    out->tenant_id = row_int(q);
    out->controller_id = row_text(q, arena);
    out->site = row_text(q, arena);
    out->created_by = row_text(q, arena);
    out->created_ms = row_int(q);
    out->expires_ms = row_int(q);
    out->used_ms = row_int(q);
    out->used_by = row_text(q, arena);
}

bool store_claim_put(struct store *store, const struct claim *claim, const char *code_hash, int64_t *id,
                     struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_claim_put);

    query_int(&q, claim->tenant_id);
    query_text(&q, code_hash);
    query_text(&q, claim->controller_id);
    query_text(&q, claim->site);
    query_text(&q, claim->created_by);
    query_int(&q, claim->created_ms);
    query_int(&q, claim->expires_ms);
    if (!query_run(&q, NULL, err))
        return err_within(err, "a claim");
    *id = query_inserted_id(&q);
    return true;
}

bool store_claim_find(struct store *store, struct arena *arena, int64_t tenant_id, const char *code_hash,
                      struct claim *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_claim_find);

    query_int(&q, tenant_id);
    query_text(&q, code_hash);
    switch (query_step(&q, err)) {
    case STEP_FAILED:
        return err_within(err, "reading a claim");
    case STEP_DONE:
        return FAIL(err, ERR_NOT_FOUND, "no claim has that code");
    case STEP_ROW:
        row_claim(&q, arena, out);
        return true;
    }
    abort();
}

bool store_claim_list(struct store *store, struct arena *arena, int64_t tenant_id, int64_t before,
                      int64_t limit, struct claim **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_claim_list);
    struct rows rows = {.arena = arena, .size = sizeof(**out)};
    enum step step;

    query_int(&q, tenant_id);
    query_int(&q, before ? before : INT64_MAX);
    query_int(&q, limit);
    while ((step = query_step(&q, err)) == STEP_ROW)
        row_claim(&q, arena, rows_next(&rows));
    if (step == STEP_FAILED)
        return err_within(err, "listing claims");
    *out = (struct claim *)rows.at;
    *count = rows.count;
    return true;
}

bool store_claim_move(struct store *store, int64_t id, int64_t used_ms, const char *used_by, bool *moved,
                      struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_claim_move);
    int64_t changed;

    query_int(&q, id);
    query_int(&q, used_ms);
    query_text(&q, used_by);
    if (!query_run(&q, &changed, err))
        return err_within(err, "claim %lld", (long long)id);
    *moved = changed == 1;
    return true;
}

bool store_claim_drop(struct store *store, int64_t expired_before_ms, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_claim_drop);

    query_int(&q, expired_before_ms);
    return query_run(&q, NULL, err);
}
