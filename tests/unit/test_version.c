#include "signing/manifest.h"

#include "support/unit.h"

/* Lowest first; every pair of rows is compared. */
static const char *const rising[] = {
    "",
    "0",
    "0.9",
    "1",
    "1.0",
    "4",
    "4.2",
    "4.2.8",
    "4.2.9-alpha",
    "4.2.9-rc1",
    "4.2.9-rc1.1",
    "4.2.9-rc2",
    "4.2.9-rc10",
    "4.2.9",
    "4.2.9+b1",
    "4.2.9+b2",
    "4.2.9a",
    "4.2.9b",
    "4.2.9.1",
    "4.2.10",
    "4.10",
    "10.0",
    "2026.10.1",
    "99999999999999999999998",
    "99999999999999999999999",
};

UNIT(each_of_these_versions_is_higher_than_all_before_it)
{
    for (size_t i = 0; i < COUNT(rising); i++)
        for (size_t k = 0; k < COUNT(rising); k++) {
            int order = version_compare(rising[i], rising[k]);

            if ((order > 0) != (i > k) || (order < 0) != (i < k))
                fail_msg("\"%s\" against \"%s\" gives %d", rising[i], rising[k], order);
        }
}

UNIT(leading_zeros_make_no_difference)
{
    assert_int_equal(0, version_compare("4.02.009", "4.2.9"));
    assert_int_equal(0, version_compare("00", "0"));
    assert_true(version_compare("4.010", "4.9") > 0);
}

UNIT(a_missing_version_is_the_empty_one)
{
    assert_int_equal(0, version_compare(NULL, ""));
    assert_true(version_compare(NULL, "1") < 0);
    assert_true(version_compare("1", NULL) > 0);
}

static void make_version(uint32_t *seed, char out[8])
{
    static const char letters[] = "019a.-+b";
    size_t i = 0;

    for (size_t size = 1 + *seed % 6; i < size; i++) {
        *seed = *seed * 1664525 + 1013904223;
        out[i] = letters[*seed >> 29];
    }
    out[i] = '\0';
}

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

UNIT(the_order_of_any_three_versions_has_no_contradiction)
{
    uint32_t seed = 20261123;
    char a[8], b[8], c[8];

    for (int round = 0; round < 200000; round++) {
        make_version(&seed, a);
        make_version(&seed, b);
        make_version(&seed, c);
        assert_int_equal(sign(version_compare(a, b)), -sign(version_compare(b, a)));
        if (version_compare(a, b) <= 0 && version_compare(b, c) <= 0 && version_compare(a, c) > 0)
            fail_msg("\"%s\" <= \"%s\" <= \"%s\", but not the first to the last", a, b, c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(each_of_these_versions_is_higher_than_all_before_it),
        UNIT_TEST(leading_zeros_make_no_difference),
        UNIT_TEST(a_missing_version_is_the_empty_one),
        UNIT_TEST(the_order_of_any_three_versions_has_no_contradiction),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
