#include "support/mfp.h"
#include "support/unit.h"

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

/* ---- every phase meets every event -------------------------------------------------- */

/* A machine on which each phase lasts at least a step. */
static struct mfp *mfp_in(struct arena *arena, enum agent_phase phase)
{
    struct mfp *mfp = mfp_new(arena);

    mfp_takes_part(mfp);
    mfp->install_ms = 60000;
    if (!mfp_run_to(mfp, phase, STEPS))
        fail_msg("%s is never reached", agent_phase_name[phase]);
    return mfp;
}

/* Those of an update; restoring has tests of its own. */
static int next_of(int phase)
{
    return phase + 1 == AGENT_RESTORING ? phase + 2 : phase + 1;
}

static bool may_be_stopped(enum agent_phase phase)
{
    return phase < AGENT_INSTALLING;
}

/* The next poll is due now. */
static void let_poll(struct mfp *mfp)
{
    int polls = mfp->polls;

    for (int i = 0; i < STEPS && mfp->polls == polls; i++) {
        mfp->now_ms += 11 * 60000;
        (void)mfp_step(mfp);
    }
}

UNIT(called_back_in_any_phase_it_stops_or_says_that_it_is_too_late)
{
    for (int phase = AGENT_OFFERED; phase < AGENT_PHASE__MAX; phase = next_of(phase)) {
        AUTO(arena_freep) struct arena *arena = arena_new();
        struct mfp *mfp = mfp_in(arena, (enum agent_phase)phase);

        mfp->offer = MFP_CANCEL;
        let_poll(mfp);
        mfp_run(mfp, STEPS);
        if (may_be_stopped((enum agent_phase)phase)) {
            assert_untouched(mfp);
            assert_true(
                mfp_said(mfp, "/cancelAction/7/feedback {\"id\":\"7\",\"status\":{\"execution\":\"closed\""));
            assert_int_equal(mfp->successes + mfp->failures, 0);
        } else {
            assert_installed_once(mfp);
            assert_false(mfp_said(mfp, "\"details\":[\"dropped\"]"));
        }
        mfp_end(mfp);
    }
}

UNIT(an_action_that_is_offered_no_more_is_dropped_unless_it_is_being_installed)
{
    for (int phase = AGENT_OFFERED; phase < AGENT_PHASE__MAX; phase = next_of(phase)) {
        AUTO(arena_freep) struct arena *arena = arena_new();
        struct mfp *mfp = mfp_in(arena, (enum agent_phase)phase);

        mfp->offer = MFP_NOTHING;
        let_poll(mfp);
        mfp_run(mfp, STEPS);
        if (may_be_stopped((enum agent_phase)phase))
            assert_untouched(mfp);
        else
            assert_installed_once(mfp);
        mfp_end(mfp);
    }
}

UNIT(a_newer_action_replaces_the_one_that_is_not_being_installed_yet)
{
    for (int phase = AGENT_OFFERED; phase < AGENT_PHASE__MAX; phase = next_of(phase)) {
        AUTO(arena_freep) struct arena *arena = arena_new();
        struct mfp *mfp = mfp_in(arena, (enum agent_phase)phase);
        int boots = mfp->boots;

        mfp->id = "8";
        let_poll(mfp);
        mfp_run(mfp, STEPS);
        assert_int_equal(agent_phase(mfp->agent), AGENT_IDLE);
        assert_string_equal(agent_last(mfp->agent)->id, "8");
        if (may_be_stopped((enum agent_phase)phase))
            assert_int_equal(mfp->flashed[0], 1);
        else
            assert_int_equal(mfp->flashed[0], 2); /* both, one after the other */
        assert_true(mfp->boots > boots);
        mfp_end(mfp);
    }
}

UNIT(trouble_with_the_service_in_any_phase_only_costs_time)
{
    static const int troubles[] = {0, 401, 429, 500, 503};

    for (int phase = AGENT_OFFERED; phase < AGENT_PHASE__MAX; phase = next_of(phase)) {
        for (size_t i = 0; i < COUNT(troubles); i++) {
            AUTO(arena_freep) struct arena *arena = arena_new();
            struct mfp *mfp = mfp_in(arena, (enum agent_phase)phase);

            mfp->status = troubles[i];
            mfp->is_down = troubles[i] == 0;
            for (int k = 0; k < 12; k++)
                (void)mfp_step(mfp);
            mfp->status = 0;
            mfp->is_down = false;
            mfp_run(mfp, STEPS);
            assert_installed_once(mfp);
            mfp_end(mfp);
        }
    }
}

UNIT(a_dead_network_does_not_hold_a_machine_half_flashed)
{
    struct mfp *mfp = mfp_in(unit->arena, AGENT_INSTALLING);

    mfp->is_down = true;
    assert_true(mfp_run_to(mfp, AGENT_REPORTING, STEPS));
    assert_int_equal(mfp->flashed[0], 1);
    assert_int_equal(mfp->flashed[1], 1);
    mfp->is_down = false;
    mfp_run(mfp, STEPS);
    assert_installed_once(mfp);
    mfp_end(mfp);
}

UNIT(memory_that_cannot_be_written_stops_the_machine_where_it_is)
{
    for (int phase = AGENT_OFFERED; phase < AGENT_PHASE__MAX; phase = next_of(phase)) {
        AUTO(arena_freep) struct arena *arena = arena_new();
        struct mfp *mfp = mfp_in(arena, (enum agent_phase)phase);
        struct span before = mfp_file_get(mfp, "state.json");

        mfp->ticks_left = 0;
        mfp->is_dark = true;
        assert_false(mfp_step(mfp) && (enum agent_phase)phase != agent_phase(mfp->agent));
        assert_memory_equal(mfp_file_get(mfp, "state.json").at, before.at, before.size);
        mfp_run(mfp, STEPS);
        assert_installed_once(mfp);
        mfp_end(mfp);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(called_back_in_any_phase_it_stops_or_says_that_it_is_too_late),
        UNIT_TEST(an_action_that_is_offered_no_more_is_dropped_unless_it_is_being_installed),
        UNIT_TEST(a_newer_action_replaces_the_one_that_is_not_being_installed_yet),
        UNIT_TEST(trouble_with_the_service_in_any_phase_only_costs_time),
        UNIT_TEST(a_dead_network_does_not_hold_a_machine_half_flashed),
        UNIT_TEST(memory_that_cannot_be_written_stops_the_machine_where_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
