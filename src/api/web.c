/* The service about itself, and the files of the web page. */
#include "api/handlers.h"

#include "api/metrics.h"
#include "base/embedded.h"
#include "base/hash.h"
#include "base/text.h"
#include "domain/health.h"

/* Scripts and styles from here only, and no way to turn text into markup: the trusted types forbid it to our
 * own code, too. */
static const char *const content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

bool web_health(struct call *call, struct err *err)
{
    (void)err;
    call->reply->body = span_of("ok\n");
    call->reply->content_type = "text/plain";
    return true;
}

bool web_ready(struct call *call, struct err *err)
{
    if (call->app->is_stopping)
        return FAIL(err, ERR_BUSY, "stopping");
    if (!health_ready(call->app->world, err))
        return false;
    call->reply->body = span_of("ready\n");
    call->reply->content_type = "text/plain";
    return true;
}

bool web_metrics(struct call *call, struct err *err)
{
    struct buf b = {.arena = call->arena};

    (void)err;
    metrics_write(call->app->metrics, &b);
    health_figures(call->app->world, call->now_ms, &b);
    if (call->app->http_figures)
        call->app->http_figures(call->app, &b);
    call->reply->body = buf_span(&b);
    call->reply->content_type = "text/plain; version=0.0.4";
    return true;
}

static const struct {
    const char *ending, *type;
} types[] = {
    {".html", "text/html; charset=utf-8"}, {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},   {".svg", "image/svg+xml"},
    {".json", "application/json"},         {".png", "image/png"},
};

static const char *type_of(const char *name)
{
    for (size_t i = 0; i < COUNT(types); i++)
        if (text_ends(name, types[i].ending))
            return types[i].type;
    return NULL;
}

static bool send_embedded(struct call *call, const char *name, struct err *err)
{
    const struct embedded *file = embedded_files;
    char digest[HASH_HEX_MAX];

    while (file->name && !text_equal(file->name, name))
        file++;
    if (!file->name || !type_of(name))
        return FAIL(err, ERR_NOT_FOUND, "no such file: %s", name);
    hash_hex_of(HASH_SHA256, span_make(file->at, file->size), digest);
    call->reply->body = span_make(file->at, file->size);
    call->reply->content_type = type_of(name);
    call->reply->etag = arena_printf(call->arena, "\"%.32s\"", digest);
    reply_header(call->reply, "Content-Security-Policy", content_security_policy);
    reply_header(call->reply, "X-Content-Type-Options", "nosniff");
    reply_header(call->reply, "Referrer-Policy", "no-referrer");
    reply_header(call->reply, "Cross-Origin-Opener-Policy", "same-origin");
    reply_header(call->reply, "Cross-Origin-Resource-Policy", "same-origin");
    reply_header(call->reply, "Cache-Control", "no-cache");
    return true;
}

bool web_page(struct call *call, struct err *err)
{
    return send_embedded(call, "index.html", err);
}

bool web_asset(struct call *call, struct err *err)
{
    return send_embedded(call, call->arg[0], err);
}

bool web_openapi(struct call *call, struct err *err)
{
    return send_embedded(call, "openapi.json", err);
}
