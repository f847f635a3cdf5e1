#include <inttypes.h>

#include "api/ddi.h"
#include "api/feedback_read.h"
#include "api/handlers.h"
#include "domain/deployment.h"

bool ddi_cancel_get(struct call *call, struct err *err)
{
    const struct device *device;
    const char *text;
    int64_t id;

    if (!ddi_device(call, &device, err) || !ddi_number(call, "action", &id, err) ||
        !deployment_canceling(call->app->world, call->arena, device, id, err))
        return false;
    struct json_out j = api_answer(call);

    text = arena_printf(call->arena, "%" PRId64, id);
    json_open(&j, NULL);
    json_text(&j, "id", text);
    json_open(&j, "cancelAction");
    json_text(&j, "stopId", text);
    json_close(&j);
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}

bool ddi_cancel_feedback(struct call *call, struct err *err)
{
    const struct device *device;
    struct report report;
    int64_t id;

    return ddi_device(call, &device, err) && ddi_number(call, "action", &id, err) &&
           ddi_body_type(call, err) && feedback_read(call->arena, call->req->body, &report, err) &&
           report_cancel(call->app->world, call->arena, device, id, &report, call->now_ms, err);
}
