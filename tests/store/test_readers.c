/* Connections that read: as many as are wanted at once, lent again and again, and closed when they are not. */
#include <pthread.h>

#include "store/private.h"
#include "support/store.h"
#include "support/unit.h"

#define THREADS 16

static int open_readers(struct store *store)
{
    int count = 0;

    for (const struct reader *reader = store->readers; reader; reader = reader->next)
        count++;
    return count;
}

static void read_once(struct store *store)
{
    AUTO(query_end) struct query q = query_new(store, SQL_counter_count);
    struct err err;

    assert_int_equal(query_step(&q, &err), STEP_ROW);
    assert_true(row_int(&q) > 0);
}

static void *read_alone(void *store)
{
    read_once(store);
    return NULL;
}

UNIT(threads_that_read_one_after_another_share_one)
{
    struct store *store = support_store(unit->arena, NULL);
    pthread_t thread;

    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&thread, NULL, read_alone, store), 0);
        pthread_join(thread, NULL);
    }
    assert_int_equal(open_readers(store), 1);
}

UNIT(what_one_thread_reads_inside_another_reading_needs_no_second)
{
    struct store *store = support_store(unit->arena, NULL);

    {
        AUTO(look_end) struct look look = {0};
        AUTO(query_end) struct query outer = query_new(store, SQL_counter_count);

        MUST(look_begin(&look, store, &unit->err));
        assert_int_equal(query_step(&outer, &unit->err), STEP_ROW);
        assert_true(row_int(&outer) > 0);
        read_once(store);
        assert_int_equal(open_readers(store), 0);
        assert_int_equal(store_seat(store)->uses, 2);
    }
    assert_null(store_seat(store)->reader);
    assert_int_equal(open_readers(store), 1);
}

UNIT(a_transaction_takes_none)
{
    struct store *store = support_store(unit->arena, NULL);
    AUTO(tx_end) struct tx tx = {0};

    MUST(tx_begin(&tx, store, &unit->err));
    read_once(store);
    assert_null(store_seat(store)->reader);
}

struct meeting {
    struct store *store;
    pthread_barrier_t barrier;
};

static void *read_together(void *at)
{
    struct meeting *meeting = at;
    AUTO(query_end) struct query q = query_new(meeting->store, SQL_counter_count);
    struct err err;

    pthread_barrier_wait(&meeting->barrier);
    assert_int_equal(query_step(&q, &err), STEP_ROW);
    assert_true(row_int(&q) > 0);
    return NULL;
}

UNIT(threads_that_read_at_once_have_one_each_and_leave_them_for_the_next)
{
    struct meeting meeting = {.store = support_store(unit->arena, NULL)};
    pthread_t threads[THREADS];

    pthread_barrier_init(&meeting.barrier, NULL, THREADS);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < THREADS; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, read_together, &meeting), 0);
        for (int i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
        assert_int_equal(open_readers(meeting.store), THREADS);
    }
    pthread_barrier_destroy(&meeting.barrier);
}

UNIT(what_a_busy_moment_opened_is_closed_when_nobody_reads_through_it_any_more)
{
    struct meeting meeting = {.store = support_store(unit->arena, NULL)};
    pthread_t threads[THREADS];

    pthread_barrier_init(&meeting.barrier, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_together, &meeting), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    store_readers_rest(meeting.store);
    assert_int_equal(open_readers(meeting.store), THREADS); /* all were just lent */
    read_once(meeting.store);
    {
        AUTO(look_end) struct look look = {0};

        MUST(look_begin(&look, meeting.store, &unit->err));
        read_once(meeting.store);
        store_readers_rest(meeting.store); /* also while one of them is lent */
        assert_int_equal(open_readers(meeting.store), 0);
    }
    assert_int_equal(open_readers(meeting.store), 1);
    store_readers_rest(meeting.store);
    store_readers_rest(meeting.store);
    assert_int_equal(open_readers(meeting.store), 0);
    read_once(meeting.store);
    pthread_barrier_destroy(&meeting.barrier);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(threads_that_read_one_after_another_share_one),
        UNIT_TEST(what_one_thread_reads_inside_another_reading_needs_no_second),
        UNIT_TEST(a_transaction_takes_none),
        UNIT_TEST(threads_that_read_at_once_have_one_each_and_leave_them_for_the_next),
        UNIT_TEST(what_a_busy_moment_opened_is_closed_when_nobody_reads_through_it_any_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
