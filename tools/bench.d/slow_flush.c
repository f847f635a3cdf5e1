/* Loaded in front of the service, it makes a disk of it that needs some time for each flush, as those in most machines
 * do. The flush itself still happens. */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int flush_slowly(long call, int fd)
{
    const struct timespec pause = {.tv_nsec = FLUSH_MS * 1000000L};
    int status = (int)syscall(call, fd);

    nanosleep(&pause, NULL);
    return status;
}

int fsync(int fd)
{
    return flush_slowly(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    return flush_slowly(SYS_fdatasync, fd);
}
