/* What a GET or HEAD of a known representation gets: all of it, pieces, or a refusal (RFC 9110 13.2.2, 14.2).
 * Pure: headers and facts in, verdict out. */
#pragma once

#include "http/range.h"

struct condition_facts {
    bool is_head;
    bool has_ranges;
    const char *etag;    /* with quotes; NULL: none */
    int64_t modified_ms; /* 0: unknown */
    int64_t size;
    /* The headers, NULL when absent. */
    const char *if_match, *if_none_match, *if_unmodified_since, *if_modified_since, *if_range, *range;
};

struct condition {
    int status; /* 200, 206, 304, 412 or 416 */
    struct range ranges[RANGES_MAX];
    size_t count; /* of ranges, with 206 */
};

void condition_judge(const struct condition_facts *facts, struct condition *out);
