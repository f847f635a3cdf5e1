#include "tools/agent/parts.h"

#include <stdlib.h>

#include "base/text.h"

static const char *const journal_name[PART_JOURNAL__MAX] = {"wanted", "begun", "installed"};

/* ---- copying ---------------------------------------------------------------- */

static struct agent_outcome outcome_copy(struct arena *arena, const struct agent_outcome *from)
{
    struct agent_outcome to = *from;

    to.id = arena_dup(arena, from->id);
    to.text = arena_dup(arena, from->text);
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
    to->parts = ARENA_MANY(arena, struct agent_part, from->part_count);
    for (size_t i = 0; i < from->part_count; i++) {
        const struct agent_part *part = &from->parts[i];

        to->parts[i] = (struct agent_part){.component = arena_dup(arena, part->component),
                                           .version = arena_dup(arena, part->version),
                                           .file = arena_dup(arena, part->file),
                                           .url = arena_dup(arena, part->url),
                                           .sha256 = arena_dup(arena, part->sha256),
                                           .target = arena_dup(arena, part->target),
                                           .size = part->size,
                                           .journal = part->journal};
    }
    return to;
}

struct agent_state agent_state_copy(struct arena *arena, const struct agent_state *state)
{
    struct agent_state to = *state;

    to.poll_url = arena_dup(arena, state->poll_url);
    to.boot = arena_dup(arena, state->boot);
    to.release = arena_dup(arena, state->release);
    to.told = arena_dup(arena, state->told);
    to.plan = plan_copy(arena, state->plan);
    to.outcome = outcome_copy(arena, &state->outcome);
    to.last = outcome_copy(arena, &state->last);
    return to;
}

/* ---- writing ----------------------------------------------------------------- */

static void write_outcome(struct json_out *j, const char *name, const struct agent_outcome *outcome)
{
    if (!outcome->id)
        return;
    json_open(j, name);
    json_text(j, "id", outcome->id);
    json_bool(j, "is_failure", outcome->is_failure);
    json_bool(j, "is_fetched_only", outcome->is_fetched_only);
    json_int(j, "code", outcome->code);
    json_text(j, "text", outcome->text);
    json_close(j);
}

static void write_part(struct json_out *j, const struct agent_part *part)
{
    json_open(j, NULL);
    json_text(j, "component", part->component);
    json_text(j, "version", part->version);
    json_text(j, "file", part->file);
    json_text(j, "url", part->url);
    json_text(j, "sha256", part->sha256);
    json_text_if(j, "target", part->target);
    json_int(j, "size", part->size);
    json_text(j, "journal", journal_name[part->journal]);
    json_close(j);
}

static void write_plan(struct json_out *j, const struct agent_plan *plan)
{
    json_open(j, "plan");
    json_text(j, "id", plan->id);
    json_int(j, "minutes", plan->minutes);
    json_int(j, "not_before_ms", plan->not_before_ms);
    json_int(j, "not_after_ms", plan->not_after_ms);
    json_int(j, "counter", plan->counter);
    json_bool(j, "may_download", plan->may_download);
    json_bool(j, "may_install", plan->may_install);
    json_bool(j, "has_window", plan->has_window);
    json_bool(j, "is_open", plan->is_open);
    json_open_list(j, "parts");
    for (size_t i = 0; i < plan->part_count; i++)
        write_part(j, &plan->parts[i]);
    json_close(j);
    json_close(j);
}

static struct span state_write(struct arena *arena, const struct agent_state *state)
{
    struct buf text = {.arena = arena};
    struct json_out j = {.buf = &text};

    json_open(&j, NULL);
    json_text(&j, "phase", agent_phase_name[state->phase]);
    json_int(&j, "since_ms", state->since_ms);
    json_text_if(&j, "poll_url", state->poll_url);
    json_text_if(&j, "boot", state->boot);
    json_text_if(&j, "release", state->release);
    json_text_if(&j, "told", state->told);
    json_int(&j, "counter", state->counter);
    if (state->plan)
        write_plan(&j, state->plan);
    write_outcome(&j, "outcome", &state->outcome);
    write_outcome(&j, "last", &state->last);
    json_close(&j);
    buf_char(&text, '\n');
    return buf_span(&text);
}

/* ---- reading ------------------------------------------------------------------- */

static bool name_find(const char *const *names, size_t count, const char *name, int *out, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (text_equal(names[i], name)) {
            *out = (int)i;
            return true;
        }
    }
    return FAIL(err, ERR_CORRUPT, "\"%s\" is no word of ours", name);
}

static bool read_outcome(const struct json *object, struct agent_outcome *out, struct err *err)
{
    if (!object)
        return true;
    const struct json_field fields[] = {
        JSON_TEXT("id", out->id, 1, 20),
        JSON_BOOL("is_failure", out->is_failure),
        JSON_BOOL("is_fetched_only", out->is_fetched_only),
        JSON_INT("code", out->code, INT64_MIN, INT64_MAX),
        JSON_OPT_TEXT("text", out->text, 0, 4000),
    };
    return json_read(object, fields, COUNT(fields), err);
}

static bool read_part(const struct json *object, struct agent_part *out, struct err *err)
{
    const char *journal = "";
    int step = 0;
    const struct json_field fields[] = {
        JSON_TEXT("component", out->component, 1, 128), JSON_TEXT("version", out->version, 0, 256),
        JSON_TEXT("file", out->file, 1, 256),           JSON_TEXT("url", out->url, 1, 4096),
        JSON_TEXT("sha256", out->sha256, 64, 64),       JSON_OPT_TEXT("target", out->target, 0, 512),
        JSON_INT("size", out->size, 0, INT64_MAX),      JSON_TEXT("journal", journal, 1, 20),
    };

    if (!json_read(object, fields, COUNT(fields), err) ||
        !name_find(journal_name, PART_JOURNAL__MAX, journal, &step, err))
        return false;
    out->journal = (enum part_journal)step;
    return true;
}

static bool read_plan(struct arena *arena, const struct json *object, struct agent_plan **out,
                      struct err *err)
{
    struct agent_plan *plan = ARENA_NEW(arena, struct agent_plan);
    const struct json *parts = NULL;
    const struct json_field fields[] = {
        JSON_TEXT("id", plan->id, 1, 20),
        JSON_INT("minutes", plan->minutes, 0, INT64_MAX),
        JSON_INT("not_before_ms", plan->not_before_ms, 0, INT64_MAX),
        JSON_INT("not_after_ms", plan->not_after_ms, 0, INT64_MAX),
        JSON_INT("counter", plan->counter, 0, INT64_MAX),
        JSON_BOOL("may_download", plan->may_download),
        JSON_BOOL("may_install", plan->may_install),
        JSON_BOOL("has_window", plan->has_window),
        JSON_BOOL("is_open", plan->is_open),
        JSON_LIST_OF("parts", parts, AGENT_PARTS_MAX),
    };

    if (!object)
        return true;
    if (!json_read(object, fields, COUNT(fields), err))
        return false;
    plan->part_count = json_count(parts);
    plan->parts = ARENA_MANY(arena, struct agent_part, plan->part_count);
    for (size_t i = 0; i < plan->part_count; i++)
        if (!read_part(json_item(parts, i), &plan->parts[i], err))
            return false;
    *out = plan;
    return true;
}

static bool state_read(struct arena *arena, struct span text, struct agent_state *out, struct err *err)
{
    const struct json *object, *plan = NULL, *outcome = NULL, *last = NULL;
    const char *phase = "", *poll_url = NULL, *boot = NULL, *release = "", *told = NULL;
    struct agent_state state = {.phase = AGENT_IDLE};
    int number = 0;
    const struct json_field fields[] = {
        JSON_TEXT("phase", phase, 1, 40),
        JSON_INT("since_ms", state.since_ms, 0, INT64_MAX),
        JSON_OPT_TEXT("poll_url", poll_url, 0, 4096),
        JSON_OPT_TEXT("boot", boot, 0, 200),
        JSON_OPT_TEXT("release", release, 0, 256),
        JSON_OPT_TEXT("told", told, 0, 64),
        JSON_INT("counter", state.counter, 0, INT64_MAX),
        JSON_OPT_OBJECT_OF("plan", plan),
        JSON_OPT_OBJECT_OF("outcome", outcome),
        JSON_OPT_OBJECT_OF("last", last),
    };

    if (!json_parse(arena, text, &object, err) || !json_read(object, fields, COUNT(fields), err) ||
        !name_find(agent_phase_name, AGENT_PHASE__MAX, phase, &number, err) ||
        !read_plan(arena, plan, &state.plan, err) || !read_outcome(outcome, &state.outcome, err) ||
        !read_outcome(last, &state.last, err))
        return false;
    state.phase = (enum agent_phase)number;
    if ((state.phase == AGENT_IDLE) != (state.plan == NULL))
        return FAIL(err, ERR_CORRUPT, "%s with%s an action", phase, state.plan ? "" : "out");
    state.poll_url = arena_dup(arena, poll_url);
    state.boot = arena_dup(arena, boot);
    state.release = arena_dup(arena, release);
    state.told = arena_dup(arena, told);
    *out = state;
    return true;
}

/* ---- keeping --------------------------------------------------------------------- */

static bool state_keep(struct agent *agent, const struct agent_state *state, struct err *err)
{
    AUTO(arena_freep) struct arena *scratch = arena_new();
    struct agent_memory *memory = &agent->setup.memory;

    return memory->keep(memory->ctx, "state.json", state_write(scratch, state), err) ||
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
        if (!state_read(scratch, text, &state, err))
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
