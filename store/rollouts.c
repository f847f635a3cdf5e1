#include "store/rollouts.h"

#include "store/query.h"
#include "store/rows.h"
#include "store/window_row.h"

/* Reads the columns of ROLLOUT, in that order. */
static bool rollout_from(struct query *q, struct arena *arena, struct rollout *out, struct err *err)
{
    const char *state, *kind;

    out->id = row_int(q);
    out->tenant_id = row_int(q);
    out->name = row_text(q, arena);
    out->release_id = row_int(q);
    state = row_text(q, arena);
    kind = row_text(q, arena);
    out->weight = row_int(q);
    out->stage = row_int(q);
    out->selection = row_text(q, arena);
    out->window.start_min = row_int(q);
    out->window.end_min = row_int(q);
    out->window.days = row_int(q);
    out->window.zone = row_text(q, arena);
    out->is_urgent = row_bool(q);
    out->fail_percent = row_int(q);
    out->healthy_percent = row_int(q);
    out->min_failures = row_int(q);
    out->deadline_h = row_int(q);
    out->soak_min = row_int(q);
    out->reason = row_text(q, arena);
    out->created_by = row_text(q, arena);
    out->created_ms = row_int(q);
    out->started_ms = row_int(q);
    out->ended_ms = row_int(q);
    out->error_percent = row_int(q);
    out->max_tries = row_int(q);
    out->cluster = row_text(q, arena);
    row_window_rule(q, arena, &out->window);
    out->terms = row_text(q, arena);
    if (!rollout_state_parse(state, &out->state) || !action_kind_parse(kind, &out->kind))
        return FAIL(err, ERR_CORRUPT, "rollout %s has an unknown state or kind", out->name);
    return true;
}

/* The rest of a query that gives rollouts. */
static bool rollout_rows(struct query *q, struct arena *arena, struct rollout **out, size_t *count,
                         struct err *err)
{
    struct rows rows = {.arena = arena, .size = sizeof(struct rollout)};
    enum step step;

    while ((step = query_step(q, err)) == STEP_ROW)
        if (!rollout_from(q, arena, rows_next(&rows), err))
            return false;
    if (step == STEP_FAILED)
        return false;
    *out = (struct rollout *)(void *)rows.at;
    *count = rows.count;
    return true;
}

bool store_rollout_put(struct store *store, const struct rollout *rollout, int64_t *id, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_rollout_put);

    query_int(&q, rollout->tenant_id);
    query_text(&q, rollout->name);
    query_int(&q, rollout->release_id);
    query_text(&q, rollout_state_name[rollout->state]);
    query_text(&q, action_kind_name[rollout->kind]);
    query_int(&q, rollout->weight);
    query_text(&q, rollout->selection);
    query_int(&q, rollout->window.start_min);
    query_int(&q, rollout->window.end_min);
    query_int(&q, rollout->window.days);
    query_text(&q, rollout->window.zone);
    query_int(&q, rollout->is_urgent);
    query_int(&q, rollout->fail_percent);
    query_int(&q, rollout->healthy_percent);
    query_int(&q, rollout->min_failures);
    query_int(&q, rollout->deadline_h);
    query_int(&q, rollout->soak_min);
    query_text(&q, rollout->created_by);
    query_int(&q, rollout->created_ms);
    query_int(&q, rollout->error_percent);
    query_int(&q, rollout->max_tries);
    query_window_rule(&q, &rollout->window);
    query_text(&q, rollout->terms ? rollout->terms : "{}");
    if (!query_run(&q, NULL, err))
        return err->code == ERR_CONFLICT
                   ? FAIL(err, ERR_CONFLICT, "there is a rollout %s already", rollout->name)
                   : false;
    *id = query_inserted_id(&q);
    return true;
}

bool store_rollout_get(struct store *store, struct arena *arena, int64_t tenant_id, int64_t id,
                       struct rollout *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_rollout_get);

    query_int(&q, tenant_id);
    query_int(&q, id);
    switch (query_step(&q, err)) {
    case STEP_FAILED:
        return err_within(err, "reading rollout %lld", (long long)id);
    case STEP_DONE:
        return FAIL(err, ERR_NOT_FOUND, "no rollout %lld", (long long)id);
    case STEP_ROW:
        break;
    }
    return rollout_from(&q, arena, out, err);
}

bool store_rollout_list(struct store *store, struct arena *arena, int64_t tenant_id, int64_t before,
                        int64_t limit, struct rollout **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_rollout_list);

    query_int(&q, tenant_id);
    query_int(&q, before > 0 ? before : INT64_MAX);
    query_int(&q, limit);
    return rollout_rows(&q, arena, out, count, err);
}

bool store_rollout_in_state(struct store *store, struct arena *arena, int64_t tenant_id,
                            enum rollout_state state, struct rollout **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_rollout_in_state);

    query_int(&q, tenant_id);
    query_text(&q, rollout_state_name[state]);
    return rollout_rows(&q, arena, out, count, err);
}

bool store_rollout_count(struct store *store, int64_t tenant_id, int64_t out[ROLLOUT_STATE__MAX],
                         struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_rollout_count);
    AUTO(arena_freep) struct arena *arena = arena_new();
    enum rollout_state state;
    enum step step;

    memset(out, 0, sizeof(*out) * ROLLOUT_STATE__MAX);
    query_int(&q, tenant_id);
    while ((step = query_step(&q, err)) == STEP_ROW) {
        const char *name = row_text(&q, arena);
        int64_t n = row_int(&q);

        if (rollout_state_parse(name, &state))
            out[state] = n;
    }
    return step == STEP_DONE;
}

bool store_rollout_move(struct store *store, int64_t id, enum rollout_state from, enum rollout_state to,
                        const char *reason, int64_t ended_ms, bool *moved, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_rollout_move);
    int64_t changed = 0;

    query_int(&q, id);
    query_text(&q, rollout_state_name[from]);
    query_text(&q, rollout_state_name[to]);
    query_text(&q, reason);
    query_int(&q, ended_ms);
    if (!query_run(&q, &changed, err))
        return false;
    *moved = changed == 1;
    return true;
}

bool store_rollout_cluster(struct store *store, int64_t id, const char *cluster, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_rollout_cluster);

    query_int(&q, id);
    query_text(&q, cluster);
    return query_run(&q, NULL, err);
}

bool store_rollout_begin(struct store *store, int64_t id, const char *note, int64_t started_ms, bool *moved,
                         struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_rollout_begin);
    int64_t changed = 0;

    query_int(&q, id);
    query_int(&q, started_ms);
    query_text(&q, note);
    if (!query_run(&q, &changed, err))
        return false;
    *moved = changed == 1;
    return true;
}

bool store_rollout_hurry(struct store *store, int64_t id, const char *terms, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_rollout_hurry);

    query_int(&q, id);
    query_text(&q, terms);
    return query_run(&q, NULL, err);
}

bool store_rollout_stage_set(struct store *store, int64_t id, int64_t from, int64_t to, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_rollout_stage_set);

    query_int(&q, id);
    query_int(&q, from);
    query_int(&q, to);
    return query_run(&q, NULL, err);
}
