#include "base/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "support/unit.h"

static int pipe_ends[2];

static int begin(void **state)
{
    if (pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return -1;
    log_start(LOG_INFO, pipe_ends[1]);
    return unit_begin(state);
}

static int end(void **state)
{
    log_start(LOG_INFO, STDERR_FILENO);
    fd_closep(&pipe_ends[0]);
    fd_closep(&pipe_ends[1]);
    return unit_end(state);
}

/* What was logged since the last call, without the time; checks the time's form. */
static const char *logged(struct unit *unit)
{
    char *bytes = arena_take(unit->arena, 65536);
    ssize_t size = read(pipe_ends[0], bytes, 65535);
    int64_t ms;

    if (size <= 0)
        return "";
    char *space = strchr(bytes, ' ');
    assert_non_null(space);
    assert_int_equal(24, space - bytes);
    *space = '\0';
    assert_true(text_time_parse(bytes, &ms));
    return space + 1;
}

UNIT(an_event_is_one_line_of_pairs)
{
    log_say(LOG_WARN, "rollout.halted", "rollout", "r-1", "url", "https://h:1/a%20b", "why", "3 of 20 failed",
            NULL);
    assert_string_equal("warn rollout.halted rollout=r-1 url=https://h:1/a%20b why=\"3 of 20 failed\"\n",
                        logged(unit));
    log_say(LOG_ERROR, "stop", NULL);
    assert_string_equal("error stop\n", logged(unit));
}

UNIT(a_null_value_leaves_its_pair_out_and_an_empty_one_shows)
{
    log_say(LOG_INFO, "x", "a", (const char *)NULL, "b", "", "c", "1", NULL);
    assert_string_equal("info x b=\"\" c=1\n", logged(unit));
}

UNIT(events_below_the_level_are_not_written)
{
    log_say(LOG_DEBUG, "x", NULL);
    assert_string_equal("", logged(unit));
    log_start(LOG_DEBUG, pipe_ends[1]);
    log_say(LOG_DEBUG, "x", NULL);
    assert_string_equal("debug x\n", logged(unit));
}

UNIT(a_strangers_bytes_cannot_start_a_line_or_turn_the_text)
{
    /* clang-format off */
    static const char *const rows[][2] = {
        {"a\nb",             "\"a\\nb\""},
        {"a\rb\x1b[2J",      "\"a\\x0db\\x1b[2J\""},
        {"say \"no\" \\",    "\"say \\\"no\\\" \\\\\""},
        {"a=b",              "\"a=b\""},
        {"\x7f",             "\"\\x7f\""},
        {"\xff\xc3",         "\"\\xff\\xc3\""},
        {"\xc2\x85",         "\"\\xc2\\x85\""},
        {"\xe2\x80\xae" "x", "\"\\xe2\\x80\\xaex\""},
        {"\xe2\x80\xa8",     "\"\\xe2\\x80\\xa8\""},
        {"B\xc3\xbcro \xe6\x9d\xb1\xe4\xba\xac", "\"B\xc3\xbcro \xe6\x9d\xb1\xe4\xba\xac\""},
    };
    /* clang-format on */
    for (size_t i = 0; i < COUNT(rows); i++) {
        log_say(LOG_INFO, "x", "v", rows[i][0], NULL);
        assert_string_equal(arena_printf(unit->arena, "info x v=%s\n", rows[i][1]), logged(unit));
    }
}

UNIT(every_byte_stays_within_one_line)
{
    for (int byte = 1; byte < 256; byte++) {
        char value[] = {'a', (char)byte, 'b', '\0'};

        log_say(LOG_INFO, "x", "v", value, NULL);
        const char *line = logged(unit);
        assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
        assert_null(strpbrk(line, "\r\x1b\x07"));
        assert_true(text_is_utf8(span_of(line)));
    }
}

UNIT(long_values_are_cut_and_so_is_the_line)
{
    char *value = arena_take(unit->arena, 100001);

    memset(value, 'x', 100000);
    log_say(LOG_INFO, "x", "v", value, "w", "1", NULL);
    const char *line = logged(unit);
    assert_int_equal(strlen("info x v=") + 512 + strlen("... w=1\n"), strlen(line));
    log_say(LOG_INFO, "x", "a", value, "b", value, "c", value, "d", value, "e", value, "f", value, "g", value,
            "h", value, "i", value, NULL);
    line = logged(unit);
    assert_int_equal(4096 - 25, strlen(line));
    assert_int_equal('\n', line[strlen(line) - 1]);
}

#define LOG_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOG_TEST(an_event_is_one_line_of_pairs),
        LOG_TEST(a_null_value_leaves_its_pair_out_and_an_empty_one_shows),
        LOG_TEST(events_below_the_level_are_not_written),
        LOG_TEST(a_strangers_bytes_cannot_start_a_line_or_turn_the_text),
        LOG_TEST(every_byte_stays_within_one_line),
        LOG_TEST(long_values_are_cut_and_so_is_the_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
