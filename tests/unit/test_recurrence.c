/* Days by rule: written-down cases, refusals by name, and the calendar library as a judge over random rules.
 */
#include "domain/recurrence.h"

#include <libical/ical.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/text.h"
#include "support/unit.h"

static int64_t day(const char *text)
{
    struct err err;
    int64_t out = 0;

    if (!date_read(text, &out, &err))
        fail_msg("%s", err.text);
    return out;
}

UNIT(days_and_dates_agree_for_eight_hundred_years)
{
    struct date last = date_of(-1);

    assert_int_equal(last.year, 1969);
    for (int64_t d = 0; d < 800 * 366; d++) {
        struct date now = date_of(d);

        assert_int_equal(date_day(now), d);
        assert_true(now.day == last.day + 1 || (now.day == 1 && last.day >= 28));
        last = now;
    }
    assert_int_equal(date_weekday(day("2026-11-23")), 0);
    assert_string_equal(date_text(unit->arena, day("2028-02-29")), "2028-02-29");
    for (const char *const *bad =
             (const char *const[]){"2027-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "1969-12-31",
                                   "2026-1-1", "20261224", "", NULL};
         *bad; bad++) {
        int64_t out = 7;

        REFUSES(ERR_INVALID, date_read(*bad, &out, &unit->err));
        assert_int_equal(out, 7);
    }
}

/* The first hits of a rule, "2026-01-31 2026-02-28". */
static const char *hits(struct unit *unit, const char *text, const char *from, const char *at, int most)
{
    struct buf out = {.arena = unit->arena};
    struct recurrence rule;
    int64_t d = day(at);

    MUST(recurrence_read(text, &rule, &unit->err));
    for (int i = 0; i < most; i++, d++) {
        d = recurrence_next(&rule, day(from), d);
        if (d == RECURRENCE_NEVER)
            break;
        buf_printf(&out, "%s%s", i ? " " : "", date_text(unit->arena, d));
    }
    return buf_cstr(&out);
}

UNIT(the_written_down_cases)
{
    /* clang-format off */
    static const struct { const char *rule, *from, *at, *hits; } rows[] = {
        /* some of RFC 5545, 3.8.5.3 */
        { "RRULE:FREQ=DAILY;COUNT=3", "1997-09-02", "1997-01-01", "1997-09-02 1997-09-03 1997-09-04" },
        { "FREQ=DAILY;UNTIL=19970904", "1997-09-02", "1997-09-03", "1997-09-03 1997-09-04" },
        { "FREQ=DAILY;INTERVAL=10;COUNT=5", "1997-09-02", "1997-09-20", "1997-09-22 1997-10-02 1997-10-12" },
        { "FREQ=WEEKLY", "1997-09-02", "1997-09-03", "1997-09-09 1997-09-16 1997-09-23" },
        { "FREQ=WEEKLY;INTERVAL=2;WKST=SU", "1997-09-02", "1997-09-02", "1997-09-02 1997-09-16 1997-09-30" },
        { "FREQ=WEEKLY;COUNT=4;INTERVAL=2;BYDAY=TU,SU;WKST=MO", "1997-08-05", "1997-08-05", "1997-08-05 1997-08-10 1997-08-19" },
        { "FREQ=WEEKLY;COUNT=4;INTERVAL=2;BYDAY=TU,SU;WKST=SU", "1997-08-05", "1997-08-05", "1997-08-05 1997-08-17 1997-08-19" },
        { "FREQ=MONTHLY;COUNT=10;BYDAY=1FR", "1997-09-05", "1997-09-05", "1997-09-05 1997-10-03 1997-11-07" },
        { "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU", "1997-09-07", "1997-09-07", "1997-09-07 1997-09-28 1997-11-02" },
        { "FREQ=MONTHLY;BYMONTHDAY=-3", "1997-09-28", "1997-09-28", "1997-09-28 1997-10-29 1997-11-28" },
        { "FREQ=MONTHLY;BYMONTHDAY=31", "2026-01-01", "2026-02-01", "2026-03-31 2026-05-31 2026-07-31" },
        { "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", "1997-09-29", "1997-09-29", "1997-09-29 1997-10-30 1997-11-27" },
        { "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "1997-09-02", "1997-09-02", "1998-02-13 1998-03-13 1998-11-13" },
        { "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200", "1997-01-01", "1997-01-01", "1997-01-01 1997-04-10 1997-07-19" },
        { "FREQ=YEARLY;BYDAY=20MO", "1997-05-19", "1997-05-19", "1997-05-19 1998-05-18 1999-05-17" },
        { "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "1997-05-12", "1997-05-12", "1997-05-12 1998-05-11 1999-05-17" },
        { "FREQ=YEARLY;BYMONTH=3;BYDAY=TH", "1997-03-13", "1997-03-13", "1997-03-13 1997-03-20 1997-03-27" },
        { "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8", "1996-11-05", "1996-11-05", "1996-11-05 2000-11-07 2004-11-02" },
        /* the ends of what there is */
        { "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "2024-01-01", "2025-01-01", "2028-02-29 2032-02-29 2036-02-29" },
        { "FREQ=YEARLY;BYWEEKNO=53;BYDAY=SU", "2024-01-01", "2026-01-01", "2027-01-03 2033-01-02 2038-01-03" },
        { "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2", "2024-01-01", "2024-01-01", "" },
        { "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "2024-01-01", "2024-01-01", "" },
        { "FREQ=DAILY;UNTIL=20200101", "2024-01-01", "2024-01-01", "" },
        { "FREQ=DAILY;COUNT=2", "2024-01-01", "2024-01-03", "" },
    };
    /* clang-format on */
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *got = hits(unit, rows[i].rule, rows[i].from, rows[i].at, 3);

        if (!text_equal(got, rows[i].hits))
            fail_msg("%s: %s, not %s", rows[i].rule, got, rows[i].hits);
    }
}

UNIT(what_is_wrong_with_a_rule_is_named)
{
    /* clang-format off */
    static const struct { const char *rule, *words; } rows[] = {
        { "", "not a part" },
        { "INTERVAL=2", "FREQ is missing" },
        { "FREQ=HOURLY", "at most once a day" },
        { "FREQ=daily", "FREQ" },
        { "FREQ=DAILY;", "not a part" },
        { "FREQ=DAILY;BYHOUR=3", "BYHOUR" },
        { "FREQ=DAILY;RSCALE=HEBREW", "RSCALE" },
        { "FREQ=DAILY;FREQ=DAILY", "twice" },
        { "FREQ=DAILY;INTERVAL=0", "INTERVAL" },
        { "FREQ=DAILY;INTERVAL=1001", "INTERVAL" },
        { "FREQ=DAILY;INTERVAL=99999999999999999999", "INTERVAL" },
        { "FREQ=DAILY;COUNT=-1", "COUNT" },
        { "FREQ=DAILY;COUNT=1;UNTIL=20261231", "exclude" },
        { "FREQ=DAILY;UNTIL=20261231T000000Z", "without a time" },
        { "FREQ=DAILY;UNTIL=20260230", "UNTIL" },
        { "FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY" },
        { "FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY" },
        { "FREQ=MONTHLY;BYMONTHDAY=1,", "BYMONTHDAY" },
        { "FREQ=WEEKLY;BYMONTHDAY=1", "FREQ=WEEKLY" },
        { "FREQ=WEEKLY;BYDAY=1MO", "with a number" },
        { "FREQ=YEARLY;BYWEEKNO=2;BYDAY=1MO", "with a number" },
        { "FREQ=WEEKLY;BYDAY=MX", "BYDAY" },
        { "FREQ=MONTHLY;BYDAY=54MO", "BYDAY" },
        { "FREQ=MONTHLY;BYWEEKNO=3", "FREQ=YEARLY" },
        { "FREQ=MONTHLY;BYYEARDAY=3", "FREQ=YEARLY" },
        { "FREQ=MONTHLY;BYSETPOS=1", "another BY part" },
        { "FREQ=WEEKLY;WKST=1", "WKST" },
        { "FREQ", "not a part" },
        { "EXRULE:FREQ=DAILY", "not a part" },
    };
    /* clang-format on */
    struct recurrence rule = {.interval = 77};

    for (size_t i = 0; i < COUNT(rows); i++) {
        REFUSES(ERR_INVALID, recurrence_read(rows[i].rule, &rule, &unit->err));
        if (!strstr(unit->err.text, rows[i].words))
            fail_msg("%s: %s", rows[i].rule, unit->err.text);
    }
    assert_int_equal(rule.interval, 77);
    char *many = arena_printf(unit->arena, "FREQ=MONTHLY;BYMONTHDAY=1");
    for (int i = 0; i < 64; i++)
        many = arena_printf(unit->arena, "%s,1", many);
    REFUSES(ERR_INVALID, recurrence_read(many, &rule, &unit->err));
    while (strlen(many) <= RECURRENCE_TEXT_MAX)
        many = arena_printf(unit->arena, "%s,1", many);
    REFUSES(ERR_INVALID, recurrence_read(many, &rule, &unit->err));
    SAYS("500 bytes");
}

/* ---- the calendar library as judge ------------------------------------------------ */

static uint64_t seed;

static int below(int n)
{
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (int)((seed >> 33) % (uint64_t)n);
}

static void add_list(struct buf *out, const char *name, int most, bool may_count_back)
{
    int count = 1 + below(3), first = below(most);
    bool is_back = may_count_back && below(3) == 0;

    buf_printf(out, ";%s=", name);
    for (int i = 0; i < count; i++)
        buf_printf(out, "%s%s%d", i ? "," : "", is_back ? "-" : "", 1 + (first + i * 5) % most);
}

static void add_week_days(struct buf *out, bool may_number, int most)
{
    static const char *const names[7] = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};
    int count = 1 + below(3), first = below(7);

    /* No day twice: the judge would count it twice. */
    buf_printf(out, ";BYDAY=");
    for (int i = 0; i < count; i++) {
        buf_printf(out, "%s", i ? "," : "");
        if (may_number && below(2))
            buf_printf(out, "%s%d", below(2) ? "-" : "", 1 + below(most));
        buf_printf(out, "%s", names[(first + i * 2) % 7]);
    }
}

/* Rules that fall now and then: what never falls costs the judge seconds. */
static const char *random_rule(struct arena *arena)
{
    static const char *const every[] = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"};
    struct buf out = {.arena = arena};
    int f = below(4);
    bool has_month = below(3) == 0 && f != 1; /* of WEEKLY the judge drops the first week then */

    buf_printf(&out, "FREQ=%s", every[f]);
    if (below(3) == 0 && f != 1) /* Sundays of every other week the judge counts from Sunday */
        buf_printf(&out, ";INTERVAL=%d", 1 + below(f == 3 ? 2 : 5));
    if (has_month)
        add_list(&out, "BYMONTH", 12, false);
    switch (f * 3 + below(3)) {
    case 1: /* daily */
    case 3: /* weekly */
    case 4:
        add_week_days(&out, false, 0);
        break;
    case 2:
    case 6:                                      /* monthly */
        add_list(&out, "BYMONTHDAY", 28, f > 0); /* the judge's DAILY knows no -28 */
        break;
    case 7:
        add_week_days(&out, true, 4);
        break;
    case 8:
        add_week_days(&out, false, 0);
        buf_printf(&out, ";BYSETPOS=%d", below(2) ? -1 - below(4) : 1 + below(4));
        break;
    case 9: /* yearly */
        if (!has_month)
            add_list(&out, "BYYEARDAY", 365, true);
        break;
    case 10:
        if (!has_month)
            buf_printf(&out, ";BYWEEKNO=%d,%d", 2 + below(25), 27 + below(25)); /* within one year */
        add_week_days(&out, false, 0);
        break;
    case 11:
        add_week_days(&out, true, has_month ? 4 : 50);
        break;
    default:
        break;
    }
    if (below(4) == 0)
        buf_printf(&out, ";WKST=SU");
    if (below(5) == 0)
        buf_printf(&out, below(2) ? ";COUNT=%d" : ";UNTIL=20%d0615", 25 + below(15));
    return buf_cstr(&out);
}

static struct icaltimetype judge_date(struct arena *arena, int64_t d)
{
    struct date date = date_of(d);

    return icaltime_from_string(arena_printf(arena, "%04d%02d%02d", (int)date.year, date.month, date.day));
}

/* Hits within three years after the first day. */
static bool judge(struct unit *unit, const char *text, int64_t from, int *checked)
{
    icalrecur_iterator *it =
        icalrecur_iterator_new(icalrecurrencetype_from_string(text), judge_date(unit->arena, from));
    struct recurrence rule;
    int64_t d = from;

    if (!it)
        return false;
    MUST(recurrence_read(text, &rule, &unit->err));
    for (;; d++) {
        struct icaltimetype theirs = icalrecur_iterator_next(it);
        int64_t their_day = icaltime_is_null_time(theirs)
                                ? RECURRENCE_NEVER
                                : date_day((struct date){theirs.year, theirs.month, theirs.day});

        d = recurrence_next(&rule, from, d);
        if (d > from + 3 * 366 && their_day > from + 3 * 366)
            break;
        if (d != their_day)
            fail_msg("%s from %s: %s, the judge says %s", text, date_text(unit->arena, from),
                     d == RECURRENCE_NEVER ? "never" : date_text(unit->arena, d),
                     their_day == RECURRENCE_NEVER ? "never" : date_text(unit->arena, their_day));
        ++*checked;
    }
    icalrecur_iterator_free(it);
    return true;
}

UNIT(the_calendar_library_finds_the_same_days_for_five_hundred_random_rules)
{
    int rules = 0, checked = 0;

    for (seed = 1; rules < 500;) {
        uint64_t start = seed;
        int64_t from = day("2024-01-01") + below(1500);
        const char *text = random_rule(unit->arena);

        rules += judge(unit, text, from, &checked);
        seed = start + 1;
    }
    printf("%d rules, %d days\n", rules, checked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(days_and_dates_agree_for_eight_hundred_years),
        UNIT_TEST(the_written_down_cases),
        UNIT_TEST(what_is_wrong_with_a_rule_is_named),
        UNIT_TEST(the_calendar_library_finds_the_same_days_for_five_hundred_random_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
