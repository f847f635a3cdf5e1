#include "base/clock.h"

#include <time.h>

#include "support/unit.h"

static int64_t wait_ms(int64_t ms)
{
    int64_t start = clock_monotonic_ms(), now;

    while ((now = clock_monotonic_ms()) < start + ms)
        ;
    return now - start;
}

UNIT(at_rate_one_the_wall_clock_is_the_systems)
{
    clock_start(1, 0);
    assert_int_equal(1, clock_rate());
    int64_t before = (int64_t)time(NULL) * 1000, now = clock_now_ms();
    assert_true(now >= before && now < before + 60000);
}

UNIT(a_fast_wall_clock_starts_now_and_runs_that_many_times_as_fast)
{
    clock_start(1000, 0);
    int64_t start = clock_now_ms();
    assert_true(start - (int64_t)time(NULL) * 1000 < 60000);
    int64_t waited = wait_ms(3);
    assert_true(clock_now_ms() - start >= (waited - 1) * 1000);
    assert_int_equal(0, (clock_now_ms() - start) % 1000);
    clock_start(1, 0);
}

UNIT(monotonic_time_is_never_scaled)
{
    clock_start(100000, 0);
    int64_t ms = clock_monotonic_ms(), us = clock_monotonic_us();
    assert_true(us / 1000 - ms < 60000 && us / 1000 >= ms);
    clock_start(1, 0);
}

UNIT(two_clocks_with_one_origin_agree_on_the_hour)
{
    int64_t origin = (int64_t)time(NULL) * 1000 - 10000;

    clock_start(1000, origin);
    int64_t first = clock_now_ms();
    assert_true(first >= origin + 10000 * 1000 && first < origin + 70000 * 1000);
    int64_t waited = wait_ms(3);
    clock_start(1000, origin);
    int64_t ran = clock_now_ms() - first;
    /* Each reading of the true clocks is whole ms: what ran may be off by a few of them. */
    assert_true(ran >= (waited - 3) * 1000 && ran < 60000 * 1000);
    clock_start(1, 0);
}

UNIT(a_deadline_is_that_far_ahead_in_true_time)
{
    struct timespec deadline;

    clock_start(1000, 0);
    int64_t before = clock_monotonic_us();
    clock_deadline(1500, &deadline);
    int64_t at = (int64_t)deadline.tv_sec * 1000000 + deadline.tv_nsec / 1000;
    assert_true(at >= before + 1500000 && at < before + 61500000);
    assert_true(deadline.tv_nsec >= 0 && deadline.tv_nsec < 1000000000);
    clock_start(1, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(at_rate_one_the_wall_clock_is_the_systems),
        UNIT_TEST(a_fast_wall_clock_starts_now_and_runs_that_many_times_as_fast),
        UNIT_TEST(monotonic_time_is_never_scaled),
        UNIT_TEST(two_clocks_with_one_origin_agree_on_the_hour),
        UNIT_TEST(a_deadline_is_that_far_ahead_in_true_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
