#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#define LAST_MS INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */

static const char *const weekday[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char *const month[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

static struct tm calendar(int64_t ms)
{
    struct tm tm;
    time_t seconds = (time_t)((ms < 0 ? 0 : ms > LAST_MS ? LAST_MS : ms) / 1000);

    gmtime_r(&seconds, &tm);
    return tm;
}

char *text_time(struct arena *arena, int64_t ms)
{
    struct tm tm = calendar(ms);

    return arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                        tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* Reads exactly that many digits. */
static bool digits(const char **at, int count, int *out)
{
    int value = 0;

    for (int i = 0; i < count; i++, (*at)++) {
        if (**at < '0' || **at > '9')
            return false;
        value = value * 10 + (**at - '0');
    }
    *out = value;
    return true;
}

static bool literal(const char **at, const char *choices)
{
    if (!**at || !strchr(choices, **at))
        return false;
    (*at)++;
    return true;
}

/* Seconds since the epoch; false for a day the calendar does not have. timegm() would carry it over. */
static bool to_seconds(struct tm tm, int64_t *out)
{
    struct tm carried = tm;
    int64_t seconds = (int64_t)timegm(&carried);

    if (carried.tm_year != tm.tm_year || carried.tm_mon != tm.tm_mon || carried.tm_mday != tm.tm_mday ||
        carried.tm_hour != tm.tm_hour || carried.tm_min != tm.tm_min || carried.tm_sec != tm.tm_sec)
        return false;
    *out = seconds;
    return true;
}

static bool clock_part(const char **at, struct tm *tm)
{
    return digits(at, 2, &tm->tm_hour) && literal(at, ":") && digits(at, 2, &tm->tm_min) &&
           literal(at, ":") && digits(at, 2, &tm->tm_sec);
}

/* ".123456": ms, the rest is cut. Nothing there is 0. */
static bool fraction(const char **at, int *ms)
{
    int scale = 100;

    *ms = 0;
    if (!literal(at, "."))
        return true;
    if (**at < '0' || **at > '9')
        return false;
    for (; **at >= '0' && **at <= '9'; (*at)++, scale /= 10)
        *ms += (**at - '0') * scale;
    return true;
}

/* "Z" or "+02:00", in seconds east. */
static bool zone_offset(const char **at, int *seconds)
{
    int hours, minutes, sign = **at == '-' ? -1 : 1;

    *seconds = 0;
    if (literal(at, "Zz"))
        return true;
    if (!literal(at, "+-") || !digits(at, 2, &hours) || !literal(at, ":") || !digits(at, 2, &minutes))
        return false;
    *seconds = sign * (hours * 3600 + minutes * 60);
    return hours < 24 && minutes < 60;
}

bool text_time_parse(const char *text, int64_t *ms)
{
    struct tm tm = {0};
    int year, mon, thousandths, east;
    int64_t seconds;

    if (!text || !digits(&text, 4, &year) || !literal(&text, "-") || !digits(&text, 2, &mon) ||
        !literal(&text, "-") || !digits(&text, 2, &tm.tm_mday) || !literal(&text, "Tt") ||
        !clock_part(&text, &tm) || !fraction(&text, &thousandths) || !zone_offset(&text, &east) || *text)
        return false;
    tm.tm_year = year - 1900;
    tm.tm_mon = mon - 1;
    if (!to_seconds(tm, &seconds))
        return false;
    int64_t value = (seconds - east) * 1000 + thousandths;
    if (value < 0 || value > LAST_MS)
        return false;
    *ms = value;
    return true;
}

static void http_date(int64_t ms, char out[64])
{
    struct tm tm = calendar(ms);

    snprintf(out, 64, "%s, %02d %s %04d %02d:%02d:%02d GMT", weekday[tm.tm_wday], tm.tm_mday,
             month[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

char *text_http_date(struct arena *arena, int64_t ms)
{
    char out[64];

    http_date(ms, out);
    return arena_dup(arena, out);
}

static bool month_of(const char **at, int *out)
{
    for (int i = 0; i < 12; i++) {
        if (strncmp(*at, month[i], 3) == 0) {
            *at += 3;
            *out = i;
            return true;
        }
    }
    return false;
}

bool text_http_date_parse(const char *text, int64_t *ms)
{
    struct tm tm = {0};
    const char *at = text;
    int64_t seconds;
    char again[64];

    if (!text || strlen(text) != 29)
        return false;
    at += 5;
    if (!digits(&at, 2, &tm.tm_mday) || !literal(&at, " ") || !month_of(&at, &tm.tm_mon) ||
        !literal(&at, " ") || !digits(&at, 4, &tm.tm_year) || !literal(&at, " ") || !clock_part(&at, &tm))
        return false;
    tm.tm_year -= 1900;
    if (!to_seconds(tm, &seconds) || seconds < 0)
        return false;
    /* There is one way to write an IMF-fixdate: this catches the weekday and the rest at once. */
    http_date(seconds * 1000, again);
    if (strcmp(again, text) != 0)
        return false;
    *ms = seconds * 1000;
    return true;
}

char *text_bytes(struct arena *arena, int64_t bytes)
{
    static const char *const unit[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
    double value = (double)bytes / 1000;
    size_t i = 0;

    if (bytes > -1000 && bytes < 1000)
        return arena_printf(arena, "%" PRId64 " B", bytes);
    /* 999.95 would be shown as "1000.0" */
    for (; (value >= 999.95 || value <= -999.95) && i + 1 < COUNT(unit); i++)
        value /= 1000;
    return arena_printf(arena, "%.1f %s", value, unit[i]);
}

char *text_duration(struct arena *arena, int64_t ms)
{
    int64_t seconds = ms / 1000;

    if (ms < 1000)
        return arena_printf(arena, "%" PRId64 " ms", ms);
    if (seconds < 60)
        return arena_printf(arena, "%" PRId64 " s", seconds);
    if (seconds < 3600)
        return arena_printf(arena, "%" PRId64 " m %02" PRId64 " s", seconds / 60, seconds % 60);
    if (seconds < 86400)
        return arena_printf(arena, "%" PRId64 " h %02" PRId64 " m", seconds / 3600, seconds / 60 % 60);
    return arena_printf(arena, "%" PRId64 " d %02" PRId64 " h", seconds / 86400, seconds / 3600 % 24);
}
