/* The device protocol's tests W26 to W30. */
#include "base/text.h"
#include "domain/report.h"
#include "store/actions.h"
#include "support/ddi.h"
#include "support/unit.h"

#define HOUR_MS (3600 * 1000LL)

UNIT(w26_a_second_assignment_cancels_the_first_and_then_comes)
{
    struct support *s = support_world(unit->arena);
    int64_t first, second;
    struct answer a;

    support_device(s, "mfp-1", QUIRK_NONE);
    first = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    assert_int_equal(ddi_get(s, "mfp-1", "deploymentBase", first).status, 200);
    second = support_assign(s, "mfp-1", ddi_release(s, "2.1"), NULL);
    a = ddi_poll(s, "mfp-1");
    assert_string_equal(ddi_href(&a, "cancelAction"),
                        arena_printf(unit->arena, "cancelAction/%lld", (long long)first));
    assert_int_equal(ddi_get(s, "mfp-1", "deploymentBase", first).status, 404);
    assert_int_equal(ddi_say_cancel(s, "mfp-1", first, "closed", "success").status, 200);
    a = ddi_poll(s, "mfp-1");
    assert_true(text_starts(ddi_href(&a, "deploymentBase"),
                            arena_printf(unit->arena, "deploymentBase/%lld", (long long)second)));
}

UNIT(w26_the_same_release_again_is_the_same_action)
{
    struct support *s = support_world(unit->arena);
    int64_t release;

    support_device(s, "mfp-1", QUIRK_NONE);
    release = ddi_release(s, "2.0");
    assert_int_equal(support_assign(s, "mfp-1", release, NULL), support_assign(s, "mfp-1", release, NULL));
}

UNIT(w27_what_was_installed_is_shown_after_success_and_not_before)
{
    struct support *s = support_world(unit->arena);
    int64_t action, other;
    struct answer a;

    support_device(s, "mfp-1", QUIRK_NONE);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    assert_int_equal(ddi_get(s, "mfp-1", "installedBase", action).status, 404);
    ddi_say(s, "mfp-1", action, "closed", "success", NULL);
    a = ddi_poll(s, "mfp-1");
    assert_string_equal(ddi_href(&a, "installedBase"),
                        arena_printf(unit->arena, "installedBase/%lld", (long long)action));
    assert_non_null(ddi_href(&a, "configData"));
    a = ddi_get(s, "mfp-1", "installedBase", action);
    assert_int_equal(a.status, 200);
    assert_string_equal(support_text(&a, "deployment.chunks.0.version"), "2.0");
    /* A finished action still answers at its old door. */
    assert_int_equal(ddi_get(s, "mfp-1", "deploymentBase", action).status, 200);
    other = support_assign(s, "mfp-1", ddi_release(s, "2.1"), NULL);
    ddi_say(s, "mfp-1", other, "closed", "failure", NULL);
    a = ddi_poll(s, "mfp-1");
    assert_string_equal(ddi_href(&a, "installedBase"),
                        arena_printf(unit->arena, "installedBase/%lld", (long long)action));
}

UNIT(w27_a_device_may_say_what_runs_on_it)
{
    struct support *s = support_world(unit->arena);

    support_device(s, "mfp-1", QUIRK_NONE);
    ddi_release_two(s, "2.0");
    assert_int_equal(
        ddi_ask(s, "PUT", "mfp-1", "/installedBase", "{\"name\":\"c450\",\"version\":\"2.0\"}").status, 201);
    assert_string_equal(ddi_components(s, "mfp-1"), "scanner=2.0 system=2.0 ");
    assert_int_equal(
        ddi_ask(s, "PUT", "mfp-1", "/installedBase", "{\"name\":\"c450\",\"version\":\"2.0\"}").status, 200);
    assert_int_equal(
        ddi_ask(s, "PUT", "mfp-1", "/installedBase", "{\"name\":\"c450\",\"version\":\"9\"}").status, 404);
    assert_int_equal(ddi_ask(s, "PUT", "mfp-1", "/installedBase", "{\"name\":\"c450\"}").status, 400);
}

static struct answer history(struct support *s, int64_t action, const char *wanted)
{
    return ddi_ask(
        s, "GET", "mfp-1",
        arena_printf(s->arena, "/deploymentBase/%lld?c=5&actionHistory=%s", (long long)action, wanted), NULL);
}

UNIT(w28_history_is_told_newest_first_and_only_when_asked_for)
{
    struct support *s = support_world(unit->arena);
    int64_t action;
    struct answer a;

    support_device(s, "mfp-1", QUIRK_NONE);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    a = history(s, action, "-1");
    assert_null(support_at(&a, "actionHistory"));
    for (int i = 0; i < 3; i++)
        ddi_say(s, "mfp-1", action, "proceeding", "none",
                arena_printf(unit->arena, "\"details\":[\"m%d\"]", i));
    a = history(s, action, "0");
    assert_null(support_at(&a, "actionHistory"));
    a = history(s, action, "2");
    assert_string_equal(support_text(&a, "actionHistory.status"), "DOWNLOAD");
    assert_int_equal(json_count(support_at(&a, "actionHistory.messages")), 2);
    assert_string_equal(support_text(&a, "actionHistory.messages.0"), "m2");
    assert_string_equal(support_text(&a, "actionHistory.messages.1"), "m1");
    a = history(s, action, "-1");
    assert_int_equal(json_count(support_at(&a, "actionHistory.messages")), 3);
    a = history(s, action, "500");
    assert_int_equal(json_count(support_at(&a, "actionHistory.messages")), 3);
    assert_int_equal(history(s, action, "many").status, 400);
}

static void confirmation_on(struct tenant *tenant)
{
    tenant->confirmation_on = true;
}

static int confirm(struct support *s, int64_t action, const char *word)
{
    return ddi_ask(s, "POST", "mfp-1",
                   arena_printf(s->arena, "/confirmationBase/%lld/feedback", (long long)action),
                   arena_printf(s->arena,
                                "{\"confirmation\":\"%s\",\"code\":1,\"details\":[\"by the office\"]}", word))
        .status;
}

UNIT(w29_an_action_waits_for_a_yes_where_the_tenant_wants_one)
{
    struct support *s = support_world(unit->arena);
    int64_t action;
    struct answer a;

    support_tenant(s, confirmation_on);
    support_device(s, "mfp-1", QUIRK_NONE);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    a = ddi_poll(s, "mfp-1");
    assert_null(ddi_href(&a, "deploymentBase"));
    assert_true(text_starts(ddi_href(&a, "confirmationBase"), "confirmationBase/"));
    assert_int_equal(ddi_get(s, "mfp-1", "deploymentBase", action).status, 404);
    assert_int_equal(ddi_say(s, "mfp-1", action, "closed", "success", NULL).status, 404);
    a = ddi_ask(s, "GET", "mfp-1", "/confirmationBase", NULL);
    assert_false(json_is_true(support_at(&a, "autoConfirm.active")));
    assert_int_equal(support_int(&a, "autoConfirm.activatedAt"), 0);
    assert_non_null(ddi_href(&a, "activateAutoConfirm"));
    assert_non_null(ddi_href(&a, "confirmationBase"));
    a = ddi_get(s, "mfp-1", "confirmationBase", action);
    assert_string_equal(support_text(&a, "confirmation.update"), "forced");
    assert_int_equal(confirm(s, action, "perhaps"), 400);
    assert_int_equal(confirm(s, action, "denied"), 200);
    assert_int_equal(ddi_state(s, action), ACTION_CONFIRMING);
    assert_int_equal(confirm(s, action, "confirmed"), 200);
    assert_int_equal(confirm(s, action, "confirmed"), 404);
    a = ddi_poll(s, "mfp-1");
    assert_non_null(ddi_href(&a, "deploymentBase"));
    assert_int_equal(confirm(s, action, "denied"), 200);
    assert_int_equal(ddi_state(s, action), ACTION_CONFIRMING);
    assert_int_equal(confirm(s, action, "confirmed"), 200);
    ddi_say(s, "mfp-1", action, "closed", "success", NULL);
    assert_int_equal(confirm(s, action, "confirmed"), 410);
}

UNIT(w29_a_device_may_confirm_by_itself)
{
    struct support *s = support_world(unit->arena);
    int64_t action;
    struct answer a;

    support_tenant(s, confirmation_on);
    support_device(s, "mfp-1", QUIRK_NONE);
    support_device(s, "mfp-2", QUIRK_ZEPHYR);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    assert_int_equal(ddi_ask(s, "POST", "mfp-1", "/confirmationBase/activateAutoConfirm",
                             "{\"initiator\":\"helpdesk\",\"remark\":\"kiosk\"}")
                         .status,
                     200);
    assert_int_equal(ddi_state(s, action), ACTION_OFFERED);
    assert_int_equal(ddi_ask(s, "POST", "mfp-1", "/confirmationBase/activateAutoConfirm", NULL).status, 409);
    a = ddi_ask(s, "GET", "mfp-1", "/confirmationBase", NULL);
    assert_string_equal(support_text(&a, "autoConfirm.initiator"), "helpdesk");
    assert_non_null(ddi_href(&a, "deactivateAutoConfirm"));
    assert_int_equal(ddi_ask(s, "POST", "mfp-1", "/confirmationBase/deactivateAutoConfirm", NULL).status,
                     200);
    assert_int_equal(support_device_get(s, "mfp-1").auto_confirm_ms, 0);
    /* A client that cannot answer is not asked. */
    action = support_assign(s, "mfp-2", ddi_release(s, "2.1"), NULL);
    assert_int_equal(ddi_state(s, action), ACTION_OFFERED);
}

static int fetch(struct support *s, const char *id, int64_t module, const char *file)
{
    return ddi_ask(s, "GET", id,
                   arena_printf(s->arena, "/softwaremodules/%lld/artifacts/%s", (long long)module, file),
                   NULL)
        .status;
}

UNIT(w30_a_device_reads_what_it_was_given_and_nothing_else)
{
    struct support *s = support_world(unit->arena);
    int64_t action, module, *ids;

    support_device(s, "mfp-1", QUIRK_SURICATTA);
    support_device(s, "mfp-2", QUIRK_SURICATTA);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    assert_int_equal(action_modules(unit->arena, support_action(s, action).modules, &ids), 1);
    module = ids[0];
    assert_int_equal(fetch(s, "mfp-1", module, "c450.swu"), 200);
    assert_int_equal(fetch(s, "mfp-1", module, "other.swu"), 404);
    assert_int_equal(fetch(s, "mfp-2", module, "c450.swu"), 404);
    assert_int_equal(fetch(s, "mfp-1", module + 1, "c450.swu"), 404);
    assert_int_equal(fetch(s, "mfp-1", module, "..%2Fc450.swu"), 400);
    assert_int_equal(fetch(s, "mfp-1", module, "%2e%2e"), 400);
    assert_int_equal(ddi_ask(s, "GET", "mfp-1", "/softwaremodules/x/artifacts/c450.swu", NULL).status, 400);
    assert_int_equal(ddi_ask(s, "GET", "mfp-1", "/softwaremodules/1%27/artifacts/c450.swu", NULL).status,
                     400);
    support_assign(s, "mfp-1", ddi_release(s, "2.1"), NULL);
    assert_int_equal(ddi_state(s, action), ACTION_CANCELING);
    assert_int_equal(fetch(s, "mfp-1", module, "c450.swu"), 404);
}

UNIT(w30_what_is_installed_may_still_be_read_for_deltas)
{
    struct support *s = support_world(unit->arena);
    int64_t action, *ids;
    struct answer a;

    support_device(s, "mfp-1", QUIRK_SURICATTA);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    action_modules(unit->arena, support_action(s, action).modules, &ids);
    ddi_say(s, "mfp-1", action, "closed", "success", NULL);
    support_assign(s, "mfp-1", ddi_release(s, "2.1"), NULL);
    assert_int_equal(fetch(s, "mfp-1", ids[0], "c450.swu"), 200);
    a = ddi_ask(s, "GET", "mfp-1",
                arena_printf(unit->arena, "/softwaremodules/%lld/artifacts", (long long)ids[0]), NULL);
    assert_int_equal(a.status, 200);
    assert_int_equal(json_kind(a.json), JSON_LIST);
    assert_string_equal(support_text(&a, "0.filename"), "c450.swu");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(w26_a_second_assignment_cancels_the_first_and_then_comes),
        UNIT_TEST(w26_the_same_release_again_is_the_same_action),
        UNIT_TEST(w27_what_was_installed_is_shown_after_success_and_not_before),
        UNIT_TEST(w27_a_device_may_say_what_runs_on_it),
        UNIT_TEST(w28_history_is_told_newest_first_and_only_when_asked_for),
        UNIT_TEST(w29_an_action_waits_for_a_yes_where_the_tenant_wants_one),
        UNIT_TEST(w29_a_device_may_confirm_by_itself),
        UNIT_TEST(w30_a_device_reads_what_it_was_given_and_nothing_else),
        UNIT_TEST(w30_what_is_installed_may_still_be_read_for_deltas),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
