/* Who a device is to the service: states, first contact, approval, what is noted of it. */
#include "domain/seen.h"
#include "store/devices.h"
#include "support/ddi.h"
#include "support/unit.h"

static void become(struct unit *unit, struct support *s, const char *id, enum device_state from,
                   enum device_state to)
{
    bool moved;
    struct tx tx;

    MUST(tx_begin(&tx, s->store, &unit->err));
    MUST(store_device_move(s->store, support_device_get(s, id).id, from, to, s->now_ms, &moved, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    assert_true(moved);
}

UNIT(a_retired_device_is_nobody_by_any_credentials)
{
    struct support *s = support_world(unit->arena);

    support_device(s, "mfp-1", QUIRK_NONE);
    become(unit, s, "mfp-1", DEVICE_ACTIVE, DEVICE_RETIRED);
    assert_int_equal(ddi_poll(s, "mfp-1").status, 401);
    assert_int_equal(support_ask(s, "GET", DDI_PATH "mfp-1", SUPPORT_GATEWAY, NULL).status, 401);
}

UNIT(a_device_that_waits_or_is_quarantined_polls_and_is_given_nothing)
{
    static const enum device_state states[] = {DEVICE_QUARANTINED, DEVICE_WAITING};
    struct support *s = support_world(unit->arena);
    enum device_state was = DEVICE_ACTIVE;
    struct answer a;

    support_device(s, "mfp-1", QUIRK_NONE);
    support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    for (size_t i = 0; i < COUNT(states); i++) {
        become(unit, s, "mfp-1", was, states[i]);
        was = states[i];
        a = ddi_poll(s, "mfp-1");
        assert_int_equal(a.status, 200);
        assert_null(ddi_href(&a, "deploymentBase"));
    }
    become(unit, s, "mfp-1", was, DEVICE_ACTIVE);
    a = ddi_poll(s, "mfp-1");
    assert_non_null(ddi_href(&a, "deploymentBase"));
}

static void approval_on(struct tenant *tenant)
{
    tenant->approval_on = true;
}

UNIT(who_comes_by_gateway_token_waits_where_the_tenant_approves)
{
    struct support *s = support_world(unit->arena);

    support_tenant(s, approval_on);
    assert_int_equal(support_ask(s, "GET", DDI_PATH "mfp-1", SUPPORT_GATEWAY, NULL).status, 200);
    assert_int_equal(support_device_get(s, "mfp-1").state, DEVICE_WAITING);
    assert_int_equal(support_device_get(s, "mfp-1").enrolled_ms, 0);
}

UNIT(only_a_poll_or_its_attributes_make_a_device)
{
    struct support *s = support_world(unit->arena);
    struct answer a;

    assert_int_equal(support_ask(s, "GET", DDI_PATH "mfp-1/deploymentBase/1", SUPPORT_GATEWAY, NULL).status,
                     404);
    assert_int_equal(support_ask(s, "GET", DDI_PATH "mfp-1/confirmationBase", SUPPORT_GATEWAY, NULL).status,
                     404);
    a = support_ask(s, "POST", DDI_PATH "mfp-1/deploymentBase/1/feedback", SUPPORT_GATEWAY,
                    "{\"status\":{\"execution\":\"closed\",\"result\":{\"finished\":\"success\"}}}");
    assert_int_equal(a.status, 404);
    a = support_ask(s, "GET", DDI_PATH "mfp-1", SUPPORT_GATEWAY, NULL);
    assert_int_equal(a.status, 200);
    assert_true(a.was_deferred);
    assert_false(support_ask(s, "GET", DDI_PATH "mfp-1", SUPPORT_GATEWAY, NULL).was_deferred);
}

UNIT(a_gateway_token_is_no_token_when_the_tenant_has_none)
{
    struct support *s = support_world(unit->arena);

    support_tenant(s, approval_on);
    assert_int_equal(support_ask(s, "GET", DDI_PATH "mfp-1", "Authorization: GatewayToken ", NULL).status,
                     401);
    assert_int_equal(
        support_ask(s, "GET", DDI_PATH "mfp-1", "Authorization: gatewaytoken gateway", NULL).status, 200);
}

UNIT(every_door_notes_when_and_from_where_the_device_was_heard)
{
    struct support *s = support_world(unit->arena);
    int64_t id = support_device(s, "mfp-1", QUIRK_NONE);
    struct device_seen seen;

    assert_int_equal(seen_last_ms(s->world.seen, id), 0);
    s->now_ms += 5000;
    ddi_ask(s, "GET", "mfp-1", "/confirmationBase", NULL);
    assert_int_equal(seen_last_ms(s->world.seen, id), s->now_ms);
    MUST(seen_flush(s->world.seen, s->store, &unit->err));
    MUST(store_seen_get(s->store, id, &seen, &unit->err));
    assert_int_equal(seen.last_seen_ms, s->now_ms);
    assert_string_equal(seen.address, "192.0.2.7");
}

UNIT(what_the_service_says_of_an_action_is_not_told_back_as_history)
{
    struct support *s = support_world(unit->arena);
    int64_t action;
    struct answer a;

    support_device(s, "mfp-1", QUIRK_NONE);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    support_assign(s, "mfp-1", ddi_release(s, "2.1"), NULL); /* says that the first is obsolete */
    ddi_say_cancel(s, "mfp-1", action, "rejected", "none");
    a = ddi_ask(s, "GET", "mfp-1",
                arena_printf(unit->arena, "/deploymentBase/%lld?actionHistory=10", (long long)action), NULL);
    assert_int_equal(a.status, 200);
    assert_null(support_at(&a, "actionHistory"));
    ddi_say(s, "mfp-1", action, "proceeding", "none", "\"details\":[\"mine\"]");
    a = ddi_ask(s, "GET", "mfp-1",
                arena_printf(unit->arena, "/deploymentBase/%lld?actionHistory=10", (long long)action), NULL);
    assert_int_equal(json_count(support_at(&a, "actionHistory.messages")), 1);
    assert_string_equal(support_text(&a, "actionHistory.messages.0"), "mine");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_retired_device_is_nobody_by_any_credentials),
        UNIT_TEST(a_device_that_waits_or_is_quarantined_polls_and_is_given_nothing),
        UNIT_TEST(who_comes_by_gateway_token_waits_where_the_tenant_approves),
        UNIT_TEST(only_a_poll_or_its_attributes_make_a_device),
        UNIT_TEST(a_gateway_token_is_no_token_when_the_tenant_has_none),
        UNIT_TEST(every_door_notes_when_and_from_where_the_device_was_heard),
        UNIT_TEST(what_the_service_says_of_an_action_is_not_told_back_as_history),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
