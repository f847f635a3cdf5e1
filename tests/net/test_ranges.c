/* Downloads on the wire: ranges, conditions, lengths. Over TLS and plain alike. */
#include "support/ask.h"

static struct door door;

static int start(void **state)
{
    (void)state;
    door_start(&door, (struct http_options){0});
    return 0;
}

static int stop(void **state)
{
    (void)state;
    door_stop(&door, 1000);
    return 0;
}

UNIT(one_range_is_answered_with_its_bytes)
{
    static const struct {
        const char *range, *content_range;
        int64_t from, size;
    } rows[] = {
        {"bytes=0-3", "bytes 0-3/100000", 0, 4},
        {"bytes=99990-", "bytes 99990-99999/100000", 99990, 10},
        {"bytes=-500", "bytes 99500-99999/100000", 99500, 500},
        {"bytes=99999-200000", "bytes 99999-99999/100000", 99999, 1},
        {"bytes=-200000", "bytes 0-99999/100000", 0, 100000},
    };

    BOTH for (size_t i = 0; i < COUNT(rows); i++)
    {
        AUTO(wire_closep) struct wire *wire = dial(is_tls);
        struct wire_reply reply = ask(unit, wire, "GET", i % 2 ? "/file/100000" : "/mapped/100000",
                                      arena_printf(unit->arena, "Range: %s\r\n", rows[i].range));

        assert_int_equal(reply.status, 206);
        assert_string_equal(wire_header(unit->arena, &reply, "Content-Range"), rows[i].content_range);
        assert_int_equal(reply.body.size, rows[i].size);
        assert_true(door_bytes_are(reply.body, rows[i].from));
        assert_string_equal(wire_header(unit->arena, &reply, "ETag"), "\"v1\"");
    }
    assert_true(door_settles(&door.sources_out));
}

UNIT(a_range_that_cannot_be_is_416_with_the_size_and_no_body)
{
    static const char *const ranges[] = {"bytes=100000-", "bytes=5-4", "bytes=0-9,5-20", "bytes=x",
                                         "bytes=-0"};

    BOTH for (size_t i = 0; i < COUNT(ranges); i++)
    {
        AUTO(wire_closep) struct wire *wire = dial(is_tls);
        struct wire_reply reply =
            ask(unit, wire, "GET", "/file/100000", arena_printf(unit->arena, "Range: %s\r\n", ranges[i]));

        says(&reply, 416, "");
        assert_string_equal(wire_header(unit->arena, &reply, "Content-Range"), "bytes */100000");
        assert_string_equal(wire_header(unit->arena, &reply, "Content-Length"), "0");
        reply = ask(unit, wire, "GET", "/hello", "");
        says(&reply, 200, "hello\n");
    }
}

/* Takes "\r\n--B\r\n...\r\n\r\n" off the front; returns the part's head. */
static const char *part_head(struct unit *unit, struct span *rest, const char *boundary)
{
    const char *mark = arena_printf(unit->arena, "\r\n--%s\r\n", boundary);
    const char *end;
    char *head;

    assert_true(rest->size > strlen(mark) && memcmp(rest->at, mark, strlen(mark)) == 0);
    end = memmem(rest->at, rest->size, "\r\n\r\n", 4);
    assert_non_null(end);
    end += 4;
    head = arena_text(unit->arena, span_make(rest->at, (size_t)(end - rest->at)));
    *rest = span_make(end, rest->size - (size_t)(end - rest->at));
    return head;
}

/* Takes one part off the front: first and last byte, out of `whole`. */
static void check_part(struct unit *unit, struct span *rest, const char *boundary, const int64_t span[2],
                       int whole)
{
    size_t size = (size_t)(span[1] - span[0] + 1);
    const char *head = part_head(unit, rest, boundary);

    assert_non_null(strstr(head, arena_printf(unit->arena, "Content-Range: bytes %lld-%lld/%d\r\n",
                                              (long long)span[0], (long long)span[1], whole)));
    assert_non_null(strstr(head, "Content-Type: application/octet-stream\r\n"));
    assert_true(rest->size > size);
    assert_true(door_bytes_are(span_make(rest->at, size), span[0]));
    *rest = span_make(rest->at + size, rest->size - size);
}

UNIT(ten_ranges_come_as_parts_with_an_exact_length)
{
    BOTH
    {
        AUTO(wire_closep) struct wire *wire = dial(is_tls);
        struct wire_reply reply =
            ask(unit, wire, "GET", "/file/900000",
                "Range: bytes=0-0,10-19,100-70000,100000-100001,200000-299999,300000-300000,400000-400009,"
                "500000-500009,600000-650000,-1\r\n");
        static const int64_t spans[][2] = {
            {0, 0},           {10, 19},         {100, 70000},     {100000, 100001}, {200000, 299999},
            {300000, 300000}, {400000, 400009}, {500000, 500009}, {600000, 650000}, {899999, 899999}};
        const char *type = wire_header(unit->arena, &reply, "Content-Type");
        struct span rest = reply.body;
        const char *boundary;

        assert_int_equal(reply.status, 206);
        assert_memory_equal(type, "multipart/byteranges; boundary=", 31);
        boundary = type + 31;
        assert_null(strpbrk(boundary, "\"= ;"));
        for (size_t i = 0; i < COUNT(spans); i++)
            check_part(unit, &rest, boundary, spans[i], 900000);
        assert_string_equal(arena_text(unit->arena, rest),
                            arena_printf(unit->arena, "\r\n--%s--\r\n", boundary));
        reply = ask(unit, wire, "GET", "/hello", "");
        says(&reply, 200, "hello\n");
    }
}

UNIT(conditions_decide_before_ranges)
{
    static const struct {
        const char *headers;
        int status;
    } rows[] = {
        {"If-Range: \"v1\"\r\nRange: bytes=0-3\r\n", 206},
        {"If-Range: \"v2\"\r\nRange: bytes=0-3\r\n", 200},
        {"If-Range: Sun, 13 Sep 2020 12:26:40 GMT\r\nRange: bytes=0-3\r\n", 206},
        {"If-Match: \"v1\"\r\n", 200},
        {"If-Match: \"v2\"\r\n", 412},
        {"If-Match: \"v2\"\r\nRange: bytes=0-3\r\n", 412},
        {"If-None-Match: \"v1\"\r\n", 304},
        {"If-None-Match: \"v0\", W/\"v1\"\r\n", 304},
        {"If-Modified-Since: Sun, 13 Sep 2020 12:26:40 GMT\r\n", 304},
        {"If-Unmodified-Since: Sun, 13 Sep 2020 12:26:39 GMT\r\n", 412},
    };

    BOTH
    {
        AUTO(wire_closep) struct wire *wire = dial(is_tls);

        for (size_t i = 0; i < COUNT(rows); i++) {
            struct wire_reply reply = ask(unit, wire, "GET", "/file/1000", rows[i].headers);

            assert_int_equal(reply.status, rows[i].status);
            if (reply.status == 412)
                assert_int_equal(reply.body.size, 0);
            if (reply.status == 200)
                assert_int_equal(reply.body.size, 1000);
        }
    }
}

UNIT(head_has_the_length_but_no_body_and_ignores_ranges)
{
    BOTH
    {
        AUTO(wire_closep) struct wire *wire = dial(is_tls);

        for (int i = 0; i < 3; i++) {
            struct wire_reply reply = ask(unit, wire, "HEAD", "/mapped/70000", "Range: bytes=0-3\r\n");

            assert_int_equal(reply.status, 200);
            assert_string_equal(wire_header(unit->arena, &reply, "Content-Length"), "70000");
            assert_string_equal(wire_header(unit->arena, &reply, "Accept-Ranges"), "bytes");
            reply = ask(unit, wire, "GET", "/hello", "");
            says(&reply, 200, "hello\n");
        }
    }
    assert_true(door_settles(&door.sources_out));
}

/* Where record grouping could hold something back or send it twice. */
UNIT(every_length_around_the_record_size_is_byte_exact)
{
    static const int deltas[] = {-40, -17, -16, -1, 0, 1, 16, 17, 40};

    BOTH
    {
        AUTO(wire_closep) struct wire *wire = dial(is_tls);

        for (int records = 1; records <= 34; records += records < 6 ? 1 : 7)
            for (size_t i = 0; i < COUNT(deltas); i++) {
                int64_t size = records * 16384 + deltas[i];
                struct wire_reply reply =
                    ask(unit, wire, "GET", arena_printf(unit->arena, "/mapped/%lld", (long long)size), "");

                assert_int_equal(reply.body.size, size);
                assert_true(door_bytes_are(reply.body, 0));
            }
    }
    assert_true(door_settles(&door.sources_out));
}

UNIT(a_large_download_is_whole_with_a_reader_that_pauses)
{
    BOTH
    {
        AUTO(wire_closep) struct wire *wire = dial(is_tls);
        int64_t size = 30000000, got = 0;
        char piece[50000];
        struct wire_reply head;

        assert_true(wire_say(wire, "GET /mapped/%lld HTTP/1.1\r\nHost: a\r\n\r\n", (long long)size));
        assert_true(wire_reply(wire, unit->arena, true, &head));
        while (got < size) {
            ssize_t now = wire_read(
                wire, piece, (size_t)(size - got) < sizeof(piece) ? (size_t)(size - got) : sizeof(piece));

            assert_true(now > 0);
            assert_true(door_bytes_are(span_make(piece, (size_t)now), got));
            got += now;
        }
    }
    assert_true(door_settles(&door.sources_out));
}

UNIT(many_parallel_ranges_each_get_their_own_bytes)
{
    enum { COUNT_ = 64, SIZE = 131072, STEP = 14000 };
    struct wire *wires[COUNT_];

    BOTH
    {
        for (int i = 0; i < COUNT_; i++)
            wires[i] = dial(is_tls);
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < COUNT_; i++)
                assert_true(
                    wire_say(wires[i],
                             "GET /mapped/1048576 HTTP/1.1\r\nHost: a\r\nAuthorization: TargetToken x\r\n"
                             "Range: bytes=%d-%d\r\n\r\n",
                             i * STEP, i * STEP + SIZE - 1));
            for (int i = 0; i < COUNT_; i++) {
                struct wire_reply reply;

                assert_true(wire_reply(wires[i], unit->arena, false, &reply));
                assert_int_equal(reply.status, 206);
                assert_int_equal(reply.body.size, SIZE);
                assert_true(door_bytes_are(reply.body, i * STEP));
                assert_string_equal(wire_header(unit->arena, &reply, "ETag"), "\"v1\"");
            }
        }
        for (int i = 0; i < COUNT_; i++)
            wire_closep(&wires[i]);
    }
    assert_true(door_settles(&door.sources_out));
}

/* ---- a reply in two pieces: the head ends at DOOR_HEAD ---- */

UNIT(a_reply_with_a_head_is_whole_in_any_length)
{
    static const int sizes[] = {0,     1,     DOOR_HEAD - 1, DOOR_HEAD, DOOR_HEAD + 1,
                                16384, 65535, 65536,         65537,     900000};

    BOTH
    {
        AUTO(wire_closep) struct wire *wire = dial(is_tls);

        for (size_t i = 0; i < COUNT(sizes); i++) {
            const char *path = arena_printf(unit->arena, "/headed/%d", sizes[i]);
            struct wire_reply reply = ask(unit, wire, "GET", path, "");

            assert_int_equal(reply.status, 200);
            assert_int_equal(reply.body.size, sizes[i]);
            assert_true(door_bytes_are(reply.body, 0));
            reply = ask(unit, wire, "HEAD", path, "");
            assert_string_equal(wire_header(unit->arena, &reply, "Content-Length"),
                                arena_printf(unit->arena, "%d", sizes[i]));
        }
    }
    assert_true(door_settles(&door.sources_out));
}

UNIT(ranges_around_the_seam_are_byte_exact)
{
    static const int edges[] = {0, 1, DOOR_HEAD - 1, DOOR_HEAD, DOOR_HEAD + 1, 66000, 99999};

    BOTH
    {
        AUTO(wire_closep) struct wire *wire = dial(is_tls);

        for (size_t i = 0; i < COUNT(edges); i++)
            for (size_t k = i; k < COUNT(edges); k++) {
                struct wire_reply reply =
                    ask(unit, wire, "GET", "/headed/100000",
                        arena_printf(unit->arena, "If-Range: \"v1\"\r\nRange: bytes=%d-%d\r\n", edges[i],
                                     edges[k]));

                assert_int_equal(reply.status, 206);
                assert_string_equal(wire_header(unit->arena, &reply, "Content-Range"),
                                    arena_printf(unit->arena, "bytes %d-%d/100000", edges[i], edges[k]));
                assert_int_equal(reply.body.size, edges[k] - edges[i] + 1);
                assert_true(door_bytes_are(reply.body, edges[i]));
            }
    }
    assert_true(door_settles(&door.sources_out));
}

UNIT(conditions_and_ends_are_over_both_pieces)
{
    static const struct {
        const char *headers;
        int status;
        int64_t from, size;
    } rows[] = {
        {"Range: bytes=-1000\r\n", 206, 100, 1000},
        {"Range: bytes=-323\r\n", 206, 777, 323},
        {"Range: bytes=-324\r\n", 206, 776, 324},
        {"Range: bytes=-9999\r\n", 206, 0, 1100},
        {"Range: bytes=700-\r\n", 206, 700, 400},
        {"Range: bytes=700-9999\r\n", 206, 700, 400},
        {"If-Range: \"v2\"\r\nRange: bytes=0-3\r\n", 200, 0, 1100},
        {"Range: bytes=1100-\r\n", 416, 0, 0},
        {"If-Match: \"v2\"\r\n", 412, 0, 0},
        {"If-None-Match: \"v1\"\r\n", 304, 0, 0},
    };

    BOTH
    {
        AUTO(wire_closep) struct wire *wire = dial(is_tls);

        for (size_t i = 0; i < COUNT(rows); i++) {
            struct wire_reply reply = ask(unit, wire, "GET", "/headed/1100", rows[i].headers);

            assert_int_equal(reply.status, rows[i].status);
            assert_int_equal(reply.body.size, rows[i].size);
            assert_true(door_bytes_are(reply.body, rows[i].from));
            if (reply.status == 416)
                assert_string_equal(wire_header(unit->arena, &reply, "Content-Range"), "bytes */1100");
        }
    }
    assert_true(door_settles(&door.sources_out));
}

UNIT(parts_are_taken_from_both_pieces)
{
    static const int64_t spans[][2] = {{0, 0}, {700, 70000}, {70001, 70001}, {300, 400}, {99990, 99999}};

    BOTH
    {
        AUTO(wire_closep) struct wire *wire = dial(is_tls);
        struct wire_reply reply = ask(unit, wire, "GET", "/headed/100000",
                                      "Range: bytes=0-0,700-70000,70001-70001,300-400,-10\r\n");
        const char *boundary = wire_header(unit->arena, &reply, "Content-Type") + 31;
        struct span rest = reply.body;

        assert_int_equal(reply.status, 206);
        for (size_t i = 0; i < COUNT(spans); i++)
            check_part(unit, &rest, boundary, spans[i], 100000);
        assert_string_equal(arena_text(unit->arena, rest),
                            arena_printf(unit->arena, "\r\n--%s--\r\n", boundary));
    }
    assert_true(door_settles(&door.sources_out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(one_range_is_answered_with_its_bytes),
        UNIT_TEST(a_range_that_cannot_be_is_416_with_the_size_and_no_body),
        UNIT_TEST(ten_ranges_come_as_parts_with_an_exact_length),
        UNIT_TEST(conditions_decide_before_ranges),
        UNIT_TEST(head_has_the_length_but_no_body_and_ignores_ranges),
        UNIT_TEST(every_length_around_the_record_size_is_byte_exact),
        UNIT_TEST(a_large_download_is_whole_with_a_reader_that_pauses),
        UNIT_TEST(many_parallel_ranges_each_get_their_own_bytes),
        UNIT_TEST(a_reply_with_a_head_is_whole_in_any_length),
        UNIT_TEST(ranges_around_the_seam_are_byte_exact),
        UNIT_TEST(conditions_and_ends_are_over_both_pieces),
        UNIT_TEST(parts_are_taken_from_both_pieces),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
