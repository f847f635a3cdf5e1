#include "store/devices.h"

#include "base/text.h"
#include "store/fleet_moves.h"
#include "store/limit_moves.h"
#include "store/query.h"
#include "store/rows.h"

const char *const device_status_name[DEVICE_STATUS__MAX] = {"unknown", "registered", "pending", "in_sync",
                                                            "error"};

static bool device_from(struct query *q, struct arena *arena, struct device *out, struct err *err)
{
    const char *state, *quirk;

    out->id = row_int(q);
    out->tenant_id = row_int(q);
    out->controller_id = row_text(q, arena);
    out->token_hash = row_text(q, arena);
    state = row_text(q, arena);
    out->family = row_text(q, arena);
    out->model = row_text(q, arena);
    out->serial = row_text(q, arena);
    out->customer = row_text(q, arena);
    out->site = row_text(q, arena);
    quirk = row_text(q, arena);
    out->wants_attributes = row_bool(q);
    out->auto_confirm_ms = row_int(q);
    out->auto_confirm_who = row_text(q, arena);
    out->auto_confirm_remark = row_text(q, arena);
    out->installed_action = row_int(q);
    out->release_counter = row_int(q);
    out->created_ms = row_int(q);
    out->enrolled_ms = row_int(q);
    out->recipient = row_text(q, arena);
    out->backup_ms = row_int(q);
    out->wants_backup_ms = row_int(q);
    out->wants_backup_why = row_text(q, arena);
    out->has_action = row_bool(q);
    if (!device_state_parse(state, &out->state) || !device_quirk_parse(quirk, &out->quirk))
        return FAIL(err, ERR_CORRUPT, "device %s rests with state '%s' and quirk '%s'", out->controller_id,
                    state, quirk);
    return true;
}

bool store_device_put(struct store *store, const struct device *device, int64_t *id, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_device_put);

    query_int(&q, device->tenant_id);
    query_text(&q, device->controller_id);
    query_text(&q, device->token_hash);
    query_text(&q, device_state_name[device->state]);
    query_text(&q, device->family);
    query_text(&q, device->model);
    query_text(&q, device->serial);
    query_text(&q, device->customer);
    query_text(&q, device->site);
    query_text(&q, device_quirk_name[device->quirk]);
    query_int(&q, device->wants_attributes);
    query_int(&q, device->created_ms);
    query_int(&q, device->enrolled_ms);
    if (!query_run(&q, NULL, err))
        return err->code == ERR_CONFLICT
                   ? FAIL(err, ERR_CONFLICT, "there is a device %s already", device->controller_id)
                   : false;
    *id = query_inserted_id(&q);
    return machine_move(store, *id, device->tenant_id, 1, err) && fleet_device_move(store, *id, 1, err) &&
           fleet_status_move(store, *id, 1, err);
}

static bool device_one(struct query *q, struct arena *arena, const char *what, struct device *out,
                       struct err *err)
{
    struct device found;

    switch (query_step(q, err)) {
    case STEP_FAILED:
        return false;
    case STEP_DONE:
        return FAIL(err, ERR_NOT_FOUND, "no device %s", what);
    case STEP_ROW:
        break;
    }
    if (!device_from(q, arena, &found, err))
        return false;
    *out = found;
    return true;
}

bool store_device_get(struct store *store, struct arena *arena, int64_t tenant_id, const char *controller_id,
                      struct device *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_device_get);

    query_int(&q, tenant_id);
    query_text(&q, controller_id);
    return device_one(&q, arena, controller_id, out, err);
}

bool store_device_by_id(struct store *store, struct arena *arena, int64_t id, struct device *out,
                        struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_device_by_id);

    query_int(&q, id);
    return device_one(&q, arena, "of that number", out, err);
}

static bool device_update(struct store *store, const struct device *device, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_device_change);

    query_int(&q, device->id);
    query_text(&q, device->family);
    query_text(&q, device->model);
    query_text(&q, device->serial);
    query_text(&q, device->customer);
    query_text(&q, device->site);
    query_text(&q, device_quirk_name[device->quirk]);
    return query_run(&q, NULL, err);
}

static bool device_counts(struct store *store, const struct device *device, int64_t by, struct err *err)
{
    return machine_move(store, device->id, device->tenant_id, by, err) &&
           fleet_device_move(store, device->id, by, err) &&
           fleet_version_move(store, device->id, "", by, err);
}

/* It is counted where it stands: out of the old place and family, into the new. */
bool store_device_change(struct store *store, const struct device *device, struct err *err)
{
    return device_counts(store, device, -1, err) && device_update(store, device, err) &&
           device_counts(store, device, 1, err);
}

static bool state_update(struct store *store, int64_t id, enum device_state from, enum device_state to,
                         int64_t at_ms, bool *moved, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_device_move);
    int64_t changed;

    query_int(&q, id);
    query_text(&q, device_state_name[from]);
    query_text(&q, device_state_name[to]);
    query_int(&q, at_ms);
    if (!query_run(&q, &changed, err))
        return false;
    *moved = changed > 0;
    return true;
}

/* Only an active machine counts for its place; what is under way on it counts whatever its state. */
bool store_device_move(struct store *store, int64_t id, enum device_state from, enum device_state to,
                       int64_t at_ms, bool *moved, struct err *err)
{
    return machines_move(store, id, -1, err) && fleet_device_move(store, id, -1, err) &&
           state_update(store, id, from, to, at_ms, moved, err) && machines_move(store, id, 1, err) &&
           fleet_device_move(store, id, 1, err);
}

bool store_device_token_put(struct store *store, int64_t id, const char *token_hash, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_device_token_put);

    query_int(&q, id);
    query_text(&q, token_hash);
    return query_run(&q, NULL, err);
}

bool store_device_ask(struct store *store, int64_t id, bool wants_attributes, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_device_ask);

    query_int(&q, id);
    query_int(&q, wants_attributes);
    return query_run(&q, NULL, err);
}

bool store_device_installed(struct store *store, int64_t id, int64_t action_id, int64_t release_counter,
                            struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_device_installed);

    query_int(&q, id);
    query_int(&q, action_id);
    query_int(&q, release_counter);
    return query_run(&q, NULL, err);
}

bool store_device_auto_confirm(struct store *store, int64_t id, int64_t since_ms, const char *who,
                               const char *remark, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_device_auto_confirm);

    query_int(&q, id);
    query_int(&q, since_ms);
    query_text(&q, who);
    query_text(&q, remark);
    return query_run(&q, NULL, err);
}

/* ---- lists --------------------------------------------------------------------- */

static bool row_from(struct query *q, struct arena *arena, struct device_row *out, struct err *err)
{
    bool is_sound = device_from(q, arena, &out->device, err);
    const char *status = row_text(q, arena);

    out->last_seen_ms = row_int(q);
    out->address = row_text(q, arena);
    for (int i = 0; i < DEVICE_STATUS__MAX; i++)
        if (strcmp(status, device_status_name[i]) == 0)
            out->status = (enum device_status)i;
    return is_sound;
}

static void bind_filter(struct query *q, int64_t tenant_id, const struct device_filter *filter)
{
    const char *texts[] = {filter->family, filter->model,  filter->site,
                           filter->state,  filter->status, filter->tag};

    query_int(q, tenant_id);
    query_int(q, filter->after);
    for (size_t i = 0; i < COUNT(texts); i++)
        query_text(q, texts[i]);
    query_int(q, filter->limit);
}

/* Text is ordered by its bytes, and no character comes after U+10FFFF. */
static void bind_prefix(struct query *q, struct arena *arena, const char *prefix)
{
    query_text(q, prefix);
    query_text(q, arena_printf(arena, "%s\xF4\x8F\xBF\xBF", prefix));
}

bool store_device_list(struct store *store, struct arena *arena, int64_t tenant_id,
                       const struct device_filter *filter, struct device_row **out, size_t *count,
                       struct err *err)
{
    bool is_any = text_blank(filter->prefix);
    AUTO(query_end) struct query q = query_new(store, is_any ? SQL_device_list : SQL_device_named);
    struct rows rows = {.arena = arena, .size = sizeof(struct device_row)};
    enum step step;

    bind_filter(&q, tenant_id, filter);
    if (!is_any)
        bind_prefix(&q, arena, filter->prefix);
    while ((step = query_step(&q, err)) == STEP_ROW)
        if (!row_from(&q, arena, rows_next(&rows), err))
            return false;
    if (step == STEP_FAILED)
        return false;
    *out = (struct device_row *)(void *)rows.at;
    *count = rows.count;
    return true;
}

bool store_device_row(struct store *store, struct arena *arena, int64_t tenant_id, const char *controller_id,
                      struct device_row *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_device_row);
    struct device_row row = {0};

    query_int(&q, tenant_id);
    query_text(&q, controller_id);
    switch (query_step(&q, err)) {
    case STEP_FAILED:
        return false;
    case STEP_DONE:
        return FAIL(err, ERR_NOT_FOUND, "no device %s", controller_id);
    case STEP_ROW:
        break;
    }
    if (!row_from(&q, arena, &row, err))
        return false;
    *out = row;
    return true;
}

bool store_device_count(struct store *store, int64_t tenant_id, int64_t *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_device_count);

    query_int(&q, tenant_id);
    if (query_step(&q, err) != STEP_ROW)
        return false;
    *out = row_int(&q);
    return true;
}
