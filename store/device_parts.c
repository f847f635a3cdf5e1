#include "store/devices.h"

#include <stdio.h>

#include "store/fleet_moves.h"
#include "store/query.h"
#include "store/rows.h"

/* A change of one row of a device, by one or two texts. */
static bool run_texts(struct store *store, enum sql sql, int64_t device_id, const char *a, const char *b,
                      struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, sql);

    query_int(&q, device_id);
    if (a)
        query_text(&q, a);
    if (b)
        query_text(&q, b);
    return query_run(&q, NULL, err);
}

/* ---- attributes ---- */

bool store_attribute_list(struct store *store, struct arena *arena, int64_t device_id,
                          struct device_pair **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_attribute_list);
    struct rows rows = {.arena = arena, .size = sizeof(struct device_pair)};
    enum step step;

    query_int(&q, device_id);
    while ((step = query_step(&q, err)) == STEP_ROW) {
        struct device_pair *pair = rows_next(&rows);

        pair->name = row_text(&q, arena);
        pair->value = row_text(&q, arena);
    }
    if (step == STEP_FAILED)
        return false;
    *out = (struct device_pair *)(void *)rows.at;
    *count = rows.count;
    return true;
}

bool store_attribute_find(struct store *store, struct arena *arena, int64_t device_id, const char *name,
                          const char **out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_attribute_find);
    enum step step;

    query_int(&q, device_id);
    query_text(&q, name);
    step = query_step(&q, err);
    if (step == STEP_ROW)
        *out = row_text(&q, arena);
    return step != STEP_FAILED;
}

bool store_attribute_put(struct store *store, int64_t device_id, const char *name, const char *value,
                         struct err *err)
{
    return run_texts(store, SQL_attribute_put, device_id, name, value, err);
}

bool store_attribute_drop(struct store *store, int64_t device_id, const char *name, struct err *err)
{
    return run_texts(store, SQL_attribute_drop, device_id, name, NULL, err);
}

bool store_attribute_drop_all(struct store *store, int64_t device_id, struct err *err)
{
    return run_texts(store, SQL_attribute_drop_all, device_id, NULL, NULL, err);
}

/* ---- tags ---- */

bool store_tag_list(struct store *store, struct arena *arena, int64_t device_id, const char ***out,
                    size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_tag_list);
    struct rows rows = {.arena = arena, .size = sizeof(const char *)};
    enum step step;

    query_int(&q, device_id);
    while ((step = query_step(&q, err)) == STEP_ROW)
        *(const char **)rows_next(&rows) = row_text(&q, arena);
    if (step == STEP_FAILED)
        return false;
    *out = (const char **)(void *)rows.at;
    *count = rows.count;
    return true;
}

bool store_tag_put(struct store *store, int64_t device_id, const char *tag, struct err *err)
{
    return run_texts(store, SQL_tag_put, device_id, tag, NULL, err);
}

bool store_tag_drop(struct store *store, int64_t device_id, const char *tag, struct err *err)
{
    return run_texts(store, SQL_tag_drop, device_id, tag, NULL, err);
}

bool store_tag_drop_all(struct store *store, int64_t device_id, struct err *err)
{
    return run_texts(store, SQL_tag_drop_all, device_id, NULL, NULL, err);
}

/* ---- components ---- */

bool store_component_list(struct store *store, struct arena *arena, int64_t device_id,
                          struct device_component **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_component_list);
    struct rows rows = {.arena = arena, .size = sizeof(struct device_component)};
    enum step step;

    query_int(&q, device_id);
    while ((step = query_step(&q, err)) == STEP_ROW) {
        struct device_component *component = rows_next(&rows);

        component->component = row_text(&q, arena);
        component->version = row_text(&q, arena);
        component->sha256 = row_text(&q, arena);
        component->updated_ms = row_int(&q);
    }
    if (step == STEP_FAILED)
        return false;
    *out = (struct device_component *)(void *)rows.at;
    *count = rows.count;
    return true;
}

static bool component_write(struct store *store, int64_t device_id, const struct device_component *component,
                            struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_component_put);

    query_int(&q, device_id);
    query_text(&q, component->component);
    query_text(&q, component->version);
    query_text(&q, component->sha256);
    query_int(&q, component->updated_ms);
    return query_run(&q, NULL, err);
}

bool store_component_put(struct store *store, int64_t device_id, const struct device_component *component,
                         struct err *err)
{
    return fleet_version_move(store, device_id, component->component, -1, err) &&
           component_write(store, device_id, component, err) &&
           fleet_version_move(store, device_id, component->component, 1, err);
}

bool store_component_drop(struct store *store, int64_t device_id, const char *component, struct err *err)
{
    return fleet_version_move(store, device_id, component, -1, err) &&
           run_texts(store, SQL_component_drop, device_id, component, NULL, err) &&
           fleet_version_move(store, device_id, component, 1, err);
}

/* ---- seen ---- */

static bool seen_write(struct store *store, enum sql sql, const struct device_seen *seen, int64_t *changed,
                       struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, sql);

    query_int(&q, seen->device_id);
    query_int(&q, seen->last_seen_ms);
    query_text(&q, seen->address);
    return query_run(&q, changed, err);
}

/* Nearly always it was seen before, and nothing that is counted changes. */
bool store_seen_put(struct store *store, const struct device_seen *seen, struct err *err)
{
    int64_t changed;

    if (!seen_write(store, SQL_seen_move, seen, &changed, err))
        return false;
    return changed > 0 || (fleet_status_move(store, seen->device_id, -1, err) &&
                           seen_write(store, SQL_seen_put, seen, NULL, err) &&
                           fleet_status_move(store, seen->device_id, 1, err));
}

bool store_seen_get(struct store *store, int64_t device_id, struct device_seen *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_seen_get);
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct device_seen found = {.device_id = device_id};
    enum step step;

    query_int(&q, device_id);
    step = query_step(&q, err);
    if (step == STEP_FAILED)
        return false;
    if (step == STEP_ROW) {
        found.last_seen_ms = row_int(&q);
        snprintf(found.address, sizeof(found.address), "%s", row_text(&q, arena));
    }
    *out = found;
    return true;
}
