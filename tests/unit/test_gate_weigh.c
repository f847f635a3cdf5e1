/* The gate's test, and what it is worth: how often it halts, by true rate of failures and size of the stage.
 */
#include "domain/gate_weigh.h"

#include <stdio.h>

#include "support/unit.h"

#define MOST 1000

static const struct gate_rules usual = {
    .fail_percent = 5, .healthy_percent = 90, .min_failures = 1, .error_percent = 5};

static bool trips(struct gate_rules rules, int64_t failed, int64_t begun)
{
    const struct gate_counts counts = {.planned = begun, .begun = begun, .failed = failed};

    return gate_is_tripped(&rules, &counts);
}

UNIT(three_of_41_trip_and_one_of_three_does_not_by_itself)
{
    (void)unit;
    assert_true(trips(usual, 3, 41));
    assert_false(trips(usual, 2, 41));
    assert_false(trips(usual, 1, 3));
    assert_false(trips(usual, 1, 1));
    assert_true(trips(usual, 2, 2));
    assert_true(trips(usual, 3, 3));
    assert_false(trips(usual, 2, 20));
    assert_false(trips(usual, 0, 1000));
}

UNIT(who_has_begun_counts_as_good_until_it_fails)
{
    (void)unit;
    /* Three reports of failure, the other 997 are still at it: too early to tell a bad release from a good
     * one. */
    assert_true(trips(usual, 3, 3));
    assert_false(trips(usual, 3, 1000));
    assert_int_equal(gate_least(&usual, 1000, 1000), 27);
    assert_true(trips(usual, 27, 1000));
    assert_false(trips(usual, 26, 1000));
    /* A count that lags behind is not believed below the failures. */
    assert_true(gate_is_tripped(&usual, &(struct gate_counts){.planned = 9, .begun = 0, .failed = 2}));
}

UNIT(more_failures_never_speak_less_against_it)
{
    (void)unit;
    for (int64_t begun = 1; begun < 300; begun++)
        for (int64_t failed = 1; failed <= begun; failed++)
            assert_int_equal(trips(usual, failed, begun), failed >= gate_least(&usual, begun, begun));
}

UNIT(the_doors_of_before_keep_their_meaning)
{
    struct gate_rules rules = usual;

    (void)unit;
    rules.min_failures = 4;
    assert_false(trips(rules, 3, 41));
    assert_true(trips(rules, 4, 41));
    rules = usual;
    rules.fail_percent = 0; /* not one */
    assert_true(trips(rules, 1, 1000));
    assert_false(trips(rules, 0, 1000));
    rules.fail_percent = 100; /* whatever happens */
    assert_false(trips(rules, 1000, 1000));
    rules = usual;
    rules.error_percent = 0; /* the bare share of the planned */
    assert_true(trips(rules, 1, 3));
    assert_false(trips(rules, 1, 20));
    assert_true(trips(rules, 2, 20));
}

UNIT(enough_healthy_ones_pass_the_gate)
{
    (void)unit;
    assert_true(gate_is_passed(&usual, &(struct gate_counts){.planned = 20, .healthy = 18}));
    assert_false(gate_is_passed(&usual, &(struct gate_counts){.planned = 20, .healthy = 17}));
    assert_true(gate_is_passed(&usual, &(struct gate_counts){.planned = 0}));
}

/* The exact chance that a stage of `size` is ever halted, each device failing with `rate`, weighed after
 * every one: the number of failures walks, and what reaches the limit stays there. */
static double chance_of_halt(const struct gate_rules *rules, int size, double rate)
{
    double at[MOST + 1] = {1}, halted = 0;

    for (int n = 1; n <= size; n++) {
        int64_t least = gate_least(rules, size, n);

        for (int f = n; f >= 0; f--) {
            at[f] = at[f] * (1 - rate) + (f > 0 ? at[f - 1] * rate : 0);
            if (f >= least) {
                halted += at[f];
                at[f] = 0;
            }
        }
    }
    return halted;
}

UNIT(a_good_release_is_halted_no_more_often_than_stated_and_a_bad_one_nearly_always)
{
    static const int sizes[] = {3, 10, 41, 100, 400, 1000};
    static const double rates[] = {0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5};
    struct gate_rules rules = usual;

    (void)unit;
    printf("chance of a halt, fail_percent 5, error_percent 5\n   size");
    for (size_t r = 0; r < COUNT(rates); r++)
        printf(" %6.1f%%", rates[r] * 100);
    for (size_t s = 0; s < COUNT(sizes); s++) {
        printf("\n  %5d", sizes[s]);
        for (size_t r = 0; r < COUNT(rates); r++)
            printf(" %7.4f", chance_of_halt(&usual, sizes[s], rates[r]));
    }
    printf("\n");
    for (rules.error_percent = 1; rules.error_percent <= 20; rules.error_percent += 4)
        for (rules.fail_percent = 1; rules.fail_percent <= 60; rules.fail_percent += 12)
            for (size_t s = 0; s < COUNT(sizes); s++) {
                double good = (double)rules.fail_percent / 100 / GATE_GOOD_PART;

                assert_true(chance_of_halt(&rules, sizes[s], good) <= (double)rules.error_percent / 100);
                assert_true(chance_of_halt(&rules, sizes[s], good / 2) <= (double)rules.error_percent / 100);
            }
    assert_true(chance_of_halt(&usual, 41, 0.25) > 0.99);
    assert_true(chance_of_halt(&usual, 100, 0.1) > 0.97);
    assert_true(chance_of_halt(&usual, 400, 0.05) > 0.97);
    /* What the bare share does to a good release: it halts every hundredth stage of one, and more the larger.
     */
    rules = usual;
    rules.error_percent = 0;
    assert_true(chance_of_halt(&rules, 10, 0.01) > 0.09);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(three_of_41_trip_and_one_of_three_does_not_by_itself),
        UNIT_TEST(who_has_begun_counts_as_good_until_it_fails),
        UNIT_TEST(more_failures_never_speak_less_against_it),
        UNIT_TEST(the_doors_of_before_keep_their_meaning),
        UNIT_TEST(enough_healthy_ones_pass_the_gate),
        UNIT_TEST(a_good_release_is_halted_no_more_often_than_stated_and_a_bad_one_nearly_always),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
