#include "signing/package.h"

#include <unistd.h>

#include "base/file.h"
#include "support/tarball.h"
#include "support/unit.h"

#define ENGINE TARBALL_ENGINE
#define SYSTEM TARBALL_SYSTEM

static bool reads(struct unit *unit, struct span package)
{
    static const struct package_events silent = {0};
    AUTO(fd_closep) int fd = tarball_fd(package);
    struct manifest manifest;

    return package_read(unit->arena, fd, &package_limits_default, &silent, &manifest, &unit->err);
}

static bool is_ours(struct span package)
{
    AUTO(fd_closep) int fd = tarball_fd(package);

    return package_is_ours(fd);
}

/* ---- entries that must not be -------------------------------------------------------------------- */

/* clang-format off */
static const struct {
    const char *name;
    char type;
    const char *link;
    const char *says;
} bad_entries[] = {
    {"../engine.bin",           '0', NULL,          "\"../engine.bin\" lies in a folder"},
    {"..",                      '0', NULL,          "\"..\": a file name"},
    {"/engine.bin",             '0', NULL,          "\"/engine.bin\" starts at the root"},
    {"a/engine.bin",            '0', NULL,          "lies in a folder"},
    {"./engine.bin",            '0', NULL,          "lies in a folder"},
    {".engine.bin",             '0', NULL,          "\".engine.bin\": a file name"},
    {"engine bin",              '0', NULL,          "\"engine bin\": a file name"},
    {"engine\033[2J.bin",       '0', NULL,          "\"engine?[2J.bin\": a file name"},
    {"engine\xFF.bin",          '0', NULL,          "\"engine?.bin\": a file name"},
    {"",                        '0', NULL,          "name"},
    {"engine.bin",              '1', "system.img",  "\"engine.bin\" is a hard link"},
    {"engine.bin",              '2', "system.img",  "\"engine.bin\" is a symbolic link"},
    {"engine.bin",              '3', NULL,          "\"engine.bin\" is a device"},
    {"engine.bin",              '4', NULL,          "\"engine.bin\" is a device"},
    {"engine.bin",              '5', NULL,          "\"engine.bin\" is a folder"},
    {"engine.bin",              '6', NULL,          "\"engine.bin\" is a FIFO"},
    {"extra.bin",               '0', NULL,          "\"extra.bin\" is not named in the manifest"},
    {MANIFEST_NAME,             '0', NULL,          "\"manifest.json\" comes twice"},
    {"engine.bin",              '0', NULL,          "\"engine.bin\" is 0 bytes and the manifest says 12"},
};
/* clang-format on */

UNIT(each_bad_entry_is_refused_by_name_and_rule)
{
    for (size_t i = 0; i < COUNT(bad_entries); i++) {
        struct buf tar = tarball_start(unit->arena);

        tarball_header(&tar, bad_entries[i].name, bad_entries[i].type, bad_entries[i].link, 0);
        tarball_end(&tar);
        REFUSES(ERR_INVALID, reads(unit, buf_span(&tar)));
        if (!strstr(unit->err.text, bad_entries[i].says))
            fail_msg("\"%s\" does not say \"%s\"", unit->err.text, bad_entries[i].says);
    }
}

UNIT(every_one_of_them_is_refused_as_the_first_entry_too)
{
    for (size_t i = 0; i < COUNT(bad_entries); i++) {
        struct buf tar = {.arena = unit->arena};

        tarball_header(&tar, bad_entries[i].name, bad_entries[i].type, bad_entries[i].link, 0);
        tarball_end(&tar);
        assert_false(reads(unit, buf_span(&tar)));
        assert_int_equal(strcmp(bad_entries[i].name, MANIFEST_NAME) == 0, is_ours(buf_span(&tar)));
    }
}

UNIT(a_component_that_comes_twice_is_refused)
{
    struct buf tar = tarball_full(unit->arena);

    tarball_file(&tar, "engine.bin", span_of(ENGINE));
    tarball_end(&tar);
    REFUSES(ERR_INVALID, reads(unit, buf_span(&tar)));
    SAYS("\"engine.bin\" comes twice");
}

UNIT(an_entry_behind_the_last_one_is_refused)
{
    struct buf tar = tarball_full(unit->arena);

    tarball_file(&tar, "rootkit.bin", span_of("x"));
    tarball_end(&tar);
    REFUSES(ERR_INVALID, reads(unit, buf_span(&tar)));
    SAYS("\"rootkit.bin\" is not named in the manifest");
}

UNIT(a_missing_component_is_named)
{
    struct buf tar = tarball_start(unit->arena);

    tarball_file(&tar, "engine.bin", span_of(ENGINE));
    tarball_end(&tar);
    REFUSES(ERR_INVALID, reads(unit, buf_span(&tar)));
    SAYS("names entry \"system.img\" and the package does not hold it");
}

UNIT(a_component_of_another_size_or_content_is_refused)
{
    struct buf longer = tarball_start(unit->arena), other = tarball_start(unit->arena);

    tarball_file(&longer, "engine.bin", span_of(ENGINE "!"));
    REFUSES(ERR_INVALID, reads(unit, buf_span(&longer)));
    SAYS("\"engine.bin\" is 13 bytes and the manifest says 12");
    tarball_file(&other, "engine.bin", span_of("Engine image"));
    REFUSES(ERR_INVALID, reads(unit, buf_span(&other)));
    SAYS("\"engine.bin\" is not what the manifest says");
}

UNIT(the_manifest_has_to_be_first)
{
    struct buf tar = {.arena = unit->arena}, start = tarball_start(unit->arena);

    tarball_file(&tar, "engine.bin", span_of(ENGINE));
    buf_add(&tar, buf_span(&start));
    tarball_end(&tar);
    REFUSES(ERR_INVALID, reads(unit, buf_span(&tar)));
    SAYS("the first entry is \"engine.bin\" and has to be manifest.json");
    assert_false(is_ours(buf_span(&tar)));
}

UNIT(a_manifest_too_large_is_refused_before_it_is_read)
{
    struct buf tar = {.arena = unit->arena};

    tarball_header(&tar, MANIFEST_NAME, '0', NULL, 3LL << 30);
    REFUSES(ERR_TOO_LARGE, reads(unit, buf_span(&tar)));
    SAYS("entry \"manifest.json\" is larger than 262144 bytes");
}

UNIT(a_bad_manifest_is_refused_in_its_own_words)
{
    struct buf tar = {.arena = unit->arena};

    tarball_file(&tar, MANIFEST_NAME, span_of("{\"colour\":\"red\"}"));
    tarball_end(&tar);
    REFUSES(ERR_INVALID, reads(unit, buf_span(&tar)));
    SAYS("manifest.json: member \"colour\" is unknown");
}

/* ---- sparse and pax ------------------------------------------------------------------------------ */

UNIT(sparse_entries_are_refused_in_every_dialect)
{
    struct buf old = tarball_start(unit->arena), pax = tarball_start(unit->arena);

    tarball_sparse(&old, "engine.bin", 1LL << 40);
    tarball_end(&old);
    REFUSES(ERR_INVALID, reads(unit, buf_span(&old)));
    SAYS("entry \"engine.bin\" is sparse");
    tarball_pax(&pax, "GNU.sparse.map", span_of("0,6,1048576,6"));
    tarball_file(&pax, "engine.bin", span_of(ENGINE));
    tarball_end(&pax);
    REFUSES(ERR_INVALID, reads(unit, buf_span(&pax)));
    SAYS("entry \"engine.bin\" is sparse");
}

UNIT(a_pax_size_that_contradicts_the_content_is_refused)
{
    struct buf tar = tarball_start(unit->arena);

    tarball_pax(&tar, "size", span_of("1099511627776"));
    tarball_file(&tar, "engine.bin", span_of(ENGINE));
    tarball_end(&tar);
    REFUSES(ERR_INVALID, reads(unit, buf_span(&tar)));
    SAYS("\"engine.bin\" is 1099511627776 bytes and the manifest says 12");
}

UNIT(a_header_with_odd_parts_is_refused)
{
    struct buf tar = tarball_start(unit->arena);

    tarball_header(&tar, "pax", 'x', NULL, 12);
    buf_add(&tar, span_of("no length=1\n"));
    for (int i = 0; i < 500; i++)
        buf_char(&tar, '\0');
    tarball_file(&tar, "engine.bin", span_of(ENGINE));
    tarball_end(&tar);
    REFUSES(ERR_INVALID, reads(unit, buf_span(&tar)));
    SAYS("entry \"engine.bin\" has a header with odd parts");
}

UNIT(a_pax_name_is_held_to_the_same_rules)
{
    static const char *const names[] = {"../engine.bin", "/etc/passwd", "\xFF\xFE", "", "engine\nbin"};

    for (size_t i = 0; i < COUNT(names); i++) {
        struct buf tar = tarball_start(unit->arena);

        tarball_pax(&tar, "path", span_of(names[i]));
        tarball_file(&tar, "other.bin", span_of(ENGINE));
        tarball_end(&tar);
        REFUSES(ERR_INVALID, reads(unit, buf_span(&tar)));
    }
}

UNIT(a_huge_pax_name_is_refused)
{
    char *name = arena_take(unit->arena, 3 << 20);
    struct buf tar = tarball_start(unit->arena), claim = tarball_start(unit->arena),
               mid = tarball_start(unit->arena);

    memset(name, 'a', (3 << 20) - 1);
    tarball_pax(&tar, "path", span_of(name));
    tarball_file(&tar, "engine.bin", span_of(ENGINE));
    REFUSES(ERR_INVALID, reads(unit, buf_span(&tar)));
    tarball_header(&claim, "pax", 'x', NULL, 2LL << 30);
    REFUSES(ERR_INVALID, reads(unit, buf_span(&claim)));
    tarball_pax(&mid, "path", span_make(name, 100000));
    tarball_file(&mid, "engine.bin", span_of(ENGINE));
    REFUSES(ERR_INVALID, reads(unit, buf_span(&mid)));
    SAYS("aaaaaaaa\": a file name");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(each_bad_entry_is_refused_by_name_and_rule),
        UNIT_TEST(every_one_of_them_is_refused_as_the_first_entry_too),
        UNIT_TEST(a_component_that_comes_twice_is_refused),
        UNIT_TEST(an_entry_behind_the_last_one_is_refused),
        UNIT_TEST(a_missing_component_is_named),
        UNIT_TEST(a_component_of_another_size_or_content_is_refused),
        UNIT_TEST(the_manifest_has_to_be_first),
        UNIT_TEST(a_manifest_too_large_is_refused_before_it_is_read),
        UNIT_TEST(a_bad_manifest_is_refused_in_its_own_words),
        UNIT_TEST(sparse_entries_are_refused_in_every_dialect),
        UNIT_TEST(a_pax_size_that_contradicts_the_content_is_refused),
        UNIT_TEST(a_header_with_odd_parts_is_refused),
        UNIT_TEST(a_pax_name_is_held_to_the_same_rules),
        UNIT_TEST(a_huge_pax_name_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
