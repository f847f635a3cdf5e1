#include <stdio.h>

#include "base/embedded.h"
#include "base/file.h"
#include "base/text.h"
#include "store/audits.h"
#include "store/private.h"
#include "support/old_rows.h"
#include "support/store.h"
#include "support/unit.h"

static const struct db_driver *const driver = &db_sqlite;

/* A later step as one might be: a table rebuilt beside rows that name it. */
static const char rebuild[] =
    "CREATE TABLE family_new (id INTEGER PRIMARY KEY, tenant_id BIGINT NOT NULL REFERENCES tenant(id),"
    " name TEXT NOT NULL, threshold BIGINT NOT NULL, models TEXT NOT NULL, created_ms BIGINT NOT NULL,"
    " colour TEXT NOT NULL DEFAULT 'grey', UNIQUE (tenant_id, name));"
    "INSERT INTO family_new (id, tenant_id, name, threshold, models, created_ms)"
    " SELECT id, tenant_id, name, threshold, models, created_ms FROM family;"
    "DROP TABLE family; ALTER TABLE family_new RENAME TO family;";

static void close_db(void *db)
{
    driver->close(db);
}

static struct db *open_db(struct unit *unit, const char *dir)
{
    struct db *db = NULL;

    MUST(driver->open(&db, arena_printf(unit->arena, "%s/nightshift.db", dir), DB_WRITER, &unit->err));
    arena_defer(unit->arena, close_db, db);
    return db;
}

/* The first column of every row. */
static size_t ask(struct unit *unit, struct db *db, const char *sql, const char *out[], size_t max)
{
    struct db_stmt *stmt = NULL;
    size_t count = 0;

    MUST(driver->prepare(db, sql, &stmt, &unit->err));
    while (driver->step(stmt, &unit->err) == STEP_ROW && count < max)
        out[count++] = arena_text(unit->arena, driver->column_bytes(stmt, 0));
    driver->release(stmt);
    return count;
}

static const char *ask_one(struct unit *unit, struct db *db, const char *sql)
{
    const char *answer = "";

    ask(unit, db, sql, &answer, 1);
    return answer;
}

static const char *count_rows(struct unit *unit, struct db *db, const char *table)
{
    return ask_one(unit, db, arena_printf(unit->arena, "SELECT count(*) FROM \"%s\"", table));
}

static void note(void *ctx, const char *problem)
{
    fprintf(stderr, "%s\n", problem);
    ++*(int *)ctx;
}

static void must_be_sound(struct unit *unit, struct db *db)
{
    int problems = 0;

    MUST(driver->check(db, false, note, &problems, &unit->err));
    assert_int_equal(problems, 0);
}

static const struct embedded *step_1(void)
{
    const struct embedded *file = embedded_files;

    while (strcmp(file->name, "0001_start.sql") != 0)
        file++;
    return file;
}

/* A database at step 1 with rows everywhere, opened by today's program. */
static struct db *database_of_step_1(struct unit *unit, const char *dir, const char *tables[64],
                                     size_t *count)
{
    struct db *db = open_db(unit, dir);

    MUST(store_migrate(driver, db, embedded_files, 1, &unit->err));
    MUST(driver->exec(db, old_rows_1, &unit->err));
    *count = ask(unit, db, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name", tables, 64);
    assert_in_range(*count, 20, 63);
    return db;
}

UNIT(rows_in_every_table_of_the_first_step_live_through_all_steps)
{
    const char *tables[64];
    size_t count = 0;
    struct db *db = database_of_step_1(unit, support_dir(unit->arena), tables, &count);

    for (size_t i = 0; i < count; i++)
        if (strcmp(count_rows(unit, db, tables[i]), "0") == 0)
            fail_msg("this test puts no row into %s", tables[i]);
    MUST(store_migrate(driver, db, embedded_files, 0, &unit->err));
    for (size_t i = 0; i < count; i++)
        assert_string_not_equal(count_rows(unit, db, tables[i]), "0");
    must_be_sound(unit, db);
}

UNIT(rows_of_the_second_step_live_through_the_later_ones)
{
    const char *tables[64];
    size_t count = 0;
    struct db *db = database_of_step_1(unit, support_dir(unit->arena), tables, &count);

    MUST(store_migrate(driver, db, embedded_files, 2, &unit->err));
    assert_string_equal(ask_one(unit, db, "SELECT release_id FROM action WHERE id = 1"), "1");
    MUST(driver->exec(db, old_rows_2, &unit->err));
    count = ask(unit, db, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name", tables, 64);
    for (size_t i = 0; i < count; i++)
        if (strcmp(count_rows(unit, db, tables[i]), "0") == 0)
            fail_msg("this test puts no row into %s", tables[i]);
    MUST(store_migrate(driver, db, embedded_files, 0, &unit->err));
    for (size_t i = 0; i < count; i++)
        assert_string_not_equal(count_rows(unit, db, tables[i]), "0");
    assert_string_equal(ask_one(unit, db, "SELECT recipients FROM backup"), "age1t age1d");
    assert_string_equal(ask_one(unit, db, "SELECT restore_id FROM action WHERE id = 2"), "1");
    must_be_sound(unit, db);
}

/* Numbers of steps are nobody's. */
static int64_t step_before(const char *name)
{
    const struct embedded *file = embedded_files;

    while (!text_ends(file->name, name))
        file++;
    return strtoll(file->name, NULL, 10) - 1;
}

/* Two tenants' records in turns, more than are read at once. */
static void audit_rows(struct unit *unit, struct db *db)
{
    MUST(driver->exec(
        db,
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3100)"
        " INSERT INTO audit (tenant_id, at_ms, who, role, what, object, detail, source, request_id)"
        " SELECT 1 + i % 2, i, 'mia', 'admin', 'a.b', 'o' || i, 'd', 's', 'r' FROM n",
        &unit->err));
}

static void assert_chained(struct unit *unit, struct store *store, int64_t tenant, size_t wanted)
{
    char before[HASH_HEX_MAX] = AUDIT_NO_DIGEST;
    struct audit *all;
    size_t count;

    MUST(store_audit_chain(store, unit->arena, tenant, 0, 100000, &all, &count, &unit->err));
    assert_int_equal(count, wanted);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(all[i].no, i + 1);
        assert_true(i == 0 || all[i].id > all[i - 1].id);
        audit_digest(&all[i], before, before);
        assert_string_equal(all[i].digest, before);
    }
}

UNIT(audit_records_from_before_the_chain_are_chained_by_its_step)
{
    char *dir = support_dir(unit->arena);
    struct db *db = open_db(unit, dir);
    AUTO(store_closep) struct store *store = NULL;
    const struct audit next = {.tenant_id = 1, .who = "eva", .role = "", .what = "c.d", .object = ""};
    struct tx tx;

    MUST(store_migrate(driver, db, embedded_files, step_before("_audit_chain.sql"), &unit->err));
    audit_rows(unit, db);
    MUST(store_open(&store, &(struct store_options){.dir = dir, .ballast_bytes = -1}, &unit->err));
    assert_chained(unit, store, 1, 1550);
    assert_chained(unit, store, 2, 1550);
    MUST(tx_begin(&tx, store, &unit->err));
    MUST(store_audit_put(store, &next, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    assert_chained(unit, store, 1, 1551);
}

UNIT(what_is_under_way_before_there_were_counters_is_counted_by_their_step)
{
    struct db *db = open_db(unit, support_dir(unit->arena));

    MUST(store_migrate(driver, db, embedded_files, step_before("_limits.sql"), &unit->err));
    MUST(driver->exec(db, old_rows_1, &unit->err));
    MUST(driver->exec(
        db,
        "UPDATE device SET site = 'harbour';"
        "INSERT INTO device (id, tenant_id, controller_id, state, site, created_ms)"
        " VALUES (2, 1, 'mfp-2', 'active', 'harbour', 1), (3, 1, 'mfp-3', 'active', '', 1),"
        " (4, 1, 'mfp-4', 'retired', 'harbour', 1);"
        "INSERT INTO action (id, tenant_id, device_id, release_id, state, kind, modules, created_ms,"
        " updated_ms) VALUES (2, 1, 2, 1, 'installing', 'forced', '1', 1, 1),"
        " (3, 1, 3, 1, 'soaking', 'forced', '1', 1, 1);",
        &unit->err));
    MUST(store_migrate(driver, db, embedded_files, 0, &unit->err));
    assert_string_equal(ask_one(unit, db, "SELECT devices FROM site_machines WHERE site = 'harbour'"), "2");
    assert_string_equal(count_rows(unit, db, "site_machines"), "1");
    assert_string_equal(ask_one(unit, db,
                                "SELECT group_concat(rollout_id || site || devices, ' ') FROM"
                                " (SELECT * FROM under_way ORDER BY rollout_id, site)"),
                        "02 0harbour2 11 1harbour1");
    must_be_sound(unit, db);
}

UNIT(the_reason_of_a_quarantine_that_only_the_audit_log_knew_comes_with_its_step)
{
    struct db *db = open_db(unit, support_dir(unit->arena));

    MUST(store_migrate(driver, db, embedded_files, step_before("_quarantine.sql"), &unit->err));
    MUST(driver->exec(
        db,
        "INSERT INTO tenant (id, name, poll_sleep_s, created_ms) VALUES (1, 'DEFAULT', 300, 1);"
        "INSERT INTO device (id, tenant_id, controller_id, state, created_ms)"
        " VALUES (1, 1, 'mfp-1', 'quarantined', 7), (2, 1, 'mfp-2', 'active', 7), (3, 1, 'mfp-3', "
        "'quarantined', 7);"
        "INSERT INTO audit (tenant_id, at_ms, who, role, what, object, detail, source, request_id, no, "
        "digest) VALUES"
        " (1, 8, 'service', '', 'device.quarantine', 'mfp-1', 'an older one', '', '', 1, 'a'),"
        " (1, 9, 'service', '', 'device.quarantine', 'mfp-1', 'report 2 came with other words', '', '', 2, "
        "'b');",
        &unit->err));
    MUST(store_migrate(driver, db, embedded_files, 0, &unit->err));
    assert_string_equal(ask_one(unit, db,
                                "SELECT group_concat(device_id || ' ' || at_ms || ' ' || why, '; ') FROM"
                                " (SELECT * FROM device_quarantine ORDER BY device_id)"),
                        "1 9 report 2 came with other words; 3 7 ");
    must_be_sound(unit, db);
}

UNIT(a_step_may_rebuild_a_table_that_others_name)
{
    const struct embedded files[] = {
        *step_1(), {"0002_colour.sql", rebuild, sizeof(rebuild) - 1}, {NULL, NULL, 0}};
    const char *tables[64];
    size_t count = 0;
    struct db *db = database_of_step_1(unit, support_dir(unit->arena), tables, &count);
    struct err err;
    int64_t version = 0;

    MUST(store_migrate(driver, db, files, 0, &unit->err));
    assert_string_equal(ask_one(unit, db, "SELECT colour FROM family WHERE name = 'c400'"), "grey");
    assert_string_equal(count_rows(unit, db, "engineer_key"), "1");
    must_be_sound(unit, db);
    MUST(driver->version_get(db, &version, &unit->err));
    assert_int_equal(version, 2);
    /* Keys are enforced again. */
    assert_false(driver->exec(db, "INSERT INTO engineer_key VALUES (77, 'k', 'p', 'n', 1, 0)", &err));
    assert_int_equal(err.code, ERR_CONFLICT);
}

UNIT(a_step_that_fails_half_way_leaves_nothing)
{
    const struct embedded files[] = {
        *step_1(),
        {"0002_bad.sql", "CREATE TABLE half (id INTEGER); SELECT * FROM nowhere;", 0},
        {NULL, NULL, 0}};
    struct db *db = open_db(unit, support_dir(unit->arena));
    int64_t version = 0;

    assert_false(store_migrate(driver, db, files, 0, &unit->err));
    SAYS("0002_bad.sql");
    MUST(driver->version_get(db, &version, &unit->err));
    assert_int_equal(version, 1);
    assert_string_equal(ask_one(unit, db, "SELECT count(*) FROM sqlite_schema WHERE name = 'half'"), "0");
}

UNIT(a_step_that_leaves_rows_pointing_nowhere_is_refused)
{
    const struct embedded files[] = {*step_1(), {"0002_bad.sql", "DELETE FROM family;", 0}, {NULL, NULL, 0}};
    const char *tables[64];
    size_t count = 0;
    struct db *db = database_of_step_1(unit, support_dir(unit->arena), tables, &count);

    REFUSES(ERR_CORRUPT, store_migrate(driver, db, files, 0, &unit->err));
    SAYS("engineer_key");
    assert_string_equal(count_rows(unit, db, "family"), "1");
}

UNIT(a_gap_between_steps_is_refused_and_other_files_are_passed_over)
{
    const struct embedded gap[] = {*step_1(), {"0003_later.sql", "", 0}, {NULL, NULL, 0}};
    const struct embedded strangers[] = {*step_1(),
                                         {"app.js", "no SQL", 0},
                                         {"002_short.sql", "no SQL", 0},
                                         {"0002_notes.txt", "no SQL", 0},
                                         {NULL, NULL, 0}};
    struct db *db = open_db(unit, support_dir(unit->arena));

    REFUSES(ERR_INVALID, store_migrate(driver, db, gap, 0, &unit->err));
    MUST(store_migrate(driver, db, strangers, 0, &unit->err));
}

UNIT(a_newer_database_is_refused_and_left_alone)
{
    char *dir = support_dir(unit->arena);
    struct store *store = NULL;
    struct db *db = NULL;

    MUST(driver->open(&db, arena_printf(unit->arena, "%s/nightshift.db", dir), DB_WRITER, &unit->err));
    MUST(driver->version_put(db, 999, &unit->err));
    driver->close(db);
    REFUSES(ERR_CONFLICT,
            store_open(&store, &(struct store_options){.dir = dir, .ballast_bytes = -1}, &unit->err));
    SAYS("999");
    assert_null(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(rows_in_every_table_of_the_first_step_live_through_all_steps),
        UNIT_TEST(audit_records_from_before_the_chain_are_chained_by_its_step),
        UNIT_TEST(rows_of_the_second_step_live_through_the_later_ones),
        UNIT_TEST(what_is_under_way_before_there_were_counters_is_counted_by_their_step),
        UNIT_TEST(the_reason_of_a_quarantine_that_only_the_audit_log_knew_comes_with_its_step),
        UNIT_TEST(a_step_may_rebuild_a_table_that_others_name),
        UNIT_TEST(a_step_that_fails_half_way_leaves_nothing),
        UNIT_TEST(a_step_that_leaves_rows_pointing_nowhere_is_refused),
        UNIT_TEST(a_gap_between_steps_is_refused_and_other_files_are_passed_over),
        UNIT_TEST(a_newer_database_is_refused_and_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
