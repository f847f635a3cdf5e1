#include "tools/agent/step.h"

#include <stdio.h>

#include "base/text.h"

#define BACKOFF_FIRST_MS 5000
#define BACKOFF_MAX_MS (10 * 60 * 1000)
#define RESTORING_AGAIN_MS 10000       /* a dead man's timer runs */
#define TELL_AGAIN_MS (10 * 60 * 1000) /* another reason to wait is told no sooner */

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
    [AGENT_BACKING_UP]     = { "proceeding",  REPORT_BACKING_UP,      run_backing_up,     "backing up its settings" },
    [AGENT_INSTALLING]     = { "proceeding",  REPORT_INSTALLING,      run_installing,     "installing" },
    [AGENT_REBOOTING]      = { "proceeding",  REPORT_REBOOTING,       run_rebooting,      "restarting" },
    [AGENT_SELF_TEST]      = { "proceeding",  REPORT_SELF_TEST,       run_self_test,      "testing itself" },
    [AGENT_RESTORING]      = { "proceeding",  REPORT_RESTORING,       run_restoring,      "putting settings back" },
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
    [AGENT_BACKING_UP] = "backing-up",
    [AGENT_INSTALLING] = "installing",
    [AGENT_REBOOTING] = "rebooting",
    [AGENT_SELF_TEST] = "self-test",
    [AGENT_RESTORING] = "restoring",
    [AGENT_REPORTING] = "reporting",
};

/* ---- telling ------------------------------------------------------------------ */

/* From the backup on a report is a courtesy: a dead network must not hold a machine half flashed. Before that
 * an action which the service does not know any more is asked about at once. */
static bool told(struct step *s, struct err *err)
{
    struct agent *agent = s->agent;

    if (agent->state.phase >= AGENT_BACKING_UP)
        return true;
    if (err->code == ERR_NOT_FOUND || err->code == ERR_GONE)
        agent->next_poll_ms = s->now_ms;
    return !agent_is_passing(err);
}

bool step_tell(struct step *s, const char *execution, const char *words, struct err *err)
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
           step_tell(s, move->execution, move->words, err);
}

bool step_move(struct step *s, enum agent_phase phase, struct err *err)
{
    return agent_move(s->agent, phase, s->now_ms, err);
}

/* Tried again later, or the end of the action. */
bool step_refuse(struct step *s, struct err *err)
{
    enum attack attack = s->agent->attack;
    int64_t code = moves[s->agent->state.phase].code;
    char *text;

    if (agent_is_passing(err))
        return false;
    if (attack)
        agent_note_attack(s->agent, attack);
    text = attack ? arena_printf(s->arena, "refused, %s: %s", attack_name[attack], err->text)
                  : arena_dup(s->arena, err->text);
    return agent_end(s->agent, true, attack ? REPORT_REFUSED + attack : code, text, s->now_ms, err);
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

/* Also after the clock was set back: no poll is due later than a poll's pause. A backup that has begun to
 * fail is first tried to its end, or a dead line would hold the update behind it for ever. */
static bool is_poll_due(const struct agent *agent, int64_t now_ms)
{
    if (agent->state.phase == AGENT_BACKING_UP && agent->backup_tries > 0)
        return false;
    return agent->next_poll_ms <= now_ms ||
           agent->next_poll_ms - now_ms > 2 * agent->poll_sleep_ms + BACKOFF_MAX_MS;
}

static bool work(struct step *s, struct err *err)
{
    struct agent *agent = s->agent;

    if (!enrolled(s, err))
        return false;
    if (is_poll_due(agent, s->now_ms)) {
        s->is_poll = true;
        agent->next_poll_ms = s->now_ms + BACKOFF_FIRST_MS;
        return agent_poll(agent, s->arena, s->now_ms, err);
    }
    if (agent_takes_backups(agent) && agent->state.phase < AGENT_INSTALLING &&
        !agent_tell_recipient(agent, s->arena, s->now_ms, err))
        return false;
    if (backup_is_due(s))
        return run_backup(s, err);
    return tell_entry(s, err) && moves[agent->state.phase].run(s, err);
}

/* Doubles from 5 s to 10 min; what the service asks for counts more. */
static int64_t backoff(const struct step *s)
{
    struct agent *agent = s->agent;
    bool is_restoring = agent->state.phase == AGENT_RESTORING;
    int64_t wait_ms;

    agent->backoff_ms = agent->backoff_ms ? agent->backoff_ms * 2 : BACKOFF_FIRST_MS;
    if (agent->backoff_ms > BACKOFF_MAX_MS)
        agent->backoff_ms = BACKOFF_MAX_MS;
    wait_ms = agent->retry_after_ms > agent->backoff_ms ? agent->retry_after_ms : agent->backoff_ms;
    if (is_restoring && wait_ms > RESTORING_AGAIN_MS)
        wait_ms = RESTORING_AGAIN_MS;
    if (agent->next_poll_ms < s->now_ms + wait_ms)
        agent->next_poll_ms = s->now_ms + wait_ms;
    /* A poll that fails holds up no work that needs none. */
    return s->is_poll && agent->state.phase >= AGENT_INSTALLING && agent->state.phase < AGENT_REPORTING
               ? 0
               : wait_ms;
}

static int64_t pause_of(const struct step *s)
{
    int64_t until_poll_ms = s->agent->next_poll_ms - s->now_ms;
    int64_t wait_ms = s->wait_ms < until_poll_ms ? s->wait_ms : until_poll_ms;

    if (backup_is_due(s))
        wait_ms = 0;
    return wait_ms > 0 ? wait_ms : 0;
}

/* Before it begins, when; from then on, that it has. After a restart it is shown again. */
static const char *notice_of(const struct agent_state *state)
{
    const char *text = NULL;

    if (state->plan && state->phase < AGENT_BACKING_UP)
        text = state->plan->notice;
    else if (state->plan && state->phase < AGENT_RESTORING)
        text = state->plan->notice_now;
    return text ? text : "";
}

static void panel_show(struct agent *agent)
{
    const struct agent_machine *machine = &agent->setup.machine;
    const char *text = notice_of(&agent->state);

    if (!machine->notice || text_equal(text, agent->shown))
        return;
    snprintf(agent->shown, sizeof(agent->shown), "%s", text);
    machine->notice(machine->ctx, *text ? text : NULL);
}

bool agent_step(struct agent *agent, int64_t now_ms, int64_t *sleep_ms, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct step step = {.agent = agent, .arena = arena, .now_ms = now_ms};
    bool is_well;

    agent->retry_after_ms = 0;
    agent->step_ms = now_ms;
    is_well = work(&step, err);
    panel_show(agent);
    if (!is_well) {
        *sleep_ms = backoff(&step);
        return false;
    }
    agent->backoff_ms = 0;
    *sleep_ms = pause_of(&step);
    return true;
}

bool agent_back_up(struct agent *agent, int64_t now_ms, bool *is_over, int64_t *sleep_ms, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct step step = {.agent = agent, .arena = arena, .now_ms = now_ms};

    agent->retry_after_ms = *sleep_ms = 0;
    agent->step_ms = now_ms;
    agent->backup_next_ms = 0;
    if (agent->state.phase >= AGENT_BACKING_UP)
        return FAIL(err, ERR_CONFLICT, "it is %s", agent_phase_name[agent->state.phase]);
    if (!enrolled(&step, err) || !agent_tell_recipient(agent, arena, now_ms, err) ||
        !run_backup(&step, err)) {
        *sleep_ms = backoff(&step);
        return false;
    }
    agent->backoff_ms = 0;
    *is_over = !agent->state.backup && !backup_is_asked(agent);
    return true;
}
