#include "store/actions.h"

#include "store/fleet_moves.h"
#include "store/limit_moves.h"
#include "store/query.h"

static bool pass(struct store *store, const struct action *action, int64_t *changed, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_action_pass);

    query_int(&q, action->id);
    query_text(&q, action_state_name[action->state]);
    return query_run(&q, changed, err);
}

static bool fleet_move(struct store *store, const struct action *action, int64_t by, struct err *err)
{
    return fleet_action_move(store, action->id, by, err) &&
           fleet_status_move(store, action->device_id, by, err);
}

bool store_action_pass(struct store *store, const struct action *action, bool *moved, struct err *err)
{
    int64_t changed;

    if (!fleet_move(store, action, -1, err) || !pass(store, action, &changed, err) ||
        !fleet_move(store, action, 1, err) ||
        (changed > 0 && !tally_move(store, action, action->state, -1, err)))
        return false;
    *moved = changed > 0;
    return true;
}

bool store_action_step_over(struct store *store, const struct action *action, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_action_step_over);
    int64_t changed = 0;

    query_int(&q, action->id);
    query_text(&q, action_state_name[action->state]);
    return query_run(&q, &changed, err) &&
           (changed == 0 || tally_move(store, action, action->state, -1, err));
}

bool store_action_steps_done(struct store *store, int64_t device_id, int64_t rollout_id, int64_t *out,
                             struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_action_steps_done);

    query_int(&q, device_id);
    query_int(&q, rollout_id);
    return query_figure(&q, out, err);
}
