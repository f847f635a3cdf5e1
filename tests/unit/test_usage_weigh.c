/* Machines against their own days before: what is halted, and how often a good release is. Fixed seeds. */
#include "domain/usage_weigh.h"

#include <math.h>
#include <stdio.h>

#include "support/unit.h"

#define DEVICES 40
#define BEFORE 20
#define AFTER 5
#define ROUNDS 2000

static const struct usage_rules rules = {
    .fault_rise_percent = 50, .print_drop_percent = 30, .error_percent = 5};

static uint64_t seed;

static double uniform(void)
{
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return ((double)(seed >> 11) + 0.5) / 9007199254740992.0;
}

static int64_t poisson(double mean)
{
    double product = uniform(), limit = exp(-mean);
    int64_t n = 0;

    for (; product > limit; n++)
        product *= uniform();
    return n;
}

/* Pages of a day differ by far more than a Poisson's: log-normal around the device's own mean. */
static int64_t pages(double mean)
{
    double normal = sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());

    return (int64_t)(mean * exp(0.5 * normal - 0.125));
}

struct released { /* a release, as it does to machines */
    double faults, pages;
};

static void add(struct usage_sum *sum, const struct usage *u)
{
    struct usage_sum part = usage_part(u);

    sum->devices += part.devices;
    sum->days += part.days;
    sum->faults += part.faults;
    sum->pages += part.pages;
    sum->due_faults += part.due_faults;
    sum->due_pages += part.due_pages;
    sum->fault_score += part.fault_score;
    sum->drop_score += part.drop_score;
}

struct halts {
    int faults, pages, days; /* days: of the halted, summed */
};

/* One stage from its days before to its days after, looked at every day. */
static void play(const struct released *r, int devices, struct halts *out)
{
    struct usage all[DEVICES] = {0};
    double fault_rate[DEVICES], page_rate[DEVICES];
    bool rose = false, fell = false;

    for (int d = 0; d < devices; d++) {
        fault_rate[d] = 0.05 + 0.5 * uniform() * uniform();
        page_rate[d] = 50 + 2000 * uniform() * uniform();
        for (int i = 0; i < BEFORE; i++)
            usage_before(&all[d],
                         &(struct usage_day){.pages = pages(page_rate[d]), .faults = poisson(fault_rate[d])},
                         rules.print_drop_percent);
    }
    for (int day = 1; day <= AFTER && !rose && !fell; day++) {
        struct usage_sum sum = {0};

        for (int d = 0; d < devices; d++) {
            usage_after(&all[d],
                        &(struct usage_day){.pages = pages(page_rate[d] * r->pages),
                                            .faults = poisson(fault_rate[d] * r->faults)},
                        &rules);
            add(&sum, &all[d]);
        }
        rose = usage_faults_rose(&rules, &sum);
        fell = usage_pages_fell(&rules, &sum);
        out->days += rose || fell ? day : 0;
    }
    out->faults += rose;
    out->pages += fell;
}

static struct halts play_all(const struct released *r, int devices, const char *what)
{
    struct halts h = {0};

    seed = 20261126;
    for (int i = 0; i < ROUNDS; i++)
        play(r, devices, &h);
    printf("%-34s %2d devices, %d days: faults halt %5.2f %%, pages halt %5.2f %%, after %.1f days\n", what,
           devices, AFTER, 100.0 * h.faults / ROUNDS, 100.0 * h.pages / ROUNDS,
           h.faults + h.pages ? (double)h.days / (h.faults + h.pages) : 0.0);
    return h;
}

#define AT_MOST(percent) (ROUNDS * (percent) / 100)

UNIT(a_good_release_is_halted_no_oftener_than_is_stated)
{
    static const int sizes[] = {3, 10, 40};

    (void)unit;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct halts h = play_all(&(struct released){1, 1}, sizes[i], "good");

        assert_true(h.faults <= AT_MOST(rules.error_percent));
        assert_true(h.pages <= AT_MOST(rules.error_percent));
        h = play_all(&(struct released){0.7, 1.2}, sizes[i], "better");
        assert_true(h.faults <= AT_MOST(1));
        assert_true(h.pages <= AT_MOST(1));
    }
}

UNIT(a_bad_release_is_found)
{
    struct halts h;

    (void)unit;
    h = play_all(&(struct released){3, 1}, 40, "faults three times as often");
    assert_true(h.faults >= AT_MOST(95));
    h = play_all(&(struct released){2, 1}, 40, "faults twice as often");
    assert_true(h.faults >= AT_MOST(60));
    h = play_all(&(struct released){1, 0.3}, 40, "pages fall by 70 %");
    assert_true(h.pages >= AT_MOST(95));
    h = play_all(&(struct released){1, 0.5}, 40, "pages fall by half");
    assert_true(h.pages >= AT_MOST(60));
    play_all(&(struct released){3, 1}, 10, "faults three times as often");
    play_all(&(struct released){1, 0.3}, 10, "pages fall by 70 %");
}

UNIT(a_machine_without_days_before_says_nothing)
{
    struct usage u = {0};
    struct usage_sum sum;

    (void)unit;
    for (int i = 0; i < 5; i++)
        usage_after(&u, &(struct usage_day){.pages = 0, .faults = 50}, &rules);
    sum = usage_part(&u);
    assert_int_equal(sum.devices, 0);
    assert_false(usage_faults_rose(&rules, &sum));
    assert_false(usage_pages_fell(&rules, &sum));
}

UNIT(days_after_one_update_are_the_days_before_the_next)
{
    struct usage u = {0};

    (void)unit;
    for (int i = 0; i < BEFORE; i++)
        usage_before(&u, &(struct usage_day){.pages = 100, .faults = 1}, 0);
    usage_renew(&u, 7);
    usage_after(&u, &(struct usage_day){.pages = 100, .faults = 1}, &rules);
    assert_int_equal(u.after_days, 1);
    assert_int_equal(usage_part(&u).due_faults, 1000);
    usage_renew(&u, 8);
    assert_int_equal(u.after_days, 0);
    assert_int_equal(u.action_id, 8);
    assert_int_equal(u.pages / u.days, 100);
    assert_int_equal(usage_part(&u).devices, 0);
}

UNIT(without_a_test_the_bare_ratio_decides)
{
    const struct usage_rules bare = {.fault_rise_percent = 50, .print_drop_percent = 30};
    const struct usage_sum more = {
        .devices = 1, .days = 1, .faults = 2, .due_faults = 1000, .pages = 69, .due_pages = 100000};
    const struct usage_sum same = {
        .devices = 1, .days = 1, .faults = 3, .due_faults = 2000, .pages = 70, .due_pages = 100000};

    (void)unit;
    assert_true(usage_faults_rose(&bare, &more));
    assert_false(usage_faults_rose(&bare, &same));
    assert_true(usage_pages_fell(&bare, &more));
    assert_false(usage_pages_fell(&bare, &same));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_good_release_is_halted_no_oftener_than_is_stated),
        UNIT_TEST(a_bad_release_is_found),
        UNIT_TEST(a_machine_without_days_before_says_nothing),
        UNIT_TEST(days_after_one_update_are_the_days_before_the_next),
        UNIT_TEST(without_a_test_the_bare_ratio_decides),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
