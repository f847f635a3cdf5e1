#include "domain/audit.h"

#include "base/buf.h"
#include "base/text.h"
#include "store/answers.h"

#define SERVICE "service"

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

/* As JSON will show it: the digest is over what an export can say. */
static const char *clean(struct arena *arena, const char *text)
{
    struct span rest = span_of(or_empty(text));
    struct buf out = {.arena = arena};

    if (text_is_utf8(rest))
        return or_empty(text);
    while (rest.size > 0) {
        size_t size = text_utf8_size(rest);

        if (size)
            buf_add(&out, span_make(rest.at, size));
        else
            buf_text(&out, "\uFFFD");
        rest = span_make(rest.at + (size ? size : 1), rest.size - (size ? size : 1));
    }
    return buf_cstr(&out);
}

static bool put(struct world *world, struct arena *arena, struct audit *audit, struct err *err)
{
    const char **texts[] = {&audit->who,    &audit->what,   &audit->object,
                            &audit->detail, &audit->source, &audit->request_id};

    for (size_t i = 0; i < COUNT(texts); i++)
        *texts[i] = clean(arena, *texts[i]);
    return store_audit_put(world->store, audit, err);
}

/* "device:ID" cannot be an operator's name: those have no colon. */
static const char *name_of(const struct who *who, struct arena *arena)
{
    switch (who->kind) {
    case WHO_IS_DEVICE:
    case WHO_IS_GATEWAY:
        return arena_printf(arena, "device:%s", or_empty(who->name));
    case WHO_IS_OPERATOR:
        return or_empty(who->name);
    case WHO_NOBODY:
        break;
    }
    return "nobody";
}

static const char *role_of(const struct who *who)
{
    switch (who->kind) {
    case WHO_IS_DEVICE:
        return "device";
    case WHO_IS_GATEWAY:
        return "gateway";
    case WHO_IS_OPERATOR:
        return role_name[who->role];
    case WHO_NOBODY:
        break;
    }
    return "";
}

/* What is done under an idempotency key says so in its own transaction: a service that dies before it could
 * answer does not do it twice. */
static bool note_done(struct world *world, const struct who *who, const char *object, struct err *err)
{
    struct answer_key key = {who->tenant_id, who->name, who->key};

    return !who->key || store_answer_done(world->store, &key, object, err);
}

bool audit_note(struct world *world, const struct who *who, const char *what, const char *object,
                const char *detail, int64_t now_ms, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct audit audit = {.tenant_id = who->tenant_id,
                          .at_ms = now_ms,
                          .who = name_of(who, arena),
                          .role = role_of(who),
                          .what = what,
                          .object = object,
                          .detail = detail,
                          .source = who->source,
                          .request_id = who->request_id};

    return put(world, arena, &audit, err) && note_done(world, who, audit.object, err);
}

bool audit_service(struct world *world, int64_t tenant_id, const char *what, const char *object,
                   const char *detail, int64_t now_ms, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct audit audit = {.tenant_id = tenant_id,
                          .at_ms = now_ms,
                          .who = SERVICE,
                          .role = SERVICE,
                          .what = what,
                          .object = object,
                          .detail = detail};

    return put(world, arena, &audit, err);
}

bool audit_list(struct world *world, const struct who *who, struct arena *arena, int64_t after, int64_t limit,
                struct audit **out, size_t *count, struct err *err)
{
    return store_audit_list(world->store, arena, who->tenant_id, after, limit, out, count, err);
}

/* Checkpoints are read first: one that is written meanwhile would speak for records that this page does not
 * have. Each is over another record, so as many as there are records in a page are enough. */
bool audit_chain(struct world *world, const struct who *who, struct arena *arena, int64_t after,
                 int64_t limit, struct audit_page *out, struct err *err)
{
    struct audit_page page = {0};

    if (!store_audit_mark_list(world->store, arena, who->tenant_id, after, limit, &page.marks,
                               &page.mark_count, err) ||
        !store_audit_chain(world->store, arena, who->tenant_id, after, limit, &page.records, &page.count,
                           err))
        return false;
    while ((int64_t)page.count == limit && page.mark_count > 0 &&
           page.marks[page.mark_count - 1].no > page.records[page.count - 1].no)
        page.mark_count--;
    *out = page;
    return true;
}
