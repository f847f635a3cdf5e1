#include "copy_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "domain/setback.h"

#define DEPTH_MAX 8
#define PIECE_BYTES 65536

/* Of the top folder. */
static const char *const left_out[] = {"blobs",
                                       "uploads",
                                       "lock",
                                       "ballast",
                                       "port",
                                       "nightshift.db",
                                       "nightshift.db-wal",
                                       "nightshift.db-shm",
                                       COPY_NOTE,
                                       SETBACK_MARK};

static bool pour(int from, int to, char sha256[65], struct err *err)
{
    AUTO(hash_freep) struct hash *hash = hash_new(HASH_SHA256);
    char piece[PIECE_BYTES];
    ssize_t got;

    while ((got = read(from, piece, sizeof(piece))) != 0) {
        if (got < 0 && errno != EINTR)
            return FAIL_ERRNO(err, "read");
        if (got < 0)
            continue;
        hash_add(hash, span_make(piece, (size_t)got));
        if (to >= 0 && !file_write_all(to, span_make(piece, (size_t)got), err))
            return false;
    }
    hash_hex(hash, sha256);
    return true;
}

bool copy_hash(const char *path, char sha256[65], struct err *err)
{
    AUTO(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return FAIL_ERRNO(err, path);
    return pour(fd, -1, sha256, err) || err_within(err, "%s", path);
}

bool copy_file(const char *from, const char *to, char sha256[65], struct err *err)
{
    AUTO(fd_closep) int source = open(from, O_RDONLY | O_CLOEXEC);
    AUTO(fd_closep) int target = -1;
    struct stat info;

    if (source < 0 || fstat(source, &info) != 0)
        return FAIL_ERRNO(err, from);
    target = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, info.st_mode & 0777);
    if (target < 0)
        return FAIL_ERRNO(err, to);
    return (pour(source, target, sha256, err) && file_sync(target, to, err)) ||
           err_within(err, "copying %s", from);
}

static void dir_closep(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

static bool is_left_out(const char *name, int depth)
{
    if (text_equal(name, ".") || text_equal(name, ".."))
        return true;
    for (size_t i = 0; depth == 0 && i < COUNT(left_out); i++)
        if (text_equal(name, left_out[i]))
            return true;
    return false;
}

static bool copy_folder(struct arena *arena, const char *from, const char *to, int depth, struct err *err);

/* A link is followed: a certificate that lies elsewhere is copied as it is now. */
static bool copy_entry(struct arena *arena, const char *from, const char *to, int depth, struct err *err)
{
    char ignored[65];
    struct stat info;

    if (stat(from, &info) != 0)
        return FAIL_ERRNO(err, from);
    if (S_ISREG(info.st_mode))
        return copy_file(from, to, ignored, err);
    if (!S_ISDIR(info.st_mode))
        return true;
    if (depth == DEPTH_MAX)
        return FAIL(err, ERR_INVALID, "%s lies too deep", from);
    if (mkdir(to, info.st_mode & 0777) != 0)
        return FAIL_ERRNO(err, to);
    return copy_folder(arena, from, to, depth + 1, err);
}

static bool copy_folder(struct arena *arena, const char *from, const char *to, int depth, struct err *err)
{
    AUTO(dir_closep) DIR *dir = opendir(from);
    const struct dirent *entry;

    if (!dir)
        return FAIL_ERRNO(err, from);
    while ((entry = readdir(dir)))
        if (!is_left_out(entry->d_name, depth) &&
            !copy_entry(arena, arena_printf(arena, "%s/%s", from, entry->d_name),
                        arena_printf(arena, "%s/%s", to, entry->d_name), depth, err))
            return false;
    return file_sync_dir(to, err);
}

bool copy_files(struct arena *arena, const char *from, const char *to, struct err *err)
{
    return copy_folder(arena, from, to, 0, err);
}
