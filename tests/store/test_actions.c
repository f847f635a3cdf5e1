#include "store/actions.h"

#include "domain/report.h"
#include "domain/rollout.h"
#include "store/devices.h"
#include "store/rollouts.h"
#include "store/tenants.h"
#include "support/ddi.h"
#include "support/running.h"
#include "support/unit.h"

#define HOUR_MS (3600 * 1000LL)

static int64_t tally(struct unit *unit, struct support *s, int64_t rollout, enum action_state state)
{
    struct rollout_tally counted = {0};

    MUST(store_tally_list(s->store, rollout, &counted, 1, &unit->err));
    return counted.devices[state];
}

UNIT(a_poll_that_finds_a_rollout_makes_its_action_once_with_what_is_lacking)
{
    struct support *s = support_world(unit->arena);
    const struct device_component system = {"system", "2.0", "", 1};
    int64_t device = support_device(s, "mfp-1", QUIRK_NONE), rollout, action, *ids;
    struct answer a;
    struct tx tx;

    MUST(tx_begin(&tx, s->store, &unit->err));
    MUST(store_component_put(s->store, device, &system, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    rollout = rollout_of(unit, s, ddi_release_two(s, "2.0"), 0);
    a = ddi_poll(s, "mfp-1");
    assert_true(a.was_deferred);
    assert_non_null(ddi_href(&a, "deploymentBase"));
    action = only_action(unit, s, "mfp-1");
    assert_int_equal(action_modules(unit->arena, support_action(s, action).modules, &ids), 1);
    assert_int_equal(tally(unit, s, rollout, ACTION_OFFERED), 1);
    a = ddi_poll(s, "mfp-1");
    assert_false(a.was_deferred);
    assert_int_equal(only_action(unit, s, "mfp-1"), action);
}

UNIT(a_poll_that_finds_nothing_writes_nothing)
{
    struct support *s = support_world(unit->arena);
    uint64_t generation;

    support_device(s, "mfp-1", QUIRK_NONE);
    ddi_poll(s, "mfp-1");
    generation = store_generation(s->store);
    for (int i = 0; i < 5; i++)
        assert_false(ddi_poll(s, "mfp-1").was_deferred);
    assert_int_equal(store_generation(s->store), generation);
}

UNIT(the_tally_follows_every_move)
{
    struct support *s = support_world(unit->arena);
    int64_t rollout, action;

    support_device(s, "mfp-1", QUIRK_NONE);
    rollout = rollout_of(unit, s, ddi_release(s, "2.0"), 0);
    ddi_poll(s, "mfp-1");
    action = only_action(unit, s, "mfp-1");
    ddi_say(s, "mfp-1", action, "download", "none", NULL);
    assert_int_equal(tally(unit, s, rollout, ACTION_OFFERED), 0);
    assert_int_equal(tally(unit, s, rollout, ACTION_DOWNLOADING), 1);
    ddi_say(s, "mfp-1", action, "proceeding", "none", "\"code\":9030");
    assert_int_equal(tally(unit, s, rollout, ACTION_BACKING_UP), 1);
    ddi_say(s, "mfp-1", action, "proceeding", "none", "\"code\":9040");
    ddi_say(s, "mfp-1", action, "proceeding", "none", "\"code\":9040");
    assert_int_equal(tally(unit, s, rollout, ACTION_INSTALLING), 1);
    ddi_say(s, "mfp-1", action, "proceeding", "none", "\"code\":9050");
    assert_int_equal(tally(unit, s, rollout, ACTION_REBOOTING), 1);
    ddi_say(s, "mfp-1", action, "closed", "success", NULL);
    for (int state = 0; state < ACTION_STATE__MAX; state++)
        assert_int_equal(tally(unit, s, rollout, (enum action_state)state), state == ACTION_HEALTHY);
}

UNIT(a_success_soaks_before_it_counts)
{
    struct support *s = support_world(unit->arena);
    int64_t rollout, action;
    struct answer a;

    support_device(s, "mfp-1", QUIRK_NONE);
    rollout = rollout_of(unit, s, ddi_release(s, "2.0"), 30);
    ddi_poll(s, "mfp-1");
    action = only_action(unit, s, "mfp-1");
    ddi_say(s, "mfp-1", action, "closed", "success", NULL);
    assert_int_equal(ddi_state(s, action), ACTION_SOAKING);
    assert_string_equal(ddi_components(s, "mfp-1"), "system=2.0 ");
    a = ddi_poll(s, "mfp-1");
    assert_null(ddi_href(&a, "deploymentBase"));
    assert_non_null(ddi_href(&a, "installedBase"));
    assert_int_equal(ddi_get(s, "mfp-1", "installedBase", action).status, 200);
    assert_int_equal(ddi_say(s, "mfp-1", action, "closed", "success", NULL).status, 200);
    MUST(report_tick(&s->world, s->now_ms + 29 * 60000, &unit->err));
    assert_int_equal(ddi_state(s, action), ACTION_SOAKING);
    MUST(report_tick(&s->world, s->now_ms + 30 * 60000, &unit->err));
    assert_int_equal(ddi_state(s, action), ACTION_HEALTHY);
    assert_int_equal(tally(unit, s, rollout, ACTION_HEALTHY), 1);
}

UNIT(a_device_that_soaks_and_tells_of_the_old_version_has_failed)
{
    struct support *s = support_world(unit->arena);
    int64_t action;

    support_device(s, "mfp-1", QUIRK_NONE);
    rollout_of(unit, s, ddi_release(s, "2.0"), 30);
    ddi_poll(s, "mfp-1");
    action = only_action(unit, s, "mfp-1");
    ddi_say(s, "mfp-1", action, "closed", "success", NULL);
    ddi_ask(s, "PUT", "mfp-1", "/configData", "{\"data\":{\"component.system\":\"2.0\"}}");
    assert_int_equal(ddi_state(s, action), ACTION_SOAKING);
    ddi_ask(s, "PUT", "mfp-1", "/configData", "{\"data\":{\"component.system\":\"1.0\"}}");
    assert_int_equal(ddi_state(s, action), ACTION_FAILED);
    assert_non_null(strstr(support_action(s, action).error, "system runs 1.0 instead of 2.0"));
}

UNIT(a_device_not_heard_of_past_its_deadline_is_silent_and_a_late_word_still_counts)
{
    struct support *s = support_world(unit->arena);
    int64_t rollout, action;

    support_device(s, "mfp-1", QUIRK_NONE);
    rollout = rollout_of(unit, s, ddi_release(s, "2.0"), 0);
    ddi_poll(s, "mfp-1");
    action = only_action(unit, s, "mfp-1");
    ddi_say(s, "mfp-1", action, "proceeding", "none", NULL);
    MUST(report_tick(&s->world, s->now_ms + 9 * HOUR_MS, &unit->err));
    assert_int_equal(ddi_state(s, action), ACTION_DOWNLOADING);
    MUST(report_tick(&s->world, s->now_ms + 10 * HOUR_MS, &unit->err));
    assert_int_equal(ddi_state(s, action), ACTION_SILENT);
    assert_int_equal(tally(unit, s, rollout, ACTION_SILENT), 1);
    s->now_ms += 11 * HOUR_MS;
    assert_int_equal(ddi_say(s, "mfp-1", action, "closed", "success", NULL).status, 200);
    assert_int_equal(ddi_state(s, action), ACTION_HEALTHY);
    assert_int_equal(tally(unit, s, rollout, ACTION_SILENT), 0);
    assert_int_equal(tally(unit, s, rollout, ACTION_HEALTHY), 1);
}

UNIT(a_device_that_was_off_all_the_time_gets_its_offer_again)
{
    struct support *s = support_world(unit->arena);
    int64_t action;
    struct answer a;

    support_device(s, "mfp-1", QUIRK_NONE);
    rollout_of(unit, s, ddi_release(s, "2.0"), 0);
    ddi_poll(s, "mfp-1");
    action = only_action(unit, s, "mfp-1");
    s->now_ms += 10 * HOUR_MS;
    MUST(report_tick(&s->world, s->now_ms, &unit->err));
    assert_int_equal(ddi_state(s, action), ACTION_SILENT);
    a = ddi_poll(s, "mfp-1");
    assert_non_null(ddi_href(&a, "deploymentBase"));
    assert_int_equal(only_action(unit, s, "mfp-1"), action);
    assert_int_equal(ddi_state(s, action), ACTION_OFFERED);
    assert_int_equal(support_action(s, action).closed_ms, 0);
}

UNIT(a_single_action_has_the_deadline_of_the_service)
{
    struct support *s = support_world(unit->arena);
    int64_t action;

    support_device(s, "mfp-1", QUIRK_NONE);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    MUST(report_tick(&s->world, s->now_ms + s->settings.action_timeout_h * HOUR_MS - 1, &unit->err));
    assert_int_equal(ddi_state(s, action), ACTION_OFFERED);
    MUST(report_tick(&s->world, s->now_ms + s->settings.action_timeout_h * HOUR_MS, &unit->err));
    assert_int_equal(ddi_state(s, action), ACTION_SILENT);
}

UNIT(a_stopped_rollout_is_not_offered_any_more)
{
    struct support *s = support_world(unit->arena);
    const struct who who = {
        .kind = WHO_IS_OPERATOR, .tenant_id = s->tenant_id, .tenant = "DEFAULT", .name = "test"};
    struct rollout_view view;
    int64_t rollout;
    struct answer a;

    support_device(s, "mfp-1", QUIRK_NONE);
    rollout = rollout_of(unit, s, ddi_release(s, "2.0"), 0);
    MUST(rollout_apply(&s->world, unit->arena, &who, rollout, ROLLOUT_DO_PAUSE, "wait", s->now_ms, &view,
                       &unit->err));
    a = ddi_poll(s, "mfp-1");
    assert_null(ddi_href(&a, "deploymentBase"));
    MUST(rollout_apply(&s->world, unit->arena, &who, rollout, ROLLOUT_DO_RESUME, "on", s->now_ms, &view,
                       &unit->err));
    a = ddi_poll(s, "mfp-1");
    assert_non_null(ddi_href(&a, "deploymentBase"));
}

UNIT(what_matters_more_calls_back_what_was_only_offered)
{
    struct support *s = support_world(unit->arena);
    const struct action light = {.kind = ACTION_FORCED, .weight = 100};
    int64_t first;
    struct answer a;

    support_device(s, "mfp-1", QUIRK_NONE);
    first = support_assign(s, "mfp-1", ddi_release(s, "1.9"), &light);
    rollout_of(unit, s, ddi_release(s, "2.0"), 0);
    a = ddi_poll(s, "mfp-1");
    assert_string_equal(ddi_href(&a, "cancelAction"),
                        arena_printf(unit->arena, "cancelAction/%lld", (long long)first));
    ddi_say_cancel(s, "mfp-1", first, "closed", "success");
    a = ddi_poll(s, "mfp-1");
    assert_non_null(ddi_href(&a, "deploymentBase"));
    assert_false(a.was_deferred);
}

UNIT(a_move_from_another_state_than_the_one_at_rest_moves_nothing)
{
    struct support *s = support_world(unit->arena);
    struct action action;
    bool moved;
    struct tx tx;

    support_device(s, "mfp-1", QUIRK_NONE);
    action = support_action(s, support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL));
    action.state = ACTION_INSTALLING;
    MUST(tx_begin(&tx, s->store, &unit->err));
    MUST(store_action_move(s->store, &action, ACTION_HEALTHY, s->now_ms, &moved, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    assert_false(moved);
    assert_int_equal(ddi_state(s, action.id), ACTION_OFFERED);
}

UNIT(ids_skip_the_multiples_of_ten)
{
    struct support *s = support_world(unit->arena);

    for (int i = 0; i < 12; i++) {
        const char *id = arena_printf(unit->arena, "mfp-%d", i);

        support_device(s, id, QUIRK_NONE);
        assert_int_not_equal(
            support_assign(s, id, ddi_release(s, arena_printf(unit->arena, "2.%d", i)), NULL) % 10, 0);
    }
}

UNIT(a_module_was_given_only_by_its_exact_number)
{
    struct support *s = support_world(unit->arena);
    int64_t device = support_device(s, "mfp-1", QUIRK_NONE), *ids;
    bool gave;

    for (int i = 0; i < 11; i++)
        ddi_release(s, arena_printf(unit->arena, "1.%d", i));
    assert_int_equal(
        action_modules(unit->arena, support_action(s, support_assign(s, "mfp-1", 11, NULL)).modules, &ids),
        1);
    assert_true(ids[0] > 10);
    MUST(store_action_gave(s->store, device, ids[0], &gave, &unit->err));
    assert_true(gave);
    MUST(store_action_gave(s->store, device, 1, &gave, &unit->err));
    assert_false(gave);
    MUST(store_action_gave(s->store, device, ids[0] * 10 + 1, &gave, &unit->err));
    assert_false(gave);
}

UNIT(a_list_of_modules_is_read_as_far_as_it_is_one)
{
    int64_t *ids;

    assert_int_equal(action_modules(unit->arena, "", &ids), 0);
    assert_int_equal(action_modules(unit->arena, "12", &ids), 1);
    assert_int_equal(action_modules(unit->arena, "12,13,14", &ids), 3);
    assert_int_equal(ids[2], 14);
    assert_int_equal(action_modules(unit->arena, "12,x", &ids), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_poll_that_finds_a_rollout_makes_its_action_once_with_what_is_lacking),
        UNIT_TEST(a_poll_that_finds_nothing_writes_nothing),
        UNIT_TEST(the_tally_follows_every_move),
        UNIT_TEST(a_success_soaks_before_it_counts),
        UNIT_TEST(a_device_that_soaks_and_tells_of_the_old_version_has_failed),
        UNIT_TEST(a_device_not_heard_of_past_its_deadline_is_silent_and_a_late_word_still_counts),
        UNIT_TEST(a_device_that_was_off_all_the_time_gets_its_offer_again),
        UNIT_TEST(a_single_action_has_the_deadline_of_the_service),
        UNIT_TEST(a_stopped_rollout_is_not_offered_any_more),
        UNIT_TEST(what_matters_more_calls_back_what_was_only_offered),
        UNIT_TEST(a_move_from_another_state_than_the_one_at_rest_moves_nothing),
        UNIT_TEST(ids_skip_the_multiples_of_ten),
        UNIT_TEST(a_module_was_given_only_by_its_exact_number),
        UNIT_TEST(a_list_of_modules_is_read_as_far_as_it_is_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
