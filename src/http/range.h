/* The Range header (RFC 9110 14.1) as numbers. Pure: a text and a size in, ranges or a refusal out. */
#pragma once

#include "base/base.h"

#define RANGES_MAX 64

struct range {
    int64_t first, last; /* both included, both inside the representation */
};

enum range_answer {
    RANGE_NONE, /* no header, or a unit we do not serve: the whole representation */
    RANGE_OK,
    RANGE_BAD, /* malformed, out of bounds, overlapping, or too many: 416 */
};

/* On RANGE_OK, out[0..*count) holds the ranges in the order asked for. Otherwise both are untouched. */
enum range_answer range_parse(const char *header, int64_t size, struct range out[RANGES_MAX], size_t *count);
