/* What does not come at once: stepping stones to a release, and components night after night, in one rollout.
 */
#include "support/unit.h"

#include "base/text.h"
#include "support/rollouts.h"

static int64_t offer(struct ops *ops)
{
    return rollouts_offer(ops, "mfp-0", "deploymentBase");
}

/* The device runs that; then it does not tell of itself again. */
static void runs(struct ops *ops, const char *version)
{
    int64_t action = support_assign(&ops->s, "mfp-0", ddi_release(&ops->s, version), NULL);

    assert_int_equal(ddi_say(&ops->s, "mfp-0", action, "closed", "success", NULL).status, 200);
}

static int64_t from(struct ops *ops, const char *version, const char *min)
{
    int64_t id;

    ops->s.starts_from = min;
    id = ddi_release(&ops->s, version);
    ops->s.starts_from = NULL;
    return id;
}

static struct answer action_of(struct ops *ops, int64_t action)
{
    return ops_ask(ops, "viewer", "GET",
                   arena_printf(ops->s.arena, "/api/v1/actions/%lld", (long long)action), NULL);
}

static void is_step(struct ops *ops, int64_t action, int step, int steps, const char *version)
{
    struct answer a = action_of(ops, action);

    assert_int_equal(support_int(&a, "step"), step);
    assert_int_equal(support_int(&a, "steps"), steps);
    assert_string_equal(support_text(&a, "release.version"), version);
}

UNIT(a_device_below_the_floor_gets_what_leads_there_first_and_counts_when_it_has_all)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id, action;
    struct answer a;

    rollouts_devices(ops, "mfp", 1, NULL);
    runs(ops, "1.0");
    from(ops, "1.5", NULL);
    from(ops, "1.8", "1.5");
    id = rollouts_started(ops, from(ops, "2.0", "1.8"), "");
    a = ops_ask(ops, "viewer", "GET", "/api/v1/devices/mfp-0/why", NULL);
    assert_string_equal(support_text(&a, "targets.0.release.version"), "2.0");
    assert_string_equal(
        support_text(&a, "targets.0.waits.0.text"),
        "nothing is in the way: the next of 3 steps, system of release 1.5, is offered at its next "
        "check-in");
    is_step(ops, action = offer(ops), 1, 3, "1.5");
    ddi_say(&ops->s, "mfp-0", action, "closed", "success", NULL);
    rollouts_tick(ops);
    a = rollouts_get(ops, id);
    assert_string_equal(support_text(&a, "state"), "running"); /* one of three is not done */
    assert_int_equal(json_count(support_at(&a, "stages.0.tally")), 0);
    is_step(ops, action = offer(ops), 2, 3, "1.8");
    ddi_say(&ops->s, "mfp-0", action, "closed", "success", NULL);
    is_step(ops, action = offer(ops), 3, 3, "2.0");
    ddi_say(&ops->s, "mfp-0", action, "closed", "success", NULL);
    assert_int_equal(offer(ops), 0);
    rollouts_tick(ops);
    a = rollouts_get(ops, id);
    assert_string_equal(support_text(&a, "state"), "finished");
    assert_int_equal(support_int(&a, "stages.0.tally.healthy"), 1);
    assert_string_equal(ddi_components(&ops->s, "mfp-0"), "system=2.0 ");
}

UNIT(where_nothing_leads_the_floor_is_named_and_nothing_is_offered)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;

    rollouts_devices(ops, "mfp", 1, NULL);
    runs(ops, "1.0");
    from(ops, "1.8", "1.5");
    rollouts_started(ops, from(ops, "2.0", "1.8"), "");
    assert_int_equal(offer(ops), 0);
    a = ops_ask(ops, "viewer", "GET", "/api/v1/devices/mfp-0/why", NULL);
    assert_string_equal(support_text(&a, "targets.0.waits.0.code"), "floor-needed");
    assert_string_equal(support_text(&a, "targets.0.waits.0.text"),
                        "it needs 1.8 first, and runs 1.0; no published release leads there");
}

UNIT(a_step_that_fails_counts_against_the_rollout_and_the_next_is_not_offered)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id, action;
    struct answer a;

    rollouts_devices(ops, "mfp", 1, NULL);
    runs(ops, "1.0");
    from(ops, "1.5", NULL);
    id = rollouts_started(ops, from(ops, "2.0", "1.5"), "");
    is_step(ops, action = offer(ops), 1, 2, "1.5");
    ddi_say(&ops->s, "mfp-0", action, "closed", "failure", "\"details\":[\"SCN-SELFTEST\"]");
    assert_int_equal(offer(ops), 0);
    a = rollouts_get(ops, id);
    assert_int_equal(support_int(&a, "stages.0.tally.failed"), 1);
}

UNIT(components_come_one_after_the_other_where_the_terms_say_so)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id, action;
    struct answer a;

    rollouts_devices(ops, "mfp", 1, NULL);
    id = rollouts_started(ops, ddi_release_two(&ops->s, "2.0"), ",\"terms\":{\"order\":[\"scanner\"]}");
    is_step(ops, action = offer(ops), 1, 2, "2.0");
    ddi_say(&ops->s, "mfp-0", action, "closed", "success", NULL);
    assert_string_equal(ddi_components(&ops->s, "mfp-0"), "scanner=2.0 ");
    rollouts_tick(ops);
    is_step(ops, action = offer(ops), 2, 2, "2.0");
    ddi_say(&ops->s, "mfp-0", action, "closed", "success", NULL);
    assert_string_equal(ddi_components(&ops->s, "mfp-0"), "scanner=2.0 system=2.0 ");
    rollouts_tick(ops);
    a = rollouts_get(ops, id);
    assert_string_equal(support_text(&a, "state"), "finished");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_device_below_the_floor_gets_what_leads_there_first_and_counts_when_it_has_all),
        UNIT_TEST(where_nothing_leads_the_floor_is_named_and_nothing_is_offered),
        UNIT_TEST(a_step_that_fails_counts_against_the_rollout_and_the_next_is_not_offered),
        UNIT_TEST(components_come_one_after_the_other_where_the_terms_say_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
