#include "domain/zone.h"

#include <libical/ical.h>
#include <pthread.h>
#include <stdlib.h>
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
