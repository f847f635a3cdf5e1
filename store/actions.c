#include "store/actions.h"

#include "base/mutant.h"
#include "store/fleet_moves.h"
#include "store/limit_moves.h"
#include "store/query.h"
#include "store/rows.h"
#include "store/window_row.h"

static bool action_from(struct query *q, struct arena *arena, struct action *out, struct err *err)
{
    const char *state, *kind, *cancel_from;

    out->id = row_int(q);
    out->tenant_id = row_int(q);
    out->device_id = row_int(q);
    out->release_id = row_int(q);
    out->restore_id = row_int(q);
    out->rollout_id = row_int(q);
    out->stage = row_int(q);
    state = row_text(q, arena);
    kind = row_text(q, arena);
    out->forced_ms = row_int(q);
    out->weight = row_int(q);
    out->modules = row_text(q, arena);
    out->not_before_ms = row_int(q);
    out->not_after_ms = row_int(q);
    cancel_from = row_text(q, arena);
    out->was_retrieved = row_bool(q);
    out->code = row_int(q);
    out->error = row_text(q, arena);
    out->status_count = row_int(q);
    out->created_ms = row_int(q);
    out->updated_ms = row_int(q);
    out->closed_ms = row_int(q);
    out->tries = row_int(q);
    out->retry_ms = row_int(q);
    out->is_past = row_bool(q);
    out->busy = row_text(q, arena);
    out->busy_ms = row_int(q);
    out->had = row_text(q, arena);
    out->soak_until_ms = row_int(q);
    out->step = row_int(q);
    out->steps = row_int(q);
    out->cancel_from = ACTION_OFFERED;
    if (!action_state_parse(state, &out->state) || !action_kind_parse(kind, &out->kind) ||
        (*cancel_from && !action_state_parse(cancel_from, &out->cancel_from)))
        return FAIL(err, ERR_CORRUPT, "action %lld rests as '%s', '%s', '%s'", (long long)out->id, state,
                    kind, cancel_from);
    return true;
}

/* `by` more devices of a stage are in that state. Actions outside rollouts are not counted. */
bool tally_move(struct store *store, const struct action *action, enum action_state state, int64_t by,
                struct err *err)
{
    if (action->rollout_id <= 0 || action->is_past)
        return true;
    AUTO(query_end) struct query q = query_new(store, SQL_tally_move);

    query_int(&q, action->rollout_id);
    query_int(&q, action->stage);
    query_text(&q, action_state_name[state]);
    query_int(&q, by);
    return query_run(&q, NULL, err);
}

static bool action_insert(struct store *store, const struct action *action, int64_t id, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_action_put);

    query_int(&q, id);
    query_int(&q, action->tenant_id);
    query_int(&q, action->device_id);
    query_int(&q, action->release_id);
    query_int(&q, action->rollout_id);
    query_int(&q, action->stage);
    query_text(&q, action_state_name[action->state]);
    query_text(&q, action_kind_name[action->kind]);
    query_int(&q, action->forced_ms);
    query_int(&q, action->weight);
    query_text(&q, action->modules);
    query_int(&q, action->not_before_ms);
    query_int(&q, action->not_after_ms);
    query_int(&q, action->created_ms);
    query_int(&q, action->restore_id);
    query_int(&q, action->tries ? action->tries : 1);
    query_int(&q, action->retry_ms);
    query_text(&q, action->had ? action->had : "");
    query_int(&q, action->step);
    query_int(&q, action->steps);
    return query_run(&q, NULL, err);
}

bool store_action_put(struct store *store, const struct action *action, int64_t *id, struct err *err)
{
    int64_t next;

    if (!store_counter_take(store, "action", &next, err) ||
        !fleet_status_move(store, action->device_id, -1, err) || !action_insert(store, action, next, err) ||
        !fleet_status_move(store, action->device_id, 1, err) || !fleet_action_move(store, next, 1, err) ||
        !tally_move(store, action, action->state, 1, err) ||
        (action_is_under_way(action->state) && !under_way_move(store, action, 1, err)))
        return false;
    *id = next;
    return true;
}

/* *found false: no row; *out stays untouched. */
static bool action_one(struct query *q, struct arena *arena, struct action *out, bool *found, struct err *err)
{
    enum step step = query_step(q, err);
    struct action action;

    if (step == STEP_FAILED || (step == STEP_ROW && !action_from(q, arena, &action, err)))
        return false;
    if (step == STEP_ROW)
        *out = action;
    *found = step == STEP_ROW;
    return true;
}

bool store_action_get(struct store *store, struct arena *arena, int64_t tenant_id, int64_t id,
                      struct action *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_action_get);
    bool is_found;

    query_int(&q, tenant_id);
    query_int(&q, id);
    if (!action_one(&q, arena, out, &is_found, err))
        return false;
    return is_found || FAIL(err, ERR_NOT_FOUND, "no action %lld", (long long)id);
}

bool store_action_of_rollout(struct store *store, struct arena *arena, int64_t rollout_id, int64_t device_id,
                             struct action *out, bool *found, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_action_of_rollout);

    query_int(&q, rollout_id);
    query_int(&q, device_id);
    return action_one(&q, arena, out, found, err);
}

static bool action_many(struct query *q, struct arena *arena, struct action **out, size_t *count,
                        struct err *err)
{
    struct rows rows = {.arena = arena, .size = sizeof(struct action)};
    enum step step;

    while ((step = query_step(q, err)) == STEP_ROW)
        if (!action_from(q, arena, rows_next(&rows), err))
            return false;
    if (step == STEP_FAILED)
        return false;
    *out = (struct action *)(void *)rows.at;
    *count = rows.count;
    return true;
}

bool store_action_open(struct store *store, struct arena *arena, int64_t device_id, struct action **out,
                       size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_action_open);

    query_int(&q, device_id);
    return action_many(&q, arena, out, count, err);
}

bool store_action_of_device(struct store *store, struct arena *arena, int64_t device_id, int64_t before,
                            int64_t limit, struct action **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_action_of_device);

    query_int(&q, device_id);
    query_int(&q, before > 0 ? before : INT64_MAX);
    query_int(&q, limit);
    return action_many(&q, arena, out, count, err);
}

bool store_action_in_rollout(struct store *store, struct arena *arena, int64_t rollout_id, int64_t stage,
                             const char *state, int64_t after, int64_t limit, struct action **out,
                             size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_action_in_rollout);

    query_int(&q, rollout_id);
    query_int(&q, stage);
    query_text(&q, state);
    query_int(&q, after);
    query_int(&q, limit);
    return action_many(&q, arena, out, count, err);
}

bool store_action_of_release(struct store *store, struct arena *arena, int64_t tenant_id, int64_t release_id,
                             int64_t after, int64_t limit, struct action **out, size_t *count,
                             struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_action_of_release);

    query_int(&q, tenant_id);
    query_int(&q, release_id);
    query_int(&q, after);
    query_int(&q, limit);
    return action_many(&q, arena, out, count, err);
}

bool store_action_soaked(struct store *store, struct arena *arena, int64_t now_ms, int64_t limit,
                         struct action **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_action_soaked);

    query_int(&q, now_ms);
    query_int(&q, limit);
    return action_many(&q, arena, out, count, err);
}

bool store_action_quiet(struct store *store, struct arena *arena, int64_t now_ms, int64_t default_h,
                        int64_t limit, struct action **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_action_quiet);

    query_int(&q, now_ms);
    query_int(&q, default_h);
    query_int(&q, limit);
    return action_many(&q, arena, out, count, err);
}

bool store_action_had(struct store *store, struct arena *arena, int64_t rollout_id, struct action_had **out,
                      size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_action_had);
    struct rows rows = {.arena = arena, .size = sizeof(struct action_had)};
    enum step step;

    query_int(&q, rollout_id);
    while ((step = query_step(&q, err)) == STEP_ROW) {
        struct action_had *had = rows_next(&rows);

        had->version = row_text(&q, arena);
        had->devices = row_int(&q);
    }
    *out = (struct action_had *)(void *)rows.at;
    *count = rows.count;
    return step == STEP_DONE;
}

bool store_action_changes(struct store *store, struct arena *arena, int64_t device_id,
                          struct action_change **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_action_changes);
    struct rows rows = {.arena = arena, .size = sizeof(struct action_change)};
    enum step step;

    query_int(&q, device_id);
    while ((step = query_step(&q, err)) == STEP_ROW) {
        struct action_change *change = rows_next(&rows);

        change->rollout_id = row_int(&q);
        change->had = row_text(&q, arena);
    }
    *out = (struct action_change *)(void *)rows.at;
    *count = rows.count;
    return step == STEP_DONE;
}

static bool action_update(struct store *store, const struct action *action, enum action_state to,
                          int64_t now_ms, bool *moved, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_action_move);
    int64_t changed;

    query_int(&q, action->id);
    query_text(&q, action_state_name[action->state]);
    query_text(&q, action_state_name[to]);
    query_text(&q, to == ACTION_CANCELING ? action_state_name[action->cancel_from] : "");
    query_int(&q, action->code);
    query_text(&q, action->error);
    query_int(&q, action->was_retrieved);
    query_int(&q, now_ms);
    query_int(&q, action_is_closed(to) ? now_ms : 0);
    query_text(&q, action->busy ? action->busy : "");
    query_int(&q, action->busy_ms);
    if (!query_run(&q, &changed, err))
        return false;
    *moved = changed > 0;
    return true;
}

static bool counters_move(struct store *store, const struct action *action, enum action_state to,
                          struct err *err)
{
    int64_t by = (int64_t)action_is_under_way(to) - (int64_t)action_is_under_way(action->state);

    return tally_move(store, action, action->state, -1, err) && tally_move(store, action, to, 1, err) &&
           (by == 0 || under_way_move(store, action, by, err));
}

/* A device with an update under way before and after is pending both times. */
static bool fleet_moves(struct store *store, const struct action *action, enum action_state to, int64_t by,
                        struct err *err)
{
    bool stays_pending = action_is_under_way(action->state) && action_is_under_way(to);

    if (to == action->state)
        return true;
    return fleet_action_move(store, action->id, by, err) &&
           (stays_pending || fleet_status_move(store, action->device_id, by, err));
}

bool store_action_move(struct store *store, const struct action *action, enum action_state to, int64_t now_ms,
                       bool *moved, struct err *err)
{
    bool is_moved, is_told = !MUTANT_IS(6) || action->state != ACTION_HEALTHY;

    if (!fleet_moves(store, action, to, -1, err) ||
        !action_update(store, action, to, now_ms, &is_moved, err) || !fleet_moves(store, action, to, 1, err))
        return false;
    if (is_moved && to != action->state && is_told && !counters_move(store, action, to, err))
        return false;
    *moved = is_moved;
    return true;
}

bool store_action_soak(struct store *store, int64_t id, int64_t until_ms, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_action_soak);

    query_int(&q, id);
    query_int(&q, until_ms);
    return query_run(&q, NULL, err);
}

bool store_action_touch(struct store *store, const struct action *action, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_action_touch);

    query_int(&q, action->id);
    query_int(&q, action->code);
    query_int(&q, action->was_retrieved);
    query_int(&q, action->updated_ms);
    query_text(&q, action->busy ? action->busy : "");
    query_int(&q, action->busy_ms);
    return query_run(&q, NULL, err);
}

static bool rules_read(struct store *store, struct arena *arena, int64_t rollout_id,
                       struct action_rules *rules, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_action_rules);
    enum step step;

    query_int(&q, rollout_id);
    step = query_step(&q, err);
    if (step == STEP_ROW) {
        rules->window.start_min = row_int(&q);
        rules->window.end_min = row_int(&q);
        rules->window.days = row_int(&q);
        rules->window.zone = row_text(&q, arena);
        rules->is_urgent = row_bool(&q);
        rules->soak_min = row_int(&q);
        rules->max_tries = row_int(&q);
        rules->is_running = row_bool(&q);
        rules->is_stopped = row_bool(&q);
        row_window_rule(&q, arena, &rules->window);
        rules->terms = row_text(&q, arena);
    }
    return step != STEP_FAILED;
}

bool store_action_rules(struct store *store, struct arena *arena, int64_t rollout_id,
                        struct action_rules *out, struct err *err)
{
    struct action_rules rules = {.window = {.start_min = -1, .end_min = -1, .zone = ""}, .terms = "{}"};

    if (rollout_id > 0 && !rules_read(store, arena, rollout_id, &rules, err))
        return false;
    *out = rules;
    return true;
}
