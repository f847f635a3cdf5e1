#include "signing/package_tar.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <archive.h>
#include <archive_entry.h>

#define PADDING_BYTES_MAX (1 << 20) /* tar -b writes at most this much behind the last entry */
#define SHOWN_CHARS 80
#define BLOCK_BYTES 512 /* of tar; two of zeros are the end */
#define REBUILD "make the package with \"nightshift package build\""

struct package_tar {
    struct archive *archive;
    struct package_source *source;
    const struct package_limits *limits;
    struct span last;            /* given to the library last */
    struct err inner;            /* what went wrong below the library */
    char shown[SHOWN_CHARS + 1]; /* the entry's name, fit for a sentence */
    int64_t entries, size, got;
    int64_t content_end; /* of the last entry's bytes, in the unpacked data */
};

static la_ssize_t on_read(struct archive *archive, void *ctx, const void **out)
{
    struct package_tar *tar = ctx;

    switch (package_source_next(tar->source, &tar->last, &tar->inner)) {
    case STEP_MORE:
        *out = tar->last.at;
        return (la_ssize_t)tar->last.size;
    case STEP_END:
        return 0;
    case STEP_FAILED:
        break;
    }
    archive_set_error(archive, EIO, "refused");
    return -1;
}

struct package_tar *package_tar_open(struct package_source *source, const struct package_limits *limits)
{
    struct package_tar *tar = calloc(1, sizeof(*tar));

    if (!tar || !(tar->archive = archive_read_new()))
        abort();
    tar->source = source;
    tar->limits = limits;
    /* No filter: the source has taken off the only one. Opening reads nothing yet and cannot fail. */
    if (archive_read_support_format_tar(tar->archive) != ARCHIVE_OK)
        abort();
    (void)archive_read_set_callback_data(tar->archive, tar);
    (void)archive_read_set_read_callback(tar->archive, on_read);
    return tar;
}

void package_tar_closep(struct package_tar **tar)
{
    if (!*tar)
        return;
    archive_read_free((*tar)->archive);
    free(*tar);
    *tar = NULL;
}

/* ---- refusing ------------------------------------------------------------------------------------ */

static void keep_shown(struct package_tar *tar, const char *name)
{
    size_t i = 0;

    for (; name && name[i] && i < SHOWN_CHARS; i++)
        tar->shown[i] = (name[i] >= 0x20 && name[i] < 0x7F && name[i] != '"') ? name[i] : '?';
    tar->shown[i] = '\0';
}

static enum package_step library_failed(struct package_tar *tar, struct err *err)
{
    const char *text = archive_error_string(tar->archive);

    if (tar->inner.code != ERR_NONE)
        *err = tar->inner;
    else if (tar->entries > 0)
        (void)FAIL(err, ERR_INVALID,
                   "entry %lld, behind \"%s\": the tar data is damaged or cut short (%s); send "
                   "the package again",
                   (long long)tar->entries + 1, tar->shown, text ? text : "no reason given");
    else if (package_source_is_packed(tar->last))
        (void)FAIL(err, ERR_INVALID, "the package is compressed more than once; compress it at most once");
    else
        (void)FAIL(err, ERR_INVALID,
                   "this is no package: a package is a tar archive, plain or with one layer "
                   "of zstd or gzip (%s); make one with \"nightshift package build\"",
                   text ? text : "no reason given");
    return STEP_FAILED;
}

/* A header that is understood only in part: what the rest would have said is not guessed. */
static enum package_step header_failed(struct package_tar *tar, struct archive_entry *entry, struct err *err)
{
    const char *text = archive_error_string(tar->archive);

    keep_shown(tar, archive_entry_pathname(entry));
    (void)FAIL(err, ERR_INVALID, "entry \"%s\" has a header with odd parts (%s); " REBUILD, tar->shown,
               text ? text : "no reason given");
    return STEP_FAILED;
}

static const char *kind_of(struct archive_entry *entry)
{
    if (archive_entry_hardlink(entry))
        return "a hard link";
    if (archive_entry_symlink(entry))
        return "a symbolic link";
    switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
        return NULL;
    case AE_IFDIR:
        return "a folder";
    case AE_IFLNK:
        return "a symbolic link";
    case AE_IFIFO:
        return "a FIFO";
    case AE_IFSOCK:
        return "a socket";
    case AE_IFCHR:
    case AE_IFBLK:
        return "a device";
    default:
        return "of no known kind";
    }
}

static bool check_kind(struct package_tar *tar, struct archive_entry *entry, struct err *err)
{
    const char *kind = kind_of(entry);

    if (kind)
        return FAIL(err, ERR_INVALID, "entry \"%s\" is %s; a package holds regular files only; " REBUILD,
                    tar->shown, kind);
    if (archive_entry_sparse_count(entry) > 0)
        return FAIL(err, ERR_INVALID, "entry \"%s\" is sparse; a package holds whole files only; " REBUILD,
                    tar->shown);
    if (!archive_entry_size_is_set(entry) || archive_entry_size(entry) < 0)
        return FAIL(err, ERR_INVALID, "entry \"%s\" does not say its size; " REBUILD, tar->shown);
    return true;
}

static bool check_name(const struct package_tar *tar, const char *name, struct err *err)
{
    if (!name)
        return FAIL(err, ERR_INVALID, "entry %lld has a name that is no text; " REBUILD,
                    (long long)tar->entries);
    if (name[0] == '/')
        return FAIL(err, ERR_INVALID, "entry \"%s\" starts at the root; entries lie in no folder; " REBUILD,
                    tar->shown);
    if (strchr(name, '/'))
        return FAIL(err, ERR_INVALID, "entry \"%s\" lies in a folder; entries lie in no folder; " REBUILD,
                    tar->shown);
    if (!manifest_file_check(name, err))
        return err_within(err, "entry \"%s\"", tar->shown);
    return true;
}

static bool check_entry(struct package_tar *tar, struct archive_entry *entry, struct err *err)
{
    const char *name = archive_entry_pathname(entry);

    keep_shown(tar, name);
    if (++tar->entries > tar->limits->entries_max)
        return FAIL(err, ERR_TOO_LARGE, "entry \"%s\" is one more than the %lld entries a package may hold",
                    tar->shown, (long long)tar->limits->entries_max);
    return check_name(tar, name, err) && check_kind(tar, entry, err);
}

/* ---- the end ------------------------------------------------------------------------------------- */

static bool is_zero(struct span bytes)
{
    return bytes.size == 0 || (bytes.at[0] == 0 && memcmp(bytes.at, bytes.at + 1, bytes.size - 1) == 0);
}

/* What the library was given and did not use: the end of the last block. A marker it did not understand may
 * begin in the block before, which is no padding. */
static bool take_rest(const struct package_tar *tar, struct span *out)
{
    int64_t given = package_source_facts(tar->source).unpacked;
    int64_t rest = given - archive_filter_bytes(tar->archive, 0);

    if (rest < 0 || (uint64_t)rest > tar->last.size)
        return false;
    *out = span_make(tar->last.at + tar->last.size - rest, (size_t)rest);
    return true;
}

/* A second archive behind the end marker would be shown by some tools and not by others. */
static enum package_step drain(struct package_tar *tar, struct span rest, struct err *err)
{
    enum package_step step = STEP_MORE;
    size_t padding = 0;

    while (step == STEP_MORE) {
        padding += rest.size;
        if (!is_zero(rest) || padding > PADDING_BYTES_MAX) {
            (void)FAIL(
                err, ERR_INVALID,
                "something follows the end of the tar archive, behind entry \"%s\"; nothing may; " REBUILD,
                tar->shown);
            return STEP_FAILED;
        }
        step = package_source_next(tar->source, &rest, err);
    }
    return step;
}

/* The library takes an archive that just ends for one that is over. */
static enum package_step check_marker(const struct package_tar *tar, struct err *err)
{
    int64_t content = (tar->content_end + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;

    if (package_source_facts(tar->source).unpacked >= content + 2 * BLOCK_BYTES)
        return STEP_END;
    (void)FAIL(err, ERR_INVALID, "the tar data is cut short behind entry \"%s\"; send the package again",
               tar->shown);
    return STEP_FAILED;
}

static enum package_step finish(struct package_tar *tar, struct err *err)
{
    struct span rest;

    if (!take_rest(tar, &rest))
        rest = span_make("?", 1);
    enum package_step step = drain(tar, rest, err);

    return step == STEP_END ? check_marker(tar, err) : step;
}

/* ---- reading ------------------------------------------------------------------------------------- */

static bool start(struct package_tar *tar)
{
    return tar->entries > 0 || archive_read_open1(tar->archive) == ARCHIVE_OK;
}

enum package_step package_tar_entry(struct package_tar *tar, struct package_entry *out, struct err *err)
{
    struct archive_entry *entry;

    if (!start(tar))
        return library_failed(tar, err);
    int answer = archive_read_next_header(tar->archive, &entry);

    if (answer == ARCHIVE_EOF && tar->inner.code == ERR_NONE)
        return tar->entries > 0 ? finish(tar, err) : STEP_END;
    if (answer == ARCHIVE_WARN)
        return header_failed(tar, entry, err);
    if (answer != ARCHIVE_OK)
        return library_failed(tar, err);
    if (!check_entry(tar, entry, err))
        return STEP_FAILED;
    tar->size = archive_entry_size(entry);
    tar->got = 0;
    *out = (struct package_entry){archive_entry_pathname(entry), tar->size};
    return STEP_MORE;
}

enum package_step package_tar_bytes(struct package_tar *tar, struct span *out, struct err *err)
{
    const void *at;
    size_t size;
    la_int64_t offset;
    int answer;

    do
        answer = archive_read_data_block(tar->archive, &at, &size, &offset);
    while (answer == ARCHIVE_OK && size == 0);
    if (answer == ARCHIVE_EOF && tar->got == tar->size) {
        tar->content_end = archive_filter_bytes(tar->archive, 0);
        return STEP_END;
    }
    if (answer != ARCHIVE_OK && answer != ARCHIVE_EOF)
        return library_failed(tar, err);
    if (answer == ARCHIVE_EOF || offset != tar->got || (int64_t)size > tar->size - tar->got) {
        (void)FAIL(err, ERR_INVALID, "entry \"%s\" does not hold the %lld bytes it declares; " REBUILD,
                   tar->shown, (long long)tar->size);
        return STEP_FAILED;
    }
    tar->got += (int64_t)size;
    *out = span_make(at, size);
    return STEP_MORE;
}
