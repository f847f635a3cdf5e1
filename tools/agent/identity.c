#include "tools/agent/parts.h"

#include "base/text.h"

#define KEY_FILE "age.key"

static bool identity_make(struct agent *agent, struct age_identity **out, struct err *err)
{
    struct agent_memory *memory = &agent->setup.memory;
    AUTO(age_identity_freep) struct age_identity *identity = NULL;
    char text[AGE_IDENTITY_CHARS + 1];
    bool is_kept;

    age_identity_make(&identity);
    age_identity_text(identity, text);
    is_kept = memory->keep(memory->ctx, KEY_FILE, span_of(text), err);
    explicit_bzero(text, sizeof(text));
    if (!is_kept)
        return err_within(err, "keeping " KEY_FILE);
    *out = identity;
    identity = NULL;
    return true;
}

bool agent_identity(struct agent *agent, struct age_identity **out, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new_secret();
    struct agent_memory *memory = &agent->setup.memory;
    struct span text;

    if (!memory->load(memory->ctx, arena, KEY_FILE, &text, err))
        return err->code == ERR_NOT_FOUND && identity_make(agent, out, err);
    return age_identity_parse(text_trim(text), out, err) || err_within(err, KEY_FILE);
}

static struct span recipient_body(struct arena *arena, const char *recipient)
{
    struct buf text = {.arena = arena};
    struct json_out j = {.buf = &text};

    json_open(&j, NULL);
    json_text(&j, "recipient", recipient);
    json_close(&j);
    return buf_span(&text);
}

/* A service that wants none is not asked again before the next start. */
static bool refused(struct agent *agent, const struct err *err)
{
    agent->is_recipient_refused = !agent_is_passing(err);
    return agent->is_recipient_refused;
}

bool agent_tell_recipient(struct agent *agent, struct arena *arena, int64_t now_ms, struct err *err)
{
    AUTO(age_identity_freep) struct age_identity *identity = NULL;
    char recipient[AGE_RECIPIENT_CHARS + 1];
    struct agent_state next = agent->state;
    struct answer answer;

    if (agent->state.recipient || agent->is_recipient_refused)
        return true;
    if (!agent_identity(agent, &identity, err))
        return false;
    age_recipient_text(age_identity_recipient(identity), recipient);
    if (!agent_ask(agent, arena, "PUT", agent_path(agent, arena, "/recipient"),
                   recipient_body(arena, recipient), &answer, err))
        return refused(agent, err) || err_within(err, "telling the recipient");
    next.recipient = recipient;
    return agent_adopt(agent, &next, now_ms, err);
}
