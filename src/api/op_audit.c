#include "api/handlers.h"

#include "domain/audit.h"

static void show_audit(struct json_out *j, const struct audit *audit)
{
    json_open(j, NULL);
    json_int(j, "id", audit->id);
    json_int(j, "no", audit->no);
    json_time_if(j, "at", audit->at_ms);
    json_text(j, "who", audit->who);
    json_text(j, "role", audit->role);
    json_text(j, "what", audit->what);
    json_text(j, "object", audit->object);
    json_text_if(j, "detail", audit->detail);
    json_text_if(j, "source", audit->source);
    json_text_if(j, "request", audit->request_id);
    json_text(j, "digest", audit->digest);
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

/* A line of an export (tools/common/audit_walk.h): every field that the digest is over, as it is. */
static void show_record(struct json_out *j, const struct audit *audit)
{
    json_open(j, NULL);
    json_int(j, "no", audit->no);
    json_int(j, "at_ms", audit->at_ms);
    json_text(j, "who", audit->who);
    json_text(j, "role", audit->role);
    json_text(j, "what", audit->what);
    json_text(j, "object", audit->object);
    json_text(j, "detail", audit->detail);
    json_text(j, "source", audit->source);
    json_text(j, "request", audit->request_id);
    json_text(j, "digest", audit->digest);
    json_close(j);
}

/* GET /api/v1/audit/chain: oldest first, the cursor is a record's number. */
bool op_audit_chain(struct call *call, struct err *err)
{
    struct json_out j = api_answer(call);
    struct audit_page page;
    int64_t after, limit;

    if (!api_page(call, &after, &limit, err) ||
        !audit_chain(call->app->world, &call->who, call->arena, after, limit, &page, err))
        return false;
    json_open(&j, NULL);
    json_text(&j, "tenant", call->who.tenant);
    json_int(&j, "tenant_id", call->who.tenant_id);
    json_open_list(&j, "items");
    for (size_t i = 0; i < page.count; i++)
        show_record(&j, &page.records[i]);
    json_close(&j);
    json_open_list(&j, "checkpoints");
    for (size_t i = 0; i < page.mark_count; i++)
        json_raw(&j, NULL, page.marks[i].envelope);
    json_close(&j);
    api_next(&j, call, page.count, limit, page.count ? page.records[page.count - 1].no : 0);
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}
