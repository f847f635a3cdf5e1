#include "sim/device.h"

#include "domain/checkin.h"
#include "domain/report.h"
#include "sim/invariants.h"
#include "sim/service.h"
#include "sim/talk.h"

#define NEVER_MS INT64_MAX

static bool is_off(const struct sim *sim, const struct machine *m)
{
    int64_t hour = sim->true_ms / HOUR_MS % 24;

    if (m->off_from_h == m->off_to_h)
        return false;
    return m->off_from_h < m->off_to_h ? hour >= m->off_from_h && hour < m->off_to_h
                                       : hour >= m->off_from_h || hour < m->off_to_h;
}

static bool say(struct sim *sim, struct machine *m, int execution, int code)
{
    const struct word word = {.action = m->action, .execution = execution, .code = code};

    return talk_say(sim, m, &word);
}

static void forget(struct machine *m)
{
    m->phase = PHASE_IDLE;
    m->action = m->begin_ms = 0;
    m->may_install = false;
}

/* ---- the end of an update ------------------------------------------------------------------- */

static void tell_end(struct sim *sim, struct machine *m)
{
    if (!talk_say(sim, m, &m->last))
        return;
    forget(m);
    m->tells_version = true;
}

static void end_with(struct machine *m, int finished, int code, const char *text)
{
    m->last = (struct word){
        .action = m->action, .execution = EXECUTION_CLOSED, .finished = finished, .code = code, .text = text};
    m->phase = PHASE_ENDED;
}

static bool is_harmed(const struct package *package, const struct machine *m, enum harm harm)
{
    return package->harm == harm && (m->has_finisher || !package->spares_plain);
}

static void flashed(struct sim *sim, struct machine *m)
{
    const int at = sim_package(sim, m->release);
    const struct package *package = &sim->packages[at];

    if (is_harmed(package, m, HARM_BRICKS) || dice_chance(&sim->dice, m->dies)) {
        m->is_bricked = true;
        m->phase = PHASE_DARK;
        m->next_ms = NEVER_MS;
        sim_tell(sim, "%s does not come back from action %lld", m->name, (long long)m->action);
        return;
    }
    if (is_harmed(package, m, HARM_FAILS)) {
        end_with(m, FINISHED_FAILURE, 65, "self-test failed after the restart");
    } else if (!sim->is_draining && dice_chance(&sim->dice, m->fails)) {
        end_with(m, FINISHED_FAILURE, dice_chance(&sim->dice, 70) ? 75 : 74, "the flash was busy");
    } else {
        m->version = at;
        m->relapse_ms = m->relapses_h ? sim->true_ms + m->relapses_h * HOUR_MS : 0;
        end_with(m, FINISHED_SUCCESS, 0, NULL);
    }
    tell_end(sim, m);
}

/* It comes up with what it had before, and says so itself. */
static void relapse(struct sim *sim, struct machine *m)
{
    m->relapse_ms = 0;
    if (m->phase != PHASE_IDLE || m->version < 0)
        return;
    m->version = -1;
    m->tells_version = true;
    sim_tell(sim, "%s has fallen back", m->name);
    talk_version(sim, m);
}

/* ---- before it begins ------------------------------------------------------------------------- */

static void begin(struct sim *sim, struct machine *m)
{
    const struct package *package = &sim->packages[sim_package(sim, m->release)];
    struct moment moment = {.kind = MOMENT_BEGINS,
                            .machine = m,
                            .row = ledger_row(&sim->ledger, m->action),
                            .now_ms = m->answered_now_ms + sim->true_ms - m->answered_ms};

    sim_tell(sim, "%s begins to flash action %lld", m->name, (long long)m->action);
    m->begin_ms = 0;
    m->last_begun = m->action;
    if (moment.row) {
        invariants_judge(sim, &moment);
        moment.row->begun_ms = sim->true_ms;
    }
    m->phase = PHASE_FLASHING;
    m->ends_ms = sim->true_ms + package->minutes * MINUTE_MS;
    say(sim, m, EXECUTION_PROCEEDING, REPORT_INSTALLING);
}

/* Its own clock counts on from what the service told. */
static bool fits(const struct sim *sim, const struct machine *m)
{
    int64_t now_ms = m->answered_now_ms + sim->true_ms - m->answered_ms;

    return !m->has_window || !m->closes_ms ||
           m->closes_ms - now_ms >= sim->packages[sim_package(sim, m->release)].minutes * MINUTE_MS;
}

static void work_on(struct sim *sim, struct machine *m, const struct allowed *allowed)
{
    m->may_install = allowed->may_install;
    m->has_window = allowed->has_window;
    m->closes_ms = allowed->closes_ms;
    if (allowed->may_download && m->fetched != m->action && dice_chance(&sim->dice, 60)) {
        m->fetched = m->action;
        say(sim, m, EXECUTION_DOWNLOAD, 0);
        say(sim, m, EXECUTION_DOWNLOADED, 0);
    }
    if (m->phase != PHASE_HOLDS || !m->may_install || !fits(sim, m))
        return;
    if (!sim->is_draining && dice_chance(&sim->dice, m->busy)) {
        say(sim, m, EXECUTION_PROCEEDING, REPORT_WAITING_IDLE);
        return;
    }
    if (m->lazy_min > 0)
        m->begin_ms = sim->true_ms + m->lazy_min * MINUTE_MS;
    else
        begin(sim, m);
}

static void offered(struct sim *sim, struct machine *m, int64_t action)
{
    struct allowed allowed;

    if (m->phase == PHASE_FLASHING)
        return;
    if (m->last.action == action) {
        tell_end(sim, m); /* its last word got lost */
        return;
    }
    switch (talk_read(sim, m, action, &allowed)) {
    case TALK_LOST:
        return;
    case TALK_GONE:
        forget(m);
        return;
    case TALK_READ:
        m->phase = PHASE_HOLDS;
        m->action = action;
        m->release = allowed.release;
        m->begin_ms = 0;
        work_on(sim, m, &allowed);
    }
}

/* ---- called back --------------------------------------------------------------------------------- */

static void called_back(struct sim *sim, struct machine *m, int64_t action)
{
    struct word word = {.action = action, .execution = EXECUTION_CANCELED, .is_cancel = true};

    if (m->phase == PHASE_FLASHING && m->action == action) {
        word.execution = EXECUTION_REJECTED;
        talk_say(sim, m, &word);
        return;
    }
    if (m->last.action == action) { /* it had ended before */
        tell_end(sim, m);
        return;
    }
    if (talk_say(sim, m, &word) && m->action == action && m->phase == PHASE_HOLDS)
        forget(m);
    else if (m->action == action)
        m->begin_ms = 0;
}

/* ---- a poll ----------------------------------------------------------------------------------------- */

static void heed(struct sim *sim, struct machine *m, const struct heard *heard)
{
    switch (heard->kind) {
    case CHECKIN_CANCEL:
        called_back(sim, m, heard->action);
        break;
    case CHECKIN_CONFIRM:
        talk_confirm(sim, m, heard->action, sim->is_draining || !dice_chance(&sim->dice, m->denies));
        break;
    case CHECKIN_DEPLOY:
        offered(sim, m, heard->action);
        break;
    default:
        if (m->phase == PHASE_HOLDS)
            forget(m);
    }
}

static void poll(struct sim *sim, struct machine *m)
{
    struct heard heard;

    service_may_crash(sim);
    if (m->phase == PHASE_ENDED)
        tell_end(sim, m);
    if (m->tells_version)
        talk_version(sim, m);
    if (!talk_ask(sim, m, &heard)) {
        m->next_ms = sim->true_ms + (m->sleep_s ? m->sleep_s : 1800) * 1000;
        m->begin_ms = 0;
        return;
    }
    m->sleep_s = heard.sleep_s;
    m->next_ms = sim->true_ms + heard.sleep_s * 1000;
    if (heard.wants_attributes)
        talk_version(sim, m);
    heed(sim, m, &heard);
}

/* The soonest of what it has to do. */
static void plan_next(struct machine *m, int64_t poll_ms)
{
    m->next_ms = poll_ms;
    if (m->phase == PHASE_DARK) {
        m->next_ms = NEVER_MS;
        return;
    }
    if (m->phase == PHASE_FLASHING && m->ends_ms < m->next_ms)
        m->next_ms = m->ends_ms;
    if (m->begin_ms && m->begin_ms < m->next_ms)
        m->next_ms = m->begin_ms;
    if (m->relapse_ms && m->relapse_ms < m->next_ms)
        m->next_ms = m->relapse_ms;
}

void device_step(struct sim *sim, struct machine *m)
{
    if (m->phase == PHASE_FLASHING && m->ends_ms <= sim->true_ms) { /* also when somebody switches it off */
        flashed(sim, m);
        m->poll_ms = sim->true_ms + 2 * MINUTE_MS;
    } else if (is_off(sim, m) && !sim->is_draining) {
        m->begin_ms = 0;
        m->poll_ms = (sim->true_ms / HOUR_MS + 1) * HOUR_MS + dice_below(&sim->dice, 600000);
        m->relapse_ms = m->relapse_ms ? m->poll_ms + 1 : 0;
    } else if (m->relapse_ms && m->relapse_ms <= sim->true_ms) {
        relapse(sim, m);
    } else if (m->begin_ms && m->begin_ms <= sim->true_ms) {
        if (m->phase == PHASE_HOLDS && fits(sim, m))
            begin(sim, m);
        m->begin_ms = 0;
    } else if (m->poll_ms <= sim->true_ms) {
        poll(sim, m);
        m->poll_ms = m->next_ms;
    }
    plan_next(m, m->poll_ms);
}
