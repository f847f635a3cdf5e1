#include "tools/fleet/disk.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/text.h"

/* ---- shared ------------------------------------------------------------------- */

#define SHELVES 256

struct book {
    char digest[HASH_HEX_MAX];
    struct span bytes;
    struct book *next;
};

struct library {
    pthread_mutex_t lock;
    struct arena *arena;
    struct book *shelves[SHELVES];
};

struct library *library_new(void)
{
    struct library *library = calloc(1, sizeof(*library));

    if (!library)
        abort();
    pthread_mutex_init(&library->lock, NULL);
    library->arena = arena_new();
    return library;
}

void library_freep(struct library **library)
{
    if (!*library)
        return;
    arena_freep(&(*library)->arena);
    pthread_mutex_destroy(&(*library)->lock);
    free(*library);
    *library = NULL;
}

static struct book *book_find(struct book *book, const char *digest)
{
    while (book && !text_equal(book->digest, digest))
        book = book->next;
    return book;
}

struct span library_keep(struct library *library, struct span bytes)
{
    char digest[HASH_HEX_MAX];
    struct book **shelf, *book;
    uint8_t number = 0;

    hash_hex_of(HASH_SHA256, bytes, digest);
    (void)text_unhex((char[]){digest[0], digest[1], 0}, &number, 1);
    shelf = &library->shelves[number];
    pthread_mutex_lock(&library->lock);
    book = book_find(*shelf, digest);
    if (!book) {
        book = ARENA_NEW(library->arena, struct book);
        memcpy(book->digest, digest, sizeof(digest));
        book->bytes = (struct span){arena_text(library->arena, bytes), bytes.size};
        book->next = *shelf;
        *shelf = book;
    }
    pthread_mutex_unlock(&library->lock);
    return book->bytes;
}

/* ---- a machine's own --------------------------------------------------------------- */

static struct disk_file *file_find(const struct disk *disk, const char *name)
{
    for (size_t i = 0; i < disk->count; i++)
        if (text_equal(disk->files[i].name, name))
            return &disk->files[i];
    return NULL;
}

struct span disk_look(const struct disk *disk, const char *name)
{
    const struct disk_file *file = file_find(disk, name);

    return file ? file->bytes : (struct span){NULL, 0};
}

bool disk_load(void *ctx, struct arena *arena, const char *name, struct span *out, struct err *err)
{
    struct span bytes = disk_look(ctx, name);

    if (!bytes.at)
        return FAIL(err, ERR_NOT_FOUND, "there is no %s", name);
    *out = (struct span){arena_text(arena, bytes), bytes.size};
    return true;
}

static struct disk_file *file_make(struct disk *disk, const char *name)
{
    struct disk_file *more = realloc(disk->files, (disk->count + 1) * sizeof(*more));
    char *copy = strdup(name);

    if (!more || !copy)
        abort();
    disk->files = more;
    more[disk->count] = (struct disk_file){.name = copy};
    return &more[disk->count++];
}

static struct span bytes_copy(struct span bytes)
{
    char *copy = malloc(bytes.size + 1);

    if (!copy)
        abort();
    if (bytes.size)
        memcpy(copy, bytes.at, bytes.size);
    copy[bytes.size] = '\0';
    return (struct span){copy, bytes.size};
}

static void file_empty(struct disk_file *file)
{
    if (!file->is_shared)
        free((char *)(uintptr_t)file->bytes.at);
}

bool disk_keep(void *ctx, const char *name, struct span bytes, struct err *err)
{
    struct disk *disk = ctx;
    struct disk_file *file = file_find(disk, name);

    if (!file && disk->count == DISK_FILES_MAX)
        return FAIL(err, ERR_NO_SPACE, "the disk holds %d files", DISK_FILES_MAX);
    if (!file)
        file = file_make(disk, name);
    file_empty(file);
    file->is_shared = text_starts(name, "tuf/") &&
                      (!text_starts(name, "tuf/director/") || text_equal(name, "tuf/director/root.json"));
    file->bytes = file->is_shared ? library_keep(disk->library, bytes) : bytes_copy(bytes);
    return true;
}

void disk_drop(struct disk *disk, const char *name)
{
    struct disk_file *file = file_find(disk, name);

    if (!file)
        return;
    file_empty(file);
    free(file->name);
    *file = disk->files[--disk->count];
}

void disk_end(struct disk *disk)
{
    for (size_t i = 0; i < disk->count; i++) {
        file_empty(&disk->files[i]);
        free(disk->files[i].name);
    }
    free(disk->files);
    disk->files = NULL;
    disk->count = 0;
}
