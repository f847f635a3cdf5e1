#include "domain/hold.h"

#include "domain/selection.h"
#include "support/unit.h"

static const struct device device = {
    .controller_id = "mfp-1", .family = "c450", .customer = "acme", .site = "berlin"};
static const struct release release = {.id = 12};

UNIT(a_hold_covers_what_it_names_and_nothing_else)
{
    static const char *const places[] = {"paris", "berlin"};
    struct texts sites = {(const char **)places, 2};
    static const struct {
        enum hold_scope scope;
        const char *object;
        bool covers;
    } rows[] = {
        {HOLD_ALL, "", true},        {HOLD_CUSTOMER, "acme", true}, {HOLD_CUSTOMER, "other", false},
        {HOLD_SITE, "berlin", true}, {HOLD_SITE, "paris", false},   {HOLD_FAMILY, "c450", true},
        {HOLD_FAMILY, "c45", false}, {HOLD_RELEASE, "12", true},    {HOLD_RELEASE, "1", false},
        {HOLD_RELEASE, "x", false},  {HOLD_DEVICE, "mfp-1", true},  {HOLD_DEVICE, "mfp-10", false},
    };

    (void)unit;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct hold hold = {.scope = rows[i].scope, .object = rows[i].object};

        assert_int_equal(hold_covers(&hold, NULL, &device, &release), rows[i].covers);
    }
    /* A device at one of the customer's places is the customer's, whatever it says itself. */
    assert_true(
        hold_covers(&(struct hold){.scope = HOLD_CUSTOMER, .object = "other"}, &sites, &device, &release));
    sites.count = 1;
    assert_false(
        hold_covers(&(struct hold){.scope = HOLD_CUSTOMER, .object = "other"}, &sites, &device, &release));
}

UNIT(one_that_lets_security_through_holds_all_the_rest)
{
    const struct hold hold = {.scope = HOLD_ALL, .object = "", .lets_security = true};
    const struct release repair = {.id = 13, .is_security = true};

    (void)unit;
    assert_true(hold_covers(&hold, NULL, &device, &release));
    assert_false(hold_covers(&hold, NULL, &device, &repair));
    assert_true(hold_covers(&(struct hold){.scope = HOLD_ALL, .object = ""}, NULL, &device, &repair));
}

UNIT(it_stands_from_its_begin_to_its_end_unless_lifted)
{
    struct hold hold = {.from_ms = 10, .until_ms = 20};

    (void)unit;
    assert_false(hold_stands(&hold, 9));
    assert_true(hold_stands(&hold, 10));
    assert_true(hold_stands(&hold, 19));
    assert_false(hold_stands(&hold, 20));
    hold.lifted_ms = 12;
    assert_false(hold_stands(&hold, 15));
    hold = (struct hold){.from_ms = 10};
    assert_true(hold_stands(&hold, INT64_MAX));
}

UNIT(of_several_the_one_that_ends_last_is_named)
{
    const struct hold holds[] = {{.id = 1, .until_ms = 30},
                                 {.id = 2, .until_ms = 50},
                                 {.id = 3, .from_ms = 40},
                                 {.id = 4, .until_ms = 60, .lifted_ms = 1}};

    (void)unit;
    assert_int_equal(hold_last(holds, 4, 10)->id, 2);
    assert_int_equal(hold_last(holds, 4, 45)->id, 3); /* without an end */
    assert_int_equal(hold_last(holds, 2, 49)->id, 2);
    assert_null(hold_last(holds, 2, 50));
    assert_null(hold_last(NULL, 0, 50));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_hold_covers_what_it_names_and_nothing_else),
        UNIT_TEST(one_that_lets_security_through_holds_all_the_rest),
        UNIT_TEST(it_stands_from_its_begin_to_its_end_unless_lifted),
        UNIT_TEST(of_several_the_one_that_ends_last_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
