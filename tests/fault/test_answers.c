/* What a full or failing disk makes of idempotency keys: no refusal is replayed, and nobody waits for nothing. */
#include <stdio.h>

#include "base/fault.h"
#include "base/text.h"
#include "domain/answer.h"
#include "store/stop.h"
#include "support/ops.h"
#include "support/store.h"
#include "support/unit.h"

#ifdef FAULTS

static void go_on(const char *what)
{
    (void)what;
}

static struct answer make_claim(struct ops *ops, const char *key)
{
    const char *headers =
        arena_printf(ops->s.arena, "Authorization: Bearer token-admin\nIdempotency-Key: %s", key);

    return support_ask(&ops->s, "POST", "/api/v1/claims", headers, "{\"count\":1}");
}

/* Done once whatever fails: at once when asked again, or before the failure was told. */
UNIT(wherever_the_disk_fails_the_same_key_asked_again_at_once_is_done)
{
    struct ops *ops = ops_world(unit->arena);
    bool has_fired;
    int nth = 0, refused = 0;

    store_stop_hook(go_on);
    do {
        const char *key = arena_printf(unit->arena, "k-%d", ++nth);
        struct answer first, again;

        fault_arm(nth);
        first = make_claim(ops, key);
        has_fired = fault_fired();
        fault_arm(0);
        refused += first.status >= 500;
        again = make_claim(ops, key);
        if (again.status != 201 && !(again.status == 409 && strstr(again.text, "done before")))
            fail_msg("failure %d: %d, and again: %d %s", nth, first.status, again.status, again.text);
    } while (has_fired && nth < 1000);
    assert_in_range(nth, 10, 999);
    assert_in_range(refused, 5, 999);
    store_stop_hook(NULL);
}

/* The disk that refused the work refuses to forget it, too. */
UNIT(a_key_that_could_not_be_let_go_is_taken_by_one_who_asks_again)
{
    struct ops *ops = ops_world(unit->arena);
    struct who who = {.kind = WHO_IS_OPERATOR, .tenant_id = 1, .name = "admin"};
    struct answer_kept kept;
    bool is_answered;

    store_stop_hook(go_on);
    ops->s.world.started_ms = 1;
    MUST(answer_find(&ops->s.world, &who, unit->arena, "k", "r", 1000, &is_answered, &kept, &unit->err));
    fault_arm(1);
    assert_false(answer_forget(&ops->s.world, &who, "k", &unit->err));
    fault_arm(1);
    assert_false(
        answer_find(&ops->s.world, &who, unit->arena, "k", "r", 1001, &is_answered, &kept, &unit->err));
    fault_arm(0);
    MUST(answer_find(&ops->s.world, &who, unit->arena, "k", "r", 1002, &is_answered, &kept, &unit->err));
    assert_false(is_answered);
    /* Now it is under way again, and a third asker waits. */
    REFUSES(ERR_CONFLICT,
            answer_find(&ops->s.world, &who, unit->arena, "k", "r", 1003, &is_answered, &kept, &unit->err));
    store_stop_hook(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(wherever_the_disk_fails_the_same_key_asked_again_at_once_is_done),
        UNIT_TEST(a_key_that_could_not_be_let_go_is_taken_by_one_who_asks_again),
    };

    support_memory_dir();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    puts("skipped: built without -DNIGHTSHIFT_FAULTS=ON");
    return 0;
}

#endif
