#include "sim/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "domain/calendar.h"
#include "domain/recurrence.h"
#include "domain/site.h"
#include "sim/operator.h"
#include "sim/service.h"
#include "store/devices.h"
#include "store/releases.h"
#include "store/tenants.h"

/* Nights on which a clock changes, and some on which none does. */
/* clang-format off */
static const struct {
    const char *zone, *first_day; /* the night is the second or third after it */
} nights[] = {
    { "Europe/Berlin",       "2026-10-23" }, { "Europe/Berlin",       "2027-03-26" },
    { "America/New_York",    "2026-10-30" }, { "America/New_York",    "2027-03-12" },
    { "Australia/Lord_Howe", "2026-10-02" }, { "Australia/Lord_Howe", "2027-04-02" },
    { "Pacific/Chatham",     "2026-09-25" }, { "Africa/Cairo",        "2027-04-28" },
    { "America/Havana",      "2027-03-12" }, { "America/Havana",      "2026-10-30" },
    { "Asia/Kathmandu",      "2026-12-22" }, { "Asia/Kolkata",        "2026-09-21" },
};
static const char *const zones[] = { "UTC", "Europe/London", "Asia/Kathmandu", "Australia/Lord_Howe", "America/New_York",
                                     "Asia/Tokyo", "Pacific/Auckland", "Pacific/Chatham", "America/St_Johns" };
/* clang-format on */

static int64_t day_of(const char *date)
{
    struct err err = {0};
    int64_t day;

    if (!date_read(date, &day, &err))
        abort();
    return day;
}

struct hours plan_hours(struct dice *dice)
{
    struct hours h = {.is_set = true, .start_min = dice_below(dice, 96) * 15, .days = 127};

    if (dice_chance(dice, 60)) /* a usual night */
        h.start_min = dice_between(dice, 72, 99) % 96 * 15;
    h.end_min = (h.start_min + dice_between(dice, 8, 48) * 15) % 1440;
    if (dice_chance(dice, 30))
        h.lasts_min = dice_between(dice, 4, 40) * 15;
    if (dice_chance(dice, 25))
        h.days = dice_between(dice, 1, 127);
    return h;
}

struct window plan_window(const struct hours *hours, const char *zone)
{
    return (struct window){.start_min = hours->is_set ? hours->start_min : -1,
                           .end_min = hours->is_set && !hours->lasts_min ? hours->end_min
                                      : hours->is_set                    ? 0
                                                                         : -1,
                           .days = hours->is_set ? hours->days : 127,
                           .duration_min = hours->is_set ? hours->lasts_min : 0,
                           .zone = zone,
                           .rule = "",
                           .exdates = ""};
}

/* ---- made ----------------------------------------------------------------------------------- */

static void time_make(struct sim *sim, const char **zone)
{
    size_t at = (size_t)dice_below(&sim->dice, COUNT(nights));

    *zone = nights[at].zone;
    sim->begin_ms = day_of(nights[at].first_day) * DAY_MS + dice_below(&sim->dice, 24) * HOUR_MS;
    sim->true_ms = sim->begin_ms;
    sim->end_ms = sim->begin_ms + dice_between(&sim->dice, 36, 72) * HOUR_MS;
    sim->tick_min = dice_between(&sim->dice, 15, 60);
    sim->crash_permille = dice_chance(&sim->dice, 50) ? dice_between(&sim->dice, 1, 5) : 0;
    sim->next_tick_ms = sim->begin_ms + sim->tick_min * MINUTE_MS;
    sim->next_operator_ms = sim->begin_ms + dice_between(&sim->dice, 60, 900) * MINUTE_MS;
    sim->next_jump_ms = dice_chance(&sim->dice, 40)
                            ? sim->begin_ms + dice_between(&sim->dice, 60, 2880) * MINUTE_MS
                            : INT64_MAX;
}

static void places_make(struct sim *sim, const char *zone)
{
    static const char *const customers[] = {"acme", "globex"};
    int64_t holiday = sim->begin_ms / DAY_MS + dice_between(&sim->dice, 0, 3);

    sim->place_count = (int)dice_between(&sim->dice, 1, PLACES_MAX);
    for (int i = 0; i < sim->place_count; i++) {
        struct place *p = &sim->places[i];

        snprintf(p->name, sizeof(p->name), "site-%d", i);
        p->customer = DICE_PICK(&sim->dice, customers);
        if (dice_chance(&sim->dice, 70))
            p->hours = plan_hours(&sim->dice);
        p->hours.zone = i == 0 ? zone : DICE_PICK(&sim->dice, zones);
        p->has_calendar = dice_chance(&sim->dice, 30);
        if (p->has_calendar)
            sim->shut[i].holidays[sim->shut[i].holiday_count++] = holiday;
    }
}

static void packages_make(struct sim *sim)
{
    sim->package_count = (int)dice_between(&sim->dice, 2, PACKAGES_MAX);
    for (int i = 0; i < sim->package_count; i++) {
        struct package *p = &sim->packages[i];

        snprintf(p->version, sizeof(p->version), "%d.0", i + 2);
        p->minutes = dice_between(&sim->dice, 1, 8) * 5;
        p->is_security = dice_chance(&sim->dice, 25);
        if (dice_chance(&sim->dice, 45))
            p->harm = dice_chance(&sim->dice, 50) ? HARM_BRICKS : HARM_FAILS;
        p->spares_plain = dice_chance(&sim->dice, 60);
    }
}

static void nature_make(struct sim *sim, struct machine *m)
{
    static const int quirks[] = {QUIRK_NONE, QUIRK_NONE, QUIRK_SURICATTA, QUIRK_RAUC, QUIRK_ZEPHYR};
    struct dice *d = &sim->dice;

    m->quirk = DICE_PICK(d, quirks);
    m->place = (int)dice_below(d, sim->place_count);
    m->is_pilot = dice_chance(d, 15);
    m->has_finisher = dice_chance(d, 25);
    m->loses = dice_chance(d, 50) ? dice_between(d, 1, 20) : 0;
    m->repeats = dice_chance(d, 40) ? dice_between(d, 1, 30) : 0;
    m->lates = dice_chance(d, 30) ? dice_between(d, 1, 20) : 0;
    m->busy = dice_chance(d, 30) ? dice_between(d, 10, 90) : 0;
    m->dies = dice_chance(d, 8) ? 50 : 0;
    m->fails = dice_chance(d, 30) ? dice_between(d, 5, 80) : 0;
    m->denies = dice_chance(d, 20) ? 50 : 0;
    if (dice_chance(d, 25)) {
        m->off_from_h = dice_below(d, 24);
        m->off_to_h = (m->off_from_h + dice_between(d, 1, 14)) % 24;
    }
    if (m->quirk == QUIRK_NONE && dice_chance(d, 25))
        m->lazy_min = dice_between(d, 1, 20);
    m->relapses_h = dice_chance(d, 15) ? dice_between(d, 1, 30) : 0;
}

static void machines_make(struct sim *sim)
{
    int64_t one = dice_between(&sim->dice, 8, MACHINES_MAX),
            other = dice_between(&sim->dice, 8, MACHINES_MAX);

    sim->machine_count = (int)(one < other ? one : other); /* mostly few: more seeds in the same time */
    for (int i = 0; i < sim->machine_count; i++) {
        struct machine *m = &sim->machines[i];

        snprintf(m->name, sizeof(m->name), "mfp-%d", i);
        nature_make(sim, m);
        m->version = -1;
        m->poll_ms = m->next_ms = sim->begin_ms + dice_below(&sim->dice, HOUR_MS);
    }
}

void plan_make(struct sim *sim)
{
    const char *zone;

    time_make(sim, &zone);
    places_make(sim, zone);
    packages_make(sim);
    machines_make(sim);
    sim->asks_yes = dice_chance(&sim->dice, 15);
}

/* ---- put ---------------------------------------------------------------------------------------- */

static void must(bool is_ok, const char *what, const struct err *err)
{
    if (is_ok)
        return;
    fprintf(stderr, "%s: %s\n", what, err->text);
    abort();
}

static void tenant_put(struct sim *sim, struct err *err)
{
    struct tenant tenant;

    must(store_tenant_get(sim->world.store, sim->arena, sim->tenant_id, &tenant, err), "tenant", err);
    tenant.confirmation_on = sim->asks_yes;
    tenant.poll_sleep_s = dice_between(&sim->dice, 30, 120) * 60;
    must(store_tenant_move(sim->world.store, &tenant, err), "tenant", err);
}

static void packages_put(struct sim *sim, struct err *err)
{
    const struct family family = {
        .tenant_id = sim->tenant_id, .name = "c450", .threshold = 1, .models = "[]"};
    int64_t family_id;

    must(store_family_put(sim->world.store, &family, &family_id, err), "family", err);
    for (int i = 0; i < sim->package_count; i++) {
        struct package *p = &sim->packages[i];
        struct release release = {.tenant_id = sim->tenant_id,
                                  .family = "c450",
                                  .version = p->version,
                                  .counter = i + 1,
                                  .is_security = p->is_security,
                                  .min_version = "",
                                  .minutes = p->minutes,
                                  .models = "[]",
                                  .manifest = "{}",
                                  .package_sha256 = p->version,
                                  .created_by = "sim",
                                  .created_ms = sim->begin_ms};
        struct module module = {.tenant_id = sim->tenant_id,
                                .component = "system",
                                .version = p->version,
                                .filename = "system.bin",
                                .size = 1,
                                .sha1 = "",
                                .md5 = ""};
        bool moved;

        module.sha256 = arena_printf(sim->arena, "%064d", i + 1);
        must(store_release_put(sim->world.store, &release, &p->id, err), "release", err);
        module.release_id = p->id;
        must(store_counter_take(sim->world.store, "module", &p->module_id, err), "module id", err);
        module.id = p->module_id;
        must(store_module_put(sim->world.store, &module, err) &&
                 store_release_move(sim->world.store, p->id, RELEASE_STAGED, RELEASE_PUBLISHED, sim->begin_ms,
                                    &moved, err),
             "module", err);
    }
}

static void machines_put(struct sim *sim, struct err *err)
{
    for (int i = 0; i < sim->machine_count; i++) {
        struct machine *m = &sim->machines[i];
        const struct device device = {.tenant_id = sim->tenant_id,
                                      .controller_id = m->name,
                                      .token_hash = m->name,
                                      .state = DEVICE_ACTIVE,
                                      .family = "c450",
                                      .model = "C450",
                                      .site = sim->places[m->place].name,
                                      .quirk = (enum device_quirk)m->quirk,
                                      .created_ms = sim->begin_ms,
                                      .enrolled_ms = sim->begin_ms};
        const struct device_component runs = {"system", "1.0", "", sim->begin_ms};

        must(store_device_put(sim->world.store, &device, &m->id, err) &&
                 store_component_put(sim->world.store, m->id, &runs, err) &&
                 (!m->is_pilot || store_tag_put(sim->world.store, m->id, "pilot", err)),
             "device", err);
    }
}

static void calendar_make(struct sim *sim, struct err *err)
{
    const struct shut *shut = NULL;
    struct calendar calendar;
    struct date date;

    for (int i = 0; i < sim->place_count; i++)
        shut = sim->places[i].has_calendar ? &sim->shut[i] : shut;
    if (!shut)
        return;
    date = date_of(shut->holidays[0]);
    const char *ics =
        arena_printf(sim->arena,
                     "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//sim//EN\r\nBEGIN:VEVENT\r\nUID:1\r\n"
                     "DTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:%04d%02d%02d\r\nSUMMARY:off\r\n"
                     "END:VEVENT\r\nEND:VCALENDAR\r\n",
                     (int)date.year, date.month, date.day);
    must(calendar_put(&sim->world, sim->arena, operator_who(sim), "off", span_of(ics), sim_now(sim),
                      &calendar, err),
         "calendar", err);
}

void plan_put(struct sim *sim)
{
    struct err err = {0};
    struct tx tx = {0};

    must(tx_begin(&tx, sim->world.store, &err), "tx", &err);
    tenant_put(sim, &err);
    packages_put(sim, &err);
    machines_put(sim, &err);
    must(tx_commit(&tx, &err), "commit", &err);
    calendar_make(sim, &err);
    for (int i = 0; i < sim->place_count; i++)
        operator_put_place(sim, i);
    service_settle(sim, 0);
}
