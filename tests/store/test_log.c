/* The write-ahead log beside the database stays short, also where somebody reads for long. */
#include <sys/stat.h>

#include "store/private.h"
#include "support/store.h"
#include "support/unit.h"

#define MIB (1 << 20)

static int64_t size_of(const char *path)
{
    struct stat stat_of;

    assert_int_equal(stat(path, &stat_of), 0);
    return stat_of.st_size;
}

static void write_mib(struct unit *unit, struct store *store, int mib)
{
    for (int i = 0; i < mib * 16; i++) {
        AUTO(tx_end) struct tx tx = {0};

        MUST(tx_begin(&tx, store, &unit->err));
        MUST(store->driver->exec(store->writer.db, "INSERT INTO fill (bytes) VALUES (randomblob(62000))",
                                 &unit->err));
        MUST(tx_commit(&tx, &unit->err));
    }
}

static struct store *store_to_fill(struct unit *unit, const char *dir)
{
    struct store *store = NULL;
    const struct store_options options = {.dir = dir, .ballast_bytes = -1};

    MUST(store_open(&store, &options, &unit->err));
    MUST(store->driver->exec(store->writer.db, "CREATE TABLE fill (id INTEGER PRIMARY KEY, bytes BLOB)",
                             &unit->err));
    write_mib(unit, store, 1);
    return store;
}

UNIT(the_log_begins_anew_at_four_mib)
{
    char *dir = support_dir(unit->arena);
    AUTO(store_closep) struct store *store = store_to_fill(unit, dir);

    write_mib(unit, store, 12);
    assert_in_range(size_of(arena_printf(unit->arena, "%s/nightshift.db-wal", dir)), 4 * MIB, 5 * MIB);
}

UNIT(a_reader_that_was_in_the_way_is_not_waited_for_another_four_mib)
{
    char *dir = support_dir(unit->arena);
    AUTO(store_closep) struct store *store = store_to_fill(unit, dir);
    const char *path = arena_printf(unit->arena, "%s/nightshift.db", dir);
    struct db *reader = NULL;
    struct db_stmt *reading = NULL;

    MUST(store->driver->open(&reader, path, DB_READER, &unit->err));
    MUST(store->driver->prepare(reader, "SELECT id FROM fill", &reading, &unit->err));
    assert_int_equal(store->driver->step(reading, &unit->err), STEP_ROW);
    write_mib(unit, store, 5);
    store->driver->release(reading);
    store->driver->close(reader);
    write_mib(unit, store, 6);
    assert_in_range(size_of(arena_printf(unit->arena, "%s-wal", path)), 5 * MIB, 7 * MIB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(the_log_begins_anew_at_four_mib),
        UNIT_TEST(a_reader_that_was_in_the_way_is_not_waited_for_another_four_mib),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
