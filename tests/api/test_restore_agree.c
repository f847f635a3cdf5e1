/* Who has to agree to a restore before it starts: another person, the customer. */
#include "support/restores.h"

#include "base/text.h"
#include "support/enrol.h"

UNIT(four_eyes_see_it_where_the_rule_says_so)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    struct answer a;
    int64_t id;

    restores_rule(r, true, false);
    a = restores_plan(r, restores_small(r), "mfp-2", "");
    assert_true(json_is_true(support_at(&a, "needs_approval")));
    id = support_int(&a, "id");
    a = restores_start(r, id);
    enrol_refused(&a, 409, "approval of another person than technician");
    a = restores_ask(r, "technician", id, "/approve", "{}");
    enrol_refused(&a, 403, "another person");
    assert_int_equal(restores_ask(r, "viewer", id, "/approve", "{}").status, 403);
    for (int i = 0; i < 2; i++)
        assert_int_equal(restores_ask(r, "admin", id, "/approve", "{}").status, 200);
    a = restores_start(r, id);
    assert_int_equal(a.status, 200);
    assert_string_equal(support_text(&a, "approved_by"), "admin");
    a = restores_ask(r, "admin", id, "/approve", "{}");
    assert_int_equal(a.status, 200); /* said before, and said again */
}

UNIT(in_customer_custody_who_planned_is_not_who_approves_either)
{
    static const char plan[] =
        "{\"digest\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"is_whole\":true,"
        "\"categories\":\"addressbook,network\",\"counts\":{}}";
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_CUSTOMER);
    struct answer a;
    int64_t id;

    restores_rule(r, true, false);
    a = restores_plan(r, restores_small(r), "mfp-2", "");
    id = support_int(&a, "id");
    a = restores_ask(r, "admin", id, "/plan", plan);
    enrol_refused(&a, 403, "technician asked for this restore");
    assert_int_equal(restores_ask(r, "admin", id, "/approve", "{}").status, 409);
    for (int i = 0; i < 2; i++)
        assert_int_equal(restores_ask(r, "technician", id, "/plan", plan).status, 200);
    assert_int_equal(restores_ask(r, "technician", id, "/approve", "{}").status, 403);
    assert_int_equal(restores_ask(r, "admin", id, "/approve", "{}").status, 200);
}

UNIT(the_customer_s_yes_is_written_down_where_the_rule_says_so)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    struct answer a;
    int64_t id;

    restores_rule(r, false, true);
    a = restores_plan(r, restores_small(r), "mfp-2", "");
    id = support_int(&a, "id");
    a = restores_start(r, id);
    enrol_refused(&a, 409, "consent");
    a = restores_ask(r, "technician", id, "/consent", "{}");
    enrol_refused(&a, 400, "by");
    a = restores_ask(r, "technician", id, "/consent", "{\"by\":\"Ms Roux\",\"text\":\"by telephone\"}");
    assert_int_equal(a.status, 200);
    assert_string_equal(support_text(&a, "consent.by"), "Ms Roux");
    assert_string_equal(support_text(&a, "consent.text"), "by telephone");
    assert_string_equal(support_text(&a, "consent.at"), text_time(unit->arena, r->s->now_ms));
    assert_int_equal(restores_start(r, id).status, 200);
    a = restores_ask(r, "technician", id, "/consent", "{\"by\":\"somebody\"}");
    assert_int_equal(a.status, 409);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(four_eyes_see_it_where_the_rule_says_so),
        UNIT_TEST(in_customer_custody_who_planned_is_not_who_approves_either),
        UNIT_TEST(the_customer_s_yes_is_written_down_where_the_rule_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
