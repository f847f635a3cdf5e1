/* The facts of a rehearsal, read from the store as it is at one moment. */
#pragma once

#include "domain/rehearse.h"

struct rehearsal_reading {
    struct rehearsal_facts facts;
    struct rollout rollout;
    struct rollout_tally before[STAGES_MAX + 1];
    struct rehearsal_device *devices; /* heap: rehearsal_reading_end() */
    int64_t holds_left_out;
};
/* Fills everything but what was measured. */
bool rehearsal_read(struct world *world, struct arena *arena, const struct rehearsal_ask *ask, int64_t now_ms,
                    struct rehearsal_reading *out, struct err *err) CHECKED;
void rehearsal_reading_end(struct rehearsal_reading *reading); /* for AUTO() */
