/* Range headers from strangers: whatever comes out lies inside the representation and does not overlap. The
 * first two bytes choose the size. */
#include <stdlib.h>

#include "http/condition.h"
#include "http/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct range *ranges, size_t count, int64_t size)
{
    if (count == 0 || count > RANGES_MAX)
        abort();
    for (size_t i = 0; i < count; i++) {
        if (ranges[i].first < 0 || ranges[i].first > ranges[i].last || ranges[i].last >= size)
            abort();
        for (size_t n = 0; n < i; n++)
            if (ranges[n].first <= ranges[i].last && ranges[i].first <= ranges[n].last)
                abort();
    }
}

/* The length promised and the bytes made are the same. */
static void check_parts(const struct range *ranges, size_t count, int64_t size)
{
    static char bytes[65536], out[65536 * 4];
    AUTO(arena_freep) struct arena *arena = arena_new();
    size_t seam = (size_t)ranges[0].first;
    struct pieces whole = {span_make(bytes, seam), span_make(bytes + seam, (size_t)size - seam)};
    struct multipart *m = multipart_new(arena, &whole, ranges, count, "a/b", "x");
    int64_t from = 0;

    for (size_t got = 1; got > 0; from += (int64_t)got)
        got = multipart_read(m, from, out, 4097);
    if (from != m->size)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct range ranges[RANGES_MAX];
    struct condition out;
    size_t count = 0;
    int64_t whole;
    char *text;

    if (size < 2)
        return 0;
    whole = data[0] * 256 + data[1];
    text = malloc(size - 1);
    if (!text)
        return 0;
    memcpy(text, data + 2, size - 2);
    text[size - 2] = '\0';
    if (range_parse(text, whole, ranges, &count) == RANGE_OK) {
        check(ranges, count, whole);
        check_parts(ranges, count, whole);
    }
    condition_judge(&(struct condition_facts){.has_ranges = true,
                                              .etag = "\"v\"",
                                              .modified_ms = 1600000000000,
                                              .size = whole,
                                              .if_match = whole % 2 ? text : NULL,
                                              .if_none_match = whole % 3 ? text : NULL,
                                              .if_modified_since = text,
                                              .if_range = whole % 5 ? text : NULL,
                                              .range = text},
                    &out);
    free(text);
    return 0;
}
