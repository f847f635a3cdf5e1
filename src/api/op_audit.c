#include "api/handlers.h"

#include "domain/audit.h"

static void show_audit(struct json_out *j, const struct audit *audit)
{
    json_open(j, NULL);
    json_int(j, "id", audit->id);
    json_time_if(j, "at", audit->at_ms);
    json_text(j, "who", audit->who);
    json_text(j, "role", audit->role);
    json_text(j, "what", audit->what);
    json_text(j, "object", audit->object);
    json_text_if(j, "detail", audit->detail);
    json_text_if(j, "source", audit->source);
    json_text_if(j, "request", audit->request_id);
    json_close(j);
}

/* GET /api/v1/audit */
bool op_audit_list(struct call *call, struct err *err)
{
    struct json_out j = api_answer(call);
    int64_t before, limit;
    struct audit *audits;
    size_t count;

    if (!api_page(call, &before, &limit, err) ||
        !audit_list(call->app->world, &call->who, call->arena, before, limit, &audits, &count, err))
        return false;
    json_open(&j, NULL);
    json_open_list(&j, "items");
    for (size_t i = 0; i < count; i++)
        show_audit(&j, &audits[i]);
    json_close(&j);
    api_next(&j, call, count, limit, count ? audits[count - 1].id : 0);
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}
