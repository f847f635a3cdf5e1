#include "domain/limits.h"

#include <inttypes.h>

#include "base/text.h"
#include "domain/schedule.h"

static bool is_somewhere(const struct device *device)
{
    return !text_blank(device->site);
}

/* ---- what is asked --------------------------------------------------------------------- */

static bool asks_at_site(const struct rollout_terms *t)
{
    return t->site_most || t->site_percent || t->keeps_one || t->at_once_site || t->bytes_hour_site;
}

bool limits_are_asked(const struct planned *plan)
{
    const struct rollout_terms *t = plan->terms;

    return t && (plan->tenant_at_once || plan->tenant_bytes_hour || t->at_once || t->bytes_hour ||
                 asks_at_site(t));
}

struct budget_row { /* one limit of bytes, and under which key it is counted */
    int64_t limit, rollout_id;
    const char *site;
};

static struct budget_row budget_of(const struct planned *plan, const struct device *device, enum budget which)
{
    const struct rollout_terms *t = plan->terms;
    struct budget_row rows[BUDGET__MAX] = {
        [BUDGET_ROLLOUT] = {t->bytes_hour, plan->rollout->id, ""},
        [BUDGET_SITE] = {is_somewhere(device) ? t->bytes_hour_site : 0, plan->rollout->id, device->site},
        [BUDGET_TENANT] = {plan->tenant_bytes_hour, 0, ""},
    };

    return rows[which];
}

/* ---- what is used ------------------------------------------------------------------------ */

static int64_t bytes_of(struct arena *arena, const struct offer_facts *facts, const struct planned *plan)
{
    const struct module **lacking = ARENA_MANY(arena, const struct module *, plan->module_count + 1);
    size_t count = offer_lacking(facts, plan->modules, plan->module_count, lacking);
    int64_t bytes = 0;

    for (size_t i = 0; i < count; i++)
        bytes += lacking[i]->size;
    return bytes;
}

/* What the device holds already is called back for the new: it is one machine all the same. */
static void leave_out_own(const struct offer_facts *facts, int64_t rollout_id, struct under_way *w)
{
    for (size_t i = 0; i < facts->open_count; i++) {
        const struct action *a = &facts->open[i];

        if (a->restore_id || !action_is_under_way(a->state))
            continue;
        w->all--;
        w->at_site--;
        w->of_rollout -= a->rollout_id == rollout_id;
        w->of_rollout_at_site -= a->rollout_id == rollout_id;
    }
}

static bool load_site(struct world *world, const struct offer_facts *facts, const struct planned *plan,
                      struct load *out, struct err *err)
{
    const struct device *d = facts->device;

    if (!is_somewhere(d) || !(plan->terms->site_percent || plan->terms->keeps_one))
        return true;
    if (!store_machines_count(world->store, d->tenant_id, d->site, &out->machines, err))
        return false;
    return !plan->terms->keeps_one || out->machines <= 1 ||
           store_working_find(world->store, d->tenant_id, d->site, d->id, facts->now_ms - WORKS_SEEN_MS,
                              &out->has_other, err);
}

/* It would hold its place for ever, and the queue would never move. */
static bool load_hours(struct world *world, struct arena *arena, const struct offer_facts *facts,
                       const struct planned *plan, struct load *out, struct err *err)
{
    const struct action coming = {.tenant_id = facts->device->tenant_id,
                                  .rollout_id = plan->rollout->id,
                                  .release_id = plan->release->id,
                                  .kind = plan->rollout->kind,
                                  .state = ACTION_OFFERED};
    struct schedule schedule;

    if (!schedule_of(world, arena, facts->device, &coming, facts->now_ms, &schedule, err))
        return false;
    out->never_fits = schedule.is_short;
    return true;
}

static bool load_bytes(struct world *world, const struct offer_facts *facts, const struct planned *plan,
                       struct load *out, struct err *err)
{
    for (int i = 0; i < BUDGET__MAX; i++) {
        struct budget_row row = budget_of(plan, facts->device, (enum budget)i);

        if (row.limit && !store_offered_list(world->store, facts->device->tenant_id, row.rollout_id, row.site,
                                             facts->now_ms, out->slots[i], &out->slot_count[i], err))
            return false;
    }
    return true;
}

bool limits_load(struct world *world, struct arena *arena, const struct offer_facts *facts,
                 struct planned *plan, struct err *err)
{
    struct load *load = ARENA_NEW(arena, struct load);

    if (!store_under_way_get(world->store, arena, facts->device->tenant_id, plan->rollout->id,
                             facts->device->site, &load->under_way, err) ||
        !load_site(world, facts, plan, load, err) || !load_hours(world, arena, facts, plan, load, err) ||
        !load_bytes(world, facts, plan, load, err))
        return false;
    leave_out_own(facts, plan->rollout->id, &load->under_way);
    load->bytes = bytes_of(arena, facts, plan);
    plan->load = load;
    return true;
}

bool limits_use(struct world *world, const struct device *device, const struct planned *plan, int64_t now_ms,
                struct err *err)
{
    if (!plan->load)
        return true;
    for (int i = 0; i < BUDGET__MAX; i++) {
        struct budget_row row = budget_of(plan, device, (enum budget)i);

        if (row.limit && !store_offered_put(world->store, device->tenant_id, row.rollout_id, row.site,
                                            plan->load->bytes, now_ms, err))
            return false;
    }
    return true;
}

/* ---- what it says -------------------------------------------------------------------------- */

/* How many machines of the site may be under way; 0: any. */
static int64_t site_room(const struct planned *plan)
{
    const struct rollout_terms *t = plan->terms;
    int64_t share = plan->load->machines * t->site_percent / 100;

    share = t->site_percent && share < 1 ? 1 : share;
    return !t->site_percent ? t->site_most : t->site_most && t->site_most < share ? t->site_most : share;
}

bool limits_no_place(const struct planned *plan)
{
    return plan->load && plan->load->never_fits;
}

bool limits_site_full(const struct planned *plan, const struct device *device)
{
    int64_t room;

    if (!plan->load || !is_somewhere(device))
        return false;
    room = site_room(plan);
    return room && plan->load->under_way.at_site >= room;
}

bool limits_last_one(const struct planned *plan, const struct device *device)
{
    return plan->load && plan->terms->keeps_one && is_somewhere(device) && plan->load->machines > 1 &&
           !plan->load->has_other;
}

static bool is_full(int64_t limit, int64_t used)
{
    return limit && used >= limit;
}

bool limits_at_once(const struct planned *plan, const struct device *device)
{
    const struct under_way *w;

    if (!plan->load)
        return false;
    w = &plan->load->under_way;
    return is_full(plan->terms->at_once, w->of_rollout) || is_full(plan->tenant_at_once, w->all) ||
           (is_somewhere(device) && is_full(plan->terms->at_once_site, w->of_rollout_at_site));
}

static int64_t used_of(const struct load *load, enum budget which)
{
    int64_t used = 0;

    for (size_t i = 0; i < load->slot_count[which]; i++)
        used += load->slots[which][i].bytes;
    return used;
}

static bool is_over(int64_t limit, int64_t used, int64_t bytes)
{
    return limit && used > 0 && (bytes > limit || used > limit - bytes);
}

/* When so many of the oldest slots have dropped out that it fits; 0: it does now. */
static int64_t fits_at(const struct load *load, enum budget which, int64_t limit)
{
    int64_t used = used_of(load, which), at_ms = 0;

    for (size_t i = 0; i < load->slot_count[which] && is_over(limit, used, load->bytes); i++) {
        used -= load->slots[which][i].bytes;
        at_ms = load->slots[which][i].at_ms + OFFERED_SLOT_MS + 3600000;
    }
    return at_ms;
}

bool limits_bytes(const struct planned *plan, const struct device *device, int64_t *until_ms)
{
    int64_t latest_ms = 0;

    for (int i = 0; plan->load && i < BUDGET__MAX; i++) {
        int64_t at_ms = fits_at(plan->load, (enum budget)i, budget_of(plan, device, (enum budget)i).limit);

        latest_ms = at_ms > latest_ms ? at_ms : latest_ms;
    }
    *until_ms = latest_ms;
    return latest_ms > 0;
}

/* ---- in words ------------------------------------------------------------------------------- */

static const char *at_once_text(struct arena *arena, const struct planned *plan, const struct device *device)
{
    const struct under_way *w = &plan->load->under_way;

    if (is_full(plan->terms->at_once, w->of_rollout))
        return arena_printf(arena, "%" PRId64 " devices hold it, and the rollout lets %" PRId64 " at once",
                            w->of_rollout, plan->terms->at_once);
    if (is_somewhere(device) && is_full(plan->terms->at_once_site, w->of_rollout_at_site))
        return arena_printf(arena,
                            "%" PRId64 " devices at %s hold it, and the rollout lets %" PRId64 " at once",
                            w->of_rollout_at_site, device->site, plan->terms->at_once_site);
    return arena_printf(arena, "%" PRId64 " updates are under way, and the tenant lets %" PRId64 " at once",
                        w->all, plan->tenant_at_once);
}

static const char *bytes_text(struct arena *arena, const struct planned *plan, const struct device *device)
{
    static const char *const whose[BUDGET__MAX] = {"the rollout", "the rollout at its site", "the tenant"};

    for (int i = 0; i < BUDGET__MAX; i++) {
        int64_t limit = budget_of(plan, device, (enum budget)i).limit;

        if (fits_at(plan->load, (enum budget)i, limit))
            return arena_printf(arena,
                                "%" PRId64 " bytes were offered within the hour, it takes %" PRId64
                                " more, and %s lets %" PRId64,
                                used_of(plan->load, (enum budget)i), plan->load->bytes, whose[i], limit);
    }
    return "";
}

const char *limits_text(struct arena *arena, const struct planned *plan, const struct device *device,
                        enum offer_why why)
{
    switch (why) {
    case OFFER_SITE_FULL:
        return arena_printf(
            arena, "%" PRId64 " machines at %s are under way, and the rollout lets %" PRId64 " at once",
            plan->load->under_way.at_site, device->site, site_room(plan));
    case OFFER_LAST_ONE:
        return arena_printf(arena,
                            "it is the last working machine at %s: of the other %" PRId64
                            " each is under way, failed, or not heard of for a day",
                            device->site, plan->load->machines - 1);
    case OFFER_AT_ONCE:
        return at_once_text(arena, plan, device);
    default:
        return bytes_text(arena, plan, device);
    }
}
