/* Invariants of what rests in the database. */
#include <inttypes.h>

#include "sim/invariants.h"
#include "store/devices.h"

bool rest_tally(struct sim *sim, const struct moment *moment, struct why *why)
{
    (void)moment;
    for (size_t i = 0; i < sim->ledger.rollout_count; i++) {
        const struct rollout_row *r = &sim->ledger.rollouts_now[i];
        int64_t counted[LEDGER_STAGES][ACTION_STATE__MAX] = {0};

        for (size_t k = 0; k < sim->ledger.count; k++) {
            const struct row *row = &sim->ledger.rows[k];

            if (row->rollout_id == r->id && !row->is_past)
                counted[row->stage][row->state]++;
        }
        for (size_t s = 0; s < LEDGER_STAGES; s++)
            for (int state = 0; state < ACTION_STATE__MAX; state++)
                if (counted[s][state] != (s < r->stage_count ? r->stages[s].tally[state] : 0))
                    return why_not(
                        why,
                        "rollout %" PRId64 ", stage %zu: %" PRId64 " actions are %s, the tally says %" PRId64,
                        r->id, s, counted[s][state], action_state_name[state], r->stages[s].tally[state]);
    }
    return true;
}

static bool may_move(enum action_state from, enum action_state to)
{
    if (from == to || !action_is_closed(from))
        return true;
    return (from == ACTION_HEALTHY && to == ACTION_FAILED) || /* it fell back */
           (from == ACTION_SILENT && to != ACTION_CONFIRMING && to != ACTION_RECALLED);
}

bool rest_law(struct sim *sim, const struct moment *moment, struct why *why)
{
    (void)moment;
    for (size_t i = 0; i < sim->ledger.count; i++) {
        const struct row *row = &sim->ledger.rows[i];
        bool was_passed = row->is_past && row->state == ACTION_FAILED;

        if (row->is_changed && !may_move(row->was, row->state) && !was_passed)
            return why_not(why, "action %" PRId64 " was %s and is %s", row->id, action_state_name[row->was],
                           action_state_name[row->state]);
        if (action_is_closed(row->state) != (row->closed_ms > 0))
            return why_not(why, "action %" PRId64 " is %s, and its end is %" PRId64, row->id,
                           action_state_name[row->state], row->closed_ms);
    }
    return true;
}

bool rest_one_turn(struct sim *sim, const struct moment *moment, struct why *why)
{
    (void)moment;
    for (size_t i = 0; i < sim->ledger.count; i++) {
        const struct row *row = &sim->ledger.rows[i];

        for (size_t k = 0; row->is_new && row->rollout_id > 0 && k < i; k++) {
            const struct row *other = &sim->ledger.rows[k];

            if (other->rollout_id == row->rollout_id && other->device_id == row->device_id &&
                other->tries >= row->tries)
                return why_not(why,
                               "actions %" PRId64 " and %" PRId64 " are try %" PRId64 " and %" PRId64
                               " of one device in rollout %" PRId64,
                               other->id, row->id, other->tries, row->tries, row->rollout_id);
        }
    }
    return true;
}

#define TRIES_EVER 10

bool rest_tries(struct sim *sim, const struct moment *moment, struct why *why)
{
    (void)moment;
    for (size_t i = 0; i < sim->ledger.count; i++) {
        const struct row *row = &sim->ledger.rows[i];
        const struct campaign *c = sim_campaign(sim, row->rollout_id);

        if (c && (row->tries > TRIES_EVER || row->tries > c->max_tries + c->retried))
            return why_not(why,
                           "action %" PRId64 " is try %" PRId64 ", %" PRId64
                           " are allowed, and people asked for %" PRId64,
                           row->id, row->tries, c->max_tries, c->retried);
    }
    return true;
}

bool rest_stage_order(struct sim *sim, const struct moment *moment, struct why *why)
{
    (void)moment;
    for (size_t i = 0; i < sim->ledger.rollout_count; i++) {
        const struct rollout_row *r = &sim->ledger.rollouts_now[i];
        bool is_begun = r->stages[0].opened_ms > 0;

        if (r->stage < r->stage_was || r->stage > r->stage_was + 1)
            return why_not(why, "rollout %" PRId64 " went from stage %" PRId64 " to %" PRId64, r->id,
                           r->stage_was, r->stage);
        for (int64_t s = 0; is_begun && s < (int64_t)r->stage_count; s++) {
            if ((r->stages[s].opened_ms > 0) != (s <= r->stage))
                return why_not(why,
                               "rollout %" PRId64 " is in stage %" PRId64 ", and stage %" PRId64 " is %s",
                               r->id, r->stage, s, r->stages[s].opened_ms > 0 ? "open" : "not open");
            if ((r->stages[s].closed_ms > 0) !=
                (s < r->stage || (s == r->stage && r->state == ROLLOUT_FINISHED)))
                return why_not(why,
                               "rollout %" PRId64 " is %s in stage %" PRId64 ", and stage %" PRId64 " is %s",
                               r->id, rollout_state_name[r->state], r->stage, s,
                               r->stages[s].closed_ms > 0 ? "closed" : "not closed");
        }
    }
    return true;
}

bool rest_stage_size(struct sim *sim, const struct moment *moment, struct why *why)
{
    (void)moment;
    for (size_t i = 0; i < sim->ledger.rollout_count; i++) {
        const struct rollout_row *r = &sim->ledger.rollouts_now[i];
        int64_t sum = 0;

        for (size_t s = 0; s < r->stage_count; s++) {
            sum += r->stages[s].planned;
            if (r->stages[s].kind == STAGE_COUNT && r->stages[s].planned > r->stages[s].value)
                return why_not(why,
                               "rollout %" PRId64 ", stage %zu: %" PRId64 " planned, %" PRId64 " ordered",
                               r->id, s, r->stages[s].planned, r->stages[s].value);
        }
        if (sum > sim->machine_count)
            return why_not(why, "rollout %" PRId64 " plans %" PRId64 " of %d machines", r->id, sum,
                           sim->machine_count);
    }
    return true;
}

bool rest_crash(struct sim *sim, const struct moment *moment, struct why *why)
{
    int64_t differs = ledger_differs(&sim->ledger);

    (void)moment;
    return differs == 0 || why_not(why, "%" PRId64 " actions are not as they were", differs);
}

bool rest_one_in_hand(struct sim *sim, const struct moment *moment, struct why *why)
{
    for (size_t i = 0; i < sim->ledger.count; i++) {
        const struct row *row = &sim->ledger.rows[i];
        bool is_in_hand = row->read_ms && !action_is_closed(row->state) && row->state != ACTION_SOAKING &&
                          row->state != ACTION_CANCELING && row->state != ACTION_CONFIRMING;

        if (is_in_hand && row->device_id == moment->machine->id && row->id != moment->row->id)
            return why_not(why, "%s is shown action %" PRId64 " and still has %" PRId64 ", which is %s",
                           moment->machine->name, moment->row->id, row->id, action_state_name[row->state]);
    }
    return true;
}

/* Who is dark never says its yes, and nothing ends a question but an answer or a person. */
bool rest_all_end(struct sim *sim, const struct moment *moment, struct why *why)
{
    (void)moment;
    for (size_t i = 0; i < sim->ledger.count; i++) {
        const struct row *row = &sim->ledger.rows[i];
        const struct machine *m = sim_machine(sim, row->device_id);

        if (action_is_closed(row->state) || (row->state == ACTION_CONFIRMING && m->phase == PHASE_DARK))
            continue;
        return why_not(why, "action %" PRId64 " of %s is still %s, last heard of %" PRId64 " h ago", row->id,
                       m->name, action_state_name[row->state], (sim_now(sim) - row->updated_ms) / HOUR_MS);
    }
    return true;
}

bool rest_versions(struct sim *sim, const struct moment *moment, struct why *why)
{
    (void)moment;
    for (int i = 0; i < sim->machine_count; i++) {
        const struct machine *m = &sim->machines[i];
        const char *runs = m->version < 0 ? "1.0" : sim->packages[m->version].version;
        struct device_component *all;
        struct err err = {0};
        size_t count;

        if (m->phase == PHASE_DARK)
            continue;
        if (!store_component_list(sim->world.store, sim->arena, m->id, &all, &count, &err))
            return why_not(why, "%s: %s", m->name, err.text);
        if (count != 1 || strcmp(all[0].version, runs) != 0)
            return why_not(why, "%s runs %s, the service knows %s", m->name, runs,
                           count ? all[0].version : "nothing");
    }
    return true;
}
