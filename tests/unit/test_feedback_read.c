#include "api/feedback_read.h"

#include "base/text.h"
#include "support/unit.h"

static struct report read_body(struct unit *unit, const char *body)
{
    struct report report = {0};

    MUST(feedback_read(unit->arena, span_of(body), &report, &unit->err));
    return report;
}

static const char *detail(struct unit *unit, const struct report *report, size_t i)
{
    assert_true(i < report->detail_count);
    return arena_text(unit->arena, report->details[i]);
}

UNIT(every_execution_and_every_end_is_understood)
{
    for (int e = 0; e < EXECUTION__MAX; e++)
        for (int f = 0; f < FINISHED__MAX; f++) {
            struct report report = read_body(
                unit, arena_printf(unit->arena,
                                   "{\"status\":{\"execution\":\"%s\",\"result\":{\"finished\":\"%s\"}}}",
                                   execution_name[e], finished_name[f]));

            assert_int_equal(report.execution, e);
            assert_int_equal(report.finished, f);
            assert_false(report.has_code);
            assert_int_equal(report.detail_count, 0);
        }
}

#define WITH(more) "{\"status\":{\"execution\":\"closed\",\"result\":{\"finished\":\"none\"}" more "}}"

UNIT(details_may_be_a_list_a_text_nothing_or_odd)
{
    struct report report;

    report = read_body(unit, WITH(",\"details\":[\"a\",\"b\"]"));
    assert_int_equal(report.detail_count, 2);
    assert_string_equal(detail(unit, &report, 1), "b");
    report = read_body(unit, WITH(",\"details\":\"just this\""));
    assert_int_equal(report.detail_count, 1);
    assert_string_equal(detail(unit, &report, 0), "just this");
    assert_int_equal(read_body(unit, WITH(",\"details\":null")).detail_count, 0);
    assert_int_equal(read_body(unit, WITH(",\"details\":[]")).detail_count, 0);
    report = read_body(unit, WITH(",\"details\":[1,{\"a\":[true]},null]"));
    assert_string_equal(detail(unit, &report, 0), "1");
    assert_string_equal(detail(unit, &report, 1), "{\"a\":[true]}");
}

UNIT(a_code_is_a_whole_number_or_absent)
{
    struct report report = read_body(unit, WITH(",\"code\":-7"));

    assert_true(report.has_code);
    assert_int_equal(report.code, -7);
    assert_false(read_body(unit, WITH(",\"code\":null")).has_code);
    REFUSES(ERR_INVALID, feedback_read(unit->arena, span_of(WITH(",\"code\":1.5")), &report, &unit->err));
    REFUSES(ERR_INVALID, feedback_read(unit->arena, span_of(WITH(",\"code\":\"7\"")), &report, &unit->err));
    REFUSES(ERR_INVALID,
            feedback_read(unit->arena, span_of(WITH(",\"code\":4294967296")), &report, &unit->err));
}

#define TEMPLATE(details)                                                                                    \
    "{\"id\": "                                                                                              \
    "\"7\",\"status\":{\"result\":{\"finished\":\"failure\"},\"execution\":\"closed\",\"details\":[" details \
    "]}}"

UNIT(control_bytes_inside_quotes_are_only_escaped)
{
    struct report report = read_body(unit, TEMPLATE("\"one\ntwo\tthree\",\"fo\\\"ur\""));

    assert_int_equal(report.detail_count, 2);
    assert_string_equal(detail(unit, &report, 0), "one\ntwo\tthree");
    assert_string_equal(detail(unit, &report, 1), "fo\"ur");
}

UNIT(stray_quotes_leave_the_two_words_and_the_text)
{
    struct report report = read_body(unit, TEMPLATE("\"cannot open \"a\" or \"b\"\n\""));

    assert_int_equal(report.execution, EXECUTION_CLOSED);
    assert_int_equal(report.finished, FINISHED_FAILURE);
    assert_int_equal(report.detail_count, 1);
    assert_string_equal(detail(unit, &report, 0), "cannot open \"a\" or \"b");
}

UNIT(what_the_details_say_is_never_taken_for_the_report)
{
    static const char body[] =
        "{\"status\":{\"result\":{\"finished\":\"failure\"},\"details\":[\"\" \"execution\":"
        "\"closed\"]}}";
    struct report report;

    REFUSES(ERR_INVALID, feedback_read(unit->arena, span_of(body), &report, &unit->err));
    SAYS("execution");
}

UNIT(a_body_that_was_cut_off_counts_when_both_words_arrived)
{
    struct report report =
        read_body(unit, "{\"status\":{\"result\":{\"finished\":\"success\"},\"execution\":\"closed\","
                        "\"details\":[\"all is");

    assert_int_equal(report.finished, FINISHED_SUCCESS);
    assert_string_equal(detail(unit, &report, 0), "all is");
}

UNIT(what_says_neither_is_refused_whatever_its_bytes)
{
    static const char *const bodies[] = {"",
                                         "{",
                                         "\"",
                                         "{\"execution\"",
                                         "{\"execution\":",
                                         "{\"execution\":\"",
                                         "\"execution\":\"closed\"",
                                         "\xff",
                                         "[[[[",
                                         "{\"details\":[",
                                         "\"finished\":\"none\",\"execution\":closed"};
    struct report report;

    for (size_t i = 0; i < COUNT(bodies); i++)
        REFUSES(ERR_INVALID, feedback_read(unit->arena, span_of(bodies[i]), &report, &unit->err));
}

UNIT(a_confirmation_is_a_yes_or_a_no)
{
    struct confirmation said;

    MUST(feedback_read_confirmation(
        unit->arena, span_of("{\"confirmation\":\"confirmed\",\"details\":\"ok\"}"), &said, &unit->err));
    assert_true(said.is_yes);
    assert_int_equal(said.detail_count, 1);
    MUST(feedback_read_confirmation(unit->arena, span_of("{\"confirmation\":\"denied\",\"code\":4}"), &said,
                                    &unit->err));
    assert_false(said.is_yes);
    assert_int_equal(said.code, 4);
    REFUSES(ERR_INVALID, feedback_read_confirmation(unit->arena, span_of("{}"), &said, &unit->err));
    REFUSES(ERR_INVALID,
            feedback_read_confirmation(unit->arena, span_of("{\"confirmation\":true}"), &said, &unit->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(every_execution_and_every_end_is_understood),
        UNIT_TEST(details_may_be_a_list_a_text_nothing_or_odd),
        UNIT_TEST(a_code_is_a_whole_number_or_absent),
        UNIT_TEST(control_bytes_inside_quotes_are_only_escaped),
        UNIT_TEST(stray_quotes_leave_the_two_words_and_the_text),
        UNIT_TEST(what_the_details_say_is_never_taken_for_the_report),
        UNIT_TEST(a_body_that_was_cut_off_counts_when_both_words_arrived),
        UNIT_TEST(what_says_neither_is_refused_whatever_its_bytes),
        UNIT_TEST(a_confirmation_is_a_yes_or_a_no),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
