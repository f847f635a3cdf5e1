/* What would be hit is told before anything is revoked. */
#include "support/unit.h"

#include "support/ddi.h"
#include "support/ops.h"
#include "support/rollouts.h"

UNIT(a_release_tells_its_rollouts_and_who_holds_it)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t release = ddi_release(&ops->s, "2.0");
    const char *path = arena_printf(unit->arena, "/api/v1/releases/%lld/blast", (long long)release);
    struct answer a = ops_ask(ops, "viewer", "GET", path, NULL);

    assert_int_equal(a.status, 200);
    assert_int_equal(support_int(&a, "rollouts"), 0);
    rollouts_devices(ops, "mfp", 2, NULL);
    rollouts_started(ops, release, "");
    a = ops_ask(ops, "viewer", "GET", path, NULL);
    assert_int_equal(support_int(&a, "rollouts"), 1);
    assert_int_equal(json_count(support_at(&a, "releases")), 1);
    assert_int_equal(ops_ask(ops, "viewer", "GET", "/api/v1/releases/77/blast", NULL).status, 404);
}

UNIT(a_key_tells_what_it_signed_and_whether_the_rest_is_enough)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;

    ops_published(ops, "4.2.0", 1);
    a = ops_ask(
        ops, "viewer", "GET",
        arena_printf(unit->arena, "/api/v1/families/aurora/keys/%s/blast", key_public(ops->engineers[0])->id),
        NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(support_text(&a, "releases.0.version"), "4.2.0");
    assert_int_equal(support_int(&a, "releases.0.signatures"), 2);
    assert_true(json_is_true(support_at(&a, "must_sign_again")));
    /* Engineer 2 has signed nothing: what is published stands without her. */
    a = ops_ask(
        ops, "viewer", "GET",
        arena_printf(unit->arena, "/api/v1/families/aurora/keys/%s/blast", key_public(ops->engineers[2])->id),
        NULL);
    assert_int_equal(json_count(support_at(&a, "releases")), 0);
    assert_false(json_is_true(support_at(&a, "must_sign_again")));
    a = ops_ask(
        ops, "viewer", "GET",
        arena_printf(unit->arena, "/api/v1/families/aurora/keys/%s/blast", key_public(ops->engineers[3])->id),
        NULL);
    assert_int_equal(a.status, 404);
}

UNIT(a_person_tells_what_was_uploaded_and_planned)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t release = ops_published(ops, "4.2.0", 1);
    struct answer a;

    rollouts_make(ops, release, "");
    a = ops_ask(ops, "admin", "GET", "/api/v1/operators/engineer/blast", NULL);
    assert_int_equal(a.status, 200);
    assert_int_equal(support_int(&a, "rollouts"), 1);
    assert_string_equal(support_text(&a, "releases.0.version"), "4.2.0");
    assert_int_equal(ops_ask(ops, "engineer", "GET", "/api/v1/operators/engineer/blast", NULL).status, 403);
    assert_int_equal(ops_ask(ops, "admin", "GET", "/api/v1/operators/nobody/blast", NULL).status, 404);
}

UNIT(a_machine_tells_what_it_works_on_and_whether_its_settings_are_kept)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t release = ddi_release(&ops->s, "2.0");
    struct answer a;

    support_device(&ops->s, "mfp-1", QUIRK_NONE);
    a = ops_ask(ops, "viewer", "GET", "/api/v1/devices/mfp-1/blast", NULL);
    assert_int_equal(a.status, 200);
    assert_int_equal(support_int(&a, "holding"), 0);
    assert_non_null(strstr(support_text(&a, "text"), "0 actions under way"));
    assert_non_null(strstr(support_text(&a, "text"), "its settings are kept nowhere"));
    support_assign(&ops->s, "mfp-1", release, NULL);
    a = ops_ask(ops, "viewer", "GET", "/api/v1/devices/mfp-1/blast", NULL);
    assert_int_equal(support_int(&a, "holding"), 1);
    assert_int_equal(support_int(&a, "rollouts"), 0);
    assert_string_equal(support_text(&a, "releases.0.version"), "2.0");
    assert_non_null(strstr(support_text(&a, "text"), "1 action under way"));
    assert_int_equal(ops_ask(ops, "viewer", "GET", "/api/v1/devices/mfp-9/blast", NULL).status, 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_release_tells_its_rollouts_and_who_holds_it),
        UNIT_TEST(a_key_tells_what_it_signed_and_whether_the_rest_is_enough),
        UNIT_TEST(a_person_tells_what_was_uploaded_and_planned),
        UNIT_TEST(a_machine_tells_what_it_works_on_and_whether_its_settings_are_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
