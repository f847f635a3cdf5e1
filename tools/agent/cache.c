#include "tools/agent/printer.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "signing/age_header.h"

#define SPARE_BYTES (1024 * 1024)

char *printer_file(const struct printer *printer, struct arena *arena, const char *sha256)
{
    return arena_printf(arena, "%s/cache/%s", printer->dir, sha256);
}

bool file_has_digest(const char *path, const char *sha256)
{
    AUTO(hash_freep) struct hash *hash = hash_new(HASH_SHA256);
    AUTO(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    char digest[HASH_HEX_MAX];
    char bytes[64 * 1024];
    ssize_t got = -1;

    while (fd >= 0 && (got = read(fd, bytes, sizeof(bytes))) > 0)
        hash_add(hash, span_make(bytes, (size_t)got));
    hash_hex(hash, digest);
    return got == 0 && text_equal(digest, sha256);
}

/* Sealed settings go by another digest: of header and payload, each for itself. */
static bool file_is(const char *path, const struct agent_part *part)
{
    AUTO(fd_closep) int fd = -1;
    char digest[HASH_HEX_MAX];
    struct err ignored;

    if (!part->is_settings)
        return file_has_digest(path, part->sha256);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd >= 0 && age_file_digest(fd, digest, &ignored) && text_equal(digest, part->sha256);
}

static bool cache_has(void *ctx, const struct agent_part *part)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct stat info;

    return stat(printer_file(ctx, arena, part->sha256), &info) == 0 && info.st_size == part->size;
}

/* ---- a transfer ------------------------------------------------------------------- */

/* The etag is on disk before the first byte is: bytes of an unknown file are never continued. */
static bool on_begin(void *ctx, const struct download *download, struct err *err)
{
    struct printer *printer = ctx;

    return file_write_whole(printer->etag_path, span_of(download->etag), 0600, err);
}

static bool on_bytes(void *ctx, const struct download *download, struct span bytes, struct err *err)
{
    const struct printer *printer = ctx;

    (void)bytes;
    if (clock_monotonic_ms() < printer->slice_end_ms || download->offset == download->expect_bytes)
        return true;
    return FAIL(err, ERR_LOCKED, "makes way for a poll");
}

static bool room_check(const struct printer *printer, int64_t needed, struct err *err)
{
    int64_t room = file_free_bytes(printer->dir);

    if (room >= 0 && room < needed + SPARE_BYTES)
        return FAIL(err, ERR_NO_SPACE, "%lld bytes are needed, %lld are free", (long long)needed,
                    (long long)room);
    return true;
}

static void etag_load(struct arena *arena, const char *path, struct download *download)
{
    struct err ignored;
    struct span etag;

    download->etag[0] = '\0';
    if (file_read(arena, path, sizeof(download->etag) - 1, &etag, &ignored))
        snprintf(download->etag, sizeof(download->etag), "%.*s", (int)etag.size, etag.at);
}

static bool cache_open(void *ctx, const struct agent_part *part, struct download *out, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct printer *printer = ctx;
    const char *path = arena_printf(arena, "%s.part", printer_file(printer, arena, part->sha256));
    AUTO(fd_closep) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct stat info;

    if (fd < 0 || fstat(fd, &info) != 0)
        return FAIL_ERRNO(err, path);
    if (!room_check(printer, part->size - info.st_size, err))
        return false;
    snprintf(printer->etag_path, sizeof(printer->etag_path), "%s/cache/%s.etag", printer->dir, part->sha256);
    etag_load(arena, printer->etag_path, out);
    out->offset = info.st_size <= part->size ? info.st_size : 0;
    out->fd = fd;
    out->ctx = printer;
    out->begin = on_begin;
    out->bytes = on_bytes;
    printer->slice_end_ms = clock_monotonic_ms() + printer->slice_ms;
    fd = -1;
    return true;
}

static void cache_close(void *ctx, const struct agent_part *part, struct download *download)
{
    struct err ignored;

    (void)ctx;
    (void)part;
    /* What did not reach the disk is noticed by the digest and comes again. */
    if (!file_sync(download->fd, "a download", &ignored))
        ignored.code = ERR_NONE;
    fd_closep(&download->fd);
    download->fd = -1;
}

static bool cache_finish(void *ctx, const struct agent_part *part, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    const char *path = printer_file(ctx, arena, part->sha256);
    const char *partial = arena_printf(arena, "%s.part", path);

    unlink(arena_printf(arena, "%s.etag", path));
    if (!file_is(partial, part)) {
        unlink(partial);
        return FAIL(err, ERR_CHECKSUM, "%s: what arrived is not what was signed", part->file);
    }
    if (rename(partial, path) != 0)
        return FAIL_ERRNO(err, path);
    return file_sync_dir(arena_printf(arena, "%s/cache", ((struct printer *)ctx)->dir), err);
}

/* ---- forgetting ---------------------------------------------------------------------- */

static bool is_named(const struct agent_plan *plan, const char *name)
{
    for (size_t i = 0; plan && i < plan->part_count; i++)
        if (text_starts(name, plan->parts[i].sha256))
            return true;
    return name[0] == '.';
}

static void cache_prune(void *ctx, const struct agent_plan *plan)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct printer *printer = ctx;
    DIR *dir = opendir(arena_printf(arena, "%s/cache", printer->dir));
    const struct dirent *entry;

    while (dir && (entry = readdir(dir)))
        if (!is_named(plan, entry->d_name))
            unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir)
        closedir(dir);
}

/* The bytes are looked at once more: they may have lain here for days. */
static bool cache_read(void *ctx, const struct agent_part *part, int *fd, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    const char *path = printer_file(ctx, arena, part->sha256);
    AUTO(fd_closep) int opened = open(path, O_RDONLY | O_CLOEXEC);

    if (opened < 0)
        return FAIL_ERRNO(err, path);
    if (!file_is(path, part))
        return FAIL(err, ERR_CHECKSUM, "the file has changed since it was downloaded");
    *fd = opened;
    opened = -1;
    return true;
}

struct agent_cache printer_cache(struct printer *printer)
{
    return (struct agent_cache){.ctx = printer,
                                .has = cache_has,
                                .open = cache_open,
                                .close = cache_close,
                                .finish = cache_finish,
                                .prune = cache_prune,
                                .read = cache_read};
}
