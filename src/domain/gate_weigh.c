#include "domain/gate_weigh.h"

#include <math.h>

/* The logarithm of the ratio. */
static double evidence(const struct gate_rules *rules, int64_t begun, int64_t failed)
{
    double bad = (double)rules->fail_percent / 100, good = bad / GATE_GOOD_PART;

    return (double)failed * log(bad / good) + (double)(begun - failed) * log((1 - bad) / (1 - good));
}

/* A little slack: two ways of writing one number must not differ. */
static bool is_proved(const struct gate_rules *rules, int64_t begun, int64_t failed)
{
    return evidence(rules, begun, failed) >= log(100.0 / (double)rules->error_percent) - 1e-9;
}

bool gate_is_tripped(const struct gate_rules *rules, const struct gate_counts *counts)
{
    int64_t begun = counts->begun > counts->failed ? counts->begun : counts->failed;

    if (counts->failed <= 0 || counts->failed < rules->min_failures || rules->fail_percent >= 100)
        return false;
    if (rules->fail_percent <= 0)
        return true;
    if (rules->error_percent <= 0)
        return counts->failed * 100 > rules->fail_percent * counts->planned;
    return is_proved(rules, begun, counts->failed);
}

int64_t gate_least(const struct gate_rules *rules, int64_t planned, int64_t begun)
{
    int64_t low = 1, high = begun + 1;

    /* More failures among as many never speak less against it: halve. */
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        const struct gate_counts counts = {.planned = planned, .begun = begun, .failed = middle};

        if (gate_is_tripped(rules, &counts))
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

bool gate_is_passed(const struct gate_rules *rules, const struct gate_counts *counts)
{
    return counts->healthy * 100 >= rules->healthy_percent * counts->planned;
}
