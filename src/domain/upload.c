#include "domain/upload.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/ident.h"
#include "base/mutant.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/upload_parts.h"
#include "model/device.h"
#include "store/uploads.h"

#define ID_BYTES 16
#define PIECE_BYTES (256 * 1024)
#define SWEEP_MAX 100 /* expired uploads removed in one go */

/* ---- files ------------------------------------------------------------------ */

static const char *folder(struct world *world, struct arena *arena)
{
    return arena_printf(arena, "%s/uploads", store_dir(world->store));
}

const char *upload_path(struct world *world, struct arena *arena, const char *id)
{
    return arena_printf(arena, "%s/%s", folder(world, arena), id);
}

void upload_unlink(struct world *world, struct arena *arena, const char *id)
{
    unlink(upload_path(world, arena, id));
}

bool upload_lock(struct world *world, struct arena *arena, const char *id, int flags, int *fd,
                 struct err *err)
{
    AUTO(fd_closep) int file = -1;

    if ((flags & O_CREAT) && !file_make_dirs(folder(world, arena), 0700, err))
        return false;
    file = open(upload_path(world, arena, id), flags | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return FAIL_ERRNO(err, "the upload's file");
    if (flock(file, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? FAIL(err, ERR_LOCKED, "upload %s is being written to", id)
                                    : FAIL_ERRNO(err, "flock");
    *fd = file;
    file = -1;
    return true;
}

/* ---- limits ----------------------------------------------------------------- */

bool upload_has_room(struct world *world, int64_t more, struct err *err)
{
    int64_t free_bytes = file_free_bytes(store_dir(world->store));

    if (!MUTANT_IS(29) && free_bytes >= 0 && free_bytes - more < world->settings->disk_reserve_bytes)
        return FAIL(err, ERR_NO_SPACE, "the disk has %lld bytes left and keeps %lld in reserve",
                    (long long)free_bytes, (long long)world->settings->disk_reserve_bytes);
    return true;
}

bool upload_fits_quota(struct world *world, int64_t tenant_id, int64_t more, struct err *err)
{
    int64_t bytes, quota = world->settings->upload_quota_bytes;

    if (!store_upload_bytes(world->store, tenant_id, &bytes, err))
        return false;
    if (more > quota || bytes > quota - more)
        return FAIL(err, ERR_TOO_MANY, "unfinished uploads hold %lld of %lld bytes; finish or drop one",
                    (long long)bytes, (long long)quota);
    return true;
}

static bool fits_count(struct world *world, int64_t tenant_id, struct err *err)
{
    int64_t count;

    if (!store_upload_count(world->store, tenant_id, &count, err))
        return false;
    return count < UPLOADS_MAX ||
           FAIL(err, ERR_TOO_MANY, "%d uploads are under way; finish or drop one", UPLOADS_MAX);
}

int64_t upload_end_ms(struct world *world, int64_t now_ms)
{
    return now_ms + world->settings->upload_expiry_h * 3600 * 1000;
}

/* ---- whose ------------------------------------------------------------------ */

#define OF_DEVICE "device:" /* no operator's name has a colon */

static const char *owner_of(struct arena *arena, const struct who *who)
{
    return who->device ? arena_printf(arena, OF_DEVICE "%lld", (long long)who->device->id) : who->name;
}

/* A device sees its own, an operator no device's. */
static bool is_theirs(struct arena *arena, const struct who *who, const struct upload *upload)
{
    return who->kind == WHO_IS_OPERATOR ? !text_starts(upload->owner, OF_DEVICE)
                                        : who->device && text_equal(upload->owner, owner_of(arena, who));
}

/* ---- verbs ------------------------------------------------------------------ */

bool upload_make(struct world *world, const struct who *who, struct arena *arena, int64_t length,
                 const char *metadata, int64_t now_ms, struct upload *out, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct upload upload = {.id = ident_new(arena, ID_BYTES),
                            .tenant_id = who->tenant_id,
                            .owner = owner_of(arena, who),
                            .length = length,
                            .metadata = metadata ? metadata : "",
                            .created_ms = now_ms,
                            .expires_ms = upload_end_ms(world, now_ms)};
    int64_t promised = length > 0 ? length : 0;

    if (length > world->settings->upload_max_bytes)
        return FAIL(err, ERR_TOO_LARGE, "an upload has at most %lld bytes",
                    (long long)world->settings->upload_max_bytes);
    if (!upload_metadata_check(arena, metadata, err) || !upload_has_room(world, promised, err))
        return false;
    if (!tx_begin(&tx, world->store, err) || !fits_count(world, who->tenant_id, err) ||
        !upload_fits_quota(world, who->tenant_id, promised, err) ||
        !store_upload_put(world->store, &upload, err) ||
        !audit_note(world, who, "upload.make", upload.id, NULL, now_ms, err) || !tx_commit(&tx, err))
        return false;
    *out = upload;
    return true;
}

bool upload_get(struct world *world, const struct who *who, struct arena *arena, const char *id,
                int64_t now_ms, struct upload *out, struct err *err)
{
    struct upload upload;

    if (!text_is_hex(id, (size_t)ID_BYTES * 2))
        return FAIL(err, ERR_NOT_FOUND, "no such upload");
    if (!store_upload_get(world->store, arena, who->tenant_id, id, &upload, err))
        return false;
    if (!is_theirs(arena, who, &upload))
        return FAIL(err, ERR_NOT_FOUND, "no upload %s", id);
    if (upload.expires_ms <= now_ms)
        return FAIL(err, ERR_GONE, "upload %s was given until %s", id, text_time(arena, upload.expires_ms));
    *out = upload;
    return true;
}

bool upload_drop(struct world *world, const struct who *who, struct arena *arena, const char *id,
                 int64_t now_ms, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    AUTO(fd_closep) int fd = -1;
    struct upload upload;

    if (!upload_get(world, who, arena, id, now_ms, &upload, err))
        return false;
    if (!upload_lock(world, arena, id, O_RDWR, &fd, err) && err->code != ERR_NOT_FOUND)
        return false; /* a file that was never begun has no lock to take */
    if (!tx_begin(&tx, world->store, err) || !store_upload_drop(world->store, id, err) ||
        !audit_note(world, who, "upload.drop", id, NULL, now_ms, err) || !tx_commit(&tx, err))
        return false;
    upload_unlink(world, arena, id);
    return true;
}

bool upload_open(struct world *world, const struct who *who, struct arena *arena, const char *id,
                 int64_t now_ms, struct upload *out, int *fd, struct err *err)
{
    AUTO(fd_closep) int file = -1;
    struct upload upload;

    if (!upload_get(world, who, arena, id, now_ms, &upload, err))
        return false;
    if (!upload_lock(world, arena, id, O_RDONLY, &file, err)) {
        if (err->code != ERR_NOT_FOUND)
            return false;
        return FAIL(err, ERR_CONFLICT, "upload %s has no bytes yet", id);
    }
    if (!upload_get(world, who, arena, id, now_ms, &upload, err)) /* as it is under the lock */
        return false;
    if (upload.length < 0 || upload.received < upload.length)
        return FAIL(err, ERR_CONFLICT, "upload %s is not finished: %lld of %lld bytes", id,
                    (long long)upload.received, (long long)upload.length);
    *out = upload;
    *fd = file;
    file = -1;
    return true;
}

/* ---- reading ------------------------------------------------------------------ */

bool upload_pieces(struct arena *arena, int fd, int64_t size, upload_taker *take, void *to, struct err *err)
{
    char *piece = arena_take(arena, PIECE_BYTES);
    int64_t at = 0;

    while (at < size) {
        ssize_t got = pread(fd, piece, PIECE_BYTES, at);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return FAIL_ERRNO(err, "reading the upload");
        if (got == 0)
            return FAIL(err, ERR_CORRUPT, "the upload's file is shorter than its row says");
        if (!take(to, span_make(piece, (size_t)got), err))
            return false;
        at += got;
    }
    return true;
}

/* ---- sweeping --------------------------------------------------------------- */

static bool sweep_expired(struct world *world, struct arena *arena, int64_t now_ms, struct err *err)
{
    struct upload *uploads;
    size_t count;

    if (!store_upload_expired(world->store, arena, now_ms, SWEEP_MAX, &uploads, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        AUTO(tx_end) struct tx tx = {0};
        AUTO(fd_closep) int fd = -1;
        const char *id = uploads[i].id;

        if (!upload_lock(world, arena, id, O_RDWR, &fd, err) && err->code != ERR_NOT_FOUND)
            continue; /* it is being written to: the next sweep sees it again */
        if (!tx_begin(&tx, world->store, err) || !store_upload_drop(world->store, id, err) ||
            !audit_service(world, uploads[i].tenant_id, "upload.expire", id, NULL, now_ms, err) ||
            !tx_commit(&tx, err))
            return false;
        upload_unlink(world, arena, id);
    }
    return true;
}

/* A crash between dropping a row and its file leaves the file. Rows come first, so a file without one is
 * over. */
static bool sweep_orphans(struct world *world, struct arena *arena, struct err *err)
{
    DIR *dir = opendir(folder(world, arena));
    struct dirent *entry;
    bool is_ok = true, is_known;

    while (is_ok && dir && (entry = readdir(dir))) {
        if (!text_is_hex(entry->d_name, (size_t)ID_BYTES * 2))
            continue;
        is_ok = store_upload_is_known(world->store, entry->d_name, &is_known, err);
        if (is_ok && !is_known)
            upload_unlink(world, arena, entry->d_name);
    }
    if (dir)
        closedir(dir);
    return is_ok;
}

bool upload_tick(struct world *world, int64_t now_ms, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();

    return sweep_expired(world, arena, now_ms, err) && sweep_orphans(world, arena, err);
}
