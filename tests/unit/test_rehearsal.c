/* Rollouts on the virtual clock, small enough that the answer is known beforehand. */
#include "domain/rehearsal.h"

#include "base/text.h"
#include "domain/gate_weigh.h"
#include "domain/rehearsal_place.h"
#include "support/unit.h"

#define MINUTE_MS 60000LL
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define FROM_MS 1790000100000LL /* Monday, 21 September 2026, 14:15 UTC */
#define DEVICES 200

struct stand { /* everything a rehearsal needs; tests change what they are about */
    struct rollout rollout;
    struct rollout_stage stages[3];
    struct rollout_tally before[3];
    struct rehearsal_place places[2];
    struct rehearsal_device devices[DEVICES];
    int64_t took[1];
    struct rehearsal_facts facts;
    struct rehearsal out;
};

/* Devices 0..9 are the first stage, the rest the last; nights from 22:00 to 05:00 UTC; an install takes 30
 * min. */
static struct stand *stand(struct unit *unit)
{
    struct stand *s = ARENA_NEW(unit->arena, struct stand);
    static const struct window night = {.start_min = 22 * 60, .end_min = 5 * 60, .days = 127, .zone = ""};
    const struct rehearsal_hours hours = {
        .window = &night, .zone = "UTC", .from_ms = FROM_MS, .until_ms = FROM_MS + 30 * DAY_MS};

    s->rollout = (struct rollout){.id = 1,
                                  .state = ROLLOUT_DRAFT,
                                  .fail_percent = 5,
                                  .healthy_percent = 90,
                                  .min_failures = 1,
                                  .deadline_h = 72,
                                  .error_percent = 5};
    s->stages[0] = (struct rollout_stage){.kind = STAGE_COUNT, .value = 10, .planned = 10};
    s->stages[1] = (struct rollout_stage){.no = 1, .kind = STAGE_REST, .planned = DEVICES - 10};
    s->took[0] = 30 * MINUTE_MS;
    for (int i = 0; i < DEVICES; i++)
        s->devices[i] = (struct rehearsal_device){.id = i + 1, .bytes = 1000, .stage = i >= 10};
    MUST(rehearsal_place_make(unit->arena, &hours, &s->places[0], &unit->err));
    s->facts = (struct rehearsal_facts){.rollout = &s->rollout,
                                        .stages = s->stages,
                                        .stage_count = 2,
                                        .before = s->before,
                                        .devices = s->devices,
                                        .count = DEVICES,
                                        .places = s->places,
                                        .place_count = 2,
                                        .from_ms = FROM_MS,
                                        .nights = 30,
                                        .poll_ms = 300000,
                                        .seed = 7,
                                        .took_ms = s->took,
                                        .took_count = 1,
                                        .need_ms = 30 * MINUTE_MS,
                                        .bad_share = 0.3};
    return s;
}

static struct rehearsal *run(struct unit *unit, struct stand *s)
{
    rehearsal_run(unit->arena, &s->facts, &s->out);
    return &s->out;
}

UNIT(two_stages_of_a_good_release_are_over_in_one_night)
{
    struct stand *s = stand(unit);
    struct rehearsal *r = run(unit, s);

    assert_int_equal(r->planned, DEVICES);
    assert_int_equal(r->offered, DEVICES);
    assert_int_equal(r->installed, DEVICES);
    assert_int_equal(r->failed, 0);
    assert_int_equal(r->halt_ms, 0);
    /* 22:00 and up to five minutes, half an hour, and the same again in the same night. */
    assert_in_range(r->stages[1].opened_ms, FROM_MS + 8 * HOUR_MS, FROM_MS + 9 * HOUR_MS);
    assert_in_range(r->finish_ms, FROM_MS + 8 * HOUR_MS + 45 * MINUTE_MS, FROM_MS + 10 * HOUR_MS);
    assert_int_equal(r->night_count, 1);
    assert_int_equal(r->nights[0].bytes, DEVICES * 1000);
    assert_int_equal(r->nights[0].busiest_bytes,
                     (DEVICES - 10) * 1000); /* the rest fetches as soon as it may */
    assert_int_equal(r->never_count, 0);
}

/* Downloads from 23:00 to midnight: what was offered in the afternoon is fetched then, and installed in what is left of
 * the night. A client that does both in one go does both when the night begins. */
UNIT(what_may_be_fetched_in_some_hours_only_is_installed_after_them)
{
    struct stand *s = stand(unit);
    static const struct window night = {.start_min = 22 * 60, .end_min = 5 * 60, .days = 127, .zone = ""},
                               hour = {.start_min = 23 * 60,
                                       .end_min = 23 * 60 + 55,
                                       .days = 127,
                                       .zone = ""},
                               noon = {.start_min = 12 * 60, .end_min = 13 * 60, .days = 127, .zone = ""};
    struct rehearsal_hours hours = {.window = &night,
                                    .download = &hour,
                                    .zone = "UTC",
                                    .from_ms = FROM_MS,
                                    .until_ms = FROM_MS + 30 * DAY_MS};
    const int64_t opens_ms = FROM_MS + 8 * HOUR_MS + 45 * MINUTE_MS; /* 23:00 */

    MUST(rehearsal_place_make(unit->arena, &hours, &s->places[0], &unit->err));
    s->devices[0].fetches = REHEARSAL_FETCHES_THEN;
    s->devices[1].fetches = REHEARSAL_FETCHES_BY_HOURS;
    run(unit, s);
    assert_int_equal(s->out.installed, DEVICES);
    assert_in_range(s->out.stages[1].opened_ms, opens_ms + 30 * MINUTE_MS, opens_ms + HOUR_MS);
    for (int i = 0; i < 2; i++) { /* theirs are the hours for installs as well */
        assert_int_equal(s->devices[i].fetched, s->devices[i].begins);
        assert_in_range(FROM_MS + s->devices[i].begins * REHEARSAL_SLOT_MS, opens_ms - HOUR_MS, opens_ms);
    }
    for (int i = 2; i < DEVICES; i++) {
        int64_t at_ms = FROM_MS + s->devices[i].fetched * REHEARSAL_SLOT_MS;

        assert_in_range(at_ms, opens_ms, opens_ms + HOUR_MS);
        assert_true(s->devices[i].begins >= s->devices[i].fetched);
    }

    hours.download = &noon; /* fetched the day after, installed at night */
    MUST(rehearsal_place_make(unit->arena, &hours, &s->places[0], &unit->err));
    s->devices[0].fetches = s->devices[1].fetches = REHEARSAL_FETCHES;
    run(unit, s);
    assert_true(s->out.stages[1].opened_ms > FROM_MS + DAY_MS);
    assert_int_equal(s->out.installed, DEVICES);
}

UNIT(a_soak_keeps_the_next_stage_shut)
{
    struct stand *s = stand(unit);

    s->rollout.soak_min = 24 * 60;
    run(unit, s);
    assert_true(s->out.stages[1].opened_ms >= FROM_MS + 32 * HOUR_MS);
    assert_int_equal(s->out.nights[0].installed, 10);
    assert_int_equal(s->out.installed, DEVICES);
}

UNIT(a_night_that_the_clock_change_shortens_is_too_short_for_what_fills_it)
{
    struct stand *s = stand(unit);
    static const struct window two = {.start_min = 60, .end_min = 4 * 60, .days = 127, .zone = ""};
    /* Berlin, 2027-03-28: from 01:00 to 04:00 are two hours, on every other night three. */
    struct rehearsal_hours hours = {.window = &two, .zone = "Europe/Berlin"};
    int64_t days[] = {0, 0};

    MUST(text_time_parse("2027-03-27T12:00:00Z", &hours.from_ms));
    hours.until_ms = hours.from_ms + 3 * DAY_MS;
    MUST(rehearsal_place_make(unit->arena, &hours, &s->places[0], &unit->err));
    assert_int_equal(s->places[0].count, 3);
    for (size_t i = 0; i < 2; i++)
        days[i] = s->places[0].spans[i].closes_ms - s->places[0].spans[i].opens_ms;
    assert_int_equal(days[0], 2 * HOUR_MS);
    assert_int_equal(days[1], 3 * HOUR_MS);
    s->facts.from_ms = hours.from_ms;
    s->facts.nights = 3;
    s->facts.need_ms = s->took[0] = 150 * MINUTE_MS;
    run(unit, s);
    assert_int_equal(s->out.nights[0].installed, 0);
    assert_int_equal(s->out.nights[1].installed, 10);
    assert_int_equal(s->out.nights[2].installed, DEVICES - 10);
}

UNIT(a_device_with_too_short_a_window_is_named_and_counts_as_no_failure)
{
    struct stand *s = stand(unit);
    static const struct rehearsal_span spans[] = {
        {FROM_MS + HOUR_MS, FROM_MS + HOUR_MS + 20 * MINUTE_MS},
        {FROM_MS + 25 * HOUR_MS, FROM_MS + 25 * HOUR_MS + 20 * MINUTE_MS}};

    s->places[1] = (struct rehearsal_place){.spans = spans, .count = 2};
    s->devices[150].place = 1;
    run(unit, s);
    assert_int_equal(s->out.never_count, 1);
    assert_int_equal(s->out.never[0], 151);
    assert_int_equal(s->out.never_why[0], REHEARSAL_TOO_SHORT);
    assert_int_equal(s->out.left[REHEARSAL_TOO_SHORT].devices, 1);
    assert_int_equal(s->out.installed, DEVICES - 1);
    assert_int_equal(s->out.failed, 0);
    assert_int_equal(s->out.finish_ms, 0); /* it is waited for */
}

UNIT(who_waits_for_its_hours_past_the_deadline_is_not_late)
{
    struct stand *s = stand(unit);
    static const struct rehearsal_span sunday[] = {
        {FROM_MS + 6 * DAY_MS, FROM_MS + 6 * DAY_MS + 4 * HOUR_MS}};

    s->places[1] = (struct rehearsal_place){.spans = sunday, .count = 1};
    for (int i = 100; i < DEVICES; i++)
        s->devices[i].place = 1;
    run(unit, s);
    assert_int_equal(s->out.halt_ms, 0);
    assert_int_equal(s->out.failed, 0);
    assert_int_equal(s->out.installed, DEVICES);
    assert_true(s->out.finish_ms > FROM_MS + 6 * DAY_MS);
}

UNIT(a_release_that_always_fails_is_halted_in_its_first_stage)
{
    struct stand *s = stand(unit);
    struct rehearsal *r;

    s->facts.fail_share = s->facts.bad_share = 1;
    r = run(unit, s);
    assert_int_not_equal(r->halt_ms, 0);
    assert_non_null(strstr(r->reason, "stage 0"));
    assert_int_equal(r->stages[1].opened_ms, 0);
    assert_int_equal(r->failed, 10);
    assert_int_equal(r->left[REHEARSAL_HALTED].devices, DEVICES - 10);
    assert_int_equal(r->bad.trials, REHEARSAL_TRIALS);
    assert_int_equal(r->bad.halted, REHEARSAL_TRIALS);
    assert_int_equal(r->bad.halted_at[0], REHEARSAL_TRIALS);
    assert_int_equal(r->bad.bricked[REHEARSAL_TRIALS - 1], 10);
}

UNIT(a_bad_release_is_halted_as_often_as_the_gate_halts_it)
{
    struct stand *s = stand(unit);
    struct rehearsal *r;
    double sum = 0, ways = 1;

    /* One stage of ten that have all begun before the first ends: only the number of failures matters, and
     * three halt it. P(three or more of ten at 30 %) is 0.617. */
    assert_int_equal(gate_least(&(struct gate_rules){5, 90, 1, 5}, 10, 10), 3);
    s->stages[0].planned = 10;
    s->facts.stage_count = 1;
    s->facts.count = 10;
    r = run(unit, s);
    for (int k = 0; k < 3; k++) {
        double p = ways;

        for (int i = 0; i < 10; i++)
            p *= i < k ? 0.3 : 0.7;
        sum += p;
        ways *= (10.0 - k) / (k + 1);
    }
    assert_in_range(r->bad.halted, (int64_t)((1 - sum) * 1000) - 40, (int64_t)((1 - sum) * 1000) + 40);
}

UNIT(held_devices_are_offered_it_when_their_hold_ends_and_excused_until_then)
{
    struct stand *s = stand(unit);
    static const struct rehearsal_span hold[] = {{0, FROM_MS + 5 * DAY_MS}};
    static const struct window night = {.start_min = 22 * 60, .end_min = 5 * 60, .days = 127, .zone = ""};
    const struct rehearsal_hours hours = {.window = &night,
                                          .zone = "UTC",
                                          .holds = hold,
                                          .hold_count = 1,
                                          .from_ms = FROM_MS,
                                          .until_ms = FROM_MS + 30 * DAY_MS};

    MUST(rehearsal_place_make(unit->arena, &hours, &s->places[1], &unit->err));
    assert_true(s->places[1].spans[0].opens_ms >= FROM_MS + 5 * DAY_MS);
    for (int i = 100; i < DEVICES; i++)
        s->devices[i].place = 1;
    run(unit, s);
    assert_int_equal(s->out.halt_ms, 0); /* their silence is nobody's fault, though past the deadline */
    assert_int_equal(s->out.installed, DEVICES);
    assert_int_equal(s->out.nights[0].installed, 100);
    assert_int_equal(s->out.nights[5].installed, 100);
}

UNIT(who_is_never_offered_it_counts_as_silent_when_the_deadline_has_passed)
{
    struct stand *s = stand(unit);

    for (int i = 0; i < 4; i++)
        s->devices[i].why = OFFER_TOO_OLD;
    run(unit, s);
    assert_int_not_equal(s->out.halt_ms, 0);
    assert_true(s->out.halt_ms > FROM_MS + 72 * HOUR_MS);
    assert_int_equal(s->out.left[OFFER_TOO_OLD].devices, 4);
    assert_int_equal(s->out.never_count, 4);
}

UNIT(a_budget_of_devices_at_once_spreads_them_over_nights)
{
    struct stand *s = stand(unit);

    s->facts.at_once = 19;
    run(unit, s);
    assert_int_equal(s->out.installed, DEVICES);
    for (size_t i = 0; i < s->out.night_count; i++)
        assert_true(s->out.nights[i].installed <= 19 * 15); /* a night has room for so many half hours */
    assert_true(s->out.finish_ms > FROM_MS + 12 * HOUR_MS);
}

UNIT(the_same_seed_gives_the_same_nights_and_another_seed_others)
{
    struct stand *a = stand(unit), *b = stand(unit), *c = stand(unit);

    a->facts.fail_share = b->facts.fail_share = c->facts.fail_share = 0.02;
    c->facts.seed = 8;
    run(unit, a);
    run(unit, b);
    run(unit, c);
    assert_memory_equal(a->out.nights, b->out.nights, sizeof(*a->out.nights) * a->out.night_count);
    assert_memory_equal(a->devices, b->devices, sizeof(a->devices));
    assert_memory_equal(&a->out.bad, &b->out.bad, sizeof(a->out.bad));
    assert_memory_not_equal(a->devices, c->devices, sizeof(a->devices));
}

UNIT(a_device_takes_32_bytes)
{
    (void)unit;
    assert_int_equal(sizeof(struct rehearsal_device), 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(two_stages_of_a_good_release_are_over_in_one_night),
        UNIT_TEST(what_may_be_fetched_in_some_hours_only_is_installed_after_them),
        UNIT_TEST(a_soak_keeps_the_next_stage_shut),
        UNIT_TEST(a_night_that_the_clock_change_shortens_is_too_short_for_what_fills_it),
        UNIT_TEST(a_device_with_too_short_a_window_is_named_and_counts_as_no_failure),
        UNIT_TEST(who_waits_for_its_hours_past_the_deadline_is_not_late),
        UNIT_TEST(a_release_that_always_fails_is_halted_in_its_first_stage),
        UNIT_TEST(a_bad_release_is_halted_as_often_as_the_gate_halts_it),
        UNIT_TEST(held_devices_are_offered_it_when_their_hold_ends_and_excused_until_then),
        UNIT_TEST(who_is_never_offered_it_counts_as_silent_when_the_deadline_has_passed),
        UNIT_TEST(a_budget_of_devices_at_once_spreads_them_over_nights),
        UNIT_TEST(the_same_seed_gives_the_same_nights_and_another_seed_others),
        UNIT_TEST(a_device_takes_32_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
