/* Backups, as the agent makes and sends them. */
#include "support/mfp.h"
#include "support/unit.h"

#include "base/text.h"
#include "tools/agent/parts.h"

#define STEPS 400

static void run_for(struct mfp *mfp, int64_t ms)
{
    int64_t end_ms = mfp->now_ms + ms;

    while (mfp->now_ms < end_ms)
        (void)mfp_step(mfp);
}

/* Every backup of the service opens with the tenant's key and says what is set. */
static void assert_backups_are_whole(struct mfp *mfp, const char *people)
{
    assert_true(mfp->backups > 0);
    for (int i = 1; i <= mfp->backups; i++) {
        struct snapshot snapshot = mfp_backup(mfp, i);

        assert_string_equal(snapshot.model, "M");
        assert_string_equal(snapshot.controller_id, "mfp-1");
        assert_int_equal(snapshot.category_count, 2);
        assert_string_equal(snapshot_value(&snapshot.categories[0].items[0], "value"), people);
    }
}

UNIT(the_recipient_is_told_once_and_anew_after_an_enrolment)
{
    struct mfp *mfp = mfp_with_settings(unit->arena);
    struct span key = mfp_file_get(mfp, "age.key");

    run_for(mfp, 3600 * 1000);
    mfp_restart(mfp);
    run_for(mfp, 3600 * 1000);
    assert_int_equal(mfp_count(mfp, "/recipient"), 1);
    assert_true(text_starts(mfp->recipient, "age1"));
    assert_int_equal(strlen(mfp->recipient), AGE_RECIPIENT_CHARS);
    assert_int_equal(key.size, AGE_IDENTITY_CHARS);
    mfp_end(mfp);
}

UNIT(what_a_technician_asks_for_is_made_and_said_to_be_his)
{
    struct mfp *mfp = mfp_with_settings(unit->arena);

    mfp->wanted = "technician";
    run_for(mfp, 11 * 60000);
    assert_int_equal(mfp->backups, 1);
    assert_backups_are_whole(mfp, "old people");
    assert_string_equal(mfp_about(mfp, 1, "trigger"), "technician");
    assert_string_equal(mfp_about(mfp, 1, "model"), "M");
    assert_string_equal(mfp_about(mfp, 1, "firmware"), "engine=1.0,system=1.0");
    assert_string_equal(mfp_about(mfp, 1, "categories"), "addressbook=1,network=1");
    assert_null(mfp_about(mfp, 1, "action"));
    assert_true(text_ends(mfp_about(mfp, 1, "recipients"), mfp->recipient));
    assert_string_equal(agent_backed_up(mfp->agent)->id, "1");
    assert_null(mfp->outgoing.at);
    mfp_end(mfp);
}

/* The device's own key opens it, too: who loses the service does not lose his settings. */
UNIT(a_backup_opens_with_the_devices_own_key)
{
    struct mfp *mfp = mfp_with_settings(unit->arena);

    mfp->wanted = "schedule";
    run_for(mfp, 11 * 60000);
    MUST(age_identity_parse(mfp_file_get(mfp, "age.key"), &mfp->tenant_key, &unit->err));
    assert_backups_are_whole(mfp, "old people");
    age_identity_freep(&mfp->tenant_key);
    mfp_end(mfp);
}

UNIT(a_power_cut_at_any_moment_loses_no_backup_and_sends_none_twice)
{
    int cuts = 0;

    for (int ticks = 0, was_cut = 1; was_cut; ticks++) {
        AUTO(arena_freep) struct arena *arena = arena_new();
        struct mfp *mfp = mfp_with_settings(arena);
        int boots = mfp->boots;

        mfp->wanted = "technician";
        mfp->ticks_left = ticks;
        run_for(mfp, 30 * 60000);
        was_cut = mfp->boots > boots;
        cuts += was_cut;
        assert_int_equal(mfp->backups, 1);
        assert_backups_are_whole(mfp, "old people");
        assert_null(agent_backup(mfp->agent));
        mfp_end(mfp);
    }
    assert_true(cuts > 15);
}

UNIT(a_cut_line_goes_on_at_the_byte_where_it_stopped)
{
    struct mfp *mfp = mfp_with_settings(unit->arena);

    mfp->wanted = "technician";
    mfp->cuts_upload = true;
    run_for(mfp, 11 * 60000);
    assert_int_equal(mfp->backups, 1);
    assert_int_equal(mfp->upload_count, 1);
    assert_int_equal(mfp->wrong_offsets, 0);
    assert_int_equal(mfp_count(mfp, "PATCH"), 2);
    assert_int_equal(mfp_count(mfp, "from 0\n"), 1);
    assert_backups_are_whole(mfp, "old people");
    mfp_end(mfp);
}

UNIT(an_upload_that_the_service_forgot_begins_anew)
{
    struct mfp *mfp = mfp_with_settings(unit->arena);

    mfp->wanted = "technician";
    mfp->forgets_upload = true;
    run_for(mfp, 11 * 60000);
    assert_int_equal(mfp->backups, 1);
    assert_int_equal(mfp->upload_count, 2);
    assert_backups_are_whole(mfp, "old people");
    mfp_end(mfp);
}

UNIT(a_service_that_was_cut_off_with_all_bytes_is_asked_to_look_again)
{
    struct mfp *mfp = mfp_with_settings(unit->arena);

    mfp->wanted = "technician";
    mfp->is_cut_before_backup = true;
    run_for(mfp, 11 * 60000);
    assert_int_equal(mfp->backups, 1);
    assert_int_equal(mfp->upload_count, 1);
    assert_backups_are_whole(mfp, "old people");
    mfp_end(mfp);
}

UNIT(a_refused_backup_is_over_and_not_made_again_at_once)
{
    struct mfp *mfp = mfp_with_settings(unit->arena);

    mfp->wanted = "technician";
    mfp->refuses_upload = 413;
    run_for(mfp, 40 * 60000);
    assert_int_equal(mfp->backups, 0);
    assert_null(agent_backup(mfp->agent));
    assert_null(agent_backed_up(mfp->agent)->id);
    assert_non_null(strstr(agent_backed_up(mfp->agent)->text, "413"));
    assert_in_range(mfp_count(mfp, "POST https://service/T/controller/v1/mfp-1/backups") +
                        mfp_count(mfp, "POST /T/controller/v1/mfp-1/backups"),
                    2, 6);
    mfp->refuses_upload = 0;
    run_for(mfp, 20 * 60000);
    assert_int_equal(mfp->backups, 1);
    mfp_end(mfp);
}

UNIT(somebody_at_the_panel_gets_one_and_an_answer)
{
    struct mfp *mfp = mfp_with_settings(unit->arena);

    mfp->is_asked = true;
    run_for(mfp, 60000);
    assert_int_equal(mfp->backups, 1);
    assert_int_equal(mfp->answers, 1);
    assert_string_equal(mfp_about(mfp, 1, "trigger"), "panel");
    mfp->takes_backups = false;
    mfp->is_asked = true;
    run_for(mfp, 600000);
    assert_int_equal(mfp->answers, 2);
    assert_string_equal(agent_backed_up(mfp->agent)->text, "the service takes no backups");
    mfp_end(mfp);
}

UNIT(without_an_agent_that_runs_the_panel_does_it_alone)
{
    struct mfp *mfp = mfp_with_settings(unit->arena);
    bool is_over = false;
    int64_t sleep_ms;
    int polls = mfp->polls;

    mfp->is_asked = true;
    for (int i = 0; i < 20 && !is_over; i++)
        MUST(agent_back_up(mfp->agent, mfp->now_ms, &is_over, &sleep_ms, &unit->err));
    assert_true(is_over);
    assert_int_equal(mfp->backups, 1);
    assert_int_equal(mfp->polls, polls);
    assert_string_equal(agent_backed_up(mfp->agent)->id, "1");
    mfp_end(mfp);
}

/* ---- before and after an update ------------------------------------------------------ */

static struct mfp *updating(struct arena *arena)
{
    struct mfp *mfp = mfp_new(arena);

    mfp_takes_part(mfp);
    return mfp;
}

static void assert_updated(const struct mfp *mfp)
{
    assert_int_equal(agent_phase(mfp->agent), AGENT_IDLE);
    assert_int_equal(mfp->flashed[0], 1);
    assert_int_equal(mfp->flashed[1], 1);
    assert_int_equal(mfp->failures, 0);
    assert_true(mfp->successes >= 1);
}

UNIT(an_update_is_backed_up_before_and_after)
{
    struct mfp *mfp = updating(unit->arena);

    mfp_run(mfp, STEPS);
    assert_updated(mfp);
    assert_int_equal(mfp->backups, 2);
    assert_string_equal(mfp_about(mfp, 1, "trigger"), "before-update");
    assert_string_equal(mfp_about(mfp, 1, "action"), "7");
    assert_string_equal(mfp_about(mfp, 1, "firmware"), "engine=1.0,system=1.0");
    assert_string_equal(mfp_about(mfp, 2, "trigger"), "after-update");
    assert_string_equal(mfp_about(mfp, 2, "action"), "7");
    assert_string_equal(mfp_about(mfp, 2, "firmware"), "engine=2.0,system=2.0");
    assert_true(mfp_said(mfp, "\"code\":9030"));
    mfp_end(mfp);
}

UNIT(a_power_cut_at_any_moment_of_an_update_leaves_both_backups)
{
    int cuts = 0;

    for (int ticks = 0, was_cut = 1; was_cut; ticks++) {
        AUTO(arena_freep) struct arena *arena = arena_new();
        struct mfp *mfp = updating(arena);
        int boots = mfp->boots;

        mfp->ticks_left = ticks;
        mfp_run(mfp, STEPS);
        run_for(mfp, 30 * 60000);
        was_cut = mfp->boots > boots + 1;
        cuts += was_cut;
        assert_updated(mfp);
        assert_int_equal(mfp->backups, 2);
        assert_string_equal(mfp_about(mfp, 1, "trigger"), "before-update");
        assert_string_equal(mfp_about(mfp, 2, "trigger"), "after-update");
        mfp_end(mfp);
    }
    assert_true(cuts > 60);
}

UNIT(a_tenant_without_backups_is_updated_at_once)
{
    struct mfp *mfp = updating(unit->arena);

    mfp->takes_backups = false;
    mfp_run(mfp, STEPS);
    assert_updated(mfp);
    assert_int_equal(mfp->upload_count, 0);
    assert_int_equal(mfp_count(mfp, "no backup:"), 0);
    mfp_end(mfp);
}

UNIT(a_refused_backup_is_a_remark_and_the_update_goes_on)
{
    struct mfp *mfp = updating(unit->arena);

    mfp->refuses_upload = 413;
    mfp_run(mfp, STEPS);
    assert_updated(mfp);
    assert_int_equal(mfp->backups, 0);
    assert_true(mfp_said(mfp, "\"code\":9030,\"details\":[\"no backup: "));
    mfp_end(mfp);
}

/* Nobody asked for the backup after the update: the machine listens again instead of sleeping the usual
 * sleep. */
UNIT(a_machine_whose_backup_after_an_update_is_refused_listens_at_once)
{
    struct mfp *mfp = updating(unit->arena);
    int64_t idle_ms;
    int polls;

    mfp->refuses_upload = 413;
    assert_true(mfp_run_to(mfp, AGENT_REPORTING, STEPS));
    mfp->offer = MFP_NOTHING;
    assert_true(mfp_run_to(mfp, AGENT_IDLE, STEPS));
    idle_ms = mfp->now_ms;
    polls = mfp->polls;
    while (mfp->polls < polls + 2)
        (void)mfp_step(mfp);
    assert_true(mfp->now_ms - idle_ms < 30 * 1000);
    assert_int_equal(mfp->backups, 0);
    mfp_end(mfp);
}

UNIT(a_line_that_stays_dead_holds_the_update_for_three_tries)
{
    struct mfp *mfp = updating(unit->arena);

    assert_true(mfp_run_to(mfp, AGENT_BACKING_UP, STEPS));
    mfp->is_down = true;
    assert_true(mfp_run_to(mfp, AGENT_INSTALLING, 12));
    assert_true(mfp_run_to(mfp, AGENT_REPORTING, STEPS));
    mfp->is_down = false;
    mfp_run(mfp, STEPS);
    assert_updated(mfp);
    assert_true(mfp->backups >= 1);
    mfp_end(mfp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(the_recipient_is_told_once_and_anew_after_an_enrolment),
        UNIT_TEST(what_a_technician_asks_for_is_made_and_said_to_be_his),
        UNIT_TEST(a_backup_opens_with_the_devices_own_key),
        UNIT_TEST(a_power_cut_at_any_moment_loses_no_backup_and_sends_none_twice),
        UNIT_TEST(a_cut_line_goes_on_at_the_byte_where_it_stopped),
        UNIT_TEST(an_upload_that_the_service_forgot_begins_anew),
        UNIT_TEST(a_service_that_was_cut_off_with_all_bytes_is_asked_to_look_again),
        UNIT_TEST(a_refused_backup_is_over_and_not_made_again_at_once),
        UNIT_TEST(somebody_at_the_panel_gets_one_and_an_answer),
        UNIT_TEST(without_an_agent_that_runs_the_panel_does_it_alone),
        UNIT_TEST(an_update_is_backed_up_before_and_after),
        UNIT_TEST(a_power_cut_at_any_moment_of_an_update_leaves_both_backups),
        UNIT_TEST(a_tenant_without_backups_is_updated_at_once),
        UNIT_TEST(a_refused_backup_is_a_remark_and_the_update_goes_on),
        UNIT_TEST(a_machine_whose_backup_after_an_update_is_refused_listens_at_once),
        UNIT_TEST(a_line_that_stays_dead_holds_the_update_for_three_tries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
