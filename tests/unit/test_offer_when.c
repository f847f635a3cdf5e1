/* When an offer may be carried out, and when a device asks again. */
#include "domain/offer.h"

#include <stdio.h>

#include "domain/checkin.h"
#include "domain/deployment.h"
#include "domain/limits.h"
#include "domain/schedule.h"
#include "support/unit.h"

#define NOW_MS 1790000000000LL
#define HOUR_MS (3600 * 1000LL)

UNIT(own_hours_have_a_before_a_between_and_an_after)
{
    struct schedule none = schedule_own(0, 0, NOW_MS);
    struct schedule before = schedule_own(NOW_MS + 1, NOW_MS + 9, NOW_MS);
    struct schedule at = schedule_own(NOW_MS, NOW_MS + 1, NOW_MS);
    struct schedule after = schedule_own(NOW_MS - 9, NOW_MS, NOW_MS);
    struct schedule from = schedule_own(NOW_MS - 9, 0, NOW_MS);

    assert_false(none.has_window);
    assert_true(before.has_window && !before.is_open && !before.is_lapsed);
    assert_true(at.is_open && !at.is_lapsed);
    assert_true(!after.is_open && after.is_lapsed);
    assert_true(from.is_open && !from.is_lapsed);
}

UNIT(orders_follow_kind_window_and_client)
{
    const struct schedule any = {0}, shut = {.has_window = true},
                          open = {.has_window = true, .is_open = true};
    const struct {
        enum action_kind kind;
        const struct schedule *schedule;
        enum device_quirk quirk;
        enum handling download, update;
        bool is_withheld;
    } rows[] = {
        /* clang-format off */
        {ACTION_FORCED,        &any,  QUIRK_NONE,      HANDLING_FORCED,  HANDLING_FORCED,  false},
        {ACTION_FORCED,        &shut, QUIRK_NONE,      HANDLING_FORCED,  HANDLING_SKIP,    false},
        {ACTION_FORCED,        &shut, QUIRK_RAUC,      HANDLING_FORCED,  HANDLING_SKIP,    false},
        {ACTION_FORCED,        &shut, QUIRK_SURICATTA, HANDLING_FORCED,  HANDLING_SKIP,    true },
        {ACTION_FORCED,        &shut, QUIRK_ZEPHYR,    HANDLING_FORCED,  HANDLING_SKIP,    true },
        {ACTION_FORCED,        &open, QUIRK_SURICATTA, HANDLING_FORCED,  HANDLING_FORCED,  false},
        {ACTION_SOFT,          &open, QUIRK_NONE,      HANDLING_ATTEMPT, HANDLING_ATTEMPT, false},
        {ACTION_SOFT,          &shut, QUIRK_NONE,      HANDLING_ATTEMPT, HANDLING_SKIP,    false},
        {ACTION_DOWNLOAD_ONLY, &any,  QUIRK_RAUC,      HANDLING_FORCED,  HANDLING_SKIP,    false},
        {ACTION_DOWNLOAD_ONLY, &any,  QUIRK_SURICATTA, HANDLING_FORCED,  HANDLING_SKIP,    true },
        {ACTION_TIMEFORCED,    &any,  QUIRK_NONE,      HANDLING_ATTEMPT, HANDLING_ATTEMPT, false},
        /* clang-format on */
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct device device = {.quirk = rows[i].quirk};
        const struct action action = {.kind = rows[i].kind, .forced_ms = NOW_MS + 1};
        struct orders orders = orders_of(&device, &action, rows[i].schedule, NOW_MS);

        assert_int_equal(orders.download, rows[i].download);
        assert_int_equal(orders.update, rows[i].update);
        assert_int_equal(orders.is_withheld, rows[i].is_withheld);
        assert_true(orders.c >= 0 && orders.c <= 0xFFFFFF);
    }
}

UNIT(sleep_is_spread_by_ten_percent_and_another_share_each_time)
{
    int64_t least = 1000, most = 0, same = 0;

    for (int i = 0; i < 500; i++) {
        const char *id = arena_printf(unit->arena, "mfp-%d", i);
        int64_t sleep_s = checkin_sleep_s(300, id, 0, NOW_MS);

        assert_int_equal(sleep_s, checkin_sleep_s(300, id, 0, NOW_MS));
        same += sleep_s == checkin_sleep_s(300, id, 0, NOW_MS + HOUR_MS);
        least = sleep_s < least ? sleep_s : least;
        most = sleep_s > most ? sleep_s : most;
    }
    assert_int_equal(least, 270);
    assert_int_equal(most, 330);
    assert_true(same < 30);
}

UNIT(sleep_ends_soon_after_a_window_opens_and_is_the_usual_one_before)
{
    int64_t usual_s = checkin_sleep_s(7200, "mfp-1", 0, NOW_MS), sleep_s;

    assert_int_equal(checkin_sleep_s(7200, "mfp-1", NOW_MS - 1, NOW_MS), usual_s);
    assert_int_equal(checkin_sleep_s(7200, "mfp-1", NOW_MS + 24 * HOUR_MS, NOW_MS), usual_s);
    sleep_s = checkin_sleep_s(7200, "mfp-1", NOW_MS + HOUR_MS, NOW_MS);
    assert_true(sleep_s >= 3600 && sleep_s < 3900);
    /* Whatever it did before, it comes at the same time. */
    assert_int_equal(checkin_sleep_s(7200, "mfp-1", NOW_MS + HOUR_MS, NOW_MS + HOUR_MS / 2), sleep_s - 1800);
    assert_int_equal(checkin_sleep_s(86399, "mfp-1", NOW_MS + HOUR_MS, NOW_MS), sleep_s);
    /* Who comes more often than that anyway is not slowed down. */
    assert_int_equal(checkin_sleep_s(5, "mfp-1", NOW_MS + HOUR_MS, NOW_MS),
                     checkin_sleep_s(5, "mfp-1", 0, NOW_MS));
    assert_true(checkin_sleep_s(5, "mfp-1", NOW_MS + 2000, NOW_MS) <= 7);
    assert_true(checkin_sleep_s(86399, "mfp-1", 0, NOW_MS) <= 86399);
    assert_true(checkin_sleep_s(1, "mfp-1", 0, NOW_MS) >= 1);
}

/* How many of a thousand devices with such names poll in the busiest second around an opening, when all
 * polled in the same second `hours` before it. */
static int64_t busiest(struct unit *unit, const char *form, int64_t usual_s, int64_t before_ms)
{
    enum { SECONDS = 1200 };
    int64_t polls[SECONDS] = {0}, opens = NOW_MS + before_ms, most = 0;

    for (int i = 0; i < 1000; i++) {
        const char *id = arena_printf(unit->arena, "%s-%04d", form, i);

        for (int64_t now = NOW_MS; now < opens + 300000;) {
            int64_t at;

            now += checkin_sleep_s(usual_s, id, opens, now) * 1000;
            at = (now - opens) / 1000 + SECONDS / 2;
            if (at >= 0 && at < SECONDS)
                most = ++polls[at] > most ? polls[at] : most;
        }
    }
    return most;
}

UNIT(a_thousand_devices_with_one_window_never_poll_in_the_same_second_more_than_sixteen)
{
    static const char *const forms[] = {"mfp", "SN-4711", "a", "zentrale.drucker", "00:11:22:33"};
    static const int64_t usual_s[] = {300, 600, 3600, 43200};
    int64_t most = 0;

    for (size_t f = 0; f < COUNT(forms); f++)
        for (size_t u = 0; u < COUNT(usual_s); u++)
            for (int64_t hours = 2; hours <= 10; hours += 4) {
                int64_t found = busiest(unit, forms[f], usual_s[u], hours * HOUR_MS);

                most = found > most ? found : most;
            }
    printf("busiest second: %lld of 1000\n", (long long)most);
    assert_true(most <= 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(own_hours_have_a_before_a_between_and_an_after),
        UNIT_TEST(orders_follow_kind_window_and_client),
        UNIT_TEST(sleep_is_spread_by_ten_percent_and_another_share_each_time),
        UNIT_TEST(sleep_ends_soon_after_a_window_opens_and_is_the_usual_one_before),
        UNIT_TEST(a_thousand_devices_with_one_window_never_poll_in_the_same_second_more_than_sixteen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
