#include "signing/package_write.h"

#include <errno.h>
#include <stdlib.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/file.h"

#define BLOCK_BYTES (256 * 1024)
#define ZSTD_LEVEL "9" /* beyond it, minutes buy percents; it is part of "same input, same bytes" */

struct package_writer {
    struct archive *archive;
    int fd;
    bool is_given_up;
    struct err inner; /* the first failed write */
};

/* The library forgets to free what it holds once a write has failed: it is told of no failure. What comes
 * after one is dropped, and every call of ours asks `inner`. Only closing is cut short. */
static la_ssize_t on_write(struct archive *archive, void *ctx, const void *at, size_t size)
{
    struct package_writer *writer = ctx;

    if (writer->is_given_up) {
        archive_set_error(archive, EIO, "given up");
        return -1;
    }
    if (writer->inner.code == ERR_NONE)
        (void)!file_write_all(writer->fd, span_make(at, size), &writer->inner);
    return (la_ssize_t)size;
}

/* The answer of the library, and then that of the disk. */
static bool check(const struct package_writer *writer, bool is_good, struct err *err)
{
    const char *text = archive_error_string(writer->archive);

    if (!is_good)
        return FAIL(err, ERR_IO, "writing the tar: %s", text ? text : "no reason given");
    if (writer->inner.code != ERR_NONE)
        *err = writer->inner;
    return writer->inner.code == ERR_NONE;
}

/* No padding behind the last block: some tools would differ in it. */
static bool start(struct package_writer *writer, bool is_compressed)
{
    struct archive *archive = writer->archive;

    return archive_write_set_format_pax_restricted(archive) == ARCHIVE_OK &&
           archive_write_set_bytes_per_block(archive, BLOCK_BYTES) == ARCHIVE_OK &&
           archive_write_set_bytes_in_last_block(archive, 1) == ARCHIVE_OK &&
           (!is_compressed || (archive_write_add_filter_zstd(archive) == ARCHIVE_OK &&
                               archive_write_set_filter_option(archive, "zstd", "compression-level",
                                                               ZSTD_LEVEL) == ARCHIVE_OK)) &&
           archive_write_open(archive, writer, NULL, on_write, NULL) == ARCHIVE_OK;
}

bool package_writer_open(int fd, bool is_compressed, struct package_writer **out, struct err *err)
{
    AUTO(package_writer_closep) struct package_writer *writer = calloc(1, sizeof(*writer));

    if (!writer || !(writer->archive = archive_write_new()))
        abort();
    writer->fd = fd;
    if (!check(writer, start(writer, is_compressed), err))
        return false;
    *out = writer;
    writer = NULL;
    return true;
}

void package_writer_closep(struct package_writer **writer)
{
    if (!*writer)
        return;
    (*writer)->is_given_up = true; /* or freeing would pad what is unfinished */
    archive_write_free((*writer)->archive);
    free(*writer);
    *writer = NULL;
}

static void entry_freep(struct archive_entry **entry)
{
    archive_entry_free(*entry);
}

/* Who built it, when and where is no part of a package. */
bool package_writer_entry(struct package_writer *writer, const char *name, int64_t size, struct err *err)
{
    AUTO(entry_freep) struct archive_entry *entry = archive_entry_new();

    if (!entry)
        abort();
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_uid(entry, 0);
    archive_entry_set_gid(entry, 0);
    archive_entry_set_mtime(entry, 0, 0);
    archive_entry_set_size(entry, size);
    return check(writer, archive_write_header(writer->archive, entry) == ARCHIVE_OK, err);
}

bool package_writer_bytes(struct package_writer *writer, struct span bytes, struct err *err)
{
    while (bytes.size > 0) {
        la_ssize_t put = archive_write_data(writer->archive, bytes.at, bytes.size);

        if (!check(writer, put > 0, err))
            return false;
        bytes = span_make(bytes.at + put, bytes.size - (size_t)put);
    }
    return true;
}

bool package_writer_finish(struct package_writer *writer, struct err *err)
{
    return check(writer, archive_write_close(writer->archive) == ARCHIVE_OK, err);
}
