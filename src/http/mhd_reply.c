/* From struct reply to the library's response: conditions, ranges, headers. */
#include "http/mhd.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "http/condition.h"

/* Four records; smaller blocks would cost a turn of the loop each, larger ones fall out of the cache. */
#define READER_BLOCK 65536
#define RETRY_AFTER_S "5"

void mhd_refuse(struct request *r, const struct err *err)
{
    struct http_door *door = &r->http->door;
    int status = r->reply.status >= 400 ? r->reply.status : err_status(err->code);

    r->reply = (struct reply){.status = status};
    if (door->refuse) {
        door->refuse(door->ctx, &r->req, err, &r->reply);
    } else if (status < 500) {
        r->reply.content_type = "text/plain; charset=utf-8";
        r->reply.body = span_of(arena_printf(r->arena, "%s\n", err->text));
    }
    if (err->code == ERR_BUSY)
        reply_header(&r->reply, "Retry-After", RETRY_AFTER_S);
}

static struct pieces whole_of(const struct reply *reply)
{
    return (struct pieces){reply->head,
                           reply->source.at ? span_make(reply->source.at, reply->source.size) : reply->body};
}

/* Only a plain 200 to a GET or HEAD is subject to conditions. */
static void judge(struct request *r, struct condition *out)
{
    const struct reply *reply = &r->reply;
    const struct req *req = &r->req;
    struct condition_facts facts = {
        .is_head = r->is_head,
        .has_ranges = reply->has_ranges,
        .etag = reply->etag,
        .modified_ms = reply->modified_ms,
        .size = pieces_size(&r->whole),
        .if_match = http_header(req, "If-Match"),
        .if_none_match = http_header(req, "If-None-Match"),
        .if_unmodified_since = http_header(req, "If-Unmodified-Since"),
        .if_modified_since = http_header(req, "If-Modified-Since"),
        .if_range = http_header(req, "If-Range"),
        .range = http_header(req, "Range"),
    };

    out->status = reply->status;
    out->count = 0;
    if (reply->status != 200 || (!r->is_head && strcmp(req->method, "GET") != 0))
        return;
    if (reply->etag || reply->modified_ms || reply->has_ranges)
        condition_judge(&facts, out);
}

static ssize_t read_multipart(void *cls, uint64_t from, char *out, size_t max)
{
    struct request *r = cls;
    size_t got = multipart_read(r->multipart, (int64_t)from, out, max);

    return got > 0 ? (ssize_t)got : MHD_CONTENT_READER_END_OF_STREAM;
}

static void header(struct MHD_Response *response, const char *name, const char *value)
{
    /* The library refuses a value with a line break; such a header is better missing than split. */
    if (value)
        (void)MHD_add_response_header(response, name, value);
}

static ssize_t read_pieces(void *cls, uint64_t from, char *out, size_t max)
{
    struct request *r = cls;
    size_t got = pieces_read(&r->whole, r->whole_from + (int64_t)from, out, max);

    return got > 0 ? (ssize_t)got : MHD_CONTENT_READER_END_OF_STREAM;
}

static struct MHD_Response *from_bytes(struct request *r, struct span bytes)
{
    r->out_bytes = (int64_t)bytes.size;
    return MHD_create_response_from_buffer(bytes.size, (void *)(bytes.size ? bytes.at : ""),
                                           MHD_RESPMEM_PERSISTENT);
}

/* Without TLS the kernel moves a file's bytes by itself: a third of what copying them from the mapping costs. NULL:
 * these are not a large stretch of one. The library closes the descriptor it is given. */
static struct MHD_Response *from_file(struct request *r, struct span stretch)
{
    const struct http_source *source = &r->reply.source;
    uintptr_t from = (uintptr_t)stretch.at - (uintptr_t)source->at;
    struct MHD_Response *response;
    int fd;

    if (r->conn->is_tls || source->fd <= 0 || stretch.size < MHD_LARGE_REPLY || from >= source->size)
        return NULL;
    fd = fcntl(source->fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0)
        return NULL;
    response = MHD_create_response_from_fd_at_offset64(stretch.size, fd, from);
    if (!response)
        close(fd);
    r->out_bytes = (int64_t)stretch.size;
    return response;
}

/* Out of memory as it lies where that is one stretch; copied block by block where it crosses the seam. */
static struct MHD_Response *from_stretch(struct request *r, const struct range *range)
{
    struct span stretch = span_make(NULL, 0);

    if (range->last < range->first || pieces_stretch(&r->whole, range, &stretch)) {
        struct MHD_Response *response = from_file(r, stretch);

        return response ? response : from_bytes(r, stretch);
    }
    r->whole_from = range->first;
    r->out_bytes = range->last - range->first + 1;
    return MHD_create_response_from_callback((uint64_t)r->out_bytes, READER_BLOCK, read_pieces, r, NULL);
}

static struct MHD_Response *from_ranges(struct request *r, const struct condition *c)
{
    const char *type = r->reply.content_type ? r->reply.content_type : "application/octet-stream";
    const char *boundary = arena_printf(r->arena, "nightshift-%s", r->req.id);
    struct MHD_Response *response;

    r->multipart = multipart_new(r->arena, &r->whole, c->ranges, c->count, type, boundary);
    r->out_bytes = r->multipart->size;
    response = MHD_create_response_from_callback((uint64_t)r->multipart->size, READER_BLOCK, read_multipart,
                                                 r, NULL);
    /* swupdate splits this at blanks into three words and wants the third unquoted. */
    header(response, "Content-Type", arena_printf(r->arena, "multipart/byteranges; boundary=%s", boundary));
    return response;
}

static struct MHD_Response *from_range(struct request *r, const struct range *one)
{
    struct MHD_Response *response = from_stretch(r, one);

    header(response, "Content-Range",
           arena_printf(r->arena, "bytes %" PRId64 "-%" PRId64 "/%" PRId64, one->first, one->last,
                        pieces_size(&r->whole)));
    header(response, "Content-Type", r->reply.content_type);
    return response;
}

static struct MHD_Response *body_for(struct request *r, const struct condition *c)
{
    int64_t size = pieces_size(&r->whole);
    struct MHD_Response *response;

    switch (c->status) {
    case 206:
        if (c->count > 0)
            return c->count == 1 ? from_range(r, &c->ranges[0]) : from_ranges(r, c);
        break;
    case 412:
    case 416:
        if (r->reply.status == c->status)
            break;
        response = from_bytes(r, span_make(NULL, 0));
        if (c->status == 416)
            header(response, "Content-Range", arena_printf(r->arena, "bytes */%" PRId64, size));
        return response;
    default:
        break;
    }
    response = from_stretch(r, &(struct range){0, size - 1});
    header(response, "Content-Type", r->reply.content_type);
    return response;
}

static void add_headers(struct request *r, struct MHD_Response *response)
{
    const struct reply *reply = &r->reply;

    if (reply->etag)
        header(response, "ETag", reply->etag);
    if (reply->modified_ms)
        header(response, "Last-Modified", text_http_date(r->arena, reply->modified_ms));
    if (reply->has_ranges)
        header(response, "Accept-Ranges", "bytes");
    for (size_t i = 0; i < reply->header_count; i++)
        header(response, reply->headers[i].name, reply->headers[i].value);
    if (reply->must_close || atomic_load_explicit(&r->http->is_stopping, memory_order_relaxed))
        header(response, "Connection", "close");
}

/* What a client that gets no body is spared. */
static bool has_body(const struct request *r, int status)
{
    return !r->is_head && status != 204 && status != 304;
}

int64_t mhd_bytes_left(const struct conn *conn)
{
    return conn->is_tls ? tls_bytes_out(conn) : conn_acknowledged(conn);
}

enum MHD_Result mhd_answer(struct request *r, struct MHD_Connection *mhd)
{
    struct condition c;
    struct MHD_Response *response;
    enum MHD_Result result;

    if (r->reply.status == 0)
        r->reply.status = 200;
    r->whole = whole_of(&r->reply);
    judge(r, &c);
    response = body_for(r, &c);
    if (!response)
        return MHD_NO;
    add_headers(r, response);
    r->reply.status = c.status;
    if (!has_body(r, c.status))
        r->out_bytes = 0;
    r->is_answered = true;
    r->conn->must_linger |= r->reply.must_close;
    if (r->out_bytes >= MHD_LARGE_REPLY)
        r->out_before = mhd_bytes_left(r->conn);
    tls_reply_begins(r->conn, r->out_bytes);
    conn_move(r->conn, CONN_SENDING);
    result = MHD_queue_response(mhd, (unsigned int)c.status, response);
    MHD_destroy_response(response);
    return result;
}

void mhd_answer_raw(struct request *r)
{
    const struct reply *reply = &r->reply;
    struct buf text = {.arena = r->arena};
    int status = reply->status;
    ssize_t sent;

    buf_printf(&text, "HTTP/1.1 %d %s\r\n", status, MHD_get_reason_phrase_for((unsigned int)status));
    if (reply->content_type)
        buf_printf(&text, "Content-Type: %s\r\n", reply->content_type);
    for (size_t i = 0; i < reply->header_count; i++)
        buf_printf(&text, "%s: %s\r\n", reply->headers[i].name, reply->headers[i].value);
    buf_printf(&text, "Content-Length: %zu\r\nConnection: close\r\n\r\n", reply->body.size);
    if (!r->is_head)
        buf_add(&text, reply->body);
    /* Nothing else is on its way out, so the socket has room for this little. */
    sent = r->conn->is_tls ? tls_send(r->conn, text.at, text.size)
                           : send(r->conn->fd, text.at, text.size, MSG_NOSIGNAL | MSG_DONTWAIT);
    r->is_answered = sent > 0;
    r->out_bytes = (int64_t)reply->body.size;
    r->reply.must_close = true;
    r->conn->must_linger = true;
}
