/* Which backups of one device a rule keeps, and why. Pure: knows no zone, no store, and drops nothing. */
#pragma once

#include "model/backup.h"

enum retention_why { /* the first that applies: a lock is named only where the rule alone would let go */
                     RETENTION_NOT_NEEDED,
                     RETENTION_NEWEST, /* always kept: a device with backups never ends with none */
                     RETENTION_NO_RULE,
                     RETENTION_LAST,
                     RETENTION_DAILY,
                     RETENTION_WEEKLY,
                     RETENTION_MONTHLY,
                     RETENTION_LOCKED,
                     RETENTION_HELD,
                     RETENTION_IN_USE,
                     RETENTION__MAX
};
extern const char *const retention_why_name[RETENTION__MAX]; /* "newest", "in use", "not needed" ... */

struct retention_item {
    int64_t id;
    int64_t received_ms;
    int64_t local_day; /* days since the epoch where the device stands */
    int64_t locked_ms; /* not dropped before */
    bool is_held;      /* legal hold */
    bool is_pinned;    /* a restore under way needs it */
};

/* Answers for each of `items`, newest first, in why[0..count). The newest of a day, an ISO week or a month
 * stands for all of it, and the rule's numbers count days, weeks and months that have backups, not those that
 * went by: a device that was off for a year loses nothing by it. What is kept for another reason counts, too.
 *
 * A rule with all of keep_last, keep_daily, keep_weekly and keep_monthly 0 keeps everything: one that nobody
 * wrote must not delete. So between rules that are written a larger number never keeps less. Judging what was
 * kept once more, at the same time, drops nothing. */
void retention_judge(const struct backup_rule *rule, const struct retention_item *items, size_t count,
                     int64_t now_ms, enum retention_why *why);
