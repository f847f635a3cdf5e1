/* Uploads that survive bad links: bytes rest in a file of their own, and what is acknowledged is on disk.
 *
 *   upload_make -> upload_begin -> upload_add ... -> upload_finish   (again and again, until received =
 * length)
 *                                      +--- upload_cut: the connection broke; what came is kept
 *   then release_make (domain/ingest.c) takes it, or upload_drop, or its time runs out.
 *
 * One writer at a time, by a lock on the file: it ends with the process. The row says how many bytes are
 * synced; whatever the file holds beyond that never happened. */
#pragma once

#include "base/hash.h"
#include "domain/world.h"
#include "model/release.h"

#define UPLOAD_CHECKPOINT_BYTES (8 * 1024 * 1024) /* a crash loses at most this much of a long chunk */
#define UPLOAD_METADATA_MAX 4096
#define UPLOADS_MAX 1000 /* of one tenant under way */

struct upload_checksum {
    bool is_wanted;
    enum hash_kind kind;
    char hex[HASH_HEX_MAX];
};

struct upload_chunk {
    const char *id;
    int64_t offset;
    int64_t length; /* of the whole upload, when it was deferred and is told now; -1: not told */
    struct upload_checksum checksum;
};

struct upload_writer;

/* ---- rules: pure ---- */
/* "sha1 BASE64" or "sha256 BASE64"; NULL: none is wanted. */
bool upload_checksum_parse(struct arena *arena, const char *text, struct upload_checksum *out,
                           struct err *err) CHECKED;
/* Comma list of KEY or KEY BASE64 with unique keys; NULL is none. */
bool upload_metadata_check(struct arena *arena, const char *text, struct err *err) CHECKED;
/* The decoded value of one key, or NULL. */
const char *upload_metadata_value(struct arena *arena, const char *text, const char *key);

/* ---- verbs ---- */
/* length -1: told later. ERR_TOO_LARGE, ERR_TOO_MANY (quota), ERR_NO_SPACE (the disk keeps its reserve). */
bool upload_make(struct world *world, const struct who *who, struct arena *arena, int64_t length,
                 const char *metadata, int64_t now_ms, struct upload *out, struct err *err) CHECKED;
/* ERR_GONE when its time is over. */
bool upload_get(struct world *world, const struct who *who, struct arena *arena, const char *id,
                int64_t now_ms, struct upload *out, struct err *err) CHECKED;
/* ERR_LOCKED while somebody writes to it. */
bool upload_drop(struct world *world, const struct who *who, struct arena *arena, const char *id,
                 int64_t now_ms, struct err *err) CHECKED;
/* Removes what has expired, and files without a row. Called by the engine. */
bool upload_tick(struct world *world, int64_t now_ms, struct err *err) CHECKED;

/* ERR_LOCKED: another writer. ERR_CONFLICT: the offset is another; nothing is changed. The writer lives in
 * the arena and lets go of its file with it at the latest. */
bool upload_begin(struct world *world, const struct who *who, struct arena *arena,
                  const struct upload_chunk *chunk, int64_t now_ms, struct upload_writer **out,
                  struct err *err) CHECKED;
bool upload_add(struct upload_writer *writer, struct span bytes, struct err *err) CHECKED;
/* True: all of it is on disk, and `out` says how far. ERR_CHECKSUM: the chunk never happened. After ERR_BUSY
 * it may be called again. */
bool upload_finish(struct upload_writer *writer, const struct who *who, int64_t now_ms, struct upload *out,
                   struct err *err) CHECKED;
/* The connection broke: keeps what came, unless a checksum was to prove it. Harmless after upload_finish. */
void upload_cut(struct upload_writer *writer);
/* As far as this upload has come, in a writer's view. */
const struct upload *upload_of(const struct upload_writer *writer);

/* A whole upload for reading, locked until *fd is closed. ERR_CONFLICT while bytes are missing. */
bool upload_open(struct world *world, const struct who *who, struct arena *arena, const char *id,
                 int64_t now_ms, struct upload *out, int *fd, struct err *err) CHECKED;
typedef bool upload_taker(void *to, struct span bytes, struct err *err);
/* The first `size` bytes of the file, once, in pieces of at most 256 KiB; ends with the first refusal.
 * ERR_CORRUPT: the file is shorter than its row says. */
bool upload_pieces(struct arena *arena, int fd, int64_t size, upload_taker *take, void *to,
                   struct err *err) CHECKED;
/* Removes the file of an upload whose row is gone. */
void upload_unlink(struct world *world, struct arena *arena, const char *id);
