#include "api/handlers.h"

#include "api/gate.h"
#include "base/clock.h"
#include "base/text.h"
#include "domain/operator.h"
#include "http/cookie.h"

#define COOKIE "nightshift"
#define SESSION_S (12 * 3600)

/* POST /api/v1/session: the token moves into a cookie that scripts cannot read and that opens doors for
 * reading only. */
bool op_session_open(struct call *call, struct err *err)
{
    const char *token, *tenant;
    const struct json *body;
    struct operator operator;
    const struct json_field fields[] = {JSON_TEXT("token", token, 1, 256)};

    if (!api_body(call, &body, err) || !json_read(body, fields, COUNT(fields), err))
        return false;
    /* clang-format off */
    if (!operator_by_token(call->app->world, call->arena, token, &operator, &tenant, err))
        return err->code == ERR_UNKNOWN_WHO ? gate_failed(call, err) : false;
    /* clang-format on */
    call->reply->status = 204;
    reply_header(call->reply, "Set-Cookie", cookie_write(call->arena, COOKIE, token, SESSION_S));
    reply_header(call->reply, "Cache-Control", "no-store");
    return true;
}

/* DELETE /api/v1/session */
bool op_session_close(struct call *call, struct err *err)
{
    (void)err;
    call->reply->status = 204;
    reply_header(call->reply, "Set-Cookie", cookie_write(call->arena, COOKIE, "", 0));
    reply_header(call->reply, "Cache-Control", "no-store");
    return true;
}

/* GET /api/v1/whoami: and the service's clock, which a page must know to say how long ago something was. */
bool op_whoami(struct call *call, struct err *err)
{
    struct json_out j = api_answer(call);

    (void)err;
    json_open(&j, NULL);
    json_text(&j, "name", call->who.name);
    json_text(&j, "role", role_name[call->who.role]);
    json_text(&j, "tenant", call->who.tenant);
    json_time_if(&j, "now", call->now_ms);
    json_int(&j, "clock_rate", clock_rate());
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}
