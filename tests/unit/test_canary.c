/* Who is chosen: few, every model and mix covered, heard of lately, at sites of their own; and always the
 * same. */
#include "domain/canary.h"

#include <stdio.h>

#include "base/text.h"
#include "support/unit.h"

#define DAY_MS (24 * 3600000LL)
#define NOW_MS 1790000000000LL

static uint64_t next(uint64_t *state, uint64_t below)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state % below;
}

static size_t choose(struct unit *unit, const struct canary_candidate *all, size_t count, int64_t most,
                     const int64_t **ranks)
{
    struct canary *canary = canary_new(unit->arena);

    for (size_t i = 0; i < count; i++)
        canary_look(canary, &all[i]);
    return canary_choose(canary, most, ranks);
}

UNIT(one_that_is_of_a_new_model_and_a_new_mix_saves_another)
{
    static const struct canary_candidate all[] = {
        {"A", "fax", "s1", 5, NOW_MS}, {"A", "", "s2", 4, NOW_MS}, {"B", "fax", "s3", 3, NOW_MS},
        {"B", "", "s4", 9, NOW_MS},    {"A", "", "s5", 1, NOW_MS},
    };
    const int64_t *ranks;

    assert_int_equal(choose(unit, all, COUNT(all), 0, &ranks), 2);
    assert_int_equal(ranks[0], 1); /* model A without options, the lowest rank of its like */
    assert_int_equal(ranks[1], 3); /* then model B with a fax covers the rest */
    assert_int_equal(choose(unit, all, COUNT(all), 1, &ranks), 1);
    assert_int_equal(choose(unit, all, 0, 0, &ranks), 0);
}

UNIT(who_was_heard_of_lately_goes_before_a_lower_rank_and_two_of_one_site_are_avoided)
{
    static const struct canary_candidate all[] = {
        {"A", "", "s1", 1, NOW_MS - 3 * DAY_MS},
        {"A", "", "s1", 2, NOW_MS},
        {"B", "", "s1", 3, NOW_MS},
        {"B", "", "s2", 8, NOW_MS},
        {"C", "", "s1", 4, NOW_MS},
        {"D", "", "", 5, 0},
    };
    const int64_t *ranks;

    assert_int_equal(choose(unit, all, COUNT(all), 0, &ranks), 4);
    assert_int_equal(ranks[0], 2);
    assert_int_equal(ranks[1], 4); /* there is no other of model C */
    assert_int_equal(ranks[2], 5);
    assert_int_equal(ranks[3], 8); /* not 3, which stands at the site of 2 */
}

static bool is_in(const int64_t *ranks, size_t count, int64_t rank)
{
    for (size_t i = 0; i < count; i++)
        if (ranks[i] == rank)
            return true;
    return false;
}

UNIT(over_any_fleet_all_are_covered_by_at_most_twice_the_fewest_in_whatever_order_they_come)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    uint64_t seed = 20261126;

    for (int round = 0; round < 200; round++) {
        struct canary_candidate all[120];
        size_t models = 1 + next(&seed, 8), mixes = 1 + next(&seed, 8), fewest = 0, count;
        bool has_model[8] = {0}, has_mix[8] = {0};
        const int64_t *ranks, *again;

        for (size_t i = 0; i < COUNT(all); i++)
            all[i] = (struct canary_candidate){.model = names[next(&seed, models)],
                                               .mix = names[next(&seed, mixes)],
                                               .site = names[next(&seed, 8)],
                                               .rank = (int64_t)i,
                                               .seen_ms = NOW_MS};
        count = choose(unit, all, COUNT(all), 0, &ranks);
        for (size_t i = 0; i < COUNT(all); i++)
            if (is_in(ranks, count, all[i].rank)) {
                has_model[*all[i].model - 'a'] = true;
                has_mix[*all[i].mix - 'a'] = true;
            }
        for (size_t i = 0; i < COUNT(all); i++)
            assert_true(has_model[*all[i].model - 'a'] && has_mix[*all[i].mix - 'a']);
        fewest = models > mixes ? models : mixes;
        assert_true(count <= 2 * fewest);
        for (size_t i = 0; i < COUNT(all) / 2; i++) { /* the other way round */
            struct canary_candidate first = all[i];

            all[i] = all[COUNT(all) - 1 - i];
            all[COUNT(all) - 1 - i] = first;
        }
        assert_int_equal(choose(unit, all, COUNT(all), 0, &again), count);
        assert_memory_equal(again, ranks, count * sizeof(*ranks));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(one_that_is_of_a_new_model_and_a_new_mix_saves_another),
        UNIT_TEST(who_was_heard_of_lately_goes_before_a_lower_rank_and_two_of_one_site_are_avoided),
        UNIT_TEST(over_any_fleet_all_are_covered_by_at_most_twice_the_fewest_in_whatever_order_they_come),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
