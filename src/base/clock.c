#include "base/clock.h"

#include <time.h>

/* Set once, before the first thread starts. */
static struct {
    int64_t rate, wall_ms, mono_ms;
} start = {.rate = 1};

static int64_t read_us(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void clock_start(int64_t rate, int64_t origin_ms)
{
    int64_t now = read_us(CLOCK_REALTIME) / 1000;

    start.rate = rate;
    start.wall_ms = origin_ms > 0 ? origin_ms + rate * (now - origin_ms) : now;
    start.mono_ms = clock_monotonic_ms();
}

void clock_deadline(int64_t after_ms, struct timespec *out)
{
    int64_t at = read_us(CLOCK_MONOTONIC) + after_ms * 1000;

    out->tv_sec = (time_t)(at / 1000000);
    out->tv_nsec = (long)(at % 1000000) * 1000;
}

int64_t clock_now_ms(void)
{
    if (start.rate <= 1)
        return read_us(CLOCK_REALTIME) / 1000;
    return start.wall_ms + start.rate * (clock_monotonic_ms() - start.mono_ms);
}

int64_t clock_monotonic_ms(void)
{
    return read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_monotonic_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

int64_t clock_rate(void)
{
    return start.rate;
}
