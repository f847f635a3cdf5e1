#include "base/text.h"

static const char lower_hex[] = "0123456789abcdef";

/* The value of a hex digit, or -1. */
static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The byte a %XX stands for, or -1. */
static int escaped_byte(struct span text)
{
    if (text.size < 3)
        return -1;
    int high = hex_value(text.at[1]), low = hex_value(text.at[2]);

    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool text_unescape(struct arena *arena, struct span text, bool plus_is_space, char **out, struct err *err)
{
    char *plain = arena_take(arena, text.size + 1);
    size_t size = 0;

    while (text.size > 0) {
        bool is_escape = text.at[0] == '%';
        int byte = is_escape ? escaped_byte(text) : (uint8_t)text.at[0];

        if (byte < 0)
            return FAIL(err, ERR_INVALID, "a %% must be followed by two hex digits");
        if (byte == 0)
            return FAIL(err, ERR_INVALID, "a NUL byte is not allowed here");
        plain[size++] = !is_escape && plus_is_space && byte == '+' ? ' ' : (char)byte;
        size_t used = is_escape ? 3 : 1;
        text = span_make(text.at + used, text.size - used);
    }
    *out = plain;
    return true;
}

static bool is_unreserved(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

char *text_escape(struct arena *arena, const char *text)
{
    static const char upper_hex[] = "0123456789ABCDEF";
    char *escaped = arena_take(arena, strlen(text) * 3 + 1);
    char *at = escaped;

    for (; *text; text++) {
        if (is_unreserved(*text)) {
            *at++ = *text;
            continue;
        }
        *at++ = '%';
        *at++ = upper_hex[(uint8_t)*text >> 4];
        *at++ = upper_hex[(uint8_t)*text & 15];
    }
    return escaped;
}

char *text_hex(struct arena *arena, const void *bytes, size_t size)
{
    const uint8_t *byte = bytes;
    char *hex = arena_take(arena, size * 2 + 1);

    for (size_t i = 0; i < size; i++) {
        hex[2 * i] = lower_hex[byte[i] >> 4];
        hex[2 * i + 1] = lower_hex[byte[i] & 15];
    }
    return hex;
}

bool text_unhex(const char *hex, void *out, size_t size)
{
    uint8_t *byte = out;

    if (!hex || strlen(hex) != size * 2 || strspn(hex, "0123456789abcdefABCDEF") != size * 2)
        return false;
    for (size_t i = 0; i < size; i++)
        byte[i] = (uint8_t)(hex_value(hex[2 * i]) * 16 + hex_value(hex[2 * i + 1]));
    return true;
}

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *text_base64(struct arena *arena, struct span bytes)
{
    char *text = arena_take(arena, (bytes.size + 2) / 3 * 4 + 1);
    char *at = text;

    for (size_t i = 0; i < bytes.size; i += 3) {
        size_t left = bytes.size - i;
        uint32_t group = (uint32_t)(uint8_t)bytes.at[i] << 16;

        if (left > 1)
            group |= (uint32_t)(uint8_t)bytes.at[i + 1] << 8;
        if (left > 2)
            group |= (uint8_t)bytes.at[i + 2];
        *at++ = base64[group >> 18];
        *at++ = base64[group >> 12 & 63];
        *at++ = left > 1 ? base64[group >> 6 & 63] : '=';
        *at++ = left > 2 ? base64[group & 63] : '=';
    }
    return text;
}

/* Four characters, the last `padding` of which are '='. False when a character or a spare bit is off. */
static bool unbase64_group(const char *text, size_t padding, uint32_t *out)
{
    uint32_t group = 0;

    for (size_t i = 0; i < 4 - padding; i++) {
        const char *digit = text[i] ? strchr(base64, text[i]) : NULL;

        if (!digit)
            return false;
        group |= (uint32_t)(digit - base64) << (18 - 6 * i);
    }
    *out = group;
    return (group & ((1U << (8 * padding)) - 1)) == 0;
}

bool text_unbase64(struct arena *arena, struct span text, struct span *out, struct err *err)
{
    uint8_t *bytes = arena_take(arena, text.size / 4 * 3 + 1);
    size_t size = 0;

    if (text.size % 4 != 0)
        return FAIL(err, ERR_INVALID, "base64 comes in groups of four characters");
    for (size_t i = 0; i < text.size; i += 4) {
        size_t padding = 0;
        uint32_t group;

        while (i + 4 == text.size && padding < 2 && text.at[i + 3 - padding] == '=')
            padding++;
        if (!unbase64_group(text.at + i, padding, &group))
            return FAIL(err, ERR_INVALID, "not base64 at character %zu", i + 1);
        for (size_t k = 0; k < 3 - padding; k++)
            bytes[size++] = (uint8_t)(group >> (16 - 8 * k));
    }
    *out = span_make(bytes, size);
    return true;
}
