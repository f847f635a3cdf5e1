/* The gate: weighs every running rollout and moves it on, without a person awake. */
#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "base/mutant.h"
#include "domain/audit.h"
#include "domain/awaited.h"
#include "domain/bell.h"
#include "domain/cluster_read.h"
#include "domain/plans.h"
#include "domain/recall.h"
#include "domain/rollback.h"
#include "domain/rollout.h"
#include "domain/tenant.h"
#include "domain/usage.h"
#include "domain/terms.h"
#include "domain/why.h"
#include "store/rollouts.h"

#define EXCUSE_MS 600000 /* between two walks for who is held */

/* Inside a tx. */
static bool open_next(struct world *world, const struct rollout *r, int64_t now_ms, struct err *err)
{
    return store_stage_close(world->store, r->id, r->stage, now_ms, err) &&
           store_stage_open(world->store, r->id, r->stage + 1, now_ms, err) &&
           store_rollout_stage_set(world->store, r->id, r->stage, r->stage + 1, err);
}

/* Inside a tx. */
static bool carry_out(struct world *world, const struct rollout *r, const struct judgement *j,
                      const char *cluster, int64_t now_ms, struct err *err)
{
    bool is_moved = true;

    switch (j->verdict) {
    case VERDICT_NEXT_STAGE:
        return open_next(world, r, now_ms, err) &&
               audit_service(world, r->tenant_id, "rollout.advance", r->name, "", now_ms, err);
    case VERDICT_FINISH:
        return store_stage_close(world->store, r->id, r->stage, now_ms, err) &&
               store_rollout_move(world->store, r->id, ROLLOUT_RUNNING, ROLLOUT_FINISHED, j->reason, now_ms,
                                  &is_moved, err) &&
               audit_service(world, r->tenant_id, "rollout.finish", r->name, j->reason, now_ms, err);
    case VERDICT_HALT:
        return store_rollout_move(world->store, r->id, ROLLOUT_RUNNING, ROLLOUT_HALTED, j->reason, 0,
                                  &is_moved, err) &&
               (!is_moved || (store_rollout_cluster(world->store, r->id, cluster, err) &&
                              (MUTANT_IS(1) || recall_rollout(world, r->id, now_ms, err)))) &&
               audit_service(world, r->tenant_id, "rollout.halt", r->name, j->reason, now_ms, err);
    case VERDICT_WAIT:
    case VERDICT__MAX:
        break;
    }
    return true;
}

/* A person's yes is wanted: then the gate only says that it is passed. */
static bool wait_for_yes(struct arena *arena, const struct rollout *r, struct judgement *j, struct err *err)
{
    struct rollout_terms terms;

    if (j->verdict != VERDICT_NEXT_STAGE)
        return true;
    if (!terms_text(arena, r->terms, &terms, err))
        return false;
    if (!terms.is_approved)
        return true;
    j->verdict = VERDICT_WAIT;
    j->is_passed = true;
    snprintf(j->reason, sizeof(j->reason),
             "stage %" PRId64 " is passed, and somebody has to open the next: advance it", r->stage);
    return true;
}

static bool weigh_with(struct world *world, struct arena *arena, const struct rollout *r,
                       const struct excuses *excuses, int64_t now_ms, struct judgement *out, struct err *err)
{
    struct rollout_stage *stages;
    struct rollout_tally *tally;
    size_t count;

    if (!store_stage_list(world->store, arena, r->id, &stages, &count, err))
        return false;
    tally = ARENA_MANY(arena, struct rollout_tally, count + 1);
    if (!store_tally_list(world->store, r->id, tally, count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        stages[i].excused = excuses->kept[i];
        stages[i].gone = excuses->gone[i];
    }
    *out = rollout_judge(r, stages, count, tally, now_ms);
    return (out->verdict == VERDICT_HALT || usage_judge(world, arena, r, out, err)) &&
           wait_for_yes(arena, r, out, err);
}

bool rollout_weigh(struct world *world, struct arena *arena, const struct rollout *r, int64_t now_ms,
                   struct judgement *out, struct err *err)
{
    static const struct excuses nobody;

    return weigh_with(world, arena, r, &nobody, now_ms, out, err);
}

/* Silence past the deadline speaks against a release, but not of who is held, waits for its turn within a limit, or
 * belongs to a newer rollout. Who that is takes a walk through the family, so it is asked now and then; meanwhile
 * nobody's silence counts, and only what was reported halts. */
static bool weigh_excusing(struct world *world, struct arena *arena, const struct rollout *r, bool is_turn,
                           struct excuses *excuses, int64_t now_ms, struct judgement *j, struct err *err)
{
    if (!rollout_weigh(world, arena, r, now_ms, j, err))
        return false;
    if (j->unheard == 0 || !plans_may_wait(world, r->tenant_id, r->id))
        return true;
    if (is_turn)
        return why_excused(world, r, now_ms, excuses, err) &&
               weigh_with(world, arena, r, excuses, now_ms, j, err);
    for (int i = 0; i <= STAGES_MAX; i++)
        excuses->kept[i] = INT32_MAX;
    if (!weigh_with(world, arena, r, excuses, now_ms, j, err))
        return false;
    if (j->verdict != VERDICT_HALT)
        *j = (struct judgement){.verdict = VERDICT_WAIT, .is_idle = j->is_idle};
    return true;
}

/* What the failures share goes with the reason of a halt. A reading, so before the tx; and when it cannot be
 * read, the halt does not wait for it. */
static const char *explain(struct world *world, struct arena *arena, const struct rollout *r,
                           struct judgement *j)
{
    size_t used = strlen(j->reason);
    struct err err = {0};
    struct cluster cluster;
    const char *text;

    if (!cluster_of_rollout(world, arena, r, &cluster, &err)) {
        log_say(LOG_WARN, "what failures share is unknown", "rollout", r->name, "why", err.text, NULL);
        return "";
    }
    text = cluster_text(arena, &cluster);
    if (*text)
        snprintf(j->reason + used, sizeof(j->reason) - used, "; %s", text);
    return cluster_json(arena, &cluster);
}

/* A way back is not over while what it takes back is still being installed somewhere: there will be one more.
 */
static bool is_early(struct world *world, struct arena *arena, const struct rollout *r,
                     const struct judgement *j, bool *out, struct err *err)
{
    int64_t awaited = 0;

    if (j->verdict == VERDICT_FINISH && !rollback_awaits(world, arena, r, &awaited, err))
        return false;
    *out = awaited > 0;
    return true;
}

struct decision { /* about one rollout, before the writer is asked for */
    const struct rollout *seen;
    struct excuses excuses;
    struct judgement judgement;
    bool is_left; /* it ends because nobody is left, whatever its stages say */
    const char *cluster;
};

/* What its stages do not show: who was planned may never be offered it any more. */
static bool look_for_anybody(struct world *world, struct arena *arena, int64_t now_ms, struct decision *d,
                             struct err *err)
{
    struct judgement *j = &d->judgement;
    struct awaited awaited;

    if (j->verdict != VERDICT_WAIT || !j->is_idle)
        return true;
    if (!awaited_look(world, arena, d->seen, now_ms, &awaited, err))
        return false;
    if (!awaited.is_nobody)
        return true;
    j->verdict = VERDICT_FINISH;
    snprintf(j->reason, sizeof(j->reason), "%s", awaited.text);
    d->is_left = true;
    return true;
}

/* In a tx. Once more under the writer: what was just read may have moved; then the next tick weighs it anew. */
static bool is_still_so(struct world *world, struct arena *arena, const struct decision *d, int64_t now_ms,
                        struct rollout *now, bool *out, struct err *err)
{
    const struct rollout *seen = d->seen;
    struct judgement last;

    *out = false;
    if (!store_rollout_get(world->store, arena, seen->tenant_id, seen->id, now, err))
        return false;
    if (now->state != ROLLOUT_RUNNING || now->stage != seen->stage)
        return true;
    if (!weigh_with(world, arena, now, &d->excuses, now_ms, &last, err))
        return false;
    *out = d->is_left ? last.verdict == VERDICT_WAIT && last.is_idle : last.verdict == d->judgement.verdict;
    return true;
}

static bool move_on(struct world *world, struct arena *arena, const struct decision *d, int64_t now_ms,
                    struct err *err)
{
    static const char *const event[VERDICT__MAX] = {"", "rollout.advance", "rollout.finish", "rollout.halt"};
    const struct judgement *j = &d->judgement;
    AUTO(tx_end) struct tx tx = {0};
    bool is_halt = j->verdict == VERDICT_HALT, is_so;
    struct rollout r;

    if (!tx_begin(&tx, world->store, err) || !is_still_so(world, arena, d, now_ms, &r, &is_so, err))
        return false;
    if (!is_so)
        return true;
    if (!carry_out(world, &r, j, d->cluster, now_ms, err) || !tx_commit(&tx, err))
        return false;
    plans_forget(world->plans, r.tenant_id);
    bell_ring_tenant(world->bell, r.tenant_id);
    log_say(is_halt ? LOG_WARN : LOG_INFO, event[j->verdict], "rollout", r.name, "why", j->reason, "next",
            is_halt ? rollback_command(arena, r.id) : "", NULL);
    return true;
}

static bool tick_one(struct world *world, struct arena *arena, const struct rollout *seen, int64_t now_ms,
                     struct err *err)
{
    struct decision d = {.seen = seen, .cluster = ""};
    bool is_turn = now_ms % EXCUSE_MS < world->settings->tick_ms;
    bool waits;

    if (!weigh_excusing(world, arena, seen, is_turn, &d.excuses, now_ms, &d.judgement, err) ||
        !look_for_anybody(world, arena, now_ms, &d, err) ||
        !is_early(world, arena, seen, &d.judgement, &waits, err))
        return false;
    if (d.judgement.verdict == VERDICT_WAIT || waits)
        return true;
    if (d.judgement.verdict == VERDICT_HALT)
        d.cluster = explain(world, arena, seen, &d.judgement);
    return move_on(world, arena, &d, now_ms, err);
}

/* ---- a person's yes ------------------------------------------------------------------------ */

static bool may_advance(const struct rollout *r, const struct judgement *j, struct err *err)
{
    return j->is_passed ||
           FAIL(err, ERR_CONFLICT, "rollout %s does not advance: %s", r->name,
                r->state != ROLLOUT_RUNNING  ? "it does not run"
                : *j->reason                 ? j->reason
                : j->verdict != VERDICT_WAIT ? "it goes on by itself"
                                             : "too few devices of the open stage are healthy yet");
}

/* In a tx: what was weighed may have moved. */
static bool advance(struct world *world, struct arena *arena, const struct who *who,
                    const struct rollout *seen, const struct excuses *excuses, const char *reason,
                    int64_t now_ms, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct judgement j = {0};
    struct rollout r;

    if (!tx_begin(&tx, world->store, err) ||
        !store_rollout_get(world->store, arena, who->tenant_id, seen->id, &r, err))
        return false;
    if (r.stage != seen->stage)
        return FAIL(err, ERR_CONFLICT, "rollout %s was just advanced by somebody else", r.name);
    return (r.state != ROLLOUT_RUNNING || weigh_with(world, arena, &r, excuses, now_ms, &j, err)) &&
           may_advance(&r, &j, err) && open_next(world, &r, now_ms, err) &&
           audit_note(world, who, "rollout.advance", r.name, reason, now_ms, err) && tx_commit(&tx, err);
}

bool rollout_advance(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                     const char *reason, int64_t now_ms, struct rollout_view *out, struct err *err)
{
    struct excuses excuses = {0};
    struct judgement j = {0};
    struct rollout seen;

    if (!store_rollout_get(world->store, arena, who->tenant_id, id, &seen, err) ||
        (seen.state == ROLLOUT_RUNNING &&
         !weigh_excusing(world, arena, &seen, true, &excuses, now_ms, &j, err)) ||
        !may_advance(&seen, &j, err) || !advance(world, arena, who, &seen, &excuses, reason, now_ms, err))
        return false;
    plans_forget(world->plans, who->tenant_id);
    bell_ring_tenant(world->bell, who->tenant_id);
    return rollout_view(world, arena, who->tenant_id, id, out, err);
}

/* ---- all of them ------------------------------------------------------------------------------ */

struct ticking {
    struct world *world;
    int64_t now_ms;
};

static bool tick_visit(void *ctx, struct arena *arena, const struct tenant *tenant, struct err *err)
{
    const struct ticking *t = ctx;
    struct rollout *running;
    size_t count;

    if (!store_rollout_in_state(t->world->store, arena, tenant->id, ROLLOUT_RUNNING, &running, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!tick_one(t->world, arena, &running[i], t->now_ms, err))
            return err_within(err, "rollout %s", running[i].name);
    return true;
}

bool rollout_tick(struct world *world, int64_t now_ms, struct err *err)
{
    return tenant_each(world, tick_visit, &(struct ticking){world, now_ms}, err);
}
