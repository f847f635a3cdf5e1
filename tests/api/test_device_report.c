/* The door for signed reports: kept as they came, once each, and from the device that signed them. */
#include "base/text.h"
#include "store/audits.h"
#include "support/enrol.h"
#include "support/reported.h"
#include "support/rollouts.h"
#include "support/unit.h"

#define MFP "mfp-1"
#define NOTICED "report 2 came with other words; the last one is 2"

static const char *report(struct ops *ops, int64_t counter, char nonce)
{
    return reported_text(ops->s.arena, reported_of(MFP, counter, nonce), 7);
}

static struct answer shown(struct ops *ops)
{
    return ops_ask(ops, "viewer", "GET", "/api/v1/devices/" MFP, NULL);
}

static int audited(struct ops *ops, const char *what)
{
    struct audit *rows;
    struct err err;
    size_t count;
    int found = 0;

    if (!store_audit_list(ops->s.store, ops->s.arena, ops->s.tenant_id, 0, 50, &rows, &count, &err))
        fail_msg("%s", err.text);
    for (size_t i = 0; i < count; i++)
        found += text_equal(rows[i].what, what);
    return found;
}

static struct ops *world(struct unit *unit)
{
    struct ops *ops = ops_world(unit->arena);

    support_device(&ops->s, MFP, QUIRK_NONE);
    return ops;
}

UNIT(a_report_is_kept_and_shown_as_it_was_signed)
{
    struct ops *ops = world(unit);
    struct answer a;

    a = shown(ops);
    assert_null(support_at(&a, "report"));
    assert_int_equal(reported_put(&ops->s, MFP, report(ops, 1, 'a')).status, 204);
    assert_int_equal(audited(ops, "device.report-key"), 1);
    a = shown(ops);
    assert_int_equal(support_int(&a, "report.counter"), 1);
    assert_int_equal(support_int(&a, "report.image_root"), 2);
    assert_string_equal(support_text(&a, "report.signed_report.signed.installed.0.target"),
                        "aurora/2.0/system.bin");
    assert_non_null(support_text(&a, "report.signed_report.signatures.0.sig"));
    assert_null(support_at(&a, "report.attack"));
}

UNIT(the_same_bytes_again_are_fine_and_older_ones_are_a_replay)
{
    struct ops *ops = world(unit);
    struct answer a;

    assert_int_equal(reported_put(&ops->s, MFP, report(ops, 1, 'a')).status, 204);
    assert_int_equal(reported_put(&ops->s, MFP, report(ops, 1, 'a')).status, 204);
    assert_int_equal(reported_put(&ops->s, MFP, report(ops, 2, 'b')).status, 204);
    a = reported_put(&ops->s, MFP, report(ops, 1, 'a'));
    enrol_refused(&a, 409, "enrols again");
    a = shown(ops);
    assert_int_equal(support_int(&a, "report.counter"), 2);
    assert_string_equal(support_text(&a, "state"), "active");
}

UNIT(only_the_device_itself_may_speak_with_its_own_key)
{
    struct ops *ops = world(unit);
    struct answer a;

    support_device(&ops->s, "mfp-2", QUIRK_NONE);
    a = reported_put(&ops->s, "mfp-2", report(ops, 1, 'a'));
    enrol_refused(&a, 403, "is of mfp-1");
    assert_int_equal(reported_put(&ops->s, MFP, report(ops, 1, 'a')).status, 204);
    a = reported_put(&ops->s, MFP, reported_text(unit->arena, reported_of(MFP, 2, 'b'), 8));
    enrol_refused(&a, 403, "has registered");
    a = reported_put(&ops->s, MFP, "{\"signatures\":[],\"signed\":{}}");
    assert_int_equal(a.status, 400);
    a = support_ask(&ops->s, "PUT", DDI_PATH MFP "/report", NULL, report(ops, 2, 'b'));
    assert_int_equal(a.status, 401);
}

UNIT(the_key_of_an_enrolment_counts_and_another_enrolment_begins_anew)
{
    struct ops *ops = ops_world(unit->arena);
    AUTO(key_freep) struct key *key = reported_key(7), *other = reported_key(8);
    const char *hex = text_hex(unit->arena, key_public(key)->bytes, 32), *token;
    struct answer a = enrol_as(&ops->s, MFP, enrol_claim(ops, ""),
                               arena_printf(unit->arena, ",\"report_key\":\"%s\"", hex));
    struct device_report r;

    assert_int_equal(a.status, 201);
    token = arena_printf(unit->arena, "Authorization: TargetToken %s", support_text(&a, "token"));
    a = support_ask(&ops->s, "PUT", DDI_PATH MFP "/report", token,
                    reported_text(unit->arena, reported_of(MFP, 1, 'a'), 8));
    enrol_refused(&a, 403, "has registered");
    a = support_ask(&ops->s, "PUT", DDI_PATH MFP "/report", token, report(ops, 30, 'a'));
    assert_int_equal(a.status, 204);

    /* Its memory was lost: a claim that names it, and counting begins anew. */
    ops->s.now_ms += 3600 * 1000;
    hex = text_hex(unit->arena, key_public(other)->bytes, 32);
    a = enrol_as(&ops->s, MFP, enrol_claim(ops, ",\"controller_id\":\"" MFP "\""),
                 arena_printf(unit->arena, ",\"report_key\":\"%s\"", hex));
    assert_int_equal(a.status, 201);
    token = arena_printf(unit->arena, "Authorization: TargetToken %s", support_text(&a, "token"));
    r = reported_of(MFP, 1, 'c');
    a = support_ask(&ops->s, "PUT", DDI_PATH MFP "/report", token, reported_text(unit->arena, r, 8));
    assert_int_equal(a.status, 204);
}

UNIT(an_attack_is_recorded_once_and_shown_by_name)
{
    struct ops *ops = world(unit);
    struct device_report r = reported_of(MFP, 1, 'a');
    struct answer a;

    r.attack = ATTACK_FREEZE;
    assert_int_equal(reported_put(&ops->s, MFP, reported_text(unit->arena, r, 7)).status, 204);
    r = reported_of(MFP, 2, 'b');
    r.attack = ATTACK_FREEZE;
    assert_int_equal(reported_put(&ops->s, MFP, reported_text(unit->arena, r, 7)).status, 204);
    assert_int_equal(audited(ops, "device.attacked"), 1);
    a = shown(ops);
    assert_string_equal(support_text(&a, "report.attack"), "freeze");
    assert_int_equal(reported_put(&ops->s, MFP, report(ops, 3, 'c')).status, 204);
    a = shown(ops);
    assert_null(support_at(&a, "report.attack"));
}

static const char *figures(struct ops *ops)
{
    struct answer a = support_ask(&ops->s, "GET", "/metrics", "Authorization: Bearer token-admin", NULL);

    assert_int_equal(a.status, 200);
    return a.text;
}

UNIT(the_figures_count_who_is_attacked_by_name_and_who_is_quarantined)
{
    struct ops *ops = world(unit);
    struct device_report r = reported_of(MFP, 1, 'a');

    assert_non_null(strstr(figures(ops), "nightshift_devices_quarantined{tenant=\"DEFAULT\"} 0\n"));
    assert_null(strstr(figures(ops), "nightshift_devices_attacked{"));
    r.attack = ATTACK_FREEZE;
    assert_int_equal(reported_put(&ops->s, MFP, reported_text(unit->arena, r, 7)).status, 204);
    assert_non_null(
        strstr(figures(ops), "nightshift_devices_attacked{tenant=\"DEFAULT\",attack=\"freeze\"} 1\n"));
    assert_int_equal(reported_put(&ops->s, MFP, report(ops, 2, 'b')).status, 204);
    assert_null(strstr(figures(ops), "nightshift_devices_attacked{"));
    assert_int_equal(reported_put(&ops->s, MFP, report(ops, 2, 'f')).status, 409);
    assert_non_null(strstr(figures(ops), "nightshift_devices_quarantined{tenant=\"DEFAULT\"} 1\n"));
}

/* ---- two machines ---------------------------------------------------------------------------------- */

static const char *waits(struct ops *ops)
{
    struct answer a = ops_ask(ops, "viewer", "GET", "/api/v1/devices/" MFP "/why", NULL);

    return support_text(&a, "targets.0.waits.0.code");
}

static bool is_offered(struct ops *ops)
{
    struct answer a = ddi_poll(&ops->s, MFP);

    return ddi_href(&a, "deploymentBase") != NULL;
}

UNIT(another_word_under_a_counter_that_was_used_quarantines_the_device)
{
    struct ops *ops = world(unit);
    struct answer a;

    assert_int_equal(reported_put(&ops->s, MFP, report(ops, 1, 'a')).status, 204);
    assert_int_equal(reported_put(&ops->s, MFP, report(ops, 2, 'b')).status, 204);
    rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    a = reported_put(&ops->s, MFP, report(ops, 2, 'f'));
    enrol_refused(&a, 409, "two machines have this identity");
    assert_int_equal(audited(ops, "device.quarantine"), 1);
    a = shown(ops);
    assert_string_equal(support_text(&a, "state"), "quarantined");
    assert_string_equal(support_text(&a, "quarantine.why"), NOTICED);
    assert_non_null(support_text(&a, "quarantine.at"));
    assert_int_equal(support_int(&a, "report.counter"), 2);
    assert_false(is_offered(ops));
    assert_string_equal(waits(ops), "quarantined");
    a = ops_ask(ops, "viewer", "GET", "/api/v1/devices/" MFP "/why", NULL);
    assert_string_equal(support_text(&a, "quarantine.why"), NOTICED);

    /* The clone goes on: nobody is told again. */
    assert_int_equal(reported_put(&ops->s, MFP, report(ops, 1, 'f')).status, 409);
    assert_int_equal(audited(ops, "device.quarantine"), 1);

    a = ops_ask(ops, "technician", "POST", "/api/v1/devices/" MFP "/approve", "{}");
    enrol_refused(&a, 400, "say the reason");
    a = ops_ask(ops, "technician", "POST", "/api/v1/devices/" MFP "/approve",
                "{\"reason\":\"the copy is in the lab and off\"}");
    assert_string_equal(support_text(&a, "state"), "active");
    assert_null(support_at(&a, "quarantine"));
    assert_true(is_offered(ops));
    assert_int_equal(reported_put(&ops->s, MFP, report(ops, 3, 'c')).status, 204);
}

UNIT(a_machine_that_was_set_back_to_a_copy_is_noticed_too)
{
    struct ops *ops = world(unit);
    struct answer a;

    for (int i = 1; i <= 9; i++)
        assert_int_equal(reported_put(&ops->s, MFP, report(ops, i, (char)('0' + i))).status, 204);
    a = reported_put(&ops->s, MFP, report(ops, 4, 'f'));
    enrol_refused(&a, 409, "set back to a copy");
    a = ops_ask(ops, "viewer", "GET", "/api/v1/devices?state=quarantined", NULL);
    assert_string_equal(support_text(&a, "items.0.id"), MFP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_report_is_kept_and_shown_as_it_was_signed),
        UNIT_TEST(the_same_bytes_again_are_fine_and_older_ones_are_a_replay),
        UNIT_TEST(only_the_device_itself_may_speak_with_its_own_key),
        UNIT_TEST(the_key_of_an_enrolment_counts_and_another_enrolment_begins_anew),
        UNIT_TEST(an_attack_is_recorded_once_and_shown_by_name),
        UNIT_TEST(the_figures_count_who_is_attacked_by_name_and_who_is_quarantined),
        UNIT_TEST(another_word_under_a_counter_that_was_used_quarantines_the_device),
        UNIT_TEST(a_machine_that_was_set_back_to_a_copy_is_noticed_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
