#include "api/handlers.h"

#include "api/show_restore.h"
#include "base/text.h"
#include "domain/restore.h"

#define HEADER_CHARS_MAX (RESTORE_HEADER_MAX / 3 * 4 + 4)

static bool answer(struct call *call, const struct restore_view *view, int status)
{
    struct json_out j = api_answer(call);

    show_restore(&j, NULL, view);
    api_done(call, &j, status);
    return true;
}

static bool restore_arg(const struct call *call, int64_t *id, struct err *err)
{
    return text_int(call->arg[0], "restore", 1, INT64_MAX, id, err) ||
           FAIL(err, ERR_NOT_FOUND, "no restore %s", call->arg[0]);
}

/* POST /api/v1/restores */
bool op_restore_make(struct call *call, struct err *err)
{
    struct restore_wish wish = {.categories = ""};
    const struct json *body;
    struct restore_view view;
    const struct json_field fields[] = {
        JSON_INT("backup", wish.backup, 1, INT64_MAX),
        JSON_TEXT("device", wish.device, 1, 256),
        JSON_OPT_TEXT("categories", wish.categories, 0, 1000),
        JSON_OPT_BOOL("move_adjustments", wish.move_adjustments),
    };

    return api_body(call, &body, err) && json_read(body, fields, COUNT(fields), err) &&
           restore_make(call->app->world, call->arena, &call->who, &wish, call->now_ms, &view, err) &&
           answer(call, &view, 201);
}

/* GET /api/v1/restores?device= */
bool op_restore_list(struct call *call, struct err *err)
{
    const char *device = http_query(call->req, "device");
    struct json_out j = api_answer(call);
    struct restore_view *views;
    int64_t before, limit;
    size_t count;

    if (!api_page(call, &before, &limit, err) ||
        !restore_list(call->app->world, call->arena, call->who.tenant_id, text_blank(device) ? NULL : device,
                      before, limit, &views, &count, err))
        return false;
    json_open(&j, NULL);
    json_open_list(&j, "items");
    for (size_t i = 0; i < count; i++)
        show_restore(&j, NULL, &views[i]);
    json_close(&j);
    api_next(&j, call, count, limit, count ? views[count - 1].restore.id : 0);
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}

/* GET /api/v1/restores/{restore} */
bool op_restore_get(struct call *call, struct err *err)
{
    struct restore_view view;
    int64_t id;

    return restore_arg(call, &id, err) &&
           restore_get(call->app->world, call->arena, call->who.tenant_id, id, &view, err) &&
           answer(call, &view, 200);
}

/* PUT /api/v1/restores/{restore}/plan */
bool op_restore_plan(struct call *call, struct err *err)
{
    struct restore_handed handed = {0};
    const struct json *body;
    struct restore_view view;
    int64_t id;
    const struct json_field fields[] = {
        JSON_TEXT("digest", handed.digest, 64, 64),
        JSON_BOOL("is_whole", handed.is_whole),
        JSON_TEXT("categories", handed.categories, 0, 1000),
        JSON_OBJECT_OF("counts", handed.counts),
    };

    if (!restore_arg(call, &id, err) || !api_body(call, &body, err) ||
        !json_read(body, fields, COUNT(fields), err))
        return false;
    if (!text_is_hex(handed.digest, 64))
        return FAIL(err, ERR_INVALID, "digest is 64 lower-case hex digits");
    return restore_hand_in(call->app->world, call->arena, &call->who, id, &handed, call->now_ms, &view,
                           err) &&
           answer(call, &view, 200);
}

/* POST /api/v1/restores/{restore}/approve */
bool op_restore_approve(struct call *call, struct err *err)
{
    struct restore_view view;
    int64_t id;

    return restore_arg(call, &id, err) &&
           restore_approve(call->app->world, call->arena, &call->who, id, call->now_ms, &view, err) &&
           answer(call, &view, 200);
}

/* POST /api/v1/restores/{restore}/consent */
bool op_restore_consent(struct call *call, struct err *err)
{
    const char *by, *text = "";
    const struct json *body;
    struct restore_view view;
    int64_t id;
    const struct json_field fields[] = {JSON_TEXT("by", by, 1, 128), JSON_OPT_TEXT("text", text, 0, 1000)};

    return restore_arg(call, &id, err) && api_body(call, &body, err) &&
           json_read(body, fields, COUNT(fields), err) &&
           restore_consent(call->app->world, call->arena, &call->who, id, by, text, call->now_ms, &view,
                           err) &&
           answer(call, &view, 200);
}

/* POST /api/v1/restores/{restore}/cancel */
bool op_restore_cancel(struct call *call, struct err *err)
{
    const struct json *body;
    struct restore_view view;
    const char *reason;
    int64_t id;
    const struct json_field fields[] = {JSON_TEXT("reason", reason, 1, 400)};

    return restore_arg(call, &id, err) && api_body(call, &body, err) &&
           json_read(body, fields, COUNT(fields), err) &&
           restore_cancel(call->app->world, call->arena, &call->who, id, reason, call->now_ms, &view, err) &&
           answer(call, &view, 200);
}

/* POST /api/v1/restores/{restore}/start */
bool op_restore_start(struct call *call, struct err *err)
{
    struct restore_launch launch = {0};
    const char *header = NULL;
    const struct json *body;
    struct restore_view view;
    int64_t id;
    const struct json_field fields[] = {
        JSON_TEXT("digest", launch.digest, 64, 64),
        JSON_OPT_TEXT("header", header, 1, HEADER_CHARS_MAX),
        JSON_OPT_TEXT("upload", launch.upload, 1, 64),
    };

    if (!restore_arg(call, &id, err) || !api_body(call, &body, err) ||
        !json_read(body, fields, COUNT(fields), err))
        return false;
    if (header && !text_unbase64(call->arena, span_of(header), &launch.header, err))
        return err_within(err, "header");
    return restore_start(call->app->world, call->arena, &call->who, id, &launch, call->now_ms, &view, err) &&
           answer(call, &view, 200);
}

/* GET /api/v1/restores/{restore}/compare */
bool op_restore_compare(struct call *call, struct err *err)
{
    struct restore_comparison comparison;
    int64_t id;

    if (!api_may_write(call)) /* it opens two backups: nothing for the network thread */
        return api_defer(call);
    if (!restore_arg(call, &id, err) ||
        !restore_compare(call->app->world, call->arena, call->who.tenant_id, id, &comparison, err))
        return false;
    struct json_out j = api_answer(call);

    json_open(&j, NULL);
    json_int(&j, "restore", comparison.restore);
    json_int(&j, "backup_after", comparison.backup_after);
    json_bool(&j, "is_same", comparison.is_same);
    json_span(&j, "text", comparison.text);
    json_raw(&j, "diff", comparison.diff);
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}
