#include "signing/package_source.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>

#include "signing/package_zstd.h"

#define PIECE_BYTES (256 * 1024)
#define RATIO_FROM (1 << 20)       /* small archives are mostly headers: no ratio below this */
#define HEADERS_BYTES (16LL << 20) /* what headers and padding may add to the entries */

struct package_source {
    int fd;
    const struct package_limits *limits;
    int64_t size, offset, unpacked;
    struct archive *filter; /* NULL: nothing is compressed */
    bool is_zstd;
    struct package_zstd zstd;
    struct err inner; /* what went wrong below the library */
    char piece[PIECE_BYTES];
};

/* clang-format off */
static const struct compressor {
    const char *magic;
    size_t magic_size;
    int filter;
} compressors[] = {
    {"\x28\xB5\x2F\xFD", 4, ARCHIVE_FILTER_ZSTD},
    {"\x1F\x8B",         2, ARCHIVE_FILTER_GZIP},
};
/* clang-format on */

static const struct compressor *compressor_of(struct span bytes)
{
    for (size_t i = 0; i < COUNT(compressors); i++)
        if (bytes.size >= compressors[i].magic_size &&
            memcmp(bytes.at, compressors[i].magic, compressors[i].magic_size) == 0)
            return &compressors[i];
    return NULL;
}

bool package_source_is_packed(struct span bytes)
{
    return compressor_of(bytes) != NULL;
}

static bool read_piece(struct package_source *source, struct span *out, struct err *err)
{
    ssize_t got;

    do
        got = pread(source->fd, source->piece, PIECE_BYTES, source->offset);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return FAIL_ERRNO(err, "reading the package");
    *out = span_make(source->piece, (size_t)got);
    source->offset += got;
    return !source->is_zstd || package_zstd_pass(&source->zstd, *out, err);
}

static la_ssize_t on_read(struct archive *archive, void *ctx, const void **out)
{
    struct package_source *source = ctx;
    struct span piece;

    if (!read_piece(source, &piece, &source->inner)) {
        archive_set_error(archive, EIO, "refused");
        return -1;
    }
    *out = piece.at;
    return (la_ssize_t)piece.size;
}

static bool library_failed(struct package_source *source, struct err *err)
{
    const char *text = archive_error_string(source->filter);

    if (source->inner.code != ERR_NONE)
        *err = source->inner;
    else
        (void)FAIL(err, ERR_INVALID, "the compressed data is damaged (%s); send the package again",
                   text ? text : "no reason given");
    return false;
}

/* Naming the filter keeps the library from looking for more of them inside: three nested gzips of 749 bytes
 * would give 1 GB. */
static bool start_filter(struct package_source *source, const struct compressor *compressor, struct err *err)
{
    struct archive_entry *entry;

    source->is_zstd = compressor->filter == ARCHIVE_FILTER_ZSTD;
    source->filter = archive_read_new();
    if (!source->filter)
        abort();
    if (archive_read_support_format_raw(source->filter) != ARCHIVE_OK ||
        archive_read_append_filter(source->filter, compressor->filter) != ARCHIVE_OK ||
        archive_read_open(source->filter, source, NULL, on_read, NULL) != ARCHIVE_OK ||
        archive_read_next_header(source->filter, &entry) != ARCHIVE_OK)
        return library_failed(source, err);
    if (archive_filter_count(source->filter) > 2)
        return FAIL(err, ERR_INVALID, "the package is compressed more than once; compress it at most once");
    return true;
}

static bool start(struct package_source *source, struct err *err)
{
    struct stat info;
    struct span piece;

    if (fstat(source->fd, &info) != 0)
        return FAIL_ERRNO(err, "reading the package");
    source->size = info.st_size;
    if (!read_piece(source, &piece, err))
        return false;
    source->offset = 0;
    const struct compressor *compressor = compressor_of(piece);

    return !compressor || start_filter(source, compressor, err);
}

bool package_source_open(int fd, const struct package_limits *limits, struct package_source **out,
                         struct err *err)
{
    AUTO(package_source_closep) struct package_source *source = calloc(1, sizeof(*source));

    if (!source)
        abort();
    source->fd = fd;
    source->limits = limits;
    if (!start(source, err))
        return false;
    *out = source;
    source = NULL;
    return true;
}

void package_source_closep(struct package_source **source)
{
    if (!*source)
        return;
    if ((*source)->filter)
        archive_read_free((*source)->filter);
    free(*source);
    *source = NULL;
}

/* Bytes behind the compressed data would be carried along, signed and read by nobody. */
static enum package_step finish(struct package_source *source, struct err *err)
{
    int64_t used = archive_filter_bytes(source->filter, -1);

    if (used == source->size)
        return STEP_END;
    (void)FAIL(err, ERR_INVALID, "%lld bytes follow the end of the compressed data; build the package again",
               (long long)(source->size - used));
    return STEP_FAILED;
}

static enum package_step next_unpacked(struct package_source *source, struct span *out, struct err *err)
{
    const void *at;
    size_t size;
    la_int64_t offset;
    int answer;

    do
        answer = archive_read_data_block(source->filter, &at, &size, &offset);
    while (answer == ARCHIVE_OK && size == 0);
    if (answer == ARCHIVE_EOF)
        return finish(source, err);
    if (answer != ARCHIVE_OK) {
        (void)library_failed(source, err);
        return STEP_FAILED;
    }
    *out = span_make(at, size);
    return STEP_MORE;
}

static enum package_step next_plain(struct package_source *source, struct span *out, struct err *err)
{
    if (!read_piece(source, out, err))
        return STEP_FAILED;
    return out->size ? STEP_MORE : STEP_END;
}

/* The whole file is the measure, not the part read so far: an image may well begin with megabytes of zeros.
 */
static bool check_budget(const struct package_source *source, struct err *err)
{
    if (source->unpacked > source->limits->bytes_max + HEADERS_BYTES)
        return FAIL(err, ERR_TOO_LARGE, "the package unpacks to more than %lld bytes, which is the limit",
                    (long long)source->limits->bytes_max);
    if (source->unpacked > RATIO_FROM && source->unpacked / source->limits->ratio_max >= source->size)
        return FAIL(err, ERR_TOO_LARGE,
                    "the package unpacks to more than %lld times its size, which is the limit; if it is "
                    "meant to, build it without --zstd",
                    (long long)source->limits->ratio_max);
    return true;
}

enum package_step package_source_next(struct package_source *source, struct span *out, struct err *err)
{
    struct span block;
    enum package_step step =
        source->filter ? next_unpacked(source, &block, err) : next_plain(source, &block, err);

    if (step != STEP_MORE)
        return step;
    source->unpacked += (int64_t)block.size;
    if (!check_budget(source, err))
        return STEP_FAILED;
    *out = block;
    return STEP_MORE;
}

struct package_source_facts package_source_facts(const struct package_source *source)
{
    return (struct package_source_facts){
        .packed_size = source->size, .packed = source->offset, .unpacked = source->unpacked};
}
