#include "tools/agent/parts.h"

#include <stdlib.h>

#include "base/text.h"

struct agent *agent_new(const struct agent_setup *setup)
{
    struct agent *agent = calloc(1, sizeof(*agent));

    if (!agent)
        abort();
    agent->setup = *setup;
    agent->arena = arena_new();
    agent->told_phase = agent->begun = agent->tried = -1;
    agent->sent = -1;
    agent->is_report_due = true;
    agent->open_s = setup->long_poll_s;
    return agent;
}

void agent_freep(struct agent **agent)
{
    if (!*agent)
        return;
    agent_package_close(*agent);
    arena_freep(&(*agent)->arena);
    free(*agent);
    *agent = NULL;
}

bool agent_start(struct agent *agent, struct err *err)
{
    agent->next_poll_ms = agent->backoff_ms = agent->retry_after_ms = 0;
    agent->told_phase = agent->begun = agent->tried = -1;
    agent->sent = -1;
    agent->backup_next_ms = 0;
    agent->backup_tries = agent->backup_stumbles = 0;
    agent->is_backup_wanted = agent->is_recipient_refused = false;
    agent_package_close(agent);
    agent->told_reason[0] = agent->shown[0] = '\0';
    agent->fetch_tries = 0;
    agent->is_enrolled = false;
    return agent_load(agent, err);
}

enum agent_phase agent_phase(const struct agent *agent)
{
    return agent->state.phase;
}

const struct agent_plan *agent_plan(const struct agent *agent)
{
    return agent->state.plan;
}

const struct agent_outcome *agent_last(const struct agent *agent)
{
    return &agent->state.last;
}

const struct agent_backup *agent_backup(const struct agent *agent)
{
    return agent->state.backup;
}

const struct agent_backed_up *agent_backed_up(const struct agent *agent)
{
    return &agent->state.backed_up;
}

const char *agent_release(const struct agent *agent)
{
    return agent->state.release ? agent->state.release : "";
}

bool agent_is_enrolled(const struct agent *agent)
{
    return agent->is_enrolled;
}

int64_t agent_polls(const struct agent *agent)
{
    return agent->polls;
}

static void component_tell(void *to, const char *name, const char *value)
{
    static const char prefix[] = "component.";

    if (text_starts(name, prefix))
        json_text(to, name + sizeof(prefix) - 1, value);
}

static void status_categories(const struct agent_plan *plan, struct json_out *out)
{
    json_open_list(out, "categories");
    for (size_t i = 0; i < plan->category_count; i++) {
        json_open(out, NULL);
        json_text(out, "name", plan->categories[i].name);
        json_text(out, "journal", category_journal_name[plan->categories[i].journal]);
        json_close(out);
    }
    json_close(out);
}

static void status_backup(const struct agent_state *state, struct json_out *out)
{
    const struct agent_backed_up *ended = &state->backed_up;

    if (state->backup) {
        json_open(out, "backup");
        json_text(out, "trigger", backup_trigger_name[state->backup->trigger]);
        json_text(out, "step", state->backup->where ? "created" : state->backup->about ? "made" : "wanted");
        json_close(out);
    }
    if (ended->at_ms) {
        json_open(out, "backed_up");
        json_text(out, "trigger", backup_trigger_name[ended->trigger]);
        json_text_if(out, "id", ended->id);
        json_text_if(out, "text", ended->text);
        json_time_if(out, "at", ended->at_ms);
        json_close(out);
    }
}

static void status_action(const struct agent_plan *plan, struct json_out *out)
{
    json_open(out, "action");
    json_text(out, "id", plan->id);
    json_text_if(out, "restore", plan->restore);
    if (plan->restore)
        status_categories(plan, out);
    json_open_list(out, "parts");
    for (size_t i = 0; i < plan->part_count; i++) {
        json_open(out, NULL);
        json_text(out, "component", plan->parts[i].component);
        json_text(out, "version", plan->parts[i].version);
        json_bool(out, "is_installed", plan->parts[i].journal == PART_INSTALLED);
        json_close(out);
    }
    json_close(out);
    json_close(out);
}

void agent_status(const struct agent *agent, struct json_out *out)
{
    const struct agent_setup *setup = &agent->setup;
    const struct agent_state *state = &agent->state;

    json_text(out, "id", setup->id);
    json_text(out, "phase", agent_phase_name[state->phase]);
    json_time_if(out, "since", state->since_ms);
    json_text_if(out, "release", state->release);
    json_open(out, "components");
    if (setup->machine.attributes)
        setup->machine.attributes(setup->machine.ctx, component_tell, out);
    json_close(out);
    if (state->plan)
        status_action(state->plan, out);
    status_backup(state, out);
    if (state->last.id) {
        json_open(out, "last");
        json_text(out, "action", state->last.id);
        json_text(out, "result", state->last.is_failure ? "failure" : "success");
        json_text_if(out, "text", state->last.text);
        json_close(out);
    }
}
