#include "sim/dice.h"

/* splitmix64: one addition and a stir, and every seed has a stream of its own. */
static uint64_t next(struct dice *dice)
{
    uint64_t z = dice->state += 0x9E3779B97F4A7C15ULL;

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

struct dice dice_of(uint64_t seed)
{
    struct dice dice = {.state = seed};

    next(&dice);
    return dice;
}

int64_t dice_below(struct dice *dice, int64_t below)
{
    return (int64_t)(next(dice) % (uint64_t)below);
}

int64_t dice_between(struct dice *dice, int64_t low, int64_t high)
{
    return low + dice_below(dice, high - low + 1);
}

bool dice_chance(struct dice *dice, int64_t percent)
{
    return dice_below(dice, 100) < percent;
}
