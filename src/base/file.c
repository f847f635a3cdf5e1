#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fault.h"

void fd_closep(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static ssize_t read_some(int fd, char *at, size_t size)
{
    ssize_t got;

    do
        got = read(fd, at, size);
    while (got < 0 && errno == EINTR);
    return got;
}

bool file_read(struct arena *arena, const char *path, size_t max, struct span *out, struct err *err)
{
    AUTO(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct buf bytes = {.arena = arena};
    char piece[16384];
    ssize_t got;

    if (FAULT("file.read") || fd < 0)
        return FAIL_ERRNO(err, path);
    while ((got = read_some(fd, piece, sizeof(piece))) > 0) {
        if ((size_t)got > max - bytes.size)
            return FAIL(err, ERR_TOO_LARGE, "%s: more than %zu bytes", path, max);
        buf_add(&bytes, span_make(piece, (size_t)got));
    }
    if (got < 0)
        return FAIL_ERRNO(err, path);
    *out = buf_span(&bytes);
    return true;
}

bool file_write_all(int fd, struct span bytes, struct err *err)
{
    while (bytes.size > 0) {
        ssize_t put = FAULT("file.write") ? -1 : write(fd, bytes.at, bytes.size);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return FAIL_ERRNO(err, "write");
        bytes = span_make(bytes.at + put, bytes.size - (size_t)put);
    }
    return true;
}

bool file_pwrite_all(int fd, struct span bytes, int64_t offset, struct err *err)
{
    while (bytes.size > 0) {
        ssize_t put = FAULT("file.write") ? -1 : pwrite(fd, bytes.at, bytes.size, offset);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return FAIL_ERRNO(err, "write");
        bytes = span_make(bytes.at + put, bytes.size - (size_t)put);
        offset += put;
    }
    return true;
}

bool file_sync(int fd, const char *what, struct err *err)
{
    if (FAULT("file.sync") || fsync(fd) != 0)
        return FAIL_ERRNO(err, what);
    return true;
}

bool file_open_dir(const char *dir, int *fd, struct err *err)
{
    int opened = FAULT("file.open_dir") ? -1 : open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (opened < 0)
        return FAIL_ERRNO(err, dir);
    *fd = opened;
    return true;
}

bool file_sync_dir(const char *dir, struct err *err)
{
    AUTO(fd_closep) int fd = -1;

    return file_open_dir(dir, &fd, err) && file_sync(fd, dir, err);
}

/* The folder a path lies in: "." when it names none. */
static bool parent_of(const char *path, char out[PATH_MAX], struct err *err)
{
    const char *slash = strrchr(path, '/');

    if (strlen(path) >= PATH_MAX)
        return FAIL(err, ERR_INVALID, "a path of %zu bytes is too long", strlen(path));
    if (!slash)
        snprintf(out, PATH_MAX, ".");
    else
        snprintf(out, PATH_MAX, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    return true;
}

static bool fill_and_rename(int fd, const char *temp, const char *path, struct span bytes, mode_t mode,
                            struct err *err)
{
    if (fchmod(fd, mode) != 0)
        return FAIL_ERRNO(err, "fchmod");
    if (!file_write_all(fd, bytes, err) || !file_sync(fd, "fsync", err))
        return false;
    if (FAULT("file.rename") || rename(temp, path) != 0)
        return FAIL_ERRNO(err, "rename");
    return true;
}

bool file_write_whole(const char *path, struct span bytes, mode_t mode, struct err *err)
{
    char dir[PATH_MAX], temp[PATH_MAX];

    if (!parent_of(path, dir, err))
        return false;
    if ((size_t)snprintf(temp, sizeof(temp), "%s.XXXXXX", path) >= sizeof(temp))
        return FAIL(err, ERR_INVALID, "a path of %zu bytes is too long", strlen(path));
    AUTO(fd_closep) int folder = -1;
    if (!file_open_dir(dir, &folder, err))
        return false;
    AUTO(fd_closep) int fd = FAULT("file.create") ? -1 : mkostemp(temp, O_CLOEXEC);
    if (fd < 0)
        return FAIL_ERRNO(err, path);
    if (!fill_and_rename(fd, temp, path, bytes, mode, err)) {
        unlink(temp);
        return err_within(err, "%s", path);
    }
    return file_sync(folder, dir, err);
}

static bool make_dir(const char *path, mode_t mode, struct err *err)
{
    struct stat info;

    if (mkdir(path, mode) == 0)
        return true;
    if (errno == EEXIST && stat(path, &info) == 0) {
        if (S_ISDIR(info.st_mode))
            return true;
        errno = ENOTDIR;
    }
    return FAIL_ERRNO(err, path);
}

bool file_make_dirs(const char *path, mode_t mode, struct err *err)
{
    char part[PATH_MAX];

    if (strlen(path) >= sizeof(part))
        return FAIL(err, ERR_INVALID, "a path of %zu bytes is too long", strlen(path));
    snprintf(part, sizeof(part), "%s", path);
    for (char *slash = strchr(part + (part[0] == '/'), '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (!make_dir(part, mode, err))
            return false;
        *slash = '/';
    }
    return make_dir(part, mode, err);
}

bool file_exists(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0;
}

int64_t file_free_bytes(const char *path)
{
    struct statvfs info;

    if (statvfs(path, &info) != 0)
        return -1;
    return (int64_t)(info.f_bavail * info.f_frsize);
}

bool file_wipe(const char *path, struct err *err)
{
    AUTO(fd_closep) int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    static const char nothing[4096];
    struct stat info;

    if (fd < 0 || fstat(fd, &info) != 0)
        return FAIL_ERRNO(err, path);
    for (int64_t at = 0; at < info.st_size; at += (int64_t)sizeof(nothing))
        if (!file_pwrite_all(fd, span_make(nothing, sizeof(nothing)), at, err))
            return false;
    if (!file_sync(fd, path, err))
        return false;
    return unlink(path) == 0 || FAIL_ERRNO(err, path);
}
