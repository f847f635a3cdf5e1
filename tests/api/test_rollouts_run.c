/* Rollouts on their way: who is offered what and when, the gate, and what stops it. */
#include "support/unit.h"

#include "base/text.h"
#include "domain/report.h"
#include "support/enrol.h"
#include "support/rollouts.h"

#define PILOT_FIRST ",\"stages\":[{\"kind\":\"group\",\"tag\":\"pilot\"}]"

UNIT(only_the_open_stage_is_offered_and_the_next_opens_when_it_is_healthy)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;
    int64_t id;

    rollouts_devices(ops, "pilot", 2, "[\"pilot\"]");
    rollouts_devices(ops, "mfp", 2, NULL);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), PILOT_FIRST);
    assert_int_equal(rollouts_offer(ops, "mfp-0", "deploymentBase"), 0);
    rollouts_finish(ops, "pilot-0", true);
    rollouts_tick(ops);
    assert_int_equal(rollouts_offer(ops, "mfp-0", "deploymentBase"), 0); /* half is not 90 % */
    rollouts_finish(ops, "pilot-1", true);
    assert_int_equal(rollouts_offer(ops, "mfp-0", "deploymentBase"), 0); /* not before the gate has weighed */
    rollouts_tick(ops);
    a = rollouts_get(ops, id);
    assert_int_equal(support_int(&a, "stage"), 1);
    assert_string_equal(support_text(&a, "stages.0.state"), "done");
    assert_int_equal(support_int(&a, "stages.0.tally.healthy"), 2);
    assert_string_equal(support_text(&a, "stages.1.state"), "open");
    rollouts_finish(ops, "mfp-0", true);
    rollouts_finish(ops, "mfp-1", true);
    rollouts_tick(ops);
    assert_string_equal(rollouts_state(ops, id), "finished");
    assert_int_equal(rollouts_do(ops, id, "abort").status, 409);
}

UNIT(a_bad_release_stops_itself_and_calls_back_who_has_not_begun)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id, offered, holds, begun, flashing;
    struct answer a, entries;

    rollouts_devices(ops, "mfp", 7, NULL);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    offered = rollouts_offer(ops, "mfp-1", "deploymentBase");
    holds = rollouts_offer(ops, "mfp-2", "deploymentBase");
    ddi_say(&ops->s, "mfp-2", holds, "downloaded", "none", NULL);
    begun = rollouts_offer(ops, "mfp-3", "deploymentBase");
    ddi_say(&ops->s, "mfp-3", begun, "download", "none", NULL);
    flashing = rollouts_offer(ops, "mfp-4", "deploymentBase");
    ddi_say(&ops->s, "mfp-4", flashing, "proceeding", "none", "\"code\":9040");
    assert_int_equal(ddi_state(&ops->s, flashing), ACTION_INSTALLING);
    rollouts_finish(ops, "mfp-0", false);
    rollouts_tick(ops);
    assert_string_equal(rollouts_state(ops, id), "running"); /* one of two that began proves nothing */
    rollouts_finish(ops, "mfp-6", false);
    rollouts_tick(ops);
    a = rollouts_get(ops, id);
    assert_string_equal(support_text(&a, "state"), "halted");
    assert_non_null(strstr(support_text(&a, "reason"), "2 of 3 devices failed"));
    assert_int_equal(support_int(&a, "cluster.failed_all"), 2);
    assert_int_equal(support_int(&a, "cluster.error_failed"), 2);
    assert_non_null(strstr(support_text(&a, "reason"), support_text(&a, "cluster.error")));
    assert_int_equal(rollouts_offer(ops, "mfp-5", "deploymentBase"), 0);
    assert_int_equal(rollouts_offer(ops, "mfp-1", "cancelAction"), offered);
    assert_int_equal(rollouts_offer(ops, "mfp-2", "cancelAction"), holds);
    assert_int_equal(rollouts_offer(ops, "mfp-3", "cancelAction"), begun);
    assert_int_equal(rollouts_offer(ops, "mfp-4", "cancelAction"), 0);
    assert_int_equal(ddi_say_cancel(&ops->s, "mfp-2", holds, "closed", "success").status, 200);
    assert_int_equal(ddi_state(&ops->s, holds), ACTION_RECALLED);
    entries = ops_ask(ops, "viewer", "GET",
                      arena_printf(unit->arena, "/api/v1/actions/%lld/entries", (long long)offered), NULL);
    assert_non_null(strstr(entries.text, "called back with its rollout"));
}

UNIT(silence_past_the_deadline_counts_as_failure)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;
    int64_t id;

    rollouts_devices(ops, "pilot", 2, "[\"pilot\"]");
    rollouts_devices(ops, "mfp", 1, NULL);
    id =
        rollouts_started(ops, ddi_release(&ops->s, "2.0"), PILOT_FIRST ",\"thresholds\":{\"deadline_h\":24}");
    ops->s.now_ms += 24 * 3600000 - 60000;
    rollouts_tick(ops);
    assert_string_equal(rollouts_state(ops, id), "running");
    rollouts_tick(ops);
    a = rollouts_get(ops, id);
    assert_string_equal(support_text(&a, "state"), "halted");
    assert_non_null(strstr(support_text(&a, "reason"), "fell silent"));
}

UNIT(a_halted_rollout_that_a_person_resumes_halts_again_until_the_failures_are_allowed)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id;

    rollouts_devices(ops, "mfp", 3, NULL);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    rollouts_finish(ops, "mfp-0", false);
    rollouts_finish(ops, "mfp-2", false);
    rollouts_tick(ops);
    assert_string_equal(rollouts_state(ops, id), "halted");
    assert_int_equal(rollouts_do(ops, id, "resume").status, 200);
    assert_true(rollouts_offer(ops, "mfp-1", "deploymentBase") > 0);
    rollouts_tick(ops);
    assert_string_equal(rollouts_state(ops, id), "halted");
    assert_true(rollouts_offer(ops, "mfp-1", "cancelAction") > 0);
}

UNIT(an_abort_reaches_the_device_as_a_cancel_and_nobody_is_offered_it_again)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id, action;

    rollouts_devices(ops, "mfp", 2, NULL);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    action = rollouts_offer(ops, "mfp-0", "deploymentBase");
    assert_int_equal(rollouts_do(ops, id, "abort").status, 200);
    assert_int_equal(rollouts_offer(ops, "mfp-0", "cancelAction"), action);
    assert_int_equal(rollouts_offer(ops, "mfp-0", "deploymentBase"), 0);
    assert_int_equal(rollouts_offer(ops, "mfp-1", "deploymentBase"), 0);
    assert_int_equal(ddi_say_cancel(&ops->s, "mfp-0", action, "closed", "success").status, 200);
    assert_int_equal(ddi_state(&ops->s, action), ACTION_RECALLED);
    assert_int_equal(rollouts_offer(ops, "mfp-0", "deploymentBase"), 0);
    assert_int_equal(rollouts_offer(ops, "mfp-0", "cancelAction"), 0);
}

static void confirmation_on(struct tenant *tenant)
{
    tenant->confirmation_on = true;
}

UNIT(who_has_not_said_yes_is_not_told_to_cancel_when_the_rollout_ends)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id, action;

    support_tenant(&ops->s, confirmation_on);
    rollouts_devices(ops, "mfp", 1, NULL);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    action = rollouts_offer(ops, "mfp-0", "confirmationBase");
    assert_true(action > 0);
    assert_int_equal(rollouts_do(ops, id, "abort").status, 200);
    assert_int_equal(ddi_state(&ops->s, action), ACTION_RECALLED);
    assert_int_equal(rollouts_offer(ops, "mfp-0", "cancelAction"), 0);
    assert_int_equal(rollouts_offer(ops, "mfp-0", "confirmationBase"), 0);
}

UNIT(a_pause_stops_new_offers_and_leaves_those_that_were_made)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id, action;

    rollouts_devices(ops, "mfp", 2, NULL);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    action = rollouts_offer(ops, "mfp-0", "deploymentBase");
    assert_int_equal(rollouts_do(ops, id, "pause").status, 200);
    assert_int_equal(rollouts_offer(ops, "mfp-0", "deploymentBase"), action);
    assert_int_equal(rollouts_offer(ops, "mfp-1", "deploymentBase"), 0);
    rollouts_tick(ops);
    assert_string_equal(rollouts_state(ops, id), "paused");
    assert_int_equal(rollouts_do(ops, id, "resume").status, 200);
    assert_true(rollouts_offer(ops, "mfp-1", "deploymentBase") > 0);
}

static const char *offered_version(struct ops *ops, const char *id)
{
    struct answer a =
        ops_ask(ops, "viewer", "GET", arena_printf(ops->s.arena, "/api/v1/devices/%s", id), NULL);

    return support_text(&a, "action.release.version");
}

UNIT(of_two_running_rollouts_the_heavier_goes_first)
{
    struct ops *ops = ops_world(unit->arena);

    rollouts_devices(ops, "mfp", 1, NULL);
    rollouts_started(ops, ddi_release(&ops->s, "2.0"), ",\"weight\":300");
    rollouts_started(ops, ddi_release(&ops->s, "3.0"), ",\"weight\":700");
    rollouts_offer(ops, "mfp-0", "deploymentBase");
    assert_string_equal(offered_version(ops, "mfp-0"), "3.0");
    rollouts_finish(ops, "mfp-0", true);
    rollouts_offer(ops, "mfp-0", "deploymentBase");
    assert_string_equal(offered_version(ops, "mfp-0"), "2.0"); /* nothing forbids it: same release counter */
}

UNIT(a_heavier_rollout_replaces_an_offer_and_a_lighter_waits_for_it)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t light, heavy;

    rollouts_devices(ops, "mfp", 1, NULL);
    rollouts_started(ops, ddi_release(&ops->s, "2.0"), ",\"weight\":500");
    light = rollouts_offer(ops, "mfp-0", "deploymentBase");
    rollouts_started(ops, ddi_release(&ops->s, "3.0"), ",\"weight\":500");
    assert_int_equal(rollouts_offer(ops, "mfp-0", "deploymentBase"), light);
    rollouts_started(ops, ddi_release(&ops->s, "4.0"), ",\"weight\":900");
    assert_int_equal(rollouts_offer(ops, "mfp-0", "cancelAction"), light);
    assert_int_equal(ddi_say_cancel(&ops->s, "mfp-0", light, "closed", "success").status, 200);
    heavy = rollouts_offer(ops, "mfp-0", "deploymentBase");
    assert_int_equal(support_action(&ops->s, heavy).weight, 900);
}

UNIT(a_device_that_flashes_is_left_alone_by_the_heaviest)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t action;

    rollouts_devices(ops, "mfp", 1, NULL);
    rollouts_started(ops, ddi_release(&ops->s, "2.0"), ",\"weight\":1");
    action = rollouts_offer(ops, "mfp-0", "deploymentBase");
    ddi_say(&ops->s, "mfp-0", action, "proceeding", "none", "\"code\":9040");
    rollouts_started(ops, ddi_release(&ops->s, "3.0"), ",\"weight\":1000");
    assert_int_equal(rollouts_offer(ops, "mfp-0", "deploymentBase"), action);
    assert_int_equal(rollouts_offer(ops, "mfp-0", "cancelAction"), 0);
}

UNIT(a_success_is_watched_for_its_soak_before_it_opens_the_gate)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;
    int64_t id;

    rollouts_devices(ops, "pilot", 1, "[\"pilot\"]");
    rollouts_devices(ops, "mfp", 1, NULL);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), PILOT_FIRST ",\"thresholds\":{\"soak_min\":30}");
    rollouts_finish(ops, "pilot-0", true);
    rollouts_tick(ops);
    a = rollouts_get(ops, id);
    assert_int_equal(support_int(&a, "stages.0.tally.soaking"), 1);
    assert_int_equal(support_int(&a, "stage"), 0);
    ops->s.now_ms += 30 * 60000;
    MUST(report_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    rollouts_tick(ops);
    a = rollouts_get(ops, id);
    assert_int_equal(support_int(&a, "stage"), 1);
}

UNIT(withdrawing_the_release_ends_its_offers_and_calls_back_who_holds_it)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t release = ops_published(ops, "4.2.0", 1);
    const char *first = enrol_device(ops, "first"), *second = enrol_device(ops, "second");
    struct answer poll;

    rollouts_started(ops, release, "");
    poll = enrol_poll(ops, "first", first);
    assert_non_null(support_text(&poll, "_links.deploymentBase.href"));
    assert_int_equal(ops_ask(ops, "engineer", "POST",
                             arena_printf(unit->arena, "/api/v1/releases/%lld/withdraw", (long long)release),
                             "{}")
                         .status,
                     200);
    poll = enrol_poll(ops, "second", second);
    assert_null(support_text(&poll, "_links.deploymentBase.href"));
    /* Who holds it and has not begun is called back. */
    poll = enrol_poll(ops, "first", first);
    assert_null(support_text(&poll, "_links.deploymentBase.href"));
    assert_non_null(support_text(&poll, "_links.cancelAction.href"));
}

/* ---- who acted -------------------------------------------------------------------------------- */

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(only_the_open_stage_is_offered_and_the_next_opens_when_it_is_healthy),
        UNIT_TEST(a_bad_release_stops_itself_and_calls_back_who_has_not_begun),
        UNIT_TEST(silence_past_the_deadline_counts_as_failure),
        UNIT_TEST(a_halted_rollout_that_a_person_resumes_halts_again_until_the_failures_are_allowed),
        UNIT_TEST(an_abort_reaches_the_device_as_a_cancel_and_nobody_is_offered_it_again),
        UNIT_TEST(who_has_not_said_yes_is_not_told_to_cancel_when_the_rollout_ends),
        UNIT_TEST(a_pause_stops_new_offers_and_leaves_those_that_were_made),
        UNIT_TEST(of_two_running_rollouts_the_heavier_goes_first),
        UNIT_TEST(a_heavier_rollout_replaces_an_offer_and_a_lighter_waits_for_it),
        UNIT_TEST(a_device_that_flashes_is_left_alone_by_the_heaviest),
        UNIT_TEST(a_success_is_watched_for_its_soak_before_it_opens_the_gate),
        UNIT_TEST(withdrawing_the_release_ends_its_offers_and_calls_back_who_holds_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
