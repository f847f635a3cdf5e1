#include "domain/tenant.h"

#include "base/ident.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/plans.h"
#include "domain/window.h"
#include "domain/window_json.h"
#include "store/tenants.h"

#define TENANTS_AT_ONCE 100

bool tenant_get(struct world *world, const struct who *who, struct arena *arena, struct tenant *out,
                struct err *err)
{
    return store_tenant_get(world->store, arena, who->tenant_id, out, err);
}

bool tenant_find(struct world *world, struct arena *arena, const char *name, struct tenant *out,
                 struct err *err)
{
    return store_tenant_find(world->store, arena, name, out, err);
}

bool tenant_each(struct world *world,
                 bool (*visit)(void *ctx, struct arena *arena, const struct tenant *tenant, struct err *err),
                 void *ctx, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct tenant *tenants;
    int64_t after = 0;
    bool is_ok = true;
    struct err one;
    size_t count;

    do {
        if (!store_tenant_list(world->store, arena, after, TENANTS_AT_ONCE, &tenants, &count,
                               is_ok ? err : &one))
            return false;
        for (size_t i = 0; i < count; i++) {
            AUTO(arena_freep) struct arena *own = arena_new();

            after = tenants[i].id;
            if (visit(ctx, own, &tenants[i], is_ok ? err : &one))
                continue;
            is_ok = false;
        }
    } while (count == TENANTS_AT_ONCE);
    return is_ok;
}

static void patch_flag(bool *flag, const bool *value)
{
    if (value)
        *flag = *value;
}

/* As it rests: what the doors show. */
static const char *window_text(struct arena *arena, const struct window *window)
{
    struct buf b = {.arena = arena};
    struct json_out j = {.buf = &b};

    if (window->start_min < 0)
        return "";
    window_write(&j, NULL, window);
    return buf_cstr(&b);
}

static bool window_check(const struct window *window, int64_t now_ms, struct err *err)
{
    int64_t opens, closes;

    return !window || window->start_min < 0 || window_next(window, "UTC", now_ms, &opens, &closes, err);
}

static void patch_apply(const struct tenant_patch *patch, struct tenant *tenant)
{
    if (patch->poll_sleep_s)
        tenant->poll_sleep_s = *patch->poll_sleep_s;
    if (patch->at_once)
        tenant->at_once = *patch->at_once;
    if (patch->bytes_hour)
        tenant->bytes_hour = *patch->bytes_hour;
    if (patch->certificate_issuer)
        tenant->certificate_issuer = patch->certificate_issuer;
    patch_flag(&tenant->gateway_on, patch->gateway_on);
    patch_flag(&tenant->target_token_on, patch->target_token_on);
    patch_flag(&tenant->certificate_on, patch->certificate_on);
    patch_flag(&tenant->approval_on, patch->approval_on);
    patch_flag(&tenant->confirmation_on, patch->confirmation_on);
    patch_flag(&tenant->four_eyes_on, patch->four_eyes_on);
}

/* Whoever lowers this bar is named with what they did. */
static const char *detail_of(struct arena *arena, const struct tenant_patch *patch,
                             const struct tenant *tenant)
{
    if (patch->window)
        return arena_printf(arena, "window %s", text_blank(tenant->window) ? "none" : tenant->window);
    if (!patch->four_eyes_on)
        return NULL;
    return *patch->four_eyes_on ? "four eyes on" : "four eyes off";
}

bool tenant_change(struct world *world, const struct who *who, struct arena *arena,
                   const struct tenant_patch *patch, int64_t now_ms, struct tenant *out, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct tenant tenant;

    if (!window_check(patch->window, now_ms, err) || !tx_begin(&tx, world->store, err) ||
        !store_tenant_get(world->store, arena, who->tenant_id, &tenant, err))
        return false;
    patch_apply(patch, &tenant);
    if (patch->window)
        tenant.window = window_text(arena, patch->window);
    if (tenant.gateway_on && text_blank(tenant.gateway_hash))
        return FAIL(err, ERR_CONFLICT, "there is no gateway token yet; make one");
    if (!store_tenant_move(world->store, &tenant, err) ||
        !audit_note(world, who, "tenant.change", tenant.name, detail_of(arena, patch, &tenant), now_ms,
                    err) ||
        !tx_commit(&tx, err))
        return false;
    plans_forget(world->plans, who->tenant_id); /* which know its limits */
    *out = tenant;
    return true;
}

bool tenant_gateway_token(struct world *world, const struct who *who, struct arena *arena, int64_t now_ms,
                          const char **token, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    const char *secret = ident_new(arena, GATEWAY_TOKEN_BYTES);
    struct tenant tenant;
    char digest[65];

    ident_digest(secret, digest);
    if (!tx_begin(&tx, world->store, err) ||
        !store_tenant_get(world->store, arena, who->tenant_id, &tenant, err))
        return false;
    tenant.gateway_hash = digest;
    tenant.gateway_on = true;
    if (!store_tenant_move(world->store, &tenant, err) ||
        !audit_note(world, who, "tenant.gateway-token", tenant.name, NULL, now_ms, err) ||
        !tx_commit(&tx, err))
        return false;
    *token = secret;
    return true;
}
