/* Enrolment where more than one has a say: the approval queue, and many machines at once. */
#include "support/unit.h"

#include <pthread.h>

#include "support/enrol.h"

#define SERIAL_1 ",\"serial\":\"S-1\""

/* ---- the approval queue --------------------------------------------------------------- */

static void approval_on(struct ops *ops)
{
    assert_int_equal(ops_ask(ops, "admin", "PATCH", "/api/v1/tenant", "{\"approval_on\":true}").status, 200);
}

static void rollout_to_all(struct ops *ops)
{
    int64_t release = ops_published(ops, "4.2.0", 1);
    struct answer made =
        ops_ask(ops, "engineer", "POST", "/api/v1/rollouts",
                arena_printf(
                    ops->s.arena,
                    "{\"name\":\"all\",\"release\":%lld,\"urgent\":true,\"terms\":{\"urgent_reason\":\"x\"}}",
                    (long long)release));

    assert_int_equal(made.status, 201);
    assert_int_equal(ops_ask(ops, "engineer", "POST",
                             arena_printf(ops->s.arena, "/api/v1/rollouts/%lld/start",
                                          (long long)support_int(&made, "id")),
                             "{}")
                         .status,
                     200);
}

#define AURORA ",\"family\":\"aurora\",\"model\":\"A\",\"serial\":\"S-1\""

UNIT(who_waits_for_approval_gets_no_offer_until_somebody_looked_at_it)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a, list, poll;
    const char *token;

    enrol_as(&ops->s, "mfp-0", enrol_claim(ops, ""),
             ",\"family\":\"aurora\",\"model\":\"A\",\"serial\":\"S-0\"");
    approval_on(ops);
    rollout_to_all(ops);
    a = enrol_as(&ops->s, "mfp-1", enrol_claim(ops, ""), AURORA);
    assert_string_equal(support_text(&a, "state"), "waiting");
    token = support_text(&a, "token");
    poll = enrol_poll(ops, "mfp-1", token);
    assert_int_equal(poll.status, 200);
    assert_null(support_text(&poll, "_links.deploymentBase.href"));
    list = ops_ask(ops, "viewer", "GET", "/api/v1/devices?state=waiting", NULL);
    assert_string_equal(support_text(&list, "items.0.id"), "mfp-1");
    assert_int_equal(ops_ask(ops, "viewer", "POST", "/api/v1/devices/mfp-1/approve", "{}").status, 403);
    a = ops_ask(ops, "technician", "POST", "/api/v1/devices/mfp-1/approve", "{}");
    assert_string_equal(support_text(&a, "state"), "active");
    assert_non_null(support_text(&a, "enrolled"));
    poll = enrol_poll(ops, "mfp-1", token);
    assert_non_null(support_text(&poll, "_links.deploymentBase.href"));
}

UNIT(who_waits_is_not_pushed_out_of_the_queue_by_another_code)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer first, a;

    approval_on(ops);
    first = enrol_as(&ops->s, "mfp-1", enrol_claim(ops, ""), "");
    enrol_poll(ops, "mfp-1", support_text(&first, "token"));
    a = enrol_as(&ops->s, "mfp-1", enrol_claim(ops, ""), "");
    enrol_refused(&a, 409, "claim code that names it");
    assert_int_equal(enrol_poll(ops, "mfp-1", support_text(&first, "token")).status, 200);
    assert_int_equal(enrol_as(&ops->s, "mfp-1", enrol_claim(ops, ",\"controller_id\":\"mfp-1\""), "").status,
                     201);
}

/* ---- many at once ------------------------------------------------------------------------ */

#define MACHINES 64

struct machine {
    struct support s; /* with an arena of its own */
    const char *id, *code, *token;
    int status;
    pthread_t thread;
};

static void *run_machine(void *at)
{
    struct machine *m = at;
    struct answer a = enrol_as(&m->s, m->id, m->code, SERIAL_1);

    m->status = a.status;
    m->token = support_text(&a, "token");
    return NULL;
}

/* All ask at once with one code; how many were let in. */
static int race(struct ops *ops, struct machine *machines, bool has_one_id)
{
    const char *code = enrol_claim(ops, "");
    int won = 0;

    for (int i = 0; i < MACHINES; i++) {
        machines[i].s = ops->s;
        machines[i].s.arena = arena_new();
        machines[i].id = has_one_id ? "mfp" : arena_printf(ops->s.arena, "mfp-%d", i);
        machines[i].code = code;
        assert_int_equal(pthread_create(&machines[i].thread, NULL, run_machine, &machines[i]), 0);
    }
    for (int i = 0; i < MACHINES; i++) {
        pthread_join(machines[i].thread, NULL);
        if (machines[i].status != 201 && machines[i].status != 403)
            fail_msg("machine %d: %d", i, machines[i].status);
        machines[i].token = arena_dup(ops->s.arena, machines[i].token);
        won += machines[i].status == 201;
        arena_freep(&machines[i].s.arena);
    }
    return won;
}

UNIT(of_many_machines_with_one_code_exactly_one_is_let_in)
{
    struct ops *ops = ops_world(unit->arena);
    struct machine *machines = ARENA_MANY(unit->arena, struct machine, MACHINES);

    assert_int_equal(race(ops, machines, false), 1);
    assert_int_equal(enrol_count(ops), 1);
    for (int i = 0; i < MACHINES; i++)
        if (machines[i].token)
            assert_int_equal(enrol_poll(ops, machines[i].id, machines[i].token).status, 200);
}

UNIT(one_machine_that_asks_many_times_at_once_is_one_device_with_one_token)
{
    struct ops *ops = ops_world(unit->arena);
    struct machine *machines = ARENA_MANY(unit->arena, struct machine, MACHINES);
    int working = 0;

    assert_true(race(ops, machines, true) >= 1);
    assert_int_equal(enrol_count(ops), 1);
    for (int i = 0; i < MACHINES; i++)
        working += machines[i].token && enrol_poll(ops, "mfp", machines[i].token).status == 200;
    assert_int_equal(working, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(who_waits_for_approval_gets_no_offer_until_somebody_looked_at_it),
        UNIT_TEST(who_waits_is_not_pushed_out_of_the_queue_by_another_code),
        UNIT_TEST(of_many_machines_with_one_code_exactly_one_is_let_in),
        UNIT_TEST(one_machine_that_asks_many_times_at_once_is_one_device_with_one_token),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
