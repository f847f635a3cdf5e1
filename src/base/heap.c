#include "base/heap.h"

#include <malloc.h>
#include <unistd.h>

#define HEAPS_PER_CPU 2
#define LARGE_BYTES (128 * 1024)
/* Free at the end of a heap before that is shortened: less would be asked for again a moment later. */
#define SPARE_BYTES (1024 * 1024)

void heap_set(void)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);

    mallopt(M_ARENA_MAX, HEAPS_PER_CPU * (int)(cpus > 0 ? cpus : 1));
    mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
    mallopt(M_TRIM_THRESHOLD, SPARE_BYTES);
}

void heap_return(void)
{
    malloc_trim(0);
}
