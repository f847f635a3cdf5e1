#include "api/ddi.h"
#include "api/ddi_show.h"
#include "api/handlers.h"
#include "domain/checkin.h"

bool ddi_root_get(struct call *call, struct err *err)
{
    const struct device *device;
    struct checkin checkin;

    if (!ddi_device_or_new(call, &device, err) ||
        !checkin_ask(call->app->world, call->arena, device, api_may_write(call), call->now_ms, &checkin, err))
        return false;
    if (checkin.needs_writer)
        return api_defer(call);
    struct json_out j = api_answer(call);

    ddi_show_checkin(call, &j, &checkin);
    api_done(call, &j, 200);
    return true;
}
