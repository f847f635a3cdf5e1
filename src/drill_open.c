/* One backup of the copy: its payload read against its name, opened, unpacked and held against its row. */
#include "drill_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "domain/backup_custody.h"
#include "signing/age_stream.h"
#include "store/backups.h"
#include "store/tenants.h"

#define PIECE_BYTES (64 * 1024)

struct pour {
    int fd;
    struct hash *tar;
};

static bool pour_write(void *to, struct span bytes, struct err *err)
{
    struct pour *pour = to;

    hash_add(pour->tar, bytes);
    return file_write_all(pour->fd, bytes, err);
}

static void map_release(const struct blob_map **map)
{
    if (*map)
        blob_unmap((void *)(uintptr_t)*map);
}

/* Header, then payload in pieces; the payload's name is compared on the way. */
static bool pour_all(struct drill *drill, const struct drill_row *row, const struct age_by *by,
                     struct pour *pour, struct err *err)
{
    AUTO(age_open_freep) struct age_open *open = NULL;
    AUTO(hash_freep) struct hash *hash = hash_new(HASH_SHA256);
    AUTO(map_release) const struct blob_map *map = NULL;
    const struct age_sink sink = {pour_write, pour};
    char name[HASH_HEX_MAX];
    struct span header;

    if (!store_backup_header(drill->world.store, drill->arena, row->backup->id, &header, err) ||
        !blob_map(drill->world.blobs, row->backup->payload, &map, err))
        return false;
    age_open_begin(by, &sink, &open);
    if (!age_open_push(open, header, err))
        return false;
    for (size_t at = 0; at < map->size; at += PIECE_BYTES) {
        size_t left = map->size - at;
        struct span piece = {(const char *)map->at + at, left < PIECE_BYTES ? left : PIECE_BYTES};

        hash_add(hash, piece);
        if (!age_open_push(open, piece, err))
            return false;
    }
    hash_hex(hash, name);
    if (!text_equal(name, row->backup->payload))
        return FAIL(err, ERR_CORRUPT, "the payload is not what its name says");
    return age_open_end(open, err);
}

/* Where the tar goes: OUT/DEVICE/ID.tar, or nowhere that has a name. */
static bool scratch_open(struct drill *drill, const struct drill_row *row, int *fd, struct err *err)
{
    const char *dir = drill->wish.out, *path;

    if (!dir) {
        *fd = memfd_create("drill", MFD_CLOEXEC);
        return *fd >= 0 || FAIL_ERRNO(err, "scratch memory");
    }
    dir = arena_printf(drill->arena, "%s/%s", dir, text_escape(drill->arena, row->device));
    path = arena_printf(drill->arena, "%s/%lld.tar", dir, (long long)row->backup->id);
    if (!file_make_dirs(dir, 0700, err))
        return false;
    *fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    return *fd >= 0 || FAIL_ERRNO(err, path);
}

/* What the row tells of the inside, against the inside. */
static bool row_agrees(struct drill *drill, const struct backup *backup, const struct snapshot *snapshot,
                       struct err *err)
{
    const struct json *told;

    if (!text_equal(backup->model, snapshot->model) || !text_equal(backup->serial, snapshot->serial))
        return FAIL(err, ERR_CORRUPT, "model or serial inside is another than the row says");
    if (!json_parse(drill->arena, span_of(backup->categories), &told, err))
        return false;
    if (json_count(told) != snapshot->category_count)
        return FAIL(err, ERR_CORRUPT, "the row names %zu categories, inside are %zu", json_count(told),
                    snapshot->category_count);
    for (size_t i = 0; i < snapshot->category_count; i++) {
        const struct snapshot_category *category = &snapshot->categories[i];
        int64_t items;

        if (!json_integer(json_member(told, category->kind->name), &items) ||
            items != (int64_t)category->item_count)
            return FAIL(err, ERR_CORRUPT, "%s has another number of items than the row says",
                        category->kind->name);
    }
    return true;
}

static bool identities_of(struct drill *drill, const struct backup *backup, struct age_by *by,
                          struct err *err)
{
    const struct age_identity **one;
    struct tenant tenant;

    if (!drill->identity)
        return store_tenant_get(drill->world.store, drill->arena, backup->tenant_id, &tenant, err) &&
               backup_custody_identities(&drill->world, drill->arena, &tenant, by, err);
    one = ARENA_NEW(drill->arena, const struct age_identity *);
    *one = drill->identity;
    *by = (struct age_by){one, 1};
    return true;
}

static bool judge(struct drill *drill, struct drill_row *row, int fd, struct err *err)
{
    AUTO(arena_freep) struct arena *secret = arena_new_secret();
    struct snapshot snapshot;

    return snapshot_read(secret, fd, &snapshot, err) && row_agrees(drill, row->backup, &snapshot, err);
}

static void row_end(struct drill *drill, struct drill_row *row, enum drill_verdict verdict, const char *why)
{
    row->verdict = verdict;
    row->why = arena_dup(drill->arena, why);
    drill->counts[verdict]++;
}

bool drill_open_one(struct drill *drill, struct drill_row *row, struct err *err)
{
    AUTO(fd_closep) int fd = -1;
    AUTO(hash_freep) struct hash *tar = hash_new(HASH_SHA256);
    char digest[HASH_HEX_MAX];
    struct age_by by;

    if (!identities_of(drill, row->backup, &by, err)) {
        row_end(drill, row, DRILL_UNOPENED, err->text);
        return true;
    }
    if (!scratch_open(drill, row, &fd, err))
        return false;
    struct pour pour = {fd, tar};

    if (!pour_all(drill, row, &by, &pour, err)) {
        if (err->code == ERR_NO_SPACE)
            return false;
        row_end(drill, row, err->code == ERR_FORBIDDEN ? DRILL_UNOPENED : DRILL_WRONG, err->text);
        return true;
    }
    hash_hex(tar, digest);
    row->tar_sha256 = arena_dup(drill->arena, digest);
    drill->bytes += lseek(fd, 0, SEEK_CUR);
    if (judge(drill, row, fd, err))
        row_end(drill, row, DRILL_VERIFIED, "");
    else
        row_end(drill, row, DRILL_WRONG, err->text);
    return true;
}
