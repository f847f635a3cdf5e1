#include "tools/agent/parts.h"

#include <stdio.h>

#include "base/hash.h"
#include "base/text.h"

static void tell(void *to, const char *name, const char *value)
{
    json_text_if(to, name, value);
}

static struct span data_write(struct agent *agent, struct arena *arena)
{
    const struct agent_setup *setup = &agent->setup;
    struct buf text = {.arena = arena};
    struct json_out j = {.buf = &text};

    json_open(&j, NULL);
    json_text(&j, "mode", "merge");
    json_open(&j, "data");
    json_text_if(&j, "model", setup->model);
    json_text_if(&j, "family", setup->family);
    json_text_if(&j, "serial", setup->serial);
    json_text_if(&j, "zone", setup->zone);
    json_text_if(&j, "language", setup->language);
    if (setup->machine.attributes)
        setup->machine.attributes(setup->machine.ctx, tell, &j);
    json_close(&j);
    json_close(&j);
    return buf_span(&text);
}

bool agent_tell_attributes(struct agent *agent, struct arena *arena, bool is_forced, int64_t now_ms,
                           struct err *err)
{
    struct span body = data_write(agent, arena);
    struct agent_state next = agent->state;
    char digest[HASH_HEX_MAX];
    struct answer answer;

    hash_hex_of(HASH_SHA256, body, digest);
    if (!is_forced && text_equal(digest, agent->state.told))
        return true;
    if (!agent_ask(agent, arena, "PUT", agent_path(agent, arena, "/configData"), body, &answer, err))
        return !agent_is_passing(err) || err_within(err, "telling attributes");
    next.told = digest;
    return text_equal(digest, agent->state.told) || agent_adopt(agent, &next, now_ms, err);
}

void agent_tell_usage(struct agent *agent, struct arena *arena)
{
    const struct agent_machine *machine = &agent->setup.machine;
    const char *body = machine->usage ? machine->usage(machine->ctx, arena) : NULL;
    char digest[HASH_HEX_MAX];
    struct answer answer;
    struct err err;

    if (!body)
        return;
    hash_hex_of(HASH_SHA256, span_of(body), digest);
    if (text_equal(digest, agent->told_usage))
        return;
    /* Refused for good is told as well: it would be refused again. */
    if (agent_ask(agent, arena, "PUT", agent_path(agent, arena, "/usage"), span_of(body), &answer, &err) ||
        !agent_is_passing(&err))
        snprintf(agent->told_usage, sizeof(agent->told_usage), "%s", digest);
}
