/* The gate: weighs every running rollout and moves it on, without a person awake. */
#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "domain/audit.h"
#include "domain/bell.h"
#include "domain/plans.h"
#include "domain/recall.h"
#include "domain/rollout.h"
#include "store/rollouts.h"
#include "store/tenants.h"

#define TENANTS_AT_ONCE 100

struct weights { /* of one stage */
    int64_t planned, started, healthy, failed, closed;
};

static struct weights weigh(const struct rollout_stage *stage, const struct rollout_tally *tally)
{
    struct weights w = {.planned = stage->planned};

    for (int s = 0; s < ACTION_STATE__MAX; s++) {
        w.started += tally->devices[s];
        w.closed += action_is_closed((enum action_state)s) ? tally->devices[s] : 0;
    }
    w.healthy = tally->devices[ACTION_HEALTHY];
    w.failed = tally->devices[ACTION_FAILED] + tally->devices[ACTION_SILENT];
    w.planned = w.planned > w.started ? w.planned : w.started;
    return w;
}

static bool is_past_deadline(const struct rollout *r, const struct rollout_stage *stage, int64_t now_ms)
{
    return stage->opened_ms > 0 && now_ms - stage->opened_ms > r->deadline_h * 3600000;
}

static bool is_too_many(const struct rollout *r, const struct weights *w, int64_t failed)
{
    return failed >= r->min_failures && failed > 0 && failed * 100 > r->fail_percent * w->planned;
}

struct judgement rollout_judge(const struct rollout *r, const struct rollout_stage *stages, size_t count,
                               const struct rollout_tally *tally, int64_t now_ms)
{
    struct judgement j = {.verdict = VERDICT_WAIT};

    for (size_t i = 0; i < count && (int64_t)i <= r->stage; i++) {
        struct weights w = weigh(&stages[i], &tally[i]);
        bool is_late = is_past_deadline(r, &stages[i], now_ms);
        int64_t unheard = is_late ? w.planned - w.started : 0;
        bool is_last = i + 1 == count;

        if (is_too_many(r, &w, w.failed + unheard)) {
            j.verdict = VERDICT_HALT;
            snprintf(j.reason, sizeof(j.reason),
                     "stage %zu: %" PRId64 " of %" PRId64 " devices failed or fell silent, more than %" PRId64
                     " %%",
                     i, w.failed + unheard, w.planned, r->fail_percent);
            return j;
        }
        if ((int64_t)i < r->stage)
            continue;
        if (!is_last && w.healthy * 100 >= r->healthy_percent * w.planned)
            j.verdict = VERDICT_NEXT_STAGE;
        else if (is_last && w.closed + unheard >= w.planned)
            j.verdict = VERDICT_FINISH;
    }
    return j;
}

/* Inside a tx. */
static bool carry_out(struct world *world, const struct rollout *r, const struct judgement *j, int64_t now_ms,
                      struct err *err)
{
    bool is_moved = true;

    switch (j->verdict) {
    case VERDICT_NEXT_STAGE:
        return store_stage_close(world->store, r->id, r->stage, now_ms, err) &&
               store_stage_open(world->store, r->id, r->stage + 1, now_ms, err) &&
               store_rollout_stage_set(world->store, r->id, r->stage, r->stage + 1, err) &&
               audit_service(world, r->tenant_id, "rollout.advance", r->name, "", now_ms, err);
    case VERDICT_FINISH:
        return store_stage_close(world->store, r->id, r->stage, now_ms, err) &&
               store_rollout_move(world->store, r->id, ROLLOUT_RUNNING, ROLLOUT_FINISHED, "", now_ms,
                                  &is_moved, err) &&
               audit_service(world, r->tenant_id, "rollout.finish", r->name, "", now_ms, err);
    case VERDICT_HALT:
        return store_rollout_move(world->store, r->id, ROLLOUT_RUNNING, ROLLOUT_HALTED, j->reason, 0,
                                  &is_moved, err) &&
               (!is_moved || recall_rollout(world, r->id, now_ms, err)) &&
               audit_service(world, r->tenant_id, "rollout.halt", r->name, j->reason, now_ms, err);
    case VERDICT_WAIT:
    case VERDICT__MAX:
        break;
    }
    return true;
}

static bool judge(struct world *world, struct arena *arena, const struct rollout *r, int64_t now_ms,
                  struct judgement *out, struct err *err)
{
    struct rollout_stage *stages;
    struct rollout_tally *tally;
    size_t count;

    if (!store_stage_list(world->store, arena, r->id, &stages, &count, err))
        return false;
    tally = ARENA_MANY(arena, struct rollout_tally, count + 1);
    if (!store_tally_list(world->store, r->id, tally, count, err))
        return false;
    *out = rollout_judge(r, stages, count, tally, now_ms);
    return true;
}

static bool tick_one(struct world *world, struct arena *arena, const struct rollout *seen, int64_t now_ms,
                     struct err *err)
{
    static const char *const event[VERDICT__MAX] = {"", "rollout.advance", "rollout.finish", "rollout.halt"};
    AUTO(tx_end) struct tx tx = {0};
    struct judgement j;
    struct rollout r;

    if (!judge(world, arena, seen, now_ms, &j, err))
        return false;
    if (j.verdict == VERDICT_WAIT)
        return true;
    /* Once more under the writer: what was just read may have moved. */
    if (!tx_begin(&tx, world->store, err) ||
        !store_rollout_get(world->store, arena, seen->tenant_id, seen->id, &r, err))
        return false;
    if (r.state != ROLLOUT_RUNNING || r.stage != seen->stage)
        return true;
    if (!judge(world, arena, &r, now_ms, &j, err) || !carry_out(world, &r, &j, now_ms, err) ||
        !tx_commit(&tx, err))
        return false;
    plans_forget(world->plans, r.tenant_id);
    bell_ring_tenant(world->bell, r.tenant_id);
    log_say(j.verdict == VERDICT_HALT ? LOG_WARN : LOG_INFO, event[j.verdict], "rollout", r.name, "why",
            j.reason, NULL);
    return true;
}

static bool tick_tenant(struct world *world, struct arena *arena, int64_t tenant_id, int64_t now_ms,
                        struct err *err)
{
    struct rollout *running;
    size_t count;

    if (!store_rollout_in_state(world->store, arena, tenant_id, ROLLOUT_RUNNING, &running, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!tick_one(world, arena, &running[i], now_ms, err))
            return err_within(err, "rollout %s", running[i].name);
    return true;
}

bool rollout_tick(struct world *world, int64_t now_ms, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct tenant *tenants;
    int64_t after = 0;
    size_t count;

    do {
        if (!store_tenant_list(world->store, arena, after, TENANTS_AT_ONCE, &tenants, &count, err))
            return false;
        for (size_t i = 0; i < count; i++)
            if (!tick_tenant(world, arena, tenants[i].id, now_ms, err))
                return false;
        after = count ? tenants[count - 1].id : after;
    } while (count == TENANTS_AT_ONCE);
    return true;
}
