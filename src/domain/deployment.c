#include "domain/deployment.h"

#include <inttypes.h>

#include "base/mutant.h"
#include "base/text.h"
#include "domain/device.h"
#include "domain/notice.h"
#include "domain/plans.h"
#include "domain/report.h"
#include "store/devices.h"
#include "store/releases.h"
#include "store/restores.h"

const char *const handling_name[HANDLING__MAX] = {"skip", "attempt", "forced"};

/* clang-format off */
static const char *const status_text[ACTION_STATE__MAX] = {
    [ACTION_CONFIRMING]  = "WAIT_FOR_CONFIRMATION",
    [ACTION_OFFERED]     = "RUNNING",
    [ACTION_DOWNLOADING] = "DOWNLOAD",
    [ACTION_DOWNLOADED]  = "DOWNLOADED",
    [ACTION_BACKING_UP]  = "RUNNING",
    [ACTION_INSTALLING]  = "RUNNING",
    [ACTION_REBOOTING]   = "RUNNING",
    [ACTION_SOAKING]     = "FINISHED",
    [ACTION_CANCELING]   = "CANCELING",
    [ACTION_HEALTHY]     = "FINISHED",
    [ACTION_FAILED]      = "ERROR",
    [ACTION_SILENT]      = "ERROR",
    [ACTION_RECALLED]    = "CANCELED",
};
/* clang-format on */

const char *action_status_text(const struct action *action)
{
    return action->state == ACTION_OFFERED && action->was_retrieved ? "RETRIEVED"
                                                                    : status_text[action->state];
}

/* ---- orders ----------------------------------------------------------------------- */

static enum handling urgency(const struct action *action, int64_t now_ms)
{
    switch (action->kind) {
    case ACTION_SOFT:
        return HANDLING_ATTEMPT;
    case ACTION_TIMEFORCED:
        return now_ms >= action->forced_ms ? HANDLING_FORCED : HANDLING_ATTEMPT;
    default:
        return HANDLING_FORCED;
    }
}

/* Small and never negative: URLs of old clients are short, and a sign is one more character to trip over. */
static int32_t hash_orders(const struct action *action, const struct orders *orders)
{
    const int64_t parts[] = {orders->download,         orders->update,        orders->schedule.has_window,
                             orders->schedule.is_open, action->not_before_ms, action->not_after_ms};
    uint64_t h = 14695981039346656037ULL; /* FNV-1a */

    for (size_t i = 0; i < COUNT(parts); i++)
        h = (h ^ (uint64_t)parts[i]) * 1099511628211ULL;
    return (int32_t)((h ^ (h >> 40)) & 0xFFFFFF);
}

/* ---- what keeps it -------------------------------------------------------------------- */

bool orders_may_wait(const struct action *action)
{
    return action->state == ACTION_CONFIRMING || action->state == ACTION_OFFERED ||
           action->state == ACTION_DOWNLOADING || action->state == ACTION_DOWNLOADED;
}

struct question {
    const struct action *action;
    const struct schedule *schedule;
    int64_t now_ms;
};

static bool called_back(const struct question *q)
{
    return q->action->state == ACTION_CANCELING;
}

static bool confirming(const struct question *q)
{
    return q->action->state == ACTION_CONFIRMING;
}

static bool later(const struct question *q)
{
    return q->action->retry_ms > q->now_ms;
}

static bool held(const struct question *q)
{
    return q->schedule->is_held;
}

static bool over(const struct question *q)
{
    return q->schedule->latest_ms && q->now_ms >= q->schedule->latest_ms && orders_may_wait(q->action);
}

static bool early(const struct question *q)
{
    return q->schedule->earliest_ms > q->now_ms;
}

/* Not told beside what says as much: that it is too early, or that it is over for good. */
static bool shut(const struct question *q)
{
    const struct schedule *s = q->schedule;
    bool is_told = over(q) || (early(q) && s->opens_ms == s->earliest_ms);

    return s->has_window && !s->is_open && !s->is_ending && !is_told && !MUTANT_IS(2);
}

static bool no_room(const struct question *q)
{
    return q->schedule->is_ending && !q->schedule->is_short && !q->schedule->is_open;
}

static bool too_short(const struct question *q)
{
    return q->schedule->is_short && !q->schedule->is_open;
}

/* What is there already needs no hours. */
static bool download_shut(const struct question *q)
{
    return q->schedule->is_download_shut && q->action->state < ACTION_DOWNLOADED;
}

static bool no_backup(const struct question *q)
{
    return q->schedule->fresh.is == FRESH_STALE;
}

static bool no_backups(const struct question *q)
{
    return q->schedule->fresh.is == FRESH_NEVER;
}

static bool only_download(const struct question *q)
{
    return q->action->kind == ACTION_DOWNLOAD_ONLY;
}

/* It is the device that waits: nothing is withheld from it. */
static bool in_use(const struct question *q)
{
    return !text_blank(q->action->busy);
}

/* Whoever adds a reason adds it here, and nowhere else: orders and explanation both walk this list. */
/* clang-format off */
static const struct {
    bool (*stands)(const struct question *q);
    bool stops_download, stops_update;
    bool hides; /* the device does not even see it */
} predicates[ORDER_WHY__MAX] = {
    [ORDER_CALLED_BACK]   = { called_back,   false, false, false },
    [ORDER_CONFIRM]       = { confirming,    false, false, false },
    [ORDER_LATER]         = { later,         true,  true,  true  },
    [ORDER_HELD]          = { held,          true,  true,  true  },
    [ORDER_OVER]          = { over,          true,  true,  true  },
    [ORDER_EARLY]         = { early,         false, true,  false },
    [ORDER_WINDOW]        = { shut,          false, true,  false },
    [ORDER_NO_ROOM]       = { no_room,       false, true,  false },
    [ORDER_TOO_SHORT]     = { too_short,     false, true,  false },
    [ORDER_DOWNLOAD]      = { download_shut, true,  false, false },
    [ORDER_BACKUP]        = { no_backup,     false, true,  false },
    [ORDER_NO_BACKUPS]    = { no_backups,    false, true,  false },
    [ORDER_ONLY_DOWNLOAD] = { only_download, false, true,  false },
    [ORDER_IN_USE]        = { in_use,        false, false, false },
};
const char *const order_why_name[ORDER_WHY__MAX] = {
    [ORDER_GO]            = "due",
    [ORDER_CALLED_BACK]   = "called-back",
    [ORDER_CONFIRM]       = "waits-for-yes",
    [ORDER_LATER]         = "next-try",
    [ORDER_HELD]          = "held",
    [ORDER_OVER]          = "over",
    [ORDER_EARLY]         = "too-early",
    [ORDER_WINDOW]        = "window-shut",
    [ORDER_NO_ROOM]       = "no-room",
    [ORDER_TOO_SHORT]     = "window-too-short",
    [ORDER_DOWNLOAD]      = "download-shut",
    [ORDER_BACKUP]        = "backup-needed",
    [ORDER_NO_BACKUPS]    = "no-backups",
    [ORDER_ONLY_DOWNLOAD] = "download-only",
    [ORDER_IN_USE]        = "in-use",
};
/* clang-format on */

void orders_explain(const struct action *action, const struct schedule *schedule, int64_t now_ms,
                    struct order_trace *out)
{
    const struct question q = {action, schedule, now_ms};

    out->count = 0;
    for (int why = 0; why < ORDER_WHY__MAX; why++)
        if (predicates[why].stands && predicates[why].stands(&q))
            out->at[out->count++] = (enum order_why)why;
}

struct orders orders_of(const struct device *device, const struct action *action,
                        const struct schedule *schedule, int64_t now_ms)
{
    struct orders orders = {.schedule = *schedule};
    struct order_trace trace;

    orders.download = orders.update = urgency(action, now_ms);
    orders_explain(action, schedule, now_ms, &trace);
    for (size_t i = 0; i < trace.count; i++) {
        if (predicates[trace.at[i]].stops_download)
            orders.download = HANDLING_SKIP;
        if (predicates[trace.at[i]].stops_update)
            orders.update = HANDLING_SKIP;
        orders.is_withheld |= predicates[trace.at[i]].hides;
    }
    orders.is_withheld |=
        device_misreads_skip(device) && (orders.update == HANDLING_SKIP || orders.download == HANDLING_SKIP);
    orders.c = hash_orders(action, &orders);
    return orders;
}

bool orders_load(struct world *world, struct arena *arena, const struct device *device,
                 const struct action *action, int64_t now_ms, struct orders *out, struct err *err)
{
    struct schedule schedule;
    struct hold hold;
    bool is_held = false;

    if (!schedule_of(world, arena, device, action, now_ms, &schedule, err) ||
        !fresh_of(world, arena, device, action, now_ms, &schedule.fresh, err) ||
        (orders_may_wait(action) &&
         !plans_hold(world, arena, device, action->release_id, now_ms, &hold, &is_held, err)))
        return false;
    schedule.is_held = is_held && !MUTANT_IS(4);
    *out = orders_of(device, action, &schedule, now_ms);
    return true;
}

/* ---- deployments -------------------------------------------------------------------- */

static bool is_at_door(const struct action *action, enum deployment_kind kind)
{
    bool is_called_back = action->state == ACTION_CANCELING || action->state == ACTION_RECALLED;

    switch (kind) {
    case DEPLOYMENT_CONFIRMING:
        return action->state == ACTION_CONFIRMING;
    case DEPLOYMENT_INSTALLED:
        return !is_called_back && (action_is_closed(action->state) || action->state == ACTION_SOAKING);
    default:
        return !is_called_back && action->state != ACTION_CONFIRMING;
    }
}

static bool own_action(struct world *world, struct arena *arena, const struct device *device,
                       int64_t action_id, struct action *out, struct err *err)
{
    return store_action_get(world->store, arena, device->tenant_id, action_id, out, err) &&
           (out->device_id == device->id ||
            FAIL(err, ERR_NOT_FOUND, "action %" PRId64 " is not of %s", action_id, device->controller_id));
}

/* The modules that were offered, which may be fewer than the release has. */
static bool modules_load(struct world *world, struct arena *arena, struct deployment *d, struct err *err)
{
    int64_t *ids;

    d->module_count = action_modules(arena, d->action.modules, &ids);
    d->modules = ARENA_MANY(arena, struct module, d->module_count + 1);
    for (size_t i = 0; i < d->module_count; i++)
        if (!store_module_get(world->store, arena, d->action.tenant_id, ids[i], &d->modules[i], err))
            return false;
    return true;
}

static bool note_fetched(struct world *world, struct arena *arena, const struct device *device,
                         int64_t action_id, int64_t now_ms, struct action *out, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct action action;
    struct action_status entry = {
        .action_id = action_id, .at_ms = now_ms, .type = "RETRIEVED", .messages = "[]"};

    if (!tx_begin(&tx, world->store, err) || !own_action(world, arena, device, action_id, &action, err))
        return false;
    action.was_retrieved = true;
    action.updated_ms = now_ms;
    if (!store_action_touch(world->store, &action, err) ||
        !store_action_status_put(world->store, &entry, err) || !tx_commit(&tx, err))
        return err_within(err, "noting that action %" PRId64 " was fetched", action_id);
    *out = action;
    return true;
}

static bool burden_load(struct world *world, struct arena *arena, struct deployment *d, struct err *err)
{
    const struct action *a = &d->action;

    return a->restore_id
               ? store_restore_get(world->store, arena, a->tenant_id, a->restore_id, &d->restore, err)
               : store_release_get(world->store, arena, a->tenant_id, a->release_id, &d->release, err);
}

/* For our agent only. Outside its hours it says when; once they are open it begins whenever it is idle. */
static bool notice_load(struct world *world, struct arena *arena, const struct device *device, int64_t now_ms,
                        struct deployment *d, struct err *err)
{
    const struct schedule *schedule = &d->orders.schedule;
    const char *language = NULL;
    struct notice_facts facts = {.minutes = d->release.minutes, .now_ms = now_ms};
    struct site site;

    if (d->action.restore_id || device->quirk != QUIRK_NONE || action_is_closed(d->action.state))
        return true;
    if (!device_place(world, arena, device, &site, err) ||
        !store_attribute_find(world->store, arena, device->id, "language", &language, err))
        return false;
    facts.language = notice_speaks(language) ? language : site.language;
    facts.zone = site.window.zone;
    d->notice_now = notice_text(arena, &facts);
    facts.begins_ms = schedule->has_window && !schedule->is_open ? schedule->opens_ms : 0;
    if (!schedule->has_window || schedule->is_open || schedule->opens_ms)
        d->notice = notice_text(arena, &facts);
    return true;
}

static bool facts_load(struct world *world, struct arena *arena, const struct device *device, int64_t history,
                       int64_t now_ms, struct deployment *d, struct err *err)
{
    return burden_load(world, arena, d, err) && modules_load(world, arena, d, err) &&
           orders_load(world, arena, device, &d->action, now_ms, &d->orders, err) &&
           notice_load(world, arena, device, now_ms, d, err) &&
           (history == 0 || store_action_status_list(world->store, arena, d->action.id, 0, history,
                                                     &d->entries, &d->entry_count, err));
}

bool deployment_load(struct world *world, struct arena *arena, const struct device *device, int64_t action_id,
                     enum deployment_kind kind, int64_t history, bool may_write, int64_t now_ms,
                     struct deployment *out, struct err *err)
{
    struct deployment d = {0};

    if (!own_action(world, arena, device, action_id, &d.action, err))
        return false;
    if (!is_at_door(&d.action, kind))
        return FAIL(err, ERR_NOT_FOUND, "action %" PRId64 " is %s", action_id,
                    action_state_name[d.action.state]);
    if (kind == DEPLOYMENT_OFFERED && !d.action.was_retrieved && !action_is_closed(d.action.state)) {
        d.needs_writer = !may_write;
        if (may_write && !note_fetched(world, arena, device, action_id, now_ms, &d.action, err))
            return false;
    }
    if (!d.needs_writer && !facts_load(world, arena, device, history, now_ms, &d, err))
        return false;
    *out = d;
    return true;
}

bool deployment_canceling(struct world *world, struct arena *arena, const struct device *device,
                          int64_t action_id, struct err *err)
{
    struct action action;

    if (!own_action(world, arena, device, action_id, &action, err))
        return false;
    if (action.state != ACTION_CANCELING && action.state != ACTION_RECALLED)
        return FAIL(err, ERR_NOT_FOUND, "action %" PRId64 " is not being called back", action_id);
    return true;
}
