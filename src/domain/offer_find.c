/* Which of several running rollouts a device is offered now. */
#include "domain/offer.h"

#include "domain/device.h"
#include "domain/limits.h"
#include "domain/steps.h"
#include "store/actions.h"

/* Counters are looked at only by who would be offered it. */
static bool weigh_one(struct world *world, struct arena *arena, const struct offer_facts *facts,
                      struct planned *plan, const struct action *turn, enum offer_why *why, struct err *err)
{
    steps_narrow(arena, facts, plan);
    *why = offer_weigh(facts, plan, turn);
    if (*why != OFFER_YES || !limits_are_asked(plan))
        return true;
    if (!limits_load(world, arena, facts, plan, err))
        return false;
    *why = offer_weigh(facts, plan, turn);
    return true;
}

static bool weigh_all(struct world *world, struct arena *arena, const struct offer_facts *facts,
                      struct planned *plans, size_t count, struct offer *out, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        struct action *turn = ARENA_NEW(arena, struct action);
        bool has_turn;
        enum offer_why why;

        if (!store_action_of_rollout(world->store, arena, plans[i].rollout->id, facts->device->id, turn,
                                     &has_turn, err) ||
            !weigh_one(world, arena, facts, &plans[i], has_turn ? turn : NULL, &why, err))
            return false;
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

    *out = (struct offer){.why = facts->device->state == DEVICE_ACTIVE        ? OFFER_NO_PLAN
                                 : facts->device->state == DEVICE_QUARANTINED ? OFFER_QUARANTINED
                                                                              : OFFER_NOT_ACTIVE};
    if (out->why != OFFER_NO_PLAN || !plans_may_match(world, facts->device, err))
        return true;
    if (!device_load(world, arena, &asked, err) ||
        (plans_ask_changes(world, facts->device->tenant_id) &&
         !device_load_changes(world, arena, &asked, err)) ||
        !plans_for_device(world, arena, &asked, &plans, &count, err))
        return false;
    if (count == 0)
        return true;
    if (!store_component_list(world->store, arena, facts->device->id, &components, &all.component_count, err))
        return false;
    all.components = components;
    return weigh_all(world, arena, &all, plans, count, out, err);
}
