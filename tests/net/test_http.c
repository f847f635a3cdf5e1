/* HTTP on the wire: connections kept, ranges, conditions, bodies. Most runs over TLS and plain alike. */
#include "support/door.h"
#include "support/unit.h"
#include "support/wire.h"

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

static struct wire *dial(bool is_tls)
{
    static const struct wire_tls any = {0};
    struct wire *wire = is_tls ? wire_open_tls(door_port(&door), &any) : wire_open(door_plain_port(&door));

    assert_non_null(wire);
    return wire;
}

/* One request on an open connection, with more header lines (each with its CRLF). */
static struct wire_reply ask(struct unit *unit, struct wire *wire, const char *method, const char *path,
                             const char *more)
{
    struct wire_reply reply;

    assert_true(wire_say(wire, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", method, path, more));
    if (!wire_reply(wire, unit->arena, strcmp(method, "HEAD") == 0, &reply))
        fail_msg("%s %s: no reply", method, path);
    assert_true(reply.is_whole);
    return reply;
}

static void says(const struct wire_reply *reply, int status, const char *body)
{
    assert_int_equal(reply->status, status);
    assert_int_equal(reply->body.size, strlen(body));
    assert_memory_equal(reply->body.at, body, strlen(body));
}

#define BOTH for (int is_tls = 0; is_tls < 2; is_tls++)

UNIT(a_connection_serves_a_hundred_requests)
{
    BOTH
    {
        AUTO(wire_closep) struct wire *wire = dial(is_tls);

        for (int i = 0; i < 100; i++) {
            struct wire_reply reply = ask(unit, wire, "GET", i % 3 ? "/hello" : "/worker", "");

            says(&reply, 200, "hello\n");
            assert_string_equal(wire_header(unit->arena, &reply, "Content-Length"), "6");
        }
    }
}

UNIT(pipelined_requests_are_answered_in_order)
{
    BOTH
    {
        AUTO(wire_closep) struct wire *wire = dial(is_tls);
        struct wire_reply reply;

        assert_true(wire_say(wire,
                             "GET /file/10 HTTP/1.1\r\nHost: a\r\n\r\nGET /worker HTTP/1.1\r\nHost: a\r\n\r\n"
                             "GET /file/20 HTTP/1.1\r\nHost: a\r\n\r\n"));
        assert_true(wire_reply(wire, unit->arena, false, &reply));
        assert_int_equal(reply.body.size, 10);
        assert_true(wire_reply(wire, unit->arena, false, &reply));
        says(&reply, 200, "hello\n");
        assert_true(wire_reply(wire, unit->arena, false, &reply));
        assert_int_equal(reply.body.size, 20);
    }
}

UNIT(a_body_comes_back_from_the_network_thread_and_from_a_worker)
{
    static const char *const paths[] = {"/echo", "/echo-worker", "/late"};

    BOTH for (size_t i = 0; i < COUNT(paths); i++)
    {
        AUTO(wire_closep) struct wire *wire = dial(is_tls);
        struct wire_reply reply = ask(unit, wire, "POST", paths[i], "Content-Length: 5\r\n\r\nabcde");

        says(&reply, 200, i == 2 ? "hello\n" : "abcde");
    }
}

UNIT(a_large_body_in_memory_arrives_whole)
{
    size_t size = 1 << 20;
    char *body = arena_take(unit->arena, size);

    for (size_t i = 0; i < size; i++)
        body[i] = door_byte((int64_t)i);
    BOTH
    {
        AUTO(wire_closep) struct wire *wire = dial(is_tls);
        struct wire_reply reply;

        assert_true(wire_say(wire, "PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n", size));
        assert_true(wire_send(wire, span_make(body, size)));
        assert_true(wire_reply(wire, unit->arena, false, &reply));
        assert_int_equal(reply.status, 200);
        assert_int_equal(reply.body.size, size);
        assert_true(door_bytes_are(reply.body, 0));
    }
}

UNIT(a_chunked_body_arrives_whole)
{
    BOTH
    {
        AUTO(wire_closep) struct wire *wire = dial(is_tls);
        struct wire_reply reply =
            ask(unit, wire, "PUT", "/echo",
                "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n10;x=y\r\n0123456789abcdef\r\n0\r\n");

        says(&reply, 200, "abc0123456789abcdef");
        reply = ask(unit, wire, "GET", "/hello", "");
        says(&reply, 200, "hello\n");
    }
}

/* What the door's sink makes of the bytes. */
static char *sink_words(struct unit *unit, const char *bytes, size_t size)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < size; i++)
        sum = sum * 31 + (unsigned char)bytes[i];
    return arena_printf(unit->arena, "%zu %llu\n", size, (unsigned long long)sum);
}

UNIT(a_sink_gets_every_byte_once_whatever_the_pieces)
{
    static const size_t sizes[] = {0, 1, 131071, 131072, 131073, 5000000};
    char *body = arena_take(unit->arena, 5000000);

    for (size_t i = 0; i < 5000000; i++)
        body[i] = door_byte((int64_t)i);
    BOTH for (size_t i = 0; i < COUNT(sizes); i++)
    {
        AUTO(wire_closep) struct wire *wire = dial(is_tls);
        struct wire_reply reply;

        assert_true(wire_say(wire, "PUT /sink HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n", sizes[i]));
        assert_true(wire_send(wire, span_make(body, sizes[i])));
        assert_true(wire_reply(wire, unit->arena, false, &reply));
        says(&reply, 200, sink_words(unit, body, sizes[i]));
        reply = ask(unit, wire, "GET", "/hello", "");
        says(&reply, 200, "hello\n");
    }
    assert_true(door_settles(&door.sinks_out));
}

UNIT(a_sink_gets_every_byte_of_small_chunks)
{
    size_t size = 600000, chunk = 1000;
    char *body = arena_take(unit->arena, size);

    for (size_t i = 0; i < size; i++)
        body[i] = door_byte((int64_t)i);
    BOTH
    {
        AUTO(wire_closep) struct wire *wire = dial(is_tls);
        struct wire_reply reply;

        assert_true(wire_say(wire, "PUT /sink HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"));
        for (size_t at = 0; at < size; at += chunk)
            assert_true(wire_say(wire, "%zx\r\n%.*s\r\n", chunk, (int)chunk, body + at));
        assert_true(wire_say(wire, "0\r\n\r\n"));
        assert_true(wire_reply(wire, unit->arena, false, &reply));
        says(&reply, 200, sink_words(unit, body, size));
    }
}

UNIT(a_sink_that_fails_is_answered_while_the_client_still_sends)
{
    char *megabyte = arena_take(unit->arena, 1 << 20);

    BOTH
    {
        AUTO(wire_closep) struct wire *wire = dial(is_tls);
        struct wire_reply reply;
        bool is_open = true;

        assert_true(
            wire_say(wire, "PUT /sink?fail=200000 HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n"));
        for (int i = 0; i < 19 && is_open; i++)
            is_open = wire_send(wire, span_make(megabyte, 1 << 20));
        assert_true(wire_reply(wire, unit->arena, false, &reply));
        assert_int_equal(reply.status, 507);
    }
    assert_true(door_settles(&door.sinks_out));
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
        for (size_t i = 0; i < COUNT(spans); i++) {
            size_t size = (size_t)(spans[i][1] - spans[i][0] + 1);
            const char *head = part_head(unit, &rest, boundary);

            assert_non_null(
                strstr(head, arena_printf(unit->arena, "Content-Range: bytes %lld-%lld/900000\r\n",
                                          (long long)spans[i][0], (long long)spans[i][1])));
            assert_non_null(strstr(head, "Content-Type: application/octet-stream\r\n"));
            assert_true(rest.size > size);
            assert_true(door_bytes_are(span_make(rest.at, size), spans[i][0]));
            rest = span_make(rest.at + size, rest.size - size);
        }
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
    enum { COUNT_ = 64, SIZE = 131072 };
    struct wire *wires[COUNT_];

    BOTH
    {
        for (int i = 0; i < COUNT_; i++)
            wires[i] = dial(is_tls);
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < COUNT_; i++)
                assert_true(
                    wire_say(wires[i],
                             "GET /mapped/8388608 HTTP/1.1\r\nHost: a\r\nAuthorization: TargetToken x\r\n"
                             "Range: bytes=%d-%d\r\n\r\n",
                             i * SIZE, i * SIZE + SIZE - 1));
            for (int i = 0; i < COUNT_; i++) {
                struct wire_reply reply;

                assert_true(wire_reply(wires[i], unit->arena, false, &reply));
                assert_int_equal(reply.status, 206);
                assert_int_equal(reply.body.size, SIZE);
                assert_true(door_bytes_are(reply.body, i * SIZE));
                assert_string_equal(wire_header(unit->arena, &reply, "ETag"), "\"v1\"");
            }
        }
        for (int i = 0; i < COUNT_; i++)
            wire_closep(&wires[i]);
    }
    assert_true(door_settles(&door.sources_out));
}

UNIT(continue_is_said_after_the_head_was_accepted)
{
    BOTH
    {
        AUTO(wire_closep) struct wire *wire = dial(is_tls);
        struct wire_reply reply;
        char word[26] = "";
        size_t got = 0;

        assert_true(wire_say(
            wire, "PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"));
        while (got < 25) {
            ssize_t now = wire_read(wire, word + got, 25 - got);

            assert_true(now > 0);
            got += (size_t)now;
        }
        assert_string_equal(word, "HTTP/1.1 100 Continue\r\n\r\n");
        assert_true(wire_say(wire, "abc"));
        assert_true(wire_reply(wire, unit->arena, false, &reply));
        says(&reply, 200, "abc");
    }
}

UNIT(a_refused_head_is_answered_instead_of_continue)
{
    BOTH
    {
        AUTO(wire_closep) struct wire *wire = dial(is_tls);
        char word[13] = "";

        assert_true(wire_say(
            wire, "PUT /refused HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"));
        assert_int_equal(wire_read(wire, word, 12), 12);
        assert_string_equal(word, "HTTP/1.1 401");
    }
}

UNIT(a_refusal_without_or_with_a_short_body_keeps_the_connection)
{
    BOTH
    {
        AUTO(wire_closep) struct wire *wire = dial(is_tls);

        for (int i = 0; i < 5; i++) {
            struct wire_reply reply = ask(unit, wire, "GET", "/refused", "");

            says(&reply, 401, "who?\n");
            reply = ask(unit, wire, "POST", "/refused", "Content-Length: 4\r\n\r\nbody");
            says(&reply, 401, "who?\n");
        }
    }
}

UNIT(paths_are_normal_and_still_escaped)
{
    AUTO(wire_closep) struct wire *wire = dial(true);
    struct wire_reply reply = ask(unit, wire, "GET", "//a///b%2Fc/?x=%20y&z", "");

    assert_string_equal(wire_header(unit->arena, &reply, "X-Path"), "/a/b%2Fc");
    reply = ask(unit, wire, "GET", "https://elsewhere/who", "");
    assert_string_equal(wire_header(unit->arena, &reply, "X-Path"), "/who");
}

UNIT(a_trusted_proxy_on_the_plain_port_speaks_for_its_client)
{
    static const char lines[] = "X-Forwarded-Proto: https\r\nX-Forwarded-Host: fleet.example\r\n"
                                "X-Forwarded-Prefix: /ns\r\nX-Forwarded-For: 10.9.8.7\r\n";

    AUTO(wire_closep) struct wire *plain = dial(false);
    AUTO(wire_closep) struct wire *secure = dial(true);
    struct wire_reply reply = ask(unit, plain, "GET", "/who", lines);

    says(&reply, 200, "GET https fleet.example/ns peer=10.9.8.7 worker=0 issuer=none");
    reply = ask(unit, secure, "GET", "/who", lines);
    says(&reply, 200, "GET https localhost peer=127.0.0.1 worker=0 issuer=none");
}

UNIT(figures_count_what_happened)
{
    struct http_figures before, after;
    AUTO(wire_closep) struct wire *wire = NULL;
    struct wire_reply reply;

    http_figures(door.http, &before);
    wire = dial(true);
    reply = ask(unit, wire, "GET", "/file/50000", "");
    assert_int_equal(reply.status, 200);
    reply = ask(unit, wire, "GET", "/hello", "");
    assert_int_equal(reply.status, 200);
    http_figures(door.http, &after);
    assert_int_equal(after.requests - before.requests, 2);
    assert_int_equal(after.handshakes - before.handshakes, 1);
    assert_true(after.bytes_out - before.bytes_out > 50000);
    assert_true(after.connections >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_connection_serves_a_hundred_requests),
        UNIT_TEST(pipelined_requests_are_answered_in_order),
        UNIT_TEST(a_body_comes_back_from_the_network_thread_and_from_a_worker),
        UNIT_TEST(a_large_body_in_memory_arrives_whole),
        UNIT_TEST(a_chunked_body_arrives_whole),
        UNIT_TEST(a_sink_gets_every_byte_once_whatever_the_pieces),
        UNIT_TEST(a_sink_gets_every_byte_of_small_chunks),
        UNIT_TEST(a_sink_that_fails_is_answered_while_the_client_still_sends),
        UNIT_TEST(one_range_is_answered_with_its_bytes),
        UNIT_TEST(a_range_that_cannot_be_is_416_with_the_size_and_no_body),
        UNIT_TEST(ten_ranges_come_as_parts_with_an_exact_length),
        UNIT_TEST(conditions_decide_before_ranges),
        UNIT_TEST(head_has_the_length_but_no_body_and_ignores_ranges),
        UNIT_TEST(every_length_around_the_record_size_is_byte_exact),
        UNIT_TEST(a_large_download_is_whole_with_a_reader_that_pauses),
        UNIT_TEST(many_parallel_ranges_each_get_their_own_bytes),
        UNIT_TEST(continue_is_said_after_the_head_was_accepted),
        UNIT_TEST(a_refused_head_is_answered_instead_of_continue),
        UNIT_TEST(a_refusal_without_or_with_a_short_body_keeps_the_connection),
        UNIT_TEST(paths_are_normal_and_still_escaped),
        UNIT_TEST(a_trusted_proxy_on_the_plain_port_speaks_for_its_client),
        UNIT_TEST(figures_count_what_happened),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
