/* The program is killed in the middle of an upgrade, at each call by which SQLite changes a file: the next start
 * finishes it, and every row is there. From the step before the last one at all of them; from the first step through all
 * at each nth only, or at every one with NIGHTSHIFT_LONG=1. */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/embedded.h"
#include "base/file.h"
#include "store/check.h"
#include "store/private.h"
#include "store/stop.h"
#include "support/old_rows.h"
#include "support/store.h"
#include "support/unit.h"
#include "support/vfs.h"

#define POINTS_MAX 20000
#define BYTES_MAX (64 << 20)

static const struct db_driver *const driver = &db_sqlite;

static const char *in(struct arena *arena, const char *dir)
{
    return arena_printf(arena, "%s/nightshift.db", dir);
}

/* A database with rows, as the program of that step left it; whole in one file. */
static struct span old_database(struct unit *unit, int64_t step)
{
    char *dir = support_dir(unit->arena);
    struct db *db = NULL;
    struct span bytes;

    MUST(driver->open(&db, in(unit->arena, dir), DB_WRITER, &unit->err));
    MUST(store_migrate(driver, db, embedded_files, 1, &unit->err));
    MUST(driver->exec(db, old_rows_1, &unit->err));
    if (step > 1) {
        MUST(store_migrate(driver, db, embedded_files, 2, &unit->err));
        MUST(driver->exec(db, old_rows_2, &unit->err));
        MUST(store_migrate(driver, db, embedded_files, step, &unit->err));
    }
    driver->close(db);
    MUST(file_read(unit->arena, in(unit->arena, dir), BYTES_MAX, &bytes, &unit->err));
    return bytes;
}

static bool upgrade(const char *dir)
{
    const struct store_options options = {.dir = dir, .ballast_bytes = -1};
    AUTO(store_closep) struct store *store = NULL;
    struct err err;

    return store_open(&store, &options, &err);
}

/* Was it killed? */
static bool killed_at(const char *dir, int nth)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        vfs_arm(VFS_KILL, nth, false);
        _exit(upgrade(dir) ? 0 : 1);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true((WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
                (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
    return WIFSIGNALED(status);
}

static const char *ask(struct unit *unit, struct db *db, const char *sql)
{
    struct db_stmt *stmt = NULL;
    const char *answer = "";

    MUST(driver->prepare(db, sql, &stmt, &unit->err));
    if (driver->step(stmt, &unit->err) == STEP_ROW)
        answer = arena_text(unit->arena, driver->column_bytes(stmt, 0));
    driver->release(stmt);
    return answer;
}

static void look(struct unit *unit, const char *dir)
{
    const struct store_options options = {.dir = dir, .ballast_bytes = -1, .is_glanced_over = false};
    AUTO(store_closep) struct store *store = NULL;
    struct db *db;
    int64_t last = 0, version = 0;

    MUST(store_open(&store, &options, &unit->err));
    db = store->writer.db;
    MUST(store_migrate_last(embedded_files, &last, &unit->err));
    MUST(driver->version_get(db, &version, &unit->err));
    assert_int_equal(version, last);
    assert_string_equal(ask(unit, db, "PRAGMA integrity_check"), "ok");
    assert_string_equal(ask(unit, db, "SELECT count(*) FROM pragma_foreign_key_check"), "0");
    assert_string_equal(ask(unit, db, "SELECT name || count(*) FROM tenant"), "DEFAULT1");
    assert_string_equal(ask(unit, db, "SELECT release_id FROM action WHERE id = 1"), "1");
    assert_string_equal(ask(unit, db, "SELECT count(*) FROM audit"), "1");
}

static void kill_everywhere(struct unit *unit, int64_t from, int step)
{
    struct span old = old_database(unit, from);
    bool was_killed = true;
    int points = 0;

    for (int nth = 1; was_killed && nth < POINTS_MAX; nth += step) {
        AUTO(arena_freep) struct arena *arena = arena_new();
        char *dir = support_dir(arena);

        MUST(file_write_whole(in(arena, dir), old, 0600, &unit->err));
        was_killed = killed_at(dir, nth);
        points += was_killed;
        look(unit, dir);
    }
    assert_false(was_killed);
    printf("from step %d: %d kills\n", (int)from, points);
    assert_true(points > 2);
}

UNIT(an_upgrade_by_one_step_that_is_killed_is_finished_by_the_next_start)
{
    int64_t last = 0;

    MUST(store_migrate_last(embedded_files, &last, &unit->err));
    kill_everywhere(unit, last - 1, 1);
}

UNIT(an_upgrade_from_the_first_step_that_is_killed_is_finished_by_the_next_start)
{
    kill_everywhere(unit, 1, getenv("NIGHTSHIFT_LONG") ? 1 : 47);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(an_upgrade_by_one_step_that_is_killed_is_finished_by_the_next_start),
        UNIT_TEST(an_upgrade_from_the_first_step_that_is_killed_is_finished_by_the_next_start),
    };

    support_memory_dir();
    vfs_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
