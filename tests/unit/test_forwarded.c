#include "http/forwarded.h"

#include "support/unit.h"

#define TRUSTED "127.0.0.1, ::1, 10.0.0.0/8, fd00::/16"

UNIT(only_listed_addresses_are_trusted)
{
    static const struct {
        const char *peer;
        bool is_trusted;
    } rows[] = {
        {"127.0.0.1", true}, {"127.0.0.2", false}, {"::1", true},      {"10.200.3.4", true},
        {"11.0.0.1", false}, {"fd00:0::9", true},  {"fd01::9", false}, {"localhost", false},
        {"", false},         {NULL, false},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(forwarded_trusts(TRUSTED, rows[i].peer), rows[i].is_trusted);
    assert_false(forwarded_trusts("", "127.0.0.1"));
    assert_false(forwarded_trusts("10.0.0.0/33,10.0.0.0/x,/8", "10.0.0.1"));
    assert_true(forwarded_trusts("0.0.0.0/0", "8.8.8.8"));
}

static struct req with(struct unit *unit, struct http_pair *headers, size_t count)
{
    return (struct req){.arena = unit->arena,
                        .headers = headers,
                        .header_count = count,
                        .scheme = "http",
                        .authority = "inner:8080",
                        .prefix = "",
                        .peer = "127.0.0.1"};
}

UNIT(a_proxy_tells_scheme_host_port_and_prefix)
{
    static const struct {
        const char *proto, *host, *port, *prefix;
        const char *scheme, *authority, *base;
    } rows[] = {
        {"https", "fleet.example", "", "/ns/", "https", "fleet.example", "/ns"},
        {"https", "fleet.example", "443", "/ns", "https", "fleet.example", "/ns"},
        {"https", "fleet.example", "8443", "/", "https", "fleet.example:8443", ""},
        {"https", "fleet.example:9443", "8443", "", "https", "fleet.example:9443", ""},
        {"https", "", "443", "", "https", "inner", ""},
        {"https", "[fd00::1]", "8443", "", "https", "[fd00::1]:8443", ""},
        {"HTTPS, http", "a b", "0", "ns", "http", "inner:8080", ""},
        {"gopher", "evil/\"x", "x", "/../x", "http", "inner:8080", ""},
        {"https", "one.example, two.example", "", "//evil", "https", "one.example", ""},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct http_pair headers[] = {{"x-forwarded-proto", rows[i].proto},
                                      {"X-Forwarded-Host", rows[i].host},
                                      {"X-Forwarded-Port", rows[i].port},
                                      {"X-Forwarded-Prefix", rows[i].prefix}};
        struct req req = with(unit, headers, COUNT(headers));

        forwarded_apply(&req, TRUSTED);
        assert_string_equal(req.scheme, rows[i].scheme);
        assert_string_equal(req.authority, rows[i].authority);
        assert_string_equal(req.prefix, rows[i].base);
    }
}

UNIT(the_peer_is_the_last_address_that_is_no_proxy_of_ours)
{
    static const struct {
        const char *first, *second, *peer;
    } rows[] = {
        {"203.0.113.7", "", "203.0.113.7"},
        {"1.2.3.4, 203.0.113.7", "", "203.0.113.7"},
        {"203.0.113.7, 10.1.1.1", "", "203.0.113.7"},
        {"203.0.113.7", "10.1.1.1, 10.1.1.2", "203.0.113.7"},
        {"10.1.1.1", "", "10.1.1.1"},
        {"1.2.3.4, <script>, 10.1.1.1", "", "10.1.1.1"},
        {"unknown", "", "127.0.0.1"},
        {"2001:db8::5", "", "2001:db8::5"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct http_pair headers[] = {{"X-Forwarded-For", rows[i].first},
                                      {"X-Forwarded-For", rows[i].second}};
        struct req req = with(unit, headers, rows[i].second[0] ? 2 : 1);

        forwarded_apply(&req, TRUSTED);
        assert_string_equal(req.peer, rows[i].peer);
    }
}

UNIT(an_authority_is_a_host_and_maybe_a_port)
{
    assert_true(forwarded_authority_is_sound("localhost:8443"));
    assert_true(forwarded_authority_is_sound("[::1]:8443"));
    assert_false(forwarded_authority_is_sound(""));
    assert_false(forwarded_authority_is_sound("a/b"));
    assert_false(forwarded_authority_is_sound("a@b"));
    assert_false(forwarded_authority_is_sound("a\"b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(only_listed_addresses_are_trusted),
        UNIT_TEST(a_proxy_tells_scheme_host_port_and_prefix),
        UNIT_TEST(the_peer_is_the_last_address_that_is_no_proxy_of_ours),
        UNIT_TEST(an_authority_is_a_host_and_maybe_a_port),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
