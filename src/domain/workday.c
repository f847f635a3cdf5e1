#include "domain/workday.h"

#include "domain/calendar.h"
#include "domain/device.h"
#include "store/actions.h"

static const struct window workday = {
    .start_min = 8 * 60, .end_min = 18 * 60, .days = 31, .zone = "", .rule = "", .exdates = ""};

bool workday_end(const struct closures *clear, const char *zone, int64_t after_ms, int64_t *out,
                 struct err *err)
{
    int64_t opens_ms, closes_ms;

    if (!window_find(&workday, clear, zone, after_ms, &opens_ms, &closes_ms, err) ||
        (opens_ms < after_ms && !window_find(&workday, clear, zone, closes_ms, &opens_ms, &closes_ms, err)))
        return false;
    *out = closes_ms == WINDOW_NEVER ? 0 : closes_ms;
    return true;
}

bool workday_soak(struct world *world, struct arena *arena, struct action *action, int64_t now_ms,
                  struct err *err)
{
    struct closures clear;
    struct device device;
    struct site site;

    return store_device_by_id(world->store, arena, action->device_id, &device, err) &&
           device_place(world, arena, &device, &site, err) &&
           closures_load(world, arena, &device, &site, now_ms, &clear, err) &&
           workday_end(&clear, site.window.zone, now_ms, &action->soak_until_ms, err) &&
           store_action_soak(world->store, action->id, action->soak_until_ms, err);
}
