/* Rollouts as engineers see them: drafts, refusals by name, planning, and the moves of a person. */
#include "support/unit.h"

#include "base/text.h"
#include "support/rollouts.h"

static void refused(const struct answer *a, int status, const char *words)
{
    const char *detail = support_text(a, "detail");

    if (a->status != status || !detail || !strstr(detail, words))
        fail_msg("%d %s instead of %d and \"%s\"", a->status, a->text, status, words);
}

UNIT(a_draft_shows_what_nobody_said_and_a_last_stage_for_the_rest)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a = rollouts_make(ops, ddi_release(&ops->s, "2.0"), "");

    assert_int_equal(a.status, 201);
    assert_string_equal(support_text(&a, "name"), "r0");
    assert_string_equal(support_text(&a, "state"), "draft");
    assert_string_equal(support_text(&a, "kind"), "forced");
    assert_int_equal(support_int(&a, "weight"), 500);
    assert_string_equal(support_text(&a, "release.family"), "c450");
    assert_string_equal(support_text(&a, "release.version"), "2.0");
    assert_int_equal(json_count(support_at(&a, "selection")), 0);
    assert_int_equal(json_kind(support_at(&a, "window")), JSON_NULL);
    assert_false(json_is_true(support_at(&a, "urgent")));
    assert_int_equal(support_int(&a, "thresholds.fail_percent"), 5);
    assert_int_equal(support_int(&a, "thresholds.healthy_percent"), 90);
    assert_int_equal(support_int(&a, "thresholds.min_failures"), 1);
    assert_int_equal(support_int(&a, "thresholds.deadline_h"), 72);
    assert_int_equal(support_int(&a, "thresholds.soak_min"), 0);
    assert_int_equal(json_count(support_at(&a, "stages")), 1);
    assert_string_equal(support_text(&a, "stages.0.kind"), "rest");
    assert_string_equal(support_text(&a, "stages.0.state"), "waiting");
    assert_string_equal(support_text(&a, "created_by"), "engineer");
    assert_null(support_at(&a, "started"));
}

UNIT(a_draft_keeps_its_terms_and_refuses_one_it_does_not_know)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t release = ddi_release(&ops->s, "2.0");
    struct answer a = rollouts_make(ops, release, ",\"terms\":{\"keep_one\":true,\"at_once\":50}");

    assert_int_equal(a.status, 201);
    assert_true(json_is_true(support_at(&a, "terms.keep_one")));
    assert_int_equal(support_int(&a, "terms.at_once"), 50);
    a = rollouts_make(ops, release, ",\"terms\":{\"at_onse\":50}");
    refused(&a, 400, "at_onse");
}

UNIT(a_draft_keeps_what_was_said)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a = rollouts_make(
        ops, ddi_release(&ops->s, "2.0"),
        ",\"selection\":{\"sites\":[\"munich\"],\"attributes\":{\"floor\":\"3\"}},\"urgent\":true,\"terms\":{"
        "\"urgent_reason\":\"x\"},"
        "\"window\":{\"start\":\"22:00\",\"end\":\"05:30\",\"days\":[\"mo\",\"su\"],\"zone\":\"Asia/Tokyo\"},"
        "\"thresholds\":{\"fail_percent\":0,\"healthy_percent\":100,\"min_failures\":2,\"deadline_h\":1,"
        "\"soak_min\":30},\"kind\":\"soft\",\"weight\":1000,"
        "\"stages\":[{\"kind\":\"group\",\"tag\":\"pilot\"},{\"kind\":\"count\",\"value\":5},"
        "{\"kind\":\"percent\",\"value\":50},{\"kind\":\"rest\"}]");
    struct answer list = ops_ask(ops, "viewer", "GET", "/api/v1/rollouts", NULL);

    assert_int_equal(a.status, 201);
    assert_string_equal(support_text(&a, "selection.sites.0"), "munich");
    assert_string_equal(support_text(&a, "selection.attributes.floor"), "3");
    assert_string_equal(support_text(&a, "window.start"), "22:00");
    assert_string_equal(support_text(&a, "window.end"), "05:30");
    assert_int_equal(json_count(support_at(&a, "window.days")), 2);
    assert_string_equal(support_text(&a, "window.zone"), "Asia/Tokyo");
    assert_true(json_is_true(support_at(&a, "urgent")));
    assert_int_equal(support_int(&a, "thresholds.fail_percent"), 0);
    assert_int_equal(support_int(&a, "thresholds.soak_min"), 30);
    assert_string_equal(support_text(&a, "kind"), "soft");
    assert_int_equal(support_int(&a, "weight"), 1000);
    assert_int_equal(json_count(support_at(&a, "stages")), 4);
    assert_string_equal(support_text(&a, "stages.0.tag"), "pilot");
    assert_int_equal(support_int(&a, "stages.1.value"), 5);
    assert_string_equal(rollouts_get(ops, support_int(&a, "id")).text, a.text);
    assert_string_equal(support_text(&list, "items.0.name"), "r0");
}

UNIT(what_is_wrong_with_a_draft_is_named)
{
    /* clang-format off */
    static const struct { const char *more, *words; } rows[] = {
        {",\"colour\":1", "colour"},
        {",\"kind\":\"gentle\"", "gentle"},
        {",\"weight\":1001", "weight"},
        {",\"selection\":{\"floors\":[\"3\"]}", "floors"},
        {",\"selection\":{\"sites\":\"munich\"}", "sites"},
        {",\"selection\":{\"sites\":[5]}", "sites must be a list of texts"},
        {",\"selection\":{\"attributes\":{\"floor\":3}}", "attribute floor"},
        {",\"selection\":[]", "selection"},
        {",\"stages\":[{\"kind\":\"percent\",\"value\":101}]", "percent is 1 to 100"},
        {",\"stages\":[{\"kind\":\"percent\"}]", "percent is 1 to 100"},
        {",\"stages\":[{\"kind\":\"count\"}]", "count is 1 to"},
        {",\"stages\":[{\"kind\":\"group\"}]", "needs the tag"},
        {",\"stages\":[{\"kind\":\"rest\"},{\"kind\":\"count\",\"value\":1}]", "only the last stage"},
        {",\"stages\":[{\"kind\":\"half\"}]", "half"},
        {",\"stages\":[5]", "stages"},
        {",\"window\":{\"start\":\"25:00\",\"end\":\"05:00\"}", "window"},
        {",\"window\":{\"start\":\"22:00\"}", "end"},
        {",\"window\":{\"start\":\"22:00\",\"end\":\"05:00\",\"days\":[\"xx\"]}", "mo tu we"},
        {",\"window\":{\"start\":\"22:00\",\"end\":\"05:00\",\"days\":[]}", "at least one day"},
        {",\"window\":{\"start\":\"22:00\",\"end\":\"05:00\",\"zone\":\"Mars/Olympus\"}", "Mars/Olympus"},
        {",\"window\":\"always\"", "window"},
        {",\"thresholds\":{\"fail_percent\":101}", "fail_percent"},
        {",\"thresholds\":{\"deadline_h\":0}", "deadline_h"},
        {",\"thresholds\":{\"luck\":1}", "luck"},
        {",\"urgent\":\"yes\"", "urgent"},
    };
    /* clang-format on */
    struct ops *ops = ops_world(unit->arena);
    int64_t release = ddi_release(&ops->s, "2.0");
    struct answer list;

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct answer a = rollouts_make(ops, release, rows[i].more);

        refused(&a, 400, rows[i].words);
    }
    list = ops_ask(ops, "viewer", "GET", "/api/v1/rollouts", NULL);
    assert_int_equal(json_count(support_at(&list, "items")), 0);
}

UNIT(more_stages_than_there_may_be_are_refused)
{
    struct ops *ops = ops_world(unit->arena);
    struct buf b = {.arena = unit->arena};
    struct answer a;

    rollouts_devices(ops, "mfp", 1, NULL);
    for (int i = 0; i < 32; i++)
        buf_printf(&b, "%s{\"kind\":\"count\",\"value\":1}", i ? "," : "");
    a = rollouts_make(ops, ddi_release(&ops->s, "2.0"),
                      arena_printf(unit->arena, ",\"stages\":[%s]", buf_cstr(&b)));
    assert_int_equal(a.status, 201);
    assert_int_equal(json_count(support_at(&a, "stages")), 33);
    assert_int_equal(rollouts_do(ops, support_int(&a, "id"), "start").status, 200);
    a = rollouts_make(ops, 1,
                      arena_printf(unit->arena, ",\"stages\":[%s,{\"kind\":\"rest\"}]", buf_cstr(&b)));
    refused(&a, 400, "stages");
}

UNIT(only_what_is_published_is_rolled_out)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a = rollouts_make(ops, 999, "");
    int64_t staged = ops_staged(ops, "4.2.0", 1);

    assert_int_equal(a.status, 404);
    a = rollouts_make(ops, staged, "");
    refused(&a, 409, "publish it first");
}

UNIT(a_person_moves_it_only_where_the_picture_has_an_arrow)
{
    static const struct {
        const char *deeds[4]; /* all but the last are fine */
    } rows[] = {
        {{"pause"}},
        {{"resume"}},
        {{"start", "start"}},
        {{"start", "resume"}},
        {{"start", "pause", "pause"}},
        {{"start", "pause", "start"}},
        {{"start", "pause", "resume", "resume"}},
        {{"abort", "start"}},
        {{"start", "abort", "abort"}},
        {{"start", "abort", "resume"}},
        {{"start", "pause", "abort", "resume"}},
    };
    struct ops *ops = ops_world(unit->arena);
    int64_t release = ddi_release(&ops->s, "2.0");

    rollouts_devices(ops, "mfp", 1, NULL);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct answer made = rollouts_make(ops, release, "");
        int64_t id = support_int(&made, "id");

        for (size_t k = 0; k < 4 && rows[i].deeds[k]; k++) {
            bool is_last = k == 3 || !rows[i].deeds[k + 1];
            struct answer before = rollouts_get(ops, id);
            struct answer a = rollouts_do(ops, id, rows[i].deeds[k]);

            if (a.status != (is_last ? 409 : 200))
                fail_msg("row %zu, %s: %d %s", i, rows[i].deeds[k], a.status, a.text);
            if (is_last)
                assert_string_equal(rollouts_get(ops, id).text, before.text);
        }
    }
    assert_int_equal(rollouts_do(ops, 999, "start").status, 404);
}

UNIT(the_reason_a_person_gives_is_kept_and_written_down)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a, audit;
    int64_t id;

    rollouts_devices(ops, "mfp", 1, NULL);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    a = ops_ask(ops, "engineer", "POST",
                arena_printf(unit->arena, "/api/v1/rollouts/%lld/pause", (long long)id),
                "{\"reason\":\"the panel flickers\"}");
    audit = ops_ask(ops, "admin", "GET", "/api/v1/audit?limit=1", NULL);
    assert_string_equal(support_text(&a, "state"), "paused");
    assert_string_equal(support_text(&a, "reason"), "the panel flickers");
    assert_string_equal(support_text(&audit, "items.0.what"), "rollout.pause");
    assert_string_equal(support_text(&audit, "items.0.detail"), "the panel flickers");
    a = rollouts_do(ops, id, "resume");
    assert_null(support_at(&a, "reason"));
}

/* ---- planning ----------------------------------------------------------------------------- */

#define FOUR_STAGES                                                                                          \
    ",\"stages\":[{\"kind\":\"group\",\"tag\":\"pilot\"},{\"kind\":\"count\",\"value\":5},"                  \
    "{\"kind\":\"percent\",\"value\":50}]"

UNIT(starting_says_how_many_devices_each_stage_is_for)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;

    rollouts_devices(ops, "pilot", 3, "[\"pilot\"]");
    rollouts_devices(ops, "mfp", 17, NULL);
    a = rollouts_get(ops, rollouts_started(ops, ddi_release(&ops->s, "2.0"), FOUR_STAGES));
    assert_string_equal(support_text(&a, "state"), "running");
    assert_non_null(support_text(&a, "started"));
    assert_int_equal(support_int(&a, "stages.0.planned"), 3);
    assert_int_equal(support_int(&a, "stages.1.planned"), 5);
    assert_int_equal(support_int(&a, "stages.2.planned"), 9); /* half of 17 */
    assert_int_equal(support_int(&a, "stages.3.planned"), 3);
    assert_string_equal(support_text(&a, "stages.0.state"), "open");
    assert_string_equal(support_text(&a, "stages.1.state"), "waiting");
}

UNIT(who_has_it_already_or_cannot_have_it_is_not_planned)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;

    rollouts_devices(ops, "mfp", 4, NULL);
    assert_int_equal(
        ddi_ask(&ops->s, "PUT", "mfp-0", "/configData", "{\"data\":{\"component.system\":\"2.0\"}}").status,
        200);
    assert_int_equal(ops_ask(ops, "technician", "POST", "/api/v1/devices/mfp-1/retire", "{}").status, 200);
    assert_int_equal(
        ops_ask(ops, "technician", "PATCH", "/api/v1/devices/mfp-2", "{\"family\":\"d700\"}").status, 200);
    a = rollouts_get(ops, rollouts_started(ops, ddi_release(&ops->s, "2.0"), ""));
    assert_int_equal(support_int(&a, "stages.0.planned"), 1);
    assert_int_equal(rollouts_offer(ops, "mfp-0", "deploymentBase"), 0);
    assert_int_equal(rollouts_offer(ops, "mfp-2", "deploymentBase"), 0);
    assert_true(rollouts_offer(ops, "mfp-3", "deploymentBase") > 0);
}

UNIT(a_selection_is_all_of_its_lists_and_any_of_each)
{
    /* clang-format off */
    static const struct { const char *selection; int planned; } rows[] = {
        {"{}", 6}, {"{\"tags\":[\"lobby\"]}", 3}, {"{\"tags\":[\"lobby\",\"office\"]}", 6},
        {"{\"devices\":[\"lobby-0\",\"office-2\",\"nobody\"]}", 2}, {"{\"sites\":[\"munich\"]}", 1},
        {"{\"sites\":[\"munich\"],\"tags\":[\"office\"]}", 0}, {"{\"attributes\":{\"floor\":\"3\"}}", 1},
        {"{\"attributes\":{\"floor\":\"4\"}}", 0}, {"{\"families\":[\"d700\"]}", 0}, {"{\"models\":[\"Z\"]}", 0},
    };
    /* clang-format on */
    struct ops *ops = ops_world(unit->arena);
    int64_t release = ddi_release(&ops->s, "2.0");

    rollouts_devices(ops, "lobby", 3, "[\"lobby\"]");
    rollouts_devices(ops, "office", 3, "[\"office\"]");
    ops_ask(ops, "technician", "PATCH", "/api/v1/devices/lobby-1", "{\"site\":\"munich\"}");
    ddi_ask(&ops->s, "PUT", "office-1", "/configData", "{\"data\":{\"floor\":\"3\"}}");
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct answer a =
            rollouts_make(ops, release, arena_printf(unit->arena, ",\"selection\":%s", rows[i].selection));
        int64_t id = support_int(&a, "id");
        int status = rollouts_do(ops, id, "start").status;

        a = rollouts_get(ops, id);
        if (status != (rows[i].planned ? 200 : 409) || support_int(&a, "stages.0.planned") != rows[i].planned)
            fail_msg("%s: %d %s", rows[i].selection, status, a.text);
    }
}

UNIT(a_rollout_for_nobody_does_not_start_and_may_start_once_somebody_is_there)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer made = rollouts_make(ops, ddi_release(&ops->s, "2.0"), "");
    int64_t id = support_int(&made, "id");
    struct answer a = rollouts_do(ops, id, "start");

    refused(&a, 409, "no active device of family c450 within this selection lacks 2.0; enrol devices first");
    assert_string_equal(rollouts_get(ops, id).text, made.text);
    rollouts_devices(ops, "mfp", 1, NULL);
    assert_int_equal(rollouts_do(ops, id, "start").status, 200);
    assert_true(rollouts_offer(ops, "mfp-0", "deploymentBase") > 0);
}

/* ---- asking twice -------------------------------------------------------------------------- */

static struct answer keyed(struct ops *ops, const char *target, const char *body)
{
    return support_ask(&ops->s, "POST", target,
                       "Authorization: Bearer token-engineer\nIdempotency-Key: pipeline-7", body);
}

UNIT(a_pipeline_that_asks_twice_makes_one_rollout)
{
    struct ops *ops = ops_world(unit->arena);
    const char *body = arena_printf(unit->arena, "{\"name\":\"r\",\"release\":%lld}",
                                    (long long)ddi_release(&ops->s, "2.0"));
    struct answer first = keyed(ops, "/api/v1/rollouts", body), again, list;

    again = keyed(ops, "/api/v1/rollouts", body);
    assert_int_equal(first.status, 201);
    assert_int_equal(again.status, 201);
    assert_string_equal(again.text, first.text);
    assert_int_equal(keyed(ops, "/api/v1/rollouts", "{\"name\":\"s\",\"release\":1}").status, 409);
    list = ops_ask(ops, "viewer", "GET", "/api/v1/rollouts", NULL);
    assert_int_equal(json_count(support_at(&list, "items")), 1);
}

UNIT(a_start_asked_twice_under_one_key_is_one_start)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer made = rollouts_make(ops, ddi_release(&ops->s, "2.0"), "");
    const char *door =
        arena_printf(unit->arena, "/api/v1/rollouts/%lld/start", (long long)support_int(&made, "id"));

    rollouts_devices(ops, "mfp", 1, NULL);
    assert_int_equal(keyed(ops, door, "{}").status, 200);
    assert_int_equal(keyed(ops, door, "{}").status, 200);
    assert_int_equal(ops_ask(ops, "engineer", "POST", door, "{}").status, 409);
}

UNIT(rollouts_are_listed_newest_first_and_in_pages)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t release = ddi_release(&ops->s, "2.0"), seen = 0, before = INT64_MAX;
    const char *cursor = "";

    for (int i = 0; i < 5; i++)
        assert_int_equal(rollouts_make(ops, release, "").status, 201);
    while (cursor) {
        struct answer list = ops_ask(
            ops, "viewer", "GET",
            arena_printf(unit->arena, "/api/v1/rollouts?limit=2%s%s", *cursor ? "&cursor=" : "", cursor),
            NULL);

        for (size_t i = 0; i < json_count(support_at(&list, "items")); i++) {
            int64_t id = support_int(&list, arena_printf(unit->arena, "items.%zu.id", i));

            assert_true(id < before);
            before = id;
            seen++;
        }
        cursor = support_text(&list, "next");
    }
    assert_int_equal(seen, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_draft_shows_what_nobody_said_and_a_last_stage_for_the_rest),
        UNIT_TEST(a_draft_keeps_its_terms_and_refuses_one_it_does_not_know),
        UNIT_TEST(a_draft_keeps_what_was_said),
        UNIT_TEST(what_is_wrong_with_a_draft_is_named),
        UNIT_TEST(more_stages_than_there_may_be_are_refused),
        UNIT_TEST(only_what_is_published_is_rolled_out),
        UNIT_TEST(a_person_moves_it_only_where_the_picture_has_an_arrow),
        UNIT_TEST(the_reason_a_person_gives_is_kept_and_written_down),
        UNIT_TEST(starting_says_how_many_devices_each_stage_is_for),
        UNIT_TEST(who_has_it_already_or_cannot_have_it_is_not_planned),
        UNIT_TEST(a_selection_is_all_of_its_lists_and_any_of_each),
        UNIT_TEST(a_rollout_for_nobody_does_not_start_and_may_start_once_somebody_is_there),
        UNIT_TEST(a_pipeline_that_asks_twice_makes_one_rollout),
        UNIT_TEST(a_start_asked_twice_under_one_key_is_one_start),
        UNIT_TEST(rollouts_are_listed_newest_first_and_in_pages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
