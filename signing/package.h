/* The package archive: deterministic pax tar, optionally one layer of zstd. Reading streams once in bounded memory and
 * never writes a path; writing gives the same bytes for the same input. The only file that knows libarchive. */
#pragma once

#include "signing/manifest.h"

struct package_limits {
    int64_t bytes_max;        /* unpacked, all entries together */
    int64_t ratio_max;        /* unpacked / packed, checked after the first MiB */
    int64_t entries_max;
    int64_t sbom_bytes_max;
};
extern const struct package_limits package_limits_default; /* 4 GiB, 200, 64, 8 MiB */

/* What the reader tells while it streams; any refusal stops the reading. Order: manifest, then for each component
 * in archive order begin, bytes..., end (its size and sha256 have been compared with the manifest), then sbom. */
struct package_events {
    void *ctx;
    bool (*manifest)(void *ctx, const struct manifest *manifest, struct span bytes, struct err *err);
    bool (*begin)(void *ctx, const struct manifest_component *component, struct err *err);
    bool (*bytes)(void *ctx, struct span bytes, struct err *err);
    bool (*end)(void *ctx, const struct manifest_component *component, struct err *err);
    bool (*sbom)(void *ctx, struct span bytes, struct err *err); /* may be NULL */
    void (*progress)(void *ctx, int64_t done, int64_t total);    /* may be NULL */
};

/* Reads from `fd` (at offset 0). Events of a package that is refused at its end have been told already: the caller
 * undoes. Refusals name the entry and the rule. */
bool package_read(struct arena *arena, int fd, const struct package_limits *limits,
                  const struct package_events *events, struct manifest *out, struct err *err) CHECKED;

/* Is this one of ours (tar whose first entry is manifest.json), plain or zstd? Else it is a foreign artifact. */
bool package_is_ours(int fd);

struct package_plan {
    const char *dir;            /* holds one file per component; NAME.EXT is component NAME */
    struct manifest manifest;   /* components may be empty: then taken from dir, sorted by name */
    const char *sbom_path;      /* NULL: none */
    const char *out_path;
    bool is_compressed;
    void *ctx;
    void (*progress)(void *ctx, int64_t done, int64_t total);
};
/* Writes out_path whole or not at all. */
bool package_build(struct arena *arena, const struct package_plan *plan, struct manifest *out, struct err *err) CHECKED;
