/* A device's word about itself, signed. */
#include "api/ddi.h"
#include "api/handlers.h"
#include "domain/device_report.h"

/* PUT .../report */
bool dev_report_put(struct call *call, struct err *err)
{
    const struct device *device;

    if (!ddi_device(call, &device, err) || !ddi_body_type(call, err) ||
        !device_report_take(call->app->world, call->arena, device, call->who.tenant, call->req->body,
                            call->now_ms, err))
        return false;
    call->reply->status = 204;
    return true;
}
