/* A device's further tries in its rollout: by itself when the error passes by, by hand by last error, never
 * endless. */
#include "support/unit.h"

#include "base/text.h"
#include "domain/failure.h"
#include "domain/report.h"
#include "store/releases.h"
#include "support/enrol.h"
#include "support/rollouts.h"

#define MINUTE_MS 60000

static void fails(struct ops *ops, const char *id, int64_t action, const char *why)
{
    assert_int_equal(ddi_say(&ops->s, id, action, "closed", "failure",
                             arena_printf(ops->s.arena, "\"details\":[\"%s\"]", why))
                         .status,
                     200);
}

static int64_t takes(struct ops *ops, const char *id)
{
    int64_t action = rollouts_offer(ops, id, "deploymentBase");

    if (action)
        assert_int_equal(ddi_get(&ops->s, id, "deploymentBase", action).status, 200);
    return action;
}

static int64_t tally(struct ops *ops, int64_t rollout, const char *state)
{
    struct answer a = rollouts_get(ops, rollout);
    char *at = arena_printf(ops->s.arena, "stages.0.tally.%s", state);

    return support_at(&a, at) ? support_int(&a, at) : 0;
}

static struct answer retry(struct ops *ops, int64_t rollout, const char *body)
{
    return ops_ask(ops, "engineer", "POST",
                   arena_printf(ops->s.arena, "/api/v1/rollouts/%lld/retry", (long long)rollout), body);
}

UNIT(what_passes_by_is_offered_again_in_the_same_night_and_counts_once)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id, first, second, third;
    struct answer a;

    rollouts_devices(ops, "mfp", 2, NULL);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    first = takes(ops, "mfp-0");
    fails(ops, "mfp-0", first, "engine.img: cut off");
    assert_int_equal(ddi_state(&ops->s, first), ACTION_FAILED);
    assert_int_equal(tally(ops, id, "failed"), 0); /* not yet: it has tries left */
    assert_int_equal(tally(ops, id, "offered"), 1);
    assert_int_equal(takes(ops, "mfp-0"), 0);
    fails(ops, "mfp-0", first, "engine.img: cut off"); /* said twice: no third try comes of it */
    ops->s.now_ms += 5 * MINUTE_MS;
    second = takes(ops, "mfp-0");
    assert_true(second > first);
    fails(ops, "mfp-0", second, "timeout");
    ops->s.now_ms += 14 * MINUTE_MS;
    assert_int_equal(takes(ops, "mfp-0"), 0);
    ops->s.now_ms += MINUTE_MS;
    third = takes(ops, "mfp-0");
    assert_true(third > second);
    a = ops_ask(ops, "viewer", "GET", arena_printf(unit->arena, "/api/v1/actions/%lld", (long long)third),
                NULL);
    assert_int_equal(support_int(&a, "tries"), 3);
    fails(ops, "mfp-0", third, "timeout");
    ops->s.now_ms += 600 * MINUTE_MS;
    assert_int_equal(takes(ops, "mfp-0"), 0);
    assert_int_equal(tally(ops, id, "failed"), 1);
    a = ops_ask(ops, "viewer", "GET", arena_printf(unit->arena, "/api/v1/actions/%lld", (long long)third),
                NULL);
    assert_string_equal(support_text(&a, "failure"), "transient");
    a = ops_ask(ops, "viewer", "GET", "/api/v1/devices/mfp-0/history", NULL);
    assert_int_equal(json_count(support_at(&a, "items")), 3);
    assert_non_null(strstr(a.text, "tried again as action"));
}

UNIT(what_speaks_against_the_release_or_the_device_is_not_tried_again_by_itself)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id;

    rollouts_devices(ops, "mfp", 2, NULL);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    fails(ops, "mfp-0", takes(ops, "mfp-0"), "SCN-SELFTEST");
    fails(ops, "mfp-1", takes(ops, "mfp-1"), "No space left on device");
    ops->s.now_ms += 600 * MINUTE_MS;
    assert_int_equal(takes(ops, "mfp-0"), 0);
    assert_int_equal(takes(ops, "mfp-1"), 0);
    assert_int_equal(tally(ops, id, "failed"), 2);
}

UNIT(the_failed_are_retried_by_last_error_and_a_rollout_that_stands_goes_on_only_when_told)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;
    int64_t id;

    rollouts_devices(ops, "mfp", 3, NULL);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    assert_int_equal(retry(ops, id, "{}").status, 409); /* nobody failed */
    fails(ops, "mfp-0", takes(ops, "mfp-0"), "SCN-SELFTEST 12");
    fails(ops, "mfp-1", takes(ops, "mfp-1"), "No space left on device");
    rollouts_tick(ops);
    a = rollouts_get(ops, id);
    assert_string_equal(support_text(&a, "state"), "halted");
    assert_int_equal(retry(ops, id, "{\"error\":\"selftest\"}").status, 409);
    assert_int_equal(takes(ops, "mfp-0"), 0);
    assert_int_equal(retry(ops, id, "{\"class\":\"bad luck\"}").status, 400);
    assert_int_equal(retry(ops, id, "{\"error\":\"F070\",\"resume\":true}").status, 409);
    a = retry(ops, id, "{\"error\":\"selftest\",\"resume\":true}");
    assert_int_equal(a.status, 200);
    assert_int_equal(support_int(&a, "retried"), 1);
    assert_int_equal(tally(ops, id, "failed"), 1);
    rollouts_tick(ops);
    a = rollouts_get(ops, id);
    assert_string_equal(support_text(&a, "state"), "running"); /* one failure is left */
    assert_true(takes(ops, "mfp-0") > 0);
    assert_int_equal(takes(ops, "mfp-1"), 0);
    a = retry(ops, id, "{\"class\":\"device\"}");
    assert_int_equal(support_int(&a, "retried"), 1);
    assert_true(takes(ops, "mfp-1") > 0);
}

UNIT(a_device_has_ten_tries_at_most)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;
    int64_t id;

    rollouts_devices(ops, "mfp", 1, NULL);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    for (int i = 1; i < TRIES_MAX; i++) {
        fails(ops, "mfp-0", takes(ops, "mfp-0"), "F070");
        assert_int_equal(retry(ops, id, "{}").status, 200);
    }
    fails(ops, "mfp-0", takes(ops, "mfp-0"), "F070");
    a = retry(ops, id, "{}");
    assert_int_equal(a.status, 409);
    assert_non_null(strstr(a.text, "try left"));
    assert_int_equal(takes(ops, "mfp-0"), 0);
}

UNIT(who_failed_silently_is_retried_and_its_late_word_about_the_old_try_is_over)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id, first, second;

    rollouts_devices(ops, "mfp", 1, NULL);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    first = takes(ops, "mfp-0");
    ops->s.now_ms += 80LL * 60 * MINUTE_MS;
    MUST(report_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    assert_int_equal(tally(ops, id, "silent"), 1);
    assert_int_equal(retry(ops, id, "{}").status, 200);
    assert_int_equal(tally(ops, id, "silent"), 0);
    assert_int_equal(ddi_say(&ops->s, "mfp-0", first, "proceeding", "none", NULL).status, 410);
    second = takes(ops, "mfp-0");
    assert_true(second > first);
    assert_int_equal(ddi_say(&ops->s, "mfp-0", second, "closed", "success", NULL).status, 200);
    assert_int_equal(tally(ops, id, "healthy"), 1);
    assert_int_equal(tally(ops, id, "offered") + tally(ops, id, "failed"), 0);
}

UNIT(a_halt_calls_back_the_tries_that_wait_and_lets_no_new_one_begin)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id, flashing;

    rollouts_devices(ops, "mfp", 4, NULL);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    fails(ops, "mfp-0", takes(ops, "mfp-0"), "timeout");
    flashing = takes(ops, "mfp-3");
    ddi_say(&ops->s, "mfp-3", flashing, "proceeding", "none", "\"code\":9040");
    fails(ops, "mfp-1", takes(ops, "mfp-1"), "F070");
    fails(ops, "mfp-2", takes(ops, "mfp-2"), "F070");
    rollouts_tick(ops);
    ops->s.now_ms += 5 * MINUTE_MS;
    assert_int_equal(takes(ops, "mfp-0"), 0);
    assert_int_equal(tally(ops, id, "canceling"), 1);
    fails(ops, "mfp-3", flashing, "timeout"); /* it would be tried again, but the rollout stands */
    assert_int_equal(tally(ops, id, "failed"), 3);
}

UNIT(a_further_try_waits_until_what_the_device_has_in_its_hands_is_over)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id, by_hand;

    rollouts_devices(ops, "mfp", 1, NULL);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    fails(ops, "mfp-0", takes(ops, "mfp-0"), "F070");
    by_hand = support_assign(&ops->s, "mfp-0", ddi_release(&ops->s, "3.0"),
                             &(struct action){.kind = ACTION_FORCED, .weight = 1});
    assert_int_equal(takes(ops, "mfp-0"), by_hand);
    assert_int_equal(retry(ops, id, "{}").status, 200);
    assert_int_equal(takes(ops, "mfp-0"), by_hand);
    fails(ops, "mfp-0", by_hand, "F071");
    assert_true(takes(ops, "mfp-0") > by_hand);
}

UNIT(a_late_word_of_one_that_was_silent_is_answered_with_its_call_back_once_its_rollout_has_stopped)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id, action;

    rollouts_devices(ops, "mfp", 2, NULL);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    action = takes(ops, "mfp-0");
    takes(ops, "mfp-1");
    ops->s.now_ms += 80LL * 60 * MINUTE_MS;
    MUST(report_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    rollouts_tick(ops);
    assert_int_equal(tally(ops, id, "silent"), 2);
    assert_int_equal(ddi_say(&ops->s, "mfp-0", action, "download", "none", NULL).status, 200);
    assert_int_equal(takes(ops, "mfp-0"), 0);
    assert_int_equal(rollouts_offer(ops, "mfp-0", "cancelAction"), action);
}

UNIT(what_was_withdrawn_is_tried_again_neither_by_itself_nor_by_hand)
{
    struct ops *ops = ops_world(unit->arena);
    const struct family family = {
        .tenant_id = ops->s.tenant_id, .name = "c450", .threshold = 1, .models = "[]"};
    int64_t id, release, first;
    struct answer a;
    struct tx tx;

    MUST(tx_begin(&tx, ops->s.store, &unit->err));
    MUST(store_family_put(ops->s.store, &family, &id, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    rollouts_devices(ops, "mfp", 1, NULL);
    release = ddi_release(&ops->s, "2.0");
    id = rollouts_started(ops, release, "");
    first = takes(ops, "mfp-0");
    assert_int_equal(ops_ask(ops, "engineer", "POST",
                             arena_printf(ops->s.arena, "/api/v1/releases/%lld/withdraw", (long long)release),
                             "{}")
                         .status,
                     200);
    fails(ops, "mfp-0", first, "timeout");
    assert_int_equal(tally(ops, id, "failed"), 1);
    assert_int_equal(tally(ops, id, "offered"), 0);
    a = retry(ops, id, "{}");
    assert_int_equal(a.status, 409);
    assert_non_null(strstr(a.text, "withdrawn"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(what_passes_by_is_offered_again_in_the_same_night_and_counts_once),
        UNIT_TEST(what_speaks_against_the_release_or_the_device_is_not_tried_again_by_itself),
        UNIT_TEST(the_failed_are_retried_by_last_error_and_a_rollout_that_stands_goes_on_only_when_told),
        UNIT_TEST(a_device_has_ten_tries_at_most),
        UNIT_TEST(who_failed_silently_is_retried_and_its_late_word_about_the_old_try_is_over),
        UNIT_TEST(a_halt_calls_back_the_tries_that_wait_and_lets_no_new_one_begin),
        UNIT_TEST(a_further_try_waits_until_what_the_device_has_in_its_hands_is_over),
        UNIT_TEST(
            a_late_word_of_one_that_was_silent_is_answered_with_its_call_back_once_its_rollout_has_stopped),
        UNIT_TEST(what_was_withdrawn_is_tried_again_neither_by_itself_nor_by_hand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
