#include "tools/common/client_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <strings.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"

const char *answer_header(const struct answer *answer, const char *name)
{
    size_t size = strlen(name);

    for (size_t i = 0; answer->headers && answer->headers[i]; i++) {
        const char *line = answer->headers[i];

        if (strncasecmp(line, name, size) == 0 && line[size] == ':')
            return line + size + 1 + strspn(line + size + 1, " \t");
    }
    return NULL;
}

/* ---- asking -------------------------------------------------------------------- */

struct body {
    struct buf text;
    int64_t max;
};

static bool head_noted(void *ctx, const struct answer *answer, struct err *err)
{
    (void)ctx;
    (void)answer;
    (void)err;
    return true;
}

static bool body_add(void *ctx, struct span bytes, struct err *err)
{
    struct body *body = ctx;

    if ((int64_t)(body->text.size + bytes.size) > body->max)
        return FAIL(err, ERR_TOO_LARGE, "the answer is longer than %" PRId64 " bytes", body->max);
    buf_add(&body->text, bytes);
    return true;
}

bool client_ask(struct client *client, struct arena *arena, const char *method, const char *where,
                const char *const *headers, struct span body, struct answer *out, struct err *err)
{
    struct body text = {.text = {.arena = arena}, .max = client_answer_max(client)};
    struct exchange exchange = {.arena = arena,
                                .method = method,
                                .where = where,
                                .headers = headers,
                                .body = body,
                                .ctx = &text,
                                .head = head_noted,
                                .data = body_add};

    if (!client_exchange(client, &exchange, err))
        return false;
    *out = exchange.answer;
    out->body = (struct span){buf_cstr(&text.text), text.text.size};
    return true;
}

/* ---- uploads --------------------------------------------------------------------- */

struct sending {
    struct body body;
    const struct upload_part *part;
};

static bool sending_answer(void *ctx, struct span bytes, struct err *err)
{
    return body_add(&((struct sending *)ctx)->body, bytes, err);
}

static void sending_progress(void *ctx, int64_t bytes)
{
    const struct upload_part *part = ((struct sending *)ctx)->part;

    if (part->progress)
        part->progress(part->ctx, part->offset + bytes, part->total);
}

/* The caller's headers and ours behind them. */
static const char *const *headers_with(struct arena *arena, const char *const *given, const char *const *ours,
                                       size_t count)
{
    size_t given_count = 0;
    const char **all;

    while (given && given[given_count])
        given_count++;
    all = ARENA_MANY(arena, const char *, given_count + count + 1);
    for (size_t i = 0; i < given_count; i++)
        all[i] = given[i];
    for (size_t i = 0; i < count; i++)
        all[given_count + i] = ours[i];
    return all;
}

bool client_upload(struct client *client, struct arena *arena, const char *where, const char *const *headers,
                   const struct upload_part *part, struct answer *out, struct err *err)
{
    const char *ours[] = {"Tus-Resumable: 1.0.0", "Content-Type: application/offset+octet-stream",
                          arena_printf(arena, "Upload-Offset: %" PRId64, part->offset)};
    struct sending sending = {.body = {.text = {.arena = arena}, .max = client_answer_max(client)},
                              .part = part};
    struct exchange exchange = {.arena = arena,
                                .method = "PATCH",
                                .where = where,
                                .headers = headers_with(arena, headers, ours, COUNT(ours)),
                                .has_file = true,
                                .fd = part->fd,
                                .file_offset = part->offset,
                                .file_size = part->length,
                                .is_transfer = true,
                                .ctx = &sending,
                                .head = head_noted,
                                .data = sending_answer,
                                .sent = sending_progress};

    if (!client_exchange(client, &exchange, err))
        return false;
    *out = exchange.answer;
    out->body = (struct span){buf_cstr(&sending.body.text), sending.body.text.size};
    return true;
}

/* ---- downloads --------------------------------------------------------------------- */

struct receiving {
    struct download *download;
    struct download_result *result;
    bool is_wanted; /* the bytes belong in the file: 200 or 206 */
};

static bool may_continue(const struct download *download)
{
    return download->offset > 0 && download->etag[0] == '"';
}

/* "bytes 100-199/200" or, of a 416, "bytes *" "/200". */
static bool range_read(const char *text, int64_t *first, int64_t *total)
{
    int64_t from = -1, to = -1, all = -1;
    int used = 0;

    if (!text)
        return false;
    if (sscanf(text, "bytes %18" SCNd64 "-%18" SCNd64 "/%18" SCNd64 "%n", &from, &to, &all, &used) == 3) {
        if (text[used] || from < 0 || to < from || all <= to || to != all - 1)
            return false;
    } else if (sscanf(text, "bytes */%18" SCNd64 "%n", &all, &used) != 1 || text[used] || all < 0) {
        return false;
    }
    *first = from;
    *total = all;
    return true;
}

static bool size_check(const struct download *download, int64_t total, struct err *err)
{
    int64_t max = download->bytes_max ? download->bytes_max : download->expect_bytes;

    if (download->expect_bytes >= 0 && total >= 0 && total != download->expect_bytes)
        return FAIL(err, ERR_CONFLICT, "the server offers %" PRId64 " bytes, %" PRId64 " were announced",
                    total, download->expect_bytes);
    if (max >= 0 && total > max)
        return FAIL(err, ERR_TOO_LARGE, "the server offers %" PRId64 " bytes, %" PRId64 " are allowed", total,
                    max);
    return true;
}

static bool start_over(struct download *download, struct err *err)
{
    if (download->offset > 0)
        download->from_zero++;
    download->offset = 0;
    download->etag[0] = '\0';
    if (download->fd >= 0 && ftruncate(download->fd, 0) != 0)
        return FAIL_ERRNO(err, "emptying the file for a fresh download");
    return true;
}

static void etag_keep(struct download *download, const char *etag)
{
    if (!etag || strlen(etag) >= sizeof(download->etag))
        etag = "";
    memcpy(download->etag, etag, strlen(etag) + 1);
}

static bool head_partial(struct receiving *receiving, const struct answer *answer, struct err *err)
{
    struct download *download = receiving->download;
    const char *etag = answer_header(answer, "ETag");
    int64_t first, total;

    if (!range_read(answer_header(answer, "Content-Range"), &first, &total) || first != download->offset)
        return FAIL(err, ERR_CONFLICT,
                    "asked for the bytes from %" PRId64 ", the server answered with others",
                    download->offset);
    if (etag && !text_equal(etag, download->etag))
        return FAIL(err, ERR_CONFLICT, "the server continues another file than the one that was begun");
    receiving->result->total = total;
    return size_check(download, total, err);
}

static bool head_whole(struct receiving *receiving, const struct answer *answer, struct err *err)
{
    struct download *download = receiving->download;
    const char *length = answer_header(answer, "Content-Length");
    int64_t total = -1;

    if (length && !text_int(length, "Content-Length", 0, INT64_MAX, &total, err))
        return false;
    if (!size_check(download, total, err) || !start_over(download, err))
        return false;
    etag_keep(download, answer_header(answer, "ETag"));
    receiving->result->total = total;
    return true;
}

static bool download_head(void *ctx, const struct answer *answer, struct err *err)
{
    struct receiving *receiving = ctx;
    struct download *download = receiving->download;

    receiving->result->status = answer->status;
    receiving->is_wanted = answer->status == 200 || answer->status == 206;
    if (answer->status == 206 && !head_partial(receiving, answer, err))
        return false;
    if (answer->status == 200 && !head_whole(receiving, answer, err))
        return false;
    if (receiving->is_wanted && download->begin)
        return download->begin(download->ctx, download, err);
    return true;
}

static bool download_data(void *ctx, struct span bytes, struct err *err)
{
    struct receiving *receiving = ctx;
    struct download *download = receiving->download;
    int64_t max = download->bytes_max ? download->bytes_max : download->expect_bytes;

    if (!receiving->is_wanted)
        return true; /* a refusal's text, bounded by the transfer's deadline; the status is what counts */
    if (max >= 0 && download->offset + (int64_t)bytes.size > max)
        return FAIL(err, ERR_TOO_LARGE, "more bytes arrive than the %" PRId64 " that are allowed", max);
    if (download->fd >= 0 && !file_pwrite_all(download->fd, bytes, download->offset, err))
        return false;
    download->offset += (int64_t)bytes.size;
    receiving->result->fetched += (int64_t)bytes.size;
    if (download->bytes && !download->bytes(download->ctx, download, bytes, err))
        return false;
    if (download->progress)
        download->progress(download->ctx, download->offset, receiving->result->total);
    return true;
}

static int64_t seconds_of(const char *text)
{
    struct err ignored;
    int64_t seconds;

    return text && text_int(text, "Retry-After", 0, 86400, &seconds, &ignored) ? seconds : 0;
}

static bool download_once(struct client *client, struct arena *arena, const char *where,
                          const char *const *headers, struct receiving *receiving, struct answer *answer,
                          struct err *err)
{
    struct download *download = receiving->download;
    const char *ours[] = {arena_printf(arena, "Range: bytes=%" PRId64 "-", download->offset),
                          arena_printf(arena, "If-Range: %s", download->etag)};
    struct exchange exchange = {.arena = arena,
                                .method = "GET",
                                .where = where,
                                .headers = headers_with(arena, headers, ours, may_continue(download) ? 2 : 0),
                                .is_transfer = true,
                                .ctx = receiving,
                                .head = download_head,
                                .data = download_data};

    if (!client_exchange(client, &exchange, err))
        return false;
    *answer = exchange.answer;
    receiving->result->retry_after_s = seconds_of(answer_header(answer, "Retry-After"));
    return true;
}

/* 416: whole already, or not the file that was begun. True when it is worth asking once more, from zero. */
static bool must_restart(const struct download *download, const struct answer *answer,
                         struct download_result *result)
{
    int64_t first, total;

    if (answer->status != 416)
        return false;
    if (!range_read(answer_header(answer, "Content-Range"), &first, &total) || total != download->offset)
        return true;
    result->total = total;
    return false;
}

bool client_download(struct client *client, const char *where, const char *const *headers,
                     struct download *download, struct download_result *out, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct download_result result = {.total = -1};
    struct receiving receiving = {.download = download, .result = &result};
    struct answer answer;

    if (!may_continue(download) && !start_over(download, err))
        return false;
    if (!download_once(client, arena, where, headers, &receiving, &answer, err))
        return false;
    if (must_restart(download, &answer, &result)) {
        if (!start_over(download, err) ||
            !download_once(client, arena, where, headers, &receiving, &answer, err))
            return false;
    }
    if (result.total < 0 && receiving.is_wanted)
        result.total = download->offset;
    result.is_whole = result.total == download->offset && (receiving.is_wanted || result.status == 416);
    if (result.is_whole && !size_check(download, result.total, err))
        return false;
    *out = result;
    return true;
}
