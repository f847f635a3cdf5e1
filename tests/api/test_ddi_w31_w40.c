#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cbor.h"
#include "base/text.h"
#include "store/actions.h"
#include "store/devices.h"
#include "support/ddi.h"
#include "support/store.h"
#include "support/unit.h"

/* As SWUpdate's failure template would be, with what its log said pasted in. */
#define SWUPDATE_FAILURE(details)                                                                            \
    "{ \"id\": \"1\", \"time\": \"20261122T081755\",\"status\": { \"result\": { \"finished\": "              \
    "\"failure\" }, \"execution\": \"closed\",\"details\" : [ " details " ] }}"

static int64_t module_of(struct support *s, int64_t action)
{
    int64_t *ids;

    assert_true(action_modules(s->arena, support_action(s, action).modules, &ids) > 0);
    return ids[0];
}

UNIT(w32_the_md5sum_beside_an_artifact_is_read_by_md5sum)
{
    struct support *s = support_world(unit->arena);
    const char *dir = support_dir(unit->arena), *path;
    int64_t action;
    struct answer file, sum;
    FILE *out;

    support_device(s, "mfp-1", QUIRK_RAUC);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    path = arena_printf(unit->arena, "/softwaremodules/%lld/artifacts/c450.swu",
                        (long long)module_of(s, action));
    file = ddi_ask(s, "GET", "mfp-1", path, NULL);
    sum = ddi_ask(s, "GET", "mfp-1", arena_printf(unit->arena, "%s.MD5SUM", path), NULL);
    assert_int_equal(sum.status, 200);
    assert_string_equal(sum.reply.content_type, "text/plain");
    assert_string_equal(sum.text + 32, "  c450.swu");
    out = fopen(arena_printf(unit->arena, "%s/c450.swu", dir), "w");
    assert_int_equal(fwrite(file.text, 1, file.size, out), file.size);
    fclose(out);
    out = fopen(arena_printf(unit->arena, "%s/sums", dir), "w");
    fprintf(out, "%s\n", sum.text);
    fclose(out);
    if (access("/usr/bin/md5sum", X_OK) != 0) {
        puts("skipped: there is no md5sum");
        skip();
    }
    assert_int_equal(chdir(dir), 0);
    pid_t child = fork();

    if (child == 0) {
        execl("/usr/bin/md5sum", "md5sum", "--status", "-c", "sums", (char *)NULL);
        _exit(9);
    }
    int status = -1;

    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(chdir("/"), 0);
}

UNIT(w33_the_tenant_may_be_written_in_any_case_and_must_exist)
{
    struct support *s = support_world(unit->arena);
    struct answer a;

    a = support_ask(s, "GET", "/default/controller/v1/mfp-1", SUPPORT_GATEWAY, NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(ddi_href(&a, "configData"), "configData");
    assert_int_equal(support_ask(s, "GET", "/Default/controller/v1/mfp-1", SUPPORT_GATEWAY, NULL).status,
                     200);
    a = support_ask(s, "GET", "/OTHER/controller/v1/mfp-1", SUPPORT_GATEWAY, NULL);
    assert_int_equal(a.status, 401);
    assert_int_equal(a.size, 0);
}

UNIT(w33_double_slashes_and_one_at_the_end_are_the_same_path)
{
    struct support *s = support_world(unit->arena);

    assert_int_equal(support_ask(s, "GET", "//DEFAULT/controller/v1//mfp-1/", SUPPORT_GATEWAY, NULL).status,
                     200);
}

UNIT(w33_controller_ids_are_decoded_and_bounded)
{
    struct support *s = support_world(unit->arena);
    char *id = arena_take(unit->arena, 300);
    struct answer a;

    a = support_ask(s, "GET", DDI_PATH "b%C3%BCro%3A1", SUPPORT_GATEWAY, NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(support_device_get(s, "b\u00fcro:1").controller_id, "b\u00fcro:1");
    assert_string_equal(support_text(&a, "_links.configData.href"),
                        "https://fw.example:8443/DEFAULT/controller/v1/b%C3%BCro%3A1/configData");
    memset(id, 'x', 257);
    assert_int_equal(
        support_ask(s, "GET", arena_printf(unit->arena, DDI_PATH "%s", id), SUPPORT_GATEWAY, NULL).status,
        400);
    id[256] = '\0';
    assert_int_equal(
        support_ask(s, "GET", arena_printf(unit->arena, DDI_PATH "%s", id), SUPPORT_GATEWAY, NULL).status,
        200);
    assert_int_equal(support_ask(s, "GET", DDI_PATH "a%2Fb", SUPPORT_GATEWAY, NULL).status, 400);
    assert_int_equal(support_ask(s, "GET", DDI_PATH "a%20b", SUPPORT_GATEWAY, NULL).status, 400);
}

/* The newest entry's messages as they rest: a JSON list. */
static const struct json *messages_of(struct support *s, int64_t action)
{
    struct action_status *entries;
    const struct json *list = NULL;
    struct err err = {0};
    size_t count;

    if (!store_action_status_list(s->store, s->arena, action, 0, 1, &entries, &count, &err) || count == 0 ||
        !json_parse(s->arena, span_of(entries[0].messages), &list, &err))
        fail_msg("no entry: %s", err.text);
    return list;
}

#define CBOR "Accept: application/cbor"
#define CBOR_BODY "Content-Type: application/cbor\n"

static struct answer ask_as(struct support *s, const char *method, const char *tail, const char *headers,
                            struct span body)
{
    return support_ask_bytes(s, method, arena_printf(s->arena, DDI_PATH "mfp-1%s", tail),
                             arena_printf(s->arena, "Authorization: TargetToken token-mfp-1\n%s", headers),
                             body);
}

static int tell_cbor(struct support *s, const char *method, const char *tail, const char *json)
{
    struct err err = {0};
    struct span body;

    if (!cbor_from_json(s->arena, span_of(json), &body, &err))
        fail_msg("%s: %s", json, err.text);
    return ask_as(s, method, tail, CBOR_BODY CBOR, body).status;
}

/* What this door says in CBOR is what it says in JSON. */
static void same_in_cbor(struct support *s, const char *tail)
{
    struct answer json = ask_as(s, "GET", tail, "", (struct span){0});
    struct answer cbor = ask_as(s, "GET", tail, CBOR, (struct span){0});
    struct err err = {0};
    struct span text;

    if (json.status != 200 || cbor.status != 200)
        fail_msg("%s: %d and %d", tail, json.status, cbor.status);
    assert_string_equal(json.reply.content_type, "application/hal+json");
    assert_string_equal(cbor.reply.content_type, "application/cbor");
    assert_true(cbor.size > 0 && cbor.size < json.size);
    if (!cbor_to_json(s->arena, span_make(cbor.text, cbor.size), &text, &err))
        fail_msg("%s: %s", tail, err.text);
    assert_int_equal(text.size, json.size);
    assert_memory_equal(text.at, json.text, text.size);
}

static const char *door_of(struct support *s, const char *format, int64_t id)
{
    const char *at = strchr(format, '#');

    return arena_printf(s->arena, "%.*s%lld%s", (int)(at - format), format, (long long)id, at + 1);
}

UNIT(w34_every_answer_of_the_device_doors_is_had_in_cbor)
{
    struct support *s = support_world(unit->arena);
    int64_t action, next;

    support_device(s, "mfp-1", QUIRK_NONE);
    same_in_cbor(s, "");
    action = support_assign(s, "mfp-1", ddi_release_two(s, "2.0"), NULL);
    same_in_cbor(s, "");
    same_in_cbor(s, door_of(s, "/deploymentBase/#", action));
    same_in_cbor(s, door_of(s, "/deploymentBase/#?actionHistory=9", action));
    same_in_cbor(s, door_of(s, "/softwaremodules/#/artifacts", module_of(s, action)));
    assert_int_equal(ddi_say(s, "mfp-1", action, "closed", "success", NULL).status, 200);
    same_in_cbor(s, door_of(s, "/installedBase/#", action));
    next = support_assign(s, "mfp-1", ddi_release(s, "3.0"), NULL);
    support_assign(s, "mfp-1", ddi_release(s, "4.0"), NULL);
    same_in_cbor(s, "");
    same_in_cbor(s, door_of(s, "/cancelAction/#", next));
}

static void confirmation_on(struct tenant *tenant)
{
    tenant->confirmation_on = true;
}

UNIT(w34_what_waits_for_a_yes_is_shown_and_confirmed_in_cbor)
{
    struct support *s = support_world(unit->arena);
    const char *door;
    int64_t action;

    support_tenant(s, confirmation_on);
    support_device(s, "mfp-1", QUIRK_NONE);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    door = door_of(s, "/confirmationBase/#/feedback", action);
    same_in_cbor(s, "/confirmationBase");
    same_in_cbor(s, door_of(s, "/confirmationBase/#", action));
    assert_int_equal(tell_cbor(s, "POST", door, "{\"confirmation\":\"maybe\"}"), 400);
    assert_int_equal(
        tell_cbor(s, "POST", door, "{\"confirmation\":\"confirmed\",\"code\":10,\"details\":[\"yes\"]}"),
        200);
    same_in_cbor(s, door_of(s, "/deploymentBase/#", action));
}

#define SAYS_STATUS(execution, finished, more)                                                               \
    "{\"status\":{\"execution\":\"" execution "\",\"result\":{\"finished\":\"" finished "\"}" more "}}"

UNIT(w34_feedback_and_attributes_are_read_from_cbor)
{
    struct support *s = support_world(unit->arena);
    const char *door;
    int64_t action;

    support_device(s, "mfp-1", QUIRK_NONE);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    door = door_of(s, "/deploymentBase/#/feedback", action);
    assert_int_equal(tell_cbor(s, "PUT", "/configData", "{\"data\":{\"serial\":\"X-1\",\"pages\":12}}"), 200);
    assert_string_equal(support_device_get(s, "mfp-1").serial, "X-1");
    assert_int_equal(
        tell_cbor(s, "POST", door, SAYS_STATUS("proceeding", "none", ",\"details\":[\"caf\u00e9\"]")), 200);
    assert_string_equal(json_string(json_item(messages_of(s, action), 0)), "caf\u00e9");
    assert_int_equal(tell_cbor(s, "POST", door, SAYS_STATUS("closed", "success", "")), 200);
    assert_int_equal(support_device_get(s, "mfp-1").installed_action, action);
}

UNIT(w34_broken_cbor_is_refused_and_changes_nothing)
{
    static const struct span bodies[] = {
        {"\x83\x01", 2}, {"\x9b\xff\xff\xff\xff\xff\xff\xff\xff", 9}, {"{}", 2}, {"\x41\x00", 2}, {"\xa0", 1},
    };
    struct support *s = support_world(unit->arena);
    enum action_state before;
    const char *door;
    int64_t action;

    support_device(s, "mfp-1", QUIRK_NONE);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    before = ddi_state(s, action);
    door = door_of(s, "/deploymentBase/#/feedback", action);
    for (size_t i = 0; i < COUNT(bodies); i++) {
        assert_int_equal(ask_as(s, "POST", door, CBOR_BODY CBOR, bodies[i]).status, 400);
        assert_int_equal(ask_as(s, "PUT", "/configData", CBOR_BODY, bodies[i]).status, 400);
    }
    assert_int_equal(ask_as(s, "POST", door, "Content-Type: application/cbor-seq", bodies[4]).status, 415);
    assert_int_equal(ddi_state(s, action), before);
}

UNIT(w34_the_form_with_the_greater_weight_is_answered)
{
    /* clang-format off */
    static const struct { const char *accept, *type; } rows[] = {
        {"application/cbor", "application/cbor"},
        {"Application/CBOR", "application/cbor"},
        {"application/cbor, */*;q=0.1", "application/cbor"},
        {"application/json;q=0.5, application/cbor;q=0.9", "application/cbor"},
        {"application/json, application/cbor", "application/hal+json"},
        {"application/cbor;q=0, application/json", "application/hal+json"},
        {"application/cbor;q=0.2,application/*", "application/hal+json"},
        {"application/cbor;q=nonsense, */*;q=1e300", "application/hal+json"},
        {"application/cbor;q=0", NULL},
        {"application/cbor-seq", NULL},
    };
    /* clang-format on */
    struct support *s = support_world(unit->arena);

    support_device(s, "mfp-1", QUIRK_NONE);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *accept = arena_printf(unit->arena, "Accept: %s", rows[i].accept);
        struct answer a = ask_as(s, "GET", "", accept, (struct span){0});

        assert_int_equal(a.status, rows[i].type ? 200 : 406);
        if (rows[i].type)
            assert_string_equal(a.reply.content_type, rows[i].type);
    }
}

UNIT(w35_whatever_a_device_says_is_kept_as_it_was_said)
{
    struct support *s = support_world(unit->arena);
    char *lng = arena_take(unit->arena, 4097);
    const struct json *said;
    int64_t action;
    size_t total = 0;

    memset(lng, 'x', 4096);
    support_device(s, "mfp-1", QUIRK_SURICATTA);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    assert_int_equal(
        ddi_say(s, "mfp-1", action, "proceeding", "none",
                "\"details\":[\"<new> & <b>\",\"caf\u00e9 \\u6771\",\"a\\u0000b\",\"\\\"\\\\\\n\"]")
            .status,
        200);
    said = messages_of(s, action);
    assert_string_equal(json_string(json_item(said, 0)), "<new> & <b>");
    assert_string_equal(json_string(json_item(said, 1)), "caf\u00e9 \u6771");
    assert_int_equal(json_string_span(json_item(said, 2)).size, 3);
    assert_memory_equal(json_string_span(json_item(said, 2)).at, "a\0b", 3);
    assert_string_equal(json_string(json_item(said, 3)), "\"\\\n");
    assert_int_equal(ddi_say(s, "mfp-1", action, "proceeding", "none",
                             arena_printf(unit->arena, "\"details\":[\"%s\"]", lng))
                         .status,
                     200);
    said = messages_of(s, action);
    assert_int_equal(json_count(said), 8);
    for (size_t i = 0; i < 8; i++)
        total += strlen(json_string(json_item(said, i)));
    assert_int_equal(total, 4096);
}

UNIT(w38_swupdates_failure_counts_even_when_it_is_no_json)
{
    static const char *const bodies[] = {
        SWUPDATE_FAILURE("\"ERROR : cannot open \"system.img\"\nERROR : Installation failed !\n\""),
        SWUPDATE_FAILURE("\"tab\there and \x01 there\""),
        SWUPDATE_FAILURE("\"bytes that are no text: \xff\xfe\""),
        SWUPDATE_FAILURE("\"backslash \\x \\\""),
        SWUPDATE_FAILURE("\"it says \"execution\": \"proceeding\" in it\""),
    };
    struct support *s = support_world(unit->arena);

    for (size_t i = 0; i < COUNT(bodies); i++) {
        const char *id = arena_printf(unit->arena, "mfp-%zu", i);
        int64_t action;

        support_device(s, id, QUIRK_SURICATTA);
        action = support_assign(s, id, ddi_release(s, arena_printf(unit->arena, "2.%zu", i)), NULL);
        assert_int_equal(
            ddi_ask(s, "POST", id,
                    arena_printf(unit->arena, "/deploymentBase/%lld/feedback", (long long)action), bodies[i])
                .status,
            200);
        assert_int_equal(ddi_state(s, action), ACTION_FAILED);
        assert_int_equal(json_count(messages_of(s, action)), 1);
        assert_int_equal(ddi_poll(s, id).status, 200);
    }
    assert_non_null(strstr(support_action(s, 1).error, "Installation failed !"));
}

UNIT(w40_the_clock_of_a_device_is_not_asked)
{
    struct support *s = support_world(unit->arena);
    struct device_component *components;
    int64_t action;
    size_t count;

    support_device(s, "mfp-1", QUIRK_NONE);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    assert_int_equal(
        ddi_ask(s, "POST", "mfp-1",
                arena_printf(unit->arena, "/deploymentBase/%lld/feedback", (long long)action),
                "{\"timestamp\":1000,\"time\":\"19700101T000001\",\"status\":{\"execution\":\"closed\","
                "\"result\":{\"finished\":\"success\"},\"details\":[]}}")
            .status,
        200);
    assert_int_equal(support_device_get(s, "mfp-1").installed_action, action);
    MUST(store_component_list(s->store, unit->arena, support_device_get(s, "mfp-1").id, &components, &count,
                              &unit->err));
    assert_int_equal(count, 1);
    assert_int_equal(components[0].updated_ms, s->now_ms);
    assert_int_equal(support_action(s, action).closed_ms, s->now_ms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(w32_the_md5sum_beside_an_artifact_is_read_by_md5sum),
        UNIT_TEST(w33_the_tenant_may_be_written_in_any_case_and_must_exist),
        UNIT_TEST(w33_double_slashes_and_one_at_the_end_are_the_same_path),
        UNIT_TEST(w33_controller_ids_are_decoded_and_bounded),
        UNIT_TEST(w34_every_answer_of_the_device_doors_is_had_in_cbor),
        UNIT_TEST(w34_what_waits_for_a_yes_is_shown_and_confirmed_in_cbor),
        UNIT_TEST(w34_feedback_and_attributes_are_read_from_cbor),
        UNIT_TEST(w34_broken_cbor_is_refused_and_changes_nothing),
        UNIT_TEST(w34_the_form_with_the_greater_weight_is_answered),
        UNIT_TEST(w35_whatever_a_device_says_is_kept_as_it_was_said),
        UNIT_TEST(w38_swupdates_failure_counts_even_when_it_is_no_json),
        UNIT_TEST(w40_the_clock_of_a_device_is_not_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
