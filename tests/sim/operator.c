#include "sim/operator.h"

#include <inttypes.h>

#include "domain/calendar.h"
#include "domain/device_admin.h"
#include "domain/hold.h"
#include "domain/release.h"
#include "domain/retry.h"
#include "domain/rollout.h"
#include "domain/site.h"
#include "sim/campaign.h"
#include "sim/plan.h"
#include "sim/service.h"
#include "store/tenants.h"

const struct who *operator_who(struct sim *sim)
{
    static const struct who who = {
        .kind = WHO_IS_OPERATOR, .tenant_id = 1, .tenant = "DEFAULT", .name = "op", .role = ROLE_ADMIN};

    (void)sim;
    return &who;
}

/* People may ask for what is not possible now, and are told so. */
static void answered(struct sim *sim, bool is_done, const char *what, int64_t of, const struct err *err)
{
    bool is_expected = err->code == ERR_CONFLICT || err->code == ERR_NOT_FOUND || err->code == ERR_INVALID;

    sim_tell(sim, "op: %s %" PRId64 ": %s", what, of, is_done ? "done" : err->text);
    if (!is_done && !is_expected)
        sim_break(sim, "doors_answer", "%s %" PRId64 ": %s", what, of, err->text);
}

/* ---- rollouts ---------------------------------------------------------------------------- */

static struct campaign *any_campaign(struct sim *sim)
{
    return &sim->campaigns[dice_below(&sim->dice, sim->campaign_count)];
}

static bool apply(struct sim *sim, struct campaign *c, enum rollout_event event, const char *what)
{
    struct rollout_view view;
    struct err err = {0};
    bool is_done = rollout_apply(&sim->world, sim->arena, operator_who(sim), c->id, event, "said so",
                                 sim_now(sim), &view, &err);

    answered(sim, is_done, what, c->id, &err);
    return is_done;
}

void operator_roll_out(struct sim *sim)
{
    struct campaign *c = campaign_make(sim);

    if (c)
        apply(sim, c, ROLLOUT_DO_START, "start rollout");
    service_settle(sim, 0);
}

static void pause(struct sim *sim)
{
    apply(sim, any_campaign(sim), ROLLOUT_DO_PAUSE, "pause rollout");
}

static void resume(struct sim *sim)
{
    apply(sim, any_campaign(sim), ROLLOUT_DO_RESUME, "resume rollout");
}

static void stop(struct sim *sim)
{
    apply(sim, any_campaign(sim), ROLLOUT_DO_ABORT, "abort rollout");
}

static void retry(struct sim *sim)
{
    struct campaign *c = any_campaign(sim);
    const struct retry_wish wish = {.classes = dice_chance(&sim->dice, 30) ? "transient" : "",
                                    .resumes = dice_chance(&sim->dice, 50)};
    struct retry_count count;
    struct err err = {0};
    bool is_done =
        rollout_retry(&sim->world, sim->arena, operator_who(sim), c->id, &wish, sim_now(sim), &count, &err);

    c->retried += is_done;
    answered(sim, is_done, "retry rollout", c->id, &err);
}

static void another(struct sim *sim)
{
    if (sim->campaign_count < CAMPAIGNS_MAX)
        operator_roll_out(sim);
}

/* ---- single devices ------------------------------------------------------------------------ */

static void assign(struct sim *sim)
{
    struct machine *m = &sim->machines[dice_below(&sim->dice, sim->machine_count)];
    struct action wanted = {.release_id = sim->packages[dice_below(&sim->dice, sim->package_count)].id,
                            .kind = ACTION_FORCED,
                            .weight = dice_between(&sim->dice, 0, 1000)};
    struct action_view view;
    struct err err = {0};
    bool is_new, is_done;

    if (dice_chance(&sim->dice, 40))
        wanted.not_before_ms = sim_now(sim) + dice_between(&sim->dice, 0, 600) * MINUTE_MS;
    if (dice_chance(&sim->dice, 40))
        wanted.not_after_ms = sim_now(sim) + dice_between(&sim->dice, 601, 2000) * MINUTE_MS;
    is_done = action_assign(&sim->world, sim->arena, operator_who(sim), m->name, &wanted, sim_now(sim), &view,
                            &is_new, &err);
    answered(sim, is_done, "assign to device", m->id, &err);
}

static void cancel(struct sim *sim)
{
    bool is_forced = dice_chance(&sim->dice, 30);
    struct action_view view;
    struct err err = {0};
    const struct row *row;
    bool is_done;

    if (sim->ledger.count == 0)
        return;
    row = &sim->ledger.rows[dice_below(&sim->dice, (int64_t)sim->ledger.count)];
    is_done = action_cancel(&sim->world, sim->arena, operator_who(sim), row->id, is_forced, "", sim_now(sim),
                            &view, &err);
    answered(sim, is_done, is_forced ? "end action" : "cancel action", row->id, &err);
}

/* ---- holds --------------------------------------------------------------------------------- */

static const char *object_of(struct sim *sim, const struct keep *k)
{
    switch (k->scope) {
    case KEEP_CUSTOMER:
        return sim->places[k->object].customer;
    case KEEP_PLACE:
        return sim->places[k->object].name;
    case KEEP_FAMILY:
        return "c450";
    case KEEP_PACKAGE:
        return arena_printf(sim->arena, "%" PRId64, sim->packages[k->object].id);
    case KEEP_MACHINE:
        return sim->machines[k->object].name;
    default:
        return "";
    }
}

static struct keep keep_make(struct sim *sim)
{
    struct dice *d = &sim->dice;
    struct keep k = {.scope = (enum keep_scope)dice_below(d, KEEP_SCOPE__MAX),
                     .lets_security = dice_chance(d, 30)};
    int64_t many = k.scope == KEEP_PACKAGE   ? sim->package_count
                   : k.scope == KEEP_MACHINE ? sim->machine_count
                                             : sim->place_count;

    k.object = (int)dice_below(d, many);
    k.from_ms = sim_now(sim) + (dice_chance(d, 50) ? 0 : dice_between(d, 1, 600) * MINUTE_MS);
    k.until_ms = k.from_ms + dice_between(d, 10, 2880) * MINUTE_MS;
    if (k.lets_security && dice_chance(d, 30))
        k.until_ms = 0;
    return k;
}

static void hold(struct sim *sim)
{
    static const enum hold_scope scopes[KEEP_SCOPE__MAX] = {
        [KEEP_ALL] = HOLD_ALL,       [KEEP_CUSTOMER] = HOLD_CUSTOMER, [KEEP_PLACE] = HOLD_SITE,
        [KEEP_FAMILY] = HOLD_FAMILY, [KEEP_PACKAGE] = HOLD_RELEASE,   [KEEP_MACHINE] = HOLD_DEVICE};
    struct keep k = keep_make(sim);
    struct hold wanted = {.scope = scopes[k.scope],
                          .object = object_of(sim, &k),
                          .reason = "not now",
                          .lets_security = k.lets_security,
                          .from_ms = k.from_ms,
                          .until_ms = k.until_ms};
    struct err err = {0};
    bool is_done;

    if (sim->keep_count == KEEPS_MAX)
        return;
    is_done = hold_make(&sim->world, sim->arena, operator_who(sim), &wanted, sim_now(sim), &err);
    answered(sim, is_done,
             arena_printf(sim->arena, "hold %s %s", hold_scope_name[wanted.scope], wanted.object), wanted.id,
             &err);
    k.id = wanted.id;
    if (is_done)
        sim->keeps[sim->keep_count++] = k;
}

static void lift_one(struct sim *sim, struct keep *k)
{
    struct hold lifted;
    struct err err = {0};
    bool is_done = hold_lift(&sim->world, sim->arena, operator_who(sim), k->id, sim_now(sim), &lifted, &err);

    k->is_lifted |= is_done;
    answered(sim, is_done, "lift hold", k->id, &err);
}

static void lift(struct sim *sim)
{
    if (sim->keep_count > 0)
        lift_one(sim, &sim->keeps[dice_below(&sim->dice, sim->keep_count)]);
}

/* ---- hours ----------------------------------------------------------------------------------- */

static const char *hours_text(struct sim *sim, const char *what, const struct hours *h)
{
    if (!h->is_set)
        return arena_printf(sim->arena, "%s in %s, any time", what, h->zone);
    return arena_printf(sim->arena, "%s in %s, %02d:%02d for %d min or to %02d:%02d on days %x", what,
                        h->zone, (int)(h->start_min / 60), (int)(h->start_min % 60), (int)h->lasts_min,
                        (int)(h->end_min / 60), (int)(h->end_min % 60), (unsigned)h->days);
}

void operator_put_place(struct sim *sim, int place)
{
    const struct place *p = &sim->places[place];
    const struct site site = {.tenant_id = sim->tenant_id,
                              .name = p->name,
                              .customer = p->customer,
                              .window = plan_window(&p->hours, p->hours.zone),
                              .calendars = p->has_calendar ? "off" : ""};
    struct err err = {0};

    answered(sim, site_put(&sim->world, operator_who(sim), &site, sim_now(sim), &err),
             hours_text(sim, "put site", &p->hours), place, &err);
    sim->hours_changed_ms = sim->true_ms;
}

static void other_hours(struct sim *sim)
{
    int place = (int)dice_below(&sim->dice, sim->place_count);
    const char *zone = sim->places[place].hours.zone;

    sim->places[place].hours = dice_chance(&sim->dice, 80) ? plan_hours(&sim->dice) : (struct hours){0};
    sim->places[place].hours.zone = zone;
    operator_put_place(sim, place);
}

static void black_out(struct sim *sim)
{
    int place = dice_chance(&sim->dice, 50) ? (int)dice_below(&sim->dice, sim->place_count) : -1;
    struct blackout wanted = {.customer = place < 0 ? "" : sim->places[place].customer, .reason = "fair"},
                    put;
    struct err err = {0};

    if (sim->blackout_count == 4)
        return;
    wanted.from_day = sim_now(sim) / DAY_MS + dice_between(&sim->dice, -1, 3);
    wanted.to_day = wanted.from_day + dice_below(&sim->dice, 2);
    if (!blackout_put(&sim->world, sim->arena, operator_who(sim), &wanted, sim_now(sim), &put, &err)) {
        answered(sim, false, "blackout", place, &err);
        return;
    }
    answered(sim, true, "blackout", wanted.from_day, &err);
    for (int i = 0; i < sim->blackout_count; i++)
        if (sim->blackout_ids[i] == put.id)
            return; /* the same one, put twice */
    sim->blackout_ids[sim->blackout_count++] = put.id;
    for (int i = 0; i < sim->place_count; i++)
        if (place < 0 || strcmp(sim->places[i].customer, wanted.customer) == 0) {
            struct shut *shut = &sim->shut[i];

            shut->blackouts[shut->blackout_count].from_day = wanted.from_day;
            shut->blackouts[shut->blackout_count++].to_day = wanted.to_day;
        }
    sim->hours_changed_ms = sim->true_ms;
}

static void withdraw(struct sim *sim)
{
    struct package *p = &sim->packages[dice_below(&sim->dice, sim->package_count)];
    struct release_view view;
    struct err err = {0};
    bool is_done =
        release_withdraw(&sim->world, operator_who(sim), sim->arena, p->id, sim_now(sim), &view, &err);

    p->is_withdrawn |= is_done;
    answered(sim, is_done, "withdraw release", p->id, &err);
}

/* ---- one of them ---------------------------------------------------------------------------------- */

/* clang-format off */
static const struct {
    int64_t share;
    void (*deed)(struct sim *sim);
} deeds[] = {
    { 12, pause }, { 22, resume }, { 4, stop }, { 16, retry }, { 14, another }, { 14, assign }, { 8, cancel },
    { 14, hold }, { 10, lift }, { 6, other_hours }, { 6, black_out }, { 3, withdraw },
};
/* clang-format on */

void operator_step(struct sim *sim)
{
    int64_t sum = 0, at;

    for (size_t i = 0; i < COUNT(deeds); i++)
        sum += deeds[i].share;
    at = dice_below(&sim->dice, sum);
    for (size_t i = 0; i < COUNT(deeds); i++) {
        if (at < deeds[i].share) {
            deeds[i].deed(sim);
            break;
        }
        at -= deeds[i].share;
    }
    service_settle(sim, 0);
    sim->next_operator_ms = sim->true_ms + dice_between(&sim->dice, 20, 600) * MINUTE_MS;
}

/* From now on nothing happens but what is waited for: everybody may sleep longer. */
static void slow_down(struct sim *sim)
{
    AUTO(tx_end) struct tx tx = {0};
    struct tenant tenant;
    struct err err = {0};

    if (!store_tenant_get(sim->world.store, sim->arena, sim->tenant_id, &tenant, &err))
        sim_break(sim, "doors_answer", "reading the tenant: %s", err.text);
    tenant.poll_sleep_s = 4 * 3600;
    if (!tx_begin(&tx, sim->world.store, &err) || !store_tenant_move(sim->world.store, &tenant, &err) ||
        !tx_commit(&tx, &err))
        sim_break(sim, "doors_answer", "changing the tenant: %s", err.text);
}

void operator_clear(struct sim *sim)
{
    bool aborts = dice_chance(&sim->dice, 50);

    slow_down(sim);
    for (int i = 0; i < sim->keep_count; i++)
        if (!sim->keeps[i].is_lifted)
            lift_one(sim, &sim->keeps[i]);
    service_settle(sim, 0);
    for (int i = 0; i < sim->blackout_count; i++) {
        struct err err = {0};

        if (!blackout_drop(&sim->world, sim->arena, operator_who(sim), sim->blackout_ids[i], sim_now(sim),
                           &err))
            sim_break(sim, "doors_answer", "dropping a blackout: %s", err.text);
    }
    for (int i = 0; i < sim->place_count; i++)
        sim->shut[i].blackout_count = 0;
    sim->hours_changed_ms = sim->true_ms;
    for (int i = 0; i < sim->campaign_count; i++) {
        apply(sim, &sim->campaigns[i], aborts ? ROLLOUT_DO_ABORT : ROLLOUT_DO_RESUME,
              aborts ? "abort" : "resume");
        service_settle(sim, 0);
    }
}
