#include "domain/artifact.h"

#include <inttypes.h>

#include "store/actions.h"
#include "store/releases.h"

bool artifact_find(struct world *world, struct arena *arena, const struct device *device, int64_t module_id,
                   struct module *module, struct release *release, struct err *err)
{
    bool was_given;

    if (!store_action_gave(world->store, device->id, module_id, &was_given, err))
        return false;
    if (!was_given)
        return FAIL(err, ERR_NOT_FOUND, "%s was not given module %" PRId64, device->controller_id, module_id);
    return store_module_get(world->store, arena, device->tenant_id, module_id, module, err) &&
           store_release_get(world->store, arena, device->tenant_id, module->release_id, release, err);
}
