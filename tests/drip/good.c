#include "drip/drip.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"

#define TIMES_MAX 100000

struct drip_good {
    const struct drip_target *target;
    int64_t every_ms, times_us[TIMES_MAX], polls, failures;
    pthread_t thread;
    atomic_bool is_stopping;
};

static bool poll_once(struct drip_good *good, struct wire *wire)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct wire_reply reply;

    return wire &&
           wire_say(wire, "GET %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: %s\r\n\r\n",
                    good->target->poll, good->target->authorization) &&
           wire_reply(wire, arena, false, &reply) && reply.status == 200;
}

static void *poll_on(void *at)
{
    static const struct wire_tls any = {0};
    struct drip_good *good = at;
    AUTO(wire_closep) struct wire *wire = NULL;

    while (!atomic_load(&good->is_stopping) && good->polls < TIMES_MAX) {
        int64_t began_us = clock_monotonic_us();

        if (!wire)
            wire = wire_open_tls(good->target->port, &any);
        if (!poll_once(good, wire)) {
            good->failures++;
            wire_closep(&wire);
        }
        good->times_us[good->polls++] = clock_monotonic_us() - began_us;
        usleep((useconds_t)good->every_ms * 1000);
    }
    return NULL;
}

struct drip_good *drip_good_start(const struct drip_target *target, int64_t every_ms)
{
    struct drip_good *good = calloc(1, sizeof(*good));

    if (!good)
        abort();
    good->target = target;
    good->every_ms = every_ms;
    if (pthread_create(&good->thread, NULL, poll_on, good) != 0)
        abort();
    return good;
}

static int by_time(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

    return (left > right) - (left < right);
}

void drip_good_stop(struct drip_good **at, struct drip_good_figures *out)
{
    struct drip_good *good = *at;

    atomic_store(&good->is_stopping, true);
    pthread_join(good->thread, NULL);
    *out = (struct drip_good_figures){.polls = good->polls, .failures = good->failures};
    if (good->polls > 0) {
        qsort(good->times_us, (size_t)good->polls, sizeof(int64_t), by_time);
        out->p50_us = good->times_us[good->polls / 2];
        out->p99_us = good->times_us[good->polls * 99 / 100];
        out->max_us = good->times_us[good->polls - 1];
    }
    free(good);
    *at = NULL;
}
