#include "tools/agent/parts.h"

#include <stdlib.h>

#include "base/text.h"

/* ---- copying ---------------------------------------------------------------- */

static struct agent_outcome outcome_copy(struct arena *arena, const struct agent_outcome *from)
{
    struct agent_outcome to = *from;

    to.id = arena_dup(arena, from->id);
    to.text = arena_dup(arena, from->text);
    return to;
}

static struct agent_part part_copy(struct arena *arena, const struct agent_part *from)
{
    struct agent_part to = *from;

    to.component = arena_dup(arena, from->component);
    to.version = arena_dup(arena, from->version);
    to.file = arena_dup(arena, from->file);
    to.url = arena_dup(arena, from->url);
    to.sha256 = arena_dup(arena, from->sha256);
    to.target = arena_dup(arena, from->target);
    return to;
}

static struct agent_category category_copy(struct arena *arena, const struct agent_category *from)
{
    struct agent_category to = *from;

    to.name = arena_dup(arena, from->name);
    to.text = arena_dup(arena, from->text);
    return to;
}

static struct agent_backup *backup_copy(struct arena *arena, const struct agent_backup *from)
{
    struct agent_backup *to;

    if (!from)
        return NULL;
    to = ARENA_NEW(arena, struct agent_backup);
    *to = *from;
    to->action = arena_dup(arena, from->action);
    to->restore = arena_dup(arena, from->restore);
    to->about = arena_dup(arena, from->about);
    to->where = arena_dup(arena, from->where);
    return to;
}

static struct agent_plan *plan_copy(struct arena *arena, const struct agent_plan *from)
{
    struct agent_plan *to;

    if (!from)
        return NULL;
    to = ARENA_NEW(arena, struct agent_plan);
    *to = *from;
    to->id = arena_dup(arena, from->id);
    to->restore = arena_dup(arena, from->restore);
    to->nonce = arena_dup(arena, from->nonce);
    to->notice = arena_dup(arena, from->notice);
    to->notice_now = arena_dup(arena, from->notice_now);
    to->parts = ARENA_MANY(arena, struct agent_part, from->part_count);
    for (size_t i = 0; i < from->part_count; i++)
        to->parts[i] = part_copy(arena, &from->parts[i]);
    to->categories = ARENA_MANY(arena, struct agent_category, from->category_count);
    for (size_t i = 0; i < from->category_count; i++)
        to->categories[i] = category_copy(arena, &from->categories[i]);
    return to;
}

struct agent_state agent_state_copy(struct arena *arena, const struct agent_state *state)
{
    struct agent_state to = *state;

    to.poll_url = arena_dup(arena, state->poll_url);
    to.boot = arena_dup(arena, state->boot);
    to.release = arena_dup(arena, state->release);
    to.told = arena_dup(arena, state->told);
    to.recipient = arena_dup(arena, state->recipient);
    to.plan = plan_copy(arena, state->plan);
    to.outcome = outcome_copy(arena, &state->outcome);
    to.last = outcome_copy(arena, &state->last);
    to.backup = backup_copy(arena, state->backup);
    to.backed_up.id = arena_dup(arena, state->backed_up.id);
    to.backed_up.text = arena_dup(arena, state->backed_up.text);
    return to;
}

/* ---- keeping --------------------------------------------------------------------- */

static bool state_keep(struct agent *agent, const struct agent_state *state, struct err *err)
{
    AUTO(arena_freep) struct arena *scratch = arena_new();
    struct agent_memory *memory = &agent->setup.memory;

    return memory->keep(memory->ctx, "state.json", agent_state_write(scratch, state), err) ||
           err_within(err, "keeping the state");
}

static void state_take(struct agent *agent, const struct agent_state *state)
{
    struct arena *arena = arena_new();

    agent->state = agent_state_copy(arena, state);
    arena_freep(&agent->arena);
    agent->arena = arena;
}

bool agent_load(struct agent *agent, struct err *err)
{
    AUTO(arena_freep) struct arena *scratch = arena_new();
    struct agent_memory *memory = &agent->setup.memory;
    struct agent_state state = {.phase = AGENT_IDLE, .release = (char[]){""}};
    struct span text;

    if (memory->load(memory->ctx, scratch, "state.json", &text, err)) {
        if (!agent_state_read(scratch, text, &state, err))
            return err_within(err, "state.json");
    } else if (err->code != ERR_NOT_FOUND) {
        return false;
    }
    state_take(agent, &state);
    return true;
}

bool agent_adopt(struct agent *agent, const struct agent_state *next, int64_t now_ms, struct err *err)
{
    enum agent_phase from = agent->state.phase;
    struct agent_state state = *next;

    if (state.phase != from) {
        state.since_ms = now_ms > 0 ? now_ms : 0;
        agent->told_phase = -1;
        agent->told_reason[0] = '\0';
    }
    if (!state_keep(agent, &state, err))
        return false;
    state_take(agent, &state);
    if (state.phase != from && agent->setup.moved)
        agent->setup.moved(agent->setup.ctx, agent, from, now_ms);
    return true;
}

bool agent_move(struct agent *agent, enum agent_phase phase, int64_t now_ms, struct err *err)
{
    struct agent_state next = agent->state;

    next.phase = phase;
    return agent_adopt(agent, &next, now_ms, err);
}

bool agent_end(struct agent *agent, bool is_failure, int64_t code, const char *text, int64_t now_ms,
               struct err *err)
{
    struct agent_state next = agent->state;

    next.phase = AGENT_REPORTING;
    next.outcome = (struct agent_outcome){
        .id = agent->state.plan->id, .is_failure = is_failure, .code = code, .text = text};
    return agent_adopt(agent, &next, now_ms, err);
}

bool agent_forget(struct agent *agent, const struct agent_outcome *last, int64_t now_ms, struct err *err)
{
    struct agent_state next = agent->state;

    next.phase = AGENT_IDLE;
    next.plan = NULL;
    next.outcome = (struct agent_outcome){.id = NULL};
    if (last)
        next.last = *last;
    return agent_adopt(agent, &next, now_ms, err);
}
