/* Limits as rules: facts in, a reason out. */
#include "domain/limits.h"

#include "base/text.h"
#include "support/unit.h"

#define NOW_MS 1790000000000LL

struct scene {
    struct device device;
    struct rollout rollout;
    struct rollout_terms terms;
    struct load load;
    struct planned plan;
};

static struct scene *scene_make(struct unit *unit)
{
    struct scene *s = ARENA_NEW(unit->arena, struct scene);

    s->device = (struct device){.site = "oslo"};
    s->rollout = (struct rollout){.id = 9};
    s->plan = (struct planned){.rollout = &s->rollout, .terms = &s->terms, .load = &s->load};
    return s;
}

UNIT(a_site_has_room_for_the_smaller_of_number_and_percent_and_for_one_at_least)
{
    /* clang-format off */
    static const struct { int64_t most, percent, machines, under_way; bool is_full; } rows[] = {
        {0, 0, 9, 9, false}, {2, 0, 9, 1, false}, {2, 0, 9, 2, true}, {0, 50, 9, 3, false}, {0, 50, 9, 4, true},
        {2, 50, 9, 2, true}, {5, 50, 9, 4, true}, {0, 10, 3, 0, false}, {0, 10, 3, 1, true}, {0, 10, 0, 0, false},
        {0, 100, 3, 2, false}, {0, 100, 3, 3, true},
    };
    /* clang-format on */
    struct scene *s = scene_make(unit);

    for (size_t i = 0; i < COUNT(rows); i++) {
        s->terms = (struct rollout_terms){.site_most = rows[i].most, .site_percent = rows[i].percent};
        s->load = (struct load){.machines = rows[i].machines, .under_way.at_site = rows[i].under_way};
        if (limits_site_full(&s->plan, &s->device) != rows[i].is_full)
            fail_msg("row %zu", i);
        s->device.site = "";
        assert_false(limits_site_full(&s->plan, &s->device));
        s->device.site = "oslo";
    }
}

UNIT(only_where_others_stand_can_one_be_the_last_that_works)
{
    struct scene *s = scene_make(unit);

    s->terms.keeps_one = true;
    for (s->load.machines = 0; s->load.machines < 4; s->load.machines++) {
        s->load.has_other = false;
        assert_int_equal(limits_last_one(&s->plan, &s->device), s->load.machines > 1);
        s->load.has_other = true;
        assert_false(limits_last_one(&s->plan, &s->device));
    }
}

UNIT(bytes_fit_when_enough_slots_are_an_hour_old_and_something_too_large_goes_alone)
{
    struct scene *s = scene_make(unit);
    int64_t until_ms = 1;

    s->terms.bytes_hour = 100;
    s->load.bytes = 40;
    assert_false(limits_bytes(&s->plan, &s->device, &until_ms));
    for (int i = 0; i < 3; i++)
        s->load.slots[BUDGET_ROLLOUT][i] = (struct offered_slot){NOW_MS + i * OFFERED_SLOT_MS, 30};
    s->load.slot_count[BUDGET_ROLLOUT] = 2;
    assert_false(limits_bytes(&s->plan, &s->device, &until_ms)); /* 60 + 40 */
    s->load.slot_count[BUDGET_ROLLOUT] = 3;
    assert_true(limits_bytes(&s->plan, &s->device, &until_ms));
    assert_int_equal(until_ms, NOW_MS + OFFERED_SLOT_MS + 3600000); /* the first goes: 60 + 40 */
    s->load.bytes = 71;
    assert_true(limits_bytes(&s->plan, &s->device, &until_ms));
    assert_int_equal(until_ms, NOW_MS + 3 * OFFERED_SLOT_MS + 3600000); /* 30 + 71 is over, too: all go */
    s->load.bytes = 5000;
    assert_true(limits_bytes(&s->plan, &s->device, &until_ms));
    s->load.slot_count[BUDGET_ROLLOUT] = 0;
    assert_false(limits_bytes(&s->plan, &s->device, &until_ms));
    assert_int_equal(until_ms, 0);
}

UNIT(nothing_is_asked_where_nothing_is_limited)
{
    struct scene *s = scene_make(unit);

    assert_false(limits_are_asked(&s->plan));
    s->plan.tenant_at_once = 1;
    assert_true(limits_are_asked(&s->plan));
    s->plan.terms = NULL; /* by hand */
    assert_false(limits_are_asked(&s->plan));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_site_has_room_for_the_smaller_of_number_and_percent_and_for_one_at_least),
        UNIT_TEST(only_where_others_stand_can_one_be_the_last_that_works),
        UNIT_TEST(bytes_fit_when_enough_slots_are_an_hour_old_and_something_too_large_goes_alone),
        UNIT_TEST(nothing_is_asked_where_nothing_is_limited),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
