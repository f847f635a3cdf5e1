#include "domain/audit.h"

#include "store/answers.h"
#include "store/audits.h"

#define SERVICE "service"

static const char *or_empty(const char *text)
{
    return text ? text : "";
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
                          .object = or_empty(object),
                          .detail = or_empty(detail),
                          .source = or_empty(who->source),
                          .request_id = or_empty(who->request_id)};

    return store_audit_put(world->store, &audit, err) && note_done(world, who, audit.object, err);
}

bool audit_service(struct world *world, int64_t tenant_id, const char *what, const char *object,
                   const char *detail, int64_t now_ms, struct err *err)
{
    struct audit audit = {.tenant_id = tenant_id,
                          .at_ms = now_ms,
                          .who = SERVICE,
                          .role = SERVICE,
                          .what = what,
                          .object = or_empty(object),
                          .detail = or_empty(detail),
                          .source = "",
                          .request_id = ""};

    return store_audit_put(world->store, &audit, err);
}

bool audit_list(struct world *world, const struct who *who, struct arena *arena, int64_t after, int64_t limit,
                struct audit **out, size_t *count, struct err *err)
{
    return store_audit_list(world->store, arena, who->tenant_id, after, limit, out, count, err);
}
