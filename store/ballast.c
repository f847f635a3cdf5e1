#include "store/private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mutant.h"

/* With less than this the database's log and index cannot grow: a WAL database on a full disk does not even
 * open for reading, and may die inside its mapped index. */
#define FREE_LEAST (16 * 1024 * 1024)
/* With less than this nothing can be opened, ballast or not. */
#define START_LEAST (1024 * 1024)
/* At most that part of what is free: a small disk gets a small one. */
#define ROOM_TIMES 4
#define BALLAST_LEAST (4 * 1024 * 1024)

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

    if (left < 0 || left >= FREE_LEAST || MUTANT_IS(28))
        return true;
    if (!path_of(dir, path, err))
        return false;
    if (unlink(path) == 0)
        log_say(LOG_WARN, "store.ballast", "freed", path, "reason", "the disk is full", NULL);
    else if (errno != ENOENT)
        return FAIL_ERRNO(err, path);
    left = file_free_bytes(dir);
    return left < 0 || left >= START_LEAST ||
           FAIL(err, ERR_NO_SPACE,
                "%lld bytes are free, and no database opens with that: make room on the disk of %s",
                (long long)left, dir);
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
    int64_t room = file_free_bytes(dir) / ROOM_TIMES;
    if (bytes > room && (bytes = room) < BALLAST_LEAST)
        return true;
    if (stat(path, &info) == 0 && info.st_size >= bytes)
        return true;
    struct err why;
    if (!fill(path, bytes, &why)) {
        unlink(path);
        log_say(LOG_WARN, "store.ballast", "failed", why.text, NULL);
    }
    return true;
}
