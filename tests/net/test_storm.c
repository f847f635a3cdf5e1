/* Everything at once: good clients among clients that stall, reset, give up and come back, with reloads in
 * between and an end without grace. Good clients see nothing of it, and nothing is left behind. Meant for
 * ThreadSanitizer. */
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/door.h"
#include "support/unit.h"
#include "support/wire.h"

#define STORM_MS 2500

static struct door door;
static int64_t until_ms;
static atomic_int good, wrong;

static bool goes_on(void)
{
    return clock_monotonic_ms() < until_ms;
}

static void expect(struct wire *wire, const char *path, size_t body)
{
    struct arena *arena = arena_new();
    struct wire_reply reply;

    if (wire && wire_say(wire, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path) &&
        wire_reply(wire, arena, false, &reply) && reply.status == 200 && reply.body.size == body)
        atomic_fetch_add(&good, 1);
    else
        atomic_fetch_add(&wrong, 1);
    arena_freep(&arena);
}

static void *shakers(void *arg)
{
    struct wire_tls tls = {.is_dribbling = arg != NULL};

    while (goes_on()) {
        AUTO(wire_closep) struct wire *wire = wire_open_tls(door_port(&door), &tls);

        expect(wire, "/hello", 6);
    }
    return NULL;
}

static void *keepers(void *arg)
{
    static const struct wire_tls any = {0};
    AUTO(wire_closep)
    struct wire *wire = arg ? wire_open_tls(door_port(&door), &any) : wire_open(door_plain_port(&door));

    while (goes_on()) {
        expect(wire, "/worker", 6);
        expect(wire, "/mapped/100000", 100000);
        expect(wire, "/hello", 6);
    }
    return NULL;
}

static void reset(struct wire **wire)
{
    struct linger hard = {.l_onoff = 1};

    if (*wire)
        setsockopt(wire_fd(*wire), SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
    wire_closep(wire);
}

static void *stallers(void *arg)
{
    static const char hello[] = {0x16, 0x03, 0x01, 0x01, 0x00, 0x01, 0x00, 0x00, 0x00, 0x03, 0x03};
    struct wire *wires[20];

    while (goes_on()) {
        for (size_t i = 0; i < COUNT(wires); i++) {
            wires[i] = wire_open(door_port(&door));
            if (wires[i])
                wire_send(wires[i], span_make(hello, i % sizeof(hello)));
        }
        for (size_t i = 0; i < COUNT(wires); i++) {
            if (wires[i] && i % 3)
                wire_send(wires[i], span_make(hello, 1));
            if (arg)
                reset(&wires[i]);
            else
                wire_closep(&wires[i]);
        }
    }
    return NULL;
}

static void *quitters(void *arg)
{
    static const struct wire_tls any = {0};
    static char some[300000];

    while (goes_on()) {
        struct wire *upload = arg ? wire_open_tls(door_port(&door), &any) : wire_open(door_plain_port(&door));
        struct wire *download =
            arg ? wire_open_tls(door_port(&door), &any) : wire_open(door_plain_port(&door));
        char byte;

        if (upload && wire_say(upload, "PUT /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n"))
            wire_send(upload, span_make(some, sizeof(some)));
        if (download && wire_say(download, "GET /mapped/5000000 HTTP/1.1\r\nHost: a\r\n\r\n"))
            wire_read(download, &byte, 1);
        reset(&upload);
        wire_closep(&download);
    }
    return NULL;
}

UNIT(good_clients_notice_nothing_and_nothing_is_left)
{
    static void *(*const mains[])(void *) = {shakers, keepers, stallers, quitters};
    pthread_t threads[COUNT(mains) * 2];
    struct http_figures figures;

    door_start(&door, (struct http_options){.workers = 4, .head_deadline_s = 2});
    until_ms = clock_monotonic_ms() + STORM_MS;
    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, mains[i / 2], i % 2 ? &door : NULL), 0);
    while (goes_on()) {
        MUST(http_reload(door.http, &unit->err));
        http_figures(door.http, &figures);
        usleep(20000);
    }
    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    door_stop(&door, 0);
    assert_true(atomic_load(&good) > 50);
    assert_int_equal(atomic_load(&wrong), 0);
    assert_int_equal(atomic_load(&door.begun), atomic_load(&door.ended));
    assert_int_equal(atomic_load(&door.sinks_out), 0);
    assert_int_equal(atomic_load(&door.sources_out), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(good_clients_notice_nothing_and_nothing_is_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
