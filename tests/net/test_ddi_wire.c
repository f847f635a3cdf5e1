/* DDI on real sockets: what only shows there, of polls, deployments and reports. Downloads: test_ddi_download.c */
#include <netinet/in.h>
#include <linux/tcp.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "support/ddi_wire.h"

UNIT(w05_links_name_what_the_client_of_a_proxy_used)
{
    static const char forwarded[] =
        DDI_WIRE_TOKEN "X-Forwarded-Proto: https\r\nX-Forwarded-Host: fw.proxy.example\r\n"
                       "X-Forwarded-Port: 444\r\n";
    AUTO(wire_closep) struct wire *wire = ddi_wire_dial();
    AUTO(wire_closep) struct wire *plain = wire_open(http_plain_port(ddi_wire.http));
    struct wire_reply reply = ddi_wire_ask(unit, plain, "GET", DDI_WIRE_PATH, forwarded, NULL);

    assert_non_null(
        strstr(reply.body.at, "\"https://fw.proxy.example:444/DEFAULT/controller/v1/mfp-1/deploymentBase/"));
    reply = ddi_wire_ask(unit, plain, "GET", DDI_WIRE_PATH, DDI_WIRE_TOKEN, NULL);
    assert_non_null(strstr(reply.body.at, "\"http://fw.example/DEFAULT/controller/v1/mfp-1/deploymentBase/"));
    reply = ddi_wire_ask(unit, wire, "GET", DDI_WIRE_PATH, forwarded,
                         NULL); /* over TLS nobody speaks for others */
    assert_non_null(
        strstr(reply.body.at, "\"https://fw.example/DEFAULT/controller/v1/mfp-1/deploymentBase/"));
}

UNIT(w07_twenty_requests_share_a_connection_and_each_has_its_length)
{
    AUTO(wire_closep) struct wire *wire = ddi_wire_dial();

    for (int i = 0; i < 20; i++) {
        const char *path = i % 2 ? arena_printf(unit->arena, DDI_WIRE_PATH "/deploymentBase/%lld",
                                                (long long)ddi_wire.action)
                                 : DDI_WIRE_PATH;
        struct wire_reply reply = ddi_wire_ask(unit, wire, "GET", path, DDI_WIRE_TOKEN, NULL);

        assert_int_equal(reply.status, 200);
        assert_non_null(ddi_wire_header(unit, &reply, "Content-Length"));
        assert_null(ddi_wire_header(unit, &reply, "Transfer-Encoding"));
    }
}

UNIT(w08_an_accepted_feedback_is_200_of_length_zero)
{
    AUTO(wire_closep) struct wire *wire = ddi_wire_dial();
    struct wire_reply reply = ddi_wire_ask(
        unit, wire, "POST",
        arena_printf(unit->arena, DDI_WIRE_PATH "/deploymentBase/%lld/feedback", (long long)ddi_wire.action),
        DDI_WIRE_TOKEN "Content-Type: application/json;charset=UTF-8\r\n",
        "{\"status\":{\"execution\":\"proceeding\",\"result\":{\"finished\":\"none\"}}}");

    assert_int_equal(reply.status, 200);
    assert_string_equal(ddi_wire_header(unit, &reply, "Content-Length"), "0");
}

UNIT(w31_expect_and_chunked_bodies_are_read)
{
    AUTO(wire_closep) struct wire *wire = ddi_wire_dial();
    struct wire_reply reply;

    reply = ddi_wire_ask(unit, wire, "PUT", DDI_WIRE_PATH "/configData",
                         DDI_WIRE_TOKEN "Content-Type: application/json\r\nExpect: 100-continue\r\n",
                         "{\"data\":{\"a\":\"1\"}}");
    assert_int_equal(reply.status, 200);
    assert_true(wire_say(wire,
                         "PUT " DDI_WIRE_PATH "/configData HTTP/1.1\r\nHost: fw.example\r\n" DDI_WIRE_TOKEN
                         "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                         "8\r\n{\"data\":\r\nb\r\n{\"b\":\"two\"}\r\n1\r\n}\r\n0\r\n\r\n"));
    assert_true(wire_reply(wire, unit->arena, false, &reply));
    assert_int_equal(reply.status, 200);
}

UNIT(w31_a_body_of_a_megabyte_is_413_and_the_service_lives)
{
    AUTO(wire_closep) struct wire *wire = ddi_wire_dial();
    AUTO(wire_closep) struct wire *other = ddi_wire_dial();
    char *body = arena_take(unit->arena, (1 << 20) + 1);
    struct wire_reply reply;

    memset(body, 'x', 1 << 20);
    assert_true(wire_say(wire,
                         "PUT " DDI_WIRE_PATH "/configData HTTP/1.1\r\nHost: fw.example\r\n" DDI_WIRE_TOKEN
                         "Content-Type: application/json\r\nContent-Length: 1048576\r\n\r\n"));
    (void)wire_send(wire, span_make(body, 1 << 20)); /* may be cut: the answer comes first */
    assert_true(wire_reply(wire, unit->arena, false, &reply));
    assert_int_equal(reply.status, 413);
    reply = ddi_wire_ask(unit, other, "GET", DDI_WIRE_PATH, DDI_WIRE_TOKEN, NULL);
    assert_int_equal(reply.status, 200);
}

UNIT(w31_a_head_that_never_ends_is_closed_at_its_deadline)
{
    AUTO(wire_closep) struct wire *wire = ddi_wire_dial();
    AUTO(wire_closep) struct wire *other = NULL;
    int64_t began_ms = clock_monotonic_ms();
    struct wire_reply reply;
    char byte;

    assert_true(wire_say(wire, "GET " DDI_WIRE_PATH " HTTP/1.1\r\nHost: fw.example\r\n"));
    while (wire_read(wire, &byte, 1) > 0) /* perhaps a 408 before the end */
        continue;
    assert_in_range(clock_monotonic_ms() - began_ms, 1000, 15000);
    other = ddi_wire_dial();
    reply = ddi_wire_ask(unit, other, "GET", DDI_WIRE_PATH, DDI_WIRE_TOKEN, NULL);
    assert_int_equal(reply.status, 200);
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
    AUTO(wire_closep) struct wire *wire = ddi_wire_dial();
    struct wire_reply reply = ddi_wire_ask(unit, wire, "GET", DDI_WIRE_PATH, DDI_WIRE_TOKEN, NULL);

    for (int i = 0; i < 10; i++) {
        int64_t before = segments_in(wire);

        reply = ddi_wire_ask(unit, wire, "GET",
                             i % 2 ? DDI_WIRE_PATH
                                   : arena_printf(unit->arena, DDI_WIRE_PATH "/deploymentBase/%lld",
                                                  (long long)ddi_wire.action),
                             DDI_WIRE_TOKEN, NULL);
        assert_int_equal(segments_in(wire) - before, 1);
    }
    reply = ddi_wire_ask(unit, wire, "GET", DDI_WIRE_PATH, DDI_WIRE_TOKEN, NULL);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(w05_links_name_what_the_client_of_a_proxy_used),
        UNIT_TEST(w07_twenty_requests_share_a_connection_and_each_has_its_length),
        UNIT_TEST(w08_an_accepted_feedback_is_200_of_length_zero),
        UNIT_TEST(w31_expect_and_chunked_bodies_are_read),
        UNIT_TEST(w31_a_body_of_a_megabyte_is_413_and_the_service_lives),
        UNIT_TEST(w31_a_head_that_never_ends_is_closed_at_its_deadline),
        UNIT_TEST(w37_polls_and_deployments_leave_in_one_segment_with_their_links_in_order),
        UNIT_TEST(w37_what_is_to_do_comes_first_and_what_was_installed_last),
    };

    return cmocka_run_group_tests(tests, ddi_wire_start, ddi_wire_stop);
}
