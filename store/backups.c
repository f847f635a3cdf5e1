#include "store/backups.h"

#include "store/query.h"
#include "store/rows.h"

/* Reads the columns of BACKUP, in that order. */
static bool backup_from(struct query *q, struct arena *arena, struct backup *out, struct err *err)
{
    const char *trigger;

    out->id = row_int(q);
    out->tenant_id = row_int(q);
    out->device_id = row_int(q);
    out->customer = row_text(q, arena);
    out->upload = row_text(q, arena);
    trigger = row_text(q, arena);
    out->model = row_text(q, arena);
    out->serial = row_text(q, arena);
    out->firmware = row_text(q, arena);
    out->categories = row_text(q, arena);
    out->action_id = row_int(q);
    out->restore_id = row_int(q);
    out->size = row_int(q);
    out->sha256 = row_text(q, arena);
    out->payload = row_text(q, arena);
    out->payload_size = row_int(q);
    out->recipients = row_text(q, arena);
    out->wrapped_to = row_text(q, arena);
    out->taken_ms = row_int(q);
    out->received_ms = row_int(q);
    out->locked_ms = row_int(q);
    out->hold = row_text(q, arena);
    out->hold_by = row_text(q, arena);
    out->hold_ms = row_int(q);
    out->gone_ms = row_int(q);
    out->gone_why = row_text(q, arena);
    return backup_trigger_parse(trigger, &out->trigger) ||
           FAIL(err, ERR_CORRUPT, "backup %lld rests with trigger '%s'", (long long)out->id, trigger);
}

bool store_backup_put(struct store *store, const struct backup *backup, struct span header, int64_t *id,
                      struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_backup_put);

    query_int(&q, backup->tenant_id);
    query_int(&q, backup->device_id);
    query_text(&q, backup->customer);
    query_text(&q, backup->upload);
    query_text(&q, backup_trigger_name[backup->trigger]);
    query_text(&q, backup->model);
    query_text(&q, backup->serial);
    query_text(&q, backup->firmware);
    query_text(&q, backup->categories);
    query_int(&q, backup->action_id);
    query_int(&q, backup->restore_id);
    query_int(&q, backup->size);
    query_text(&q, backup->sha256);
    query_blob(&q, header);
    query_text(&q, backup->payload);
    query_int(&q, backup->payload_size);
    query_text(&q, backup->recipients);
    query_text(&q, backup->wrapped_to);
    query_int(&q, backup->taken_ms);
    query_int(&q, backup->received_ms);
    query_int(&q, backup->locked_ms);
    if (!query_run(&q, NULL, err))
        return err->code == ERR_CONFLICT ? FAIL(err, ERR_CONFLICT, "this backup is here already") : false;
    *id = query_inserted_id(&q);
    return true;
}

/* *found false: no row; *out stays untouched. */
static bool backup_one(struct query *q, struct arena *arena, struct backup *out, bool *found, struct err *err)
{
    enum step step = query_step(q, err);
    struct backup backup;

    if (step == STEP_FAILED || (step == STEP_ROW && !backup_from(q, arena, &backup, err)))
        return false;
    if (step == STEP_ROW)
        *out = backup;
    *found = step == STEP_ROW;
    return true;
}

bool store_backup_get(struct store *store, struct arena *arena, int64_t tenant_id, int64_t id,
                      struct backup *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_backup_get);
    bool is_found;

    query_int(&q, tenant_id);
    query_int(&q, id);
    if (!backup_one(&q, arena, out, &is_found, err))
        return false;
    return is_found || FAIL(err, ERR_NOT_FOUND, "no backup %lld", (long long)id);
}

bool store_backup_find_same(struct store *store, struct arena *arena, int64_t device_id, const char *sha256,
                            struct backup *out, bool *found, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_backup_same);

    query_int(&q, device_id);
    query_text(&q, sha256);
    return backup_one(&q, arena, out, found, err);
}

bool store_backup_find_upload(struct store *store, struct arena *arena, const char *upload,
                              struct backup *out, bool *found, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_backup_of_upload);

    query_text(&q, upload);
    return backup_one(&q, arena, out, found, err);
}

bool store_backup_find_after(struct store *store, struct arena *arena, int64_t device_id, int64_t restore_id,
                             struct backup *out, bool *found, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_backup_after_restore);

    query_int(&q, device_id);
    query_int(&q, restore_id);
    return backup_one(&q, arena, out, found, err);
}

static bool backup_many(struct query *q, struct arena *arena, struct backup **out, size_t *count,
                        struct err *err)
{
    struct rows rows = {.arena = arena, .size = sizeof(struct backup)};
    enum step step;

    while ((step = query_step(q, err)) == STEP_ROW)
        if (!backup_from(q, arena, rows_next(&rows), err))
            return false;
    if (step == STEP_FAILED)
        return false;
    *out = (struct backup *)(void *)rows.at;
    *count = rows.count;
    return true;
}

bool store_backup_list(struct store *store, struct arena *arena, int64_t tenant_id, const char *customer,
                       int64_t before, int64_t limit, struct backup **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_backup_list);

    query_int(&q, tenant_id);
    query_int(&q, before > 0 ? before : INT64_MAX);
    query_text(&q, customer);
    query_int(&q, limit);
    return backup_many(&q, arena, out, count, err);
}

bool store_backup_of_device(struct store *store, struct arena *arena, int64_t device_id, int64_t before,
                            int64_t limit, struct backup **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_backup_of_device);

    query_int(&q, device_id);
    query_int(&q, before > 0 ? before : INT64_MAX);
    query_int(&q, limit);
    return backup_many(&q, arena, out, count, err);
}

bool store_backup_to_move(struct store *store, struct arena *arena, int64_t tenant_id, const char *recipient,
                          int64_t after, int64_t limit, struct backup **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_backup_to_move);

    query_int(&q, tenant_id);
    query_text(&q, recipient);
    query_int(&q, after);
    query_int(&q, limit);
    return backup_many(&q, arena, out, count, err);
}

bool store_backup_header(struct store *store, struct arena *arena, int64_t id, struct span *out,
                         struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_backup_header_get);
    enum step step;

    query_int(&q, id);
    step = query_step(&q, err);
    if (step == STEP_ROW)
        *out = row_blob(&q, arena);
    return step == STEP_ROW ||
           (step == STEP_DONE && FAIL(err, ERR_NOT_FOUND, "no backup %lld", (long long)id));
}

/* ---- changing ------------------------------------------------------------------ */

static bool changes(struct query *q, bool *moved, struct err *err)
{
    int64_t changed;

    if (!query_run(q, &changed, err))
        return false;
    *moved = changed > 0;
    return true;
}

bool store_backup_wrap(struct store *store, int64_t id, const char *from, struct span header,
                       const char *recipients, const char *wrapped_to, bool *moved, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_backup_wrap);

    store_purge(store);
    query_int(&q, id);
    query_text(&q, from);
    query_blob(&q, header);
    query_text(&q, recipients);
    query_text(&q, wrapped_to);
    return changes(&q, moved, err);
}

bool store_backup_hold(struct store *store, int64_t id, const char *reason, const char *by, int64_t now_ms,
                       bool *moved, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_backup_hold);

    query_int(&q, id);
    query_text(&q, reason);
    query_text(&q, by);
    query_int(&q, now_ms);
    return changes(&q, moved, err);
}

bool store_backup_drop(struct store *store, int64_t id, const char *why, int64_t now_ms, bool *moved,
                       struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_backup_gone);

    store_purge(store);
    query_int(&q, id);
    query_int(&q, now_ms);
    query_text(&q, why);
    return changes(&q, moved, err);
}

/* ---- figures --------------------------------------------------------------------- */

static bool figure(struct query *q, int64_t *out, struct err *err)
{
    enum step step = query_step(q, err);

    if (step == STEP_ROW)
        *out = row_int(q);
    return step == STEP_ROW || (step == STEP_DONE && FAIL(err, ERR_CORRUPT, "a sum has no row"));
}

bool store_backup_to_move_count(struct store *store, int64_t tenant_id, const char *recipient, int64_t *out,
                                struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_backup_to_move_count);

    query_int(&q, tenant_id);
    query_text(&q, recipient);
    return figure(&q, out, err);
}

bool store_backup_bytes(struct store *store, int64_t tenant_id, const char *customer, int64_t *out,
                        struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_backup_bytes);

    query_int(&q, tenant_id);
    query_text(&q, customer);
    return figure(&q, out, err);
}

bool store_payload_needed(struct store *store, const char *payload, int64_t *out, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_payload_needed);

    query_text(&q, payload);
    return figure(&q, out, err);
}

bool store_backup_devices(struct store *store, struct arena *arena, int64_t tenant_id, int64_t after,
                          int64_t limit, int64_t **out, size_t *count, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_backup_devices);

    query_int(&q, tenant_id);
    query_int(&q, after);
    query_int(&q, limit);
    return query_ids(&q, arena, out, count, err);
}
