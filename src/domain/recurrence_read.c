/* The text of a rule, part by part: each once, each within its bounds, and only where RFC 5545 lets it stand.
 */
#include <stdlib.h>

#include "base/text.h"
#include "domain/recurrence.h"

static const char *const every_name[EVERY__MAX] = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"};
static const char *const weekday_name[7] = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};

static bool span_is(struct span a, const char *text)
{
    return a.size == strlen(text) && memcmp(a.at, text, a.size) == 0;
}

/* Digits alone, at most nine. */
static bool digits(struct span text, int64_t *out)
{
    int64_t value = 0;

    if (text.size == 0 || text.size > 9)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
        value = value * 10 + (text.at[i] - '0');
    }
    *out = value;
    return true;
}

/* "+3", "-1", "12". */
static bool number(struct span text, int64_t most, bool may_count_back, int64_t *out)
{
    bool has_sign = text.size && (*text.at == '-' || *text.at == '+');
    bool is_back = text.size && *text.at == '-';

    if (has_sign)
        text = span_make(text.at + 1, text.size - 1);
    if (!digits(text, out) || *out < 1 || *out > most || (has_sign && !may_count_back))
        return false;
    *out = is_back ? -*out : *out;
    return true;
}

static bool weekday(struct span text, int *out)
{
    for (int i = 0; i < 7; i++)
        if (span_is(text, weekday_name[i])) {
            *out = i;
            return true;
        }
    return false;
}

static bool add(struct numbers *list, int64_t value)
{
    if (list->count == RECURRENCE_ITEMS_MAX)
        return false;
    list->at[list->count++] = (int)value;
    return true;
}

static bool read_numbers(struct span text, int64_t most, bool may_count_back, struct numbers *out)
{
    struct span item;
    int64_t value;

    while (text_split(&text, ',', &item))
        if (!number(item, most, may_count_back, &value) || !add(out, value))
            return false;
    return true;
}

/* "MO", "-1FR", "+2SA". */
static bool read_week_days(struct span text, struct recurrence *r)
{
    struct span item;
    int64_t nth;
    int day;

    while (text_split(&text, ',', &item)) {
        nth = 0;
        if (item.size < 2 || !weekday(span_make(item.at + item.size - 2, 2), &day))
            return false;
        if (item.size > 2 && !number(span_make(item.at, item.size - 2), 53, true, &nth))
            return false;
        if (!add(&r->week_days, day) || !add(&r->nths, nth))
            return false;
    }
    return true;
}

/* ---- parts ------------------------------------------------------------------- */

enum part {
    FREQ,
    INTERVAL,
    COUNT_,
    UNTIL,
    BYMONTH,
    BYWEEKNO,
    BYYEARDAY,
    BYMONTHDAY,
    BYDAY,
    BYSETPOS,
    WKST,
    PART__MAX
};

/* clang-format off */
static const struct {
    const char *name, *form;
} parts[PART__MAX] = {
    [FREQ]       = { "FREQ",       "DAILY, WEEKLY, MONTHLY or YEARLY: a window starts at most once a day" },
    [INTERVAL]   = { "INTERVAL",   "1 to 1000" },
    [COUNT_]     = { "COUNT",      "1 to 10000" },
    [UNTIL]      = { "UNTIL",      "a local date without a time, such as 20261231" },
    [BYMONTH]    = { "BYMONTH",    "months, 1 to 12" },
    [BYWEEKNO]   = { "BYWEEKNO",   "weeks, 1 to 53 or -53 to -1" },
    [BYYEARDAY]  = { "BYYEARDAY",  "days of the year, 1 to 366 or -366 to -1" },
    [BYMONTHDAY] = { "BYMONTHDAY", "days of the month, 1 to 31 or -31 to -1" },
    [BYDAY]      = { "BYDAY",      "days of the week such as MO or -1FR" },
    [BYSETPOS]   = { "BYSETPOS",   "positions, 1 to 366 or -366 to -1" },
    [WKST]       = { "WKST",       "a day of the week, such as MO" },
};
/* clang-format on */

static bool read_every(struct span text, struct recurrence *r)
{
    for (int i = 0; i < EVERY__MAX; i++)
        if (span_is(text, every_name[i])) {
            r->every = (enum recurrence_every)i;
            return true;
        }
    return false;
}

static bool read_until(struct span text, struct recurrence *r)
{
    char date[11] = "0000-00-00";
    struct err ignored;

    if (text.size != 8)
        return false;
    memcpy(date, text.at, 4);
    memcpy(date + 5, text.at + 4, 2);
    memcpy(date + 8, text.at + 6, 2);
    return date_read(date, &r->until_day, &ignored);
}

static bool read_part(enum part part, struct span text, struct recurrence *r)
{
    switch (part) {
    case FREQ:
        return read_every(text, r);
    case INTERVAL:
        return number(text, 1000, false, &r->interval);
    case COUNT_:
        return number(text, RECURRENCE_COUNT_MAX, false, &r->count);
    case UNTIL:
        return read_until(text, r);
    case BYMONTH:
        return read_numbers(text, 12, false, &r->months);
    case BYWEEKNO:
        return read_numbers(text, 53, true, &r->weeks);
    case BYYEARDAY:
        return read_numbers(text, 366, true, &r->year_days);
    case BYMONTHDAY:
        return read_numbers(text, 31, true, &r->month_days);
    case BYDAY:
        return read_week_days(text, r);
    case BYSETPOS:
        return read_numbers(text, 366, true, &r->positions);
    case WKST:
        return weekday(text, &r->week_start);
    case PART__MAX:
        break;
    }
    return false;
}

static enum part part_of(struct span name)
{
    enum part part = 0;

    while (part < PART__MAX && !span_is(name, parts[part].name))
        part++;
    return part;
}

static bool read_parts(struct span rest, struct recurrence *r, unsigned *seen, struct err *err)
{
    struct span piece, name;

    while (text_split(&rest, ';', &piece)) {
        struct span value = piece;
        enum part part = text_split(&value, '=', &name) ? part_of(name) : PART__MAX;

        if (part == PART__MAX || !value.at)
            return FAIL(err, ERR_INVALID, "rule: '%.*s' is not a part we know; see RFC 5545, 3.3.10",
                        (int)(piece.size < 40 ? piece.size : 40), piece.size ? piece.at : "");
        if (*seen & 1U << part)
            return FAIL(err, ERR_INVALID, "rule: %s twice", parts[part].name);
        *seen |= 1U << part;
        if (!read_part(part, value, r))
            return FAIL(err, ERR_INVALID, "rule: %s is %s", parts[part].name, parts[part].form);
    }
    return true;
}

/* ---- what may stand together ---------------------------------------------------- */

static bool has_nth(const struct recurrence *r)
{
    for (size_t i = 0; i < r->nths.count; i++)
        if (r->nths.at[i])
            return true;
    return false;
}

static bool check_places(const struct recurrence *r, unsigned seen, struct err *err)
{
    bool has_days =
        r->months.count || r->weeks.count || r->year_days.count || r->month_days.count || r->week_days.count;

    if (!(seen & 1U << FREQ))
        return FAIL(err, ERR_INVALID, "rule: FREQ is missing");
    if (seen & 1U << COUNT_ && seen & 1U << UNTIL)
        return FAIL(err, ERR_INVALID, "rule: COUNT and UNTIL exclude each other");
    if (r->weeks.count && r->every != EVERY_YEAR)
        return FAIL(err, ERR_INVALID, "rule: BYWEEKNO needs FREQ=YEARLY");
    if (r->year_days.count && r->every != EVERY_YEAR)
        return FAIL(err, ERR_INVALID, "rule: BYYEARDAY needs FREQ=YEARLY");
    if (r->month_days.count && r->every == EVERY_WEEK)
        return FAIL(err, ERR_INVALID, "rule: BYMONTHDAY does not go with FREQ=WEEKLY");
    if (has_nth(r) && (r->every < EVERY_MONTH || r->weeks.count))
        return FAIL(err, ERR_INVALID,
                    "rule: BYDAY with a number needs FREQ=MONTHLY or YEARLY without BYWEEKNO");
    if (r->positions.count && !has_days)
        return FAIL(err, ERR_INVALID, "rule: BYSETPOS needs another BY part");
    return true;
}

bool recurrence_read(const char *text, struct recurrence *out, struct err *err)
{
    const char *t = text_starts(text, "RRULE:") ? text + strlen("RRULE:") : text;
    struct recurrence r = {.interval = 1};
    unsigned seen = 0;

    if (strlen(t) > RECURRENCE_TEXT_MAX)
        return FAIL(err, ERR_INVALID, "rule: more than %d bytes", RECURRENCE_TEXT_MAX);
    if (!read_parts(span_of(t), &r, &seen, err) || !check_places(&r, seen, err))
        return false;
    *out = r;
    return true;
}
