#include "http/range.h"

#include <stdio.h>

#include "http/multipart.h"
#include "support/unit.h"

UNIT(a_range_is_read_as_rfc_9110_says)
{
    static const struct {
        const char *header;
        int64_t size;
        enum range_answer answer;
        size_t count;
        int64_t first, last; /* of the last range */
    } rows[] = {
        {NULL, 100, RANGE_NONE, 0, 0, 0},
        {"items=0-3", 100, RANGE_NONE, 0, 0, 0},
        {"bytes=0-3", 100, RANGE_OK, 1, 0, 3},
        {"BYTES=0-3", 100, RANGE_OK, 1, 0, 3},
        {"bytes=0-0", 1, RANGE_OK, 1, 0, 0},
        {"bytes=50-", 100, RANGE_OK, 1, 50, 99},
        {"bytes=-30", 100, RANGE_OK, 1, 70, 99},
        {"bytes=-300", 100, RANGE_OK, 1, 0, 99},
        {"bytes=90-1000", 100, RANGE_OK, 1, 90, 99},
        {"bytes=90-99999999999999999999999", 100, RANGE_OK, 1, 90, 99},
        {"bytes=-99999999999999999999999", 100, RANGE_OK, 1, 0, 99},
        {"bytes=0-1, 3-4\t,\t6-7", 100, RANGE_OK, 3, 6, 7},
        {"bytes=,0-1,,3-4,", 100, RANGE_OK, 2, 3, 4},
        {"bytes=50-59,0-9", 100, RANGE_OK, 2, 0, 9},
        {"bytes=0-1,2-3", 100, RANGE_OK, 2, 2, 3},
        {"bytes=", 100, RANGE_BAD, 0, 0, 0},
        {"bytes=,", 100, RANGE_BAD, 0, 0, 0},
        {"bytes= ", 100, RANGE_BAD, 0, 0, 0},
        {"bytes=-", 100, RANGE_BAD, 0, 0, 0},
        {"bytes=-0", 100, RANGE_BAD, 0, 0, 0},
        {"bytes=4-3", 100, RANGE_BAD, 0, 0, 0},
        {"bytes=100-", 100, RANGE_BAD, 0, 0, 0},
        {"bytes=99999999999999999999999-", 100, RANGE_BAD, 0, 0, 0},
        {"bytes=0-9,9-10", 100, RANGE_BAD, 0, 0, 0},
        {"bytes=0-9,-95", 100, RANGE_BAD, 0, 0, 0},
        {"bytes=0-9,5-2", 100, RANGE_BAD, 0, 0, 0},
        {"bytes=+1-5", 100, RANGE_BAD, 0, 0, 0},
        {"bytes=1- 5", 100, RANGE_BAD, 0, 0, 0},
        {"bytes=1-5x", 100, RANGE_BAD, 0, 0, 0},
        {"bytes=1-5 6-7", 100, RANGE_BAD, 0, 0, 0},
        {"bytes=0x1-5", 100, RANGE_BAD, 0, 0, 0},
        {"bytes=0-0", 0, RANGE_BAD, 0, 0, 0},
        {"bytes=-1", 0, RANGE_BAD, 0, 0, 0},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct range ranges[RANGES_MAX];
        size_t count = 77;
        enum range_answer answer = range_parse(rows[i].header, rows[i].size, ranges, &count);

        if (answer != rows[i].answer)
            fail_msg("%s: answer %d", rows[i].header, (int)answer);
        if (answer != RANGE_OK) {
            assert_int_equal(count, 77);
            continue;
        }
        assert_int_equal(count, rows[i].count);
        assert_int_equal(ranges[count - 1].first, rows[i].first);
        assert_int_equal(ranges[count - 1].last, rows[i].last);
    }
}

UNIT(sixty_four_ranges_are_served_and_one_more_is_refused)
{
    struct range ranges[RANGES_MAX];
    char text[1024] = "bytes=0-0";
    size_t size = strlen(text), count = 0;

    for (int i = 1; i < 64; i++)
        size += (size_t)snprintf(text + size, sizeof(text) - size, ",%d-%d", i * 2, i * 2);
    assert_int_equal(range_parse(text, 1000, ranges, &count), RANGE_OK);
    assert_int_equal(count, 64);
    snprintf(text + size, sizeof(text) - size, ",500-500");
    assert_int_equal(range_parse(text, 1000, ranges, &count), RANGE_BAD);
}

static const char all[] = "0123456789abcdefghijklmnopqrstuvwxyz";

/* The same bytes, with the seam at any place. */
static struct pieces cut_at(size_t seam)
{
    return (struct pieces){span_make(all, seam), span_make(all + seam, strlen(all) - seam)};
}

static void check_parts(struct unit *unit, size_t seam)
{
    static const struct range ranges[] = {{0, 0}, {10, 35}, {5, 8}};
    struct pieces whole = cut_at(seam);
    struct multipart *m = multipart_new(unit->arena, &whole, ranges, 3, "text/plain", "B");
    char *at_once = arena_take(unit->arena, 1024), *in_steps = arena_take(unit->arena, 1024);
    size_t size = multipart_read(m, 0, at_once, 1024);

    assert_int_equal(size, m->size);
    assert_string_equal(at_once,
                        "\r\n--B\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-0/36\r\n\r\n0"
                        "\r\n--B\r\nContent-Type: text/plain\r\nContent-Range: bytes 10-35/36\r\n\r\n"
                        "abcdefghijklmnopqrstuvwxyz"
                        "\r\n--B\r\nContent-Type: text/plain\r\nContent-Range: bytes 5-8/36\r\n\r\n5678"
                        "\r\n--B--\r\n");
    for (size_t step = 1; step < 80; step++) {
        int64_t from = 0;

        for (size_t got = 1; got > 0; from += (int64_t)got)
            got = multipart_read(m, from, in_steps + from, step);
        assert_int_equal(from, m->size);
        assert_memory_equal(in_steps, at_once, size);
    }
    assert_int_equal(multipart_read(m, m->size, in_steps, 10), 0);
}

UNIT(parts_read_in_any_pieces_are_the_same_bytes)
{
    for (size_t seam = 0; seam <= strlen(all); seam++)
        check_parts(unit, seam);
}

UNIT(a_reader_may_go_back)
{
    struct pieces whole = cut_at(2);
    static const struct range ranges[] = {{0, 3}, {10, 13}};
    struct multipart *m = multipart_new(unit->arena, &whole, ranges, 2, "t", "B");
    char first[20], again[20], end[200];

    assert_int_equal(multipart_read(m, 0, first, sizeof(first)), sizeof(first));
    assert_true(multipart_read(m, m->size - 20, end, sizeof(end)) == 20);
    assert_int_equal(multipart_read(m, 0, again, sizeof(again)), sizeof(again));
    assert_memory_equal(first, again, sizeof(first));
}

UNIT(every_stretch_of_two_pieces_is_that_of_the_whole)
{
    int64_t size = (int64_t)strlen(all);

    for (int64_t seam = 0; seam <= size; seam++) {
        struct pieces whole = cut_at((size_t)seam);
        char bytes[sizeof(all)];

        assert_int_equal(pieces_size(&whole), size);
        assert_int_equal(pieces_read(&whole, size, bytes, 1), 0);
        for (int64_t first = 0; first < size; first++)
            for (int64_t last = first; last < size; last++) {
                struct range range = {first, last};
                size_t want = (size_t)(last - first + 1);
                struct span stretch;

                assert_int_equal(pieces_read(&whole, first, bytes, want), want);
                assert_memory_equal(bytes, all + first, want);
                if (first < seam && last >= seam) {
                    assert_false(pieces_stretch(&whole, &range, &stretch));
                    continue;
                }
                assert_true(pieces_stretch(&whole, &range, &stretch));
                assert_ptr_equal(stretch.at, all + first);
                assert_int_equal(stretch.size, want);
            }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_range_is_read_as_rfc_9110_says),
        UNIT_TEST(sixty_four_ranges_are_served_and_one_more_is_refused),
        UNIT_TEST(parts_read_in_any_pieces_are_the_same_bytes),
        UNIT_TEST(a_reader_may_go_back),
        UNIT_TEST(every_stretch_of_two_pieces_is_that_of_the_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
