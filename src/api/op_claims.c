#include "api/handlers.h"

#include "domain/enrol.h"

static void show_claim(struct json_out *j, const struct claim *claim, const char *code)
{
    json_open(j, NULL);
    json_text_if(j, "code", code);
    json_time_if(j, "expires", claim->expires_ms);
    json_text_if(j, "controller_id", claim->controller_id);
    json_text_if(j, "site", claim->site);
    json_text_if(j, "created_by", claim->created_by);
    json_time_if(j, "used", claim->used_ms);
    json_text_if(j, "used_by", claim->used_by);
    json_close(j);
}

/* POST /api/v1/claims */
bool op_claim_make(struct call *call, struct err *err)
{
    const char *controller_id = "", *site = "";
    int64_t count = 1, ttl_h = 24;
    const struct json *body;
    struct claim_made *made;
    struct json_out j = api_answer(call);
    const struct json_field fields[] = {
        JSON_OPT_INT("count", count, 1, CLAIMS_AT_ONCE),
        JSON_OPT_TEXT("controller_id", controller_id, 0, CONTROLLER_ID_MAX),
        JSON_OPT_TEXT("site", site, 0, 64),
        JSON_OPT_INT("ttl_h", ttl_h, 1, 720),
    };

    if (!api_body(call, &body, err) || !json_read(body, fields, COUNT(fields), err) ||
        !claim_make(call->app->world, call->arena, &call->who, count, controller_id, site, ttl_h,
                    call->now_ms, &made, err))
        return false;
    json_open(&j, NULL);
    json_open_list(&j, "claims");
    for (int64_t i = 0; i < count; i++)
        show_claim(&j, &made[i].claim, made[i].code);
    json_close(&j);
    json_close(&j);
    api_done(call, &j, 201);
    return true;
}

/* GET /api/v1/claims */
bool op_claim_list(struct call *call, struct err *err)
{
    struct json_out j = api_answer(call);
    int64_t before, limit;
    struct claim *claims;
    size_t count;

    if (!api_page(call, &before, &limit, err) ||
        !claim_list(call->app->world, call->arena, call->who.tenant_id, before, limit, &claims, &count, err))
        return false;
    json_open(&j, NULL);
    json_open_list(&j, "items");
    for (size_t i = 0; i < count; i++)
        show_claim(&j, &claims[i], NULL);
    json_close(&j);
    api_next(&j, call, count, limit, count ? claims[count - 1].id : 0);
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}
