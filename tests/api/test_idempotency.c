/* Idempotency keys across a death of the service. What they do in its life: test_operators.c. */
#include "support/unit.h"

#include "domain/answer.h"
#include "domain/audit.h"
#include "support/ops.h"

UNIT(after_a_restart_a_request_that_did_nothing_may_be_asked_again_at_once)
{
    struct ops *ops = ops_world(unit->arena);
    struct who who = {.kind = WHO_IS_OPERATOR, .tenant_id = 1, .name = "admin"};
    struct answer_kept kept;
    bool is_answered;

    MUST(answer_find(&ops->s.world, &who, unit->arena, "k", "r", 1000, &is_answered, &kept, &unit->err));
    ops->s.world.started_ms = 1500;
    MUST(answer_find(&ops->s.world, &who, unit->arena, "k", "r", 2000, &is_answered, &kept, &unit->err));
    assert_false(is_answered);
    REFUSES(ERR_CONFLICT,
            answer_find(&ops->s.world, &who, unit->arena, "k", "r", 2001, &is_answered, &kept, &unit->err));
}

UNIT(what_was_done_before_a_restart_is_not_done_again)
{
    struct ops *ops = ops_world(unit->arena);
    struct who who = {.kind = WHO_IS_OPERATOR, .tenant_id = 1, .name = "admin", .key = "k"};
    struct tx tx = {0};
    struct answer_kept kept;
    bool is_answered;

    MUST(answer_find(&ops->s.world, &who, unit->arena, "k", "r", 1000, &is_answered, &kept, &unit->err));
    MUST(tx_begin(&tx, ops->s.store, &unit->err));
    MUST(audit_note(&ops->s.world, &who, "rollout.make", "rollout 7", NULL, 1000, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    MUST(answer_forget(&ops->s.world, &who, "k", &unit->err)); /* a late 5xx does not let go of it */
    ops->s.world.started_ms = 1500;
    REFUSES(ERR_CONFLICT, answer_find(&ops->s.world, &who, unit->arena, "k", "r", 3 * ANSWER_PENDING_MS,
                                      &is_answered, &kept, &unit->err));
    assert_non_null(strstr(unit->err.text, "done before (rollout 7)"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(after_a_restart_a_request_that_did_nothing_may_be_asked_again_at_once),
        UNIT_TEST(what_was_done_before_a_restart_is_not_done_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
