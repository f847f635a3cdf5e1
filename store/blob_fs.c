#include "store/blob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mutant.h"
#include "base/text.h"
#include "store/private.h"
#include "store/stop.h"

/* DIR/ab/abcd...: 64 digits. DIR/tmp/XXXXXX: being written. */

struct blob_writer {
    struct blobs *blobs;
    int fd;
    char temp[PATH_MAX]; /* "" once renamed */
    int64_t size;
    struct hash *sha256, *sha1, *md5; /* the last two only where they are wanted */
};

/* ---- opening ---------------------------------------------------------------------- */

/* A room is left for "/ab/", the name and its NUL. */
static bool check_dir(const char *dir, struct err *err)
{
    if (strlen(dir) + BLOB_ID_CHARS + 8 > PATH_MAX)
        return FAIL(err, ERR_INVALID, "the path of the folder is too long");
    return true;
}

bool blob_path(const struct blobs *blobs, const char *id, char out[PATH_MAX], struct err *err)
{
    if (!id || !text_is_hex(id, BLOB_ID_CHARS))
        return FAIL(err, ERR_NOT_FOUND, "no blob has that name");
    snprintf(out, PATH_MAX, "%.*s/%.2s/%s", PATH_MAX - BLOB_ID_CHARS - 8, blobs->dir, id, id);
    return true;
}

static void folder_path(const struct blobs *blobs, unsigned no, char out[PATH_MAX])
{
    snprintf(out, PATH_MAX, "%.*s/%02x", PATH_MAX - 8, blobs->dir, no);
}

/* Made once here, so that no put has to make a folder durable. */
static bool make_folders(const struct blobs *blobs, struct err *err)
{
    char path[PATH_MAX];

    for (unsigned no = 0; no < BLOB_FOLDERS; no++) {
        folder_path(blobs, no, path);
        if (mkdir(path, 0750) != 0 && errno != EEXIST)
            return FAIL_ERRNO(err, path);
    }
    snprintf(path, sizeof(path), "%.*s/tmp", PATH_MAX - 8, blobs->dir);
    return file_make_dirs(path, 0750, err) && file_sync_dir(blobs->dir, err);
}

static void dir_closep(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

/* What a crash left half written. */
static bool remove_temporaries(const struct blobs *blobs, struct err *err)
{
    AUTO(dir_closep) DIR *dir = NULL;
    const struct dirent *entry;
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%.*s/tmp", PATH_MAX - 8, blobs->dir);
    dir = opendir(path);
    if (!dir)
        return FAIL_ERRNO(err, path);
    while ((entry = readdir(dir)))
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(dir), entry->d_name, 0);
    return true;
}

bool blobs_open_as(struct blobs **out, const char *dir, bool is_read_only, struct err *err)
{
    AUTO(blobs_closep) struct blobs *blobs = calloc(1, sizeof(*blobs));

    if (!blobs || !(blobs->dir = strdup(dir)))
        abort();
    pthread_mutex_init(&blobs->lock, NULL);
    if (!check_dir(dir, err))
        return false;
    if (!is_read_only &&
        (!file_make_dirs(dir, 0750, err) || !make_folders(blobs, err) || !remove_temporaries(blobs, err)))
        return err_within(err, "blobs");
    *out = blobs;
    blobs = NULL;
    return true;
}

bool blobs_open(struct blobs **out, const char *dir, struct err *err)
{
    return blobs_open_as(out, dir, false, err);
}

void blobs_closep(struct blobs **at)
{
    struct blobs *blobs = *at;

    if (!blobs)
        return;
    *at = NULL;
    /* A reply still on its way keeps its mapping, and what its release needs. */
    for (size_t i = 0; i < BLOB_FOLDERS; i++)
        if (blobs->maps[i])
            return;
    pthread_mutex_destroy(&blobs->lock);
    free(blobs->dir);
    free(blobs);
}

/* ---- writing ------------------------------------------------------------------------ */

void blob_dropp(struct blob_writer **at)
{
    struct blob_writer *writer = *at;

    if (!writer)
        return;
    fd_closep(&writer->fd);
    if (writer->temp[0])
        unlink(writer->temp);
    hash_freep(&writer->sha256);
    hash_freep(&writer->sha1);
    hash_freep(&writer->md5);
    free(writer);
    *at = NULL;
}

bool blob_begin(struct blobs *blobs, struct blob_writer **out, struct err *err)
{
    AUTO(blob_dropp) struct blob_writer *writer = calloc(1, sizeof(*writer));

    if (!writer)
        abort();
    writer->blobs = blobs;
    snprintf(writer->temp, sizeof(writer->temp), "%.*s/tmp/XXXXXX", PATH_MAX - 16, blobs->dir);
    writer->fd = FAULT("blob.create") ? -1 : mkostemp(writer->temp, O_CLOEXEC);
    if (writer->fd < 0) {
        writer->temp[0] = '\0';
        return FAIL_ERRNO(err, "creating a blob");
    }
    writer->sha256 = hash_new(HASH_SHA256);
    *out = writer;
    writer = NULL;
    return true;
}

bool blob_begin_summed(struct blobs *blobs, struct blob_writer **out, struct err *err)
{
    if (!blob_begin(blobs, out, err))
        return false;
    (*out)->sha1 = hash_new(HASH_SHA1);
    (*out)->md5 = hash_new(HASH_MD5);
    return true;
}

bool blob_add(struct blob_writer *writer, struct span bytes, struct err *err)
{
    if (!file_write_all(writer->fd, bytes, err))
        return err_within(err, "writing a blob");
    hash_add(writer->sha256, bytes);
    if (writer->sha1)
        hash_add(writer->sha1, bytes);
    if (writer->md5)
        hash_add(writer->md5, bytes);
    writer->size += (int64_t)bytes.size;
    return true;
}

static bool open_folder(const char *path, int *fd, struct err *err)
{
    char dir[PATH_MAX];

    snprintf(dir, sizeof(dir), "%.*s", (int)(strlen(path) - BLOB_ID_CHARS - 1), path);
    return file_open_dir(dir, fd, err);
}

/* Also over the same bytes: it renews their age, which keeps a sweep of unused blobs away from them, and
 * heals a copy that went bad. The folder is synced even then, for an earlier put may have failed just there. It
 * is opened first: that too many files are open must show while nothing has changed.
 */
static bool place(struct blob_writer *writer, const char *id, struct err *err)
{
    AUTO(fd_closep) int folder = -1;
    char path[PATH_MAX];

    if (!blob_path(writer->blobs, id, path, err) || !open_folder(path, &folder, err))
        return false;
    if (!MUTANT_IS(21) && !file_sync(writer->fd, "syncing a blob", err))
        return store_stop_unless_full(err);
    if (FAULT("blob.rename") || rename(writer->temp, path) != 0)
        return FAIL_ERRNO(err, "naming a blob");
    writer->temp[0] = '\0';
    return MUTANT_IS(22) || file_sync(folder, "syncing the folder of a blob", err) ||
           store_stop_unless_full(err);
}

bool blob_finish(struct blob_writer **at, struct blob_hashes *out, struct err *err)
{
    struct blob_writer *writer = *at;
    struct blob_hashes hashes = {.size = writer->size};

    hash_hex(writer->sha256, hashes.sha256);
    if (writer->sha1)
        hash_hex(writer->sha1, hashes.sha1);
    if (writer->md5)
        hash_hex(writer->md5, hashes.md5);
    if (!place(writer, hashes.sha256, err))
        return err_within(err, "blob %.12s", hashes.sha256);
    blob_dropp(at);
    *out = hashes;
    return true;
}

bool blob_put(struct blobs *blobs, struct span bytes, struct blob_hashes *out, struct err *err)
{
    AUTO(blob_dropp) struct blob_writer *writer = NULL;

    return blob_begin_summed(blobs, &writer, err) && blob_add(writer, bytes, err) &&
           blob_finish(&writer, out, err);
}

/* ---- asking ----------------------------------------------------------------------------- */

bool blob_size(struct blobs *blobs, const char *id, int64_t *size, struct err *err)
{
    struct stat info;
    char path[PATH_MAX];

    if (!blob_path(blobs, id, path, err))
        return false;
    if (stat(path, &info) != 0)
        return FAIL_ERRNO(err, "blob");
    *size = info.st_size;
    return true;
}

bool blob_exists(struct blobs *blobs, const char *id)
{
    struct err ignored;
    int64_t size;

    return blob_size(blobs, id, &size, &ignored);
}

/* Not synced: a blob that comes back after a power cut is an orphan, and those are legal. */
bool blob_remove(struct blobs *blobs, const char *id, struct err *err)
{
    char path[PATH_MAX];

    if (!blob_path(blobs, id, path, err))
        return false;
    return unlink(path) == 0 || FAIL_ERRNO(err, "blob");
}

static bool each_in_folder(struct blobs *blobs, const char *path,
                           bool (*fn)(void *ctx, const char *id, int64_t size, struct err *err), void *ctx,
                           struct err *err)
{
    AUTO(dir_closep) DIR *dir = opendir(path);
    const struct dirent *entry;
    int64_t size = 0;

    if (!dir)
        return FAIL_ERRNO(err, path);
    while ((entry = readdir(dir))) {
        if (!text_is_hex(entry->d_name, BLOB_ID_CHARS))
            continue;
        /* One that was removed meanwhile is passed over. */
        if (blob_size(blobs, entry->d_name, &size, err) ? !fn(ctx, entry->d_name, size, err)
                                                        : err->code != ERR_NOT_FOUND)
            return false;
    }
    return true;
}

bool blob_each(struct blobs *blobs, bool (*fn)(void *ctx, const char *id, int64_t size, struct err *err),
               void *ctx, struct err *err)
{
    char path[PATH_MAX];

    for (unsigned no = 0; no < BLOB_FOLDERS; no++) {
        folder_path(blobs, no, path);
        if (!each_in_folder(blobs, path, fn, ctx, err))
            return false;
    }
    return true;
}
