/* Each device in its own quietest hours: what it tells of its days, which hours they leave, and what people
 * are told of them. */
#include "support/unit.h"

#include "base/text.h"
#include "support/rollouts.h"

#define HOUR_MS 3600000LL
#define TUESDAY_NOON_MS (1790035200000LL + 10 * HOUR_MS) /* 2026-09-22 12:00 in Berlin */
#define QUIET ",\"terms\":{\"quiet\":{\"minutes\":120,\"from\":\"18:00\",\"to\":\"07:00\"}}"

static void must(struct ops *ops, const char *role, const char *method, const char *path, const char *body)
{
    struct answer a = ops_ask(ops, role, method, path, body);

    if (a.status / 100 != 2)
        fail_msg("%s %s: %d %s", method, path, a.status, a.text);
}

/* So many devices "mfp-N" in Berlin, where the site's window is another one. */
static struct ops *berlin(struct unit *unit, int count)
{
    struct ops *ops = ops_world(unit->arena);

    ops->s.now_ms = TUESDAY_NOON_MS;
    rollouts_devices(ops, "mfp", count, NULL);
    must(ops, "technician", "PUT", "/api/v1/sites/berlin",
         "{\"zone\":\"Europe/Berlin\",\"window\":{\"start\":\"20:00\",\"end\":\"21:00\"}}");
    for (int i = 0; i < count; i++)
        must(ops, "technician", "PATCH",
             arena_printf(unit->arena, "/api/v1/devices/%s", rollouts_id(ops, "mfp", i)),
             "{\"site\":\"berlin\",\"customer\":\"Roux\"}");
    return ops;
}

static struct answer tell(struct ops *ops, const char *id, const char *date, const char *hours)
{
    return ddi_ask(&ops->s, "PUT", id, "/usage",
                   arena_printf(ops->s.arena,
                                "{\"days\":[{\"date\":\"%s\",\"pages\":220,\"faults\":0,\"hours\":%s}]}",
                                date, hours));
}

/* Ten pages in each hour but those two. */
static const char *all_but(struct ops *ops, int hour)
{
    struct buf b = {.arena = ops->s.arena};

    for (int i = 0; i < 24; i++)
        buf_printf(&b, "%s%d", i ? "," : "[", i == hour || i == hour + 1 ? 0 : 10);
    buf_printf(&b, "]");
    return buf_cstr(&b);
}

static struct answer why(struct ops *ops, const char *id)
{
    return ops_ask(ops, "viewer", "GET", arena_printf(ops->s.arena, "/api/v1/devices/%s/why", id), NULL);
}

static const char *until(struct ops *ops, const char *id)
{
    struct answer a = why(ops, id);

    assert_string_equal(support_text(&a, "targets.0.waits.0.code"), "window-shut");
    return support_text(&a, "targets.0.waits.0.until");
}

static void says(const struct answer *a, const char *words)
{
    if (!strstr(a->text, words))
        fail_msg("no \"%s\" in %s", words, a->text);
}

static const char *update(struct ops *ops, const char *id)
{
    struct answer a = ddi_get(&ops->s, id, "deploymentBase", rollouts_offer(ops, id, "deploymentBase"));

    return support_text(&a, "deployment.update");
}

UNIT(a_device_is_updated_in_the_hours_in_which_it_prints_least)
{
    struct ops *ops = berlin(unit, 2);
    struct answer a;

    assert_int_equal(tell(ops, "mfp-0", "2026-09-21", all_but(ops, 2)).status, 204);
    rollouts_started(ops, ddi_release(&ops->s, "2.0"), QUIET);
    assert_string_equal(update(ops, "mfp-0"), "skip");
    assert_string_equal(until(ops, "mfp-0"), "2026-09-23T00:00:00Z");
    a = why(ops, "mfp-0");
    says(&a, "its quietest hours by use, 02:00 to 04:00, begin at 2026-09-23T00:00:00Z");
    ops->s.now_ms = TUESDAY_NOON_MS + 14 * HOUR_MS + HOUR_MS / 2; /* 02:30 */
    assert_string_equal(update(ops, "mfp-0"), "forced");
    ops->s.now_ms = TUESDAY_NOON_MS + 15 * HOUR_MS + HOUR_MS * 11 / 12; /* 03:55: it takes twelve */
    assert_string_equal(update(ops, "mfp-0"), "skip");
    a = why(ops, "mfp-0");
    says(&a, "5 minutes are left of its quietest hours by use, 02:00 to 04:00, and the install takes 12");
}

UNIT(one_that_told_no_hours_is_updated_about_the_middle)
{
    struct ops *ops = berlin(unit, 2);
    struct answer a;
    int64_t hour;

    assert_int_equal(tell(ops, "mfp-0", "2026-09-21", all_but(ops, 5)).status, 204);
    rollouts_started(ops, ddi_release(&ops->s, "2.0"), QUIET);
    assert_string_equal(update(ops, "mfp-1"), "skip");
    assert_string_equal(until(ops, "mfp-0"), "2026-09-23T03:00:00Z");
    MUST(text_int(arena_text(unit->arena, span_make(until(ops, "mfp-1") + strlen("2026-09-22T"), 2)), "hour",
                  20, 22, &hour, &unit->err)); /* UTC */
    a = why(ops, "mfp-1");
    says(&a, "its quiet hours, 2");
    says(&a, " (it told no pages by the hour), begin at 2026-09-22T2");
}

UNIT(what_changes_in_its_days_changes_its_hours)
{
    struct ops *ops = berlin(unit, 1);
    const char *two, *four = all_but(ops, 4);

    assert_int_equal(tell(ops, "mfp-0", "2026-09-20", all_but(ops, 2)).status, 204);
    rollouts_started(ops, ddi_release(&ops->s, "2.0"), QUIET);
    assert_string_equal(update(ops, "mfp-0"), "skip");
    assert_int_equal(tell(ops, "mfp-0", "2026-09-20", four).status, 204); /* told before */
    assert_string_equal(until(ops, "mfp-0"), "2026-09-23T00:00:00Z");
    two = arena_printf(ops->s.arena,
                       "{\"days\":[{\"date\":\"2026-09-20\",\"pages\":220,\"faults\":0,\"hours\":%s},"
                       "{\"date\":\"2026-09-21\",\"pages\":220,\"faults\":0,\"hours\":%s}]}",
                       all_but(ops, 2), four);
    assert_int_equal(ddi_ask(&ops->s, "PUT", "mfp-0", "/usage", two).status, 204);
    assert_string_equal(until(ops, "mfp-0"), "2026-09-23T02:00:00Z"); /* a newer day weighs more */
}

UNIT(blackouts_and_the_zone_of_the_site_count_for_them)
{
    struct ops *ops = berlin(unit, 1);

    assert_int_equal(tell(ops, "mfp-0", "2026-09-21", all_but(ops, 2)).status, 204);
    rollouts_started(ops, ddi_release(&ops->s, "2.0"), QUIET);
    assert_string_equal(update(ops, "mfp-0"), "skip");
    must(ops, "technician", "PUT", "/api/v1/blackouts",
         "{\"customer\":\"Roux\",\"from\":\"2026-09-23\",\"to\":\"2026-09-23\",\"reason\":\"books\"}");
    assert_string_equal(until(ops, "mfp-0"), "2026-09-24T00:00:00Z");
    must(ops, "technician", "PUT", "/api/v1/sites/berlin", "{\"zone\":\"America/New_York\"}");
    assert_string_equal(until(ops, "mfp-0"), "2026-09-24T06:00:00Z");
}

UNIT(what_is_urgent_does_not_wait_for_them)
{
    struct ops *ops = berlin(unit, 1);

    rollouts_started(ops, ddi_release(&ops->s, "2.0"),
                     ",\"urgent\":true,\"terms\":{\"urgent_reason\":\"exploited\",\"quiet\":{\"minutes\":120,"
                     "\"from\":\"18:00\",\"to\":\"07:00\"}}");
    assert_string_equal(update(ops, "mfp-0"), "forced");
}

UNIT(it_comes_when_its_quiet_hours_begin)
{
    struct ops *ops = berlin(unit, 1);
    struct answer a;

    assert_int_equal(tell(ops, "mfp-0", "2026-09-21", all_but(ops, 2)).status, 204);
    rollouts_started(ops, ddi_release(&ops->s, "2.0"), QUIET);
    assert_string_equal(update(ops, "mfp-0"), "skip");
    ops->s.now_ms = TUESDAY_NOON_MS + 14 * HOUR_MS - 60000; /* 01:59 */
    a = ddi_poll(&ops->s, "mfp-0");
    assert_true(strcmp(support_text(&a, "config.polling.sleep"), "00:01:00") >= 0 &&
                strcmp(support_text(&a, "config.polling.sleep"), "00:06:00") <= 0);
}

UNIT(devices_that_told_nothing_do_not_all_begin_at_once)
{
    struct ops *ops = berlin(unit, 40);
    const char *seen[40];
    size_t count = 0;

    rollouts_started(ops, ddi_release(&ops->s, "2.0"), QUIET);
    for (int i = 0; i < 40; i++) {
        const char *at;
        size_t k = 0;

        assert_string_equal(update(ops, rollouts_id(ops, "mfp", i)), "skip");
        at = until(ops, rollouts_id(ops, "mfp", i));
        while (k < count && !text_equal(seen[k], at))
            k++;
        if (k == count)
            seen[count++] = at;
    }
    assert_in_range(count, 4, 8);
}

UNIT(hours_that_are_no_hours_are_refused_by_name)
{
    /* clang-format off */
    static const struct { const char *hours, *words; } rows[] = {
        { "[1,2,3]",                                                 "hours: 24 counts of pages" },
        { "[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]",     "hours" },
        { "[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,-1]",      "hours: each is a number of pages from 0" },
        { "[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1.5]",     "hours: each is a number of pages from 0" },
        { "[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,\"mia\"]", "hours: each is a number of pages from 0" },
        { "[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1000001]", "hours: each is a number of pages from 0" },
        { "[9,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,212]",     "hours: together they have more pages than the day" },
        { "{\"2\":7}",                                               "hours" },
    };
    /* clang-format on */
    struct ops *ops = berlin(unit, 1);

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct answer a = tell(ops, "mfp-0", "2026-09-21", rows[i].hours);

        if (a.status != 400 || !strstr(a.text, rows[i].words))
            fail_msg("%s: %d %s", rows[i].hours, a.status, a.text);
    }
    assert_int_equal(tell(ops, "mfp-0", "2026-09-21", "null").status, 204); /* nothing is told of them */
}

UNIT(minutes_that_do_not_fit_between_their_times_are_refused)
{
    struct ops *ops = berlin(unit, 1);
    struct answer a =
        rollouts_make(ops, ddi_release(&ops->s, "2.0"),
                      ",\"terms\":{\"quiet\":{\"minutes\":120,\"from\":\"23:00\",\"to\":\"00:30\"}}");

    assert_int_equal(a.status, 400);
    says(&a, "terms.quiet");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_device_is_updated_in_the_hours_in_which_it_prints_least),
        UNIT_TEST(one_that_told_no_hours_is_updated_about_the_middle),
        UNIT_TEST(what_changes_in_its_days_changes_its_hours),
        UNIT_TEST(blackouts_and_the_zone_of_the_site_count_for_them),
        UNIT_TEST(what_is_urgent_does_not_wait_for_them),
        UNIT_TEST(it_comes_when_its_quiet_hours_begin),
        UNIT_TEST(devices_that_told_nothing_do_not_all_begin_at_once),
        UNIT_TEST(hours_that_are_no_hours_are_refused_by_name),
        UNIT_TEST(minutes_that_do_not_fit_between_their_times_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
