#include "signing/package.h"

#include <unistd.h>

#include "base/file.h"
#include "support/tarball.h"
#include "support/unit.h"

#define ENGINE TARBALL_ENGINE
#define SYSTEM TARBALL_SYSTEM
#define SBOM "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\",\"components\":[]}"

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
        struct span package =
            tarball_pack(unit->arena, (enum tarball_packing)packing, tarball_good(unit->arena), 9216);

        MUST(reads(unit, package, &events));
        assert_string_equal("manifest:aurora begin:engine bytes end:engine begin:system bytes end:system ",
                            buf_cstr(&told.text));
        assert_string_equal(ENGINE SYSTEM, buf_cstr(&told.bytes));
        assert_true(is_ours(package));
    }
}

UNIT(reading_starts_at_the_beginning_and_leaves_the_place_alone)
{
    AUTO(fd_closep) int fd = tarball_fd(tarball_good(unit->arena));
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
    struct buf tar = tarball_start(unit->arena);

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

        REFUSES(ERR_NO_SPACE, reads(unit, tarball_good(unit->arena), &events));
        SAYS(stops[i]);
    }
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
        UNIT_TEST(the_sbom_comes_last_and_whole),
        UNIT_TEST(an_sbom_that_is_no_cyclonedx_json_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
