#include "malformed/malformed.h"

#include "base/text.h"
#include "http/condition.h"
#include "http/path.h"

#define PIECE 4096
#define QUERY_MAX 64

/* ---- what http/ would hand over -------------------------------------------------------------------- */

static struct req *req_make(struct place *place, struct arena *arena, const struct ask *ask)
{
    struct support *s = &place->ops->s;
    struct req *req = ARENA_NEW(arena, struct req);
    const char *query = NULL;
    struct err err = {0};

    *req = (struct req){
        .arena = arena,
        .method = ask->method,
        .headers = (struct http_pair *)ask->headers,
        .header_count = ask->header_count,
        .body = ask->body,
        .id = "00000000000000aa",
        .peer = s->peer,
        .scheme = "https",
        .authority = "fw.example:8443",
        .prefix = "",
        .now_ms = s->now_ms,
        .is_tls = true,
    };
    req->query = ARENA_MANY(arena, struct http_pair, QUERY_MAX);
    if (!path_normal(arena, ask->target, &req->path, &query) ||
        !path_query(arena, query ? query : "", req->query, QUERY_MAX, &req->query_count, &err))
        return NULL; /* 400, before any door is asked */
    return req;
}

static bool pour(struct sink *sink, struct span body, struct reply *reply)
{
    struct err err = {0};

    while (body.size > 0) {
        size_t size = body.size < PIECE ? body.size : PIECE;

        if (!sink->write(sink, span_make(body.at, size), &err)) {
            sink->drop(sink);
            reply->status = err_status(err.code);
            return false;
        }
        body = span_make(body.at + size, body.size - size);
    }
    return true;
}

static void serve(struct app *app, struct req *req, struct plan *plan, struct reply *reply)
{
    req->is_on_worker = plan->is_on_worker;
    api_serve(app, req, plan, reply);
    if (!reply->wants_worker)
        return;
    *reply = (struct reply){0};
    req->is_on_worker = true;
    api_serve(app, req, plan, reply);
}

/* ---- what no answer may be ----------------------------------------------------------------------------- */

static bool is_header_safe(const char *value)
{
    for (; *value; value++)
        if ((unsigned char)*value < ' ' && *value != '\t')
            return false;
    return true;
}

static bool ranges_fit(const struct req *req, const struct reply *reply)
{
    int64_t size = (int64_t)(reply->head.size + (reply->source.at ? reply->source.size : reply->body.size));
    struct condition_facts facts = {
        .has_ranges = reply->has_ranges,
        .etag = reply->etag,
        .modified_ms = reply->modified_ms,
        .size = size,
        .if_match = http_header(req, "If-Match"),
        .if_none_match = http_header(req, "If-None-Match"),
        .if_modified_since = http_header(req, "If-Modified-Since"),
        .if_range = http_header(req, "If-Range"),
        .range = http_header(req, "Range"),
    };
    struct condition c = {0};

    condition_judge(&facts, &c);
    for (size_t i = 0; i < c.count; i++)
        if (c.ranges[i].first < 0 || c.ranges[i].last < c.ranges[i].first || c.ranges[i].last >= size)
            return false;
    return c.status < 500;
}

static const char *judge(struct arena *arena, const struct req *req, const struct reply *reply)
{
    const struct json *json;
    struct err err;

    if (reply->wants_worker)
        return "asks for a worker on a worker";
    if (reply->status >= 500 || reply->status < 0 || (reply->status > 0 && reply->status < 200))
        return "its status";
    for (size_t i = 0; i < reply->header_count; i++)
        if (!reply->headers[i].value || !is_header_safe(reply->headers[i].value))
            return "a header that breaks the line";
    if (reply->content_type && strstr(reply->content_type, "json") && reply->body.size > 0 &&
        !json_parse(arena, reply->body, &json, &err))
        return "says JSON, and is none";
    if (reply->etag && (reply->status == 0 || reply->status == 200) && !ranges_fit(req, reply))
        return "ranges beyond the file";
    return NULL;
}

/* The next inputs go on with what was begun. */
static void remember_upload(struct place *place, const struct reply *reply)
{
    for (size_t i = 0; i < reply->header_count; i++) {
        const char *at = text_equal(reply->headers[i].name, "Location") ? reply->headers[i].value : NULL;
        const char *path = at ? strstr(at, "8443/") : NULL;

        if (path && strlen(path + 4) < sizeof(place->uploads[0]))
            strcpy(place->uploads[place->upload_next++ % UPLOADS_KEPT], path + 4);
    }
}

int serve_ask(struct place *place, struct arena *arena, struct ask *ask, const char **wrong)
{
    struct app *app = &place->ops->s.app;
    struct req *req = req_make(place, arena, ask);
    struct plan plan = {0};
    struct reply reply = {0};
    int status;

    *wrong = NULL;
    if (!req)
        return 0;
    api_begin(app, req, &plan, &reply);
    if (!plan.is_refused && (int64_t)ask->body.size > plan.body_max)
        reply.status = 413;
    else if (!plan.is_refused && (!plan.sink || pour(plan.sink, ask->body, &reply)))
        serve(app, req, &plan, &reply);
    *wrong = judge(arena, req, &reply);
    status = reply.status ? reply.status : 200;
    if (reply.source.at && reply.source.release)
        reply.source.release(reply.source.owner);
    remember_upload(place, &reply);
    api_end(app, req, &plan, status, (int64_t)reply.body.size, 1);
    place->ops->s.now_ms += 100;
    return status;
}
