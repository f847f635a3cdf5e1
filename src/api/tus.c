#include "api/tus.h"

#include "base/text.h"

#define TUS_VERSION "1.0.0"
#define TUS_TYPE "application/offset+octet-stream"
#define TUS_EXTENSIONS "creation,creation-with-upload,%schecksum,expiration,termination"

/* What a request with a body has come to; it may be run again after ERR_BUSY. */
struct upload_sink {
    struct sink sink;
    struct upload_writer *writer; /* NULL: this request brings no bytes */
    bool is_finished;             /* `upload` says how far it came */
    struct upload upload;
};

/* ---- headers -------------------------------------------------------------------- */

static const char *number(struct call *call, int64_t value)
{
    return arena_printf(call->arena, "%lld", (long long)value);
}

/* The only door that answers without Tus-Resumable is OPTIONS. */
static bool speaks_tus(struct call *call, struct err *err)
{
    if (text_equal(http_header(call->req, "Tus-Resumable"), TUS_VERSION))
        return true;
    reply_header(call->reply, "Tus-Version", TUS_VERSION);
    return FAIL(err, ERR_PRECONDITION, "Tus-Resumable: " TUS_VERSION " is what is spoken here");
}

static bool brings_bytes(const struct call *call)
{
    const char *length = http_header(call->req, "Content-Length");

    return http_header(call->req, "Transfer-Encoding") || (length && !text_equal(length, "0"));
}

static bool type_fits(const struct call *call, struct err *err)
{
    return text_equal_nocase(http_header(call->req, "Content-Type"), TUS_TYPE) ||
           FAIL(err, ERR_MEDIA_TYPE, "bytes come as Content-Type: " TUS_TYPE);
}

/* A whole number from a header; absent: -1. */
static bool header_int(const struct call *call, const char *name, int64_t *out, struct err *err)
{
    const char *text = http_header(call->req, name);

    *out = -1;
    return !text || text_int(text, name, 0, INT64_MAX, out, err);
}

/* Upload-Length, or Upload-Defer-Length: 1 for one that is told later (-1). */
static bool length_read(const struct call *call, int64_t *out, struct err *err)
{
    const char *defer = http_header(call->req, "Upload-Defer-Length");

    if (!header_int(call, "Upload-Length", out, err))
        return false;
    if (defer && !text_equal(defer, "1"))
        return FAIL(err, ERR_INVALID, "Upload-Defer-Length is 1 or absent");
    if ((*out >= 0) == (defer != NULL))
        return FAIL(err, ERR_INVALID, "say either Upload-Length or Upload-Defer-Length: 1");
    if (http_header(call->req, "Upload-Concat"))
        return FAIL(err, ERR_INVALID, "Upload-Concat is not spoken here");
    return true;
}

static const char *upload_arg(const struct call *call, const struct tus_face *face)
{
    return call->arg[face->upload_arg];
}

/* It was whole before, and is something else now. */
static bool became(struct call *call, const struct tus_face *face, struct tus_done *out, struct err *err)
{
    *out = (struct tus_done){0};
    return !face->became || face->became(call, upload_arg(call, face), out, err);
}

static void say_whole(struct call *call, const struct tus_face *face, const struct tus_done *done)
{
    reply_header(call->reply, "Tus-Resumable", TUS_VERSION);
    reply_header(call->reply, "Upload-Offset", number(call, done->size));
    reply_header(call->reply, "Upload-Length", number(call, done->size));
    reply_header(call->reply, "Cache-Control", "no-store");
    reply_header(call->reply, face->done_header, number(call, done->id));
}

static void say_progress(struct call *call, const struct upload *upload)
{
    reply_header(call->reply, "Tus-Resumable", TUS_VERSION);
    reply_header(call->reply, "Upload-Expires", text_http_date(call->arena, upload->expires_ms));
    reply_header(call->reply, "Cache-Control", "no-store");
}

/* ---- where bytes go --------------------------------------------------------------- */

static bool sink_write(struct sink *sink, struct span bytes, struct err *err)
{
    struct upload_sink *to = (struct upload_sink *)sink;

    if (!to->writer)
        return bytes.size == 0 || FAIL(err, ERR_INVALID, "this request was to bring no bytes");
    return upload_add(to->writer, bytes, err);
}

static void sink_drop(struct sink *sink)
{
    struct upload_sink *to = (struct upload_sink *)sink;

    if (to->writer)
        upload_cut(to->writer);
}

static void sink_give(struct call *call, struct upload_writer *writer, struct sink **out)
{
    struct upload_sink *to = ARENA_NEW(call->arena, struct upload_sink);

    *to = (struct upload_sink){.sink = {sink_write, sink_drop}, .writer = writer};
    call->sink_state = to;
    *out = &to->sink;
}

static struct upload_sink *sink_of(const struct call *call)
{
    return call->sink_state;
}

/* The bytes of this request are on disk; if they are all, what comes after is done too. */
static bool finish(struct call *call, const struct tus_face *face, struct upload *out, struct err *err)
{
    struct upload_sink *to = sink_of(call);
    int64_t id;

    if (!to->is_finished && !upload_finish(to->writer, &call->who, call->now_ms, &to->upload, err))
        return false;
    to->is_finished = true;
    *out = to->upload;
    if (!face->whole || to->upload.received != to->upload.length)
        return true;
    if (!face->whole(call, to->upload.id, &id, err))
        return false;
    reply_header(call->reply, face->done_header, number(call, id));
    return true;
}

/* A chunk longer than what is missing costs none of its bytes. */
static bool begin(struct call *call, struct upload_chunk *chunk, struct upload_writer **out, struct err *err)
{
    int64_t size;

    if (!upload_checksum_parse(call->arena, http_header(call->req, "Upload-Checksum"), &chunk->checksum,
                               err) ||
        !header_int(call, "Content-Length", &size, err) ||
        !upload_begin(call->app->world, &call->who, call->arena, chunk, call->now_ms, out, err))
        return false;
    if (upload_of(*out)->length >= 0 && size > upload_of(*out)->length - chunk->offset) {
        upload_cut(*out);
        return FAIL(err, ERR_TOO_LARGE, "%lld bytes are more than the %lld that are missing", (long long)size,
                    (long long)(upload_of(*out)->length - chunk->offset));
    }
    return true;
}

/* ---- OPTIONS, POST ------------------------------------------------------------------ */

bool tus_options(struct call *call, const struct tus_face *face)
{
    call->reply->status = 204;
    reply_header(call->reply, "Tus-Resumable", TUS_VERSION);
    reply_header(call->reply, "Tus-Version", TUS_VERSION);
    reply_header(call->reply, "Tus-Extension",
                 arena_printf(call->arena, TUS_EXTENSIONS, face->check ? "" : "creation-defer-length,"));
    reply_header(call->reply, "Tus-Max-Size", number(call, face->max_bytes(call)));
    reply_header(call->reply, "Tus-Checksum-Algorithm", "sha1,sha256");
    return true;
}

static bool make(struct call *call, const struct tus_face *face, struct upload *out, struct err *err)
{
    const char *metadata = http_header(call->req, "Upload-Metadata");
    int64_t length;

    return length_read(call, &length, err) && (!face->check || face->check(call, length, metadata, err)) &&
           upload_make(call->app->world, &call->who, call->arena, length, metadata, call->now_ms, out, err);
}

bool tus_make_sink(struct call *call, const struct tus_face *face, struct sink **out, struct err *err)
{
    struct upload_writer *writer = NULL;
    struct upload upload;
    int64_t length;

    if (!speaks_tus(call, err) || !length_read(call, &length, err))
        return false;
    if (brings_bytes(call)) {
        struct upload_chunk chunk = {.length = -1};

        if (!type_fits(call, err) || !make(call, face, &upload, err))
            return false;
        chunk.id = upload.id;
        if (!begin(call, &chunk, &writer, err))
            return false;
    }
    sink_give(call, writer, out);
    return true;
}

bool tus_make(struct call *call, const struct tus_face *face, struct err *err)
{
    struct upload_writer *writer = sink_of(call)->writer;
    struct upload upload;

    if (!(writer ? finish(call, face, &upload, err) : make(call, face, &upload, err)))
        return false;
    call->reply->status = 201;
    reply_header(call->reply, "Location",
                 arena_printf(call->arena, "%s/%s", face->location(call), upload.id));
    if (writer)
        reply_header(call->reply, "Upload-Offset", number(call, upload.received));
    say_progress(call, &upload);
    return true;
}

/* ---- HEAD, PATCH, DELETE ------------------------------------------------------------- */

static bool is_left_whole(const struct tus_face *face, const struct upload *upload)
{
    return face->whole && upload->length >= 0 && upload->received == upload->length;
}

/* The service died, or refused for now, between the last byte and what it was for. A client that is told "all
 * of it is here" believes that it is done: so it is done first. */
static bool settle_whole(struct call *call, const struct tus_face *face, const struct upload *upload,
                         struct err *err)
{
    int64_t id;

    if (!is_left_whole(face, upload))
        return true;
    if (!face->whole(call, upload->id, &id, err))
        return false;
    reply_header(call->reply, face->done_header, number(call, id));
    return true;
}

bool tus_head(struct call *call, const struct tus_face *face, struct err *err)
{
    struct upload upload;
    struct tus_done done;

    if (!speaks_tus(call, err) || !became(call, face, &done, err))
        return false;
    if (done.is_done) {
        say_whole(call, face, &done);
        return true;
    }
    if (!upload_get(call->app->world, &call->who, call->arena, upload_arg(call, face), call->now_ms, &upload,
                    err))
        return false;
    if (is_left_whole(face, &upload) && !api_may_write(call))
        return api_defer(call);
    if (!settle_whole(call, face, &upload, err))
        return false;
    reply_header(call->reply, "Upload-Offset", number(call, upload.received));
    if (upload.length >= 0)
        reply_header(call->reply, "Upload-Length", number(call, upload.length));
    else
        reply_header(call->reply, "Upload-Defer-Length", "1");
    if (!text_blank(upload.metadata))
        reply_header(call->reply, "Upload-Metadata", upload.metadata);
    say_progress(call, &upload);
    return true;
}

bool tus_patch_sink(struct call *call, const struct tus_face *face, struct sink **out, struct err *err)
{
    struct upload_chunk chunk = {.id = upload_arg(call, face)};
    struct upload_writer *writer = NULL;
    struct tus_done done;

    if (!speaks_tus(call, err) || !type_fits(call, err) ||
        !header_int(call, "Upload-Offset", &chunk.offset, err) ||
        !header_int(call, "Upload-Length", &chunk.length, err) || !became(call, face, &done, err))
        return false;
    if (chunk.offset < 0)
        return FAIL(err, ERR_INVALID, "Upload-Offset is missing");
    if (done.is_done && chunk.offset != done.size)
        return FAIL(err, ERR_CONFLICT, "Upload-Offset is %lld, not %lld", (long long)done.size,
                    (long long)chunk.offset);
    if (!done.is_done && !begin(call, &chunk, &writer, err))
        return false;
    sink_give(call, writer, out);
    return true;
}

bool tus_patch(struct call *call, const struct tus_face *face, struct err *err)
{
    struct upload upload;
    struct tus_done done;

    if (!sink_of(call)->writer) {
        if (!became(call, face, &done, err))
            return false;
        say_whole(call, face, &done);
    } else {
        if (!finish(call, face, &upload, err))
            return false;
        reply_header(call->reply, "Upload-Offset", number(call, upload.received));
        say_progress(call, &upload);
    }
    call->reply->status = 204;
    return true;
}

bool tus_drop(struct call *call, const struct tus_face *face, struct err *err)
{
    struct tus_done done;

    if (!speaks_tus(call, err) || !became(call, face, &done, err))
        return false;
    if (done.is_done)
        return FAIL(err, ERR_CONFLICT, "this upload is accepted; a device adds, and never takes back");
    if (!upload_drop(call->app->world, &call->who, call->arena, upload_arg(call, face), call->now_ms, err))
        return false;
    call->reply->status = 204;
    reply_header(call->reply, "Tus-Resumable", TUS_VERSION);
    return true;
}
