/* The gate: weighs every running rollout and moves it on, without a person awake. */
#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "base/mutant.h"
#include "domain/audit.h"
#include "domain/bell.h"
#include "domain/cluster_read.h"
#include "domain/gate_weigh.h"
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

struct weights { /* of one stage */
    struct gate_counts counts;
    int64_t started, closed;
};

static struct weights weigh(const struct rollout_stage *stage, int64_t excused,
                            const struct rollout_tally *tally)
{
    struct weights w = {.counts.planned = stage->planned - excused};

    for (int s = 0; s < ACTION_STATE__MAX; s++) {
        w.started += tally->devices[s];
        w.closed += action_is_closed((enum action_state)s) ? tally->devices[s] : 0;
        w.counts.begun += action_has_begun((enum action_state)s) ? tally->devices[s] : 0;
    }
    w.counts.healthy = tally->devices[ACTION_HEALTHY];
    w.counts.failed = tally->devices[ACTION_FAILED] + (MUTANT_IS(10) ? 0 : tally->devices[ACTION_SILENT]);
    w.counts.planned = w.counts.planned > w.started ? w.counts.planned : w.started;
    return w;
}

static bool is_past_deadline(const struct rollout *r, const struct rollout_stage *stage, int64_t now_ms)
{
    return stage->opened_ms > 0 && now_ms - stage->opened_ms > r->deadline_h * 3600000;
}

static struct gate_rules rules_of(const struct rollout *r)
{
    return (struct gate_rules){.fail_percent = r->fail_percent,
                               .healthy_percent = r->healthy_percent,
                               .min_failures = r->min_failures,
                               .error_percent = r->error_percent};
}

static void say_tripped(const struct rollout *r, int64_t stage, const struct gate_counts *c,
                        struct judgement *out)
{
    int64_t of = r->error_percent ? c->begun : c->planned;
    size_t used = (size_t)snprintf(out->reason, sizeof(out->reason),
                                   "stage %" PRId64 ": %" PRId64 " of %" PRId64
                                   " devices failed or fell silent, more than %" PRId64 " %%",
                                   stage, c->failed, of, r->fail_percent);

    if (r->error_percent && r->fail_percent && used < sizeof(out->reason))
        snprintf(out->reason + used, sizeof(out->reason) - used, " by a test that errs in %" PRId64 " %%",
                 r->error_percent);
}

/* Nobody is under way any more, too few failed for a halt, and too few are healthy to go on. */
static void say_stuck(const struct rollout *r, const struct gate_counts *c, struct judgement *out)
{
    snprintf(out->reason, sizeof(out->reason),
             "stage %" PRId64 ": %" PRId64 " of %" PRId64 " devices are healthy, %" PRId64
             " %% are wanted, and %" PRId64 " failed: retry them, or abort",
             r->stage, c->healthy, c->planned, r->healthy_percent, c->failed);
}

/* A stage that is held as a whole has proved nothing, although nobody is missing from it. */
static bool is_weighty(const struct gate_counts *counts, int64_t excused)
{
    return excused == 0 || counts->healthy > 0;
}

struct judgement rollout_judge(const struct rollout *r, const struct rollout_stage *stages, size_t count,
                               const struct rollout_tally *tally, int64_t now_ms)
{
    struct judgement j = {.verdict = VERDICT_WAIT};
    const struct gate_rules rules = rules_of(r);

    for (size_t i = 0; i < count && (int64_t)i <= r->stage; i++) {
        /* Before its deadline nobody's silence needs an excuse. */
        bool is_late = is_past_deadline(r, &stages[i], now_ms);
        int64_t excused = is_late ? stages[i].excused : 0;
        struct weights w = weigh(&stages[i], excused, &tally[i]);
        int64_t unheard = is_late ? w.counts.planned - w.started : 0;
        bool is_last = i + 1 == count;

        j.unheard += unheard;
        w.counts.failed += unheard;
        w.counts.begun += unheard;
        if (gate_is_tripped(&rules, &w.counts)) {
            j.verdict = VERDICT_HALT;
            say_tripped(r, (int64_t)i, &w.counts, &j);
            return j;
        }
        if ((int64_t)i < r->stage)
            continue;
        if (!is_last && is_weighty(&w.counts, excused) && gate_is_passed(&rules, &w.counts))
            j.verdict = VERDICT_NEXT_STAGE;
        else if (is_last && w.closed + unheard >= w.counts.planned && !excused)
            j.verdict = VERDICT_FINISH;
        else if (!is_last && w.closed + unheard >= w.counts.planned)
            say_stuck(r, &w.counts, &j);
    }
    return j;
}

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
               store_rollout_move(world->store, r->id, ROLLOUT_RUNNING, ROLLOUT_FINISHED, "", now_ms,
                                  &is_moved, err) &&
               audit_service(world, r->tenant_id, "rollout.finish", r->name, "", now_ms, err);
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
                       const int64_t *excused, int64_t now_ms, struct judgement *out, struct err *err)
{
    struct rollout_stage *stages;
    struct rollout_tally *tally;
    size_t count;

    if (!store_stage_list(world->store, arena, r->id, &stages, &count, err))
        return false;
    tally = ARENA_MANY(arena, struct rollout_tally, count + 1);
    if (!store_tally_list(world->store, r->id, tally, count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        stages[i].excused = excused[i];
    *out = rollout_judge(r, stages, count, tally, now_ms);
    return (out->verdict == VERDICT_HALT || usage_judge(world, arena, r, out, err)) &&
           wait_for_yes(arena, r, out, err);
}

bool rollout_weigh(struct world *world, struct arena *arena, const struct rollout *r, int64_t now_ms,
                   struct judgement *out, struct err *err)
{
    static const int64_t nobody[STAGES_MAX + 1];

    return weigh_with(world, arena, r, nobody, now_ms, out, err);
}

/* Silence past the deadline speaks against a release, but not of who is held, or waits for its turn within a
 * limit. Who that is takes a
 * walk through the family, so it is asked now and then; meanwhile nobody's silence counts, and only what was
 * reported halts. */
static bool weigh_excusing(struct world *world, struct arena *arena, const struct rollout *r, bool is_turn,
                           int64_t *excused, int64_t now_ms, struct judgement *j, struct err *err)
{
    if (!rollout_weigh(world, arena, r, now_ms, j, err))
        return false;
    if (j->unheard == 0 || !plans_may_wait(world, r->tenant_id, r->id))
        return true;
    if (is_turn)
        return why_excused(world, r, now_ms, excused, err) &&
               weigh_with(world, arena, r, excused, now_ms, j, err);
    for (int i = 0; i <= STAGES_MAX; i++)
        excused[i] = INT32_MAX;
    if (!weigh_with(world, arena, r, excused, now_ms, j, err))
        return false;
    if (j->verdict != VERDICT_HALT)
        *j = (struct judgement){.verdict = VERDICT_WAIT};
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

static bool tick_one(struct world *world, struct arena *arena, const struct rollout *seen, int64_t now_ms,
                     struct err *err)
{
    static const char *const event[VERDICT__MAX] = {"", "rollout.advance", "rollout.finish", "rollout.halt"};
    AUTO(tx_end) struct tx tx = {0};
    bool is_turn = now_ms % EXCUSE_MS < world->settings->tick_ms;
    int64_t excused[STAGES_MAX + 1] = {0};
    const char *cluster = "";
    struct judgement j, last;
    struct rollout r;
    bool waits;

    if (!weigh_excusing(world, arena, seen, is_turn, excused, now_ms, &j, err) ||
        !is_early(world, arena, seen, &j, &waits, err))
        return false;
    if (j.verdict == VERDICT_WAIT || waits)
        return true;
    if (j.verdict == VERDICT_HALT)
        cluster = explain(world, arena, seen, &j);
    /* Once more under the writer: what was just read may have moved. */
    if (!tx_begin(&tx, world->store, err) ||
        !store_rollout_get(world->store, arena, seen->tenant_id, seen->id, &r, err))
        return false;
    if (r.state != ROLLOUT_RUNNING || r.stage != seen->stage)
        return true;
    if (!weigh_with(world, arena, &r, excused, now_ms, &last, err))
        return false;
    if (last.verdict != j.verdict)
        return true; /* the next tick weighs it anew */
    if (!carry_out(world, &r, &j, cluster, now_ms, err) || !tx_commit(&tx, err))
        return false;
    plans_forget(world->plans, r.tenant_id);
    bell_ring_tenant(world->bell, r.tenant_id);
    log_say(j.verdict == VERDICT_HALT ? LOG_WARN : LOG_INFO, event[j.verdict], "rollout", r.name, "why",
            j.reason, "next", j.verdict == VERDICT_HALT ? rollback_command(arena, r.id) : "", NULL);
    return true;
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
                    const struct rollout *seen, const int64_t *excused, const char *reason, int64_t now_ms,
                    struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct judgement j = {0};
    struct rollout r;

    if (!tx_begin(&tx, world->store, err) ||
        !store_rollout_get(world->store, arena, who->tenant_id, seen->id, &r, err))
        return false;
    if (r.stage != seen->stage)
        return FAIL(err, ERR_CONFLICT, "rollout %s was just advanced by somebody else", r.name);
    return (r.state != ROLLOUT_RUNNING || weigh_with(world, arena, &r, excused, now_ms, &j, err)) &&
           may_advance(&r, &j, err) && open_next(world, &r, now_ms, err) &&
           audit_note(world, who, "rollout.advance", r.name, reason, now_ms, err) && tx_commit(&tx, err);
}

bool rollout_advance(struct world *world, struct arena *arena, const struct who *who, int64_t id,
                     const char *reason, int64_t now_ms, struct rollout_view *out, struct err *err)
{
    int64_t excused[STAGES_MAX + 1] = {0};
    struct judgement j = {0};
    struct rollout seen;

    if (!store_rollout_get(world->store, arena, who->tenant_id, id, &seen, err) ||
        (seen.state == ROLLOUT_RUNNING &&
         !weigh_excusing(world, arena, &seen, true, excused, now_ms, &j, err)) ||
        !may_advance(&seen, &j, err) || !advance(world, arena, who, &seen, excused, reason, now_ms, err))
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
