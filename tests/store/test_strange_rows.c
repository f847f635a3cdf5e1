/* A row whose word nobody knows, from a newer program or a damaged disk, is said to be corrupt by whoever reads it: it is
 * never taken for the first word of the list. And what the store refuses when its own figures are at their end. */
#include <stdio.h>

#include "base/embedded.h"
#include "model/action.h"
#include "model/backup.h"
#include "model/device.h"
#include "model/release.h"
#include "model/restore.h"
#include "model/rollout.h"
#include "store/actions.h"
#include "store/backups.h"
#include "store/devices.h"
#include "store/operators.h"
#include "store/private.h"
#include "store/releases.h"
#include "store/restores.h"
#include "store/rollouts.h"
#include "support/old_rows.h"
#include "support/store.h"
#include "support/unit.h"

static const struct db_driver *const driver = &db_sqlite;

static void old_database(struct unit *unit, const char *dir)
{
    struct db *db = NULL;

    MUST(driver->open(&db, arena_printf(unit->arena, "%s/nightshift.db", dir), DB_WRITER, &unit->err));
    MUST(store_migrate(driver, db, embedded_files, 1, &unit->err));
    MUST(driver->exec(db, old_rows_1, &unit->err));
    MUST(store_migrate(driver, db, embedded_files, 2, &unit->err));
    MUST(driver->exec(db, old_rows_2, &unit->err));
    driver->close(db);
}

static struct store *with_rows(struct unit *unit)
{
    const char *dir = support_dir(unit->arena);

    old_database(unit, dir);
    return support_store_open(unit->arena, dir);
}

static bool read_device(struct store *store, struct arena *arena, struct err *err)
{
    struct device device;

    return store_device_get(store, arena, 1, "mfp-1", &device, err);
}

static bool read_action(struct store *store, struct arena *arena, struct err *err)
{
    struct action action;

    return store_action_get(store, arena, 1, 1, &action, err);
}

static bool read_release(struct store *store, struct arena *arena, struct err *err)
{
    struct release release;

    return store_release_get(store, arena, 1, 1, &release, err);
}

static bool read_rollout(struct store *store, struct arena *arena, struct err *err)
{
    struct rollout rollout;

    return store_rollout_get(store, arena, 1, 1, &rollout, err);
}

static bool read_stages(struct store *store, struct arena *arena, struct err *err)
{
    struct rollout_stage *stages;
    size_t count;

    return store_stage_list(store, arena, 1, &stages, &count, err);
}

static bool read_operator(struct store *store, struct arena *arena, struct err *err)
{
    struct operator operator;

    return store_operator_find(store, arena, "h", &operator, err);
}

static bool read_backup(struct store *store, struct arena *arena, struct err *err)
{
    struct backup backup;

    return store_backup_get(store, arena, 1, 1, &backup, err);
}

static bool read_restore(struct store *store, struct arena *arena, struct err *err)
{
    struct restore restore;

    return store_restore_get(store, arena, 1, 1, &restore, err);
}

UNIT(a_word_that_nobody_knows_is_corrupt_and_never_another_word)
{
    static const struct {
        bool (*read)(struct store *store, struct arena *arena, struct err *err);
        const char *table, *column;
    } rows[] = {
        {read_device, "device", "state"},    {read_device, "device", "quirk"},
        {read_action, "action", "state"},    {read_action, "action", "kind"},
        {read_release, "release", "state"},  {read_rollout, "rollout", "state"},
        {read_rollout, "rollout", "kind"},   {read_stages, "rollout_stage", "kind"},
        {read_operator, "operator", "role"}, {read_backup, "backup", "trigger_why"},
        {read_restore, "restore", "state"},
    };
    struct store *store = with_rows(unit);

    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *table = rows[i].table, *column = rows[i].column;
        const char *strange = arena_printf(unit->arena, "UPDATE %s SET %s = 'moonlit'", table, column);

        MUST(rows[i].read(store, unit->arena, &unit->err));
        MUST(driver->exec(store->writer.db,
                          arena_printf(unit->arena, "CREATE TEMP TABLE kept AS SELECT * FROM %s", table),
                          &unit->err));
        MUST(driver->exec(store->writer.db, strange, &unit->err));
        if (rows[i].read(store, unit->arena, &unit->err))
            fail_msg("%s.%s is read as something", table, column);
        assert_string_equal(err_word(unit->err.code), "corrupt");
        MUST(driver->exec(
            store->writer.db,
            arena_printf(
                unit->arena,
                "UPDATE %s SET %s = (SELECT %s FROM kept WHERE kept.rowid = %s.rowid); DROP TABLE kept",
                table, column, column, table),
            &unit->err));
    }
}

UNIT(a_counter_that_clients_could_not_hold_is_used_up)
{
    struct store *store = support_store(unit->arena, NULL);
    AUTO(tx_end) struct tx tx = {0};
    int64_t value = -1;

    MUST(driver->exec(store->writer.db, "UPDATE counter SET value = 2147483647 WHERE name = 'action'",
                      &unit->err));
    MUST(tx_begin(&tx, store, &unit->err));
    REFUSES(ERR_TOO_MANY, store_counter_take(store, "action", &value, &unit->err));
    REFUSES(ERR_NOT_FOUND, store_counter_take(store, "nothing", &value, &unit->err));
    assert_int_equal(value, -1);
}

UNIT(a_store_without_counters_is_not_ready)
{
    struct store *store = support_store(unit->arena, NULL);

    MUST(store_ready(store, &unit->err));
    MUST(driver->exec(store->writer.db,
                      "CREATE TEMP TABLE kept AS SELECT * FROM counter; DELETE FROM counter", &unit->err));
    REFUSES(ERR_CORRUPT, store_ready(store, &unit->err));
    MUST(driver->exec(store->writer.db, "INSERT INTO counter SELECT * FROM kept", &unit->err));
}

/* A backup or a restore beside a service of another version. */
UNIT(a_reader_of_another_version_is_refused)
{
    char *dir = support_dir(unit->arena);
    const struct store_options options = {.dir = dir, .ballast_bytes = -1, .is_read_only = true};
    struct store *store = NULL;

    old_database(unit, dir);
    REFUSES(ERR_CONFLICT, store_open(&store, &options, &unit->err));
    SAYS("at step 2");
    assert_null(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_word_that_nobody_knows_is_corrupt_and_never_another_word),
        UNIT_TEST(a_counter_that_clients_could_not_hold_is_used_up),
        UNIT_TEST(a_store_without_counters_is_not_ready),
        UNIT_TEST(a_reader_of_another_version_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
