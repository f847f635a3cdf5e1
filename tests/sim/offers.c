/* Invariants of what devices are offered, shown and allowed. */
#include <inttypes.h>

#include "sim/invariants.h"
#include "model/device.h"
#include "sim/oracle.h"

/* The truth, not what the service heard: has the machine begun to flash it? */
static bool has_begun(const struct moment *moment)
{
    return moment->machine->last_begun == moment->row->id;
}

bool offers_own_action(struct sim *sim, const struct moment *moment, struct why *why)
{
    (void)sim;
    if (moment->row->device_id != moment->machine->id)
        return why_not(why, "%s is shown action %" PRId64 " of device %" PRId64, moment->machine->name,
                       moment->row->id, moment->row->device_id);
    return !action_is_closed(moment->row->state) ||
           why_not(why, "%s is shown action %" PRId64 ", which is %s", moment->machine->name, moment->row->id,
                   action_state_name[moment->row->state]);
}

bool offers_stopped_shown(struct sim *sim, const struct moment *moment, struct why *why)
{
    const struct campaign *c = sim_campaign(sim, moment->row->rollout_id);

    return !c || !c->stopped_ms || has_begun(moment) ||
           why_not(why,
                   "%s sees action %" PRId64 " (%s), %" PRId64 " min after rollout %" PRId64 " was stopped",
                   moment->machine->name, moment->row->id, action_state_name[moment->row->state],
                   (sim->true_ms - c->stopped_ms) / MINUTE_MS, c->id);
}

bool offers_begin_late(struct sim *sim, const struct moment *moment, struct why *why)
{
    const struct campaign *c = sim_campaign(sim, moment->row->rollout_id);
    const struct machine *m = moment->machine;

    if (!c || !c->stopped_ms)
        return true;
    return (m->answered_ms <= c->stopped_ms && sim->true_ms - c->stopped_ms <= m->sleep_s * 1000) ||
           why_not(why, "%s begins action %" PRId64 ", %" PRId64 " min after rollout %" PRId64 " was stopped",
                   m->name, moment->row->id, (sim->true_ms - c->stopped_ms) / MINUTE_MS, c->id);
}

bool offers_stopped_made(struct sim *sim, const struct moment *moment, struct why *why)
{
    (void)moment;
    for (size_t i = 0; i < sim->ledger.count; i++) {
        const struct row *row = &sim->ledger.rows[i];
        const struct rollout_row *r = ledger_rollout(&sim->ledger, row->rollout_id);

        if (row->is_new && r && r->state != ROLLOUT_RUNNING)
            return why_not(why, "action %" PRId64 " (try %" PRId64 ") is new, and rollout %" PRId64 " is %s",
                           row->id, row->tries, r->id, rollout_state_name[r->state]);
    }
    return true;
}

bool offers_published(struct sim *sim, const struct moment *moment, struct why *why)
{
    (void)moment;
    for (size_t i = 0; i < sim->ledger.count; i++) {
        const struct row *row = &sim->ledger.rows[i];
        int package = sim_package(sim, row->release_id);

        if (row->is_new && sim->packages[package].is_withdrawn)
            return why_not(why, "action %" PRId64 " (try %" PRId64 ") is new, and release %s was withdrawn",
                           row->id, row->tries, sim->packages[package].version);
    }
    return true;
}

bool offers_stage_open(struct sim *sim, const struct moment *moment, struct why *why)
{
    (void)moment;
    for (size_t i = 0; i < sim->ledger.count; i++) {
        const struct row *row = &sim->ledger.rows[i];
        const struct rollout_row *r = ledger_rollout(&sim->ledger, row->rollout_id);

        if (row->is_new && r && row->stage > r->stage)
            return why_not(
                why, "action %" PRId64 " is of stage %" PRId64 ", and rollout %" PRId64 " is in %" PRId64,
                row->id, row->stage, r->id, r->stage);
    }
    return true;
}

/* A further try waits behind a hold like the first: it may be made, and is not shown. */
bool offers_held_made(struct sim *sim, const struct moment *moment, struct why *why)
{
    (void)moment;
    for (size_t i = 0; i < sim->ledger.count; i++) {
        const struct row *row = &sim->ledger.rows[i];
        const struct machine *m = sim_machine(sim, row->device_id);
        bool is_again = row->is_changed && row->was == ACTION_SILENT && row->state == ACTION_OFFERED;
        const struct keep *k;

        if (!(row->is_new && row->tries == 1) && !is_again)
            continue;
        k = oracle_hold(sim, m, sim_package(sim, row->release_id), sim_now(sim));
        if (k)
            return why_not(why, "action %" PRId64 " is offered to %s, which hold %" PRId64 " keeps", row->id,
                           m->name, k->id);
    }
    return true;
}

bool offers_held_shown(struct sim *sim, const struct moment *moment, struct why *why)
{
    const struct keep *k =
        oracle_hold(sim, moment->machine, sim_package(sim, moment->row->release_id), moment->now_ms);

    return !k || has_begun(moment) ||
           why_not(why, "%s sees action %" PRId64 " (%s), which hold %" PRId64 " keeps",
                   moment->machine->name, moment->row->id, action_state_name[moment->row->state], k->id);
}

/* Who begins goes by what it was told, so a window that was changed since then excuses it. */
bool offers_window(struct sim *sim, const struct moment *moment, struct why *why)
{
    const struct machine *m = moment->machine;

    if (moment->kind == MOMENT_BEGINS && sim->hours_changed_ms >= m->answered_ms)
        return true;
    return has_begun(moment) || oracle_hours_open(sim, m, moment->row, moment->now_ms) ||
           why_not(why, "%s may flash action %" PRId64 " at %" PRId64 ", and it is no hour for that", m->name,
                   moment->row->id, moment->now_ms / 1000);
}

bool offers_hours_of_stock(struct sim *sim, const struct moment *moment, struct why *why)
{
    const struct machine *m = moment->machine;

    if (m->quirk != QUIRK_SURICATTA && m->quirk != QUIRK_ZEPHYR)
        return true;
    return has_begun(moment) || oracle_hours_open(sim, m, moment->row, moment->now_ms) ||
           why_not(why, "%s takes the link of action %" PRId64 " for a yes, and it is no hour for that",
                   m->name, moment->row->id);
}
