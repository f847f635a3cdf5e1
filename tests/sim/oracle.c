#include "sim/oracle.h"

bool oracle_hours_open(struct sim *sim, const struct machine *m, const struct row *row, int64_t now_ms)
{
    const struct campaign *c = sim_campaign(sim, row->rollout_id);
    const struct place *place = &sim->places[m->place];
    struct hours hours = c && c->hours.is_set ? c->hours : place->hours;
    struct shut shut = sim->shut[m->place];

    if (row->not_before_ms || row->not_after_ms)
        return now_ms >= row->not_before_ms && (!row->not_after_ms || now_ms < row->not_after_ms);
    if (c && c->is_urgent)
        return true;
    if (!hours.is_set) { /* any time that no blackout closes; holidays are for windows */
        hours = (struct hours){.is_set = true, .days = 127};
        shut.holiday_count = 0;
    }
    hours.zone = hours.zone ? hours.zone : place->hours.zone;
    return hours_open(sim->clocks, &hours, &shut, now_ms);
}

static bool covers(const struct sim *sim, const struct keep *k, const struct machine *m, int package)
{
    if (k->lets_security && package >= 0 && sim->packages[package].is_security)
        return false;
    switch (k->scope) {
    case KEEP_ALL:
    case KEEP_FAMILY: /* there is one */
        return true;
    case KEEP_CUSTOMER:
        return strcmp(sim->places[k->object].customer, sim->places[m->place].customer) == 0;
    case KEEP_PLACE:
        return k->object == m->place;
    case KEEP_PACKAGE:
        return k->object == package;
    case KEEP_MACHINE:
        return &sim->machines[k->object] == m;
    case KEEP_SCOPE__MAX:
        break;
    }
    return false;
}

const struct keep *oracle_hold(const struct sim *sim, const struct machine *m, int package, int64_t now_ms)
{
    for (int i = 0; i < sim->keep_count; i++) {
        const struct keep *k = &sim->keeps[i];

        if (!k->is_lifted && now_ms >= k->from_ms && (!k->until_ms || now_ms < k->until_ms) &&
            covers(sim, k, m, package))
            return k;
    }
    return NULL;
}

bool oracle_has_holds(const struct sim *sim, int64_t now_ms)
{
    for (int i = 0; i < sim->keep_count; i++)
        if (!sim->keeps[i].is_lifted && (!sim->keeps[i].until_ms || now_ms < sim->keeps[i].until_ms))
            return true;
    return false;
}
