#include <inttypes.h>

#include "api/ddi.h"
#include "api/ddi_show.h"
#include "api/feedback_read.h"
#include "api/handlers.h"
#include "domain/confirm.h"

static void show_auto(struct json_out *j, const struct device *device)
{
    json_open(j, "autoConfirm");
    json_bool(j, "active", device->auto_confirm_ms != 0);
    json_text_if(j, "initiator", device->auto_confirm_who);
    json_text_if(j, "remark", device->auto_confirm_remark);
    json_int(j, "activatedAt", device->auto_confirm_ms);
    json_close(j);
}

bool ddi_confirm_base(struct call *call, struct err *err)
{
    const struct device *device;
    int64_t id;
    int32_t c;

    if (!ddi_device(call, &device, err) ||
        !confirm_waiting(call->app->world, call->arena, device, call->now_ms, &id, &c, err))
        return false;
    const char *door = device->auto_confirm_ms ? "deactivateAutoConfirm" : "activateAutoConfirm";
    const char *base = arena_printf(call->arena, "%s/confirmationBase", ddi_link(call));
    struct json_out j = api_answer(call);

    json_open(&j, NULL);
    show_auto(&j, device);
    json_open(&j, "_links");
    ddi_show_href(&j, door, arena_printf(call->arena, "%s/%s", base, door));
    if (id)
        ddi_show_href(&j, "confirmationBase",
                      arena_printf(call->arena, "%s/%" PRId64 "?c=%" PRId32, base, id, c));
    json_close(&j);
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}

bool ddi_confirm_feedback(struct call *call, struct err *err)
{
    const struct device *device;
    struct confirmation said;
    int64_t id;

    return ddi_device(call, &device, err) && ddi_number(call, "action", &id, err) &&
           ddi_body_type(call, err) && feedback_read_confirmation(call->arena, call->req->body, &said, err) &&
           confirm_take(call->app->world, &call->who, call->arena, device, id, &said, call->now_ms, err);
}

bool ddi_confirm_auto_on(struct call *call, struct err *err)
{
    const char *initiator = "", *remark = "";
    const struct json_field fields[] = {JSON_OPT_TEXT("initiator", initiator, 0, 128),
                                        JSON_OPT_TEXT("remark", remark, 0, 512)};
    const struct device *device;
    const struct json *body;
    struct span text = call->req->body.size ? call->req->body : span_of("{}");

    return ddi_device(call, &device, err) && ddi_body_type(call, err) &&
           json_parse(call->arena, text, &body, err) && json_read_lenient(body, fields, COUNT(fields), err) &&
           confirm_auto_on(call->app->world, &call->who, call->arena, device, initiator, remark, call->now_ms,
                           err);
}

bool ddi_confirm_auto_off(struct call *call, struct err *err)
{
    const struct device *device;

    return ddi_device(call, &device, err) &&
           confirm_auto_off(call->app->world, &call->who, device, call->now_ms, err);
}
