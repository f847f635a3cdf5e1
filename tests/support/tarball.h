/* Tar archives made by hand, good and bad: what a writer library would refuse to write is the point here. */
#pragma once

#include "base/buf.h"
#include "signing/manifest.h"

/* A ustar header alone; `size` is only what it claims. `link` may be NULL. */
void tarball_header(struct buf *tar, const char *name, char type, const char *link, int64_t size);
/* A regular file, padded. */
void tarball_file(struct buf *tar, const char *name, struct span bytes);
/* A pax header of one record for the entry that follows. */
void tarball_pax(struct buf *tar, const char *key, struct span value);
/* An old GNU sparse header: `size` bytes of which none is there. */
void tarball_sparse(struct buf *tar, const char *name, int64_t size);
void tarball_end(struct buf *tar);

enum tarball_packing { TARBALL_PLAIN, TARBALL_GZIP, TARBALL_ZSTD };
/* `zeros` more bytes of zeros behind `bytes`, all in one layer. */
struct span tarball_pack(struct arena *arena, enum tarball_packing packing, struct span bytes, int64_t zeros);
/* A file without a name that holds the bytes. */
int tarball_fd(struct span bytes);

/* Size and digest of a component as it should be. */
struct manifest_component tarball_component(struct arena *arena, const char *name, const char *file,
                                            struct span bytes);
/* The canonical manifest of these components, family "aurora", version "4.2.10"; aborts when it is none. */
struct span tarball_manifest(struct arena *arena, const struct manifest_component *components, size_t count);

/* A good package, open for more: the manifest alone, or with both its components. */
#define TARBALL_ENGINE "engine image"
#define TARBALL_SYSTEM "system image, a longer one"
struct buf tarball_start(struct arena *arena);
struct buf tarball_full(struct arena *arena);
struct span tarball_good(struct arena *arena); /* with its end */
