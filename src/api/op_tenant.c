#include "api/handlers.h"

#include "base/text.h"
#include "domain/tenant.h"
#include "domain/window_json.h"

#define POLL_SLEEP_MAX_S 86399

static bool show_tenant(struct call *call, const struct tenant *tenant)
{
    struct json_out j = api_answer(call);

    json_open(&j, NULL);
    json_text(&j, "name", tenant->name);
    json_int(&j, "poll_sleep_s", tenant->poll_sleep_s);
    json_bool(&j, "gateway_on", tenant->gateway_on);
    json_bool(&j, "target_token_on", tenant->target_token_on);
    json_bool(&j, "certificate_on", tenant->certificate_on);
    json_text(&j, "certificate_issuer", tenant->certificate_issuer);
    json_bool(&j, "approval_on", tenant->approval_on);
    json_bool(&j, "confirmation_on", tenant->confirmation_on);
    json_bool(&j, "four_eyes_on", tenant->four_eyes_on);
    json_int(&j, "at_once", tenant->at_once);
    json_int(&j, "bytes_hour", tenant->bytes_hour);
    json_raw(&j, "window", span_of(text_blank(tenant->window) ? "null" : tenant->window));
    json_time_if(&j, "created", tenant->created_ms);
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}

/* GET /api/v1/tenant */
bool op_tenant_get(struct call *call, struct err *err)
{
    struct tenant tenant;

    return tenant_get(call->app->world, &call->who, call->arena, &tenant, err) && show_tenant(call, &tenant);
}

/* PATCH /api/v1/tenant: what is absent stays. */
bool op_tenant_patch(struct call *call, struct err *err)
{
    struct tenant tenant;
    struct tenant_patch patch = {0};
    const struct json *body, *window = NULL;
    struct window hours;

    if (!api_body(call, &body, err) || !tenant_get(call->app->world, &call->who, call->arena, &tenant, err))
        return false;
    const struct json_field fields[] = {
        JSON_OPT_INT("poll_sleep_s", tenant.poll_sleep_s, 0, POLL_SLEEP_MAX_S),
        JSON_OPT_BOOL("gateway_on", tenant.gateway_on),
        JSON_OPT_BOOL("target_token_on", tenant.target_token_on),
        JSON_OPT_BOOL("certificate_on", tenant.certificate_on),
        JSON_OPT_TEXT("certificate_issuer", tenant.certificate_issuer, 0, 512),
        JSON_OPT_BOOL("approval_on", tenant.approval_on),
        JSON_OPT_BOOL("confirmation_on", tenant.confirmation_on),
        JSON_OPT_BOOL("four_eyes_on", tenant.four_eyes_on),
        JSON_OPT_INT("at_once", tenant.at_once, 0, 10000000),
        JSON_OPT_INT("bytes_hour", tenant.bytes_hour, 0, INT64_MAX),
        JSON_OPT_ANY("window", window),
    };
    if (!json_read(body, fields, COUNT(fields), err) || !window_read(call->arena, window, &hours, err))
        return false;
#define GIVEN(member) (json_member(body, #member) ? &tenant.member : NULL)
    patch = (struct tenant_patch){
        .poll_sleep_s = GIVEN(poll_sleep_s),
        .at_once = GIVEN(at_once),
        .bytes_hour = GIVEN(bytes_hour),
        .gateway_on = GIVEN(gateway_on),
        .target_token_on = GIVEN(target_token_on),
        .certificate_on = GIVEN(certificate_on),
        .approval_on = GIVEN(approval_on),
        .confirmation_on = GIVEN(confirmation_on),
        .four_eyes_on = GIVEN(four_eyes_on),
        .window = json_member(body, "window") ? &hours : NULL,
        .certificate_issuer = json_member(body, "certificate_issuer") ? tenant.certificate_issuer : NULL,
    };
#undef GIVEN
    return tenant_change(call->app->world, &call->who, call->arena, &patch, call->now_ms, &tenant, err) &&
           show_tenant(call, &tenant);
}

/* POST /api/v1/tenant/gateway-token */
bool op_gateway_token_make(struct call *call, struct err *err)
{
    struct json_out j = api_answer(call);
    const char *token;

    if (!tenant_gateway_token(call->app->world, &call->who, call->arena, call->now_ms, &token, err))
        return false;
    json_open(&j, NULL);
    json_text(&j, "token", token);
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}
