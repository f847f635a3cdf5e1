/* Nobody is surprised by metadata that expires: each step is told once, at its time. */
#include "domain/freshness.h"

#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "domain/repository.h"
#include "support/ops.h"
#include "support/unit.h"

#define DAY INT64_C(86400000)
#define HOUR INT64_C(3600000)

UNIT(what_people_sign_alarms_at_half_and_then_by_days)
{
    static const struct {
        int64_t left_days;
        enum freshness step;
    } table[] = {{730, FRESH},   {366, FRESH},   {365, FRESH_HALF},  {61, FRESH_HALF},     {60, FRESH_60},
                 {31, FRESH_60}, {30, FRESH_30}, {15, FRESH_30},     {14, FRESH_14},       {8, FRESH_14},
                 {7, FRESH_7},   {1, FRESH_7},   {0, FRESH_EXPIRED}, {-100, FRESH_EXPIRED}};

    for (size_t i = 0; i < COUNT(table); i++)
        assert_int_equal(freshness_of(0, 730 * DAY, true, (730 - table[i].left_days) * DAY), table[i].step);
}

UNIT(steps_before_half_of_a_short_life_are_none)
{
    assert_int_equal(freshness_of(0, 90 * DAY, true, 31 * DAY), FRESH); /* 59 days left, of 90 */
    assert_int_equal(freshness_of(0, 90 * DAY, true, 45 * DAY), FRESH_HALF);
    assert_int_equal(freshness_of(0, 90 * DAY, true, 60 * DAY), FRESH_30);
    assert_int_equal(freshness_of(0, 10 * DAY, true, 4 * DAY), FRESH); /* 6 days left, of 10 */
    assert_int_equal(freshness_of(0, 10 * DAY, true, 9 * DAY), FRESH_HALF);
}

UNIT(what_the_service_signs_alarms_when_half_of_what_was_left_is_gone)
{
    assert_int_equal(freshness_of(0, 48 * HOUR, false, 24 * HOUR), FRESH); /* it is about to be signed */
    assert_int_equal(freshness_of(0, 48 * HOUR, false, 35 * HOUR), FRESH);
    assert_int_equal(freshness_of(0, 48 * HOUR, false, 36 * HOUR), FRESH_HALF);
    assert_int_equal(freshness_of(0, 48 * HOUR, false, 48 * HOUR), FRESH_EXPIRED);
    assert_int_equal(freshness_of(0, 730 * DAY, false, 700 * DAY), FRESH_HALF); /* days are for people */
}

/* ---- the clock is moved, hour by hour ------------------------------------------------------------- */

/* How often the log says these words while hours pass, the service signing or not. */
static int said(struct unit *unit, struct ops *ops, const char *words, int64_t from, int64_t to,
                bool is_signing)
{
    char text[1 << 16];
    int ends[2], count = 0;

    assert_int_equal(pipe(ends), 0);
    log_start(LOG_WARN, ends[1]);
    for (int64_t at = from; at < to; at += HOUR) {
        if (is_signing)
            MUST(repository_tick(&ops->s.world, ops->s.now_ms + at, &unit->err));
        MUST(freshness_tick(&ops->s.world, ops->s.now_ms + at, &unit->err));
    }
    log_start(LOG_ERROR, 2);
    close(ends[1]);
    ssize_t size = read(ends[0], text, sizeof(text) - 1);
    close(ends[0]);
    text[size > 0 ? size : 0] = '\0';
    for (const char *at = text; (at = strstr(at, words)); at++)
        count++;
    return count;
}

UNIT(a_root_that_nobody_renews_is_told_once_at_each_step)
{
    struct ops *ops = ops_world(unit->arena); /* its root lives for 730 days */

    assert_int_equal(said(unit, ops, "role=root", 0, 364 * DAY, false), 0);
    assert_int_equal(said(unit, ops, "role=root step=half", 364 * DAY, 367 * DAY, false), 1);
    assert_int_equal(said(unit, ops, "role=root", 367 * DAY, 669 * DAY, false), 0);
    assert_int_equal(said(unit, ops, "role=root step=\"60 days\"", 669 * DAY, 672 * DAY, false), 1);
    assert_int_equal(said(unit, ops, "role=root step=\"30 days\"", 699 * DAY, 702 * DAY, false), 1);
    assert_int_equal(said(unit, ops, "role=root step=\"14 days\"", 715 * DAY, 718 * DAY, false), 1);
    assert_int_equal(said(unit, ops, "role=root step=\"7 days\"", 722 * DAY, 725 * DAY, false), 1);
    assert_int_equal(said(unit, ops, "role=root step=expired", 729 * DAY, 733 * DAY, false), 1);
}

UNIT(a_service_that_signs_is_never_told_and_one_that_cannot_is)
{
    struct ops *ops = ops_world(unit->arena);

    assert_int_equal(said(unit, ops, "role=timestamp", 0, 20 * DAY, true), 0);
    assert_int_equal(said(unit, ops, "role=timestamp step=half", 20 * DAY, 22 * DAY, false), 1);
    assert_int_equal(said(unit, ops, "error trust.expires tenant=DEFAULT role=timestamp step=expired",
                          21 * DAY, 24 * DAY, false),
                     1);
}

UNIT(the_metric_says_the_step_of_each_role)
{
    struct ops *ops = ops_world(unit->arena);
    struct buf out = {.arena = unit->arena};

    freshness_figures(&ops->s.world, ops->s.now_ms, &out);
    assert_non_null(strstr(buf_cstr(&out), "nightshift_tuf_alarm{tenant=\"DEFAULT\",role=\"root\"} 0\n"));
    out = (struct buf){.arena = unit->arena};
    freshness_figures(&ops->s.world, ops->s.now_ms + 715 * DAY, &out);
    assert_non_null(strstr(buf_cstr(&out), "nightshift_tuf_alarm{tenant=\"DEFAULT\",role=\"root\"} 3\n"));
    assert_non_null(
        strstr(buf_cstr(&out), "nightshift_tuf_alarm{tenant=\"DEFAULT\",role=\"timestamp\"} 6\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(what_people_sign_alarms_at_half_and_then_by_days),
        UNIT_TEST(steps_before_half_of_a_short_life_are_none),
        UNIT_TEST(what_the_service_signs_alarms_when_half_of_what_was_left_is_gone),
        UNIT_TEST(a_root_that_nobody_renews_is_told_once_at_each_step),
        UNIT_TEST(a_service_that_signs_is_never_told_and_one_that_cannot_is),
        UNIT_TEST(the_metric_says_the_step_of_each_role),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
