#include "signing/manifest.h"

#include "support/unit.h"

#define SHA_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SHA_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static const char *const models[] = {"Aurora 4525", "Aurora 5525"};
static const char *const cves[] = {"CVE-2026-12345"};

static const struct manifest_component components[] = {
    {"engine", "2.0", "engine.bin", 4000000, SHA_A},
    {"system", "4.2.10", "system.img", 380000000, SHA_B},
};

static struct manifest sample(void)
{
    return (struct manifest){
        .family = "aurora",
        .version = "4.2.10",
        .min_version = "4.0",
        .counter = 7,
        .models = models,
        .model_count = COUNT(models),
        .is_security = true,
        .cves = cves,
        .cve_count = COUNT(cves),
        .minutes = 25,
        .reboots = 2,
        .is_reversible = true,
        .notes = "Fixes \"scan to mail\".\n\nGr\xC3\xBC\xC3\x9F"
                 "e",
        .components = components,
        .component_count = COUNT(components),
        .sbom_file = "sbom.cdx.json",
        .sbom_size = 900,
        .sbom_sha256 = SHA_A,
    };
}

#define GOLDEN                                                                                               \
    "{\"components\":[{\"file\":\"engine.bin\",\"name\":\"engine\",\"sha256\":\"" SHA_A                      \
    "\",\"size\":4000000,\"version\":\"2.0\"},{\"file\":\"system.img\",\"name\":\"system\",\"sha256\":"      \
    "\"" SHA_B "\",\"size\":380000000,\"version\":\"4.2.10\"}],\"counter\":7,\"cves\":[\"CVE-2026-12345\"]," \
    "\"effects\":{\"minutes\":25,\"reboots\":2,\"reversible\":true},\"family\":\"aurora\","                  \
    "\"format\":\"nightshift-package-1\",\"kind\":\"security\",\"min_version\":\"4.0\","                     \
    "\"models\":[\"Aurora 4525\",\"Aurora 5525\"],\"notes\":[\"Fixes \\\"scan to mail\\\".\",\"\","          \
    "\"Gr\xC3\xBC\xC3\x9F"                                                                                   \
    "e\"],\"sbom\":{\"file\":\"sbom.cdx.json\",\"sha256\":\"" SHA_A                                          \
    "\",\"size\":900},\"version\":\"4.2.10\"}"

UNIT(writing_gives_exactly_the_canonical_bytes)
{
    struct manifest manifest = sample();
    struct span bytes;

    MUST(manifest_write(unit->arena, &manifest, &bytes, &unit->err));
    assert_int_equal(strlen(GOLDEN), bytes.size);
    assert_memory_equal(GOLDEN, bytes.at, bytes.size);
}

UNIT(what_is_read_is_what_was_written)
{
    struct manifest read;

    MUST(manifest_read(unit->arena, span_of(GOLDEN), &read, &unit->err));
    assert_string_equal("aurora", read.family);
    assert_string_equal("4.0", read.min_version);
    assert_int_equal(7, read.counter);
    assert_int_equal(2, read.model_count);
    assert_string_equal("Aurora 5525", read.models[1]);
    assert_true(read.is_security && read.is_reversible);
    assert_string_equal("CVE-2026-12345", read.cves[0]);
    assert_int_equal(25, read.minutes);
    assert_string_equal(sample().notes, read.notes);
    assert_string_equal("system", read.components[1].name);
    assert_int_equal(380000000, manifest_file(&read, "system.img")->size);
    assert_ptr_equal(&read.components[0], manifest_component(&read, "engine"));
    assert_null(manifest_component(&read, "system.img"));
    assert_string_equal("sbom.cdx.json", read.sbom_file);
    assert_int_equal(900, read.sbom_size);
}

UNIT(what_may_be_left_out_reads_as_nothing)
{
    static const char text[] =
        "{\"format\":\"nightshift-package-1\",\"family\":\"f\",\"version\":\"1\",\"counter\":1,"
        "\"kind\":\"feature\",\"effects\":{\"minutes\":0,\"reboots\":0,\"reversible\":false},"
        "\"components\":[{\"name\":\"a\",\"version\":\"1\",\"file\":\"a\",\"size\":1,\"sha256\":\"" SHA_A
        "\"}]}";
    struct manifest read;

    MUST(manifest_read(unit->arena, span_of(text), &read, &unit->err));
    assert_string_equal("", read.min_version);
    assert_string_equal("", read.notes);
    assert_int_equal(0, read.model_count + read.cve_count);
    assert_false(read.is_security);
    assert_null(read.sbom_file);
}

/* The golden text with `from` replaced by `to`, once. */
static struct span spoiled(struct unit *unit, const char *from, const char *to)
{
    const char *at = strstr(GOLDEN, from);

    assert_non_null(at);
    return span_of(arena_printf(unit->arena, "%.*s%s%s", (int)(at - GOLDEN), GOLDEN, to, at + strlen(from)));
}

/* clang-format off */
static const struct {
    const char *from, *to, *says;
} refusals[] = {
    {"package-1\"",             "package-2\"",                  "\"format\""},
    {"\"counter\":7,",          "",                             "\"counter\" is missing"},
    {"\"counter\":7",           "\"counter\":0",                "\"counter\""},
    {"\"counter\":7",           "\"counter\":7.5",              "\"counter\""},
    {"\"counter\":7",           "\"counter\":7,\"colour\":1",   "\"colour\" is unknown"},
    {"\"counter\":7",           "\"counter\":7,\"counter\":7",  "duplicate"},
    {"\"reboots\":2",           "\"reboots\":2,\"smoke\":1",    "\"smoke\" is unknown"},
    {"\"reboots\":2",           "\"reboots\":21",               "\"effects\""},
    {"\"size\":900",            "\"size\":900,\"url\":\"x\"",   "\"url\" is unknown"},
    {"\"size\":4000000",        "\"size\":4000000,\"mode\":1",  "\"mode\" is unknown"},
    {"\"size\":4000000",        "\"size\":0",                   "item 1 of \"components\""},
    {"\"size\":4000000",        "\"size\":-1",                  "\"size\""},
    {"\"size\":4000000",        "\"size\":\"4000000\"",         "\"size\" must be a whole number"},
    {"\"family\":\"aurora\"",   "\"family\":\"../aurora\"",     "\"family\""},
    {"\"family\":\"aurora\"",   "\"family\":\"\"",              "\"family\""},
    {"\"version\":\"2.0\"",     "\"version\":\"2 0\"",          "a version is"},
    {"\"version\":\"4.2.10\"}", "\"version\":\".4\"}",          "version"},
    {"\"min_version\":\"4.0\"", "\"min_version\":\"4/0\"",      "\"min_version\""},
    {"\"kind\":\"security\"",   "\"kind\":\"urgent\"",          "\"kind\""},
    {"\"CVE-2026-12345\"",      "\"CVE-26-12345\"",             "CVE-YYYY-NNNN"},
    {"\"CVE-2026-12345\"",      "\"CVE-2026-123x5\"",           "CVE-YYYY-NNNN"},
    {"\"CVE-2026-12345\"",      "7",                            "CVE-YYYY-NNNN"},
    {"\"Aurora 5525\"",         "\"Aurora 4525\"",              "names \"Aurora 4525\" twice"},
    {"\"Aurora 5525\"",         "\"Aurora\\n5525\"",            "control characters"},
    {"\"Aurora 5525\"",         "\" Aurora\"",                  "a model is"},
    {"\"Aurora 5525\"",         "null",                         "a model is"},
    {"\"Fixes ",                "\"\\u0007Fixes ",              "control characters"},
    {"[\"Fixes ",               "[[],\"Fixes ",                 "\"notes\""},
    {"\"name\":\"system\"",     "\"name\":\"engine\"",          "component \"engine\" is named twice"},
    {"\"name\":\"system\"",     "\"name\":\"System\"",          "a component name"},
    {"system.img",              "engine.bin",                   "belongs to two components"},
    {"system.img",              "../system.img",                "a file name"},
    {"system.img",              "/system.img",                  "a file name"},
    {"system.img",              ".system.img",                  "a file name"},
    {"system.img",              "manifest.json",                "taken by the manifest"},
    {"sbom.cdx.json",           "engine.bin",                   "belongs to a component"},
    {"\"" SHA_B "\"",           "\"" SHA_B "b\"",               "\"sha256\""},
    {"\"" SHA_B "\"",           "\"Bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\"", "\"sha256\""},
    {"{\"components\"",         "[{\"components\"",             "manifest.json"},
};
/* clang-format on */

UNIT(each_spoiled_manifest_is_refused_by_name_and_rule)
{
    for (size_t i = 0; i < COUNT(refusals); i++) {
        struct span text = spoiled(unit, refusals[i].from, refusals[i].to);
        struct manifest untouched = {.counter = 4711};

        if (manifest_read(unit->arena, text, &untouched, &unit->err))
            fail_msg("%s was accepted", refusals[i].to);
        if (!strstr(unit->err.text, refusals[i].says))
            fail_msg("%s: \"%s\" does not say \"%s\"", refusals[i].to, unit->err.text, refusals[i].says);
        assert_int_equal(4711, untouched.counter);
    }
}

UNIT(a_manifest_without_components_is_refused)
{
    struct manifest manifest = sample();
    struct span bytes;

    manifest.component_count = 0;
    REFUSES(ERR_INVALID, manifest_write(unit->arena, &manifest, &bytes, &unit->err));
    SAYS("\"components\" is empty");
}

UNIT(a_manifest_over_its_size_is_refused_before_it_is_parsed)
{
    char *text = arena_take(unit->arena, MANIFEST_BYTES_MAX + 1);
    struct manifest read;

    memset(text, '[', MANIFEST_BYTES_MAX + 1);
    REFUSES(ERR_TOO_LARGE,
            manifest_read(unit->arena, span_make(text, MANIFEST_BYTES_MAX + 1), &read, &unit->err));
    SAYS("262144");
}

UNIT(writing_keeps_to_the_rules_of_reading)
{
    struct manifest manifest = sample();
    struct span bytes;

    manifest.notes = "a\tb";
    REFUSES(ERR_INVALID, manifest_write(unit->arena, &manifest, &bytes, &unit->err));
    SAYS("\"notes\" must not hold control characters");
    manifest.notes = NULL;
    manifest.min_version = NULL;
    MUST(manifest_write(unit->arena, &manifest, &bytes, &unit->err));
    manifest.counter = ((int64_t)1 << 53) + 1;
    REFUSES(ERR_INVALID, manifest_write(unit->arena, &manifest, &bytes, &unit->err));
}

UNIT(thirty_three_components_are_one_too_many)
{
    struct manifest_component many[MANIFEST_COMPONENTS_MAX + 1];
    struct manifest manifest = sample();
    struct span bytes;

    for (size_t i = 0; i < COUNT(many); i++)
        many[i] = (struct manifest_component){.name = arena_printf(unit->arena, "part-%zu", i),
                                              .version = "1",
                                              .size = 1,
                                              .sha256 = SHA_A,
                                              .file = arena_printf(unit->arena, "part-%zu.bin", i)};
    manifest.components = many;
    manifest.component_count = MANIFEST_COMPONENTS_MAX;
    MUST(manifest_write(unit->arena, &manifest, &bytes, &unit->err));
    manifest.component_count++;
    REFUSES(ERR_INVALID, manifest_write(unit->arena, &manifest, &bytes, &unit->err));
    SAYS("\"components\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(writing_gives_exactly_the_canonical_bytes),
        UNIT_TEST(what_is_read_is_what_was_written),
        UNIT_TEST(what_may_be_left_out_reads_as_nothing),
        UNIT_TEST(each_spoiled_manifest_is_refused_by_name_and_rule),
        UNIT_TEST(a_manifest_without_components_is_refused),
        UNIT_TEST(a_manifest_over_its_size_is_refused_before_it_is_parsed),
        UNIT_TEST(writing_keeps_to_the_rules_of_reading),
        UNIT_TEST(thirty_three_components_are_one_too_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
