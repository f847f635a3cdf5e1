/* Windows as a program, for the script that holds them against other people's time zones. A line is
 *
 *     zone <tab> start <tab> end <tab> duration <tab> rule <tab> now_ms <tab> count
 *
 * (end or duration may be empty) and the answer "opens closes opens closes ..." in ms. With --time:
 * microseconds a question, of a plain window and of one by rule. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/text.h"
#include "domain/window.h"

static int fail(const struct err *err)
{
    fprintf(stderr, "%s\n", err->text);
    return 1;
}

static bool answer(const struct window *w, int64_t now_ms, int64_t count, struct err *err)
{
    int64_t opens, closes;

    for (int64_t i = 0; i < count; i++, now_ms = closes) {
        if (!window_find(w, NULL, "UTC", now_ms, &opens, &closes, err))
            return false;
        printf("%s%" PRId64 " %" PRId64, i ? " " : "", opens, closes);
    }
    printf("\n");
    return true;
}

static bool line_read(char *line, struct err *err)
{
    struct window w = {.days = 127};
    int64_t now_ms, count;
    char *cell[7];

    for (int i = 0; i < 7; i++)
        if (!(cell[i] = strsep(&line, "\t\n")))
            return FAIL(err, ERR_INVALID, "seven cells a line");
    w.zone = cell[0];
    w.rule = cell[4];
    return window_clock_parse(cell[1], &w.start_min, err) &&
           (!*cell[2] || window_clock_parse(cell[2], &w.end_min, err)) &&
           (!*cell[3] || window_duration_parse(cell[3], &w.duration_min, err)) &&
           text_int(cell[5], "now", 0, INT64_MAX, &now_ms, err) &&
           text_int(cell[6], "count", 1, 1000, &count, err) && answer(&w, now_ms, count, err);
}

static double time_us(const struct window *w)
{
    struct timespec from, to;
    int64_t opens, closes;
    struct err err;

    clock_gettime(CLOCK_MONOTONIC, &from);
    for (int64_t i = 0; i < 20000; i++)
        if (!window_find(w, NULL, "UTC", 1790000000000LL + i * 3600000, &opens, &closes, &err))
            exit(fail(&err));
    clock_gettime(CLOCK_MONOTONIC, &to);
    return ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / 1e3 / 20000;
}

int main(int argc, char **argv)
{
    struct window w = {.start_min = 1320, .end_min = 300, .days = 127, .zone = "Europe/Berlin"};
    struct err err = {0};
    char line[1024];

    if (argc > 1 && text_equal(argv[1], "--time")) {
        printf("plain %.1f us", time_us(&w));
        w.rule = "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1";
        w.duration_min = 420;
        printf(", by rule %.1f us a question\n", time_us(&w));
        return 0;
    }
    while (fgets(line, sizeof(line), stdin))
        if (!line_read(line, &err))
            return fail(&err);
    return 0;
}
