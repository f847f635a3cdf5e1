#include "domain/report.h"

#include "domain/deployment.h"
#include "domain/plans.h"
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

/* Who may not begin is not late: its clock stands still. */
static bool is_excused(struct world *world, struct arena *arena, const struct lapse *lapse,
                       struct action *action, int64_t now_ms, bool *out, struct err *err)
{
    struct device device;
    struct hold hold;

    *out = false;
    if (lapse->event != EVENT_SILENCE || !orders_may_wait(action) ||
        !plans_has_holds(world, action->tenant_id))
        return true;
    if (!store_device_by_id(world->store, arena, action->device_id, &device, err) ||
        !plans_hold(world, arena, &device, action->release_id, now_ms, &hold, out, err))
        return false;
    action->updated_ms = *out ? now_ms : action->updated_ms;
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
