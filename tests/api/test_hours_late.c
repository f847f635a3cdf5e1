/* When a device that waits for its hours is late, and when it is not. */
#include "support/hours.h"

#include "domain/report.h"

static enum action_state after_tick(struct hours *s, double hours, int64_t action)
{
    struct err err = {0};

    hours_at(s, hours);
    for (int i = 0; i < 2; i++) /* whoever's clock has moved is weighed by the next one */
        if (!report_tick(&s->ops->s.world, s->ops->s.now_ms, &err))
            fail_msg("%s", err.text);
    return ddi_state(&s->ops->s, action);
}

#define SUNDAY "{\"start\":\"22:00\",\"end\":\"05:00\",\"rule\":\"FREQ=WEEKLY;BYDAY=SU\"}"

/* Tuesday; it opens on Sunday at 20:00 UTC, 140 hours from then; nothing is heard for 72 hours. */
UNIT(who_waits_for_its_hours_past_the_deadline_is_not_late)
{
    struct hours s = hours_scene(unit, HOURS_BERLIN(SUNDAY), ",\"thresholds\":{\"deadline_h\":72}", "");
    int64_t action;

    hours_at(&s, 12);
    action = rollouts_offer(s.ops, "mfp-0", "deploymentBase");
    assert_int_equal(after_tick(&s, 12 + 73, action), ACTION_OFFERED);
    assert_int_equal(after_tick(&s, 139, action), ACTION_OFFERED);
    assert_int_equal(after_tick(&s, 140 + 72, action), ACTION_SILENT);
}

UNIT(who_had_its_hours_and_is_not_heard_is_silent_a_deadline_after_they_began)
{
    struct hours s = hours_scene(unit, HOURS_BERLIN(SUNDAY), ",\"thresholds\":{\"deadline_h\":72}", "");
    int64_t action = rollouts_offer(s.ops, "mfp-0", "deploymentBase");

    assert_int_equal(after_tick(&s, 141, action), ACTION_OFFERED);
    assert_int_equal(after_tick(&s, 140 + 71, action), ACTION_OFFERED);
    assert_int_equal(after_tick(&s, 140 + 72, action), ACTION_SILENT);
}

UNIT(who_fits_nowhere_is_never_late)
{
    struct hours s = hours_scene(unit, HOURS_BERLIN("{\"start\":\"22:00\",\"end\":\"22:10\"}"),
                                 ",\"thresholds\":{\"deadline_h\":72}", "");
    int64_t action = rollouts_offer(s.ops, "mfp-0", "deploymentBase");

    assert_int_equal(after_tick(&s, 80, action), ACTION_OFFERED);
    assert_int_equal(after_tick(&s, 400, action), ACTION_OFFERED);
    assert_string_equal(hours_why(&s), "window-shut 2026-10-08T20:00:00Z window-too-short -");
    hours_must(s.ops, "technician", "PUT", "/api/v1/sites/berlin", HOURS_BERLIN(HOURS_NIGHT));
    assert_int_equal(after_tick(&s, 404 + 71, action), ACTION_OFFERED);
    assert_int_equal(after_tick(&s, 404 + 72, action), ACTION_SILENT);
}

UNIT(before_the_earliest_nobody_is_late)
{
    struct hours s = hours_scene(
        unit, HOURS_BERLIN("null"),
        ",\"thresholds\":{\"deadline_h\":72},\"terms\":{\"earliest\":\"2026-09-27T00:00:00Z\"}", "");
    int64_t action = rollouts_offer(s.ops, "mfp-0", "deploymentBase");

    assert_int_equal(after_tick(&s, 80, action), ACTION_OFFERED);
    assert_int_equal(after_tick(&s, 120 + 71, action), ACTION_OFFERED);
    assert_int_equal(after_tick(&s, 120 + 72, action), ACTION_SILENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(who_waits_for_its_hours_past_the_deadline_is_not_late),
        UNIT_TEST(who_had_its_hours_and_is_not_heard_is_silent_a_deadline_after_they_began),
        UNIT_TEST(who_fits_nowhere_is_never_late),
        UNIT_TEST(before_the_earliest_nobody_is_late),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
