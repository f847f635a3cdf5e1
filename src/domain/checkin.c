#include "domain/checkin.h"

#include "base/mutant.h"
#include "base/text.h"
#include "domain/deployment.h"
#include "domain/offer.h"
#include "domain/plans.h"
#include "domain/report.h"
#include "store/tenants.h"

#define ARRIVALS_S 300 /* after a window opens, in which those that wait for it come */
#define SLEEP_MOST_S 86399
#define JITTER_PERCENT 10

/* ---- when to come again --------------------------------------------------------------- */

/* A device's place among all at one occasion, 0 .. range - 1: even over any set of names. */
static int64_t place(const char *controller_id, int64_t occasion, int64_t range)
{
    uint64_t h = 14695981039346656037ULL ^ (uint64_t)occasion * 0x9e3779b97f4a7c15ULL;

    for (const char *c = controller_id; *c;
         c++) /* FNV-1a, and its bits stirred: names differ at their ends */
        h = (h ^ (uint8_t)*c) * 1099511628211ULL;
    h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdULL;
    h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53ULL;
    return (int64_t)((h >> 33) % (uint64_t)range);
}

/* -10 .. +10 percent, another share each time: with one share for ever those that have the same would stay
 * together, and every few rounds all would meet. */
static int64_t jittered(int64_t sleep_s, const char *controller_id, int64_t now_ms)
{
    int64_t most = sleep_s * JITTER_PERCENT / 100, round = now_ms / 1000 / (sleep_s < 1 ? 1 : sleep_s);

    return sleep_s - most + place(controller_id, round, 2 * most + 1);
}

int64_t checkin_sleep_s(int64_t usual_s, const char *controller_id, int64_t opens_ms, int64_t now_ms)
{
    int64_t sleep_s = jittered(usual_s, controller_id, now_ms), wait_s = (opens_ms - now_ms + 999) / 1000;

    /* Rather than past the opening at the usual pace: to the opening, each to its own second after it. */
    if (opens_ms > now_ms && wait_s <= sleep_s)
        sleep_s = wait_s + place(controller_id, opens_ms,
                                 usual_s < 1            ? 1
                                 : usual_s < ARRIVALS_S ? usual_s
                                                        : ARRIVALS_S);
    return sleep_s > SLEEP_MOST_S ? SLEEP_MOST_S : sleep_s < 1 ? 1 : sleep_s;
}

/* ---- which action ----------------------------------------------------------------------- */

static bool is_at_work(const struct action *action)
{
    return action->state == ACTION_BACKING_UP || action->state == ACTION_INSTALLING ||
           action->state == ACTION_REBOOTING;
}

/* A restore goes before what only waits, for a window perhaps, and after what flashes. NULL: there is none.
 */
static struct action *pick_restore(struct action *open, size_t count)
{
    struct action *restore = NULL, *busy = NULL;

    for (size_t i = 0; i < count; i++) {
        if (!restore && open[i].restore_id)
            restore = &open[i];
        if (!busy && is_at_work(&open[i]))
            busy = &open[i];
    }
    return restore && busy ? busy : restore;
}

/* What only soaks is done, as far as the device knows. */
static bool may_go_on(const struct action *action, int64_t now_ms)
{
    return action->state != ACTION_SOAKING && action->retry_ms <= now_ms;
}

/* What is being called back comes first: the device must let go of it before it takes another. Then a
 * restore; then what the device has in its hands, for nobody called that back; then as the store orders them:
 * weight, then oldest. */
static struct action *pick(struct action *open, size_t count, int64_t now_ms)
{
    for (size_t i = 0; i < count; i++)
        if (open[i].state == ACTION_CANCELING)
            return &open[i];
    if (pick_restore(open, count))
        return pick_restore(open, count);
    for (size_t i = 0; i < count; i++)
        if (!MUTANT_IS(11) && open[i].was_retrieved && may_go_on(&open[i], now_ms))
            return &open[i];
    for (size_t i = 0; i < count; i++)
        if (may_go_on(&open[i], now_ms))
            return &open[i];
    return NULL;
}

/* When the next try of one that failed begins; 0: none waits. */
static int64_t next_try(const struct action *open, size_t count, int64_t now_ms)
{
    int64_t soonest_ms = 0;

    for (size_t i = 0; i < count; i++)
        if (open[i].retry_ms > now_ms && (!soonest_ms || open[i].retry_ms < soonest_ms))
            soonest_ms = open[i].retry_ms;
    return soonest_ms;
}

/* Its hours are over, and the device has not begun: it shall not begin tomorrow either. */
static bool is_lapsed(struct world *world, const struct action *action, int64_t now_ms)
{
    int64_t latest_ms;

    if (action->state > ACTION_DOWNLOADED)
        return false;
    if (action->not_before_ms || action->not_after_ms)
        return schedule_own(action->not_before_ms, action->not_after_ms, now_ms).is_lapsed;
    latest_ms = plans_latest_ms(world, action);
    return latest_ms && now_ms >= latest_ms;
}

static bool any_lapsed(struct world *world, const struct action *open, size_t count, int64_t now_ms)
{
    for (size_t i = 0; i < count; i++)
        if (is_lapsed(world, &open[i], now_ms))
            return true;
    return false;
}

static bool cancel_lapsed(struct world *world, struct arena *arena, const struct device *device,
                          int64_t now_ms, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct action *open;
    size_t count;

    if (!tx_begin(&tx, world->store, err) ||
        !store_action_open(world->store, arena, device->id, &open, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (is_lapsed(world, &open[i], now_ms) &&
            !report_apply(world->store, &open[i], EVENT_CANCEL, "CANCELING", "its hours are over", now_ms,
                          err))
            return false;
    return tx_commit(&tx, err);
}

/* ---- the answer ---------------------------------------------------------------------------- */

static bool is_due(struct world *world, struct arena *arena, const struct device *device,
                   const struct action *open, size_t count, int64_t now_ms, bool *out, struct err *err)
{
    const struct offer_facts facts = {.device = device, .open = open, .open_count = count, .now_ms = now_ms};
    struct offer offer;

    if (!offer_find(world, arena, &facts, &offer, err))
        return false;
    *out = offer.why == OFFER_YES;
    return true;
}

/* What has to change before the question can be answered: a lapsed action, a new offer. *changed: read again.
 */
static bool settle(struct world *world, struct arena *arena, const struct device *device,
                   const struct action *open, size_t count, bool may_write, int64_t now_ms, bool *changed,
                   struct checkin *out, struct err *err)
{
    bool has_lapsed = any_lapsed(world, open, count, now_ms), has_offer = false;

    if (!has_lapsed && !is_due(world, arena, device, open, count, now_ms, &has_offer, err))
        return false;
    *changed = has_lapsed || has_offer;
    out->needs_writer = *changed && !may_write;
    if (!*changed || !may_write)
        return true;
    if (has_lapsed)
        return cancel_lapsed(world, arena, device, now_ms, err);
    return offer_make(world, arena, device, now_ms, changed, err);
}

/* Before an update that must not begin without one; in time, but not so early that it would be old by then.
 */
static bool want_backup(struct world *world, const struct orders *orders, bool may_write, int64_t now_ms,
                        struct checkin *out, struct err *err)
{
    const struct schedule *s = &orders->schedule;

    if (out->wants_backup ||
        !fresh_is_time(&s->fresh, s->has_window && !s->is_open ? s->opens_ms : 0, now_ms))
        return true;
    out->needs_writer = !may_write;
    out->wants_backup = may_write;
    return !may_write || fresh_ask(world, out->device, now_ms, err);
}

/* When something opens that it waits for: the hours to install in, or those to download in. */
static int64_t next_opening(const struct orders *orders, int64_t opens_ms, int64_t now_ms)
{
    const struct schedule *s = &orders->schedule;

    if (s->has_window && !s->is_open)
        opens_ms = s->opens_ms;
    if (orders->download == HANDLING_SKIP && s->is_download_shut && s->download_opens_ms > now_ms &&
        (opens_ms <= now_ms || s->download_opens_ms < opens_ms))
        opens_ms = s->download_opens_ms;
    return opens_ms;
}

static bool answer_action(struct world *world, struct arena *arena, const struct action *action,
                          bool may_write, int64_t now_ms, int64_t *opens_ms, struct checkin *out,
                          struct err *err)
{
    struct orders orders;

    if (!orders_load(world, arena, out->device, action, now_ms, &orders, err))
        return false;
    *opens_ms = next_opening(&orders, *opens_ms, now_ms);
    out->c = orders.c;
    out->action = action;
    if (action->state == ACTION_CANCELING)
        out->kind = CHECKIN_CANCEL;
    else if (action->state == ACTION_CONFIRMING && !orders.schedule.is_held)
        out->kind = CHECKIN_CONFIRM;
    else if (action->state != ACTION_CONFIRMING && !orders.is_withheld)
        out->kind = CHECKIN_DEPLOY;
    return want_backup(world, &orders, may_write, now_ms, out, err);
}

/* The device was read by the same request: that there was nothing then is as true as that there is nothing now. Who
 * may write may have waited for it. */
static bool open_actions(struct world *world, struct arena *arena, const struct device *device,
                         bool may_write, struct action **open, size_t *count, struct err *err)
{
    return (!device->has_action && !may_write) ||
           store_action_open(world->store, arena, device->id, open, count, err);
}

static bool usual_sleep(struct world *world, struct arena *arena, int64_t tenant_id, int64_t *out,
                        struct err *err)
{
    struct tenant tenant;

    if (!store_tenant_get(world->store, arena, tenant_id, &tenant, err))
        return false;
    *out = tenant.poll_sleep_s > 0 ? tenant.poll_sleep_s : world->settings->poll_sleep_s;
    return true;
}

bool checkin_ask(struct world *world, struct arena *arena, const struct device *device, bool may_write,
                 int64_t now_ms, struct checkin *out, struct err *err)
{
    struct checkin answer = {.device = device,
                             .wants_attributes = device->wants_attributes,
                             .wants_backup = device->wants_backup_ms && !text_blank(device->recipient),
                             .installed_action = device->installed_action};
    bool changed = false, is_active = device->state == DEVICE_ACTIVE;
    int64_t usual_s, opens_ms = 0;
    struct action *open = NULL;
    const struct action *action;
    size_t count = 0;

    if (is_active && (!open_actions(world, arena, device, may_write, &open, &count, err) ||
                      !settle(world, arena, device, open, count, may_write, now_ms, &changed, &answer, err)))
        return false;
    if (changed && !answer.needs_writer &&
        !store_action_open(world->store, arena, device->id, &open, &count, err))
        return false;
    action = pick(open, count, now_ms);
    opens_ms = next_try(open, count, now_ms);
    if (!answer.needs_writer &&
        (!usual_sleep(world, arena, device->tenant_id, &usual_s, err) ||
         (action && !answer_action(world, arena, action, may_write, now_ms, &opens_ms, &answer, err))))
        return false;
    if (!answer.needs_writer)
        answer.sleep_s = checkin_sleep_s(usual_s, device->controller_id, opens_ms, now_ms);
    *out = answer;
    return true;
}
