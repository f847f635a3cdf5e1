/* A representation that lies in two stretches of memory and is served as one: a head that was made for this
 * reply, and the rest where it always is. Pure, and allocates nothing. */
#pragma once

#include "http/range.h"

struct pieces {
    struct span head, rest; /* either may be empty */
};

static inline int64_t pieces_size(const struct pieces *pieces)
{
    return (int64_t)(pieces->head.size + pieces->rest.size);
}

/* The bytes of a range where they lie; false when it crosses the seam, so that they must be copied. */
bool pieces_stretch(const struct pieces *pieces, const struct range *range, struct span *out);
/* Copies up to `max` bytes from position `from`; 0 only behind the end. */
size_t pieces_read(const struct pieces *pieces, int64_t from, char *out, size_t max);
