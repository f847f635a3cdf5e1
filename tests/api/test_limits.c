/* How much at once: machines of a site, devices of a rollout and a tenant, bytes within an hour. What keeps a
 * device back is what why says, and nothing is overshot. */
#include "support/unit.h"

#include "base/text.h"
#include "domain/checkin.h"
#include "domain/seen.h"
#include "store/limits.h"
#include "support/rollouts.h"

#define HOUR_MS 3600000LL

static void at_site(struct ops *ops, const char *id, const char *site)
{
    assert_int_equal(ops_ask(ops, "technician", "PUT", arena_printf(ops->s.arena, "/api/v1/sites/%s", site),
                             "{\"zone\":\"UTC\"}")
                         .status,
                     200);
    assert_int_equal(ops_ask(ops, "technician", "PATCH", arena_printf(ops->s.arena, "/api/v1/devices/%s", id),
                             arena_printf(ops->s.arena, "{\"site\":\"%s\"}", site))
                         .status,
                     200);
}

/* So many machines at one site, all heard of. */
static void site_of(struct ops *ops, const char *site, int count)
{
    struct err err = {0};

    rollouts_devices(ops, site, count, NULL);
    for (int i = 0; i < count; i++) {
        at_site(ops, rollouts_id(ops, site, i), site);
        assert_int_equal(rollouts_offer(ops, rollouts_id(ops, site, i), "deploymentBase"), 0);
    }
    if (!seen_flush(ops->s.world.seen, ops->s.store, &err))
        fail_msg("%s", err.text);
}

static int64_t offer(struct ops *ops, const char *prefix, int no)
{
    return rollouts_offer(ops, rollouts_id(ops, prefix, no), "deploymentBase");
}

static void says(struct ops *ops, const char *prefix, int no, int64_t action, const char *finished)
{
    assert_int_equal(ddi_say(&ops->s, rollouts_id(ops, prefix, no), action, "closed", finished, NULL).status,
                     200);
}

static struct answer why(struct ops *ops, const char *prefix, int no)
{
    return ops_ask(ops, "viewer", "GET",
                   arena_printf(ops->s.arena, "/api/v1/devices/%s/why", rollouts_id(ops, prefix, no)), NULL);
}

static void waits_for(struct ops *ops, const char *prefix, int no, const char *code, const char *words)
{
    struct answer a = why(ops, prefix, no);
    const char *text = support_text(&a, "targets.0.waits.0.text");

    assert_int_equal(offer(ops, prefix, no), 0);
    if (!text_equal(support_text(&a, "targets.0.waits.0.code"), code) || !strstr(text, words))
        fail_msg("%s, not %s with \"%s\"", a.text, code, words);
}

static int64_t limited(struct ops *ops, const char *terms)
{
    return rollouts_started(ops, ddi_release(&ops->s, "2.0"),
                            arena_printf(ops->s.arena, ",\"terms\":{%s}", terms));
}

UNIT(of_a_site_so_many_machines_are_under_way_and_the_next_comes_when_one_is_done)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t first, second;

    site_of(ops, "munich", 3);
    site_of(ops, "oslo", 1);
    rollouts_devices(ops, "nowhere", 3, NULL);
    limited(ops, "\"site_most\":2");
    first = offer(ops, "munich", 0);
    second = offer(ops, "munich", 1);
    assert_true(first && second);
    waits_for(ops, "munich", 2, "site-full",
              "2 machines at munich are under way, and the rollout lets 2 at once");
    assert_int_not_equal(offer(ops, "oslo", 0), 0); /* another site, and who has none, do not mind */
    for (int i = 0; i < 3; i++)
        assert_int_not_equal(offer(ops, "nowhere", i), 0);
    says(ops, "munich", 0, first, "success");
    assert_int_not_equal(offer(ops, "munich", 2), 0);
}

UNIT(what_is_under_way_by_hand_counts_at_its_site_and_a_percent_lets_at_least_one)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t by_hand;

    site_of(ops, "munich", 3);
    by_hand = support_assign(&ops->s, "munich-0", ddi_release(&ops->s, "1.5"), NULL);
    limited(ops, "\"site_percent\":50,\"site_most\":2"); /* of three machines one */
    waits_for(ops, "munich", 1, "site-full", "1 machines at munich");
    assert_int_equal(offer(ops, "munich", 0), by_hand);
    says(ops, "munich", 0, by_hand, "success");
    assert_int_not_equal(offer(ops, "munich", 1), 0);
    waits_for(ops, "munich", 2, "site-full", "lets 1 at once");
}

UNIT(the_last_working_machine_of_a_site_waits_until_another_works)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t action;

    site_of(ops, "munich", 2);
    limited(ops, "\"keep_one\":true");
    action = offer(ops, "munich", 0);
    assert_int_not_equal(action, 0);
    waits_for(ops, "munich", 1, "last-working", "the last working machine at munich");
    says(ops, "munich", 0, action, "success");
    assert_int_not_equal(offer(ops, "munich", 1), 0);
}

UNIT(a_machine_whose_update_failed_or_that_is_not_heard_of_does_not_keep_its_site_working)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t action;

    site_of(ops, "munich", 2);
    site_of(ops, "oslo", 2);
    limited(ops, "\"keep_one\":true");
    action = offer(ops, "munich", 0);
    ddi_say(&ops->s, "munich-0", action, "closed", "failure", "\"details\":[\"SCN-SELFTEST\"]");
    waits_for(ops, "munich", 1, "last-working", "failed");
    ops->s.now_ms += 25 * HOUR_MS; /* oslo-1 was off for a day */
    waits_for(ops, "oslo", 0, "last-working", "not heard of for a day");
    assert_int_equal(ops_ask(ops, "technician", "POST", "/api/v1/devices/oslo-1/retire", "{}").status, 200);
    assert_int_not_equal(offer(ops, "oslo", 0), 0); /* alone now: nobody else to keep */
}

UNIT(so_many_devices_hold_it_at_once_in_all_and_at_a_site)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t first;

    site_of(ops, "munich", 2);
    site_of(ops, "oslo", 2);
    limited(ops, "\"at_once\":2,\"at_once_site\":1");
    first = offer(ops, "munich", 0);
    waits_for(ops, "munich", 1, "at-once", "1 devices at munich hold it, and the rollout lets 1 at once");
    assert_int_not_equal(offer(ops, "oslo", 0), 0);
    waits_for(ops, "oslo", 1, "at-once", "2 devices hold it, and the rollout lets 2 at once");
    says(ops, "munich", 0, first, "failure");
    assert_int_not_equal(offer(ops, "munich", 1), 0);
}

UNIT(two_that_ask_in_the_same_moment_do_not_overshoot)
{
    struct ops *ops = ops_world(unit->arena);
    int made = 0;

    rollouts_devices(ops, "mfp", 2, NULL);
    limited(ops, "\"at_once\":1");
    for (int may_write = 0; may_write < 2; may_write++)
        for (int i = 0; i < 2; i++) {
            struct device *device = ARENA_NEW(unit->arena, struct device);
            struct checkin c;

            *device = support_device_get(&ops->s, rollouts_id(ops, "mfp", i));
            MUST(checkin_ask(&ops->s.world, unit->arena, device, may_write, ops->s.now_ms, &c, &unit->err));
            if (!may_write)
                assert_true(c.needs_writer); /* to either it looks as if there were room */
            made += c.action != NULL;
        }
    assert_int_equal(made, 1);
}

UNIT(a_tenant_limits_all_its_rollouts_together_and_nothing_asks_before_it_does)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;
    int64_t first;

    rollouts_devices(ops, "mfp", 3, NULL);
    rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    first = offer(ops, "mfp", 0);
    a = ops_ask(ops, "admin", "PATCH", "/api/v1/tenant", "{\"at_once\":1}");
    assert_int_equal(support_int(&a, "at_once"), 1);
    waits_for(ops, "mfp", 1, "at-once", "1 updates are under way, and the tenant lets 1 at once");
    says(ops, "mfp", 0, first, "success");
    assert_int_not_equal(offer(ops, "mfp", 1), 0);
    waits_for(ops, "mfp", 2, "at-once", "the tenant lets 1");
    assert_int_equal(ops_ask(ops, "admin", "PATCH", "/api/v1/tenant", "{\"at_once\":0}").status, 200);
    assert_int_not_equal(offer(ops, "mfp", 2), 0);
}

/* The size of what ddi_release brings. */
static int64_t size_of(struct ops *ops, int64_t action)
{
    struct answer a = ddi_get(&ops->s, "mfp-0", "deploymentBase", action);

    return support_int(&a, "deployment.chunks.0.artifacts.0.size");
}

UNIT(bytes_of_an_hour_are_not_overshot_and_why_says_when_there_is_room)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t size, second_ms;
    struct answer a;

    rollouts_devices(ops, "mfp", 4, NULL);
    limited(ops, "\"bytes_hour\":1"); /* less than one of them: one an hour */
    size = size_of(ops, offer(ops, "mfp", 0));
    assert_true(size > 1);
    waits_for(ops, "mfp", 1, "bytes-hour",
              arena_printf(unit->arena, "%lld bytes were offered within the hour", (long long)size));
    a = why(ops, "mfp", 1);
    second_ms = SUPPORT_NOW_MS - SUPPORT_NOW_MS % OFFERED_SLOT_MS + OFFERED_SLOT_MS + HOUR_MS;
    assert_string_equal(support_text(&a, "targets.0.waits.0.until"), text_time(unit->arena, second_ms));
    assert_string_equal(support_text(&a, "targets.0.expected"), text_time(unit->arena, second_ms));
    ops->s.now_ms = second_ms - 1;
    assert_int_equal(offer(ops, "mfp", 1), 0);
    ops->s.now_ms = second_ms;
    assert_int_not_equal(offer(ops, "mfp", 1), 0);
    assert_int_equal(offer(ops, "mfp", 2), 0);
}

UNIT(a_site_and_a_tenant_have_their_hours_of_bytes_too)
{
    struct ops *ops = ops_world(unit->arena);

    site_of(ops, "munich", 2);
    site_of(ops, "oslo", 2);
    limited(ops, "\"bytes_hour_site\":1");
    assert_int_not_equal(offer(ops, "munich", 0), 0);
    waits_for(ops, "munich", 1, "bytes-hour", "the rollout at its site lets 1");
    assert_int_not_equal(offer(ops, "oslo", 0), 0);
    assert_int_equal(ops_ask(ops, "admin", "PATCH", "/api/v1/tenant", "{\"bytes_hour\":1}").status, 200);
    ops->s.now_ms += 2 * HOUR_MS;
    assert_int_not_equal(offer(ops, "munich", 1), 0);
    waits_for(ops, "oslo", 1, "bytes-hour", "the tenant lets 1");
}

UNIT(who_waits_within_a_limit_past_the_deadline_does_not_halt_its_rollout)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;
    int64_t id;

    rollouts_devices(ops, "mfp", 4, NULL);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"),
                          ",\"terms\":{\"at_once\":1},\"thresholds\":{\"deadline_h\":1,\"fail_percent\":0}");
    says(ops, "mfp", 0, offer(ops, "mfp", 0), "success");
    assert_int_not_equal(offer(ops, "mfp", 1), 0);
    ops->s.now_ms += HOUR_MS; /* the others could not be served within the deadline */
    for (int i = 0; i < 12; i++)
        rollouts_tick(ops);
    a = rollouts_get(ops, id);
    assert_string_equal(support_text(&a, "state"), "running");
}

UNIT(whose_hours_are_always_too_short_takes_no_place_from_who_could)
{
    struct ops *ops = ops_world(unit->arena);

    site_of(ops, "munich", 1);
    site_of(ops, "oslo", 2);
    assert_int_equal(ops_ask(ops, "technician", "PUT", "/api/v1/sites/munich",
                             "{\"zone\":\"UTC\",\"window\":{\"start\":\"22:00\",\"end\":\"22:10\"}}")
                         .status,
                     200);
    limited(ops, "\"at_once\":1");
    waits_for(ops, "munich", 0, "no-place", "none of its hours holds an install");
    assert_int_not_equal(offer(ops, "oslo", 0), 0);
    waits_for(ops, "oslo", 1, "at-once", "the rollout lets 1 at once");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(of_a_site_so_many_machines_are_under_way_and_the_next_comes_when_one_is_done),
        UNIT_TEST(what_is_under_way_by_hand_counts_at_its_site_and_a_percent_lets_at_least_one),
        UNIT_TEST(the_last_working_machine_of_a_site_waits_until_another_works),
        UNIT_TEST(a_machine_whose_update_failed_or_that_is_not_heard_of_does_not_keep_its_site_working),
        UNIT_TEST(so_many_devices_hold_it_at_once_in_all_and_at_a_site),
        UNIT_TEST(two_that_ask_in_the_same_moment_do_not_overshoot),
        UNIT_TEST(a_tenant_limits_all_its_rollouts_together_and_nothing_asks_before_it_does),
        UNIT_TEST(bytes_of_an_hour_are_not_overshot_and_why_says_when_there_is_room),
        UNIT_TEST(a_site_and_a_tenant_have_their_hours_of_bytes_too),
        UNIT_TEST(who_waits_within_a_limit_past_the_deadline_does_not_halt_its_rollout),
        UNIT_TEST(whose_hours_are_always_too_short_takes_no_place_from_who_could),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
