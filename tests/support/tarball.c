#include "support/tarball.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/file.h"
#include "base/hash.h"

#define BLOCK 512

static void octal(char *at, size_t size, int64_t value)
{
    char digits[24];

    snprintf(digits, sizeof(digits), "%0*llo", (int)size - 1, (unsigned long long)value);
    memcpy(at, digits, size - 1);
}

/* Beyond 8 GiB in the binary form that GNU tar invented. */
static void put_size(char *at, int64_t size)
{
    if (size < (1LL << 33)) {
        octal(at, 12, size);
        return;
    }
    for (int i = 11; i > 3; i--, size >>= 8)
        at[i] = (char)(size & 0xFF);
    at[0] = (char)0x80;
}

static void seal(char block[BLOCK])
{
    unsigned sum = 0;

    memset(block + 148, ' ', 8);
    for (int i = 0; i < BLOCK; i++)
        sum += (uint8_t)block[i];
    octal(block + 148, 7, sum);
    block[154] = '\0';
}

static void fill(char block[BLOCK], const char *name, char type, const char *link, int64_t size)
{
    memset(block, 0, BLOCK);
    memcpy(block, name, strnlen(name, 100));
    octal(block + 100, 8, 0644);
    octal(block + 108, 8, 0);
    octal(block + 116, 8, 0);
    put_size(block + 124, size);
    octal(block + 136, 12, 0);
    block[156] = type;
    if (link)
        memcpy(block + 157, link, strnlen(link, 100));
    memcpy(block + 257,
           "ustar\0"
           "00",
           8);
}

static void pad(struct buf *tar)
{
    static const char zeros[BLOCK];

    buf_add(tar, span_make(zeros, (BLOCK - tar->size % BLOCK) % BLOCK));
}

void tarball_header(struct buf *tar, const char *name, char type, const char *link, int64_t size)
{
    char block[BLOCK];

    fill(block, name, type, link, size);
    seal(block);
    buf_add(tar, span_make(block, BLOCK));
}

void tarball_file(struct buf *tar, const char *name, struct span bytes)
{
    tarball_header(tar, name, '0', NULL, (int64_t)bytes.size);
    buf_add(tar, bytes);
    pad(tar);
}

void tarball_pax(struct buf *tar, const char *key, struct span value)
{
    size_t body = strlen(key) + value.size + 3, size = body;

    /* The length counts its own digits. */
    while (size != body + (size_t)snprintf(NULL, 0, "%zu", size))
        size = body + (size_t)snprintf(NULL, 0, "%zu", size);
    tarball_header(tar, "pax", 'x', NULL, (int64_t)size);
    buf_printf(tar, "%zu %s=", size, key);
    buf_add(tar, value);
    buf_char(tar, '\n');
    pad(tar);
}

void tarball_sparse(struct buf *tar, const char *name, int64_t size)
{
    char block[BLOCK];

    fill(block, name, 'S', NULL, 0);
    memcpy(block + 257, "ustar  ", 8);
    put_size(block + 386, size);
    octal(block + 398, 12, 0);
    put_size(block + 483, size);
    seal(block);
    buf_add(tar, span_make(block, BLOCK));
}

void tarball_end(struct buf *tar)
{
    static const char zeros[2 * BLOCK];

    buf_add(tar, span_make(zeros, sizeof(zeros)));
}

/* ---- compressing --------------------------------------------------------------------------------- */

static la_ssize_t on_write(struct archive *archive, void *ctx, const void *at, size_t size)
{
    struct buf *bytes = ctx;

    (void)archive;
    buf_add(bytes, span_make(at, size));
    return (la_ssize_t)size;
}

static void must(bool is_good)
{
    if (!is_good)
        abort();
}

static void write_zeros(struct archive *archive, int64_t zeros)
{
    static const char piece[1 << 16];

    while (zeros > 0) {
        size_t size = zeros < (int64_t)sizeof(piece) ? (size_t)zeros : sizeof(piece);

        must(archive_write_data(archive, piece, size) == (la_ssize_t)size);
        zeros -= (int64_t)size;
    }
}

struct span tarball_pack(struct arena *arena, enum tarball_packing packing, struct span bytes, int64_t zeros)
{
    struct buf packed = {.arena = arena};
    struct archive *archive = archive_write_new();
    struct archive_entry *entry = archive_entry_new();

    must(archive && entry && archive_write_set_format_raw(archive) == ARCHIVE_OK);
    must(archive_write_set_bytes_in_last_block(archive, 1) == ARCHIVE_OK);
    if (packing == TARBALL_GZIP)
        must(archive_write_add_filter_gzip(archive) == ARCHIVE_OK &&
             archive_write_set_filter_option(archive, "gzip", "compression-level", "1") == ARCHIVE_OK);
    if (packing == TARBALL_ZSTD)
        must(archive_write_add_filter_zstd(archive) == ARCHIVE_OK);
    must(archive_write_open(archive, &packed, NULL, on_write, NULL) == ARCHIVE_OK);
    archive_entry_set_filetype(entry, AE_IFREG);
    must(archive_write_header(archive, entry) == ARCHIVE_OK);
    must(archive_write_data(archive, bytes.at, bytes.size) == (la_ssize_t)bytes.size);
    write_zeros(archive, zeros);
    must(archive_write_close(archive) == ARCHIVE_OK);
    archive_entry_free(entry);
    archive_write_free(archive);
    return buf_span(&packed);
}

int tarball_fd(struct span bytes)
{
    int fd = memfd_create("package", MFD_CLOEXEC);
    struct err err;

    must(fd >= 0 && file_write_all(fd, bytes, &err));
    return fd;
}

/* ---- manifests ----------------------------------------------------------------------------------- */

struct manifest_component tarball_component(struct arena *arena, const char *name, const char *file,
                                            struct span bytes)
{
    char digest[HASH_HEX_MAX];

    hash_hex_of(HASH_SHA256, bytes, digest);
    return (struct manifest_component){.name = name,
                                       .version = "1",
                                       .file = file,
                                       .size = (int64_t)bytes.size,
                                       .sha256 = arena_dup(arena, digest)};
}

struct span tarball_manifest(struct arena *arena, const struct manifest_component *components, size_t count)
{
    struct manifest manifest = {.family = "aurora",
                                .version = "4.2.10",
                                .counter = 1,
                                .components = components,
                                .component_count = count};
    struct span bytes;
    struct err err;

    must(manifest_write(arena, &manifest, &bytes, &err));
    return bytes;
}

struct buf tarball_start(struct arena *arena)
{
    const struct manifest_component components[] = {
        tarball_component(arena, "engine", "engine.bin", span_of(TARBALL_ENGINE)),
        tarball_component(arena, "system", "system.img", span_of(TARBALL_SYSTEM)),
    };
    struct buf tar = {.arena = arena};

    tarball_file(&tar, MANIFEST_NAME, tarball_manifest(arena, components, COUNT(components)));
    return tar;
}

struct buf tarball_full(struct arena *arena)
{
    struct buf tar = tarball_start(arena);

    tarball_file(&tar, "engine.bin", span_of(TARBALL_ENGINE));
    tarball_file(&tar, "system.img", span_of(TARBALL_SYSTEM));
    return tar;
}

struct span tarball_good(struct arena *arena)
{
    struct buf tar = tarball_full(arena);

    tarball_end(&tar);
    return buf_span(&tar);
}
