#include "signing/canonical.h"

#include "support/unit.h"

#define SAME(from, to)                                                                                       \
    do {                                                                                                     \
        struct span out_;                                                                                    \
        MUST(canonical_text(unit->arena, span_make(from, sizeof(from) - 1), &out_, &unit->err));             \
        assert_int_equal(sizeof(to) - 1, out_.size);                                                         \
        assert_memory_equal(to, out_.at, out_.size);                                                         \
    } while (0)

#define REFUSED(from)                                                                                        \
    do {                                                                                                     \
        struct span out_;                                                                                    \
        REFUSES(ERR_INVALID, canonical_text(unit->arena, span_of(from), &out_, &unit->err));                 \
    } while (0)

UNIT(members_are_sorted_and_no_space_is_left)
{
    SAME(" { \"b\" : 1 ,\n \"a\" : [ true , false , null ] } ", "{\"a\":[true,false,null],\"b\":1}");
    SAME("{}", "{}");
    SAME("[]", "[]");
    SAME("{\"z\":{\"b\":{},\"a\":[]},\"a\":[{\"d\":1,\"c\":2}]}",
         "{\"a\":[{\"c\":2,\"d\":1}],\"z\":{\"a\":[],\"b\":{}}}");
}

UNIT(members_are_compared_as_bytes_the_shorter_first)
{
    SAME("{\"ab\":1,\"a\":2,\"B\":3,\"a.b\":4,\"a/b\":5,\"_\":6,\"\":7}",
         "{\"\":7,\"B\":3,\"_\":6,\"a\":2,\"a.b\":4,\"a/b\":5,\"ab\":1}");
    SAME("{\"\\u00e9\":1,\"z\":2,\"\\ud83d\\ude00\":3,\"\\uffee\":4}",
         "{\"z\":2,\"\xc3\xa9\":1,\"\xef\xbf\xae\":4,\"\xf0\x9f\x98\x80\":3}");
}

UNIT(only_quote_and_backslash_are_escaped)
{
    SAME("\"a\\\"b\\\\c\\/d\"", "\"a\\\"b\\\\c/d\"");
    SAME("\"\\u0041\\u00e9\"", "\"A\xc3\xa9\"");
}

UNIT(control_characters_are_written_raw)
{
    SAME("\"line\\nend\\t\\u0001\\u007f\"", "\"line\nend\t\x01\x7f\"");
}

UNIT(order_of_lists_is_kept)
{
    SAME("[3,1,2,\"b\",\"a\"]", "[3,1,2,\"b\",\"a\"]");
}

UNIT(integers_up_to_2_to_the_53_are_written)
{
    SAME("[0,-1,9007199254740991,-9007199254740991]", "[0,-1,9007199254740991,-9007199254740991]");
    REFUSED("9007199254740992");
    REFUSED("-9007199254740992");
    REFUSED("9223372036854775807");
    REFUSED("99999999999999999999");
}

UNIT(fractions_and_exponents_are_refused)
{
    REFUSED("1.0");
    REFUSED("1e3");
    REFUSED("{\"a\":[{\"b\":0.5}]}");
}

UNIT(what_no_two_readers_read_alike_is_refused)
{
    REFUSED("{\"a\":1,\"a\":2}");
    REFUSED("{\"a\":1,\"\\u0061\":2}");
    REFUSED("\"\\ud800\"");
    REFUSED("\"\xff\"");
    REFUSED("\"raw\nline\"");
    REFUSED("01");
    REFUSED("{} x");
    REFUSED("");
}

UNIT(canonical_bytes_stay_as_they_are)
{
    SAME("{\"a\":{\"b\":[1,\"x\"]},\"c\":\"\\\"\"}", "{\"a\":{\"b\":[1,\"x\"]},\"c\":\"\\\"\"}");
}

UNIT(nesting_is_bounded)
{
    char deep[200];

    memset(deep, '[', 33);
    memset(deep + 33, ']', 33);
    deep[66] = '\0';
    REFUSED(deep);
    deep[65] = '\0';
    struct span out;
    MUST(canonical_text(unit->arena, span_of(deep + 1), &out, &unit->err));
    assert_int_equal(64, out.size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(members_are_sorted_and_no_space_is_left),
        UNIT_TEST(members_are_compared_as_bytes_the_shorter_first),
        UNIT_TEST(only_quote_and_backslash_are_escaped),
        UNIT_TEST(control_characters_are_written_raw),
        UNIT_TEST(order_of_lists_is_kept),
        UNIT_TEST(integers_up_to_2_to_the_53_are_written),
        UNIT_TEST(fractions_and_exponents_are_refused),
        UNIT_TEST(what_no_two_readers_read_alike_is_refused),
        UNIT_TEST(canonical_bytes_stay_as_they_are),
        UNIT_TEST(nesting_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
