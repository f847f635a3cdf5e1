#include "tools/agent/parts.h"

#include "base/text.h"

static bool recipient_add(struct backup_terms *terms, struct age_recipient *all, struct buf *names,
                          const char *text, struct err *err)
{
    if (!text)
        return FAIL(err, ERR_INVALID, "a recipient that is no text");
    if (!age_recipient_parse(span_of(text), &all[terms->count], err))
        return false;
    buf_printf(names, "%s%s", names->size ? " " : "", text);
    terms->count++;
    return true;
}

static bool own_add(struct agent *agent, struct backup_terms *terms, struct age_recipient *all,
                    struct buf *names, struct err *err)
{
    AUTO(age_identity_freep) struct age_identity *identity = NULL;
    char text[AGE_RECIPIENT_CHARS + 1];

    if (!agent_identity(agent, &identity, err))
        return false;
    age_recipient_text(age_identity_recipient(identity), text);
    return recipient_add(terms, all, names, text, err);
}

/* The tenant first, ourselves second, and then those who keep one in escrow. */
static bool recipients_read(struct agent *agent, struct arena *arena, const struct json *list,
                            struct backup_terms *out, struct err *err)
{
    struct age_recipient *all = ARENA_MANY(arena, struct age_recipient, BACKUP_RECIPIENTS_MAX + 1);
    struct buf names = {.arena = arena};

    if (json_count(list) == 0)
        return FAIL(err, ERR_INVALID, "there is nobody to seal to");
    for (size_t i = 0; i < json_count(list); i++)
        if (!recipient_add(out, all, &names, json_string(json_item(list, i)), err) ||
            (i == 0 && !own_add(agent, out, all, &names, err)))
            return false;
    out->recipients = all;
    out->names = buf_cstr(&names);
    return true;
}

bool agent_backup_terms(struct agent *agent, struct arena *arena, struct backup_terms *out, struct err *err)
{
    const struct json *object, *list = NULL;
    const char *custody = "";
    struct backup_terms terms = {.count = 0};
    struct answer answer;
    const struct json_field fields[] = {
        JSON_OPT_TEXT("custody", custody, 0, 64),
        JSON_LIST_OF("recipients", list, BACKUP_RECIPIENTS_MAX - 1),
        JSON_OPT_INT("max_bytes", terms.bytes_max, 0, INT64_MAX),
        JSON_OPT_TEXT("wanted", terms.wanted, 1, 20),
    };

    if (!agent_ask(agent, arena, "GET", agent_path(agent, arena, "/backups"), (struct span){NULL, 0}, &answer,
                   err))
        return err_within(err, "asking for whom to seal");
    if (!json_parse(arena, answer.body, &object, err) ||
        !json_read_lenient(object, fields, COUNT(fields), err) ||
        !recipients_read(agent, arena, list, &terms, err))
        return err_within(err, "for whom to seal");
    *out = terms;
    return true;
}
