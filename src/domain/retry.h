/* Another try of a device in its rollout: a new action in the place of the one that failed, with an id of its
 * own, for a client answers an id that it knows with what it said before. */
#pragma once

#include "domain/rollout.h"
#include "store/actions.h"

/* Inside a tx. Offered, and shown from retry_ms on (0: at once). */
bool retry_make(struct store *store, const struct action *failed, int64_t retry_ms, int64_t now_ms,
                struct err *err) CHECKED;
/* Inside a tx, after a device's own report of a failure: whether by its class, its tries and its rollout
 * another one is due, and then makes it. */
bool retry_after(struct store *store, const struct action *failed, const struct action_rules *rules,
                 int64_t now_ms, struct err *err) CHECKED;

#define RETRY_MOST 500 /* in one tx */

struct retry_wish {
    const char *error;   /* only those whose last error has these words; NULL or "": any, the silent too */
    const char *classes; /* only of this failure_class by name; NULL or "": any */
    bool resumes;        /* a halted or paused rollout goes on with it */
};
struct retry_count {
    int64_t retried;
    int64_t spent; /* have had TRIES_MAX */
    bool is_more;  /* RETRY_MOST were retried: ask again */
};
/* ERR_CONFLICT: it does not run, and is not to be resumed; or nobody is there to be retried. */
bool rollout_retry(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                   const struct retry_wish *wish, int64_t now_ms, struct retry_count *out,
                   struct err *err) CHECKED;
