#include "store/fleet.h"

#include "store/query.h"
#include "store/rows.h"

#define HOUR_MS 3600000LL

enum shape { NAME_ONLY, FAMILY_COMPONENT_NAME };

static bool tally(struct store *store, struct arena *arena, enum sql sql, enum shape shape, int64_t tenant_id,
                  struct tally_row **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, sql);
    struct rows rows = {.arena = arena, .size = sizeof(struct tally_row)};
    enum step step;

    query_int(&q, tenant_id);
    while ((step = query_step(&q, err)) == STEP_ROW) {
        struct tally_row *row = rows_next(&rows);

        if (shape == FAMILY_COMPONENT_NAME) {
            row->family = row_text(&q, arena);
            row->component = row_text(&q, arena);
        }
        row->name = row_text(&q, arena);
        row->devices = row_int(&q);
    }
    if (step == STEP_FAILED)
        return false;
    *out = (struct tally_row *)(void *)rows.at;
    *count = rows.count;
    return true;
}

bool store_fleet_states(struct store *store, struct arena *arena, int64_t tenant_id, struct tally_row **out,
                        size_t *count, struct err *err)
{
    return tally(store, arena, SQL_fleet_states, NAME_ONLY, tenant_id, out, count, err);
}

bool store_fleet_statuses(struct store *store, struct arena *arena, int64_t tenant_id, struct tally_row **out,
                          size_t *count, struct err *err)
{
    return tally(store, arena, SQL_fleet_statuses, NAME_ONLY, tenant_id, out, count, err);
}

bool store_fleet_families(struct store *store, struct arena *arena, int64_t tenant_id, struct tally_row **out,
                          size_t *count, struct err *err)
{
    return tally(store, arena, SQL_fleet_families, NAME_ONLY, tenant_id, out, count, err);
}

bool store_fleet_versions(struct store *store, struct arena *arena, int64_t tenant_id, struct tally_row **out,
                          size_t *count, struct err *err)
{
    return tally(store, arena, SQL_fleet_versions, FAMILY_COMPONENT_NAME, tenant_id, out, count, err);
}

bool store_fleet_actions(struct store *store, struct arena *arena, int64_t tenant_id, struct tally_row **out,
                         size_t *count, struct err *err)
{
    return tally(store, arena, SQL_fleet_actions, NAME_ONLY, tenant_id, out, count, err);
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
