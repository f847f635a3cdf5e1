/* When a rollout's devices may be touched: its instants, its hours for downloads, the tenant's window, what
 * is urgent, and whether the work still fits. What a device is told, and what people are told. */
#include "support/hours.h"

#include <inttypes.h>

#include "base/text.h"

#define HOUR_MS 3600000LL
#define MINUTE_MS 60000LL

UNIT(no_install_begins_before_earliest_nor_after_latest)
{
    struct hours s = hours_scene(
        unit, HOURS_BERLIN("null"),
        ",\"terms\":{\"earliest\":\"2026-09-22T06:00:00Z\",\"latest\":\"2026-09-22T18:00:00Z\"}", "");

    assert_string_equal(hours_told(&s), "forced skip unavailable");
    assert_string_equal(hours_why(&s), "too-early 2026-09-22T06:00:00Z");
    hours_at(&s, 6);
    assert_string_equal(hours_told(&s), "forced forced available");
    assert_string_equal(hours_meta(&s, "nightshift.not_before"), "2026-09-22T06:00:00Z");
    assert_string_equal(hours_meta(&s, "nightshift.not_after"),
                        "2026-09-22T17:48:00Z"); /* twelve minutes before */
    hours_at(&s, 17.9);
    assert_string_equal(hours_told(&s), "forced skip unavailable");
    assert_string_equal(hours_why(&s), "window-too-short -");
    hours_at(&s, 18);
    assert_string_equal(hours_why(&s), "over -");
    assert_true(rollouts_offer(s.ops, "mfp-0", "cancelAction") > 0); /* called back, for good */
    assert_string_equal(hours_told(&s), "");
}

UNIT(after_latest_nobody_is_offered_it_any_more)
{
    struct hours s =
        hours_scene(unit, HOURS_BERLIN("null"), ",\"terms\":{\"latest\":\"2026-09-22T18:00:00Z\"}", "");

    hours_at(&s, 18);
    assert_string_equal(hours_told(&s), "");
    assert_string_equal(hours_why(&s), "over - over -");
}

UNIT(a_device_that_can_never_fit_between_them_is_named)
{
    struct hours s =
        hours_scene(unit, HOURS_BERLIN(HOURS_NIGHT), ",\"terms\":{\"latest\":\"2026-09-22T20:05:00Z\"}", "");
    struct answer a;

    hours_at(&s, 4);
    assert_string_equal(hours_why(&s), "window-shut 2026-09-22T20:00:00Z window-too-short -");
    a = ops_ask(s.ops, "viewer", "GET", "/api/v1/devices/mfp-0/why", NULL);
    assert_non_null(
        strstr(a.text, "its window is 5 minutes until 2026-09-22T20:05:00Z, and the install takes 12"));
    s = hours_scene(unit, HOURS_BERLIN(HOURS_NIGHT), ",\"terms\":{\"latest\":\"2026-09-22T19:00:00Z\"}", "");
    hours_at(&s, 4);
    a = ops_ask(s.ops, "viewer", "GET", "/api/v1/devices/mfp-0/why", NULL);
    assert_non_null(strstr(a.text, "its window does not open before 2026-09-22T19:00:00Z"));
}

UNIT(an_install_does_not_begin_when_what_is_left_is_too_short)
{
    struct hours s = hours_scene(unit, HOURS_BERLIN(HOURS_NIGHT), "", "");
    struct answer a;

    hours_at(&s, 2.75); /* 04:45 in Berlin: fifteen minutes are left */
    assert_string_equal(hours_told(&s), "forced forced available");
    assert_string_equal(hours_meta(&s, "nightshift.not_after"), "2026-09-22T02:48:00Z");
    hours_at(&s, 2.82);
    assert_string_equal(hours_told(&s), "forced skip unavailable");
    assert_string_equal(hours_meta(&s, "nightshift.not_before"), "2026-09-22T20:00:00Z");
    assert_string_equal(hours_why(&s), "no-room 2026-09-22T20:00:00Z");
    a = ops_ask(s.ops, "viewer", "GET", "/api/v1/devices/mfp-0/why", NULL);
    assert_non_null(strstr(a.text,
                           "10 minutes are left of its window, and the install takes 12; the next opens at "
                           "2026-09-22T20:00:00Z"));
    assert_string_equal(support_text(&a, "targets.0.expected"), "2026-09-22T20:00:00Z");
}

UNIT(downloads_have_hours_of_their_own)
{
    struct hours s =
        hours_scene(unit, HOURS_BERLIN(HOURS_NIGHT),
                    ",\"terms\":{\"download_window\":{\"start\":\"18:00\",\"end\":\"20:00\"}}", "");
    int64_t action;
    struct answer a;

    assert_string_equal(hours_told(&s),
                        "skip forced available"); /* 02:00: it may install, but has nothing yet */
    assert_string_equal(hours_why(&s), "download-shut 2026-09-22T16:00:00Z");
    hours_at(&s, 12);
    assert_string_equal(hours_told(&s), "skip skip unavailable");
    assert_string_equal(hours_why(&s), "window-shut 2026-09-22T20:00:00Z download-shut 2026-09-22T16:00:00Z");
    a = ddi_poll(&s.ops->s, "mfp-0");
    s.ops->s.now_ms =
        HOURS_TUESDAY_MS + 16 * HOUR_MS - MINUTE_MS; /* it comes when they begin, not at the usual pace */
    a = ddi_poll(&s.ops->s, "mfp-0");
    assert_true(strcmp(support_text(&a, "config.polling.sleep"), "00:01:00") >= 0 &&
                strcmp(support_text(&a, "config.polling.sleep"), "00:06:00") <= 0);
    hours_at(&s, 16.5);
    assert_string_equal(hours_told(&s), "forced skip unavailable");
    action = rollouts_offer(s.ops, "mfp-0", "deploymentBase");
    ddi_say(&s.ops->s, "mfp-0", action, "downloaded", "none", NULL);
    hours_at(&s, 22);
    assert_string_equal(hours_told(&s), "forced forced available"); /* what is there needs no hours */
}

/* Who downloads and installs in one go does both in its install hours: never nothing at all. */
UNIT(stock_clients_understand_separate_hours)
{
    static const struct {
        const char *quirk;
        double hours;
        const char *told;
    } rows[] = {
        /* clang-format off */
        { "suricatta", 0,    "forced forced available"   },
        { "suricatta", 12,   ""                          }, /* it would take "skip" as done */
        { "suricatta", 16.5, ""                          },
        { "zephyr",    0,    "forced forced available"   },
        { "zephyr",    16.5, ""                          },
        { "rauc",      0,    "forced forced available"   },
        { "rauc",      12,   "skip skip unavailable"     }, /* it leaves it alone until its next poll */
        { "rauc",      16.5, "forced skip unavailable"   }, /* it downloads, then waits */
        { "plain",     0,    "skip forced available"     },
        { "plain",     16.5, "forced skip unavailable"   },
        /* clang-format on */
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct hours s = hours_scene(
            unit, HOURS_BERLIN(HOURS_NIGHT),
            ",\"terms\":{\"download_window\":{\"start\":\"18:00\",\"end\":\"20:00\"}}", rows[i].quirk);
        hours_at(&s, rows[i].hours);
        if (!text_equal(hours_told(&s), rows[i].told))
            fail_msg("%s at %.1f: %s", rows[i].quirk, rows[i].hours, hours_told(&s));
    }
}

UNIT(the_tenants_window_counts_where_neither_rollout_nor_site_names_one)
{
    struct hours s = hours_scene(unit, HOURS_BERLIN("null"), "", "");
    struct answer a;

    assert_string_equal(hours_told(&s), "forced forced"); /* any time */
    a = ops_ask(s.ops, "admin", "PATCH", "/api/v1/tenant",
                "{\"window\":{\"start\":\"20:00\",\"end\":\"22:00\",\"rule\":\"FREQ=WEEKLY;BYDAY=TU\"}}");
    assert_int_equal(a.status, 200);
    assert_string_equal(support_text(&a, "window.rule"), "FREQ=WEEKLY;BYDAY=TU");
    assert_string_equal(hours_told(&s), "forced skip unavailable");
    assert_string_equal(hours_why(&s), "window-shut 2026-09-22T18:00:00Z"); /* in the zone of the site */
    hours_must(s.ops, "technician", "PUT", "/api/v1/sites/berlin", HOURS_BERLIN(HOURS_NIGHT));
    assert_string_equal(hours_told(&s), "forced forced available");
    hours_at(&s, 18.5);
    assert_string_equal(hours_told(&s), "forced skip unavailable");
    hours_must(s.ops, "technician", "PUT", "/api/v1/sites/berlin", HOURS_BERLIN("null"));
    assert_string_equal(hours_told(&s), "forced forced available");
    a = ops_ask(s.ops, "admin", "GET", "/api/v1/audit?limit=10", NULL);
    assert_non_null(strstr(a.text, "FREQ=WEEKLY;BYDAY=TU"));
    a = ops_ask(s.ops, "admin", "PATCH", "/api/v1/tenant", "{\"poll_sleep_s\":60}");
    assert_string_equal(support_text(&a, "window.start"), "20:00"); /* what is absent stays */
    a = ops_ask(s.ops, "admin", "PATCH", "/api/v1/tenant", "{\"window\":null}");
    assert_int_equal(a.status, 200);
    hours_at(&s, 12);
    assert_string_equal(hours_told(&s), "forced forced");
    assert_int_equal(
        ops_ask(s.ops, "admin", "PATCH", "/api/v1/tenant", "{\"window\":{\"start\":\"22:00\"}}").status, 400);
}

UNIT(a_rollout_by_rule_opens_on_the_days_of_its_rule)
{
    struct hours s = hours_scene(
        unit, HOURS_BERLIN(HOURS_NIGHT),
        ",\"window\":{\"start\":\"01:00\",\"duration\":\"PT3H\",\"rule\":\"FREQ=MONTHLY;BYDAY=-1WE\","
        "\"exdates\":[\"2026-09-30\"]}",
        "");

    assert_string_equal(hours_told(&s), "forced skip unavailable"); /* within the site's night */
    assert_string_equal(hours_why(&s),
                        "window-shut 2026-10-28T00:00:00Z"); /* September's last Wednesday is taken out */
    s.ops->s.now_ms += 36 * 24 * HOUR_MS;
    assert_string_equal(hours_told(&s), "forced forced available");
    assert_string_equal(hours_meta(&s, "nightshift.not_after"), "2026-10-28T02:48:00Z");
}

UNIT(urgent_needs_a_reason_that_is_on_record_and_asks_no_window)
{
    struct hours s =
        hours_scene(unit, HOURS_BERLIN("{\"start\":\"03:00\",\"end\":\"04:00\"}"), ",\"weight\":1", "");
    int64_t release = ddi_release(&s.ops->s, "3.0");
    struct answer a = rollouts_make(s.ops, release, ",\"urgent\":true");

    assert_int_equal(a.status, 400);
    assert_non_null(strstr(a.text, "terms.urgent_reason"));
    a = rollouts_make(s.ops, release,
                      ",\"urgent\":true,\"terms\":{\"urgent_reason\":\"exploited since noon\"}");
    assert_int_equal(a.status, 201);
    assert_string_equal(support_text(&a, "terms.urgent_reason"), "exploited since noon");
    a = ops_ask(s.ops, "admin", "GET", "/api/v1/audit?limit=1", NULL);
    assert_string_equal(support_text(&a, "items.0.what"), "rollout.make");
    assert_string_equal(support_text(&a, "items.0.detail"), "urgent: exploited since noon");
}

UNIT(what_contradicts_itself_is_refused)
{
    /* clang-format off */
    static const struct { const char *more, *words; } rows[] = {
        { ",\"terms\":{\"latest\":\"2026-09-21T00:00:00Z\"}", "over already" },
        { ",\"terms\":{\"earliest\":\"2026-09-24T00:00:00Z\",\"latest\":\"2026-09-23T00:00:00Z\"}", "not after earliest" },
        { ",\"terms\":{\"download_window\":{\"start\":\"22:00\"}}", "end or a duration" },
        { ",\"terms\":{\"download_window\":{\"start\":\"22:00\",\"end\":\"23:00\",\"until\":\"2026-01-01\"}}", "download_window" },
        { ",\"window\":" HOURS_NIGHT ",\"terms\":{\"quiet\":{\"minutes\":120,\"from\":\"18:00\",\"to\":\"07:00\"}}", "exclude" },
        { ",\"terms\":{\"latest\":\"tomorrow, at noon sharp\"}", "latest is not a time" },
    };
    /* clang-format on */
    struct ops *ops = ops_world(unit->arena);
    int64_t release = ddi_release(&ops->s, "2.0");

    ops->s.now_ms = HOURS_TUESDAY_MS;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct answer a = rollouts_make(ops, release, rows[i].more);

        if (a.status != 400 || !strstr(a.text, rows[i].words))
            fail_msg("%s: %d %s", rows[i].more, a.status, a.text);
    }
}

UNIT(a_running_rollout_is_made_urgent_with_a_reason_and_waits_for_no_window)
{
    struct hours s = hours_scene(unit, HOURS_BERLIN(HOURS_NIGHT), ",\"terms\":{\"keep_one\":true}", "");
    const char *door = arena_printf(unit->arena, "/api/v1/rollouts/%" PRId64 "/urgent", s.rollout);
    struct answer a;

    hours_at(&s, 10);
    assert_string_equal(hours_told(&s), "forced skip unavailable");
    assert_int_equal(ops_ask(s.ops, "engineer", "POST", door, "{}").status, 400);
    hours_must(s.ops, "engineer", "POST", door, "{\"reason\":\"a hole that is being used\"}");
    assert_string_equal(hours_told(&s), "forced forced");
    a = rollouts_get(s.ops, s.rollout);
    assert_string_equal(support_text(&a, "terms.urgent_reason"), "a hole that is being used");
    assert_non_null(strstr(a.text, "\"keep_one\":true"));
    a = ops_ask(s.ops, "engineer", "POST", door, "{\"reason\":\"again\"}");
    assert_int_equal(a.status, 409);
    assert_non_null(strstr(a.text, "is urgent already"));
    assert_int_equal(rollouts_do(s.ops, s.rollout, "abort").status, 200);
    a = ops_ask(s.ops, "engineer", "POST", door, "{\"reason\":\"too late\"}");
    assert_non_null(strstr(a.text, "is aborted: nothing of it waits for its hours"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(no_install_begins_before_earliest_nor_after_latest),
        UNIT_TEST(after_latest_nobody_is_offered_it_any_more),
        UNIT_TEST(a_device_that_can_never_fit_between_them_is_named),
        UNIT_TEST(an_install_does_not_begin_when_what_is_left_is_too_short),
        UNIT_TEST(downloads_have_hours_of_their_own),
        UNIT_TEST(stock_clients_understand_separate_hours),
        UNIT_TEST(the_tenants_window_counts_where_neither_rollout_nor_site_names_one),
        UNIT_TEST(a_rollout_by_rule_opens_on_the_days_of_its_rule),
        UNIT_TEST(urgent_needs_a_reason_that_is_on_record_and_asks_no_window),
        UNIT_TEST(what_contradicts_itself_is_refused),
        UNIT_TEST(a_running_rollout_is_made_urgent_with_a_reason_and_waits_for_no_window),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
