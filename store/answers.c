#include "store/answers.h"

#include "store/query.h"

static struct query keyed(struct store *store, enum sql sql, const struct answer_key *key)
{
    struct query q = query_new(store, sql);

    query_int(&q, key->tenant_id);
    query_text(&q, key->operator);
    query_text(&q, key->key);
    return q;
}

bool store_answer_take(struct store *store, const struct answer_key *key, const char *request, int64_t now_ms,
                       int64_t stale_ms, int64_t old_ms, bool *taken, struct err *err)
{
    AUTO(query_end) struct query q = keyed(store, SQL_answer_take, key);
    int64_t changed;

    query_text(&q, request);
    query_int(&q, now_ms);
    query_int(&q, stale_ms);
    query_int(&q, old_ms);
    if (!query_run(&q, &changed, err))
        return false;
    *taken = changed > 0;
    return true;
}

bool store_answer_get(struct store *store, struct arena *arena, const struct answer_key *key,
                      struct answer *out, struct err *err)
{
    AUTO(query_end) struct query q = keyed(store, SQL_answer_get, key);
    enum step step = query_step(&q, err);

    if (step == STEP_ROW) {
        out->request = row_text(&q, arena);
        out->status = row_int(&q);
        out->body = row_text(&q, arena);
        out->created_ms = row_int(&q);
    }
    return step == STEP_ROW || (step == STEP_DONE && FAIL(err, ERR_NOT_FOUND, "no answer is kept"));
}

bool store_answer_keep(struct store *store, const struct answer_key *key, int64_t status, const char *body,
                       struct err *err)
{
    AUTO(query_end) struct query q = keyed(store, SQL_answer_keep, key);

    query_int(&q, status);
    query_text(&q, body);
    return query_run(&q, NULL, err);
}

bool store_answer_done(struct store *store, const struct answer_key *key, const char *object, struct err *err)
{
    AUTO(query_end) struct query q = keyed(store, SQL_answer_done, key);

    query_text(&q, object);
    return query_run(&q, NULL, err);
}

bool store_answer_forget(struct store *store, const struct answer_key *key, struct err *err)
{
    AUTO(query_end) struct query q = keyed(store, SQL_answer_forget, key);

    return query_run(&q, NULL, err);
}

bool store_answer_drop(struct store *store, int64_t before_ms, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_answer_drop);

    query_int(&q, before_ms);
    return query_run(&q, NULL, err);
}
