#include "domain/retention.h"

const char *const retention_why_name[RETENTION__MAX] = {
    [RETENTION_NOT_NEEDED] = "not needed",
    [RETENTION_NEWEST] = "newest",
    [RETENTION_NO_RULE] = "no rule",
    [RETENTION_LAST] = "last",
    [RETENTION_DAILY] = "daily",
    [RETENTION_WEEKLY] = "weekly",
    [RETENTION_MONTHLY] = "monthly",
    [RETENTION_LOCKED] = "locked",
    [RETENTION_HELD] = "held",
    [RETENTION_IN_USE] = "in use",
};

/* ---- the calendar -------------------------------------------------------------------------------- */

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t day_of(int64_t day)
{
    return day;
}

/* ISO weeks begin on Mondays, and day 0 was a Thursday. */
static int64_t week_of(int64_t day)
{
    return floor_div(day + 3, 7);
}

/* Months since March of year 0, by days alone: years that begin in March have the leap day last, and from
 * there the months' lengths follow a straight line (153 days in five months). */
static int64_t month_of(int64_t day)
{
    int64_t since = day + 719468; /* 0000-03-01 */
    int64_t era = floor_div(since, 146097), in_era = since - era * 146097;
    int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int64_t in_year = in_era - (year * 365 + year / 4 - year / 100);

    return (era * 400 + year) * 12 + (5 * in_year + 2) / 153;
}

/* ---- the rule ------------------------------------------------------------------------------------ */

struct bucket { /* one kind of stretch, walked from the newest on */
    enum retention_why why;
    int64_t left;
    int64_t (*of)(int64_t day); /* NULL: each backup is one of its own */
    bool has_last;
    int64_t last;
};

static bool takes(struct bucket *bucket, int64_t day)
{
    int64_t at = bucket->of ? bucket->of(day) : 0;

    if (bucket->left <= 0 || (bucket->of && bucket->has_last && bucket->last == at))
        return false;
    bucket->has_last = true;
    bucket->last = at;
    bucket->left--;
    return true;
}

static enum retention_why otherwise(const struct retention_item *item, int64_t now_ms)
{
    if (item->locked_ms > now_ms)
        return RETENTION_LOCKED;
    if (item->is_held)
        return RETENTION_HELD;
    return item->is_pinned ? RETENTION_IN_USE : RETENTION_NOT_NEEDED;
}

static bool is_written(const struct backup_rule *rule)
{
    return rule->keep_last > 0 || rule->keep_daily > 0 || rule->keep_weekly > 0 || rule->keep_monthly > 0;
}

void retention_judge(const struct backup_rule *rule, const struct retention_item *items, size_t count,
                     int64_t now_ms, enum retention_why *why)
{
    struct bucket buckets[] = {
        {.why = RETENTION_LAST, .left = rule->keep_last},
        {.why = RETENTION_DAILY, .left = rule->keep_daily, .of = day_of},
        {.why = RETENTION_WEEKLY, .left = rule->keep_weekly, .of = week_of},
        {.why = RETENTION_MONTHLY, .left = rule->keep_monthly, .of = month_of},
    };

    for (size_t i = 0; i < count; i++) {
        enum retention_why by_rule = is_written(rule) ? RETENTION_NOT_NEEDED : RETENTION_NO_RULE;

        /* Every bucket sees every backup: one that is kept as the newest of its day is that of its week, too.
         */
        for (size_t b = COUNT(buckets); b-- > 0;)
            if (takes(&buckets[b], items[i].local_day))
                by_rule = buckets[b].why;
        if (i == 0)
            by_rule = RETENTION_NEWEST;
        why[i] = by_rule != RETENTION_NOT_NEEDED ? by_rule : otherwise(&items[i], now_ms);
    }
}
