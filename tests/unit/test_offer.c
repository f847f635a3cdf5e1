#include "domain/offer.h"

#include "domain/checkin.h"
#include "domain/deployment.h"
#include "domain/schedule.h"
#include "support/unit.h"

#define NOW_MS 1790000000000LL
#define HOUR_MS (3600 * 1000LL)

/* A device that runs 1.0 of everything, and a plan that brings 2.0. */
struct scene {
    struct device device;
    struct device_component components[2];
    struct module modules[2];
    struct release release;
    struct rollout rollout;
    struct planned plan;
    struct action open[2];
    struct offer_facts facts;
};

static struct scene *scene_make(struct unit *unit)
{
    struct scene *s = ARENA_NEW(unit->arena, struct scene);

    s->device =
        (struct device){.id = 7, .state = DEVICE_ACTIVE, .controller_id = "mfp-1", .release_counter = 3};
    s->components[0] = (struct device_component){"system", "1.0", "aa", 0};
    s->components[1] = (struct device_component){"scanner", "1.0", "", 0};
    s->modules[0] = (struct module){.id = 11, .component = "system", .version = "2.0", .sha256 = "bb"};
    s->modules[1] = (struct module){.id = 12, .component = "scanner", .version = "2.0", .sha256 = "cc"};
    s->release = (struct release){.id = 5, .state = RELEASE_PUBLISHED, .counter = 4, .min_version = ""};
    s->rollout = (struct rollout){.id = 9, .weight = 500};
    s->plan = (struct planned){&s->rollout, &s->release, s->modules, COUNT(s->modules), 0};
    s->facts = (struct offer_facts){&s->device, s->components, COUNT(s->components), s->open, 0};
    return s;
}

static enum offer_why weigh(const struct scene *s)
{
    return offer_weigh(&s->facts, &s->plan, NULL);
}

UNIT(what_is_lacking_is_due)
{
    struct scene *s = scene_make(unit);
    const struct module *lacking[2];

    assert_int_equal(weigh(s), OFFER_YES);
    assert_int_equal(offer_lacking(&s->facts, s->modules, 2, lacking), 2);
}

UNIT(a_component_that_is_there_in_version_and_bytes_is_not_sent_again)
{
    struct scene *s = scene_make(unit);
    const struct module *lacking[2];

    s->modules[0].version = "1.0";
    assert_int_equal(offer_lacking(&s->facts, s->modules, 2, lacking), 2); /* other bytes of that version */
    s->modules[0].sha256 = "aa";
    assert_int_equal(offer_lacking(&s->facts, s->modules, 2, lacking), 1);
    assert_int_equal(lacking[0]->id, 12);
    s->modules[1].version = "1.0"; /* the device told its version only */
    assert_int_equal(offer_lacking(&s->facts, s->modules, 2, lacking), 0);
    assert_int_equal(weigh(s), OFFER_UP_TO_DATE);
}

UNIT(only_an_active_device_is_offered_anything)
{
    struct scene *s = scene_make(unit);

    for (int state = 0; state < DEVICE_STATE__MAX; state++) {
        s->device.state = (enum device_state)state;
        assert_int_equal(weigh(s), state == DEVICE_ACTIVE ? OFFER_YES : OFFER_NOT_ACTIVE);
    }
}

UNIT(a_rollout_gives_a_device_one_action_unless_it_was_off_all_the_time)
{
    struct scene *s = scene_make(unit);

    for (int state = 0; state < ACTION_STATE__MAX; state++) {
        struct action turn = {.state = (enum action_state)state};

        assert_int_equal(offer_weigh(&s->facts, &s->plan, &turn),
                         state == ACTION_SILENT ? OFFER_YES : OFFER_HAD_TURN);
        turn.was_retrieved = true;
        assert_int_equal(offer_weigh(&s->facts, &s->plan, &turn), OFFER_HAD_TURN);
    }
}

UNIT(what_is_not_published_is_not_offered)
{
    struct scene *s = scene_make(unit);

    s->release.state = RELEASE_STAGED;
    assert_int_equal(weigh(s), OFFER_NOT_OUT);
    s->release.state = RELEASE_WITHDRAWN;
    assert_int_equal(weigh(s), OFFER_NOT_OUT);
}

UNIT(a_release_below_the_installed_counter_is_not_offered)
{
    struct scene *s = scene_make(unit);

    s->release.counter = 3;
    assert_int_equal(weigh(s), OFFER_YES);
    s->release.counter = 2;
    assert_int_equal(weigh(s), OFFER_GOES_BACK);
}

UNIT(a_device_below_the_starting_version_or_of_unknown_version_waits)
{
    struct scene *s = scene_make(unit);

    s->release.min_version = "1.0";
    assert_int_equal(weigh(s), OFFER_YES);
    s->release.min_version = "1.0.1";
    assert_int_equal(weigh(s), OFFER_TOO_OLD);
    s->components[0].version = "1.10"; /* the system speaks for the device */
    assert_int_equal(weigh(s), OFFER_YES);
    s->facts.component_count = 0;
    assert_int_equal(weigh(s), OFFER_TOO_OLD);
    s->facts.components = &s->components[1]; /* no system: the lowest */
    s->facts.component_count = 1;
    assert_int_equal(weigh(s), OFFER_TOO_OLD);
}

UNIT(a_client_of_one_file_is_not_offered_two)
{
    static const bool takes_one[DEVICE_QUIRK__MAX] = {[QUIRK_RAUC] = true, [QUIRK_ZEPHYR] = true};
    struct scene *s = scene_make(unit);

    for (int quirk = 0; quirk < DEVICE_QUIRK__MAX; quirk++) {
        s->device.quirk = (enum device_quirk)quirk;
        s->plan.module_count = 2;
        assert_int_equal(weigh(s), takes_one[quirk] ? OFFER_ONE_PART : OFFER_YES);
        s->plan.module_count = 1;
        assert_int_equal(weigh(s), OFFER_YES);
    }
}

UNIT(what_matters_more_goes_first_but_nobody_is_interrupted_while_flashing)
{
    /* with an open action of the plan's own weight, of more, of less */
    static const enum offer_why same[ACTION_HEALTHY] = {OFFER_BUSY, OFFER_BUSY, OFFER_BUSY,
                                                        OFFER_BUSY, OFFER_BUSY, OFFER_BUSY,
                                                        OFFER_BUSY, OFFER_YES,  OFFER_YES};
    static const enum offer_why less[ACTION_HEALTHY] = {
        OFFER_YES, OFFER_YES, OFFER_YES, OFFER_YES, OFFER_BUSY, OFFER_BUSY, OFFER_BUSY, OFFER_YES, OFFER_YES};
    struct scene *s = scene_make(unit);

    s->facts.open_count = 1;
    for (int state = 0; state < ACTION_HEALTHY; state++) {
        s->open[0] = (struct action){.state = (enum action_state)state, .weight = 500};
        assert_int_equal(weigh(s), same[state]);
        s->open[0].weight = 600;
        assert_int_equal(weigh(s), same[state]);
        s->open[0].weight = 400;
        assert_int_equal(weigh(s), less[state]);
    }
}

UNIT(every_answer_has_its_sentence)
{
    for (int why = 0; why < OFFER_WHY__MAX; why++)
        assert_true(offer_why_text[why] && *offer_why_text[why]);
}

/* ---- when -------------------------------------------------------------------------- */

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

UNIT(sleep_is_spread_by_ten_percent_and_the_same_for_one_device)
{
    int64_t least = 1000, most = 0;

    for (int i = 0; i < 500; i++) {
        const char *id = arena_printf(unit->arena, "mfp-%d", i);
        int64_t sleep_s = checkin_sleep_s(300, id, 0, NOW_MS);

        assert_int_equal(sleep_s, checkin_sleep_s(300, id, 0, NOW_MS + HOUR_MS));
        least = sleep_s < least ? sleep_s : least;
        most = sleep_s > most ? sleep_s : most;
    }
    assert_int_equal(least, 270);
    assert_int_equal(most, 330);
}

UNIT(sleep_shortens_before_a_window_and_never_below_half_a_minute)
{
    int64_t usual_s = checkin_sleep_s(7200, "mfp-1", 0, NOW_MS);

    assert_int_equal(checkin_sleep_s(7200, "mfp-1", NOW_MS - 1, NOW_MS), usual_s);
    assert_int_equal(checkin_sleep_s(7200, "mfp-1", NOW_MS + 24 * HOUR_MS, NOW_MS), usual_s);
    assert_int_equal(checkin_sleep_s(7200, "mfp-1", NOW_MS + 3 * HOUR_MS, NOW_MS),
                     checkin_sleep_s(3600, "mfp-1", 0, NOW_MS));
    assert_int_equal(checkin_sleep_s(7200, "mfp-1", NOW_MS + 5000, NOW_MS),
                     checkin_sleep_s(30, "mfp-1", 0, NOW_MS));
    /* Who comes more often than that anyway is not slowed down. */
    assert_int_equal(checkin_sleep_s(5, "mfp-1", NOW_MS + HOUR_MS, NOW_MS),
                     checkin_sleep_s(5, "mfp-1", 0, NOW_MS));
    assert_true(checkin_sleep_s(86399, "mfp-1", 0, NOW_MS) <= 86399);
    assert_true(checkin_sleep_s(1, "mfp-1", 0, NOW_MS) >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(what_is_lacking_is_due),
        UNIT_TEST(a_component_that_is_there_in_version_and_bytes_is_not_sent_again),
        UNIT_TEST(only_an_active_device_is_offered_anything),
        UNIT_TEST(a_rollout_gives_a_device_one_action_unless_it_was_off_all_the_time),
        UNIT_TEST(what_is_not_published_is_not_offered),
        UNIT_TEST(a_release_below_the_installed_counter_is_not_offered),
        UNIT_TEST(a_device_below_the_starting_version_or_of_unknown_version_waits),
        UNIT_TEST(a_client_of_one_file_is_not_offered_two),
        UNIT_TEST(what_matters_more_goes_first_but_nobody_is_interrupted_while_flashing),
        UNIT_TEST(every_answer_has_its_sentence),
        UNIT_TEST(own_hours_have_a_before_a_between_and_an_after),
        UNIT_TEST(orders_follow_kind_window_and_client),
        UNIT_TEST(sleep_is_spread_by_ten_percent_and_the_same_for_one_device),
        UNIT_TEST(sleep_shortens_before_a_window_and_never_below_half_a_minute),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
