#include "domain/offer.h"

#include <inttypes.h>

#include "base/buf.h"
#include "domain/device.h"
#include "domain/limits.h"
#include "domain/report.h"
#include "store/releases.h"
#include "store/rollouts.h"
#include "store/tenants.h"

/* Ids of what it lacks: "12,13". */
static const char *modules_text(struct arena *arena, const struct module *const *lacking, size_t count)
{
    struct buf b = {.arena = arena};

    for (size_t i = 0; i < count; i++)
        buf_printf(&b, "%s%" PRId64, i ? "," : "", lacking[i]->id);
    return buf_cstr(&b);
}

/* What a newer action replaces is called back; what only soaks, is being called back already, or brings a
 * restore, stays as it is. */
static bool supersede(struct world *world, struct action *open, size_t count, int64_t now_ms, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (open[i].state == ACTION_SOAKING || open[i].state == ACTION_CANCELING || open[i].restore_id)
            continue;
        if (!report_apply(world->store, &open[i], EVENT_CANCEL, "CANCELING", "obsolete due to a newer action",
                          now_ms, err))
            return false;
    }
    return true;
}

/* A yes is wanted where the tenant says so; clients that cannot give one are not asked. */
static bool first_state(struct world *world, struct arena *arena, const struct device *device,
                        enum action_state *out, struct err *err)
{
    struct tenant tenant;

    if (!store_tenant_get(world->store, arena, device->tenant_id, &tenant, err))
        return false;
    *out = tenant.confirmation_on && !device->auto_confirm_ms && device->quirk != QUIRK_ZEPHYR
               ? ACTION_CONFIRMING
               : ACTION_OFFERED;
    return true;
}

static bool insert(struct world *world, struct arena *arena, const struct device *device,
                   const struct offer_facts *facts, const struct module *modules, size_t count,
                   struct action *action, struct err *err)
{
    const struct module **lacking = ARENA_MANY(arena, const struct module *, count + 1);

    action->modules = modules_text(arena, lacking, offer_lacking(facts, modules, count, lacking));
    action->tenant_id = device->tenant_id;
    action->device_id = device->id;
    action->had = offer_base_version(facts);
    return first_state(world, arena, device, &action->state, err) &&
           store_action_put(world->store, action, &action->id, err);
}

static bool facts_read(struct world *world, struct arena *arena, const struct device *device, int64_t now_ms,
                       struct offer_facts *out, struct action **open, struct err *err)
{
    struct device_component *components;

    if (!store_action_open(world->store, arena, device->id, open, &out->open_count, err) ||
        !store_component_list(world->store, arena, device->id, &components, &out->component_count, err))
        return false;
    out->device = device;
    out->now_ms = now_ms;
    out->open = *open;
    out->components = components;
    return true;
}

static bool again(struct world *world, const struct action *turn, int64_t now_ms, struct err *err)
{
    struct action action = *turn;

    return report_apply(world->store, &action, EVENT_OFFER_AGAIN, "RUNNING", "heard again: offered once more",
                        now_ms, err);
}

/* The plans are a snapshot: what was stopped a moment ago is not offered any more. */
static bool is_still_on(struct world *world, struct arena *arena, const struct planned *plan, bool *out,
                        struct err *err)
{
    struct rollout rollout;
    struct release release;

    if (!store_rollout_get(world->store, arena, plan->rollout->tenant_id, plan->rollout->id, &rollout, err) ||
        !store_release_get(world->store, arena, plan->rollout->tenant_id, plan->release->id, &release, err))
        return false;
    *out = rollout.state == ROLLOUT_RUNNING && release.state == RELEASE_PUBLISHED;
    return true;
}

/* Where not all of it comes at once. */
static bool number_step(struct world *world, const struct device *device, const struct planned *plan,
                        struct action *action, struct err *err)
{
    int64_t done;

    if (!plan->stones && plan->terms->order.count == 0)
        return true;
    if (!store_action_steps_done(world->store, device->id, plan->rollout->id, &done, err))
        return false;
    if (done + plan->steps_left > 1) {
        action->step = done + 1;
        action->steps = done + plan->steps_left;
    }
    return true;
}

static bool make_in_tx(struct world *world, struct arena *arena, const struct device *device, int64_t now_ms,
                       bool *made, struct err *err)
{
    struct offer_facts facts = {0};
    struct action *open;
    struct offer offer;

    *made = false;
    if (!facts_read(world, arena, device, now_ms, &facts, &open, err) ||
        !offer_find(world, arena, &facts, &offer, err))
        return false;
    if (offer.why != OFFER_YES)
        return true;
    const struct planned *plan = offer.plan;
    struct action action = {.release_id = plan->release->id,
                            .rollout_id = plan->rollout->id,
                            .stage = plan->stage,
                            .kind = plan->rollout->kind,
                            .weight = plan->rollout->weight,
                            .created_ms = now_ms};

    if (!is_still_on(world, arena, plan, made, err))
        return false;
    if (!*made)
        return true;
    if (!supersede(world, open, facts.open_count, now_ms, err))
        return false;
    if (!limits_use(world, device, plan, now_ms, err))
        return false;
    if (offer.turn)
        return again(world, offer.turn, now_ms, err);
    if (!number_step(world, device, plan, &action, err))
        return false;
    return insert(world, arena, device, &facts, plan->modules, plan->module_count, &action, err);
}

bool offer_make(struct world *world, struct arena *arena, const struct device *device, int64_t now_ms,
                bool *made, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct device now = *device;

    if (!tx_begin(&tx, world->store, err) || !store_device_by_id(world->store, arena, device->id, &now, err))
        return false;
    now.quirk = device->quirk; /* what its request showed counts */
    if (!make_in_tx(world, arena, &now, now_ms, made, err))
        return err_within(err, "offering to %s", device->controller_id);
    return !*made || tx_commit(&tx, err);
}

/* ---- by hand ---------------------------------------------------------------------- */

static const struct action *same_release(const struct action *open, size_t count, int64_t release_id)
{
    for (size_t i = 0; i < count; i++)
        if (open[i].release_id == release_id && open[i].state != ACTION_CANCELING &&
            open[i].state != ACTION_SOAKING)
            return &open[i];
    return NULL;
}

/* By hand the same rules hold but the turn and who goes first. */
static bool may_assign(struct world *world, struct arena *arena, const struct offer_facts *facts,
                       const struct release *release, const struct module *modules, size_t count,
                       enum action_kind kind, struct err *err)
{
    const struct rollout by_hand = {.state = ROLLOUT_RUNNING, .weight = 1000, .kind = kind};
    struct planned plan = {
        .rollout = &by_hand, .release = release, .modules = modules, .module_count = count};
    enum offer_why why;
    struct hold hold;
    bool is_held;

    if (!plans_hold(world, arena, facts->device, release->id, facts->now_ms, &hold, &is_held, err))
        return false;
    plan.holds = &hold;
    plan.hold_count = is_held;
    why = offer_weigh(facts, &plan, NULL);
    if (why == OFFER_HELD)
        return FAIL(err, ERR_CONFLICT, "%s is held by %s (hold %" PRId64 "): %s; lift it first",
                    facts->device->controller_id, hold.created_by, hold.id, hold.reason);

    if (why != OFFER_YES && why != OFFER_BUSY)
        return FAIL(err, ERR_CONFLICT, "%s cannot get %s %s: %s", facts->device->controller_id,
                    release->family, release->version, offer_why_text[why]);
    if (*facts->device->family && strcmp(facts->device->family, release->family) != 0)
        return FAIL(err, ERR_CONFLICT, "%s is of family %s, the release of %s", facts->device->controller_id,
                    facts->device->family, release->family);
    return true;
}

bool offer_assign(struct world *world, struct arena *arena, const struct device *device,
                  const struct release *release, const struct action *wanted, int64_t now_ms,
                  struct action *out, bool *is_new, struct err *err)
{
    struct offer_facts facts = {0};
    struct action *open, action = *wanted;
    const struct action *same;
    struct module *modules;
    size_t count;

    if (!facts_read(world, arena, device, now_ms, &facts, &open, err) ||
        !store_module_list(world->store, arena, release->id, &modules, &count, err))
        return false;
    same = same_release(open, facts.open_count, release->id);
    *is_new = !same;
    if (same) {
        *out = *same;
        return true;
    }
    action.release_id = release->id;
    action.rollout_id = action.stage = 0;
    action.created_ms = now_ms;
    if (!may_assign(world, arena, &facts, release, modules, count, wanted->kind, err) ||
        !supersede(world, open, facts.open_count, now_ms, err) ||
        !insert(world, arena, device, &facts, modules, count, &action, err))
        return false;
    return store_action_get(world->store, arena, device->tenant_id, action.id, out, err);
}
