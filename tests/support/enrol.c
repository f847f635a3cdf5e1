#include "support/enrol.h"

#include "support/ddi.h"
#include "support/unit.h"

const char *enrol_claim(struct ops *ops, const char *facts)
{
    struct answer made = ops_ask(ops, "technician", "POST", "/api/v1/claims",
                                 arena_printf(ops->s.arena, "{\"count\":1%s}", facts));

    if (made.status != 201)
        fail_msg("claim: %d %s", made.status, made.text);
    return support_text(&made, "claims.0.code");
}

struct answer enrol_as(struct support *s, const char *id, const char *code, const char *facts)
{
    return support_ask(s, "POST", arena_printf(s->arena, DDI_PATH "%s/enrol", id), NULL,
                       arena_printf(s->arena, "{\"claim\":\"%s\"%s}", code, facts));
}

struct answer enrol_poll(struct ops *ops, const char *id, const char *token)
{
    return support_ask(&ops->s, "GET", arena_printf(ops->s.arena, DDI_PATH "%s", id),
                       arena_printf(ops->s.arena, "Authorization: TargetToken %s", token), NULL);
}

const char *enrol_device(struct ops *ops, const char *id)
{
    struct answer a = enrol_as(&ops->s, id, enrol_claim(ops, ""), ",\"family\":\"aurora\",\"model\":\"A\"");

    if (a.status != 201)
        fail_msg("enrol %s: %d %s", id, a.status, a.text);
    return support_text(&a, "token");
}

size_t enrol_count(struct ops *ops)
{
    struct answer list = ops_ask(ops, "viewer", "GET", "/api/v1/devices?limit=500", NULL);

    return json_count(support_at(&list, "items"));
}

void enrol_refused(const struct answer *answer, int status, const char *words)
{
    const char *detail = support_text(answer, "detail");

    if (answer->status != status || !detail || !strstr(detail, words))
        fail_msg("%d %s instead of %d and \"%s\"", answer->status, answer->text, status, words);
    assert_string_equal(answer->reply.content_type, "application/problem+json");
}
