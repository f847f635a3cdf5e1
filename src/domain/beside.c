#include "domain/beside.h"

#include "domain/device.h"
#include "store/actions.h"
#include "store/devices.h"

bool beside_read(struct world *world, struct arena *arena, const struct plan_view *view, int64_t device_id,
                 int64_t now_ms, struct beside *out, bool *is_for, struct err *err)
{
    struct device_facts asked = {.device = &out->device};
    struct device_component *components;
    struct action *open;

    *is_for = false;
    if (!store_device_by_id(world->store, arena, device_id, &out->device, err))
        return false;
    if (!plan_view_may_match(view, &out->device))
        return true;
    if (!device_load(world, arena, &asked, err) || !device_load_changes(world, arena, &asked, err))
        return false;
    *is_for = plan_view_match(view, arena, &asked, &out->plan);
    if (!*is_for)
        return true;
    out->facts = (struct offer_facts){.device = &out->device, .now_ms = now_ms};
    if (!store_component_list(world->store, arena, device_id, &components, &out->facts.component_count,
                              err) ||
        !store_action_open(world->store, arena, device_id, &open, &out->facts.open_count, err))
        return false;
    out->facts.components = components;
    out->facts.open = open;
    return true;
}
