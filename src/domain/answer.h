/* Idempotency keys: one request, one answer, however often it is sent. */
#pragma once

#include "domain/world.h"

#define ANSWER_KEY_MAX 200
/* A request that died unanswered may be taken over after this, or after a restart. */
#define ANSWER_PENDING_MS (60 * 1000)
#define ANSWER_KEPT_MS (24 * 3600 * 1000LL)

/* Keys whose reservation outlived a work that failed, because the disk that refused the work refused to forget it,
 * too. Whoever asks again with one need not wait until the reservation is stale. */
struct answers;
bool answers_open(struct answers **out, struct err *err) CHECKED;
void answers_closep(struct answers **answers);

struct answer_kept {
    int status;
    const char *body;
};

/* Takes the key for this request (a digest of it): *is_answered false, or finds its answer. ERR_CONFLICT: the
 * key was used for another request, or its first one is still being answered; or it was
 * done, and the service died before it could say so. */
bool answer_find(struct world *world, const struct who *who, struct arena *arena, const char *key,
                 const char *request, int64_t now_ms, bool *is_answered, struct answer_kept *out,
                 struct err *err) CHECKED;
bool answer_keep(struct world *world, const struct who *who, const char *key,
                 const struct answer_kept *answer, struct err *err) CHECKED;
/* The work was not done. When false, the next answer_find takes the key all the same. */
bool answer_forget(struct world *world, const struct who *who, const char *key, struct err *err) CHECKED;
/* Removes what is older than a day. Called by the engine. */
bool answer_tick(struct world *world, int64_t now_ms, struct err *err) CHECKED;
