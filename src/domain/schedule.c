#include "domain/schedule.h"

#include "domain/calendar.h"
#include "domain/device.h"

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

static bool from_window(const struct window *window, const struct closures *clear, const char *zone,
                        int64_t now_ms, struct schedule *out, struct err *err)
{
    struct schedule found = {.has_window = true};

    if (!window_find(window, clear, zone, now_ms, &found.opens_ms, &found.closes_ms, err))
        return false;
    found.is_open = now_ms >= found.opens_ms && now_ms < found.closes_ms;
    if (found.opens_ms == WINDOW_NEVER)
        found.opens_ms = found.closes_ms = 0;
    *out = found;
    return true;
}

/* Where no window is set, any day will do that no blackout closes. */
static const struct window all_day = {.start_min = 0, .end_min = 0, .days = 127};

const struct window *schedule_window(const struct action_rules *rules, const struct site *site,
                                     const struct closures *clear)
{
    if (rules->window.start_min >= 0)
        return &rules->window;
    if (site->window.start_min >= 0)
        return &site->window;
    return clear->blackout_count ? &all_day : NULL;
}

bool schedule_of(struct world *world, struct arena *arena, const struct device *device,
                 const struct action *action, int64_t now_ms, struct schedule *out, struct err *err)
{
    struct schedule own = schedule_own(action->not_before_ms, action->not_after_ms, now_ms);
    struct action_rules rules;
    const struct window *window;
    struct closures clear;
    struct site site;

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
    if (!device_place(world, arena, device, &site, err) ||
        !closures_load(world, arena, device, &site, now_ms, &clear, err))
        return false;
    window = schedule_window(&rules, &site, &clear);
    if (window)
        return from_window(window, &clear, site.window.zone, now_ms, out, err);
    *out = own;
    return true;
}
