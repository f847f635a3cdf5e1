/* The hours of a place through all nights of a rehearsal, made once for all devices that share them. Pure. */
#pragma once

#include "domain/rehearsal.h"
#include "domain/window.h"

struct rehearsal_hours {         /* what decides them */
    const struct window *window; /* NULL: any time */
    const struct closures *clear;
    const char *zone;
    const struct rehearsal_span *holds; /* ascending by begin; they may overlap */
    size_t hold_count;
    const struct window
        *download;             /* hours for downloads; NULL: any time. No hold and no closure shuts them */
    int64_t from_ms, until_ms; /* nights, cut by the rollout's earliest and latest */
};

/* Every window that window_find gives between the two, without what holds take of them. */
bool rehearsal_place_make(struct arena *arena, const struct rehearsal_hours *hours,
                          struct rehearsal_place *out, struct err *err) CHECKED;
