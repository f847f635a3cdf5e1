#include "domain/schedule.h"

#include "domain/device.h"
#include "domain/window.h"

struct schedule schedule_own(int64_t not_before_ms, int64_t not_after_ms, int64_t now_ms)
{
    return (struct schedule){
        .has_window = not_before_ms || not_after_ms,
        .is_open = now_ms >= not_before_ms && (!not_after_ms || now_ms < not_after_ms),
        .is_lapsed = not_after_ms && now_ms >= not_after_ms,
        .opens_ms = not_before_ms,
        .closes_ms = not_after_ms,
    };
}

static bool from_window(const struct window *window, const char *zone, int64_t now_ms, struct schedule *out,
                        struct err *err)
{
    struct schedule found = {.has_window = true};

    if (!window_next(window, zone, now_ms, &found.opens_ms, &found.closes_ms, err))
        return false;
    found.is_open = now_ms >= found.opens_ms && now_ms < found.closes_ms;
    *out = found;
    return true;
}

bool schedule_of(struct world *world, struct arena *arena, const struct device *device,
                 const struct action *action, int64_t now_ms, struct schedule *out, struct err *err)
{
    struct schedule own = schedule_own(action->not_before_ms, action->not_after_ms, now_ms);
    struct action_rules rules;
    struct window site;
    const char *zone;

    if (action->restore_id) { /* somebody stands beside it and waits */
        *out = schedule_own(0, 0, now_ms);
        return true;
    }
    if (!store_action_rules(world->store, arena, action->rollout_id, &rules, err))
        return false;
    if (own.has_window || rules.is_urgent) {
        *out = own;
        return true;
    }
    if (!device_place(world, arena, device, &site, &zone, err))
        return false;
    if (rules.window.start_min >= 0)
        return from_window(&rules.window, zone, now_ms, out, err);
    if (site.start_min >= 0)
        return from_window(&site, zone, now_ms, out, err);
    *out = own;
    return true;
}
