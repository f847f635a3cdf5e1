#include <fcntl.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/file.h"
#include "malformed/malformed.h"

bool memory_forget(void)
{
    AUTO(fd_closep) int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);

    return fd >= 0 && write(fd, "5", 1) == 1;
}

int64_t memory_peak_kib(void)
{
    struct rusage usage = {0};

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

int64_t memory_taken_kib(void)
{
    struct mallinfo2 info = mallinfo2();

    return (int64_t)(info.uordblks + info.hblkhd) / 1024;
}
