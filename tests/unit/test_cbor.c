#include "base/cbor.h"

#include "base/json.h"
#include "base/text.h"
#include "support/unit.h"

static struct span bytes_of(struct unit *unit, const char *hex)
{
    size_t size = strlen(hex) / 2;
    char *bytes = arena_take(unit->arena, size + 1);

    if (!text_unhex(hex, bytes, size))
        fail_msg("%s is no hex", hex);
    return span_make(bytes, size);
}

static const char *json_of(struct unit *unit, const char *hex)
{
    struct span text;

    if (!cbor_to_json(unit->arena, bytes_of(unit, hex), &text, &unit->err))
        fail_msg("%s: %s", hex, unit->err.text);
    return arena_text(unit->arena, text);
}

static const char *cbor_of(struct unit *unit, const char *json)
{
    struct span cbor;

    MUST(cbor_from_json(unit->arena, span_of(json), &cbor, &unit->err));
    return text_hex(unit->arena, cbor.at, cbor.size);
}

/* RFC 8949, appendix A: what JSON can say. */
/* clang-format off */
static const struct { const char *hex, *json; } both_ways[] = {
    {"00", "0"}, {"17", "23"}, {"1818", "24"}, {"1864", "100"}, {"1903e8", "1000"}, {"1a000f4240", "1000000"},
    {"1b000000e8d4a51000", "1000000000000"}, {"20", "-1"}, {"29", "-10"}, {"3863", "-100"}, {"3903e7", "-1000"},
    {"1b7fffffffffffffff", "9223372036854775807"}, {"3b7fffffffffffffff", "-9223372036854775808"},
    {"fb3ff199999999999a", "1.1000000000000001"}, {"fbc010666666666666", "-4.0999999999999996"},
    {"fb7e37e43c8800759c", "1.0000000000000001e+300"}, {"fb0000000000000000", "0.0"},
    {"f4", "false"}, {"f5", "true"}, {"f6", "null"},
    {"60", "\"\""}, {"6161", "\"a\""}, {"6449455446", "\"IETF\""}, {"62225c", "\"\\\"\\\\\""},
    {"62c3bc", "\"\u00fc\""}, {"63e6b0b4", "\"\u6c34\""}, {"64f0908591", "\"\U00010151\""}, {"6100", "\"\\u0000\""},
    {"80", "[]"}, {"83010203", "[1,2,3]"}, {"8301820203820405", "[1,[2,3],[4,5]]"},
    {"98190102030405060708090a0b0c0d0e0f101112131415161718181819",
     "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25]"},
    {"a0", "{}"}, {"a26161016162820203", "{\"a\":1,\"b\":[2,3]}"}, {"826161a161626163", "[\"a\",{\"b\":\"c\"}]"},
};
static const struct { const char *hex, *json; } read_only[] = {
    {"1800", "0"}, {"1b0000000000000001", "1"},                        /* longer heads than needed */
    {"f90000", "0.0"}, {"f98000", "-0.0"}, {"f93c00", "1.0"}, {"f93e00", "1.5"}, {"f97bff", "65504.0"},
    {"f90001", "5.9604644775390625e-08"}, {"f90400", "6.103515625e-05"}, {"f9c400", "-4.0"},
    {"fa47c35000", "100000.0"}, {"fa7f7fffff", "3.4028234663852886e+38"},
    {"7f657374726561646d696e67ff", "\"streaming\""}, {"7fff", "\"\""},
    {"9fff", "[]"}, {"9f018202039f0405ffff", "[1,[2,3],[4,5]]"}, {"83018202039f0405ff", "[1,[2,3],[4,5]]"},
    {"bf61610161629f0203ffff", "{\"a\":1,\"b\":[2,3]}"}, {"bf6346756ef563416d7421ff", "{\"Fun\":true,\"Amt\":-2}"},
    {"bf7f61616162ff01ff", "{\"ab\":1}"},                              /* a name in pieces */
    {"c074323031332d30332d32315432303a30343a30305a", "\"2013-03-21T20:04:00Z\""},
    {"c11a514b67b0", "1363896240"}, {"d9d9f7a161610a", "{\"a\":10}"},
};
static const struct { const char *hex, *words; } refused[] = {
    {"", "ends in the middle"}, {"18", "ends in the middle"}, {"1b00000000000000", "ends in the middle"},
    {"62c3", "ends in the middle of a text"}, {"830102", "ends in the middle"}, {"a16161", "ends in the middle"},
    {"9f01", "ends in the middle"}, {"7f6161", "ends in the middle"}, {"bf", "ends in the middle"},
    {"9bffffffffffffffff01", "ends in the middle"}, {"7bffffffffffffffff61", "ends in the middle of a text"},
    {"bbffffffffffffffff616101", "ends in the middle"},
    {"4101", "byte strings"}, {"5f41014102ff", "byte strings"}, {"a1410101", "must be a text"}, {"a10102", "must be a text"},
    {"1bffffffffffffffff", "beyond 64 bits"}, {"3bffffffffffffffff", "beyond 64 bits"}, {"1b8000000000000000", "beyond 64 bits"},
    {"f97e00", "not finite"}, {"f97c00", "not finite"}, {"faff800000", "not finite"}, {"fb7ff8000000000000", "not finite"},
    {"f7", "simple value"}, {"f0", "simple value"}, {"f8ff", "simple value"}, {"f818", "simple value"}, {"f814", "simple value"},
    {"ff", "break"}, {"82ff", "break"}, {"a16161ff", "break"}, {"c0ff", "break"}, {"bf6161ff", "break"},
    {"1c", "reserved"}, {"7e", "reserved"}, {"fd", "reserved"},
    {"1f", "no length"}, {"3f", "no length"}, {"df00", "no length"},
    {"c249010000000000000000", "tag 2"}, {"d82076687474703a2f2f7777772e6578616d706c652e636f6d", "tag 32"},
    {"61ff", "not UTF-8"}, {"62c0af", "not UTF-8"}, {"63eda080", "not UTF-8"}, {"7f61c361bcff", "not UTF-8"},
    {"7f01ff", "something else"}, {"7f7f6161ffff", "something else"}, {"a1610001", "NUL"},
    {"0000", "bytes follow"}, {"a0ff", "bytes follow"},
};
/* clang-format on */

UNIT(what_json_can_say_goes_both_ways)
{
    for (size_t i = 0; i < COUNT(both_ways); i++) {
        assert_string_equal(json_of(unit, both_ways[i].hex), both_ways[i].json);
        assert_string_equal(cbor_of(unit, both_ways[i].json), both_ways[i].hex);
    }
}

UNIT(other_spellings_of_the_same_are_read)
{
    for (size_t i = 0; i < COUNT(read_only); i++)
        assert_string_equal(json_of(unit, read_only[i].hex), read_only[i].json);
}

UNIT(what_is_broken_or_no_json_is_refused_by_name)
{
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct span text;

        if (cbor_to_json(unit->arena, bytes_of(unit, refused[i].hex), &text, &unit->err))
            fail_msg("%s was taken", refused[i].hex);
        assert_int_equal(unit->err.code, ERR_INVALID);
        if (!strstr(unit->err.text, refused[i].words))
            fail_msg("%s: \"%s\" does not say \"%s\"", refused[i].hex, unit->err.text, refused[i].words);
    }
}

/* `depth` heads 0x81 (a list of one), or tags, around a 0. */
static struct span nested(struct unit *unit, char head, size_t depth)
{
    char *bytes = arena_take(unit->arena, depth + 1);

    memset(bytes, head, depth);
    return span_make(bytes, depth + 1);
}

UNIT(nesting_ends_where_that_of_json_does)
{
    static const char heads[] = {'\x81', '\x9f', '\xc1'};
    const struct json *value;
    struct span text;

    MUST(cbor_to_json(unit->arena, nested(unit, '\x81', JSON_DEPTH_MAX), &text, &unit->err));
    MUST(json_parse(unit->arena, text, &value, &unit->err));
    for (size_t i = 0; i < COUNT(heads); i++) {
        REFUSES(ERR_INVALID,
                cbor_to_json(unit->arena, nested(unit, heads[i], JSON_DEPTH_MAX + 1), &text, &unit->err));
        SAYS("deeper than 32");
        REFUSES(ERR_INVALID, cbor_to_json(unit->arena, nested(unit, heads[i], 1 << 20), &text, &unit->err));
    }
}

UNIT(items_are_counted_before_they_cost_anything)
{
    size_t size = JSON_VALUES_MAX + 16;
    char *bytes = arena_take(unit->arena, size);
    struct span text;

    bytes[0] = '\x9f';
    bytes[size - 1] = '\xff';
    REFUSES(ERR_INVALID, cbor_to_json(unit->arena, span_make(bytes, size), &text, &unit->err));
    SAYS("more than 200000 items");
}

UNIT(a_name_twice_is_left_to_the_reader_of_json)
{
    const struct json *value;

    REFUSES(ERR_INVALID,
            json_parse(unit->arena, span_of(json_of(unit, "a2616101616102")), &value, &unit->err));
}

UNIT(json_that_is_none_becomes_no_cbor)
{
    struct span cbor = span_of("untouched");

    REFUSES(ERR_INVALID, cbor_from_json(unit->arena, span_of("{\"a\":"), &cbor, &unit->err));
    assert_string_equal(cbor.at, "untouched");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(what_json_can_say_goes_both_ways),
        UNIT_TEST(other_spellings_of_the_same_are_read),
        UNIT_TEST(what_is_broken_or_no_json_is_refused_by_name),
        UNIT_TEST(nesting_ends_where_that_of_json_does),
        UNIT_TEST(items_are_counted_before_they_cost_anything),
        UNIT_TEST(a_name_twice_is_left_to_the_reader_of_json),
        UNIT_TEST(json_that_is_none_becomes_no_cbor),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
