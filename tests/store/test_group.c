#include <pthread.h>
#include <sched.h>

#include "store/audits.h"
#include "store/private.h"
#include "support/store.h"
#include "support/unit.h"

#define THREADS 64
#define EACH 40

static bool put(struct store *store, int64_t tenant, const char *object, struct err *err)
{
    const struct audit audit = {
        .tenant_id = tenant, .who = "t", .role = "", .what = "test.put", .object = object};

    return store_audit_put(store, &audit, err);
}

static size_t count_of(struct unit *unit, struct store *store, int64_t tenant)
{
    struct audit *all;
    size_t count = 0;

    MUST(store_audit_list(store, unit->arena, tenant, 0, 1000000, &all, &count, &unit->err));
    return count;
}

struct writer {
    struct store *store;
    int64_t tenant;
    bool is_rolling_back; /* every other time */
    bool is_ok;
    struct err err;
};

static bool write_one(struct writer *writer, int i)
{
    AUTO(tx_end) struct tx tx = {0};

    if (!tx_begin(&tx, writer->store, &writer->err) || !put(writer->store, writer->tenant, "x", &writer->err))
        return false;
    return (writer->is_rolling_back && i % 2) || tx_commit(&tx, &writer->err);
}

static void *write_many(void *at)
{
    struct writer *writer = at;

    writer->is_ok = true;
    for (int i = 0; i < EACH && writer->is_ok; i++)
        writer->is_ok = write_one(writer, i);
    return NULL;
}

static void run_writers(struct unit *unit, struct store *store, bool is_rolling_back)
{
    struct writer writers[THREADS];
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++) {
        writers[i] = (struct writer){.store = store, .tenant = i + 1, .is_rolling_back = is_rolling_back};
        assert_int_equal(pthread_create(&threads[i], NULL, write_many, &writers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < THREADS; i++)
        if (!writers[i].is_ok)
            fail_msg("thread %d: %s", i, writers[i].err.text);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(count_of(unit, store, i + 1), is_rolling_back ? EACH / 2 : EACH);
}

UNIT(transactions_of_many_threads_share_commits_and_all_are_durable)
{
    char *dir = support_dir(unit->arena);
    struct store *store = NULL;
    const struct store_options options = {.dir = dir, .ballast_bytes = -1};
    struct store_figures figures;
    int64_t rows = 0;

    MUST(store_open(&store, &options, &unit->err));
    run_writers(unit, store, false);
    store_figures(store, &figures);
    store_closep(&store);
    assert_int_equal(figures.transactions, THREADS * EACH);
    assert_in_range(figures.commits, 1, THREADS * EACH / 4);
    MUST(store_open(&store, &options, &unit->err));
    for (int i = 0; i < THREADS; i++)
        rows += (int64_t)count_of(unit, store, i + 1);
    store_closep(&store);
    assert_int_equal(rows, THREADS * EACH);
}

UNIT(a_member_that_rolls_back_takes_only_its_own_rows)
{
    struct store *store = support_store(unit->arena, NULL);
    struct store_figures figures;

    run_writers(unit, store, true);
    store_figures(store, &figures);
    assert_int_equal(figures.transactions, THREADS * EACH / 2);
    assert_int_equal(figures.rollbacks, THREADS * EACH / 2);
}

UNIT(commits_far_apart_do_not_wait_for_company)
{
    struct store *store = support_store(unit->arena, NULL);
    struct writer writer = {.store = store, .tenant = 1};
    struct store_figures figures;

    write_many(&writer);
    store_figures(store, &figures);
    assert_int_equal(figures.commits, EACH);
    assert_int_equal(store_generation(store), EACH);
}

/* ---- two threads in one group, step by step ------------------------------------------ */

static void await_waiter(struct store *store)
{
    bool is_there = false;

    while (!is_there) {
        sched_yield();
        pthread_mutex_lock(&store->turn.lock);
        is_there = store->turn.first != NULL;
        pthread_mutex_unlock(&store->turn.lock);
    }
}

struct second {
    struct store *store;
    bool (*end)(struct second *second, struct tx *tx);
    bool is_ok;
    struct err err;
};

static bool second_rolls_back(struct second *second, struct tx *tx)
{
    (void)second;
    tx_end(tx);
    return true;
}

static bool second_fills_the_disk(struct second *second, struct tx *tx)
{
    char large[4096];
    struct err ignored;

    memset(large, 'x', sizeof(large) - 1);
    large[sizeof(large) - 1] = '\0';
    for (int i = 0; i < 1000; i++)
        if (!put(second->store, 2, large, &second->err))
            return tx_commit(tx, &ignored) || second->err.code == ERR_NO_SPACE;
    return false;
}

static void *be_second(void *at)
{
    struct second *second = at;
    struct tx tx = {0};

    second->is_ok = tx_begin(&tx, second->store, &second->err) &&
                    put(second->store, 2, "second", &second->err) && second->end(second, &tx);
    tx_end(&tx);
    return NULL;
}

/* The first member commits only once the second one waits: so the second one ends their group. */
static bool first_commits(struct unit *unit, struct second *second)
{
    AUTO(tx_end) struct tx tx = {0};
    pthread_t thread;
    bool ok;

    MUST(tx_begin(&tx, second->store, &unit->err));
    MUST(put(second->store, 1, "first", &unit->err));
    assert_int_equal(pthread_create(&thread, NULL, be_second, second), 0);
    await_waiter(second->store);
    ok = tx_commit(&tx, &unit->err);
    pthread_join(thread, NULL);
    if (!second->is_ok)
        fail_msg("second: %s", second->err.text);
    return ok;
}

UNIT(a_last_member_that_rolls_back_still_commits_for_the_others)
{
    struct store *store = support_store(unit->arena, NULL);
    struct second second = {.store = store, .end = second_rolls_back};

    MUST(first_commits(unit, &second));
    assert_int_equal(count_of(unit, store, 1), 1);
    assert_int_equal(count_of(unit, store, 2), 0);
}

UNIT(a_full_disk_is_said_and_never_acknowledges_what_is_lost)
{
    struct store *store = support_store(unit->arena, NULL);
    struct second second = {.store = store, .end = second_fills_the_disk};
    bool said_yes;

    MUST(store->driver->exec(store->writer.db, "PRAGMA max_page_count=200", &unit->err));
    said_yes = first_commits(unit, &second);
    assert_int_equal(second.err.code, ERR_NO_SPACE);
    assert_int_equal(count_of(unit, store, 1), said_yes ? 1 : 0);
    MUST(store->driver->exec(store->writer.db, "PRAGMA max_page_count=100000", &unit->err));
    second.end = second_rolls_back;
    MUST(first_commits(unit, &second));
    assert_int_equal(count_of(unit, store, 1), said_yes ? 2 : 1);
}

UNIT(the_log_is_moved_into_the_database_as_it_grows)
{
    struct store *store = support_store(unit->arena, NULL);
    struct store_figures figures;
    char large[16384];

    memset(large, 'x', sizeof(large) - 1);
    large[sizeof(large) - 1] = '\0';
    for (int i = 0; i < 40; i++) {
        AUTO(tx_end) struct tx tx = {0};

        MUST(tx_begin(&tx, store, &unit->err));
        for (int k = 0; k < 25; k++)
            MUST(put(store, 1, large, &unit->err));
        MUST(tx_commit(&tx, &unit->err));
    }
    store_figures(store, &figures);
    assert_true(figures.db_bytes > 8 * 1024 * 1024); /* 16 MiB were written */
    assert_true(figures.wal_bytes < 8 * 1024 * 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(transactions_of_many_threads_share_commits_and_all_are_durable),
        UNIT_TEST(a_member_that_rolls_back_takes_only_its_own_rows),
        UNIT_TEST(commits_far_apart_do_not_wait_for_company),
        UNIT_TEST(a_last_member_that_rolls_back_still_commits_for_the_others),
        UNIT_TEST(a_full_disk_is_said_and_never_acknowledges_what_is_lost),
        UNIT_TEST(the_log_is_moved_into_the_database_as_it_grows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
