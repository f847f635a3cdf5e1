#include "domain/operator.h"

#include "base/ident.h"
#include "base/text.h"
#include "domain/audit.h"
#include "store/operators.h"
#include "store/tenants.h"

#define TOKEN_CHARS_MAX 256
#define NAME_MAX_CHARS 64

bool operator_by_token(struct world *world, struct arena *arena, const char *token, struct operator* out,
                       const char **tenant_name, struct err *err)
{
    struct operator found;
    struct tenant tenant;
    char digest[65];
    bool is_found;

    if (text_blank(token) || strlen(token) > TOKEN_CHARS_MAX)
        return FAIL(err, ERR_UNKNOWN_WHO, "this token is nobody's");
    ident_digest(token, digest);
    is_found = store_operator_find(world->store, arena, digest, &found, err);
    if (!is_found && err->code != ERR_NOT_FOUND)
        return false;
    if (!is_found || found.revoked_ms)
        return FAIL(err, ERR_UNKNOWN_WHO, "this token is nobody's");
    if (!store_tenant_get(world->store, arena, found.tenant_id, &tenant, err))
        return false;
    *out = found;
    *tenant_name = tenant.name;
    return true;
}

bool operator_make(struct world *world, const struct who *who, struct arena *arena, const char *name,
                   enum role role, int64_t now_ms, struct operator* out, const char **token, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct operator made = {.tenant_id = who->tenant_id, .name = name, .role = role, .created_ms = now_ms};
    const char *secret = ident_new(arena, OPERATOR_TOKEN_BYTES);
    char digest[65];

    if (!text_name(name, "name", NAME_MAX_CHARS, err))
        return false;
    ident_digest(secret, digest);
    if (!tx_begin(&tx, world->store, err) ||
        !store_operator_put(world->store, &made, digest, &made.id, err) ||
        !audit_note(world, who, "operator.make", name, role_name[role], now_ms, err) || !tx_commit(&tx, err))
        return false;
    *out = made;
    *token = secret;
    return true;
}

bool operator_list(struct world *world, const struct who *who, struct arena *arena, const char *after,
                   int64_t limit, struct operator** out, size_t *count, struct err *err)
{
    return store_operator_list(world->store, arena, who->tenant_id, after, limit, out, count, err);
}

/* Inside the tx: somebody can still make operators afterwards. */
static bool is_spare(struct world *world, struct arena *arena, int64_t tenant_id, const char *name,
                     struct err *err)
{
    struct operator operator;
    int64_t admins;

    if (!store_operator_get(world->store, arena, tenant_id, name, &operator, err))
        return false;
    if (operator.role != ROLE_ADMIN || operator.revoked_ms)
        return true;
    if (!store_operator_count(world->store, tenant_id, ROLE_ADMIN, &admins, err))
        return false;
    return admins > 1 || FAIL(err, ERR_CONFLICT, "%s is the last admin; make another one first", name);
}

bool operator_revoke(struct world *world, const struct who *who, const char *name, int64_t now_ms,
                     struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    AUTO(tx_end) struct tx tx = {0};
    bool moved;

    if (!tx_begin(&tx, world->store, err) || !is_spare(world, arena, who->tenant_id, name, err) ||
        !store_operator_move(world->store, who->tenant_id, name, now_ms, &moved, err))
        return false;
    return audit_note(world, who, "operator.revoke", name, moved ? NULL : "was revoked before", now_ms,
                      err) &&
           tx_commit(&tx, err);
}
