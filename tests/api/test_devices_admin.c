/* Devices as operators make, change, approve, retire and look at them. */
#include "support/unit.h"

#include "base/text.h"
#include "support/enrol.h"
#include "support/rollouts.h"

static struct answer ask(struct ops *ops, const char *role, const char *method, const char *tail,
                         const char *body)
{
    return ops_ask(ops, role, method, arena_printf(ops->s.arena, "/api/v1/devices%s", tail), body);
}

static struct answer make(struct ops *ops, const char *body)
{
    return ask(ops, "technician", "POST", "", body);
}

UNIT(a_device_known_beforehand_has_what_was_said_and_a_token_that_works)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a =
        make(ops, "{\"id\":\"mfp-1\",\"family\":\"aurora\",\"model\":\"A\",\"serial\":\"S-1\","
                  "\"customer\":\"Roux\",\"site\":\"munich\",\"quirk\":\"rauc\",\"tags\":[\"lobby\","
                  "\"a.b-c_d\"]}");
    const char *token = support_text(&a, "token");

    assert_int_equal(a.status, 201);
    assert_string_equal(support_text(&a, "id"), "mfp-1");
    assert_string_equal(support_text(&a, "state"), "active");
    assert_string_equal(support_text(&a, "status"), "unknown");
    assert_string_equal(support_text(&a, "serial"), "S-1");
    assert_string_equal(support_text(&a, "customer"), "Roux");
    assert_string_equal(support_text(&a, "zone"), "Europe/Berlin");
    assert_string_equal(support_text(&a, "quirk"), "rauc");
    assert_string_equal(support_text(&a, "tags.0"), "a.b-c_d");
    assert_string_equal(support_text(&a, "tags.1"), "lobby");
    assert_null(support_at(&a, "last_seen"));
    assert_int_equal(enrol_poll(ops, "mfp-1", token).status, 200);
    a = ask(ops, "viewer", "GET", "/mfp-1", NULL);
    assert_string_equal(support_text(&a, "last_seen"), text_time(unit->arena, ops->s.now_ms));
    assert_null(support_at(&a, "token"));
}

UNIT(what_is_wrong_with_a_device_is_named_and_makes_none)
{
    /* clang-format off */
    static const struct { const char *body; int status; const char *words; } rows[] = {
        {"{}", 400, "id"}, {"{\"id\":\"\"}", 400, "id"}, {"{\"id\":\"a b\"}", 400, "no blanks"},
        {"{\"id\":\"x\",\"site\":\"atlantis\"}", 404, "atlantis"}, {"{\"id\":\"x\",\"quirk\":\"odd\"}", 400, "odd"},
        {"{\"id\":\"x\",\"tags\":\"lobby\"}", 400, "tags"}, {"{\"id\":\"x\",\"tags\":[5]}", 400, "tags"},
        {"{\"id\":\"x\",\"tags\":[\"a b\"]}", 400, "tag"}, {"{\"id\":\"x\",\"colour\":1}", 400, "colour"},
        {"{\"id\":\"x\",\"state\":\"retired\"}", 400, "state"},
    };
    /* clang-format on */
    struct ops *ops = ops_world(unit->arena);
    struct answer a;

    for (size_t i = 0; i < COUNT(rows); i++) {
        a = make(ops, rows[i].body);
        enrol_refused(&a, rows[i].status, rows[i].words);
    }
    assert_int_equal(enrol_count(ops), 0);
    assert_int_equal(make(ops, "{\"id\":\"mfp-1\"}").status, 201);
    a = make(ops, "{\"id\":\"mfp-1\"}");
    enrol_refused(&a, 409, "mfp-1");
}

UNIT(thirty_two_tags_are_enough)
{
    struct ops *ops = ops_world(unit->arena);
    struct buf b = {.arena = unit->arena};

    for (int i = 0; i < 32; i++)
        buf_printf(&b, "%s\"t%d\"", i ? "," : "", i);
    assert_int_equal(
        make(ops, arena_printf(unit->arena, "{\"id\":\"a\",\"tags\":[%s]}", buf_cstr(&b))).status, 201);
    assert_int_equal(
        make(ops, arena_printf(unit->arena, "{\"id\":\"b\",\"tags\":[%s,\"t\"]}", buf_cstr(&b))).status, 400);
}

UNIT(a_patch_changes_what_it_names_and_nothing_else)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;

    make(ops,
         "{\"id\":\"mfp-1\",\"family\":\"aurora\",\"model\":\"A\",\"customer\":\"Roux\",\"tags\":[\"x\"]}");
    a = ask(ops, "technician", "PATCH", "/mfp-1", "{\"model\":\"B\"}");
    assert_int_equal(a.status, 200);
    assert_string_equal(support_text(&a, "model"), "B");
    assert_string_equal(support_text(&a, "family"), "aurora");
    assert_string_equal(support_text(&a, "customer"), "Roux");
    assert_string_equal(support_text(&a, "tags.0"), "x");
    a = ask(ops, "technician", "PATCH", "/mfp-1", "{\"tags\":[\"y\",\"z\"],\"site\":\"munich\"}");
    assert_int_equal(json_count(support_at(&a, "tags")), 2);
    assert_string_equal(support_text(&a, "site"), "munich");
    a = ask(ops, "technician", "PATCH", "/mfp-1", "{\"tags\":[],\"site\":\"\",\"quirk\":\"zephyr\"}");
    assert_int_equal(json_count(support_at(&a, "tags")), 0);
    assert_string_equal(support_text(&a, "site"), "");
    assert_string_equal(support_text(&a, "quirk"), "zephyr");
    a = ask(ops, "technician", "PATCH", "/mfp-1", "{\"quirk\":\"\"}");
    assert_string_equal(support_text(&a, "quirk"), "");
}

UNIT(a_patch_that_is_refused_changes_nothing)
{
    /* clang-format off */
    static const struct { const char *body; int status; } rows[] = {
        {"{\"model\":\"B\",\"site\":\"atlantis\"}", 404}, {"{\"model\":\"B\",\"quirk\":\"odd\"}", 400},
        {"{\"model\":\"B\",\"tags\":[\"fine\",\"not fine\"]}", 400}, {"{\"model\":\"B\",\"serial\":\"S\"}", 400},
    };
    /* clang-format on */
    struct ops *ops = ops_world(unit->arena);
    struct answer before;

    make(ops, "{\"id\":\"mfp-1\",\"family\":\"aurora\",\"model\":\"A\",\"tags\":[\"x\"]}");
    before = ask(ops, "viewer", "GET", "/mfp-1", NULL);
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(ask(ops, "technician", "PATCH", "/mfp-1", rows[i].body).status, rows[i].status);
    assert_string_equal(ask(ops, "viewer", "GET", "/mfp-1", NULL).text, before.text);
    assert_int_equal(ask(ops, "technician", "PATCH", "/nobody", "{}").status, 404);
}

UNIT(a_new_token_ends_the_old_one)
{
    struct ops *ops = ops_world(unit->arena);
    const char *old = enrol_device(ops, "mfp-1");
    struct answer a = ask(ops, "technician", "POST", "/mfp-1/token", "{}");

    assert_int_equal(a.status, 200);
    assert_int_equal(enrol_poll(ops, "mfp-1", old).status, 401);
    assert_int_equal(enrol_poll(ops, "mfp-1", support_text(&a, "token")).status, 200);
    assert_null(support_at(&a, "token_hash"));
    assert_int_equal(ask(ops, "technician", "POST", "/nobody/token", "{}").status, 404);
}

UNIT(a_retired_device_has_no_token_until_it_is_taken_back)
{
    struct ops *ops = ops_world(unit->arena);
    const char *token = enrol_device(ops, "mfp-1");
    struct answer a = ask(ops, "technician", "POST", "/mfp-1/retire", "{}");

    assert_string_equal(support_text(&a, "state"), "retired");
    assert_int_equal(ask(ops, "technician", "POST", "/mfp-1/retire", "{}").status, 200);
    assert_int_equal(enrol_poll(ops, "mfp-1", token).status, 401);
    a = ask(ops, "technician", "POST", "/mfp-1/token", "{}");
    enrol_refused(&a, 409, "is retired");
    assert_int_equal(ask(ops, "technician", "POST", "/mfp-1/approve", "{}").status, 200);
    a = ask(ops, "technician", "POST", "/mfp-1/token", "{}");
    assert_int_equal(enrol_poll(ops, "mfp-1", support_text(&a, "token")).status, 200);
}

UNIT(asking_for_attributes_puts_the_link_into_the_next_poll)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer poll;

    rollouts_devices(ops, "mfp", 1, NULL);
    poll = ddi_poll(&ops->s, "mfp-0");
    assert_null(ddi_href(&poll, "configData"));
    assert_int_equal(ask(ops, "technician", "POST", "/mfp-0/attributes", "{}").status, 200);
    poll = ddi_poll(&ops->s, "mfp-0");
    assert_non_null(ddi_href(&poll, "configData"));
}

/* ---- looking -------------------------------------------------------------------------------- */

static size_t found(struct ops *ops, const char *query)
{
    struct answer list = ask(ops, "viewer", "GET", query, NULL);

    if (list.status != 200)
        fail_msg("%s: %d %s", query, list.status, list.text);
    return json_count(support_at(&list, "items"));
}

UNIT(a_list_is_filtered_by_what_the_devices_are)
{
    /* clang-format off */
    static const struct { const char *query; size_t count; } rows[] = {
        {"", 4}, {"?family=aurora", 2}, {"?family=c450", 2}, {"?model=A", 1}, {"?site=munich", 1}, {"?tag=lobby", 1},
        {"?state=active", 3}, {"?state=retired", 1}, {"?q=aur", 2}, {"?q=AUR", 0}, {"?q=%25", 0}, {"?q=mfp-1", 1},
        {"?status=unknown", 3}, {"?status=error", 1}, {"?family=aurora&model=B", 1}, {"?family=c450&model=B", 0},
        {"?tag=nothing", 0}, {"?family=", 4},
    };
    /* clang-format on */
    struct ops *ops = ops_world(unit->arena);
    int64_t action;

    make(ops,
         "{\"id\":\"aur-1\",\"family\":\"aurora\",\"model\":\"A\",\"site\":\"munich\",\"tags\":[\"lobby\"]}");
    make(ops, "{\"id\":\"aur-2\",\"family\":\"aurora\",\"model\":\"B\"}");
    rollouts_devices(ops, "mfp", 2, NULL);
    ask(ops, "technician", "POST", "/aur-2/retire", "{}");
    action = support_assign(&ops->s, "mfp-0", ddi_release(&ops->s, "2.0"), NULL);
    ddi_say(&ops->s, "mfp-0", action, "closed", "failure", NULL);
    for (size_t i = 0; i < COUNT(rows); i++)
        if (found(ops, rows[i].query) != rows[i].count)
            fail_msg("%s: %zu", rows[i].query, found(ops, rows[i].query));
    assert_int_equal(ask(ops, "viewer", "GET", "?state=happy", NULL).status, 400);
    assert_int_equal(ask(ops, "viewer", "GET", "?status=happy", NULL).status, 400);
}

UNIT(pages_meet_every_device_once)
{
    struct ops *ops = ops_world(unit->arena);
    const char *cursor = "0";
    size_t seen = 0;

    rollouts_devices(ops, "mfp", 11, NULL);
    while (cursor) {
        struct answer list =
            ask(ops, "viewer", "GET", arena_printf(unit->arena, "?limit=3&cursor=%s", cursor), NULL);

        for (size_t i = 0; i < json_count(support_at(&list, "items")); i++, seen++)
            assert_string_equal(support_text(&list, arena_printf(unit->arena, "items.%zu.id", i)),
                                rollouts_id(ops, "mfp", (int)seen));
        cursor = support_text(&list, "next");
    }
    assert_int_equal(seen, 11);
    assert_int_equal(ask(ops, "viewer", "GET", "?limit=abc", NULL).status, 400);
    assert_int_equal(ask(ops, "viewer", "GET", "?cursor=-1", NULL).status, 400);
}

UNIT(history_is_newest_first_with_what_the_device_said_and_in_pages)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;

    rollouts_devices(ops, "mfp", 1, NULL);
    for (int i = 2; i < 5; i++) {
        int64_t action = support_assign(&ops->s, "mfp-0",
                                        ddi_release(&ops->s, arena_printf(unit->arena, "%d.0", i)), NULL);

        ddi_say(&ops->s, "mfp-0", action, "proceeding", "none", "\"details\":[\"half way\"]");
        ddi_say(&ops->s, "mfp-0", action, "closed", "success", NULL);
    }
    a = ask(ops, "viewer", "GET", "/mfp-0/history?limit=2", NULL);
    assert_int_equal(json_count(support_at(&a, "items")), 2);
    assert_string_equal(support_text(&a, "items.0.release.version"), "4.0");
    assert_string_equal(support_text(&a, "items.0.state"), "healthy");
    assert_non_null(strstr(a.text, "half way"));
    assert_string_equal(support_text(&a, "items.0.entries.0.type"), "FINISHED");
    a = ask(ops, "viewer", "GET",
            arena_printf(unit->arena, "/mfp-0/history?limit=2&cursor=%s", support_text(&a, "next")), NULL);
    assert_int_equal(json_count(support_at(&a, "items")), 1);
    assert_string_equal(support_text(&a, "items.0.release.version"), "2.0");
    assert_null(support_text(&a, "next"));
    assert_int_equal(ask(ops, "viewer", "GET", "/nobody/history", NULL).status, 404);
}

UNIT(ids_with_odd_characters_are_reached_by_their_escaped_name)
{
    struct ops *ops = ops_world(unit->arena);

    assert_int_equal(make(ops, "{\"id\":\"b\u00fcro:1?x=#\"}").status, 201);
    assert_int_equal(ask(ops, "viewer", "GET", "/b%C3%BCro%3A1%3Fx%3D%23", NULL).status, 200);
    assert_int_equal(found(ops, "?q=b%C3%BC"), 1);
}

UNIT(what_operators_do_to_devices_is_written_down)
{
    static const char *const what[] = {"device.approve", "device.retire", "device.token", "device.change",
                                       "device.make"};
    struct ops *ops = ops_world(unit->arena);
    struct answer audit;

    make(ops, "{\"id\":\"mfp-1\"}");
    ask(ops, "technician", "PATCH", "/mfp-1", "{\"model\":\"B\"}");
    ask(ops, "technician", "POST", "/mfp-1/token", "{}");
    ask(ops, "technician", "POST", "/mfp-1/retire", "{}");
    ask(ops, "technician", "POST", "/mfp-1/approve", "{}");
    audit = ops_ask(ops, "admin", "GET", "/api/v1/audit?limit=5", NULL);
    for (size_t i = 0; i < COUNT(what); i++) {
        assert_string_equal(support_text(&audit, arena_printf(unit->arena, "items.%zu.what", i)), what[i]);
        assert_string_equal(support_text(&audit, arena_printf(unit->arena, "items.%zu.object", i)), "mfp-1");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_device_known_beforehand_has_what_was_said_and_a_token_that_works),
        UNIT_TEST(what_is_wrong_with_a_device_is_named_and_makes_none),
        UNIT_TEST(thirty_two_tags_are_enough),
        UNIT_TEST(a_patch_changes_what_it_names_and_nothing_else),
        UNIT_TEST(a_patch_that_is_refused_changes_nothing),
        UNIT_TEST(a_new_token_ends_the_old_one),
        UNIT_TEST(a_retired_device_has_no_token_until_it_is_taken_back),
        UNIT_TEST(asking_for_attributes_puts_the_link_into_the_next_poll),
        UNIT_TEST(a_list_is_filtered_by_what_the_devices_are),
        UNIT_TEST(pages_meet_every_device_once),
        UNIT_TEST(history_is_newest_first_with_what_the_device_said_and_in_pages),
        UNIT_TEST(ids_with_odd_characters_are_reached_by_their_escaped_name),
        UNIT_TEST(what_operators_do_to_devices_is_written_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
