/* Invariants of how much at once: judged when a rollout gives a device its first action. A further try takes
 * the place of one that failed, and asks for none. */
#include <inttypes.h>

#include "sim/invariants.h"

/* The campaign whose terms bound this row; NULL: none does. */
static const struct campaign *bound_by(struct sim *sim, const struct row *row)
{
    return row->is_new && row->tries == 1 ? sim_campaign(sim, row->rollout_id) : NULL;
}

/* Actions under way, of this rollout (0: of any) and place (-1: any), with those of the machine itself or
 * without. */
static int64_t under_way(struct sim *sim, int64_t rollout_id, int place, int64_t but_device)
{
    int64_t count = 0;

    for (size_t i = 0; i < sim->ledger.count; i++) {
        const struct row *row = &sim->ledger.rows[i];

        count += action_is_under_way(row->state) && row->device_id != but_device &&
                 (!rollout_id || row->rollout_id == rollout_id) &&
                 (place < 0 || sim_machine(sim, row->device_id)->place == place);
    }
    return count;
}

bool spread_at_once(struct sim *sim, const struct moment *moment, struct why *why)
{
    (void)moment;
    for (size_t i = 0; i < sim->ledger.count; i++) {
        const struct row *row = &sim->ledger.rows[i];
        const struct campaign *c = bound_by(sim, row);
        int place = sim_machine(sim, row->device_id)->place;

        if (c && c->at_once && under_way(sim, c->id, -1, row->device_id) >= c->at_once)
            return why_not(why, "action %" PRId64 " is one more than %" PRId64 " at once", row->id,
                           c->at_once);
        if (c && c->at_once_place && under_way(sim, c->id, place, row->device_id) >= c->at_once_place)
            return why_not(why, "action %" PRId64 " is one more than %" PRId64 " at once at its site",
                           row->id, c->at_once_place);
    }
    return true;
}

static int64_t machines_at(const struct sim *sim, int place)
{
    int64_t count = 0;

    for (int i = 0; i < sim->machine_count; i++)
        count += sim->machines[i].place == place;
    return count;
}

bool spread_site(struct sim *sim, const struct moment *moment, struct why *why)
{
    (void)moment;
    for (size_t i = 0; i < sim->ledger.count; i++) {
        const struct row *row = &sim->ledger.rows[i];
        const struct campaign *c = bound_by(sim, row);
        int place = sim_machine(sim, row->device_id)->place;
        int64_t others, share;

        if (!c || !(c->place_most || c->place_percent))
            continue;
        others = under_way(sim, 0, place, row->device_id);
        share = machines_at(sim, place) * c->place_percent / 100;
        if ((c->place_most && others >= c->place_most) ||
            (c->place_percent && others >= (share > 1 ? share : 1)))
            return why_not(why, "action %" PRId64 " comes while %" PRId64 " others at its site are under way",
                           row->id, others);
    }
    return true;
}

/* Does it print? As far as the service can know: nothing under way, and its last update did not fail. */
static bool works(struct sim *sim, const struct machine *m)
{
    enum action_state last = ACTION_HEALTHY;

    for (size_t i = 0; i < sim->ledger.count; i++) {
        const struct row *row = &sim->ledger.rows[i];

        if (row->device_id != m->id)
            continue;
        if (action_is_under_way(row->state))
            return false;
        last = row->state;
    }
    return last != ACTION_FAILED && last != ACTION_SILENT;
}

bool spread_keeps_one(struct sim *sim, const struct moment *moment, struct why *why)
{
    (void)moment;
    for (size_t i = 0; i < sim->ledger.count; i++) {
        const struct row *row = &sim->ledger.rows[i];
        const struct campaign *c = bound_by(sim, row);
        const struct machine *m = sim_machine(sim, row->device_id);
        bool has_other = false;

        if (!c || !c->keeps_one || machines_at(sim, m->place) < 2)
            continue;
        for (int k = 0; k < sim->machine_count && !has_other; k++)
            has_other =
                sim->machines[k].place == m->place && &sim->machines[k] != m && works(sim, &sim->machines[k]);
        if (!has_other)
            return why_not(why, "action %" PRId64 " takes the last working machine of its site", row->id);
    }
    return true;
}
