#include "process_limits.h"

#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

/* The library would make eight for every processor, and each keeps what its busiest moment took. */
#define HEAPS_PER_CPU 2

void process_limits_set(void)
{
    struct rlimit files;
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);

    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    mallopt(M_ARENA_MAX, HEAPS_PER_CPU * (int)(cpus > 0 ? cpus : 1));
    signal(SIGPIPE, SIG_IGN);
}
