/* Who acted in a rollout, and what a stage is weighed by. */
#include "support/unit.h"

#include "base/text.h"
#include "domain/report.h"
#include "support/enrol.h"
#include "support/rollouts.h"

#define PILOT_FIRST ",\"stages\":[{\"kind\":\"group\",\"tag\":\"pilot\"}]"

static struct answer devices_of(struct ops *ops, int64_t id, const char *query)
{
    return ops_ask(ops, "viewer", "GET",
                   arena_printf(ops->s.arena, "/api/v1/rollouts/%lld/devices%s", (long long)id, query), NULL);
}

static size_t item_count(const struct answer *a)
{
    if (a->status != 200)
        fail_msg("%d %s", a->status, a->text);
    return json_count(support_at(a, "items"));
}

UNIT(who_acted_is_listed_by_stage_and_state_and_in_pages)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;
    int64_t id;

    rollouts_devices(ops, "pilot", 2, "[\"pilot\"]");
    rollouts_devices(ops, "mfp", 3, NULL);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), PILOT_FIRST);
    a = devices_of(ops, id, "");
    assert_int_equal(item_count(&a), 0); /* a row exists once a device acts */
    rollouts_finish(ops, "pilot-0", true);
    rollouts_finish(ops, "pilot-1", true);
    rollouts_tick(ops);
    rollouts_offer(ops, "mfp-0", "deploymentBase");
    rollouts_offer(ops, "mfp-1", "deploymentBase");
    a = devices_of(ops, id, "");
    assert_int_equal(item_count(&a), 4);
    a = devices_of(ops, id, "?stage=0");
    assert_int_equal(item_count(&a), 2);
    a = devices_of(ops, id, "?state=offered");
    assert_int_equal(item_count(&a), 2);
    a = devices_of(ops, id, "?stage=0&state=offered");
    assert_int_equal(item_count(&a), 0);
    a = devices_of(ops, id, "?limit=3");
    assert_int_equal(item_count(&a), 3);
    a = devices_of(ops, id, arena_printf(unit->arena, "?limit=3&cursor=%s", support_text(&a, "next")));
    assert_int_equal(item_count(&a), 1);
    assert_null(support_text(&a, "next"));
    assert_string_equal(support_text(&a, "items.0.device"), "mfp-1");
    assert_int_equal(support_int(&a, "items.0.rollout"), id);
    assert_int_equal(support_int(&a, "items.0.stage"), 1);
    assert_int_equal(devices_of(ops, id, "?state=happy").status, 400);
    assert_int_equal(devices_of(ops, id, "?stage=x").status, 400);
    assert_int_equal(devices_of(ops, 999, "").status, 404);
}

/* finisher=B or A, told by the device. */
static void has_finisher(struct ops *ops, const char *id, const char *finisher)
{
    assert_int_equal(
        ddi_ask(&ops->s, "PUT", id, "/configData",
                arena_printf(ops->s.arena, "{\"mode\":\"merge\",\"data\":{\"finisher\":\"%s\"}}", finisher))
            .status,
        200);
}

UNIT(three_of_41_with_one_finisher_halt_the_stage_and_the_notice_names_it)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;
    int64_t id;

    rollouts_devices(ops, "mfp", 41, NULL);
    rollouts_devices(ops, "later", 1, NULL);
    for (int i = 0; i < 41; i++)
        has_finisher(ops, rollouts_id(ops, "mfp", i), i < 8 ? "B" : "A");
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    for (int i = 3; i < 41; i++)
        rollouts_finish(ops, rollouts_id(ops, "mfp", i), true);
    rollouts_finish(ops, "mfp-0", false);
    rollouts_finish(ops, "mfp-1", false);
    rollouts_tick(ops);
    assert_string_equal(rollouts_state(ops, id), "running");
    rollouts_finish(ops, "mfp-2", false);
    rollouts_tick(ops);
    a = rollouts_get(ops, id);
    assert_string_equal(support_text(&a, "state"), "halted");
    assert_non_null(strstr(support_text(&a, "reason"), "3 of 41 devices failed"));
    assert_non_null(strstr(support_text(&a, "reason"), "3 of 3 that failed have finisher=B, and 5 of 38"));
    assert_string_equal(support_text(&a, "cluster.kind"), "attribute");
    assert_string_equal(support_text(&a, "cluster.name"), "finisher");
    assert_string_equal(support_text(&a, "cluster.value"), "B");
    assert_int_equal(support_int(&a, "cluster.score"), 86);
    assert_int_equal(rollouts_offer(ops, "later-0", "deploymentBase"), 0);
    assert_int_equal(rollouts_do(ops, id, "resume").status, 200);
    a = rollouts_get(ops, id);
    assert_null(strstr(a.text, "cluster"));
}

UNIT(one_of_three_neither_halts_nor_opens_the_next_stage)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;
    int64_t id;

    rollouts_devices(ops, "pilot", 3, "[\"pilot\"]");
    rollouts_devices(ops, "mfp", 1, NULL);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), PILOT_FIRST);
    rollouts_finish(ops, "pilot-0", false);
    rollouts_finish(ops, "pilot-1", true);
    rollouts_finish(ops, "pilot-2", true);
    rollouts_tick(ops);
    a = rollouts_get(ops, id);
    assert_string_equal(support_text(&a, "state"), "running");
    assert_int_equal(support_int(&a, "stage"), 0);
    assert_int_equal(rollouts_offer(ops, "mfp-0", "deploymentBase"), 0);
}

/* What the device says it runs. */
static void runs(struct ops *ops, const char *id, const char *version)
{
    assert_int_equal(
        ddi_ask(&ops->s, "PUT", id, "/configData",
                arena_printf(ops->s.arena, "{\"mode\":\"merge\",\"data\":{\"component.system\":\"%s\"}}",
                             version))
            .status,
        200);
}

UNIT(who_was_healthy_and_comes_back_with_the_old_version_has_failed_after_all)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;
    int64_t id;

    rollouts_devices(ops, "mfp", 4, NULL);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), "");
    for (int i = 0; i < 3; i++)
        rollouts_finish(ops, rollouts_id(ops, "mfp", i), true);
    runs(ops, "mfp-0", "2.0"); /* as it should be */
    runs(ops, "mfp-1", "2.1"); /* somebody brought it more */
    a = rollouts_get(ops, id);
    assert_int_equal(support_int(&a, "stages.0.tally.healthy"), 3);
    ops->s.now_ms += RELAPSE_MS - 60000;
    runs(ops, "mfp-0", "1.0");
    runs(ops, "mfp-0", "1.0"); /* once is enough */
    a = rollouts_get(ops, id);
    assert_int_equal(support_int(&a, "stages.0.tally.healthy"), 2);
    assert_int_equal(support_int(&a, "stages.0.tally.failed"), 1);
    assert_non_null(
        strstr(ops_ask(ops, "viewer", "GET", "/api/v1/devices/mfp-0", NULL).text, "\"system\":\"1.0\""));
    ops->s.now_ms += 120000;
    runs(ops, "mfp-2", "1.0"); /* too late to speak against the release */
    a = rollouts_get(ops, id);
    assert_int_equal(support_int(&a, "stages.0.tally.healthy"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(three_of_41_with_one_finisher_halt_the_stage_and_the_notice_names_it),
        UNIT_TEST(one_of_three_neither_halts_nor_opens_the_next_stage),
        UNIT_TEST(who_was_healthy_and_comes_back_with_the_old_version_has_failed_after_all),
        UNIT_TEST(who_acted_is_listed_by_stage_and_state_and_in_pages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
