/* What a simulated machine remembers through a power cut: named bytes in memory. Signed metadata is the same
 * on every machine and lies here once. */
#pragma once

#include "base/arena.h"
#include "base/err.h"

struct library; /* bytes that many disks hold; safe from any thread */

struct library *library_new(void);
void library_freep(struct library **library);
/* The one copy of these bytes. */
struct span library_keep(struct library *library, struct span bytes);

#define DISK_FILES_MAX 64

struct disk {
    struct library *library;
    struct disk_file {
        char *name;
        struct span bytes;
        bool is_shared;
    } * files;
    size_t count;
};

bool disk_load(void *disk, struct arena *arena, const char *name, struct span *out, struct err *err) CHECKED;
/* None of that name any more. */
void disk_drop(struct disk *disk, const char *name);
bool disk_keep(void *disk, const char *name, struct span bytes, struct err *err) CHECKED;
struct span disk_look(const struct disk *disk, const char *name); /* NULL: none */
void disk_end(struct disk *disk);
