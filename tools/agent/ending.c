#include "tools/agent/step.h"

#include "base/text.h"

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
bool run_reporting(struct step *s, struct err *err)
{
    struct agent *agent = s->agent;

    return agent_tell_attributes(agent, s->arena, false, s->now_ms, err) &&
           agent_report_end(agent, s->arena, &agent->state.outcome, err) && ended(s, err);
}
