/* Do machines fault more, or print less, since their update than on their own days before? Pure.
 *
 * Only working days are compared, each a local Monday to Friday that is no holiday of the site; so no print
 * drop counts before a working day has passed. Days before decay: two weeks of them weigh in, and the older
 * the less. A day has at most USAGE_FAULTS_DAY faults: a machine that jams all day says so once.
 *
 * Faults. Of one device: B faults in w days before, F in a days since. `fault_rise_percent` says by how much,
 * rho = 1 + rise / 100, a bad release raises the rate. The rate itself is the device's own and not known, so
 * it is averaged over what its days before leave open (a Gamma of B + 1/2 over w); both sides then have a
 * closed form, and the logarithm of their ratio is
 *
 *   score = F ln rho - (B + 1/2 + F) ln((w + rho a) / (w + a))                    halt: sum >= ln(100 /
 * error_percent)
 *
 * summed over the devices of a stage. Each is a martingale where the rate is what it was, so (Ville) the
 * chance that the sum of a stage ever gets there is at most error_percent, however often one looks; a rate
 * that fell makes it less. A device with few days before says little, by itself.
 *
 * Pages. Sums of pages are ruled by the few machines that print most, and days differ by far more than a
 * Poisson's. So each device is paired with itself: a day is low when it has less than `print_drop_percent`
 * off the mean of its days before; its low days before say how often that happens without any update.
 * A bad release makes low days USAGE_LOW_RATIO times as frequent: the same score, with low days for faults (a
 * day is low or not: that deviates less than a Poisson's count, which makes the test err less often). Halted
 * only when the stage's pages fell by that much in sum as well.
 *
 * Played with fixed seeds a good release was halted in none or one of 2000 stages: the half fault that is added
 * before leans to its side.
 *
 * What it cannot know: a day off that is in no calendar looks like a drop. error_percent 0: no test, the bare
 * ratio of sums. tests/unit/test_usage_weigh.c plays good and bad releases: false halts stay below the rate.
 */
#pragma once

#include "model/usage.h"

#define USAGE_KEEP_PERCENT 93 /* of the days before, with each further one: two weeks of them */
#define USAGE_FAULTS_DAY 5
#define USAGE_LOW_RATIO 2
#define USAGE_LEAST_DAYS 3000 /* before a device's days before say anything, in thousandths */
#define USAGE_AFTER_MOST 20   /* working days after an update that are looked at */

struct usage_rules {
    int64_t fault_rise_percent, print_drop_percent; /* 0: not asked */
    int64_t error_percent;
};

/* A working day before the update. */
void usage_before(struct usage *usage, const struct usage_day *day, int64_t print_drop_percent);
/* A working day after it; the scores follow. */
void usage_after(struct usage *usage, const struct usage_day *day, const struct usage_rules *rules);
/* Another update: what came after the one before is the time before this one. */
void usage_renew(struct usage *usage, int64_t action_id);
/* What the device brings into its stage's sum. */
struct usage_sum usage_part(const struct usage *usage);

bool usage_faults_rose(const struct usage_rules *rules, const struct usage_sum *sum);
bool usage_pages_fell(const struct usage_rules *rules, const struct usage_sum *sum);
