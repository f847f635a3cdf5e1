/* The terms of a rollout: what is read, and what is refused by name. */
#include "support/unit.h"

#include "domain/terms.h"

static void refused(struct unit *unit, const char *json, const char *words)
{
    struct rollout_terms t = terms_none();
    struct err err = {0};

    assert_false(terms_text(unit->arena, json, &t, &err));
    if (err.code != ERR_INVALID || !strstr(err.text, words))
        fail_msg("\"%s\" instead of \"%s\"", err.text, words);
    assert_int_equal(t.at_once, 0);
}

UNIT(who_asks_nothing_gets_nothing)
{
    struct rollout_terms t;
    struct err err = {0};

    assert_true(terms_text(unit->arena, "", &t, &err));
    assert_int_equal(t.download.start_min, -1);
    assert_int_equal(t.quiet_from_min, -1);
    assert_false(t.is_approved);
    assert_string_equal(t.urgent_reason, "");
}

UNIT(what_is_asked_is_read)
{
    struct rollout_terms t;
    struct err err = {0};

    assert_true(terms_text(
        unit->arena,
        "{\"earliest\":\"2026-11-26T22:00:00Z\",\"download_window\":{\"start\":\"19:00\",\"end\":\"07:00\"},"
        "\"quiet\":{\"minutes\":120,\"from\":\"18:00\",\"to\":\"07:00\"},\"keep_one\":true,\"at_once\":50,"
        "\"order\":[\"engine\",\"system\"],\"fresh_backup_h\":24,\"compare\":true,\"reapply\":[\"network\"]}",
        &t, &err));
    assert_int_equal(t.earliest_ms, 1795730400000);
    assert_int_equal(t.download.start_min, 19 * 60);
    assert_int_equal(t.quiet_min, 120);
    assert_int_equal(t.quiet_to_min, 7 * 60);
    assert_true(t.keeps_one);
    assert_int_equal(t.at_once, 50);
    assert_int_equal(t.order.count, 2);
    assert_string_equal(t.order.at[1], "system");
    assert_string_equal(t.reapply.at[0], "network");
}

UNIT(what_cannot_be_meant_is_refused_by_name)
{
    refused(unit, "{\"at_onse\":5}", "at_onse");
    refused(unit, "{\"at_once\":0}", "at_once");
    refused(unit, "{\"latest\":\"tomorrow, in the evening\"}", "latest");
    refused(unit, "{\"earliest\":\"2026-11-26T22:00:00Z\",\"latest\":\"2026-11-26T22:00:00Z\"}",
            "latest is not after");
    refused(unit, "{\"quiet\":{\"minutes\":120,\"from\":\"18:00\"}}", "quiet");
    refused(unit, "{\"reapply\":[\"network\"]}", "reapply needs compare");
    refused(unit, "{\"compare\":true}", "compare needs fresh_backup_h");
    refused(unit, "{\"order\":[\"\"]}", "order");
    refused(unit, "{\"download_window\":{\"start\":\"19:00\"}}", "window");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(who_asks_nothing_gets_nothing),
        UNIT_TEST(what_is_asked_is_read),
        UNIT_TEST(what_cannot_be_meant_is_refused_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
