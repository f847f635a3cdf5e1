#include "domain/rollout.h"

#include "domain/selection.h"
#include "domain/staging.h"
#include "support/unit.h"

#define HOUR_MS 3600000LL

UNIT(every_pair_is_a_listed_move_or_refused)
{
    static const char *const law[ROLLOUT_STATE__MAX] = {
        /* do: start pause resume abort; saw: plan nobody failures all_done newer */
        [ROLLOUT_DRAFT] = "L..A.....",   [ROLLOUT_PLANNING] = ".D.ARD...", [ROLLOUT_RUNNING] = ".P.A..HFF",
        [ROLLOUT_PAUSED] = "..RA....F",  [ROLLOUT_HALTED] = "..RA....F",   [ROLLOUT_FINISHED] = ".........",
        [ROLLOUT_ABORTED] = ".........",
    };

    (void)unit;
    for (int s = 0; s < ROLLOUT_STATE__MAX; s++)
        for (int e = 0; e < ROLLOUT_EVENT__MAX; e++)
            assert_int_equal(law[s][e],
                             "DLRPHFA."[rollout_next((enum rollout_state)s, (enum rollout_event)e)]);
}

/* ---- staging ------------------------------------------------------------------ */

UNIT(stages_are_cut_to_the_device_and_later_devices_fall_into_the_last)
{
    struct rollout_stage stages[] = {
        {.kind = STAGE_COUNT, .value = 3}, {.kind = STAGE_PERCENT, .value = 20}, {.kind = STAGE_REST}};
    int64_t ranks[100];

    (void)unit;
    for (int i = 0; i < 100; i++)
        ranks[i] = i * 10;
    staging_cut(stages, 3, ranks, 100);
    assert_int_equal(3, stages[0].planned);
    assert_int_equal(20, stages[1].planned);
    assert_int_equal(77, stages[2].planned);
    assert_int_equal(30, stages[0].rank_below);
    assert_int_equal(230, stages[1].rank_below);
    assert_true(stages[2].rank_below == RANK_END);
}

UNIT(a_percent_of_few_devices_is_still_one_and_nothing_is_planned_twice)
{
    struct rollout_stage stages[] = {
        {.kind = STAGE_PERCENT, .value = 1}, {.kind = STAGE_COUNT, .value = 50}, {.kind = STAGE_REST}};
    const int64_t ranks[] = {1, 2, 3, 4};

    (void)unit;
    staging_cut(stages, 3, ranks, 4);
    assert_int_equal(1, stages[0].planned);
    assert_int_equal(3, stages[1].planned);
    assert_int_equal(0, stages[2].planned);
    staging_cut(stages, 3, ranks, 0);
    assert_int_equal(0, stages[0].planned + stages[1].planned + stages[2].planned);
}

UNIT(every_device_is_in_exactly_one_stage_and_stays_there)
{
    struct rollout_stage stages[] = {
        {.kind = STAGE_GROUP, .tag = "pilot"}, {.kind = STAGE_PERCENT, .value = 10}, {.kind = STAGE_REST}};
    const char *const tags[] = {"pilot"};
    struct device device = {.family = "f", .model = "m", .site = "s"};
    struct device_facts plain = {.device = &device},
                        pilot = {.device = &device, .tags = tags, .tag_count = 1};
    int64_t ranks[500], in[3] = {0};

    for (int i = 0; i < 500; i++)
        ranks[i] = selection_rank(7, arena_printf(unit->arena, "mfp-%d", i));
    for (int i = 1; i < 500; i++)
        for (int k = i; k > 0 && ranks[k] < ranks[k - 1]; k--) {
            int64_t swap = ranks[k];

            ranks[k] = ranks[k - 1];
            ranks[k - 1] = swap;
        }
    staging_cut(stages, 3, ranks, 500);
    for (int i = 0; i < 500; i++) {
        int64_t rank = selection_rank(7, arena_printf(unit->arena, "mfp-%d", i));
        int64_t stage = selection_stage(stages, 3, rank, &plain);

        assert_true(stage == 1 || stage == 2);
        in[stage]++;
        assert_int_equal(
            stage,
            selection_stage(stages, 3, selection_rank(7, arena_printf(unit->arena, "mfp-%d", i)), &plain));
        assert_int_equal(0, selection_stage(stages, 3, rank, &pilot));
    }
    assert_int_equal(50, in[1]);
    assert_int_equal(450, in[2]);
}

UNIT(ranks_are_the_same_for_ever)
{
    (void)unit;
    /* The first 8 bytes of SHA-256("1/mfp-1"), halved: computed elsewhere. */
    assert_true(selection_rank(1, "mfp-1") == 4058749075865769639LL);
    assert_true(selection_rank(1, "mfp-1") != selection_rank(2, "mfp-1"));
    assert_true(selection_rank(1, "mfp-1") >= 0);
}

/* ---- selection ------------------------------------------------------------------ */

UNIT(a_selection_asks_any_of_each_list_and_all_lists)
{
    const char *const tags[] = {"lab", "floor3"};
    const struct device_pair attributes[] = {{"disk", "ssd"}};
    struct device device = {.controller_id = "d1", .family = "f", .model = "A", .site = "berlin"};
    const struct action_change changes[] = {{.rollout_id = 3, .had = ""}, {.rollout_id = 7, .had = "1.0"}};
    struct device_facts facts = {.device = &device,
                                 .tags = tags,
                                 .tag_count = 2,
                                 .attributes = attributes,
                                 .attribute_count = 1,
                                 .changes = changes,
                                 .change_count = 2};
    static const struct {
        const char *json;
        bool is_match;
    } rows[] = {
        {"{}", true},
        {"{\"models\":[\"B\",\"A\"]}", true},
        {"{\"models\":[\"B\"]}", false},
        {"{\"sites\":[\"berlin\"],\"tags\":[\"floor3\"]}", true},
        {"{\"sites\":[\"paris\"],\"tags\":[\"floor3\"]}", false},
        {"{\"tags\":[\"none\"]}", false},
        {"{\"devices\":[\"d1\"]}", true},
        {"{\"devices\":[\"d2\"]}", false},
        {"{\"attributes\":{\"disk\":\"ssd\"}}", true},
        {"{\"attributes\":{\"disk\":\"hdd\"}}", false},
        {"{\"attributes\":{\"fax\":\"yes\"}}", false},
        {"{\"families\":[\"f\"]}", true},
        {"{\"families\":[\"g\"]}", false},
        {"{\"changed_by\":7}", true},
        {"{\"changed_by\":5}", false},
        {"{\"changed_by\":7,\"had\":[\"0.9\",\"1.0\"]}", true},
        {"{\"changed_by\":7,\"had\":[\"0.9\",\"\"]}", false},
        {"{\"changed_by\":3,\"had\":[\"\"]}", true},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct selection s;

        MUST(selection_text(unit->arena, rows[i].json, &s, &unit->err));
        assert_int_equal(rows[i].is_match, selection_matches(&s, &facts));
    }
}

UNIT(an_unknown_member_of_a_selection_is_refused_by_name)
{
    struct selection s;

    REFUSES(ERR_INVALID, selection_text(unit->arena, "{\"modles\":[\"A\"]}", &s, &unit->err));
    SAYS("modles");
    REFUSES(ERR_INVALID, selection_text(unit->arena, "{\"models\":[1]}", &s, &unit->err));
    SAYS("models");
}

/* ---- the gate ------------------------------------------------------------------------ */

static struct rollout running(int64_t stage)
{
    return (struct rollout){.state = ROLLOUT_RUNNING,
                            .stage = stage,
                            .fail_percent = 5,
                            .healthy_percent = 90,
                            .min_failures = 1,
                            .deadline_h = 72};
}

static enum verdict judge(struct rollout r, struct rollout_tally *tally, int64_t planned, int64_t now_ms)
{
    struct rollout_stage stages[2] = {{.kind = STAGE_COUNT, .planned = planned, .opened_ms = 1},
                                      {.kind = STAGE_REST, .planned = planned, .opened_ms = r.stage ? 1 : 0}};

    return rollout_judge(&r, stages, 2, tally, now_ms).verdict;
}

UNIT(a_stage_opens_the_next_when_enough_are_healthy)
{
    struct rollout_tally tally[2] = {0};

    (void)unit;
    tally[0].devices[ACTION_HEALTHY] = 17;
    tally[0].devices[ACTION_INSTALLING] = 3;
    assert_int_equal(VERDICT_WAIT, judge(running(0), tally, 20, HOUR_MS));
    tally[0].devices[ACTION_HEALTHY] = 18;
    tally[0].devices[ACTION_INSTALLING] = 2;
    assert_int_equal(VERDICT_NEXT_STAGE, judge(running(0), tally, 20, HOUR_MS));
}

UNIT(too_many_failures_halt_also_when_they_come_late_from_an_earlier_stage)
{
    struct rollout_tally tally[2] = {0};

    (void)unit;
    tally[0].devices[ACTION_FAILED] = 1;
    assert_int_equal(VERDICT_WAIT, judge(running(0), tally, 20, HOUR_MS)); /* 5 % is not more than 5 % */
    tally[0].devices[ACTION_SILENT] = 1;
    assert_int_equal(VERDICT_HALT, judge(running(0), tally, 20, HOUR_MS));
    tally[0].devices[ACTION_HEALTHY] = 18;
    assert_int_equal(VERDICT_HALT, judge(running(1), tally, 20, HOUR_MS));
}

UNIT(silence_is_failure_once_the_deadline_has_passed)
{
    struct rollout_tally tally[2] = {0};

    (void)unit;
    tally[0].devices[ACTION_HEALTHY] = 10;
    assert_int_equal(VERDICT_WAIT, judge(running(0), tally, 20, 72 * HOUR_MS));
    assert_int_equal(VERDICT_HALT, judge(running(0), tally, 20, 72 * HOUR_MS + 2));
}

UNIT(the_last_stage_finishes_when_every_planned_device_is_closed)
{
    struct rollout_tally tally[2] = {0};

    (void)unit;
    tally[0].devices[ACTION_HEALTHY] = 20;
    tally[1].devices[ACTION_HEALTHY] = 19;
    assert_int_equal(VERDICT_WAIT, judge(running(1), tally, 20, HOUR_MS));
    tally[1].devices[ACTION_RECALLED] = 1;
    assert_int_equal(VERDICT_FINISH, judge(running(1), tally, 20, HOUR_MS));
}

UNIT(an_empty_stage_does_not_hold_up_the_next)
{
    struct rollout_tally tally[2] = {0};

    (void)unit;
    assert_int_equal(VERDICT_NEXT_STAGE, judge(running(0), tally, 0, HOUR_MS));
    assert_int_equal(VERDICT_FINISH, judge(running(1), tally, 0, HOUR_MS));
}

UNIT(the_held_are_excused_after_the_deadline_and_a_stage_without_anybody_else_proves_nothing)
{
    struct rollout_stage stages[2] = {{.kind = STAGE_COUNT, .planned = 3, .opened_ms = 1, .excused = 3},
                                      {.kind = STAGE_REST, .planned = 20}};
    struct rollout_tally tally[2] = {0};
    const struct rollout r = running(0);

    (void)unit;
    assert_int_equal(VERDICT_WAIT, rollout_judge(&r, stages, 2, tally, HOUR_MS).verdict);
    assert_int_equal(VERDICT_WAIT, rollout_judge(&r, stages, 2, tally, 73 * HOUR_MS).verdict);
    stages[0].excused = 2;
    tally[0].devices[ACTION_HEALTHY] = 1;
    assert_int_equal(VERDICT_WAIT, rollout_judge(&r, stages, 2, tally, HOUR_MS).verdict);
    assert_int_equal(VERDICT_NEXT_STAGE, rollout_judge(&r, stages, 2, tally, 73 * HOUR_MS).verdict);
}

UNIT(who_is_gone_for_good_keeps_the_last_stage_open_no_longer_than_its_deadline)
{
    struct rollout_stage stages[2] = {{.kind = STAGE_COUNT, .planned = 1, .opened_ms = 1},
                                      {.kind = STAGE_REST, .planned = 5, .opened_ms = 1, .gone = 3}};
    struct rollout_tally tally[2] = {0};
    struct rollout r = running(1);
    struct judgement j;

    (void)unit;
    r.fail_percent = 100;
    tally[0].devices[ACTION_HEALTHY] = 1;
    tally[1].devices[ACTION_HEALTHY] = 1;
    assert_int_equal(VERDICT_WAIT, rollout_judge(&r, stages, 2, tally, HOUR_MS).verdict);
    j = rollout_judge(&r, stages, 2, tally, 73 * HOUR_MS);
    assert_int_equal(VERDICT_FINISH, j.verdict);
    assert_int_equal(1, j.unheard);
    assert_non_null(strstr(j.reason, "3 of its devices belong to a newer rollout"));
    stages[1].excused = 1; /* who is held may come yet */
    assert_int_equal(VERDICT_WAIT, rollout_judge(&r, stages, 2, tally, 73 * HOUR_MS).verdict);
}

UNIT(it_is_idle_when_whoever_began_is_done_in_every_stage)
{
    struct rollout_stage stages[2] = {{.kind = STAGE_COUNT, .planned = 3, .opened_ms = 1},
                                      {.kind = STAGE_REST, .planned = 3}};
    const struct rollout r = running(0);

    (void)unit;
    for (int s = 0; s < ACTION_STATE__MAX; s++)
        for (int stage = 0; stage < 2; stage++) {
            struct rollout_tally tally[2] = {0};

            tally[stage].devices[s] = 1;
            assert_int_equal(action_is_closed((enum action_state)s),
                             rollout_judge(&r, stages, 2, tally, HOUR_MS).is_idle);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(every_pair_is_a_listed_move_or_refused),
        UNIT_TEST(stages_are_cut_to_the_device_and_later_devices_fall_into_the_last),
        UNIT_TEST(a_percent_of_few_devices_is_still_one_and_nothing_is_planned_twice),
        UNIT_TEST(every_device_is_in_exactly_one_stage_and_stays_there),
        UNIT_TEST(ranks_are_the_same_for_ever),
        UNIT_TEST(a_selection_asks_any_of_each_list_and_all_lists),
        UNIT_TEST(an_unknown_member_of_a_selection_is_refused_by_name),
        UNIT_TEST(a_stage_opens_the_next_when_enough_are_healthy),
        UNIT_TEST(too_many_failures_halt_also_when_they_come_late_from_an_earlier_stage),
        UNIT_TEST(silence_is_failure_once_the_deadline_has_passed),
        UNIT_TEST(the_last_stage_finishes_when_every_planned_device_is_closed),
        UNIT_TEST(an_empty_stage_does_not_hold_up_the_next),
        UNIT_TEST(the_held_are_excused_after_the_deadline_and_a_stage_without_anybody_else_proves_nothing),
        UNIT_TEST(who_is_gone_for_good_keeps_the_last_stage_open_no_longer_than_its_deadline),
        UNIT_TEST(it_is_idle_when_whoever_began_is_done_in_every_stage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
