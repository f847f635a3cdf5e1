#include "api/ddi.h"
#include "api/ddi_show.h"
#include "api/handlers.h"
#include "base/text.h"
#include "domain/checkin.h"
#include "http/prefer.h"

/* Seconds this poll may be kept open, as it prefers and the settings allow. 0: it is answered now. */
static int64_t wait_of(const struct call *call)
{
    int64_t most_s = call->app->world->settings->long_poll_max_s, wanted_s;

    if (most_s == 0 || !text_equal(call->req->method, "GET"))
        return 0;
    wanted_s = prefer_wait_s(call->req);
    return wanted_s < most_s ? wanted_s : most_s;
}

/* The answer says that the wait was honoured when it is over: there is news, or it was woken. */
static void keep_open(struct call *call, const struct checkin *checkin)
{
    bool has_news = checkin->kind != CHECKIN_NOTHING || checkin->wants_attributes || checkin->wants_backup;
    const struct req *req = call->req;
    int64_t wait_s = wait_of(call);

    if (wait_s == 0)
        return;
    if (has_news || req->is_woken)
        reply_header(call->reply, "Preference-Applied",
                     arena_printf(call->arena, "wait=%lld", (long long)wait_s));
    if (has_news)
        return;
    call->reply->wait_ms = req->is_woken ? req->wait_left_ms : wait_s * 1000;
    call->reply->wait_key = (uint64_t)checkin->device->id;
    call->reply->wait_group = (uint64_t)checkin->device->tenant_id;
}

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
    keep_open(call, &checkin);
    return true;
}
