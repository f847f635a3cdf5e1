#include "base/text.h"

#include "base/buf.h"
#include "support/unit.h"

UNIT(comparing_knows_null_and_case)
{
    assert_true(text_equal("a", "a"));
    assert_true(text_equal(NULL, NULL));
    assert_false(text_equal("a", NULL));
    assert_false(text_equal("a", "A"));
    assert_true(text_equal_nocase("Range", "rANGE"));
    assert_false(text_equal_nocase(NULL, "x"));
    assert_true(text_starts("abc", "ab"));
    assert_false(text_starts("a", "ab"));
    assert_true(text_ends("x.json", ".json"));
    assert_false(text_ends("json", ".json"));
    assert_false(text_starts(NULL, "") || text_ends(NULL, ""));
    assert_true(text_blank(NULL) && text_blank("") && !text_blank(" "));
}

UNIT(an_integer_is_read_whole_and_within_bounds)
{
    /* clang-format off */
    static const struct { const char *text; int64_t min, max; bool is_fine; int64_t value; } rows[] = {
        {"0",                     0,         10,        true,  0},
        {"10",                    0,         10,        true,  10},
        {"11",                    0,         10,        false, 0},
        {"007",                   0,         10,        true,  7},
        {"-1",                    -1,        10,        true,  -1},
        {"-1",                    0,         10,        false, 0},
        {"9223372036854775807",   INT64_MIN, INT64_MAX, true,  INT64_MAX},
        {"9223372036854775808",   INT64_MIN, INT64_MAX, false, 0},
        {"-9223372036854775808",  INT64_MIN, INT64_MAX, true,  INT64_MIN},
        {"-9223372036854775809",  INT64_MIN, INT64_MAX, false, 0},
        {"99999999999999999999",  INT64_MIN, INT64_MAX, false, 0},
        {"", 0, 10, false, 0}, {"-", -9, 10, false, 0}, {"+1", 0, 10, false, 0}, {" 1", 0, 10, false, 0},
        {"1 ", 0, 10, false, 0}, {"0x1", 0, 10, false, 0}, {"1.0", 0, 10, false, 0}, {"--1", -9, 10, false, 0},
        {NULL, 0, 10, false, 0},
    };
    /* clang-format on */
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t value = 4711;

        assert_int_equal(rows[i].is_fine,
                         text_int(rows[i].text, "port", rows[i].min, rows[i].max, &value, &unit->err));
        assert_true(value == (rows[i].is_fine ? rows[i].value : 4711));
    }
    SAYS("port must be a whole number from 0 to 10");
}

UNIT(a_name_is_safe_as_a_path)
{
    static const char *const fine[] = {"a", "A-1_b.c", "x..y", "12345678"};
    static const char *const bad[] = {"",          ".",        "..",  ".a",  "a/b", "a b",
                                      "123456789", "\xC3\xA4", "a\n", "%41", NULL};

    for (size_t i = 0; i < COUNT(fine); i++)
        MUST(text_name(fine[i], "family", 8, &unit->err));
    for (size_t i = 0; i < COUNT(bad); i++)
        REFUSES(ERR_INVALID, text_name(bad[i], "family", 8, &unit->err));
    SAYS("family");
}

UNIT(utf8_is_the_strict_kind)
{
    static const char *const fine[] = {"",
                                       "abc",
                                       "\xC3\xA4",
                                       "\xE2\x82\xAC",
                                       "\xED\x9F\xBF",
                                       "\xEE\x80\x80",
                                       "\xF0\x90\x80\x80",
                                       "\xF4\x8F\xBF\xBF"};
    static const char *const bad[] = {"\x80",
                                      "\xC0\x80",
                                      "\xC1\xBF",
                                      "\xC3",
                                      "\xE0\x80\x80",
                                      "\xED\xA0\x80",
                                      "\xE2\x82",
                                      "\xF0\x80\x80\x80",
                                      "\xF4\x90\x80\x80",
                                      "\xF5\x80\x80\x80",
                                      "\xFF",
                                      "a\xC3(",
                                      "\xE2\x28\xA1"};

    for (size_t i = 0; i < COUNT(fine); i++)
        assert_true(text_is_utf8(span_of(fine[i])));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(text_is_utf8(span_of(bad[i])));
    assert_int_equal(3, text_utf8_size(span_of("\xE2\x82\xACx")));
    assert_int_equal(0, text_utf8_size(span_make("\xE2\x82\xAC", 2)));
}

UNIT(unescaping_decodes_once_and_refuses_what_is_not_an_escape)
{
    static const char *const bad[] = {"%", "%4", "a%4", "%4g", "%g4", "%00", "a%00b", "% 41", "%-1"};
    char *out = NULL;

    MUST(text_unescape(unit->arena, span_of("a%20b%2F%2525+"), false, &out, &unit->err));
    assert_string_equal("a b/%25+", out);
    MUST(text_unescape(unit->arena, span_of("a+b%2B"), true, &out, &unit->err));
    assert_string_equal("a b+", out);
    MUST(text_unescape(unit->arena, span_make(NULL, 0), true, &out, &unit->err));
    assert_string_equal("", out);
    for (size_t i = 0; i < COUNT(bad); i++) {
        out = NULL;
        REFUSES(ERR_INVALID, text_unescape(unit->arena, span_of(bad[i]), true, &out, &unit->err));
        assert_null(out);
    }
    REFUSES(ERR_INVALID, text_unescape(unit->arena, span_make("a\0b", 3), true, &out, &unit->err));
}

UNIT(escaping_and_unescaping_give_every_byte_back)
{
    char all[256], *back;

    for (int i = 1; i < 256; i++)
        all[i - 1] = (char)i;
    all[255] = '\0';
    char *escaped = text_escape(unit->arena, all);
    assert_int_equal(strlen(escaped), strspn(escaped, "%0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                      "abcdefghijklmnopqrstuvwxyz-._~"));
    MUST(text_unescape(unit->arena, span_of(escaped), true, &back, &unit->err));
    assert_string_equal(all, back);
    assert_string_equal("a-b.c_d~e%20%2F", text_escape(unit->arena, "a-b.c_d~e /"));
}

static const char *pieces(struct unit *unit, struct span rest)
{
    struct buf buf = {.arena = unit->arena};
    struct span piece;

    while (text_split(&rest, ',', &piece))
        buf_printf(&buf, "<%.*s>", (int)piece.size, piece.at);
    return buf_cstr(&buf);
}

UNIT(splitting_gives_one_piece_more_than_separators)
{
    assert_string_equal("<a><b>", pieces(unit, span_of("a,b")));
    assert_string_equal("<a><><b>", pieces(unit, span_of("a,,b")));
    assert_string_equal("<><>", pieces(unit, span_of(",")));
    assert_string_equal("<>", pieces(unit, span_of("")));
    assert_string_equal("", pieces(unit, span_make(NULL, 0)));
}

UNIT(trimming_takes_space_from_both_ends_only)
{
    struct span text = text_trim(span_of(" \t a b\r\n"));

    assert_int_equal(3, text.size);
    assert_memory_equal("a b", text.at, 3);
    assert_int_equal(0, text_trim(span_of(" \n ")).size);
}

UNIT(hex_goes_both_ways)
{
    uint8_t bytes[3] = {0};

    assert_string_equal("00ff7a", text_hex(unit->arena, "\x00\xff\x7a", 3));
    assert_true(text_unhex("00fF7A", bytes, 3));
    assert_memory_equal("\x00\xff\x7a", bytes, 3);
    assert_false(text_unhex("00ff7", bytes, 3));
    assert_false(text_unhex("00ff7a00", bytes, 3));
    assert_false(text_unhex("00ff7g", bytes, 3));
    assert_false(text_unhex(NULL, bytes, 0));
    assert_memory_equal("\x00\xff\x7a", bytes, 3);
    assert_true(text_is_hex("00ff", 4));
    assert_false(text_is_hex("00FF", 4) || text_is_hex("00ff", 3) || text_is_hex("0ff", 4) ||
                 text_is_hex(NULL, 0));
}

UNIT(base64_goes_both_ways)
{
    /* RFC 4648, 10. */
    static const char *const rows[][2] = {{"", ""},
                                          {"f", "Zg=="},
                                          {"fo", "Zm8="},
                                          {"foo", "Zm9v"},
                                          {"foob", "Zm9vYg=="},
                                          {"fooba", "Zm9vYmE="},
                                          {"foobar", "Zm9vYmFy"},
                                          {"\xfb\xff\xfe", "+//+"}};
    struct span back;

    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_string_equal(rows[i][1], text_base64(unit->arena, span_of(rows[i][0])));
        MUST(text_unbase64(unit->arena, span_of(rows[i][1]), &back, &unit->err));
        assert_int_equal(strlen(rows[i][0]), back.size);
        assert_memory_equal(rows[i][0], back.at, back.size);
    }
}

UNIT(base64_that_could_be_written_otherwise_is_refused)
{
    static const char *const bad[] = {"Z",        "Zg",    "Zg=",    "Zh==", "Zm9=", "====", "Z===",
                                      "Zg==Zg==", "Zm 9v", "Zm9v\n", "-__-", "=Zg=", "Zg=g", "Zm9v="};
    struct span out = span_of("as it was");

    for (size_t i = 0; i < COUNT(bad); i++)
        REFUSES(ERR_INVALID, text_unbase64(unit->arena, span_of(bad[i]), &out, &unit->err));
    REFUSES(ERR_INVALID, text_unbase64(unit->arena, span_make("Zg\0=", 4), &out, &unit->err));
    assert_string_equal("as it was", out.at);
}

UNIT(sizes_and_durations_read_well)
{
    assert_string_equal("0 B", text_bytes(unit->arena, 0));
    assert_string_equal("999 B", text_bytes(unit->arena, 999));
    assert_string_equal("1.0 kB", text_bytes(unit->arena, 1000));
    assert_string_equal("12.3 MB", text_bytes(unit->arena, 12300000));
    assert_string_equal("1.0 MB", text_bytes(unit->arena, 999990));
    assert_string_equal("9.2 EB", text_bytes(unit->arena, INT64_MAX));
    assert_string_equal("350 ms", text_duration(unit->arena, 350));
    assert_string_equal("12 s", text_duration(unit->arena, 12999));
    assert_string_equal("5 m 03 s", text_duration(unit->arena, 303000));
    assert_string_equal("1 h 02 m", text_duration(unit->arena, 3720000));
    assert_string_equal("3 d 04 h", text_duration(unit->arena, 273600000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(comparing_knows_null_and_case),
        UNIT_TEST(an_integer_is_read_whole_and_within_bounds),
        UNIT_TEST(a_name_is_safe_as_a_path),
        UNIT_TEST(utf8_is_the_strict_kind),
        UNIT_TEST(unescaping_decodes_once_and_refuses_what_is_not_an_escape),
        UNIT_TEST(escaping_and_unescaping_give_every_byte_back),
        UNIT_TEST(splitting_gives_one_piece_more_than_separators),
        UNIT_TEST(trimming_takes_space_from_both_ends_only),
        UNIT_TEST(hex_goes_both_ways),
        UNIT_TEST(base64_goes_both_ways),
        UNIT_TEST(base64_that_could_be_written_otherwise_is_refused),
        UNIT_TEST(sizes_and_durations_read_well),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
