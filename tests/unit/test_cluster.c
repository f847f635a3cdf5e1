#include "domain/cluster.h"

#include "support/unit.h"

/* A fleet of devices with a finisher, a model and a serial number each. */
struct fleet {
    struct unit *unit;
    struct cluster_case cases[64];
    size_t count;
};

static void add(struct fleet *f, bool is_failed, const char *finisher, const char *model, const char *error)
{
    struct cluster_fact *facts = ARENA_MANY(f->unit->arena, struct cluster_fact, 3);

    facts[0] = (struct cluster_fact){CLUSTER_ATTRIBUTE, "finisher", finisher};
    facts[1] = (struct cluster_fact){CLUSTER_MODEL, "model", model};
    facts[2] =
        (struct cluster_fact){CLUSTER_ATTRIBUTE, "serial", arena_printf(f->unit->arena, "S%zu", f->count)};
    f->cases[f->count++] = (struct cluster_case){is_failed, facts, 3, error};
}

static struct cluster find(struct fleet *f)
{
    struct cluster c;

    cluster_find(f->unit->arena, f->cases, f->count, &c);
    return c;
}

UNIT(the_finisher_that_breaks_is_named_with_the_error)
{
    struct fleet f = {.unit = unit};
    struct cluster c;

    for (int i = 0; i < 41; i++)
        add(&f, i < 3, i < 8 ? "B" : "A", i % 2 ? "e-1" : "e-2",
            i < 3 ? arena_printf(unit->arena, "SCN-SELFTEST at 14:0%d:33", i) : "");
    c = find(&f);
    assert_true(c.is_named);
    assert_string_equal(c.fact.name, "finisher");
    assert_string_equal(c.fact.value, "B");
    assert_int_equal(c.failed, 3);
    assert_int_equal(c.failed_all, 3);
    assert_int_equal(c.good, 5);
    assert_int_equal(c.good_all, 38);
    assert_int_equal(c.score, 86);
    /* C(8,3) / C(41,3): counted by hand. */
    assert_true(c.chance > 0.005252 && c.chance < 0.005255);
    assert_int_equal(c.error_failed, 3);
    assert_string_equal(cluster_text(unit->arena, &c),
                        "3 of 3 that failed have finisher=B, and 5 of 38 good ones; 3 said: SCN-SELFTEST at "
                        "14:00:33");
    assert_non_null(strstr(cluster_json(unit->arena, &c), "\"kind\":\"attribute\",\"name\":\"finisher\""));
}

UNIT(what_all_devices_share_explains_nothing)
{
    struct fleet f = {.unit = unit};

    for (int i = 0; i < 20; i++)
        add(&f, i < 4, "A", "e-1", "");
    assert_false(find(&f).is_named);
    assert_string_equal(cluster_text(unit->arena, &(struct cluster){0}), "");
}

UNIT(of_two_that_explain_alike_the_rarer_is_named_and_then_the_attribute_before_the_model)
{
    struct fleet f = {.unit = unit};
    struct cluster c;

    for (int i = 0; i < 12; i++)
        add(&f, i < 3, i < 3 ? "B" : "A", i < 3 ? "e-9" : "e-1", "");
    c = find(&f);
    assert_string_equal(c.fact.name, "finisher");
    assert_int_equal(c.score, 100);
    /* One good machine with that finisher: now the model says more. */
    add(&f, false, "B", "e-1", "");
    c = find(&f);
    assert_string_equal(c.fact.name, "model");
    assert_string_equal(c.fact.value, "e-9");
}

UNIT(one_failure_names_no_fact_and_neither_do_failures_without_a_good_one)
{
    struct fleet one = {.unit = unit}, all = {.unit = unit};

    add(&one, true, "B", "e-1", "broken");
    for (int i = 0; i < 5; i++)
        add(&one, false, "A", "e-1", "");
    assert_false(find(&one).is_named);
    assert_string_equal(find(&one).error, "broken");
    for (int i = 0; i < 5; i++)
        add(&all, true, "B", "e-1", "");
    assert_false(find(&all).is_named);
    assert_int_equal(find(&all).failed_all, 5);
    assert_null(find(&all).error);
}

UNIT(failures_that_have_nothing_in_common_are_not_explained)
{
    struct fleet f = {.unit = unit};

    for (int i = 0; i < 40; i++)
        add(&f, i % 10 == 0, i % 2 ? "A" : "B", i / 10 % 2 ? "e-1" : "e-2", i % 10 == 0 ? "x" : "");
    /* finisher B: all four failed, and 16 of 36 good ones: 55 */
    assert_int_equal(find(&f).score, 55);
    add(&f, true, "A", "e-1", "x");
    assert_false(find(&f).is_named);
    assert_int_equal(find(&f).error_failed, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(the_finisher_that_breaks_is_named_with_the_error),
        UNIT_TEST(what_all_devices_share_explains_nothing),
        UNIT_TEST(of_two_that_explain_alike_the_rarer_is_named_and_then_the_attribute_before_the_model),
        UNIT_TEST(one_failure_names_no_fact_and_neither_do_failures_without_a_good_one),
        UNIT_TEST(failures_that_have_nothing_in_common_are_not_explained),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
