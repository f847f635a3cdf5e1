/* A rollout ends when nobody is left to whom it could be offered: through the doors, to devices that answer by hand. */
#include "support/unit.h"

#include "base/text.h"
#include "domain/awaited.h"
#include "support/rollouts.h"

#define LAB_NEWER ",\"selection\":{\"tags\":[\"lab\"]},\"terms\":{\"supersede\":true}"

static void technician(struct ops *ops, const char *path, const char *body, int status)
{
    struct answer a = ops_ask(ops, "technician", "POST", path, body);

    if (a.status != status)
        fail_msg("POST %s: %d %s", path, a.status, a.text);
}

static void retire(struct ops *ops, const char *id)
{
    technician(ops, arena_printf(ops->s.arena, "/api/v1/devices/%s/retire", id), "{}", 200);
}

static void assert_ended(struct ops *ops, int64_t rollout, const char *reason)
{
    struct answer a = rollouts_get(ops, rollout);

    assert_string_equal(support_text(&a, "state"), "finished");
    assert_string_equal(*reason ? support_text(&a, "reason") : "", reason);
    assert_int_equal(*reason != 0, support_at(&a, "reason") != NULL);
    assert_true(*support_text(&a, "ended"));
}

UNIT(one_whose_other_devices_a_newer_took_ends_when_its_own_are_done)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t older, newer, first = ddi_release(&ops->s, "2.0"), second = ddi_release(&ops->s, "3.0");
    struct answer audit, why;

    rollouts_devices(ops, "mfp", 2, NULL);
    rollouts_devices(ops, "lab", 2, "[\"lab\"]");
    older = rollouts_started(ops, first, "");
    newer = rollouts_started(ops, second, LAB_NEWER);
    rollouts_finish(ops, "mfp-0", true);
    rollouts_tick(ops);
    rollouts_tick(ops);
    assert_string_equal(rollouts_state(ops, older), "running"); /* one of its own has not come yet */
    rollouts_offer(ops, "mfp-1", "deploymentBase");
    rollouts_tick(ops);
    assert_string_equal(rollouts_state(ops, older), "running"); /* it holds it */
    rollouts_finish(ops, "mfp-1", true);
    rollouts_tick(ops);
    assert_ended(ops, older, "nobody is left whom it could be offered to: a newer rollout serves it (2)");
    why = ops_ask(ops, "viewer", "GET",
                  arena_printf(unit->arena, "/api/v1/rollouts/%lld/why", (long long)older), NULL);
    assert_string_equal(support_text(&why, "waits"),
                        "nobody is left whom it could be offered to: a newer rollout serves it (2)");
    audit = ops_ask(ops, "admin", "GET", "/api/v1/audit?limit=5", NULL);
    assert_non_null(strstr(audit.text, "rollout.finish"));
    assert_non_null(strstr(audit.text, "a newer rollout serves it (2)"));
    assert_string_equal(rollouts_state(ops, newer), "running");
}

UNIT(a_newer_that_is_aborted_gives_its_devices_back_and_the_older_waits_for_them)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t older, newer, first = ddi_release(&ops->s, "2.0"), second = ddi_release(&ops->s, "3.0");

    rollouts_devices(ops, "lab", 2, "[\"lab\"]");
    rollouts_devices(ops, "mfp", 1, NULL);
    older = rollouts_started(ops, first, "");
    newer = rollouts_started(ops, second, LAB_NEWER);
    rollouts_tick(ops); /* walks past both of the lab to the one who waits */
    assert_int_equal(rollouts_do(ops, newer, "abort").status, 200);
    rollouts_finish(ops, "mfp-0", true);
    rollouts_tick(ops);
    assert_string_equal(rollouts_state(ops, older), "running");
    rollouts_finish(ops, "lab-0", true);
    rollouts_finish(ops, "lab-1", true);
    rollouts_tick(ops);
    assert_ended(ops, older, "");
}

UNIT(who_is_retired_or_has_it_by_hand_is_not_waited_for_and_who_is_held_is)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id, hand, release = ddi_release(&ops->s, "2.0");
    struct answer hold;

    rollouts_devices(ops, "mfp", 4, NULL);
    id = rollouts_started(ops, release, "");
    hold = ops_ask(
        ops, "technician", "POST", "/api/v1/holds",
        arena_printf(unit->arena,
                     "{\"scope\":\"device\",\"object\":\"mfp-3\",\"reason\":\"fair\",\"until\":\"%s\"}",
                     text_time(unit->arena, ops->s.now_ms + 86400000)));
    assert_int_equal(hold.status, 201);
    rollouts_finish(ops, "mfp-0", true);
    retire(ops, "mfp-1");
    hand = support_assign(&ops->s, "mfp-2", release, NULL);
    ddi_say(&ops->s, "mfp-2", hand, "closed", "success", NULL);
    for (int i = 0; i < 3; i++)
        rollouts_tick(ops);
    assert_string_equal(rollouts_state(ops, id), "running");
    assert_int_equal(
        ops_ask(ops, "technician", "DELETE",
                arena_printf(unit->arena, "/api/v1/holds/%lld", (long long)support_int(&hold, "id")), NULL)
            .status,
        200);
    retire(ops, "mfp-3");
    rollouts_tick(ops);
    assert_ended(ops, id,
                 "nobody is left whom it could be offered to: the device is not active (2); "
                 "it has every component of the release (1)");
}

UNIT(one_after_whose_latest_time_nothing_begins_ends_then)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id, release = ddi_release(&ops->s, "2.0");

    rollouts_devices(ops, "mfp", 3, NULL);
    id = rollouts_started(ops, release,
                          arena_printf(unit->arena, ",\"terms\":{\"latest\":\"%s\"}",
                                       text_time(unit->arena, ops->s.now_ms + 3600000)));
    rollouts_finish(ops, "mfp-0", true);
    rollouts_tick(ops);
    assert_string_equal(rollouts_state(ops, id), "running");
    ops->s.now_ms += 3600000;
    rollouts_tick(ops);
    assert_ended(ops, id,
                 "nobody is left whom it could be offered to: no install of its rollout begins any more (2)");
}

UNIT(a_first_stage_that_a_newer_took_opens_no_further_one_and_the_rollout_stays)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t older, first = ddi_release(&ops->s, "2.0"), second = ddi_release(&ops->s, "3.0");
    struct answer a;

    rollouts_devices(ops, "lab", 1, "[\"lab\"]");
    rollouts_devices(ops, "mfp", 1, NULL);
    older = rollouts_started(ops, first, ",\"stages\":[{\"kind\":\"group\",\"tag\":\"lab\"}]");
    rollouts_started(ops, second, LAB_NEWER);
    for (int i = 0; i < 3; i++)
        rollouts_tick(ops);
    a = rollouts_get(ops, older);
    assert_string_equal(support_text(&a, "state"), "running");
    assert_int_equal(support_int(&a, "stage"), 0); /* nobody has proved anything */
}

/* Those whom a newer rollout has are excused for good: past the deadline they keep nothing open. */
UNIT(past_the_deadline_it_ends_although_some_were_never_heard)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t older, first = ddi_release(&ops->s, "2.0"), second = ddi_release(&ops->s, "3.0");

    rollouts_devices(ops, "mfp", 2, NULL);
    rollouts_devices(ops, "lab", 2, "[\"lab\"]");
    older = rollouts_started(ops, first, ",\"thresholds\":{\"deadline_h\":24,\"fail_percent\":100}");
    rollouts_started(ops, second, LAB_NEWER);
    rollouts_finish(ops, "mfp-0", true);
    rollouts_tick(ops);
    ops->s.now_ms += 25 * 3600000;
    ops->s.now_ms -= ops->s.now_ms % 600000 + 60000; /* the next tick is one that looks for excuses */
    rollouts_tick(ops);
    assert_ended(ops, older, "2 of its devices belong to a newer rollout, or have no hours for it");
}

UNIT(a_large_family_is_walked_through_in_pieces)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id, release = ddi_release(&ops->s, "2.0");
    int ticks = 0;

    rollouts_devices(ops, "mfp", AWAITED_PIECE + 2, NULL);
    id = rollouts_started(ops, release, ",\"selection\":{\"devices\":[\"mfp-1\",\"mfp-1000\",\"mfp-1001\"]}");
    rollouts_finish(ops, "mfp-1", true);
    for (int i = 0; i < 4; i++)
        rollouts_tick(ops);
    retire(ops, "mfp-1000");
    rollouts_tick(ops);
    assert_string_equal(rollouts_state(ops, id), "running"); /* the last one waits */
    retire(ops, "mfp-1001");
    while (strcmp(rollouts_state(ops, id), "running") == 0 && ticks++ < 10)
        rollouts_tick(ops);
    assert_ended(ops, id, "nobody is left whom it could be offered to: the device is not active (2)");
    assert_true(ticks >= 1); /* not in one piece */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(one_whose_other_devices_a_newer_took_ends_when_its_own_are_done),
        UNIT_TEST(a_newer_that_is_aborted_gives_its_devices_back_and_the_older_waits_for_them),
        UNIT_TEST(who_is_retired_or_has_it_by_hand_is_not_waited_for_and_who_is_held_is),
        UNIT_TEST(one_after_whose_latest_time_nothing_begins_ends_then),
        UNIT_TEST(a_first_stage_that_a_newer_took_opens_no_further_one_and_the_rollout_stays),
        UNIT_TEST(past_the_deadline_it_ends_although_some_were_never_heard),
        UNIT_TEST(a_large_family_is_walked_through_in_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
