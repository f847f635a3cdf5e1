/* Follows the frames of a zstd stream as it passes by and refuses what would take much memory to unpack: a
 * window is the only thing in the format that costs memory, and a stranger chooses it. Knows no data. */
#pragma once

#include "base/base.h"
#include "base/err.h"

#define PACKAGE_ZSTD_WINDOW_MAX (8 << 20) /* what every decoder must support, and level 19 asks for */

struct package_zstd { /* {0} at the start of a stream */
    int place;        /* what the next `need` bytes are */
    uint8_t head[18];
    size_t have, need;
    uint64_t skip; /* bytes of no interest before that */
    bool has_checksum, is_last;
};

/* The next bytes of the stream, in any pieces. */
bool package_zstd_pass(struct package_zstd *zstd, struct span bytes, struct err *err) CHECKED;
