#include "signing/package.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "signing/package_write.h"

#define PIECE_BYTES (256 * 1024)
#define PASSES 3 /* over every byte: measure, write, read back */

struct building {
    struct arena *arena;
    const struct package_plan *plan;
    struct manifest manifest;
    struct manifest_component *components; /* the manifest's, writable */
    struct span manifest_bytes, sbom;
    int64_t done, total;
    char *piece;
};

/* False once the build should end. */
static bool advance(struct building *building, int64_t done, struct err *err)
{
    const struct package_plan *plan = building->plan;

    building->done = done;
    if (plan->progress)
        plan->progress(plan->ctx, building->done, building->total);
    if (plan->stop && *plan->stop)
        return FAIL(err, ERR_GONE, "stopped; nothing was written");
    return true;
}

/* ---- reading a component file -------------------------------------------------------------------- */

/* Without waiting: a FIFO has no end, and opening one may take as long. */
static bool open_component(const struct building *building, const char *file, int *out, int64_t *size,
                           struct err *err)
{
    const char *path = arena_printf(building->arena, "%s/%s", building->plan->dir, file);
    AUTO(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat info;

    if (fd < 0 || fstat(fd, &info) != 0)
        return FAIL_ERRNO(err, path);
    if (!S_ISREG(info.st_mode))
        return FAIL(err, ERR_INVALID, "%s is no regular file; a component is one", path);
    if (info.st_size == 0)
        return FAIL(err, ERR_INVALID, "%s is empty; a component has at least one byte", path);
    *out = fd;
    *size = info.st_size;
    fd = -1;
    return true;
}

/* Reads all of `fd`, at most `max` bytes, into the digest and, when there is one, the writer. */
static bool pass_file(struct building *building, int fd, int64_t max, struct package_writer *writer,
                      int64_t *size, char digest[HASH_HEX_MAX], struct err *err)
{
    AUTO(hash_freep) struct hash *hash = hash_new(HASH_SHA256);
    int64_t sum = 0;
    ssize_t got;

    while ((got = FAULT("package.read") ? -1 : read(fd, building->piece, PIECE_BYTES)) != 0) {
        struct span piece = span_make(building->piece, got > 0 ? (size_t)got : 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return FAIL_ERRNO(err, "read");
        sum += got;
        if (sum > max)
            break;
        hash_add(hash, piece);
        if (writer && !package_writer_bytes(writer, piece, err))
            return false;
        if (!advance(building, building->done + got, err))
            return false;
    }
    hash_hex(hash, digest);
    *size = sum;
    return true;
}

/* ---- first pass: what is there ------------------------------------------------------------------- */

static bool measure_component(struct building *building, struct manifest_component *component,
                              struct err *err)
{
    AUTO(fd_closep) int fd = -1;
    char digest[HASH_HEX_MAX];
    int64_t size, expected;

    if (!open_component(building, component->file, &fd, &expected, err) ||
        !pass_file(building, fd, INT64_MAX, NULL, &size, digest, err))
        return err_within(err, "component \"%s\"", component->name);
    component->size = size;
    component->sha256 = arena_dup(building->arena, digest);
    if (!component->version)
        component->version = building->manifest.version;
    return true;
}

static bool measure_sbom(struct building *building, struct err *err)
{
    size_t max = (size_t)package_limits_default.sbom_bytes_max;
    const char *path = building->plan->sbom_path;
    char digest[HASH_HEX_MAX];

    if (!path)
        return true;
    if (!file_read(building->arena, path, max, &building->sbom, err))
        return false;
    if (!package_sbom_check(building->sbom, err))
        return err_within(err, "%s", path);
    hash_hex_of(HASH_SHA256, building->sbom, digest);
    building->manifest.sbom_file = MANIFEST_SBOM_NAME;
    building->manifest.sbom_size = (int64_t)building->sbom.size;
    building->manifest.sbom_sha256 = arena_dup(building->arena, digest);
    return true;
}

static bool find_components(struct building *building, struct err *err)
{
    const struct package_plan *plan = building->plan;
    const struct manifest_component *found = plan->manifest.components;
    size_t count = plan->manifest.component_count;

    if (count == 0 && !package_scan(building->arena, plan->dir, plan->sbom_path, &found, &count, err))
        return false;
    building->components = ARENA_MANY(building->arena, struct manifest_component, count);
    memcpy(building->components, found, sizeof(*found) * count);
    building->manifest.components = building->components;
    building->manifest.component_count = count;
    return true;
}

/* Only for the progress figures; measuring finds the truth. */
static void guess_total(struct building *building)
{
    for (size_t i = 0; i < building->manifest.component_count; i++) {
        const char *file = building->components[i].file;
        struct stat info;

        if (stat(arena_printf(building->arena, "%s/%s", building->plan->dir, file), &info) == 0)
            building->total += info.st_size * PASSES;
    }
}

static bool measure(struct building *building, struct err *err)
{
    if (!find_components(building, err))
        return false;
    guess_total(building);
    for (size_t i = 0; i < building->manifest.component_count; i++)
        if (!measure_component(building, &building->components[i], err))
            return false;
    return measure_sbom(building, err) &&
           manifest_write(building->arena, &building->manifest, &building->manifest_bytes, err);
}

/* ---- second pass: writing ------------------------------------------------------------------------ */

static bool write_bytes(struct package_writer *writer, const char *name, struct span bytes, struct err *err)
{
    return package_writer_entry(writer, name, (int64_t)bytes.size, err) &&
           package_writer_bytes(writer, bytes, err);
}

static bool write_component(struct building *building, struct package_writer *writer,
                            const struct manifest_component *component, struct err *err)
{
    AUTO(fd_closep) int fd = -1;
    char digest[HASH_HEX_MAX];
    int64_t size, now;

    if (!open_component(building, component->file, &fd, &now, err) ||
        !package_writer_entry(writer, component->file, component->size, err) ||
        !pass_file(building, fd, component->size, writer, &size, digest, err))
        return err_within(err, "component \"%s\"", component->name);
    if (size != component->size || !text_equal(digest, component->sha256))
        return FAIL(err, ERR_BUSY,
                    "%s/%s changed while the package was built; wait until it is finished, then build again",
                    building->plan->dir, component->file);
    return true;
}

static bool write_entries(struct building *building, struct package_writer *writer, struct err *err)
{
    const struct manifest *manifest = &building->manifest;

    if (!write_bytes(writer, MANIFEST_NAME, building->manifest_bytes, err))
        return false;
    for (size_t i = 0; i < manifest->component_count; i++)
        if (!write_component(building, writer, &manifest->components[i], err))
            return false;
    return !manifest->sbom_file || write_bytes(writer, manifest->sbom_file, building->sbom, err);
}

static bool write_archive(struct building *building, int fd, struct err *err)
{
    AUTO(package_writer_closep) struct package_writer *writer = NULL;

    return package_writer_open(fd, building->plan->is_compressed, &writer, err) &&
           write_entries(building, writer, err) && package_writer_finish(writer, err);
}

/* ---- third pass: what a reader would say --------------------------------------------------------- */

struct reading_back {
    struct building *building;
    int64_t before, packed, packed_total;
};

static void keep_packed(void *ctx, int64_t done, int64_t total)
{
    struct reading_back *back = ctx;

    back->packed = done;
    back->packed_total = total;
}

/* What is left of the figures is shared out over the packed bytes. */
static bool advance_back(void *ctx, struct span bytes, struct err *err)
{
    struct reading_back *back = ctx;
    double share = back->packed_total > 0 ? (double)back->packed / (double)back->packed_total : 0;

    (void)bytes;
    return advance(back->building,
                   back->before + (int64_t)((double)(back->building->total - back->before) * share), err);
}

static bool read_back(struct building *building, int fd, struct err *err)
{
    struct reading_back back = {.building = building, .before = building->done};
    const struct package_events events = {.ctx = &back, .bytes = advance_back, .progress = keep_packed};
    AUTO(arena_freep) struct arena *scratch = arena_new();
    struct manifest again;

    return package_read(scratch, fd, &package_limits_default, &events, &again, err) &&
           advance(building, building->total, err);
}

/* ---- all of it ----------------------------------------------------------------------------------- */

/* The package would be a component of the next one. */
static bool check_place(const struct package_plan *plan, const char *out_dir, struct err *err)
{
    struct stat in, out;

    if (stat(plan->dir, &in) != 0)
        return FAIL_ERRNO(err, plan->dir);
    if (stat(out_dir, &out) != 0)
        return FAIL_ERRNO(err, out_dir);
    if (in.st_dev == out.st_dev && in.st_ino == out.st_ino)
        return FAIL(err, ERR_INVALID, "%s would lie among its own components; write it to another folder",
                    plan->out_path);
    return true;
}

static bool fill_and_rename(struct building *building, int fd, const char *temp, struct err *err)
{
    if (!write_archive(building, fd, err) || !read_back(building, fd, err))
        return false;
    if (fchmod(fd, 0644) != 0)
        return FAIL_ERRNO(err, "fchmod");
    if (!file_sync(fd, temp, err))
        return false;
    if (FAULT("package.rename") || rename(temp, building->plan->out_path) != 0)
        return FAIL_ERRNO(err, building->plan->out_path);
    return true;
}

static bool write_whole(struct building *building, const char *out_dir, struct err *err)
{
    char temp[PATH_MAX];

    if ((size_t)snprintf(temp, sizeof(temp), "%s.XXXXXX", building->plan->out_path) >= sizeof(temp))
        return FAIL(err, ERR_INVALID, "the path of the package is too long");
    AUTO(fd_closep) int fd = mkostemp(temp, O_CLOEXEC);
    if (fd < 0)
        return FAIL_ERRNO(err, building->plan->out_path);
    if (!fill_and_rename(building, fd, temp, err)) {
        unlink(temp);
        return false;
    }
    return file_sync_dir(out_dir, err);
}

static const char *folder_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return ".";
    return slash == path ? "/" : arena_text(arena, span_make(path, (size_t)(slash - path)));
}

bool package_build(struct arena *arena, const struct package_plan *plan, struct manifest *out,
                   struct err *err)
{
    const char *out_dir = folder_of(arena, plan->out_path);
    struct building building = {.arena = arena, .plan = plan, .manifest = plan->manifest};

    building.piece = arena_take(arena, PIECE_BYTES);
    if (!check_place(plan, out_dir, err) || !measure(&building, err) || !write_whole(&building, out_dir, err))
        return false;
    *out = building.manifest;
    return true;
}
