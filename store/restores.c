#include "store/restores.h"

#include "base/mutant.h"
#include "store/query.h"
#include "store/rows.h"

/* Reads the columns of RESTORE, in that order. */
static bool restore_from(struct query *q, struct arena *arena, struct restore *out, struct err *err)
{
    const char *state;

    out->id = row_int(q);
    out->tenant_id = row_int(q);
    out->backup_id = row_int(q);
    out->device_id = row_int(q);
    state = row_text(q, arena);
    out->wish = row_text(q, arena);
    out->moves_adjustments = row_bool(q);
    out->facts = row_text(q, arena);
    out->digest = row_text(q, arena);
    out->categories = row_text(q, arena);
    out->counts = row_text(q, arena);
    out->plan = row_text(q, arena);
    out->text = row_text(q, arena);
    out->is_whole = row_bool(q);
    out->counter = row_int(q);
    out->header = row_blob(q, arena);
    out->payload = row_text(q, arena);
    out->size = row_int(q);
    out->sha256 = row_text(q, arena);
    out->nonce_hash = row_text(q, arena);
    out->created_by = row_text(q, arena);
    out->approved_by = row_text(q, arena);
    out->consent_by = row_text(q, arena);
    out->consent_text = row_text(q, arena);
    out->reason = row_text(q, arena);
    out->results = row_text(q, arena);
    out->action_id = row_int(q);
    out->created_ms = row_int(q);
    out->approved_ms = row_int(q);
    out->consent_ms = row_int(q);
    out->started_ms = row_int(q);
    out->expires_ms = row_int(q);
    out->redeemed_ms = row_int(q);
    out->ended_ms = row_int(q);
    return restore_state_parse(state, &out->state) ||
           FAIL(err, ERR_CORRUPT, "restore %lld rests as '%s'", (long long)out->id, state);
}

bool store_restore_put(struct store *store, const struct restore *restore, int64_t *id, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_restore_put);

    query_int(&q, restore->tenant_id);
    query_int(&q, restore->backup_id);
    query_int(&q, restore->device_id);
    query_text(&q, restore_state_name[restore->state]);
    query_text(&q, restore->wish);
    query_int(&q, restore->moves_adjustments);
    query_text(&q, restore->facts);
    query_text(&q, restore->digest);
    query_text(&q, restore->categories);
    query_text(&q, restore->counts);
    query_text(&q, restore->plan);
    query_text(&q, restore->text);
    query_int(&q, restore->is_whole);
    query_text(&q, restore->created_by);
    query_int(&q, restore->created_ms);
    query_int(&q, restore->expires_ms);
    if (!query_run(&q, NULL, err))
        return false;
    *id = query_inserted_id(&q);
    return true;
}

bool store_restore_get(struct store *store, struct arena *arena, int64_t tenant_id, int64_t id,
                       struct restore *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_restore_get);
    struct restore restore;
    enum step step;

    query_int(&q, tenant_id);
    query_int(&q, id);
    step = query_step(&q, err);
    if (step == STEP_FAILED || (step == STEP_ROW && !restore_from(&q, arena, &restore, err)))
        return false;
    if (step == STEP_DONE)
        return FAIL(err, ERR_NOT_FOUND, "no restore %lld", (long long)id);
    *out = restore;
    return true;
}

static bool restore_many(struct query *q, struct arena *arena, struct restore **out, size_t *count,
                         struct err *err)
{
    struct rows rows = {.arena = arena, .size = sizeof(struct restore)};
    enum step step;

    while ((step = query_step(q, err)) == STEP_ROW)
        if (!restore_from(q, arena, rows_next(&rows), err))
            return false;
    if (step == STEP_FAILED)
        return false;
    *out = (struct restore *)(void *)rows.at;
    *count = rows.count;
    return true;
}

bool store_restore_list(struct store *store, struct arena *arena, int64_t tenant_id, int64_t before,
                        int64_t limit, struct restore **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_restore_list);

    query_int(&q, tenant_id);
    query_int(&q, before > 0 ? before : INT64_MAX);
    query_int(&q, limit);
    return restore_many(&q, arena, out, count, err);
}

bool store_restore_of_device(struct store *store, struct arena *arena, int64_t device_id, int64_t before,
                             int64_t limit, struct restore **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_restore_of_device);

    query_int(&q, device_id);
    query_int(&q, before > 0 ? before : INT64_MAX);
    query_int(&q, limit);
    return restore_many(&q, arena, out, count, err);
}

bool store_restore_expired(struct store *store, struct arena *arena, int64_t now_ms, int64_t limit,
                           struct restore **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_restore_expired);

    query_int(&q, now_ms);
    query_int(&q, limit);
    return restore_many(&q, arena, out, count, err);
}

bool store_restore_spent(struct store *store, struct arena *arena, int64_t limit, struct restore **out,
                         size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_restore_spent);

    query_int(&q, limit);
    return restore_many(&q, arena, out, count, err);
}

bool store_restore_swept(struct store *store, int64_t id, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_restore_swept);

    query_int(&q, id);
    return query_run(&q, NULL, err);
}

/* ---- moves --------------------------------------------------------------------- */

static bool moves(struct query *q, bool *moved, struct err *err)
{
    int64_t changed;

    if (!query_run(q, &changed, err))
        return false;
    *moved = changed > 0;
    return true;
}

bool store_restore_planned(struct store *store, const struct restore *restore, bool *moved, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_restore_planned);

    query_int(&q, restore->id);
    query_text(&q, restore->digest);
    query_text(&q, restore->categories);
    query_text(&q, restore->counts);
    query_int(&q, restore->is_whole);
    return moves(&q, moved, err);
}

bool store_restore_approve(struct store *store, int64_t id, const char *by, int64_t now_ms, bool *moved,
                           struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_restore_approve);

    query_int(&q, id);
    query_text(&q, by);
    query_int(&q, now_ms);
    return moves(&q, moved, err);
}

bool store_restore_consent(struct store *store, int64_t id, const char *by, const char *text, int64_t now_ms,
                           bool *moved, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_restore_consent);

    query_int(&q, id);
    query_text(&q, by);
    query_text(&q, text);
    query_int(&q, now_ms);
    return moves(&q, moved, err);
}

bool store_restore_start(struct store *store, const struct restore *restore, bool *moved, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_restore_start);

    query_int(&q, restore->id);
    query_blob(&q, restore->header);
    query_text(&q, restore->payload);
    query_int(&q, restore->size);
    query_text(&q, restore->sha256);
    query_int(&q, restore->counter);
    query_int(&q, restore->action_id);
    query_int(&q, restore->started_ms);
    query_int(&q, restore->expires_ms);
    return moves(&q, moved, err);
}

bool store_restore_redeem(struct store *store, int64_t id, const char *nonce_hash, int64_t now_ms,
                          bool *moved, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_restore_redeem);

    query_int(&q, id);
    query_text(&q, nonce_hash);
    query_int(&q, now_ms);
    return moves(&q, moved, err);
}

bool store_restore_results(struct store *store, int64_t id, const char *results, bool *moved, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_restore_results);

    query_int(&q, id);
    query_text(&q, results);
    return moves(&q, moved, err);
}

bool store_restore_end(struct store *store, int64_t id, enum restore_state from, enum restore_state to,
                       const char *reason, int64_t now_ms, bool *moved, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_restore_end);

    if (!MUTANT_IS(36))
        store_purge(store);
    query_int(&q, id);
    query_text(&q, restore_state_name[from]);
    query_text(&q, restore_state_name[to]);
    query_text(&q, reason);
    query_int(&q, now_ms);
    return moves(&q, moved, err);
}

/* ---- figures ------------------------------------------------------------------- */

static bool figure(struct store *store, enum sql sql, int64_t id, int64_t *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, sql);
    enum step step;

    query_int(&q, id);
    step = query_step(&q, err);
    if (step == STEP_ROW)
        *out = row_int(&q);
    return step == STEP_ROW || (step == STEP_DONE && FAIL(err, ERR_CORRUPT, "a count has no row"));
}

bool store_restore_pins(struct store *store, int64_t backup_id, int64_t *out, struct err *err)
{
    return figure(store, SQL_restore_pins, backup_id, out, err);
}

bool store_restore_open_of(struct store *store, int64_t device_id, int64_t *out, struct err *err)
{
    return figure(store, SQL_restore_open_of, device_id, out, err);
}

bool store_restore_counter(struct store *store, int64_t device_id, int64_t *out, struct err *err)
{
    return figure(store, SQL_restore_counter, device_id, out, err);
}
