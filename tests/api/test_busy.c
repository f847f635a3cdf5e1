/* A device that is in use says so, people hear it, and a night given up is no failure of the release. */
#include "support/unit.h"

#include "base/text.h"
#include "support/enrol.h"
#include "support/rollouts.h"

#define HOUR_MS 3600000LL

static struct answer why(struct ops *ops, const char *id)
{
    return ops_ask(ops, "viewer", "GET", arena_printf(ops->s.arena, "/api/v1/devices/%s/why", id), NULL);
}

static const char *first(struct ops *ops, const char *id, const char *member)
{
    struct answer a = why(ops, id);

    assert_int_equal(a.status, 200);
    return support_text(&a, arena_printf(ops->s.arena, "targets.0.waits.0.%s", member));
}

static void says(struct ops *ops, int64_t action, const char *detail)
{
    assert_int_equal(ddi_say(&ops->s, "mfp-0", action, "proceeding", "none",
                             arena_printf(ops->s.arena, "\"code\":9020,\"details\":[\"%s\"]", detail))
                         .status,
                     200);
}

static struct ops *in_berlin(struct arena *arena, int64_t *action)
{
    struct ops *ops = ops_world(arena);

    ops->s.now_ms = 1790099400000; /* 2026-09-22 17:50 UTC */
    rollouts_devices(ops, "mfp", 1, NULL);
    assert_int_equal(
        ops_ask(ops, "technician", "PUT", "/api/v1/sites/berlin", "{\"zone\":\"Europe/Berlin\"}").status,
        200);
    assert_int_equal(
        ops_ask(ops, "technician", "PATCH", "/api/v1/devices/mfp-0", "{\"site\":\"berlin\"}").status, 200);
    rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    *action = rollouts_offer(ops, "mfp-0", "deploymentBase");
    assert_true(*action > 0);
    return ops;
}

UNIT(why_says_what_the_device_is_busy_with_and_since_when_where_it_stands)
{
    int64_t action;
    struct ops *ops = in_berlin(unit->arena, &action);

    says(ops, action, "busy: fax-receiving");
    ops->s.now_ms += HOUR_MS;
    says(ops, action, "busy: fax-receiving");
    assert_string_equal(first(ops, "mfp-0", "code"), "in-use");
    assert_string_equal(first(ops, "mfp-0", "text"), "busy: receives a fax, since 19:50 Europe/Berlin");
    says(ops, action, "busy: other: moves house");
    assert_string_equal(first(ops, "mfp-0", "text"), "busy: moves house, since 20:50 Europe/Berlin");
    ops->s.now_ms += 30 * HOUR_MS;
    assert_string_equal(first(ops, "mfp-0", "text"),
                        "busy: moves house, since 2026-09-22 20:50 Europe/Berlin");
    ddi_say(&ops->s, "mfp-0", action, "proceeding", "none", "\"code\":9040");
    assert_string_equal(first(ops, "mfp-0", "code"), "under-way");
}

UNIT(the_word_of_a_client_that_is_not_ours_is_no_reason)
{
    int64_t action;
    struct ops *ops = in_berlin(unit->arena, &action);

    ddi_say(&ops->s, "mfp-0", action, "proceeding", "none", "\"details\":[\"busy: fax-receiving\"]");
    assert_string_equal(first(ops, "mfp-0", "code"), "under-way");
    says(ops, action, "FAX_RX");
    assert_string_equal(first(ops, "mfp-0", "code"), "under-way");
}

UNIT(a_night_given_up_is_the_devices_and_comes_again_the_next_night)
{
    int64_t action, again;
    struct ops *ops = in_berlin(unit->arena, &action);
    struct answer a;

    says(ops, action, "busy: job-held");
    ddi_say(&ops->s, "mfp-0", action, "closed", "failure",
            "\"code\":9020,\"details\":[\"in use until its window ended: busy: job-held\"]");
    a = ops_ask(ops, "viewer", "GET", arena_printf(unit->arena, "/api/v1/actions/%lld", (long long)action),
                NULL);
    assert_string_equal(support_text(&a, "state"), "failed");
    assert_string_equal(support_text(&a, "failure"), "device");
    assert_null(support_at(&a, "busy"));
    assert_string_equal(first(ops, "mfp-0", "code"), "next-try");
    rollouts_tick(ops);
    a = rollouts_get(ops, 1);
    assert_string_equal(support_text(&a, "state"), "running");
    assert_int_equal(rollouts_offer(ops, "mfp-0", "deploymentBase"), 0);
    ops->s.now_ms += 8 * HOUR_MS;
    again = rollouts_offer(ops, "mfp-0", "deploymentBase");
    assert_true(again > action);
    ddi_say(&ops->s, "mfp-0", again, "closed", "success", NULL);
    assert_string_equal(first(ops, "mfp-0", "code"), "up-to-date");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(why_says_what_the_device_is_busy_with_and_since_when_where_it_stands),
        UNIT_TEST(the_word_of_a_client_that_is_not_ours_is_no_reason),
        UNIT_TEST(a_night_given_up_is_the_devices_and_comes_again_the_next_night),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
