/* The fleet in figures. */
#include "support/unit.h"

#include "domain/seen.h"
#include "support/rollouts.h"

#define HOUR 3600000LL

static struct answer summary(struct ops *ops)
{
    struct answer a = ops_ask(ops, "viewer", "GET", "/api/v1/fleet/summary", NULL);

    assert_int_equal(a.status, 200);
    return a;
}

UNIT(an_empty_fleet_is_all_zeros)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a = summary(ops);

    assert_int_equal(support_int(&a, "devices"), 0);
    assert_int_equal(json_count(support_at(&a, "by_state")), 0);
    assert_int_equal(json_count(support_at(&a, "by_family")), 0);
    assert_int_equal(support_int(&a, "seen.hour"), 0);
    assert_int_equal(support_int(&a, "seen.older"), 0);
    assert_int_equal(support_int(&a, "seen.never"), 0);
    assert_int_equal(support_int(&a, "rollouts.running"), 0);
    assert_int_equal(support_int(&a, "rollouts.halted"), 0);
}

UNIT(every_device_counts_once_in_each_figure)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;
    int64_t action;

    rollouts_devices(ops, "mfp", 5, NULL);
    ops_ask(ops, "technician", "POST", "/api/v1/devices", "{\"id\":\"x\",\"family\":\"aurora\"}");
    ops_ask(ops, "technician", "POST", "/api/v1/devices/mfp-4/retire", "{}");
    rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    rollouts_offer(ops, "mfp-0", "deploymentBase");
    action = rollouts_offer(ops, "mfp-1", "deploymentBase");
    ddi_say(&ops->s, "mfp-1", action, "closed", "success", NULL);
    action = rollouts_offer(ops, "mfp-2", "deploymentBase");
    ddi_say(&ops->s, "mfp-2", action, "closed", "failure", NULL);
    a = summary(ops);
    assert_int_equal(support_int(&a, "devices"), 6);
    assert_int_equal(support_int(&a, "by_state.active"), 5);
    assert_int_equal(support_int(&a, "by_state.retired"), 1);
    assert_int_equal(support_int(&a, "by_status.pending"), 1);
    assert_int_equal(support_int(&a, "by_status.in_sync"), 1);
    assert_int_equal(support_int(&a, "by_status.error"), 1);
    assert_int_equal(support_int(&a, "by_status.unknown"), 3);
    assert_int_equal(json_count(support_at(&a, "by_family")), 2);
    assert_int_equal(support_int(&a, "by_family.1.devices"), 5);
    assert_int_equal(json_count(support_at(&a, "by_version")), 1);
    assert_int_equal(support_int(&a, "by_version.0.devices"), 1);
    assert_int_equal(support_int(&a, "actions.offered"), 1);
    assert_int_equal(json_count(support_at(&a, "actions")), 1);
    assert_int_equal(support_int(&a, "rollouts.running"), 1);
}

UNIT(when_they_were_seen_is_counted_by_the_clock_of_the_service)
{
    struct ops *ops = ops_world(unit->arena);
    static const int64_t ago[] = {10 * 24 * HOUR, 3 * 24 * HOUR, 5 * HOUR, 0};
    int64_t now_ms = ops->s.now_ms;
    struct answer a;

    rollouts_devices(ops, "mfp", 5, NULL);
    for (int i = 0; i < 4; i++) {
        ops->s.now_ms = now_ms - ago[i];
        ddi_poll(&ops->s, rollouts_id(ops, "mfp", i));
    }
    MUST(seen_flush(ops->s.world.seen, ops->s.store, &unit->err));
    a = summary(ops);
    assert_int_equal(support_int(&a, "seen.hour"), 1);
    assert_int_equal(support_int(&a, "seen.day"), 2);
    assert_int_equal(support_int(&a, "seen.week"), 3);
    assert_int_equal(support_int(&a, "seen.older"), 1);
    assert_int_equal(support_int(&a, "seen.never"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(an_empty_fleet_is_all_zeros),
        UNIT_TEST(every_device_counts_once_in_each_figure),
        UNIT_TEST(when_they_were_seen_is_counted_by_the_clock_of_the_service),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
