#include "http/cookie.h"

#include "support/unit.h"

UNIT(a_cookie_is_found_among_others)
{
    struct http_pair headers[] = {{"cookie", "a=1; session=abc=; sessionx=no"}, {"Cookie", "b=2;c= 3"}};
    struct req req = {.arena = unit->arena, .headers = headers, .header_count = 2};

    assert_string_equal(cookie_read(&req, "a"), "1");
    assert_string_equal(cookie_read(&req, "session"), "abc=");
    assert_string_equal(cookie_read(&req, "b"), "2");
    assert_null(cookie_read(&req, "sess"));
    assert_null(cookie_read(&req, "none"));
}

UNIT(a_cookie_is_kept_from_scripts_and_other_sites)
{
    assert_string_equal(cookie_write(unit->arena, "session", "abc", 3600),
                        "session=abc; Path=/; Max-Age=3600; SameSite=Strict; HttpOnly; Secure");
}

UNIT(a_reply_keeps_its_headers_in_order)
{
    struct reply reply = {0};

    reply_header(&reply, "A", "1");
    reply_header(&reply, "B", "2");
    assert_int_equal(reply.header_count, 2);
    assert_string_equal(reply.headers[1].value, "2");
}

UNIT(headers_are_found_whatever_their_case_and_queries_are_not)
{
    struct http_pair headers[] = {{"ACCEPT", "x"}}, query[] = {{"Name", "y"}};
    struct req req = {.headers = headers, .header_count = 1, .query = query, .query_count = 1};

    assert_string_equal(http_header(&req, "Accept"), "x");
    assert_null(http_header(&req, "Accep"));
    assert_string_equal(http_query(&req, "Name"), "y");
    assert_null(http_query(&req, "name"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_cookie_is_found_among_others),
        UNIT_TEST(a_cookie_is_kept_from_scripts_and_other_sites),
        UNIT_TEST(a_reply_keeps_its_headers_in_order),
        UNIT_TEST(headers_are_found_whatever_their_case_and_queries_are_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
