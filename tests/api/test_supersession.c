/* Canaries, and what a newer rollout means for an older one: through the doors, to devices that answer by
 * hand. */
#include "support/unit.h"

#include "base/text.h"
#include "support/rollouts.h"

static int64_t offer(struct ops *ops, const char *id)
{
    return rollouts_offer(ops, id, "deploymentBase");
}

static int64_t release_of(struct ops *ops, int64_t action)
{
    return support_action(&ops->s, action).release_id;
}

static void options(struct ops *ops, const char *id, const char *told)
{
    assert_int_equal(ddi_ask(&ops->s, "PUT", id, "/configData",
                             arena_printf(ops->s.arena, "{\"mode\":\"merge\",\"data\":{%s}}", told))
                         .status,
                     200);
}

static const char *code_of(struct ops *ops, const char *id, int64_t rollout)
{
    struct answer a =
        ops_ask(ops, "viewer", "GET", arena_printf(ops->s.arena, "/api/v1/devices/%s/why", id), NULL);
    const struct json *targets = support_at(&a, "targets");
    int64_t is;

    for (size_t i = 0; i < json_count(targets); i++)
        if (json_integer(json_member(json_member(json_item(targets, i), "rollout"), "id"), &is) &&
            is == rollout)
            return json_string(
                json_member(json_item(json_member(json_item(targets, i), "waits"), 0), "code"));
    return "no target";
}

UNIT(canaries_show_every_mix_of_options_and_the_rest_waits_for_them)
{
    static const char *const told[] = {"\"option.finisher\":\"A\"", "\"option.finisher\":\"B\"",
                                       "\"option.finisher\":\"B\",\"option.fax\":\"yes\"",
                                       "\"zone\":\"UTC\""};
    struct ops *ops = ops_world(unit->arena);
    bool is_shown[COUNT(told)] = {0};
    int64_t id, actions[12] = {0};
    struct answer a;

    rollouts_devices(ops, "mfp", 12, NULL);
    for (int i = 0; i < 12; i++)
        options(ops, rollouts_id(ops, "mfp", i), told[i % COUNT(told)]);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), ",\"stages\":[{\"kind\":\"canary\"}]");
    a = rollouts_get(ops, id);
    assert_string_equal(support_text(&a, "stages.0.kind"), "canary");
    assert_int_equal(support_int(&a, "stages.0.planned"), 4); /* one of each, and no more */
    assert_int_equal(support_int(&a, "stages.1.planned"), 8);
    for (int i = 0; i < 12; i++) {
        actions[i] = offer(ops, rollouts_id(ops, "mfp", i));
        assert_false(actions[i] && is_shown[i % COUNT(told)]);
        is_shown[i % COUNT(told)] |= actions[i] != 0;
    }
    for (size_t i = 0; i < COUNT(told); i++)
        assert_true(is_shown[i]);
    for (int i = 0; i < 12; i++)
        if (actions[i])
            ddi_say(&ops->s, rollouts_id(ops, "mfp", i), actions[i], "closed", "success", NULL);
    rollouts_tick(ops);
    a = rollouts_get(ops, id);
    assert_int_equal(support_int(&a, "stage"), 1);
    for (int i = 0; i < 12; i++)
        assert_int_equal(offer(ops, rollouts_id(ops, "mfp", i)) != 0, actions[i] == 0);
}

UNIT(canaries_may_be_limited_and_are_asked_for_once)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t release = ddi_release(&ops->s, "2.0");
    struct answer a;

    rollouts_devices(ops, "mfp", 4, NULL);
    for (int i = 0; i < 4; i++)
        options(ops, rollouts_id(ops, "mfp", i), arena_printf(unit->arena, "\"option.tray\":\"%d\"", i));
    a = rollouts_get(ops, rollouts_started(ops, release, ",\"stages\":[{\"kind\":\"canary\",\"value\":2}]"));
    assert_int_equal(support_int(&a, "stages.0.planned"), 2);
    assert_int_equal(support_int(&a, "stages.0.value"), 2);
    a = rollouts_make(ops, release, ",\"stages\":[{\"kind\":\"canary\"},{\"kind\":\"canary\"}]");
    assert_int_equal(a.status, 400);
    a = rollouts_make(ops, release, ",\"stages\":[{\"kind\":\"canary\",\"value\":201}]");
    assert_int_equal(a.status, 400);
}

UNIT(a_newer_rollout_ends_an_older_one_that_it_serves_as_a_whole_and_replaces_what_was_offered)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t older, newer, replaced, first = ddi_release(&ops->s, "2.0"), second = ddi_release(&ops->s, "3.0");
    struct answer a;

    rollouts_devices(ops, "mfp", 2, NULL);
    older = rollouts_started(ops, first, ",\"weight\":900");
    replaced = offer(ops, "mfp-0");
    newer = rollouts_started(ops, second, ",\"weight\":950,\"terms\":{\"supersede\":true}");
    a = rollouts_get(ops, older);
    assert_string_equal(support_text(&a, "state"), "finished");
    assert_string_equal(support_text(&a, "reason"), "superseded by rollout r1");
    assert_int_equal(release_of(ops, offer(ops, "mfp-1")), second);
    assert_int_equal(rollouts_offer(ops, "mfp-0", "cancelAction"), replaced);
    a = rollouts_get(ops, newer);
    assert_string_equal(support_text(&a, "state"), "running");
}

UNIT(of_an_older_rollout_only_those_that_the_newer_selects_are_taken_until_that_is_aborted)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t older, newer, first = ddi_release(&ops->s, "2.0"), second = ddi_release(&ops->s, "3.0");
    struct answer a;

    rollouts_devices(ops, "mfp", 2, NULL);
    rollouts_devices(ops, "lab", 2, "[\"lab\"]");
    older = rollouts_started(ops, first, ",\"weight\":900"); /* which matters more, and yet */
    newer =
        rollouts_started(ops, second,
                         ",\"selection\":{\"tags\":[\"lab\"]},\"stages\":[{\"kind\":\"count\",\"value\":1}],"
                         "\"terms\":{\"supersede\":true}");
    a = rollouts_get(ops, older);
    assert_string_equal(support_text(&a, "state"), "running");
    assert_int_equal(release_of(ops, offer(ops, "mfp-0")), first);
    for (int i = 0; i < 2; i++) { /* one is in the open stage of the newer, the other waits for its own */
        int64_t action = offer(ops, rollouts_id(ops, "lab", i));

        assert_true(action == 0 || release_of(ops, action) == second);
        assert_string_equal(code_of(ops, rollouts_id(ops, "lab", i), older), "superseded");
    }
    assert_string_equal(code_of(ops, "mfp-1", older), "due");
    assert_int_equal(rollouts_do(ops, newer, "abort").status, 200);
    assert_string_equal(code_of(ops, "mfp-1", older), "due");
    assert_string_not_equal(code_of(ops, "lab-0", older), "superseded");
}

UNIT(without_that_term_and_of_a_release_that_is_not_newer_nobody_is_taken)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t older, first = ddi_release(&ops->s, "2.0"), second = ddi_release(&ops->s, "3.0");
    struct answer a;

    rollouts_devices(ops, "mfp", 1, NULL);
    older = rollouts_started(ops, second, "");
    rollouts_started(ops, first, ",\"terms\":{\"supersede\":true}"); /* an older release supersedes nothing */
    rollouts_started(ops, ddi_release(&ops->s, "4.0"), "");
    a = rollouts_get(ops, older);
    assert_string_equal(support_text(&a, "state"), "running");
}

UNIT(of_two_rollouts_the_one_with_more_weight_goes_first_and_of_equals_the_older)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t light = ddi_release(&ops->s, "2.0"), heavy = ddi_release(&ops->s, "3.0"), action;

    rollouts_devices(ops, "mfp", 1, NULL);
    rollouts_started(ops, light, ",\"weight\":100");
    rollouts_started(ops, heavy, ",\"weight\":900");
    rollouts_started(ops, ddi_release(&ops->s, "4.0"), ",\"weight\":900");
    action = offer(ops, "mfp-0");
    assert_int_equal(release_of(ops, action), heavy);
    ddi_say(&ops->s, "mfp-0", action, "closed", "failure", NULL);
    action = offer(ops, "mfp-0"); /* it had its turn: the next of that weight, then the lighter one */
    assert_int_not_equal(release_of(ops, action), light);
    ddi_say(&ops->s, "mfp-0", action, "closed", "failure", NULL);
    assert_int_equal(release_of(ops, offer(ops, "mfp-0")), light);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(canaries_show_every_mix_of_options_and_the_rest_waits_for_them),
        UNIT_TEST(canaries_may_be_limited_and_are_asked_for_once),
        UNIT_TEST(a_newer_rollout_ends_an_older_one_that_it_serves_as_a_whole_and_replaces_what_was_offered),
        UNIT_TEST(of_an_older_rollout_only_those_that_the_newer_selects_are_taken_until_that_is_aborted),
        UNIT_TEST(without_that_term_and_of_a_release_that_is_not_newer_nobody_is_taken),
        UNIT_TEST(of_two_rollouts_the_one_with_more_weight_goes_first_and_of_equals_the_older),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
