#include "tools/agent/parts.h"

#include "base/text.h"

static struct span enrol_body(struct agent *agent, struct arena *arena, const char *report_key)
{
    const struct agent_setup *setup = &agent->setup;
    struct buf text = {.arena = arena};
    struct json_out j = {.buf = &text};

    json_open(&j, NULL);
    json_text(&j, "claim", setup->claim);
    json_text_if(&j, "model", setup->model);
    json_text_if(&j, "family", setup->family);
    json_text_if(&j, "serial", setup->serial);
    json_text_if(&j, "report_key", report_key);
    json_close(&j);
    return buf_span(&text);
}

/* A root.json that was put here at the factory is never replaced by one that came over the wire. */
static bool anchor_keep(struct agent *agent, struct arena *arena, const char *name, struct span root,
                        struct err *err)
{
    struct agent_memory *memory = &agent->setup.memory;
    struct span have;

    if (memory->load(memory->ctx, arena, name, &have, err))
        return true;
    return err->code == ERR_NOT_FOUND && memory->keep(memory->ctx, name, root, err);
}

static struct span root_text(struct arena *arena, const struct json *root)
{
    struct buf text = {.arena = arena};
    struct json_out j = {.buf = &text};

    json_copy(&j, NULL, root);
    return buf_span(&text);
}

/* The token last: with it, the enrolment is complete. */
static bool answer_keep(struct agent *agent, struct arena *arena, struct span body, int64_t now_ms,
                        struct err *err)
{
    struct agent_memory *memory = &agent->setup.memory;
    const struct json *object, *root = NULL, *director = NULL;
    const char *token = "", *poll_url = NULL;
    struct agent_state next = agent->state;
    const struct json_field fields[] = {
        JSON_TEXT("token", token, 1, 256),
        JSON_OPT_TEXT("poll_url", poll_url, 1, 2048),
        JSON_OPT_OBJECT_OF("root", root),
        JSON_OPT_OBJECT_OF("director_root", director),
    };

    if (!json_parse(arena, body, &object, err) || !json_read_lenient(object, fields, COUNT(fields), err))
        return err_within(err, "the answer to the enrolment");
    if ((root && !anchor_keep(agent, arena, "tuf/root.json", root_text(arena, root), err)) ||
        (director && !anchor_keep(agent, arena, "tuf/director/root.json", root_text(arena, director), err)))
        return false;
    next.poll_url = arena_dup(arena, poll_url);
    next.recipient = NULL; /* who enrols anew is told anew */
    if (!agent_adopt(agent, &next, now_ms, err) || !memory->keep(memory->ctx, "token", span_of(token), err))
        return err_within(err, "the claim is used up, but what it gave could not be kept");
    return true;
}

bool agent_enrol(struct agent *agent, struct arena *arena, int64_t now_ms, struct err *err)
{
    const char *report_key;
    struct answer answer;

    if (text_blank(agent->setup.claim))
        return FAIL(err, ERR_UNKNOWN_WHO, "not enrolled: a claim code is needed once");
    if (!agent_report_key(agent, arena, &report_key, err) ||
        !agent_ask(agent, arena, "POST", agent_path(agent, arena, "/enrol"),
                   enrol_body(agent, arena, report_key), &answer, err) ||
        !answer_keep(agent, arena, answer.body, now_ms, err))
        return err_within(err, "enrolling");
    agent->next_poll_ms = now_ms;
    return true;
}
