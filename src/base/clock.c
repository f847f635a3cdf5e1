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

void clock_start(int64_t rate)
{
    start.rate = rate;
    start.wall_ms = read_us(CLOCK_REALTIME) / 1000;
    start.mono_ms = clock_monotonic_ms();
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
