#include "base/text.h"
#include "domain/report.h"
#include "store/actions.h"
#include "store/devices.h"
#include "store/tenants.h"
#include "support/ddi.h"
#include "support/unit.h"

#define HOUR_MS (3600 * 1000LL)

UNIT(w11_closed_said_twice_is_fine_for_a_week_and_then_gone)
{
    struct support *s = support_world(unit->arena);
    int64_t action;

    support_device(s, "mfp-1", QUIRK_NONE);
    support_device(s, "mfp-2", QUIRK_NONE);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    assert_int_equal(ddi_say(s, "mfp-1", action, "closed", "success", NULL).status, 200);
    assert_int_equal(ddi_say(s, "mfp-1", action, "closed", "success", NULL).status, 200);
    assert_int_equal(support_action(s, action).status_count, 1);
    assert_int_equal(ddi_say(s, "mfp-1", action, "closed", "failure", NULL).status, 410);
    assert_int_equal(ddi_say(s, "mfp-1", action, "proceeding", "none", NULL).status, 410);
    s->now_ms += LATE_CLOSED_GRACE_MS + 1000;
    assert_int_equal(ddi_say(s, "mfp-1", action, "closed", "success", NULL).status, 410);
    assert_int_equal(ddi_say(s, "mfp-2", action, "closed", "success", NULL).status, 404);
    assert_int_equal(ddi_say(s, "mfp-1", action + 1, "closed", "success", NULL).status, 404);
    assert_int_equal(ddi_say(s, "mfp-1", 0, "closed", "success", NULL).status, 400);
}

static void call_back(struct support *s, int64_t id)
{
    struct action action = support_action(s, id);
    struct err err = {0};
    struct tx tx;

    if (!tx_begin(&tx, s->store, &err) ||
        !report_apply(s->store, &action, EVENT_CANCEL, "CANCELING", "not tonight", s->now_ms, &err) ||
        !tx_commit(&tx, &err))
        fail_msg("%s", err.text);
}

UNIT(w12_a_cancel_is_shown_without_query_agreed_to_and_then_the_next_action_comes)
{
    struct support *s = support_world(unit->arena);
    int64_t first, second;
    struct answer a;
    const char *id;

    support_device(s, "mfp-1", QUIRK_NONE);
    first = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    id = arena_printf(unit->arena, "%lld", (long long)first);
    call_back(s, first);
    a = ddi_poll(s, "mfp-1");
    assert_string_equal(ddi_href(&a, "cancelAction"), arena_printf(unit->arena, "cancelAction/%s", id));
    assert_null(ddi_href(&a, "deploymentBase"));
    a = ddi_get(s, "mfp-1", "cancelAction", first);
    assert_string_equal(support_text(&a, "id"), id);
    assert_string_equal(support_text(&a, "cancelAction.stopId"), id);
    second = support_assign(s, "mfp-1", ddi_release(s, "2.1"), NULL);
    assert_int_equal(ddi_say_cancel(s, "mfp-1", first, "closed", "success").status, 200);
    assert_int_equal(ddi_state(s, first), ACTION_RECALLED);
    assert_int_equal(ddi_say_cancel(s, "mfp-1", first, "closed", "success").status, 200);
    a = ddi_poll(s, "mfp-1");
    assert_true(text_starts(ddi_href(&a, "deploymentBase"),
                            arena_printf(unit->arena, "deploymentBase/%lld?c=", (long long)second)));
}

UNIT(w12_canceled_ends_a_cancel_too)
{
    struct support *s = support_world(unit->arena);
    int64_t action;

    support_device(s, "mfp-1", QUIRK_NONE);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    call_back(s, action);
    assert_int_equal(ddi_say_cancel(s, "mfp-1", action, "canceled", "none").status, 200);
    assert_int_equal(ddi_state(s, action), ACTION_RECALLED);
}

UNIT(w13_a_rejected_cancel_brings_the_deployment_back_and_its_end_is_taken)
{
    struct support *s = support_world(unit->arena);
    int64_t action;
    struct answer a;

    support_device(s, "mfp-1", QUIRK_RAUC);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    assert_int_equal(ddi_say(s, "mfp-1", action, "downloaded", "none", NULL).status, 200);
    call_back(s, action);
    assert_int_equal(ddi_say(s, "mfp-1", action, "proceeding", "none", NULL).status, 200);
    assert_int_equal(ddi_say_cancel(s, "mfp-1", action, "proceeding", "none").status, 200);
    assert_int_equal(ddi_state(s, action), ACTION_CANCELING);
    assert_int_equal(ddi_say_cancel(s, "mfp-1", action, "rejected", "success").status, 200);
    assert_int_equal(ddi_state(s, action), ACTION_DOWNLOADED);
    a = ddi_poll(s, "mfp-1");
    assert_non_null(ddi_href(&a, "deploymentBase"));
    assert_int_equal(ddi_say(s, "mfp-1", action, "closed", "success", NULL).status, 200);
    assert_int_equal(ddi_state(s, action), ACTION_HEALTHY);
}

UNIT(w13_a_device_that_finishes_while_it_is_called_back_wins)
{
    struct support *s = support_world(unit->arena);
    int64_t action;

    support_device(s, "mfp-1", QUIRK_NONE);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    call_back(s, action);
    assert_int_equal(ddi_say(s, "mfp-1", action, "closed", "success", NULL).status, 200);
    assert_int_equal(ddi_state(s, action), ACTION_HEALTHY);
    assert_string_equal(ddi_components(s, "mfp-1"), "system=2.0 ");
}

UNIT(w13_closed_failure_on_a_cancel_means_that_it_goes_on)
{
    struct support *s = support_world(unit->arena);
    int64_t action;

    support_device(s, "mfp-1", QUIRK_NONE);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    call_back(s, action);
    assert_int_equal(ddi_say_cancel(s, "mfp-1", action, "closed", "failure").status, 200);
    assert_int_equal(ddi_state(s, action), ACTION_OFFERED);
}

UNIT(w14_cancel_feedback_needs_a_cancel_but_no_get_before_it)
{
    struct support *s = support_world(unit->arena);
    int64_t action;

    support_device(s, "mfp-1", QUIRK_ZEPHYR);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    assert_int_equal(ddi_say_cancel(s, "mfp-1", action, "closed", "success").status, 405);
    assert_int_equal(ddi_get(s, "mfp-1", "cancelAction", action).status, 404);
    assert_int_equal(ddi_say_cancel(s, "mfp-1", action + 1, "closed", "success").status, 404);
    call_back(s, action);
    assert_int_equal(ddi_say_cancel(s, "mfp-1", action, "closed", "success").status, 200);
}

UNIT(w15_the_head_of_an_artifact_is_its_get_without_bytes)
{
    struct support *s = support_world(unit->arena);
    int64_t action;
    struct answer a;
    const char *url;

    support_device(s, "mfp-1", QUIRK_SURICATTA);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    a = ddi_get(s, "mfp-1", "deploymentBase", action);
    url = support_text(&a, "deployment.chunks.0.artifacts.0._links.download-http.href");
    url = strchr(strstr(url, "mfp-1"), '/');
    a = ddi_ask(s, "HEAD", "mfp-1", url, NULL);
    assert_int_equal(a.status, 200);
    assert_true(a.reply.has_ranges);
    assert_true(a.reply.modified_ms > 0);
    assert_string_equal(a.reply.content_type, "application/octet-stream");
    assert_string_equal(support_header(&a, "Content-Disposition"), "attachment;filename=c450.swu");
    assert_string_equal(support_header(&a, "X-Content-Type-Options"), "nosniff");
    a = ddi_ask(s, "GET", "mfp-1", url, NULL);
    assert_string_equal(a.text, "the system of 2.0");
    assert_int_equal(strlen(a.reply.etag), 66);
}

static struct action between(struct support *s, int64_t from_h, int64_t to_h)
{
    return (struct action){.kind = ACTION_FORCED,
                           .weight = 500,
                           .not_before_ms = s->now_ms + from_h * HOUR_MS,
                           .not_after_ms = s->now_ms + to_h * HOUR_MS};
}

UNIT(w20_before_its_hours_rauc_sees_skip_and_unavailable_and_then_forced_and_available)
{
    struct support *s = support_world(unit->arena);
    const struct action hours = between(s, 1, 3);
    int64_t action;
    struct answer a;
    const char *before;

    support_device(s, "mfp-1", QUIRK_RAUC);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), &hours);
    a = ddi_poll(s, "mfp-1");
    before = ddi_href(&a, "deploymentBase");
    assert_non_null(before);
    a = ddi_get(s, "mfp-1", "deploymentBase", action);
    assert_string_equal(support_text(&a, "deployment.download"), "forced");
    assert_string_equal(support_text(&a, "deployment.update"), "skip");
    assert_string_equal(support_text(&a, "deployment.maintenanceWindow"), "unavailable");
    s->now_ms += HOUR_MS;
    a = ddi_poll(s, "mfp-1");
    assert_string_not_equal(ddi_href(&a, "deploymentBase"), before);
    a = ddi_get(s, "mfp-1", "deploymentBase", action);
    assert_string_equal(support_text(&a, "deployment.update"), "forced");
    assert_string_equal(support_text(&a, "deployment.maintenanceWindow"), "available");
}

UNIT(w20_clients_that_misread_skip_see_no_link_before_their_hours)
{
    static const enum device_quirk quirks[] = {QUIRK_SURICATTA, QUIRK_ZEPHYR};
    struct support *s = support_world(unit->arena);
    const struct action hours = between(s, 1, 3);
    int64_t release = ddi_release(s, "2.0");

    for (size_t i = 0; i < COUNT(quirks); i++) {
        const char *id = arena_printf(unit->arena, "mfp-%zu", i);
        struct answer a;

        support_device(s, id, quirks[i]);
        support_assign(s, id, release, &hours);
        a = ddi_poll(s, id);
        assert_null(ddi_href(&a, "deploymentBase"));
        s->now_ms += HOUR_MS;
        a = ddi_poll(s, id);
        assert_non_null(ddi_href(&a, "deploymentBase"));
        s->now_ms -= HOUR_MS;
    }
}

UNIT(w20_swupdate_is_known_by_its_user_agent_when_nobody_said_so)
{
    struct support *s = support_world(unit->arena);
    const struct action hours = between(s, 1, 3);
    struct answer a;

    support_device(s, "mfp-1", QUIRK_NONE);
    support_assign(s, "mfp-1", ddi_release(s, "2.0"), &hours);
    a = ddi_poll(s, "mfp-1");
    assert_non_null(ddi_href(&a, "deploymentBase"));
    a = support_ask(s, "GET", DDI_PATH "mfp-1",
                    "Authorization: TargetToken token-mfp-1\nUser-Agent: libcurl-agent/1.0", NULL);
    assert_null(ddi_href(&a, "deploymentBase"));
}

UNIT(w20_an_action_whose_hours_are_over_is_called_back)
{
    struct support *s = support_world(unit->arena);
    const struct action hours = between(s, 1, 3);
    int64_t action;
    struct answer a;

    support_device(s, "mfp-1", QUIRK_RAUC);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), &hours);
    s->now_ms += 4 * HOUR_MS;
    a = ddi_poll(s, "mfp-1");
    assert_true(a.was_deferred);
    assert_non_null(ddi_href(&a, "cancelAction"));
    assert_int_equal(ddi_state(s, action), ACTION_CANCELING);
}

static void site_put(struct support *s, const char *name, int64_t start_min, int64_t end_min)
{
    struct site site = {
        .tenant_id = s->tenant_id,
        .name = name,
        .customer = "",
        .window = {.start_min = start_min, .end_min = end_min, .days = 127, .zone = "Europe/Berlin"}};
    struct err err = {0};
    struct tx tx;

    if (!tx_begin(&tx, s->store, &err) || !store_site_put(s->store, &site, &err) || !tx_commit(&tx, &err))
        fail_msg("%s", err.text);
}

static void stands_at(struct support *s, const char *id, const char *site)
{
    struct device device = support_device_get(s, id);
    struct err err = {0};
    struct tx tx;

    device.site = site;
    if (!tx_begin(&tx, s->store, &err) || !store_device_change(s->store, &device, &err) ||
        !tx_commit(&tx, &err))
        fail_msg("%s", err.text);
}

UNIT(w20_the_window_of_the_site_holds_and_the_agent_is_told_its_ends)
{
    struct support *s = support_world(unit->arena);
    int64_t action;
    struct answer a;

    site_put(s, "berlin", 22 * 60, 5 * 60); /* 14:13 UTC is 16:13 there */
    support_device(s, "mfp-1", QUIRK_NONE);
    stands_at(s, "mfp-1", "berlin");
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    a = ddi_get(s, "mfp-1", "deploymentBase", action);
    assert_string_equal(support_text(&a, "deployment.update"), "skip");
    assert_string_equal(support_text(&a, "deployment.chunks.0.metadata.2.key"), "nightshift.not_before");
    assert_string_equal(support_text(&a, "deployment.chunks.0.metadata.2.value"), "2026-09-21T20:00:00Z");
    assert_string_equal(support_text(&a, "deployment.chunks.0.metadata.3.key"), "nightshift.not_after");
    assert_string_equal(support_text(&a, "deployment.chunks.0.metadata.3.value"), "2026-09-22T02:48:00Z");
    s->now_ms += 8 * HOUR_MS;
    a = ddi_get(s, "mfp-1", "deploymentBase", action);
    assert_string_equal(support_text(&a, "deployment.update"), "forced");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(w11_closed_said_twice_is_fine_for_a_week_and_then_gone),
        UNIT_TEST(w12_a_cancel_is_shown_without_query_agreed_to_and_then_the_next_action_comes),
        UNIT_TEST(w12_canceled_ends_a_cancel_too),
        UNIT_TEST(w13_a_rejected_cancel_brings_the_deployment_back_and_its_end_is_taken),
        UNIT_TEST(w13_a_device_that_finishes_while_it_is_called_back_wins),
        UNIT_TEST(w13_closed_failure_on_a_cancel_means_that_it_goes_on),
        UNIT_TEST(w14_cancel_feedback_needs_a_cancel_but_no_get_before_it),
        UNIT_TEST(w15_the_head_of_an_artifact_is_its_get_without_bytes),
        UNIT_TEST(w20_before_its_hours_rauc_sees_skip_and_unavailable_and_then_forced_and_available),
        UNIT_TEST(w20_clients_that_misread_skip_see_no_link_before_their_hours),
        UNIT_TEST(w20_swupdate_is_known_by_its_user_agent_when_nobody_said_so),
        UNIT_TEST(w20_an_action_whose_hours_are_over_is_called_back),
        UNIT_TEST(w20_the_window_of_the_site_holds_and_the_agent_is_told_its_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
