#include "api/handlers.h"

#include "api/blob_reply.h"
#include "api/show_release.h"
#include "base/hash.h"
#include "base/text.h"

#define COUNTER_MAX ((int64_t)1 << 52)
#define MODELS_MAX 64

static bool answer(struct call *call, const struct release_view *view, int status)
{
    struct json_out j = api_answer(call);

    show_release(&j, call->arena, view);
    api_done(call, &j, status);
    return true;
}

static bool release_arg(const struct call *call, int64_t *id, struct err *err)
{
    return text_int(call->arg[0], "release", 1, INT64_MAX, id, err) ||
           FAIL(err, ERR_NOT_FOUND, "no release %s", call->arg[0]);
}

/* GET /api/v1/releases?family=&state= */
bool op_release_list(struct call *call, struct err *err)
{
    struct json_out j = api_answer(call);
    struct release_filter filter = {.family = http_query(call->req, "family"),
                                    .state = http_query(call->req, "state")};
    struct release_view *views;
    enum release_state state;
    size_t count;

    if (!api_page(call, &filter.before, &filter.limit, err))
        return false;
    if (!text_blank(filter.state) && !release_state_parse(filter.state, &state))
        return FAIL(err, ERR_INVALID, "state is staged, published or withdrawn");
    if (!release_list(call->app->world, &call->who, call->arena, &filter, &views, &count, err))
        return false;
    json_open(&j, NULL);
    json_open_list(&j, "items");
    for (size_t i = 0; i < count; i++)
        show_release(&j, call->arena, &views[i]);
    json_close(&j);
    api_next(&j, call, count, filter.limit, count ? views[count - 1].release.id : 0);
    json_close(&j);
    api_done(call, &j, 200);
    return true;
}

/* POST /api/v1/releases */
bool op_release_make(struct call *call, struct err *err)
{
    struct release_wish wish = {.counter = 1};
    const struct json *body;
    const char *kind = "feature";
    struct release_view view;
    bool is_new;
    const struct json_field fields[] = {
        JSON_TEXT("upload", wish.upload, 1, 64),
        JSON_OPT_TEXT("family", wish.family, 1, 64),
        JSON_OPT_TEXT("version", wish.version, 1, 64),
        JSON_OPT_TEXT("component", wish.component, 1, 32),
        JSON_OPT_TEXT("filename", wish.filename, 1, 128),
        JSON_OPT_LIST_OF("models", wish.models, MODELS_MAX),
        JSON_OPT_INT("counter", wish.counter, 1, COUNTER_MAX),
        JSON_OPT_INT("minutes", wish.minutes, 0, 24 * 60),
        JSON_OPT_TEXT("kind", kind, 1, 16),
    };

    if (!api_body(call, &body, err) || !json_read(body, fields, COUNT(fields), err))
        return false;
    wish.is_security = text_equal(kind, "security");
    if (!wish.is_security && !text_equal(kind, "feature"))
        return FAIL(err, ERR_INVALID, "kind is feature or security");
    return release_make(call->app->world, &call->who, call->arena, &wish, call->now_ms, &view, &is_new,
                        err) &&
           answer(call, &view, is_new ? 201 : 200);
}

/* GET /api/v1/releases/{release} */
bool op_release_get(struct call *call, struct err *err)
{
    struct release_view view;
    int64_t id;

    return release_arg(call, &id, err) &&
           release_get(call->app->world, &call->who, call->arena, id, &view, err) && answer(call, &view, 200);
}

/* GET /api/v1/releases/{release}/to-sign */
bool op_release_to_sign(struct call *call, struct err *err)
{
    char *sha256 = arena_take(call->arena, HASH_HEX_MAX);
    struct span bytes;
    int64_t id;

    if (!release_arg(call, &id, err) ||
        !release_to_sign(call->app->world, &call->who, call->arena, id, &bytes, err))
        return false;
    hash_hex_of(HASH_SHA256, bytes, sha256);
    call->reply->body = bytes;
    call->reply->content_type = "application/octet-stream";
    reply_header(call->reply, "X-Release-Digest", sha256);
    reply_header(call->reply, "Cache-Control", "no-store");
    return true;
}

/* GET /api/v1/releases/{release}/sbom */
bool op_release_sbom(struct call *call, struct err *err)
{
    const char *sha256;
    int64_t id;

    if (!release_arg(call, &id, err) ||
        !release_sbom(call->app->world, &call->who, call->arena, id, &sha256, err) ||
        !blob_reply(call, sha256, "sbom.cdx.json", err))
        return false;
    call->reply->content_type = "application/vnd.cyclonedx+json";
    return true;
}

/* POST /api/v1/releases/{release}/signatures */
bool op_release_sign(struct call *call, struct err *err)
{
    const char *keyid, *sig;
    const struct json *body;
    struct release_view view;
    int64_t id;
    const struct json_field fields[] = {
        JSON_TEXT("keyid", keyid, 64, 64),
        JSON_TEXT("sig", sig, 128, 128),
    };

    if (!release_arg(call, &id, err) || !api_body(call, &body, err) ||
        !json_read(body, fields, COUNT(fields), err))
        return false;
    if (!text_is_hex(keyid, 64) || !text_is_hex(sig, 128))
        return FAIL(err, ERR_INVALID, "keyid and sig are lower-case hex digits");
    return release_sign(call->app->world, &call->who, call->arena, id, keyid, sig, call->now_ms, &view,
                        err) &&
           answer(call, &view, 200);
}

/* POST /api/v1/releases/{release}/publish */
bool op_release_publish(struct call *call, struct err *err)
{
    struct release_view view;
    int64_t id;

    return release_arg(call, &id, err) &&
           release_publish(call->app->world, &call->who, call->arena, id, call->now_ms, &view, err) &&
           answer(call, &view, 200);
}

/* POST /api/v1/releases/{release}/withdraw */
bool op_release_withdraw(struct call *call, struct err *err)
{
    struct release_view view;
    int64_t id;

    return release_arg(call, &id, err) &&
           release_withdraw(call->app->world, &call->who, call->arena, id, call->now_ms, &view, err) &&
           answer(call, &view, 200);
}
