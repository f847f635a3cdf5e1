#include "api/api.h"

#include <stdio.h>

#include "api/ddi_cbor.h"
#include "api/gate.h"
#include "api/idempotency.h"
#include "api/metrics.h"
#include "api/refuse.h"
#include "base/log.h"
#include "base/text.h"
#include "http/path.h"
#include "http/prefer.h"

#define TRIES 3 /* a handler is run again when the store says ERR_BUSY: it has touched nothing yet */

/* ---- which door ------------------------------------------------------------- */

/* HEAD asks for a GET's head, unless the table has a HEAD of its own. */
static bool method_fits(const struct route *route, const char *method, bool head_is_get)
{
    return text_equal(route->method, method) ||
           (head_is_get && text_equal(method, "HEAD") && text_equal(route->method, "GET"));
}

static const struct route *route_find(struct call *call, const char *method, bool head_is_get,
                                      bool *is_path_known, bool *is_bad)
{
    for (const struct route *route = routes; route->method; route++) {
        if (!path_match(call->arena, route->path, call->req->path, call->arg, is_bad))
            continue;
        *is_path_known = true;
        if (method_fits(route, method, head_is_get))
            return route;
    }
    return NULL;
}

/* RFC 9110: a 405 names what would be possible. */
static void say_allowed(struct call *call)
{
    struct buf b = {.arena = call->arena};
    bool is_bad = false;

    for (const struct route *route = routes; route->method; route++)
        if (path_match(call->arena, route->path, call->req->path, call->arg, &is_bad))
            buf_printf(&b, "%s%s%s", b.size ? ", " : "", route->method,
                       text_equal(route->method, "GET") ? ", HEAD" : "");
    reply_header(call->reply, "Allow", buf_cstr(&b));
}

static bool route_match(struct call *call, struct err *err)
{
    const char *method = call->req->method;
    bool is_path_known = false, is_bad = false;

    call->route = route_find(call, method, false, &is_path_known, &is_bad);
    if (!call->route && text_equal(method, "HEAD"))
        call->route = route_find(call, method, true, &is_path_known, &is_bad);
    if (is_bad)
        return FAIL(err, ERR_INVALID, "a part of this path is not allowed: %s", call->req->path);
    if (call->route)
        return true;
    if (is_path_known) {
        say_allowed(call);
        return FAIL(err, ERR_NOT_ALLOWED, "%s is not possible here", method);
    }
    return FAIL(err, ERR_NOT_FOUND, "no such door: %s", call->req->path);
}

/* What a refusal looks like where no route was found. */
static enum face face_of_path(const char *path)
{
    if (strstr(path, "/controller/v1/"))
        return FACE_DDI;
    if (text_starts(path, "/api/v1/uploads"))
        return FACE_TUS;
    return strstr(path, "/tuf/") ? FACE_BYTES : FACE_OPERATOR;
}

/* tus: a client behind a proxy that knows only POST (X-HTTP-Method-Override). */
static void method_override(struct req *req)
{
    const char *wanted = http_header(req, "X-HTTP-Method-Override");

    if (!wanted || !text_equal(req->method, "POST") ||
        !(text_starts(req->path, "/api/v1/uploads") ||
          (strstr(req->path, "/controller/v1/") && strstr(req->path, "/backups/"))))
        return;
    if (text_equal(wanted, "PATCH") || text_equal(wanted, "DELETE") || text_equal(wanted, "HEAD"))
        req->method = wanted;
}

/* ---- the three calls ----------------------------------------------------------- */

static struct call *call_new(struct app *app, struct req *req, struct reply *reply)
{
    struct call *call = ARENA_NEW(req->arena, struct call);

    call->app = app;
    call->req = req;
    call->reply = reply;
    call->arena = req->arena;
    call->now_ms = req->now_ms;
    return call;
}

static void say_no(struct call *call, const struct err *err)
{
    const struct route *route = call->route;
    int status = err_status(err->code);

    refuse(call->req, route ? route->face : face_of_path(call->req->path), err, call->reply);
    if ((route ? route->face : face_of_path(call->req->path)) == FACE_TUS)
        reply_header(call->reply, "Tus-Resumable", "1.0.0");
    log_say(status >= 500 ? LOG_ERROR : LOG_INFO, "refused", "method", call->req->method, "path",
            call->req->path, "code", err_word(err->code), "why", err->text, "who", call->who.name, "peer",
            call->req->peer, "req", call->req->id, NULL);
}

/* A device keeps this beside what it asked: its log and ours can be held against each other, line by line. */
static void name_request(struct call *call)
{
    if (call->route && call->route->who == WHO_DEVICE)
        reply_header(call->reply, "Nightshift-Request", call->req->id);
}

void api_begin(void *ctx, struct req *req, struct plan *plan, struct reply *reply)
{
    struct call *call = call_new(ctx, req, reply);
    struct err err = {0};
    bool is_reading;

    plan->call = call;
    method_override(req);
    if (!route_match(call, &err) || !gate_pass(call, &err) || !ddi_accept_fits(call, &err))
        goto refused;
    plan->route = call->route;
    plan->body_max = call->route->body_max;
    is_reading = text_equal(req->method, "GET") || text_equal(req->method, "HEAD") ||
                 text_equal(req->method, "OPTIONS");
    plan->is_on_worker = !is_reading;
    if (call->route->body_max == BODY_SINK) {
        plan->body_max = INT64_MAX;
        if (!call->route->open_sink(call, &plan->sink, &err))
            goto refused;
    }
    return;

refused:
    plan->route = call->route;
    plan->is_refused = true;
    name_request(call);
    say_no(call, &err);
}

static bool run(struct call *call, struct err *err)
{
    bool is_ok = false;

    for (int tried = 0; tried < TRIES; tried++) {
        *err = (struct err){0};
        is_ok = call->route->run(call, err);
        if (is_ok || err->code != ERR_BUSY || !api_may_write(call))
            break;
    }
    return is_ok;
}

static bool is_keyed(const struct call *call)
{
    return call->who.kind == WHO_IS_OPERATOR && text_equal(call->req->method, "POST") &&
           call->route->face == FACE_OPERATOR && http_header(call->req, "Idempotency-Key");
}

/* It waited: the token may be void by now, and the device another than it was. Or it may be made to wait, and what
 * came before it could be woken must be seen. */
static bool is_to_be_known_again(const struct req *req)
{
    return !req->is_on_worker && (req->is_woken || prefer_wait_s(req) > 0);
}

static bool know_again(struct call *call, struct err *err)
{
    call->now_ms = call->req->now_ms;
    return gate_know(call, err);
}

void api_serve(void *ctx, struct req *req, struct plan *plan, struct reply *reply)
{
    struct call *call = plan->call;
    struct err err = {0};
    bool is_known = false;

    (void)ctx;
    call->req = req;
    call->reply = reply;
    name_request(call);
    if (is_to_be_known_again(req) && !know_again(call, &err)) {
        say_no(call, &err);
        return;
    }
    call->who.key = is_keyed(call) ? http_header(req, "Idempotency-Key") : NULL;
    if (is_keyed(call) && !idempotency_find(call, &is_known, &err)) {
        say_no(call, &err);
        return;
    }
    if (is_known)
        return;
    if (!ddi_cbor_read(call, &err) || !run(call, &err) || !ddi_cbor_show(call, &err)) {
        if (reply->wants_worker)
            return;
        say_no(call, &err);
    }
    if (is_keyed(call) && !idempotency_keep(call, &err))
        log_say(LOG_WARN, "idempotency.lost", "why", err.text, "req", req->id, NULL);
}

/* Devices by the thousand are not, unless somebody wants to compare. */
static bool is_told(const struct call *call)
{
    int who = call->route ? call->route->who : WHO_ANYONE;

    return who >= WHO_VIEWER || (who == WHO_DEVICE && call->app->world->settings->log_devices);
}

void api_end(void *ctx, struct req *req, struct plan *plan, int status, int64_t bytes, int64_t took_us)
{
    struct call *call = plan->call;
    char code[16], size[24], time[24];
    enum log_level level = call && is_told(call) ? LOG_INFO : LOG_DEBUG;

    (void)ctx;
    if (!call)
        return;
    gate_leave(call);
    metrics_note(call->app->metrics, call->route, status, bytes, took_us);
    if (!log_tells(level))
        return;
    snprintf(code, sizeof(code), "%d", status);
    snprintf(size, sizeof(size), "%lld", (long long)bytes);
    snprintf(time, sizeof(time), "%lld", (long long)took_us);
    log_say(level, "request", "method", req->method, "path", req->path, "status", code, "bytes", size, "us",
            time, "who", call->who.name, "peer", req->peer, "req", req->id, NULL);
}

/* ---- what handlers use ------------------------------------------------------------ */

bool api_may_write(const struct call *call)
{
    return call->req->is_on_worker;
}

bool api_defer(struct call *call)
{
    call->reply->wants_worker = true;
    return false;
}

const char *api_base_url(struct call *call)
{
    const char *fixed = call->app->world->settings->public_url;

    if (!text_blank(fixed))
        return fixed;
    return arena_printf(call->arena, "%s://%s%s", call->req->scheme, call->req->authority, call->req->prefix);
}

bool api_page(struct call *call, int64_t *after, int64_t *limit, struct err *err)
{
    const char *cursor = http_query(call->req, "cursor");
    const char *wanted = http_query(call->req, "limit");

    *after = 0;
    *limit = 50;
    return (!cursor || text_int(cursor, "cursor", 0, INT64_MAX, after, err)) &&
           (!wanted || text_int(wanted, "limit", 1, 500, limit, err));
}

void api_next(struct json_out *j, struct call *call, size_t count, int64_t limit, int64_t last)
{
    bool is_full = count > 0 && (int64_t)count == limit;

    json_text(j, "next", is_full ? arena_printf(call->arena, "%lld", (long long)last) : NULL);
}

bool api_body(struct call *call, const struct json **out, struct err *err)
{
    const char *type = http_header(call->req, "Content-Type");
    struct span body = call->req->body;

    if (body.size == 0)
        body = span_of("{}");
    else if (!type ||
             !(text_starts(type, "application/json") || text_starts(type, "application/merge-patch+json")))
        return FAIL(err, ERR_MEDIA_TYPE, "send the body as Content-Type: application/json");
    if (!json_parse(call->arena, body, out, err))
        return false;
    if (json_kind(*out) != JSON_OBJECT)
        return FAIL(err, ERR_INVALID, "the body must be a JSON object");
    return true;
}

struct json_out api_answer(struct call *call)
{
    struct buf *b = ARENA_NEW(call->arena, struct buf);

    b->arena = call->arena;
    return (struct json_out){.buf = b};
}

void api_done(struct call *call, struct json_out *j, int status)
{
    call->reply->status = status;
    call->reply->body = buf_span(j->buf);
    if (!call->reply->content_type)
        call->reply->content_type =
            call->route->face == FACE_DDI ? "application/hal+json" : "application/json";
    if (call->route->face == FACE_OPERATOR)
        reply_header(call->reply, "Cache-Control", "no-store");
}
