#include "api/handlers.h"

#include "base/text.h"
#include "domain/enrol.h"

/* POST /{tenant}/controller/v1/{id}/enrol */
bool dev_enrol(struct call *call, struct err *err)
{
    struct enrolment wish = {
        .controller_id = call->arg[1], .family = "", .model = "", .serial = "", .report_key = ""};
    const char *recipient = "";
    const struct json *body;
    struct enrolled done;
    struct json_out j = api_answer(call);
    const struct json_field fields[] = {
        JSON_TEXT("claim", wish.claim, 8, 64),
        JSON_OPT_TEXT("family", wish.family, 0, 64),
        JSON_OPT_TEXT("model", wish.model, 0, 64),
        JSON_OPT_TEXT("serial", wish.serial, 0, 64),
        JSON_OPT_TEXT("report_key", wish.report_key, 64, 64),
        JSON_OPT_TEXT("recipient", recipient, 0, 128), /* its age recipient: for backups, which come later */
    };

    if (!api_body(call, &body, err) || !json_read(body, fields, COUNT(fields), err) ||
        !enrol(call->app->world, call->arena, &call->who, call->arg[0], &wish, call->now_ms, &done, err))
        return false;
    json_open(&j, NULL);
    json_text(&j, "controllerId", done.device.controller_id);
    json_text(&j, "tenant", done.tenant);
    json_text(&j, "token", done.token);
    json_text(&j, "poll_url",
              arena_printf(call->arena, "%s/%s/controller/v1/%s", api_base_url(call), done.tenant,
                           text_escape(call->arena, done.device.controller_id)));
    json_raw(&j, "root", done.root);
    if (done.director_root.size)
        json_raw(&j, "director_root", done.director_root);
    json_text(&j, "state", device_state_name[done.device.state]);
    json_close(&j);
    api_done(call, &j, 201);
    return true;
}
