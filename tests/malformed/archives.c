#include "malformed/malformed.h"

#include <malloc.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/settings.h"
#include "base/text.h"
#include "signing/package.h"
#include "signing/snapshot_parts.h"
#include "support/tarball.h"

#define TRIM_BYTES (1 << 20)

static const struct package_limits limits = {
    .bytes_max = 1 << 20, .ratio_max = 200, .entries_max = 16, .sbom_bytes_max = 1 << 16};

static const char *const names[] = {"manifest.json", "system.img",   "engine.bin",    "sbom.json",
                                    "../system.img", "/etc/passwd",  "a/b/c",         "",
                                    "./system.img",  "system.img/",  "con\x01trol",   "\xff\xfe.img",
                                    "backup.json",   "network.json", "documents.json"};

/* ---- packages ------------------------------------------------------------------------------------- */

static void entry_make(struct dice *dice, struct arena *arena, struct buf *tar)
{
    static const char types[] = {'0', '1', '2', '3', '4', '5', '6', '7',
                                 'g', 'x', 'L', 'K', 'S', 'V', 'Z', '\0'};
    static const char *const keys[] = {
        "path", "size", "linkpath", "GNU.sparse.major", "mtime", "SCHILY.xattr.user.a", "hdrcharset"};
    const char *name = DICE_PICK(dice, names);

    switch (dice_below(dice, 6)) {
    case 0:
        tarball_header(tar, name, DICE_PICK(dice, types), DICE_PICK(dice, names),
                       dice_chance(dice, 50) ? 0 : number_for(dice, "size") & INT64_MAX);
        break;
    case 1:
        tarball_pax(tar, DICE_PICK(dice, keys), span_of(word_wrong(dice, arena)));
        tarball_file(tar, name, span_of("x"));
        break;
    case 2:
        tarball_sparse(tar, name, number_for(dice, "size") & INT64_MAX);
        break;
    default:
        tarball_file(tar, name, span_of(word_for(dice, arena, "bytes")));
    }
}

static struct span package_make(struct dice *dice, struct arena *arena)
{
    struct buf tar = dice_chance(dice, 50) ? tarball_full(arena) : tarball_start(arena);
    struct span bytes;

    if (dice_chance(dice, 10))
        tar = (struct buf){.arena = arena};
    for (int64_t count = dice_chance(dice, 3) ? 300 : dice_below(dice, 4); count > 0; count--)
        entry_make(dice, arena, &tar);
    if (dice_chance(dice, 85))
        tarball_end(&tar);
    bytes = buf_span(&tar);
    for (int64_t layers = dice_chance(dice, 5) ? 3 : dice_below(dice, 2); layers > 0; layers--)
        bytes = tarball_pack(arena, (enum tarball_packing)dice_below(dice, 3), bytes,
                             dice_chance(dice, 3) ? dice_between(dice, 0, 20 << 20) : 0);
    return dice_chance(dice, 40) ? break_bytes(dice, arena, bytes) : bytes;
}

static bool package_try(struct arena *arena, int fd)
{
    const struct package_events events = {0};
    struct manifest manifest;
    struct err err = {0};

    (void)!package_is_ours(fd);
    (void)!package_peek(arena, fd, &limits, &manifest, &err);
    return package_read(arena, fd, &limits, &events, &manifest, &err);
}

/* ---- settings snapshots ------------------------------------------------------------------------------ */

static struct span contents_of(struct arena *arena, int fd)
{
    struct stat st = {0};
    char *at;

    if (fstat(fd, &st) < 0)
        return span_make("", 0);
    at = arena_take(arena, (size_t)st.st_size + 1);
    return pread(fd, at, (size_t)st.st_size, 0) == st.st_size ? span_make(at, (size_t)st.st_size)
                                                              : span_make("", 0);
}

/* A good one of one category, so that what is broken in it is found deep inside. */
static struct span snapshot_make(struct dice *dice, struct arena *arena)
{
    AUTO(fd_closep) int fd = memfd_create("snapshot", MFD_CLOEXEC);
    const struct snapshot_field fields[] = {{"name", "Meyer"}, {"password", ""}};
    const struct snapshot_item items[] = {{"1", fields, COUNT(fields)}, {"2", fields, 1}};
    const struct snapshot_category categories[] = {
        {.kind = snapshot_kind_find("addressbook"), .items = items, .item_count = COUNT(items)}};
    const struct snapshot snapshot = {.model = "MFP-3145",
                                      .family = "mfp-3100",
                                      .serial = "SN-1",
                                      .controller_id = "mfp-1",
                                      .categories = categories,
                                      .category_count = COUNT(categories)};
    struct snapshot written;
    struct err err;
    struct buf tar = {.arena = arena};

    if (fd < 0 || !snapshot_write(arena, &snapshot, fd, &written, &err))
        return span_make("", 0);
    buf_add(&tar, contents_of(arena, fd));
    if (dice_chance(dice, 30))
        entry_make(dice, arena, &tar);
    return dice_chance(dice, 85) ? break_bytes(dice, arena, buf_span(&tar)) : buf_span(&tar);
}

static bool snapshot_try(struct arena *arena, int fd)
{
    struct snapshot snapshot;
    struct err err;

    return snapshot_read(arena, fd, &snapshot, &err);
}

/* ---- settings files ----------------------------------------------------------------------------------- */

static struct span settings_make(struct dice *dice, struct arena *arena)
{
    static const char *const keys[] = {"port",      "listen",   "dev",    "head_deadline_s",
                                       "log_level", "data_dir", "nothing"};
    struct buf text = {.arena = arena};

    for (int64_t lines = dice_below(dice, 12); lines > 0; lines--)
        buf_printf(&text, "%s%s%s%s\n", dice_chance(dice, 10) ? "#" : "", DICE_PICK(dice, keys),
                   dice_chance(dice, 90) ? " = " : " ", word_for(dice, arena, "value"));
    return dice_chance(dice, 30) ? break_bytes(dice, arena, buf_span(&text)) : buf_span(&text);
}

static bool settings_try(struct arena *arena, int fd)
{
    struct settings settings;
    struct err err;

    settings_default(&settings);
    return settings_file(arena, arena_printf(arena, "/proc/self/fd/%d", fd), &settings, &err);
}

/* ---- one of them --------------------------------------------------------------------------------------- */

/* clang-format off */
static const struct {
    const char *name;
    struct span (*make)(struct dice *dice, struct arena *arena);
    bool (*try)(struct arena *arena, int fd);
} kinds[] = {
    {"package",       package_make,  package_try},
    {"snapshot",      snapshot_make, snapshot_try},
    {"settings file", settings_make, settings_try},
};
/* clang-format on */

/* What a large one took to make, some ten times its size, goes back to the kernel: it is no memory of the reader's. */
void archive_make(struct dice *dice, struct archive_input *out)
{
    struct arena *arena = arena_new();
    int64_t kind = dice_below(dice, 10);
    struct span bytes;
    bool is_large;

    *out = (struct archive_input){.kind = kind < 6 ? 0 : kind < 9 ? 1 : 2};
    bytes = kinds[out->kind].make(dice, arena);
    out->size = bytes.size;
    out->fd = tarball_fd(bytes);
    is_large = arena_used(arena) > TRIM_BYTES;
    arena_freep(&arena);
    if (is_large)
        malloc_trim(0);
}

void archive_try(const struct archive_input *input, struct arena *arena, char *told, size_t told_size)
{
    bool is_taken = kinds[input->kind].try(arena, input->fd);

    snprintf(told, told_size, "%s of %zu bytes: %s", kinds[input->kind].name, input->size,
             is_taken ? "taken" : "refused");
}
