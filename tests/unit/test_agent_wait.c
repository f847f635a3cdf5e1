/* Polls that are kept open, as the agent sees them. */
#include "support/mfp.h"
#include "support/unit.h"

static struct mfp *idle_mfp(struct arena *arena, int64_t keeps_open_s)
{
    struct mfp *mfp = mfp_new(arena);

    mfp->offer = MFP_NOTHING;
    mfp->wants_attributes = false;
    mfp->long_poll_s = 120;
    mfp->keeps_open_s = keeps_open_s;
    mfp_restart(mfp);
    return mfp;
}

static void run_for(struct mfp *mfp, int64_t ms)
{
    int64_t end_ms = mfp->now_ms + ms;

    while (mfp->now_ms < end_ms)
        (void)mfp_step(mfp);
}

UNIT(where_the_service_keeps_polls_open_the_next_one_follows_at_once)
{
    struct mfp *mfp = idle_mfp(unit->arena, 300);

    run_for(mfp, 3600 * 1000);
    assert_in_range(mfp->polls, 28, 31);
    assert_in_range(mfp_count(mfp, "WAIT 120\n"), 28, 31);
    mfp_end(mfp);
}

UNIT(where_it_does_not_the_agent_sleeps_as_told)
{
    struct mfp *mfp = idle_mfp(unit->arena, 0);

    run_for(mfp, 3600 * 1000);
    assert_in_range(mfp->polls, 10, 15); /* every five minutes */
    mfp_end(mfp);
}

UNIT(days_are_told_once_and_again_when_there_are_others)
{
    struct mfp *mfp = idle_mfp(unit->arena, 0);

    mfp->usage = "{\"days\":[{\"date\":\"2026-09-01\",\"pages\":412,\"faults\":0}]}";
    run_for(mfp, 3600 * 1000);
    assert_in_range(mfp->polls, 10, 15);
    assert_int_equal(mfp->usages, 1);
    mfp->usage = "{\"days\":[{\"date\":\"2026-09-02\",\"pages\":390,\"faults\":1}]}";
    run_for(mfp, 3600 * 1000);
    assert_int_equal(mfp->usages, 2);
    mfp_end(mfp);
}

UNIT(news_are_heeded_and_what_it_works_on_is_not_waited_for)
{
    struct mfp *mfp = idle_mfp(unit->arena, 300);
    int asked;

    mfp->offer = MFP_DEPLOYMENT;
    assert_true(mfp_run_to(mfp, AGENT_VERIFYING, 20));
    asked = mfp_count(mfp, "WAIT");
    mfp->is_busy = true;
    assert_true(mfp_run_to(mfp, AGENT_WAITING_IDLE, 100));
    run_for(mfp, 3600 * 1000);
    assert_int_equal(mfp_count(mfp, "WAIT"), asked);
    assert_true(mfp->polls > asked + 5);
    mfp->is_busy = false;
    mfp_run(mfp, 400);
    assert_int_equal(mfp->successes, 1);
    assert_true(mfp_count(mfp, "WAIT") > asked);
    mfp_end(mfp);
}

/* One that closes what is silent for a minute would else keep every poll from coming through. */
UNIT(a_proxy_that_cuts_long_waits_gets_shorter_ones)
{
    struct mfp *mfp = idle_mfp(unit->arena, 59);
    int cuts;

    run_for(mfp, 3600 * 1000);
    assert_true(mfp_count(mfp, "WAIT 30\n") > 0);
    assert_int_equal(mfp_count(mfp, "WAIT 120\n"), 1);
    cuts = mfp_count(mfp, "WAIT") - mfp->polls;
    assert_in_range(cuts, 2, 20);
    assert_true(mfp->polls > 60);
    mfp_end(mfp);
}

UNIT(who_is_told_not_to_wait_never_says_it)
{
    struct mfp *mfp = idle_mfp(unit->arena, 300);

    mfp->long_poll_s = 0;
    mfp_restart(mfp);
    run_for(mfp, 3600 * 1000);
    assert_int_equal(mfp_count(mfp, "WAIT"), 0);
    assert_in_range(mfp->polls, 10, 15);
    mfp_end(mfp);
}

/* ---- what its panel shows -------------------------------------------------------------------- */

static int before(const struct mfp *mfp, const char *first, const char *then)
{
    const char *text = buf_cstr((struct buf *)(uintptr_t)&mfp->log), *a = strstr(text, first),
               *b = strstr(text, then);

    return a && b && a < b;
}

UNIT(the_panel_says_when_and_again_before_it_begins_and_is_clear_afterwards)
{
    struct mfp *mfp = mfp_new(unit->arena);

    mfp->notice = "heute Nacht um 02:10, 10 Minuten";
    mfp->update = "skip";
    mfp->window = "unavailable";
    assert_true(mfp_run_to(mfp, AGENT_WAITING_WINDOW, 200));
    run_for(mfp, 3600 * 1000);
    assert_int_equal(mfp_count(mfp, "PANEL heute Nacht um 02:10, 10 Minuten\n"), 1);
    mfp_restart(mfp); /* the panel was off */
    run_for(mfp, 600 * 1000);
    assert_int_equal(mfp_count(mfp, "PANEL heute Nacht um 02:10, 10 Minuten\n"), 2);
    mfp->notice = "am 28.11. um 02:10, 10 Minuten"; /* another night after all */
    run_for(mfp, 3600 * 1000);
    assert_int_equal(mfp_count(mfp, "PANEL am 28.11. um 02:10, 10 Minuten\n"), 1);
    mfp->update = "forced";
    mfp->window = "available";
    mfp_run(mfp, 400);
    assert_int_equal(mfp->successes, 1);
    assert_true(before(mfp, "PANEL now, 10 minutes\n", "\"code\":9040"));
    assert_true(before(mfp, "\"code\":9060", "PANEL -\n"));
    mfp_end(mfp);
}

UNIT(what_is_called_back_leaves_the_panel)
{
    struct mfp *mfp = mfp_new(unit->arena);

    mfp->notice = "tonight 02:10, 10 minutes";
    mfp->update = "skip";
    mfp->window = "unavailable";
    assert_true(mfp_run_to(mfp, AGENT_WAITING_WINDOW, 200));
    mfp->offer = MFP_CANCEL;
    run_for(mfp, 3600 * 1000);
    assert_int_equal(agent_phase(mfp->agent), AGENT_IDLE);
    assert_true(before(mfp, "PANEL tonight 02:10", "PANEL -\n"));
    assert_int_equal(mfp_count(mfp, "PANEL now"), 0);
    mfp_end(mfp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(where_the_service_keeps_polls_open_the_next_one_follows_at_once),
        UNIT_TEST(where_it_does_not_the_agent_sleeps_as_told),
        UNIT_TEST(days_are_told_once_and_again_when_there_are_others),
        UNIT_TEST(news_are_heeded_and_what_it_works_on_is_not_waited_for),
        UNIT_TEST(a_proxy_that_cuts_long_waits_gets_shorter_ones),
        UNIT_TEST(who_is_told_not_to_wait_never_says_it),
        UNIT_TEST(the_panel_says_when_and_again_before_it_begins_and_is_clear_afterwards),
        UNIT_TEST(what_is_called_back_leaves_the_panel),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
