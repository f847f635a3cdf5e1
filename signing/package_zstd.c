#include "signing/package_zstd.h"

/* RFC 8878, 3.1: a frame is magic, descriptor, 0..13 more bytes, blocks of a 3-byte head, maybe a checksum.
 */
enum place { AT_MAGIC, AT_DESCRIPTOR, AT_WINDOW, AT_BLOCK, AT_SKIPPABLE };

#define MAGIC 0xFD2FB528U
#define SKIPPABLE_MAGIC 0x184D2A50U /* and the 15 after it */

static uint64_t number(const uint8_t *at, size_t size)
{
    uint64_t value = 0;

    while (size-- > 0)
        value = value << 8 | at[size];
    return value;
}

static void expect(struct package_zstd *zstd, enum place place, size_t need)
{
    zstd->place = (int)place;
    zstd->need = need;
    zstd->have = 0;
}

static bool see_magic(struct package_zstd *zstd, struct err *err)
{
    uint64_t magic = number(zstd->head, 4);

    if (magic == MAGIC)
        expect(zstd, AT_DESCRIPTOR, 1);
    else if ((magic & 0xFFFFFFF0U) == SKIPPABLE_MAGIC)
        expect(zstd, AT_SKIPPABLE, 4);
    else
        return FAIL(err, ERR_INVALID, "the zstd data is followed by something that is no zstd data");
    return true;
}

/* The descriptor says how many bytes come; it stays at the front so that see_window can read it again. */
static void see_descriptor(struct package_zstd *zstd)
{
    static const size_t id_sizes[] = {0, 1, 2, 4}, content_sizes[] = {0, 2, 4, 8};
    uint8_t descriptor = zstd->head[0];
    bool is_single = descriptor & 0x20;
    size_t content_size = content_sizes[descriptor >> 6];

    if (is_single && content_size == 0)
        content_size = 1;
    zstd->has_checksum = descriptor & 0x04;
    zstd->place = AT_WINDOW;
    zstd->need = 1 + !is_single + id_sizes[descriptor & 3] + content_size;
}

static uint64_t window_of(const struct package_zstd *zstd)
{
    static const size_t id_sizes[] = {0, 1, 2, 4};
    uint8_t descriptor = zstd->head[0];

    if (descriptor & 0x20) { /* single segment: the window is the content */
        size_t at = 1 + id_sizes[descriptor & 3], size = zstd->need - at;

        return number(zstd->head + at, size) + (size == 2 ? 256 : 0);
    }
    uint64_t base = (uint64_t)1 << (10 + (zstd->head[1] >> 3));
    return base + base / 8 * (zstd->head[1] & 7);
}

static bool see_window(struct package_zstd *zstd, struct err *err)
{
    uint64_t window = window_of(zstd);

    if (window > PACKAGE_ZSTD_WINDOW_MAX)
        return FAIL(err, ERR_TOO_LARGE,
                    "its zstd data asks for a window of %llu bytes, and %d is the limit; compress it again "
                    "without --long and --ultra",
                    (unsigned long long)window, PACKAGE_ZSTD_WINDOW_MAX);
    expect(zstd, AT_BLOCK, 3);
    return true;
}

static void see_block(struct package_zstd *zstd)
{
    uint64_t head = number(zstd->head, 3);
    bool is_last = head & 1, is_run = (head >> 1 & 3) == 1;

    zstd->skip = is_run ? 1 : head >> 3;
    if (is_last && zstd->has_checksum)
        zstd->skip += 4;
    expect(zstd, is_last ? AT_MAGIC : AT_BLOCK, is_last ? 4 : 3);
}

static bool see(struct package_zstd *zstd, struct err *err)
{
    switch ((enum place)zstd->place) {
    case AT_MAGIC:
        return see_magic(zstd, err);
    case AT_DESCRIPTOR:
        see_descriptor(zstd);
        return zstd->need > 1 || see_window(zstd, err);
    case AT_WINDOW:
        return see_window(zstd, err);
    case AT_BLOCK:
        see_block(zstd);
        return true;
    case AT_SKIPPABLE:
        zstd->skip = number(zstd->head, 4);
        expect(zstd, AT_MAGIC, 4);
        return true;
    }
    return true;
}

bool package_zstd_pass(struct package_zstd *zstd, struct span bytes, struct err *err)
{
    if (zstd->need == 0)
        expect(zstd, AT_MAGIC, 4);
    while (bytes.size > 0) {
        size_t take = bytes.size < zstd->skip ? bytes.size : (size_t)zstd->skip;

        zstd->skip -= take;
        if (take == 0) {
            take = bytes.size < zstd->need - zstd->have ? bytes.size : zstd->need - zstd->have;
            memcpy(zstd->head + zstd->have, bytes.at, take);
            zstd->have += take;
            if (zstd->have == zstd->need && !see(zstd, err))
                return false;
        }
        bytes = span_make(bytes.at + take, bytes.size - take);
    }
    return true;
}
