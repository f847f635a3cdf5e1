/* Asks a rehearsal (rehearsal.h) of the fleet as it is: reads, and changes nothing. */
#pragma once

#include "domain/rehearsal.h"
#include "domain/world.h"

struct rehearsal_ask {
    int64_t nights;
    uint64_t seed;
    double bad_share; /* below 0: the rate at which the rollout's gate calls a release bad */
    int64_t from_ms;  /* 0: the next full hour */
};

struct rehearsal_named { /* a device that never fits */
    const char *device;
    enum rehearsal_why why;
};
struct rehearsal_reason {
    enum rehearsal_why why;
    int64_t devices;
    const char *some[REHEARSAL_EXAMPLES];
    size_t some_count;
};
struct rehearsal_view {
    struct rollout rollout;
    const char *family, *version;
    struct rehearsal_ask asked; /* completed */
    struct rehearsal result;
    size_t stage_count;
    struct rehearsal_named never[REHEARSAL_NAMED];
    struct rehearsal_reason reasons[REHEARSAL_WHY__MAX]; /* most devices first */
    size_t reason_count;
    int64_t took_measured;    /* installs; 0: `took_ms` is what the manifest says */
    int64_t took_ms, need_ms; /* half of them, nine of ten are over by then */
    int64_t fails_measured;   /* ended actions; 0: `fail_share` is assumed */
    double fail_share;
    const char *left_out[16]; /* what the rehearsal does not know of, in words */
    size_t left_out_count;
};

/* Of a draft, or one that is planned or runs; ERR_CONFLICT otherwise; ERR_TOO_MANY while another one is
 * asked for. Takes seconds for a million devices and
 * holds no writer. */
bool rollout_rehearse(struct world *world, struct arena *arena, int64_t tenant_id, int64_t id,
                      const struct rehearsal_ask *ask, int64_t now_ms, struct rehearsal_view *out,
                      struct err *err) CHECKED;
