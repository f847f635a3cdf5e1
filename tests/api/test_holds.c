/* "Not now": no new offer, what was offered and has not begun is not shown, what flashes finishes. */
#include "support/unit.h"

#include "base/text.h"
#include "domain/report.h"
#include "support/enrol.h"
#include "support/rollouts.h"

#define HOUR_MS 3600000LL

static const char *hours_from(struct ops *ops, int64_t hours)
{
    return text_time(ops->s.arena, ops->s.now_ms + hours * HOUR_MS);
}

static struct answer hold(struct ops *ops, const char *what, int64_t hours)
{
    return ops_ask(ops, "technician", "POST", "/api/v1/holds",
                   arena_printf(ops->s.arena, "{%s,\"reason\":\"stock taking\",\"until\":\"%s\"}", what,
                                hours_from(ops, hours)));
}

static int64_t held(struct ops *ops, const char *what, int64_t hours)
{
    struct answer a = hold(ops, what, hours);

    if (a.status != 201)
        fail_msg("%d %s", a.status, a.text);
    return support_int(&a, "id");
}

static struct answer lift(struct ops *ops, int64_t id)
{
    return ops_ask(ops, "technician", "DELETE",
                   arena_printf(ops->s.arena, "/api/v1/holds/%lld", (long long)id), NULL);
}

static int64_t offer(struct ops *ops, const char *id)
{
    return rollouts_offer(ops, id, "deploymentBase");
}

UNIT(who_is_held_is_offered_nothing_until_it_ends_by_itself)
{
    struct ops *ops = ops_world(unit->arena);

    rollouts_devices(ops, "mfp", 2, NULL);
    held(ops, "\"scope\":\"device\",\"object\":\"mfp-0\"", 5);
    rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    assert_int_equal(offer(ops, "mfp-0"), 0);
    assert_true(offer(ops, "mfp-1") > 0);
    ops->s.now_ms += 5 * HOUR_MS - 1;
    assert_int_equal(offer(ops, "mfp-0"), 0);
    ops->s.now_ms += 1;
    assert_true(offer(ops, "mfp-0") > 0);
}

UNIT(what_was_offered_and_has_not_begun_waits_and_what_flashes_finishes)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t waiting, flashing, id;

    rollouts_devices(ops, "mfp", 2, NULL);
    rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    waiting = offer(ops, "mfp-0");
    flashing = offer(ops, "mfp-1");
    ddi_say(&ops->s, "mfp-1", flashing, "proceeding", "none", "\"code\":9040");
    id = held(ops, "\"scope\":\"all\"", 5);
    assert_int_equal(offer(ops, "mfp-0"), 0);
    assert_int_equal(rollouts_offer(ops, "mfp-0", "cancelAction"), 0);
    assert_int_equal(offer(ops, "mfp-1"), flashing);
    assert_non_null(strstr(ddi_get(&ops->s, "mfp-0", "deploymentBase", waiting).text, "\"update\":\"skip\""));
    assert_int_equal(lift(ops, id).status, 200);
    assert_int_equal(offer(ops, "mfp-0"), waiting);
}

UNIT(who_is_held_is_not_late)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t action;

    rollouts_devices(ops, "mfp", 1, NULL);
    rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    action = offer(ops, "mfp-0");
    held(ops, "\"scope\":\"family\",\"object\":\"aurora\"", 100);
    held(ops, "\"scope\":\"customer\",\"object\":\"acme\"", 100);
    assert_int_equal(
        ops_ask(ops, "technician", "PATCH", "/api/v1/devices/mfp-0", "{\"customer\":\"acme\"}").status, 200);
    ops->s.now_ms += 80 * HOUR_MS;
    MUST(report_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    assert_int_equal(ddi_state(&ops->s, action), ACTION_OFFERED);
    ops->s.now_ms += 80 * HOUR_MS;
    MUST(report_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    assert_int_equal(ddi_state(&ops->s, action), ACTION_SILENT);
}

UNIT(a_subscription_to_security_only_needs_no_end_and_lets_repairs_through)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a =
        ops_ask(ops, "technician", "POST", "/api/v1/holds",
                "{\"scope\":\"all\",\"reason\":\"contract\",\"security_only\":true,\"customer\":true}");

    assert_int_equal(a.status, 201);
    rollouts_devices(ops, "mfp", 1, NULL);
    rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    assert_int_equal(offer(ops, "mfp-0"), 0);
    ops->s.repairs = true;
    rollouts_started(ops, ddi_release(&ops->s, "2.1"), "");
    assert_true(offer(ops, "mfp-0") > 0);
}

UNIT(a_place_of_the_customer_is_held_with_the_customer)
{
    struct ops *ops = ops_world(unit->arena);

    rollouts_devices(ops, "mfp", 1, NULL);
    assert_int_equal(
        ops_ask(ops, "technician", "PUT", "/api/v1/sites/berlin", "{\"customer\":\"acme\"}").status, 200);
    assert_int_equal(
        ops_ask(ops, "technician", "PATCH", "/api/v1/devices/mfp-0", "{\"site\":\"berlin\"}").status, 200);
    held(ops, "\"scope\":\"customer\",\"object\":\"acme\"", 5);
    rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    assert_int_equal(offer(ops, "mfp-0"), 0);
    assert_int_equal(
        ops_ask(ops, "technician", "PUT", "/api/v1/sites/berlin", "{\"customer\":\"zeta\"}").status, 200);
    assert_true(offer(ops, "mfp-0") > 0);
}

UNIT(an_assignment_by_hand_says_who_holds_it)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t release = ddi_release(&ops->s, "2.0");
    struct answer a;

    rollouts_devices(ops, "mfp", 1, NULL);
    held(ops, arena_printf(unit->arena, "\"scope\":\"release\",\"object\":\"%lld\"", (long long)release), 5);
    a = ops_ask(ops, "engineer", "POST", "/api/v1/devices/mfp-0/actions",
                arena_printf(unit->arena, "{\"release\":%lld}", (long long)release));
    assert_int_equal(a.status, 409);
    assert_non_null(strstr(a.text, "stock taking"));
    assert_non_null(strstr(a.text, "technician"));
}

UNIT(what_makes_no_sense_is_refused)
{
    struct ops *ops = ops_world(unit->arena);

    assert_int_equal(hold(ops, "\"scope\":\"moon\"", 5).status, 400);
    assert_int_equal(hold(ops, "\"scope\":\"site\",\"object\":\"nowhere\"", 5).status, 404);
    assert_int_equal(hold(ops, "\"scope\":\"device\",\"object\":\"nobody\"", 5).status, 404);
    assert_int_equal(hold(ops, "\"scope\":\"release\",\"object\":\"9\"", 5).status, 404);
    assert_int_equal(hold(ops, "\"scope\":\"all\",\"object\":\"x\"", 5).status, 400);
    assert_int_equal(hold(ops, "\"scope\":\"customer\"", 5).status, 400);
    assert_int_equal(hold(ops, "\"scope\":\"all\"", -1).status, 400);
    assert_int_equal(hold(ops, "\"scope\":\"all\"", 24 * 800).status, 400);
    assert_int_equal(
        ops_ask(ops, "technician", "POST", "/api/v1/holds", "{\"scope\":\"all\",\"reason\":\"x\"}").status,
        400);
    assert_int_equal(
        ops_ask(ops, "viewer", "POST", "/api/v1/holds", "{\"scope\":\"all\",\"reason\":\"x\"}").status, 403);
    assert_int_equal(lift(ops, 9).status, 404);
}

UNIT(they_are_listed_lifted_once_and_audited)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t first = held(ops, "\"scope\":\"all\"", 1), second = held(ops, "\"scope\":\"all\"", 5);
    struct answer a = ops_ask(ops, "viewer", "GET", "/api/v1/holds", NULL);

    assert_int_equal(json_count(support_at(&a, "items")), 2);
    assert_int_equal(support_int(&a, "items.0.id"), second);
    assert_int_equal(lift(ops, second).status, 200);
    assert_int_equal(lift(ops, second).status, 409);
    ops->s.now_ms += 2 * HOUR_MS;
    assert_int_equal(lift(ops, first).status, 409);
    a = ops_ask(ops, "viewer", "GET", "/api/v1/holds", NULL);
    assert_int_equal(json_count(support_at(&a, "items")), 0);
    a = ops_ask(ops, "viewer", "GET", "/api/v1/holds?over=1&limit=1", NULL);
    assert_int_equal(json_count(support_at(&a, "items")), 1);
    assert_string_equal(support_text(&a, "items.0.lifted_by"), "technician");
    assert_non_null(support_text(&a, "next"));
    a = ops_ask(ops, "admin", "GET", "/api/v1/audit", NULL);
    assert_non_null(strstr(a.text, "hold.lift"));
    assert_non_null(strstr(a.text, "hold.make"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(who_is_held_is_offered_nothing_until_it_ends_by_itself),
        UNIT_TEST(what_was_offered_and_has_not_begun_waits_and_what_flashes_finishes),
        UNIT_TEST(who_is_held_is_not_late),
        UNIT_TEST(a_subscription_to_security_only_needs_no_end_and_lets_repairs_through),
        UNIT_TEST(a_place_of_the_customer_is_held_with_the_customer),
        UNIT_TEST(an_assignment_by_hand_says_who_holds_it),
        UNIT_TEST(what_makes_no_sense_is_refused),
        UNIT_TEST(they_are_listed_lifted_once_and_audited),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
