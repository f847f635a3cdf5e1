#include "signing/package.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/file.h"
#include "base/hash.h"
#include "support/store.h"
#include "support/unit.h"

#define SBOM "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\",\"components\":[]}"
#define LONG_FILE                                                                                            \
    "hddata.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
    "aaaaaaaaaaaaaaaaaa"

static char base[96];

static const char *at(struct unit *unit, const char *path)
{
    return arena_printf(unit->arena, "%s/%s", base, path);
}

static void put(struct unit *unit, const char *path, const char *text)
{
    MUST(file_write_whole(at(unit, path), span_of(text), 0600, &unit->err));
}

static int begin(void **state)
{
    const char *tmp = getenv("TMPDIR");

    if (unit_begin(state) != 0)
        return -1;
    struct unit *unit = *state;

    snprintf(base, sizeof(base), "%s/test_package.XXXXXX", tmp ? tmp : P_tmpdir);
    if (!mkdtemp(base) || mkdir(at(unit, "in"), 0700) != 0 || mkdir(at(unit, "out"), 0700) != 0)
        return -1;
    put(unit, "in/system.img", "system image");
    put(unit, "in/engine.bin", "engine image");
    put(unit, "in/" LONG_FILE, "fonts");
    put(unit, "sbom.json", SBOM);
    return 0;
}

static int end(void **state)
{
    support_remove(base);
    return unit_end(state);
}

#define BUILD_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

static struct package_plan plan_for(struct unit *unit, const char *out)
{
    return (struct package_plan){
        .dir = at(unit, "in"),
        .manifest = {.family = "aurora", .version = "4.2.10", .counter = 3, .minutes = 20, .reboots = 1},
        .out_path = at(unit, out)};
}

static struct span bytes_of(struct unit *unit, const char *path)
{
    struct span bytes;

    MUST(file_read(unit->arena, at(unit, path), 1 << 24, &bytes, &unit->err));
    return bytes;
}

static bool reads(struct unit *unit, const char *path, struct manifest *out)
{
    AUTO(fd_closep) int fd = open(at(unit, path), O_RDONLY | O_CLOEXEC);
    const struct package_events silent = {0};

    assert_true(fd >= 0);
    return package_read(unit->arena, fd, &package_limits_default, &silent, out, &unit->err);
}

static size_t files_in(const char *path)
{
    DIR *folder = opendir(path);
    size_t count = 0;

    assert_non_null(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count - 2;
}

/* ---- what comes out ------------------------------------------------------------------------------ */

UNIT(the_same_input_gives_the_same_bytes)
{
    for (int is_compressed = 0; is_compressed < 2; is_compressed++) {
        struct package_plan first = plan_for(unit, "out/a"), second = plan_for(unit, "out/b");
        struct timespec old[2] = {{.tv_sec = 1000000}, {.tv_sec = 1000000}};
        struct manifest manifest;

        first.is_compressed = second.is_compressed = is_compressed;
        first.sbom_path = second.sbom_path = at(unit, "sbom.json");
        MUST(package_build(unit->arena, &first, &manifest, &unit->err));
        /* Neither times nor modes nor the order in the folder are part of a package. */
        put(unit, "in/engine.bin", "engine image");
        assert_int_equal(0, chmod(at(unit, "in/system.img"), 0755));
        assert_int_equal(0, utimensat(AT_FDCWD, at(unit, "in/system.img"), old, 0));
        MUST(package_build(unit->arena, &second, &manifest, &unit->err));
        assert_int_equal(bytes_of(unit, "out/a").size, bytes_of(unit, "out/b").size);
        assert_memory_equal(bytes_of(unit, "out/a").at, bytes_of(unit, "out/b").at,
                            bytes_of(unit, "out/a").size);
    }
}

/* The digest changes with the format only; then MANIFEST_FORMAT has to change too. */
UNIT(the_bytes_are_the_same_on_every_machine)
{
    struct package_plan plan = plan_for(unit, "out/a");
    char digest[HASH_HEX_MAX];
    struct manifest manifest;

    MUST(package_build(unit->arena, &plan, &manifest, &unit->err));
    hash_hex_of(HASH_SHA256, bytes_of(unit, "out/a"), digest);
    assert_string_equal("6b5afc4953af2115cf067995dad9cd58662890f1e075e898715a6c6b3a30aa7d", digest);
}

UNIT(what_is_read_back_is_what_was_planned)
{
    struct package_plan plan = plan_for(unit, "out/a");
    struct manifest built, read;

    plan.sbom_path = at(unit, "sbom.json");
    MUST(package_build(unit->arena, &plan, &built, &unit->err));
    MUST(reads(unit, "out/a", &read));
    assert_string_equal("aurora", read.family);
    assert_int_equal(3, read.counter);
    assert_int_equal(3, read.component_count);
    assert_string_equal("engine", read.components[0].name);
    assert_string_equal(LONG_FILE, read.components[1].file);
    assert_string_equal("4.2.10", read.components[2].version);
    assert_string_equal(MANIFEST_SBOM_NAME, read.sbom_file);
    assert_string_equal(built.components[2].sha256, read.components[2].sha256);
    assert_int_equal(1, files_in(at(unit, "out")));
}

UNIT(a_plain_package_starts_with_its_manifest_and_names_no_builder)
{
    struct package_plan plan = plan_for(unit, "out/a");
    struct manifest manifest;

    MUST(package_build(unit->arena, &plan, &manifest, &unit->err));
    struct span bytes = bytes_of(unit, "out/a");

    assert_string_equal(MANIFEST_NAME, bytes.at);
    assert_memory_equal("000644 ", bytes.at + 100, 7);
    assert_memory_equal("000000 \0"
                        "000000 ",
                        bytes.at + 108, 15);
    assert_memory_equal("00000000000 ", bytes.at + 136, 12);
    assert_string_equal("", bytes.at + 265); /* user */
    assert_string_equal("", bytes.at + 297); /* group */
    assert_memory_equal("{\"components\":", bytes.at + 512, 14);
}

UNIT(components_may_be_named_by_the_plan)
{
    const struct manifest_component components[] = {
        {.name = "system", .file = "system.img"},
        {.name = "motor", .file = "engine.bin", .version = "9"},
    };
    struct package_plan plan = plan_for(unit, "out/a");
    struct manifest manifest;

    plan.manifest.components = components;
    plan.manifest.component_count = COUNT(components);
    MUST(package_build(unit->arena, &plan, &manifest, &unit->err));
    assert_string_equal("4.2.10", manifest.components[0].version);
    assert_string_equal("9", manifest.components[1].version);
}

/* ---- what is refused ----------------------------------------------------------------------------- */

static void refuses(struct unit *unit, const struct package_plan *plan, const char *says)
{
    struct manifest manifest = {.counter = 4711};
    size_t before = files_in(at(unit, "out"));

    assert_false(package_build(unit->arena, plan, &manifest, &unit->err));
    if (!strstr(unit->err.text, says))
        fail_msg("\"%s\" does not say \"%s\"", unit->err.text, says);
    assert_int_equal(4711, manifest.counter);
    assert_int_equal(before, files_in(at(unit, "out")));
}

UNIT(a_folder_that_is_no_set_of_components_is_refused)
{
    struct package_plan plan = plan_for(unit, "out/a");

    plan.dir = at(unit, "out");
    plan.out_path = at(unit, "a");
    refuses(unit, &plan, "holds no component");
    plan = plan_for(unit, "out/a");
    put(unit, "in/system.sig", "x");
    refuses(unit, &plan, "both would be component \"system\"");
    assert_int_equal(0, rename(at(unit, "in/system.sig"), at(unit, "in/Read me")));
    refuses(unit, &plan, "Read me");
    assert_int_equal(0, rename(at(unit, "in/Read me"), at(unit, "in/manifest.json")));
    refuses(unit, &plan, "move it away");
    unlink(at(unit, "in/manifest.json"));
    put(unit, "in/fax.bin", "");
    refuses(unit, &plan, "fax.bin is empty");
    unlink(at(unit, "in/fax.bin"));
    assert_int_equal(0, mkfifo(at(unit, "in/fax.bin"), 0600));
    refuses(unit, &plan, "fax.bin is no regular file");
    plan.out_path = at(unit, "in/package.tar");
    refuses(unit, &plan, "among its own components");
}

UNIT(hidden_files_and_the_sbom_itself_are_no_components)
{
    struct package_plan plan = plan_for(unit, "out/a");
    struct manifest manifest;

    put(unit, "in/.gitignore", "*");
    put(unit, "in/bom.json", SBOM);
    plan.sbom_path = at(unit, "in/../in/bom.json");
    MUST(package_build(unit->arena, &plan, &manifest, &unit->err));
    assert_int_equal(3, manifest.component_count);
}

UNIT(a_plan_that_makes_no_good_manifest_is_refused)
{
    struct package_plan plan = plan_for(unit, "out/a");

    plan.manifest.family = "../aurora";
    refuses(unit, &plan, "\"family\"");
    plan.manifest.family = "aurora";
    plan.manifest.counter = 0;
    refuses(unit, &plan, "\"counter\"");
    plan.manifest.counter = 1;
    plan.sbom_path = at(unit, "in/system.img");
    refuses(unit, &plan, "system.img");
    plan.sbom_path = at(unit, "none.json");
    refuses(unit, &plan, "none.json");
}

struct meddler { /* changes a file once the build has measured it */
    struct unit *unit;
    const char *text;
    bool has_measured;
};

static void meddle(void *ctx, int64_t done, int64_t total)
{
    struct meddler *meddler = ctx;

    if (done * 3 >= total && !meddler->has_measured) {
        meddler->has_measured = true;
        put(meddler->unit, "in/system.img", meddler->text);
    }
}

UNIT(a_file_that_changes_meanwhile_is_noticed)
{
    static const char *const texts[] = {"SYSTEM image", "system image and more", "system"};

    for (size_t i = 0; i < COUNT(texts); i++) {
        struct meddler meddler = {.unit = unit, .text = texts[i]};
        struct package_plan plan = plan_for(unit, "out/a");

        put(unit, "in/system.img", "system image");
        plan.ctx = &meddler;
        plan.progress = meddle;
        refuses(unit, &plan, "system.img changed while the package was built");
        assert_true(meddler.has_measured);
    }
}

UNIT(what_would_not_be_read_is_not_written)
{
    struct package_plan plan = plan_for(unit, "out/a");
    AUTO(fd_closep) int fd = open(at(unit, "in/system.img"), O_WRONLY | O_CLOEXEC);

    assert_int_equal(0, ftruncate(fd, 64 << 20));
    plan.is_compressed = true;
    refuses(unit, &plan, "more than 200 times");
}

static int64_t shown_done, shown_total;

static void show(void *ctx, int64_t done, int64_t total)
{
    (void)ctx;
    assert_true(done >= shown_done && done <= total);
    shown_done = done;
    shown_total = total;
}

UNIT(progress_only_rises_and_ends_at_its_total)
{
    struct package_plan plan = plan_for(unit, "out/a");
    struct manifest manifest;

    shown_done = 0;
    plan.progress = show;
    MUST(package_build(unit->arena, &plan, &manifest, &unit->err));
    assert_int_equal(shown_total, shown_done);
}

#ifdef FAULTS
UNIT(whatever_fails_there_is_a_whole_package_or_none)
{
    struct package_plan plan = plan_for(unit, "out/a");
    struct manifest manifest;
    bool is_done = false;
    int fired = 0;

    for (int nth = 1; !is_done; nth++) {
        unlink(at(unit, "out/a"));
        fault_arm(nth);
        is_done = package_build(unit->arena, &plan, &manifest, &unit->err);
        fired += fault_fired();
        fault_arm(0);
        if (files_in(at(unit, "out")) > 0) {
            assert_int_equal(1, files_in(at(unit, "out")));
            MUST(reads(unit, "out/a", &manifest));
        } else {
            assert_false(is_done);
        }
    }
    assert_true(fired > 12); /* each file twice, its end too, writing, sync, rename, sync of the folder */
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        BUILD_TEST(the_same_input_gives_the_same_bytes),
        BUILD_TEST(the_bytes_are_the_same_on_every_machine),
        BUILD_TEST(what_is_read_back_is_what_was_planned),
        BUILD_TEST(a_plain_package_starts_with_its_manifest_and_names_no_builder),
        BUILD_TEST(components_may_be_named_by_the_plan),
        BUILD_TEST(a_folder_that_is_no_set_of_components_is_refused),
        BUILD_TEST(hidden_files_and_the_sbom_itself_are_no_components),
        BUILD_TEST(a_plan_that_makes_no_good_manifest_is_refused),
        BUILD_TEST(a_file_that_changes_meanwhile_is_noticed),
        BUILD_TEST(what_would_not_be_read_is_not_written),
        BUILD_TEST(progress_only_rises_and_ends_at_its_total),
#ifdef FAULTS
        BUILD_TEST(whatever_fails_there_is_a_whole_package_or_none),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
