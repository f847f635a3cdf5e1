#include "signing/package.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "signing/package_zstd.h"
#include "support/tarball.h"
#include "support/unit.h"

#define ENGINE "engine image"
#define MIB (1LL << 20)

/* Sanitizers take memory and time of their own. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { RSS_KIB_MAX = 512 * 1024, CPU_MS_MAX = 20000 };
#else
enum { RSS_KIB_MAX = 64 * 1024, CPU_MS_MAX = 2000 };
#endif

static struct buf good_open(struct unit *unit)
{
    const struct manifest_component engine =
        tarball_component(unit->arena, "engine", "engine.bin", span_of(ENGINE));
    struct buf tar = {.arena = unit->arena};

    tarball_file(&tar, MANIFEST_NAME, tarball_manifest(unit->arena, &engine, 1));
    tarball_file(&tar, "engine.bin", span_of(ENGINE));
    return tar;
}

static struct span good(struct unit *unit)
{
    struct buf tar = good_open(unit);

    tarball_end(&tar);
    return buf_span(&tar);
}

static bool add_bytes(void *ctx, struct span bytes, struct err *err)
{
    (void)err;
    buf_add(ctx, bytes);
    return true;
}

static bool reads(struct unit *unit, struct span package)
{
    struct buf told = {.arena = unit->arena};
    const struct package_events events = {.ctx = &told, .bytes = add_bytes};
    AUTO(fd_closep) int fd = tarball_fd(package);
    struct manifest manifest;

    if (!package_read(unit->arena, fd, &package_limits_default, &events, &manifest, &unit->err))
        return false;
    assert_string_equal(ENGINE, buf_cstr(&told)); /* accepted means: this and nothing else */
    return true;
}

/* ---- bombs, read by a child so that its memory and time can be told apart ------------------------ */

static int64_t cpu_ms(const struct rusage *used)
{
    return (used->ru_utime.tv_sec + used->ru_stime.tv_sec) * 1000 +
           (used->ru_utime.tv_usec + used->ru_stime.tv_usec) / 1000;
}

enum answer { REFUSED_CHEAPLY, ACCEPTED, TOOK_MUCH };

/* A child starts with its parent's memory: only what it adds counts. */
static enum answer read_in_child(int fd)
{
    const struct package_events silent = {0};
    struct arena *arena = arena_new();
    struct rusage before, after;
    struct manifest manifest;
    struct err err;

    getrusage(RUSAGE_SELF, &before);
    if (package_read(arena, fd, &package_limits_default, &silent, &manifest, &err))
        return ACCEPTED;
    getrusage(RUSAGE_SELF, &after);
    return after.ru_maxrss - before.ru_maxrss > RSS_KIB_MAX || cpu_ms(&after) > CPU_MS_MAX ? TOOK_MUCH
                                                                                           : REFUSED_CHEAPLY;
}

static void is_refused_cheaply(struct unit *unit, struct span package, const char *says)
{
    AUTO(fd_closep) int fd = tarball_fd(package);
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0)
        _exit((int)read_in_child(fd));
    assert_int_equal(child, waitpid(child, &status, 0));
    assert_true(WIFEXITED(status));
    assert_int_equal(REFUSED_CHEAPLY, WEXITSTATUS(status));
    assert_false(reads(unit, package));
    if (!strstr(unit->err.text, says))
        fail_msg("\"%s\" does not say \"%s\"", unit->err.text, says);
}

UNIT(a_nested_bomb_is_not_unpacked)
{
    for (int inner = TARBALL_GZIP; inner <= TARBALL_ZSTD; inner++)
        for (int outer = TARBALL_GZIP; outer <= TARBALL_ZSTD; outer++) {
            struct span one = tarball_pack(unit->arena, (enum tarball_packing)inner, good(unit), 100 * MIB);
            struct span two = tarball_pack(unit->arena, (enum tarball_packing)outer, one, 0);

            is_refused_cheaply(unit, two, "compressed more than once");
            is_refused_cheaply(unit, tarball_pack(unit->arena, TARBALL_GZIP, two, 0),
                               "compressed more than once");
        }
}

UNIT(what_the_manifest_announces_beyond_the_ratio_is_not_unpacked)
{
    struct manifest_component bomb = tarball_component(unit->arena, "engine", "engine.bin", span_of(ENGINE));
    struct buf tar = {.arena = unit->arena};

    bomb.size = 500 * MIB;
    tarball_file(&tar, MANIFEST_NAME, tarball_manifest(unit->arena, &bomb, 1));
    tarball_header(&tar, "engine.bin", '0', NULL, bomb.size);
    is_refused_cheaply(unit, tarball_pack(unit->arena, TARBALL_ZSTD, buf_span(&tar), 500 * MIB),
                       "more than 200 times");
    bomb.size = 5LL << 30;
    tar.size = 0;
    tarball_file(&tar, MANIFEST_NAME, tarball_manifest(unit->arena, &bomb, 1));
    is_refused_cheaply(unit, buf_span(&tar), "4294967296 is the limit");
}

UNIT(zeros_without_end_behind_the_last_entry_are_not_unpacked)
{
    struct span bomb = tarball_pack(unit->arena, TARBALL_ZSTD, good(unit), 500 * MIB);

    is_refused_cheaply(unit, bomb, "follows the end of the tar archive");
}

UNIT(two_hundred_thousand_entries_are_refused_at_the_first_stranger)
{
    struct buf tar = good_open(unit);

    for (int i = 0; i < 200000; i++)
        tarball_header(&tar, "x", '0', NULL, 0);
    tarball_end(&tar);
    is_refused_cheaply(unit, tarball_pack(unit->arena, TARBALL_GZIP, buf_span(&tar), 0),
                       "\"x\" is not named in the manifest");
}

UNIT(headers_upon_headers_are_refused)
{
    static const char types[] = {'x', 'g', 'L', 'K', 'V', 'A'};

    for (size_t i = 0; i < COUNT(types); i++) {
        struct buf tar = good_open(unit);

        for (int k = 0; k < 100000; k++)
            tarball_header(&tar, "x", types[i], NULL, 0);
        tarball_file(&tar, "engine.bin", span_of(ENGINE));
        is_refused_cheaply(unit, tarball_pack(unit->arena, TARBALL_GZIP, buf_span(&tar), 0), "");
    }
}

/* ---- damage -------------------------------------------------------------------------------------- */

UNIT(a_package_cut_anywhere_is_refused)
{
    for (int packing = TARBALL_PLAIN; packing <= TARBALL_ZSTD; packing++) {
        struct span package = tarball_pack(unit->arena, (enum tarball_packing)packing, good(unit), 0);

        for (size_t size = 0; size < package.size; size++)
            if (reads(unit, span_make(package.at, size)))
                fail_msg("%zu of %zu bytes were accepted in packing %d", size, package.size, packing);
    }
}

UNIT(a_package_with_any_bit_turned_is_refused_or_means_the_same)
{
    for (int packing = TARBALL_PLAIN; packing <= TARBALL_ZSTD; packing++) {
        struct span package = tarball_pack(unit->arena, (enum tarball_packing)packing, good(unit), 0);
        char *bytes = arena_text(unit->arena, package);

        for (size_t bit = 0; bit < package.size * 8; bit += 3) {
            bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
            (void)reads(unit, span_make(bytes, package.size));
            bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
        }
    }
}

UNIT(anything_behind_the_end_is_refused)
{
    struct buf twice = {.arena = unit->arena}, late = good_open(unit);
    char *padding = arena_take(unit->arena, 2 << 20);

    buf_add(&twice, good(unit));
    buf_add(&twice, good(unit));
    for (int packing = TARBALL_PLAIN; packing <= TARBALL_ZSTD; packing++) {
        assert_false(
            reads(unit, tarball_pack(unit->arena, (enum tarball_packing)packing, buf_span(&twice), 0)));
        SAYS("follows the end of the tar archive");
    }
    tarball_end(&late);
    buf_add(&late, span_make(padding, 700000));
    MUST(reads(unit, buf_span(&late)));
    buf_add(&late, span_of("x"));
    REFUSES(ERR_INVALID, reads(unit, buf_span(&late)));
    SAYS("follows the end of the tar archive");
}

UNIT(anything_behind_the_compressed_data_is_refused)
{
    for (int packing = TARBALL_GZIP; packing <= TARBALL_ZSTD; packing++) {
        struct span package = tarball_pack(unit->arena, (enum tarball_packing)packing, good(unit), 0);
        struct buf more = {.arena = unit->arena}, twice = {.arena = unit->arena};

        buf_add(&more, package);
        buf_add(&more, span_of("and a secret"));
        assert_false(reads(unit, buf_span(&more)));
        buf_add(&twice, package);
        buf_add(&twice, package);
        assert_false(reads(unit, buf_span(&twice)));
        SAYS("follows the end of the tar archive");
    }
}

/* clang-format off */
static const struct {
    const char *what;
    size_t at;
    const char *magic;
    size_t size;
} strangers[] = {
    {"nothing", 0,     "",                             0},
    {"text",    0,     "hello, printer\n",             15},
    {"zip",     0,     "PK\x03\x04\x14\0\0\0\0\0",     10},
    {"rar4",    0,     "Rar!\x1A\x07\0",               7},
    {"rar5",    0,     "Rar!\x1A\x07\x01\0",           8},
    {"7z",      0,     "7z\xBC\xAF\x27\x1C\0\x04",     8},
    {"iso",     32769, "CD001\x01",                    6},
    {"xar",     0,     "xar!\0\x1C\0\x01",             8},
    {"cab",     0,     "MSCF\0\0\0\0",                 8},
    {"ar",      0,     "!<arch>\n",                    8},
    {"cpio",    0,     "070701",                       6},
    {"mtree",   0,     "#mtree\n/set type=file\n",     23},
    {"xz",      0,     "\xFD" "7zXZ\0",                6},
    {"bzip2",   0,     "BZh91AY&SY",                   10},
    {"lz4",     0,     "\x04\x22\x4D\x18",             4},
    {"warc",    0,     "WARC/1.0\r\n",                 10},
};
/* clang-format on */

UNIT(other_formats_are_not_recognised)
{
    for (size_t i = 0; i < COUNT(strangers); i++) {
        char *bytes = arena_take(unit->arena, 65536);
        AUTO(fd_closep) int fd = -1;

        memcpy(bytes + strangers[i].at, strangers[i].magic, strangers[i].size);
        fd = tarball_fd(span_make(bytes, strangers[i].size ? 65536 : 0));
        assert_false(package_is_ours(fd));
        REFUSES(ERR_INVALID, reads(unit, span_make(bytes, strangers[i].size ? 65536 : 0)));
        if (!strstr(unit->err.text, "this is no package"))
            fail_msg("%s: %s", strangers[i].what, unit->err.text);
    }
}

/* ---- zstd windows -------------------------------------------------------------------------------- */

/* A frame of one raw block; the window byte is exponent << 3 over 1 KiB. */
static struct span framed(struct unit *unit, struct span bytes, int window)
{
    const size_t head = bytes.size << 3 | 1;
    const char frame[] = {0x28,
                          (char)0xB5,
                          0x2F,
                          (char)0xFD,
                          0,
                          (char)window,
                          (char)head,
                          (char)(head >> 8),
                          (char)(head >> 16)};
    struct buf zstd = {.arena = unit->arena};

    buf_add(&zstd, span_make(frame, sizeof(frame)));
    buf_add(&zstd, bytes);
    return buf_span(&zstd);
}

UNIT(a_zstd_window_over_eight_mib_is_refused_in_any_frame)
{
    struct buf second = {.arena = unit->arena};
    struct span package = good(unit);

    MUST(reads(unit, framed(unit, package, 13 << 3)));
    REFUSES(ERR_TOO_LARGE, reads(unit, framed(unit, package, 13 << 3 | 1)));
    SAYS("asks for a window of 9437184 bytes");
    REFUSES(ERR_TOO_LARGE, reads(unit, framed(unit, package, 0xFF)));
    buf_add(&second, framed(unit, span_make(package.at, 512), 10 << 3));
    buf_add(&second, framed(unit, span_make(package.at + 512, package.size - 512), 17 << 3));
    REFUSES(ERR_TOO_LARGE, reads(unit, buf_span(&second)));
}

UNIT(frames_are_followed_however_they_are_cut)
{
    struct span package = tarball_pack(unit->arena, TARBALL_ZSTD, good(unit), 3 * MIB);
    struct buf stream = {.arena = unit->arena};

    buf_add(&stream, package);
    buf_add(&stream, span_make("\x5F\x2A\x4D\x18\x03\0\0\0abc", 11)); /* a skippable frame */
    buf_add(&stream, framed(unit, span_of("x"), 0));
    for (size_t cut = 1; cut < 40; cut++) {
        struct package_zstd zstd = {0};

        for (size_t at = 0; at < stream.size; at += cut) {
            size_t size = stream.size - at < cut ? stream.size - at : cut;

            MUST(package_zstd_pass(&zstd, span_make(stream.at + at, size), &unit->err));
        }
        REFUSES(ERR_INVALID, package_zstd_pass(&zstd, span_of("none"), &unit->err));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_nested_bomb_is_not_unpacked),
        UNIT_TEST(what_the_manifest_announces_beyond_the_ratio_is_not_unpacked),
        UNIT_TEST(zeros_without_end_behind_the_last_entry_are_not_unpacked),
        UNIT_TEST(two_hundred_thousand_entries_are_refused_at_the_first_stranger),
        UNIT_TEST(headers_upon_headers_are_refused),
        UNIT_TEST(a_package_cut_anywhere_is_refused),
        UNIT_TEST(a_package_with_any_bit_turned_is_refused_or_means_the_same),
        UNIT_TEST(anything_behind_the_end_is_refused),
        UNIT_TEST(anything_behind_the_compressed_data_is_refused),
        UNIT_TEST(other_formats_are_not_recognised),
        UNIT_TEST(a_zstd_window_over_eight_mib_is_refused_in_any_frame),
        UNIT_TEST(frames_are_followed_however_they_are_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
