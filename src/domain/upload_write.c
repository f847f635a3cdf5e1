#include "domain/upload.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mutant.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/upload_parts.h"
#include "store/stop.h"
#include "store/uploads.h"

struct upload_writer {
    struct world *world;
    struct arena *arena;
    struct upload upload; /* received: what the row says */
    int64_t at, limit;    /* the next byte goes here; none beyond there */
    int64_t now_ms;
    struct upload_checksum checksum;
    struct hash *hash;
    int fd;
};

static void writer_close(void *what)
{
    struct upload_writer *writer = what;

    fd_closep(&writer->fd);
    hash_freep(&writer->hash);
}

const struct upload *upload_of(const struct upload_writer *writer)
{
    return &writer->upload;
}

/* A deferred length is told now. */
static bool length_tell(struct upload_writer *writer, const struct who *who, int64_t length, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct world *world = writer->world;
    bool moved;

    if (length < 0 || length == writer->upload.length)
        return true;
    if (writer->upload.length >= 0)
        return FAIL(err, ERR_INVALID, "Upload-Length was %lld and does not change",
                    (long long)writer->upload.length);
    if (length < writer->upload.received)
        return FAIL(err, ERR_INVALID, "Upload-Length is less than the %lld bytes received",
                    (long long)writer->upload.received);
    if (length > world->settings->upload_max_bytes)
        return FAIL(err, ERR_TOO_LARGE, "an upload has at most %lld bytes",
                    (long long)world->settings->upload_max_bytes);
    if (!tx_begin(&tx, world->store, err) ||
        !upload_fits_quota(world, who->tenant_id, length - writer->upload.received, err) ||
        !store_upload_bound(world->store, writer->upload.id, length, &moved, err) || !tx_commit(&tx, err))
        return false;
    writer->upload.length = length;
    return true;
}

/* Under the lock: the row as it is, and no byte in the file that it does not vouch for. */
static bool position(struct upload_writer *writer, const struct who *who, const struct upload_chunk *chunk,
                     struct err *err)
{
    struct upload *upload = &writer->upload;

    if (!upload_get(writer->world, who, writer->arena, chunk->id, writer->now_ms, upload, err))
        return false;
    if (upload->received != chunk->offset && !MUTANT_IS(30))
        return FAIL(err, ERR_CONFLICT, "Upload-Offset is %lld, not %lld", (long long)upload->received,
                    (long long)chunk->offset);
    if (!length_tell(writer, who, chunk->length, err) || !upload_has_room(writer->world, 0, err))
        return false;
    if (ftruncate(writer->fd, upload->received) != 0)
        return FAIL_ERRNO(err, "ftruncate");
    writer->at = upload->received;
    writer->limit = upload->length >= 0 ? upload->length : writer->world->settings->upload_max_bytes;
    return true;
}

bool upload_begin(struct world *world, const struct who *who, struct arena *arena,
                  const struct upload_chunk *chunk, int64_t now_ms, struct upload_writer **out,
                  struct err *err)
{
    struct upload_writer *writer = ARENA_NEW(arena, struct upload_writer);

    *writer = (struct upload_writer){
        .world = world, .arena = arena, .now_ms = now_ms, .checksum = chunk->checksum, .fd = -1};
    arena_defer(arena, writer_close, writer);
    /* Before the file is made: a stranger's id makes no file. */
    if (!upload_get(world, who, arena, chunk->id, now_ms, &writer->upload, err))
        return false;
    if (!upload_lock(world, arena, chunk->id, O_RDWR | O_CREAT, &writer->fd, err))
        return false;
    if (!position(writer, who, chunk, err)) {
        fd_closep(&writer->fd);
        return false;
    }
    if (writer->checksum.is_wanted)
        writer->hash = hash_new(writer->checksum.kind);
    *out = writer;
    return true;
}

/* File, then its name: a row never promises what a power cut can take back. */
static bool sync_all(struct upload_writer *writer, struct err *err)
{
    bool is_first = writer->upload.received == 0;
    AUTO(fd_closep) int folder = -1;

    if (is_first && !file_open_dir(arena_printf(writer->arena, "%s/uploads", store_dir(writer->world->store)),
                                   &folder, err))
        return false;
    if (!MUTANT_IS(31) && !file_sync(writer->fd, "upload", err))
        return store_stop_unless_full(err);
    return !is_first || file_sync(folder, "the folder of uploads", err) || store_stop_unless_full(err);
}

/* Inside a tx: the row says `at`. */
static bool reach(struct upload_writer *writer, int64_t now_ms, struct err *err)
{
    struct world *world = writer->world;

    if (writer->upload.length < 0 &&
        !upload_fits_quota(world, writer->upload.tenant_id, writer->at - writer->upload.received, err))
        return false;
    return store_upload_reach(world->store, writer->upload.id, writer->at, upload_end_ms(world, now_ms), err);
}

static void reached(struct upload_writer *writer, int64_t now_ms)
{
    writer->upload.received = writer->at;
    writer->upload.expires_ms = upload_end_ms(writer->world, now_ms);
}

static bool checkpoint(struct upload_writer *writer, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};

    if (!upload_has_room(writer->world, 0, err) || !sync_all(writer, err) ||
        !tx_begin(&tx, writer->world->store, err) || !reach(writer, writer->now_ms, err) ||
        !tx_commit(&tx, err))
        return err->code == ERR_BUSY; /* the next checkpoint covers it */
    reached(writer, writer->now_ms);
    return true;
}

bool upload_add(struct upload_writer *writer, struct span bytes, struct err *err)
{
    if (writer->fd < 0)
        return FAIL(err, ERR_CONFLICT, "this chunk is over");
    if ((int64_t)bytes.size > writer->limit - writer->at)
        return FAIL(err, ERR_TOO_LARGE, "more bytes than the upload's %lld", (long long)writer->limit);
    if (!file_pwrite_all(writer->fd, bytes, writer->at, err))
        return false;
    writer->at += (int64_t)bytes.size;
    if (writer->hash) {
        hash_add(writer->hash, bytes);
        return true; /* unproven bytes are not acknowledged */
    }
    return writer->at - writer->upload.received < UPLOAD_CHECKPOINT_BYTES || checkpoint(writer, err);
}

static bool proves(struct upload_writer *writer, struct err *err)
{
    char hex[HASH_HEX_MAX];

    if (!writer->hash)
        return true;
    hash_hex(writer->hash, hex);
    hash_freep(&writer->hash);
    return text_equal(hex, writer->checksum.hex) || MUTANT_IS(32) ||
           FAIL(err, ERR_CHECKSUM, "the chunk is not what Upload-Checksum says; the offset stays %lld",
                (long long)writer->upload.received);
}

static bool finish(struct upload_writer *writer, const struct who *who, int64_t now_ms, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    const char *detail = arena_printf(writer->arena, "offset %lld", (long long)writer->at);

    if (!proves(writer, err) || !sync_all(writer, err) || !tx_begin(&tx, writer->world->store, err) ||
        !reach(writer, now_ms, err) ||
        !audit_note(writer->world, who, "upload.write", writer->upload.id, detail, now_ms, err) ||
        !tx_commit(&tx, err))
        return false;
    reached(writer, now_ms);
    return true;
}

bool upload_finish(struct upload_writer *writer, const struct who *who, int64_t now_ms, struct upload *out,
                   struct err *err)
{
    bool is_done;

    if (writer->fd < 0)
        return FAIL(err, ERR_CONFLICT, "this chunk is over");
    is_done = finish(writer, who, now_ms, err);
    if (is_done)
        *out = writer->upload;
    if (is_done || err->code != ERR_BUSY)
        writer_close(writer);
    return is_done;
}

void upload_cut(struct upload_writer *writer)
{
    struct err err;

    if (writer->fd >= 0 && !writer->hash && writer->at > writer->upload.received && checkpoint(writer, &err))
        writer->at = writer->upload.received;
    writer_close(writer);
}
