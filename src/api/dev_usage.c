/* What a device tells of its days: counts by an allow-list, and nothing about what was printed. */
#include "api/ddi.h"
#include "api/handlers.h"
#include "base/text.h"
#include "domain/usage.h"

#define DAY_MS (24 * 3600 * 1000LL)

static bool read_hours(const struct json *list, struct usage_day *out, struct err *err)
{
    out->has_hours = list != NULL;
    if (list && json_count(list) != USAGE_HOURS)
        return FAIL(err, ERR_INVALID, "hours: %d counts of pages, from 00:00 on", USAGE_HOURS);
    for (size_t i = 0; list && i < USAGE_HOURS; i++)
        if (!json_integer(json_item(list, i), &out->hours[i]) || out->hours[i] < 0 ||
            out->hours[i] > USAGE_PAGES_MAX)
            return FAIL(err, ERR_INVALID, "hours: each is a number of pages from 0 to %d", USAGE_PAGES_MAX);
    return true;
}

static bool read_day(struct call *call, const struct json *object, struct usage_day *out, struct err *err)
{
    const struct json *hours = NULL;
    const char *date;
    int64_t at_ms;
    const struct json_field fields[] = {
        JSON_TEXT("date", date, 10, 10), JSON_INT("pages", out->pages, 0, USAGE_PAGES_MAX),
        JSON_INT("faults", out->faults, 0, USAGE_FAULTS_MAX), JSON_OPT_LIST_OF("hours", hours, USAGE_HOURS)};

    if (!json_read(object, fields, COUNT(fields), err) || !read_hours(hours, out, err))
        return err_within(err, "days");
    if (!text_time_parse(arena_printf(call->arena, "%sT00:00:00Z", date), &at_ms))
        return FAIL(err, ERR_INVALID, "days: a date is written as 2026-11-26");
    out->day = at_ms / DAY_MS;
    return true;
}

/* PUT .../usage */
bool dev_usage_put(struct call *call, struct err *err)
{
    struct usage_day days[USAGE_DAYS_MAX];
    const struct device *device;
    const struct json *body, *list;
    size_t count;
    const struct json_field fields[] = {JSON_LIST_OF("days", list, USAGE_DAYS_MAX)};

    if (!ddi_device(call, &device, err) || !ddi_body_type(call, err) ||
        !json_parse(call->arena, call->req->body, &body, err) || !json_read(body, fields, COUNT(fields), err))
        return false;
    count = json_count(list);
    for (size_t i = 0; i < count; i++)
        if (!read_day(call, json_item(list, i), &days[i], err))
            return false;
    if (!usage_take(call->app->world, call->arena, device, days, count, call->now_ms, err))
        return false;
    call->reply->status = 204;
    return true;
}
