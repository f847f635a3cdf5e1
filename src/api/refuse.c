#include "api/refuse.h"

/* hawkBit's own words, for logs of stock clients. A NULL means: the status and an empty body.
 */
static const char *const ddi_code[ERR__MAX] = {
    [ERR_INVALID] = "hawkbit.server.error.repo.constraintViolation",
    [ERR_FORBIDDEN] = "hawkbit.server.error.insufficientPermission",
    [ERR_NOT_ALLOWED] = "hawkbit.server.error.action.notCancelable",
    [ERR_CONFLICT] = "hawkbit.server.error.repo.concurrentModification",
    [ERR_TOO_LARGE] = "hawkbit.server.error.quota.fileSizeExceeded",
    [ERR_TOO_MANY] = "hawkbit.server.error.quota.tooManyEntries",
    [ERR_LOCKED] = "hawkbit.server.error.locked",
    [ERR_BUSY] = "nightshift.busy",
    [ERR_IO] = "nightshift.internal",
    [ERR_CORRUPT] = "nightshift.internal",
    [ERR_NO_SPACE] = "nightshift.full",
};

static const char *text_for_client(const struct err *err)
{
    return err_status(err->code) >= 500 && err->code != ERR_NO_SPACE ? err_word(err->code) : err->text;
}

static void say_ddi(const struct req *req, const struct err *err, struct reply *reply)
{
    struct buf b = {.arena = req->arena};
    struct json_out j = {.buf = &b};

    if (!ddi_code[err->code])
        return;
    json_open(&j, NULL);
    json_text(&j, "exceptionClass", "nightshift.Refusal");
    json_text(&j, "errorCode", ddi_code[err->code]);
    json_text(&j, "message", text_for_client(err));
    json_close(&j);
    reply->body = buf_span(&b);
    reply->content_type = "application/json";
}

/* RFC 9457. */
static void say_problem(const struct req *req, const struct err *err, struct reply *reply)
{
    struct buf b = {.arena = req->arena};
    struct json_out j = {.buf = &b};

    json_open(&j, NULL);
    json_text(&j, "type", "about:blank");
    json_text(&j, "title", err_word(err->code));
    json_int(&j, "status", err_status(err->code));
    json_text(&j, "detail", text_for_client(err));
    json_text(&j, "code", err_word(err->code));
    json_text_if(&j, "instance", req->id);
    json_close(&j);
    reply->body = buf_span(&b);
    reply->content_type = "application/problem+json";
}

void refuse(const struct req *req, enum face face, const struct err *err, struct reply *reply)
{
    struct reply fresh = {.status = err_status(err->code), .must_close = reply->must_close};

    /* What a handler had said in headers (Tus-Version, Allow, Content-Range) belongs to the refusal too. */
    memcpy(fresh.headers, reply->headers, sizeof(fresh.headers));
    fresh.header_count = reply->header_count;
    if (reply->source.at && reply->source.release)
        reply->source.release(reply->source.owner);
    *reply = fresh;
    if (face == FACE_DDI)
        say_ddi(req, err, reply);
    else if (face != FACE_BYTES)
        say_problem(req, err, reply);
    if (err->code == ERR_UNKNOWN_WHO && face != FACE_DDI && face != FACE_BYTES)
        reply_header(reply, "WWW-Authenticate", "Bearer");
    if (err->code == ERR_BUSY || err->code == ERR_TOO_MANY)
        reply_header(reply, "Retry-After", "5");
    if (face == FACE_OPERATOR || face == FACE_TUS)
        reply_header(reply, "Cache-Control", "no-store");
}
