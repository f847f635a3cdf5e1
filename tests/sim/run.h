/* One seed from its first step to its last. */
#pragma once

#include "sim/sim.h"

struct run {
    int64_t steps, actions, crashes, halts, bricks;
    uint64_t digest; /* of the story: the same seed has the same one */
    char broken[600];
    int64_t broken_step;
};

/* `dir` holds service_template(). */
void run_seed(uint64_t seed, const char *dir, struct clocks *clocks, bool tells, struct run *out);
