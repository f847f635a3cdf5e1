#include <pthread.h>
#include <sched.h>
#include <stdio.h>

#include "base/confine.h"
#include "base/fault.h"
#include "store/audits.h"
#include "store/private.h"
#include "store/stop.h"
#include "support/store.h"
#include "support/unit.h"

#ifdef FAULTS

static int stops;

static void count_stop(const char *what)
{
    (void)what;
    stops++;
}

static bool put_durable(struct store *store, int64_t tenant, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};

    return tx_begin(&tx, store, err) && support_put(store, tenant, err) && support_put(store, tenant, err) &&
           tx_commit(&tx, err);
}

static size_t count_of(struct unit *unit, struct store *store, int64_t tenant)
{
    struct audit *all;
    size_t count = 0;

    MUST(store_audit_list(store, unit->arena, tenant, 0, 1000000, &all, &count, &unit->err));
    return count;
}

/* Every round fails one thing further on; the rows must be what was said. */
UNIT(a_transaction_happens_whole_or_not_at_all_wherever_it_fails)
{
    struct store *store = support_store(unit->arena, NULL);
    int nth = 0;
    bool has_fired;

    store_stop_hook(count_stop);
    stops = 0;
    do {
        fault_arm(++nth);
        bool said_yes = put_durable(store, nth, &unit->err);
        has_fired = fault_fired();
        fault_arm(0);
        assert_int_equal(said_yes, !has_fired);
        assert_int_equal(count_of(unit, store, nth), said_yes ? 2 : 0);
        MUST(put_durable(store, nth, &unit->err));
    } while (has_fired && nth < 1000);
    assert_in_range(nth, 6, 999);
    assert_int_equal(stops, 1); /* the COMMIT whose fsync failed */
    store_stop_hook(NULL);
}

/* ---- two members ------------------------------------------------------------------------ */

struct second {
    struct store *store;
    int64_t tenant;
    bool is_rolling_back, said_yes;
};

static void *be_second(void *at)
{
    struct second *second = at;
    AUTO(tx_end) struct tx tx = {0};
    struct err err;

    second->said_yes = tx_begin(&tx, second->store, &err) &&
                       support_put(second->store, second->tenant, &err) && !second->is_rolling_back &&
                       tx_commit(&tx, &err);
    return NULL;
}

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

/* The fault is armed once the first member's row is written and the second one waits. */
static bool run_pair(struct unit *unit, struct second *second, int64_t tenant, int nth)
{
    AUTO(tx_end) struct tx tx = {0};
    pthread_t thread;
    struct err err;
    bool said_yes;

    MUST(tx_begin(&tx, second->store, &unit->err));
    MUST(support_put(second->store, tenant, &unit->err));
    assert_int_equal(pthread_create(&thread, NULL, be_second, second), 0);
    await_waiter(second->store);
    fault_arm(nth);
    said_yes = tx_commit(&tx, &err);
    tx_end(&tx);
    pthread_join(thread, NULL);
    return said_yes;
}

static void fail_pairs(struct unit *unit, bool is_rolling_back)
{
    struct store *store = support_store(unit->arena, NULL);
    int nth = 0, shared_failures = 0;
    bool has_fired;

    store->group_us = INT64_MAX; /* the second one joins, however slow the machine */
    store_stop_hook(count_stop);
    do {
        struct second second = {.store = store, .tenant = 1000 + nth, .is_rolling_back = is_rolling_back};
        bool said_yes = run_pair(unit, &second, 2000 + nth, nth + 1);

        nth++;
        has_fired = fault_fired();
        fault_arm(0);
        assert_int_equal(count_of(unit, store, second.tenant), second.said_yes);
        assert_int_equal(count_of(unit, store, 2000 + nth - 1), said_yes);
        if (!has_fired)
            assert_true(said_yes);
        shared_failures += !said_yes && !second.said_yes;
        MUST(put_durable(store, 1, &unit->err));
    } while (has_fired && nth < 1000);
    assert_in_range(shared_failures, 2, 999); /* COMMIT, and its fsync */
    store_stop_hook(NULL);
}

UNIT(a_failed_commit_fails_every_member_of_its_group)
{
    fail_pairs(unit, false);
}

UNIT(a_failed_rollback_never_keeps_what_was_rolled_back)
{
    fail_pairs(unit, true);
}

/* ---- opening ------------------------------------------------------------------------------ */

/* Most of an opening is the same call again, for each of some hundreds of statements. Sanitizers see one in 17 of these:
 * under them the whole walk takes many minutes. */
static int after(int nth)
{
    return nth < 60 || getenv("NIGHTSHIFT_LONG") || !confine_is_sanitized() ? nth + 1 : nth + 17;
}

UNIT(opening_fails_cleanly_wherever_it_fails_and_then_works)
{
    int nth = 0;
    bool has_fired;

    do {
        char *dir = support_dir(unit->arena);
        const struct store_options options = {.dir = dir, .ballast_bytes = 65536};
        struct store *store = NULL;

        nth = after(nth);
        fault_arm(nth);
        bool said_yes = store_open(&store, &options, &unit->err);
        has_fired = fault_fired();
        fault_arm(0);
        assert_int_equal(said_yes, store != NULL);
        store_closep(&store);
        MUST(store_open(&store, &options, &unit->err));
        MUST(put_durable(store, 1, &unit->err));
        store_closep(&store);
    } while (has_fired && nth < 2000);
    assert_in_range(nth, 20, 1999);
    printf("faults of an opening: %d\n", nth - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_transaction_happens_whole_or_not_at_all_wherever_it_fails),
        UNIT_TEST(a_failed_commit_fails_every_member_of_its_group),
        UNIT_TEST(a_failed_rollback_never_keeps_what_was_rolled_back),
        UNIT_TEST(opening_fails_cleanly_wherever_it_fails_and_then_works),
    };

    support_memory_dir();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    puts("skipped: built without -DNIGHTSHIFT_FAULTS=ON");
    return 0;
}

#endif
