#include "tools/agent/parts.h"

#include "base/text.h"

struct feedback {
    const char *execution, *finished, *text;
    int64_t code, done, of;
};

static struct span feedback_write(struct arena *arena, const char *id, const struct feedback *feedback)
{
    struct buf text = {.arena = arena};
    struct json_out j = {.buf = &text};

    json_open(&j, NULL);
    json_text(&j, "id", id);
    json_open(&j, "status");
    json_text(&j, "execution", feedback->execution);
    json_open(&j, "result");
    json_text(&j, "finished", feedback->finished);
    if (feedback->of) {
        json_open(&j, "progress");
        json_int(&j, "cnt", feedback->done);
        json_int(&j, "of", feedback->of);
        json_close(&j);
    }
    json_close(&j);
    if (feedback->code)
        json_int(&j, "code", feedback->code);
    json_open_list(&j, "details");
    if (!text_blank(feedback->text))
        json_text(&j, NULL, feedback->text);
    json_close(&j);
    json_close(&j);
    json_close(&j);
    return buf_span(&text);
}

static bool send(struct agent *agent, struct arena *arena, const char *id, const struct feedback *feedback,
                 struct err *err)
{
    const char *tail = arena_printf(arena, "/deploymentBase/%s/feedback", id);
    struct answer answer;

    return agent_ask(agent, arena, "POST", agent_path(agent, arena, tail),
                     feedback_write(arena, id, feedback), &answer, err) ||
           err_within(err, "reporting %s", feedback->execution);
}

bool agent_report(struct agent *agent, struct arena *arena, const char *execution, int64_t code, int64_t done,
                  int64_t of, const char *text, struct err *err)
{
    struct feedback feedback = {
        .execution = execution, .finished = "none", .text = text, .code = code, .done = done, .of = of};

    return send(agent, arena, agent->state.plan->id, &feedback, err);
}

/* A service that says the action is unknown or over has nothing more to hear. */
bool agent_report_end(struct agent *agent, struct arena *arena, const struct agent_outcome *outcome,
                      struct err *err)
{
    struct feedback feedback = {.execution = outcome->is_fetched_only ? "downloaded" : "closed",
                                .finished = outcome->is_failure ? "failure" : "success",
                                .text = outcome->text,
                                .code = outcome->code};

    return send(agent, arena, outcome->id, &feedback, err) || !agent_is_passing(err);
}
