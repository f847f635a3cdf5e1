#include "domain/window.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/text.h"
#include "domain/zone.h"
#include "support/unit.h"

static const char *const zones[] = {
    "UTC",          "Europe/Berlin",    "Europe/London",     "America/New_York",    "America/Phoenix",
    "Asia/Kolkata", "Asia/Kathmandu",   "Australia/Sydney",  "Australia/Lord_Howe", "Pacific/Chatham",
    "Asia/Tokyo",   "America/St_Johns", "America/Sao_Paulo", "Pacific/Auckland",    "Africa/Casablanca",
    "Asia/Tehran",  "Europe/Dublin",    "America/Santiago",  "Pacific/Apia",        "Antarctica/Troll",
};

/* The C library reads the same database by other code. */
static int64_t judge_offset_s(const char *zone, int64_t at_ms)
{
    time_t at = (time_t)(at_ms / 1000);
    struct tm tm;

    setenv("TZ", zone, 1);
    tzset();
    localtime_r(&at, &tm);
    return tm.tm_gmtoff;
}

static int64_t ms(const char *time)
{
    int64_t out = 0;

    assert_true(text_time_parse(time, &out));
    return out;
}

static void offsets_agree_with_the_c_library_every_six_hours_for_ten_years(void **state)
{
    struct err err = {0};

    (void)state;
    for (size_t z = 0; z < COUNT(zones); z++)
        for (int64_t at = ms("2024-01-01T00:00:00Z"); at < ms("2034-01-01T00:00:00Z"); at += 6 * 3600000) {
            int64_t ours = -1;

            assert_true(zone_offset_s(zones[z], at, &ours, &err));
            if (ours != judge_offset_s(zones[z], at))
                fail_msg("%s at %lld: %lld, not %lld", zones[z], (long long)at, (long long)ours,
                         (long long)judge_offset_s(zones[z], at));
        }
}

static void unknown_zones_and_paths_are_refused_by_name(void **state)
{
    static const char *const bad[] = {"",  "Mars/Olympus", "../etc/passwd", "/etc/passwd", "Europe/Berlin\n",
                                      NULL};
    struct err err = {0};
    int64_t offset = 7;

    (void)state;
    for (size_t i = 0; bad[i]; i++) {
        assert_false(zone_exists(bad[i]));
        assert_false(zone_offset_s(bad[i], 0, &offset, &err));
        assert_int_equal(ERR_INVALID, err.code);
    }
    assert_int_equal(7, offset);
}

static void check(const char *start, const char *end, const char *zone, int64_t days, const char *now,
                  const char *opens_at, const char *closes_at)
{
    struct window w = {.days = days, .zone = zone};
    struct err err = {0};
    int64_t opens = 0, closes = 0;

    assert_true(window_clock_parse(start, &w.start_min, &err));
    assert_true(window_clock_parse(end, &w.end_min, &err));
    if (!window_next(&w, "UTC", ms(now), &opens, &closes, &err))
        fail_msg("%s", err.text);
    if (opens != ms(opens_at) || closes != ms(closes_at))
        fail_msg("%s-%s %s at %s: off by %lld and %lld min", start, end, zone, now,
                 (long long)(opens - ms(opens_at)) / 60000, (long long)(closes - ms(closes_at)) / 60000);
}

static void a_window_over_midnight_belongs_to_the_day_it_starts(void **state)
{
    (void)state;
    /* 2026-11-23 is a Monday; bit 0. */
    check("22:00", "05:00", "Europe/Berlin", 1, "2026-11-23T12:00:00Z", "2026-11-23T21:00:00Z",
          "2026-11-24T04:00:00Z");
    check("22:00", "05:00", "Europe/Berlin", 1, "2026-11-24T03:59:59Z", "2026-11-23T21:00:00Z",
          "2026-11-24T04:00:00Z");
    check("22:00", "05:00", "Europe/Berlin", 1, "2026-11-24T04:00:00Z", "2026-11-30T21:00:00Z",
          "2026-12-01T04:00:00Z");
}

static void the_spring_gap_shortens_the_night_and_moves_a_start_inside_it(void **state)
{
    (void)state;
    check("22:00", "05:00", "Europe/Berlin", 127, "2026-03-28T22:00:00Z", "2026-03-28T21:00:00Z",
          "2026-03-29T03:00:00Z"); /* six hours long */
    check("02:30", "04:00", "Europe/Berlin", 127, "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z",
          "2026-03-29T02:00:00Z"); /* 02:30 does not exist: from 03:00 */
}

static void the_autumn_repeat_takes_the_first_start_and_the_last_end(void **state)
{
    (void)state;
    check("02:30", "04:00", "Europe/Berlin", 127, "2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z",
          "2026-10-25T03:00:00Z");
    check("22:00", "02:30", "Europe/Berlin", 127, "2026-10-24T21:00:00Z", "2026-10-24T20:00:00Z",
          "2026-10-25T01:30:00Z");
}

static void zones_of_half_and_quarter_hours_and_the_half_hour_change(void **state)
{
    (void)state;
    check("22:00", "05:00", "Asia/Kolkata", 127, "2026-11-23T12:00:00Z", "2026-11-23T16:30:00Z",
          "2026-11-23T23:30:00Z");
    check("22:00", "05:00", "Asia/Kathmandu", 127, "2026-11-23T12:00:00Z", "2026-11-23T16:15:00Z",
          "2026-11-23T23:15:00Z");
    check("02:15", "03:00", "Australia/Lord_Howe", 127, "2026-10-03T12:00:00Z", "2026-10-03T15:30:00Z",
          "2026-10-03T16:00:00Z"); /* 02:00 becomes 02:30 */
}

static void a_window_is_never_missed_whatever_the_instant(void **state)
{
    struct err err = {0};

    (void)state;
    for (size_t z = 0; z < COUNT(zones); z++)
        for (int64_t now = ms("2026-01-01T00:07:00Z"); now < ms("2027-01-01T00:00:00Z"); now += 5 * 3600000) {
            struct window w = {.start_min = 1320, .end_min = 300, .days = 127, .zone = zones[z]};
            int64_t opens = 0, closes = 0;

            assert_true(window_next(&w, "UTC", now, &opens, &closes, &err));
            assert_true(opens < closes && now < closes);
            assert_true(opens <= now || opens - now < 24 * 3600000);
            assert_true(closes - opens >= 5 * 3600000 && closes - opens <= 9 * 3600000);
        }
}

static void nonsense_windows_are_refused(void **state)
{
    struct window no_days = {.start_min = 60, .end_min = 120, .days = 0, .zone = "UTC"};
    struct window no_start = {.start_min = -1, .end_min = 120, .days = 127, .zone = "UTC"};
    struct err err = {0};
    int64_t opens, closes, minutes;

    (void)state;
    assert_false(window_next(&no_days, "UTC", 0, &opens, &closes, &err));
    assert_false(window_next(&no_start, "UTC", 0, &opens, &closes, &err));
    assert_false(window_clock_parse("24:00", &minutes, &err));
    assert_false(window_clock_parse("7:00", &minutes, &err));
    assert_false(window_clock_parse("ab:cd", &minutes, &err));
    assert_false(window_clock_parse(NULL, &minutes, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offsets_agree_with_the_c_library_every_six_hours_for_ten_years),
        cmocka_unit_test(unknown_zones_and_paths_are_refused_by_name),
        cmocka_unit_test(a_window_over_midnight_belongs_to_the_day_it_starts),
        cmocka_unit_test(the_spring_gap_shortens_the_night_and_moves_a_start_inside_it),
        cmocka_unit_test(the_autumn_repeat_takes_the_first_start_and_the_last_end),
        cmocka_unit_test(zones_of_half_and_quarter_hours_and_the_half_hour_change),
        cmocka_unit_test(a_window_is_never_missed_whatever_the_instant),
        cmocka_unit_test(nonsense_windows_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
