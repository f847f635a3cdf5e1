#include "api/ddi.h"
#include "api/ddi_show.h"
#include "api/handlers.h"
#include "base/text.h"

#define HISTORY_MAX 100

/* ?actionHistory=N: 0 none, N the newest N, negative all there may be. */
static bool history_wanted(struct call *call, int64_t *out, struct err *err)
{
    const char *text = http_query(call->req, "actionHistory");
    int64_t wanted = 0;

    if (text && *text == '-') {
        if (!text_int(text + 1, "actionHistory", 0, INT32_MAX, &wanted, err))
            return false;
        wanted = wanted ? HISTORY_MAX : 0;
    } else if (text && !text_int(text, "actionHistory", 0, INT32_MAX, &wanted, err)) {
        return false;
    }
    *out = wanted > HISTORY_MAX ? HISTORY_MAX : wanted;
    return true;
}

static bool show(struct call *call, enum deployment_kind kind, const char *what, struct err *err)
{
    const struct device *device;
    struct deployment deployment;
    int64_t id, history;

    if (!ddi_device(call, &device, err) || !ddi_number(call, "action", &id, err) ||
        !history_wanted(call, &history, err) ||
        !deployment_load(call->app->world, call->arena, device, id, kind, history, api_may_write(call),
                         call->now_ms, &deployment, err))
        return false;
    if (deployment.needs_writer)
        return api_defer(call);
    struct json_out j = api_answer(call);

    ddi_show_deployment(call, &j, device, &deployment, what, history);
    api_done(call, &j, 200);
    return true;
}

bool ddi_deployment_get(struct call *call, struct err *err)
{
    return show(call, DEPLOYMENT_OFFERED, "deployment", err);
}

bool ddi_installed_get(struct call *call, struct err *err)
{
    return show(call, DEPLOYMENT_INSTALLED, "deployment", err);
}

bool ddi_confirm_get(struct call *call, struct err *err)
{
    return show(call, DEPLOYMENT_CONFIRMING, "confirmation", err);
}
