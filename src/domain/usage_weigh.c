#include "domain/usage_weigh.h"

#include <math.h>

#define ONE 1000          /* a day, a page, a fault in thousandths */
#define MILLION 1000000.0 /* a score's unit */
#define DROP_USUAL 25     /* a low day's limit while nobody says another */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t faded(int64_t sum)
{
    return sum * USAGE_KEEP_PERCENT / 100;
}

/* Less than so much off the mean of the days before? */
static bool is_low(const struct usage *u, int64_t pages, int64_t drop_percent)
{
    int64_t drop = drop_percent ? drop_percent : DROP_USUAL;

    return u->days >= USAGE_LEAST_DAYS && u->pages > 0 && pages * u->days * 100 < u->pages * (100 - drop);
}

void usage_before(struct usage *u, const struct usage_day *day, int64_t drop_percent)
{
    bool low = is_low(u, day->pages, drop_percent);

    u->days = faded(u->days) + ONE;
    u->pages = faded(u->pages) + day->pages * ONE;
    u->faults = faded(u->faults) + least(day->faults, USAGE_FAULTS_DAY) * ONE;
    u->low = faded(u->low) + (low ? ONE : 0);
}

/* The logarithm of the ratio of both likelihoods; see the header. */
static int64_t score_of(double before_days, double before, double after_days, double after, double ratio)
{
    double score = after * log(ratio) - (before + 0.5 + after) * log((before_days + ratio * after_days) /
                                                                     (before_days + after_days));

    return (int64_t)lround(score * MILLION);
}

static void rescore(struct usage *u, const struct usage_rules *rules)
{
    double days = (double)u->days / ONE, after = (double)u->after_days;

    u->fault_score = u->drop_score = 0;
    if (u->days < USAGE_LEAST_DAYS || u->after_days == 0)
        return;
    if (rules->fault_rise_percent)
        u->fault_score = score_of(days, (double)u->faults / ONE, after, (double)u->after_faults,
                                  1 + (double)rules->fault_rise_percent / 100);
    if (rules->print_drop_percent)
        u->drop_score = score_of(days, (double)u->low / ONE, after, (double)u->after_low, USAGE_LOW_RATIO);
}

void usage_after(struct usage *u, const struct usage_day *day, const struct usage_rules *rules)
{
    if (u->after_days >= USAGE_AFTER_MOST)
        return;
    u->after_low += is_low(u, day->pages, rules->print_drop_percent);
    u->after_days++;
    u->after_pages += day->pages;
    u->after_faults += least(day->faults, USAGE_FAULTS_DAY);
    rescore(u, rules);
}

void usage_renew(struct usage *u, int64_t action_id)
{
    for (int64_t i = 0; i < u->after_days; i++) {
        u->days = faded(u->days);
        u->pages = faded(u->pages);
        u->faults = faded(u->faults);
        u->low = faded(u->low);
    }
    u->days += u->after_days * ONE;
    u->pages += u->after_pages * ONE;
    u->faults += u->after_faults * ONE;
    u->low += u->after_low * ONE;
    u->after_days = u->after_pages = u->after_faults = u->after_low = 0;
    u->fault_score = u->drop_score = 0;
    u->action_id = action_id;
}

struct usage_sum usage_part(const struct usage *u)
{
    bool counts = u->after_days > 0 && u->days >= USAGE_LEAST_DAYS;

    if (!counts)
        return (struct usage_sum){0};
    return (struct usage_sum){.devices = 1,
                              .days = u->after_days,
                              .faults = u->after_faults,
                              .pages = u->after_pages,
                              .due_faults = u->faults * u->after_days * ONE / u->days,
                              .due_pages = u->pages * u->after_days / u->days * ONE,
                              .fault_score = u->fault_score,
                              .drop_score = u->drop_score};
}

/* ---- a stage ------------------------------------------------------------------------------ */

/* A little slack: two ways of writing one number must not differ. */
static bool is_proved(int64_t score, int64_t error_percent)
{
    return (double)score / MILLION >= log(100.0 / (double)error_percent) - 1e-6;
}

bool usage_faults_rose(const struct usage_rules *rules, const struct usage_sum *sum)
{
    if (rules->fault_rise_percent == 0 || sum->devices == 0)
        return false;
    if (sum->faults * ONE * 100 <= sum->due_faults * (100 + rules->fault_rise_percent) &&
        rules->error_percent == 0)
        return false;
    return rules->error_percent == 0 || is_proved(sum->fault_score, rules->error_percent);
}

bool usage_pages_fell(const struct usage_rules *rules, const struct usage_sum *sum)
{
    if (rules->print_drop_percent == 0 || sum->devices == 0 ||
        sum->pages * ONE * 100 >= sum->due_pages * (100 - rules->print_drop_percent))
        return false;
    return rules->error_percent == 0 || is_proved(sum->drop_score, rules->error_percent);
}
