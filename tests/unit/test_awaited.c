#include "domain/awaited.h"

#include "domain/limits.h"
#include "support/unit.h"

#define NOW_MS 1790000000000LL

/* A device that runs 1.0, and a plan that brings 2.0. */
struct scene {
    struct device device;
    struct device_component component;
    struct module module;
    struct release release;
    struct rollout rollout;
    struct rollout_terms terms;
    struct planned plan;
    struct load load;
    struct action open;
    struct hold hold;
    struct offer_facts facts;
};

static struct scene *scene_make(struct unit *unit)
{
    struct scene *s = ARENA_NEW(unit->arena, struct scene);

    s->device = (struct device){.id = 7, .state = DEVICE_ACTIVE, .controller_id = "mfp-1", .site = ""};
    s->component = (struct device_component){"system", "1.0", "aa", 0};
    s->module = (struct module){.id = 11, .component = "system", .version = "2.0", .sha256 = "bb"};
    s->release = (struct release){.id = 5, .state = RELEASE_PUBLISHED, .counter = 4, .min_version = ""};
    s->rollout = (struct rollout){.id = 9, .state = ROLLOUT_RUNNING, .weight = 500};
    s->hold = (struct hold){.id = 1, .until_ms = NOW_MS + 1};
    s->open = (struct action){.id = 3, .state = ACTION_INSTALLING};
    s->plan = (struct planned){.rollout = &s->rollout,
                               .release = &s->release,
                               .terms = &s->terms,
                               .modules = &s->module,
                               .module_count = 1};
    s->facts = (struct offer_facts){.device = &s->device,
                                    .components = &s->component,
                                    .component_count = 1,
                                    .open = &s->open,
                                    .now_ms = NOW_MS};
    return s;
}

static enum offer_why never(const struct scene *s)
{
    return offer_never(&s->facts, &s->plan);
}

UNIT(what_passes_is_waited_for)
{
    struct scene *s = scene_make(unit);

    assert_int_equal(never(s), OFFER_YES);
    s->plan.holds = &s->hold;
    s->plan.hold_count = 1;
    s->plan.stage = 3; /* not open */
    s->facts.open_count = 1;
    s->release.min_version = "1.5"; /* a stepping stone may be published */
    assert_int_equal(never(s), OFFER_YES);
    assert_int_equal(offer_weigh(&s->facts, &s->plan, NULL), OFFER_STAGE_SHUT);
    s->device.state = DEVICE_QUARANTINED;
    assert_int_equal(never(s), OFFER_YES);
}

UNIT(what_does_not_pass_counts_whatever_stands_before_it)
{
    struct scene *s = scene_make(unit);

    s->plan.holds = &s->hold;
    s->plan.hold_count = 1;
    s->plan.superseded_by = "newer";
    assert_int_equal(never(s), OFFER_SUPERSEDED);
    s->device.state = DEVICE_RETIRED;
    assert_int_equal(never(s), OFFER_NOT_ACTIVE);

    s = scene_make(unit);
    s->component.version = "2.0";
    s->component.sha256 = "bb";
    assert_int_equal(never(s), OFFER_UP_TO_DATE);

    s = scene_make(unit);
    s->device.release_counter = 5;
    assert_int_equal(never(s), OFFER_GOES_BACK);

    s = scene_make(unit);
    s->release.state = RELEASE_WITHDRAWN;
    assert_int_equal(never(s), OFFER_NOT_OUT);

    s = scene_make(unit);
    s->terms.latest_ms = NOW_MS;
    assert_int_equal(never(s), OFFER_OVER);

    s = scene_make(unit);
    s->load.never_fits = true;
    s->plan.load = &s->load;
    assert_int_equal(never(s), OFFER_NO_PLACE);
    s->load.never_fits = false;
    s->terms.at_once = 1; /* a queue moves on */
    s->load.under_way.of_rollout = 1;
    assert_int_equal(never(s), OFFER_YES);
}

UNIT(the_end_says_who_the_others_are)
{
    int64_t counts[OFFER_WHY__MAX] = {0};

    assert_string_equal(awaited_text(unit->arena, counts), "nobody is left whom it could be offered to");
    counts[OFFER_SUPERSEDED] = 7;
    counts[OFFER_NOT_ACTIVE] = 1;
    assert_string_equal(awaited_text(unit->arena, counts),
                        "nobody is left whom it could be offered to: the device is not active (1); a newer "
                        "rollout serves it (7)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(what_passes_is_waited_for),
        UNIT_TEST(what_does_not_pass_counts_whatever_stands_before_it),
        UNIT_TEST(the_end_says_who_the_others_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
