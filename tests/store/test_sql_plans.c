#include <stdio.h>

#include "store/db.h"
#include "support/store.h"
#include "support/unit.h"

/* Statements that may walk through a whole table, and why that is fine. */
static const struct {
    enum sql sql;
    const char *why;
} may_scan[] = {
    {SQL_counter_count, "two rows"},
    {SQL_blob_list, "the check reads everything"},
    {SQL_module_newest, "the newest some hundred, once at the start"},
    {SQL_fleet_differs, "the check counts everything"},
    {SQL_claim_drop, "swept now and then; claims are few"},
    {SQL_answer_drop, "swept now and then; a day's answers"},
    {SQL_drift_pending, "its index holds only those not compared yet"},
    {SQL_restore_spent, "its index holds only those not swept yet"},
    {SQL_device_report_attacks, "its index holds only those that are attacked"},
    {SQL_family_reach, "counts the few that an index was asked for"},
    {SQL_upload_expired, "swept now and then; unfinished uploads are few"},
    {SQL_upload_bytes, "unfinished uploads are few"},
    {SQL_upload_count, "unfinished uploads are few"},
};

static const char *why_it_may(enum sql sql)
{
    for (size_t i = 0; i < COUNT(may_scan); i++)
        if (may_scan[i].sql == sql)
            return may_scan[i].why;
    return NULL;
}

/* A line of the plan that walks through all of something that rests. */
static bool is_scan(const char *line)
{
    return strncmp(line, "SCAN ", 5) == 0 && strcmp(line, "SCAN CONSTANT ROW") != 0 &&
           strncmp(line, "SCAN json_each", 14) != 0;
}

static bool is_sort(const char *line)
{
    return strncmp(line, "USE TEMP B-TREE", 15) == 0;
}

/* The first such line in the plan of a statement, or NULL. */
static const char *line_of(struct unit *unit, struct db *db, enum sql sql, bool (*is_such)(const char *line))
{
    char *text = arena_printf(unit->arena, "EXPLAIN QUERY PLAN %s", sql_text[sql]);
    struct db_stmt *stmt = NULL;
    const char *found = NULL;
    enum step step;

    if (!db_sqlite.prepare(db, text, &stmt, &unit->err))
        fail_msg("SQL_%s: %s", sql_name[sql], unit->err.text);
    while ((step = db_sqlite.step(stmt, &unit->err)) == STEP_ROW) {
        const char *line = arena_text(unit->arena, db_sqlite.column_bytes(stmt, 3));

        if (!found && is_such(line))
            found = line;
    }
    db_sqlite.release(stmt);
    assert_int_equal(step, STEP_DONE);
    return found;
}

UNIT(no_statement_walks_through_a_table_but_those_on_the_list)
{
    char *dir;
    struct db *db = NULL;
    int bad = 0;

    support_store(unit->arena, &dir);
    MUST(db_sqlite.open(&db, arena_printf(unit->arena, "%s/nightshift.db", dir), DB_READER, &unit->err));
    for (enum sql sql = 0; sql < SQL__MAX; sql++) {
        const char *scan = line_of(unit, db, sql, is_scan), *why = why_it_may(sql);

        if (scan && !why)
            fprintf(stderr, "SQL_%s: %s\n", sql_name[sql], scan);
        if (!scan && why)
            fprintf(stderr, "SQL_%s is on the list and does not scan\n", sql_name[sql]);
        bad += (scan != NULL) != (why != NULL);
    }
    db_sqlite.close(db);
    assert_int_equal(bad, 0);
}

UNIT(a_page_of_devices_comes_in_order_from_an_index_and_is_not_sorted_out_of_the_whole_fleet)
{
    char *dir;
    struct db *db = NULL;

    support_store(unit->arena, &dir);
    MUST(db_sqlite.open(&db, arena_printf(unit->arena, "%s/nightshift.db", dir), DB_READER, &unit->err));
    assert_null(line_of(unit, db, SQL_device_list, is_sort));
    assert_null(line_of(unit, db, SQL_device_named, is_sort));
    /* The word that is looked for is still theirs. */
    assert_non_null(line_of(unit, db, SQL_fleet_differs, is_sort));
    db_sqlite.close(db);
}

static bool is_of_backed_up(const char *line)
{
    return strstr(line, "device_backed_up") != NULL;
}

/* Every few seconds, over the whole fleet. */
UNIT(rules_about_backups_look_only_at_devices_that_have_one)
{
    char *dir;
    struct db *db = NULL;

    support_store(unit->arena, &dir);
    MUST(db_sqlite.open(&db, arena_printf(unit->arena, "%s/nightshift.db", dir), DB_READER, &unit->err));
    assert_non_null(line_of(unit, db, SQL_backup_devices, is_of_backed_up));
    db_sqlite.close(db);
}

/* The same text must serve a database that reads $1 by its number. */
UNIT(every_statement_numbers_its_values_from_one_without_gaps)
{
    char *dir;
    struct db *db = NULL;

    support_store(unit->arena, &dir);
    MUST(db_sqlite.open(&db, arena_printf(unit->arena, "%s/nightshift.db", dir), DB_READER, &unit->err));
    for (enum sql sql = 0; sql < SQL__MAX; sql++) {
        struct db_stmt *stmt = NULL;

        if (!db_sqlite.prepare(db, sql_text[sql], &stmt, &unit->err))
            fail_msg("SQL_%s: %s", sql_name[sql], unit->err.text);
        db_sqlite.release(stmt);
    }
    struct db_stmt *stmt = NULL;
    REFUSES(ERR_INVALID, db_sqlite.prepare(db, "SELECT $1, $3", &stmt, &unit->err));
    db_sqlite.close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(no_statement_walks_through_a_table_but_those_on_the_list),
        UNIT_TEST(a_page_of_devices_comes_in_order_from_an_index_and_is_not_sorted_out_of_the_whole_fleet),
        UNIT_TEST(rules_about_backups_look_only_at_devices_that_have_one),
        UNIT_TEST(every_statement_numbers_its_values_from_one_without_gaps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
