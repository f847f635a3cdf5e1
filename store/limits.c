#include "store/limits.h"

#include "base/text.h"
#include "store/limit_moves.h"
#include "store/query.h"

#define OFFERED_KEPT_MS (2 * 3600000LL)

/* ---- moving --------------------------------------------------------------------------- */

static bool count_one(struct store *store, int64_t tenant_id, int64_t rollout_id, const char *site,
                      int64_t by, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_under_way_move);

    query_int(&q, tenant_id);
    query_int(&q, rollout_id);
    query_text(&q, site);
    query_int(&q, by);
    return query_run(&q, NULL, err);
}

static bool count_at(struct store *store, int64_t tenant_id, int64_t rollout_id, const char *site, int64_t by,
                     struct err *err)
{
    return count_one(store, tenant_id, 0, site, by, err) &&
           (rollout_id <= 0 || count_one(store, tenant_id, rollout_id, site, by, err));
}

static bool place_of(struct store *store, struct arena *arena, int64_t device_id, const char **site,
                     struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_under_way_place);
    enum step step;

    *site = "";
    query_int(&q, device_id);
    step = query_step(&q, err);
    if (step == STEP_ROW)
        *site = row_text(&q, arena);
    return step != STEP_FAILED;
}

bool under_way_move(struct store *store, const struct action *action, int64_t by, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    const char *site;

    if (action->restore_id || action->is_past)
        return true;
    return place_of(store, arena, action->device_id, &site, err) &&
           count_at(store, action->tenant_id, action->rollout_id, "", by, err) &&
           (text_blank(site) || count_at(store, action->tenant_id, action->rollout_id, site, by, err));
}

/* The rollouts of what is under way on a device; 0 for what is by hand. */
static bool rollouts_of(struct store *store, struct arena *arena, int64_t device_id, int64_t **out,
                        size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_under_way_of);

    query_int(&q, device_id);
    return query_ids(&q, arena, out, count, err);
}

bool machines_move(struct store *store, int64_t device_id, int64_t by, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_machines_move);

    query_int(&q, device_id);
    query_int(&q, by);
    return query_run(&q, NULL, err);
}

bool machine_move(struct store *store, int64_t device_id, int64_t tenant_id, int64_t by, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    const char *site;
    int64_t *rollouts;
    size_t count;

    if (!machines_move(store, device_id, by, err) || !place_of(store, arena, device_id, &site, err) ||
        !rollouts_of(store, arena, device_id, &rollouts, &count, err))
        return false;
    for (size_t i = 0; !text_blank(site) && i < count; i++)
        if (!count_at(store, tenant_id, rollouts[i], site, by, err))
            return false;
    return true;
}

/* ---- asking --------------------------------------------------------------------------- */

bool store_under_way_get(struct store *store, struct arena *arena, int64_t tenant_id, int64_t rollout_id,
                         const char *site, struct under_way *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_under_way_get);
    struct under_way found = {0};
    enum step step;

    query_int(&q, tenant_id);
    query_int(&q, rollout_id);
    query_text(&q, site);
    while ((step = query_step(&q, err)) == STEP_ROW) {
        bool is_of_rollout = row_int(&q) > 0, is_at_site = !text_blank(row_text(&q, arena));
        int64_t devices = row_int(&q);

        if (is_of_rollout)
            *(is_at_site ? &found.of_rollout_at_site : &found.of_rollout) = devices;
        else
            *(is_at_site ? &found.at_site : &found.all) = devices;
    }
    *out = found;
    return step == STEP_DONE;
}

bool store_machines_count(struct store *store, int64_t tenant_id, const char *site, int64_t *out,
                          struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_machines_count);
    enum step step;

    *out = 0;
    query_int(&q, tenant_id);
    query_text(&q, site);
    step = query_step(&q, err);
    if (step == STEP_ROW)
        *out = row_int(&q);
    return step != STEP_FAILED;
}

bool store_working_find(struct store *store, int64_t tenant_id, const char *site, int64_t but_device_id,
                        int64_t seen_since_ms, bool *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_working_find);
    enum step step;

    query_int(&q, tenant_id);
    query_text(&q, site);
    query_int(&q, but_device_id);
    query_int(&q, seen_since_ms);
    step = query_step(&q, err);
    *out = step == STEP_ROW && row_int(&q) > 0;
    return step != STEP_FAILED;
}

/* ---- bytes ------------------------------------------------------------------------------ */

static bool offered_drop(struct store *store, int64_t tenant_id, int64_t rollout_id, const char *site,
                         int64_t before_ms, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_offered_drop);

    query_int(&q, tenant_id);
    query_int(&q, rollout_id);
    query_text(&q, site);
    query_int(&q, before_ms);
    return query_run(&q, NULL, err);
}

bool store_offered_put(struct store *store, int64_t tenant_id, int64_t rollout_id, const char *site,
                       int64_t bytes, int64_t now_ms, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_offered_put);

    query_int(&q, tenant_id);
    query_int(&q, rollout_id);
    query_text(&q, site);
    query_int(&q, now_ms - now_ms % OFFERED_SLOT_MS);
    query_int(&q, bytes);
    return query_run(&q, NULL, err) &&
           offered_drop(store, tenant_id, rollout_id, site, now_ms - OFFERED_KEPT_MS, err);
}

bool store_offered_list(struct store *store, int64_t tenant_id, int64_t rollout_id, const char *site,
                        int64_t now_ms, struct offered_slot *out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_offered_list);
    enum step step;

    *count = 0;
    query_int(&q, tenant_id);
    query_int(&q, rollout_id);
    query_text(&q, site);
    query_int(&q, now_ms - 3600000 - OFFERED_SLOT_MS);
    while ((step = query_step(&q, err)) == STEP_ROW)
        if (*count < OFFERED_SLOTS) {
            out[*count].at_ms = row_int(&q);
            out[(*count)++].bytes = row_int(&q);
        }
    return step == STEP_DONE;
}
