#include "base/text.h"
#include "support/restore.h"

UNIT(names_are_cut_between_characters)
{
    static const struct setting_row row[] = {
        {"addressbook", "1", "name",
         "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"
         "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xE2\x82\xAC\xE2\x82\xAC"}};
    struct pair pair;

    pair_with(unit, "MFP-3145", "MFP-5210", row, 1, &pair);
    struct restore_plan plan = plan_of(unit, &pair);
    const char *name = snapshot_value(&item_of(&plan, "addressbook", "1")->to, "name");

    is_so(&plan, "addressbook", "1", RESTORE_TRUNCATED, "cut from 21 to 20");
    assert_int_equal(19 * 2 + 3, strlen(name));
    assert_true(text_is_utf8(span_of(name)));
}

UNIT(entries_beyond_the_capacity_are_named_and_left_out)
{
    struct setting_row many[305];
    struct pair pair;

    for (size_t i = 0; i < COUNT(many); i++)
        many[i] = (struct setting_row){"addressbook", arena_printf(unit->arena, "%zu", i + 1), "name", "x"};

    pair_with(unit, "MFP-3145", "MFP-5230", many, COUNT(many), &pair);
    struct restore_plan plan = plan_of(unit, &pair);

    assert_int_equal(300, plan.counts[RESTORE_EXACT]);
    assert_int_equal(5, plan.counts[RESTORE_CANNOT_MOVE]);
    is_so(&plan, "addressbook", "300", RESTORE_EXACT, NULL);
    is_so(&plan, "addressbook", "301", RESTORE_CANNOT_MOVE,
          "MFP-5230 holds 300 and this would be number 301");
}

UNIT(a_reference_that_dangles_in_the_backup_itself_is_said)
{
    static const struct setting_row row[] = {{"addressbook", "1", "name", "x"},
                                             {"addressbook", "1", "members", "7,8"}};
    struct pair pair;

    pair_with(unit, "MFP-3145", "MFP-3145", row, COUNT(row), &pair);
    struct restore_plan plan = plan_of(unit, &pair);

    is_so(&plan, "addressbook", "1", RESTORE_CANNOT_MOVE, "points at addressbook 7 and 1 more");
}

UNIT(what_points_at_a_category_that_is_not_chosen_is_warned_about)
{
    struct pair pair;

    pair_of(unit, "MFP-3145", "MFP-3145", "templates", &pair);
    struct restore_plan plan = plan_of(unit, &pair);

    is_so(&plan, "templates", "t1", RESTORE_EXACT, NULL);
    assert_non_null(strstr(plan.categories[0].warning, "2 of them point at scan-destinations (destination)"));
    assert_non_null(strstr(plan.categories[0].warning, "1 of them point at addressbook (recipients)"));
}

UNIT(items_that_point_at_each_other_too_deep_are_refused)
{
    struct setting_row chain[80];
    struct pair pair;

    for (size_t i = 0; i < COUNT(chain); i++)
        chain[i] = (struct setting_row){"addressbook", arena_printf(unit->arena, "%zu", i / 2 + 1),
                                        i % 2 ? "members" : "name",
                                        i % 2 ? arena_printf(unit->arena, "%zu", i / 2 + 2) : "x"};
    struct restore_plan plan;

    pair_with(unit, "MFP-3145", "MFP-3145", chain, COUNT(chain), &pair);
    REFUSES(ERR_INVALID, restore_plan(unit->arena, &pair.request, &plan, &unit->err));
    SAYS("deep");
}

UNIT(required_fields_that_are_missing_are_filled_asked_for_or_refused)
{
    static const char text[] = "{\"format\":\"nightshift-model-1\",\"model\":\"X\",\"family\":\"x\","
                               "\"categories\":{\"users\":{\"max\":9,"
                               "\"fields\":{\"name\":{\"required\":true},\"mode\":{\"required\":true,"
                               "\"default\":\"plain\"},\"pin\":{"
                               "\"required\":true,\"person\":true}}}}}";
    static const struct setting_row row[] = {{"users", "1", "name", "x"}, {"users", "2", NULL, NULL}};
    struct pair pair;

    pair_with(unit, "MFP-3145", "MFP-3145", row, COUNT(row), &pair);
    MUST(capability_read(unit->arena, span_of(text), &pair.target, &unit->err));
    struct restore_plan plan = plan_of(unit, &pair);

    is_so(&plan, "users", "1", RESTORE_NEEDS_SECRET, "pin: X wants one");
    is_so(&plan, "users", "1", RESTORE_NEEDS_SECRET, "mode: not in the backup; it becomes plain");
    is_so(&plan, "users", "2", RESTORE_CANNOT_MOVE, "name: not in the backup, and X wants it");
}

UNIT(a_secret_that_is_too_long_is_asked_for_and_its_length_is_not_told)
{
    static const struct setting_row row[] = {
        {"network", "lan", "community", "canary-community-that-is-longer-than-it-may-be"}};
    struct pair pair;

    pair_with(unit, "MFP-3145", "MFP-3135", row, 1, &pair);
    struct restore_plan plan = plan_of(unit, &pair);

    is_so(&plan, "network", "lan", RESTORE_NEEDS_SECRET,
          "community: longer than MFP-3135 takes; give another");
    assert_string_equal("", snapshot_value(&item_of(&plan, "network", "lan")->to, "community"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(names_are_cut_between_characters),
        UNIT_TEST(entries_beyond_the_capacity_are_named_and_left_out),
        UNIT_TEST(a_reference_that_dangles_in_the_backup_itself_is_said),
        UNIT_TEST(what_points_at_a_category_that_is_not_chosen_is_warned_about),
        UNIT_TEST(items_that_point_at_each_other_too_deep_are_refused),
        UNIT_TEST(required_fields_that_are_missing_are_filled_asked_for_or_refused),
        UNIT_TEST(a_secret_that_is_too_long_is_asked_for_and_its_length_is_not_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
