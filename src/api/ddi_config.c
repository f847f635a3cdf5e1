#include "api/ddi.h"
#include "api/handlers.h"
#include "base/text.h"
#include "domain/attributes.h"

/* A text, or another scalar as JSON writes it; NULL for null, which takes the attribute away. */
static bool value_read(struct call *call, const struct json *value, const char *name, const char **out,
                       struct err *err)
{
    struct buf b = {.arena = call->arena};
    struct json_out j = {.buf = &b};

    switch (json_kind(value)) {
    case JSON_NULL:
        *out = NULL;
        return true;
    case JSON_STRING:
        *out = json_string(value);
        return *out || FAIL(err, ERR_INVALID, "attribute %.64s holds a NUL character", name);
    case JSON_LIST:
    case JSON_OBJECT:
        return FAIL(err, ERR_INVALID, "attribute %.64s must be a text", name);
    default:
        json_copy(&j, NULL, value);
        *out = buf_cstr(&b);
        return true;
    }
}

static bool mode_read(const struct json *value, enum attribute_mode *out, struct err *err)
{
    *out = ATTRIBUTES_MERGE;
    if (!value || json_kind(value) == JSON_NULL)
        return true;
    for (int i = 0; i < ATTRIBUTE_MODE__MAX; i++)
        if (text_equal(json_string(value), attribute_mode_name[i])) {
            *out = (enum attribute_mode)i;
            return true;
        }
    return FAIL(err, ERR_INVALID, "mode must be merge, replace or remove");
}

/* Stock clients add members of their own ("id", "time", "status"): they are ignored. */
static bool changes_read(struct call *call, const struct json *data, struct attribute_change **out,
                         size_t *count, struct err *err)
{
    struct attribute_change *changes;
    const struct json *value;
    void *at = NULL;
    size_t n = 0;

    if (!data || json_kind(data) != JSON_OBJECT || json_count(data) == 0)
        return FAIL(err, ERR_INVALID, "data must be an object that holds attributes");
    changes = ARENA_MANY(call->arena, struct attribute_change, json_count(data) + 1);
    while ((value = json_next(data, &at, &changes[n].name)) != NULL) {
        if (!value_read(call, value, changes[n].name, &changes[n].value, err))
            return false;
        n++;
    }
    *out = changes;
    *count = n;
    return true;
}

bool ddi_config_put(struct call *call, struct err *err)
{
    const struct device *device;
    const struct json *body;
    enum attribute_mode mode;
    struct attribute_change *changes = NULL;
    size_t count = 0;

    return ddi_device_or_new(call, &device, err) && ddi_body_type(call, err) &&
           json_parse(call->arena, call->req->body, &body, err) &&
           mode_read(json_member(body, "mode"), &mode, err) &&
           changes_read(call, json_member(body, "data"), &changes, &count, err) &&
           attributes_take(call->app->world, call->arena, device, mode, changes, count, call->now_ms, err);
}

bool ddi_installed_put(struct call *call, struct err *err)
{
    const struct device *device;
    const struct json *body;
    const char *name, *version;
    bool is_new;
    const struct json_field fields[] = {JSON_TEXT("name", name, 1, 128),
                                        JSON_TEXT("version", version, 1, 128)};

    if (!ddi_device(call, &device, err) || !ddi_body_type(call, err) ||
        !json_parse(call->arena, call->req->body, &body, err) ||
        !json_read_lenient(body, fields, COUNT(fields), err) ||
        !attributes_installed(call->app->world, call->arena, device, name, version, call->now_ms, &is_new,
                              err))
        return false;
    call->reply->status = is_new ? 201 : 200;
    return true;
}
