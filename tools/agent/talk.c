#include "tools/agent/parts.h"

#include <strings.h>

#include "base/text.h"

static enum err_code code_of(int status)
{
    switch (status) {
    case 401:
        return ERR_UNKNOWN_WHO;
    case 403:
        return ERR_FORBIDDEN;
    case 404:
        return ERR_NOT_FOUND;
    case 409:
        return ERR_CONFLICT;
    case 410:
        return ERR_GONE;
    case 423: /* an upload of which the service still has the lost connection open */
    case 429:
        return ERR_BUSY;
    default:
        return status >= 500 ? ERR_BUSY : ERR_INVALID;
    }
}

/* The service's own word, when it says one. */
static const char *words_of(struct arena *arena, struct span body)
{
    const struct json *object;
    struct err ignored;
    const char *words;

    if (!body.size || !json_parse(arena, body, &object, &ignored))
        return "";
    words = json_string(json_member(object, "detail"));
    if (!words)
        words = json_string(json_member(object, "message"));
    return words ? words : "";
}

/* Of an answer that came at once: asked_at_ms is when we asked. */
static void note_date(struct agent *agent, const struct answer *answer, int64_t asked_at_ms)
{
    const char *date = answer_header(answer, "Date");
    int64_t at_ms;

    if (date && !agent->setup.has_exact_clock && text_http_date_parse(date, &at_ms))
        agent->offset_ms = at_ms - asked_at_ms;
}

static void note_retry(struct agent *agent, const struct answer *answer)
{
    const char *retry = answer_header(answer, "Retry-After");
    struct err ignored;
    int64_t seconds;

    if (retry && text_int(retry, "Retry-After", 0, 86400, &seconds, &ignored))
        agent->retry_after_ms = seconds * 1000;
}

/* What every answer says, whatever was asked. */
static bool heard(struct agent *agent, struct arena *arena, const char *method, const char *where,
                  const struct answer *answer, struct answer *out, struct err *err)
{
    note_retry(agent, answer);
    if (!answer_header(answer, "Preference-Applied")) /* else it may have waited */
        note_date(agent, answer, agent->step_ms);
    if (answer->status >= 200 && answer->status < 300) {
        *out = *answer;
        return true;
    }
    return FAIL(err, code_of(answer->status), "%s %s: %d %s", method, where, answer->status,
                words_of(arena, answer->body));
}

bool agent_ask_with(struct agent *agent, struct arena *arena, const char *method, const char *where,
                    const char *const *headers, struct span body, struct answer *out, struct err *err)
{
    struct agent_wire *wire = &agent->setup.wire;
    struct answer answer = {.status = 0};

    if (!wire->ask(wire->ctx, arena, method, where, headers, body, &answer, err)) {
        err->code = ERR_IO; /* whatever the reason: nothing was said about what we asked */
        return false;
    }
    return heard(agent, arena, method, where, &answer, out, err);
}

bool agent_upload(struct agent *agent, struct arena *arena, const char *where, const struct upload_part *part,
                  struct answer *out, struct err *err)
{
    struct agent_wire *wire = &agent->setup.wire;
    struct answer answer = {.status = 0};

    if (!wire->upload(wire->ctx, arena, where, part, &answer, err)) {
        err->code = ERR_IO;
        return false;
    }
    return heard(agent, arena, "PATCH", where, &answer, out, err);
}

bool agent_ask(struct agent *agent, struct arena *arena, const char *method, const char *where,
               struct span body, struct answer *out, struct err *err)
{
    static const char *const headers[] = {"Accept: application/json", NULL};

    return agent_ask_with(agent, arena, method, where, headers, body, out, err);
}

bool agent_ask_open(struct agent *agent, struct arena *arena, const char *where, int64_t wait_s,
                    struct answer *out, bool *was_kept, struct err *err)
{
    const char *prefer = wait_s ? arena_printf(arena, "Prefer: wait=%lld", (long long)wait_s) : NULL;
    const char *headers[] = {"Accept: application/json", prefer, NULL};
    const char *applied;

    if (!agent_ask_with(agent, arena, "GET", where, headers, (struct span){NULL, 0}, out, err))
        return false;
    applied = answer_header(out, "Preference-Applied");
    *was_kept = wait_s && applied && strncasecmp(applied, "wait", 4) == 0;
    return true;
}

char *agent_path(const struct agent *agent, struct arena *arena, const char *tail)
{
    const struct agent_setup *setup = &agent->setup;

    if (agent->state.poll_url)
        return arena_printf(arena, "%s%s", agent->state.poll_url, tail);
    return arena_printf(arena, "/%s/controller/v1/%s%s", text_escape(arena, setup->tenant),
                        text_escape(arena, setup->id), tail);
}

int64_t agent_wall_ms(const struct agent *agent, int64_t now_ms)
{
    return now_ms + agent->offset_ms;
}

bool agent_is_passing(const struct err *err)
{
    switch (err->code) {
    case ERR_IO:
    case ERR_BUSY:
    case ERR_TOO_MANY:
    case ERR_UNKNOWN_WHO:
    case ERR_NO_SPACE:
        return true;
    default:
        return false;
    }
}
