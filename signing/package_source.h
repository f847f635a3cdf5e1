/* The bytes of a package without its compressor: at most one, zstd or gzip, chosen by the first bytes and not
 * by guessing on. Every unpacked byte is counted before anybody sees it. Knows no tar. */
#pragma once

#include "signing/package.h"

enum package_step { STEP_MORE, STEP_END, STEP_FAILED };

struct package_source;

/* Reads by offset: where `fd` stands does not matter and does not change. */
bool package_source_open(int fd, const struct package_limits *limits, struct package_source **out,
                         struct err *err) CHECKED;
void package_source_closep(struct package_source **source);
/* The next unpacked bytes, good until the next call. */
enum package_step package_source_next(struct package_source *source, struct span *out,
                                      struct err *err) CHECKED;

struct package_source_facts {
    int64_t packed_size; /* of the file */
    int64_t packed;      /* read so far */
    int64_t unpacked;    /* given out so far */
};
struct package_source_facts package_source_facts(const struct package_source *source);
/* Does it start like compressed data? */
bool package_source_is_packed(struct span bytes);
