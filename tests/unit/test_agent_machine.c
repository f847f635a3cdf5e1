#include "support/mfp.h"
#include "support/unit.h"

#include "base/text.h"

#define STEPS 400

static void assert_installed_once(const struct mfp *mfp)
{
    assert_int_equal(agent_phase(mfp->agent), AGENT_IDLE);
    assert_int_equal(mfp->flashed[0], 1);
    assert_int_equal(mfp->flashed[1], 1);
    assert_string_equal(mfp->versions[0], "2.0");
    assert_string_equal(mfp->versions[1], "2.0");
    assert_int_equal(mfp->failures, 0);
    assert_true(mfp->successes >= 1);
    assert_string_equal(agent_release(mfp->agent), "2.0");
}

static void assert_untouched(const struct mfp *mfp)
{
    assert_int_equal(agent_phase(mfp->agent), AGENT_IDLE);
    assert_int_equal(mfp->flashed[0] + mfp->flashed[1], 0);
    assert_string_equal(mfp->versions[0], "1.0");
}

UNIT(an_offer_becomes_an_installed_release_and_every_phase_is_told)
{
    struct mfp *mfp = mfp_new(unit->arena);

    mfp_run(mfp, STEPS);
    assert_installed_once(mfp);
    assert_int_equal(mfp->successes, 1);
    assert_int_equal(mfp->boots, 2);
    assert_true(mfp_said(mfp, "\"claim\":\"CODE\""));
    assert_true(mfp_said(mfp, "AUTH TargetToken abc"));
    assert_true(mfp_said(mfp, "\"execution\":\"download\""));
    assert_true(mfp_said(mfp, "\"execution\":\"downloaded\""));
    assert_true(mfp_said(mfp, "\"code\":9040"));
    assert_true(mfp_said(mfp, "\"code\":9050"));
    assert_true(mfp_said(mfp, "\"code\":9060"));
    assert_true(mfp_said(mfp, "\"component.engine\":\"2.0\""));
    assert_int_equal(mfp_count(mfp, "/enrol"), 1);
    mfp_end(mfp);
}

UNIT(a_power_cut_at_any_moment_still_ends_in_one_installation)
{
    int ticks = 0, cuts = 0;

    for (bool was_cut = true; was_cut; ticks++) {
        AUTO(arena_freep) struct arena *arena = arena_new();
        struct mfp *mfp = mfp_new(arena);
        int boots = mfp->boots;

        mfp->ticks_left = ticks;
        mfp_run(mfp, STEPS);
        was_cut = mfp->boots > boots + 1;
        cuts += was_cut;
        assert_installed_once(mfp);
        mfp_end(mfp);
    }
    assert_true(cuts > 40);
}

UNIT(two_power_cuts_do_no_more_harm_than_one)
{
    for (int first = 0; first < 60; first += 3) {
        for (int second = 1; second < 40; second += 3) {
            AUTO(arena_freep) struct arena *arena = arena_new();
            struct mfp *mfp = mfp_new(arena);

            mfp->ticks_left = first;
            for (int i = 0; i < STEPS && mfp->boots < 2; i++)
                (void)mfp_step(mfp);
            mfp->ticks_left = second;
            mfp_run(mfp, STEPS);
            assert_installed_once(mfp);
            mfp_end(mfp);
        }
    }
}

UNIT(a_cut_download_goes_on_where_it_stopped)
{
    struct mfp *mfp = mfp_new(unit->arena);

    mfp->cuts_download = true;
    mfp_run(mfp, STEPS);
    assert_installed_once(mfp);
    assert_int_equal(mfp_count(mfp, "GET bytes from 0\n"), 2);
    assert_int_equal(mfp_count(mfp, "GET bytes from 500\n"), 2);
    mfp_end(mfp);
}

UNIT(outside_its_window_it_downloads_and_waits)
{
    struct mfp *mfp = mfp_new(unit->arena);

    mfp->update = "skip";
    mfp->window = "unavailable";
    assert_true(mfp_run_to(mfp, AGENT_WAITING_WINDOW, STEPS));
    for (int i = 0; i < 50; i++)
        (void)mfp_step(mfp);
    assert_int_equal(agent_phase(mfp->agent), AGENT_WAITING_WINDOW);
    assert_int_equal(mfp_count(mfp, "\"code\":9010"), 1);
    assert_int_equal(mfp->flashed[0], 0);

    mfp->update = "forced";
    mfp->window = "available";
    mfp_run(mfp, STEPS);
    assert_installed_once(mfp);
    mfp_end(mfp);
}

UNIT(what_does_not_fit_into_the_rest_of_the_window_is_not_begun)
{
    struct mfp *mfp = mfp_new(unit->arena);

    mfp->window = "available";
    mfp->minutes = "41";
    mfp->not_after = text_time(unit->arena, MFP_NOW_MS - 60000); /* until when it may begin */
    assert_true(mfp_run_to(mfp, AGENT_WAITING_WINDOW, STEPS));
    (void)mfp_step(mfp);
    assert_int_equal(agent_phase(mfp->agent), AGENT_WAITING_WINDOW);
    assert_true(mfp_said(mfp, "does not fit: it takes 41 min"));

    mfp->not_after = text_time(unit->arena, mfp->now_ms + 24 * 3600000);
    mfp_run(mfp, STEPS);
    assert_installed_once(mfp);
    mfp_end(mfp);
}

UNIT(a_window_that_closes_while_it_is_busy_is_obeyed_and_the_night_given_up)
{
    struct mfp *mfp = mfp_new(unit->arena);

    mfp->is_busy = true;
    mfp->window = "available";
    assert_true(mfp_run_to(mfp, AGENT_WAITING_IDLE, STEPS));
    (void)mfp_step(mfp);
    assert_true(mfp_said(mfp, "busy: fax-receiving"));
    mfp->update = "skip";
    mfp->window = "unavailable";
    mfp_run(mfp, STEPS);
    assert_untouched(mfp);
    assert_int_equal(mfp->failures, 1);
    assert_true(mfp_said(mfp, "\"code\":9020"));
    assert_true(mfp_said(mfp, "in use until its window ended: busy: fax-receiving"));
    mfp_end(mfp);
}

UNIT(who_was_idle_when_the_window_closed_has_given_nothing_up)
{
    struct mfp *mfp = mfp_new(unit->arena);

    mfp->is_busy = true;
    mfp->window = "available";
    assert_true(mfp_run_to(mfp, AGENT_WAITING_IDLE, STEPS));
    mfp->is_busy = false;
    mfp->update = "skip";
    mfp->window = "unavailable";
    assert_true(mfp_run_to(mfp, AGENT_WAITING_WINDOW, STEPS));
    assert_int_equal(mfp->failures, 0);
    assert_int_equal(mfp->flashed[0], 0);
    mfp_end(mfp);
}

UNIT(a_busy_machine_is_left_alone_and_says_why)
{
    struct mfp *mfp = mfp_new(unit->arena);

    mfp->is_busy = true;
    assert_true(mfp_run_to(mfp, AGENT_WAITING_IDLE, STEPS));
    for (int i = 0; i < 30; i++)
        (void)mfp_step(mfp);
    assert_int_equal(agent_phase(mfp->agent), AGENT_WAITING_IDLE);
    assert_int_equal(mfp_count(mfp, "busy: fax-receiving"), 1);
    mfp->is_busy = false;
    mfp_run(mfp, STEPS);
    assert_installed_once(mfp);
    mfp_end(mfp);
}

UNIT(waiting_for_an_idle_moment_has_an_end)
{
    struct mfp *mfp = mfp_new(unit->arena);

    mfp->is_busy = true;
    mfp_run(mfp, 20000);
    assert_untouched(mfp);
    assert_int_equal(mfp->failures, 1);
    assert_true(mfp_said(mfp, "never idle in"));
    assert_true(mfp->now_ms - MFP_NOW_MS > 7 * 3600000LL);
    mfp_end(mfp);
}

UNIT(download_only_ends_with_the_download)
{
    struct mfp *mfp = mfp_new(unit->arena);

    mfp->update = "skip";
    mfp_run(mfp, STEPS);
    assert_untouched(mfp);
    assert_int_equal(mfp->successes, 1);
    assert_true(mfp_said(
        mfp, "{\"id\":\"7\",\"status\":{\"execution\":\"downloaded\",\"result\":{\"finished\":\"success\""));
    mfp_end(mfp);
}

UNIT(download_skip_leaves_the_action_alone)
{
    struct mfp *mfp = mfp_new(unit->arena);

    mfp->download = "skip";
    for (int i = 0; i < 20; i++)
        (void)mfp_step(mfp);
    assert_int_equal(agent_phase(mfp->agent), AGENT_OFFERED);
    assert_int_equal(mfp_count(mfp, "/feedback"), 0);
    mfp->download = "attempt";
    mfp_run(mfp, STEPS);
    assert_installed_once(mfp);
    mfp_end(mfp);
}

/* ---- ends ------------------------------------------------------------------------------ */

/* The next poll is due now. */
static void let_poll(struct mfp *mfp)
{
    int polls = mfp->polls;

    for (int i = 0; i < STEPS && mfp->polls == polls; i++) {
        mfp->now_ms += 11 * 60000;
        (void)mfp_step(mfp);
    }
}

UNIT(a_component_that_cannot_be_written_is_a_failure_with_its_name)
{
    struct mfp *mfp = mfp_new(unit->arena);

    mfp->fails_install = true;
    mfp_run(mfp, STEPS);
    assert_untouched(mfp);
    assert_int_equal(mfp->failures, 1);
    assert_true(mfp_said(mfp, "\"code\":9040,\"details\":[\"installing system: checksum of the board\"]"));
    assert_string_equal(agent_release(mfp->agent), "");
    mfp_end(mfp);
}

UNIT(an_old_version_after_the_restart_is_a_failure)
{
    struct mfp *mfp = mfp_new(unit->arena);

    mfp->keeps_old_version = true;
    mfp_run(mfp, STEPS);
    assert_int_equal(mfp->failures, 1);
    assert_int_equal(mfp->successes, 0);
    assert_true(mfp_said(mfp, "after the restart system is 1.0, not 2.0"));
    mfp_end(mfp);
}

UNIT(a_failed_self_test_is_a_failure)
{
    struct mfp *mfp = mfp_new(unit->arena);

    mfp->fails_self_test = true;
    mfp_run(mfp, STEPS);
    assert_int_equal(mfp->failures, 1);
    assert_int_equal(mfp->successes, 0);
    assert_true(mfp_said(mfp, "self-test: engine does not answer"));
    mfp_end(mfp);
}

UNIT(what_is_not_trusted_is_refused_before_a_byte_is_fetched)
{
    struct mfp *mfp = mfp_new(unit->arena);

    mfp->refuses_trust = true;
    mfp_run(mfp, STEPS);
    assert_untouched(mfp);
    assert_int_equal(mfp->failures, 1);
    assert_int_equal(mfp_count(mfp, "GET bytes"), 0);
    assert_true(mfp_said(mfp, "signed by nobody we know"));
    mfp_end(mfp);
}

UNIT(a_deployment_that_makes_no_sense_is_answered_with_a_failure)
{
    struct mfp *mfp = mfp_new(unit->arena);

    mfp->has_double_part = true;
    mfp_run(mfp, STEPS);
    assert_untouched(mfp);
    assert_int_equal(mfp->failures, 1);
    assert_true(mfp_said(mfp, "one component twice"));
    mfp_end(mfp);
}

UNIT(a_last_word_that_got_lost_is_said_again_and_nothing_is_installed_again)
{
    struct mfp *mfp = mfp_new(unit->arena);

    mfp->loses_closed = true;
    mfp_run(mfp, STEPS);
    assert_installed_once(mfp);
    assert_int_equal(mfp_count(mfp, "\"closed\""), 2);

    mfp->offer = MFP_DEPLOYMENT; /* as if the service had forgotten */
    let_poll(mfp);
    mfp_run(mfp, STEPS);
    assert_installed_once(mfp);
    assert_int_equal(mfp_count(mfp, "\"closed\""), 3);
    mfp_end(mfp);
}

UNIT(a_poll_comes_a_tenth_sooner_or_later_than_it_was_told)
{
    struct mfp *mfp = mfp_new(unit->arena);
    int64_t least = INT64_MAX, most = 0;

    mfp->offer = MFP_NOTHING;
    mfp_run(mfp, STEPS);
    for (int i = 0; i < 60; i++) {
        int64_t before = mfp->now_ms;
        int polls = mfp->polls;

        while (mfp->polls == polls)
            assert_true(mfp_step(mfp));
        least = mfp->now_ms - before < least && i ? mfp->now_ms - before : least;
        most = mfp->now_ms - before > most ? mfp->now_ms - before : most;
    }
    assert_true(least >= 270000 && least < 300000 && most <= 330000 && most > 300000);
    mfp_end(mfp);
}

UNIT(an_enrolment_that_fails_is_tried_again_and_one_that_worked_never)
{
    struct mfp *mfp = mfp_new(unit->arena);

    mfp->is_down = true;
    assert_false(mfp_step(mfp));
    assert_false(mfp_step(mfp));
    assert_false(agent_is_enrolled(mfp->agent));
    mfp->is_down = false;
    assert_true(mfp_step(mfp));
    assert_true(agent_is_enrolled(mfp->agent));
    assert_memory_equal(mfp_file_get(mfp, "tuf/root.json").at, "{\"r\":1}", 7);
    mfp_restart(mfp);
    mfp_run(mfp, STEPS);
    assert_int_equal(mfp_count(mfp, "/enrol"), 3);
    mfp_end(mfp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(an_offer_becomes_an_installed_release_and_every_phase_is_told),
        UNIT_TEST(a_power_cut_at_any_moment_still_ends_in_one_installation),
        UNIT_TEST(two_power_cuts_do_no_more_harm_than_one),
        UNIT_TEST(a_cut_download_goes_on_where_it_stopped),
        UNIT_TEST(outside_its_window_it_downloads_and_waits),
        UNIT_TEST(what_does_not_fit_into_the_rest_of_the_window_is_not_begun),
        UNIT_TEST(a_window_that_closes_while_it_is_busy_is_obeyed_and_the_night_given_up),
        UNIT_TEST(who_was_idle_when_the_window_closed_has_given_nothing_up),
        UNIT_TEST(a_busy_machine_is_left_alone_and_says_why),
        UNIT_TEST(waiting_for_an_idle_moment_has_an_end),
        UNIT_TEST(download_only_ends_with_the_download),
        UNIT_TEST(download_skip_leaves_the_action_alone),
        UNIT_TEST(a_component_that_cannot_be_written_is_a_failure_with_its_name),
        UNIT_TEST(an_old_version_after_the_restart_is_a_failure),
        UNIT_TEST(a_failed_self_test_is_a_failure),
        UNIT_TEST(what_is_not_trusted_is_refused_before_a_byte_is_fetched),
        UNIT_TEST(a_deployment_that_makes_no_sense_is_answered_with_a_failure),
        UNIT_TEST(a_last_word_that_got_lost_is_said_again_and_nothing_is_installed_again),
        UNIT_TEST(a_poll_comes_a_tenth_sooner_or_later_than_it_was_told),
        UNIT_TEST(an_enrolment_that_fails_is_tried_again_and_one_that_worked_never),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
