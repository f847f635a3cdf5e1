/* The way back: who gets what it ran before, how it is proposed, and when it is refused. */
#include "support/unit.h"

#include "base/text.h"
#include "support/rollouts.h"

#define MFPS 6

struct scene {
    struct ops *ops;
    int64_t was, bad; /* releases */
    int64_t rollout;
};

static void take(struct ops *ops, const char *id, const char *how)
{
    int64_t action = rollouts_offer(ops, id, "deploymentBase");

    if (action == 0)
        fail_msg("%s was offered nothing", id);
    assert_int_equal(ddi_say(&ops->s, id, action, "closed", how, NULL).status, 200);
}

static void tell(struct ops *ops, const char *id, const char *version)
{
    assert_int_equal(
        ddi_ask(&ops->s, "PUT", id, "/configData",
                arena_printf(ops->s.arena, "{\"mode\":\"merge\",\"data\":{\"component.system\":\"%s\"}}",
                             version))
            .status,
        200);
}

/* 1.0 is on six devices; of 2.0 four became good and two failed, and the gate halted it. */
static struct scene halted(struct unit *unit, bool is_one_way, int64_t counter)
{
    struct scene s = {.ops = ops_world(unit->arena)};

    s.was = ddi_release(&s.ops->s, "1.0");
    s.ops->s.is_one_way = is_one_way;
    s.ops->s.counter = counter;
    s.bad = ddi_release(&s.ops->s, "2.0");
    rollouts_devices(s.ops, "mfp", MFPS, NULL);
    for (int i = 0; i < MFPS; i++)
        tell(s.ops, rollouts_id(s.ops, "mfp", i), "1.0");
    s.rollout = rollouts_started(s.ops, s.bad, ",\"terms\":{\"keep_one\":true,\"fault_rise_percent\":50}");
    for (int i = 0; i < MFPS; i++)
        take(s.ops, rollouts_id(s.ops, "mfp", i), i < 4 ? "success" : "failure");
    rollouts_tick(s.ops);
    return s;
}

static struct answer back(struct scene *s, const char *body)
{
    return ops_ask(s->ops, "engineer", "POST",
                   arena_printf(s->ops->s.arena, "/api/v1/rollouts/%lld/back", (long long)s->rollout), body);
}

static void refused(const struct answer *a, const char *words)
{
    const char *detail = support_text(a, "detail");

    if (a->status != 409 || !detail || !strstr(detail, words))
        fail_msg("%d %s instead of \"%s\"", a->status, a->text, words);
}

UNIT(a_halted_rollout_proposes_one_command_and_it_brings_back_what_ran_before)
{
    struct scene s = halted(unit, false, 1);
    struct answer a = rollouts_get(s.ops, s.rollout), made;
    int64_t id;

    assert_string_equal(support_text(&a, "state"), "halted");
    assert_string_equal(support_text(&a, "back.command"),
                        arena_printf(unit->arena, "nightshift rollout back %lld", (long long)s.rollout));
    assert_string_equal(support_text(&a, "back.releases.0.version"), "1.0");
    made = back(&s, "{\"first\":1}");
    assert_int_equal(made.status, 201);
    assert_int_equal(json_count(support_at(&made, "items")), 1);
    assert_string_equal(support_text(&made, "items.0.state"), "running");
    assert_string_equal(support_text(&made, "items.0.name"), "r0 back to 1.0");
    assert_int_equal(support_int(&made, "items.0.release.id"), s.was);
    assert_int_equal(support_int(&made, "items.0.weight"), 600);
    assert_int_equal(support_int(&made, "items.0.terms.rolls_back"), s.rollout);
    assert_true(json_is_true(support_at(&made, "items.0.terms.keep_one")));
    assert_null(support_at(&made, "items.0.terms.fault_rise_percent"));
    /* One goes first; of the rest three run it, and the two that failed still have what they had. */
    assert_int_equal(support_int(&made, "items.0.stages.0.planned"), 1);
    assert_int_equal(support_int(&made, "items.0.stages.1.planned"), 3);
    id = support_int(&made, "items.0.id");
    a = rollouts_get(s.ops, s.rollout);
    assert_int_equal(support_int(&a, "back.rollout"), id);
    made = back(&s, "{}");
    refused(&made, "takes r0 back already");
    made = rollouts_do(s.ops, s.rollout, "resume");
    refused(&made, "takes r0 back already");
    a = ops_ask(s.ops, "viewer", "GET", "/api/v1/devices/mfp-0/why", NULL);
    assert_non_null(strstr(a.text, "\"way-back\""));
    assert_true(id > s.rollout);
}

/* Of those that were changed, the one that is offered something. */
static const char *who_is_offered(struct ops *ops, int64_t *action)
{
    const char *found = NULL;

    for (int i = 0; i < MFPS; i++) {
        int64_t offered = rollouts_offer(ops, rollouts_id(ops, "mfp", i), "deploymentBase");

        if (offered && found)
            fail_msg("%s and mfp-%d are both offered something", found, i);
        if (offered) {
            found = rollouts_id(ops, "mfp", i);
            *action = offered;
        }
    }
    return found;
}

UNIT(a_few_go_back_first_and_then_the_rest_in_the_same_night)
{
    struct scene s = halted(unit, false, 1);
    int64_t id, action = 0, healthy_before;
    struct answer a = back(&s, "{\"first\":1}");
    const char *first;

    id = support_int(&a, "items.0.id");
    first = who_is_offered(s.ops, &action);
    assert_non_null(first);
    /* It tells of the old version before it says that it is done: nothing has relapsed. */
    a = rollouts_get(s.ops, s.rollout);
    healthy_before = support_int(&a, "stages.0.tally.healthy");
    tell(s.ops, first, "1.0");
    assert_int_equal(ddi_say(&s.ops->s, first, action, "closed", "success", NULL).status, 200);
    a = rollouts_get(s.ops, s.rollout);
    assert_int_equal(support_int(&a, "stages.0.tally.healthy"), healthy_before);
    rollouts_tick(s.ops);
    for (int i = 0; i < 4; i++)
        if (!text_equal(first, rollouts_id(s.ops, "mfp", i)))
            take(s.ops, rollouts_id(s.ops, "mfp", i), "success");
    rollouts_tick(s.ops);
    a = rollouts_get(s.ops, id);
    assert_string_equal(support_text(&a, "state"), "finished");
    for (int i = 0; i < MFPS; i++)
        assert_string_equal(ddi_components(&s.ops->s, rollouts_id(s.ops, "mfp", i)), "system=1.0 ");
    a = back(&s, "{}");
    refused(&a, "lacks what it ran before");
}

UNIT(it_waits_for_those_that_still_install_what_is_taken_back)
{
    struct scene s = {.ops = ops_world(unit->arena)};
    int64_t slow, id;
    struct answer a;

    ddi_release(&s.ops->s, "1.0");
    s.bad = ddi_release(&s.ops->s, "2.0");
    rollouts_devices(s.ops, "mfp", 2, NULL);
    tell(s.ops, "mfp-0", "1.0");
    tell(s.ops, "mfp-1", "1.0");
    s.rollout = rollouts_started(s.ops, s.bad, "");
    take(s.ops, "mfp-0", "success");
    slow = rollouts_offer(s.ops, "mfp-1", "deploymentBase");
    ddi_say(&s.ops->s, "mfp-1", slow, "proceeding", "none", "\"code\":9040");
    assert_int_equal(rollouts_do(s.ops, s.rollout, "abort").status, 200);
    a = back(&s, "{\"urgent_reason\":\"they print blank pages\"}");
    assert_int_equal(a.status, 201);
    assert_true(json_is_true(support_at(&a, "items.0.urgent")));
    assert_string_equal(support_text(&a, "items.0.terms.urgent_reason"), "they print blank pages");
    id = support_int(&a, "items.0.id");
    take(s.ops, "mfp-0", "success");
    rollouts_tick(s.ops);
    rollouts_tick(s.ops);
    a = rollouts_get(s.ops, id);
    assert_string_equal(support_text(&a, "state"), "running");
    ddi_say(&s.ops->s, "mfp-1", slow, "closed", "success", NULL);
    take(s.ops, "mfp-1", "success");
    rollouts_tick(s.ops);
    a = rollouts_get(s.ops, id);
    assert_string_equal(support_text(&a, "state"), "finished");
    assert_string_equal(ddi_components(&s.ops->s, "mfp-1"), "system=1.0 ");
}

UNIT(each_device_gets_what_it_ran_before)
{
    struct scene s = {.ops = ops_world(unit->arena)};
    struct answer a;

    ddi_release(&s.ops->s, "1.0");
    ddi_release(&s.ops->s, "1.1");
    s.bad = ddi_release(&s.ops->s, "2.0");
    rollouts_devices(s.ops, "mfp", 4, NULL);
    tell(s.ops, "mfp-0", "1.0");
    tell(s.ops, "mfp-1", "1.1");
    tell(s.ops, "mfp-2", "0.7"); /* never published, and mfp-3 told nothing: to the newest below */
    s.rollout = rollouts_started(s.ops, s.bad, "");
    for (int i = 0; i < 4; i++)
        take(s.ops, rollouts_id(s.ops, "mfp", i), "success");
    assert_int_equal(rollouts_do(s.ops, s.rollout, "abort").status, 200);
    a = back(&s, "{\"first\":3}");
    assert_int_equal(a.status, 201);
    assert_int_equal(json_count(support_at(&a, "items")), 2);
    for (int i = 0; i < 4; i++)
        take(s.ops, rollouts_id(s.ops, "mfp", i), "success");
    assert_string_equal(ddi_components(&s.ops->s, "mfp-0"), "system=1.0 ");
    assert_string_equal(ddi_components(&s.ops->s, "mfp-1"), "system=1.1 ");
    assert_string_equal(ddi_components(&s.ops->s, "mfp-2"), "system=1.1 ");
    assert_string_equal(ddi_components(&s.ops->s, "mfp-3"), "system=1.1 ");
}

UNIT(why_there_is_no_way_back_is_said_by_name)
{
    struct scene s = halted(unit, true, 1);
    struct answer a = rollouts_get(s.ops, s.rollout);

    assert_non_null(
        strstr(support_text(&a, "back.refused"), "c450 2.0 says of itself that it cannot be reversed"));
    assert_null(support_at(&a, "back.command"));
    a = back(&s, "{}");
    refused(&a, "cannot be reversed");

    s = halted(unit, false, 7);
    a = back(&s, "{}");
    refused(&a, "1.0 has release counter 1, and what runs 2.0 must not fall below 7");
    refused(&a, "a permit");
    a = ops_ask(s.ops, "viewer", "GET",
                arena_printf(unit->arena, "/api/v1/rollouts/%lld/why", (long long)s.rollout), NULL);
    assert_non_null(strstr(support_text(&a, "waits"), "there is no way back"));

    s.rollout = rollouts_started(s.ops, ddi_release(&s.ops->s, "3.0"), "");
    a = back(&s, "{}");
    refused(&a, "it is running, and would go on beside the way back: abort it first");
}

UNIT(a_draft_of_it_is_started_by_hand)
{
    struct scene s = halted(unit, false, 1);
    struct answer a = back(&s, "{\"start\":false}");
    int64_t id;

    assert_string_equal(support_text(&a, "items.0.state"), "draft");
    id = support_int(&a, "items.0.id");
    assert_int_equal(rollouts_offer(s.ops, "mfp-0", "deploymentBase"), 0);
    assert_int_equal(rollouts_do(s.ops, id, "abort").status, 200);
    a = back(&s, "{}");
    assert_string_equal(support_text(&a, "items.0.name"), "r0 back to 1.0 #2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_halted_rollout_proposes_one_command_and_it_brings_back_what_ran_before),
        UNIT_TEST(a_few_go_back_first_and_then_the_rest_in_the_same_night),
        UNIT_TEST(it_waits_for_those_that_still_install_what_is_taken_back),
        UNIT_TEST(each_device_gets_what_it_ran_before),
        UNIT_TEST(why_there_is_no_way_back_is_said_by_name),
        UNIT_TEST(a_draft_of_it_is_started_by_hand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
