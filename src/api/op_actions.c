#include "api/handlers.h"

#include "api/show_device.h"
#include "base/text.h"

static bool answer(struct call *call, const struct action_view *view, int status)
{
    struct json_out j = api_answer(call);

    show_action(&j, NULL, view, false);
    api_done(call, &j, status);
    return true;
}

static bool list(struct call *call, const struct action_view *views, size_t count, int64_t limit,
                 bool with_entries)
{
    struct json_out j = api_answer(call);

    json_open(&j, NULL);
    json_open_list(&j, "items");
    for (size_t i = 0; i < count; i++)
        show_action(&j, NULL, &views[i], with_entries);
    json_close(&j);
    api_next(&j, call, count, limit, count ? views[count - 1].action.id : 0);
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}

static bool action_id(struct call *call, int64_t *id, struct err *err)
{
    return text_int(call->arg[0], "action id", 1, INT32_MAX, id, err);
}

/* GET /api/v1/actions/{action} */
bool op_action_get(struct call *call, struct err *err)
{
    struct action_view view;
    int64_t id;

    return action_id(call, &id, err) &&
           action_view(call->app->world, call->arena, call->who.tenant_id, id, &view, err) &&
           answer(call, &view, 200);
}

/* GET /api/v1/actions/{action}/entries */
bool op_action_entries(struct call *call, struct err *err)
{
    struct json_out j = api_answer(call);
    struct action_status *entries;
    int64_t id, before, limit;
    size_t count;

    if (!action_id(call, &id, err) || !api_page(call, &before, &limit, err) ||
        !action_entries(call->app->world, call->arena, call->who.tenant_id, id, before, limit, &entries,
                        &count, err))
        return false;
    json_open(&j, NULL);
    show_entries(&j, "items", entries, count);
    api_next(&j, call, count, limit, count ? entries[count - 1].id : 0);
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}

/* POST /api/v1/actions/{action}/cancel */
bool op_action_cancel(struct call *call, struct err *err)
{
    struct action_view view;
    const struct json *body;
    const char *reason = "";
    bool is_forced = false;
    int64_t id;
    const struct json_field fields[] = {JSON_OPT_BOOL("force", is_forced),
                                        JSON_OPT_TEXT("reason", reason, 0, 400)};

    return action_id(call, &id, err) && api_body(call, &body, err) &&
           json_read(body, fields, COUNT(fields), err) &&
           action_cancel(call->app->world, call->arena, &call->who, id, is_forced, reason, call->now_ms,
                         &view, err) &&
           answer(call, &view, 200);
}

static bool read_time(const char *text, const char *what, int64_t *out, struct err *err)
{
    return !text || text_time_parse(text, out) ||
           FAIL(err, ERR_INVALID, "%s is not a time; write it as 2026-09-02T22:00:00Z", what);
}

/* POST /api/v1/devices/{device}/actions */
bool op_device_assign(struct call *call, struct err *err)
{
    struct action wanted = {.weight = 1000};
    const struct json *body;
    struct action_view view;
    const char *kind = "forced", *forced_at = NULL, *not_before = NULL, *not_after = NULL;
    bool is_new;
    const struct json_field fields[] = {
        JSON_INT("release", wanted.release_id, 1, INT64_MAX), JSON_OPT_TEXT("kind", kind, 1, 16),
        JSON_OPT_TEXT("forced_at", forced_at, 1, 40),         JSON_OPT_TEXT("not_before", not_before, 1, 40),
        JSON_OPT_TEXT("not_after", not_after, 1, 40),         JSON_OPT_INT("weight", wanted.weight, 0, 1000),
    };

    if (!api_body(call, &body, err) || !json_read(body, fields, COUNT(fields), err) ||
        !read_time(forced_at, "forced_at", &wanted.forced_ms, err) ||
        !read_time(not_before, "not_before", &wanted.not_before_ms, err) ||
        !read_time(not_after, "not_after", &wanted.not_after_ms, err))
        return false;
    if (!action_kind_parse(kind, &wanted.kind))
        return FAIL(err, ERR_INVALID, "a kind is forced, soft, timeforced or downloadonly, not %s", kind);
    return action_assign(call->app->world, call->arena, &call->who, call->arg[0], &wanted, call->now_ms,
                         &view, &is_new, err) &&
           answer(call, &view, is_new ? 201 : 200);
}

/* GET /api/v1/devices/{device}/history */
bool op_device_history(struct call *call, struct err *err)
{
    struct action_view *views;
    int64_t before, limit;
    size_t count;

    return api_page(call, &before, &limit, err) &&
           device_history(call->app->world, call->arena, call->who.tenant_id, call->arg[0], before, limit,
                          &views, &count, err) &&
           list(call, views, count, limit, true);
}

/* GET /api/v1/rollouts/{rollout}/devices */
bool op_rollout_devices(struct call *call, struct err *err)
{
    const char *wanted = http_query(call->req, "stage"), *state = http_query(call->req, "state");
    int64_t id, after, limit, stage = -1;
    enum action_state checked;
    struct action_view *views;
    size_t count;

    if (!text_blank(state) && !action_state_parse(state, &checked))
        return FAIL(err, ERR_INVALID, "state: an action is never %s", state);
    return text_int(call->arg[0], "rollout id", 1, INT64_MAX, &id, err) &&
           api_page(call, &after, &limit, err) &&
           (!wanted || text_int(wanted, "stage", 0, STAGES_MAX, &stage, err)) &&
           action_views(call->app->world, call->arena, call->who.tenant_id, id, stage, state, after, limit,
                        &views, &count, err) &&
           list(call, views, count, limit, false);
}
