#include "base/text.h"

#include <strings.h>

bool text_equal(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

bool text_equal_nocase(const char *a, const char *b)
{
    return a == b || (a && b && strcasecmp(a, b) == 0);
}

bool text_starts(const char *text, const char *prefix)
{
    return text && strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_ends(const char *text, const char *suffix)
{
    if (!text)
        return false;
    size_t size = strlen(text), tail = strlen(suffix);

    return size >= tail && memcmp(text + size - tail, suffix, tail) == 0;
}

bool text_blank(const char *text)
{
    return !text || !*text;
}

/* Reads digits below zero, where int64_t has one value more. False when it overflows or is no number. */
static bool read_int(const char *text, int64_t *out)
{
    bool is_negative = *text == '-';
    const char *digit = text + is_negative;
    int64_t value = 0;

    if (!*digit)
        return false;
    for (; *digit; digit++) {
        if (*digit < '0' || *digit > '9' || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, *digit - '0', &value))
            return false;
    }
    if (!is_negative && value == INT64_MIN)
        return false;
    *out = is_negative ? value : -value;
    return true;
}

bool text_int(const char *text, const char *what, int64_t min, int64_t max, int64_t *out, struct err *err)
{
    int64_t value;

    if (!text || !read_int(text, &value) || value < min || value > max)
        return FAIL(err, ERR_INVALID, "%s must be a whole number from %lld to %lld", what, (long long)min,
                    (long long)max);
    *out = value;
    return true;
}

static bool is_name_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
           c == '_' || c == '-';
}

bool text_name(const char *text, const char *what, size_t max, struct err *err)
{
    size_t size = 0;

    while (text && size <= max && is_name_char(text[size]))
        size++;
    if (size == 0 || size > max || text[size] || text[0] == '.')
        return FAIL(err, ERR_INVALID,
                    "%s must be 1 to %zu characters of A-Z a-z 0-9 . _ - and not start with a dot", what,
                    max);
    return true;
}

bool text_is_hex(const char *text, size_t digits)
{
    size_t size = 0;

    if (!text)
        return false;
    while ((text[size] >= '0' && text[size] <= '9') || (text[size] >= 'a' && text[size] <= 'f'))
        size++;
    return size == digits && !text[size];
}

/* What may follow a lead byte: how many bytes, and the bounds of the first of them (Unicode, table 3-7). */
static size_t utf8_lead(uint8_t lead, uint8_t *low, uint8_t *high)
{
    *low = 0x80;
    *high = 0xBF;
    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead <= 0xDF)
        return 2;
    if (lead >= 0xE0 && lead <= 0xEF) {
        if (lead == 0xE0)
            *low = 0xA0;
        if (lead == 0xED)
            *high = 0x9F;
        return 3;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        if (lead == 0xF0)
            *low = 0x90;
        if (lead == 0xF4)
            *high = 0x8F;
        return 4;
    }
    return 0;
}

size_t text_utf8_size(struct span text)
{
    uint8_t low, high;

    if (text.size == 0)
        return 0;
    size_t size = utf8_lead((uint8_t)text.at[0], &low, &high);
    if (size > text.size)
        return 0;
    for (size_t i = 1; i < size; i++) {
        uint8_t byte = (uint8_t)text.at[i];

        if (byte < (i == 1 ? low : 0x80) || byte > (i == 1 ? high : 0xBF))
            return 0;
    }
    return size;
}

bool text_is_utf8(struct span text)
{
    while (text.size > 0) {
        size_t size = text_utf8_size(text);

        if (size == 0)
            return false;
        text = span_make(text.at + size, text.size - size);
    }
    return true;
}

bool text_split(struct span *rest, char separator, struct span *piece)
{
    if (!rest->at)
        return false;
    const char *end = memchr(rest->at, separator, rest->size);

    if (!end) {
        *piece = *rest;
        *rest = span_make(NULL, 0);
        return true;
    }
    size_t size = (size_t)(end - rest->at);
    *piece = span_make(rest->at, size);
    *rest = span_make(end + 1, rest->size - size - 1);
    return true;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct span text_trim(struct span text)
{
    while (text.size > 0 && is_space(text.at[0]))
        text = span_make(text.at + 1, text.size - 1);
    while (text.size > 0 && is_space(text.at[text.size - 1]))
        text.size--;
    return text;
}
