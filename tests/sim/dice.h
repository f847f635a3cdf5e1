/* All chance of a simulation comes from here, and all of it from one seed. Knows nothing that is simulated.
 */
#pragma once

#include "base/base.h"

struct dice {
    uint64_t state;
};

struct dice dice_of(uint64_t seed);
/* 0 .. below - 1; below is positive. */
int64_t dice_below(struct dice *dice, int64_t below);
/* Both included. */
int64_t dice_between(struct dice *dice, int64_t low, int64_t high);
bool dice_chance(struct dice *dice, int64_t percent);
#define DICE_PICK(dice, array) ((array)[dice_below((dice), (int64_t)COUNT(array))])
