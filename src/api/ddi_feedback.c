#include "api/ddi.h"
#include "api/feedback_read.h"
#include "api/handlers.h"

bool ddi_deployment_feedback(struct call *call, struct err *err)
{
    const struct device *device;
    struct report report;
    int64_t id;

    return ddi_device(call, &device, err) && ddi_number(call, "action", &id, err) &&
           ddi_body_type(call, err) && feedback_read(call->arena, call->req->body, &report, err) &&
           report_take(call->app->world, call->arena, device, id, &report, call->now_ms, err);
}
