#include "domain/report.h"
#include "store/actions.h"
#include "store/devices.h"
#include "support/ddi.h"
#include "support/unit.h"

#define HOUR_MS (3600 * 1000LL)

UNIT(w21_a_download_only_action_ends_with_its_download_and_installs_nothing)
{
    struct support *s = support_world(unit->arena);
    const struct action wanted = {.kind = ACTION_DOWNLOAD_ONLY, .weight = 500};
    int64_t action;
    struct answer a;

    support_device(s, "mfp-1", QUIRK_RAUC);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), &wanted);
    a = ddi_get(s, "mfp-1", "deploymentBase", action);
    assert_string_equal(support_text(&a, "deployment.download"), "forced");
    assert_string_equal(support_text(&a, "deployment.update"), "skip");
    assert_null(support_at(&a, "deployment.maintenanceWindow"));
    assert_int_equal(ddi_say(s, "mfp-1", action, "downloaded", "success", NULL).status, 200);
    assert_int_equal(ddi_state(s, action), ACTION_HEALTHY);
    assert_string_equal(ddi_components(s, "mfp-1"), "");
    assert_int_equal(support_device_get(s, "mfp-1").installed_action, 0);
    a = ddi_poll(s, "mfp-1");
    assert_null(ddi_href(&a, "deploymentBase"));
    assert_non_null(ddi_href(&a, "configData"));
}

UNIT(w22_soft_is_attempt_and_timeforced_becomes_forced_with_another_link)
{
    struct support *s = support_world(unit->arena);
    const struct action soft = {.kind = ACTION_SOFT, .weight = 500};
    struct action timed = {.kind = ACTION_TIMEFORCED, .weight = 500, .forced_ms = s->now_ms + HOUR_MS};
    int64_t action;
    struct answer a;
    const char *before;

    support_device(s, "mfp-1", QUIRK_NONE);
    support_device(s, "mfp-2", QUIRK_NONE);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), &soft);
    a = ddi_get(s, "mfp-1", "deploymentBase", action);
    assert_string_equal(support_text(&a, "deployment.download"), "attempt");
    assert_string_equal(support_text(&a, "deployment.update"), "attempt");
    action = support_assign(s, "mfp-2", ddi_release(s, "2.1"), &timed);
    a = ddi_get(s, "mfp-2", "deploymentBase", action);
    assert_string_equal(support_text(&a, "deployment.update"), "attempt");
    a = ddi_poll(s, "mfp-2");
    before = ddi_href(&a, "deploymentBase");
    a = ddi_poll(s, "mfp-2");
    assert_string_equal(ddi_href(&a, "deploymentBase"), before);
    s->now_ms += HOUR_MS;
    a = ddi_poll(s, "mfp-2");
    assert_string_not_equal(ddi_href(&a, "deploymentBase"), before);
    a = ddi_get(s, "mfp-2", "deploymentBase", action);
    assert_string_equal(support_text(&a, "deployment.update"), "forced");
}

/* All of them, as "name=value " in order. */
static const char *attributes(struct support *s, const char *id)
{
    struct buf b = {.arena = s->arena};
    struct device_pair *pairs;
    struct err err = {0};
    size_t count;

    if (!store_attribute_list(s->store, s->arena, support_device_get(s, id).id, &pairs, &count, &err))
        fail_msg("%s", err.text);
    for (size_t i = 0; i < count; i++)
        buf_printf(&b, "%s=%s ", pairs[i].name, pairs[i].value);
    return buf_cstr(&b);
}

static int put(struct support *s, const char *body)
{
    return ddi_ask(s, "PUT", "mfp-1", "/configData", body).status;
}

UNIT(w23_attributes_merge_replace_and_go)
{
    struct support *s = support_world(unit->arena);

    support_device(s, "mfp-1", QUIRK_NONE);
    assert_int_equal(put(s, "{\"mode\":null,\"data\":{\"a\":\"1\",\"b\":true,\"c\":12,\"d\":1.5}}"), 200);
    assert_string_equal(attributes(s, "mfp-1"), "a=1 b=true c=12 d=1.5 ");
    assert_int_equal(put(s, "{\"data\":{\"a\":\"2\",\"c\":null,\"e\":\"\"},\"time\":7,\"status\":[]}"), 200);
    assert_string_equal(attributes(s, "mfp-1"), "a=2 b=true d=1.5 e= ");
    assert_int_equal(put(s, "{\"mode\":\"remove\",\"data\":{\"a\":\"\",\"nothing\":\"\"}}"), 200);
    assert_string_equal(attributes(s, "mfp-1"), "b=true d=1.5 e= ");
    assert_int_equal(put(s, "{\"mode\":\"replace\",\"data\":{\"ort\":\"K\u00f6ln <3 & \u6771\u4eac\"}}"),
                     200);
    assert_string_equal(attributes(s, "mfp-1"), "ort=K\u00f6ln <3 & \u6771\u4eac ");
}

UNIT(w23_what_is_no_attribute_is_400_and_changes_nothing)
{
    static const char *const bodies[] = {
        "{}",
        "{\"data\":{}}",
        "{\"data\":null}",
        "{\"data\":[]}",
        "{\"mode\":\"melt\",\"data\":{\"a\":\"1\"}}",
        "{\"data\":{\"a\":{}}}",
        "{\"data\":{\"a\":[\"1\"]}}",
        "{\"data\":{\"\":\"1\"}}",
        "{\"data\":{\"a\":\"x\\u0000y\"}}",
        "{\"data\":",
        "",
    };
    struct support *s = support_world(unit->arena);
    char *lng = arena_take(unit->arena, 130);

    support_device(s, "mfp-1", QUIRK_NONE);
    assert_int_equal(put(s, "{\"data\":{\"was\":\"here\"}}"), 200);
    for (size_t i = 0; i < COUNT(bodies); i++)
        assert_int_equal(put(s, bodies[i]), 400);
    memset(lng, 'x', 129);
    assert_int_equal(put(s, arena_printf(unit->arena, "{\"data\":{\"%s\":\"1\"}}", lng)), 400);
    assert_int_equal(put(s, arena_printf(unit->arena, "{\"data\":{\"z\":\"%s\"}}", lng)), 400);
    lng[128] = '\0';
    assert_string_equal(attributes(s, "mfp-1"), "was=here ");
    assert_int_equal(put(s, arena_printf(unit->arena, "{\"data\":{\"%s\":\"%s\"}}", lng, lng)), 200);
    assert_int_equal(ddi_ask(s, "PUT", "mfp-9", "/configData", "{\"data\":{\"a\":\"1\"}}").status, 401);
}

UNIT(w23_more_than_a_hundred_attributes_are_429_and_change_nothing)
{
    struct support *s = support_world(unit->arena);
    struct buf b = {.arena = unit->arena};

    support_device(s, "mfp-1", QUIRK_NONE);
    buf_text(&b, "{\"data\":{");
    for (int i = 0; i < 100; i++)
        buf_printf(&b, "%s\"k%d\":\"v\"", i ? "," : "", i);
    assert_int_equal(put(s, arena_printf(unit->arena, "%s}}", buf_cstr(&b))), 200);
    assert_int_equal(put(s, "{\"data\":{\"one more\":\"1\",\"k0\":\"new\"}}"), 429);
    assert_null(strstr(attributes(s, "mfp-1"), "new"));
    assert_int_equal(put(s, "{\"data\":{\"one more\":\"1\",\"k0\":null}}"), 200);
}

UNIT(w23_some_attributes_are_the_device_itself)
{
    struct support *s = support_world(unit->arena);
    struct device device;

    support_device(s, "mfp-1", QUIRK_NONE);
    assert_int_equal(put(s, "{\"data\":{\"family\":\"c900\",\"model\":\"C950\",\"serial\":\"X7\",\"zone\":"
                            "\"Asia/Tokyo\",\"component.system\":\"4.1\",\"component.fax\":\"1\"}}"),
                     200);
    device = support_device_get(s, "mfp-1");
    assert_string_equal(device.family, "c900");
    assert_string_equal(device.model, "C950");
    assert_string_equal(device.serial, "X7");
    assert_string_equal(ddi_components(s, "mfp-1"), "fax=1 system=4.1 ");
    assert_null(strstr(attributes(s, "mfp-1"), "component."));
    assert_int_equal(put(s, "{\"mode\":\"remove\",\"data\":{\"component.fax\":\"\"}}"), 200);
    assert_string_equal(ddi_components(s, "mfp-1"), "system=4.1 ");
}

UNIT(w24_after_a_thousand_entries_only_closed_is_taken)
{
    struct support *s = support_world(unit->arena);
    int64_t action;

    support_device(s, "mfp-1", QUIRK_NONE);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    for (int i = 0; i < ACTION_STATUS_MAX; i++)
        assert_int_equal(ddi_say(s, "mfp-1", action, "proceeding", "none", NULL).status, 200);
    assert_int_equal(ddi_say(s, "mfp-1", action, "proceeding", "none", NULL).status, 429);
    assert_int_equal(support_action(s, action).status_count, ACTION_STATUS_MAX);
    assert_int_equal(ddi_say(s, "mfp-1", action, "closed", "success", NULL).status, 200);
    assert_int_equal(ddi_state(s, action), ACTION_HEALTHY);
}

static const char *details_of(struct arena *arena, int count)
{
    struct buf b = {.arena = arena};

    buf_text(&b, "\"details\":[");
    for (int i = 0; i < count; i++)
        buf_printf(&b, "%s\"line %d\"", i ? "," : "", i);
    buf_text(&b, "]");
    return buf_cstr(&b);
}

UNIT(w24_fifty_messages_are_one_report_and_more_are_429_unless_it_closes)
{
    struct support *s = support_world(unit->arena);
    int64_t action;

    support_device(s, "mfp-1", QUIRK_NONE);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    assert_int_equal(ddi_say(s, "mfp-1", action, "proceeding", "none", details_of(unit->arena, 50)).status,
                     200);
    assert_int_equal(ddi_say(s, "mfp-1", action, "proceeding", "none", details_of(unit->arena, 51)).status,
                     429);
    assert_int_equal(ddi_say(s, "mfp-1", action, "closed", "failure", details_of(unit->arena, 200)).status,
                     200);
    assert_int_equal(ddi_state(s, action), ACTION_FAILED);
    assert_string_equal(support_action(s, action).error, "line 199");
}

UNIT(w25_json_is_answered_to_whoever_does_not_refuse_it)
{
    static const struct {
        const char *accept;
        int status;
    } rows[] = {
        {"", 200},
        {"Accept: */*", 200},
        {"Accept: application/json", 200},
        {"Accept: application/hal+json", 200},
        {"Accept: application/json;charset=UTF-8", 200},
        {"Accept: text/html", 406},
        {"Accept: application/atom+xml", 406},
        {"Accept: text/html, */*;q=0.1", 200},
    };
    struct support *s = support_world(unit->arena);

    support_device(s, "mfp-1", QUIRK_NONE);
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(support_ask(s, "GET", DDI_PATH "mfp-1",
                                     arena_printf(unit->arena, "Authorization: TargetToken token-mfp-1\n%s",
                                                  rows[i].accept),
                                     NULL)
                             .status,
                         rows[i].status);
}

UNIT(w25_bodies_are_json_with_any_parameter_and_nothing_else)
{
    static const struct {
        const char *type;
        int status;
    } rows[] = {
        {"application/json", 200},
        {"application/json;charset=UTF-8", 200},
        {"Application/JSON; charset=utf-8", 200},
        {"application/hal+json", 415},
        {"text/plain", 415},
        {"application/jsonp", 415},
    };
    struct support *s = support_world(unit->arena);

    support_device(s, "mfp-1", QUIRK_NONE);
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(
            support_ask(s, "PUT", DDI_PATH "mfp-1/configData",
                        arena_printf(unit->arena, "Authorization: TargetToken token-mfp-1\nContent-Type: %s",
                                     rows[i].type),
                        "{\"data\":{\"a\":\"1\"}}")
                .status,
            rows[i].status);
    assert_int_equal(ddi_ask(s, "POST", "mfp-1", "", "{}").status, 405);
    assert_int_equal(ddi_ask(s, "GET", "mfp-1", "/configData", NULL).status, 405);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(w21_a_download_only_action_ends_with_its_download_and_installs_nothing),
        UNIT_TEST(w22_soft_is_attempt_and_timeforced_becomes_forced_with_another_link),
        UNIT_TEST(w23_attributes_merge_replace_and_go),
        UNIT_TEST(w23_what_is_no_attribute_is_400_and_changes_nothing),
        UNIT_TEST(w23_more_than_a_hundred_attributes_are_429_and_change_nothing),
        UNIT_TEST(w23_some_attributes_are_the_device_itself),
        UNIT_TEST(w24_after_a_thousand_entries_only_closed_is_taken),
        UNIT_TEST(w24_fifty_messages_are_one_report_and_more_are_429_unless_it_closes),
        UNIT_TEST(w25_json_is_answered_to_whoever_does_not_refuse_it),
        UNIT_TEST(w25_bodies_are_json_with_any_parameter_and_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
