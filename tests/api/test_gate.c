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
        UNIT_TEST(a_door_that_does_not_take_a_method_names_those_it_takes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
