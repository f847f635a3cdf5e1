#include "domain/zone.h"

#include <libical/ical.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

/* The library reads a zone's rules on first use and expands them as years are asked for, into structures that
 * all callers share: one at a time. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Zone names are paths below the tz database: nothing else may get near it. */
static bool is_name(const char *zone)
{
    size_t size = zone ? strlen(zone) : 0;

    if (size == 0 || size > 64 || *zone == '/' || strstr(zone, ".."))
        return false;
    return strspn(zone, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_+-") == size;
}

static icaltimezone *zone_get(const char *zone)
{
    if (text_equal(zone, "UTC") || text_equal(zone, "Etc/UTC"))
        return icaltimezone_get_utc_timezone();
    return is_name(zone) ? icaltimezone_get_builtin_timezone(zone) : NULL;
}

bool zone_exists(const char *zone)
{
    bool is_there;

    pthread_mutex_lock(&lock);
    is_there = zone_get(zone) != NULL;
    pthread_mutex_unlock(&lock);
    return is_there;
}

bool zone_offset_s(const char *zone, int64_t at_ms, int64_t *offset_s, struct err *err)
{
    icaltimezone *found;
    int is_daylight = 0, offset = 0;

    pthread_mutex_lock(&lock);
    found = zone_get(zone);
    if (found) {
        struct icaltimetype utc =
            icaltime_from_timet_with_zone((time_t)(at_ms / 1000), 0, icaltimezone_get_utc_timezone());
        offset = icaltimezone_get_utc_offset_of_utc_time(found, &utc, &is_daylight);
    }
    pthread_mutex_unlock(&lock);
    if (!found)
        return FAIL(err, ERR_INVALID, "no time zone '%s'; use an IANA name such as Europe/Berlin",
                    zone ? zone : "");
    *offset_s = offset;
    return true;
}

/* An upgrade of the system's package replaces its files by rename. */
static struct stat database_now(void)
{
    const char *dir = icaltzutil_get_zone_directory();
    struct stat found = {0};
    char path[256];

    snprintf(path, sizeof(path), "%s/zone.tab", dir ? dir : "/usr/share/zoneinfo");
    if (stat(path, &found) != 0)
        return (struct stat){0};
    return found;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_mtim.tv_sec == b->st_mtim.tv_sec;
}

bool zone_refresh(void)
{
    static struct stat known;
    static bool is_known;
    struct stat now = database_now();
    bool is_changed;

    pthread_mutex_lock(&lock);
    is_changed = is_known && !is_same(&known, &now);
    if (is_changed)
        icaltimezone_free_builtin_timezones();
    known = now;
    is_known = true;
    pthread_mutex_unlock(&lock);
    return is_changed;
}
