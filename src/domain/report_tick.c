#include "domain/report.h"

#include "domain/deployment.h"
#include "domain/plans.h"
#include "domain/schedule.h"
#include "store/devices.h"

#define AT_ONCE 200 /* actions of one tx: a short turn of the writer; the rest comes with the next tick */

/* One thing that time does to actions. */
struct lapse {
    enum action_event event;
    const char *type, *message;
    bool (*find)(struct world *world, struct arena *arena, int64_t now_ms, struct action **out, size_t *count,
                 struct err *err);
};

static bool find_soaked(struct world *world, struct arena *arena, int64_t now_ms, struct action **out,
                        size_t *count, struct err *err)
{
    return store_action_soaked(world->store, arena, now_ms, AT_ONCE, out, count, err);
}

static bool find_quiet(struct world *world, struct arena *arena, int64_t now_ms, struct action **out,
                       size_t *count, struct err *err)
{
    return store_action_quiet(world->store, arena, now_ms, world->settings->action_timeout_h, AT_ONCE, out,
                              count, err);
}

static const struct lapse lapses[] = {
    {EVENT_SOAKED, "FINISHED", "soaked long enough", find_soaked},
    {EVENT_SILENCE, "ERROR", "nothing heard past the deadline", find_quiet},
};

/* Its clock starts when it may begin: at the first of its hours, since it was last heard, that hold the
 * install. Once those it had are over for good, that clock runs as if it had had them: its next poll calls
 * back whoever is still there. */
static bool clock_by_hours(struct world *world, struct arena *arena, const struct device *device,
                           const struct action *action, int64_t now_ms, int64_t *out, struct err *err)
{
    struct schedule then;
    int64_t begins_ms;

    if (!schedule_of(world, arena, device, action, action->updated_ms, &then, err))
        return false;
    begins_ms = schedule_begin_from_ms(&then, action->updated_ms);
    if (then.is_lapsed || (then.latest_ms && then.latest_ms <= now_ms))
        begins_ms = action->updated_ms;
    *out = begins_ms < now_ms ? begins_ms : now_ms;
    return true;
}

static bool clock_of(struct world *world, struct arena *arena, const struct action *action, int64_t now_ms,
                     int64_t *out, struct err *err)
{
    struct device device;
    struct hold hold;
    bool is_held = false;

    if (!store_device_by_id(world->store, arena, action->device_id, &device, err) ||
        (plans_has_holds(world, action->tenant_id) &&
         !plans_hold(world, arena, &device, action->release_id, now_ms, &hold, &is_held, err)))
        return false;
    *out = now_ms;
    return is_held || clock_by_hours(world, arena, &device, action, now_ms, out, err);
}

/* Who may not begin is not late: its clock stands still. */
static bool is_excused(struct world *world, struct arena *arena, const struct lapse *lapse,
                       struct action *action, int64_t now_ms, bool *out, struct err *err)
{
    int64_t clock_ms;

    *out = false;
    if (lapse->event != EVENT_SILENCE || !orders_may_wait(action))
        return true;
    if (!clock_of(world, arena, action, now_ms, &clock_ms, err))
        return false;
    /* Whoever had hours long ago is found again, and is late by then. */
    *out = clock_ms > action->updated_ms;
    action->updated_ms = clock_ms;
    return !*out || store_action_touch(world->store, action, err);
}

/* Looked for again inside the tx: whoever reported meanwhile is no longer in the list. */
static bool lapse_in_tx(struct world *world, struct arena *arena, const struct lapse *lapse, int64_t now_ms,
                        struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct action *actions;
    size_t count;

    if (!tx_begin(&tx, world->store, err) || !lapse->find(world, arena, now_ms, &actions, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        bool is_excused_now;

        if (!is_excused(world, arena, lapse, &actions[i], now_ms, &is_excused_now, err))
            return false;
        if (!is_excused_now &&
            !report_apply(world->store, &actions[i], lapse->event, lapse->type, lapse->message, now_ms, err))
            return false;
    }
    return tx_commit(&tx, err);
}

bool report_tick(struct world *world, int64_t now_ms, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();

    for (size_t i = 0; i < COUNT(lapses); i++) {
        struct action *actions;
        size_t count;

        if (!lapses[i].find(world, arena, now_ms, &actions, &count, err))
            return false;
        if (count > 0 && !lapse_in_tx(world, arena, &lapses[i], now_ms, err))
            return err_within(err, "%s", action_event_name[lapses[i].event]);
    }
    return true;
}
