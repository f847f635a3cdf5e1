/* Too many at once: of one address, and of those that begin a handshake and stop. Who behaves gets in. */
#include <unistd.h>

#include "base/clock.h"
#include "support/ask.h"

#define PER_IP 40

static struct door door;

/* The service closes what is too much as soon as it has accepted it. */
static bool is_let_in(struct unit *unit, struct wire *wire)
{
    struct wire_reply reply;

    return wire && wire_say(wire, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n") &&
           wire_reply(wire, unit->arena, false, &reply) && reply.status == 200;
}

static bool is_let_in_again(struct unit *unit)
{
    int64_t until = clock_monotonic_ms() + 10000;

    while (clock_monotonic_ms() < until) {
        static const struct wire_tls any = {0};
        AUTO(wire_closep) struct wire *wire = wire_open_tls(door_port(&door), &any);

        if (is_let_in(unit, wire))
            return true;
        usleep(20000);
    }
    return false;
}

UNIT(one_address_has_so_many_connections_and_gets_another_when_one_is_over)
{
    struct wire *wires[PER_IP];

    door_start(&door, (struct http_options){.connections_per_ip = PER_IP, .idle_timeout_s = 60});
    for (size_t i = 0; i < COUNT(wires); i++) {
        wires[i] = dial(true);
        assert_true(is_let_in(unit, wires[i]));
    }
    for (int i = 0; i < 3; i++) {
        static const struct wire_tls any = {0};
        AUTO(wire_closep) struct wire *more = wire_open_tls(door_port(&door), &any);

        assert_false(is_let_in(unit, more));
    }
    assert_true(is_let_in(unit, wires[0])); /* those inside are not disturbed */
    wire_closep(&wires[0]);
    assert_true(is_let_in_again(unit));
    for (size_t i = 0; i < COUNT(wires); i++)
        wire_closep(&wires[i]);
    door_stop(&door, 1000);
}

UNIT(both_listeners_share_what_may_connect)
{
    struct wire *wires[16];
    int64_t until = clock_monotonic_ms() + 10000;
    bool is_in = false;

    door_start(&door, (struct http_options){.threads = 1, .connections_max = COUNT(wires)});
    for (size_t i = 0; i < COUNT(wires); i++) {
        wires[i] = dial(i % 2 == 0);
        assert_true(is_let_in(unit, wires[i]));
    }
    for (int is_tls = 0; is_tls < 2; is_tls++) {
        static const struct wire_tls any = {0};
        AUTO(wire_closep)
        struct wire *more =
            is_tls ? wire_open_tls(door_port(&door), &any) : wire_open(door_plain_port(&door));

        assert_false(is_let_in(unit, more));
    }
    wire_closep(&wires[0]);
    while (!is_in && clock_monotonic_ms() < until) {
        AUTO(wire_closep) struct wire *more = wire_open(door_plain_port(&door));

        is_in = is_let_in(unit, more);
    }
    assert_true(is_in);
    for (size_t i = 0; i < COUNT(wires); i++)
        wire_closep(&wires[i]);
    door_stop(&door, 1000);
}

/* One thread suffers 2,000 of them; beyond half of that they have 2 s instead of a minute. */
UNIT(a_crowd_of_stalled_handshakes_goes_after_two_seconds)
{
    static struct wire *wires[1100];
    int64_t began = clock_monotonic_ms();
    struct http_figures figures;

    door_start(&door, (struct http_options){.threads = 1, .head_deadline_s = 60, .connections_max = 4000});
    for (size_t i = 0; i < COUNT(wires); i++) {
        wires[i] = wire_open(door_port(&door));
        assert_non_null(wires[i]);
        assert_true(wire_send(wires[i], span_make("\x16\x03\x01\x02", 4)));
    }
    do {
        usleep(20000);
        http_figures(door.http, &figures);
    } while (figures.reaped < (int64_t)COUNT(wires) / 10 && clock_monotonic_ms() - began < 30000);
    assert_true(figures.reaped >= (int64_t)COUNT(wires) / 10);
    assert_true(is_let_in_again(unit));
    for (size_t i = 0; i < COUNT(wires); i++)
        wire_closep(&wires[i]);
    door_stop(&door, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(one_address_has_so_many_connections_and_gets_another_when_one_is_over),
        UNIT_TEST(both_listeners_share_what_may_connect),
        UNIT_TEST(a_crowd_of_stalled_handshakes_goes_after_two_seconds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
