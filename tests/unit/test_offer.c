#include "domain/offer.h"

#include <stdio.h>

#include "domain/checkin.h"
#include "domain/deployment.h"
#include "domain/limits.h"
#include "domain/schedule.h"
#include "support/unit.h"

#define NOW_MS 1790000000000LL

/* A device that runs 1.0 of everything, and a plan that brings 2.0. */
struct scene {
    struct device device;
    struct device_component components[2];
    struct module modules[2];
    struct release release;
    struct rollout rollout;
    struct rollout_terms terms;
    struct planned plan;
    struct load load;
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
    s->rollout = (struct rollout){.id = 9, .state = ROLLOUT_RUNNING, .weight = 500};
    s->plan = (struct planned){.rollout = &s->rollout,
                               .release = &s->release,
                               .terms = &s->terms,
                               .modules = s->modules,
                               .module_count = COUNT(s->modules)};
    s->facts = (struct offer_facts){.device = &s->device,
                                    .components = s->components,
                                    .component_count = COUNT(s->components),
                                    .open = s->open,
                                    .now_ms = NOW_MS};
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
        assert_int_equal(weigh(s), state == DEVICE_ACTIVE        ? OFFER_YES
                                   : state == DEVICE_QUARANTINED ? OFFER_QUARANTINED
                                                                 : OFFER_NOT_ACTIVE);
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

UNIT(who_takes_a_download_for_an_installation_is_not_offered_one)
{
    static const bool misreads[DEVICE_QUIRK__MAX] = {[QUIRK_SURICATTA] = true, [QUIRK_ZEPHYR] = true};
    struct scene *s = scene_make(unit);

    s->plan.module_count = 1;
    s->rollout.kind = ACTION_DOWNLOAD_ONLY;
    for (int quirk = 0; quirk < DEVICE_QUIRK__MAX; quirk++) {
        s->device.quirk = (enum device_quirk)quirk;
        assert_int_equal(weigh(s), misreads[quirk] ? OFFER_FETCH_ONLY : OFFER_YES);
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
        assert_true(offer_why_text[why] && *offer_why_text[why] && offer_why_name[why] &&
                    *offer_why_name[why]);
    for (int why = 0; why < ORDER_WHY__MAX; why++)
        assert_true(order_why_name[why] && *order_why_name[why]);
}

UNIT(who_is_held_waits_and_so_does_who_comes_before_its_stage)
{
    struct scene *s = scene_make(unit);
    const struct hold holds[] = {{.id = 1, .from_ms = 0, .until_ms = NOW_MS},
                                 {.id = 2, .until_ms = NOW_MS + 1}};

    s->plan.holds = holds;
    s->plan.hold_count = 1;
    assert_int_equal(weigh(s), OFFER_YES); /* over */
    s->plan.hold_count = 2;
    assert_int_equal(weigh(s), OFFER_HELD);
    s->plan.hold_count = 0;
    s->plan.stage = 1;
    assert_int_equal(weigh(s), OFFER_STAGE_SHUT);
    s->plan.stage = 0;
    s->rollout.state = ROLLOUT_HALTED;
    assert_int_equal(weigh(s), OFFER_NOT_RUNNING);
}

/* xorshift: any facts, the same in every run. */
static uint64_t next(uint64_t *state, uint64_t below)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state % below;
}

/* Limits of all kinds, most of them with room. */
static void shuffle_limits(struct scene *s, uint64_t *seed)
{
    s->terms = (struct rollout_terms){.site_most = (int64_t)next(seed, 4),
                                      .keeps_one = next(seed, 4) == 0,
                                      .at_once = (int64_t)next(seed, 4),
                                      .bytes_hour = (int64_t)next(seed, 4),
                                      .latest_ms = next(seed, 4) ? 0 : NOW_MS + (int64_t)next(seed, 2)};
    s->load = (struct load){
        .machines = (int64_t)next(seed, 3), .has_other = next(seed, 2), .never_fits = next(seed, 4) == 0};
    s->load.under_way.at_site = (int64_t)next(seed, 4);
    s->load.under_way.of_rollout = (int64_t)next(seed, 4);
    s->load.bytes = 1;
    s->load.slots[BUDGET_ROLLOUT][0] = (struct offered_slot){NOW_MS, (int64_t)next(seed, 4)};
    s->load.slot_count[BUDGET_ROLLOUT] = 1;
    s->device.site = next(seed, 3) ? "oslo" : "";
    s->plan.terms = &s->terms;
    s->plan.superseded_by = next(seed, 8) ? NULL : "newer";
    s->plan.load = next(seed, 2) ? &s->load : NULL;
}

/* Mostly in order, so that every reason alone and no reason at all come up, too. */
static void shuffle(struct scene *s, struct action *turn, bool *has_turn, struct hold *hold, uint64_t *seed)
{
    static const char *const versions[] = {"0.9", "1.0", "2.0"};

    s->device.state = next(seed, 6) ? DEVICE_ACTIVE : (enum device_state)next(seed, DEVICE_STATE__MAX);
    s->device.quirk = next(seed, 4) ? QUIRK_NONE : (enum device_quirk)next(seed, DEVICE_QUIRK__MAX);
    s->device.release_counter = (int64_t)next(seed, 6);
    s->components[0].version = versions[next(seed, 3)];
    s->components[1].version = versions[next(seed, 3)];
    s->components[0].sha256 = next(seed, 2) ? "" : "bb";
    s->release.state = next(seed, 6) ? RELEASE_PUBLISHED : (enum release_state)next(seed, RELEASE_STATE__MAX);
    s->release.min_version = next(seed, 4) ? "" : "1.0";
    s->rollout.state = next(seed, 6) ? ROLLOUT_RUNNING : (enum rollout_state)next(seed, ROLLOUT_STATE__MAX);
    s->rollout.stage = (int64_t)next(seed, 3);
    s->rollout.kind = (enum action_kind)next(seed, ACTION_KIND__MAX);
    s->plan.stage = (int64_t)next(seed, 3);
    *hold = (struct hold){.from_ms = NOW_MS - 1 + (int64_t)next(seed, 3),
                          .until_ms = NOW_MS + (int64_t)next(seed, 2)};
    s->plan.holds = hold;
    s->plan.hold_count = next(seed, 3) == 0;
    s->facts.open_count = next(seed, 3);
    for (size_t i = 0; i < s->facts.open_count; i++)
        s->open[i] = (struct action){.state = (enum action_state)next(seed, ACTION_HEALTHY),
                                     .weight = 400 + 100 * (int64_t)next(seed, 3)};
    shuffle_limits(s, seed);
    *has_turn = next(seed, 4) == 0;
    *turn = (struct action){.state = (enum action_state)next(seed, ACTION_STATE__MAX),
                            .was_retrieved = next(seed, 2)};
}

UNIT(for_any_facts_the_offer_is_made_exactly_when_nothing_stands_in_the_trace)
{
    struct scene *s = scene_make(unit);
    uint64_t seed = 20261126;
    size_t seen[OFFER_WHY__MAX] = {0}, alone[OFFER_WHY__MAX] = {0};

    for (int round = 0; round < 200000; round++) {
        struct offer_trace trace;
        struct action turn;
        struct hold hold;
        bool has_turn;
        enum offer_why why;

        shuffle(s, &turn, &has_turn, &hold, &seed);
        offer_explain(&s->facts, &s->plan, has_turn ? &turn : NULL, &trace);
        why = offer_weigh(&s->facts, &s->plan, has_turn ? &turn : NULL);
        assert_int_equal(why == OFFER_YES, trace.count == 0);
        assert_int_equal(why, trace.count ? trace.at[0].why : OFFER_YES);
        for (size_t i = 0; i < trace.count; i++) {
            assert_true(i == 0 || trace.at[i - 1].why < trace.at[i].why);
            assert_int_equal(trace.at[i].hold != NULL, trace.at[i].why == OFFER_HELD);
            seen[trace.at[i].why]++;
        }
        alone[why] += trace.count <= 1;
    }
    /* Every reason came up, together with others and as the only one. */
    for (int why = OFFER_NOT_ACTIVE; why < OFFER_WHY__MAX; why++)
        if (!seen[why] || !alone[why])
            fail_msg("%s never stood alone", offer_why_name[why]);
    assert_true(alone[OFFER_YES] > 1000);
}

UNIT(orders_say_skip_exactly_when_something_that_stops_stands_in_the_trace)
{
    const struct device device = {.quirk = QUIRK_NONE};

    (void)unit;
    for (int state = 0; state < ACTION_HEALTHY; state++)
        for (int kind = 0; kind < ACTION_KIND__MAX; kind++)
            for (int bits = 0; bits < 1024; bits++) {
                const struct schedule schedule = {.has_window = bits & 1,
                                                  .is_open = bits & 2,
                                                  .is_held = bits & 4,
                                                  .is_ending = bits & 16,
                                                  .is_short = bits & 32,
                                                  .is_download_shut = bits & 64,
                                                  .earliest_ms = bits & 128 ? NOW_MS + 1 : 0,
                                                  .latest_ms = bits & 256 ? NOW_MS : 0,
                                                  .opens_ms = bits & 512 ? NOW_MS + 1 : NOW_MS + 2};
                const struct action action = {.state = (enum action_state)state,
                                              .kind = (enum action_kind)kind,
                                              .retry_ms = bits & 8 ? NOW_MS + 1 : NOW_MS};
                struct orders orders = orders_of(&device, &action, &schedule, NOW_MS);
                struct order_trace trace;
                bool stops = false, hides = false, shuts = false;

                orders_explain(&action, &schedule, NOW_MS, &trace);
                for (size_t i = 0; i < trace.count; i++) {
                    stops |= trace.at[i] != ORDER_CALLED_BACK && trace.at[i] != ORDER_CONFIRM &&
                             trace.at[i] != ORDER_DOWNLOAD;
                    hides |=
                        trace.at[i] == ORDER_HELD || trace.at[i] == ORDER_LATER || trace.at[i] == ORDER_OVER;
                    shuts |= trace.at[i] == ORDER_DOWNLOAD;
                }
                /* Outside its hours something says so, whatever the reason is called. */
                if (schedule.has_window && !schedule.is_open && orders_may_wait(&action))
                    assert_true(stops);
                assert_int_equal(orders.update == HANDLING_SKIP, stops);
                assert_int_equal(orders.download == HANDLING_SKIP, hides || shuts);
                assert_int_equal(orders.is_withheld, hides);
            }
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
        UNIT_TEST(who_takes_a_download_for_an_installation_is_not_offered_one),
        UNIT_TEST(what_matters_more_goes_first_but_nobody_is_interrupted_while_flashing),
        UNIT_TEST(who_is_held_waits_and_so_does_who_comes_before_its_stage),
        UNIT_TEST(for_any_facts_the_offer_is_made_exactly_when_nothing_stands_in_the_trace),
        UNIT_TEST(orders_say_skip_exactly_when_something_that_stops_stands_in_the_trace),
        UNIT_TEST(every_answer_has_its_sentence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
