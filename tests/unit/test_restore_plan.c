#include "support/golden.h"
#include "support/restore.h"

/* ---- the same model ------------------------------------------------------------------------------ */

UNIT(to_the_same_chassis_and_model_all_goes_across_but_for_what_never_left)
{
    struct pair pair;

    pair_of(unit, "MFP-3145", "MFP-3145", NULL, &pair);
    pair.request.is_same_chassis = true;
    struct restore_plan plan = plan_of(unit, &pair);

    assert_int_equal(0, plan.counts[RESTORE_CANNOT_MOVE]);
    assert_int_equal(0, plan.counts[RESTORE_CONVERTED]);
    assert_int_equal(0, plan.counts[RESTORE_TRUNCATED]);
    is_so(&plan, "service-adjustments", "08-401", RESTORE_EXACT, NULL);
    is_so(&plan, "certificates", "c1", RESTORE_NEEDS_SECRET, "private_key: never left its device");
    is_so(&plan, "users", "ann", RESTORE_NEEDS_SECRET, "password: MFP-3145 takes it from a person only");
    is_so(&plan, "network", "lan", RESTORE_EXACT, NULL);
    assert_false(plan.is_whole); /* a password is taken out */
}

UNIT(a_snapshot_without_anything_to_change_is_whole_and_a_chosen_part_is_not)
{
    struct pair pair;
    struct snapshot made = settings_snapshot(unit->arena, "MFP-3145", restore_rows, 9);

    pair_of(unit, "MFP-3145", "MFP-3145", NULL, &pair);
    pair.snapshot = settings_round(unit, &made);
    MUST(restore_choose(&pair.snapshot, "", &pair.request, &unit->err));
    assert_true(plan_of(unit, &pair).is_whole);
    pair_of(unit, "MFP-3145", "MFP-3145", "addressbook", &pair);
    assert_false(plan_of(unit, &pair).is_whole);
}

UNIT(what_a_descriptor_does_not_know_moves_within_the_model)
{
    static const struct setting_row new_row[] = {{"network", "lan", "newer_field", "x"}};
    struct snapshot made = settings_snapshot(unit->arena, "MFP-3145", new_row, 1);
    struct pair pair;

    pair_of(unit, "MFP-3145", "MFP-3145", "network", &pair);
    pair.snapshot = settings_round(unit, &made);
    struct restore_plan same = plan_of(unit, &pair);

    is_so(&same, "network", "lan", RESTORE_EXACT, NULL);
    pair.request.source = NULL;
    same = plan_of(unit, &pair);
    is_so(&same, "network", "lan", RESTORE_EXACT, NULL);
    MUST(capability_built_in(unit->arena, "MFP-3135", &pair.target, &unit->err));
    struct restore_plan other = plan_of(unit, &pair);

    is_so(&other, "network", "lan", RESTORE_CONVERTED, "newer_field: left behind, MFP-3135 has none");
}

/* ---- another chassis ----------------------------------------------------------------------------- */

UNIT(adjustment_values_and_certificates_stay_with_their_chassis)
{
    struct pair pair;

    pair_of(unit, "MFP-3145", "MFP-3145", "service-adjustments, certificates", &pair);
    struct restore_plan plan = plan_of(unit, &pair);

    is_so(&plan, "service-adjustments", "08-401", RESTORE_CANNOT_MOVE, "this is another chassis");
    is_so(&plan, "certificates", "c1", RESTORE_CANNOT_MOVE, "order new ones");
    pair.request.may_move_adjustments = true;
    plan = plan_of(unit, &pair);
    is_so(&plan, "service-adjustments", "08-401", RESTORE_EXACT, NULL);
    is_so(&plan, "certificates", "c1", RESTORE_CANNOT_MOVE, NULL);
}

UNIT(adjustment_values_of_another_model_are_refused_whatever_is_said)
{
    struct pair pair;

    pair_of(unit, "MFP-3145", "MFP-3135", "service-adjustments", &pair);
    pair.request.is_same_chassis = pair.request.may_move_adjustments = true;
    struct restore_plan plan = plan_of(unit, &pair);

    is_so(&plan, "service-adjustments", "08-401", RESTORE_CANNOT_MOVE, "another model do harm");
}

/* ---- another model ------------------------------------------------------------------------------- */

UNIT(each_item_for_another_model_has_its_outcome_and_reason)
{
    struct pair pair;

    pair_of(unit, "MFP-3145", "MFP-5210", NULL, &pair);
    struct restore_plan plan = plan_of(unit, &pair);
    /* clang-format off */
    static const struct { const char *category, *id; enum restore_outcome outcome; const char *says; } expected[] = {
        {"addressbook",       "1",    RESTORE_CONVERTED,    "mail: is called mail_address there"},
        {"addressbook",       "2",    RESTORE_TRUNCATED,    "name: cut from 40 to 20 characters"},
        {"addressbook",       "3",    RESTORE_CANNOT_MOVE,  "kind: MFP-5210 has no group"},
        {"addressbook",       "4",    RESTORE_CANNOT_MOVE,  "MFP-5210 takes 64, and it means nothing when cut"},
        {"departments",       "10",   RESTORE_TRUNCATED,    "name: cut from 40 to 32 characters"},
        {"departments",       "11",   RESTORE_CANNOT_MOVE,  "name: would be the same as that of item 10"},
        {"users",             "ann",  RESTORE_CANNOT_MOVE,  "department: points at departments 11"},
        {"scan-destinations", "s1",   RESTORE_NEEDS_SECRET, "password: never left its device"},
        {"scan-destinations", "s2",   RESTORE_CANNOT_MOVE,  "protocol: MFP-5210 has no ftp"},
        {"templates",         "t1",   RESTORE_CONVERTED,    "colour: black is called grey there"},
        {"templates",         "t1",   RESTORE_CONVERTED,    "paper: MFP-5210 has no A3; it becomes auto"},
        {"templates",         "t2",   RESTORE_CANNOT_MOVE,  "destination: points at scan-destinations s2"},
        {"templates",         "t3",   RESTORE_CONVERTED,    "recipients: without addressbook 3"},
        {"templates",         "t3",   RESTORE_CONVERTED,    "staple: left behind, MFP-5210 has none"},
        {"panel-layout",      "p1",   RESTORE_CANNOT_MOVE,  "template: points at templates t2"},
        {"network",           "lan",  RESTORE_CONVERTED,    "hostname: is called host_name there"},
        {"wireless",          "wlan", RESTORE_CANNOT_MOVE,  "MFP-5210 has no wireless"},
    };
    /* clang-format on */
    for (size_t i = 0; i < COUNT(expected); i++)
        is_so(&plan, expected[i].category, expected[i].id, expected[i].outcome, expected[i].says);
    assert_false(plan.is_whole);
}

UNIT(what_is_made_of_the_plan_is_a_snapshot_of_the_target)
{
    struct pair pair;
    struct snapshot made;

    pair_of(unit, "MFP-3145", "MFP-5210", NULL, &pair);
    struct restore_plan plan = plan_of(unit, &pair);

    MUST(restore_snapshot(unit->arena, &plan, &made, &unit->err));
    struct snapshot read = settings_round(unit, &made);
    const struct snapshot_category *book = snapshot_category(&read, snapshot_kind_find("addressbook"));
    const struct snapshot_category *templates = snapshot_category(&read, snapshot_kind_find("templates"));

    assert_string_equal("MFP-5210", read.model);
    assert_string_equal("mfp-5200", read.family);
    assert_string_equal("mfp-2", read.controller_id);
    assert_string_equal("SN-2", read.serial);
    assert_int_equal(2, book->item_count);
    assert_string_equal("ann@example.com", snapshot_value(snapshot_item(book, "1"), "mail_address"));
    assert_null(snapshot_value(snapshot_item(book, "1"), "mail"));
    assert_string_equal("The name of a person", snapshot_value(snapshot_item(book, "2"), "name"));
    assert_string_equal("1", snapshot_value(snapshot_item(templates, "t3"), "recipients"));
    assert_string_equal("grey", snapshot_value(snapshot_item(templates, "t1"), "colour"));
    assert_null(snapshot_category(&read, snapshot_kind_find("wireless")));
    assert_null(snapshot_category(&read, snapshot_kind_find("service-adjustments")));
    /* Once there, it is at home. */
    struct pair home = {.snapshot = read, .source = pair.target, .target = pair.target};

    home.request = (struct restore_request){.snapshot = &home.snapshot, .target = &home.target};
    MUST(restore_choose(&home.snapshot, NULL, &home.request, &unit->err));
    struct restore_plan again = plan_of(unit, &home);

    assert_true(again.is_whole);
}

UNIT(the_digest_changes_with_everything_the_plan_depends_on_and_with_nothing_else)
{
    struct pair base, one;
    const char *seen[9];
    size_t count = 0;

    pair_of(unit, "MFP-3145", "MFP-3135", NULL, &base);
    seen[count++] = plan_of(unit, &base).digest;
    assert_string_equal(seen[0], plan_of(unit, &base).digest);
    pair_of(unit, "MFP-3145", "MFP-3135", "network", &one);
    seen[count++] = plan_of(unit, &one).digest;
    pair_of(unit, "MFP-3145", "MFP-3125", NULL, &one);
    seen[count++] = plan_of(unit, &one).digest;
    pair_of(unit, "MFP-3145", "MFP-3135", NULL, &one);
    one.request.target_id = "mfp-3";
    seen[count++] = plan_of(unit, &one).digest;
    one.request.target_id = base.request.target_id;
    one.request.target_serial = "SN-3";
    seen[count++] = plan_of(unit, &one).digest;
    one.request.target_serial = base.request.target_serial;
    one.request.is_same_chassis = true;
    seen[count++] = plan_of(unit, &one).digest;
    one.request.may_move_adjustments = true;
    seen[count++] = plan_of(unit, &one).digest;
    one.request = base.request;
    one.request.source = NULL;
    seen[count++] = plan_of(unit, &one).digest;
    one.request = base.request;
    one.snapshot.digest = "another";
    one.request.snapshot = &one.snapshot;
    seen[count++] = plan_of(unit, &one).digest;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(seen[i], seen[k]);
}

UNIT(what_makes_no_sense_is_refused)
{
    struct pair pair;
    struct restore_plan plan;
    struct snapshot made;

    pair_of(unit, "MFP-3145", "MFP-3135", NULL, &pair);
    REFUSES(ERR_INVALID, restore_choose(&pair.snapshot, "network,nonsense", &pair.request, &unit->err));
    SAYS("nonsense");
    REFUSES(ERR_NOT_FOUND, restore_choose(&pair.snapshot, "fax", &pair.request, &unit->err));
    SAYS("no category \"fax\"");
    REFUSES(ERR_FORBIDDEN, restore_choose(&pair.snapshot, "job-log", &pair.request, &unit->err));
    SAYS("no document data");
    pair.request.is_chosen[snapshot_kind_find("fax") - snapshot_kinds] = true;
    REFUSES(ERR_NOT_FOUND, restore_plan(unit->arena, &pair.request, &plan, &unit->err));
    memset(pair.request.is_chosen, 0, sizeof(pair.request.is_chosen));
    REFUSES(ERR_INVALID, restore_plan(unit->arena, &pair.request, &plan, &unit->err));
    SAYS("no category is chosen");
    pair.request.source = &pair.target;
    REFUSES(ERR_INVALID, restore_plan(unit->arena, &pair.request, &plan, &unit->err));
    SAYS("source's descriptor");
    pair_of(unit, "MFP-3145", "MFP-3145", "service-adjustments", &pair);
    plan = plan_of(unit, &pair);
    REFUSES(ERR_CONFLICT, restore_snapshot(unit->arena, &plan, &made, &unit->err));
    SAYS("nothing of what is chosen can move");
}

UNIT(a_plan_shows_no_secret_and_no_value_of_the_customer)
{
    static const char *const models[] = {"MFP-3145", "MFP-3135", "MFP-5210", "demo-200", "demo-300"};
    static const char *const hidden[] = {"canary", "example.com", "Archer", "Accounting", "1234", "print-7"};

    for (size_t m = 0; m < COUNT(models); m++) {
        struct pair pair;
        struct buf text = {.arena = unit->arena};
        struct json_out j = {.buf = &text};

        pair_of(unit, "MFP-3145", models[m], NULL, &pair);
        struct restore_plan plan = plan_of(unit, &pair);

        restore_plan_json(&plan, &j, NULL);
        buf_add(&text, restore_plan_text(unit->arena, &plan, 100));
        for (size_t i = 0; i < COUNT(hidden); i++)
            assert_null(strstr(buf_cstr(&text), hidden[i]));
    }
}

UNIT(a_plan_reads_as_it_always_did)
{
    struct pair pair;
    struct buf text = {.arena = unit->arena};
    struct json_out j = {.buf = &text};

    pair_of(unit, "MFP-3145", "MFP-5210", NULL, &pair);
    struct restore_plan plan = plan_of(unit, &pair);

    /* The digest follows the descriptors; the words are what is held here. */
    plan.digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    golden_check(unit, "restore_plan", restore_plan_text(unit->arena, &plan, 3));
    restore_plan_json(&plan, &j, NULL);
    assert_non_null(strstr(buf_cstr(&text), "\"outcome\":\"cannot-move\""));
    assert_non_null(strstr(buf_cstr(&text), "\"whole\":false"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(to_the_same_chassis_and_model_all_goes_across_but_for_what_never_left),
        UNIT_TEST(a_snapshot_without_anything_to_change_is_whole_and_a_chosen_part_is_not),
        UNIT_TEST(what_a_descriptor_does_not_know_moves_within_the_model),
        UNIT_TEST(adjustment_values_and_certificates_stay_with_their_chassis),
        UNIT_TEST(adjustment_values_of_another_model_are_refused_whatever_is_said),
        UNIT_TEST(each_item_for_another_model_has_its_outcome_and_reason),
        UNIT_TEST(what_is_made_of_the_plan_is_a_snapshot_of_the_target),
        UNIT_TEST(the_digest_changes_with_everything_the_plan_depends_on_and_with_nothing_else),
        UNIT_TEST(what_makes_no_sense_is_refused),
        UNIT_TEST(a_plan_shows_no_secret_and_no_value_of_the_customer),
        UNIT_TEST(a_plan_reads_as_it_always_did),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
