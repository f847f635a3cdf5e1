#include "api/metrics.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>

#define DOORS_MAX 160
#define CLASSES 6 /* 0: connection lost; 1xx..5xx */

static const int64_t bucket_us[] = {100, 300, 1000, 3000, 10000, 30000, 100000, 300000, 1000000, 10000000};

struct door_counters {
    atomic_int_fast64_t requests[CLASSES];
    atomic_int_fast64_t bytes, time_us, buckets[COUNT(bucket_us)];
};
struct metrics {
    struct door_counters doors[DOORS_MAX]; /* the last one: no such door */
};

bool metrics_open(struct metrics **out, struct err *err)
{
    struct metrics *metrics = calloc(1, sizeof(*metrics));

    if (!metrics)
        return FAIL(err, ERR_BUSY, "no memory for the metrics");
    *out = metrics;
    return true;
}

void metrics_closep(struct metrics **metrics)
{
    free(*metrics);
    *metrics = NULL;
}

static size_t door_of(const struct route *route)
{
    size_t i = route ? (size_t)(route - routes) : DOORS_MAX - 1;

    return i < DOORS_MAX ? i : DOORS_MAX - 1;
}

void metrics_note(struct metrics *metrics, const struct route *route, int status, int64_t bytes,
                  int64_t took_us)
{
    struct door_counters *door = metrics ? &metrics->doors[door_of(route)] : NULL;
    int class = status / 100;

    if (!door)
        return;
    atomic_fetch_add(&door->requests[class > 0 && class < CLASSES ? class : 0], 1);
    atomic_fetch_add(&door->bytes, bytes);
    atomic_fetch_add(&door->time_us, took_us);
    for (size_t i = 0; i < COUNT(bucket_us); i++)
        if (took_us <= bucket_us[i])
            atomic_fetch_add(&door->buckets[i], 1);
}

static void write_requests(struct buf *out, const struct door_counters *door, const char *method,
                           const char *path)
{
    for (int class = 0; class < CLASSES; class ++) {
        int64_t n = atomic_load(&door->requests[class]);

        if (n > 0)
            buf_printf(out,
                       "nightshift_requests_total{method=\"%s\",door=\"%s\",class=\"%dxx\"} %" PRId64 "\n",
                       method, path, class, n);
    }
}

static void write_times(struct buf *out, const struct door_counters *door, const char *method,
                        const char *path)
{
    int64_t all = 0;

    for (int class = 0; class < CLASSES; class ++)
        all += atomic_load(&door->requests[class]);
    if (all == 0)
        return;
    for (size_t k = 0; k < COUNT(bucket_us); k++)
        buf_printf(out,
                   "nightshift_request_seconds_bucket{method=\"%s\",door=\"%s\",le=\"%g\"} %" PRId64 "\n",
                   method, path, (double)bucket_us[k] / 1e6, (int64_t)atomic_load(&door->buckets[k]));
    buf_printf(out, "nightshift_request_seconds_bucket{method=\"%s\",door=\"%s\",le=\"+Inf\"} %" PRId64 "\n",
               method, path, all);
    buf_printf(out, "nightshift_request_seconds_sum{method=\"%s\",door=\"%s\"} %.6f\n", method, path,
               (double)atomic_load(&door->time_us) / 1e6);
    buf_printf(out, "nightshift_request_seconds_count{method=\"%s\",door=\"%s\"} %" PRId64 "\n", method, path,
               all);
}

typedef void door_writer(struct buf *out, const struct door_counters *door, const char *method,
                         const char *path);

static void each_door(const struct metrics *metrics, struct buf *out, door_writer *write)
{
    for (size_t i = 0; routes[i].method && i < DOORS_MAX - 1; i++)
        write(out, &metrics->doors[i], routes[i].method, routes[i].path);
    write(out, &metrics->doors[DOORS_MAX - 1], "any", "none");
}

void metrics_write(const struct metrics *metrics, struct buf *out)
{
    if (!metrics)
        return;
    buf_text(out,
             "# HELP nightshift_requests_total Requests answered, by door and status class (0xx: connection "
             "lost).\n# TYPE nightshift_requests_total counter\n");
    each_door(metrics, out, write_requests);
    buf_text(out, "# HELP nightshift_request_seconds Time from the head's arrival to the last byte.\n"
                  "# TYPE nightshift_request_seconds histogram\n");
    each_door(metrics, out, write_times);
}
