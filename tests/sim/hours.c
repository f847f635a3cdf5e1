#include "sim/hours.h"

#include <stdlib.h>
#include <time.h>

#define QUARTER_MS 900000LL
#define DAY_MS 86400000LL
#define CLOCKS_MAX 32
#define SPAN 3840 /* quarters of one table: 40 days */

struct clock {
    const char *zone;
    int64_t from; /* quarters since 1970 */
    int32_t offset_s[SPAN];
};

struct clocks {
    struct clock *all[CLOCKS_MAX];
    size_t count, oldest;
};

struct clocks *clocks_new(void)
{
    struct clocks *clocks = calloc(1, sizeof(*clocks));

    if (!clocks)
        abort();
    return clocks;
}

void clocks_freep(struct clocks **clocks)
{
    for (size_t i = 0; *clocks && i < (*clocks)->count; i++)
        free((*clocks)->all[i]);
    free(*clocks);
    *clocks = NULL;
}

static void clock_fill(struct clock *clock, const char *zone, int64_t from)
{
    setenv("TZ", zone, 1);
    tzset();
    clock->zone = zone;
    clock->from = from;
    for (int64_t i = 0; i < SPAN; i++) {
        time_t at = (time_t)((from + i) * QUARTER_MS / 1000);
        struct tm local;

        localtime_r(&at, &local);
        clock->offset_s[i] = (int32_t)local.tm_gmtoff;
    }
}

/* Zones are string constants, so that the pointer is the name. */
static const struct clock *clock_at(struct clocks *clocks, const char *zone, int64_t quarter)
{
    int64_t from = quarter - SPAN / 2;
    struct clock *clock;

    for (size_t i = 0; i < clocks->count; i++) {
        clock = clocks->all[i];
        if (clock->zone == zone && quarter >= clock->from + 300 && quarter < clock->from + SPAN - 300)
            return clock;
    }
    if (clocks->count < CLOCKS_MAX) {
        clock = calloc(1, sizeof(*clock));
        if (!clock)
            abort();
        clocks->all[clocks->count++] = clock;
    } else {
        clock = clocks->all[clocks->oldest];
        clocks->oldest = (clocks->oldest + 1) % CLOCKS_MAX;
    }
    clock_fill(clock, zone, from);
    return clock;
}

static int64_t shown(const struct clock *clock, int64_t quarter)
{
    return quarter * QUARTER_MS + clock->offset_s[quarter - clock->from] * 1000LL;
}

/* The first quarter at which the clock shows this or more; it may be shown again later. */
static int64_t first_quarter(const struct clock *clock, int64_t local_ms)
{
    int64_t q = local_ms / QUARTER_MS - 15 * 4;

    while (shown(clock, q) < local_ms)
        q++;
    return q;
}

/* The last one at which it shows just this, also where the autumn begins anew with it; in a gap, the first after it. */
static int64_t last_quarter(const struct clock *clock, int64_t local_ms)
{
    int64_t q = local_ms / QUARTER_MS + 14 * 4;

    while (shown(clock, q) > local_ms)
        q--;
    return shown(clock, q) == local_ms ? q : q + 1;
}

int64_t hours_day(struct clocks *clocks, const char *zone, int64_t at_ms)
{
    int64_t quarter = at_ms / QUARTER_MS;

    return shown(clock_at(clocks, zone, quarter), quarter) / DAY_MS;
}

static bool starts_on(const struct hours *hours, const struct shut *shut, int64_t day)
{
    for (size_t i = 0; i < shut->holiday_count; i++)
        if (shut->holidays[i] == day)
            return false;
    return hours->days >> ((day + 3) % 7) & 1; /* 1970-01-01 was a Thursday */
}

/* A night that meets a blackout ends where it begins, or begins where it ends. */
static void keep_clear(const struct clock *clock, const struct shut *shut, int64_t *opens, int64_t *closes)
{
    for (size_t i = 0; i < shut->blackout_count; i++) {
        int64_t from = first_quarter(clock, shut->blackouts[i].from_day * DAY_MS);
        int64_t to = last_quarter(clock, (shut->blackouts[i].to_day + 1) * DAY_MS);

        if (to <= *opens || from >= *closes)
            continue;
        if (from <= *opens)
            *opens = to;
        else
            *closes = from;
    }
}

bool hours_open(struct clocks *clocks, const struct hours *hours, const struct shut *shut, int64_t at_ms)
{
    int64_t now = at_ms / QUARTER_MS, today;
    const struct clock *clock;

    if (!hours->is_set)
        return true;
    clock = clock_at(clocks, hours->zone, now);
    today = shown(clock, now) / DAY_MS;
    for (int64_t day = today - 2; day <= today + 1; day++) {
        int64_t start = day * DAY_MS + hours->start_min * 60000;
        int64_t end =
            day * DAY_MS + hours->end_min * 60000 + (hours->end_min <= hours->start_min ? DAY_MS : 0);
        int64_t opens = first_quarter(clock, start);
        int64_t closes =
            hours->lasts_min ? opens + hours->lasts_min * 60000 / QUARTER_MS : last_quarter(clock, end);

        keep_clear(clock, shut, &opens, &closes);
        if (starts_on(hours, shut, day) && now >= opens && now < closes)
            return true;
    }
    return false;
}
