#include "support/unit.h"

#include <unistd.h>

#include "tools/common/progress.h"

static struct progress half_way(void)
{
    return (struct progress){
        .what = "uploading x.tar", .started_ms = 1000, .already = 0, .done = 50000000, .total = 100000000};
}

UNIT(a_line_names_the_share_the_rate_and_the_time_left)
{
    struct progress progress = half_way();
    const char *line = progress_line(unit->arena, &progress, 6000, 0);

    assert_non_null(strstr(line, "uploading x.tar"));
    assert_non_null(strstr(line, "50 %"));
    assert_non_null(strstr(line, "10.0 MB/s"));
    assert_non_null(strstr(line, "left"));
    assert_null(strchr(line, '['));
}

UNIT(what_was_there_before_does_not_make_the_rate_better)
{
    struct progress progress = half_way();

    progress.already = 40000000;
    assert_non_null(strstr(progress_line(unit->arena, &progress, 6000, 0), "2.0 MB/s"));
}

UNIT(the_first_blink_has_no_rate)
{
    struct progress progress = half_way();

    assert_null(strstr(progress_line(unit->arena, &progress, 1001, 0), "/s"));
    assert_null(strstr(progress_line(unit->arena, &progress, 1000, 0), "left"));
}

UNIT(a_bar_stays_within_the_columns_and_is_half_full_half_way)
{
    struct progress progress = half_way();

    for (size_t columns = 10; columns < 200; columns += 7)
        assert_true(strlen(progress_line(unit->arena, &progress, 6000, columns)) <= columns);
    assert_non_null(
        strstr(progress_line(unit->arena, &progress, 6000, 200), "[###############...............]"));
}

UNIT(an_unknown_total_shows_only_what_is_done)
{
    struct progress progress = half_way();
    const char *line;

    progress.total = -1;
    line = progress_line(unit->arena, &progress, 6000, 120);
    assert_non_null(strstr(line, "50.0 MB"));
    assert_null(strchr(line, '%'));
    assert_null(strchr(line, '['));
}

UNIT(things_are_counted_by_their_name)
{
    struct progress progress = {
        .what = "wrapping", .of = "backups", .started_ms = 1000, .done = 50, .total = 100};
    const char *line = progress_line(unit->arena, &progress, 6000, 0);

    assert_non_null(strstr(line, "50 of 100 backups"));
    assert_non_null(strstr(line, "10/s"));
    assert_null(strstr(line, " B"));
}

UNIT(an_empty_file_divides_by_nothing)
{
    struct progress progress = {.what = "x", .total = 0};

    assert_non_null(progress_line(unit->arena, &progress, 6000, 80));
}

UNIT(elsewhere_than_on_a_terminal_the_last_word_is_one_plain_line)
{
    struct progress progress = half_way();
    char said[200] = "";
    int pipes[2];

    assert_int_equal(pipe(pipes), 0);
    progress.fd = pipes[1];
    progress_end(&progress);
    close(pipes[1]);
    assert_true(read(pipes[0], said, sizeof(said) - 1) > 0);
    close(pipes[0]);
    assert_null(strchr(said, '\r'));
    assert_null(strchr(said, '\033'));
    assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_line_names_the_share_the_rate_and_the_time_left),
        UNIT_TEST(what_was_there_before_does_not_make_the_rate_better),
        UNIT_TEST(the_first_blink_has_no_rate),
        UNIT_TEST(a_bar_stays_within_the_columns_and_is_half_full_half_way),
        UNIT_TEST(an_unknown_total_shows_only_what_is_done),
        UNIT_TEST(things_are_counted_by_their_name),
        UNIT_TEST(an_empty_file_divides_by_nothing),
        UNIT_TEST(elsewhere_than_on_a_terminal_the_last_word_is_one_plain_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
