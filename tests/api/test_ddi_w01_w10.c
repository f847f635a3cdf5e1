#include "base/text.h"
#include "store/actions.h"
#include "support/ddi.h"
#include "support/unit.h"

UNIT(w01_a_new_device_comes_by_gateway_token_and_its_attributes_are_asked_for_once)
{
    struct support *s = support_world(unit->arena);
    struct answer a = support_ask(s, "GET", DDI_PATH "mfp-1", SUPPORT_GATEWAY, NULL);

    assert_int_equal(a.status, 200);
    assert_string_equal(ddi_href(&a, "configData"), "configData");
    a = support_ask(s, "PUT", DDI_PATH "mfp-1/configData", SUPPORT_GATEWAY,
                    "{\"data\":{\"model\":\"C450\"}}");
    assert_int_equal(a.status, 200);
    assert_int_equal(a.size, 0);
    a = support_ask(s, "GET", DDI_PATH "mfp-1", SUPPORT_GATEWAY, NULL);
    assert_int_equal(a.status, 200);
    assert_null(support_at(&a, "_links"));
    assert_string_equal(support_device_get(s, "mfp-1").model, "C450");
}

UNIT(w01_a_new_device_may_begin_with_its_attributes)
{
    struct support *s = support_world(unit->arena);
    struct answer a =
        support_ask(s, "PUT", DDI_PATH "mfp-1/configData", SUPPORT_GATEWAY,
                    "{\"id\":\"\",\"time\":\"20261122T081755\",\"status\":{\"execution\":\"closed\","
                    "\"result\":{\"finished\":\"success\"},\"details\":[\"\"]},\"mode\":\"replace\","
                    "\"data\":{\"family\":\"c450\"}}");

    assert_int_equal(a.status, 200);
    assert_string_equal(support_device_get(s, "mfp-1").family, "c450");
    assert_int_equal(support_device_get(s, "mfp-1").state, DEVICE_ACTIVE);
}

UNIT(w02_a_poll_without_work_has_no_links_at_all)
{
    struct support *s = support_world(unit->arena);
    struct answer a;

    support_device(s, "mfp-1", QUIRK_NONE);
    a = ddi_poll(s, "mfp-1");
    assert_int_equal(a.status, 200);
    assert_string_equal(a.reply.content_type, "application/hal+json");
    assert_int_equal(json_count(a.json), 1);
    assert_non_null(support_text(&a, "config.polling.sleep"));
}

static void is_clock(const char *text)
{
    assert_non_null(text);
    assert_int_equal(strlen(text), 8);
    for (int i = 0; i < 8; i++)
        assert_true(i % 3 == 2 ? text[i] == ':'
                               : text[i] >= '0' && text[i] <= (i == 0  ? '2'
                                                               : i % 3 ? '9'
                                                                       : '5'));
}

static void sleep_a_day(struct tenant *tenant)
{
    tenant->poll_sleep_s = 86399;
}

UNIT(w03_sleep_is_always_eight_characters_and_below_a_day)
{
    struct support *s = support_world(unit->arena);

    for (int i = 0; i < 40; i++) {
        const char *id = arena_printf(unit->arena, "mfp-%d", i);
        struct answer a;

        support_device(s, id, QUIRK_NONE);
        if (i == 20)
            support_tenant(s, sleep_a_day);
        a = ddi_poll(s, id);
        is_clock(support_text(&a, "config.polling.sleep"));
        assert_true(strcmp(support_text(&a, "config.polling.sleep"), "23:59:59") <= 0);
    }
}

static void no_target_tokens(struct tenant *tenant)
{
    tenant->target_token_on = false;
}

static void refused(struct support *s, const char *id, const char *header)
{
    struct answer a = support_ask(s, "GET", arena_printf(s->arena, DDI_PATH "%s", id), header, NULL);

    assert_int_equal(a.status, 401);
    assert_int_equal(a.size, 0);
}

UNIT(w04_a_token_that_is_wrong_of_another_or_absent_is_401_with_an_empty_body)
{
    struct support *s = support_world(unit->arena);

    support_device(s, "mfp-1", QUIRK_NONE);
    support_device(s, "mfp-2", QUIRK_NONE);
    refused(s, "mfp-1", "Authorization: TargetToken wrong");
    refused(s, "mfp-1", "Authorization: TargetToken token-mfp-2");
    refused(s, "mfp-1", "Authorization: TargetToken ");
    refused(s, "mfp-1", "Authorization: TargetToken");
    refused(s, "mfp-1", "Authorization: Bearer token-mfp-1");
    refused(s, "mfp-1", "Authorization: GatewayToken wrong");
    refused(s, "mfp-1", NULL);
    refused(s, "mfp-9", "Authorization: TargetToken token-mfp-9");
    assert_int_equal(ddi_poll(s, "mfp-1").status, 200);
    support_tenant(s, no_target_tokens);
    refused(s, "mfp-1", "Authorization: TargetToken token-mfp-1");
}

static void certificates_of_one_ca(struct tenant *tenant)
{
    tenant->certificate_on = true;
    tenant->certificate_issuer = "CN=Printers";
}

UNIT(w04_a_certificate_speaks_for_the_device_it_names_and_only_from_its_issuer)
{
    struct support *s = support_world(unit->arena);
    struct http_pair names[] = {{"cn", "mfp-1"}, {"dns", "mfp-1.example"}};

    s->cert_names = names;
    s->cert_name_count = COUNT(names);
    s->cert_issuer = "CN=Printers";
    refused(s, "mfp-1", NULL); /* the scheme is off */
    support_tenant(s, certificates_of_one_ca);
    assert_int_equal(support_ask(s, "GET", DDI_PATH "mfp-1", NULL, NULL).status, 200);
    assert_int_equal(support_ask(s, "GET", DDI_PATH "mfp-1.example", NULL, NULL).status, 200);
    refused(s, "mfp-2", NULL);
    s->cert_issuer = "CN=Somebody";
    refused(s, "mfp-1", NULL);
}

UNIT(w05_every_link_is_absolute_at_the_address_the_client_used)
{
    struct support *s = support_world(unit->arena);
    int64_t action;
    struct answer a;

    support_device(s, "mfp-1", QUIRK_PLAIN);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    a = ddi_poll(s, "mfp-1");
    assert_true(text_starts(support_text(&a, "_links.deploymentBase.href"),
                            "https://fw.example:8443/DEFAULT/controller/v1/mfp-1/deploymentBase/"));
    a = ddi_get(s, "mfp-1", "deploymentBase", action);
    assert_true(text_starts(support_text(&a, "deployment.chunks.0.artifacts.0._links.download-http.href"),
                            "https://fw.example:8443/DEFAULT/controller/v1/mfp-1/softwaremodules/"));
    assert_string_equal(support_text(&a, "deployment.chunks.0.artifacts.0._links.download.href"),
                        support_text(&a, "deployment.chunks.0.artifacts.0._links.download-http.href"));
    s->settings.public_url = "https://updates.example/print";
    a = ddi_poll(s, "mfp-1");
    assert_true(text_starts(support_text(&a, "_links.deploymentBase.href"),
                            "https://updates.example/print/DEFAULT/controller/v1/mfp-1/deploymentBase/"));
}

UNIT(w06_a_deployment_has_every_field_in_its_type)
{
    struct support *s = support_world(unit->arena);
    int64_t action;
    struct answer a;

    support_device(s, "mfp-1", QUIRK_PLAIN);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    a = ddi_get(s, "mfp-1", "deploymentBase", action);
    assert_int_equal(a.status, 200);
    assert_string_equal(support_text(&a, "id"), arena_printf(unit->arena, "%lld", (long long)action));
    assert_string_equal(support_text(&a, "deployment.download"), "forced");
    assert_string_equal(support_text(&a, "deployment.update"), "forced");
    assert_null(support_at(&a, "deployment.maintenanceWindow"));
    assert_int_equal(json_count(support_at(&a, "deployment.chunks")), 1);
    assert_string_equal(support_text(&a, "deployment.chunks.0.part"), "system");
    assert_string_equal(support_text(&a, "deployment.chunks.0.name"), "c450");
    assert_string_equal(support_text(&a, "deployment.chunks.0.version"), "2.0");
    assert_null(support_at(&a, "deployment.chunks.0.metadata"));
    assert_string_equal(support_text(&a, "deployment.chunks.0.artifacts.0.filename"), "c450.swu");
    assert_true(text_is_hex(support_text(&a, "deployment.chunks.0.artifacts.0.hashes.sha1"), 40));
    assert_true(text_is_hex(support_text(&a, "deployment.chunks.0.artifacts.0.hashes.md5"), 32));
    assert_true(text_is_hex(support_text(&a, "deployment.chunks.0.artifacts.0.hashes.sha256"), 64));
    assert_int_equal(support_int(&a, "deployment.chunks.0.artifacts.0.size"), 17);
}

UNIT(w06_our_agent_is_sent_to_the_tuf_target_and_told_its_name)
{
    struct support *s = support_world(unit->arena);
    int64_t action;
    struct answer a;

    support_device(s, "mfp-1", QUIRK_NONE);
    action = support_assign(s, "mfp-1", ddi_release_two(s, "2.0"), NULL);
    a = ddi_get(s, "mfp-1", "deploymentBase", action);
    assert_int_equal(json_count(support_at(&a, "deployment.chunks")), 2);
    assert_string_equal(support_text(&a, "deployment.chunks.1.part"), "scanner");
    assert_string_equal(support_text(&a, "deployment.chunks.1.metadata.0.key"), "tuf.target");
    assert_string_equal(support_text(&a, "deployment.chunks.1.metadata.0.value"), "c450/2.0/scanner.img");
    assert_string_equal(support_text(&a, "deployment.chunks.1.metadata.1.key"), "nightshift.minutes");
    assert_string_equal(support_text(&a, "deployment.chunks.1.metadata.1.value"), "12");
    assert_string_equal(support_text(&a, "deployment.chunks.1.metadata.2.key"), "tuf.director");
    assert_string_equal(support_text(&a, "deployment.chunks.1.metadata.2.value"),
                        "https://fw.example:8443/DEFAULT/tuf/director/mfp-1/metadata/");
    assert_string_equal(
        support_text(&a, "deployment.chunks.1.artifacts.0._links.download.href"),
        arena_printf(unit->arena, "https://fw.example:8443/DEFAULT/tuf/image/targets/c450/2.0/%s.scanner.img",
                     support_text(&a, "deployment.chunks.1.artifacts.0.hashes.sha256")));
}

UNIT(w06_zephyr_gets_one_bapp_chunk_and_nothing_it_could_trip_over)
{
    struct support *s = support_world(unit->arena);
    int64_t action;
    struct answer a;

    support_device(s, "mfp-1", QUIRK_ZEPHYR);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    a = ddi_ask(s, "GET", "mfp-1",
                arena_printf(unit->arena, "/deploymentBase/%lld?actionHistory=-1", (long long)action), NULL);
    assert_string_equal(support_text(&a, "deployment.chunks.0.part"), "bApp");
    assert_int_equal(json_count(support_at(&a, "deployment.chunks.0")), 4);
    assert_int_equal(json_count(support_at(&a, "deployment.chunks.0.artifacts.0._links")), 1);
    assert_null(support_at(&a, "actionHistory"));
    assert_true(a.size < 1100);
}

UNIT(w07_the_link_of_a_deployment_is_short)
{
    struct support *s = support_world(unit->arena);
    struct answer a;

    support_device(s, "mfp-1", QUIRK_ZEPHYR);
    support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    a = ddi_poll(s, "mfp-1");
    assert_true(strlen(ddi_href(&a, "deploymentBase")) <= 49 - 9); /* with an id as long as they get */
    assert_true(strlen(support_text(&a, "_links.deploymentBase.href")) <= 300);
    assert_null(strchr(ddi_href(&a, "deploymentBase"), '-'));
}

UNIT(w08_each_kind_of_feedback_is_200_with_an_empty_body_and_moves_the_action)
{
    static const struct {
        const char *execution, *finished;
        enum action_state state;
        const char *type;
    } rows[] = {
        {"proceeding", "none", ACTION_DOWNLOADING, "RUNNING"},
        {"scheduled", "none", ACTION_DOWNLOADING, "RUNNING"},
        {"resumed", "none", ACTION_DOWNLOADING, "RUNNING"},
        {"download", "none", ACTION_DOWNLOADING, "DOWNLOAD"},
        {"downloaded", "none", ACTION_DOWNLOADED, "DOWNLOADED"},
        {"rejected", "none", ACTION_OFFERED, "WARNING"},
        {"canceled", "none", ACTION_OFFERED, "CANCELED"},
        {"closed", "success", ACTION_HEALTHY, "FINISHED"},
        {"closed", "none", ACTION_HEALTHY, "FINISHED"},
        {"closed", "failure", ACTION_FAILED, "ERROR"},
        {"proceeding", "success", ACTION_DOWNLOADING, "RUNNING"},
    };
    struct support *s = support_world(unit->arena);

    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *id = arena_printf(unit->arena, "mfp-%zu", i);
        int64_t release = ddi_release(s, arena_printf(unit->arena, "2.%zu", i)), action;
        struct action_status *entries;
        struct answer a;
        size_t count;

        support_device(s, id, QUIRK_NONE);
        action = support_assign(s, id, release, NULL);
        a = ddi_say(s, id, action, rows[i].execution, rows[i].finished,
                    "\"code\":200,\"details\":[\"a\",\"b\"]");
        assert_int_equal(a.status, 200);
        assert_int_equal(a.size, 0);
        assert_int_equal(ddi_state(s, action), rows[i].state);
        MUST(store_action_status_list(s->store, unit->arena, action, 0, 10, &entries, &count, &unit->err));
        assert_int_equal(count, 1);
        assert_string_equal(entries[0].type, rows[i].type);
        assert_string_equal(entries[0].messages, "[\"a\",\"b\"]");
        assert_int_equal(entries[0].code, 200);
    }
}

UNIT(w09_ids_as_numbers_unknown_members_and_times_of_any_kind_are_fine)
{
    struct support *s = support_world(unit->arena);
    int64_t action;
    const char *tail;

    support_device(s, "mfp-1", QUIRK_SURICATTA);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    tail = arena_printf(unit->arena, "/deploymentBase/%lld/feedback", (long long)action);
    assert_int_equal(
        ddi_ask(s, "POST", "mfp-1", tail,
                "{\"id\":4,\"time\":\"20261122T081755\",\"colour\":null,\"status\":{\"result\":"
                "{\"finished\":\"none\",\"progress\":{\"cnt\":1,\"of\":0}},\"execution\":\"proceeding\","
                "\"details\":\"one text\"}}")
            .status,
        200);
    assert_int_equal(ddi_ask(s, "POST", "mfp-1", tail,
                             "{\"status\":{\"result\":{\"finished\":\"none\",\"progress\":7},\"execution\":"
                             "\"proceeding\",\"details\":[]}}")
                         .status,
                     200);
    assert_int_equal(ddi_state(s, action), ACTION_DOWNLOADING);
}

UNIT(w10_a_feedback_that_says_too_little_is_400_and_nothing_happens)
{
    static const char *const bodies[] = {
        "{}",
        "{\"status\":{}}",
        "{\"status\":{\"execution\":\"closed\"}}",
        "{\"status\":{\"result\":{\"finished\":\"success\"}}}",
        "{\"status\":{\"execution\":\"melted\",\"result\":{\"finished\":\"success\"}}}",
        "{\"status\":{\"execution\":\"closed\",\"result\":{\"finished\":\"maybe\"}}}",
        "{\"status\":{\"execution\":\"closed\",\"result\":{\"finished\":\"success\"},\"code\":\"x\"}}",
        "{\"status\":{\"execution\":4,\"result\":{\"finished\":true}}}",
        "{\"status\":",
        "nonsense",
        "[]",
        "\"closed\"",
        "{\"execution\":\"closed\"",
    };
    struct support *s = support_world(unit->arena);
    int64_t action;

    support_device(s, "mfp-1", QUIRK_NONE);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    for (size_t i = 0; i < COUNT(bodies); i++)
        assert_int_equal(
            ddi_ask(s, "POST", "mfp-1",
                    arena_printf(unit->arena, "/deploymentBase/%lld/feedback", (long long)action), bodies[i])
                .status,
            400);
    assert_int_equal(ddi_state(s, action), ACTION_OFFERED);
    assert_int_equal(support_action(s, action).status_count, 0);
    assert_int_equal(ddi_poll(s, "mfp-1").status, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(w01_a_new_device_comes_by_gateway_token_and_its_attributes_are_asked_for_once),
        UNIT_TEST(w01_a_new_device_may_begin_with_its_attributes),
        UNIT_TEST(w02_a_poll_without_work_has_no_links_at_all),
        UNIT_TEST(w03_sleep_is_always_eight_characters_and_below_a_day),
        UNIT_TEST(w04_a_token_that_is_wrong_of_another_or_absent_is_401_with_an_empty_body),
        UNIT_TEST(w04_a_certificate_speaks_for_the_device_it_names_and_only_from_its_issuer),
        UNIT_TEST(w05_every_link_is_absolute_at_the_address_the_client_used),
        UNIT_TEST(w06_a_deployment_has_every_field_in_its_type),
        UNIT_TEST(w06_our_agent_is_sent_to_the_tuf_target_and_told_its_name),
        UNIT_TEST(w06_zephyr_gets_one_bapp_chunk_and_nothing_it_could_trip_over),
        UNIT_TEST(w07_the_link_of_a_deployment_is_short),
        UNIT_TEST(w08_each_kind_of_feedback_is_200_with_an_empty_body_and_moves_the_action),
        UNIT_TEST(w09_ids_as_numbers_unknown_members_and_times_of_any_kind_are_fine),
        UNIT_TEST(w10_a_feedback_that_says_too_little_is_400_and_nothing_happens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
