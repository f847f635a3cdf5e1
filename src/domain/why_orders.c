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

static const char *quiet_hours(struct arena *arena, const struct schedule *s)
{
    return arena_printf(arena, "its quiet%s, %02d:%02d to %02d:%02d%s,",
                        s->is_by_use ? "est hours by use" : " hours", (int)(s->quiet_start_min / 60),
                        (int)(s->quiet_start_min % 60), (int)(s->quiet_end_min / 60),
                        (int)(s->quiet_end_min % 60), s->is_by_use ? "" : " (it told no pages by the hour)");
}

/* Whose hours they are. */
static const char *whose(struct arena *arena, const struct schedule *s)
{
    return s->by == BY_QUIET     ? quiet_hours(arena, s)
           : s->by == BY_ROLLOUT ? "the rollout's window"
           : s->by == BY_TENANT  ? "the window of the tenant"
                                 : "its window";
}

static const char *verb(const struct schedule *s, const char *of_window, const char *of_hours)
{
    return s->by == BY_QUIET ? of_hours : of_window;
}

static const char *shut_text(struct arena *arena, const struct schedule *s)
{
    if (s->opens_ms)
        return arena_printf(arena, "%s %s at %s", whose(arena, s), verb(s, "opens", "begin"),
                            text_time(arena, s->opens_ms));
    return s->latest_ms
               ? arena_printf(arena, "%s %s before %s", whose(arena, s),
                              verb(s, "does not open", "do not begin"), text_time(arena, s->latest_ms))
               : "its hours are over";
}

static const char *hours_text(struct arena *arena, enum order_why why, const struct schedule *s)
{
    switch (why) {
    case ORDER_OVER:
        return arena_printf(arena, "no install begins after %s", text_time(arena, s->latest_ms));
    case ORDER_EARLY:
        return arena_printf(arena, "no install begins before %s", text_time(arena, s->earliest_ms));
    case ORDER_NO_ROOM:
        return arena_printf(
            arena,
            "%" PRId64 " minutes are left of %s%s and the install takes %" PRId64 "; the next opens at %s",
            s->left_min, whose(arena, s), verb(s, ",", ""), s->needs_min, text_time(arena, s->opens_ms));
    case ORDER_TOO_SHORT:
        return arena_printf(arena, "%s %s %" PRId64 " minutes%s%s, and the install takes %" PRId64,
                            whose(arena, s), verb(s, "is", "are"), s->longest_min,
                            s->latest_ms ? " until " : "", s->latest_ms ? text_time(arena, s->latest_ms) : "",
                            s->needs_min);
    case ORDER_DOWNLOAD:
        return s->download_opens_ms ? arena_printf(arena, "the hours for downloads begin at %s",
                                                   text_time(arena, s->download_opens_ms))
                                    : "the hours for downloads are over";
    default:
        return shut_text(arena, s);
    }
}

static const char *order_text(const struct order_facts *o, enum order_why why)
{
    switch (why) {
    case ORDER_CALLED_BACK:
        return "it is being called back";
    case ORDER_CONFIRM:
        return "somebody at the device has to agree";
    case ORDER_LATER:
        return arena_printf(o->arena, "try %" PRId64 " begins at %s", o->action->tries,
                            text_time(o->arena, o->action->retry_ms));
    case ORDER_HELD:
        return why_hold_text(o->arena, o->hold);
    case ORDER_BACKUP:
        return arena_printf(o->arena,
                            "its rollout wants a backup of the last %" PRId64
                            " hours first: the device is asked for one",
                            o->schedule->fresh.within_h);
    case ORDER_NO_BACKUPS:
        return arena_printf(o->arena,
                            "its rollout wants a backup of the last %" PRId64
                            " hours first, and the device takes no part in backups: let its agent back up, "
                            "or bring it the release by hand (nightshift device assign)",
                            o->schedule->fresh.within_h);
    case ORDER_IN_USE:
        return in_use_text(o);
    case ORDER_ONLY_DOWNLOAD:
        return "it is only downloaded, not installed";
    default:
        return hours_text(o->arena, why, o->schedule);
    }
}

static int64_t order_until(enum order_why why, const struct action *action, const struct schedule *schedule,
                           const struct hold *hold)
{
    switch (why) {
    case ORDER_LATER:
        return action->retry_ms;
    case ORDER_HELD:
        return hold->until_ms;
    case ORDER_EARLY:
        return schedule->earliest_ms;
    case ORDER_WINDOW:
    case ORDER_NO_ROOM:
        return schedule->opens_ms;
    case ORDER_DOWNLOAD:
        return schedule->download_opens_ms;
    default:
        return 0;
    }
}

bool why_orders(struct world *world, struct arena *arena, const struct device *device,
                const struct action *action, int64_t at_ms, struct why_target *out, struct err *err)
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
    return true;
}
