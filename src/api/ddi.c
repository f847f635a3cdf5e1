#include "api/ddi.h"

#include "base/text.h"
#include "domain/device.h"
#include "domain/seen.h"

/* Clients that tell who they are, and would misread the plain answer. A quirk set for the device wins. */
static const struct {
    const char *agent;
    enum device_quirk quirk;
} shown[] = {
    {"libcurl-agent/", QUIRK_SURICATTA},
    {"rauc-hawkbit-updater/", QUIRK_RAUC},
};

static enum device_quirk quirk_shown(const struct call *call)
{
    const char *agent = http_header(call->req, "User-Agent");

    for (size_t i = 0; agent && i < COUNT(shown); i++)
        if (text_starts(agent, shown[i].agent))
            return shown[i].quirk;
    return QUIRK_NONE;
}

bool ddi_device(struct call *call, const struct device **out, struct err *err)
{
    struct device *device = ARENA_NEW(call->arena, struct device);

    if (call->who.device)
        seen_note(call->app->world->seen, call->who.device->id, call->now_ms, call->who.source);
    else
        return FAIL(err, ERR_NOT_FOUND, "%s is not known", call->who.name);
    *device = *call->who.device;
    if (device->quirk == QUIRK_NONE)
        device->quirk = quirk_shown(call);
    *out = device;
    return true;
}

bool ddi_device_or_new(struct call *call, const struct device **out, struct err *err)
{
    if (!call->who.device && !api_may_write(call))
        return api_defer(call);
    if (!call->who.device && !device_meet(call->app->world, call->arena, &call->who, call->now_ms, err))
        return false;
    return ddi_device(call, out, err);
}

bool ddi_number(struct call *call, const char *what, int64_t *out, struct err *err)
{
    return text_int(call->arg[2], what, 1, INT32_MAX, out, err);
}

bool ddi_body_type(const struct call *call, struct err *err)
{
    const char *type = http_header(call->req, "Content-Type");
    size_t size = strlen("application/json");

    if (text_blank(type) || call->req->body.size == 0 ||
        (strncasecmp(type, "application/json", size) == 0 && (!type[size] || strchr("; \t", type[size]))))
        return true;
    return FAIL(err, ERR_MEDIA_TYPE, "send the body as application/json");
}
