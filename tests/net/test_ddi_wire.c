/* DDI on real sockets: what only shows there. The device is mfp-1, its file 3 MB of text. */
#include <netinet/in.h>
#include <linux/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "store/actions.h"
#include "support/cert.h"
#include "support/ddi.h"
#include "support/unit.h"
#include "support/wire.h"

#define FILE_SIZE 3000000
#define TOKEN "Authorization: TargetToken token-mfp-1\r\n"
#define PATH "/DEFAULT/controller/v1/mfp-1"

static struct {
    struct arena *arena;
    struct support *s;
    struct http *http;
    const char *file; /* path of the artifact */
    char *bytes;
    int64_t action;
} here;

static int start(void **state)
{
    struct arena *arena = here.arena = arena_new();
    struct support *s = here.s = support_world(arena);
    struct http_options options = {.listen = "127.0.0.1",
                                   .trusted_proxies = "127.0.0.1",
                                   .cert_path = arena_printf(arena, "%s/server.pem", s->dir),
                                   .key_path = arena_printf(arena, "%s/server.key", s->dir),
                                   .threads = 2,
                                   .workers = 4,
                                   .connections_max = 500,
                                   .connections_per_ip = 500,
                                   .idle_timeout_s = 30,
                                   .head_deadline_s = 2,
                                   .body_bytes_s = 1024};
    struct support_part part = {"system", "2.0", "c450.swu", NULL};
    struct err err;
    int64_t *ids;

    (void)state;
    clock_start(1, 0);
    support_cert_make(s->dir);
    here.bytes = arena_take(arena, FILE_SIZE + 1);
    for (int i = 0; i < FILE_SIZE; i++)
        here.bytes[i] = (char)('a' + (i % 26 + i / 1000) % 26);
    part.bytes = here.bytes;
    support_device(s, "mfp-1", QUIRK_PLAIN);
    here.action = support_assign(s, "mfp-1", support_release(s, "c450", "2.0", &part, 1), NULL);
    action_modules(arena, support_action(s, here.action).modules, &ids);
    here.file = arena_printf(arena, PATH "/softwaremodules/%lld/artifacts/c450.swu", (long long)ids[0]);
    struct http_door door = {.ctx = &s->app, .begin = api_begin, .serve = api_serve, .end = api_end};

    if (!http_start(&here.http, &options, door, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return -1;
    }
    return 0;
}

static int stop(void **state)
{
    (void)state;
    http_stop(here.http, 1000);
    arena_freep(&here.arena);
    return 0;
}

static struct wire *dial(void)
{
    static const struct wire_tls any = {0};
    struct wire *wire = wire_open_tls(http_port(here.http), &any);

    assert_non_null(wire);
    return wire;
}

/* `more` are header lines, each with its CRLF. */
static struct wire_reply ask(struct unit *unit, struct wire *wire, const char *method, const char *path,
                             const char *more, const char *body)
{
    struct wire_reply reply = {0};

    if (body)
        assert_true(wire_say(wire, "%s %s HTTP/1.1\r\nHost: fw.example\r\n%sContent-Length: %zu\r\n\r\n%s",
                             method, path, more, strlen(body), body));
    else
        assert_true(wire_say(wire, "%s %s HTTP/1.1\r\nHost: fw.example\r\n%s\r\n", method, path, more));
    assert_true(wire_reply(wire, unit->arena, text_equal(method, "HEAD"), &reply));
    return reply;
}

static const char *header(struct unit *unit, const struct wire_reply *reply, const char *name)
{
    return wire_header(unit->arena, reply, name);
}

static void is_part(const struct wire_reply *reply, size_t from, size_t size)
{
    assert_int_equal(reply->status, 206);
    assert_int_equal(reply->body.size, size);
    assert_memory_equal(reply->body.at, here.bytes + from, size);
}

UNIT(w05_links_name_what_the_client_of_a_proxy_used)
{
    static const char forwarded[] = TOKEN "X-Forwarded-Proto: https\r\nX-Forwarded-Host: fw.proxy.example\r\n"
                                          "X-Forwarded-Port: 444\r\n";
    AUTO(wire_closep) struct wire *wire = dial();
    AUTO(wire_closep) struct wire *plain = wire_open(http_plain_port(here.http));
    struct wire_reply reply = ask(unit, plain, "GET", PATH, forwarded, NULL);

    assert_non_null(
        strstr(reply.body.at, "\"https://fw.proxy.example:444/DEFAULT/controller/v1/mfp-1/deploymentBase/"));
    reply = ask(unit, plain, "GET", PATH, TOKEN, NULL);
    assert_non_null(strstr(reply.body.at, "\"http://fw.example/DEFAULT/controller/v1/mfp-1/deploymentBase/"));
    reply = ask(unit, wire, "GET", PATH, forwarded, NULL); /* over TLS nobody speaks for others */
    assert_non_null(
        strstr(reply.body.at, "\"https://fw.example/DEFAULT/controller/v1/mfp-1/deploymentBase/"));
}

UNIT(w07_twenty_requests_share_a_connection_and_each_has_its_length)
{
    AUTO(wire_closep) struct wire *wire = dial();

    for (int i = 0; i < 20; i++) {
        const char *path =
            i % 2 ? arena_printf(unit->arena, PATH "/deploymentBase/%lld", (long long)here.action) : PATH;
        struct wire_reply reply = ask(unit, wire, "GET", path, TOKEN, NULL);

        assert_int_equal(reply.status, 200);
        assert_non_null(header(unit, &reply, "Content-Length"));
        assert_null(header(unit, &reply, "Transfer-Encoding"));
    }
}

UNIT(w08_an_accepted_feedback_is_200_of_length_zero)
{
    AUTO(wire_closep) struct wire *wire = dial();
    struct wire_reply reply =
        ask(unit, wire, "POST",
            arena_printf(unit->arena, PATH "/deploymentBase/%lld/feedback", (long long)here.action),
            TOKEN "Content-Type: application/json;charset=UTF-8\r\n",
            "{\"status\":{\"execution\":\"proceeding\",\"result\":{\"finished\":\"none\"}}}");

    assert_int_equal(reply.status, 200);
    assert_string_equal(header(unit, &reply, "Content-Length"), "0");
}

UNIT(w15_head_tells_the_length_and_sends_nothing)
{
    AUTO(wire_closep) struct wire *wire = dial();
    struct wire_reply reply =
        ask(unit, wire, "HEAD", here.file, TOKEN "Accept: application/octet-stream\r\n", NULL);

    assert_int_equal(reply.status, 200);
    assert_string_equal(header(unit, &reply, "Content-Length"), "3000000");
    assert_string_equal(header(unit, &reply, "Accept-Ranges"), "bytes");
    reply = ask(unit, wire, "GET", PATH, TOKEN, NULL); /* the connection is in step */
    assert_int_equal(reply.status, 200);
}

UNIT(w16_the_whole_file_and_every_kind_of_one_range)
{
    AUTO(wire_closep) struct wire *wire = dial();
    struct wire_reply reply = ask(unit, wire, "GET", here.file, TOKEN, NULL);

    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.body.size, FILE_SIZE);
    assert_memory_equal(reply.body.at, here.bytes, FILE_SIZE);
    reply = ask(unit, wire, "GET", here.file, TOKEN "Range: bytes=0-3\r\n", NULL);
    is_part(&reply, 0, 4);
    assert_string_equal(header(unit, &reply, "Content-Range"), "bytes 0-3/3000000");
    reply = ask(unit, wire, "GET", here.file, TOKEN "Range: bytes=2999000-\r\n", NULL);
    is_part(&reply, 2999000, 1000);
    reply = ask(unit, wire, "GET", here.file, TOKEN "Range: bytes=-500\r\n", NULL);
    is_part(&reply, FILE_SIZE - 500, 500);
    reply = ask(unit, wire, "GET", here.file, TOKEN "Range: bytes=2999990-9999999\r\n", NULL);
    is_part(&reply, 2999990, 10);
}

UNIT(w16_a_file_that_is_there_already_is_416_without_a_body)
{
    AUTO(wire_closep) struct wire *wire = dial();
    struct wire_reply reply = ask(unit, wire, "GET", here.file, TOKEN "Range: bytes=3000000-\r\n", NULL);

    assert_int_equal(reply.status, 416);
    assert_int_equal(reply.body.size, 0);
    assert_string_equal(header(unit, &reply, "Content-Range"), "bytes */3000000");
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
    assert_memory_equal(*at, here.bytes + from, size);
    *at += size;
}

UNIT(w17_ten_ranges_come_as_swupdate_reads_them)
{
    AUTO(wire_closep) struct wire *wire = dial();
    struct buf ranges = {.arena = unit->arena};
    struct wire_reply reply;
    const char *type, *boundary, *at;

    buf_text(&ranges, TOKEN "Range: bytes=");
    for (int i = 0; i < 10; i++)
        buf_printf(&ranges, "%s%d-%d", i ? "," : "", i * 200000, i * 200000 + 999 + i);
    buf_text(&ranges, "\r\n");
    reply = ask(unit, wire, "GET", here.file, buf_cstr(&ranges), NULL);
    assert_int_equal(reply.status, 206);
    type = header(unit, &reply, "Content-Type");
    assert_true(text_starts(type, "multipart/byteranges; boundary="));
    boundary = type + strlen("multipart/byteranges; boundary=");
    assert_null(strpbrk(boundary, "\"= \t"));
    assert_string_equal(header(unit, &reply, "Content-Length"),
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
    struct wire *wire = wire_open_tls(http_port(here.http), &any);

    for (int i = 0; wire && i < 20; i++) {
        size_t from = (size_t)(i * 131072) % (FILE_SIZE - 131072);
        struct wire_reply reply;
        bool is_good =
            wire_say(wire, "GET %s HTTP/1.1\r\nHost: fw.example\r\n" TOKEN "Range: bytes=%zu-%zu\r\n\r\n",
                     here.file, from, from + 131071) &&
            wire_reply(wire, unit.arena, false, &reply) && reply.status == 206 && reply.body.size == 131072 &&
            memcmp(reply.body.at, here.bytes + from, 131072) == 0;

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
    AUTO(wire_closep) struct wire *wire = dial();
    struct wire_reply reply = ask(unit, wire, "HEAD", here.file, TOKEN, NULL);
    const char *etag = header(unit, &reply, "ETag");
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
        reply = ask(unit, wire, "GET", here.file, arena_printf(unit->arena, TOKEN "%s", rows[i].lines), NULL);
        assert_int_equal(reply.status, rows[i].status);
        assert_string_equal(header(unit, &reply, "ETag"), etag);
    }
}

UNIT(w31_expect_and_chunked_bodies_are_read)
{
    AUTO(wire_closep) struct wire *wire = dial();
    struct wire_reply reply;

    reply =
        ask(unit, wire, "PUT", PATH "/configData",
            TOKEN "Content-Type: application/json\r\nExpect: 100-continue\r\n", "{\"data\":{\"a\":\"1\"}}");
    assert_int_equal(reply.status, 200);
    assert_true(wire_say(wire, "PUT " PATH "/configData HTTP/1.1\r\nHost: fw.example\r\n" TOKEN
                               "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                               "8\r\n{\"data\":\r\nb\r\n{\"b\":\"two\"}\r\n1\r\n}\r\n0\r\n\r\n"));
    assert_true(wire_reply(wire, unit->arena, false, &reply));
    assert_int_equal(reply.status, 200);
}

UNIT(w31_a_body_of_a_megabyte_is_413_and_the_service_lives)
{
    AUTO(wire_closep) struct wire *wire = dial();
    AUTO(wire_closep) struct wire *other = dial();
    char *body = arena_take(unit->arena, (1 << 20) + 1);
    struct wire_reply reply;

    memset(body, 'x', 1 << 20);
    assert_true(wire_say(wire, "PUT " PATH "/configData HTTP/1.1\r\nHost: fw.example\r\n" TOKEN
                               "Content-Type: application/json\r\nContent-Length: 1048576\r\n\r\n"));
    (void)wire_send(wire, span_make(body, 1 << 20)); /* may be cut: the answer comes first */
    assert_true(wire_reply(wire, unit->arena, false, &reply));
    assert_int_equal(reply.status, 413);
    reply = ask(unit, other, "GET", PATH, TOKEN, NULL);
    assert_int_equal(reply.status, 200);
}

UNIT(w31_a_head_that_never_ends_is_closed_at_its_deadline)
{
    AUTO(wire_closep) struct wire *wire = dial();
    AUTO(wire_closep) struct wire *other = NULL;
    int64_t began_ms = clock_monotonic_ms();
    struct wire_reply reply;
    char byte;

    assert_true(wire_say(wire, "GET " PATH " HTTP/1.1\r\nHost: fw.example\r\n"));
    while (wire_read(wire, &byte, 1) > 0) /* perhaps a 408 before the end */
        continue;
    assert_in_range(clock_monotonic_ms() - began_ms, 1000, 15000);
    other = dial();
    reply = ask(unit, other, "GET", PATH, TOKEN, NULL);
    assert_int_equal(reply.status, 200);
}

UNIT(w36_refusals_of_a_download_keep_their_status_and_are_empty)
{
    static const char octets[] = "Accept: application/octet-stream\r\n";
    const char *with = arena_printf(unit->arena, TOKEN "%s", octets);
    AUTO(wire_closep) struct wire *wire = dial();
    struct wire_reply reply;

    reply = ask(unit, wire, "GET", arena_printf(unit->arena, "%sX", here.file), with, NULL);
    assert_int_equal(reply.status, 404);
    assert_int_equal(reply.body.size, 0);
    reply = ask(unit, wire, "GET", here.file, octets, NULL);
    assert_int_equal(reply.status, 401);
    assert_int_equal(reply.body.size, 0);
    reply =
        ask(unit, wire, "GET", here.file, arena_printf(unit->arena, "%sRange: bytes=5-2\r\n", with), NULL);
    assert_int_equal(reply.status, 416);
    assert_int_equal(reply.body.size, 0);
}

static int64_t segments_in(const struct wire *wire)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof(info);

    assert_int_equal(getsockopt(wire_fd(wire), IPPROTO_TCP, TCP_INFO, &info, &size), 0);
    return info.tcpi_data_segs_in;
}

UNIT(w37_polls_and_deployments_leave_in_one_segment_with_their_links_in_order)
{
    AUTO(wire_closep) struct wire *wire = dial();
    struct wire_reply reply = ask(unit, wire, "GET", PATH, TOKEN, NULL);

    for (int i = 0; i < 10; i++) {
        int64_t before = segments_in(wire);

        reply =
            ask(unit, wire, "GET",
                i % 2 ? PATH : arena_printf(unit->arena, PATH "/deploymentBase/%lld", (long long)here.action),
                TOKEN, NULL);
        assert_int_equal(segments_in(wire) - before, 1);
    }
    reply = ask(unit, wire, "GET", PATH, TOKEN, NULL);
    assert_non_null(strstr(reply.body.at, "\"deploymentBase\""));
}

UNIT(w37_what_is_to_do_comes_first_and_what_was_installed_last)
{
    struct support *s = support_world(unit->arena);
    struct answer a;
    const char *first, *second, *third;

    support_device(s, "mfp-1", QUIRK_NONE);
    ddi_say(s, "mfp-1", support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL), "closed", "success", NULL);
    support_assign(s, "mfp-1", ddi_release(s, "2.1"), NULL);
    a = ddi_poll(s, "mfp-1");
    first = strstr(a.text, "\"deploymentBase\"");
    second = strstr(a.text, "\"configData\"");
    third = strstr(a.text, "\"installedBase\"");
    assert_true(first && second && third);
    assert_true(first < second && second < third);
}

/* Some seconds stand for the quarter of an hour: what could cut the reader (deadlines of head and idleness)
 * is as short here. */
UNIT(w39_a_very_slow_reader_is_left_alone_and_hurts_nobody)
{
    AUTO(wire_closep) struct wire *slow = dial();
    int64_t until_ms = clock_monotonic_ms() + 5000;
    char piece[161];
    int served = 0;

    assert_true(wire_say(slow, "GET %s HTTP/1.1\r\nHost: fw.example\r\n" TOKEN "\r\n", here.file));
    while (clock_monotonic_ms() < until_ms) {
        AUTO(wire_closep) struct wire *wire = dial();
        struct wire_reply reply = ask(unit, wire, "GET", PATH, TOKEN, NULL);

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
        UNIT_TEST(w05_links_name_what_the_client_of_a_proxy_used),
        UNIT_TEST(w07_twenty_requests_share_a_connection_and_each_has_its_length),
        UNIT_TEST(w08_an_accepted_feedback_is_200_of_length_zero),
        UNIT_TEST(w15_head_tells_the_length_and_sends_nothing),
        UNIT_TEST(w16_the_whole_file_and_every_kind_of_one_range),
        UNIT_TEST(w16_a_file_that_is_there_already_is_416_without_a_body),
        UNIT_TEST(w17_ten_ranges_come_as_swupdate_reads_them),
        UNIT_TEST(w18_many_parallel_windows_are_all_206),
        UNIT_TEST(w19_conditions_hold_with_the_quoted_etag),
        UNIT_TEST(w31_expect_and_chunked_bodies_are_read),
        UNIT_TEST(w31_a_body_of_a_megabyte_is_413_and_the_service_lives),
        UNIT_TEST(w31_a_head_that_never_ends_is_closed_at_its_deadline),
        UNIT_TEST(w36_refusals_of_a_download_keep_their_status_and_are_empty),
        UNIT_TEST(w37_polls_and_deployments_leave_in_one_segment_with_their_links_in_order),
        UNIT_TEST(w37_what_is_to_do_comes_first_and_what_was_installed_last),
        UNIT_TEST(w39_a_very_slow_reader_is_left_alone_and_hurts_nobody),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
