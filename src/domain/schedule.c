#include "domain/schedule.h"

#include "base/text.h"
#include "domain/calendar.h"
#include "domain/device.h"
#include "domain/plans.h"
#include "domain/quiet.h"
#include "domain/terms.h"
#include "domain/window_json.h"
#include "store/tenants.h"
#include "store/usages.h"

struct schedule schedule_own(int64_t not_before_ms, int64_t not_after_ms, int64_t now_ms)
{
    return (struct schedule){
        .has_window = not_before_ms || not_after_ms,
        .is_open = now_ms >= not_before_ms && (!not_after_ms || now_ms < not_after_ms),
        .is_lapsed = not_after_ms && now_ms >= not_after_ms,
        .opens_ms = not_before_ms,
        .closes_ms = not_after_ms,
        .by = not_before_ms || not_after_ms ? BY_ACTION : BY_NOBODY,
    };
}

int64_t schedule_begin_until_ms(const struct schedule *s)
{
    return s->closes_ms ? s->closes_ms - s->needs_min * 60000 : 0;
}

int64_t schedule_begin_from_ms(const struct schedule *s, int64_t asked_ms)
{
    if (!s->has_window || s->is_open)
        return asked_ms;
    return s->is_short || !s->opens_ms ? SCHEDULE_NEVER : s->opens_ms;
}

/* ---- whose hours ----------------------------------------------------------------------- */

struct asking { /* one action of one device */
    struct world *world;
    struct arena *arena;
    const struct device *device;
    const struct action *action;
    int64_t now_ms;
    struct action_rules rules;
    struct rollout_terms terms;
    struct site site;
    struct closures clear;
    struct window tenant_window, quiet_window;
};

/* Where no window is set, any day will do that no blackout closes. */
static const struct window all_day = {.start_min = 0, .end_min = 0, .days = 127};

bool schedule_tenant_window(struct world *world, struct arena *arena, int64_t tenant_id, struct window *out,
                            struct err *err)
{
    const struct json *json = NULL;
    struct tenant tenant;

    if (!store_tenant_get(world->store, arena, tenant_id, &tenant, err))
        return false;
    return (text_blank(tenant.window) || json_parse(arena, span_of(tenant.window), &json, err)) &&
           window_read(arena, json, out, err);
}

const struct window *schedule_window(const struct action_rules *rules, const struct site *site,
                                     const struct window *of_tenant, const struct closures *clear,
                                     enum schedule_by *by)
{
    *by = rules->window.start_min >= 0  ? BY_ROLLOUT
          : site->window.start_min >= 0 ? BY_SITE
          : of_tenant->start_min >= 0   ? BY_TENANT
                                        : BY_NOBODY;
    switch (*by) {
    case BY_ROLLOUT:
        return &rules->window;
    case BY_SITE:
        return &site->window;
    case BY_TENANT:
        return of_tenant;
    default:
        return clear->blackout_count ? &all_day : NULL;
    }
}

bool schedule_quiet(struct world *world, struct arena *arena, const struct device *device,
                    const struct rollout_terms *terms, struct window *out, bool *is_by_use, struct err *err)
{
    struct quiet_wish wish = {.minutes = terms->quiet_min,
                              .from_min = terms->quiet_from_min,
                              .to_min = terms->quiet_to_min,
                              .pick = quiet_pick(device->controller_id)};
    struct quiet_stretch stretch;
    int64_t sums[USAGE_HOURS];
    const char *text;

    if (!store_usage_hours_get(world->store, arena, device->id, &text, err) ||
        (!text_blank(text) && !quiet_read(arena, text, sums, err)))
        return false;
    *is_by_use = !text_blank(text);
    wish.sums = *is_by_use ? sums : NULL;
    stretch = quiet_find(&wish);
    *out = all_day;
    out->start_min = stretch.start_min;
    out->end_min = stretch.end_min;
    return true;
}

static bool quiet_of(struct asking *a, struct schedule *out, struct err *err)
{
    if (!schedule_quiet(a->world, a->arena, a->device, &a->terms, &a->quiet_window, &out->is_by_use, err))
        return false;
    out->by = BY_QUIET;
    out->quiet_start_min = a->quiet_window.start_min;
    out->quiet_end_min = a->quiet_window.end_min;
    return true;
}

static bool window_of(struct asking *a, struct opening_wish *wish, struct schedule *out, struct err *err)
{
    if (a->terms.quiet_min) {
        wish->window = &a->quiet_window;
        return quiet_of(a, out, err);
    }
    if (!schedule_tenant_window(a->world, a->arena, a->device->tenant_id, &a->tenant_window, err))
        return false;
    wish->window = schedule_window(&a->rules, &a->site, &a->tenant_window, &a->clear, &out->by);
    return true;
}

/* ---- what becomes of it --------------------------------------------------------------------- */

static bool lay(struct asking *a, const struct opening_wish *wish, struct schedule *out, struct err *err)
{
    struct opening o;

    out->has_window = wish->window || wish->earliest_ms || wish->latest_ms;
    if (!out->has_window)
        return true;
    if (!opening_find(wish, a->now_ms, &o, err))
        return false;
    out->is_open = o.is_open;
    out->opens_ms = o.opens_ms;
    out->closes_ms = o.closes_ms;
    out->is_ending = o.is_ending;
    out->left_min = o.left_min;
    out->is_short = o.is_never && o.longest_min > 0;
    out->longest_min = o.longest_min;
    return true;
}

/* A client that does both in one go may do both while its install hours last. */
bool schedule_takes_both(const struct device *device)
{
    return device->quirk == QUIRK_SURICATTA || device->quirk == QUIRK_RAUC || device->quirk == QUIRK_ZEPHYR;
}

static bool download_hours(struct asking *a, struct schedule *out, struct err *err)
{
    int64_t closes_ms;

    if (a->terms.download.start_min < 0 || a->rules.is_urgent)
        return true;
    if (!window_find(&a->terms.download, NULL, a->site.window.zone, a->now_ms, &out->download_opens_ms,
                     &closes_ms, err))
        return false;
    out->is_download_shut = a->now_ms < out->download_opens_ms;
    if (out->download_opens_ms == WINDOW_NEVER)
        out->download_opens_ms = 0;
    if (schedule_takes_both(a->device) && (!out->has_window || out->is_open))
        out->is_download_shut = false;
    return true;
}

/* By hours that somebody set for this one action. */
static bool by_hand(struct asking *a, struct schedule *out, struct err *err)
{
    const struct opening_wish wish = {.earliest_ms = a->action->not_before_ms,
                                      .latest_ms = a->action->not_after_ms,
                                      .needs_min = out->needs_min};
    struct schedule own = schedule_own(a->action->not_before_ms, a->action->not_after_ms, a->now_ms);

    own.needs_min = out->needs_min;
    if (!lay(a, &wish, &own, err))
        return false;
    *out = own;
    return true;
}

static bool by_rules(struct asking *a, struct schedule *out, struct err *err)
{
    struct opening_wish wish = {.clear = &a->clear,
                                .earliest_ms = a->terms.earliest_ms,
                                .latest_ms = a->terms.latest_ms,
                                .needs_min = out->needs_min};

    if (!device_place(a->world, a->arena, a->device, &a->site, err) ||
        !closures_load(a->world, a->arena, a->device, &a->site, a->now_ms, &a->clear, err))
        return false;
    wish.zone = a->site.window.zone;
    out->earliest_ms = wish.earliest_ms;
    out->latest_ms = wish.latest_ms;
    return (a->rules.is_urgent || window_of(a, &wish, out, err)) && lay(a, &wish, out, err) &&
           download_hours(a, out, err);
}

bool schedule_of(struct world *world, struct arena *arena, const struct device *device,
                 const struct action *action, int64_t now_ms, struct schedule *out, struct err *err)
{
    struct asking a = {.world = world, .arena = arena, .device = device, .action = action, .now_ms = now_ms};
    struct schedule s = {0};

    if (!action->restore_id) {
        if (!plans_minutes(world, arena, action, &s.needs_min, err) ||
            !store_action_rules(world->store, arena, action->rollout_id, &a.rules, err) ||
            !terms_text(arena, a.rules.terms, &a.terms, err))
            return false;
        if (!(action->not_before_ms || action->not_after_ms ? by_hand(&a, &s, err) : by_rules(&a, &s, err)))
            return false;
    }
    *out = s;
    return true;
}
