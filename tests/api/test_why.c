/* Why not yet: what the doors say is what the next check-in does. */
#include "support/unit.h"

#include "base/text.h"
#include "domain/report.h"
#include "support/enrol.h"
#include "support/rollouts.h"

#define HOUR_MS 3600000LL
#define PILOT_FIRST ",\"stages\":[{\"kind\":\"group\",\"tag\":\"pilot\"}]"

static struct answer why(struct ops *ops, const char *id)
{
    struct answer a =
        ops_ask(ops, "viewer", "GET", arena_printf(ops->s.arena, "/api/v1/devices/%s/why", id), NULL);

    assert_int_equal(a.status, 200);
    return a;
}

/* The codes of its first target, "held window-shut ". */
static const char *codes(struct ops *ops, const char *id)
{
    struct answer a = why(ops, id);
    struct buf b = {.arena = ops->s.arena};
    const struct json *waits = support_at(&a, "targets.0.waits");

    for (size_t i = 0; i < json_count(waits); i++)
        buf_printf(&b, "%s ", json_string(json_member(json_item(waits, i), "code")));
    return buf_cstr(&b);
}

static int64_t offer(struct ops *ops, const char *id)
{
    return rollouts_offer(ops, id, "deploymentBase");
}

static void patch(struct ops *ops, const char *id, const char *body)
{
    assert_int_equal(
        ops_ask(ops, "technician", "PATCH", arena_printf(ops->s.arena, "/api/v1/devices/%s", id), body)
            .status,
        200);
}

static void held(struct ops *ops, const char *id, int64_t hours)
{
    assert_int_equal(
        ops_ask(ops, "technician", "POST", "/api/v1/holds",
                arena_printf(
                    ops->s.arena,
                    "{\"scope\":\"device\",\"object\":\"%s\",\"reason\":\"stock taking\",\"until\":\"%s\"}",
                    id, text_time(ops->s.arena, ops->s.now_ms + hours * HOUR_MS)))
            .status,
        201);
}

UNIT(devices_in_different_states_each_hear_their_own_reason)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t action, rollout;
    struct answer a;

    rollouts_devices(ops, "pilot", 5, "[\"pilot\"]");
    rollouts_devices(ops, "mfp", 1, NULL);
    a = why(ops, "mfp-0");
    assert_int_equal(json_count(support_at(&a, "targets")), 0);
    assert_string_equal(support_text(&a, "text"), "no running rollout holds it in an open stage");
    rollout = rollouts_started(ops, ddi_release(&ops->s, "2.0"), PILOT_FIRST);
    assert_string_equal(codes(ops, "mfp-0"), "stage-shut ");
    assert_string_equal(codes(ops, "pilot-0"), "due ");
    held(ops, "pilot-1", 5);
    a = why(ops, "pilot-1");
    assert_string_equal(support_text(&a, "targets.0.waits.0.code"), "held");
    assert_non_null(strstr(support_text(&a, "targets.0.waits.0.text"), "held by technician, until "));
    assert_string_equal(support_text(&a, "targets.0.waits.0.until"),
                        text_time(unit->arena, ops->s.now_ms + 5 * HOUR_MS));
    assert_string_equal(support_text(&a, "targets.0.expected"),
                        text_time(unit->arena, ops->s.now_ms + 5 * HOUR_MS));
    action = offer(ops, "pilot-2");
    ddi_say(&ops->s, "pilot-2", action, "proceeding", "none", "\"code\":9040");
    a = why(ops, "pilot-2");
    assert_string_equal(support_text(&a, "targets.0.waits.0.code"), "under-way");
    assert_int_equal(support_int(&a, "targets.0.action"), action);
    ddi_say(&ops->s, "pilot-3", offer(ops, "pilot-3"), "closed", "failure", "\"details\":[\"SCN-SELFTEST\"]");
    a = why(ops, "pilot-3");
    assert_string_equal(support_text(&a, "targets.0.waits.0.code"), "failed");
    assert_non_null(
        strstr(support_text(&a, "targets.0.waits.0.text"), "SCN-SELFTEST (package failure, try 1)"));
    ddi_say(&ops->s, "pilot-4", offer(ops, "pilot-4"), "closed", "success", NULL);
    a = why(ops, "pilot-4");
    assert_string_equal(codes(ops, "pilot-4"), "up-to-date ");
    assert_true(json_is_true(support_at(&a, "targets.0.done")));
    assert_int_equal(support_int(&a, "targets.0.rollout.id"), rollout);
    assert_int_equal(ops_ask(ops, "viewer", "GET", "/api/v1/devices/nobody/why", NULL).status, 404);
}

UNIT(one_that_failed_after_flashing_has_failed_whatever_it_carries)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t action;

    rollouts_devices(ops, "mfp", 1, NULL);
    rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    action = offer(ops, "mfp-0");
    assert_int_equal(ddi_ask(&ops->s, "PUT", "mfp-0", "/configData",
                             "{\"mode\":\"merge\",\"data\":{\"component.system\":\"2.0\"}}")
                         .status,
                     200);
    ddi_say(&ops->s, "mfp-0", action, "closed", "failure", "\"details\":[\"self-test: F070\"]");
    assert_string_equal(codes(ops, "mfp-0"), "failed ");
}

UNIT(the_list_is_in_order_and_the_time_is_the_last_of_all)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;

    rollouts_devices(ops, "mfp", 1, NULL);
    ops->s.now_ms = 1790035200000; /* 2026-09-22 00:00 UTC, a Tuesday */
    assert_int_equal(
        ops_ask(ops, "technician", "PUT", "/api/v1/sites/berlin",
                "{\"zone\":\"Europe/Berlin\",\"window\":{\"start\":\"22:00\",\"end\":\"22:10\"}}")
            .status,
        200);
    patch(ops, "mfp-0", "{\"site\":\"berlin\"}");
    rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    held(ops, "mfp-0", 30); /* until Wednesday 06:00 UTC: the window of that evening */
    a = why(ops, "mfp-0");
    assert_string_equal(codes(ops, "mfp-0"), "held window-shut window-too-short ");
    assert_string_equal(support_text(&a, "targets.0.waits.1.until"), "2026-09-23T20:00:00Z");
    assert_null(
        support_at(&a, "targets.0.expected")); /* a window of ten minutes never holds an install of twelve */
    assert_int_equal(
        ops_ask(ops, "technician", "PUT", "/api/v1/sites/berlin",
                "{\"zone\":\"Europe/Berlin\",\"window\":{\"start\":\"22:00\",\"end\":\"05:00\"}}")
            .status,
        200);
    a = why(ops, "mfp-0");
    assert_string_equal(codes(ops, "mfp-0"), "held window-shut ");
    assert_string_equal(support_text(&a, "targets.0.expected"), "2026-09-23T20:00:00Z");
    ops->s.now_ms += 31 * HOUR_MS; /* the hold is over, the window still to come */
    assert_string_equal(codes(ops, "mfp-0"), "window-shut ");
    assert_true(offer(ops, "mfp-0") > 0); /* it may be fetched, and not installed */
    assert_string_equal(codes(ops, "mfp-0"), "window-shut ");
    ops->s.now_ms += 14 * HOUR_MS;
    assert_string_equal(codes(ops, "mfp-0"), "under-way ");
}

UNIT(several_reasons_are_all_told)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id;

    rollouts_devices(ops, "pilot", 2, "[\"pilot\"]");
    rollouts_devices(ops, "mfp", 1, NULL);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), PILOT_FIRST);
    held(ops, "mfp-0", 5);
    assert_string_equal(codes(ops, "mfp-0"), "stage-shut held ");
    for (int i = 0; i < 2; i++)
        ddi_say(&ops->s, rollouts_id(ops, "pilot", i), offer(ops, rollouts_id(ops, "pilot", i)), "closed",
                "failure", "\"details\":[\"F070\"]");
    rollouts_tick(ops);
    assert_string_equal(codes(ops, "mfp-0"), "not-running stage-shut held ");
    assert_non_null(strstr(why(ops, "mfp-0").text, "the rollout is halted: stage 0: 2 of 2 devices failed"));
    assert_int_equal(ops_ask(ops, "technician", "POST", "/api/v1/devices/mfp-0/retire", "{}").status, 200);
    assert_string_equal(codes(ops, "mfp-0"), "not-active not-running stage-shut held ");
    assert_int_equal(rollouts_do(ops, id, "abort").status, 200);
    assert_string_equal(codes(ops, "mfp-0"), ""); /* it is nobody's target any more */
}

UNIT(a_stage_that_can_neither_halt_nor_go_on_says_so)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;
    int64_t id;

    rollouts_devices(ops, "pilot", 3, "[\"pilot\"]");
    rollouts_devices(ops, "mfp", 1, NULL);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), PILOT_FIRST);
    for (int i = 0; i < 3; i++)
        ddi_say(&ops->s, rollouts_id(ops, "pilot", i), offer(ops, rollouts_id(ops, "pilot", i)), "closed",
                i ? "success" : "failure", "\"details\":[\"F070\"]");
    rollouts_tick(ops);
    a = why(ops, "mfp-0");
    assert_non_null(
        strstr(support_text(&a, "targets.0.waits.0.text"), "2 of 3 devices are healthy, 90 % are wanted"));
    a = ops_ask(ops, "viewer", "GET", arena_printf(unit->arena, "/api/v1/rollouts/%lld/why", (long long)id),
                NULL);
    assert_non_null(strstr(support_text(&a, "waits"), "retry them, or abort"));
}

UNIT(the_fleet_is_grouped_by_reason_page_by_page)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;
    int64_t id, sum = 0;
    const char *next = "", *path;

    rollouts_devices(ops, "pilot", 2, "[\"pilot\"]");
    rollouts_devices(ops, "mfp", 7, NULL);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), PILOT_FIRST);
    held(ops, "pilot-0", 5);
    path = arena_printf(unit->arena, "/api/v1/rollouts/%lld/why", (long long)id);
    a = ops_ask(ops, "viewer", "GET", path, NULL);
    assert_int_equal(a.status, 200);
    assert_int_equal(support_int(&a, "looked"), 9);
    assert_int_equal(json_count(support_at(&a, "items")), 3);
    assert_string_equal(support_text(&a, "items.0.code"), "stage-shut");
    assert_int_equal(support_int(&a, "items.0.devices"), 7);
    assert_int_equal(json_count(support_at(&a, "items.0.some")), 5);
    assert_non_null(strstr(a.text, "\"some\":[\"pilot-0\"]"));
    do {
        a = ops_ask(ops, "viewer", "GET",
                    arena_printf(unit->arena, "%s?limit=2%s%s", path, *next ? "&cursor=" : "", next), NULL);
        assert_int_equal(a.status, 200);
        sum += support_int(&a, "looked");
        next = support_text(&a, "next");
    } while (next);
    assert_int_equal(sum, 9);
    assert_int_equal(ops_ask(ops, "viewer", "GET", "/api/v1/rollouts/99/why", NULL).status, 404);
}

/* Whatever state a fleet is in: who is told "due" is offered something at the next check-in, and nobody else.
 */
UNIT(who_is_told_due_is_offered_it_and_nobody_else)
{
    struct ops *ops = ops_world(unit->arena);
    int due = 0;

    rollouts_devices(ops, "mfp", 24, NULL);
    for (int i = 0; i < 24; i += 3)
        patch(ops, rollouts_id(ops, "mfp", i), "{\"tags\":[\"pilot\"]}");
    rollouts_started(ops, ddi_release(&ops->s, "2.0"), PILOT_FIRST);
    rollouts_started(ops, ddi_release_two(&ops->s, "2.1"),
                     ",\"weight\":600,\"stages\":[{\"kind\":\"count\",\"value\":12}]");
    for (int i = 0; i < 24; i++) {
        const char *id = rollouts_id(ops, "mfp", i);

        if (i % 4 == 0)
            held(ops, id, 5);
        if (i % 5 == 0)
            patch(ops, id, "{\"quirk\":\"rauc\"}");
        if (i % 7 == 0)
            assert_int_equal(ops_ask(ops, "technician", "POST",
                                     arena_printf(unit->arena, "/api/v1/devices/%s/retire", id), "{}")
                                 .status,
                             200);
    }
    for (int i = 0; i < 24; i++) {
        const char *id = rollouts_id(ops, "mfp", i);
        bool is_due = strstr(why(ops, id).text, "\"code\":\"due\"") != NULL;

        if (i % 7 == 0)
            assert_false(is_due); /* its token works no more: there is no check-in to look at */
        else
            assert_int_equal(is_due, offer(ops, id) > 0);
        due += is_due;
    }
    assert_true(due > 2 && due < 20);
}

UNIT(the_silence_of_who_is_held_does_not_speak_against_the_release)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;
    int64_t id;

    ops->s.now_ms -= ops->s.now_ms % 600000;
    rollouts_devices(ops, "mfp", 4, NULL);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    for (int i = 0; i < 3; i++)
        held(ops, rollouts_id(ops, "mfp", i), 24 * 30);
    ddi_say(&ops->s, "mfp-3", offer(ops, "mfp-3"), "closed", "success", NULL);
    ops->s.now_ms += 80 * HOUR_MS - 60000;
    rollouts_tick(ops); /* a walk is due */
    rollouts_tick(ops); /* and now none */
    a = rollouts_get(ops, id);
    assert_string_equal(support_text(&a, "state"), "running"); /* neither halted nor over without them */
    ops->s.now_ms += 24 * 40 * HOUR_MS;
    rollouts_tick(ops);
    a = rollouts_get(ops, id);
    if (!text_equal(support_text(&a, "state"), "halted")) { /* its holds are over: it is looked at in turn */
        ops->s.now_ms += 600000 - ops->s.now_ms % 600000 - 60000;
        rollouts_tick(ops);
        a = rollouts_get(ops, id);
    }
    assert_string_equal(support_text(&a, "state"), "halted");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(devices_in_different_states_each_hear_their_own_reason),
        UNIT_TEST(one_that_failed_after_flashing_has_failed_whatever_it_carries),
        UNIT_TEST(the_list_is_in_order_and_the_time_is_the_last_of_all),
        UNIT_TEST(several_reasons_are_all_told),
        UNIT_TEST(a_stage_that_can_neither_halt_nor_go_on_says_so),
        UNIT_TEST(the_fleet_is_grouped_by_reason_page_by_page),
        UNIT_TEST(who_is_told_due_is_offered_it_and_nobody_else),
        UNIT_TEST(the_silence_of_who_is_held_does_not_speak_against_the_release),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
