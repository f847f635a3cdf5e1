#include "api/handlers.h"

#include "api/blob_reply.h"
#include "base/hash.h"
#include "base/text.h"
#include "domain/repository.h"

#define FOR_EVER "public, max-age=31536000, immutable"

/* A miss must never be cached: the next root would stay unseen. */
static bool miss(struct call *call, bool is_found)
{
    if (!is_found)
        reply_header(call->reply, "Cache-Control", "no-store");
    return is_found;
}

/* GET /{tenant}/tuf/image/metadata/{file} */
bool tuf_metadata_get(struct call *call, struct err *err)
{
    const char *file = call->arg[1];
    char *sha256 = arena_take(call->arena, HASH_HEX_MAX);
    struct span bytes;
    int64_t created_ms;

    if (!miss(call,
              repository_file(call->app->world, call->arena, call->arg[0], file, &bytes, &created_ms, err)))
        return false;
    hash_hex_of(HASH_SHA256, bytes, sha256);
    call->reply->body = bytes;
    call->reply->content_type = "application/json";
    call->reply->etag = arena_printf(call->arena, "\"%s\"", sha256);
    call->reply->modified_ms = created_ms;
    reply_header(call->reply, "Cache-Control", text_equal(file, "timestamp.json") ? "no-store" : FOR_EVER);
    reply_header(call->reply, "X-Content-Type-Options", "nosniff");
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
