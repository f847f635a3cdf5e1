#include "http/path.h"

#include "support/unit.h"

UNIT(a_target_becomes_a_normal_path_and_a_query)
{
    static const struct {
        const char *target, *path, *query; /* path NULL: refused */
    } rows[] = {
        {"/", "/", ""},
        {"/a/b", "/a/b", ""},
        {"/a/b/", "/a/b", ""},
        {"//a///b//", "/a/b", ""},
        {"/a?x=1&y", "/a", "x=1&y"},
        {"/a/?x=/y/", "/a", "x=/y/"},
        {"/a#x", "/a", ""},
        {"/a%2Fb", "/a%2Fb", ""},
        {"https://host:1/a//b?c", "/a/b", "c"},
        {"https://host", "/", ""},
        {"/x://y", "/x:/y", ""},
        {"*", "*", ""},
        {"", NULL, NULL},
        {"a", NULL, NULL},
        {"/a b", NULL, NULL},
        {"/a\x01", NULL, NULL},
        {"/a\x7f", NULL, NULL},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *path, *query;
        bool ok = path_normal(unit->arena, rows[i].target, &path, &query);

        assert_int_equal(ok, rows[i].path != NULL);
        if (ok) {
            assert_string_equal(path, rows[i].path);
            assert_string_equal(query, rows[i].query);
        }
    }
}

UNIT(a_query_is_decoded_pair_by_pair)
{
    struct http_pair pairs[4];
    size_t count;

    MUST(path_query(unit->arena, "a=1&&b&c=%20x+y%3D=z&d=", pairs, 4, &count, &unit->err));
    assert_int_equal(count, 4);
    assert_string_equal(pairs[0].name, "a");
    assert_string_equal(pairs[0].value, "1");
    assert_string_equal(pairs[2].value, " x y==z");
    assert_string_equal(pairs[3].name, "d");
    assert_string_equal(pairs[3].value, "");
    REFUSES(ERR_INVALID, path_query(unit->arena, "a&b&c&d&e", pairs, 4, &count, &unit->err));
    REFUSES(ERR_INVALID, path_query(unit->arena, "a=%4", pairs, 4, &count, &unit->err));
    REFUSES(ERR_INVALID, path_query(unit->arena, "a=%00", pairs, 4, &count, &unit->err));
    MUST(path_query(unit->arena, "", pairs, 4, &count, &unit->err));
    assert_int_equal(count, 0);
}

UNIT(a_pattern_takes_whole_segments)
{
    static const struct {
        const char *pattern, *path, *first, *second;
        bool matches, is_bad;
    } rows[] = {
        {"/a", "/a", NULL, NULL, true, false},
        {"/a", "/b", NULL, NULL, false, false},
        {"/a", "/a/b", NULL, NULL, false, false},
        {"/a/{x}", "/a/b", "b", NULL, true, false},
        {"/a/{x}", "/a/", NULL, NULL, false, false},
        {"/a/{x}", "/a/b/c", NULL, NULL, false, false},
        {"/a/{x}/c/{y}", "/a/b%20b/c/d", "b b", "d", true, false},
        {"/{t}/controller/v1/{c}", "/DEFAULT/controller/v1/x", "DEFAULT", "x", true, false},
        {"/{t}/controller/v1/{c}", "/DEFAULT/controller/v1/x/y", NULL, NULL, false, false},
        {"/a/{x}.md5", "/a/b.md5", NULL, NULL, false, false},
        {"/a/{x}", "/a/b%2Fc", NULL, NULL, true, true},
        {"/a/{x}", "/a/b%5cc", NULL, NULL, true, true},
        {"/a/{x}", "/a/%2e%2E", NULL, NULL, true, true},
        {"/a/{x}", "/a/.", NULL, NULL, true, true},
        {"/a/{x}", "/a/b%00", NULL, NULL, true, true},
        {"/a/{x}", "/a/b%", NULL, NULL, true, true},
        {"/a/{x}", "/a/...", "...", NULL, true, false},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *args[HTTP_ARGS_MAX] = {0};
        bool is_bad;
        bool matches = path_match(unit->arena, rows[i].pattern, rows[i].path, args, &is_bad);

        if (matches != rows[i].matches || is_bad != rows[i].is_bad)
            fail_msg("%s on %s", rows[i].pattern, rows[i].path);
        if (rows[i].first)
            assert_string_equal(args[0], rows[i].first);
        if (rows[i].second)
            assert_string_equal(args[1], rows[i].second);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_target_becomes_a_normal_path_and_a_query),
        UNIT_TEST(a_query_is_decoded_pair_by_pair),
        UNIT_TEST(a_pattern_takes_whole_segments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
