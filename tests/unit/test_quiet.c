/* Known days and the stretch they leave to an update; what a thousand machines that know nothing do. */
#include "support/unit.h"

#include "domain/checkin.h"
#include "domain/quiet.h"

#define AT(h, m) ((h)*60 + (m))
#define EVENING AT(18, 0)
#define MORNING AT(7, 0)

static void finds(const struct quiet_wish *wish, int64_t start_min, int64_t end_min)
{
    struct quiet_stretch s = quiet_find(wish);

    if (s.start_min != start_min || s.end_min != end_min)
        fail_msg("%d to %d instead of %d to %d", (int)s.start_min, (int)s.end_min, (int)start_min,
                 (int)end_min);
}

static void fill(int64_t sums[USAGE_HOURS], int64_t pages)
{
    for (int i = 0; i < USAGE_HOURS; i++)
        sums[i] = pages;
}

UNIT(without_data_it_is_the_middle_of_the_range)
{
    finds(&(struct quiet_wish){.minutes = 120, .from_min = AT(1, 0), .to_min = AT(7, 0)}, AT(3, 0), AT(5, 0));
    finds(&(struct quiet_wish){.minutes = 60, .from_min = EVENING, .to_min = AT(6, 0)}, AT(23, 30),
          AT(0, 30)); /* over midnight */
    finds(&(struct quiet_wish){.minutes = 120, .from_min = EVENING, .to_min = EVENING}, AT(5, 0), AT(7, 0));
}

UNIT(it_is_where_fewest_pages_are_printed)
{
    int64_t sums[USAGE_HOURS];
    struct quiet_wish wish = {
        .minutes = 120, .from_min = EVENING, .to_min = MORNING, .sums = sums, .pick = 12345};

    fill(sums, 100);
    sums[4] = sums[5] = 3;
    finds(&wish, AT(4, 0), AT(6, 0));
    fill(sums, 100);
    sums[23] = sums[0] = 0; /* around midnight */
    finds(&wish, AT(23, 0), AT(1, 0));
    fill(sums, 100);
    sums[12] = sums[13] = 0; /* outside of the range it does not count */
    sums[6] = sums[5] = 99;
    finds(&wish, AT(5, 0), AT(7, 0));
}

UNIT(it_begins_on_the_quarter_that_is_best)
{
    int64_t sums[USAGE_HOURS];
    struct quiet_wish wish = {.minutes = 90, .from_min = EVENING, .to_min = MORNING, .sums = sums};

    fill(sums, 100);
    sums[2] = 0;
    sums[1] = 10; /* rather the half hour before than the one after */
    finds(&wish, AT(1, 30), AT(3, 0));
    sums[1] = 100;
    sums[3] = 10;
    finds(&wish, AT(2, 0), AT(3, 30));
    wish.from_min = AT(18, 10);
    finds(&wish, AT(2, 10), AT(3, 40)); /* quarters count from the first minute it may begin */
}

UNIT(of_equals_it_is_the_one_nearest_the_middle)
{
    int64_t sums[USAGE_HOURS];
    struct quiet_wish wish = {.minutes = 60, .from_min = AT(20, 0), .to_min = AT(6, 0), .sums = sums};

    fill(sums, 50);
    sums[21] = sums[2] = 0; /* the middle is 01:00: 02:00 is nearer than 21:00 */
    finds(&wish, AT(2, 0), AT(3, 0));
    sums[22] = 0;
    finds(&wish, AT(2, 0), AT(3, 0));
    sums[23] = 0; /* as far as 02:00, and earlier */
    finds(&wish, AT(23, 0), AT(0, 0));
}

UNIT(a_range_that_holds_no_more_is_taken_whole)
{
    finds(&(struct quiet_wish){.minutes = 120, .from_min = AT(23, 0), .to_min = AT(1, 0), .pick = 7},
          AT(23, 0), AT(1, 0));
    finds(&(struct quiet_wish){.minutes = 120, .from_min = AT(23, 0), .to_min = AT(0, 0)}, AT(23, 0),
          AT(0, 0));
}

UNIT(a_thousand_that_know_nothing_do_not_begin_in_one_minute)
{
    struct quiet_wish wish = {.minutes = 120, .from_min = EVENING, .to_min = MORNING};
    int begin[24 * 60] = {0}, minutes = 0;

    for (int i = 0; i < 1000; i++) {
        wish.pick = quiet_pick(arena_printf(unit->arena, "mfp-%d", i));
        begin[quiet_find(&wish).start_min]++;
    }
    for (int m = 0; m < 24 * 60; m++) {
        minutes += begin[m] > 0;
        assert_true(begin[m] < 200); /* an eighth, and what chance adds */
        if (begin[m])
            assert_in_range((m + AT(12, 0)) % AT(24, 0), AT(10, 30), AT(12, 30)); /* 22:30 to 00:30 */
    }
    assert_int_equal(minutes, QUIET_EQUALS);
}

/* All ask a moment before the first of them may begin, at the usual pace of five minutes. */
UNIT(nor_do_they_ask_in_one_second)
{
    struct quiet_wish wish = {.minutes = 120, .from_min = EVENING, .to_min = MORNING};
    const int64_t now_ms = AT(22, 29) * 60000LL;
    int in_second[3600] = {0}, most = 0;

    for (int i = 0; i < 1000; i++) {
        const char *id = arena_printf(unit->arena, "mfp-%d", i);
        int64_t opens_min, sleep_s;

        wish.pick = quiet_pick(id);
        opens_min = quiet_find(&wish).start_min;
        opens_min += opens_min < AT(12, 0) ? AT(24, 0) : 0;
        sleep_s = checkin_sleep_s(300, id, opens_min * 60000, now_ms);
        assert_in_range(sleep_s, 1, 3599);
        in_second[sleep_s]++;
    }
    for (int s = 0; s < 3600; s++)
        most = in_second[s] > most ? in_second[s] : most;
    assert_in_range(most, 1, 40);
}

UNIT(a_day_fades_by_an_eighth_with_each_further_one)
{
    int64_t sums[USAGE_HOURS] = {0}, read[USAGE_HOURS], busy[USAGE_HOURS] = {[9] = 100},
            none[USAGE_HOURS] = {0};
    const char *text;

    quiet_learn(sums, busy);
    assert_int_equal(sums[9], 800);
    quiet_learn(sums, none);
    assert_int_equal(sums[9], 700);
    for (int i = 0; i < 200; i++)
        quiet_learn(sums, busy);
    assert_in_range(sums[9], 6390, 6400);
    text = quiet_text(unit->arena, sums);
    MUST(quiet_read(unit->arena, text, read, &unit->err));
    assert_memory_equal(sums, read, sizeof(sums));
}

UNIT(what_is_no_24_sums_is_refused)
{
    int64_t sums[USAGE_HOURS];
    const char *most = "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23";

    REFUSES(ERR_CORRUPT, quiet_read(unit->arena, most, sums, &unit->err));
    REFUSES(ERR_CORRUPT, quiet_read(unit->arena, arena_printf(unit->arena, "%s,-1", most), sums, &unit->err));
    REFUSES(ERR_CORRUPT,
            quiet_read(unit->arena, arena_printf(unit->arena, "%s,1,1", most), sums, &unit->err));
    MUST(quiet_read(unit->arena, arena_printf(unit->arena, "%s,24", most), sums, &unit->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(without_data_it_is_the_middle_of_the_range),
        UNIT_TEST(it_is_where_fewest_pages_are_printed),
        UNIT_TEST(it_begins_on_the_quarter_that_is_best),
        UNIT_TEST(of_equals_it_is_the_one_nearest_the_middle),
        UNIT_TEST(a_range_that_holds_no_more_is_taken_whole),
        UNIT_TEST(a_thousand_that_know_nothing_do_not_begin_in_one_minute),
        UNIT_TEST(nor_do_they_ask_in_one_second),
        UNIT_TEST(a_day_fades_by_an_eighth_with_each_further_one),
        UNIT_TEST(what_is_no_24_sums_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
