/* Claim codes as technicians make and list them. What they open: test_enrol.c. */
#include "support/unit.h"

#include "base/text.h"
#include "support/enrol.h"

static struct answer make(struct ops *ops, const char *body)
{
    return ops_ask(ops, "technician", "POST", "/api/v1/claims", body);
}

UNIT(a_code_is_four_groups_that_can_be_read_aloud)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a = make(ops, "{\"count\":200}");

    assert_int_equal(a.status, 201);
    assert_int_equal(json_count(support_at(&a, "claims")), 200);
    for (size_t i = 0; i < 200; i++) {
        const char *code = support_text(&a, arena_printf(unit->arena, "claims.%zu.code", i));

        assert_int_equal(strlen(code), 19);
        assert_int_equal(strspn(code, "0123456789ABCDEFGHJKMNPQRSTVWXYZ-"), 19);
        assert_true(code[4] == '-' && code[9] == '-' && code[14] == '-');
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(support_text(&a, arena_printf(unit->arena, "claims.%zu.code", k)), code);
    }
}

UNIT(a_code_says_when_it_ends_and_for_whom_it_is)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a = make(ops, "{\"controller_id\":\"mfp-1\",\"site\":\"munich\",\"ttl_h\":48}");

    assert_string_equal(support_text(&a, "claims.0.controller_id"), "mfp-1");
    assert_string_equal(support_text(&a, "claims.0.site"), "munich");
    assert_string_equal(support_text(&a, "claims.0.expires"),
                        text_time(unit->arena, ops->s.now_ms + 48 * 3600000LL));
    a = make(ops, "{}");
    assert_string_equal(support_text(&a, "claims.0.expires"),
                        text_time(unit->arena, ops->s.now_ms + 24 * 3600000LL));
}

UNIT(what_is_wrong_with_a_claim_is_named)
{
    /* clang-format off */
    static const struct { const char *body; int status; const char *words; } rows[] = {
        {"{\"count\":0}", 400, "count"}, {"{\"count\":1001}", 400, "count"}, {"{\"ttl_h\":0}", 400, "ttl_h"},
        {"{\"ttl_h\":721}", 400, "ttl_h"}, {"{\"colour\":1}", 400, "colour"}, {"{\"site\":\"atlantis\"}", 404, "atlantis"},
        {"{\"controller_id\":\"mfp-1\",\"count\":2}", 400, "count must be 1"},
        {"{\"controller_id\":\"a/b\"}", 400, "no blanks, slashes"},
    };
    /* clang-format on */
    struct ops *ops = ops_world(unit->arena);
    struct answer list;

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct answer a = make(ops, rows[i].body);

        enrol_refused(&a, rows[i].status, rows[i].words);
    }
    list = ops_ask(ops, "technician", "GET", "/api/v1/claims", NULL);
    assert_int_equal(json_count(support_at(&list, "items")), 0);
    assert_int_equal(ops_ask(ops, "engineer", "POST", "/api/v1/claims", "{}").status, 403);
    assert_int_equal(ops_ask(ops, "viewer", "GET", "/api/v1/claims", NULL).status, 403);
}

UNIT(the_list_shows_what_became_of_a_claim_and_never_its_code)
{
    struct ops *ops = ops_world(unit->arena);
    const char *code = enrol_claim(ops, "");
    struct answer list;

    enrol_claim(ops, ",\"controller_id\":\"mfp-9\"");
    assert_int_equal(enrol_as(&ops->s, "mfp-1", code, "").status, 201);
    list = ops_ask(ops, "technician", "GET", "/api/v1/claims", NULL);
    assert_int_equal(json_count(support_at(&list, "items")), 2);
    assert_string_equal(support_text(&list, "items.0.controller_id"), "mfp-9");
    assert_null(support_at(&list, "items.0.used"));
    assert_string_equal(support_text(&list, "items.1.used_by"), "mfp-1");
    assert_string_equal(support_text(&list, "items.1.used"), text_time(unit->arena, ops->s.now_ms));
    assert_string_equal(support_text(&list, "items.1.created_by"), "technician");
    assert_null(strstr(list.text, "code"));
    assert_null(strstr(list.text, code));
}

UNIT(a_key_used_twice_makes_no_second_code_and_keeps_none)
{
    static const char keyed[] = "Authorization: Bearer token-technician\nIdempotency-Key: k1";
    struct ops *ops = ops_world(unit->arena);
    struct answer first = support_ask(&ops->s, "POST", "/api/v1/claims", keyed, "{}");
    struct answer again = support_ask(&ops->s, "POST", "/api/v1/claims", keyed, "{}"), list;

    assert_int_equal(first.status, 201);
    enrol_refused(&again, 409, "held a secret");
    list = ops_ask(ops, "technician", "GET", "/api/v1/claims", NULL);
    assert_int_equal(json_count(support_at(&list, "items")), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_code_is_four_groups_that_can_be_read_aloud),
        UNIT_TEST(a_code_says_when_it_ends_and_for_whom_it_is),
        UNIT_TEST(what_is_wrong_with_a_claim_is_named),
        UNIT_TEST(the_list_shows_what_became_of_a_claim_and_never_its_code),
        UNIT_TEST(a_key_used_twice_makes_no_second_code_and_keeps_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
