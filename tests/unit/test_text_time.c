#include "base/text.h"

#include "support/unit.h"

#define DAY_MS INT64_C(86400000)
#define LAST_MS INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */

/* clang-format off */
static const struct { const char *text; int64_t ms; const char *http; } known[] = {
    {"1970-01-01T00:00:00Z", 0,                        "Thu, 01 Jan 1970 00:00:00 GMT"},
    {"1994-11-06T08:49:37Z", INT64_C(784111777000),    "Sun, 06 Nov 1994 08:49:37 GMT"},
    {"2000-02-29T12:00:00Z", INT64_C(951825600000),    "Tue, 29 Feb 2000 12:00:00 GMT"},
    {"2038-01-19T03:14:08Z", INT64_C(2147483648000),   "Tue, 19 Jan 2038 03:14:08 GMT"},
    {"9999-12-31T23:59:59Z", INT64_C(253402300799000), "Fri, 31 Dec 9999 23:59:59 GMT"},
};
/* clang-format on */

UNIT(known_times_go_both_ways_in_both_forms)
{
    for (size_t i = 0; i < COUNT(known); i++) {
        int64_t ms = -1, http_ms = -1;

        assert_string_equal(known[i].text, text_time(unit->arena, known[i].ms));
        assert_string_equal(known[i].http, text_http_date(unit->arena, known[i].ms));
        assert_true(text_time_parse(known[i].text, &ms) && ms == known[i].ms);
        assert_true(text_http_date_parse(known[i].http, &http_ms) && http_ms == known[i].ms);
    }
}

UNIT(every_day_until_9999_comes_back)
{
    for (int64_t ms = 0; ms <= LAST_MS; ms += DAY_MS * 7 + 3661000) {
        int64_t back = -1, http = -1;
        int64_t whole = ms / 1000 * 1000;

        assert_true(text_time_parse(text_time(unit->arena, ms), &back));
        assert_true(text_http_date_parse(text_http_date(unit->arena, ms), &http));
        if (back != whole || http != whole)
            fail_msg("%lld came back as %lld and %lld", (long long)whole, (long long)back, (long long)http);
        arena_reset(unit->arena);
    }
}

UNIT(times_outside_are_written_as_the_nearest_inside)
{
    assert_string_equal("1970-01-01T00:00:00Z", text_time(unit->arena, -1));
    assert_string_equal("9999-12-31T23:59:59Z", text_time(unit->arena, LAST_MS + 1));
    assert_string_equal("9999-12-31T23:59:59Z", text_time(unit->arena, INT64_MAX));
    assert_string_equal("Thu, 01 Jan 1970 00:00:00 GMT", text_http_date(unit->arena, INT64_MIN));
}

UNIT(fractions_and_offsets_are_read)
{
    int64_t ms = 0;

    assert_true(text_time_parse("1994-11-06T08:49:37.5Z", &ms) && ms == INT64_C(784111777500));
    assert_true(text_time_parse("1994-11-06T08:49:37.123999999z", &ms) && ms == INT64_C(784111777123));
    assert_true(text_time_parse("1994-11-06T10:49:37+02:00", &ms) && ms == INT64_C(784111777000));
    assert_true(text_time_parse("1994-11-06t03:19:37-05:30", &ms) && ms == INT64_C(784111777000));
}

UNIT(what_is_no_time_is_refused_and_leaves_the_answer_alone)
{
    static const char *const bad[] = {
        "",
        "1994",
        "1994-11-06",
        "1994-11-06T08:49:37",
        "1994-11-06 08:49:37Z",
        "1994-11-06T08:49:37Zx",
        "1994-13-06T08:49:37Z",
        "1994-00-06T08:49:37Z",
        "1995-02-29T08:49:37Z",
        "1994-11-31T08:49:37Z",
        "1994-11-06T24:00:00Z",
        "1994-11-06T08:60:37Z",
        "1994-11-06T08:49:60Z",
        "1994-11-06T08:49:37.Z",
        "1994-11-06T08:49:37+2:00",
        "1994-11-06T08:49:37+24:00",
        "1994-11-06T08:49:37+02:60",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "+994-11-06T08:49:37Z",
        "19941106T084937Z",
    };

    for (size_t i = 0; i < COUNT(bad); i++) {
        int64_t ms = 4711;

        if (text_time_parse(bad[i], &ms) || ms != 4711)
            fail_msg("%s was read as %lld", bad[i], (long long)ms);
    }
    int64_t ms;
    assert_false(text_time_parse(NULL, &ms));
}

UNIT(what_is_no_http_date_is_refused)
{
    static const char *const bad[] = {
        "",
        "Sun, 06 Nov 1994 08:49:37",
        "Mon, 06 Nov 1994 08:49:37 GMT",
        "sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun,  6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:60 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Wed, 31 Dec 1969 23:59:59 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMTx",
    };
    int64_t ms = 4711;

    for (size_t i = 0; i < COUNT(bad); i++)
        if (text_http_date_parse(bad[i], &ms))
            fail_msg("%s was read", bad[i]);
    assert_false(text_http_date_parse(NULL, &ms));
    assert_true(ms == 4711);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(known_times_go_both_ways_in_both_forms),
        UNIT_TEST(every_day_until_9999_comes_back),
        UNIT_TEST(times_outside_are_written_as_the_nearest_inside),
        UNIT_TEST(fractions_and_offsets_are_read),
        UNIT_TEST(what_is_no_time_is_refused_and_leaves_the_answer_alone),
        UNIT_TEST(what_is_no_http_date_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
