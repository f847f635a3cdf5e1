/* What installs are taken to last is measured, and decides whether the work still fits. */
#include "support/unit.h"

#include "base/text.h"
#include "domain/plans.h"
#include "support/rollouts.h"

#define MINUTE_MS 60000LL
#define EVENING "{\"zone\":\"UTC\",\"window\":{\"start\":\"22:00\",\"end\":\"22:30\"}}"

static void installs(struct ops *ops, int no, int64_t minutes)
{
    const char *id = rollouts_id(ops, "mfp", no);
    int64_t action = rollouts_offer(ops, id, "deploymentBase");

    assert_int_equal(ddi_say(&ops->s, id, action, "proceeding", "none", "\"code\":9040").status, 200);
    ops->s.now_ms += minutes * MINUTE_MS / 2;
    assert_int_equal(ddi_say(&ops->s, id, action, "proceeding", "none", "\"code\":9040").status, 200);
    ops->s.now_ms += minutes * MINUTE_MS / 2;
    assert_int_equal(ddi_say(&ops->s, id, action, "closed", "success", NULL).status, 200);
}

static const char *why(struct ops *ops)
{
    struct err err = {0};

    if (!plans_tick(&ops->s.world, ops->s.now_ms, &err))
        fail_msg("%s", err.text);
    return ops_ask(ops, "viewer", "GET", "/api/v1/devices/mfp-5/why", NULL).text;
}

UNIT(five_measured_installs_say_more_than_the_manifest)
{
    struct ops *ops = ops_world(unit->arena);

    rollouts_devices(ops, "mfp", 6, NULL);
    assert_int_equal(ops_ask(ops, "technician", "PUT", "/api/v1/sites/berlin", EVENING).status / 100, 2);
    assert_int_equal(
        ops_ask(ops, "technician", "PATCH", "/api/v1/devices/mfp-5", "{\"site\":\"berlin\"}").status, 200);
    rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    for (int i = 0; i < 4; i++)
        installs(ops, i, 40);
    rollouts_offer(ops, "mfp-5", "deploymentBase");
    assert_null(strstr(why(ops), "window-too-short")); /* the manifest says twelve */
    installs(ops, 4, 40);
    assert_non_null(strstr(why(ops), "its window is 30 minutes, and the install takes 45"));
    rollouts_started(ops, ddi_release(&ops->s, "3.0"), ",\"weight\":1000"); /* of the same family */
    assert_non_null(strstr(why(ops), "the install takes 45"));
}

UNIT(whose_hours_are_always_too_short_is_named_at_the_start)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;
    int64_t id;

    rollouts_devices(ops, "mfp", 3, NULL);
    assert_int_equal(ops_ask(ops, "technician", "PUT", "/api/v1/sites/berlin",
                             "{\"zone\":\"UTC\",\"window\":{\"start\":\"22:00\",\"end\":\"22:10\"}}")
                             .status /
                         100,
                     2);
    for (int i = 1; i < 3; i++)
        assert_int_equal(ops_ask(ops, "technician", "PATCH",
                                 arena_printf(unit->arena, "/api/v1/devices/mfp-%d", i),
                                 "{\"site\":\"berlin\"}")
                             .status,
                         200);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    a = rollouts_get(ops, id);
    assert_string_equal(support_text(&a, "state"), "running");
    assert_string_equal(support_text(&a, "reason"),
                        "2 of its devices never fit: their window of 10 minutes is shorter than the 12 the "
                        "install takes: mfp-1, mfp-2");
    id = rollouts_started(ops, ddi_release(&ops->s, "3.0"),
                          ",\"window\":{\"start\":\"22:00\",\"end\":\"23:00\"}");
    a = rollouts_get(ops, id);
    assert_null(support_text(&a, "reason"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(five_measured_installs_say_more_than_the_manifest),
        UNIT_TEST(whose_hours_are_always_too_short_is_named_at_the_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
