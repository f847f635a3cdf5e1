/* From the library's parsed head to struct req, strictly: what two parsers could read in two ways is refused.
 */
#include "http/mhd.h"

#include <endian.h>
#include <stdlib.h>
#include <strings.h>

#include "base/clock.h"
#include "base/text.h"
#include "http/forwarded.h"
#include "http/path.h"

#define QUERY_MAX 64
#define TARGET_MAX 4096

struct gather {
    struct request *r;
    bool is_bad, is_too_many;
};

/* A table, for strspn() makes one anew for each header: RFC 9110, 5.6.2. */
static bool is_token(const char *text, size_t size)
{
    static const bool allowed[256] = {
        ['!'] = true,         ['#' ... '\''] = true, ['*'] = true,         ['+'] = true,
        ['-'] = true,         ['.'] = true,          ['0' ... '9'] = true, ['A' ... 'Z'] = true,
        ['^' ... 'z'] = true, ['|'] = true,          ['~'] = true,
    };

    for (size_t i = 0; i < size; i++)
        if (!allowed[(unsigned char)text[i]])
            return false;
    return size > 0;
}

static bool is_field_value(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (((unsigned char)text[i] < ' ' && text[i] != '\t') || text[i] == 0x7f)
            return false;
    return true;
}

static enum MHD_Result gather_one(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_size,
                                  const char *value, size_t value_size)
{
    struct gather *g = cls;
    struct req *req = &g->r->req;

    (void)kind;
    if (!value || !is_token(name, name_size) || !is_field_value(value, value_size)) {
        g->is_bad = true;
        return MHD_NO;
    }
    if (req->header_count == HTTP_HEADERS_MAX) {
        g->is_too_many = true;
        return MHD_NO;
    }
    req->headers[req->header_count++] = (struct http_pair){name, value};
    return MHD_YES;
}

static size_t head_bytes(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

    return info ? info->header_size : 0;
}

static bool read_headers(struct request *r, struct MHD_Connection *mhd, struct err *err)
{
    struct gather g = {.r = r};

    r->req.headers = ARENA_MANY(r->arena, struct http_pair, HTTP_HEADERS_MAX);
    MHD_get_connection_values_n(mhd, MHD_HEADER_KIND, gather_one, &g);
    if (g.is_bad)
        return FAIL(err, ERR_INVALID, "malformed header");
    if (g.is_too_many || head_bytes(mhd) + HEADER_INDEX_BYTES * r->req.header_count > HEAD_BYTES) {
        r->reply.status = 431;
        return FAIL(err, ERR_INVALID, "the request's head is too large");
    }
    return true;
}

static size_t count_of(const struct req *req, const char *name)
{
    size_t count = 0;

    for (size_t i = 0; i < req->header_count; i++)
        count += strcasecmp(req->headers[i].name, name) == 0;
    return count;
}

/* How long is the body? Two answers to that question are the stuff of request smuggling. */
static bool read_framing(struct request *r, const char *version, struct err *err)
{
    const char *encoding = http_header(&r->req, "Transfer-Encoding");
    const char *length = http_header(&r->req, "Content-Length");
    const char *expect = http_header(&r->req, "Expect");

    r->body_size = 0;
    r->expects_continue = expect && strcasecmp(expect, "100-continue") == 0;
    if (count_of(&r->req, "Content-Length") > 1 || count_of(&r->req, "Transfer-Encoding") > 1 ||
        count_of(&r->req, "Host") > 1)
        return FAIL(err, ERR_INVALID, "a header that may come once came twice");
    if (encoding && length)
        return FAIL(err, ERR_INVALID, "both Content-Length and Transfer-Encoding");
    if (encoding && (strcasecmp(encoding, "chunked") != 0 || strcmp(version, MHD_HTTP_VERSION_1_1) != 0))
        return FAIL(err, ERR_INVALID, "the only transfer encoding served is chunked, in HTTP/1.1");
    if (encoding)
        r->body_size = -1;
    else if (length && !text_int(length, "Content-Length", 0, INT64_MAX, &r->body_size, err))
        return false;
    return true;
}

static bool read_target(struct request *r, struct err *err)
{
    struct http_pair pairs[QUERY_MAX];
    const char *query;

    if (strlen(r->target) > TARGET_MAX) {
        r->reply.status = 414;
        return FAIL(err, ERR_INVALID, "the request's target is too long");
    }
    if (!path_normal(r->arena, r->target, &r->req.path, &query))
        return FAIL(err, ERR_INVALID, "malformed request target");
    if (!path_query(r->arena, query, pairs, COUNT(pairs), &r->req.query_count, err))
        return false;
    r->req.query = ARENA_MANY(r->arena, struct http_pair, r->req.query_count + 1);
    memcpy(r->req.query, pairs, r->req.query_count * sizeof(*pairs));
    return true;
}

/* Unique in this run and hard to guess from outside; not a secret. */
static char *request_id(struct request *r)
{
    uint64_t n = r->http->id_seed +
                 atomic_fetch_add_explicit(&r->http->id_next, 1, memory_order_relaxed) * 0x9e3779b97f4a7c15u;

    n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9u;
    n = (n ^ (n >> 27)) * 0x94d049bb133111ebu;
    n ^= n >> 31;
    n = htobe64(n);
    return text_hex(r->arena, &n, sizeof(n));
}

static bool read_origin(struct request *r, const struct listener *listener, struct err *err)
{
    struct req *req = &r->req;
    const char *host = http_header(req, "Host");
    const char *trusted = r->http->options.trusted_proxies;

    req->is_tls = listener->is_tls;
    req->scheme = listener->is_tls ? "https" : "http";
    req->authority = host && *host ? host : listener->authority;
    if (!forwarded_authority_is_sound(req->authority))
        return FAIL(err, ERR_INVALID, "malformed Host");
    req->prefix = "";
    req->peer = r->conn->peer;
    if (!listener->is_tls && forwarded_trusts(trusted, req->peer))
        forwarded_apply(req, trusted);
    tls_names(r->conn, req);
    return true;
}

bool mhd_head_read(struct request *r, const struct listener *listener, struct MHD_Connection *mhd,
                   const char *method, const char *version, struct err *err)
{
    r->req.arena = r->arena;
    r->req.method = method;
    r->is_head = strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
    r->req.now_ms = clock_now_ms();
    r->req.id = request_id(r);
    r->req.path = "/";
    r->req.scheme = listener->is_tls ? "https" : "http";
    r->req.authority = listener->authority;
    r->req.prefix = "";
    r->req.peer = r->conn->peer;
    return read_headers(r, mhd, err) && read_framing(r, version, err) && read_target(r, err) &&
           read_origin(r, listener, err);
}
