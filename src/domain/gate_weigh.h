/* Does what is known of a stage speak against the release? Pure; knows no store and no clock.
 *
 * The test is Wald's sequential probability ratio, its halting side only. `fail_percent` is the rate of
 * failures at which a release is bad; a fifth of it is what a good one may have:
 *
 *   ratio = (bad / good) ^ failed * ((1 - bad) / (1 - good)) ^ (begun - failed)      halt: ratio >= 100 /
 * error_percent
 *
 * - The stated error rate is that of halting a good release: for any rate up to `good` the chance that the
 * ratio of a stage ever gets there is at most error_percent, however often one looks (Ville's inequality). So
 * the gate may weigh at every tick, and nothing has to be corrected for it.
 * - A stage is a finite population, but what is tested is the rate of the release, of which the stage is a
 * sample: the next stage is what the gate protects. Hence no hypergeometric correction, and an exhausted
 * stage of three with one failure has still proved nothing. What a finite stage costs is power:
 * tests/unit/test_gate_weigh.c computes the chance of halting by true rate and size.
 * - Failures are reported at once and successes after a reboot and a soak. Whoever has begun counts as good
 * until it fails, so that the order in which they are heard decides nothing: what halts now would have halted
 * on the final word of the same devices.
 *
 * fail_percent 0: the first failure halts. 100: none does. error_percent 0: no test, the bare share of the
 * planned. */
#pragma once

#include "base/base.h"

#define GATE_GOOD_PART 5 /* a good release may fail at this part of fail_percent */

struct gate_rules {
    int64_t fail_percent, healthy_percent, min_failures, error_percent;
};
struct gate_counts { /* devices of one stage */
    int64_t planned;
    int64_t begun; /* have begun to flash, or are over; with the failed */
    int64_t healthy, failed;
};

bool gate_is_tripped(const struct gate_rules *rules, const struct gate_counts *counts);
/* The fewest failures that halt among so many; begun + 1: none would. */
int64_t gate_least(const struct gate_rules *rules, int64_t planned, int64_t begun);
bool gate_is_passed(const struct gate_rules *rules, const struct gate_counts *counts);
