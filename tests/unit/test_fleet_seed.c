#include "support/unit.h"

#include "base/clock.h"
#include "base/text.h"
#include "tools/fleet/disk.h"
#include "tools/fleet/population.h"
#include "tools/fleet/queue.h"

#define MANY 4000

static const char *const models[] = {"A", "B", "C"};

static struct population a_population(int64_t seed)
{
    return (struct population){.seed = seed,
                               .families = {models, 1},
                               .models = {models, 3},
                               .zones = population_zones,
                               .components = population_components,
                               .start_version = "1.0",
                               .fail_percent = 5,
                               .cut_percent = 10,
                               .power_cut_percent = 20,
                               .slow_percent = 30,
                               .busy_percent = 40};
}

static char *told(struct arena *arena, const struct machine_facts *facts)
{
    return arena_printf(arena, "%s %s %s %s %s %d%d%d%d %lld %zu %lld %lld", facts->id, facts->family,
                        facts->model, facts->serial, facts->zone, facts->fails, facts->is_slow,
                        facts->is_power_cut_flashing, facts->is_power_cut_loading, (long long)facts->busy_ms,
                        facts->cuts, (long long)facts->cut_permille[0], (long long)facts->cut_permille[1]);
}

static size_t count_same(struct arena *arena, const struct population *one, const struct population *other)
{
    size_t same = 0;

    for (size_t i = 0; i < 200; i++) {
        struct machine_facts a, b;

        population_make(arena, one, i, &a);
        population_make(arena, other, i, &b);
        same += text_equal(told(arena, &a), told(arena, &b));
    }
    return same;
}

UNIT(the_same_seed_makes_the_same_machines_with_the_same_fates)
{
    struct population one = a_population(4711), same = a_population(4711), other = a_population(4712);

    assert_int_equal(count_same(unit->arena, &one, &same), 200);
    assert_int_equal(count_same(unit->arena, &one, &other), 0);
}

UNIT(a_machine_is_the_same_whichever_others_there_are)
{
    struct population population = a_population(1);
    struct machine_facts first, again, other;

    population_make(unit->arena, &population, 17, &first);
    population_make(unit->arena, &population, 3, &other);
    population_make(unit->arena, &population, 17, &again);
    assert_string_equal(told(unit->arena, &first), told(unit->arena, &again));
}

UNIT(one_fate_does_not_change_with_the_share_of_another)
{
    struct population few = a_population(9), many = a_population(9);
    size_t failing = 0;

    few.cut_percent = 0;
    many.cut_percent = 100;
    for (size_t i = 0; i < 500; i++) {
        struct machine_facts a, b;

        population_make(unit->arena, &few, i, &a);
        population_make(unit->arena, &many, i, &b);
        assert_int_equal(a.fails, b.fails);
        assert_string_equal(a.zone, b.zone);
        assert_int_equal(a.cuts, 0);
        assert_true(b.cuts >= 1 && b.cuts <= MACHINE_CUTS_MAX);
        failing += a.fails;
    }
    assert_true(failing > 0);
}

UNIT(an_option_is_spread_and_breaks_whom_it_is_bad_for_and_nobody_else)
{
    static const char *const choices[] = {"none", "none", "staple", "booklet"};
    struct population population = a_population(4);
    size_t booklets = 0;

    population.option = "finisher";
    population.choices = (struct names){choices, COUNT(choices)};
    population.bad_choice = "booklet";
    population.busy_most_min = 10;
    for (size_t i = 0; i < MANY; i++) {
        struct machine_facts facts;

        population_make(unit->arena, &population, i, &facts);
        assert_int_equal(facts.fails, text_equal(facts.choice, "booklet"));
        assert_true(facts.busy_ms <= 10 * 60000);
        booklets += facts.fails;
    }
    assert_in_range(booklets, MANY / 4 - MANY / 50, MANY / 4 + MANY / 50);
}

static void assert_about(size_t count, size_t percent)
{
    size_t wanted = MANY * percent / 100;

    assert_in_range(count, wanted - MANY / 50, wanted + MANY / 50);
}

UNIT(shares_come_out_as_asked)
{
    struct population population = a_population(5);
    size_t fails = 0, cuts = 0, power = 0, slow = 0, busy = 0, first_zone = 0, first_model = 0;

    for (size_t i = 0; i < MANY; i++) {
        struct machine_facts facts;

        population_make(unit->arena, &population, i, &facts);
        fails += facts.fails;
        cuts += facts.cuts > 0;
        power += facts.is_power_cut_flashing || facts.is_power_cut_loading;
        slow += facts.is_slow;
        busy += facts.busy_ms > 0;
        first_zone += text_equal(facts.zone, population.zones.at[0]);
        first_model += text_equal(facts.model, "A");
        assert_true(facts.cuts < 2 || facts.cut_permille[0] <= facts.cut_permille[1]);
        assert_true(facts.cut_permille[1] < 1000);
    }
    assert_about(fails, 5);
    assert_about(cuts, 10);
    assert_about(power, 20);
    assert_about(slow, 30);
    assert_about(busy, 40);
    assert_about(first_zone, 60);
    assert_about(first_model, 33);
}

UNIT(the_next_that_is_due_comes_first)
{
    static const int64_t due[] = {50, 10, 40, 10, 30, 0, 20, 60};
    AUTO(queue_freep) struct queue *queue = queue_new(COUNT(due));
    int64_t last = -1;

    for (size_t i = 0; i < COUNT(due); i++)
        queue_put(queue, i, due[i]);
    for (size_t i = 0; i < COUNT(due); i++) {
        size_t number;

        assert_true(queue_take(queue, &number));
        assert_true(due[number] >= last);
        last = due[number];
    }
}

UNIT(what_is_not_due_yet_is_waited_for_and_a_closed_queue_gives_nothing)
{
    AUTO(queue_freep) struct queue *queue = queue_new(2);
    int64_t began = clock_monotonic_ms();
    size_t number;

    queue_put(queue, 1, began + 30);
    assert_true(queue_take(queue, &number));
    assert_int_equal(number, 1);
    assert_true(clock_monotonic_ms() >= began + 30);
    queue_put(queue, 0, began + 1000000);
    queue_close(queue);
    assert_false(queue_take(queue, &number));
}

UNIT(a_disk_keeps_by_name_and_shares_what_everybody_has)
{
    AUTO(library_freep) struct library *library = library_new();
    struct disk one = {.library = library}, other = {.library = library};
    struct span got;

    MUST(disk_keep(&one, "state.json", span_of("first"), &unit->err));
    MUST(disk_keep(&one, "state.json", span_of("second"), &unit->err));
    MUST(disk_load(&one, unit->arena, "state.json", &got, &unit->err));
    assert_string_equal(got.at, "second");
    REFUSES(ERR_NOT_FOUND, disk_load(&other, unit->arena, "state.json", &got, &unit->err));

    MUST(disk_keep(&one, "tuf/root.json", span_of("{}"), &unit->err));
    MUST(disk_keep(&other, "tuf/root.json", span_of("{}"), &unit->err));
    assert_ptr_equal(disk_look(&one, "tuf/root.json").at, disk_look(&other, "tuf/root.json").at);
    disk_end(&one);
    disk_end(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(the_same_seed_makes_the_same_machines_with_the_same_fates),
        UNIT_TEST(a_machine_is_the_same_whichever_others_there_are),
        UNIT_TEST(one_fate_does_not_change_with_the_share_of_another),
        UNIT_TEST(an_option_is_spread_and_breaks_whom_it_is_bad_for_and_nobody_else),
        UNIT_TEST(shares_come_out_as_asked),
        UNIT_TEST(the_next_that_is_due_comes_first),
        UNIT_TEST(what_is_not_due_yet_is_waited_for_and_a_closed_queue_gives_nothing),
        UNIT_TEST(a_disk_keeps_by_name_and_shares_what_everybody_has),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
