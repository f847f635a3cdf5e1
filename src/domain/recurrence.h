/* Days by an RFC 5545 RRULE, counted on a calendar without zones. Pure: knows no clock and no hours.
 *
 * Days only: FREQ is DAILY, WEEKLY, MONTHLY or YEARLY; what would make several starts a day (BYHOUR and
 * below) is refused, and so is UNTIL with a time. A part that the rule leaves open (the weekday of a WEEKLY
 * rule, the day of a MONTHLY one, COUNT, INTERVAL) counts from the rule's first day. The first day itself is
 * a hit only when the rule hits it.
 *
 * The calendar library can do this, too, and judges us in the tests. It is not used here: a rule that never
 * comes (31 February) costs it more than a second, and every other one opens a calendar of its own. */
#pragma once

#include "base/err.h"

#define RECURRENCE_TEXT_MAX 500 /* bytes of a rule */
#define RECURRENCE_NEVER INT64_MAX
#define RECURRENCE_HORIZON 3700 /* days: what does not come within ten years never comes */
#define RECURRENCE_COUNT_MAX 10000

enum recurrence_every { EVERY_DAY, EVERY_WEEK, EVERY_MONTH, EVERY_YEAR, EVERY__MAX };

#define RECURRENCE_ITEMS_MAX 64 /* in one list of a rule */
struct numbers {
    int at[RECURRENCE_ITEMS_MAX]; /* negative: counted from the end */
    size_t count;
};

struct recurrence {
    enum recurrence_every every;
    int64_t interval, count, until_day; /* count 0, until_day 0: for ever */
    struct numbers months, weeks, year_days, month_days, positions;
    struct numbers week_days, nths; /* side by side: 0 Monday, and the how-manieth; nth 0: any */
    int week_start;                 /* 0 Monday */
};

/* "RRULE:FREQ=WEEKLY;BYDAY=MO,WE", with or without the "RRULE:". ERR_INVALID names the part. */
bool recurrence_read(const char *text, struct recurrence *out, struct err *err) CHECKED;
/* The first hit at or after `day`, of a rule that counts from `from_day`; days are since 1970-01-01. */
int64_t recurrence_next(const struct recurrence *rule, int64_t from_day, int64_t day);

/* ---- days and dates --------------------------------------------------------- */
struct date {
    int64_t year;
    int month, day; /* 1..12, 1..31 */
};
struct date date_of(int64_t day);
int64_t date_day(struct date date);
int date_weekday(int64_t day); /* 0 Monday */
/* "2026-12-24"; only dates that exist, 1970 to 9999. */
bool date_read(const char *text, int64_t *day, struct err *err) CHECKED;
struct arena;
char *date_text(struct arena *arena, int64_t day);
