#include "api/gate.h"

#include "support/api.h"
#include "support/unit.h"

#define LIMIT 5

static struct support *world(struct unit *unit)
{
    struct support *s = support_world(unit->arena);
    struct err err = {0};

    s->settings.failed_auth_per_min = LIMIT;
    gate_closep(&s->app.gate);
    assert_true(gate_open(&s->app.gate, &s->settings, &err));
    support_device(s, "mfp1", QUIRK_NONE);
    return s;
}

static int poll(struct support *s, const char *token)
{
    return support_ask(s, "GET", "/DEFAULT/controller/v1/mfp1", token, NULL).status;
}

UNIT(guessing_ends_in_429_and_whoever_knows_the_token_passes_from_the_same_address)
{
    struct support *s = world(unit);

    for (int i = 0; i < LIMIT; i++)
        assert_int_equal(401, poll(s, "Authorization: TargetToken wrong"));
    assert_int_equal(429, poll(s, "Authorization: TargetToken wrong"));
    assert_int_equal(200, poll(s, "Authorization: TargetToken token-mfp1"));
    s->peer = "198.51.100.9";
    assert_int_equal(401, poll(s, "Authorization: TargetToken wrong"));
}

UNIT(guessing_at_the_page_counts_as_well)
{
    struct support *s = world(unit);

    for (int i = 0; i < LIMIT; i++)
        assert_int_equal(401, support_ask(s, "POST", "/api/v1/session", NULL, "{\"token\":\"no\"}").status);
    assert_int_equal(429, support_ask(s, "POST", "/api/v1/session", NULL, "{\"token\":\"no\"}").status);
}

UNIT(an_address_that_asks_too_fast_waits_a_second)
{
    struct support *s = support_world(unit->arena);
    struct err err = {0};
    int refused = 0;

    s->settings.rate_per_ip_s = 50;
    gate_closep(&s->app.gate);
    assert_true(gate_open(&s->app.gate, &s->settings, &err));
    for (int i = 0; i < 500; i++)
        refused += support_ask(s, "GET", "/healthz", NULL, NULL).status == 429;
    assert_true(refused > 0);
}

/* From whatever addresses its token is used; other devices are not concerned. */
UNIT(a_device_that_asks_too_fast_waits_a_second)
{
    struct support *s = support_world(unit->arena);
    struct err err = {0};
    int refused = 0, others = 0;

    s->settings.rate_per_identity_s = 20;
    gate_closep(&s->app.gate);
    assert_true(gate_open(&s->app.gate, &s->settings, &err));
    support_device(s, "mfp1", QUIRK_NONE);
    support_device(s, "mfp2", QUIRK_NONE);
    for (int i = 0; i < 300; i++) {
        s->peer = arena_printf(s->arena, "198.51.100.%d", i % 200);
        refused += poll(s, "Authorization: TargetToken token-mfp1") == 429;
    }
    others =
        support_ask(s, "GET", "/DEFAULT/controller/v1/mfp2", "Authorization: TargetToken token-mfp2", NULL)
            .status;
    assert_true(refused > 0);
    assert_int_equal(200, others);
}

static struct req *poll_request(struct support *s, bool wants_to_wait)
{
    struct req *req = ARENA_NEW(s->arena, struct req);
    struct http_pair *headers = ARENA_MANY(s->arena, struct http_pair, 2);

    headers[0] = (struct http_pair){"Authorization", "TargetToken token-mfp1"};
    headers[1] = (struct http_pair){"Prefer", "wait=60"};
    *req = (struct req){
        .arena = s->arena, .method = "GET", .path = "/DEFAULT/controller/v1/mfp1", .headers = headers};
    req->header_count = wants_to_wait ? 2 : 1;
    req->id = "00000000000000aa";
    req->peer = s->peer;
    req->scheme = "https";
    req->authority = "fw.example";
    req->prefix = "";
    req->now_ms = s->now_ms;
    return req;
}

UNIT(a_device_has_so_many_requests_under_way_and_not_one_more)
{
    enum { AT_ONCE = 5 };
    struct support *s = support_world(unit->arena);
    struct plan plans[AT_ONCE + 1] = {0};
    struct req *reqs[AT_ONCE + 1];
    struct reply reply;
    struct err err = {0};

    s->settings.requests_per_identity = AT_ONCE;
    gate_closep(&s->app.gate);
    assert_true(gate_open(&s->app.gate, &s->settings, &err));
    support_device(s, "mfp1", QUIRK_NONE);
    for (int i = 0; i <= AT_ONCE; i++) {
        reply = (struct reply){0};
        reqs[i] = poll_request(s, false);
        api_begin(&s->app, reqs[i], &plans[i], &reply);
        assert_int_equal(plans[i].is_refused, i == AT_ONCE);
    }
    assert_int_equal(429, reply.status);
    api_end(&s->app, reqs[AT_ONCE], &plans[AT_ONCE], 429, 0, 1); /* it never counted */
    assert_int_equal(429, poll(s, "Authorization: TargetToken token-mfp1"));
    for (int i = 0; i < AT_ONCE; i++)
        api_end(&s->app, reqs[i], &plans[i], 0, 0, 1);
    for (int i = 0; i < 3 * AT_ONCE; i++)
        assert_int_equal(200, poll(s, "Authorization: TargetToken token-mfp1"));
}

/* The network marks the poll after its head was read, and rings for what comes after the mark. */
UNIT(what_comes_between_the_head_and_a_poll_that_would_wait_is_seen)
{
    struct support *s = world(unit);
    const struct support_part part = {"system", "2.0", "system.img", "bytes"};
    int64_t release = support_release(s, "c450", "2.0", &part, 1);

    s->settings.long_poll_max_s = 60;
    for (int is_late = 0; is_late < 2; is_late++) {
        struct req *req = poll_request(s, true);
        struct reply reply = {0};
        struct plan plan = {0};

        api_begin(&s->app, req, &plan, &reply);
        assert_false(plan.is_refused);
        if (is_late)
            support_assign(s, "mfp1", release, NULL);
        api_serve(&s->app, req, &plan, &reply);
        assert_int_equal(is_late ? 0 : 60000, reply.wait_ms);
        assert_int_equal(is_late, memmem(reply.body.at, reply.body.size, "deploymentBase", 14) != NULL);
        api_end(&s->app, req, &plan, 200, 0, 1);
    }
}

UNIT(a_door_that_does_not_take_a_method_names_those_it_takes)
{
    struct support *s = world(unit);
    struct answer a = support_ask(s, "DELETE", "/DEFAULT/controller/v1/mfp1/configData", NULL, NULL);

    assert_int_equal(405, a.status);
    assert_string_equal("PUT", support_header(&a, "Allow"));
    a = support_ask(s, "TRACE", "/api/v1/rollouts", NULL, NULL);
    assert_int_equal(405, a.status);
    assert_string_equal("GET, HEAD, POST", support_header(&a, "Allow"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(guessing_ends_in_429_and_whoever_knows_the_token_passes_from_the_same_address),
        UNIT_TEST(guessing_at_the_page_counts_as_well),
        UNIT_TEST(an_address_that_asks_too_fast_waits_a_second),
        UNIT_TEST(a_device_that_asks_too_fast_waits_a_second),
        UNIT_TEST(a_device_has_so_many_requests_under_way_and_not_one_more),
        UNIT_TEST(what_comes_between_the_head_and_a_poll_that_would_wait_is_seen),
        UNIT_TEST(a_door_that_does_not_take_a_method_names_those_it_takes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
