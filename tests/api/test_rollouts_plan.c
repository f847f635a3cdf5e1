/* A start that is answered before its fleet is walked through: what is seen meanwhile, and what comes of it.
 */
#include "support/unit.h"

#include "base/text.h"
#include "domain/rollout.h"
#include "support/rollouts.h"

#define TWO_FIRST ",\"stages\":[{\"kind\":\"count\",\"value\":2},{\"kind\":\"percent\",\"value\":50}]"

/* A world in which no fleet is small. */
static struct ops *large_world(struct unit *unit)
{
    struct ops *ops = ops_world(unit->arena);

    ops->s.settings.plan_at_once = 0;
    return ops;
}

static const char *state_of(struct ops *ops, int64_t rollout)
{
    struct answer a = rollouts_get(ops, rollout);

    return support_text(&a, "state");
}

static void plan(struct ops *ops)
{
    struct err err = {0};

    if (!rollout_plan_tick(&ops->s.world, ops->s.now_ms, &err))
        fail_msg("planning: %s", err.text);
}

UNIT(a_start_is_answered_as_planning_and_the_first_stage_opens_once_it_is_planned)
{
    struct ops *ops = large_world(unit);
    struct answer a;
    int offered = 0;
    int64_t id;

    rollouts_devices(ops, "mfp", 10, NULL);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), TWO_FIRST);
    assert_string_equal(state_of(ops, id), "planning");
    assert_int_equal(rollouts_offer(ops, "mfp-0", "deploymentBase"), 0);
    rollouts_tick(ops);
    assert_string_equal(state_of(ops, id), "planning"); /* no gate weighs what is not planned */
    assert_int_equal(rollouts_do(ops, id, "start").status, 409);
    plan(ops);
    a = rollouts_get(ops, id);
    assert_string_equal(support_text(&a, "state"), "running");
    assert_int_equal(support_int(&a, "stages.0.planned"), 2);
    assert_int_equal(support_int(&a, "stages.1.planned"), 5);
    assert_int_equal(support_int(&a, "stages.2.planned"), 3);
    assert_string_equal(support_text(&a, "stages.0.state"), "open");
    for (int i = 0; i < 10; i++)
        offered += rollouts_offer(ops, rollouts_id(ops, "mfp", i), "deploymentBase") > 0;
    assert_int_equal(offered, 2);
    plan(ops); /* repeating it changes nothing */
    assert_string_equal(state_of(ops, id), "running");
}

UNIT(planned_behind_the_start_it_is_cut_as_one_that_was_planned_at_once)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t release, id[2];
    struct rollout_view view[2];

    rollouts_devices(ops, "mfp", 20, NULL);
    release = ddi_release(&ops->s, "2.0");
    for (int i = 0; i < 2; i++) {
        ops->s.settings.plan_at_once = i ? 0 : 5000;
        id[i] = rollouts_started(ops, release, TWO_FIRST);
        plan(ops);
        MUST(rollout_view(&ops->s.world, unit->arena, ops->s.tenant_id, id[i], &view[i], &unit->err));
    }
    assert_int_equal(view[0].stage_count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(view[0].stages[i].planned, view[1].stages[i].planned);
}

UNIT(a_service_that_ended_while_it_planned_plans_anew)
{
    struct ops *ops = large_world(unit);
    int64_t id;

    rollouts_devices(ops, "mfp", 3, NULL);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    ops_reopen(ops);
    assert_string_equal(state_of(ops, id), "planning");
    plan(ops);
    assert_string_equal(state_of(ops, id), "running");
}

UNIT(where_nobody_is_to_be_planned_it_is_a_draft_again_that_says_so)
{
    struct ops *ops = large_world(unit);
    struct answer a;
    int64_t id;

    rollouts_devices(ops, "mfp", 3, NULL);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), ",\"selection\":{\"sites\":[\"moon\"]}");
    plan(ops);
    a = rollouts_get(ops, id);
    assert_string_equal(support_text(&a, "state"), "draft");
    assert_non_null(strstr(support_text(&a, "reason"), "no active device of family c450"));
    assert_int_equal(rollouts_do(ops, id, "start").status, 200);
    a = rollouts_get(ops, id);
    assert_string_equal(support_text(&a, "state"), "planning");
    assert_null(support_text(&a, "reason"));
}

UNIT(paused_while_it_is_planned_it_is_a_draft_and_aborted_it_stays_aborted)
{
    struct ops *ops = large_world(unit);
    int64_t release, paused, aborted;

    rollouts_devices(ops, "mfp", 3, NULL);
    release = ddi_release(&ops->s, "2.0");
    paused = rollouts_started(ops, release, "");
    aborted = rollouts_started(ops, release, "");
    assert_int_equal(rollouts_do(ops, paused, "resume").status, 409);
    assert_int_equal(rollouts_do(ops, paused, "pause").status, 200);
    assert_int_equal(rollouts_do(ops, aborted, "abort").status, 200);
    plan(ops);
    assert_string_equal(state_of(ops, paused), "draft");
    assert_string_equal(state_of(ops, aborted), "aborted");
    assert_int_equal(rollouts_offer(ops, "mfp-0", "deploymentBase"), 0);
    assert_int_equal(rollouts_do(ops, paused, "start").status, 200);
    plan(ops);
    assert_string_equal(state_of(ops, paused), "running");
}

UNIT(why_names_a_rollout_that_is_being_planned)
{
    struct ops *ops = large_world(unit);
    struct answer a;
    int64_t id;

    rollouts_devices(ops, "mfp", 2, NULL);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    a = ops_ask(ops, "viewer", "GET", "/api/v1/devices/mfp-0/why", NULL);
    assert_string_equal(support_text(&a, "targets.0.rollout.state"), "planning");
    assert_string_equal(support_text(&a, "targets.0.waits.0.code"), "not-running");
    assert_non_null(strstr(support_text(&a, "targets.0.waits.0.text"), "being worked out"));
    a = ops_ask(ops, "viewer", "GET", arena_printf(unit->arena, "/api/v1/rollouts/%lld/why", (long long)id),
                NULL);
    assert_int_equal(support_int(&a, "looked"), 2);
    assert_string_equal(support_text(&a, "items.0.code"), "not-running");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_start_is_answered_as_planning_and_the_first_stage_opens_once_it_is_planned),
        UNIT_TEST(planned_behind_the_start_it_is_cut_as_one_that_was_planned_at_once),
        UNIT_TEST(a_service_that_ended_while_it_planned_plans_anew),
        UNIT_TEST(where_nobody_is_to_be_planned_it_is_a_draft_again_that_says_so),
        UNIT_TEST(paused_while_it_is_planned_it_is_a_draft_and_aborted_it_stays_aborted),
        UNIT_TEST(why_names_a_rollout_that_is_being_planned),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
