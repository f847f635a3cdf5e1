#include "domain/bell.h"

void bell_ring_device(const struct bell *bell, int64_t device_id)
{
    if (bell && bell->device)
        bell->device(bell->ctx, device_id);
}

void bell_ring_tenant(const struct bell *bell, int64_t tenant_id)
{
    if (bell && bell->tenant)
        bell->tenant(bell->ctx, tenant_id);
}
