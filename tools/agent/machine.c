#include "tools/agent/parts.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

#define BACKOFF_FIRST_MS 5000
#define BACKOFF_MAX_MS (10 * 60 * 1000)
#define BUSY_AGAIN_MS (60 * 1000)
#define TELL_AGAIN_MS (10 * 60 * 1000) /* another reason to wait is told no sooner */
#define IDLE_WAIT_MAX_MS (48 * 3600 * 1000LL)
#define UNTIL_POLL INT64_MAX

struct step {
    struct agent *agent;
    struct arena *arena; /* ends with the step */
    int64_t now_ms;
    int64_t wait_ms; /* before the next piece of work; UNTIL_POLL: nothing to do before that */
};

typedef bool move_run(struct step *step, struct err *err);
static move_run run_idle, run_offered, run_verifying, run_downloading, run_downloaded, run_waiting_window,
    run_waiting_idle, run_installing, run_rebooting, run_self_test, run_reporting;

struct move {
    const char *execution; /* told once on the way in; NULL: nothing, or not at once */
    int64_t code;
    move_run *run;
    const char *words;
};

/* clang-format off */
static const struct move moves[AGENT_PHASE__MAX] = {
    /* phase                    told on entry  code                    work                what a person reads */
    [AGENT_IDLE]           = { NULL,          0,                      run_idle,           NULL },
    [AGENT_OFFERED]        = { NULL,          0,                      run_offered,        NULL },
    [AGENT_VERIFYING]      = { "proceeding",  0,                      run_verifying,      "checking who signed it" },
    [AGENT_DOWNLOADING]    = { "download",    0,                      run_downloading,    "downloading" },
    [AGENT_DOWNLOADED]     = { "downloaded",  0,                      run_downloaded,     "everything is here and checked" },
    [AGENT_WAITING_WINDOW] = { NULL,          REPORT_WAITING_WINDOW,  run_waiting_window, NULL },
    [AGENT_WAITING_IDLE]   = { NULL,          REPORT_WAITING_IDLE,    run_waiting_idle,   NULL },
    [AGENT_INSTALLING]     = { "proceeding",  REPORT_INSTALLING,      run_installing,     "installing" },
    [AGENT_REBOOTING]      = { "proceeding",  REPORT_REBOOTING,       run_rebooting,      "restarting" },
    [AGENT_SELF_TEST]      = { "proceeding",  REPORT_SELF_TEST,       run_self_test,      "testing itself" },
    [AGENT_REPORTING]      = { NULL,          0,                      run_reporting,      NULL },
};
/* clang-format on */

const char *const agent_phase_name[AGENT_PHASE__MAX] = {
    [AGENT_IDLE] = "idle",
    [AGENT_OFFERED] = "offered",
    [AGENT_VERIFYING] = "verifying",
    [AGENT_DOWNLOADING] = "downloading",
    [AGENT_DOWNLOADED] = "downloaded",
    [AGENT_WAITING_WINDOW] = "waiting-window",
    [AGENT_WAITING_IDLE] = "waiting-idle",
    [AGENT_INSTALLING] = "installing",
    [AGENT_REBOOTING] = "rebooting",
    [AGENT_SELF_TEST] = "self-test",
    [AGENT_REPORTING] = "reporting",
};

/* ---- telling ------------------------------------------------------------------ */

/* From installing on a report is a courtesy: a dead network must not hold a machine half flashed. Before that
 * an action which the service does not know any more is asked about at once. */
static bool told(struct step *s, struct err *err)
{
    struct agent *agent = s->agent;

    if (agent->state.phase >= AGENT_INSTALLING)
        return true;
    if (err->code == ERR_NOT_FOUND || err->code == ERR_GONE)
        agent->next_poll_ms = s->now_ms;
    return !agent_is_passing(err);
}

static bool tell(struct step *s, const char *execution, const char *words, struct err *err)
{
    struct agent *agent = s->agent;
    enum agent_phase phase = agent->state.phase;

    if (agent->told_phase == (int)phase &&
        (agent->told_ms + TELL_AGAIN_MS > s->now_ms || strncmp(agent->told_reason, words, REASON_CHARS) == 0))
        return true;
    if (!agent_report(agent, s->arena, execution, moves[phase].code, 0, 0, words, err) && !told(s, err))
        return false;
    agent->told_phase = (int)phase;
    agent->told_ms = s->now_ms;
    snprintf(agent->told_reason, sizeof(agent->told_reason), "%s", words);
    return true;
}

static bool tell_entry(struct step *s, struct err *err)
{
    const struct move *move = &moves[s->agent->state.phase];

    return !move->execution || s->agent->told_phase == (int)s->agent->state.phase ||
           tell(s, move->execution, move->words, err);
}

static bool move_to(struct step *s, enum agent_phase phase, struct err *err)
{
    return agent_move(s->agent, phase, s->now_ms, err);
}

/* Tried again later, or the end of the action. */
static bool refuse(struct step *s, struct err *err)
{
    char *text;

    if (agent_is_passing(err))
        return false;
    text = arena_dup(s->arena, err->text);
    return agent_end(s->agent, true, moves[s->agent->state.phase].code, text, s->now_ms, err);
}

/* ---- before anything is touched -------------------------------------------------- */

static bool run_idle(struct step *s, struct err *err)
{
    (void)err;
    s->wait_ms = UNTIL_POLL;
    return true;
}

static bool run_offered(struct step *s, struct err *err)
{
    if (s->agent->state.plan->may_download)
        return move_to(s, AGENT_VERIFYING, err);
    s->wait_ms = UNTIL_POLL;
    return true;
}

static bool run_verifying(struct step *s, struct err *err)
{
    struct agent *agent = s->agent;
    bool is_trusted = agent->setup.resolve
                          ? agent->setup.resolve(agent->setup.ctx, agent, s->arena, s->now_ms, err)
                          : agent_trust(agent, s->arena, s->now_ms, err);

    return is_trusted ? move_to(s, AGENT_DOWNLOADING, err) : refuse(s, err);
}

static bool run_downloading(struct step *s, struct err *err)
{
    if (agent_has_all(s->agent))
        return move_to(s, AGENT_DOWNLOADED, err);
    return agent_fetch(s->agent, err) || refuse(s, err);
}

static bool run_downloaded(struct step *s, struct err *err)
{
    const struct agent_plan *plan = s->agent->state.plan;
    struct agent_outcome outcome = {.id = plan->id, .is_fetched_only = true, .text = "downloaded"};

    if (plan->may_install || plan->has_window)
        return move_to(s, AGENT_WAITING_WINDOW, err);
    return agent_report_end(s->agent, s->arena, &outcome, err) &&
           agent_forget(s->agent, &outcome, s->now_ms, err);
}

/* NULL when it may begin now, and would end in time. */
static const char *window_obstacle(struct step *s)
{
    const struct agent_plan *plan = s->agent->state.plan;
    int64_t wall_ms = agent_wall_ms(s->agent, s->now_ms);
    int64_t left_ms = plan->not_after_ms - wall_ms;

    if (!plan->may_install)
        return "waiting for the window";
    if (plan->not_before_ms > wall_ms && !plan->is_open)
        return "waiting for the window to open";
    if (plan->not_after_ms && left_ms < plan->minutes * 60000)
        return arena_printf(s->arena, "does not fit: it takes %lld min and the window ends at %s",
                            (long long)plan->minutes, text_time(s->arena, plan->not_after_ms));
    return NULL;
}

static bool run_waiting_window(struct step *s, struct err *err)
{
    const char *obstacle = window_obstacle(s);

    if (!obstacle)
        return move_to(s, AGENT_WAITING_IDLE, err);
    s->wait_ms = UNTIL_POLL;
    return tell(s, "proceeding", obstacle, err);
}

static bool wait_for_idle(struct step *s, const char *reason, struct err *err)
{
    struct agent *agent = s->agent;
    int64_t max_ms = agent->setup.idle_wait_max_ms ? agent->setup.idle_wait_max_ms : IDLE_WAIT_MAX_MS;

    if (s->now_ms - agent->state.since_ms > max_ms)
        return agent_end(
            agent, true, REPORT_WAITING_IDLE,
            arena_printf(s->arena, "never idle in %s: %s", text_duration(s->arena, max_ms), reason),
            s->now_ms, err);
    s->wait_ms = BUSY_AGAIN_MS;
    return tell(s, "proceeding", reason, err);
}

/* Asks once more right before it begins: the last moment to be called back. */
static bool run_waiting_idle(struct step *s, struct err *err)
{
    struct agent *agent = s->agent;
    const struct agent_machine *machine = &agent->setup.machine;
    char reason[64] = "busy";

    if (window_obstacle(s))
        return move_to(s, AGENT_WAITING_WINDOW, err);
    if (machine->busy && machine->busy(machine->ctx, s->now_ms, reason, sizeof(reason)))
        return wait_for_idle(s, reason, err);
    if (!agent_plan_refresh(agent, s->arena, s->now_ms, err))
        return refuse(s, err);
    if (agent->state.phase != AGENT_WAITING_IDLE)
        return true;
    agent->begun = -1;
    return move_to(s, window_obstacle(s) ? AGENT_WAITING_WINDOW : AGENT_INSTALLING, err);
}

/* ---- installing ---------------------------------------------------------------------- */

static bool journal(struct step *s, size_t i, enum part_journal word, struct err *err)
{
    struct agent_state next = agent_state_copy(s->arena, &s->agent->state);

    next.plan->parts[i].journal = word;
    return agent_adopt(s->agent, &next, s->now_ms, err);
}

static bool part_installed(struct step *s, size_t i, struct err *err)
{
    struct agent *agent = s->agent;
    const struct agent_plan *plan;
    const char *words;
    struct err unheard;

    if (!journal(s, i, PART_INSTALLED, err))
        return false;
    agent->begun = -1;
    plan = agent->state.plan;
    words = arena_printf(s->arena, "%s %s is written", plan->parts[i].component, plan->parts[i].version);
    /* A courtesy, too. */
    if (!agent_report(agent, s->arena, "proceeding", REPORT_INSTALLING, (int64_t)i + 1,
                      (int64_t)plan->part_count, words, &unheard))
        return true;
    return true;
}

/* The journal says begun, but not by this run: the power was cut before the end was noted. What carries the
 * new version already is not written again. */
static bool is_written(struct step *s, const struct agent_part *part)
{
    const struct agent_machine *machine = &s->agent->setup.machine;

    return text_equal(machine->version(machine->ctx, s->arena, part->component), part->version);
}

static bool part_install(struct step *s, size_t i, struct err *err)
{
    struct agent *agent = s->agent;
    const struct agent_machine *machine = &agent->setup.machine;
    const struct agent_part *part = &agent->state.plan->parts[i];
    char *component = arena_dup(s->arena, part->component);

    if (part->journal == PART_WANTED && !journal(s, i, PART_BEGUN, err))
        return false;
    if (part->journal == PART_BEGUN && agent->begun != (int)i && is_written(s, part))
        return part_installed(s, i, err);
    agent->begun = (int)i;
    s->wait_ms = 0;
    if (!machine->install(machine->ctx, &agent->state.plan->parts[i], s->now_ms, &s->wait_ms, err)) {
        (void)err_within(err, "installing %s", component);
        err->code = ERR_CONFLICT;
        return refuse(s, err);
    }
    return s->wait_ms > 0 || part_installed(s, i, err);
}

static bool run_installing(struct step *s, struct err *err)
{
    struct agent *agent = s->agent;
    const struct agent_machine *machine = &agent->setup.machine;
    const struct agent_plan *plan = agent->state.plan;
    struct agent_state next = agent->state;

    for (size_t i = 0; i < plan->part_count; i++)
        if (plan->parts[i].journal != PART_INSTALLED)
            return part_install(s, i, err);
    next.phase = AGENT_REBOOTING;
    next.boot = arena_dup(s->arena, machine->boot(machine->ctx));
    return agent_adopt(agent, &next, s->now_ms, err);
}

static bool run_rebooting(struct step *s, struct err *err)
{
    struct agent *agent = s->agent;
    const struct agent_machine *machine = &agent->setup.machine;

    if (!text_equal(machine->boot(machine->ctx), agent->state.boot))
        return move_to(s, AGENT_SELF_TEST, err);
    s->wait_ms = 0;
    if (machine->reboot(machine->ctx, s->now_ms, &s->wait_ms, err))
        return true;
    err->code = ERR_CONFLICT;
    return refuse(s, err);
}

static bool versions_check(struct step *s, struct err *err)
{
    const struct agent_machine *machine = &s->agent->setup.machine;
    const struct agent_plan *plan = s->agent->state.plan;

    for (size_t i = 0; i < plan->part_count; i++) {
        const struct agent_part *part = &plan->parts[i];
        const char *runs = machine->version(machine->ctx, s->arena, part->component);

        if (!text_equal(runs, part->version))
            return FAIL(err, ERR_CONFLICT, "after the restart %s is %s, not %s", part->component,
                        runs ? runs : "gone", part->version);
    }
    return true;
}

static bool run_self_test(struct step *s, struct err *err)
{
    struct agent *agent = s->agent;
    const struct agent_machine *machine = &agent->setup.machine;

    s->wait_ms = 0;
    if (machine->self_test && !machine->self_test(machine->ctx, s->now_ms, &s->wait_ms, err)) {
        (void)err_within(err, "self-test");
        err->code = ERR_CONFLICT;
        return refuse(s, err);
    }
    if (s->wait_ms > 0)
        return true;
    if (!versions_check(s, err))
        return refuse(s, err);
    return agent_end(agent, false, 0, "installed, restarted and tested", s->now_ms, err);
}

/* ---- the last word ---------------------------------------------------------------------- */

/* FAMILY/VERSION/FILE -> VERSION. */
static char *release_of(struct arena *arena, const struct agent_plan *plan)
{
    struct span rest = span_of(plan->parts[0].target), piece = {NULL, 0};

    if (!text_split(&rest, '/', &piece) || !text_split(&rest, '/', &piece))
        return NULL;
    return arena_text(arena, piece);
}

static bool ended(struct step *s, struct err *err)
{
    struct agent *agent = s->agent;
    struct agent_state next = agent->state;
    bool is_failure = next.outcome.is_failure;
    char *release = release_of(s->arena, next.plan);

    if (!is_failure) {
        next.counter = next.plan->counter > next.counter ? next.plan->counter : next.counter;
        next.release = release ? release : next.release;
    }
    next.phase = AGENT_IDLE;
    next.last = next.outcome;
    next.outcome = (struct agent_outcome){.id = NULL};
    next.plan = NULL;
    if (!agent_adopt(agent, &next, s->now_ms, err))
        return false;
    agent->next_poll_ms = s->now_ms;
    if (!is_failure)
        agent->setup.cache.prune(agent->setup.cache.ctx, NULL);
    return true;
}

/* What runs now goes first, so that the service can weigh the report against it. */
static bool run_reporting(struct step *s, struct err *err)
{
    struct agent *agent = s->agent;

    return agent_tell_attributes(agent, s->arena, false, s->now_ms, err) &&
           agent_report_end(agent, s->arena, &agent->state.outcome, err) && ended(s, err);
}

/* ---- a step -------------------------------------------------------------------------------- */

static bool credential_take(struct agent *agent, struct arena *arena, struct err *err)
{
    struct agent_setup *setup = &agent->setup;
    const char *authorization = setup->authorization;
    struct span token;

    if (!authorization) {
        if (!setup->memory.load(setup->memory.ctx, arena, "token", &token, err))
            return false;
        authorization = arena_printf(arena, "TargetToken %.*s", (int)token.size, token.at);
    }
    setup->wire.authorize(setup->wire.ctx, authorization);
    agent->is_enrolled = true;
    return true;
}

static bool enrolled(struct step *s, struct err *err)
{
    struct agent *agent = s->agent;

    if (agent->is_enrolled || credential_take(agent, s->arena, err))
        return true;
    return err->code == ERR_NOT_FOUND && agent_enrol(agent, s->arena, s->now_ms, err) &&
           credential_take(agent, s->arena, err);
}

/* Also after the clock was set back: no poll is due later than a poll's pause. */
static bool is_poll_due(const struct agent *agent, int64_t now_ms)
{
    return agent->next_poll_ms <= now_ms ||
           agent->next_poll_ms - now_ms > 2 * agent->poll_sleep_ms + BACKOFF_MAX_MS;
}

static bool work(struct step *s, struct err *err)
{
    struct agent *agent = s->agent;

    if (!enrolled(s, err))
        return false;
    if (is_poll_due(agent, s->now_ms)) {
        agent->next_poll_ms = s->now_ms + BACKOFF_FIRST_MS;
        return agent_poll(agent, s->arena, s->now_ms, err);
    }
    return tell_entry(s, err) && moves[agent->state.phase].run(s, err);
}

/* Doubles from 5 s to 10 min; what the service asks for counts more. */
static int64_t backoff(struct agent *agent, int64_t now_ms)
{
    int64_t wait_ms;

    agent->backoff_ms = agent->backoff_ms ? agent->backoff_ms * 2 : BACKOFF_FIRST_MS;
    if (agent->backoff_ms > BACKOFF_MAX_MS)
        agent->backoff_ms = BACKOFF_MAX_MS;
    wait_ms = agent->retry_after_ms > agent->backoff_ms ? agent->retry_after_ms : agent->backoff_ms;
    if (agent->next_poll_ms < now_ms + wait_ms)
        agent->next_poll_ms = now_ms + wait_ms;
    return agent->state.phase >= AGENT_INSTALLING && agent->state.phase < AGENT_REPORTING ? 0 : wait_ms;
}

static int64_t pause_of(const struct step *s)
{
    int64_t until_poll_ms = s->agent->next_poll_ms - s->now_ms;
    int64_t wait_ms = s->wait_ms < until_poll_ms ? s->wait_ms : until_poll_ms;

    return wait_ms > 0 ? wait_ms : 0;
}

bool agent_step(struct agent *agent, int64_t now_ms, int64_t *sleep_ms, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct step step = {.agent = agent, .arena = arena, .now_ms = now_ms};

    agent->retry_after_ms = 0;
    agent->step_ms = now_ms;
    if (!work(&step, err)) {
        *sleep_ms = backoff(agent, now_ms);
        return false;
    }
    agent->backoff_ms = 0;
    *sleep_ms = pause_of(&step);
    return true;
}
