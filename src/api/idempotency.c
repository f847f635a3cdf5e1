#include "api/idempotency.h"

#include "api/handlers.h"
#include "base/hash.h"
#include "base/text.h"
#include "domain/answer.h"

#define SECRET_BODY "" /* what is kept instead of an answer that holds a secret */

/* Doors whose answer holds a secret: it is shown once, and rests nowhere but as a digest. */
static handler *const secret_doors[] = {
    op_operator_make, op_gateway_token_make, op_device_make, op_device_token, op_claim_make,
};

static bool is_secret(const struct call *call)
{
    for (size_t i = 0; i < COUNT(secret_doors); i++)
        if (call->route->run == secret_doors[i])
            return true;
    return false;
}

static const char *key_of(const struct call *call)
{
    return http_header(call->req, "Idempotency-Key");
}

/* What makes two requests the same. */
static void request_digest(const struct call *call, char out[HASH_HEX_MAX])
{
    AUTO(hash_freep) struct hash *hash = hash_new(HASH_SHA256);

    hash_add(hash, span_of(call->req->method));
    hash_add(hash, span_of(" "));
    hash_add(hash, span_of(call->req->path));
    hash_add(hash, span_of("\n"));
    hash_add(hash, call->req->body);
    hash_hex(hash, out);
}

bool idempotency_find(struct call *call, bool *is_answered, struct err *err)
{
    struct answer_kept kept;
    char digest[HASH_HEX_MAX];
    bool is_known;

    request_digest(call, digest);
    if (!answer_find(call->app->world, &call->who, call->arena, key_of(call), digest, call->now_ms, &is_known,
                     &kept, err))
        return false;
    if (is_known && is_secret(call) && kept.status < 300)
        return FAIL(err, ERR_CONFLICT, "this was done before; its answer held a secret, which is not kept");
    *is_answered = is_known;
    if (!is_known)
        return true;
    call->reply->status = kept.status;
    call->reply->body = span_of(kept.body);
    if (!text_blank(kept.body))
        call->reply->content_type = kept.status >= 400 ? "application/problem+json" : "application/json";
    reply_header(call->reply, "Idempotency-Replayed", "true");
    reply_header(call->reply, "Cache-Control", "no-store");
    return true;
}

bool idempotency_keep(struct call *call, struct err *err)
{
    int status = call->reply->status ? call->reply->status : 200;
    struct answer_kept kept = {status, SECRET_BODY};

    if (status >= 500 || status == err_status(ERR_LOCKED) || status == err_status(ERR_TOO_MANY))
        return answer_forget(call->app->world, &call->who, key_of(call), err);
    if (!is_secret(call) || status >= 300)
        kept.body = arena_text(call->arena, call->reply->body);
    return answer_keep(call->app->world, &call->who, key_of(call), &kept, err);
}
