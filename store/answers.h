/* Answers given to idempotency keys, kept a day. Knows nothing of requests but their digest. */
#pragma once

#include "store/store.h"

struct answer_key {
    int64_t tenant_id;
    const char *operator, * key;
};

#define ANSWER_DONE 1

struct answer {
    const char *request; /* digest */
    int64_t status;      /* 0: being answered; ANSWER_DONE: the work is done, the answer is not kept (yet) */
    const char *body;    /* ANSWER_DONE: what it was done to */
    int64_t created_ms;
};

/* Reserves the key. *taken false: it is reserved or answered. Reservations older than stale_ms and answers
 * older than old_ms are taken over. */
bool store_answer_take(struct store *store, const struct answer_key *key, const char *request, int64_t now_ms,
                       int64_t stale_ms, int64_t old_ms, bool *taken, struct err *err) CHECKED;
bool store_answer_get(struct store *store, struct arena *arena, const struct answer_key *key,
                      struct answer *out, struct err *err) CHECKED;
bool store_answer_keep(struct store *store, const struct answer_key *key, int64_t status, const char *body,
                       struct err *err) CHECKED;
/* In the transaction of the work itself: from now on nobody takes the key over to do it again. */
bool store_answer_done(struct store *store, const struct answer_key *key, const char *object,
                       struct err *err) CHECKED;
/* Lets go of a key whose work was not done. */
bool store_answer_forget(struct store *store, const struct answer_key *key, struct err *err) CHECKED;
bool store_answer_drop(struct store *store, int64_t before_ms, struct err *err) CHECKED;
