#include "tools/agent/step.h"

#include "base/text.h"
#include "model/busy.h"

#define BUSY_AGAIN_MS (60 * 1000)
#define IDLE_WAIT_MAX_MS (8 * 3600 * 1000LL)

bool run_idle(struct step *s, struct err *err)
{
    (void)err;
    s->wait_ms = UNTIL_POLL;
    return true;
}

bool run_offered(struct step *s, struct err *err)
{
    if (s->agent->state.plan->may_download)
        return step_move(s, AGENT_VERIFYING, err);
    s->wait_ms = UNTIL_POLL;
    return true;
}

bool run_verifying(struct step *s, struct err *err)
{
    struct agent *agent = s->agent;
    bool is_trusted;

    agent->attack = ATTACK_NONE;
    if (agent->state.plan->restore)
        return agent_restore_verify(agent, s->arena, s->now_ms, err) || step_refuse(s, err);
    is_trusted = agent->setup.resolve
                     ? agent->setup.resolve(agent->setup.ctx, agent, s->arena, s->now_ms, err)
                     : agent_trust(agent, s->arena, s->now_ms, err);
    return is_trusted ? step_move(s, AGENT_DOWNLOADING, err) : step_refuse(s, err);
}

bool run_downloading(struct step *s, struct err *err)
{
    if (agent_has_all(s->agent))
        return step_move(s, AGENT_DOWNLOADED, err);
    return agent_fetch(s->agent, err) || step_refuse(s, err);
}

bool run_downloaded(struct step *s, struct err *err)
{
    const struct agent_plan *plan = s->agent->state.plan;
    struct agent_outcome outcome = {.id = plan->id, .is_fetched_only = true, .text = "downloaded"};

    if (plan->may_install || plan->has_window || plan->restore)
        return step_move(s, AGENT_WAITING_WINDOW, err);
    return agent_report_end(s->agent, s->arena, &outcome, err) &&
           agent_forget(s->agent, &outcome, s->now_ms, err);
}

/* NULL when it may begin now; the service has left room for it to end in time. */
static const char *window_obstacle(struct step *s)
{
    const struct agent_plan *plan = s->agent->state.plan;
    int64_t wall_ms = agent_wall_ms(s->agent, s->now_ms);

    if (plan->restore)
        return NULL; /* somebody stands beside it */
    if (!plan->may_install)
        return "waiting for the window";
    if (plan->not_before_ms > wall_ms && !plan->is_open)
        return "waiting for the window to open";
    if (plan->not_after_ms && wall_ms > plan->not_after_ms)
        return arena_printf(s->arena, "does not fit: it takes %lld min and had to begin by %s",
                            (long long)plan->minutes, text_time(s->arena, plan->not_after_ms));
    return NULL;
}

bool run_waiting_window(struct step *s, struct err *err)
{
    const char *obstacle = window_obstacle(s);

    if (!obstacle)
        return step_move(s, AGENT_WAITING_IDLE, err);
    s->wait_ms = UNTIL_POLL;
    return step_tell(s, "proceeding", obstacle, err);
}

static bool give_up(struct step *s, const char *what, const char *reason, struct err *err)
{
    return agent_end(s->agent, true, REPORT_WAITING_IDLE, arena_printf(s->arena, "%s: %s", what, reason),
                     s->now_ms, err);
}

/* For a night at most; what runs on the machine is never ended for us. */
static bool wait_for_idle(struct step *s, const char *reason, struct err *err)
{
    struct agent *agent = s->agent;
    int64_t max_ms = agent->setup.idle_wait_max_ms ? agent->setup.idle_wait_max_ms : IDLE_WAIT_MAX_MS;
    const char *said = busy_say(s->arena, reason);

    if (s->now_ms - agent->state.since_ms > max_ms)
        return give_up(s, arena_printf(s->arena, "never idle in %s", text_duration(s->arena, max_ms)), said,
                       err);
    s->wait_ms = BUSY_AGAIN_MS;
    return step_tell(s, "proceeding", said, err);
}

static bool is_busy(struct step *s, char *reason, size_t room)
{
    const struct agent_machine *machine = &s->agent->setup.machine;

    return machine->busy && machine->busy(machine->ctx, s->now_ms, reason, room);
}

static bool begin(struct step *s, enum agent_phase phase, struct err *err)
{
    s->agent->begun = -1;
    return phase == AGENT_BACKING_UP ? backup_begin_before(s, err) : step_move(s, phase, err);
}

bool waiting_is_over(struct step *s, struct err *err)
{
    char reason[REASON_CHARS];

    if (window_obstacle(s))
        return step_move(s, AGENT_WAITING_WINDOW, err);
    if (is_busy(s, reason, sizeof(reason)))
        return step_move(s, AGENT_WAITING_IDLE, err);
    return begin(s, backup_goes_before(s->agent), err);
}

/* The window is shut or too short by now. One that was in use until then gives the night up and says so;
 * else it was never its turn. */
static bool back_to_window(struct step *s, struct err *err)
{
    const struct agent *agent = s->agent;
    char reason[REASON_CHARS] = "";

    if (agent->told_phase != AGENT_WAITING_IDLE || !is_busy(s, reason, sizeof(reason)))
        return step_move(s, AGENT_WAITING_WINDOW, err);
    return give_up(s, "in use until its window ended", busy_say(s->arena, reason), err);
}

/* Asks once more right before it begins: the last moment to be called back. */
bool run_waiting_idle(struct step *s, struct err *err)
{
    struct agent *agent = s->agent;
    char reason[REASON_CHARS] = "";

    if (window_obstacle(s))
        return back_to_window(s, err);
    if (is_busy(s, reason, sizeof(reason)))
        return wait_for_idle(s, reason, err);
    if (!agent_plan_refresh(agent, s->arena, s->now_ms, err))
        return step_refuse(s, err);
    if (agent->state.phase != AGENT_WAITING_IDLE)
        return true;
    if (window_obstacle(s))
        return step_move(s, AGENT_WAITING_WINDOW, err);
    return begin(s, backup_goes_before(agent), err);
}
