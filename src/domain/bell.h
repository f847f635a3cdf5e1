/* Tells that there may be something for a device, or for some devices of a tenant, so that one that keeps a
 * poll open is answered. Rung after the commit; a ring too many costs a question, a ring too few a device's
 * patience. Knows nobody who listens: main.c says who. */
#pragma once

#include "domain/world.h"

struct bell { /* functions may be called from any thread, and must not call the domain */
    void *ctx;
    void (*device)(void *ctx, int64_t device_id);
    void (*tenant)(void *ctx, int64_t tenant_id);
};

/* Nothing happens where nobody listens. */
void bell_ring_device(const struct bell *bell, int64_t device_id);
void bell_ring_tenant(const struct bell *bell, int64_t tenant_id);
