#include "base/file.h"
#include "store/blob.h"
#include "store/check.h"
#include "store/private.h"
#include "support/store.h"
#include "support/unit.h"

static void exec(struct unit *unit, struct store *store, const char *script)
{
    MUST(store->driver->exec(store->writer.db, script, &unit->err));
}

/* A release whose one component is the blob of these bytes, and whose SBOM is another. */
static void put_release(struct unit *unit, struct store *store, struct blob_hashes *image,
                        struct blob_hashes *sbom)
{
    MUST(blob_put(store_blobs(store), span_of("firmware"), image, &unit->err));
    MUST(blob_put(store_blobs(store), span_of("{}"), sbom, &unit->err));
    exec(unit, store,
         arena_printf(
             unit->arena,
             "INSERT INTO tenant (id, name, poll_sleep_s, created_ms) VALUES (1, 'DEFAULT', 300, 1);"
             "INSERT INTO release (id, tenant_id, family, version, counter, state, is_foreign, is_security,"
             " models, manifest, package_sha256, package_size, sbom_sha256, created_by, created_ms)"
             " VALUES (1, 1, 'c400', '1.1', 1, 'staged', 0, 0, '[]', '{}', 'a', 1, '%s', 'eva', 1);"
             "INSERT INTO module VALUES (1, 1, 1, 'system', '1.1', 'system.img', 8, '%s', '', '', 0);",
             sbom->sha256, image->sha256));
}

static struct store_check_report check(struct unit *unit, struct store *store)
{
    struct store_check_report report;

    MUST(store_check(store, NULL, &report, &unit->err));
    return report;
}

UNIT(a_new_store_is_sound)
{
    struct store_check_report report = check(unit, support_store(unit->arena, NULL));

    assert_true(store_check_is_sound(&report));
    assert_string_equal(report.first, "");
    assert_int_equal(report.needed + report.blobs, 0);
}

static void count_calls(void *ctx, int64_t done, int64_t total)
{
    assert_true(done <= total);
    ++*(int *)ctx;
}

UNIT(blobs_of_releases_are_read_and_blobs_of_nobody_are_counted)
{
    struct store *store = support_store(unit->arena, NULL);
    struct store_check_report report;
    struct blob_hashes image, sbom, orphan;
    int calls = 0;

    put_release(unit, store, &image, &sbom);
    MUST(blob_put(store_blobs(store), span_of("forgotten"), &orphan, &unit->err));
    MUST(store_check(store, &(struct store_check_progress){.say = count_calls, .ctx = &calls}, &report,
                     &unit->err));
    assert_true(store_check_is_sound(&report));
    assert_int_equal(calls, 2);
    assert_int_equal(report.needed, 2);
    assert_int_equal(report.blobs, 3);
    assert_int_equal(report.orphans, 1);
    assert_int_equal(report.bytes, 8 + 2 + 9);
}

UNIT(a_missing_blob_and_a_changed_one_are_found_by_name)
{
    char *dir;
    struct store *store = support_store(unit->arena, &dir);
    struct store_check_report report;
    struct blob_hashes image, sbom;

    put_release(unit, store, &image, &sbom);
    MUST(blob_remove(store_blobs(store), image.sha256, &unit->err));
    report = check(unit, store);
    assert_false(store_check_is_sound(&report));
    assert_int_equal(report.missing, 1);
    assert_string_equal(report.first, image.sha256);
    MUST(file_write_whole(arena_printf(unit->arena, "%s/blobs/%.2s/%s", dir, sbom.sha256, sbom.sha256),
                          span_of("{ }"), 0600, &unit->err));
    report = check(unit, store);
    assert_int_equal(report.missing, 1);
    assert_int_equal(report.wrong, 1);
}

UNIT(a_row_that_points_nowhere_is_a_problem)
{
    struct store *store = support_store(unit->arena, NULL);
    struct store_check_report report;

    exec(unit, store, "PRAGMA foreign_keys=OFF; INSERT INTO site (tenant_id, name) VALUES (99, 'nowhere')");
    report = check(unit, store);
    assert_false(store_check_is_sound(&report));
    assert_int_equal(report.problems, 1);
    assert_non_null(strstr(report.first, "site"));
}

UNIT(a_running_service_can_be_checked_from_outside)
{
    AUTO(store_closep) struct store *beside = NULL;
    char *dir;
    struct store *store = support_store(unit->arena, &dir);
    struct store_check_report report;
    struct blob_hashes image, sbom;

    put_release(unit, store, &image, &sbom);
    MUST(store_open(&beside, &(struct store_options){.dir = dir, .is_read_only = true}, &unit->err));
    report = check(unit, beside);
    assert_true(store_check_is_sound(&report));
    assert_int_equal(report.needed, 2);
}

UNIT(a_stopped_service_can_be_checked_and_nothing_is_left_open)
{
    AUTO(store_closep) struct store *store = NULL;
    AUTO(store_closep) struct store *beside = NULL;
    char *dir = support_dir(unit->arena);
    struct store_check_report report;

    MUST(store_open(&store, &(struct store_options){.dir = dir, .ballast_bytes = -1}, &unit->err));
    store_closep(&store);
    MUST(store_open(&beside, &(struct store_options){.dir = dir, .is_read_only = true}, &unit->err));
    report = check(unit, beside);
    assert_true(store_check_is_sound(&report));
    store_closep(&beside);
    MUST(store_open(&store, &(struct store_options){.dir = dir, .ballast_bytes = -1}, &unit->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_new_store_is_sound),
        UNIT_TEST(blobs_of_releases_are_read_and_blobs_of_nobody_are_counted),
        UNIT_TEST(a_missing_blob_and_a_changed_one_are_found_by_name),
        UNIT_TEST(a_row_that_points_nowhere_is_a_problem),
        UNIT_TEST(a_running_service_can_be_checked_from_outside),
        UNIT_TEST(a_stopped_service_can_be_checked_and_nothing_is_left_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
