/* Bytes under their own SHA-256, lower-case hex. A blob is whole or absent, never changes, and appears only after
 * temp, write, fsync, rename, fsync directory. Identical bytes are one blob. Knows no noun. */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#define BLOB_ID_CHARS 64

struct blobs;

/* Makes it; removes old temporaries. */
bool blobs_open(struct blobs **out, const char *dir, struct err *err) CHECKED;
void blobs_closep(struct blobs **blobs);

/* ---- writing --------------------------------------------------------------- */
struct blob_writer;
struct blob_hashes {
    char sha256[65], sha1[65], md5[65];
    int64_t size;
};
/* Its name, SHA-256, is all that is summed up; the other two stay "". */
bool blob_begin(struct blobs *blobs, struct blob_writer **out, struct err *err) CHECKED;
/* All three, in the same pass: for what DDI hands out. MD5 alone costs more than the rest. */
bool blob_begin_summed(struct blobs *blobs, struct blob_writer **out, struct err *err) CHECKED;
bool blob_add(struct blob_writer *writer, struct span bytes, struct err *err) CHECKED;
/* Durable when true; also when the bytes were there already. EIO from fsync stops the process (never retried). */
bool blob_finish(struct blob_writer **writer, struct blob_hashes *out, struct err *err) CHECKED;
void blob_dropp(struct blob_writer **writer); /* for AUTO(): removes the temporary unless finished */
bool blob_put(struct blobs *blobs, struct span bytes, struct blob_hashes *out, struct err *err) CHECKED;

/* ---- reading --------------------------------------------------------------- */
/* One mapping per blob, shared by all readers and released by reference count. */
struct blob_map {
    const void *at;
    size_t size;
    int64_t modified_ms;
    int fd; /* the same bytes as a file, for as long as they are mapped; 0: an empty one has none */
};
bool blob_map(struct blobs *blobs, const char *id, const struct blob_map **out, struct err *err) CHECKED;
void blob_unmap(void *map); /* takes a blob_map: fits http_source.release */
bool blob_exists(struct blobs *blobs, const char *id);
bool blob_remove(struct blobs *blobs, const char *id, struct err *err) CHECKED;
bool blob_size(struct blobs *blobs, const char *id, int64_t *size, struct err *err) CHECKED;

/* Calls fn for every blob; false from fn stops. */
bool blob_each(struct blobs *blobs, bool (*fn)(void *ctx, const char *id, int64_t size, struct err *err),
               void *ctx, struct err *err) CHECKED;
/* Reads it all and compares: ERR_CORRUPT when its bytes are not its name. */
bool blob_verify(struct blobs *blobs, const char *id, struct err *err) CHECKED;
