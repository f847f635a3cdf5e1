#include "support/unit.h"

#include "base/text.h"
#include "tools/common/options.h"

static const struct option_row rows[] = {
    {"family", "NAME", "product line the release is for", true, false},
    {"model", "NAME", "a model it covers; without one it covers every model of the family, now and later",
     false, true},
    {"count", "N", "how many", false, false},
    {"urgent", NULL, "do not wait", false, false},
    {NULL, NULL, NULL, false, false},
};
static const struct option_row shared[] = {
    {"url", "URL", "address of the service", false, false},
    {NULL, NULL, NULL, false, false},
};
static const struct option_face face = {
    "nightshift thing make",
    "FILE [MORE...]",
    "Makes a thing. A thing is what one makes here, and this sentence is longer "
    "than a line so that it must be wrapped.",
    {{"Options", rows}, {"To reach the service", shared}}};

#define PARSE(...)                                                                                           \
    char *argv[] = {(char *)"make", __VA_ARGS__};                                                            \
    struct options options = {.value_count = 77};                                                            \
    bool is_read = options_parse(unit->arena, &face, (int)COUNT(argv), argv, &options, &unit->err)

#define S(text) (char *)text

UNIT(values_come_with_a_blank_or_an_equals_sign_and_words_in_between)
{
    PARSE(S("--family"), S("X"), S("a.tar"), S("--count=12"), S("--url="), S("b"));

    MUST(is_read);
    assert_string_equal(options_text(&options, "family"), "X");
    assert_string_equal(options_text(&options, "count"), "12");
    assert_string_equal(options_text(&options, "url"), "");
    assert_null(options_text(&options, "model"));
    assert_false(options_has(&options, "urgent"));
    assert_string_equal(options_word(&options, 0), "a.tar");
    assert_string_equal(options_word(&options, 1), "b");
    assert_null(options_word(&options, 2));
}

UNIT(a_repeatable_option_keeps_its_order)
{
    PARSE(S("f"), S("--family=X"), S("--model"), S("a"), S("--model"), S("b"), S("--urgent"));

    MUST(is_read);
    assert_int_equal(options_count(&options, "model"), 2);
    assert_string_equal(options_nth(&options, "model", 0), "a");
    assert_string_equal(options_nth(&options, "model", 1), "b");
    assert_null(options_nth(&options, "model", 2));
    assert_true(options_has(&options, "urgent"));
}

UNIT(an_unknown_option_is_refused_by_name)
{
    PARSE(S("f"), S("--family=X"), S("--frobnicate=3"));

    REFUSES(ERR_INVALID, is_read);
    SAYS("--frobnicate");
    assert_null(strchr(unit->err.text, '='));
    assert_int_equal(options.value_count, 77);
}

UNIT(a_short_option_is_unknown_and_a_lone_dash_is_a_word)
{
    {
        PARSE(S("-"), S("--family=X"));
        MUST(is_read);
        assert_string_equal(options_word(&options, 0), "-");
    }
    {
        PARSE(S("f"), S("--family=X"), S("-v"));
        REFUSES(ERR_INVALID, is_read);
        SAYS("-v");
    }
}

UNIT(a_second_value_for_a_single_option_is_refused)
{
    PARSE(S("f"), S("--family=X"), S("--family=Y"));

    REFUSES(ERR_INVALID, is_read);
    SAYS("twice");
}

UNIT(a_missing_value_a_value_too_many_and_a_missing_option_are_refused)
{
    {
        PARSE(S("f"), S("--family"));
        REFUSES(ERR_INVALID, is_read);
        SAYS("needs a value");
    }
    {
        PARSE(S("f"), S("--family=X"), S("--urgent=yes"));
        REFUSES(ERR_INVALID, is_read);
        SAYS("takes no value");
    }
    {
        PARSE(S("f"));
        REFUSES(ERR_INVALID, is_read);
        SAYS("--family NAME is missing");
    }
}

UNIT(words_are_counted)
{
    PARSE(S("--family=X"));

    REFUSES(ERR_INVALID, is_read);
    SAYS("FILE");
}

UNIT(one_word_too_many_is_refused_by_name)
{
    static const struct option_face one = {"x", "FILE", "", {{NULL, NULL}}};
    char *argv[] = {S("x"), S("a"), S("spare")};
    struct options options;

    REFUSES(ERR_INVALID, options_parse(unit->arena, &one, 3, argv, &options, &unit->err));
    SAYS("spare");
}

UNIT(after_two_dashes_everything_is_a_word)
{
    PARSE(S("--family=X"), S("--"), S("--count"), S("-h"));

    MUST(is_read);
    assert_false(options.wants_help);
    assert_string_equal(options_word(&options, 0), "--count");
    assert_string_equal(options_word(&options, 1), "-h");
}

UNIT(asking_for_help_needs_nothing_else)
{
    PARSE(S("--help"));

    MUST(is_read);
    assert_true(options.wants_help);
}

UNIT(a_number_is_bounded_and_stays_as_it_was_when_not_given)
{
    int64_t count = 5;

    {
        PARSE(S("f"), S("--family=X"));
        MUST(is_read);
        MUST(options_int(&options, "count", 1, 9, &count, &unit->err));
        assert_int_equal(count, 5);
    }
    {
        PARSE(S("f"), S("--family=X"), S("--count=10"));
        MUST(is_read);
        REFUSES(ERR_INVALID, options_int(&options, "count", 1, 9, &count, &unit->err));
        SAYS("count");
    }
    assert_int_equal(count, 5);
}

UNIT(help_names_every_option_and_fits_eighty_columns)
{
    const char *help = options_help(unit->arena, &face);
    struct span rest = span_of(help), line;

    while (text_split(&rest, '\n', &line))
        assert_true(line.size <= OPTIONS_COLUMNS);
    for (size_t i = 0; rows[i].name; i++)
        assert_non_null(strstr(help, arena_printf(unit->arena, "--%s", rows[i].name)));
    assert_non_null(strstr(help, "To reach the service:"));
    assert_non_null(strstr(help, "usage: nightshift thing make FILE [MORE...] --family NAME [options]"));
    assert_non_null(strstr(help, "(required)"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(values_come_with_a_blank_or_an_equals_sign_and_words_in_between),
        UNIT_TEST(a_repeatable_option_keeps_its_order),
        UNIT_TEST(an_unknown_option_is_refused_by_name),
        UNIT_TEST(a_short_option_is_unknown_and_a_lone_dash_is_a_word),
        UNIT_TEST(a_second_value_for_a_single_option_is_refused),
        UNIT_TEST(a_missing_value_a_value_too_many_and_a_missing_option_are_refused),
        UNIT_TEST(words_are_counted),
        UNIT_TEST(one_word_too_many_is_refused_by_name),
        UNIT_TEST(after_two_dashes_everything_is_a_word),
        UNIT_TEST(asking_for_help_needs_nothing_else),
        UNIT_TEST(a_number_is_bounded_and_stays_as_it_was_when_not_given),
        UNIT_TEST(help_names_every_option_and_fits_eighty_columns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
