/* A device's download on real sockets: every kind of range, conditions, refusals, and who reads slowly. */
#include <pthread.h>

#include "base/clock.h"
#include "base/text.h"
#include "support/ddi_wire.h"

static void is_part(const struct wire_reply *reply, size_t from, size_t size)
{
    assert_int_equal(reply->status, 206);
    assert_int_equal(reply->body.size, size);
    assert_memory_equal(reply->body.at, ddi_wire.bytes + from, size);
}

UNIT(w15_head_tells_the_length_and_sends_nothing)
{
    AUTO(wire_closep) struct wire *wire = ddi_wire_dial();
    struct wire_reply reply = ddi_wire_ask(unit, wire, "HEAD", ddi_wire.file,
                                           DDI_WIRE_TOKEN "Accept: application/octet-stream\r\n", NULL);

    assert_int_equal(reply.status, 200);
    assert_string_equal(ddi_wire_header(unit, &reply, "Content-Length"), "3000000");
    assert_string_equal(ddi_wire_header(unit, &reply, "Accept-Ranges"), "bytes");
    reply =
        ddi_wire_ask(unit, wire, "GET", DDI_WIRE_PATH, DDI_WIRE_TOKEN, NULL); /* the connection is in step */
    assert_int_equal(reply.status, 200);
}

UNIT(w16_the_whole_file_and_every_kind_of_one_range)
{
    AUTO(wire_closep) struct wire *wire = ddi_wire_dial();
    struct wire_reply reply = ddi_wire_ask(unit, wire, "GET", ddi_wire.file, DDI_WIRE_TOKEN, NULL);

    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.body.size, DDI_WIRE_FILE_SIZE);
    assert_memory_equal(reply.body.at, ddi_wire.bytes, DDI_WIRE_FILE_SIZE);
    reply = ddi_wire_ask(unit, wire, "GET", ddi_wire.file, DDI_WIRE_TOKEN "Range: bytes=0-3\r\n", NULL);
    is_part(&reply, 0, 4);
    assert_string_equal(ddi_wire_header(unit, &reply, "Content-Range"), "bytes 0-3/3000000");
    reply = ddi_wire_ask(unit, wire, "GET", ddi_wire.file, DDI_WIRE_TOKEN "Range: bytes=2999000-\r\n", NULL);
    is_part(&reply, 2999000, 1000);
    reply = ddi_wire_ask(unit, wire, "GET", ddi_wire.file, DDI_WIRE_TOKEN "Range: bytes=-500\r\n", NULL);
    is_part(&reply, DDI_WIRE_FILE_SIZE - 500, 500);
    reply = ddi_wire_ask(unit, wire, "GET", ddi_wire.file, DDI_WIRE_TOKEN "Range: bytes=2999990-9999999\r\n",
                         NULL);
    is_part(&reply, 2999990, 10);
}

UNIT(w16_a_file_that_is_there_already_is_416_without_a_body)
{
    AUTO(wire_closep) struct wire *wire = ddi_wire_dial();
    struct wire_reply reply =
        ddi_wire_ask(unit, wire, "GET", ddi_wire.file, DDI_WIRE_TOKEN "Range: bytes=3000000-\r\n", NULL);

    assert_int_equal(reply.status, 416);
    assert_int_equal(reply.body.size, 0);
    assert_string_equal(ddi_wire_header(unit, &reply, "Content-Range"), "bytes */3000000");
}

/* Reads one part of a multipart body at *at and moves on. */
static void take_part(struct unit *unit, const char **at, const char *boundary, size_t from, size_t size)
{
    const char *head =
        arena_printf(unit->arena,
                     "\r\n--%s\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes "
                     "%zu-%zu/3000000\r\n\r\n",
                     boundary, from, from + size - 1);
    bool is_first = strncmp(*at, "--", 2) == 0;

    head += is_first ? 2 : 0;
    assert_memory_equal(*at, head, strlen(head));
    *at += strlen(head);
    assert_memory_equal(*at, ddi_wire.bytes + from, size);
    *at += size;
}

UNIT(w17_ten_ranges_come_as_swupdate_reads_them)
{
    AUTO(wire_closep) struct wire *wire = ddi_wire_dial();
    struct buf ranges = {.arena = unit->arena};
    struct wire_reply reply;
    const char *type, *boundary, *at;

    buf_text(&ranges, DDI_WIRE_TOKEN "Range: bytes=");
    for (int i = 0; i < 10; i++)
        buf_printf(&ranges, "%s%d-%d", i ? "," : "", i * 200000, i * 200000 + 999 + i);
    buf_text(&ranges, "\r\n");
    reply = ddi_wire_ask(unit, wire, "GET", ddi_wire.file, buf_cstr(&ranges), NULL);
    assert_int_equal(reply.status, 206);
    type = ddi_wire_header(unit, &reply, "Content-Type");
    assert_true(text_starts(type, "multipart/byteranges; boundary="));
    boundary = type + strlen("multipart/byteranges; boundary=");
    assert_null(strpbrk(boundary, "\"= \t"));
    assert_string_equal(ddi_wire_header(unit, &reply, "Content-Length"),
                        arena_printf(unit->arena, "%zu", reply.body.size));
    at = reply.body.at;
    for (size_t i = 0; i < 10; i++)
        take_part(unit, &at, boundary, i * 200000, 1000 + i);
    assert_true(text_starts(at, arena_printf(unit->arena, "\r\n--%s--", boundary)));
}

static void *read_ranges(void *failed)
{
    struct unit unit = {.arena = arena_new()};
    static const struct wire_tls any = {0};
    struct wire *wire = wire_open_tls(http_port(ddi_wire.http), &any);

    for (int i = 0; wire && i < 20; i++) {
        size_t from = (size_t)(i * 131072) % (DDI_WIRE_FILE_SIZE - 131072);
        struct wire_reply reply;
        bool is_good =
            wire_say(wire,
                     "GET %s HTTP/1.1\r\nHost: fw.example\r\n" DDI_WIRE_TOKEN "Range: bytes=%zu-%zu\r\n\r\n",
                     ddi_wire.file, from, from + 131071) &&
            wire_reply(wire, unit.arena, false, &reply) && reply.status == 206 && reply.body.size == 131072 &&
            memcmp(reply.body.at, ddi_wire.bytes + from, 131072) == 0;

        if (!is_good)
            __atomic_add_fetch((int *)failed, 1, __ATOMIC_RELAXED);
    }
    if (!wire)
        __atomic_add_fetch((int *)failed, 1000, __ATOMIC_RELAXED);
    wire_closep(&wire);
    arena_freep(&unit.arena);
    return NULL;
}

UNIT(w18_many_parallel_windows_are_all_206)
{
    pthread_t threads[64];
    int failed = 0;

    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_ranges, &failed), 0);
    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(failed, 0);
}

UNIT(w19_conditions_hold_with_the_quoted_etag)
{
    AUTO(wire_closep) struct wire *wire = ddi_wire_dial();
    struct wire_reply reply = ddi_wire_ask(unit, wire, "HEAD", ddi_wire.file, DDI_WIRE_TOKEN, NULL);
    const char *etag = ddi_wire_header(unit, &reply, "ETag");
    const struct {
        const char *lines;
        int status;
    } rows[] = {
        {arena_printf(unit->arena, "Range: bytes=0-9\r\nIf-Range: %s\r\n", etag), 206},
        {"Range: bytes=0-9\r\nIf-Range: \"other\"\r\n", 200},
        {arena_printf(unit->arena, "If-Match: %s\r\n", etag), 200},
        {"If-Match: \"other\"\r\n", 412},
    };

    assert_true(*etag == '"' && strlen(etag) == 66);
    for (size_t i = 0; i < COUNT(rows); i++) {
        reply = ddi_wire_ask(unit, wire, "GET", ddi_wire.file,
                             arena_printf(unit->arena, DDI_WIRE_TOKEN "%s", rows[i].lines), NULL);
        assert_int_equal(reply.status, rows[i].status);
        assert_string_equal(ddi_wire_header(unit, &reply, "ETag"), etag);
    }
}

UNIT(w36_refusals_of_a_download_keep_their_status_and_are_empty)
{
    static const char octets[] = "Accept: application/octet-stream\r\n";
    const char *with = arena_printf(unit->arena, DDI_WIRE_TOKEN "%s", octets);
    AUTO(wire_closep) struct wire *wire = ddi_wire_dial();
    struct wire_reply reply;

    reply = ddi_wire_ask(unit, wire, "GET", arena_printf(unit->arena, "%sX", ddi_wire.file), with, NULL);
    assert_int_equal(reply.status, 404);
    assert_int_equal(reply.body.size, 0);
    reply = ddi_wire_ask(unit, wire, "GET", ddi_wire.file, octets, NULL);
    assert_int_equal(reply.status, 401);
    assert_int_equal(reply.body.size, 0);
    reply = ddi_wire_ask(unit, wire, "GET", ddi_wire.file,
                         arena_printf(unit->arena, "%sRange: bytes=5-2\r\n", with), NULL);
    assert_int_equal(reply.status, 416);
    assert_int_equal(reply.body.size, 0);
}

/* Some seconds stand for the quarter of an hour: what could cut the reader (deadlines of head and idleness)
 * is as short ddi_wire. */
UNIT(w39_a_very_slow_reader_is_left_alone_and_hurts_nobody)
{
    AUTO(wire_closep) struct wire *slow = ddi_wire_dial();
    int64_t until_ms = clock_monotonic_ms() + 5000;
    char piece[161];
    int served = 0;

    assert_true(
        wire_say(slow, "GET %s HTTP/1.1\r\nHost: fw.example\r\n" DDI_WIRE_TOKEN "\r\n", ddi_wire.file));
    while (clock_monotonic_ms() < until_ms) {
        AUTO(wire_closep) struct wire *wire = ddi_wire_dial();
        struct wire_reply reply = ddi_wire_ask(unit, wire, "GET", DDI_WIRE_PATH, DDI_WIRE_TOKEN, NULL);

        assert_int_equal(reply.status, 200);
        assert_true(wire_read(slow, piece, sizeof(piece)) > 0);
        served++;
    }
    assert_true(served > 5);
    assert_true(wire_read(slow, piece, sizeof(piece)) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(w15_head_tells_the_length_and_sends_nothing),
        UNIT_TEST(w16_the_whole_file_and_every_kind_of_one_range),
        UNIT_TEST(w16_a_file_that_is_there_already_is_416_without_a_body),
        UNIT_TEST(w17_ten_ranges_come_as_swupdate_reads_them),
        UNIT_TEST(w18_many_parallel_windows_are_all_206),
        UNIT_TEST(w19_conditions_hold_with_the_quoted_etag),
        UNIT_TEST(w36_refusals_of_a_download_keep_their_status_and_are_empty),
        UNIT_TEST(w39_a_very_slow_reader_is_left_alone_and_hurts_nobody),
    };

    return cmocka_run_group_tests(tests, ddi_wire_start, ddi_wire_stop);
}
