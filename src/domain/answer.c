#include "domain/answer.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/text.h"
#include "store/answers.h"

#define LEFT_MAX 256 /* a full disk refuses whole bursts; the oldest then waits for its minute */

struct answers {
    pthread_mutex_t lock;
    uint64_t left[LEFT_MAX]; /* 0: none */
    size_t next;
};

bool answers_open(struct answers **out, struct err *err)
{
    struct answers *answers = calloc(1, sizeof(*answers));

    if (!answers)
        return FAIL(err, ERR_BUSY, "no memory for answers");
    pthread_mutex_init(&answers->lock, NULL);
    *out = answers;
    return true;
}

void answers_closep(struct answers **answers)
{
    if (*answers)
        pthread_mutex_destroy(&(*answers)->lock);
    free(*answers);
    *answers = NULL;
}

static uint64_t hash_of(const struct answer_key *key)
{
    uint64_t h = 14695981039346656037ULL ^ (uint64_t)key->tenant_id; /* FNV-1a */

    for (const char *c = key->operator; *c; c++)
        h = (h ^ (uint8_t)*c) * 1099511628211ULL;
    h = (h ^ '\n') * 1099511628211ULL;
    for (const char *c = key->key; *c; c++)
        h = (h ^ (uint8_t)*c) * 1099511628211ULL;
    return h ? h : 1;
}

static void leave(struct answers *answers, const struct answer_key *key)
{
    if (!answers)
        return;
    pthread_mutex_lock(&answers->lock);
    answers->left[answers->next++ % LEFT_MAX] = hash_of(key);
    pthread_mutex_unlock(&answers->lock);
}

/* One asker gets it: of two that ask again at once, the other waits for the first. */
static bool pick_up(struct answers *answers, const struct answer_key *key)
{
    uint64_t hash = hash_of(key);
    bool was_left = false;

    if (!answers)
        return false;
    pthread_mutex_lock(&answers->lock);
    for (size_t i = 0; i < LEFT_MAX; i++)
        if (answers->left[i] == hash) {
            answers->left[i] = 0;
            was_left = true;
        }
    pthread_mutex_unlock(&answers->lock);
    return was_left;
}

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

static bool find_in_tx(struct world *world, struct arena *arena, const struct answer_key *key,
                       const char *request, int64_t now_ms, int64_t stale_ms, bool *is_answered,
                       struct answer_kept *out, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    bool is_taken;

    if (!tx_begin(&tx, world->store, err) ||
        !store_answer_take(world->store, key, request, now_ms, stale_ms, now_ms - ANSWER_KEPT_MS, &is_taken,
                           err) ||
        (!is_taken && !read_kept(world, arena, key, request, out, err)) || !tx_commit(&tx, err))
        return false;
    *is_answered = !is_taken;
    return true;
}

bool answer_find(struct world *world, const struct who *who, struct arena *arena, const char *key,
                 const char *request, int64_t now_ms, bool *is_answered, struct answer_kept *out,
                 struct err *err)
{
    struct answer_key name = key_of(who, key);
    bool was_left;

    if (text_blank(key) || strlen(key) > ANSWER_KEY_MAX)
        return FAIL(err, ERR_INVALID, "an Idempotency-Key has 1 to %d characters", ANSWER_KEY_MAX);
    was_left = pick_up(world->answers, &name);
    if (find_in_tx(world, arena, &name, request, now_ms, was_left ? now_ms + 1 : stale_before(world, now_ms),
                   is_answered, out, err))
        return true;
    if (was_left)
        leave(world->answers, &name);
    return false;
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

    if (tx_begin(&tx, world->store, err) && store_answer_forget(world->store, &name, err) &&
        tx_commit(&tx, err))
        return true;
    leave(world->answers, &name);
    return false;
}

bool answer_tick(struct world *world, int64_t now_ms, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};

    return tx_begin(&tx, world->store, err) &&
           store_answer_drop(world->store, now_ms - ANSWER_KEPT_MS, err) && tx_commit(&tx, err);
}
