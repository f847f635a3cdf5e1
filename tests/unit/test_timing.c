#include "domain/timing.h"

#include "support/unit.h"

#define MINUTE_MS 60000LL

UNIT(an_install_goes_into_the_class_that_holds_it)
{
    static const struct {
        int64_t took_ms, minutes;
    } rows[] = {{0, 1},
                {MINUTE_MS, 1},
                {MINUTE_MS + 1, 2},
                {9 * MINUTE_MS, 13},
                {240 * MINUTE_MS, 240},
                {240 * MINUTE_MS + 1, 480},
                {5000 * MINUTE_MS, 480}};

    (void)unit;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(timing_class(rows[i].took_ms), rows[i].minutes);
}

UNIT(four_of_five_lasted_at_most_so_long)
{
    static const struct timing four[] = {{8, 4}}, five[] = {{8, 4}, {90, 1}},
                               slow[] = {{8, 7}, {20, 1}, {45, 2}}, slower[] = {{8, 7}, {90, 3}};

    (void)unit;
    assert_int_equal(timing_most(NULL, 0), 0);
    assert_int_equal(timing_most(four, COUNT(four)), 0); /* not enough */
    assert_int_equal(timing_most(five, COUNT(five)), 8); /* one outlier of five counts for nothing */
    assert_int_equal(timing_most(slow, COUNT(slow)), 20);
    assert_int_equal(timing_most(slower, COUNT(slower)), 90);
}

UNIT(what_a_clock_that_was_set_makes_of_an_install_is_not_believed)
{
    (void)unit;
    assert_true(timing_is_believed(41 * MINUTE_MS, 14));
    assert_true(timing_is_believed(60 * MINUTE_MS, 5));
    assert_false(timing_is_believed(976 * MINUTE_MS, 40));
    assert_false(timing_is_believed(-MINUTE_MS, 40));
    assert_true(timing_is_believed(200 * MINUTE_MS, 0));
    assert_false(timing_is_believed(300 * MINUTE_MS, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(an_install_goes_into_the_class_that_holds_it),
        UNIT_TEST(four_of_five_lasted_at_most_so_long),
        UNIT_TEST(what_a_clock_that_was_set_makes_of_an_install_is_not_believed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
