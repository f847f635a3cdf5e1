/* What http refuses, what it closes, and what it must not close. Each test has a service with limits of its
 * own. */
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/ask.h"

static struct door door;

/* Nothing more comes, and soon. */
static void ends_soon(struct wire *wire)
{
    int64_t began = clock_monotonic_ms();
    char scrap[4096];

    while (wire_read(wire, scrap, sizeof(scrap)) > 0)
        continue;
    assert_true(clock_monotonic_ms() - began < 10000);
}

UNIT(what_could_be_read_in_two_ways_is_refused_and_closed)
{
    static const struct {
        const char *text;
        int status;
    } rows[] = {
        {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         400},
        {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400},
        {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc", 400},
        {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc", 400},
        {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\nabc", 400},
        {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400},
        {"POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {"GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        {"GET /hello HTTP/1.1\r\n\r\n", 400},
        {"GET /hello HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
        {"GET /hello HTTP/1.1\r\nHost: a\r\nX Y: z\r\n\r\n", 400},
        {"GET /hello HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\n\r\n", 400},
        {"GET /hello HTTP/1.1\r\nHost: a\r\nX: a\x01z\r\n\r\n", 400},
        {"GET hello HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET /hello?a=%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    };

    door_start(&door, (struct http_options){0});
    BOTH for (size_t i = 0; i < COUNT(rows); i++)
    {
        AUTO(wire_closep) struct wire *wire = dial(is_tls);
        struct wire_reply reply;

        assert_true(wire_say(wire, "%s", rows[i].text));
        if (!wire_reply(wire, unit->arena, false, &reply))
            fail_msg("no reply to %s", rows[i].text);
        if (reply.status != rows[i].status)
            fail_msg("%d for %s", reply.status, rows[i].text);
        assert_string_equal(wire_header(unit->arena, &reply, "Connection"), "close");
        ends_soon(wire);
    }
    door_stop(&door, 1000);
}

UNIT(heads_too_large_or_too_many_are_431_and_414)
{
    char *many = arena_take(unit->arena, 4096);
    char *large = memset(arena_take(unit->arena, 16384), 'x', 16383);
    const struct {
        const char *path, *headers;
        int status;
    } rows[] = {
        {"/hello", many, 431},
        {"/hello", arena_printf(unit->arena, "X: %.9500s\r\n", large), 431},
        {"/hello", arena_printf(unit->arena, "X: %.15000s\r\n", large), 431},
        {arena_printf(unit->arena, "/%.4200s", large), "", 414},
        {"/hello", arena_printf(unit->arena, "X: %.4000s\r\n", large), 200},
    };

    for (int i = 0; i < 64; i++)
        memcpy(many + i * 11, "X-Some: y\r\n", 11);
    door_start(&door, (struct http_options){0});
    BOTH for (size_t i = 0; i < COUNT(rows); i++)
    {
        AUTO(wire_closep) struct wire *wire = dial(is_tls);
        struct wire_reply reply;

        assert_true(wire_say(wire, "GET %s HTTP/1.1\r\nHost: a\r\n%s\r\n", rows[i].path, rows[i].headers));
        if (!wire_reply(wire, unit->arena, false, &reply))
            fail_msg("row %zu: no reply", i);
        if (reply.status != rows[i].status)
            fail_msg("row %zu: %d", i, reply.status);
    }
    door_stop(&door, 1000);
}

/* What the pool holds is shared by the head and its reply: nowhere between does a client wait for ever. */
UNIT(heads_of_every_size_are_answered)
{
    enum { TAKEN = 4900, REFUSED = 5100, ANSWERED = 6200, LAST = 7000, STEP = 40 };
    char *large = memset(arena_take(unit->arena, LAST), 'x', LAST - 1);

    door_start(&door, (struct http_options){0});
    BOTH for (int size = 3000; size < LAST; size += STEP)
    {
        AUTO(wire_closep) struct wire *wire = dial(is_tls);
        struct wire_reply reply = {.status = 0};
        int rest = size - (int)strlen("GET /hello HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n");

        assert_true(wire_say(wire, "GET /hello HTTP/1.1\r\nHost: a\r\nX: %.*s\r\n\r\n", rest, large));
        if (!wire_reply(wire, unit->arena, false, &reply) && size <= ANSWERED)
            fail_msg("%d bytes: no reply", size);
        if (size <= TAKEN ? reply.status != 200 : size >= REFUSED && reply.status != 431 && reply.status)
            fail_msg("%d bytes: %d", size, reply.status);
    }
    door_stop(&door, 1000);
}

UNIT(a_body_too_large_is_413_for_a_client_that_sends_it_all_first)
{
    char *megabyte = arena_take(unit->arena, 1 << 20);

    door_start(&door, (struct http_options){0});
    BOTH for (int chunked = 0; chunked < 2; chunked++)
    {
        AUTO(wire_closep) struct wire *wire = dial(is_tls);
        struct wire_reply reply;
        bool is_open;

        is_open = wire_say(wire, "PUT /echo HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n",
                           chunked ? "Transfer-Encoding: chunked" : "Content-Length: 20971520");
        for (int i = 0; i < 20 && is_open; i++) {
            is_open = !chunked || wire_say(wire, "100000\r\n");
            is_open = is_open && wire_send(wire, span_make(megabyte, 1 << 20));
            is_open = is_open && (!chunked || wire_say(wire, "\r\n"));
        }
        assert_true(wire_reply(wire, unit->arena, false, &reply));
        assert_int_equal(reply.status, 413);
        assert_string_equal(wire_header(unit->arena, &reply, "Connection"), "close");
    }
    door_stop(&door, 1000);
}

/* Says one byte every 100 ms until it is cut off; how long that took. */
static int64_t drip_until_closed(struct wire *wire, const char *byte)
{
    int64_t began = clock_monotonic_ms();
    struct timeval soon = {.tv_usec = 100000};
    char scrap;

    setsockopt(wire_fd(wire), SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
    while (clock_monotonic_ms() - began < 15000) {
        if (send(wire_fd(wire), byte, 1, MSG_NOSIGNAL) != 1)
            break;
        if (recv(wire_fd(wire), &scrap, 1, 0) == 0)
            break;
    }
    return clock_monotonic_ms() - began;
}

UNIT(a_head_that_drips_in_is_cut_at_its_deadline)
{
    AUTO(wire_closep) struct wire *fresh = NULL;
    AUTO(wire_closep) struct wire *started = NULL;
    AUTO(wire_closep) struct wire *secure = NULL;

    door_start(&door, (struct http_options){.head_deadline_s = 1});
    fresh = dial(false);
    assert_true(drip_until_closed(fresh, "G") < 5000);
    started = dial(false);
    assert_true(wire_say(started, "GET /hello HTTP/1.1\r\nX: "));
    assert_true(drip_until_closed(started, "x") < 5000);
    secure = wire_open(door_port(&door));
    assert_true(wire_send(secure, span_make("\x16\x03\x01\x02", 4)));
    assert_true(drip_until_closed(secure, "\x01") < 5000);
    door_stop(&door, 1000);
}

UNIT(silence_between_requests_has_an_end)
{
    door_start(&door, (struct http_options){.idle_timeout_s = 1, .head_deadline_s = 20});
    BOTH
    {
        AUTO(wire_closep) struct wire *wire = dial(is_tls);
        int64_t began = clock_monotonic_ms();
        struct wire_reply reply;
        char byte;

        assert_true(wire_say(wire, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"));
        assert_true(wire_reply(wire, unit->arena, false, &reply));
        assert_int_equal(wire_read(wire, &byte, 1), 0);
        assert_true(clock_monotonic_ms() - began < 6000);
    }
    door_stop(&door, 1000);
}

UNIT(an_upload_that_drips_is_cut_and_its_sink_dropped)
{
    AUTO(wire_closep) struct wire *wire = NULL;

    door_start(&door, (struct http_options){.body_grace_s = 1, .body_bytes_s = 1000});
    wire = dial(false);
    assert_true(wire_say(wire, "PUT /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"));
    assert_true(drip_until_closed(wire, "x") < 6000);
    assert_true(door_settles(&door.sinks_out));
    door_stop(&door, 1000);
}

static struct wire *start_download(int receive_bytes, int64_t size)
{
    struct wire *wire = dial(false);

    setsockopt(wire_fd(wire), SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof(receive_bytes));
    assert_true(wire_say(wire, "GET /mapped/%lld HTTP/1.1\r\nHost: a\r\n\r\n", (long long)size));
    return wire;
}

UNIT(a_slow_reader_is_left_alone_and_a_dead_one_is_not)
{
    AUTO(wire_closep) struct wire *slow = NULL;
    AUTO(wire_closep) struct wire *dead = NULL;
    char piece[8192];
    struct http_figures figures;

    door_start(&door, (struct http_options){.send_stall_s = 2, .idle_timeout_s = 1});
    slow = start_download(4096, 30000000);
    dead = start_download(4096, 30000000);
    do {
        assert_true(wire_read(slow, piece, sizeof(piece)) > 0);
        usleep(50000); /* this reader is slow: that is what the test is about */
        http_figures(door.http, &figures);
    } while (figures.reaped == 0);
    for (int i = 0; i < 20; i++)
        assert_true(wire_read(slow, piece, sizeof(piece)) > 0);
    http_figures(door.http, &figures);
    assert_int_equal(figures.reaped, 1);
    assert_int_equal(atomic_load(&door.lost), 1);
    door_stop(&door, 0);
    assert_int_equal(atomic_load(&door.sources_out), 0);
}

UNIT(a_client_that_leaves_frees_what_it_had)
{
    door_start(&door, (struct http_options){0});
    BOTH
    {
        struct wire *upload = dial(is_tls), *download = dial(is_tls);
        char *half = arena_take(unit->arena, 500000);

        assert_true(wire_say(upload, "PUT /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"));
        assert_true(wire_send(upload, span_make(half, 500000)));
        assert_true(wire_say(download, "GET /mapped/30000000 HTTP/1.1\r\nHost: a\r\n\r\n"));
        assert_int_equal(wire_read(download, half, 1), 1);
        wire_closep(&download);
        shutdown(wire_fd(upload), SHUT_WR); /* a plain close could reset, and unread bytes would be lost */
        assert_true(door_settles(&door.sinks_out));
        wire_closep(&upload);
        assert_true(door_settles(&door.sources_out));
        /* Every byte that came was written first: a client on a bad link gets on. */
        assert_int_equal(atomic_load(&door.dropped_bytes), 500000 * (is_tls + 1));
    }
    assert_int_equal(atomic_load(&door.lost), 4);
    door_stop(&door, 1000);
}

UNIT(workers_work_side_by_side_and_the_network_goes_on)
{
    struct wire *wires[4];
    AUTO(wire_closep) struct wire *other = NULL;
    struct wire_reply reply;

    door_start(&door, (struct http_options){.workers = 4});
    for (size_t i = 0; i < COUNT(wires); i++) {
        wires[i] = dial(i % 2);
        assert_true(wire_say(wires[i], "GET /gate HTTP/1.1\r\nHost: a\r\n\r\n"));
    }
    while (atomic_load(&door.most_in_gate) < 4)
        usleep(1000);
    other = dial(true);
    assert_true(wire_say(other, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_true(wire_reply(other, unit->arena, false, &reply));
    assert_int_equal(reply.status, 200);
    door_open_gate(&door);
    for (size_t i = 0; i < COUNT(wires); i++) {
        assert_true(wire_reply(wires[i], unit->arena, false, &reply));
        assert_int_equal(reply.status, 200);
        wire_closep(&wires[i]);
    }
    door_stop(&door, 1000);
}

UNIT(a_full_queue_is_503_with_retry_after)
{
    struct wire *wires[40];
    int served = 0, refused = 0;

    door_start(&door, (struct http_options){.workers = 1});
    for (size_t i = 0; i < COUNT(wires); i++) {
        wires[i] = dial(i % 2);
        assert_true(wire_say(wires[i], "GET /gate HTTP/1.1\r\nHost: a\r\n\r\n"));
    }
    while (atomic_load(&door.begun) < (int)COUNT(wires))
        usleep(1000);
    door_open_gate(&door);
    for (size_t i = 0; i < COUNT(wires); i++) {
        struct wire_reply reply;

        assert_true(wire_reply(wires[i], unit->arena, false, &reply));
        served += reply.status == 200;
        refused += reply.status == 503;
        if (reply.status == 503)
            assert_non_null(wire_header(unit->arena, &reply, "Retry-After"));
        wire_closep(&wires[i]);
    }
    assert_int_equal(served + refused, (int)COUNT(wires));
    assert_true(served >= 16 && refused >= 16);
    door_stop(&door, 1000);
}

static void *stop_main(void *arg)
{
    http_stop(door.http, *(int64_t *)arg);
    return NULL;
}

UNIT(stopping_lets_a_request_under_way_finish)
{
    AUTO(wire_closep) struct wire *wire = NULL;
    int64_t grace_ms = 20000;
    struct wire_reply reply;
    pthread_t stopper;

    door_start(&door, (struct http_options){0});
    wire = dial(true);
    assert_true(wire_say(wire, "GET /gate HTTP/1.1\r\nHost: a\r\n\r\n"));
    while (atomic_load(&door.most_in_gate) < 1)
        usleep(1000);
    assert_int_equal(pthread_create(&stopper, NULL, stop_main, &grace_ms), 0);
    usleep(50000); /* give the stop a head start; the test holds either way */
    door_open_gate(&door);
    assert_true(wire_reply(wire, unit->arena, false, &reply));
    assert_int_equal(reply.status, 200);
    pthread_join(stopper, NULL);
    assert_int_equal(atomic_load(&door.begun), atomic_load(&door.ended));
    door_clean(&door);
}

UNIT(stopping_at_once_leaves_nothing_behind)
{
    struct wire *wires[60];
    char *some = arena_take(unit->arena, 300000);

    door_start(&door, (struct http_options){.workers = 2});
    for (size_t i = 0; i < COUNT(wires); i++) {
        wires[i] = i % 6 == 5 ? wire_open(door_port(&door)) : dial(i % 2);
        assert_non_null(wires[i]);
        if (i % 6 < 2)
            assert_true(wire_say(wires[i], "GET /mapped/9000000 HTTP/1.1\r\nHost: a\r\n\r\n"));
        else if (i % 6 == 2)
            assert_true(wire_say(wires[i], "GET /gate HTTP/1.1\r\nHost: a\r\n\r\n"));
        else if (i % 6 < 5)
            assert_true(
                wire_say(wires[i], "PUT /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 600000\r\n\r\n") &&
                wire_send(wires[i], span_make(some, 300000)));
        else
            assert_true(wire_send(wires[i], span_make("\x16\x03\x01", 3)));
    }
    while (atomic_load(&door.most_in_gate) < 1)
        usleep(1000);
    door_stop(&door, 0);
    assert_int_equal(atomic_load(&door.begun), atomic_load(&door.ended));
    assert_int_equal(atomic_load(&door.sinks_out), 0);
    assert_int_equal(atomic_load(&door.sources_out), 0);
    for (size_t i = 0; i < COUNT(wires); i++)
        wire_closep(&wires[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(what_could_be_read_in_two_ways_is_refused_and_closed),
        UNIT_TEST(heads_too_large_or_too_many_are_431_and_414),
        UNIT_TEST(heads_of_every_size_are_answered),
        UNIT_TEST(a_body_too_large_is_413_for_a_client_that_sends_it_all_first),
        UNIT_TEST(a_head_that_drips_in_is_cut_at_its_deadline),
        UNIT_TEST(silence_between_requests_has_an_end),
        UNIT_TEST(an_upload_that_drips_is_cut_and_its_sink_dropped),
        UNIT_TEST(a_slow_reader_is_left_alone_and_a_dead_one_is_not),
        UNIT_TEST(a_client_that_leaves_frees_what_it_had),
        UNIT_TEST(workers_work_side_by_side_and_the_network_goes_on),
        UNIT_TEST(a_full_queue_is_503_with_retry_after),
        UNIT_TEST(stopping_lets_a_request_under_way_finish),
        UNIT_TEST(stopping_at_once_leaves_nothing_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
