#include "tools/fleet/load.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "tools/fleet/loop.h"

#define DURATION_S 10
#define THREADS_MAX 64

struct lane { /* a thread and its loop */
    const struct fleet_options *fleet;
    const char *kind, *path;
    struct loop_plan plan;
    struct loop_figures figures;
    size_t number, step; /* of the machine that polls next */
    bool is_well;
    struct err err;
};

/* ---- what is asked ------------------------------------------------------------------- */

static void next_poll(void *ctx, char *out, size_t room)
{
    struct lane *lane = ctx;
    size_t number = lane->number % lane->fleet->devices;

    lane->number += lane->step;
    snprintf(out, room, "%s/%s/controller/v1/mfp-%" PRId64 "-%05zu", lane->fleet->url, lane->fleet->tenant,
             lane->fleet->population.seed, number + 1);
}

static void next_path(void *ctx, char *out, size_t room)
{
    const struct lane *lane = ctx;

    snprintf(out, room, "%s%s", lane->fleet->url, lane->path);
}

/* clang-format off */
static const struct {
    const char *kind;
    void (*next)(void *ctx, char *out, size_t room);
    const char *path;
    bool is_fresh_each, is_machine;
} kinds[] = {
    /* kind          next        path        fresh  machine */
    { "polls",       next_poll,  NULL,       false, true  },
    { "download",    next_path,  NULL,       false, true  },
    { "handshakes",  next_path,  "/healthz", true,  false },
};
/* clang-format on */

static bool lane_make(struct arena *arena, const struct fleet_options *fleet,
                      const struct load_options *options, struct lane *out, struct err *err)
{
    for (size_t i = 0; i < COUNT(kinds); i++) {
        if (!text_equal(kinds[i].kind, options->kind))
            continue;
        if (kinds[i].next == next_path && !kinds[i].path && !options->path)
            return FAIL(err, ERR_INVALID, "--load %s needs --path", options->kind);
        *out = (struct lane){
            .fleet = fleet,
            .kind = kinds[i].kind,
            .path = options->path ? options->path : kinds[i].path,
            .plan = {.ca = fleet->ca, .is_fresh_each = kinds[i].is_fresh_each, .next = kinds[i].next}};
        if (kinds[i].is_machine && fleet->gateway_token)
            out->plan.authorization = arena_printf(arena, "GatewayToken %s", fleet->gateway_token);
        return true;
    }
    return FAIL(err, ERR_INVALID, "--load is polls, download or handshakes, not \"%s\"", options->kind);
}

/* ---- running ----------------------------------------------------------------------------- */

static void *run_lane(void *ctx)
{
    struct lane *lane = ctx;

    lane->is_well = loop_run(&lane->plan, &lane->figures, &lane->err);
    return NULL;
}

static bool run_lanes(struct lane *lanes, size_t count, struct loop_figures *out, struct err *err)
{
    pthread_t ids[THREADS_MAX];
    size_t started = 0;
    bool is_well = true;

    while (started < count && pthread_create(&ids[started], NULL, run_lane, &lanes[started]) == 0)
        started++;
    for (size_t i = 0; i < started; i++) {
        pthread_join(ids[i], NULL);
        loop_add(out, &lanes[i].figures);
        if (!lanes[i].is_well)
            *err = lanes[i].err;
        is_well = is_well && lanes[i].is_well;
    }
    if (started < count && is_well)
        return FAIL(err, ERR_BUSY, "no thread");
    return is_well;
}

static void report(const struct lane *lane, const struct loop_figures *f, size_t connections, double seconds)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct buf text = {.arena = arena};
    struct json_out j = {.buf = &text};

    if (!lane->fleet->is_json) {
        printf("%s over %zu connections, %.1f s: %" PRId64 " answers, %.0f/s, %.1f MB/s\n", lane->kind,
               connections, seconds, f->requests, (double)f->requests / seconds,
               (double)f->bytes / 1e6 / seconds);
        printf("half within %" PRId64 " us, 99 %% within %" PRId64 " us, all within %" PRId64 " us\n",
               loop_within_us(f, 500), loop_within_us(f, 990), f->longest_us);
        printf("refused %" PRId64 ", failed %" PRId64 "%s%s\n", f->refused, f->failed, f->failed ? ": " : "",
               f->why);
        return;
    }
    json_open(&j, NULL);
    json_text(&j, "load", lane->kind);
    json_int(&j, "connections", (int64_t)connections);
    json_number(&j, "seconds", seconds);
    json_int(&j, "answers", f->requests);
    json_number(&j, "answers_per_s", (double)f->requests / seconds);
    json_int(&j, "bytes", f->bytes);
    json_number(&j, "mb_per_s", (double)f->bytes / 1e6 / seconds);
    json_int(&j, "half_within_us", loop_within_us(f, 500));
    json_int(&j, "p99_us", loop_within_us(f, 990));
    json_int(&j, "longest_us", f->longest_us);
    json_int(&j, "refused", f->refused);
    json_int(&j, "failed", f->failed);
    json_text_if(&j, "why", f->why);
    json_close(&j);
    printf("%s\n", buf_cstr(&text));
}

bool load_run(struct arena *arena, const struct fleet_options *fleet, const struct load_options *options,
              const volatile sig_atomic_t *stop, bool *is_done, struct err *err)
{
    size_t threads = fleet->threads < options->connections ? fleet->threads : options->connections;
    int64_t began_ms = clock_monotonic_ms();
    struct loop_figures figures = {.requests = 0};
    struct lane lane, *lanes;

    threads = threads < THREADS_MAX ? threads : THREADS_MAX;
    lanes = ARENA_MANY(arena, struct lane, threads);
    if (!lane_make(arena, fleet, options, &lane, err))
        return false;
    for (size_t i = 0; i < threads; i++) {
        lanes[i] = lane;
        lanes[i].number = i;
        lanes[i].step = threads;
        lanes[i].plan.ctx = &lanes[i];
        lanes[i].plan.stop = stop;
        lanes[i].plan.connections = options->connections / threads + (i < options->connections % threads);
        lanes[i].plan.end_ms = began_ms + (fleet->duration_s ? fleet->duration_s : DURATION_S) * 1000;
    }
    if (!run_lanes(lanes, threads, &figures, err))
        return false;
    report(&lane, &figures, options->connections, (double)(clock_monotonic_ms() - began_ms) / 1000.0);
    *is_done = figures.requests > 0 && figures.failed == 0 && figures.refused == 0;
    return true;
}
