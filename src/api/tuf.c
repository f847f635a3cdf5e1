#include "api/handlers.h"

#include "api/blob_reply.h"
#include "api/ddi.h"
#include "base/hash.h"
#include "base/text.h"
#include "domain/director.h"
#include "domain/repository.h"

#define FOR_EVER "public, max-age=31536000, immutable"

/* A miss must never be cached: the next root would stay unseen. */
static bool miss(struct call *call, bool is_found)
{
    if (!is_found)
        reply_header(call->reply, "Cache-Control", "no-store");
    return is_found;
}

static void answer(struct call *call, struct span bytes, int64_t created_ms, const char *cache)
{
    char *sha256 = arena_take(call->arena, HASH_HEX_MAX);

    hash_hex_of(HASH_SHA256, bytes, sha256);
    call->reply->body = bytes;
    call->reply->content_type = "application/json";
    call->reply->etag = arena_printf(call->arena, "\"%s\"", sha256);
    call->reply->modified_ms = created_ms;
    reply_header(call->reply, "Cache-Control", cache);
    reply_header(call->reply, "X-Content-Type-Options", "nosniff");
}

/* GET /{tenant}/tuf/image/metadata/{file} */
bool tuf_metadata_get(struct call *call, struct err *err)
{
    const char *file = call->arg[1];
    struct span bytes;
    int64_t created_ms;

    if (!miss(call,
              repository_file(call->app->world, call->arena, call->arg[0], file, &bytes, &created_ms, err)))
        return false;
    answer(call, bytes, created_ms, text_equal(file, "timestamp.json") ? "no-store" : FOR_EVER);
    return true;
}

/* GET /{tenant}/tuf/director/{id}/metadata/{file}: for this device and nobody's cache but its own. */
bool tuf_director_get(struct call *call, struct err *err)
{
    const struct device *device;
    struct director_file file;

    if (!miss(call, ddi_device(call, &device, err) &&
                        director_file(call->app->world, call->arena, call->who.tenant, device, call->arg[2],
                                      api_may_write(call), call->now_ms, &file, err)))
        return false;
    if (file.needs_writer)
        return api_defer(call);
    answer(call, file.bytes, file.created_ms,
           text_equal(call->arg[2], "timestamp.json") ? "no-store" : "private, max-age=86400, immutable");
    return true;
}

/* GET /{tenant}/tuf/image/targets/{family}/{version}/{file} */
bool tuf_target_get(struct call *call, struct err *err)
{
    const char *const path[3] = {call->arg[1], call->arg[2], call->arg[3]};
    struct module module;

    if (!miss(call, repository_target(call->app->world, call->arena, call->arg[0], path, &module, err) &&
                        blob_reply(call, module.sha256, module.filename, err)))
        return false;
    reply_header(call->reply, "Cache-Control", FOR_EVER);
    return true;
}
