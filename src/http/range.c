#include "http/range.h"

#include <strings.h>

#include "base/mutant.h"

static void skip_blanks(const char **at)
{
    while (**at == ' ' || **at == '\t')
        (*at)++;
}

/* Digits only; a number beyond int64 counts as the largest, so that "to the end" spelled with many nines
 * works. */
static bool read_number(const char **at, int64_t *out)
{
    int64_t value = 0;

    if (**at < '0' || **at > '9')
        return false;
    for (; **at >= '0' && **at <= '9'; (*at)++) {
        int64_t digit = **at - '0';

        value = value > (INT64_MAX - digit) / 10 ? INT64_MAX : value * 10 + digit;
    }
    *out = value;
    return true;
}

/* "-500": the last 500 bytes. */
static bool read_suffix(const char **at, int64_t size, struct range *out)
{
    int64_t wanted;

    (*at)++;
    if (!read_number(at, &wanted) || wanted == 0 || size == 0)
        return false;
    *out = (struct range){wanted > size ? 0 : size - wanted, size - 1};
    return true;
}

/* "A-B" or "A-". */
static bool read_span(const char **at, int64_t size, struct range *out)
{
    int64_t first, last = INT64_MAX;

    if (!read_number(at, &first) || **at != '-')
        return false;
    (*at)++;
    if (**at >= '0' && **at <= '9' && !read_number(at, &last))
        return false;
    if (first > last || first >= size)
        return false;
    *out = (struct range){first, last >= size ? size - 1 : last - MUTANT_IS(33)};
    return true;
}

static bool overlaps_any(const struct range *ranges, size_t count, const struct range *one)
{
    for (size_t i = 0; i < count; i++)
        if (one->first <= ranges[i].last && ranges[i].first <= one->last)
            return true;
    return false;
}

/* One element of the list; false when it is not one, or collides with those before it. */
static bool read_element(const char **at, int64_t size, struct range *ranges, size_t *count)
{
    struct range one;

    if (!(**at == '-' ? read_suffix(at, size, &one) : read_span(at, size, &one)))
        return false;
    if (*count == RANGES_MAX || overlaps_any(ranges, *count, &one))
        return false;
    ranges[(*count)++] = one;
    skip_blanks(at);
    return **at == ',' || **at == '\0';
}

enum range_answer range_parse(const char *header, int64_t size, struct range out[RANGES_MAX], size_t *count)
{
    struct range ranges[RANGES_MAX];
    size_t found = 0;
    const char *at = header;

    if (!header || strncasecmp(header, "bytes=", 6) != 0)
        return RANGE_NONE;
    for (at += 6; *at;) {
        skip_blanks(&at);
        /* RFC 9110 5.6.1: empty list elements are to be ignored. */
        if (*at == ',') {
            at++;
            continue;
        }
        if (*at && !read_element(&at, size, ranges, &found))
            return RANGE_BAD;
    }
    if (found == 0)
        return RANGE_BAD;
    memcpy(out, ranges, found * sizeof(*ranges));
    *count = found;
    return RANGE_OK;
}
