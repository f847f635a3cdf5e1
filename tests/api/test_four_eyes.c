/* Where the tenant wants it, who uploads a release is not the only one who has a hand in publishing it. */
#include "support/ops.h"
#include "support/unit.h"

static struct answer publish_as(struct ops *ops, const char *who, int64_t id)
{
    return ops_ask(ops, who, "POST",
                   arena_printf(ops->s.arena, "/api/v1/releases/%lld/publish", (long long)id), "{}");
}

static struct answer sign_as(struct unit *unit, struct ops *ops, const char *who, int64_t id, int no)
{
    const char *door = arena_printf(unit->arena, "/api/v1/releases/%lld", (long long)id);
    struct answer bytes = ops_ask(ops, who, "GET", arena_printf(unit->arena, "%s/to-sign", door), NULL);
    char sig[KEY_SIG_HEX_CHARS + 1];

    key_sign(ops->engineers[no], span_make(bytes.text, bytes.size), sig);
    return ops_ask(ops, who, "POST", arena_printf(unit->arena, "%s/signatures", door),
                   arena_printf(unit->arena, "{\"keyid\":\"%s\",\"sig\":\"%s\"}",
                                key_public(ops->engineers[no])->id, sig));
}

static struct ops *four_eyes_world(struct unit *unit)
{
    struct ops *ops = ops_world(unit->arena);

    assert_int_equal(ops_ask(ops, "admin", "PATCH", "/api/v1/tenant", "{\"four_eyes_on\":true}").status, 200);
    return ops;
}

UNIT(who_uploaded_and_signed_alone_does_not_publish_where_the_tenant_wants_four_eyes)
{
    struct ops *ops = four_eyes_world(unit);
    int64_t id = ops_staged(ops, "1.0", 1); /* by engineer, who also hands in both signatures */
    struct answer a;

    ops_sign(ops, id, 0);
    ops_sign(ops, id, 1);
    a = ops_publish(ops, id);
    assert_int_equal(a.status, 403);
    assert_non_null(strstr(a.text, "uploaded by engineer"));
    a = ops_ask(ops, "viewer", "GET", arena_printf(unit->arena, "/api/v1/releases/%lld", (long long)id),
                NULL);
    assert_string_equal(support_text(&a, "state"), "staged");
    assert_int_equal(publish_as(ops, "admin", id).status, 200); /* another person does */
}

UNIT(one_signature_by_somebody_else_is_the_second_pair_of_eyes)
{
    struct ops *ops = four_eyes_world(unit);
    int64_t id = ops_staged(ops, "1.0", 1);

    ops_sign(ops, id, 0);
    assert_int_equal(sign_as(unit, ops, "admin", id, 1).status, 200);
    assert_int_equal(ops_publish(ops, id).status, 200);
}

UNIT(without_four_eyes_one_person_may_do_it_all_and_switching_it_off_is_on_record)
{
    struct ops *ops = four_eyes_world(unit);
    int64_t id = ops_staged(ops, "1.0", 1);
    struct answer a;

    ops_sign(ops, id, 0);
    ops_sign(ops, id, 1);
    assert_int_equal(ops_publish(ops, id).status, 403);
    assert_int_equal(ops_ask(ops, "engineer", "PATCH", "/api/v1/tenant", "{\"four_eyes_on\":false}").status,
                     403);
    assert_int_equal(ops_ask(ops, "admin", "PATCH", "/api/v1/tenant", "{\"four_eyes_on\":false}").status,
                     200);
    a = ops_ask(ops, "admin", "GET", "/api/v1/audit?limit=1", NULL);
    assert_string_equal(support_text(&a, "items.0.detail"), "four eyes off");
    assert_int_equal(ops_publish(ops, id).status, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(who_uploaded_and_signed_alone_does_not_publish_where_the_tenant_wants_four_eyes),
        UNIT_TEST(one_signature_by_somebody_else_is_the_second_pair_of_eyes),
        UNIT_TEST(without_four_eyes_one_person_may_do_it_all_and_switching_it_off_is_on_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
