#include "api/blob_reply.h"
#include "api/ddi.h"
#include "api/ddi_show.h"
#include "api/handlers.h"
#include "base/text.h"
#include "domain/artifact.h"

static bool find(struct call *call, const struct device **device, struct module *module,
                 struct release *release, struct err *err)
{
    int64_t id;

    return ddi_device(call, device, err) && ddi_number(call, "module", &id, err) &&
           artifact_find(call->app->world, call->arena, *device, id, module, release, err);
}

bool ddi_artifact_list(struct call *call, struct err *err)
{
    const struct device *device;
    struct module module;
    struct release release;

    if (!find(call, &device, &module, &release, err))
        return false;
    struct json_out j = api_answer(call);

    json_open_list(&j, NULL);
    ddi_show_artifact(call, &j, device, &release, &module);
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}

/* As md5sum -c reads it. */
static bool md5sum_reply(struct call *call, const struct module *module)
{
    struct reply *reply = call->reply;

    reply->body = span_of(arena_printf(call->arena, "%s  %s", module->md5, module->filename));
    reply->content_type = "text/plain";
    reply_header(reply, "Content-Disposition",
                 arena_printf(call->arena, "attachment;filename=%s.MD5SUM", module->filename));
    reply_header(reply, "X-Content-Type-Options", "nosniff");
    return true;
}

bool ddi_artifact_get(struct call *call, struct err *err)
{
    const char *file = call->arg[3];
    const struct device *device;
    struct module module;
    struct release release;

    if (!find(call, &device, &module, &release, err))
        return false;
    if (text_equal(file, module.filename))
        return blob_reply(call, module.sha256, module.filename, err);
    if (text_equal(file, arena_printf(call->arena, "%s.MD5SUM", module.filename)))
        return md5sum_reply(call, &module);
    return FAIL(err, ERR_NOT_FOUND, "module %s has no file %s", call->arg[2], file);
}
