/* Which device speaks: what it showed against what rests in the store. Three schemes, each switched by its
 * tenant: "TargetToken T" (the device's own), "GatewayToken T" (any device of the tenant, also a new one),
 * and a verified client certificate that names the controllerId. Tokens are compared as digests, in constant
 * time. */
#pragma once

#include "domain/world.h"

struct credentials {
    const char *authorization;     /* the header, or NULL */
    const char *const *cert_names; /* CN and SAN of a verified client certificate */
    size_t cert_name_count;
    const char *cert_issuer; /* its issuer's DN, or NULL */
};

/* Fills who->kind, tenant_id, tenant, name and device. device NULL: unknown so far, and may be made
 * (device_meet): a gateway token or a certificate vouches for it. Whatever does not fit is ERR_UNKNOWN_WHO
 * without saying what; a controllerId that is too long is ERR_INVALID. */
bool identity_device(struct world *world, struct arena *arena, const char *tenant, const char *controller_id,
                     const struct credentials *shown, struct who *who, struct err *err) CHECKED;
