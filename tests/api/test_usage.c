/* Machines against their own days before: what is taken, what is refused, and what halts a rollout. */
#include "support/unit.h"

#include "base/text.h"
#include "support/rollouts.h"

#define DAY_MS (24 * 3600 * 1000LL)
#define MFPS 8
#define TERMS ",\"terms\":{\"fault_rise_percent\":50,\"print_drop_percent\":30}"

/* A day's counts, by how many days it is from now. */
static struct answer tell(struct ops *ops, const char *id, int64_t from_now, int pages, int faults)
{
    const char *date = text_time(ops->s.arena, ops->s.now_ms + from_now * DAY_MS);

    return ddi_ask(&ops->s, "PUT", id, "/usage",
                   arena_printf(ops->s.arena, "{\"days\":[{\"date\":\"%.10s\",\"pages\":%d,\"faults\":%d}]}",
                                date, pages, faults));
}

static void refused(const struct answer *a, const char *words)
{
    if (a->status != 400 || !strstr(a->text, words))
        fail_msg("%d %s instead of \"%s\"", a->status, a->text, words);
}

/* Four weeks of days before, then an update that went well on each. */
static int64_t updated(struct ops *ops, const char *terms)
{
    int64_t id;

    rollouts_devices(ops, "mfp", MFPS, "[\"pilot\"]");
    support_device(&ops->s, "later-0", QUIRK_NONE);
    for (int i = 0; i < MFPS; i++)
        for (int day = -28; day < 0; day++)
            assert_int_equal(
                tell(ops, rollouts_id(ops, "mfp", i), day, 400 + 10 * (day % 3), day % 9 == 0).status, 204);
    id = rollouts_started(
        ops, ddi_release(&ops->s, "2.0"),
        arena_printf(ops->s.arena, "%s,\"stages\":[{\"kind\":\"group\",\"tag\":\"pilot\"}]", terms));
    for (int i = 0; i < MFPS; i++) {
        const char *mfp = rollouts_id(ops, "mfp", i);

        assert_int_equal(
            ddi_say(&ops->s, mfp, rollouts_offer(ops, mfp, "deploymentBase"), "closed", "success", NULL)
                .status,
            200);
    }
    return id;
}

static void tell_all(struct ops *ops, int pages, int faults)
{
    for (int i = 0; i < MFPS; i++)
        assert_int_equal(tell(ops, rollouts_id(ops, "mfp", i), 0, pages, faults).status, 204);
}

static struct answer after_tick(struct ops *ops, int64_t id)
{
    rollouts_tick(ops);
    return rollouts_get(ops, id);
}

UNIT(faults_that_rise_against_each_machines_own_days_halt_the_rollout)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id = updated(ops, TERMS);
    struct answer a;

    ops->s.now_ms += DAY_MS; /* a Tuesday */
    tell_all(ops, 400, 2);
    a = after_tick(ops, id);
    assert_string_equal(support_text(&a, "state"), "halted");
    assert_non_null(strstr(support_text(&a, "reason"), "faults rose: 16 in 8 working days of 8 devices"));
}

UNIT(pages_that_fall_halt_it_and_not_before_a_working_day_has_passed)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id;
    struct answer a;

    ops->s.now_ms += 4 * DAY_MS; /* a Friday, in the afternoon */
    id = updated(ops, TERMS);
    for (int day = 1; day <= 2; day++) { /* nobody prints at the weekend */
        ops->s.now_ms += DAY_MS;
        tell_all(ops, 0, 0);
        a = after_tick(ops, id);
        assert_string_equal(support_text(&a, "state"), "running");
    }
    ops->s.now_ms += DAY_MS;
    tell_all(ops, 20, 0);
    a = after_tick(ops, id);
    assert_string_equal(support_text(&a, "state"), "halted");
    assert_non_null(strstr(support_text(&a, "reason"), "pages fell: 160 in 8 working days of 8 devices"));
}

UNIT(days_like_those_before_halt_nothing_and_neither_does_what_was_not_asked)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id = updated(ops, TERMS);
    struct answer a;

    for (int day = 0; day < 4; day++) {
        ops->s.now_ms += DAY_MS;
        tell_all(ops, 380 + 10 * day, 0);
        a = after_tick(ops, id);
        assert_string_not_equal(support_text(&a, "state"), "halted");
    }
    ops = ops_world(unit->arena);
    id = updated(ops, "");
    ops->s.now_ms += DAY_MS;
    tell_all(ops, 0, 50);
    a = after_tick(ops, id);
    assert_string_not_equal(support_text(&a, "state"), "halted");
}

UNIT(a_day_told_twice_counts_once)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id = updated(ops, TERMS);
    struct answer a;

    ops->s.now_ms += DAY_MS;
    for (int again = 0; again < 20; again++)
        assert_int_equal(tell(ops, "mfp-0", 0, 400, 2).status, 204);
    a = after_tick(ops, id);
    assert_string_not_equal(support_text(&a, "state"), "halted");
}

UNIT(only_counts_of_days_that_are_there_are_taken)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;

    support_device(&ops->s, "mfp-0", QUIRK_NONE);
    a = tell(ops, "mfp-0", 2, 1, 0);
    refused(&a, "has not come yet");
    a = tell(ops, "mfp-0", 0, 1000001, 0);
    refused(&a, "pages");
    a = ddi_ask(&ops->s, "PUT", "mfp-0", "/usage",
                "{\"days\":[{\"date\":\"2026-09-01\",\"pages\":1,\"faults\":0,\"job\":\"salaries.pdf\"}]}");
    refused(&a, "job");
    a = ddi_ask(&ops->s, "PUT", "mfp-0", "/usage",
                "{\"days\":[{\"date\":\"yesterday!\",\"pages\":1,\"faults\":0}]}");
    refused(&a, "2026-11-26");
    a = ddi_ask(
        &ops->s, "PUT", "mfp-0", "/usage",
        "{\"days\":[{\"date\":\"2026-09-02\",\"pages\":1,\"faults\":0},{\"date\":\"2026-09-01\",\"pages\":1,"
        "\"faults\":0}]}");
    refused(&a, "the oldest first");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(faults_that_rise_against_each_machines_own_days_halt_the_rollout),
        UNIT_TEST(pages_that_fall_halt_it_and_not_before_a_working_day_has_passed),
        UNIT_TEST(days_like_those_before_halt_nothing_and_neither_does_what_was_not_asked),
        UNIT_TEST(a_day_told_twice_counts_once),
        UNIT_TEST(only_counts_of_days_that_are_there_are_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
