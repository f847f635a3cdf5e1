#include "api/handlers.h"

#include "base/text.h"
#include "domain/operator.h"

static void show_operator(struct json_out *j, const struct operator* operator, const char * token)
{
    json_open(j, NULL);
    json_text(j, "name", operator->name);
    json_text(j, "role", role_name[operator->role]);
    json_time_if(j, "created", operator->created_ms);
    json_time_if(j, "revoked", operator->revoked_ms);
    json_text_if(j, "token", token);
    json_close(j);
}

/* GET /api/v1/operators: the cursor is the last name. */
bool op_operator_list(struct call *call, struct err *err)
{
    struct json_out j = api_answer(call);
    const char *after = http_query(call->req, "cursor");
    const char *wanted = http_query(call->req, "limit");
    struct operator* operators;
    int64_t limit = 50;
    size_t count;

    if ((wanted && !text_int(wanted, "limit", 1, 500, &limit, err)) ||
        !operator_list(call->app->world, &call->who, call->arena, after ? after : "", limit, &operators,
                       &count, err))
        return false;
    json_open(&j, NULL);
    json_open_list(&j, "items");
    for (size_t i = 0; i < count; i++)
        show_operator(&j, &operators[i], NULL);
    json_close(&j);
    json_text(&j, "next", (int64_t)count == limit ? operators[count - 1].name : NULL);
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}

/* POST /api/v1/operators */
bool op_operator_make(struct call *call, struct err *err)
{
    struct json_out j = api_answer(call);
    const char *name, *role_text, *token;
    const struct json *body;
    struct operator made;
    enum role role;
    const struct json_field fields[] = {
        JSON_TEXT("name", name, 1, 64),
        JSON_TEXT("role", role_text, 1, 32),
    };

    if (!api_body(call, &body, err) || !json_read(body, fields, COUNT(fields), err))
        return false;
    if (!role_parse(role_text, &role))
        return FAIL(err, ERR_INVALID, "role is viewer, technician, engineer or admin");
    if (!operator_make(call->app->world, &call->who, call->arena, name, role, call->now_ms, &made, &token,
                       err))
        return false;
    show_operator(&j, &made, token);
    api_done(call, &j, 201);
    return true;
}

/* DELETE /api/v1/operators/{name} */
bool op_operator_revoke(struct call *call, struct err *err)
{
    if (!operator_revoke(call->app->world, &call->who, call->arg[0], call->now_ms, err))
        return false;
    call->reply->status = 204;
    return true;
}
