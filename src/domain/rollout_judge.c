/* The gate of a stage, as gate_weigh.h weighs it: pure. */
#include <inttypes.h>
#include <stdio.h>

#include "base/mutant.h"
#include "domain/gate_weigh.h"
#include "domain/rollout.h"

struct weights { /* of one stage */
    struct gate_counts counts;
    int64_t started, closed;
};

static struct weights weigh(const struct rollout_stage *stage, int64_t missing,
                            const struct rollout_tally *tally)
{
    struct weights w = {.counts.planned = stage->planned - missing};

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

/* A stage that is held, or gone, as a whole has proved nothing, although nobody is missing from it. */
static bool is_weighty(const struct gate_counts *counts, int64_t missing)
{
    return missing == 0 || counts->healthy > 0;
}

static bool is_idle(const struct rollout_tally *tally, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (int s = 0; s < ACTION_STATE__MAX; s++)
            if (tally[i].devices[s] > 0 && !action_is_closed((enum action_state)s))
                return false;
    return true;
}

static void say_gone(const struct rollout_stage *stages, size_t count, struct judgement *out)
{
    int64_t gone = 0;

    for (size_t i = 0; i < count; i++)
        gone += stages[i].gone;
    if (gone)
        snprintf(out->reason, sizeof(out->reason),
                 "%" PRId64 " of its devices belong to a newer rollout, or have no hours for it", gone);
}

struct judgement rollout_judge(const struct rollout *r, const struct rollout_stage *stages, size_t count,
                               const struct rollout_tally *tally, int64_t now_ms)
{
    struct judgement j = {.verdict = VERDICT_WAIT, .is_idle = is_idle(tally, count)};
    const struct gate_rules rules = rules_of(r);

    for (size_t i = 0; i < count && (int64_t)i <= r->stage; i++) {
        /* Before its deadline nobody's silence needs an excuse. */
        bool is_late = is_past_deadline(r, &stages[i], now_ms);
        int64_t excused = is_late ? stages[i].excused : 0;
        int64_t missing = is_late ? stages[i].excused + stages[i].gone : 0;
        struct weights w = weigh(&stages[i], missing, &tally[i]);
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
        if (!is_last && is_weighty(&w.counts, missing) && gate_is_passed(&rules, &w.counts))
            j.verdict = VERDICT_NEXT_STAGE;
        else if (is_last && w.closed + unheard >= w.counts.planned && !excused)
            j.verdict = VERDICT_FINISH;
        else if (!is_last && w.closed + unheard >= w.counts.planned)
            say_stuck(r, &w.counts, &j);
    }
    if (j.verdict == VERDICT_FINISH)
        say_gone(stages, count, &j);
    return j;
}
