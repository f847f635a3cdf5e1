#include "api/handlers.h"

#include "domain/family.h"

static void show_key(struct json_out *j, const struct engineer_key *key)
{
    json_open(j, NULL);
    json_text(j, "keyid", key->keyid);
    json_text(j, "name", key->name);
    json_text(j, "public", key->public_hex);
    json_time_if(j, "registered", key->registered_ms);
    json_time_if(j, "revoked", key->revoked_ms);
    json_close(j);
}

static void show_family(struct json_out *j, const struct family_view *view)
{
    json_open(j, NULL);
    json_text(j, "name", view->family.name);
    json_int(j, "threshold", view->family.threshold);
    json_raw(j, "models", span_of(view->family.models));
    json_open_list(j, "keys");
    for (size_t i = 0; i < view->key_count; i++)
        show_key(j, &view->keys[i]);
    json_close(j);
    json_time_if(j, "created", view->family.created_ms);
    json_close(j);
}

static bool answer(struct call *call, const struct family_view *view, int status)
{
    struct json_out j = api_answer(call);

    show_family(&j, view);
    api_done(call, &j, status);
    return true;
}

/* GET /api/v1/families */
bool op_family_list(struct call *call, struct err *err)
{
    struct json_out j = api_answer(call);
    struct family_view *views;
    int64_t after, limit;
    size_t count;

    if (!api_page(call, &after, &limit, err) ||
        !family_list(call->app->world, &call->who, call->arena, after, limit, &views, &count, err))
        return false;
    json_open(&j, NULL);
    json_open_list(&j, "items");
    for (size_t i = 0; i < count; i++)
        show_family(&j, &views[i]);
    json_close(&j);
    api_next(&j, call, count, limit, count ? views[count - 1].family.id : 0);
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}

/* GET /api/v1/families/{family} */
bool op_family_get(struct call *call, struct err *err)
{
    struct family_view view;

    return family_get(call->app->world, &call->who, call->arena, call->arg[0], &view, err) &&
           answer(call, &view, 200);
}

/* POST /api/v1/families */
bool op_family_make(struct call *call, struct err *err)
{
    const struct json *body, *models = NULL;
    struct family_view view;
    const char *name;
    int64_t threshold;
    const struct json_field fields[] = {
        JSON_TEXT("name", name, 1, FAMILY_NAME_CHARS),
        JSON_INT("threshold", threshold, 1, TUF_KEYS_MAX),
        JSON_OPT_LIST_OF("models", models, FAMILY_MODELS_MAX),
    };

    return api_body(call, &body, err) && json_read(body, fields, COUNT(fields), err) &&
           family_make(call->app->world, &call->who, call->arena, name, threshold, models, call->now_ms,
                       &view, err) &&
           answer(call, &view, 201);
}

/* POST /api/v1/families/{family}/keys */
bool op_family_key_add(struct call *call, struct err *err)
{
    const char *name, *public_hex;
    const struct json *body;
    struct family_view view;
    const struct json_field fields[] = {
        JSON_TEXT("name", name, 1, 64),
        JSON_TEXT("public", public_hex, 64, 64),
    };

    return api_body(call, &body, err) && json_read(body, fields, COUNT(fields), err) &&
           family_key_add(call->app->world, &call->who, call->arena, call->arg[0], name, public_hex,
                          call->now_ms, &view, err) &&
           answer(call, &view, 201);
}

/* DELETE /api/v1/families/{family}/keys/{keyid} */
bool op_family_key_revoke(struct call *call, struct err *err)
{
    if (!family_key_revoke(call->app->world, &call->who, call->arena, call->arg[0], call->arg[1],
                           call->now_ms, err))
        return false;
    call->reply->status = 204;
    return true;
}
