#include "domain/recurrence.h"

#include <stdio.h>

#include "base/arena.h"

/* ---- days and dates ---------------------------------------------------------- */

/* Years are counted from March, so that the leap day is the last. */
int64_t date_day(struct date date)
{
    int64_t year = date.year - (date.month <= 2), era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

struct date date_of(int64_t day)
{
    int64_t shifted = day + 719468, era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t of_era = shifted - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;
    struct date date = {.year = year + era * 400, .day = (int)(of_year - (153 * month + 2) / 5 + 1)};

    date.month = (int)(month < 10 ? month + 3 : month - 9);
    date.year += date.month <= 2;
    return date;
}

int date_weekday(int64_t day)
{
    return (int)(((day + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}

static bool is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_length(int64_t year, int month)
{
    static const int length[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return length[month] + (month == 2 && is_leap(year));
}

bool date_read(const char *text, int64_t *day, struct err *err)
{
    struct date d = {0};
    bool is_form = text && strlen(text) == 10 && text[4] == '-' && text[7] == '-' &&
                   strspn(text, "0123456789") == 4 && strspn(text + 5, "0123456789") == 2 &&
                   strspn(text + 8, "0123456789") == 2;

    if (is_form) {
        d.year = (text[0] - '0') * 1000 + (text[1] - '0') * 100 + (text[2] - '0') * 10 + (text[3] - '0');
        d.month = (text[5] - '0') * 10 + (text[6] - '0');
        d.day = (text[8] - '0') * 10 + (text[9] - '0');
    }
    if (d.year < 1970 || d.month < 1 || d.month > 12 || d.day < 1 || d.day > month_length(d.year, d.month))
        return FAIL(err, ERR_INVALID, "'%.20s' is not a date; write it as 2026-12-24", text ? text : "");
    *day = date_day(d);
    return true;
}

char *date_text(struct arena *arena, int64_t day)
{
    struct date d = date_of(day);

    return arena_printf(arena, "%04d-%02d-%02d", (int)d.year, d.month, d.day);
}

/* ---- one day ------------------------------------------------------------------ */

struct period { /* [first, first + length): what a rule repeats in */
    int64_t first, length;
};

static int64_t week_of(int64_t day, int week_start)
{
    return day - (date_weekday(day) - week_start + 7) % 7;
}

static struct period period_of(const struct recurrence *r, int64_t day)
{
    struct date d = date_of(day);

    switch (r->every) {
    case EVERY_WEEK:
        return (struct period){week_of(day, r->week_start), 7};
    case EVERY_MONTH:
        return (struct period){day - d.day + 1, month_length(d.year, d.month)};
    case EVERY_YEAR:
        return (struct period){date_day((struct date){d.year, 1, 1}), 365 + is_leap(d.year)};
    default:
        return (struct period){day, 1};
    }
}

/* Every how-manieth period counts, from the one that the first day lies in. */
static bool is_in_step(const struct recurrence *r, int64_t from_day, int64_t day)
{
    struct date from = date_of(from_day), at = date_of(day);
    int64_t passed;

    switch (r->every) {
    case EVERY_WEEK:
        passed = (week_of(day, r->week_start) - week_of(from_day, r->week_start)) / 7;
        break;
    case EVERY_MONTH:
        passed = (at.year - from.year) * 12 + at.month - from.month;
        break;
    case EVERY_YEAR:
        passed = at.year - from.year;
        break;
    default:
        passed = day - from_day;
    }
    return passed % r->interval == 0;
}

/* Is it the value-th, from the start or from the end, of something that long? */
static bool has_number(const struct numbers *list, int64_t value, int64_t length)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->at[i] == (list->at[i] > 0 ? value : value - length - 1))
            return true;
    return false;
}

/* The first day of week 1 of a year: the first week with four days or more in it. */
static int64_t first_week(const struct recurrence *r, int64_t year)
{
    return week_of(date_day((struct date){year, 1, 4}), r->week_start);
}

static bool is_in_weeks(const struct recurrence *r, int64_t day, int64_t year)
{
    while (day >= first_week(r, year + 1))
        year++;
    while (day < first_week(r, year))
        year--;
    int64_t first = first_week(r, year);

    return has_number(&r->weeks, (day - first) / 7 + 1, (first_week(r, year + 1) - first) / 7);
}

/* A number counts within the month, or within the year when the rule names no month. */
static bool is_week_day(const struct recurrence *r, int64_t day, struct date d)
{
    bool of_year = r->every == EVERY_YEAR && !r->months.count;
    int64_t first = date_day((struct date){d.year, of_year ? 1 : d.month, 1});
    int64_t length = of_year ? 365 + is_leap(d.year) : month_length(d.year, d.month);
    int64_t nth = (day - first) / 7 + 1, last = (first + length - 1 - day) / 7 + 1;

    for (size_t i = 0; i < r->week_days.count; i++)
        if (r->week_days.at[i] == date_weekday(day) &&
            (r->nths.at[i] == 0 || r->nths.at[i] == nth || r->nths.at[i] == -last))
            return true;
    return false;
}

/* What a rule leaves open is as on its first day. */
static bool is_as_first(const struct recurrence *r, int64_t from_day, int64_t day)
{
    struct date from = date_of(from_day), at = date_of(day);

    if (r->week_days.count || r->month_days.count || r->year_days.count)
        return true;
    switch (r->every) {
    case EVERY_WEEK:
        return date_weekday(day) == date_weekday(from_day);
    case EVERY_MONTH:
        return at.day == from.day;
    case EVERY_YEAR:
        if (r->weeks.count)
            return date_weekday(day) == date_weekday(from_day);
        return at.day == from.day && (r->months.count || at.month == from.month);
    default:
        return true;
    }
}

static bool is_hit(const struct recurrence *r, int64_t from_day, int64_t day)
{
    struct date d = date_of(day);
    int64_t year = date_day((struct date){d.year, 1, 1});

    return (!r->months.count || has_number(&r->months, d.month, 12)) &&
           (!r->month_days.count || has_number(&r->month_days, d.day, month_length(d.year, d.month))) &&
           (!r->year_days.count || has_number(&r->year_days, day - year + 1, 365 + is_leap(d.year))) &&
           (!r->weeks.count || is_in_weeks(r, day, d.year)) &&
           (!r->week_days.count || is_week_day(r, day, d)) && is_as_first(r, from_day, day);
}

/* ---- the next ------------------------------------------------------------------- */

/* Of a period's hits only some positions count. The first at or after `day`, or RECURRENCE_NEVER. */
static int64_t next_position(const struct recurrence *r, int64_t from_day, struct period period, int64_t day)
{
    int64_t hits[366], count = 0;

    for (int64_t d = period.first; d < period.first + period.length; d++)
        if (is_hit(r, from_day, d))
            hits[count++] = d;
    for (int64_t i = 0; i < count; i++)
        if (hits[i] >= day && has_number(&r->positions, i + 1, count))
            return hits[i];
    return RECURRENCE_NEVER;
}

static int64_t next_in_period(const struct recurrence *r, int64_t from_day, struct period period, int64_t day)
{
    if (r->positions.count)
        return next_position(r, from_day, period, day);
    for (; day < period.first + period.length; day++)
        if (is_hit(r, from_day, day))
            return day;
    return RECURRENCE_NEVER;
}

/* Without COUNT and UNTIL. */
static int64_t next_hit(const struct recurrence *r, int64_t from_day, int64_t day)
{
    int64_t end = day + RECURRENCE_HORIZON;

    while (day < end) {
        struct period period = period_of(r, day);

        if (is_in_step(r, from_day, day)) {
            int64_t found = next_in_period(r, from_day, period, day);

            if (found != RECURRENCE_NEVER)
                return found;
        }
        day = period.first + period.length;
    }
    return RECURRENCE_NEVER;
}

int64_t recurrence_next(const struct recurrence *rule, int64_t from_day, int64_t day)
{
    int64_t found, counted = 0, at = from_day;

    day = day > from_day ? day : from_day;
    if (!rule->count) {
        found = next_hit(rule, from_day, day);
        return rule->until_day && found > rule->until_day ? RECURRENCE_NEVER : found;
    }
    while (counted++ < rule->count) {
        found = next_hit(rule, from_day, at);
        if (found == RECURRENCE_NEVER || found >= day)
            return found;
        at = found + 1;
    }
    return RECURRENCE_NEVER;
}
