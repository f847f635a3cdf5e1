#include "api/ddi_cbor.h"

#include <stdlib.h>

#include "base/cbor.h"
#include "base/text.h"

#define CBOR "application/cbor"

/* What Accept makes of our two forms: the weight in thousandths, -1 when it does not name it. */
struct taste {
    int json, cbor;
};

/* "; q=0.5" among the parameters of one media range; 1 when there is none. */
static int weight_of(struct arena *arena, struct span parameters)
{
    struct span one;

    while (text_split(&parameters, ';', &one)) {
        const char *text = arena_text(arena, text_trim(one));
        double weight = strncasecmp(text, "q=", 2) == 0 ? strtod(text + 2, NULL) : 1;

        if (!(weight >= 1))
            return weight > 0 ? (int)(weight * 1000) : 0;
    }
    return 1000;
}

/* A range that names a form counts for it; "*" counts for JSON, the form that every client reads. */
static void taste_add(struct arena *arena, struct span range, struct taste *taste)
{
    struct span name;
    int *form, weight;

    if (!text_split(&range, ';', &name))
        return;
    const char *type = arena_text(arena, text_trim(name));

    if (strcasecmp(type, CBOR) == 0)
        form = &taste->cbor;
    else if (strcasestr(type, "json") || text_equal(type, "*/*") || strcasecmp(type, "application/*") == 0)
        form = &taste->json;
    else
        return;
    weight = weight_of(arena, range);
    *form = weight > *form ? weight : *form;
}

static struct taste taste_of(const struct call *call)
{
    const char *accept = http_header(call->req, "Accept");
    struct span rest = span_of(text_blank(accept) ? "*/*" : accept), range;
    struct taste taste = {-1, -1};

    while (text_split(&rest, ',', &range))
        taste_add(call->arena, range, &taste);
    return taste;
}

bool ddi_accept_fits(const struct call *call, struct err *err)
{
    struct taste taste;

    if (call->route->face != FACE_DDI)
        return true;
    taste = taste_of(call);
    if (taste.json > 0 || taste.cbor > 0)
        return true;
    return FAIL(err, ERR_NOT_ACCEPTABLE,
                "this door answers application/hal+json, application/json or application/cbor");
}

/* The same request, but for its body and what that is called. */
static struct req *req_with(struct call *call, const char *type, struct span body)
{
    struct req *req = ARENA_NEW(call->arena, struct req);

    *req = *call->req;
    req->body = body;
    req->headers = ARENA_MANY(call->arena, struct http_pair, req->header_count);
    for (size_t i = 0; i < req->header_count; i++) {
        req->headers[i] = call->req->headers[i];
        if (text_equal_nocase(req->headers[i].name, "Content-Type"))
            req->headers[i].value = type;
    }
    return req;
}

bool ddi_cbor_read(struct call *call, struct err *err)
{
    const char *type = http_header(call->req, "Content-Type");
    size_t size = strlen(CBOR);
    struct span body;

    if (call->route->face != FACE_DDI || text_blank(type) || call->req->body.size == 0 ||
        strncasecmp(type, CBOR, size) != 0 || (type[size] && !strchr("; \t", type[size])))
        return true;
    if (!cbor_to_json(call->arena, call->req->body, &body, err))
        return false;
    call->req = req_with(call, "application/json", body);
    return true;
}

bool ddi_cbor_show(struct call *call, struct err *err)
{
    const char *accept = http_header(call->req, "Accept");
    struct reply *reply = call->reply;
    struct taste taste;

    if (call->route->face != FACE_DDI || reply->body.size == 0 || !accept || !strcasestr(accept, CBOR))
        return true;
    taste = taste_of(call);
    if (taste.cbor <= taste.json)
        return true;
    if (!cbor_from_json(call->arena, reply->body, &reply->body, err))
        return err_within(err, "our own answer");
    reply->content_type = CBOR;
    return true;
}
