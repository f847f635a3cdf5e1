/* The tenant's own settings: how its devices may prove themselves, and what waits for a person. */
#pragma once

#include "domain/world.h"
#include "model/tenant.h"

#define GATEWAY_TOKEN_BYTES 16 /* 32 hex digits: what the smallest stock clients can hold */

bool tenant_get(struct world *world, const struct who *who, struct arena *arena, struct tenant *out,
                struct err *err) CHECKED;
/* By its name in a path; a tenant is not a secret, its devices are. */
bool tenant_find(struct world *world, struct arena *arena, const char *name, struct tenant *out,
                 struct err *err) CHECKED;
/* Visits every tenant, by id; what a visit takes from its arena ends with it. One tenant's trouble does not keep
 * the others waiting: the first is told. */
bool tenant_each(struct world *world,
                 bool (*visit)(void *ctx, struct arena *arena, const struct tenant *tenant, struct err *err),
                 void *ctx, struct err *err) CHECKED;
/* What may be changed; NULL leaves it. */
struct tenant_patch {
    const int64_t *poll_sleep_s, *at_once, *bytes_hour;
    const bool *gateway_on, *target_token_on, *certificate_on, *approval_on, *confirmation_on, *four_eyes_on;
    const char *certificate_issuer;
    const struct window *window; /* start_min -1: none any more */
};
bool tenant_change(struct world *world, const struct who *who, struct arena *arena,
                   const struct tenant_patch *patch, int64_t now_ms, struct tenant *out,
                   struct err *err) CHECKED;
/* A new gateway token, told once; the old one stops working. Turns gateway_on. */
bool tenant_gateway_token(struct world *world, const struct who *who, struct arena *arena, int64_t now_ms,
                          const char **token, struct err *err) CHECKED;
