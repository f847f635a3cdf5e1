/* A device that says it was attacked is heard: in the audit log, by the attack's name. */
#include "domain/refusal.h"

#include "base/text.h"
#include "store/audits.h"
#include "support/ddi.h"
#include "support/unit.h"

/* The newest record about refusals, "device detail"; NULL: none. */
static const char *alarm_of(struct unit *unit, struct support *s)
{
    struct audit *all;
    size_t count;
    const char *found = NULL;

    MUST(store_audit_chain(s->store, unit->arena, s->tenant_id, 0, 1000, &all, &count, &unit->err));
    for (size_t i = 0; i < count; i++)
        if (text_equal(all[i].what, "device.refused"))
            found = arena_printf(unit->arena, "%s %s", all[i].object, all[i].detail);
    return found;
}

static struct answer fails(struct unit *unit, struct support *s, int64_t action, int64_t code,
                           const char *text)
{
    return ddi_say(s, "mfp-1", action, "closed", "failure",
                   arena_printf(unit->arena, "\"code\":%lld,\"details\":[\"%s\"]", (long long)code, text));
}

UNIT(codes_are_the_attacks_numbers)
{
    assert_int_equal(refusal_of(REPORT_REFUSED), ATTACK_NONE);
    assert_int_equal(refusal_of(REPORT_REFUSED + ATTACK_WRONG_DEVICE), ATTACK_WRONG_DEVICE);
    assert_int_equal(refusal_of(REPORT_REFUSED + ATTACK__MAX - 1), ATTACK__MAX - 1);
    assert_int_equal(refusal_of(REPORT_REFUSED + ATTACK__MAX), ATTACK_NONE);
    assert_int_equal(refusal_of(REPORT_INSTALLING), ATTACK_NONE);
    assert_int_equal(refusal_of(INT64_MIN), ATTACK_NONE);
}

UNIT(an_attack_that_a_device_refused_is_in_the_audit_log_once)
{
    struct support *s = support_world(unit->arena);
    int64_t action;
    const char *first;

    support_device(s, "mfp-1", QUIRK_NONE);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    assert_int_equal(fails(unit, s, action, 9403, "refused, wrong-device: the director").status, 200);
    first = alarm_of(unit, s);
    assert_string_equal(first,
                        arena_printf(unit->arena,
                                     "mfp-1 wrong-device, action %lld: refused, wrong-device: the director",
                                     (long long)action));
    assert_int_equal(fails(unit, s, action, 9403, "refused, wrong-device: again").status, 200);
    assert_string_equal(alarm_of(unit, s), first); /* a closing word repeated changes nothing */
}

UNIT(an_ordinary_failure_alarms_nobody)
{
    struct support *s = support_world(unit->arena);
    int64_t action;

    support_device(s, "mfp-1", QUIRK_NONE);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    assert_int_equal(
        ddi_say(s, "mfp-1", action, "proceeding", "none", "\"code\":9403,\"details\":[\"not yet over\"]")
            .status,
        200);
    assert_null(alarm_of(unit, s));
    assert_int_equal(fails(unit, s, action, REPORT_INSTALLING, "checksum of the board").status, 200);
    assert_null(alarm_of(unit, s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(codes_are_the_attacks_numbers),
        UNIT_TEST(an_attack_that_a_device_refused_is_in_the_audit_log_once),
        UNIT_TEST(an_ordinary_failure_alarms_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
