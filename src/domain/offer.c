#include "domain/offer.h"

#include "base/text.h"
#include "domain/device.h"
#include "signing/manifest.h"
#include "store/actions.h"

/* clang-format off */
const char *const offer_why_text[OFFER_WHY__MAX] = {
    [OFFER_YES]        = "it is due",
    [OFFER_NO_PLAN]    = "no running rollout holds it in an open stage",
    [OFFER_NOT_ACTIVE] = "the device is not active",
    [OFFER_HAD_TURN]   = "the rollout gave it an action before",
    [OFFER_NOT_OUT]    = "the release is not published",
    [OFFER_UP_TO_DATE] = "it has every component of the release",
    [OFFER_TOO_OLD]    = "its version is below the one the release starts from, or unknown",
    [OFFER_GOES_BACK]  = "the release is older than what it must not fall below",
    [OFFER_ONE_PART]   = "its client takes one file, and it lacks several",
    [OFFER_BUSY]       = "what it works on goes first",
};
/* clang-format on */

static const struct device_component *component_of(const struct offer_facts *facts, const char *name)
{
    for (size_t i = 0; i < facts->component_count; i++)
        if (text_equal(facts->components[i].component, name))
            return &facts->components[i];
    return NULL;
}

/* A version a device only told of has no digest at rest: then the version decides. */
static bool has_module(const struct offer_facts *facts, const struct module *module)
{
    const struct device_component *has = component_of(facts, module->component);

    return has && text_equal(has->version, module->version) &&
           (text_blank(has->sha256) || text_equal(has->sha256, module->sha256));
}

size_t offer_lacking(const struct offer_facts *facts, const struct module *modules, size_t count,
                     const struct module **lacking)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++)
        if (!has_module(facts, &modules[i]))
            lacking[found++] = &modules[i];
    return found;
}

static size_t lacking_count(const struct offer_facts *facts, const struct planned *plan)
{
    size_t count = 0;

    for (size_t i = 0; i < plan->module_count; i++)
        count += !has_module(facts, &plan->modules[i]);
    return count;
}

/* What stands for the device as a whole: its system, else the lowest of its components. NULL: nothing is
 * known. */
static const char *base_version(const struct offer_facts *facts)
{
    const struct device_component *system = component_of(facts, "system");
    const char *lowest = NULL;

    if (system)
        return system->version;
    for (size_t i = 0; i < facts->component_count; i++)
        if (!lowest || version_compare(facts->components[i].version, lowest) < 0)
            lowest = facts->components[i].version;
    return lowest;
}

static bool is_too_old(const struct offer_facts *facts, const struct release *release)
{
    const char *has = base_version(facts);

    return !text_blank(release->min_version) && (!has || version_compare(has, release->min_version) < 0);
}

static bool takes_one_file(const struct device *device)
{
    return device->quirk == QUIRK_RAUC || device->quirk == QUIRK_ZEPHYR;
}

/* A device that flashes is left alone; one that only soaks is free. Before that, what matters more goes
 * first, and of two that matter alike what was offered first. */
static bool goes_first(const struct action *open, const struct planned *plan)
{
    switch (open->state) {
    case ACTION_SOAKING:
        return false;
    case ACTION_BACKING_UP:
    case ACTION_INSTALLING:
    case ACTION_REBOOTING:
        return true;
    case ACTION_CANCELING:
        return false;
    default:
        return open->weight >= plan->rollout->weight;
    }
}

static bool is_busy(const struct offer_facts *facts, const struct planned *plan)
{
    for (size_t i = 0; i < facts->open_count; i++)
        if (goes_first(&facts->open[i], plan))
            return true;
    return false;
}

/* One that went silent without ever having fetched its offer was simply off: it gets it again. */
static bool had_turn(const struct action *turn)
{
    return turn && !(turn->state == ACTION_SILENT && !turn->was_retrieved);
}

enum offer_why offer_weigh(const struct offer_facts *facts, const struct planned *plan,
                           const struct action *turn)
{
    size_t lacking = lacking_count(facts, plan);

    if (facts->device->state != DEVICE_ACTIVE)
        return OFFER_NOT_ACTIVE;
    if (had_turn(turn))
        return OFFER_HAD_TURN;
    if (plan->release->state != RELEASE_PUBLISHED)
        return OFFER_NOT_OUT;
    if (lacking == 0)
        return OFFER_UP_TO_DATE;
    if (plan->release->counter < facts->device->release_counter)
        return OFFER_GOES_BACK;
    if (is_too_old(facts, plan->release))
        return OFFER_TOO_OLD;
    if (lacking > 1 && takes_one_file(facts->device))
        return OFFER_ONE_PART;
    return is_busy(facts, plan) ? OFFER_BUSY : OFFER_YES;
}

static bool weigh_all(struct world *world, struct arena *arena, const struct offer_facts *facts,
                      const struct planned *plans, size_t count, struct offer *out, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        struct action *turn = ARENA_NEW(arena, struct action);
        bool has_turn;
        enum offer_why why;

        if (!store_action_of_rollout(world->store, arena, plans[i].rollout->id, facts->device->id, turn,
                                     &has_turn, err))
            return false;
        why = offer_weigh(facts, &plans[i], has_turn ? turn : NULL);
        if (i == 0 || why == OFFER_YES)
            *out = (struct offer){why, &plans[i], has_turn ? turn : NULL};
        if (why == OFFER_YES)
            return true;
    }
    return true;
}

bool offer_find(struct world *world, struct arena *arena, const struct offer_facts *facts, struct offer *out,
                struct err *err)
{
    struct device_facts asked = {.device = facts->device};
    struct offer_facts all = *facts;
    struct device_component *components;
    struct planned *plans;
    size_t count;

    *out = (struct offer){.why = facts->device->state == DEVICE_ACTIVE ? OFFER_NO_PLAN : OFFER_NOT_ACTIVE};
    if (out->why == OFFER_NOT_ACTIVE || !plans_may_match(world, facts->device, err))
        return true;
    if (!device_load(world, arena, &asked, err) ||
        !plans_for_device(world, arena, &asked, &plans, &count, err))
        return false;
    if (count == 0)
        return true;
    if (!store_component_list(world->store, arena, facts->device->id, &components, &all.component_count, err))
        return false;
    all.components = components;
    return weigh_all(world, arena, &all, plans, count, out, err);
}
