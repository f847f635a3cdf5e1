/* The package archive: deterministic pax tar, optionally one layer of zstd. Reading streams once in bounded
 * memory and never writes a path; writing gives the same bytes for the same input. The format, with an
 * example, is in README.md here. */
#pragma once

#include <signal.h>

#include "signing/manifest.h"

struct package_limits {
    int64_t bytes_max; /* unpacked, all entries together */
    int64_t ratio_max; /* unpacked / size of the file, from the first MiB on */
    int64_t entries_max;
    int64_t sbom_bytes_max;
};
extern const struct package_limits package_limits_default; /* 4 GiB, 200, 64, 8 MiB */

/* What the reader tells while it streams; any refusal stops the reading. Order: manifest, then for each
 * component in archive order begin, bytes..., end (its size and sha256 have been compared with the manifest),
 * then sbom. Any of them may be NULL. */
struct package_events {
    void *ctx;
    bool (*manifest)(void *ctx, const struct manifest *manifest, struct span bytes, struct err *err);
    bool (*begin)(void *ctx, const struct manifest_component *component, struct err *err);
    bool (*bytes)(void *ctx, struct span bytes, struct err *err);
    bool (*end)(void *ctx, const struct manifest_component *component, struct err *err);
    bool (*sbom)(void *ctx, struct span bytes, struct err *err);
    void (*progress)(void *ctx, int64_t done, int64_t total);
};

/* Reads all of the file `fd`, by offset: where it stands does not matter and does not change. Events of a
 * package that is refused at its end have been told already: the caller undoes. Refusals name the entry and
 * the rule. */
bool package_read(struct arena *arena, int fd, const struct package_limits *limits,
                  const struct package_events *events, struct manifest *out, struct err *err) CHECKED;

/* Only the manifest, checked in itself; the components have not been looked at. */
bool package_peek(struct arena *arena, int fd, const struct package_limits *limits, struct manifest *out,
                  struct err *err) CHECKED;
/* Is this one of ours (tar whose first entry is manifest.json, at most one compressor)? Else it is a foreign
 * artifact. */
bool package_is_ours(int fd);

/* The same by a process that has nothing (parser.h), for archives of strangers; NULL: in this one. An archive that breaks
 * it is refused. Whether a package is ours can then fail, too. */
struct parser;
bool package_read_apart(struct parser *parser, struct arena *arena, int fd,
                        const struct package_limits *limits, const struct package_events *events,
                        struct manifest *out, struct err *err) CHECKED;
bool package_peek_apart(struct parser *parser, struct arena *arena, int fd,
                        const struct package_limits *limits, struct manifest *out, struct err *err) CHECKED;
bool package_is_ours_apart(struct parser *parser, int fd, bool *out, struct err *err) CHECKED;

/* Is this CycloneDX JSON? Form only: nothing in it is believed or used. */
bool package_sbom_check(struct span bytes, struct err *err) CHECKED;

struct package_plan {
    const char *dir; /* holds one file per component; NAME.EXT is component NAME */
    /* Components may be empty: then package_scan takes them from dir. A component's size and sha256 are found
     * by the build; a version left NULL is the package's. */
    struct manifest manifest;
    const char *sbom_path; /* NULL: none */
    const char *out_path;
    bool is_compressed;
    const volatile sig_atomic_t *stop; /* NULL, or not 0 once the build should end: nothing is written then */
    void *ctx;
    void (*progress)(void *ctx, int64_t done, int64_t total);
};
/* The components that lie in dir, sorted by name: name and file are set, the rest is not. Hidden files and
 * the SBOM are passed over; anything else that is no regular file is refused. */
bool package_scan(struct arena *arena, const char *dir, const char *sbom_path,
                  const struct manifest_component **out, size_t *count, struct err *err) CHECKED;
/* Writes out_path whole or not at all, and reads it back before it gets its name. A file that changes
 * meanwhile is noticed. Same input, same bytes; compressed, that holds for one version of libzstd. */
bool package_build(struct arena *arena, const struct package_plan *plan, struct manifest *out,
                   struct err *err) CHECKED;
