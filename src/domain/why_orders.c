/* What keeps an action that is there, or as it will be, from being installed. */
#include "domain/why_parts.h"

#include <inttypes.h>

#include "base/text.h"
#include "domain/deployment.h"
#include "domain/device.h"
#include "domain/zone.h"
#include "model/busy.h"

struct why_item *why_add(struct why_target *t, const char *code, const char *text, int64_t until_ms)
{
    struct why_item *item = &t->items[t->count++];

    *item = (struct why_item){.code = code, .text = text, .until_ms = until_ms};
    return item;
}

const char *why_hold_text(struct arena *arena, const struct hold *h)
{
    return arena_printf(arena, "held by %s%s, %s%s: %s", h->created_by,
                        h->is_customer ? " for the customer" : "",
                        h->until_ms ? "until " : "until it is lifted",
                        h->until_ms ? text_time(arena, h->until_ms) : "", h->reason);
}

#define TODAY_MS (20 * 3600 * 1000LL)

struct order_facts {
    struct arena *arena;
    const struct action *action;
    const struct schedule *schedule;
    const struct hold *hold;
    const char *zone;
    int64_t now_ms;
};

/* "21:40 Europe/Berlin", of today; else with its date. */
static const char *local_text(struct arena *arena, const char *zone, int64_t at_ms, int64_t now_ms)
{
    int64_t offset_s = 0;
    struct err ignored;
    const char *text;

    if (text_blank(zone) || !zone_offset_s(zone, at_ms, &offset_s, &ignored))
        return text_time(arena, at_ms);
    text = text_time(arena, at_ms + offset_s * 1000); /* 2026-11-26T21:40:00Z */
    return now_ms - at_ms < TODAY_MS ? arena_printf(arena, "%.5s %s", text + 11, zone)
                                     : arena_printf(arena, "%.10s %.5s %s", text, text + 11, zone);
}

static const char *in_use_text(const struct order_facts *o)
{
    return arena_printf(o->arena, "busy: %s, since %s", busy_words(o->action->busy),
                        local_text(o->arena, o->zone, o->action->busy_ms, o->now_ms));
}

static const char *order_text(const struct order_facts *o, enum order_why why)
{
    struct arena *arena = o->arena;
    const struct action *action = o->action;
    const struct schedule *schedule = o->schedule;
    const struct hold *hold = o->hold;

    switch (why) {
    case ORDER_CALLED_BACK:
        return "it is being called back";
    case ORDER_CONFIRM:
        return "somebody at the device has to agree";
    case ORDER_LATER:
        return arena_printf(arena, "try %" PRId64 " begins at %s", action->tries,
                            text_time(arena, action->retry_ms));
    case ORDER_HELD:
        return why_hold_text(arena, hold);
    case ORDER_WINDOW:
        return schedule->opens_ms
                   ? arena_printf(arena, "its window opens at %s", text_time(arena, schedule->opens_ms))
                   : "its hours are over";
    case ORDER_BACKUP:
        return arena_printf(arena,
                            "its rollout wants a backup of the last %" PRId64
                            " hours first: the device is asked for one",
                            schedule->fresh.within_h);
    case ORDER_NO_BACKUPS:
        return arena_printf(arena,
                            "its rollout wants a backup of the last %" PRId64
                            " hours first, and the device takes no part in backups: let its agent back up, "
                            "or bring it the release by hand (nightshift device assign)",
                            schedule->fresh.within_h);
    case ORDER_IN_USE:
        return in_use_text(o);
    default:
        return "it is only downloaded, not installed";
    }
}

static int64_t order_until(enum order_why why, const struct action *action, const struct schedule *schedule,
                           const struct hold *hold)
{
    return why == ORDER_LATER    ? action->retry_ms
           : why == ORDER_HELD   ? hold->until_ms
           : why == ORDER_WINDOW ? schedule->opens_ms
                                 : 0;
}

static void tell_short(struct arena *arena, const struct release *release, const struct schedule *schedule,
                       struct why_target *out)
{
    int64_t has_min = (schedule->closes_ms - schedule->opens_ms) / 60000;

    if (schedule->has_window && schedule->opens_ms && schedule->closes_ms && has_min < release->minutes)
        why_add(out, "window-too-short",
                arena_printf(arena, "its window is %" PRId64 " minutes, and the install takes %" PRId64,
                             has_min, release->minutes),
                0);
}

bool why_orders(struct world *world, struct arena *arena, const struct device *device,
                const struct action *action, const struct release *release, int64_t at_ms,
                struct why_target *out, struct err *err)
{
    struct schedule schedule;
    struct order_trace trace;
    struct site site;
    struct hold hold;
    bool is_held = false;

    if (!schedule_of(world, arena, device, action, at_ms, &schedule, err) ||
        !fresh_of(world, arena, device, action, at_ms, &schedule.fresh, err) ||
        (action->id && orders_may_wait(action) &&
         !plans_hold(world, arena, device, action->release_id, at_ms, &hold, &is_held, err)) ||
        !device_place(world, arena, device, &site, err))
        return false;
    schedule.is_held = is_held;
    const struct order_facts facts = {arena, action, &schedule, &hold, site.window.zone, at_ms};

    orders_explain(action, &schedule, at_ms, &trace);
    for (size_t i = 0; i < trace.count; i++) {
        enum order_why why = trace.at[i];
        struct why_item *item = why_add(out, order_why_name[why], order_text(&facts, why),
                                        order_until(why, action, &schedule, &hold));

        item->hold_id = why == ORDER_HELD ? hold.id : 0;
        item->action_id = action->id;
    }
    tell_short(arena, release, &schedule, out);
    return true;
}
