#include "api/handlers.h"

#include "base/text.h"
#include "domain/upload.h"

/* tus 1.0.0: core, creation, creation-with-upload, creation-defer-length, checksum, expiration, termination.
 */
#define TUS_VERSION "1.0.0"
#define TUS_TYPE "application/offset+octet-stream"
#define TUS_EXTENSIONS "creation,creation-with-upload,creation-defer-length,checksum,expiration,termination"

struct upload_sink {
    struct sink sink;
    struct upload_writer *writer; /* NULL: this request brings no bytes */
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

    *to = (struct upload_sink){{sink_write, sink_drop}, writer};
    call->sink_state = to;
    *out = &to->sink;
}

static struct upload_writer *writer_of(const struct call *call)
{
    return ((struct upload_sink *)call->sink_state)->writer;
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

bool op_upload_options(struct call *call, struct err *err)
{
    (void)err;
    call->reply->status = 204;
    reply_header(call->reply, "Tus-Resumable", TUS_VERSION);
    reply_header(call->reply, "Tus-Version", TUS_VERSION);
    reply_header(call->reply, "Tus-Extension", TUS_EXTENSIONS);
    reply_header(call->reply, "Tus-Max-Size", number(call, call->app->world->settings->upload_max_bytes));
    reply_header(call->reply, "Tus-Checksum-Algorithm", "sha1,sha256");
    return true;
}

static bool make(struct call *call, struct upload *out, struct err *err)
{
    int64_t length;

    return length_read(call, &length, err) &&
           upload_make(call->app->world, &call->who, call->arena, length,
                       http_header(call->req, "Upload-Metadata"), call->now_ms, out, err);
}

/* Without bytes the upload is made by the handler; with bytes it must be there before them. */
bool op_upload_make_sink(struct call *call, struct sink **out, struct err *err)
{
    struct upload_writer *writer = NULL;
    struct upload upload;
    int64_t length;

    if (!speaks_tus(call, err) || !length_read(call, &length, err))
        return false;
    if (brings_bytes(call)) {
        struct upload_chunk chunk = {.length = -1};

        if (!type_fits(call, err) || !make(call, &upload, err))
            return false;
        chunk.id = upload.id;
        if (!begin(call, &chunk, &writer, err))
            return false;
    }
    sink_give(call, writer, out);
    return true;
}

/* POST /api/v1/uploads */
bool op_upload_make(struct call *call, struct err *err)
{
    struct upload_writer *writer = writer_of(call);
    struct upload upload;

    if (!(writer ? upload_finish(writer, &call->who, call->now_ms, &upload, err) : make(call, &upload, err)))
        return false;
    call->reply->status = 201;
    reply_header(call->reply, "Location",
                 arena_printf(call->arena, "%s/api/v1/uploads/%s", api_base_url(call), upload.id));
    if (writer)
        reply_header(call->reply, "Upload-Offset", number(call, upload.received));
    say_progress(call, &upload);
    return true;
}

/* ---- HEAD, PATCH, DELETE ------------------------------------------------------------- */

bool op_upload_head(struct call *call, struct err *err)
{
    struct upload upload;

    if (!speaks_tus(call, err) ||
        !upload_get(call->app->world, &call->who, call->arena, call->arg[0], call->now_ms, &upload, err))
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

bool op_upload_patch_sink(struct call *call, struct sink **out, struct err *err)
{
    struct upload_chunk chunk = {.id = call->arg[0]};
    struct upload_writer *writer;

    if (!speaks_tus(call, err) || !type_fits(call, err) ||
        !header_int(call, "Upload-Offset", &chunk.offset, err) ||
        !header_int(call, "Upload-Length", &chunk.length, err))
        return false;
    if (chunk.offset < 0)
        return FAIL(err, ERR_INVALID, "Upload-Offset is missing");
    if (!begin(call, &chunk, &writer, err))
        return false;
    sink_give(call, writer, out);
    return true;
}

bool op_upload_patch(struct call *call, struct err *err)
{
    struct upload upload;

    if (!upload_finish(writer_of(call), &call->who, call->now_ms, &upload, err))
        return false;
    call->reply->status = 204;
    reply_header(call->reply, "Upload-Offset", number(call, upload.received));
    say_progress(call, &upload);
    return true;
}

bool op_upload_drop(struct call *call, struct err *err)
{
    if (!speaks_tus(call, err) ||
        !upload_drop(call->app->world, &call->who, call->arena, call->arg[0], call->now_ms, err))
        return false;
    call->reply->status = 204;
    reply_header(call->reply, "Tus-Resumable", TUS_VERSION);
    return true;
}
