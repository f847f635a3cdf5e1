#include "domain/why_parts.h"

#include <inttypes.h>

#include "base/text.h"
#include "domain/deployment.h"
#include "domain/device.h"
#include "domain/failure.h"
#include "domain/limits.h"
#include "domain/rollback.h"
#include "domain/rollout.h"
#include "domain/seen.h"
#include "domain/steps.h"
#include "store/actions.h"
#include "store/devices.h"
#include "store/quarantines.h"
#include "store/releases.h"
#include "store/rollouts.h"

/* ---- before there is an offer --------------------------------------------------------- */

struct telling {
    struct world *world;
    struct arena *arena;
    const struct offer_facts *facts;
    const struct planned *plan;
};

static const char *stage_text(const struct telling *t)
{
    const struct rollout *r = t->plan->rollout;
    struct err err = {0};
    struct judgement j;
    const char *stuck = rollout_weigh(t->world, t->arena, r, t->facts->now_ms, &j, &err) ? j.reason : "";

    return arena_printf(t->arena, "it belongs to stage %" PRId64 ", stage %" PRId64 " is open%s%s",
                        t->plan->stage, r->stage, *stuck ? "; " : "", stuck);
}

static const char *obstacle_text(const struct telling *t, const struct obstacle *o)
{
    const struct device *device = t->facts->device;
    const struct release *release = t->plan->release;
    const struct rollout *r = t->plan->rollout;
    const char *has;

    switch (o->why) {
    case OFFER_NOT_ACTIVE:
        return arena_printf(t->arena, "the device is %s%s", device_state_name[device->state],
                            device->state == DEVICE_WAITING ? ": somebody must approve it" : "");
    case OFFER_NOT_RUNNING:
        if (r->state == ROLLOUT_PLANNING && text_blank(r->reason))
            return "the rollout was started, and who is in which stage is being worked out";
        return arena_printf(t->arena, "the rollout is %s%s%s", rollout_state_name[r->state],
                            text_blank(r->reason) ? "" : ": ", text_blank(r->reason) ? "" : r->reason);
    case OFFER_SUPERSEDED:
        return arena_printf(t->arena, "rollout %s brings it a newer release", t->plan->superseded_by);
    case OFFER_STAGE_SHUT:
        return stage_text(t);
    case OFFER_GOES_BACK:
        return arena_printf(
            t->arena, "the release has counter %" PRId64 ", and the device must not fall below %" PRId64,
            release->counter, device->release_counter);
    case OFFER_TOO_OLD:
        has = offer_base_version(t->facts);
        return arena_printf(t->arena, "it needs %s first, and runs %s; no published release leads there",
                            release->min_version, has ? has : "nobody knows what");
    case OFFER_OVER:
        return arena_printf(t->arena, "no install begins after %s",
                            text_time(t->arena, t->plan->terms->latest_ms));
    case OFFER_HELD:
        return why_hold_text(t->arena, o->hold);
    case OFFER_BUSY:
        return arena_printf(t->arena, "action %" PRId64 " goes first, and is %s", o->action->id,
                            action_state_name[o->action->state]);
    case OFFER_SITE_FULL:
    case OFFER_LAST_ONE:
    case OFFER_AT_ONCE:
    case OFFER_BYTES:
        return limits_text(t->arena, t->plan, device, o->why);
    default:
        return offer_why_text[o->why];
    }
}

static void tell_obstacles(const struct telling *t, const struct offer_trace *trace, struct why_target *out)
{
    for (size_t i = 0; i < trace->count; i++) {
        const struct obstacle *o = &trace->at[i];
        struct why_item *item = why_add(out, offer_why_name[o->why], obstacle_text(t, o), o->until_ms);

        item->hold_id = o->hold ? o->hold->id : 0;
        item->action_id = o->action ? o->action->id : 0;
    }
}

/* ---- the action that had its turn ---------------------------------------------------------- */

static void tell_ended(struct arena *arena, const struct action *a, struct why_target *out)
{
    const char *text = "it was called back";

    if (a->state == ACTION_FAILED)
        text = arena_printf(arena, "%s (%s failure, try %" PRId64 "): to retry it is a person's decision",
                            a->error, failure_class_name[failure_of(a->code, a->error)], a->tries);
    else if (a->state == ACTION_SILENT)
        text = arena_printf(arena, "nothing was heard since %s", text_time(arena, a->updated_ms));
    else if (a->state == ACTION_HEALTHY)
        text = "it was installed";
    why_add(out, action_state_name[a->state], text, 0)->action_id = a->id;
    out->is_done = a->state == ACTION_HEALTHY;
}

static bool tell_action(struct world *world, struct arena *arena, const struct device *device,
                        const struct action *a, int64_t now_ms, struct why_target *out, struct err *err)
{
    bool may_wait = orders_may_wait(a) || a->state == ACTION_CANCELING;

    out->action_id = a->id;
    if (action_is_closed(a->state)) {
        tell_ended(arena, a, out);
        return true;
    }
    if (may_wait && !why_orders(world, arena, device, a, now_ms, out, err))
        return false;
    if (out->count == 0 && a->state == ACTION_SOAKING && a->soak_until_ms > now_ms)
        why_add(out, "under-way",
                arena_printf(arena, "action %" PRId64 " soaks through a working day, until %s", a->id,
                             text_time(arena, a->soak_until_ms)),
                a->soak_until_ms)
            ->action_id = a->id;
    else if (out->count == 0)
        why_add(out, "under-way",
                arena_printf(arena, "action %" PRId64 " is %s since %s", a->id, action_state_name[a->state],
                             text_time(arena, a->updated_ms)),
                0)
            ->action_id = a->id;
    return true;
}

/* ---- one plan -------------------------------------------------------------------------------- */

/* Known when the end of all is known; `unheard` of nothing is now. */
static int64_t expected(const struct why_target *t, int64_t now_ms)
{
    int64_t latest_ms = now_ms;

    for (size_t i = 0; i < t->count; i++) {
        if (!t->items[i].until_ms)
            return 0;
        latest_ms = t->items[i].until_ms > latest_ms ? t->items[i].until_ms : latest_ms;
    }
    return latest_ms;
}

static bool has(const struct offer_trace *trace, enum offer_why why)
{
    for (size_t i = 0; i < trace->count; i++)
        if (trace->at[i].why == why)
            return true;
    return false;
}

/* What failed may carry the new version all the same: then the failure is what there is to say. */
static bool has_it(const struct offer_trace *trace, const struct action *turn)
{
    return has(trace, OFFER_UP_TO_DATE) &&
           (!turn || (action_is_closed(turn->state) && turn->state != ACTION_FAILED));
}

/* Not offered yet: its window counts from when the rest is out of the way. */
static bool tell_coming(const struct telling *t, const struct offer_trace *trace, struct why_target *out,
                        struct err *err)
{
    const struct rollout *r = t->plan->rollout;
    const struct action coming = {.tenant_id = r->tenant_id,
                                  .rollout_id = r->id,
                                  .state = ACTION_OFFERED,
                                  .kind = r->kind,
                                  .release_id = t->plan->release->id};
    int64_t from_ms;

    tell_obstacles(t, trace, out);
    from_ms = expected(out, t->facts->now_ms);
    return why_orders(t->world, t->arena, t->facts->device, &coming, from_ms ? from_ms : t->facts->now_ms,
                      out, err);
}

static const char *due_text(struct arena *arena, const struct planned *plan)
{
    if (plan->steps_left < 2)
        return "nothing is in the way: it is offered at its next check-in";
    return arena_printf(arena,
                        "nothing is in the way: the next of %" PRId64
                        " steps, %s of release %s, is offered at its next check-in",
                        plan->steps_left, plan->module_count ? plan->modules[0].component : "nothing",
                        plan->release->version);
}

bool why_of_plan(struct world *world, struct arena *arena, const struct offer_facts *facts,
                 struct planned *plan, struct why_target *out, struct err *err)
{
    struct why_target t = {.rollout = plan->rollout, .release = plan->release, .stage = plan->stage};
    const struct telling telling = {world, arena, facts, plan};
    struct action *turn = ARENA_NEW(arena, struct action);
    struct offer_trace trace;
    bool has_turn;

    if (!store_action_of_rollout(world->store, arena, plan->rollout->id, facts->device->id, turn, &has_turn,
                                 err))
        return false;
    steps_narrow(arena, facts, plan);
    if ((limits_are_asked(plan) && !limits_load(world, arena, facts, plan, err)))
        return false;
    offer_explain(facts, plan, has_turn ? turn : NULL, &trace);
    if (has_it(&trace, has_turn ? turn : NULL)) {
        why_add(&t, offer_why_name[OFFER_UP_TO_DATE], offer_why_text[OFFER_UP_TO_DATE], 0);
        t.is_done = true;
        if (has_turn && action_has_begun(turn->state) && plan->rollout->state == ROLLOUT_HALTED)
            why_add(&t, "way-back",
                    arena_printf(arena, "its rollout is halted: %s takes it back",
                                 rollback_command(arena, plan->rollout->id)),
                    0);
    } else if (has(&trace, OFFER_HAD_TURN)) {
        if (!tell_action(world, arena, facts->device, turn, facts->now_ms, &t, err))
            return false;
    } else if (!tell_coming(&telling, &trace, &t, err)) {
        return false;
    }
    t.expected_ms = t.is_done ? 0 : expected(&t, facts->now_ms);
    if (t.count == 0)
        why_add(&t, offer_why_name[OFFER_YES], due_text(arena, plan), facts->now_ms);
    *out = t;
    return true;
}

/* ---- one device -------------------------------------------------------------------------------- */

static bool facts_read(struct world *world, struct arena *arena, const struct device *device, int64_t now_ms,
                       struct offer_facts *out, struct err *err)
{
    struct device_component *components;
    struct action *open;

    if (!store_component_list(world->store, arena, device->id, &components, &out->component_count, err) ||
        !store_action_open(world->store, arena, device->id, &open, &out->open_count, err))
        return false;
    out->device = device;
    out->components = components;
    out->open = open;
    out->now_ms = now_ms;
    return true;
}

static bool by_hand(struct world *world, struct arena *arena, const struct offer_facts *facts,
                    const struct action *action, struct why_target *out, struct err *err)
{
    struct release *release = ARENA_NEW(arena, struct release);
    struct why_target t = {.release = release};

    if (!store_release_get(world->store, arena, action->tenant_id, action->release_id, release, err) ||
        !tell_action(world, arena, facts->device, action, facts->now_ms, &t, err))
        return false;
    t.expected_ms = expected(&t, facts->now_ms);
    *out = t;
    return true;
}

static bool of_state(struct world *world, struct arena *arena, const struct device_facts *asked,
                     const struct offer_facts *facts, enum rollout_state state, struct device_why *why,
                     struct err *err)
{
    struct rollout *rollouts;
    struct why_target *more;
    size_t count;

    if (!store_rollout_in_state(world->store, arena, asked->device->tenant_id, state, &rollouts, &count, err))
        return false;
    more = ARENA_MANY(arena, struct why_target, why->count + count + 1);
    if (why->count)
        memcpy(more, why->targets, why->count * sizeof(*more));
    why->targets = more;
    for (size_t i = 0; i < count; i++) {
        struct plan_view *view;
        struct planned *plan = ARENA_NEW(arena, struct planned);

        if (!plan_view_open(world, arena, &rollouts[i], &view, err))
            return false;
        if (!plan_view_match(view, arena, asked, plan))
            continue;
        if (!why_of_plan(world, arena, facts, plan, &why->targets[why->count], err))
            return false;
        why->count++;
    }
    return true;
}

bool device_why(struct world *world, struct arena *arena, int64_t tenant_id, const char *controller_id,
                int64_t now_ms, struct device_why *out, struct err *err)
{
    static const enum rollout_state states[] = {ROLLOUT_RUNNING, ROLLOUT_PLANNING, ROLLOUT_HALTED,
                                                ROLLOUT_PAUSED};
    struct device *device = ARENA_NEW(arena, struct device);
    struct device_quarantine *quarantine = ARENA_NEW(arena, struct device_quarantine);
    struct device_facts asked = {.device = device};
    struct offer_facts facts = {0};
    struct device_why why = {0};
    struct device_seen seen;
    struct drift *drift;
    bool is_in_it = false;

    if (!store_device_get(world->store, arena, tenant_id, controller_id, device, err) ||
        !device_load(world, arena, &asked, err) || !device_load_changes(world, arena, &asked, err) ||
        !facts_read(world, arena, device, now_ms, &facts, err) ||
        !store_seen_get(world->store, device->id, &seen, err) ||
        !store_quarantine_get(world->store, arena, device->id, quarantine, &is_in_it, err) ||
        !drift_last(world, arena, device->id, &drift, err))
        return false;
    why.targets = ARENA_MANY(arena, struct why_target, facts.open_count + 1);
    for (size_t i = 0; i < facts.open_count; i++)
        if (!facts.open[i].rollout_id && !facts.open[i].restore_id) {
            if (!by_hand(world, arena, &facts, &facts.open[i], &why.targets[why.count], err))
                return false;
            why.count++;
        }
    for (size_t i = 0; i < COUNT(states); i++)
        if (!of_state(world, arena, &asked, &facts, states[i], &why, err))
            return false;
    why.device = *device;
    why.drift = drift;
    why.quarantine = is_in_it ? quarantine : NULL;
    why.last_seen_ms = seen_last_ms(world->seen, device->id);
    why.last_seen_ms = why.last_seen_ms ? why.last_seen_ms : seen.last_seen_ms;
    *out = why;
    return true;
}
