#include "store/private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/file.h"
#include "base/log.h"

/* With less than this the database's log and index cannot grow: a WAL database on a full disk does not even
 * open for reading, and may die inside its mapped index. */
#define FREE_LEAST (16 * 1024 * 1024)
/* Made only where that much more stays free. */
#define ROOM_TIMES 4

static bool path_of(const char *dir, char out[PATH_MAX], struct err *err)
{
    if (snprintf(out, PATH_MAX, "%s/ballast", dir) >= PATH_MAX)
        return FAIL(err, ERR_INVALID, "the path of the folder is too long");
    return true;
}

bool ballast_free(const char *dir, struct err *err)
{
    int64_t left = file_free_bytes(dir);
    char path[PATH_MAX];

    if (left < 0 || left >= FREE_LEAST)
        return true;
    if (!path_of(dir, path, err))
        return false;
    if (unlink(path) != 0)
        return errno == ENOENT || FAIL_ERRNO(err, path);
    log_say(LOG_WARN, "store.ballast", "freed", path, "reason", "the disk is full", NULL);
    return true;
}

/* A start without ballast is better than none. */
static bool fill(const char *path, int64_t bytes, struct err *err)
{
    AUTO(fd_closep) int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);

    if (fd < 0)
        return FAIL_ERRNO(err, path);
    errno = FAULT("ballast.fill") ? EIO : posix_fallocate(fd, 0, bytes);
    return errno == 0 || FAIL_ERRNO(err, path);
}

bool ballast_make(const char *dir, int64_t bytes, struct err *err)
{
    struct stat info;
    char path[PATH_MAX];

    if (!path_of(dir, path, err))
        return false;
    if ((stat(path, &info) == 0 && info.st_size >= bytes) || file_free_bytes(dir) < ROOM_TIMES * bytes)
        return true;
    struct err why;
    if (!fill(path, bytes, &why)) {
        unlink(path);
        log_say(LOG_WARN, "store.ballast", "failed", why.text, NULL);
    }
    return true;
}
