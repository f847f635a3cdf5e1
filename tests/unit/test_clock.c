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
    clock_start(1);
    assert_int_equal(1, clock_rate());
    int64_t before = (int64_t)time(NULL) * 1000, now = clock_now_ms();
    assert_true(now >= before && now < before + 60000);
}

UNIT(a_fast_wall_clock_starts_now_and_runs_that_many_times_as_fast)
{
    clock_start(1000);
    int64_t start = clock_now_ms();
    assert_true(start - (int64_t)time(NULL) * 1000 < 60000);
    int64_t waited = wait_ms(3);
    assert_true(clock_now_ms() - start >= (waited - 1) * 1000);
    assert_int_equal(0, (clock_now_ms() - start) % 1000);
    clock_start(1);
}

UNIT(monotonic_time_is_never_scaled)
{
    clock_start(100000);
    int64_t ms = clock_monotonic_ms(), us = clock_monotonic_us();
    assert_true(us / 1000 - ms < 60000 && us / 1000 >= ms);
    clock_start(1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(at_rate_one_the_wall_clock_is_the_systems),
        UNIT_TEST(a_fast_wall_clock_starts_now_and_runs_that_many_times_as_fast),
        UNIT_TEST(monotonic_time_is_never_scaled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
