#include "store/blob.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/file.h"
#include "base/hash.h"
#include "store/private.h"

/* A mapping and how many read from it. The mapping outlives the blob's name: removing is safe beside a
 * download. */
struct mapped {
    struct blob_map map; /* first: blob_unmap is given its address */
    struct blobs *blobs;
    struct mapped *next;
    int refs;
    char id[BLOB_ID_CHARS + 1];
};

static struct mapped **slot_of(struct blobs *blobs, const char *id)
{
    unsigned char folder = 0;

    for (int i = 0; i < 2; i++)
        folder = (unsigned char)(folder << 4 | (id[i] <= '9' ? id[i] - '0' : id[i] - 'a' + 10));
    return &blobs->maps[folder];
}

/* An empty file cannot be mapped, and needs no mapping. */
static bool map_file(int fd, struct blob_map *out, struct err *err)
{
    struct stat info;
    void *at = NULL;

    if (fstat(fd, &info) != 0)
        return FAIL_ERRNO(err, "blob");
    if (info.st_size > 0)
        at = FAULT("blob.map") ? MAP_FAILED : mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        return FAIL_ERRNO(err, "mapping a blob");
    *out = (struct blob_map){at ? at : "", (size_t)info.st_size,
                             (int64_t)info.st_mtim.tv_sec * 1000 + info.st_mtim.tv_nsec / 1000000, 0};
    return true;
}

static struct mapped *find(struct blobs *blobs, const char *id)
{
    struct mapped *mapped = *slot_of(blobs, id);

    while (mapped && strcmp(mapped->id, id) != 0)
        mapped = mapped->next;
    return mapped;
}

/* With the lock: two readers that come at once share one mapping. */
static bool map_shared(struct blobs *blobs, const char *id, const char *path, struct mapped **out,
                       struct err *err)
{
    struct mapped *mapped = find(blobs, id);

    if (!mapped) {
        AUTO(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
        struct blob_map map;

        if (fd < 0)
            return errno == ENOENT ? FAIL(err, ERR_NOT_FOUND, "no blob %.12s", id) : FAIL_ERRNO(err, "blob");
        if (!map_file(fd, &map, err))
            return false;
        mapped = calloc(1, sizeof(*mapped));
        if (!mapped)
            abort();
        *mapped = (struct mapped){.map = map, .blobs = blobs, .next = *slot_of(blobs, id)};
        memcpy(mapped->id, id, sizeof(mapped->id));
        if (map.size > 0) {
            mapped->map.fd = fd;
            fd = -1;
        }
        *slot_of(blobs, id) = mapped;
    }
    mapped->refs++;
    *out = mapped;
    return true;
}

bool blob_map(struct blobs *blobs, const char *id, const struct blob_map **out, struct err *err)
{
    struct mapped *mapped = NULL;
    char path[PATH_MAX];

    if (!blob_path(blobs, id, path, err))
        return false;
    pthread_mutex_lock(&blobs->lock);
    bool ok = map_shared(blobs, id, path, &mapped, err);
    pthread_mutex_unlock(&blobs->lock);
    if (ok)
        *out = &mapped->map;
    return ok;
}

static void unmap(struct mapped *mapped)
{
    if (mapped->map.size) {
        munmap((void *)(uintptr_t)mapped->map.at, mapped->map.size);
        close(mapped->map.fd);
    }
    free(mapped);
}

void blob_unmap(void *map)
{
    struct mapped *mapped = map, **at;
    struct blobs *blobs = mapped->blobs;

    pthread_mutex_lock(&blobs->lock);
    bool is_last = --mapped->refs == 0;
    if (is_last) {
        for (at = slot_of(blobs, mapped->id); *at != mapped; at = &(*at)->next)
            continue;
        *at = mapped->next;
    }
    pthread_mutex_unlock(&blobs->lock);
    if (is_last)
        unmap(mapped);
}

/* Read, not mapped: a disk that fails then is an answer and not a signal. */
static bool digest(int fd, char out[HASH_HEX_MAX], struct err *err)
{
    AUTO(hash_freep) struct hash *hash = hash_new(HASH_SHA256);
    char piece[65536];
    ssize_t got;

    while ((got = FAULT("blob.read") ? -1 : read(fd, piece, sizeof(piece))) != 0) {
        if (got < 0 && errno != EINTR)
            return FAIL_ERRNO(err, "reading a blob");
        if (got > 0)
            hash_add(hash, span_make(piece, (size_t)got));
    }
    hash_hex(hash, out);
    return true;
}

bool blob_verify(struct blobs *blobs, const char *id, struct err *err)
{
    AUTO(fd_closep) int fd = -1;
    char path[PATH_MAX], real[HASH_HEX_MAX];

    if (!blob_path(blobs, id, path, err))
        return false;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return FAIL_ERRNO(err, "blob");
    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    if (!digest(fd, real, err))
        return false;
    return strcmp(real, id) == 0 || FAIL(err, ERR_CORRUPT, "blob %.12s holds the bytes of %.12s", id, real);
}
