#include "base/json.h"

#include <math.h>

#include "support/unit.h"

static const struct json *parse(struct unit *unit, const char *text)
{
    const struct json *value = NULL;

    MUST(json_parse(unit->arena, span_of(text), &value, &unit->err));
    return value;
}

/* Parses what was written, and returns the text. */
static const char *written(struct unit *unit, const struct buf *buf)
{
    const struct json *value;

    MUST(json_parse(unit->arena, buf_span(buf), &value, &unit->err));
    return buf_cstr(buf);
}

UNIT(every_kind_is_known)
{
    /* clang-format off */
    static const struct { const char *text; enum json_kind kind; } rows[] = {
        {"null", JSON_NULL}, {"false", JSON_FALSE}, {"true", JSON_TRUE}, {"-1", JSON_INTEGER}, {"1.5", JSON_REAL},
        {"\"a\"", JSON_STRING}, {"[1]", JSON_LIST}, {" {} ", JSON_OBJECT},
    };
    /* clang-format on */
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(rows[i].kind, json_kind(parse(unit, rows[i].text)));
    assert_int_equal(JSON_NULL, json_kind(NULL));
}

UNIT(members_keep_their_order)
{
    const struct json *object = parse(unit, "{\"b\":1,\"a\":[10,20],\"c\":null}");
    static const char *const order[] = {"b", "a", "c"};
    const char *name = NULL;
    int64_t number = 0;

    assert_int_equal(3, json_count(object));
    for (size_t i = 0; i < COUNT(order); i++) {
        assert_ptr_equal(json_member_at(object, i, &name), json_member(object, order[i]));
        assert_string_equal(order[i], name);
    }
    assert_null(json_member_at(object, 3, &name));
    assert_true(json_integer(json_item(json_member(object, "a"), 1), &number) && number == 20);
    assert_null(json_item(json_member(object, "a"), 2));
    assert_null(json_member(object, "d"));
}

UNIT(walking_an_object_meets_every_member_once_and_in_order)
{
    const struct json *object = parse(unit, "{\"b\":1,\"a\":2,\"c\":{}}"), *value;
    struct buf met = {.arena = unit->arena};
    const char *name = NULL;
    void *at = NULL;

    while ((value = json_next(object, &at, &name))) {
        assert_ptr_equal(json_member(object, name), value);
        buf_text(&met, name);
    }
    assert_string_equal("bac", buf_cstr(&met));
    at = NULL;
    assert_null(json_next(parse(unit, "{}"), &at, &name));
    at = NULL;
    assert_null(json_next(parse(unit, "[1]"), &at, &name));
}

UNIT(asking_the_wrong_kind_is_harmless)
{
    const struct json *number = parse(unit, "7");
    int64_t out = 1;

    assert_null(json_member(number, "a"));
    assert_null(json_member(NULL, "a"));
    assert_null(json_item(number, 0));
    assert_null(json_member_at(number, 0, NULL));
    assert_null(json_string(number));
    assert_int_equal(0, json_count(number));
    assert_int_equal(0, json_string_span(number).size);
    assert_false(json_integer(parse(unit, "7.0"), &out));
    assert_int_equal(1, out);
    assert_true(json_real(number) > 6.9 && json_real(NULL) == 0.0);
}

UNIT(text_that_is_not_strict_json_is_refused)
{
    static const char *const bad[] = {
        "",
        " ",
        "{",
        "}",
        "[1,]",
        "{\"a\":1,}",
        "{'a':1}",
        "nul",
        "01",
        "+1",
        "1.",
        ".5",
        "NaN",
        "Infinity",
        "1e999",
        "[1] 2",
        "\"\t\"",
        "\"\\x41\"",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\xC3\"",
        "\"\xED\xA0\x80\"",
        "/**/1",
        "\xEF\xBB\xBF{}",
        "\"a",
        "[1 2]",
        "{\"a\" 1}",
        "9223372036854775808",
        "{1:2}",
        "\"\\u12\"",
        "-",
    };
    const struct json *out = NULL;

    for (size_t i = 0; i < COUNT(bad); i++)
        REFUSES(ERR_INVALID, json_parse(unit->arena, span_of(bad[i]), &out, &unit->err));
    REFUSES(ERR_INVALID, json_parse(unit->arena, span_make("1\0", 2), &out, &unit->err));
    REFUSES(ERR_INVALID, json_parse(unit->arena, span_make("1\0}{", 4), &out, &unit->err));
    assert_null(out);
}

UNIT(a_member_named_twice_is_refused)
{
    const struct json *out;

    REFUSES(ERR_INVALID,
            json_parse(unit->arena, span_of("{\"a\":1,\"b\":{\"c\":1,\"c\":2}}"), &out, &unit->err));
    REFUSES(ERR_INVALID, json_parse(unit->arena, span_of("{\"a\":1,\"\\u0061\":1}"), &out, &unit->err));
}

static const char *nested(struct unit *unit, int depth)
{
    struct buf buf = {.arena = unit->arena};

    for (int i = 0; i < depth; i++)
        buf_char(&buf, '[');
    for (int i = 0; i < depth; i++)
        buf_char(&buf, ']');
    return buf_cstr(&buf);
}

UNIT(nesting_ends_at_the_limit)
{
    const struct json *out;

    parse(unit, nested(unit, JSON_DEPTH_MAX));
    REFUSES(ERR_INVALID,
            json_parse(unit->arena, span_of(nested(unit, JSON_DEPTH_MAX + 1)), &out, &unit->err));
    SAYS("nested deeper");
    REFUSES(ERR_INVALID, json_parse(unit->arena, span_of(nested(unit, 1000000)), &out, &unit->err));
    parse(unit, "\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[\"");
}

UNIT(the_number_of_values_is_bounded)
{
    struct buf buf = {.arena = unit->arena};
    const struct json *out;

    buf_char(&buf, '[');
    for (int i = 0; i < JSON_VALUES_MAX; i++)
        buf_text(&buf, "1,");
    buf_text(&buf, "1]");
    REFUSES(ERR_INVALID, json_parse(unit->arena, buf_span(&buf), &out, &unit->err));
    SAYS("values");
}

UNIT(a_nul_in_a_string_is_kept_but_never_hidden)
{
    const struct json *text = parse(unit, "\"a\\u0000b\"");

    assert_int_equal(3, json_string_span(text).size);
    assert_null(json_string(text));
}

/* ---- writing ---- */

UNIT(a_document_is_written_as_told)
{
    struct buf buf = {.arena = unit->arena};
    struct json_out j = {.buf = &buf};

    json_open(&j, NULL);
    json_text(&j, "id", "r1");
    json_text(&j, "none", NULL);
    json_int(&j, "small", INT64_MIN);
    json_open_list(&j, "list");
    json_bool(&j, NULL, true);
    json_bool(&j, NULL, false);
    json_open(&j, NULL);
    json_close(&j);
    json_number(&j, NULL, 0.125);
    json_number(&j, NULL, (double)NAN);
    json_raw(&j, NULL, span_of("[1]"));
    json_close(&j);
    json_text_if(&j, "left_out", "");
    json_text_if(&j, "left_out", NULL);
    json_text_if(&j, "kept", "x");
    json_time_if(&j, "never", 0);
    json_time_if(&j, "at", 1000);
    json_close(&j);
    assert_string_equal(
        "{\"id\":\"r1\",\"none\":null,\"small\":-9223372036854775808,"
        "\"list\":[true,false,{},0.125,null,[1]],\"kept\":\"x\",\"at\":\"1970-01-01T00:00:01Z\"}",
        written(unit, &buf));
}

UNIT(whatever_bytes_go_in_json_comes_out)
{
    for (int first = 0; first < 256; first++) {
        for (int second = 0; second < 256; second += 5) {
            struct buf buf = {.arena = unit->arena};
            struct json_out j = {.buf = &buf};
            char bytes[2] = {(char)first, (char)second};

            json_span(&j, NULL, span_make(bytes, sizeof(bytes)));
            written(unit, &buf);
        }
        arena_reset(unit->arena);
    }
}

UNIT(text_is_escaped_once_and_comes_back)
{
    struct buf buf = {.arena = unit->arena};
    struct json_out j = {.buf = &buf};

    json_open(&j, NULL);
    json_text(&j, "a\"b", "\"\\/\b\f\n\r\t\x01\x1f\x7f \xE2\x82\xAC");
    json_text(&j, "cut", "a\xE2\x82");
    json_close(&j);
    assert_string_equal("{\"a\\\"b\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f \xE2\x82\xAC\","
                        "\"cut\":\"a\xEF\xBF\xBD\xEF\xBF\xBD\"}",
                        written(unit, &buf));
    assert_string_equal("\"\\/\b\f\n\r\t\x01\x1f\x7f \xE2\x82\xAC",
                        json_string(json_member(parse(unit, buf_cstr(&buf)), "a\"b")));
}

UNIT(a_parsed_value_is_copied_as_it_was)
{
    static const char text[] = "{\"b\":[1,-2,1.5,\"\\u0000\xC3\xA4\\n\"],\"a\":{\"x\":null,\"y\":true}}";
    struct buf buf = {.arena = unit->arena};
    struct json_out j = {.buf = &buf};

    json_open_list(&j, NULL);
    json_copy(&j, NULL, parse(unit, text));
    json_copy(&j, NULL, NULL);
    json_close(&j);
    assert_string_equal(arena_printf(unit->arena, "[%s,null]", text), written(unit, &buf));
}

UNIT(the_writer_nests_as_deep_as_the_reader_reads)
{
    struct buf buf = {.arena = unit->arena};
    struct json_out j = {.buf = &buf};

    for (int i = 0; i < JSON_DEPTH_MAX; i++)
        json_open_list(&j, NULL);
    for (int i = 0; i < JSON_DEPTH_MAX; i++)
        json_close(&j);
    assert_string_equal(nested(unit, JSON_DEPTH_MAX), written(unit, &buf));
}

UNIT(a_refusal_says_where_and_repeats_nothing_of_the_text)
{
    static const char *const texts[] = {
        "{\"claim\" \"HUSH4EVERHUSH\"}",
        "{\"claim\":HUSH4EVERHUSH}",
        "{\"claim\":\"HUSH4EVERHUSH",
        "{\"claim\":\"x\" \"HUSH4EVERHUSH\"}",
        "HUSH4EVERHUSH",
        "[HUSH4EVERHUSH]",
        "{\"HUSH4EVERHUSH\":1,\"HUSH4EVERHUSH\":2}",
    };
    const struct json *value;

    for (size_t i = 0; i < COUNT(texts); i++) {
        REFUSES(ERR_INVALID, json_parse(unit->arena, span_of(texts[i]), &value, &unit->err));
        if (!strstr(unit->err.text, "line 1 column ") || strstr(unit->err.text, "HUSH"))
            fail_msg("%s", unit->err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(every_kind_is_known),
        UNIT_TEST(members_keep_their_order),
        UNIT_TEST(walking_an_object_meets_every_member_once_and_in_order),
        UNIT_TEST(asking_the_wrong_kind_is_harmless),
        UNIT_TEST(text_that_is_not_strict_json_is_refused),
        UNIT_TEST(a_member_named_twice_is_refused),
        UNIT_TEST(nesting_ends_at_the_limit),
        UNIT_TEST(the_number_of_values_is_bounded),
        UNIT_TEST(a_nul_in_a_string_is_kept_but_never_hidden),
        UNIT_TEST(a_document_is_written_as_told),
        UNIT_TEST(whatever_bytes_go_in_json_comes_out),
        UNIT_TEST(text_is_escaped_once_and_comes_back),
        UNIT_TEST(a_parsed_value_is_copied_as_it_was),
        UNIT_TEST(the_writer_nests_as_deep_as_the_reader_reads),
        UNIT_TEST(a_refusal_says_where_and_repeats_nothing_of_the_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
