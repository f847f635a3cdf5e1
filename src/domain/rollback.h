/* The way back from a rollout: what it changed gets the release again that it ran before. Knows where that
 * leads and makes the rollouts; offering, staging and the gate are those of any other rollout.
 *
 *   - Who: devices that have begun (installing ... healthy, failed, silent). Who only held it was called back
 *     at the halt, and whoever still runs what it ran before lacks nothing and is not planned.
 *   - Where to: the version each ran when it was offered, where that is published and its release counter
 *     allows it; else the newest published one below the rollout's own that does. One rollout for each
 *     release that is led to.
 *   - How: a few first, then the rest, at a higher weight, in the same hours or urgently with a reason.
 */
#pragma once

#include "domain/rollout.h"
#include "model/release.h"

struct rollback_way { /* one release to go back to */
    struct release release;
    const char **had; /* the versions before that lead to it */
    size_t had_count;
    int64_t devices; /* that have begun, also those that still run it */
};
struct rollback {
    const char *refused; /* NULL: it can be done */
    struct rollback_way *ways;
    size_t count;
    int64_t devices; /* of all ways */
    int64_t open_id; /* the rollout that takes it back already; 0: none */
};

/* What could be done. A reading. */
bool rollback_propose(struct world *world, struct arena *arena, const struct rollout *rollout,
                      struct rollback *out, struct err *err) CHECKED;

/* What a person types; and what would come of it, in a sentence. */
const char *rollback_command(struct arena *arena, int64_t rollout_id);
const char *rollback_text(struct arena *arena, int64_t rollout_id, const struct rollback *rollback);

struct rollback_wish {
    const char *urgent_reason; /* "": in the same hours */
    int64_t first;             /* so many devices go first; 0: a tenth, ten at most */
    bool is_draft;             /* made, and not started */
};
/* Makes the rollouts and starts them. ERR_CONFLICT says why not: it still runs, its release cannot be
 * reversed, the release counter forbids it, another way back is open, or nobody runs it. */
bool rollout_back(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                  const struct rollback_wish *wish, int64_t now_ms, struct rollout_view **out, size_t *count,
                  struct err *err) CHECKED;

/* How often it was taken back, and by which rollout now; *open_id 0: by none that is not over. */
bool rollback_made(struct world *world, struct arena *arena, const struct rollout *rollout, int64_t *open_id,
                   int64_t *made, struct err *err) CHECKED;
/* ERR_CONFLICT while a way back from it is not over: both would pull at the same devices. */
bool rollback_none_open(struct world *world, struct arena *arena, const struct rollout *rollout,
                        struct err *err) CHECKED;
/* Of a way back: devices that still install what it takes back, and so are not over. */
bool rollback_awaits(struct world *world, struct arena *arena, const struct rollout *rollout, int64_t *out,
                     struct err *err) CHECKED;
