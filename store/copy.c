#include "store/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "store/blob.h"
#include "store/private.h"
#include "store/query.h"
#include "store/uploads.h"

#define PIECE_BYTES (256 * 1024)
#define UPLOADS_AT_ONCE 100

/* ---- the database ------------------------------------------------------------------ */

/* The library does not sync what it copies. */
static bool make_durable(const char *path, const char *dir, struct err *err)
{
    AUTO(fd_closep) int fd = open(path, O_RDWR | O_CLOEXEC);

    if (fd < 0)
        return FAIL_ERRNO(err, path);
    return file_sync(fd, path, err) && file_sync_dir(dir, err);
}

static bool copy_rows(struct store *store, const char *path, struct err *err)
{
    struct seat *seat = store_seat(store);

    if (!reader_take(seat, err))
        return false;
    bool is_copied = store->driver->copy(seat->reader->session.db, path, err);
    reader_give(seat);
    return is_copied;
}

bool store_copy_database(const char *from, const char *to, struct err *err)
{
    const struct store_options options = {.dir = from, .is_read_only = true};
    AUTO(store_closep) struct store *store = NULL;
    char path[PATH_MAX];

    if (snprintf(path, sizeof(path), "%s/nightshift.db", to) >= PATH_MAX)
        return FAIL(err, ERR_INVALID, "the path of the folder is too long");
    return store_open(&store, &options, err) && copy_rows(store, path, err) && make_durable(path, to, err);
}

/* ---- blobs --------------------------------------------------------------------------- */

static bool pour(int fd, struct blob_writer *writer, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    char *piece = arena_take(arena, PIECE_BYTES);
    ssize_t got;

    while ((got = read(fd, piece, PIECE_BYTES)) != 0) {
        if (got < 0 && errno != EINTR)
            return FAIL_ERRNO(err, "reading a blob");
        if (got > 0 && !blob_add(writer, span_make(piece, (size_t)got), err))
            return false;
    }
    return true;
}

static bool copy_one(struct blobs *from, struct blobs *to, const char *id, struct store_copy_report *report,
                     struct err *err)
{
    AUTO(blob_dropp) struct blob_writer *writer = NULL;
    AUTO(fd_closep) int fd = -1;
    struct blob_hashes hashes;
    char path[PATH_MAX];

    if (!blob_path(from, id, path, err))
        return false;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? FAIL(err, ERR_NOT_FOUND, "blob %.12s is missing", id)
                               : FAIL_ERRNO(err, path);
    if (!blob_begin(to, &writer, err) || !pour(fd, writer, err) || !blob_finish(&writer, &hashes, err))
        return false;
    report->blobs++;
    report->bytes += hashes.size;
    /* What is there under its own name does no harm: no row asks for it. */
    return text_equal(hashes.sha256, id) ||
           FAIL(err, ERR_CORRUPT, "blob %.12s holds the bytes of %.12s", id, hashes.sha256);
}

bool store_copy_blobs(const char *from, struct store *to, struct store_copy_report *report, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    AUTO(blobs_closep) struct blobs *source = NULL;
    AUTO(query_end) struct query q = query_new(to, SQL_blob_list);
    char dir[PATH_MAX];
    enum step step;

    if (snprintf(dir, sizeof(dir), "%s/blobs", from) >= PATH_MAX)
        return FAIL(err, ERR_INVALID, "the path of the folder is too long");
    if (!blobs_open_as(&source, dir, true, err))
        return false;
    while ((step = query_step(&q, err)) == STEP_ROW) {
        const char *id = row_text(&q, arena);

        if (!copy_one(source, store_blobs(to), id, report, err))
            return false;
        arena_reset(arena);
    }
    return step == STEP_DONE;
}

/* ---- uploads ---------------------------------------------------------------------------- */

static bool drop_some(struct store *to, struct arena *arena, size_t *count, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct upload *uploads = NULL;

    if (!store_upload_expired(to, arena, INT64_MAX, UPLOADS_AT_ONCE, &uploads, count, err))
        return false;
    if (*count == 0)
        return true;
    if (!tx_begin(&tx, to, err))
        return false;
    for (size_t i = 0; i < *count; i++)
        if (!store_upload_drop(to, uploads[i].id, err))
            return false;
    return tx_commit(&tx, err);
}

bool store_copy_drop_uploads(struct store *to, struct store_copy_report *report, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    size_t count = 1;

    while (count > 0) {
        if (!drop_some(to, arena, &count, err))
            return err_within(err, "forgetting unfinished uploads");
        report->uploads += (int64_t)count;
        arena_reset(arena);
    }
    return true;
}
