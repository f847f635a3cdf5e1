#include "api/handlers.h"

#include "api/show_device.h"
#include "base/text.h"

static bool answer(struct call *call, const struct device_view *view, const char *token, int status)
{
    struct json_out j = api_answer(call);

    show_device(&j, NULL, view, token);
    api_done(call, &j, status);
    return true;
}

/* A word that no device is ever called would find nothing, and look as if there were none. */
static bool filter_check(const struct device_filter *filter, struct err *err)
{
    enum device_state state;
    bool is_known = text_blank(filter->status);

    for (int i = 0; i < DEVICE_STATUS__MAX; i++)
        is_known |= text_equal(filter->status, device_status_name[i]);
    if (!is_known)
        return FAIL(err, ERR_INVALID, "status: a device is never %s", filter->status);
    return text_blank(filter->state) || device_state_parse(filter->state, &state) ||
           FAIL(err, ERR_INVALID, "state: a device is never %s", filter->state);
}

/* GET /api/v1/devices */
bool op_device_list(struct call *call, struct err *err)
{
    struct device_filter filter = {
        .family = http_query(call->req, "family"),
        .model = http_query(call->req, "model"),
        .site = http_query(call->req, "site"),
        .state = http_query(call->req, "state"),
        .status = http_query(call->req, "status"),
        .tag = http_query(call->req, "tag"),
        .prefix = http_query(call->req, "q"),
    };
    struct json_out j = api_answer(call);
    struct device_view *views;
    size_t count;

    if (!api_page(call, &filter.after, &filter.limit, err) || !filter_check(&filter, err) ||
        !device_views(call->app->world, call->arena, call->who.tenant_id, &filter, &views, &count, err))
        return false;
    json_open(&j, NULL);
    json_open_list(&j, "items");
    for (size_t i = 0; i < count; i++)
        show_device(&j, NULL, &views[i], NULL);
    json_close(&j);
    api_next(&j, call, count, filter.limit, count ? views[count - 1].row.device.id : 0);
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}

bool op_device_get(struct call *call, struct err *err)
{
    struct device_view view;

    return device_view(call->app->world, call->arena, call->who.tenant_id, call->arg[0], &view, err) &&
           answer(call, &view, NULL, 200);
}

static bool read_tags(struct call *call, const struct json *list, const char ***out, size_t *count,
                      struct err *err)
{
    *count = list ? json_count(list) : 0;
    *out = ARENA_MANY(call->arena, const char *, *count + 1);
    for (size_t i = 0; i < *count; i++) {
        (*out)[i] = json_string(json_item(list, i));
        if (text_blank((*out)[i]))
            return FAIL(err, ERR_INVALID, "tags must be a list of texts");
    }
    return true;
}

/* POST /api/v1/devices */
bool op_device_make(struct call *call, struct err *err)
{
    struct device facts = {.family = "", .model = "", .serial = "", .customer = "", .site = ""};
    const struct json *body, *list = NULL;
    const char *quirk = "", *token = NULL, **tags;
    struct device_view view;
    size_t tag_count;
    const struct json_field fields[] = {
        JSON_TEXT("id", facts.controller_id, 1, CONTROLLER_ID_MAX),
        JSON_OPT_TEXT("family", facts.family, 0, 64),
        JSON_OPT_TEXT("model", facts.model, 0, 64),
        JSON_OPT_TEXT("serial", facts.serial, 0, 64),
        JSON_OPT_TEXT("customer", facts.customer, 0, 64),
        JSON_OPT_TEXT("site", facts.site, 0, 64),
        JSON_OPT_TEXT("quirk", quirk, 0, 16),
        JSON_OPT_LIST_OF("tags", list, 32),
    };

    if (!api_body(call, &body, err) || !json_read(body, fields, COUNT(fields), err) ||
        !read_tags(call, list, &tags, &tag_count, err))
        return false;
    if (!device_quirk_parse(quirk, &facts.quirk))
        return FAIL(err, ERR_INVALID, "a quirk is suricatta, rauc, zephyr, plain or empty, not %s", quirk);
    return device_make(call->app->world, call->arena, &call->who, &facts, tags, tag_count, call->now_ms,
                       &token, &view, err) &&
           answer(call, &view, token, 201);
}

/* PATCH /api/v1/devices/{device} */
bool op_device_patch(struct call *call, struct err *err)
{
    struct device_patch patch = {0};
    const struct json *body, *list = NULL;
    struct device_view view;
    const char **tags;
    const struct json_field fields[] = {
        JSON_OPT_TEXT("family", patch.family, 0, 64),     JSON_OPT_TEXT("model", patch.model, 0, 64),
        JSON_OPT_TEXT("customer", patch.customer, 0, 64), JSON_OPT_TEXT("site", patch.site, 0, 64),
        JSON_OPT_TEXT("quirk", patch.quirk, 0, 16),       JSON_OPT_LIST_OF("tags", list, 32),
    };

    if (!api_body(call, &body, err) || !json_read(body, fields, COUNT(fields), err) ||
        !read_tags(call, list, &tags, &patch.tag_count, err))
        return false;
    patch.tags = tags;
    patch.has_tags = list != NULL;
    return device_change(call->app->world, call->arena, &call->who, call->arg[0], &patch, call->now_ms, &view,
                         err) &&
           answer(call, &view, NULL, 200);
}

static bool deed(struct call *call, enum device_deed what, struct err *err)
{
    struct device_view view;
    const char *token = NULL;

    return device_do(call->app->world, call->arena, &call->who, call->arg[0], what, call->now_ms, &token,
                     &view, err) &&
           answer(call, &view, token, 200);
}

/* POST /api/v1/devices/{device}/approve */
bool op_device_approve(struct call *call, struct err *err)
{
    const struct json *body;
    struct device_view view;
    const char *reason = "";
    const struct json_field fields[] = {JSON_OPT_TEXT("reason", reason, 1, 400)};

    return api_body(call, &body, err) && json_read(body, fields, COUNT(fields), err) &&
           device_approve(call->app->world, call->arena, &call->who, call->arg[0], reason, call->now_ms,
                          &view, err) &&
           answer(call, &view, NULL, 200);
}

bool op_device_retire(struct call *call, struct err *err)
{
    return deed(call, DEVICE_RETIRE, err);
}

bool op_device_ask(struct call *call, struct err *err)
{
    return deed(call, DEVICE_ASK, err);
}

bool op_device_token(struct call *call, struct err *err)
{
    return deed(call, DEVICE_TOKEN, err);
}

/* POST /api/v1/devices/{device}/join */
bool op_device_join(struct call *call, struct err *err)
{
    struct join_wish wish = {0};
    const struct json *body;
    struct device_view view;
    const struct json_field fields[] = {
        JSON_TEXT("former", wish.former, 1, CONTROLLER_ID_MAX),
        JSON_TEXT("work_order", wish.work_order, 1, 64),
        JSON_OPT_BOOL("force_serial", wish.force_serial),
    };

    return api_body(call, &body, err) && json_read(body, fields, COUNT(fields), err) &&
           device_join(call->app->world, call->arena, &call->who, call->arg[0], &wish, call->now_ms, err) &&
           device_view(call->app->world, call->arena, call->who.tenant_id, call->arg[0], &view, err) &&
           answer(call, &view, NULL, 200);
}
