#include "http/prefer.h"

#include "support/unit.h"

static int64_t wait_of(const char *first, const char *second)
{
    struct http_pair headers[] = {{"Host", "wait=9"}, {"prefer", first}, {"Prefer", second}};
    struct req req = {.headers = headers, .header_count = second ? 3 : 2};

    return prefer_wait_s(&req);
}

UNIT(the_wait_is_found_among_other_preferences)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } cases[] = {
        {"wait=10", 10},
        {"WAIT = 10", 10},
        {"wait=\"10\"", 10},
        {"wait=10; foo=bar", 10},
        {"respond-async, wait=10", 10},
        {"return=minimal,,wait=10 ,wait=20", 10}, /* the first one counts */
        {"wait=999999999", 999999999},
        {"", 0},
        {"wait", 0},
        {"wait=", 0},
        {"wait=\"\"", 0},
        {"wait=\"", 0},
        {"wait=-1", 0},
        {"wait=1e3", 0},
        {"wait=1000000000", 0},
        {"await=10", 0},
        {"waiting=10", 0},
        {"=10", 0},
        {";wait=10", 0},
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        if (wait_of(cases[i].text, NULL) != cases[i].seconds)
            fail_msg("%s", cases[i].text);
}

UNIT(it_may_stand_in_a_second_header)
{
    struct req none = {0};

    assert_int_equal(wait_of("respond-async", "wait=5"), 5);
    assert_int_equal(wait_of("wait=6", "wait=5"), 6);
    assert_int_equal(prefer_wait_s(&none), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(the_wait_is_found_among_other_preferences),
        UNIT_TEST(it_may_stand_in_a_second_header),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
