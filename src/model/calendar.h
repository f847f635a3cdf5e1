/* Days on which nobody is touched: holidays as somebody imported them, and blackout dates. Plain facts. Days are
 * local dates, counted since 1970-01-01. */
#pragma once

#include "base/base.h"

#define CALENDAR_BYTES_MAX (1024 * 1024)
#define CALENDAR_DAYS_MAX 10000
#define SITE_CALENDARS_MAX 8

struct calendar {
    int64_t id, tenant_id;
    const char *name;
    struct span ics; /* as it came; empty in lists */
    int64_t days, first_day, last_day;
    const char *created_by;
    int64_t changed_ms;
};

struct calendar_day {
    int64_t day;
    const char *name;
};

struct blackout {
    int64_t id, tenant_id;
    const char *customer;     /* "": the whole tenant */
    int64_t from_day, to_day; /* both included */
    const char *reason, *created_by;
    int64_t created_ms;
};
