#include "domain/identity.h"

#include <ctype.h>

#include "base/ident.h"
#include "base/mutant.h"
#include "base/text.h"
#include "domain/device.h"
#include "store/tenants.h"

/* What is known when a scheme is asked. device is NULL when the tenant has none of that controllerId. */
struct claimed {
    const struct tenant *tenant;
    const char *controller_id;
    const struct device *device;
};

static const char *token_of(const struct credentials *shown, const char *scheme)
{
    size_t size = strlen(scheme);

    if (!shown->authorization || strncasecmp(shown->authorization, scheme, size) != 0 ||
        shown->authorization[size] != ' ')
        return NULL;
    return shown->authorization + size + 1;
}

/* Digests are compared, in constant time; "" at rest means that there is no token, and nothing equals that.
 */
static bool token_fits(const char *token, const char *hash)
{
    char digest[65];

    ident_digest(token, digest);
    return ident_equal(digest, text_blank(hash) ? "none" : hash) || (MUTANT_IS(39) && text_blank(hash));
}

static bool by_target_token(const struct claimed *claimed, const struct credentials *shown)
{
    const char *token = token_of(shown, "TargetToken");

    if (!token || !claimed->tenant->target_token_on)
        return false;
    return token_fits(token, claimed->device ? claimed->device->token_hash : "");
}

static bool by_gateway_token(const struct claimed *claimed, const struct credentials *shown)
{
    const char *token = token_of(shown, "GatewayToken");

    return token && claimed->tenant->gateway_on && token_fits(token, claimed->tenant->gateway_hash);
}

static bool by_certificate(const struct claimed *claimed, const struct credentials *shown)
{
    const char *issuer = claimed->tenant->certificate_issuer;

    if (!claimed->tenant->certificate_on || (!text_blank(issuer) && !text_equal(issuer, shown->cert_issuer)))
        return false;
    for (size_t i = 0; i < shown->cert_name_count; i++)
        if (text_equal(shown->cert_names[i], claimed->controller_id))
            return true;
    return false;
}

static const struct scheme {
    bool (*fits)(const struct claimed *claimed, const struct credentials *shown);
    enum who_kind kind; /* the last two vouch for devices that nobody has made yet */
} schemes[] = {
    {by_target_token, WHO_IS_DEVICE},
    {by_gateway_token, WHO_IS_GATEWAY},
    {by_certificate, WHO_IS_DEVICE},
};

static const struct scheme *scheme_find(const struct claimed *claimed, const struct credentials *shown)
{
    for (size_t i = 0; i < COUNT(schemes); i++)
        if (schemes[i].fits(claimed, shown))
            return &schemes[i];
    return NULL;
}

static bool tenant_find(struct world *world, struct arena *arena, const char *name, struct tenant *out,
                        struct err *err)
{
    char *upper = arena_dup(arena, name);

    for (char *c = upper; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return store_tenant_find(world->store, arena, upper, out, err);
}

/* Tenant and device as they rest; is_known false: no such tenant. */
static bool claim_read(struct world *world, struct arena *arena, const char *tenant_name,
                       struct claimed *claimed, bool *is_known, struct err *err)
{
    struct tenant *tenant = ARENA_NEW(arena, struct tenant);
    struct device *device = ARENA_NEW(arena, struct device);

    *is_known = tenant_find(world, arena, tenant_name, tenant, err);
    if (!*is_known)
        return err->code == ERR_NOT_FOUND;
    claimed->tenant = tenant;
    if (store_device_get(world->store, arena, tenant->id, claimed->controller_id, device, err))
        claimed->device = device;
    else if (err->code != ERR_NOT_FOUND)
        return false;
    return true;
}

bool identity_device(struct world *world, struct arena *arena, const char *tenant, const char *controller_id,
                     const struct credentials *shown, struct who *who, struct err *err)
{
    struct claimed claimed = {.controller_id = controller_id};
    const struct scheme *scheme;
    bool is_known;

    if (!device_id_check(controller_id, err) || !claim_read(world, arena, tenant, &claimed, &is_known, err))
        return false;
    scheme = is_known ? scheme_find(&claimed, shown) : NULL;
    if (!scheme || (claimed.device && claimed.device->state == DEVICE_RETIRED))
        return FAIL(err, ERR_UNKNOWN_WHO, "these credentials do not fit %s of %s", controller_id, tenant);
    who->kind = scheme->kind;
    who->tenant_id = claimed.tenant->id;
    who->tenant = claimed.tenant->name;
    who->name = controller_id;
    who->device = claimed.device;
    return true;
}
