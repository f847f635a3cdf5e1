#include "domain/retention.h"

#include <time.h>

#include "support/unit.h"

#define DAY_MS INT64_C(86400000)
#define NOW_MS (20000 * DAY_MS)
#define MANY 60

static struct backup_rule rule_of(int64_t last, int64_t daily, int64_t weekly, int64_t monthly)
{
    return (struct backup_rule){
        .keep_last = last, .keep_daily = daily, .keep_weekly = weekly, .keep_monthly = monthly};
}

/* One letter for each backup: why it is kept, '-' when it is not. */
static const char *judged(struct unit *unit, struct backup_rule rule, const int64_t *days, size_t count)
{
    static const char letters[RETENTION__MAX] = {
        [RETENTION_NOT_NEEDED] = '-', [RETENTION_NEWEST] = 'N', [RETENTION_NO_RULE] = '*',
        [RETENTION_LAST] = 'l',       [RETENTION_DAILY] = 'd',  [RETENTION_WEEKLY] = 'w',
        [RETENTION_MONTHLY] = 'm',    [RETENTION_LOCKED] = 'L', [RETENTION_HELD] = 'H',
        [RETENTION_IN_USE] = 'U',
    };
    struct retention_item items[MANY] = {0};
    enum retention_why why[MANY];
    char *text = arena_take(unit->arena, count + 1);

    for (size_t i = 0; i < count; i++)
        items[i] = (struct retention_item){.id = (int64_t)(count - i), .local_day = days[i]};
    retention_judge(&rule, items, count, NOW_MS, why);
    for (size_t i = 0; i < count; i++)
        text[i] = letters[why[i]];
    return text;
}

/* From Friday, 2024-10-04: Thursday, Monday, Sunday of the week before, 24th, 23rd, 25 August, 26 June. */
UNIT(each_number_counts_what_has_backups)
{
    static const int64_t days[] = {20000, 20000, 19999, 19996, 19995, 19990, 19989, 19960, 19900};
    static const struct {
        int64_t last, daily, weekly, monthly;
        const char *answer;
    } rows[] = {
        {0, 0, 0, 0, "N********"}, {1, 0, 0, 0, "N--------"},   {3, 0, 0, 0, "Nll------"},
        {0, 1, 0, 0, "N--------"}, {0, 3, 0, 0, "N-dd-----"},   {0, 99, 0, 0, "N-ddddddd"},
        {0, 0, 3, 0, "N---w--w-"}, {0, 0, 0, 2, "N--m-----"},   {0, 0, 0, 4, "N--m---mm"},
        {2, 2, 2, 3, "Nldmw--m-"}, {-1, -5, 0, 0, "N********"}, {-1, 1, 0, 0, "N--------"},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(judged(unit,
                                   rule_of(rows[i].last, rows[i].daily, rows[i].weekly, rows[i].monthly),
                                   days, COUNT(days)),
                            rows[i].answer);
    assert_string_equal(judged(unit, rule_of(1, 0, 0, 0), days, 0), "");
}

static struct tm civil(int64_t day)
{
    time_t seconds = (time_t)(day * 86400);
    struct tm tm;

    gmtime_r(&seconds, &tm);
    return tm;
}

/* From 1860 to 2243: over leap years, 1900, 2000 and 2100, and over the epoch. */
UNIT(weeks_and_months_begin_where_the_calendar_says)
{
    struct backup_rule weekly = rule_of(0, 0, 2, 0), monthly = rule_of(0, 0, 0, 2);

    for (int64_t day = -40000; day < 100000; day++) {
        const struct retention_item items[] = {{.id = 2, .local_day = day}, {.id = 1, .local_day = day - 1}};
        struct tm now = civil(day);
        enum retention_why why[2];

        retention_judge(&weekly, items, 2, NOW_MS, why);
        assert_int_equal(why[1] == RETENTION_WEEKLY, now.tm_wday == 1);
        retention_judge(&monthly, items, 2, NOW_MS, why);
        assert_int_equal(why[1] == RETENTION_MONTHLY, now.tm_mday == 1);
    }
}

UNIT(the_same_month_of_another_year_is_another_month)
{
    static const int64_t days[] = {20000, 20000 - 366, 20000 - 731};

    assert_string_equal(judged(unit, rule_of(0, 0, 0, 9), days, COUNT(days)), "Nmm");
}

UNIT(what_must_stay_stays_and_says_why)
{
    const struct retention_item items[] = {
        {.id = 6, .local_day = 20000},
        {.id = 5, .local_day = 20000, .locked_ms = NOW_MS + 1},
        {.id = 4, .local_day = 20000, .locked_ms = NOW_MS},
        {.id = 3, .local_day = 20000, .is_held = true},
        {.id = 2, .local_day = 20000, .is_pinned = true},
        {.id = 1, .local_day = 20000, .locked_ms = NOW_MS + 1, .is_held = true, .is_pinned = true},
    };
    static const char *const words[] = {"newest", "locked", "not needed", "held", "in use", "locked"};
    struct backup_rule rule = rule_of(0, 3, 0, 0);
    enum retention_why why[COUNT(items)];

    retention_judge(&rule, items, COUNT(items), NOW_MS, why);
    for (size_t i = 0; i < COUNT(items); i++)
        assert_string_equal(retention_why_name[why[i]], words[i]);
}

UNIT(every_reason_has_a_name)
{
    for (size_t i = 0; i < RETENTION__MAX; i++)
        assert_true(retention_why_name[i] && *retention_why_name[i]);
}

/* ---- what holds whatever comes ------------------------------------------------------------------- */

static uint32_t seed;

static int64_t any(int64_t below)
{
    seed = seed * 1664525 + 1013904223;
    return (int64_t)(seed >> 8) % below;
}

static size_t any_items(struct retention_item *items)
{
    size_t count = (size_t)any(MANY + 1);
    int64_t at_ms = NOW_MS;

    for (size_t i = 0; i < count; i++) {
        at_ms -= any(4) ? any(2 * DAY_MS) : any(60 * DAY_MS);
        items[i] = (struct retention_item){
            .id = (int64_t)(count - i),
            .received_ms = at_ms,
            .local_day = (at_ms + 3600000) / DAY_MS,
            .locked_ms = at_ms + any(30) * DAY_MS,
            .is_held = any(10) == 0,
            .is_pinned = any(10) == 0,
        };
    }
    return count;
}

static struct backup_rule any_rule(void)
{
    return rule_of(any(4), any(8), any(6), any(6));
}

static bool must_stay(const struct retention_item *items, size_t i)
{
    return i == 0 || items[i].is_held || items[i].is_pinned || items[i].locked_ms > NOW_MS;
}

UNIT(nothing_that_must_stay_is_ever_dropped)
{
    struct retention_item items[MANY];
    enum retention_why why[MANY];

    for (uint32_t round = 0; round < 4000; round++) {
        seed = round * 1000003;
        struct backup_rule rule = any_rule();
        size_t count = any_items(items);

        retention_judge(&rule, items, count, NOW_MS, why);
        for (size_t i = 0; i < count; i++)
            assert_true(!must_stay(items, i) || why[i] != RETENTION_NOT_NEEDED);
        assert_true(count == 0 || why[0] == RETENTION_NEWEST);
    }
}

UNIT(judging_again_drops_nothing_more_and_changes_no_reason)
{
    struct retention_item items[MANY];
    enum retention_why why[MANY], again[MANY];

    for (uint32_t round = 0; round < 4000; round++) {
        seed = round * 7919;
        struct backup_rule rule = any_rule();
        size_t count = any_items(items), kept = 0;

        retention_judge(&rule, items, count, NOW_MS, why);
        for (size_t i = 0; i < count; i++)
            if (why[i] != RETENTION_NOT_NEEDED) {
                items[kept] = items[i];
                why[kept++] = why[i];
            }
        retention_judge(&rule, items, kept, NOW_MS, again);
        for (size_t i = 0; i < kept; i++)
            assert_int_equal(again[i], why[i]);
    }
}

UNIT(a_larger_number_never_keeps_less)
{
    struct retention_item items[MANY];
    enum retention_why why[MANY], more[MANY];

    for (uint32_t round = 0; round < 4000; round++) {
        seed = round * 104729;
        struct backup_rule rule = any_rule(), larger = rule;
        size_t count = any_items(items);

        larger.keep_last += any(3);
        larger.keep_daily += any(3);
        larger.keep_weekly += any(3);
        larger.keep_monthly += any(3);
        if (rule.keep_last + rule.keep_daily + rule.keep_weekly + rule.keep_monthly == 0)
            continue;
        retention_judge(&rule, items, count, NOW_MS, why);
        retention_judge(&larger, items, count, NOW_MS, more);
        for (size_t i = 0; i < count; i++)
            assert_true(why[i] == RETENTION_NOT_NEEDED || more[i] != RETENTION_NOT_NEEDED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(each_number_counts_what_has_backups),
        UNIT_TEST(weeks_and_months_begin_where_the_calendar_says),
        UNIT_TEST(the_same_month_of_another_year_is_another_month),
        UNIT_TEST(what_must_stay_stays_and_says_why),
        UNIT_TEST(every_reason_has_a_name),
        UNIT_TEST(nothing_that_must_stay_is_ever_dropped),
        UNIT_TEST(judging_again_drops_nothing_more_and_changes_no_reason),
        UNIT_TEST(a_larger_number_never_keeps_less),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
