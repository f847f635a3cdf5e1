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

static bool has_changed(const struct agent_plan *plan)
{
    for (size_t i = 0; i < plan->category_count; i++)
        if (plan->categories[i].journal != CATEGORY_WANTED)
            return true;
    return false;
}

static bool ended(struct step *s, struct err *err)
{
    struct agent *agent = s->agent;
    struct agent_state next = agent->state;
    bool is_failure = next.outcome.is_failure, is_restore = next.plan->restore != NULL;
    char *release = release_of(s->arena, next.plan);
    struct agent_backup room;

    if (agent_takes_backups(agent) && (is_restore ? has_changed(next.plan) : !is_failure))
        backup_want(&next, is_restore ? BACKUP_AFTER_RESTORE : BACKUP_AFTER_UPDATE, &room);
    if (!is_failure && !is_restore) {
        next.counter = next.plan->counter > next.counter ? next.plan->counter : next.counter;
        next.release = release ? release : next.release;
        if (!agent_note_installed(agent, next.plan, err))
            return false;
    }
    next.phase = AGENT_IDLE;
    next.last = next.outcome;
    next.outcome = (struct agent_outcome){.id = NULL};
    next.plan = NULL;
    if (!agent_adopt(agent, &next, s->now_ms, err))
        return false;
    agent->next_poll_ms = s->now_ms;
    agent->backup_next_ms = 0;
    agent_package_close(agent);
    if (!is_failure || is_restore)
        agent->setup.cache.prune(agent->setup.cache.ctx, NULL);
    return true;
}

/* What runs now goes first, so that the service can weigh the report against it. */
bool run_reporting(struct step *s, struct err *err)
{
    struct agent *agent = s->agent;

    if (agent->state.plan->restore && !agent_restore_tell(agent, s->arena, err))
        return false;
    return agent_tell_attributes(agent, s->arena, false, s->now_ms, err) &&
           agent_report_end(agent, s->arena, &agent->state.outcome, err) && ended(s, err);
}
