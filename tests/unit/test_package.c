#include "signing/package.h"

#include <unistd.h>

#include "base/file.h"
#include "support/tarball.h"
#include "support/unit.h"

#define ENGINE "engine image"
#define SYSTEM "system image, a longer one"
#define SBOM "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\",\"components\":[]}"

/* ---- a good package, and readers ----------------------------------------------------------------- */

static struct span good_manifest(struct unit *unit)
{
    const struct manifest_component components[] = {
        tarball_component(unit->arena, "engine", "engine.bin", span_of(ENGINE)),
        tarball_component(unit->arena, "system", "system.img", span_of(SYSTEM)),
    };

    return tarball_manifest(unit->arena, components, COUNT(components));
}

static struct buf good_start(struct unit *unit)
{
    struct buf tar = {.arena = unit->arena};

    tarball_file(&tar, MANIFEST_NAME, good_manifest(unit));
    return tar;
}

static struct buf good_open(struct unit *unit)
{
    struct buf tar = good_start(unit);

    tarball_file(&tar, "engine.bin", span_of(ENGINE));
    tarball_file(&tar, "system.img", span_of(SYSTEM));
    return tar;
}

static struct span good(struct unit *unit)
{
    struct buf tar = good_open(unit);

    tarball_end(&tar);
    return buf_span(&tar);
}

static bool reads(struct unit *unit, struct span package, const struct package_events *events)
{
    static const struct package_events silent = {0};
    AUTO(fd_closep) int fd = tarball_fd(package);
    struct manifest manifest;

    return package_read(unit->arena, fd, &package_limits_default, events ? events : &silent, &manifest,
                        &unit->err);
}

static bool is_ours(struct span package)
{
    AUTO(fd_closep) int fd = tarball_fd(package);

    return package_is_ours(fd);
}

struct told { /* the events as a sentence */
    struct buf text, bytes;
    const char *stop_at;
};

static bool tell(struct told *told, const char *what, const char *name, struct err *err)
{
    buf_printf(&told->text, "%s%s%s ", what, *name ? ":" : "", name);
    if (told->stop_at && strcmp(told->stop_at, what) == 0)
        return FAIL(err, ERR_NO_SPACE, "stopped at %s", what);
    return true;
}

static bool on_manifest(void *ctx, const struct manifest *manifest, struct span bytes, struct err *err)
{
    assert_true(bytes.size > 0);
    return tell(ctx, "manifest", manifest->family, err);
}

static bool on_begin(void *ctx, const struct manifest_component *component, struct err *err)
{
    return tell(ctx, "begin", component->name, err);
}

static bool on_bytes(void *ctx, struct span bytes, struct err *err)
{
    buf_add(&((struct told *)ctx)->bytes, bytes);
    return tell(ctx, "bytes", "", err);
}

static bool on_end(void *ctx, const struct manifest_component *component, struct err *err)
{
    return tell(ctx, "end", component->name, err);
}

static bool on_sbom(void *ctx, struct span bytes, struct err *err)
{
    buf_add(&((struct told *)ctx)->bytes, bytes);
    return tell(ctx, "sbom", "", err);
}

static struct package_events telling(struct told *told)
{
    return (struct package_events){.ctx = told,
                                   .manifest = on_manifest,
                                   .begin = on_begin,
                                   .bytes = on_bytes,
                                   .end = on_end,
                                   .sbom = on_sbom};
}

UNIT(a_good_package_is_told_in_order_plain_and_packed)
{
    for (int packing = TARBALL_PLAIN; packing <= TARBALL_ZSTD; packing++) {
        struct told told = {.text = {.arena = unit->arena}, .bytes = {.arena = unit->arena}};
        struct package_events events = telling(&told);
        struct span package = tarball_pack(unit->arena, (enum tarball_packing)packing, good(unit), 9216);

        MUST(reads(unit, package, &events));
        assert_string_equal("manifest:aurora begin:engine bytes end:engine begin:system bytes end:system ",
                            buf_cstr(&told.text));
        assert_string_equal(ENGINE SYSTEM, buf_cstr(&told.bytes));
        assert_true(is_ours(package));
    }
}

UNIT(reading_starts_at_the_beginning_and_leaves_the_place_alone)
{
    AUTO(fd_closep) int fd = tarball_fd(good(unit));
    const struct package_events silent = {0};
    struct manifest manifest;

    assert_int_equal(7, lseek(fd, 7, SEEK_SET));
    assert_true(package_is_ours(fd));
    MUST(package_read(unit->arena, fd, &package_limits_default, &silent, &manifest, &unit->err));
    assert_int_equal(2, manifest.component_count);
    MUST(package_peek(unit->arena, fd, &package_limits_default, &manifest, &unit->err));
    assert_string_equal("4.2.10", manifest.version);
    assert_int_equal(7, lseek(fd, 0, SEEK_CUR));
}

UNIT(components_may_come_in_any_order)
{
    struct buf tar = good_start(unit);

    tarball_file(&tar, "system.img", span_of(SYSTEM));
    tarball_file(&tar, "engine.bin", span_of(ENGINE));
    tarball_end(&tar);
    MUST(reads(unit, buf_span(&tar), NULL));
}

UNIT(a_listener_that_refuses_stops_the_reading_with_its_own_words)
{
    static const char *const stops[] = {"manifest", "begin", "bytes", "end"};

    for (size_t i = 0; i < COUNT(stops); i++) {
        struct told told = {
            .text = {.arena = unit->arena}, .bytes = {.arena = unit->arena}, .stop_at = stops[i]};
        struct package_events events = telling(&told);

        REFUSES(ERR_NO_SPACE, reads(unit, good(unit), &events));
        SAYS(stops[i]);
    }
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
        struct buf tar = good_start(unit);

        tarball_header(&tar, bad_entries[i].name, bad_entries[i].type, bad_entries[i].link, 0);
        tarball_end(&tar);
        REFUSES(ERR_INVALID, reads(unit, buf_span(&tar), NULL));
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
        assert_false(reads(unit, buf_span(&tar), NULL));
        assert_int_equal(strcmp(bad_entries[i].name, MANIFEST_NAME) == 0, is_ours(buf_span(&tar)));
    }
}

UNIT(a_component_that_comes_twice_is_refused)
{
    struct buf tar = good_open(unit);

    tarball_file(&tar, "engine.bin", span_of(ENGINE));
    tarball_end(&tar);
    REFUSES(ERR_INVALID, reads(unit, buf_span(&tar), NULL));
    SAYS("\"engine.bin\" comes twice");
}

UNIT(an_entry_behind_the_last_one_is_refused)
{
    struct buf tar = good_open(unit);

    tarball_file(&tar, "rootkit.bin", span_of("x"));
    tarball_end(&tar);
    REFUSES(ERR_INVALID, reads(unit, buf_span(&tar), NULL));
    SAYS("\"rootkit.bin\" is not named in the manifest");
}

UNIT(a_missing_component_is_named)
{
    struct buf tar = good_start(unit);

    tarball_file(&tar, "engine.bin", span_of(ENGINE));
    tarball_end(&tar);
    REFUSES(ERR_INVALID, reads(unit, buf_span(&tar), NULL));
    SAYS("names entry \"system.img\" and the package does not hold it");
}

UNIT(a_component_of_another_size_or_content_is_refused)
{
    struct buf longer = good_start(unit), other = good_start(unit);

    tarball_file(&longer, "engine.bin", span_of(ENGINE "!"));
    REFUSES(ERR_INVALID, reads(unit, buf_span(&longer), NULL));
    SAYS("\"engine.bin\" is 13 bytes and the manifest says 12");
    tarball_file(&other, "engine.bin", span_of("Engine image"));
    REFUSES(ERR_INVALID, reads(unit, buf_span(&other), NULL));
    SAYS("\"engine.bin\" is not what the manifest says");
}

UNIT(the_manifest_has_to_be_first)
{
    struct buf tar = {.arena = unit->arena};

    tarball_file(&tar, "engine.bin", span_of(ENGINE));
    tarball_file(&tar, MANIFEST_NAME, good_manifest(unit));
    tarball_end(&tar);
    REFUSES(ERR_INVALID, reads(unit, buf_span(&tar), NULL));
    SAYS("the first entry is \"engine.bin\" and has to be manifest.json");
    assert_false(is_ours(buf_span(&tar)));
}

UNIT(a_manifest_too_large_is_refused_before_it_is_read)
{
    struct buf tar = {.arena = unit->arena};

    tarball_header(&tar, MANIFEST_NAME, '0', NULL, 3LL << 30);
    REFUSES(ERR_TOO_LARGE, reads(unit, buf_span(&tar), NULL));
    SAYS("entry \"manifest.json\" is larger than 262144 bytes");
}

UNIT(a_bad_manifest_is_refused_in_its_own_words)
{
    struct buf tar = {.arena = unit->arena};

    tarball_file(&tar, MANIFEST_NAME, span_of("{\"colour\":\"red\"}"));
    tarball_end(&tar);
    REFUSES(ERR_INVALID, reads(unit, buf_span(&tar), NULL));
    SAYS("manifest.json: member \"colour\" is unknown");
}

/* ---- sparse and pax ------------------------------------------------------------------------------ */

UNIT(sparse_entries_are_refused_in_every_dialect)
{
    struct buf old = good_start(unit), pax = good_start(unit);

    tarball_sparse(&old, "engine.bin", 1LL << 40);
    tarball_end(&old);
    REFUSES(ERR_INVALID, reads(unit, buf_span(&old), NULL));
    SAYS("entry \"engine.bin\" is sparse");
    tarball_pax(&pax, "GNU.sparse.map", span_of("0,6,1048576,6"));
    tarball_file(&pax, "engine.bin", span_of(ENGINE));
    tarball_end(&pax);
    REFUSES(ERR_INVALID, reads(unit, buf_span(&pax), NULL));
    SAYS("entry \"engine.bin\" is sparse");
}

UNIT(a_pax_size_that_contradicts_the_content_is_refused)
{
    struct buf tar = good_start(unit);

    tarball_pax(&tar, "size", span_of("1099511627776"));
    tarball_file(&tar, "engine.bin", span_of(ENGINE));
    tarball_end(&tar);
    REFUSES(ERR_INVALID, reads(unit, buf_span(&tar), NULL));
    SAYS("\"engine.bin\" is 1099511627776 bytes and the manifest says 12");
}

UNIT(a_header_with_odd_parts_is_refused)
{
    struct buf tar = good_start(unit);

    tarball_header(&tar, "pax", 'x', NULL, 12);
    buf_add(&tar, span_of("no length=1\n"));
    for (int i = 0; i < 500; i++)
        buf_char(&tar, '\0');
    tarball_file(&tar, "engine.bin", span_of(ENGINE));
    tarball_end(&tar);
    REFUSES(ERR_INVALID, reads(unit, buf_span(&tar), NULL));
    SAYS("entry \"engine.bin\" has a header with odd parts");
}

UNIT(a_pax_name_is_held_to_the_same_rules)
{
    static const char *const names[] = {"../engine.bin", "/etc/passwd", "\xFF\xFE", "", "engine\nbin"};

    for (size_t i = 0; i < COUNT(names); i++) {
        struct buf tar = good_start(unit);

        tarball_pax(&tar, "path", span_of(names[i]));
        tarball_file(&tar, "other.bin", span_of(ENGINE));
        tarball_end(&tar);
        REFUSES(ERR_INVALID, reads(unit, buf_span(&tar), NULL));
    }
}

UNIT(a_huge_pax_name_is_refused)
{
    char *name = arena_take(unit->arena, 3 << 20);
    struct buf tar = good_start(unit), claim = good_start(unit), mid = good_start(unit);

    memset(name, 'a', (3 << 20) - 1);
    tarball_pax(&tar, "path", span_of(name));
    tarball_file(&tar, "engine.bin", span_of(ENGINE));
    REFUSES(ERR_INVALID, reads(unit, buf_span(&tar), NULL));
    tarball_header(&claim, "pax", 'x', NULL, 2LL << 30);
    REFUSES(ERR_INVALID, reads(unit, buf_span(&claim), NULL));
    tarball_pax(&mid, "path", span_make(name, 100000));
    tarball_file(&mid, "engine.bin", span_of(ENGINE));
    REFUSES(ERR_INVALID, reads(unit, buf_span(&mid), NULL));
    SAYS("aaaaaaaa\": a file name");
}

/* ---- the SBOM ------------------------------------------------------------------------------------ */

static struct span with_sbom(struct unit *unit, const char *sbom, bool is_last)
{
    struct buf tar = {.arena = unit->arena};
    struct manifest_component facts =
        tarball_component(unit->arena, "sbom", MANIFEST_SBOM_NAME, span_of(sbom));
    const struct manifest_component engine =
        tarball_component(unit->arena, "engine", "engine.bin", span_of(ENGINE));
    struct manifest manifest = {.family = "aurora",
                                .version = "1",
                                .counter = 1,
                                .components = &engine,
                                .component_count = 1,
                                .sbom_file = facts.file,
                                .sbom_size = facts.size,
                                .sbom_sha256 = facts.sha256};
    struct span bytes;

    MUST(manifest_write(unit->arena, &manifest, &bytes, &unit->err));
    tarball_file(&tar, MANIFEST_NAME, bytes);
    if (!is_last)
        tarball_file(&tar, MANIFEST_SBOM_NAME, span_of(sbom));
    tarball_file(&tar, "engine.bin", span_of(ENGINE));
    if (is_last)
        tarball_file(&tar, MANIFEST_SBOM_NAME, span_of(sbom));
    tarball_end(&tar);
    return buf_span(&tar);
}

UNIT(the_sbom_comes_last_and_whole)
{
    struct told told = {.text = {.arena = unit->arena}, .bytes = {.arena = unit->arena}};
    struct package_events events = telling(&told);

    MUST(reads(unit, with_sbom(unit, SBOM, true), &events));
    assert_string_equal("manifest:aurora begin:engine bytes end:engine sbom ", buf_cstr(&told.text));
    assert_string_equal(ENGINE SBOM, buf_cstr(&told.bytes));
    REFUSES(ERR_INVALID, reads(unit, with_sbom(unit, SBOM, false), NULL));
    SAYS("behind the SBOM");
}

UNIT(an_sbom_that_is_no_cyclonedx_json_is_refused)
{
    static const char *const bad[] = {
        "{\"bomFormat\":\"SPDX\",\"specVersion\":\"1.5\"}",
        "{\"bomFormat\":\"CycloneDX\"}",
        "{\"bomFormat\":\"CycloneDX\",\"specVersion\":1.5}",
        "[]",
        "<bom/>",
        "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\"",
    };

    for (size_t i = 0; i < COUNT(bad); i++) {
        REFUSES(ERR_INVALID, reads(unit, with_sbom(unit, bad[i], true), NULL));
        SAYS("entry \"sbom.cdx.json\": the SBOM");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_good_package_is_told_in_order_plain_and_packed),
        UNIT_TEST(reading_starts_at_the_beginning_and_leaves_the_place_alone),
        UNIT_TEST(components_may_come_in_any_order),
        UNIT_TEST(a_listener_that_refuses_stops_the_reading_with_its_own_words),
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
        UNIT_TEST(the_sbom_comes_last_and_whole),
        UNIT_TEST(an_sbom_that_is_no_cyclonedx_json_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
