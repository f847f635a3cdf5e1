#include "store/fleet.h"

#include "store/fleet_moves.h"
#include "store/query.h"
#include "store/rows.h"

#define HOUR_MS 3600000LL

static const char *const kind_name[FLEET_KIND__MAX] = {"state", "status", "family", "version", "action"};

/* ---- moving --------------------------------------------------------------------------- */

static bool move(struct store *store, enum sql sql, int64_t id, int64_t by, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, sql);

    query_int(&q, id);
    query_int(&q, by);
    return query_run(&q, NULL, err);
}

bool fleet_device_move(struct store *store, int64_t device_id, int64_t by, struct err *err)
{
    return move(store, SQL_fleet_device_move, device_id, by, err);
}

bool fleet_status_move(struct store *store, int64_t device_id, int64_t by, struct err *err)
{
    return move(store, SQL_fleet_status_move, device_id, by, err);
}

bool fleet_action_move(struct store *store, int64_t action_id, int64_t by, struct err *err)
{
    return move(store, SQL_fleet_action_move, action_id, by, err);
}

static bool tidy(struct store *store, int64_t device_id, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_fleet_tidy);

    query_int(&q, device_id);
    return query_run(&q, NULL, err);
}

bool fleet_version_move(struct store *store, int64_t device_id, const char *component, int64_t by,
                        struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_fleet_version_move);

    query_int(&q, device_id);
    query_int(&q, by);
    query_text(&q, component);
    return query_run(&q, NULL, err) && (by < 0 || tidy(store, device_id, err));
}

/* ---- asking --------------------------------------------------------------------------- */

bool store_fleet_list(struct store *store, struct arena *arena, int64_t tenant_id, enum fleet_kind kind,
                      struct tally_row **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_fleet_list);
    struct rows rows = {.arena = arena, .size = sizeof(struct tally_row)};
    enum step step;

    query_int(&q, tenant_id);
    query_text(&q, kind_name[kind]);
    while ((step = query_step(&q, err)) == STEP_ROW) {
        struct tally_row *row = rows_next(&rows);

        row->family = row_text(&q, arena);
        row->component = row_text(&q, arena);
        row->name = row_text(&q, arena);
        row->devices = row_int(&q);
    }
    if (step == STEP_FAILED)
        return false;
    *out = (struct tally_row *)(void *)rows.at;
    *count = rows.count;
    return true;
}

bool store_fleet_differs(struct store *store, int64_t *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_fleet_differs);

    if (query_step(&q, err) != STEP_ROW)
        return false;
    *out = row_int(&q);
    return true;
}

bool store_fleet_seen(struct store *store, int64_t tenant_id, int64_t now_ms, struct fleet_seen *out,
                      struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_fleet_seen);

    query_int(&q, tenant_id);
    query_int(&q, now_ms - HOUR_MS);
    query_int(&q, now_ms - 24 * HOUR_MS);
    query_int(&q, now_ms - 7 * 24 * HOUR_MS);
    if (query_step(&q, err) != STEP_ROW)
        return false;
    out->devices = row_int(&q);
    out->hour = row_int(&q);
    out->day = row_int(&q);
    out->week = row_int(&q);
    out->never = row_int(&q);
    return true;
}
