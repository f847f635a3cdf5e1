/* Invariants of the gate, weighed by an arithmetic of its own from the actions, not from the tallies. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "model/device.h"
#include "sim/invariants.h"
#include "sim/oracle.h"

struct weight {
    int64_t planned, started, closed, begun, healthy, failed, unheard;
};

static struct weight weigh(const struct sim *sim, const struct campaign *c, const struct rollout_row *r,
                           int64_t stage)
{
    struct weight w = {.planned = r->stages[stage].planned};

    for (size_t i = 0; i < sim->ledger.count; i++) {
        const struct row *row = &sim->ledger.rows[i];

        if (row->rollout_id != r->id || row->stage != stage || row->is_past)
            continue;
        w.started++;
        w.closed += action_is_closed(row->state);
        w.healthy += row->state == ACTION_HEALTHY;
        w.failed += row->state == ACTION_FAILED || row->state == ACTION_SILENT;
        w.begun += row->state == ACTION_INSTALLING || row->state == ACTION_REBOOTING ||
                   row->state == ACTION_SOAKING || row->state == ACTION_HEALTHY ||
                   row->state == ACTION_FAILED || row->state == ACTION_SILENT;
    }
    w.planned = w.planned > w.started ? w.planned : w.started;
    if (sim_now(sim) - r->stages[stage].opened_ms > c->deadline_h * HOUR_MS)
        w.unheard = w.planned - w.started;
    return w;
}

/* How far beyond the threshold: positive trips. */
static double excess(const struct campaign *c, int64_t planned, int64_t begun, int64_t failed)
{
    double bad = (double)c->fail_percent / 100, good = bad / 5;

    if (failed < 1 || failed < c->min_failures || c->fail_percent >= 100)
        return -1;
    if (c->fail_percent == 0)
        return 1;
    if (c->error_percent == 0)
        return (double)failed * 100 - (double)c->fail_percent * (double)planned - 0.5;
    return (double)failed * (log(bad) - log(good)) +
           (double)(begun - failed) * (log(1 - bad) - log(1 - good)) - log(100.0 / (double)c->error_percent);
}

#define SLACK 1e-6

static void weigh_stage(struct sim *sim, const struct campaign *c, const struct rollout_row *r, int64_t stage,
                        struct forecast *f)
{
    struct weight w = weigh(sim, c, r, stage);
    bool has_limits = c->at_once || c->at_once_place || c->place_most || c->place_percent || c->keeps_one;
    bool may_wait = oracle_has_holds(sim, sim_now(sim)) || has_limits;
    /* Who is held, or waits for its turn, may be excused. */
    int64_t least = may_wait && w.unheard ? w.started : w.planned;

    f->must_halt |= excess(c, w.planned, w.begun, w.failed) > SLACK;
    f->may_halt |= excess(c, w.planned, w.begun + w.unheard, w.failed + w.unheard) > -SLACK ||
                   excess(c, least, w.begun, w.failed) > -SLACK;
    if (stage < r->stage)
        return;
    snprintf(f->text, sizeof(f->text),
             "%" PRId64 " planned, %" PRId64 " started, %" PRId64 " healthy (%" PRId64 " %% wanted), %" PRId64
             " failed, %" PRId64 " unheard%s",
             w.planned, w.started, w.healthy, c->healthy_percent, w.failed, w.unheard,
             may_wait ? ", some may wait" : "");
    f->may_advance = stage + 1 < (int64_t)r->stage_count && w.healthy * 100 >= c->healthy_percent * least &&
                     (w.healthy > 0 || !may_wait || w.healthy * 100 >= c->healthy_percent * w.planned);
    f->may_finish = stage + 1 == (int64_t)r->stage_count && w.closed + w.unheard >= least;
}

/* It, or a later one, which the counter of releases does not let it fall behind again. */
static bool had_it(const struct sim *sim, const struct campaign *c, const struct machine *m)
{
    for (size_t i = 0; i < sim->ledger.count; i++) {
        const struct row *row = &sim->ledger.rows[i];

        if (row->device_id == m->id && sim_package(sim, row->release_id) >= c->package &&
            (row->state == ACTION_HEALTHY || row->state == ACTION_SOAKING || row->state == ACTION_FAILED))
            return true;
    }
    return m->version >= c->package;
}

static bool has_row(const struct sim *sim, int64_t rollout_id, const struct machine *m)
{
    for (size_t i = 0; i < sim->ledger.count; i++) {
        const struct row *row = &sim->ledger.rows[i];

        if (row->rollout_id == rollout_id && row->device_id == m->id && !row->is_past)
            return true;
    }
    return false;
}

/* Nothing of it is under way, and whoever has not had it may have been out of its reach for good. Where places are
 * limited, who has no hours is. */
static bool may_be_nobody_left(const struct sim *sim, const struct campaign *c)
{
    bool has_limits = c->at_once || c->at_once_place || c->place_most || c->place_percent || c->keeps_one;

    for (size_t i = 0; i < sim->ledger.count; i++) {
        const struct row *row = &sim->ledger.rows[i];

        if (row->rollout_id == c->id && !row->is_past && !action_is_closed(row->state))
            return false;
    }
    for (int k = 0; k < sim->machine_count && !sim->packages[c->package].is_withdrawn && !has_limits; k++) {
        const struct machine *m = &sim->machines[k];
        bool misreads = m->quirk == QUIRK_SURICATTA || m->quirk == QUIRK_ZEPHYR;

        if ((!c->only_place || m->place == c->place) && !has_row(sim, c->id, m) && !had_it(sim, c, m) &&
            !(c->is_download_only && misreads))
            return false;
    }
    return true;
}

void gates_forecast(struct sim *sim)
{
    for (int i = 0; i < sim->campaign_count; i++) {
        const struct campaign *c = &sim->campaigns[i];
        const struct rollout_row *r = ledger_rollout(&sim->ledger, c->id);
        struct forecast *f = &sim->forecast[i];

        *f = (struct forecast){.rollout = c->id};
        if (!r)
            continue;
        f->is_running = r->state == ROLLOUT_RUNNING;
        f->stage = r->stage;
        for (int64_t s = 0; f->is_running && s <= r->stage; s++)
            weigh_stage(sim, c, r, s, f);
        f->may_finish = f->may_finish || may_be_nobody_left(sim, c);
    }
}

bool gates_halt(struct sim *sim, const struct moment *moment, struct why *why)
{
    (void)moment;
    for (int i = 0; i < sim->campaign_count; i++) {
        const struct forecast *f = &sim->forecast[i];
        const struct rollout_row *r = ledger_rollout(&sim->ledger, f->rollout);

        if (!f->is_running)
            continue;
        if (f->must_halt && r->state != ROLLOUT_HALTED)
            return why_not(why, "rollout %" PRId64 " had to halt in stage %" PRId64 ", and is %s: %s", r->id,
                           f->stage, rollout_state_name[r->state], f->text);
        if (!f->may_halt && r->state == ROLLOUT_HALTED)
            return why_not(why, "rollout %" PRId64 " halted in stage %" PRId64 " without a reason: %s", r->id,
                           f->stage, f->text);
    }
    return true;
}

bool gates_advance(struct sim *sim, const struct moment *moment, struct why *why)
{
    (void)moment;
    for (int i = 0; i < sim->campaign_count; i++) {
        const struct forecast *f = &sim->forecast[i];
        const struct rollout_row *r = ledger_rollout(&sim->ledger, f->rollout);

        if (!f->is_running)
            continue;
        if (r->stage != f->stage && !f->may_advance)
            return why_not(why, "rollout %" PRId64 " left stage %" PRId64 " with too few healthy devices: %s",
                           r->id, f->stage, f->text);
        if (r->state == ROLLOUT_FINISHED && !f->may_finish)
            return why_not(why, "rollout %" PRId64 " finished in stage %" PRId64 " with work to do: %s",
                           r->id, f->stage, f->text);
    }
    return true;
}

bool gates_bricks(struct sim *sim, const struct moment *moment, struct why *why)
{
    (void)moment;
    for (size_t i = 0; i < sim->ledger.rollout_count; i++) {
        const struct rollout_row *r = &sim->ledger.rollouts_now[i];
        int64_t bricked = 0, in_flight = 0, open = 0;

        for (int64_t s = 0; s <= r->stage; s++)
            open += r->stages[s].planned;
        for (int k = 0; k < sim->machine_count; k++) {
            const struct machine *m = &sim->machines[k];
            const struct row *row = m->last_begun ? ledger_row(&sim->ledger, m->last_begun) : NULL;

            if (!row || row->rollout_id != r->id)
                continue;
            bricked += m->is_bricked;
            in_flight += m->phase == PHASE_FLASHING;
            if (m->is_bricked && row->stage > r->stage)
                return why_not(
                    why, "%s is bricked by stage %" PRId64 " of rollout %" PRId64 ", which is in %" PRId64,
                    m->name, row->stage, r->id, r->stage);
        }
        if (bricked > open + in_flight)
            return why_not(why,
                           "rollout %" PRId64 " bricked %" PRId64 " machines, %" PRId64 " are in open stages",
                           r->id, bricked, open);
    }
    return true;
}
