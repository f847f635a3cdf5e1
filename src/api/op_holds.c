#include "api/handlers.h"

#include "base/text.h"
#include "domain/hold.h"

static void show_hold(struct json_out *j, const struct hold *h)
{
    json_open(j, NULL);
    json_int(j, "id", h->id);
    json_text(j, "scope", hold_scope_name[h->scope]);
    json_text_if(j, "object", h->object);
    json_text(j, "reason", h->reason);
    json_bool(j, "customer", h->is_customer);
    json_bool(j, "security_only", h->lets_security);
    json_time_if(j, "from", h->from_ms);
    json_time_if(j, "until", h->until_ms);
    json_text(j, "created_by", h->created_by);
    json_time_if(j, "created", h->created_ms);
    json_text_if(j, "lifted_by", h->lifted_by);
    json_time_if(j, "lifted", h->lifted_ms);
    json_close(j);
}

static bool answer(struct call *call, const struct hold *hold, int status)
{
    struct json_out j = api_answer(call);

    show_hold(&j, hold);
    api_done(call, &j, status);
    return true;
}

static bool read_time(const char *text, const char *what, int64_t *out, struct err *err)
{
    return !text || text_time_parse(text, out) ||
           FAIL(err, ERR_INVALID, "%s is not a time; write it as 2026-12-24T00:00:00Z", what);
}

/* POST /api/v1/holds */
bool op_hold_make(struct call *call, struct err *err)
{
    struct hold hold = {.object = ""};
    const struct json *body;
    const char *scope, *from = NULL, *until = NULL;
    const struct json_field fields[] = {
        JSON_TEXT("scope", scope, 1, 16),
        JSON_OPT_TEXT("object", hold.object, 0, 256),
        JSON_TEXT("reason", hold.reason, 1, 400),
        JSON_OPT_TEXT("from", from, 1, 40),
        JSON_OPT_TEXT("until", until, 1, 40),
        JSON_OPT_BOOL("customer", hold.is_customer),
        JSON_OPT_BOOL("security_only", hold.lets_security),
    };

    if (!api_body(call, &body, err) || !json_read(body, fields, COUNT(fields), err) ||
        !read_time(from, "from", &hold.from_ms, err) || !read_time(until, "until", &hold.until_ms, err))
        return false;
    if (!hold_scope_parse(scope, &hold.scope))
        return FAIL(err, ERR_INVALID, "a scope is all, customer, site, family, release or device, not %s",
                    scope);
    return hold_make(call->app->world, call->arena, &call->who, &hold, call->now_ms, err) &&
           answer(call, &hold, 201);
}

/* GET /api/v1/holds?over=1: with those that are over. */
bool op_hold_list(struct call *call, struct err *err)
{
    struct json_out j = api_answer(call);
    bool with_over = text_equal(http_query(call->req, "over"), "1");
    struct hold *holds;
    int64_t before, limit;
    size_t count;

    if (!api_page(call, &before, &limit, err) ||
        !hold_list(call->app->world, call->arena, call->who.tenant_id, before, limit, with_over, call->now_ms,
                   &holds, &count, err))
        return false;
    json_open(&j, NULL);
    json_open_list(&j, "items");
    for (size_t i = 0; i < count; i++)
        show_hold(&j, &holds[i]);
    json_close(&j);
    api_next(&j, call, count, limit, count ? holds[count - 1].id : 0);
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}

/* DELETE /api/v1/holds/{hold} */
bool op_hold_lift(struct call *call, struct err *err)
{
    struct hold hold;
    int64_t id;

    return text_int(call->arg[0], "hold id", 1, INT64_MAX, &id, err) &&
           hold_lift(call->app->world, call->arena, &call->who, id, call->now_ms, &hold, err) &&
           answer(call, &hold, 200);
}
