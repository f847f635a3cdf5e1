#include "tools/agent/step.h"

#include "base/text.h"

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
    bool is_new = part->journal == PART_WANTED;

    if (!is_new && agent->begun != (int)i && is_written(s, part))
        return part_installed(s, i, err);
    if (is_new && !journal(s, i, PART_BEGUN, err))
        return false;
    agent->begun = (int)i;
    s->wait_ms = 0;
    if (!machine->install(machine->ctx, &agent->state.plan->parts[i], s->now_ms, &s->wait_ms, err)) {
        (void)err_within(err, "installing %s", component);
        err->code = ERR_CONFLICT;
        return step_refuse(s, err);
    }
    return s->wait_ms > 0 || part_installed(s, i, err);
}

bool run_installing(struct step *s, struct err *err)
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

bool run_rebooting(struct step *s, struct err *err)
{
    struct agent *agent = s->agent;
    const struct agent_machine *machine = &agent->setup.machine;

    if (!text_equal(machine->boot(machine->ctx), agent->state.boot))
        return step_move(s, AGENT_SELF_TEST, err);
    s->wait_ms = 0;
    if (machine->reboot(machine->ctx, s->now_ms, &s->wait_ms, err))
        return true;
    err->code = ERR_CONFLICT;
    return step_refuse(s, err);
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

bool run_self_test(struct step *s, struct err *err)
{
    struct agent *agent = s->agent;
    const struct agent_machine *machine = &agent->setup.machine;

    s->wait_ms = 0;
    if (machine->self_test && !machine->self_test(machine->ctx, s->now_ms, &s->wait_ms, err)) {
        (void)err_within(err, "self-test");
        err->code = ERR_CONFLICT;
        return step_refuse(s, err);
    }
    if (s->wait_ms > 0)
        return true;
    if (!versions_check(s, err))
        return step_refuse(s, err);
    return agent_end(agent, false, 0, "installed, restarted and tested", s->now_ms, err);
}
