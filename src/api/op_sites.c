#include "api/handlers.h"

#include "api/show.h"
#include "base/text.h"
#include "domain/site.h"
#include "domain/window_json.h"
#include "model/calendar.h"

static void show_calendars(struct json_out *j, const char *names)
{
    struct span rest = span_of(names), name;

    json_open_list(j, "calendars");
    while (!text_blank(names) && text_split(&rest, ',', &name))
        json_span(j, NULL, name);
    json_close(j);
}

static bool read_calendars(struct arena *arena, const struct json *list, const char **out, struct err *err)
{
    struct buf text = {.arena = arena};

    for (size_t i = 0; i < json_count(list); i++) {
        const char *name = json_string(json_item(list, i));

        if (!text_name(name ? name : "", "calendar name", 64, err))
            return false;
        buf_printf(&text, "%s%s", i ? "," : "", name);
    }
    *out = buf_cstr(&text);
    return true;
}

void show_site(struct json_out *j, const struct site *site)
{
    struct window hours = site->window;

    hours.zone = "";
    json_open(j, NULL);
    json_text(j, "name", site->name);
    json_text(j, "customer", site->customer);
    json_text(j, "zone", site->window.zone);
    window_write(j, "window", &hours);
    show_calendars(j, site->calendars);
    json_text_if(j, "language", site->language);
    json_close(j);
}

/* GET /api/v1/sites: the cursor is the last name. */
bool op_site_list(struct call *call, struct err *err)
{
    struct json_out j = api_answer(call);
    const char *after = http_query(call->req, "cursor");
    const char *wanted = http_query(call->req, "limit");
    int64_t limit = 50;
    struct site *sites;
    size_t count;

    if ((wanted && !text_int(wanted, "limit", 1, 500, &limit, err)) ||
        !site_list(call->app->world, call->arena, call->who.tenant_id, after ? after : "", limit, &sites,
                   &count, err))
        return false;
    json_open(&j, NULL);
    json_open_list(&j, "items");
    for (size_t i = 0; i < count; i++)
        show_site(&j, &sites[i]);
    json_close(&j);
    json_text(&j, "next", (int64_t)count == limit ? sites[count - 1].name : NULL);
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}

static bool answer(struct call *call, const char *name, struct err *err)
{
    struct json_out j = api_answer(call);
    struct site site;

    if (!site_get(call->app->world, call->arena, call->who.tenant_id, name, &site, err))
        return false;
    show_site(&j, &site);
    api_done(call, &j, 200);
    return true;
}

bool op_site_get(struct call *call, struct err *err)
{
    return answer(call, call->arg[0], err);
}

/* PUT /api/v1/sites/{site} */
bool op_site_put(struct call *call, struct err *err)
{
    struct site site = {
        .tenant_id = call->who.tenant_id, .name = call->arg[0], .customer = "", .language = ""};
    const struct json *body, *window = NULL, *calendars = NULL;
    const char *zone = "UTC";
    const struct json_field fields[] = {
        JSON_OPT_TEXT("customer", site.customer, 0, 64),
        JSON_OPT_TEXT("zone", zone, 1, 64),
        JSON_OPT_TEXT("language", site.language, 0, 35),
        JSON_OPT_ANY("window", window),
        JSON_OPT_LIST_OF("calendars", calendars, SITE_CALENDARS_MAX),
    };

    if (!api_body(call, &body, err) || !json_read(body, fields, COUNT(fields), err) ||
        !window_read(call->arena, window, &site.window, err) ||
        !read_calendars(call->arena, calendars, &site.calendars, err))
        return false;
    if (!text_blank(site.window.zone))
        return FAIL(err, ERR_INVALID, "window: the zone is the site's own member");
    site.window.zone = zone;
    return site_put(call->app->world, &call->who, &site, call->now_ms, err) && answer(call, site.name, err);
}
