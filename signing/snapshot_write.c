#include "signing/snapshot_parts.h"

#include <stdlib.h>

#include "base/hash.h"
#include "signing/package_write.h"

struct settled {
    struct snapshot snapshot;
    struct span head;
    struct span files[SNAPSHOT_KINDS];
};

static int by_kind(const void *a, const void *b)
{
    const struct snapshot_category *one = a, *two = b;

    return (one->kind > two->kind) - (one->kind < two->kind);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct snapshot_component *)a)->name, ((const struct snapshot_component *)b)->name);
}

static bool settle_category(struct arena *arena, struct snapshot_category *category, struct span *file,
                            struct err *err)
{
    char digest[HASH_HEX_MAX];

    if (!snapshot_items_settle(arena, category, err))
        return err_within(err, "category \"%s\"", category->kind->name);
    *file = snapshot_items_write(arena, category);
    hash_hex_of(HASH_SHA256, *file, digest);
    category->size = (int64_t)file->size;
    category->sha256 = arena_dup(arena, digest);
    return true;
}

static bool settle_categories(struct arena *arena, const struct snapshot *snapshot, struct settled *out,
                              struct err *err)
{
    struct snapshot_category *all = ARENA_MANY(arena, struct snapshot_category, SNAPSHOT_KINDS);

    if (snapshot->category_count > SNAPSHOT_KINDS)
        return FAIL(err, ERR_INVALID, "a snapshot has at most %d categories", SNAPSHOT_KINDS);
    for (size_t i = 0; i < snapshot->category_count; i++)
        all[i] = snapshot->categories[i];
    qsort(all, snapshot->category_count, sizeof(*all), by_kind);
    for (size_t i = 0; i < snapshot->category_count; i++)
        if (!settle_category(arena, &all[i], &out->files[i], err))
            return false;
    out->snapshot.categories = all;
    return true;
}

static void settle_components(struct arena *arena, struct snapshot *snapshot)
{
    struct snapshot_component *all =
        ARENA_MANY(arena, struct snapshot_component, snapshot->component_count + 1);

    for (size_t i = 0; i < snapshot->component_count; i++)
        all[i] = snapshot->components[i];
    qsort(all, snapshot->component_count, sizeof(*all), by_name);
    snapshot->components = all;
}

/* What the reader would refuse is never written: the head is read back. */
static bool settle(struct arena *arena, const struct snapshot *snapshot, struct settled *out, struct err *err)
{
    struct snapshot again;

    out->snapshot = *snapshot;
    settle_components(arena, &out->snapshot);
    if (!settle_categories(arena, snapshot, out, err))
        return false;
    out->head = snapshot_head_write(arena, &out->snapshot);
    if (!snapshot_head_read(arena, out->head, &again, err))
        return false;
    out->snapshot.digest = again.digest;
    out->snapshot.time_ms = again.time_ms;
    return true;
}

static bool write_entry(struct package_writer *writer, const char *name, struct span bytes, struct err *err)
{
    return package_writer_entry(writer, name, (int64_t)bytes.size, err) &&
           package_writer_bytes(writer, bytes, err);
}

bool snapshot_write(struct arena *arena, const struct snapshot *snapshot, int fd, struct snapshot *out,
                    struct err *err)
{
    AUTO(package_writer_closep) struct package_writer *writer = NULL;
    struct settled settled = {0};

    if (!settle(arena, snapshot, &settled, err) || !package_writer_open(fd, false, &writer, err) ||
        !write_entry(writer, SNAPSHOT_HEAD_NAME, settled.head, err))
        return false;
    for (size_t i = 0; i < settled.snapshot.category_count; i++) {
        const char *name = arena_printf(arena, "%s.json", settled.snapshot.categories[i].kind->name);

        if (!write_entry(writer, name, settled.files[i], err))
            return false;
    }
    if (!package_writer_finish(writer, err))
        return false;
    *out = settled.snapshot;
    return true;
}
