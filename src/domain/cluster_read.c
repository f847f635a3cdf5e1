#include "domain/cluster_read.h"

#include "base/text.h"
#include "store/actions.h"
#include "store/devices.h"
#include "store/releases.h"

/* Told by attribute, but of one machine alone, or a consequence of the update itself. */
static const char *const tells_nothing[] = {"serial", "version", "uptime"};

struct reading {
    struct world *world;
    struct arena *arena;
    const struct rollout *rollout;
    struct module *modules; /* what the release brings: that it is missing where it failed explains nothing */
    size_t module_count;
    struct cluster_case *cases;
    size_t count;
};

static bool tells(const struct reading *r, const char *name)
{
    for (size_t i = 0; i < COUNT(tells_nothing); i++)
        if (text_equal_nocase(name, tells_nothing[i]))
            return false;
    for (size_t i = 0; i < r->module_count; i++)
        if (text_equal(name, r->modules[i].component))
            return false;
    return true;
}

static bool facts_read(struct reading *r, int64_t device_id, struct cluster_case *out, struct err *err)
{
    struct store *store = r->world->store;
    struct device_component *components;
    struct device_pair *attributes;
    size_t component_count, attribute_count, n = 0;
    struct device device;
    struct cluster_fact *facts;

    if (!store_device_by_id(store, r->arena, device_id, &device, err) ||
        !store_attribute_list(store, r->arena, device_id, &attributes, &attribute_count, err) ||
        !store_component_list(store, r->arena, device_id, &components, &component_count, err))
        return false;
    facts = ARENA_MANY(r->arena, struct cluster_fact, attribute_count + component_count + 2);
    facts[n++] = (struct cluster_fact){CLUSTER_MODEL, "model", device.model};
    if (!text_blank(device.site))
        facts[n++] = (struct cluster_fact){CLUSTER_SITE, "site", device.site};
    for (size_t i = 0; i < attribute_count; i++)
        if (tells(r, attributes[i].name))
            facts[n++] = (struct cluster_fact){CLUSTER_ATTRIBUTE, attributes[i].name, attributes[i].value};
    for (size_t i = 0; i < component_count; i++)
        if (tells(r, components[i].component))
            facts[n++] =
                (struct cluster_fact){CLUSTER_COMPONENT, components[i].component, components[i].version};
    out->facts = facts;
    out->fact_count = n;
    return true;
}

static bool cases_read(struct reading *r, enum action_state state, bool is_failed, size_t most,
                       struct err *err)
{
    struct action *actions;
    size_t count;

    if (most == 0)
        return true;
    if (!store_action_in_rollout(r->world->store, r->arena, r->rollout->id, -1, action_state_name[state], 0,
                                 (int64_t)most, &actions, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct cluster_case *c = &r->cases[r->count++];

        *c = (struct cluster_case){.is_failed = is_failed, .error = is_failed ? actions[i].error : ""};
        if (!facts_read(r, actions[i].device_id, c, err))
            return false;
    }
    return true;
}

bool cluster_of_rollout(struct world *world, struct arena *arena, const struct rollout *rollout,
                        struct cluster *out, struct err *err)
{
    struct reading r = {.world = world, .arena = arena, .rollout = rollout};
    size_t failed;

    r.cases = ARENA_MANY(arena, struct cluster_case, 2 * CLUSTER_CASES);
    if (!store_module_list(world->store, arena, rollout->release_id, &r.modules, &r.module_count, err) ||
        !cases_read(&r, ACTION_FAILED, true, CLUSTER_CASES, err) ||
        !cases_read(&r, ACTION_SILENT, true, CLUSTER_CASES - r.count, err))
        return false;
    failed = r.count;
    if (!cases_read(&r, ACTION_HEALTHY, false, CLUSTER_CASES, err) ||
        !cases_read(&r, ACTION_SOAKING, false, CLUSTER_CASES - (r.count - failed), err))
        return false;
    cluster_find(arena, r.cases, r.count, out);
    return true;
}
