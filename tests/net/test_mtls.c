/* A client certificate as a device's identity, from the handshake to the DDI doors. */
#include "base/clock.h"
#include "base/text.h"
#include "store/devices.h"
#include "support/cert.h"
#include "support/ddi.h"
#include "support/unit.h"
#include "support/wire.h"

static struct {
    struct arena *arena;
    struct support *s;
    struct http *http;
} here;

static void certificates_on(struct tenant *tenant)
{
    tenant->certificate_on = true;
    tenant->certificate_issuer = "";
}

static int start(void **state)
{
    struct arena *arena = here.arena = arena_new();
    struct support *s = here.s = support_world(arena);
    struct http_options options = {.listen = "127.0.0.1",
                                   .trusted_proxies = "",
                                   .cert_path = arena_printf(arena, "%s/server.pem", s->dir),
                                   .key_path = arena_printf(arena, "%s/server.key", s->dir),
                                   .client_ca_path = arena_printf(arena, "%s/ca.pem", s->dir),
                                   .threads = 1,
                                   .workers = 2,
                                   .connections_max = 100,
                                   .connections_per_ip = 100,
                                   .idle_timeout_s = 30,
                                   .head_deadline_s = 5,
                                   .body_bytes_s = 1024};
    struct http_door door = {.ctx = &s->app, .begin = api_begin, .serve = api_serve, .end = api_end};
    struct err err;

    (void)state;
    clock_start(1, 0);
    support_cert_make(s->dir);
    support_tenant(s, certificates_on);
    return http_start(&here.http, &options, door, &err) ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    http_stop(here.http, 1000);
    arena_freep(&here.arena);
    return 0;
}

/* A connection with the certificate of that name ("client", "stranger"), or none. */
static struct wire *dial(struct unit *unit, const char *name)
{
    struct wire_tls tls = {0};
    struct wire *wire;

    if (name) {
        tls.cert_path = arena_printf(unit->arena, "%s/%s.pem", here.s->dir, name);
        tls.key_path = arena_printf(unit->arena, "%s/%s.key", here.s->dir, name);
    }
    wire = wire_open_tls(http_port(here.http), &tls);
    assert_non_null(wire);
    return wire;
}

static int ask(struct unit *unit, struct wire *wire, const char *method, const char *path, const char *more,
               const char *body)
{
    struct wire_reply reply;

    assert_true(wire_say(wire, "%s %s HTTP/1.1\r\nHost: fw.example\r\n%sContent-Length: %zu\r\n\r\n%s",
                         method, path, more, strlen(body), body));
    assert_true(wire_reply(wire, unit->arena, false, &reply));
    if (reply.status == 401)
        assert_int_equal(reply.body.size, 0);
    return reply.status;
}

/* One poll on a connection of its own. */
static int poll_as(struct unit *unit, const char *certificate, const char *id)
{
    AUTO(wire_closep) struct wire *wire = dial(unit, certificate);

    return ask(unit, wire, "GET", arena_printf(unit->arena, DDI_PATH "%s", id), "", "");
}

UNIT(a_certificate_is_who_its_names_say)
{
    static const struct {
        const char *id;
        int status;
    } rows[] = {
        {"printer-1", 200},        {"printer-1.local", 200}, {"urn%3Amfp%3A1", 200},  {"printer-2", 401},
        {"printer-1.locals", 401}, {"PRINTER-1", 401},       {"CN%3Dprinter-1", 401}, {"printer", 401},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        int status = poll_as(unit, "client", rows[i].id);

        if (status != rows[i].status)
            fail_msg("%s: %d", rows[i].id, status);
    }
    assert_string_equal(support_device_get(here.s, "urn:mfp:1").controller_id, "urn:mfp:1");
}

UNIT(one_connection_does_not_get_used_to_an_identity)
{
    AUTO(wire_closep) struct wire *wire = dial(unit, "client");

    for (int i = 0; i < 3; i++) {
        assert_int_equal(ask(unit, wire, "GET", DDI_PATH "printer-1", "", ""), 200);
        assert_int_equal(ask(unit, wire, "GET", DDI_PATH "printer-2", "", ""), 401);
    }
}

UNIT(no_certificate_and_one_of_an_unknown_ca_are_nobody)
{
    assert_int_equal(poll_as(unit, NULL, "printer-1"), 401);
    assert_int_equal(poll_as(unit, "stranger", "printer-1"), 401);
}

UNIT(a_token_still_works_beside_a_certificate)
{
    AUTO(wire_closep) struct wire *wire = dial(unit, "client");

    support_device(here.s, "mfp-9", QUIRK_NONE);
    assert_int_equal(ask(unit, wire, "GET", DDI_PATH "mfp-9", "", ""), 401);
    assert_int_equal(
        ask(unit, wire, "GET", DDI_PATH "mfp-9", "Authorization: TargetToken token-mfp-9\r\n", ""), 200);
}

static void pinned(struct tenant *tenant)
{
    tenant->certificate_issuer = "CN=Test CA";
}

static void pinned_elsewhere(struct tenant *tenant)
{
    tenant->certificate_issuer = "CN=Other CA";
}

static void certificates_off(struct tenant *tenant)
{
    tenant->certificate_on = false;
}

UNIT(the_tenant_says_whose_certificates_count_and_whether_any_do)
{
    support_tenant(here.s, pinned);
    assert_int_equal(poll_as(unit, "client", "printer-1"), 200);
    support_tenant(here.s, pinned_elsewhere);
    assert_int_equal(poll_as(unit, "client", "printer-1"), 401);
    support_tenant(here.s, certificates_off);
    assert_int_equal(poll_as(unit, "client", "printer-1"), 401);
    support_tenant(here.s, certificates_on);
    assert_int_equal(poll_as(unit, "client", "printer-1"), 200);
}

UNIT(names_in_headers_are_no_certificate)
{
    static const char forged[] = "X-Controller-Id: printer-1\r\nX-Authority: CN=Test CA\r\n"
                                 "X-Ssl-Client-Cn: printer-1\r\nX-Ssl-Issuer-Hash-1: CN=Test CA\r\n";
    AUTO(wire_closep) struct wire *wire = dial(unit, NULL);

    assert_int_equal(ask(unit, wire, "GET", DDI_PATH "printer-1", forged, ""), 401);
}

UNIT(with_its_certificate_a_device_takes_an_update_to_the_end)
{
    AUTO(wire_closep) struct wire *wire = dial(unit, "client");
    int64_t action;

    assert_int_equal(ask(unit, wire, "GET", DDI_PATH "printer-1", "", ""), 200);
    assert_int_equal(ask(unit, wire, "PUT", DDI_PATH "printer-1/configData",
                         "Content-Type: application/json\r\n", "{\"data\":{\"family\":\"c450\"}}"),
                     200);
    action = support_assign(here.s, "printer-1", ddi_release(here.s, "2.0"), NULL);
    assert_int_equal(
        ask(unit, wire, "GET",
            arena_printf(unit->arena, DDI_PATH "printer-1/deploymentBase/%lld", (long long)action), "", ""),
        200);
    assert_int_equal(
        ask(unit, wire, "POST",
            arena_printf(unit->arena, DDI_PATH "printer-1/deploymentBase/%lld/feedback", (long long)action),
            "Content-Type: application/json\r\n",
            "{\"status\":{\"execution\":\"closed\",\"result\":{\"finished\":\"success\"}}}"),
        200);
    assert_int_equal(ddi_state(here.s, action), ACTION_HEALTHY);
}

static void retire(struct unit *unit, const char *id)
{
    struct device device = support_device_get(here.s, id);
    bool moved = false;
    struct tx tx;

    MUST(tx_begin(&tx, here.s->store, &unit->err));
    MUST(store_device_move(here.s->store, device.id, DEVICE_ACTIVE, DEVICE_RETIRED, 1, &moved, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    assert_true(moved);
}

UNIT(a_retired_devices_certificate_opens_nothing)
{
    assert_int_equal(poll_as(unit, "client", "printer-1.local"), 200);
    retire(unit, "printer-1.local");
    assert_int_equal(poll_as(unit, "client", "printer-1.local"), 401);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_certificate_is_who_its_names_say),
        UNIT_TEST(one_connection_does_not_get_used_to_an_identity),
        UNIT_TEST(no_certificate_and_one_of_an_unknown_ca_are_nobody),
        UNIT_TEST(a_token_still_works_beside_a_certificate),
        UNIT_TEST(the_tenant_says_whose_certificates_count_and_whether_any_do),
        UNIT_TEST(names_in_headers_are_no_certificate),
        UNIT_TEST(with_its_certificate_a_device_takes_an_update_to_the_end),
        UNIT_TEST(a_retired_devices_certificate_opens_nothing),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
