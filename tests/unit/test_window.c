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

/* A window in a table row: how it is given, the instant of asking, and what must come out. */
static void rule_check(const char *zone, const char *rule, const char *start, const char *duration,
                       const char *exdates, const struct closures *clear, const char *now,
                       const char *opens_at, const char *closes_at)
{
    struct window w = {.days = 127, .zone = zone, .rule = rule, .exdates = exdates};
    struct err err = {0};
    int64_t opens = 0, closes = 0;

    if (!window_clock_parse(start, &w.start_min, &err) ||
        !window_duration_parse(duration, &w.duration_min, &err) ||
        !window_find(&w, clear, "UTC", ms(now), &opens, &closes, &err))
        fail_msg("%s", err.text);
    if (!opens_at) {
        assert_true(opens == WINDOW_NEVER && closes == WINDOW_NEVER);
        return;
    }
    if (opens != ms(opens_at) || closes != ms(closes_at))
        fail_msg("%s %s %s %s at %s: off by %lld and %lld min", zone, rule, start, duration, now,
                 (long long)(opens - ms(opens_at)) / 60000, (long long)(closes - ms(closes_at)) / 60000);
}

static void a_duration_runs_by_a_stop_watch_and_an_end_by_the_clock(void **state)
{
    (void)state;
    rule_check("Europe/Berlin", "FREQ=DAILY", "22:00", "PT7H", NULL, NULL, "2026-03-28T22:00:00Z",
               "2026-03-28T21:00:00Z", "2026-03-29T04:00:00Z"); /* until 06:00 on the clock */
    rule_check("Europe/Berlin", "FREQ=DAILY", "22:00", "PT7H", NULL, NULL, "2026-10-24T22:00:00Z",
               "2026-10-24T20:00:00Z", "2026-10-25T03:00:00Z"); /* until 04:00 */
    rule_check("Australia/Lord_Howe", "FREQ=DAILY", "02:15", "PT1H", NULL, NULL, "2026-10-03T12:00:00Z",
               "2026-10-03T15:30:00Z", "2026-10-03T16:30:00Z");
    rule_check("Pacific/Chatham", "FREQ=DAILY", "22:00", "PT7H", NULL, NULL, "2026-06-01T00:00:00Z",
               "2026-06-01T09:15:00Z", "2026-06-01T16:15:00Z");
    rule_check("Pacific/Chatham", "FREQ=DAILY", "02:50", "PT1H", NULL, NULL, "2026-09-26T12:00:00Z",
               "2026-09-26T14:00:00Z", "2026-09-26T15:00:00Z"); /* 02:45 becomes 03:45 */
    rule_check("Asia/Kathmandu", "FREQ=WEEKLY;BYDAY=SA", "01:00", "PT90M", NULL, NULL, "2026-11-23T12:00:00Z",
               "2026-11-27T19:15:00Z", "2026-11-27T20:45:00Z");
}

static void rules_exdates_holidays_and_blackouts_ask_for_the_local_date_of_the_start(void **state)
{
    /* 2026-12-24 is day 20811 */
    static const int64_t holidays[] = {20811};
    static const struct day_span days[] = {{20811, 20811}}, long_ones[] = {{20700, 21100}};
    static const struct closures holiday = {.holidays = holidays, .holiday_count = 1};
    static const struct closures blackout = {.blackouts = days, .blackout_count = 1};
    static const struct closures months = {.blackouts = long_ones, .blackout_count = 1};

    (void)state;
    /* The night of the 23rd runs into the holiday and stands; the night of the 24th does not open. */
    rule_check("Europe/Berlin", "FREQ=DAILY", "22:00", "PT7H", NULL, &holiday, "2026-12-23T22:00:00Z",
               "2026-12-23T21:00:00Z", "2026-12-24T04:00:00Z");
    rule_check("Europe/Berlin", "FREQ=DAILY", "22:00", "PT7H", NULL, &holiday, "2026-12-24T04:00:00Z",
               "2026-12-25T21:00:00Z", "2026-12-26T04:00:00Z");
    rule_check("Europe/Berlin", "FREQ=DAILY", "22:00", "PT7H", "2026-12-23,2026-12-25", &holiday,
               "2026-12-23T12:00:00Z", "2026-12-26T21:00:00Z", "2026-12-27T04:00:00Z");
    /* A blackout cuts the night before at midnight, and the one that starts in it opens when it is over. */
    rule_check("Europe/Berlin", "FREQ=DAILY", "22:00", "PT7H", NULL, &blackout, "2026-12-23T22:00:00Z",
               "2026-12-23T21:00:00Z", "2026-12-23T23:00:00Z");
    rule_check("Europe/Berlin", "FREQ=DAILY", "22:00", "PT7H", NULL, &blackout, "2026-12-23T23:00:00Z",
               "2026-12-24T23:00:00Z", "2026-12-25T04:00:00Z");
    rule_check("Europe/Berlin", "FREQ=DAILY", "22:00", "PT7H", NULL, &months, "2026-12-23T23:00:00Z",
               "2027-10-09T22:00:00Z", "2027-10-10T03:00:00Z");
    rule_check("UTC", "FREQ=DAILY;UNTIL=20261201", "22:00", "PT1H", NULL, NULL, "2026-12-23T23:00:00Z", NULL,
               NULL);
    rule_check("UTC", "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2", "22:00", "PT1H", NULL, NULL,
               "2026-12-23T23:00:00Z", NULL, NULL);
}

static void two_windows_in_a_row_never_overlap_whatever_the_zone_does(void **state)
{
    static const char *const rules[] = {"FREQ=DAILY", "", "FREQ=WEEKLY;BYDAY=SA,SU,MO",
                                        "FREQ=MONTHLY;BYDAY=-1SU"};
    uint64_t seed = 4;
    struct err err = {0};

    (void)state;
    for (int i = 0; i < 400; i++) {
        struct window w = {.days = 127, .zone = zones[i % COUNT(zones)], .rule = rules[i % COUNT(rules)]};
        int64_t now = ms("2026-01-01T00:00:00Z"), opens, closes, last_closes = 0;

        seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
        w.start_min = (int64_t)(seed >> 33) % 1440;
        w.end_min = (int64_t)(seed >> 43) % 1440;
        w.duration_min = i % 3 ? (int64_t)(seed >> 20) % 1440 + 1 : 0;
        for (int k = 0; k < 60; k++, now = closes) {
            assert_true(window_find(&w, NULL, "UTC", now, &opens, &closes, &err));
            assert_true(opens < closes && closes > now && opens >= last_closes);
            assert_true(closes - opens <= 27 * 3600000);
            last_closes = closes;
        }
    }
}

static void durations_are_read_and_written(void **state)
{
    static const struct {
        const char *text;
        int64_t minutes;
    } rows[] = {{"PT7H", 420}, {"PT7H30M", 450}, {"PT90M", 90},   {"PT24H", 1440}, {"PT1M", 1}, {"PT0H5M", 5},
                {"PT0M", 0},   {"PT25H", 0},     {"P1D", 0},      {"PT", 0},       {"7H", 0},   {"PT7", 0},
                {"PT7H30", 0}, {"PT7H ", 0},     {"PT99999M", 0}, {"", 0},         {NULL, 0}};
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct err err = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t minutes = 0, again = 0;

        assert_int_equal(window_duration_parse(rows[i].text, &minutes, &err), rows[i].minutes > 0);
        assert_int_equal(minutes, rows[i].minutes);
        if (minutes) {
            assert_true(window_duration_parse(window_duration_text(arena, minutes), &again, &err));
            assert_int_equal(again, minutes);
        }
    }
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
        cmocka_unit_test(a_duration_runs_by_a_stop_watch_and_an_end_by_the_clock),
        cmocka_unit_test(rules_exdates_holidays_and_blackouts_ask_for_the_local_date_of_the_start),
        cmocka_unit_test(two_windows_in_a_row_never_overlap_whatever_the_zone_does),
        cmocka_unit_test(durations_are_read_and_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
