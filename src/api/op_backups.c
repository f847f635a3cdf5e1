/* Backups as operators see them. Only the diff looks inside, and only in service custody. */
#include "api/blob_reply.h"
#include "api/handlers.h"
#include "api/show_backup.h"
#include "base/text.h"

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static bool id_read(const struct call *call, size_t arg, int64_t *out, struct err *err)
{
    return text_int(call->arg[arg], "a backup", 1, INT64_MAX, out, err);
}

static bool answer(struct call *call, const struct backup_view *view, int status)
{
    struct json_out j = api_answer(call);

    show_backup(&j, NULL, view);
    api_done(call, &j, status);
    return true;
}

/* GET /api/v1/backups */
bool op_backup_list(struct call *call, struct err *err)
{
    struct backup_filter filter = {.device = or_empty(http_query(call->req, "device")),
                                   .customer = or_empty(http_query(call->req, "customer")),
                                   .to_move = text_equal(http_query(call->req, "to_move"), "1")};
    struct json_out j = api_answer(call);
    struct backup_view *views;
    size_t count;

    if (!api_page(call, &filter.cursor, &filter.limit, err) ||
        !backup_list(call->app->world, call->arena, call->who.tenant_id, &filter, &views, &count, err))
        return false;
    json_open(&j, NULL);
    json_open_list(&j, "items");
    for (size_t i = 0; i < count; i++)
        show_backup(&j, NULL, &views[i]);
    json_close(&j);
    api_next(&j, call, count, filter.limit, count ? views[count - 1].backup.id : 0);
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}

bool op_backup_get(struct call *call, struct err *err)
{
    struct backup_view view;
    int64_t id;

    return id_read(call, 0, &id, err) &&
           backup_get(call->app->world, call->arena, call->who.tenant_id, id, &view, err) &&
           answer(call, &view, 200);
}

/* GET /api/v1/backups/{backup}/file: header and payload as one; its tag changes with the header. */
bool op_backup_file(struct call *call, struct err *err)
{
    struct backup backup;
    const char *digest;
    struct span header;
    int64_t id;

    return id_read(call, 0, &id, err) &&
           backup_file(call->app->world, call->arena, call->who.tenant_id, id, &backup, &header, &digest,
                       err) &&
           blob_reply_headed(call, header, backup.payload, digest,
                             arena_printf(call->arena, "backup-%lld.age", (long long)id), err);
}

bool op_backup_header(struct call *call, struct err *err)
{
    struct backup backup;
    int64_t id;

    if (!id_read(call, 0, &id, err) || !backup_header(call->app->world, call->arena, call->who.tenant_id, id,
                                                      &backup, &call->reply->body, err))
        return false;
    call->reply->content_type = "application/octet-stream";
    reply_header(call->reply, "Cache-Control", "no-store");
    return true;
}

/* POST /api/v1/devices/{device}/backups */
bool op_backup_ask(struct call *call, struct err *err)
{
    struct json_out j = api_answer(call);

    if (!backup_ask(call->app->world, call->arena, &call->who, call->arg[0], call->now_ms, err))
        return false;
    json_open(&j, NULL);
    json_text(&j, "device", call->arg[0]);
    json_time_if(&j, "asked", call->now_ms);
    json_close(&j);
    api_done(call, &j, 202);
    return true;
}

bool op_backup_hold(struct call *call, struct err *err)
{
    const struct json *body;
    struct backup_view view;
    const char *reason;
    int64_t id;
    const struct json_field fields[] = {JSON_TEXT("reason", reason, 1, 500)};

    return id_read(call, 0, &id, err) && api_body(call, &body, err) &&
           json_read(body, fields, COUNT(fields), err) &&
           backup_hold(call->app->world, call->arena, &call->who, id, reason, call->now_ms, &view, err) &&
           answer(call, &view, 200);
}

bool op_backup_release(struct call *call, struct err *err)
{
    struct backup_view view;
    int64_t id;

    return id_read(call, 0, &id, err) &&
           backup_hold(call->app->world, call->arena, &call->who, id, "", call->now_ms, &view, err) &&
           answer(call, &view, 200);
}

bool op_backup_drop(struct call *call, struct err *err)
{
    int64_t id;

    if (!id_read(call, 0, &id, err) ||
        !backup_drop(call->app->world, call->arena, &call->who, id, call->now_ms, err))
        return false;
    call->reply->status = 204;
    return true;
}

/* POST /api/v1/backups/prune */
bool op_backup_prune(struct call *call, struct err *err)
{
    struct json_out j = api_answer(call);
    struct backup_prune prune;
    const struct json *body;
    bool is_dry = false;
    const struct json_field fields[] = {JSON_OPT_BOOL("dry_run", is_dry)};

    if (!api_body(call, &body, err) || !json_read(body, fields, COUNT(fields), err) ||
        !backup_prune(call->app->world, call->arena, &call->who, is_dry, call->now_ms, &prune, err))
        return false;
    show_backup_prune(&j, &prune, is_dry);
    api_done(call, &j, 200);
    return true;
}

/* GET /api/v1/backups/{backup}/diff/{other}. Opening takes its time: not on the network's thread. */
bool op_backup_diff(struct call *call, struct err *err)
{
    AUTO(arena_freep) struct arena *secret = NULL;
    struct json_out j = api_answer(call);
    struct snapshot_diff diff;
    int64_t a, b;

    if (!api_may_write(call))
        return api_defer(call);
    secret = arena_new_secret();
    if (!id_read(call, 0, &a, err) || !id_read(call, 1, &b, err) ||
        !backup_diff(call->app->world, secret, call->who.tenant_id, a, b, &diff, err))
        return false;
    json_open(&j, NULL);
    json_int(&j, "a", a);
    json_int(&j, "b", b);
    json_span(&j, "text", snapshot_diff_text(secret, &diff));
    snapshot_diff_json(&diff, &j, "diff");
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}
