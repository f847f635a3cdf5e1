#include "domain/answer.h"

#include "base/text.h"
#include "store/answers.h"

static struct answer_key key_of(const struct who *who, const char *key)
{
    return (struct answer_key){who->tenant_id, who->name, key};
}

/* Reservations from before are stale: the request waits too long, or its service is no more. */
static int64_t stale_before(const struct world *world, int64_t now_ms)
{
    int64_t stale_ms = now_ms - ANSWER_PENDING_MS;

    return stale_ms > world->started_ms ? stale_ms : world->started_ms;
}

/* Somebody was first: the answer, when it is one to this request. */
static bool read_kept(struct world *world, struct arena *arena, const struct answer_key *key,
                      const char *request, struct answer_kept *out, struct err *err)
{
    struct answer answer;

    if (!store_answer_get(world->store, arena, key, &answer, err))
        return false;
    if (!text_equal(answer.request, request))
        return FAIL(err, ERR_CONFLICT, "this Idempotency-Key was used for another request");
    if (answer.status == 0)
        return FAIL(err, ERR_CONFLICT, "the first request with this Idempotency-Key is still being answered");
    if (answer.status == ANSWER_DONE)
        return FAIL(err, ERR_CONFLICT, "this was done before (%s); its answer was lost with a restart",
                    answer.body);
    *out = (struct answer_kept){(int)answer.status, answer.body};
    return true;
}

bool answer_find(struct world *world, const struct who *who, struct arena *arena, const char *key,
                 const char *request, int64_t now_ms, bool *is_answered, struct answer_kept *out,
                 struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct answer_key name = key_of(who, key);
    bool is_taken;

    if (text_blank(key) || strlen(key) > ANSWER_KEY_MAX)
        return FAIL(err, ERR_INVALID, "an Idempotency-Key has 1 to %d characters", ANSWER_KEY_MAX);
    if (!tx_begin(&tx, world->store, err) ||
        !store_answer_take(world->store, &name, request, now_ms, stale_before(world, now_ms),
                           now_ms - ANSWER_KEPT_MS, &is_taken, err) ||
        (!is_taken && !read_kept(world, arena, &name, request, out, err)) || !tx_commit(&tx, err))
        return false;
    *is_answered = !is_taken;
    return true;
}

bool answer_keep(struct world *world, const struct who *who, const char *key,
                 const struct answer_kept *answer, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct answer_key name = key_of(who, key);

    return tx_begin(&tx, world->store, err) &&
           store_answer_keep(world->store, &name, answer->status, answer->body, err) && tx_commit(&tx, err);
}

bool answer_forget(struct world *world, const struct who *who, const char *key, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct answer_key name = key_of(who, key);

    return tx_begin(&tx, world->store, err) && store_answer_forget(world->store, &name, err) &&
           tx_commit(&tx, err);
}

bool answer_tick(struct world *world, int64_t now_ms, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};

    return tx_begin(&tx, world->store, err) &&
           store_answer_drop(world->store, now_ms - ANSWER_KEPT_MS, err) && tx_commit(&tx, err);
}
