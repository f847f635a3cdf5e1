#include "signing/bech32.h"

#include <assert.h>
#include <ctype.h>
#include <sodium.h>

#define CHECK_CHARS 6
#define VALUES_MAX (BECH32_BYTES_MAX * 8 / 5 + 1 + CHECK_CHARS)

static const char digits[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/* One step of the BCH code over 5-bit values. */
static uint32_t step(uint32_t sum, uint8_t value)
{
    static const uint32_t generator[5] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
    uint32_t top = sum >> 25;

    sum = (sum & 0x1ffffff) << 5 ^ value;
    for (int i = 0; i < 5; i++)
        sum ^= (top >> i & 1) ? generator[i] : 0;
    return sum;
}

/* The prefix counts in lower case, its high bits first. */
static uint32_t start(const char *hrp)
{
    uint32_t sum = 1;

    for (const char *c = hrp; *c; c++)
        sum = step(sum, (uint8_t)(tolower((unsigned char)*c) >> 5));
    sum = step(sum, 0);
    for (const char *c = hrp; *c; c++)
        sum = step(sum, tolower((unsigned char)*c) & 31);
    return sum;
}

static bool is_upper(const char *hrp)
{
    for (; *hrp; hrp++)
        if (isalpha((unsigned char)*hrp))
            return isupper((unsigned char)*hrp);
    return false;
}

/* The value of a character in the case asked for, or -1. */
static int value_of(char c, bool upper)
{
    if (isalpha((unsigned char)c) && !isupper((unsigned char)c) == upper)
        return -1;
    const char *at = c ? strchr(digits, tolower((unsigned char)c)) : NULL;
    return at ? (int)(at - digits) : -1;
}

void bech32_encode(const char *hrp, const uint8_t *bytes, size_t size, char *out)
{
    uint8_t values[VALUES_MAX] = {0};
    size_t count = (size * 8 + 4) / 5, prefix = strlen(hrp);
    uint32_t sum = start(hrp);

    assert(size <= BECH32_BYTES_MAX);
    for (size_t i = 0; i < size * 8; i++)
        values[i / 5] |= (uint8_t)((bytes[i / 8] >> (7 - i % 8) & 1) << (4 - i % 5));
    for (size_t i = 0; i < count + CHECK_CHARS; i++)
        sum = step(sum, values[i]);
    sum ^= 1;
    for (size_t i = 0; i < CHECK_CHARS; i++)
        values[count + i] = sum >> (5 * (CHECK_CHARS - 1 - i)) & 31;
    memcpy(out, hrp, prefix);
    out[prefix++] = '1';
    for (size_t i = 0; i < count + CHECK_CHARS; i++)
        out[prefix + i] = is_upper(hrp) ? (char)toupper((unsigned char)digits[values[i]]) : digits[values[i]];
    out[prefix + count + CHECK_CHARS] = '\0';
    sodium_memzero(values, sizeof(values));
}

/* What is before the last '1' must be the prefix; what is behind comes back as `data`. */
static bool cut_prefix(struct span text, const char *hrp, struct span *data, struct err *err)
{
    size_t prefix = strlen(hrp);
    const char *one = text.size ? memrchr(text.at, '1', text.size) : NULL;

    if (!one)
        return FAIL(err, ERR_INVALID, "bech32: there is no 1 behind a prefix");
    if ((size_t)(one - text.at) != prefix || strncasecmp(text.at, hrp, prefix) != 0)
        return FAIL(err, ERR_INVALID, "bech32: the prefix is not %s", hrp);
    if (memcmp(text.at, hrp, prefix) != 0)
        return FAIL(err, ERR_INVALID, "bech32: the prefix is %s, in this case", hrp);
    *data = span_make(one + 1, text.size - prefix - 1);
    return true;
}

/* 5-bit values into bytes; what is left over is fewer than five bits and zero. */
static bool regroup(const uint8_t *values, size_t count, uint8_t *out, size_t size)
{
    uint8_t spare = 0;

    sodium_memzero(out, size);
    for (size_t i = 0; i < count * 5; i++) {
        uint8_t bit = values[i / 5] >> (4 - i % 5) & 1;

        if (i < size * 8)
            out[i / 8] |= (uint8_t)(bit << (7 - i % 8));
        else
            spare |= bit;
    }
    return spare == 0;
}

static bool decode(struct span data, const char *hrp, uint8_t *values, struct err *err)
{
    uint32_t sum = start(hrp);

    for (size_t i = 0; i < data.size; i++) {
        int value = value_of(data.at[i], is_upper(hrp));

        if (value < 0)
            return FAIL(err, ERR_INVALID, "bech32: character %zu behind the prefix is none of %s's", i + 1,
                        hrp);
        values[i] = (uint8_t)value;
        sum = step(sum, values[i]);
    }
    return sum == 1 || FAIL(err, ERR_INVALID, "bech32: the checksum does not match, so a character is wrong");
}

bool bech32_decode(struct span text, const char *hrp, uint8_t *out, size_t size, struct err *err)
{
    uint8_t values[VALUES_MAX], bytes[BECH32_BYTES_MAX];
    struct span data;
    size_t count = (size * 8 + 4) / 5;

    assert(size <= BECH32_BYTES_MAX);
    if (!cut_prefix(text, hrp, &data, err))
        return false;
    if (data.size != count + CHECK_CHARS)
        return FAIL(err, ERR_INVALID, "bech32: %zu characters behind %s1 where %zu bytes take %zu", data.size,
                    hrp, size, count + CHECK_CHARS);
    bool is_fine = decode(data, hrp, values, err);
    if (is_fine && !regroup(values, count, bytes, size))
        is_fine = FAIL(err, ERR_INVALID, "bech32: the spare bits at the end are not zero");
    if (is_fine)
        memcpy(out, bytes, size);
    sodium_memzero(values, sizeof(values));
    sodium_memzero(bytes, sizeof(bytes));
    return is_fine;
}
