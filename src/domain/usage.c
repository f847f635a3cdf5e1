#include "domain/usage.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "domain/calendar.h"
#include "domain/device.h"
#include "domain/quiet.h"
#include "domain/terms.h"
#include "domain/usage_weigh.h"
#include "domain/workday.h"
#include "domain/zone.h"
#include "store/actions.h"
#include "store/rollouts.h"
#include "store/usages.h"

#define DAY_MS (24 * 3600 * 1000LL)
#define EASTMOST_MS (14 * 3600 * 1000LL) /* so far ahead of UTC a local day may be */
#define NIGHT_MS (6 * 3600 * 1000LL)     /* what is installed by then has the whole day for its first */

/* One report, and what it is laid beside. */
struct taking {
    struct world *world;
    struct arena *arena;
    const struct device *device;
    struct site site;
    struct closures clear;
    struct usage usage;
    struct action update; /* id 0: no rollout has updated it */
    struct usage_rules rules;
    int64_t first_day;       /* the first that lies wholly behind the update */
    int64_t last_before_day; /* and the last before it */
};

static bool offset_ms(const struct taking *t, int64_t at_ms, int64_t *out, struct err *err)
{
    int64_t offset_s;

    if (!zone_offset_s(t->site.window.zone, at_ms, &offset_s, err))
        return false;
    *out = offset_s * 1000;
    return true;
}

static bool is_working(const struct taking *t, int64_t day, bool *out, struct err *err)
{
    int64_t offset, end_ms, midnight_ms;

    if (!offset_ms(t, day * DAY_MS, &offset, err))
        return false;
    midnight_ms = day * DAY_MS - offset;
    if (!workday_end(&t->clear, t->site.window.zone, midnight_ms, &end_ms, err))
        return false;
    *out = end_ms && end_ms <= midnight_ms + DAY_MS;
    return true;
}

static bool rules_read(struct taking *t, struct err *err)
{
    struct rollout_terms terms;
    struct rollout rollout;

    if (!store_rollout_get(t->world->store, t->arena, t->device->tenant_id, t->update.rollout_id, &rollout,
                           err) ||
        !terms_text(t->arena, rollout.terms, &terms, err))
        return false;
    t->rules = (struct usage_rules){.fault_rise_percent = terms.fault_rise_percent,
                                    .print_drop_percent = terms.print_drop_percent,
                                    .error_percent = rollout.error_percent};
    return true;
}

/* The update that counts is what was installed last, if a rollout brought it. */
static bool update_read(struct taking *t, struct err *err)
{
    const struct device *d = t->device;
    int64_t offset, local_ms;
    struct action a;

    t->first_day = t->last_before_day = INT64_MAX;
    if (!d->installed_action)
        return true;
    if (!store_action_get(t->world->store, t->arena, d->tenant_id, d->installed_action, &a, err))
        return false;
    if (!a.rollout_id)
        return true;
    if (!offset_ms(t, a.updated_ms, &offset, err))
        return false;
    local_ms = a.updated_ms + offset;
    t->update = a;
    t->first_day = local_ms / DAY_MS + (local_ms % DAY_MS > NIGHT_MS);
    t->last_before_day = local_ms / DAY_MS - 1;
    return rules_read(t, err);
}

static bool begin(struct taking *t, int64_t now_ms, struct err *err)
{
    return device_place(t->world, t->arena, t->device, &t->site, err) &&
           closures_load(t->world, t->arena, t->device, &t->site, now_ms, &t->clear, err) &&
           store_usage_get(t->world->store, t->device->id, &t->usage, err) && update_read(t, err);
}

static bool take_day(struct taking *t, const struct usage_day *day, struct err *err)
{
    bool works;

    if (day->day <= t->usage.last_day)
        return true;
    t->usage.last_day = day->day;
    if (!is_working(t, day->day, &works, err))
        return false;
    if (!works)
        return true;
    if (t->update.id && day->day >= t->first_day) {
        if (t->usage.action_id != t->update.id)
            usage_renew(&t->usage, t->update.id);
        usage_after(&t->usage, day, &t->rules);
    } else if (!t->update.id || day->day <= t->last_before_day) {
        usage_before(&t->usage, day, t->rules.print_drop_percent);
    }
    return true;
}

static struct usage_sum minus(const struct usage_sum *a, const struct usage_sum *b)
{
    return (struct usage_sum){.devices = a->devices - b->devices,
                              .days = a->days - b->days,
                              .faults = a->faults - b->faults,
                              .pages = a->pages - b->pages,
                              .due_faults = a->due_faults - b->due_faults,
                              .due_pages = a->due_pages - b->due_pages,
                              .fault_score = a->fault_score - b->fault_score,
                              .drop_score = a->drop_score - b->drop_score};
}

/* What an update before brought into its own stage stays there. */
static bool end(struct taking *t, const struct usage *was, struct err *err)
{
    struct usage_sum before = usage_part(was), now = usage_part(&t->usage), more;

    if (was->action_id != t->usage.action_id)
        before = (struct usage_sum){0};
    more = minus(&now, &before);
    return store_usage_put(t->world->store, &t->usage, err) &&
           (!t->update.id || t->usage.action_id != t->update.id ||
            store_usage_add(t->world->store, t->update.rollout_id, t->update.stage, &more, err));
}

/* Each day's, working or not: an update may come on any night. */
static bool take_hours(struct taking *t, const struct usage_day *days, size_t count, int64_t last_day,
                       struct err *err)
{
    int64_t sums[USAGE_HOURS] = {0};
    const char *text;
    size_t i = 0;

    while (i < count && !(days[i].has_hours && days[i].day > last_day))
        i++;
    if (i == count)
        return true;
    if (!store_usage_hours_get(t->world->store, t->arena, t->device->id, &text, err) ||
        (!text_blank(text) && !quiet_read(t->arena, text, sums, err)))
        return false;
    for (; i < count; i++)
        if (days[i].has_hours)
            quiet_learn(sums, days[i].hours);
    return store_usage_hours_put(t->world->store, t->device->id, quiet_text(t->arena, sums), err);
}

static bool hours_check(const struct usage_day *day, struct err *err)
{
    int64_t pages = 0;

    for (size_t i = 0; day->has_hours && i < USAGE_HOURS; i++)
        pages += day->hours[i];
    return pages <= day->pages || FAIL(err, ERR_INVALID, "hours: together they have more pages than the day");
}

static bool days_check(const struct usage_day *days, size_t count, int64_t now_ms, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (i && days[i].day <= days[i - 1].day)
            return FAIL(err, ERR_INVALID, "days: each once, the oldest first");
        if (days[i].day > (now_ms + EASTMOST_MS) / DAY_MS)
            return FAIL(err, ERR_INVALID, "days: one of them has not come yet; set the clock right");
        if (!hours_check(&days[i], err))
            return false;
    }
    return true;
}

bool usage_take(struct world *world, struct arena *arena, const struct device *device,
                const struct usage_day *days, size_t count, int64_t now_ms, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct taking t = {.world = world, .arena = arena};
    struct device now;
    struct usage was;

    if (!days_check(days, count, now_ms, err) || !tx_begin(&tx, world->store, err) ||
        !store_device_by_id(world->store, arena, device->id, &now, err))
        return false;
    t.device = &now;
    if (!begin(&t, now_ms, err))
        return false;
    was = t.usage;
    for (size_t i = 0; i < count; i++)
        if (!take_day(&t, &days[i], err))
            return false;
    return t.usage.last_day == was.last_day ||
           (end(&t, &was, err) && take_hours(&t, days, count, was.last_day, err) && tx_commit(&tx, err));
}

/* ---- the gate --------------------------------------------------------------------------- */

static void say(int64_t stage, const struct usage_sum *s, bool rose, const struct usage_rules *rules,
                struct judgement *out)
{
    int64_t is = rose ? s->faults : s->pages, due = (rose ? s->due_faults : s->due_pages) / 1000;

    out->verdict = VERDICT_HALT;
    snprintf(out->reason, sizeof(out->reason),
             "stage %" PRId64 ": %s: %" PRId64 " in %" PRId64 " working days of %" PRId64
             " devices, and their days before make %" PRId64 " likely; more than %" PRId64
             " %% off, by a test that errs in %" PRId64 " %%",
             stage, rose ? "faults rose" : "pages fell", is, s->days, s->devices, due,
             rose ? rules->fault_rise_percent : rules->print_drop_percent, rules->error_percent);
}

bool usage_judge(struct world *world, struct arena *arena, const struct rollout *r, struct judgement *out,
                 struct err *err)
{
    struct usage_sum sums[STAGES_MAX + 1];
    struct rollout_terms terms;

    if (!terms_text(arena, r->terms, &terms, err))
        return false;
    if (!terms.fault_rise_percent && !terms.print_drop_percent)
        return true;
    const struct usage_rules rules = {terms.fault_rise_percent, terms.print_drop_percent, r->error_percent};

    if (!store_usage_sums(world->store, r->id, sums, COUNT(sums), err))
        return false;
    for (int64_t i = 0; i <= r->stage && i < (int64_t)COUNT(sums) && out->verdict != VERDICT_HALT; i++) {
        bool rose = usage_faults_rose(&rules, &sums[i]);

        if (rose || usage_pages_fell(&rules, &sums[i]))
            say(i, &sums[i], rose, &rules, out);
    }
    return true;
}
