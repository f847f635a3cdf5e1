/* Is this database the one that the service had last? The signer remembers, outside of it, how far each tenant's audit
 * log had come, and every verb writes a record: so a database that was put back misses records that were there, or says
 * something else in their place. It goes on, for machines must be served; but what was done since is gone, revocations
 * above all, and people are told until one of them accepts it. A folder that `nightshift admin restore` made is told
 * of, too, and as what it is.
 *
 * Noticed at a start, and to within SETBACK_EVERY_MS of what was done before a crash. */
#pragma once

#include "base/buf.h"
#include "domain/world.h"
#include "model/setback.h"

#define SETBACK_MARK "restored" /* a file in the folder: of when the backup is that it was made of */
#define SETBACK_EVERY_MS 10000

struct setback_facts {
    bool is_restored;       /* the mark lies there */
    int64_t had_no;         /* the last record of the audit log; 0: none */
    int64_t seen_no;        /* what the signer remembers; 0: nothing */
    const char *digest;     /* of that record, there */
    const char *own_digest; /* of that record, here; NULL: it is missing */
};
/* Pure. */
enum setback_kind setback_of(const struct setback_facts *facts);

/* Every tenant; once, after the start and before anything is signed. What it notices is in the log, in the audit log and
 * in setback_get(). Always true: machines must not wait for people, so what cannot be judged is only told, too. */
bool setback_look(struct world *world, int64_t now_ms);
/* Every tenant: tells the signer how far the audit log is. Called by the engine, also at its end. */
bool setback_tick(struct world *world, int64_t now_ms, struct err *err) CHECKED;

/* What stands; SETBACK_NONE: nothing does. */
bool setback_get(struct world *world, struct arena *arena, int64_t tenant_id, struct setback *out,
                 struct err *err) CHECKED;
/* What happened, in a sentence; and what to do about it. */
const char *setback_words(struct arena *arena, const struct setback *setback);
const char *setback_next(const struct setback *setback);
/* ERR_CONFLICT: nothing stands. */
bool setback_accept(struct world *world, const struct who *who, const char *reason, int64_t now_ms,
                    struct err *err) CHECKED;
/* Prometheus lines: 1 while it stands. */
void setback_figures(struct world *world, struct buf *out);
