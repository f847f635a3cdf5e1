#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "store/private.h"
#include "store/query.h"
#include "support/store.h"
#include "support/unit.h"

static int64_t take(struct unit *unit, struct store *store, bool is_kept)
{
    AUTO(tx_end) struct tx tx = {0};
    int64_t value = 0;

    MUST(tx_begin(&tx, store, &unit->err));
    MUST(store_counter_take(store, "action", &value, &unit->err));
    assert_true(!is_kept || tx_commit(&tx, &unit->err));
    return value;
}

UNIT(counters_rise_and_skip_multiples_of_ten)
{
    struct store *store = support_store(unit->arena, NULL);
    int64_t before = 0;

    for (int i = 0; i < 25; i++) {
        int64_t value = take(unit, store, true);

        assert_true(value > before);
        assert_int_not_equal(value % 10, 0);
        before = value;
    }
    assert_int_equal(before, 27);
}

UNIT(what_is_not_committed_never_happened)
{
    struct store *store = support_store(unit->arena, NULL);
    uint64_t generation = store_generation(store);

    assert_int_equal(take(unit, store, false), 1);
    assert_int_equal(store_generation(store), generation);
    assert_int_equal(take(unit, store, true), 1);
    assert_int_equal(store_generation(store), generation + 1);
}

UNIT(a_committed_row_is_there_after_reopening)
{
    char *dir = support_dir(unit->arena);
    struct store *store = NULL;
    const struct store_options options = {.dir = dir, .ballast_bytes = -1};

    MUST(store_open(&store, &options, &unit->err));
    take(unit, store, true);
    store_closep(&store);
    MUST(store_open(&store, &options, &unit->err));
    assert_int_equal(take(unit, store, true), 2);
    store_closep(&store);
}

UNIT(an_unknown_counter_is_not_found)
{
    AUTO(tx_end) struct tx tx = {0};
    struct store *store = support_store(unit->arena, NULL);
    int64_t value = 7;

    MUST(tx_begin(&tx, store, &unit->err));
    REFUSES(ERR_NOT_FOUND, store_counter_take(store, "nothing", &value, &unit->err));
    assert_int_equal(value, 7);
}

UNIT(a_second_service_on_one_folder_is_refused)
{
    char *dir;
    struct store *first = support_store(unit->arena, &dir), *second = NULL;

    MUST(store_ready(first, &unit->err));
    REFUSES(ERR_LOCKED,
            store_open(&second, &(struct store_options){.dir = dir, .ballast_bytes = -1}, &unit->err));
    assert_null(second);
}

UNIT(a_reader_beside_the_service_sees_rows_and_cannot_write)
{
    AUTO(store_closep) struct store *reader = NULL;
    AUTO(tx_end) struct tx tx = {0};
    char *dir;
    struct store *store = support_store(unit->arena, &dir);

    take(unit, store, true);
    MUST(store_open(&reader, &(struct store_options){.dir = dir, .is_read_only = true}, &unit->err));
    MUST(store_ready(reader, &unit->err));
    REFUSES(ERR_FORBIDDEN, tx_begin(&tx, reader, &unit->err));
}

UNIT(a_file_that_is_no_database_is_corrupt_and_says_what_helps)
{
    struct store *store = NULL;
    char *dir = support_dir(unit->arena);
    FILE *file = fopen(arena_printf(unit->arena, "%s/nightshift.db", dir), "w");

    for (int i = 0; i < 1000; i++)
        fputs("no database ", file);
    fclose(file);
    REFUSES(ERR_CORRUPT,
            store_open(&store, &(struct store_options){.dir = dir, .ballast_bytes = -1}, &unit->err));
    assert_non_null(strstr(unit->err.text, "nightshift store check"));
    assert_non_null(strstr(unit->err.text, "nightshift admin restore BACKUP --dir NEW"));
}

static void *read_in_a_thread(void *at)
{
    AUTO(query_end) struct query q = query_new(at, SQL_counter_count);
    struct err mine;

    return query_step(&q, &mine) == STEP_ROW ? (void *)(intptr_t)row_int(&q) : NULL;
}

UNIT(strangers_on_the_machine_do_not_read_the_database)
{
    static const char *const names[] = {"nightshift.db", "nightshift.db-wal", "nightshift.db-shm"};
    char *dir;
    struct store *store = support_store(unit->arena, &dir);
    struct tx tx;
    int64_t id;

    MUST(tx_begin(&tx, store, &unit->err));
    MUST(store_counter_take(store, "action", &id, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    for (size_t i = 0; i < COUNT(names); i++) {
        struct stat st;

        assert_int_equal(stat(arena_printf(unit->arena, "%s/%s", dir, names[i]), &st), 0);
        assert_int_equal(st.st_mode & 07, 0);
    }
}

UNIT(readers_see_the_last_commit_and_not_the_open_transaction)
{
    struct store *store = support_store(unit->arena, NULL);

    for (int i = 0; i < 20; i++) { /* threads come and go; their seats with them */
        AUTO(tx_end) struct tx tx = {0};
        pthread_t thread;
        void *count = NULL;

        MUST(tx_begin(&tx, store, &unit->err));
        assert_int_equal(pthread_create(&thread, NULL, read_in_a_thread, store), 0);
        pthread_join(thread, &count);
        assert_int_equal((intptr_t)count, 2);
        MUST(tx_commit(&tx, &unit->err));
    }
}

UNIT(one_statement_may_run_inside_itself)
{
    struct store *store = support_store(unit->arena, NULL);
    AUTO(query_end) struct query outer = query_new(store, SQL_counter_count);

    assert_int_equal(query_step(&outer, &unit->err), STEP_ROW);
    {
        AUTO(query_end) struct query inner = query_new(store, SQL_counter_count);
        assert_int_equal(query_step(&inner, &unit->err), STEP_ROW);
        assert_int_equal(row_int(&inner), 2);
    }
    assert_int_equal(row_int(&outer), 2);
}

UNIT(figures_count_what_happened)
{
    struct store *store = support_store(unit->arena, NULL);
    struct store_figures figures;

    take(unit, store, true);
    take(unit, store, true);
    take(unit, store, false);
    store_figures(store, &figures);
    assert_int_equal(figures.transactions, 2);
    assert_int_equal(figures.commits, 2);
    assert_int_equal(figures.rollbacks, 1);
    assert_true(figures.db_bytes > 0);
}

UNIT(ballast_is_made_where_there_is_room)
{
    AUTO(store_closep) struct store *store = NULL;
    char *dir = support_dir(unit->arena);

    MUST(store_open(&store, &(struct store_options){.dir = dir, .ballast_bytes = 65536}, &unit->err));
    assert_int_equal(access(arena_printf(unit->arena, "%s/ballast", dir), R_OK), 0);
}

/* ---- our own bugs stop the program ------------------------------------------------------ */

static void bind_too_few(struct store *store, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_site_get);

    query_int(&q, 1);
    query_step(&q, err);
}

static void bind_too_many(struct store *store, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_counter_count);

    query_int(&q, 1);
    query_step(&q, err);
}

static void read_too_few(struct store *store, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_counter_count);

    query_step(&q, err);
}

static void read_too_many(struct store *store, struct err *err)
{
    AUTO(query_end) struct query q = query_new(store, SQL_counter_count);

    query_step(&q, err);
    row_int(&q);
    row_int(&q);
}

static void change_outside_a_transaction(struct store *store, struct err *err)
{
    int64_t value;

    if (store_counter_take(store, "action", &value, err))
        return;
}

static void begin_twice(struct store *store, struct err *err)
{
    struct tx one = {0}, two = {0};

    if (tx_begin(&one, store, err) && tx_begin(&two, store, err))
        return;
}

static bool is_aborting(struct store *store, void (*bug)(struct store *store, struct err *err))
{
    pid_t child = fork();
    int status = 0;

    if (child == 0) {
        struct err err;

        if (!freopen("/dev/null", "w", stderr))
            _exit(1);
        signal(SIGABRT, SIG_DFL);
        bug(store, &err);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

/* Rows of many sizes: in a page with others, and with pages of their own. */
static const char rows_that_go[] =
    "CREATE TABLE gone (id INTEGER PRIMARY KEY, header TEXT);"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)"
    " INSERT INTO gone SELECT i, replace(hex(zeroblob(i * i / 20 + 1)), '00', 'HUSH4EVER') FROM n;"
    "UPDATE gone SET header = '' WHERE id % 3 = 0;"
    "DELETE FROM gone WHERE id % 3 = 1;"
    "UPDATE gone SET header = 'kept' WHERE id % 3 = 2;"
    "DELETE FROM gone WHERE id < 300";

UNIT(what_was_deleted_is_not_in_the_file)
{
    char *dir = support_dir(unit->arena);
    struct store *store = NULL;
    const struct store_options options = {.dir = dir, .ballast_bytes = -1};
    const char *path = arena_printf(unit->arena, "%s/nightshift.db", dir);
    struct span bytes;

    MUST(store_open(&store, &options, &unit->err));
    MUST(store->driver->exec(store->writer.db, rows_that_go, &unit->err));
    store_closep(&store); /* the log goes into the file, and away */
    MUST(file_read(unit->arena, path, 1 << 30, &bytes, &unit->err));
    assert_non_null(memmem(bytes.at, bytes.size, "kept", 4));
    assert_null(memmem(bytes.at, bytes.size, "HUSH", 4));
    assert_false(file_exists(arena_printf(unit->arena, "%s-wal", path)));
}

static bool rests(struct unit *unit, const char *path, const char *words)
{
    struct span bytes = {NULL, 0};

    MUST(file_read(unit->arena, path, 1 << 30, &bytes, &unit->err));
    return memmem(bytes.at, bytes.size, words, strlen(words)) != NULL;
}

static void write_in_tx(struct unit *unit, struct store *store, const char *script, bool purges)
{
    AUTO(tx_end) struct tx tx = {0};

    MUST(tx_begin(&tx, store, &unit->err));
    MUST(store->driver->exec(store->writer.db, script, &unit->err));
    if (purges)
        store_purge(store);
    MUST(tx_commit(&tx, &unit->err));
}

UNIT(what_a_purging_transaction_deleted_is_not_in_the_log_either)
{
    char *dir = support_dir(unit->arena);
    AUTO(store_closep) struct store *store = NULL;
    const struct store_options options = {.dir = dir, .ballast_bytes = -1};
    const char *file = arena_printf(unit->arena, "%s/nightshift.db", dir);
    const char *log = arena_printf(unit->arena, "%s-wal", file);

    MUST(store_open(&store, &options, &unit->err));
    write_in_tx(unit, store, "CREATE TABLE gone (id INTEGER PRIMARY KEY, header TEXT)", false);
    write_in_tx(unit, store, "INSERT INTO gone VALUES (1, 'HUSH4EVER')", false);
    write_in_tx(unit, store, "INSERT INTO gone VALUES (2, 'kept')", false);
    assert_true(rests(unit, log, "HUSH"));
    write_in_tx(unit, store, "UPDATE gone SET header = '' WHERE id = 1", true);
    assert_false(rests(unit, log, "HUSH"));
    assert_false(rests(unit, file, "HUSH"));
    assert_true(rests(unit, file, "kept"));
}

UNIT(wrong_counts_and_lost_transactions_stop_the_program)
{
    struct store *store = support_store(unit->arena, NULL);

    assert_true(is_aborting(store, bind_too_few));
    assert_true(is_aborting(store, bind_too_many));
    assert_true(is_aborting(store, read_too_few));
    assert_true(is_aborting(store, read_too_many));
    assert_true(is_aborting(store, change_outside_a_transaction));
    assert_true(is_aborting(store, begin_twice));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(counters_rise_and_skip_multiples_of_ten),
        UNIT_TEST(what_is_not_committed_never_happened),
        UNIT_TEST(a_committed_row_is_there_after_reopening),
        UNIT_TEST(an_unknown_counter_is_not_found),
        UNIT_TEST(a_second_service_on_one_folder_is_refused),
        UNIT_TEST(a_reader_beside_the_service_sees_rows_and_cannot_write),
        UNIT_TEST(a_file_that_is_no_database_is_corrupt_and_says_what_helps),
        UNIT_TEST(strangers_on_the_machine_do_not_read_the_database),
        UNIT_TEST(readers_see_the_last_commit_and_not_the_open_transaction),
        UNIT_TEST(one_statement_may_run_inside_itself),
        UNIT_TEST(figures_count_what_happened),
        UNIT_TEST(ballast_is_made_where_there_is_room),
        UNIT_TEST(what_was_deleted_is_not_in_the_file),
        UNIT_TEST(what_a_purging_transaction_deleted_is_not_in_the_log_either),
        UNIT_TEST(wrong_counts_and_lost_transactions_stop_the_program),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
