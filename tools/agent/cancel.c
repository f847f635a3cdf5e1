#include "tools/agent/parts.h"

#include "base/text.h"

static struct span answer_write(struct arena *arena, const char *id, const char *execution, const char *text)
{
    struct buf out = {.arena = arena};
    struct json_out j = {.buf = &out};

    json_open(&j, NULL);
    json_text(&j, "id", id);
    json_open(&j, "status");
    json_text(&j, "execution", execution);
    json_open(&j, "result");
    json_text(&j, "finished", "success");
    json_close(&j);
    json_open_list(&j, "details");
    json_text(&j, NULL, text);
    json_close(&j);
    json_close(&j);
    json_close(&j);
    return buf_span(&out);
}

static bool reply(struct agent *agent, struct arena *arena, const char *id, const char *execution,
                  const char *text, struct err *err)
{
    const char *tail = arena_printf(arena, "/cancelAction/%s/feedback", id);
    struct answer answer;

    return agent_ask(agent, arena, "POST", agent_path(agent, arena, tail),
                     answer_write(arena, id, execution, text), &answer, err) ||
           err_within(err, "answering that %s was called back", id);
}

static bool stop_read(struct agent *agent, struct arena *arena, const char *href, const char **id,
                      struct err *err)
{
    const struct json *object, *inner = NULL;
    struct answer answer;
    int64_t number;
    const struct json_field outer[] = {JSON_OBJECT_OF("cancelAction", inner)};
    const struct json_field fields[] = {JSON_TEXT("stopId", *id, 1, 19)};

    return agent_ask(agent, arena, "GET", href, (struct span){NULL, 0}, &answer, err) &&
           json_parse(arena, answer.body, &object, err) &&
           json_read_lenient(object, outer, COUNT(outer), err) &&
           json_read_lenient(inner, fields, COUNT(fields), err) &&
           text_int(*id, "stopId", 1, INT64_MAX, &number, err);
}

/* What is being written to flash is finished first: stopping there would leave a machine that does not start.
 * What has already ended keeps its end, which the service may not have heard. */
bool agent_cancel(struct agent *agent, struct arena *arena, const char *href, int64_t now_ms, struct err *err)
{
    const struct agent_state *state = &agent->state;
    const char *id = "";

    if (!stop_read(agent, arena, href, &id, err))
        return err->code == ERR_NOT_FOUND || err->code == ERR_GONE || err_within(err, "what to stop");
    bool is_ours = state->plan && text_equal(state->plan->id, id);
    if (is_ours && state->phase == AGENT_REPORTING)
        return true;
    if (is_ours && state->phase >= AGENT_INSTALLING)
        return reply(agent, arena, id, "rejected",
                     state->plan->restore ? "too late: settings are being put back"
                                          : "too late: it is being installed",
                     err);
    if (!is_ours && text_equal(state->last.id, id))
        return agent_report_end(agent, arena, &state->last, err);
    if (!reply(agent, arena, id, "closed", "dropped", err) && agent_is_passing(err))
        return false;
    agent->next_poll_ms = now_ms; /* something newer may wait behind it */
    return !is_ours || agent_forget(agent, NULL, now_ms, err);
}
