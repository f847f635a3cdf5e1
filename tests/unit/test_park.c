/* The park by itself: who waits is a struct with a socket, woken is what it was told. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/base.h"
#include "base/clock.h"
#include "http/park.h"
#include "support/unit.h"

struct guest {
    struct parked parked; /* first, so that one is the other */
    int ends[2];
    atomic_int holds, wakes;
    int64_t woken_ms;
};

static void hold(struct parked *parked)
{
    atomic_fetch_add(&((struct guest *)parked)->holds, 1);
}

static void wake(struct parked *parked)
{
    struct guest *guest = (struct guest *)parked;

    guest->woken_ms = clock_monotonic_ms();
    atomic_fetch_add(&guest->wakes, 1);
}

static struct park *park_open(struct unit *unit, int64_t most)
{
    struct park *park = NULL;

    MUST(park_start(&park, most, hold, wake, &unit->err));
    return park;
}

static void park_close(struct park *park)
{
    park_release_all(park);
    park_stopp(&park);
}

static struct guest *guest_new(struct unit *unit, uint64_t key, uint64_t group)
{
    struct guest *guest = ARENA_NEW(unit->arena, struct guest);

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, guest->ends), 0);
    guest->parked.key = key;
    guest->parked.group = group;
    return guest;
}

static void guest_end(struct guest *guest)
{
    close(guest->ends[0]);
    if (guest->ends[1] >= 0)
        close(guest->ends[1]);
}

static bool enter(struct park *park, struct guest *guest, int64_t wait_ms, uint64_t mark)
{
    guest->parked.until_ms = clock_monotonic_ms() + wait_ms;
    guest->parked.fd = guest->ends[0];
    return park_enter(park, &guest->parked, mark);
}

static bool woken(struct guest *guest, int times)
{
    int64_t until_ms = clock_monotonic_ms() + 20000;

    while (atomic_load(&guest->wakes) < times && clock_monotonic_ms() < until_ms)
        usleep(500);
    return atomic_load(&guest->wakes) == times && atomic_load(&guest->holds) == times;
}

UNIT(a_ring_wakes_its_key_and_leaves_it_time)
{
    struct park *park = park_open(unit, 10);
    struct guest *a = guest_new(unit, 1, 7), *b = guest_new(unit, 2, 7);

    assert_true(enter(park, a, 60000, park_mark(park)));
    assert_true(enter(park, b, 60000, park_mark(park)));
    assert_int_equal(park_count(park), 2);
    park_ring(park, 1);
    assert_true(woken(a, 1));
    assert_true(a->parked.until_ms > clock_monotonic_ms());
    assert_int_equal(atomic_load(&b->wakes), 0);
    park_ring(park, 1); /* nobody there any more */
    assert_true(woken(a, 1));
    park_close(park);
    assert_true(woken(b, 1));
    assert_int_equal(b->parked.until_ms, 0);
    guest_end(a);
    guest_end(b);
}

UNIT(a_ring_between_the_question_and_the_waiting_is_not_lost)
{
    struct park *park = park_open(unit, 10);
    struct guest *by_key = guest_new(unit, 1, 7), *by_group = guest_new(unit, 2, 8);
    uint64_t mark = park_mark(park);

    park_ring(park, 1);
    assert_true(enter(park, by_key, 60000, mark));
    assert_true(woken(by_key, 1));
    mark = park_mark(park);
    park_ring_group(park, 8, 60000);
    assert_true(enter(park, by_group, 60000, mark));
    assert_true(woken(by_group, 1));
    assert_true(enter(park, by_key, 60000, park_mark(park))); /* old rings are over */
    usleep(50000);
    assert_int_equal(atomic_load(&by_key->wakes), 1);
    park_close(park);
    guest_end(by_key);
    guest_end(by_group);
}

UNIT(time_wakes_each_when_it_is_over)
{
    struct park *park = park_open(unit, 10);
    struct guest *late = guest_new(unit, 1, 0), *soon = guest_new(unit, 2, 0);
    int64_t from_ms = clock_monotonic_ms();

    assert_true(enter(park, late, 300, park_mark(park)));
    assert_true(enter(park, soon, 60, park_mark(park)));
    assert_true(woken(soon, 1));
    assert_int_equal(atomic_load(&late->wakes), 0);
    assert_true(woken(late, 1));
    assert_in_range(soon->woken_ms - from_ms, 60, 290);
    assert_in_range(late->woken_ms - from_ms, 300, 2000);
    assert_int_equal(park_count(park), 0);
    park_close(park);
    guest_end(late);
    guest_end(soon);
}

UNIT(a_group_is_woken_spread_over_the_time_given)
{
    enum { COUNT_ = 60 };
    struct park *park = park_open(unit, COUNT_ + 1);
    struct guest *guests[COUNT_], *other = guest_new(unit, 999, 8);
    int64_t from_ms, early = 0;

    for (uint64_t i = 0; i < COUNT_; i++) {
        guests[i] = guest_new(unit, i + 1, 7);
        assert_true(enter(park, guests[i], 60000, park_mark(park)));
    }
    assert_true(enter(park, other, 60000, park_mark(park)));
    from_ms = clock_monotonic_ms();
    park_ring_group(park, 7, 600);
    for (int i = 0; i < COUNT_; i++) {
        assert_true(woken(guests[i], 1));
        early += guests[i]->woken_ms - from_ms < 300;
    }
    assert_in_range(early, 10, 50);
    assert_int_equal(atomic_load(&other->wakes), 0);
    park_close(park);
    for (int i = 0; i < COUNT_; i++)
        guest_end(guests[i]);
    guest_end(other);
}

UNIT(a_second_of_the_same_key_wakes_the_first_for_good)
{
    struct park *park = park_open(unit, 10);
    struct guest *first = guest_new(unit, 1, 0), *second = guest_new(unit, 1, 0);

    assert_true(enter(park, first, 60000, park_mark(park)));
    assert_true(enter(park, second, 60000, park_mark(park)));
    assert_true(woken(first, 1));
    assert_int_equal(first->parked.until_ms, 0);
    assert_false(park_enter(park, &first->parked, park_mark(park)));
    assert_int_equal(park_count(park), 1);
    park_close(park);
    guest_end(first);
    guest_end(second);
}

UNIT(who_hangs_up_is_woken_for_good_and_its_place_is_free)
{
    struct park *park = park_open(unit, 1);
    struct guest *guest = guest_new(unit, 1, 0), *next = guest_new(unit, 2, 0);

    assert_true(enter(park, guest, 60000, park_mark(park)));
    assert_false(enter(park, next, 60000, park_mark(park))); /* full */
    assert_int_equal(atomic_load(&next->holds), 0);
    close(guest->ends[1]);
    guest->ends[1] = -1;
    assert_true(woken(guest, 1));
    assert_int_equal(guest->parked.until_ms, 0);
    assert_true(enter(park, next, 60000, park_mark(park)));
    park_close(park);
    guest_end(guest);
    guest_end(next);
}

UNIT(a_closed_park_takes_nobody)
{
    struct park *park = park_open(unit, 10);
    struct guest *guest = guest_new(unit, 1, 0);

    park_release_all(park);
    assert_false(enter(park, guest, 60000, park_mark(park)));
    assert_int_equal(atomic_load(&guest->holds), 0);
    park_ring(park, 1);
    park_ring_group(park, 1, 100);
    park_close(park);
    guest_end(guest);
}

#define RINGERS 3
#define ROUNDS 2000

struct storm {
    struct park *park;
    atomic_bool is_over;
};

static void *ringer(void *arg)
{
    struct storm *storm = arg;

    for (uint64_t i = 0; !atomic_load(&storm->is_over); i++) {
        park_ring(storm->park, i % 5 + 1);
        if (i % 64 == 0)
            park_ring_group(storm->park, 7, 3);
        if (i % 16 == 0)
            usleep(100);
    }
    return NULL;
}

/* Each that was held is woken once, whoever was first to do it. */
UNIT(many_hands_wake_each_just_once)
{
    struct storm storm = {.park = park_open(unit, 10)};
    pthread_t threads[RINGERS];
    struct guest *guests[4];
    int held[4] = {0};

    for (uint64_t i = 0; i < COUNT(guests); i++)
        guests[i] = guest_new(unit, i + 1, 7);
    for (int i = 0; i < RINGERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ringer, &storm), 0);
    for (int round = 0; round < ROUNDS; round++) {
        size_t i = (size_t)round % COUNT(guests);

        assert_true(woken(guests[i], held[i]));
        if (enter(storm.park, guests[i], round % 3 + 1, park_mark(storm.park)))
            held[i]++;
    }
    for (size_t i = 0; i < COUNT(guests); i++)
        assert_true(woken(guests[i], held[i]));
    atomic_store(&storm.is_over, true);
    for (int i = 0; i < RINGERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(park_count(storm.park), 0);
    park_close(storm.park);
    for (size_t i = 0; i < COUNT(guests); i++)
        guest_end(guests[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_ring_wakes_its_key_and_leaves_it_time),
        UNIT_TEST(a_ring_between_the_question_and_the_waiting_is_not_lost),
        UNIT_TEST(time_wakes_each_when_it_is_over),
        UNIT_TEST(a_group_is_woken_spread_over_the_time_given),
        UNIT_TEST(a_second_of_the_same_key_wakes_the_first_for_good),
        UNIT_TEST(who_hangs_up_is_woken_for_good_and_its_place_is_free),
        UNIT_TEST(a_closed_park_takes_nobody),
        UNIT_TEST(many_hands_wake_each_just_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
