/* Windows by rule, holiday calendars, blackout dates: in by the operators' doors, out at the device's. */
#include "support/unit.h"

#include "base/text.h"
#include "support/ops.h"

#define RULE_SITE                                                                                            \
    "{\"zone\":\"Europe/Berlin\",\"customer\":\"Roux\",\"window\":{\"rule\":\"RRULE:FREQ=DAILY\","           \
    "\"start\":\"22:00\",\"duration\":\"PT7H\",\"exdates\":[\"2026-09-23\"],\"until\":\"2026-12-31\"}%s}"

static struct answer ask(struct ops *ops, const char *method, const char *target, const char *body)
{
    return ops_ask(ops, "technician", method, target, body);
}

static struct answer put_site(struct ops *ops, const char *more)
{
    return ask(ops, "PUT", "/api/v1/sites/lyon", arena_printf(ops->s.arena, RULE_SITE, more));
}

UNIT(a_window_by_rule_comes_back_as_it_was_given)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a = put_site(ops, "");

    assert_int_equal(a.status, 200);
    assert_string_equal(support_text(&a, "window.rule"), "RRULE:FREQ=DAILY");
    assert_string_equal(support_text(&a, "window.duration"), "PT7H");
    assert_string_equal(support_text(&a, "window.exdates.0"), "2026-09-23");
    assert_string_equal(support_text(&a, "window.until"), "2026-12-31");
    assert_null(support_at(&a, "window.end"));
    assert_null(support_at(&a, "window.days"));
    assert_string_equal(ops_ask(ops, "viewer", "GET", "/api/v1/sites/lyon", NULL).text, a.text);
}

UNIT(what_is_wrong_with_a_window_or_a_calendar_is_named)
{
    /* clang-format off */
    static const struct { const char *window, *words; } rows[] = {
        { "{\"start\":\"22:00\",\"rule\":\"FREQ=DAILY\"}", "an end or a duration" },
        { "{\"start\":\"22:00\",\"end\":\"05:00\",\"duration\":\"PT7H\"}", "an end or a duration" },
        { "{\"start\":\"22:00\",\"duration\":\"PT25H\"}", "PT24H" },
        { "{\"start\":\"22:00\",\"duration\":\"PT7H\",\"rule\":\"FREQ=HOURLY\"}", "FREQ" },
        { "{\"start\":\"22:00\",\"duration\":\"PT7H\",\"rule\":\"FREQ=DAILY\",\"days\":[\"mo\"]}", "exclude" },
        { "{\"start\":\"22:00\",\"duration\":\"PT7H\",\"rule\":\"FREQ=DAILY;UNTIL=20260101\"}", "never opens" },
        { "{\"start\":\"22:00\",\"duration\":\"PT7H\",\"until\":\"2026-01-01\"}", "never opens" },
        { "{\"start\":\"22:00\",\"duration\":\"PT7H\",\"exdates\":[\"2026-02-30\"]}", "not a date" },
        { "{\"start\":\"22:00\",\"duration\":\"PT7H\",\"exdates\":[7]}", "not a date" },
    };
    /* clang-format on */
    struct ops *ops = ops_world(unit->arena);

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct answer a =
            ask(ops, "PUT", "/api/v1/sites/x", arena_printf(unit->arena, "{\"window\":%s}", rows[i].window));

        if (a.status != 400 || !strstr(a.text, rows[i].words))
            fail_msg("%s: %d %s", rows[i].window, a.status, a.text);
    }
    assert_int_equal(put_site(ops, ",\"calendars\":[\"nobody\"]").status, 400);
    assert_int_equal(ops_calendar(ops, "fair", "hello").status, 400);
    assert_int_equal(ops_calendar(ops, ".x", OPS_CALENDAR).status, 400);
    assert_int_equal(ask(ops, "PUT", "/api/v1/calendars/fair", "{}").status, 415);
    assert_int_equal(ask(ops, "GET", "/api/v1/sites/x", NULL).status, 404);
}

UNIT(a_calendar_is_put_shown_replaced_and_not_dropped_while_a_site_names_it)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a = ops_calendar(ops, "fair", OPS_CALENDAR);

    assert_int_equal(a.status, 200);
    assert_int_equal(support_int(&a, "days"), 2);
    assert_string_equal(support_text(&a, "first"), "2026-09-21");
    assert_string_equal(support_text(&a, "last"), "2026-09-22");
    assert_int_equal(ops_calendar(ops, "fair", OPS_CALENDAR).status, 200);
    assert_string_equal(ask(ops, "GET", "/api/v1/calendars/fair", NULL).text, OPS_CALENDAR);
    a = ask(ops, "GET", "/api/v1/calendars", NULL);
    assert_string_equal(support_text(&a, "items.0.name"), "fair");
    assert_int_equal(json_count(support_at(&a, "items")), 1);
    a = put_site(ops, ",\"calendars\":[\"fair\"]");
    assert_string_equal(support_text(&a, "calendars.0"), "fair");
    a = ask(ops, "DELETE", "/api/v1/calendars/fair", NULL);
    assert_int_equal(a.status, 409);
    assert_non_null(strstr(a.text, "lyon"));
    assert_int_equal(put_site(ops, "").status, 200);
    assert_int_equal(ask(ops, "DELETE", "/api/v1/calendars/fair", NULL).status, 204);
    assert_int_equal(ask(ops, "DELETE", "/api/v1/calendars/fair", NULL).status, 404);
    assert_int_equal(ask(ops, "GET", "/api/v1/calendars/fair", NULL).status, 404);
    assert_int_equal(ops_ask(ops, "viewer", "DELETE", "/api/v1/calendars/fair", NULL).status, 403);
    a = ops_ask(ops, "admin", "GET", "/api/v1/audit?limit=10", NULL);
    assert_string_equal(support_text(&a, "items.0.what"), "calendar.drop");
}

UNIT(a_blackout_is_put_once_listed_and_taken_back)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a =
        ask(ops, "PUT", "/api/v1/blackouts",
            "{\"customer\":\"Roux\",\"from\":\"2026-12-21\",\"to\":\"2027-01-03\",\"reason\":\"books\"}");
    int64_t id = support_int(&a, "id");

    a = ask(ops, "PUT", "/api/v1/blackouts",
            "{\"customer\":\"Roux\",\"from\":\"2026-12-21\",\"to\":\"2027-01-03\",\"reason\":\"stock\"}");
    assert_int_equal(support_int(&a, "id"), id);
    a = ask(ops, "GET", "/api/v1/blackouts", NULL);
    assert_int_equal(json_count(support_at(&a, "items")), 1);
    assert_string_equal(support_text(&a, "items.0.reason"), "stock");
    assert_string_equal(support_text(&a, "items.0.to"), "2027-01-03");
    const char *one = arena_printf(unit->arena, "/api/v1/blackouts/%lld", (long long)id);
    assert_int_equal(ask(ops, "DELETE", one, NULL).status, 204);
    assert_int_equal(ask(ops, "DELETE", one, NULL).status, 404);
    assert_int_equal(ask(ops, "PUT", "/api/v1/blackouts",
                         "{\"from\":\"2026-12-21\",\"to\":\"2026-12-20\",\"reason\":\"x\"}")
                         .status,
                     400);
    assert_int_equal(ask(ops, "PUT", "/api/v1/blackouts",
                         "{\"from\":\"2026-12-21\",\"to\":\"2028-12-20\",\"reason\":\"x\"}")
                         .status,
                     400);
    assert_int_equal(
        ask(ops, "PUT", "/api/v1/blackouts", "{\"from\":\"2026-12-21\",\"to\":\"2026-12-21\"}").status, 400);
}

/* The night the device is told, "2026-09-21T20:00:00Z", or NULL. */
static const char *told(struct ops *ops, int64_t action_id, const char *which)
{
    const char *target =
        arena_printf(ops->s.arena, "/DEFAULT/controller/v1/mfp-1/deploymentBase/%lld", (long long)action_id);
    struct answer a = support_ask(&ops->s, "GET", target, "Authorization: TargetToken token-mfp-1", NULL);

    assert_int_equal(a.status, 200);
    for (size_t i = 0; i < json_count(support_at(&a, "deployment.chunks.0.metadata")); i++) {
        const char *at = arena_printf(ops->s.arena, "deployment.chunks.0.metadata.%zu", i);

        if (text_equal(support_text(&a, arena_printf(ops->s.arena, "%s.key", at)), which))
            return support_text(&a, arena_printf(ops->s.arena, "%s.value", at));
    }
    return NULL;
}

/* Now is Monday, 2026-09-21, 14:13 UTC: 16:13 in Lyon. */
UNIT(a_device_is_told_the_night_that_rule_holidays_and_blackouts_leave)
{
    static const struct support_part parts[] = {{"system", "2.0", "system.img", "x"}};
    struct ops *ops = ops_world(unit->arena);
    int64_t action;

    put_site(ops, "");
    support_device(&ops->s, "mfp-1", QUIRK_NONE);
    assert_int_equal(ask(ops, "PATCH", "/api/v1/devices/mfp-1", "{\"site\":\"lyon\"}").status, 200);
    action = support_assign(&ops->s, "mfp-1", support_release(&ops->s, "c450", "2.0", parts, 1), NULL);
    assert_string_equal(told(ops, action, "nightshift.not_before"), "2026-09-21T20:00:00Z");
    assert_string_equal(told(ops, action, "nightshift.not_after"), "2026-09-22T02:48:00Z");
    ops_calendar(ops, "fair", OPS_CALENDAR);
    put_site(ops, ",\"calendars\":[\"fair\"]"); /* 21 and 22 are holidays, 23 is an exdate */
    assert_string_equal(told(ops, action, "nightshift.not_before"), "2026-09-24T20:00:00Z");
    ask(ops, "PUT", "/api/v1/blackouts",
        "{\"customer\":\"Else\",\"from\":\"2026-09-20\",\"to\":\"2026-10-20\",\"reason\":\"not ours\"}");
    assert_string_equal(told(ops, action, "nightshift.not_before"), "2026-09-24T20:00:00Z");
    ask(ops, "PUT", "/api/v1/blackouts",
        "{\"customer\":\"Roux\",\"from\":\"2026-09-20\",\"to\":\"2026-09-30\",\"reason\":\"fair\"}");
    assert_string_equal(told(ops, action, "nightshift.not_before"), "2026-09-30T22:00:00Z");
    assert_string_equal(told(ops, action, "nightshift.not_after"), "2026-10-01T02:48:00Z");
    ask(ops, "PUT", "/api/v1/blackouts",
        "{\"from\":\"2026-09-20\",\"to\":\"2026-12-31\",\"reason\":\"for all\"}"); /* then it is over */
    assert_string_equal(told(ops, action, "nightshift.not_before"), "2026-12-31T23:00:00Z");
    ask(ops, "PUT", "/api/v1/blackouts",
        "{\"from\":\"2026-09-20\",\"to\":\"2027-01-01\",\"reason\":\"for all\"}");
    assert_null(told(ops, action, "nightshift.not_before"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_window_by_rule_comes_back_as_it_was_given),
        UNIT_TEST(what_is_wrong_with_a_window_or_a_calendar_is_named),
        UNIT_TEST(a_calendar_is_put_shown_replaced_and_not_dropped_while_a_site_names_it),
        UNIT_TEST(a_blackout_is_put_once_listed_and_taken_back),
        UNIT_TEST(a_device_is_told_the_night_that_rule_holidays_and_blackouts_leave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
