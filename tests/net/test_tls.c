/* TLS: what is accepted, who is believed, and what a stalled handshake costs. */
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "support/cert.h"
#include "support/ask.h"

static struct door door;

static int start(void **state)
{
    (void)state;
    door_start(&door, (struct http_options){.client_ca_path = "ca.pem", .head_deadline_s = 3});
    return 0;
}

static int stop(void **state)
{
    (void)state;
    door_stop(&door, 1000);
    return 0;
}

static struct wire_reply get(struct unit *unit, struct wire *wire, const char *path)
{
    return ask(unit, wire, "GET", path, "");
}

static bool shows(struct unit *unit, const struct wire_reply *reply, const char *word)
{
    return strstr(arena_text(unit->arena, reply->body), word) != NULL;
}

UNIT(the_certificate_verifies_against_its_ca)
{
    struct wire_tls tls = {.ca_path = door_path(&door, unit->arena, "ca.pem")};
    AUTO(wire_closep) struct wire *wire = wire_open_tls(door_port(&door), &tls);
    struct wire_reply reply = get(unit, wire, "/hello");

    assert_int_equal(reply.status, 200);
}

UNIT(old_versions_and_costly_key_exchanges_are_refused)
{
    static const char *const refused[] = {
        "NORMAL:-VERS-ALL:+VERS-TLS1.1",
        "NORMAL:-GROUP-ALL:+GROUP-FFDHE2048",
        "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CBC",
    };
    AUTO(wire_closep) struct wire *wire = NULL;
    struct wire_reply reply;

    for (size_t i = 0; i < COUNT(refused); i++) {
        struct wire_tls tls = {.priorities = refused[i]};

        assert_null(wire_open_tls(door_port(&door), &tls));
    }
    wire = wire_open_tls(door_port(&door), &(struct wire_tls){.priorities = "NORMAL:-VERS-ALL:+VERS-TLS1.2"});
    reply = get(unit, wire, "/hello");
    assert_int_equal(reply.status, 200);
}

UNIT(the_server_chooses_aes_for_a_client_that_prefers_chacha)
{
    struct wire_tls tls = {.priorities = "NORMAL:-CIPHER-ALL:+CHACHA20-POLY1305:+AES-256-GCM:+AES-128-GCM"};
    AUTO(wire_closep) struct wire *wire = wire_open_tls(door_port(&door), &tls);

    assert_non_null(wire);
    assert_string_equal(wire_cipher(wire), "AES-128-GCM");
}

UNIT(a_ticket_resumes_and_keeps_the_clients_names)
{
    static const char *const versions[] = {NULL, "NORMAL:-VERS-ALL:+VERS-TLS1.2"};

    for (size_t i = 0; i < COUNT(versions); i++) {
        struct wire_tls tls = {.priorities = versions[i],
                               .cert_path = door_path(&door, unit->arena, "client.pem"),
                               .key_path = door_path(&door, unit->arena, "client.key")};
        struct http_figures before, after;
        AUTO(wire_closep) struct wire *first = wire_open_tls(door_port(&door), &tls);
        AUTO(wire_closep) struct wire *second = NULL;
        struct wire_reply reply = get(unit, first, "/who");
        struct span ticket = wire_ticket(first, unit->arena);

        assert_true(shows(unit, &reply, " cn=printer-1"));
        http_figures(door.http, &before);
        tls.ticket = ticket.at;
        tls.ticket_size = ticket.size;
        second = wire_open_tls(door_port(&door), &tls);
        reply = get(unit, second, "/who");
        assert_true(wire_is_resumed(second));
        assert_true(shows(unit, &reply, " cn=printer-1"));
        http_figures(door.http, &after);
        assert_int_equal(after.handshakes_resumed - before.handshakes_resumed, 1);
    }
}

UNIT(a_verified_client_certificate_gives_names)
{
    struct wire_tls tls = {.cert_path = door_path(&door, unit->arena, "client.pem"),
                           .key_path = door_path(&door, unit->arena, "client.key")};
    AUTO(wire_closep) struct wire *wire = wire_open_tls(door_port(&door), &tls);
    struct wire_reply reply = get(unit, wire, "/who");

    assert_true(shows(unit, &reply, "issuer=CN=Test CA"));
    assert_true(shows(unit, &reply, " cn=printer-1"));
    assert_true(shows(unit, &reply, " dns=printer-1.local"));
    assert_true(shows(unit, &reply, " uri=urn:mfp:1"));
}

UNIT(no_certificate_and_a_strangers_are_both_nobody)
{
    struct wire_tls none = {0};
    struct wire_tls stranger = {.cert_path = door_path(&door, unit->arena, "stranger.pem"),
                                .key_path = door_path(&door, unit->arena, "stranger.key")};
    AUTO(wire_closep) struct wire *first = wire_open_tls(door_port(&door), &none);
    AUTO(wire_closep) struct wire *second = wire_open_tls(door_port(&door), &stranger);
    struct wire_reply reply = get(unit, first, "/who");

    assert_true(shows(unit, &reply, "issuer=none"));
    reply = get(unit, second, "/who");
    assert_true(shows(unit, &reply, "issuer=none"));
    assert_false(shows(unit, &reply, "cn="));
}

UNIT(a_reload_reaches_new_connections_and_leaves_old_ones_alone)
{
    static const struct wire_tls any = {0};
    AUTO(wire_closep) struct wire *old = wire_open_tls(door_port(&door), &any);
    AUTO(wire_closep) struct wire *new = NULL;
    struct wire_reply reply = get(unit, old, "/hello");

    support_cert_renew(door.dir, "renewed");
    MUST(http_reload(door.http, &unit->err));
    reply = get(unit, old, "/hello");
    assert_int_equal(reply.status, 200);
    assert_string_equal(wire_server_name(old, unit->arena), "localhost");
    new = wire_open_tls(door_port(&door), &any);
    reply = get(unit, new, "/hello");
    assert_string_equal(wire_server_name(new, unit->arena), "renewed");
}

UNIT(a_reload_that_fails_changes_nothing)
{
    static const struct wire_tls any = {0};
    const char *path = door_path(&door, unit->arena, "server.key");
    AUTO(wire_closep) struct wire *wire = NULL;
    struct span saved;
    struct wire_reply reply;

    MUST(file_read(unit->arena, path, 65536, &saved, &unit->err));
    MUST(file_write_whole(path, span_of("no key at all\n"), 0600, &unit->err));
    REFUSES(ERR_INVALID, http_reload(door.http, &unit->err));
    MUST(file_write_whole(path, saved, 0600, &unit->err));
    wire = wire_open_tls(door_port(&door), &any);
    reply = get(unit, wire, "/hello");
    assert_int_equal(reply.status, 200);
}

UNIT(a_service_that_cannot_start_says_why_and_leaves_nothing)
{
    struct http_options options = {.listen = "127.0.0.1",
                                   .cert_path = door_path(&door, unit->arena, "none.pem"),
                                   .key_path = door_path(&door, unit->arena, "server.key"),
                                   .threads = 1,
                                   .workers = 1,
                                   .connections_max = 100,
                                   .connections_per_ip = 100,
                                   .http_port = -1};
    struct http *http = NULL;

    REFUSES(ERR_INVALID, http_start(&http, &options, (struct http_door){0}, &unit->err));
    SAYS("none.pem");
    options.cert_path = door_path(&door, unit->arena, "server.pem");
    options.port = door_port(&door);
    assert_false(http_start(&http, &options, (struct http_door){0}, &unit->err));
    SAYS("in use");
    options.listen = "nowhere";
    REFUSES(ERR_INVALID, http_start(&http, &options, (struct http_door){0}, &unit->err));
    options.listen = "::1";
    options.port = 0;
    MUST(http_start(&http, &options, (struct http_door){0}, &unit->err));
    assert_true(http_port(http) > 0);
    assert_int_equal(http_plain_port(http), -1);
    http_stop(http, 0);
}

static int64_t segments_in(const struct wire *wire)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof(info);

    assert_int_equal(getsockopt(wire_fd(wire), IPPROTO_TCP, TCP_INFO, &info, &size), 0);
    return info.tcpi_data_segs_in;
}

UNIT(a_small_reply_leaves_in_one_segment)
{
    static const struct wire_tls any = {0};
    struct wire *wires[2] = {wire_open(door_plain_port(&door)), wire_open_tls(door_port(&door), &any)};

    for (size_t i = 0; i < COUNT(wires); i++) {
        struct wire_reply reply = get(unit, wires[i], "/hello");

        for (int n = 0; n < 10; n++) {
            int64_t before = segments_in(wires[i]);

            reply = get(unit, wires[i], n % 2 ? "/file/1000" : "/worker");
            assert_int_equal(reply.status, 200);
            assert_int_equal(segments_in(wires[i]) - before, 1);
        }
        wire_closep(&wires[i]);
    }
}

static int64_t cpu_us(void)
{
    struct rusage used;

    getrusage(RUSAGE_SELF, &used);
    return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000 + used.ru_utime.tv_usec +
           used.ru_stime.tv_usec;
}

/* The HTTP library alone burns a core from the first of these on. */
UNIT(stalled_handshakes_cost_nothing_and_are_closed_at_the_deadline)
{
    static const char hello[7] = {0x16, 0x03, 0x01, 0x01, 0x00, 0x01, 0x00};
    static const struct wire_tls any = {0};
    struct wire *stalled[100];
    AUTO(wire_closep) struct wire *good = wire_open_tls(door_port(&door), &any);
    struct wire_reply reply;
    struct http_figures figures;
    int64_t before, used;
    char byte;

    for (size_t i = 0; i < COUNT(stalled); i++) {
        stalled[i] = wire_open(door_port(&door));
        assert_non_null(stalled[i]);
        assert_true(wire_send(stalled[i], span_make(hello, sizeof(hello))));
    }
    reply = get(unit, good, "/hello");
    assert_int_equal(reply.status, 200);
    before = cpu_us();
    usleep(1000000); /* the measure is CPU time in a second of nothing to do */
    used = cpu_us() - before;
    if (used > 200000)
        fail_msg("%lld us of CPU in an idle second", (long long)used);
    reply = get(unit, good, "/hello");
    assert_int_equal(reply.status, 200);
    for (size_t i = 0; i < COUNT(stalled); i++) {
        assert_true(wire_read(stalled[i], &byte, 1) <= 0);
        wire_closep(&stalled[i]);
    }
    http_figures(door.http, &figures);
    assert_true(figures.reaped >= (int64_t)COUNT(stalled));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(the_certificate_verifies_against_its_ca),
        UNIT_TEST(old_versions_and_costly_key_exchanges_are_refused),
        UNIT_TEST(the_server_chooses_aes_for_a_client_that_prefers_chacha),
        UNIT_TEST(a_ticket_resumes_and_keeps_the_clients_names),
        UNIT_TEST(a_verified_client_certificate_gives_names),
        UNIT_TEST(no_certificate_and_a_strangers_are_both_nobody),
        UNIT_TEST(a_service_that_cannot_start_says_why_and_leaves_nothing),
        UNIT_TEST(a_small_reply_leaves_in_one_segment),
        UNIT_TEST(stalled_handshakes_cost_nothing_and_are_closed_at_the_deadline),
        UNIT_TEST(a_reload_reaches_new_connections_and_leaves_old_ones_alone),
        UNIT_TEST(a_reload_that_fails_changes_nothing),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
