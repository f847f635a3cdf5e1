/* Which step of a release is due: stepping stones, and components night after night. */
#include "domain/steps.h"

#include "base/text.h"
#include "support/unit.h"

struct scene {
    struct device device;
    struct device_component has[3];
    struct release releases[8]; /* the last is the target */
    struct module modules[3];
    struct stone stones[8];
    struct rollout rollout;
    struct rollout_terms terms;
    struct planned plan;
    struct offer_facts facts;
};

/* A device with 1.0 of everything; releases "version>=min_version ..." of which the last is rolled out. */
static struct scene *scene_of(struct unit *unit, const char *text)
{
    struct scene *s = ARENA_NEW(unit->arena, struct scene);
    struct span rest = span_of(text), one;
    static const char *const names[] = {"system", "scanner", "fax"};
    size_t n = 0;

    for (size_t i = 0; i < COUNT(names); i++) {
        s->has[i] = (struct device_component){.component = names[i], .version = "1.0"};
        s->modules[i] = (struct module){.id = (int64_t)i, .component = names[i], .version = "9.0", .size = 1};
    }
    while (text_split(&rest, ' ', &one)) {
        struct span min = one, version;

        text_split(&min, '>', &version);
        s->releases[n] = (struct release){.version = arena_text(unit->arena, version),
                                          .min_version = min.at ? arena_text(unit->arena, min) : "",
                                          .counter = 1,
                                          .state = RELEASE_PUBLISHED};
        s->stones[n] = (struct stone){&s->releases[n], s->modules, COUNT(names)};
        n++;
    }
    s->plan = (struct planned){.rollout = &s->rollout,
                               .release = &s->releases[n - 1],
                               .terms = &s->terms,
                               .stones = s->stones,
                               .stone_count = n - 1,
                               .modules = s->modules,
                               .module_count = COUNT(names)};
    s->facts = (struct offer_facts){.device = &s->device, .components = s->has, .component_count = 3};
    return s;
}

UNIT(the_fewest_stones_lead_to_a_release_that_starts_above_what_runs)
{
    /* clang-format off */
    static const struct { const char *releases, *first; int64_t left; } rows[] = {
        {"2.0", "2.0", 1},                             /* it starts from any */
        {"2.0>1.0", "2.0", 1},                         /* from what runs */
        {"1.5 2.0>1.5", "1.5", 2},
        {"1.2 1.5 1.7>1.6 2.0>1.5", "1.5", 2},         /* not by way of 1.2 */
        {"1.2 1.5>1.2 1.8>1.5 3.0>1.8", "1.2", 4},
        {"1.4 1.9>1.1 3.0>1.8", "1.4", 3},
        {"1.4 1.9 3.0>1.8", "1.9", 2},
        {"1.5>1.4 2.0>1.5", "2.0", 1},                 /* nothing leads there: the release itself, to be refused */
        {"1.4 2.0>1.5", "2.0", 1},
    };
    /* clang-format on */

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct scene *s = scene_of(unit, rows[i].releases);

        steps_narrow(unit->arena, &s->facts, &s->plan);
        if (!text_equal(s->plan.release->version, rows[i].first) || s->plan.steps_left != rows[i].left)
            fail_msg("row %zu: %s, %d left", i, s->plan.release->version, (int)s->plan.steps_left);
    }
}

UNIT(a_stone_below_the_counter_of_the_device_leads_nowhere_and_what_runs_unknown_needs_none)
{
    struct scene *s = scene_of(unit, "1.5 2.0>1.5");

    s->device.release_counter = 2;
    steps_narrow(unit->arena, &s->facts, &s->plan);
    assert_string_equal(s->plan.release->version, "2.0");
    s = scene_of(unit, "1.5 2.0>1.5");
    s->facts.component_count = 0;
    steps_narrow(unit->arena, &s->facts, &s->plan);
    assert_string_equal(s->plan.release->version, "2.0");
}

UNIT(components_come_in_the_order_of_the_terms_and_the_rest_together)
{
    struct scene *s = scene_of(unit, "9.0");

    s->terms.order = (struct terms_names){{"scanner", "finisher"}, 2};
    steps_narrow(unit->arena, &s->facts, &s->plan);
    assert_int_equal(s->plan.module_count, 1);
    assert_string_equal(s->plan.modules[0].component, "scanner");
    assert_int_equal(s->plan.steps_left, 2);
    s = scene_of(unit, "9.0");
    s->terms.order = (struct terms_names){{"scanner", "finisher"}, 2};
    s->has[1].version = "9.0";
    steps_narrow(unit->arena, &s->facts, &s->plan);
    assert_int_equal(s->plan.steps_left, 1); /* the rest, in one */
    assert_int_equal(offer_weigh(&s->facts, &s->plan, NULL) == OFFER_UP_TO_DATE, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(the_fewest_stones_lead_to_a_release_that_starts_above_what_runs),
        UNIT_TEST(a_stone_below_the_counter_of_the_device_leads_nowhere_and_what_runs_unknown_needs_none),
        UNIT_TEST(components_come_in_the_order_of_the_terms_and_the_rest_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
