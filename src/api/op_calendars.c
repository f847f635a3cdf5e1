#include "api/handlers.h"

#include "base/text.h"
#include "domain/calendar.h"
#include "domain/recurrence.h"

static void show_calendar(struct call *call, struct json_out *j, const struct calendar *c)
{
    json_open(j, NULL);
    json_text(j, "name", c->name);
    json_int(j, "days", c->days);
    json_text(j, "first", date_text(call->arena, c->first_day));
    json_text(j, "last", date_text(call->arena, c->last_day));
    json_text(j, "created_by", c->created_by);
    json_time_if(j, "changed", c->changed_ms);
    json_close(j);
}

/* PUT /api/v1/calendars/{calendar} */
bool op_calendar_put(struct call *call, struct err *err)
{
    const char *type = http_header(call->req, "Content-Type");
    struct json_out j = api_answer(call);
    struct calendar calendar;

    if (!type || !text_starts(type, "text/calendar"))
        return FAIL(err, ERR_MEDIA_TYPE, "send the body as Content-Type: text/calendar");
    if (!calendar_put(call->app->world, call->arena, &call->who, call->arg[0], call->req->body, call->now_ms,
                      &calendar, err))
        return false;
    show_calendar(call, &j, &calendar);
    api_done(call, &j, 200);
    return true;
}

/* GET /api/v1/calendars/{calendar}: the text as it came. */
bool op_calendar_get(struct call *call, struct err *err)
{
    struct calendar calendar;

    if (!calendar_get(call->app->world, call->arena, call->who.tenant_id, call->arg[0], &calendar, err))
        return false;
    call->reply->body = calendar.ics;
    call->reply->content_type = "text/calendar; charset=utf-8";
    return true;
}

/* GET /api/v1/calendars: the cursor is the last name. */
bool op_calendar_list(struct call *call, struct err *err)
{
    struct json_out j = api_answer(call);
    const char *after = http_query(call->req, "cursor"), *wanted = http_query(call->req, "limit");
    struct calendar *calendars;
    int64_t limit = 50;
    size_t count;

    if ((wanted && !text_int(wanted, "limit", 1, 500, &limit, err)) ||
        !calendar_list(call->app->world, call->arena, call->who.tenant_id, after ? after : "", limit,
                       &calendars, &count, err))
        return false;
    json_open(&j, NULL);
    json_open_list(&j, "items");
    for (size_t i = 0; i < count; i++)
        show_calendar(call, &j, &calendars[i]);
    json_close(&j);
    json_text(&j, "next", (int64_t)count == limit ? calendars[count - 1].name : NULL);
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}

/* DELETE /api/v1/calendars/{calendar} */
bool op_calendar_drop(struct call *call, struct err *err)
{
    if (!calendar_drop(call->app->world, call->arena, &call->who, call->arg[0], call->now_ms, err))
        return false;
    call->reply->status = 204;
    return true;
}

/* ---- blackouts ------------------------------------------------------------------------ */

static void show_blackout(struct call *call, struct json_out *j, const struct blackout *b)
{
    json_open(j, NULL);
    json_int(j, "id", b->id);
    json_text(j, "customer", b->customer);
    json_text(j, "from", date_text(call->arena, b->from_day));
    json_text(j, "to", date_text(call->arena, b->to_day));
    json_text(j, "reason", b->reason);
    json_text(j, "created_by", b->created_by);
    json_time_if(j, "created", b->created_ms);
    json_close(j);
}

/* PUT /api/v1/blackouts */
bool op_blackout_put(struct call *call, struct err *err)
{
    struct json_out j = api_answer(call);
    struct blackout wanted = {.customer = ""}, b;
    const char *from, *to;
    const struct json *body;
    const struct json_field fields[] = {
        JSON_OPT_TEXT("customer", wanted.customer, 0, 64),
        JSON_TEXT("from", from, 10, 10),
        JSON_TEXT("to", to, 10, 10),
        JSON_TEXT("reason", wanted.reason, 1, 400),
    };

    if (!api_body(call, &body, err) || !json_read(body, fields, COUNT(fields), err) ||
        !date_read(from, &wanted.from_day, err) || !date_read(to, &wanted.to_day, err) ||
        !blackout_put(call->app->world, call->arena, &call->who, &wanted, call->now_ms, &b, err))
        return false;
    show_blackout(call, &j, &b);
    api_done(call, &j, 200);
    return true;
}

/* GET /api/v1/blackouts */
bool op_blackout_list(struct call *call, struct err *err)
{
    struct json_out j = api_answer(call);
    const char *cursor = http_query(call->req, "cursor"), *wanted = http_query(call->req, "limit");
    int64_t after = 0, limit = 50;
    struct blackout *blackouts;
    size_t count;

    if ((wanted && !text_int(wanted, "limit", 1, 500, &limit, err)) ||
        (!text_blank(cursor) && !text_int(cursor, "cursor", 0, INT64_MAX, &after, err)) ||
        !blackout_list(call->app->world, call->arena, call->who.tenant_id, after, limit, &blackouts, &count,
                       err))
        return false;
    json_open(&j, NULL);
    json_open_list(&j, "items");
    for (size_t i = 0; i < count; i++)
        show_blackout(call, &j, &blackouts[i]);
    json_close(&j);
    api_next(&j, call, count, limit, count ? blackouts[count - 1].id : 0);
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}

/* DELETE /api/v1/blackouts/{blackout} */
bool op_blackout_drop(struct call *call, struct err *err)
{
    int64_t id;

    if (!text_int(call->arg[0], "blackout id", 1, INT64_MAX, &id, err) ||
        !blackout_drop(call->app->world, call->arena, &call->who, id, call->now_ms, err))
        return false;
    call->reply->status = 204;
    return true;
}
