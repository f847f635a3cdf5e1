/* A thousand polls that wait, more of them than may, and many that ring and quit at once: nobody else is slow,
 * no answer is lost. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/poller.h"

#define MANY 1000

static void devices_make(int count)
{
    for (int i = 0; i < count; i++) {
        char *id = arena_printf(poller.arena, "many-%d", i);

        support_device(poller.s, id, QUIRK_PLAIN);
    }
}

/* More than there are threads of any kind. */
UNIT(a_thousand_waiting_polls_leave_the_others_quick_and_end_with_the_service)
{
    struct wire **wires = ARENA_MANY(unit->arena, struct wire *, MANY);
    AUTO(wire_closep) struct wire *wire = NULL;
    int64_t from_ms, worst_ms = 0;
    struct wire_reply reply;

    devices_make(MANY);
    support_device(poller.s, "mfp-1", QUIRK_PLAIN);
    poller.s->settings.long_poll_max_s = 300;
    for (int i = 0; i < MANY; i++) {
        wires[i] = poller_dial(false);
        poller_ask(wires[i], arena_printf(unit->arena, "many-%d", i), "Prefer: wait=300\r\n");
    }
    assert_true(poller_parked_becomes(MANY));
    wire = poller_dial(true);
    for (int i = 0; i < 100; i++) {
        from_ms = clock_monotonic_ms();
        poller_ask(wire, "mfp-1", "");
        reply = poller_reply(unit, wire);
        assert_int_equal(reply.status, 200);
        if (clock_monotonic_ms() - from_ms > worst_ms)
            worst_ms = clock_monotonic_ms() - from_ms;
    }
    assert_in_range(worst_ms, 0, 500);
    poller_assign(unit, "many-777");
    reply = poller_reply(unit, wires[777]);
    assert_true(poller_has(&reply, "deploymentBase"));
    assert_int_equal(poller_parked(), MANY - 1);

    from_ms = clock_monotonic_ms();
    http_stop(poller.http, 8000);
    poller.http = NULL;
    assert_in_range(clock_monotonic_ms() - from_ms, 0, 5000);
    for (int i = 0; i < MANY; i++) {
        if (i != 777) {
            reply = poller_reply(unit, wires[i]);
            assert_int_equal(reply.status, 200);
        }
        wire_closep(&wires[i]);
    }
}

UNIT(half_of_the_connections_wait_and_the_rest_is_answered_at_once)
{
    struct wire **wires = ARENA_MANY(unit->arena, struct wire *, POLLER_CONNECTIONS / 2 + 1);
    AUTO(wire_closep) struct wire *wire = NULL;
    struct wire_reply reply;

    devices_make(POLLER_CONNECTIONS / 2);
    support_device(poller.s, "mfp-1", QUIRK_PLAIN);
    for (int i = 0; i < POLLER_CONNECTIONS / 2; i++) {
        wires[i] = poller_dial(false);
        poller_ask(wires[i], arena_printf(unit->arena, "many-%d", i), "Prefer: wait=120\r\n");
    }
    assert_true(poller_parked_becomes(POLLER_CONNECTIONS / 2));
    wire = poller_dial(false);
    poller_ask(wire, "mfp-1", "Prefer: wait=120\r\n");
    reply = poller_reply(unit, wire);
    assert_int_equal(reply.status, 200);
    assert_null(wire_header(unit->arena, &reply, "Preference-Applied"));
    for (int i = 0; i < POLLER_CONNECTIONS / 2; i++)
        wire_closep(&wires[i]);
    assert_true(poller_parked_becomes(0));
}

#define STORM_MS 3000
#define STORM_DEVICES 8

static atomic_bool storm_is_over;
static atomic_int storm_answers, storm_wrong;

static void *storm_poller(void *arg)
{
    const char *id = arg;
    struct arena *arena = arena_new();
    bool is_tls = (id[strlen(id) - 1] - '0') % 2;

    while (!atomic_load(&storm_is_over)) {
        AUTO(wire_closep) struct wire *wire = poller_dial(is_tls);
        struct wire_reply reply;

        for (int i = 0; i < 20 && !atomic_load(&storm_is_over); i++) {
            poller_ask(wire, id, i % 5 ? "Prefer: wait=1\r\n" : "");
            if (i == 18)
                break; /* gone without a word */
            if (wire_reply(wire, arena, false, &reply) && reply.status == 200)
                atomic_fetch_add(&storm_answers, 1);
            else
                atomic_fetch_add(&storm_wrong, 1);
        }
        arena_reset(arena);
    }
    arena_freep(&arena);
    return NULL;
}

static void *storm_ringer(void *arg)
{
    struct support *s = arg;

    for (uint64_t i = 0; !atomic_load(&storm_is_over); i++) {
        http_wake(poller.http, i % (STORM_DEVICES + 2));
        if (i % 50 == 0)
            http_wake_group(poller.http, (uint64_t)s->tenant_id, 20);
        usleep(1000);
    }
    return NULL;
}

/* Meant for ThreadSanitizer. */
UNIT(rings_and_quitters_all_at_once_lose_no_answer)
{
    pthread_t threads[STORM_DEVICES * 2 + 1];
    size_t count = 0;

    atomic_store(&storm_is_over, false);
    for (size_t i = 0; i < STORM_DEVICES; i++)
        support_device(poller.s, arena_printf(poller.arena, "many-%zu", i), QUIRK_PLAIN);
    for (size_t i = 0; i < STORM_DEVICES; i++) /* two that claim to be the same */
        for (int twin = 0; twin < 2; twin++)
            assert_int_equal(pthread_create(&threads[count++], NULL, storm_poller,
                                            arena_printf(poller.arena, "many-%zu", i)),
                             0);
    assert_int_equal(pthread_create(&threads[count++], NULL, storm_ringer, poller.s), 0);
    usleep(STORM_MS * 1000);
    atomic_store(&storm_is_over, true);
    for (size_t i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    assert_true(atomic_load(&storm_answers) > 50);
    assert_int_equal(atomic_load(&storm_wrong), 0);
    assert_true(poller_parked_becomes(0));
}

/* Both ends of a thousand connections are this process's; a login's soft limit is 1024. */
static void raise_limits(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POLLER_TEST(a_thousand_waiting_polls_leave_the_others_quick_and_end_with_the_service),
        POLLER_TEST(rings_and_quitters_all_at_once_lose_no_answer),
        POLLER_TEST(half_of_the_connections_wait_and_the_rest_is_answered_at_once),
    };

    raise_limits();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
