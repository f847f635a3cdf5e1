/* Restores, as the agent takes, checks and applies them. */
#include "support/mfp_restores.h"
#include "support/tarball.h"
#include "support/unit.h"

#include "base/text.h"

UNIT(a_restore_puts_each_category_back_the_line_last_and_backs_up_around_it)
{
    struct mfp *mfp = offered(unit->arena, "good");

    run_to_its_end(mfp);
    assert_restored(mfp);
    assert_int_equal(mfp->backups, 2);
    assert_string_equal(mfp_about(mfp, 1, "trigger"), "before-restore");
    assert_string_equal(mfp_about(mfp, 1, "restore"), "5");
    assert_string_equal(mfp_about(mfp, 2, "trigger"), "after-restore");
    assert_string_equal(snapshot_value(&mfp_backup(mfp, 2).categories[0].items[0], "value"), "new people");
    assert_true(mfp_said(mfp, "\"code\":9070"));
    assert_int_equal(mfp->boots, 3);
    mfp_end(mfp);
}

UNIT(a_power_cut_at_any_moment_of_a_restore_ends_in_one_that_is_whole)
{
    int cuts = 0;

    for (int ticks = 0, was_cut = 1; was_cut; ticks++) {
        AUTO(arena_freep) struct arena *arena = arena_new();
        struct mfp *mfp = offered(arena, "good");
        int boots = mfp->boots;

        mfp->ticks_left = ticks;
        run_to_its_end(mfp);
        was_cut = mfp->boots > boots;
        cuts += was_cut;
        assert_restored(mfp);
        assert_int_equal(mfp_count(mfp, "\"nonce\""), mfp_count(mfp, mfp->nonce));
        mfp_end(mfp);
    }
    assert_true(cuts > 60);
}

UNIT(network_settings_that_cut_the_line_are_put_back)
{
    struct mfp *mfp = offered(unit->arena, "bad");
    int64_t began_ms;

    while (!text_equal(set_now(mfp, "network"), "bad"))
        (void)mfp_step(mfp);
    began_ms = mfp->now_ms;
    while (text_equal(set_now(mfp, "network"), "bad"))
        (void)mfp_step(mfp);
    assert_in_range(mfp->now_ms - began_ms, 299000, 330000);
    run_to_its_end(mfp);
    assert_int_equal(mfp->successes, 0);
    assert_int_equal(mfp->failures, 1);
    assert_string_equal(set_now(mfp, "network"), "old network");
    assert_string_equal(set_now(mfp, "addressbook"), "new people");
    assert_non_null(strstr(mfp->result, "{\"name\":\"addressbook\",\"result\":\"applied\""));
    assert_non_null(strstr(mfp->result, "{\"name\":\"network\",\"result\":\"reverted\""));
    assert_true(mfp_said(mfp, "the service could not be reached in"));
    mfp_end(mfp);
}

UNIT(a_connection_from_before_does_not_answer_for_the_new_network)
{
    struct mfp *mfp = offered(unit->arena, "bad");

    mfp->keeps_connection = true;
    run_to_its_end(mfp);
    assert_int_equal(mfp->successes, 0);
    assert_string_equal(set_now(mfp, "network"), "old network");
    assert_non_null(strstr(mfp->result, "{\"name\":\"network\",\"result\":\"reverted\""));
    assert_int_equal(mfp->reconnects, 2); /* into it, and out again */
    mfp_end(mfp);
}

UNIT(a_power_cut_at_any_moment_never_leaves_a_machine_without_a_line)
{
    int cuts = 0;

    for (int ticks = 0, was_cut = 1; was_cut; ticks++) {
        AUTO(arena_freep) struct arena *arena = arena_new();
        struct mfp *mfp = offered(arena, "bad");
        int boots = mfp->boots;

        mfp->ticks_left = ticks;
        run_to_its_end(mfp);
        was_cut = mfp->boots > boots;
        cuts += was_cut;
        assert_int_equal(mfp->successes, 0);
        assert_string_equal(set_now(mfp, "network"), "old network");
        assert_non_null(strstr(mfp->result, "{\"name\":\"network\",\"result\":\"reverted\""));
        mfp_end(mfp);
    }
    assert_true(cuts > 60);
}

UNIT(two_power_cuts_do_no_more_harm_than_one)
{
    for (int first = 0; first < 90; first += 4) {
        for (int second = 1; second < 60; second += 5) {
            AUTO(arena_freep) struct arena *arena = arena_new();
            struct mfp *mfp = offered(arena, second % 2 ? "bad" : "good");
            int boots = mfp->boots;

            mfp->ticks_left = first;
            for (int i = 0; i < STEPS && mfp->boots == boots; i++)
                (void)mfp_step(mfp);
            mfp->ticks_left = second;
            run_to_its_end(mfp);
            if (second % 2)
                assert_string_equal(set_now(mfp, "network"), "old network");
            else
                assert_restored(mfp);
            mfp_end(mfp);
        }
    }
}

UNIT(a_clock_that_was_set_back_does_not_stretch_the_dead_mans_time)
{
    struct mfp *mfp = offered(unit->arena, "bad");
    int64_t began_ms;

    while (!text_equal(set_now(mfp, "network"), "bad"))
        (void)mfp_step(mfp);
    mfp->now_ms -= 24 * 3600 * 1000LL;
    began_ms = mfp->now_ms;
    while (text_equal(set_now(mfp, "network"), "bad"))
        (void)mfp_step(mfp);
    assert_true(mfp->now_ms - began_ms < 700000);
    mfp_end(mfp);
}

UNIT(a_category_that_the_machine_refuses_is_said_and_the_rest_goes_on)
{
    struct mfp *mfp = offered(unit->arena, "good");

    mfp->fails_to_apply = "users";
    run_to_its_end(mfp);
    assert_int_equal(mfp->failures, 1);
    assert_string_equal(set_now(mfp, "addressbook"), "new people");
    assert_string_equal(set_now(mfp, "network"), "good");
    assert_non_null(strstr(mfp->result, "{\"name\":\"users\",\"result\":\"failed\",\"items\":1,\"text\":"
                                        "\"the board refuses it\"}"));
    mfp_end(mfp);
}

UNIT(network_settings_that_the_machine_refuses_are_put_back_and_failed)
{
    struct mfp *mfp = offered(unit->arena, "good");

    mfp->fails_to_apply = "network";
    run_to_its_end(mfp);
    assert_int_equal(mfp->failures, 1);
    assert_string_equal(set_now(mfp, "network"), "old network");
    assert_non_null(strstr(mfp->result, "{\"name\":\"network\",\"result\":\"failed\""));
    mfp_end(mfp);
}

UNIT(a_busy_machine_is_restored_later_without_a_window)
{
    struct mfp *mfp = offered(unit->arena, "good");

    mfp->is_busy = true;
    mfp->update = "skip";
    mfp->window = "unavailable";
    assert_true(mfp_run_to(mfp, AGENT_WAITING_IDLE, STEPS));
    for (int i = 0; i < 30; i++)
        (void)mfp_step(mfp);
    assert_untouched(mfp);
    mfp->is_busy = false;
    run_to_its_end(mfp);
    assert_restored(mfp);
    mfp_end(mfp);
}

UNIT(a_restore_called_back_before_it_is_applied_changes_nothing)
{
    struct mfp *mfp = offered(unit->arena, "good");

    mfp->is_busy = true;
    assert_true(mfp_run_to(mfp, AGENT_WAITING_IDLE, STEPS));
    mfp->offer = MFP_CANCEL;
    mfp->is_busy = false;
    mfp->now_ms += 11 * 60000;
    mfp_run(mfp, STEPS);
    assert_untouched(mfp);
    assert_int_equal(agent_phase(mfp->agent), AGENT_IDLE);
    mfp_end(mfp);
}

/* ---- what is refused ----------------------------------------------------------------------- */

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_restore_puts_each_category_back_the_line_last_and_backs_up_around_it),
        UNIT_TEST(a_power_cut_at_any_moment_of_a_restore_ends_in_one_that_is_whole),
        UNIT_TEST(network_settings_that_cut_the_line_are_put_back),
        UNIT_TEST(a_connection_from_before_does_not_answer_for_the_new_network),
        UNIT_TEST(a_power_cut_at_any_moment_never_leaves_a_machine_without_a_line),
        UNIT_TEST(two_power_cuts_do_no_more_harm_than_one),
        UNIT_TEST(a_clock_that_was_set_back_does_not_stretch_the_dead_mans_time),
        UNIT_TEST(a_category_that_the_machine_refuses_is_said_and_the_rest_goes_on),
        UNIT_TEST(network_settings_that_the_machine_refuses_are_put_back_and_failed),
        UNIT_TEST(a_busy_machine_is_restored_later_without_a_window),
        UNIT_TEST(a_restore_called_back_before_it_is_applied_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
