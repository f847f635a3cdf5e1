#include "tools/nightshift/sealed.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static void close_it(void *fd)
{
    close(*(int *)fd);
}

bool memory_file(struct arena *arena, const char *name, int *fd, struct err *err)
{
    int *made = ARENA_NEW(arena, int);

    *made = memfd_create(name, MFD_CLOEXEC);
    if (*made < 0)
        return FAIL_ERRNO(err, "making a file in memory");
    arena_defer(arena, close_it, made);
    *fd = *made;
    return true;
}

static void unmap(void *what)
{
    struct span *bytes = what;

    munmap((void *)(uintptr_t)bytes->at, bytes->size);
}

bool memory_map(struct arena *arena, int fd, struct span *out, struct err *err)
{
    struct span *mapped = ARENA_NEW(arena, struct span);
    struct stat stat;
    void *at;

    if (fstat(fd, &stat) != 0)
        return FAIL_ERRNO(err, "looking at a file");
    if (stat.st_size == 0)
        return FAIL(err, ERR_INVALID, "it is empty");
    at = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (at == MAP_FAILED)
        return FAIL_ERRNO(err, "mapping a file");
    *mapped = span_make(at, (size_t)stat.st_size);
    arena_defer(arena, unmap, mapped);
    *out = *mapped;
    return true;
}
