/* What opens the next stage beside its gate: a person's yes, a working day, the time of a start. */
#include "support/unit.h"

#include "base/text.h"
#include "domain/report.h"
#include "domain/rollout.h"
#include "support/rollouts.h"

#define HOUR_MS 3600000LL
#define TWO_STAGES ",\"stages\":[{\"kind\":\"count\",\"value\":1}]"

static int64_t at(const char *text)
{
    int64_t ms = 0;

    assert_true(text_time_parse(text, &ms));
    return ms;
}

/* Whoever is offered it now says that it is done. */
static int done(struct ops *ops, int devices)
{
    int count = 0;

    for (int i = 0; i < devices; i++) {
        const char *id = rollouts_id(ops, "mfp", i);
        int64_t action = rollouts_offer(ops, id, "deploymentBase");

        if (action)
            assert_int_equal(ddi_say(&ops->s, id, action, "closed", "success", NULL).status, 200);
        count += action != 0;
    }
    return count;
}

static int64_t stage_of(struct ops *ops, int64_t id)
{
    struct answer a = rollouts_get(ops, id);

    return support_int(&a, "stage");
}

static void conflict(struct answer a, const char *words)
{
    if (a.status != 409 || !strstr(support_text(&a, "detail"), words))
        fail_msg("%d %s", a.status, a.text);
}

UNIT(a_passed_stage_waits_for_a_persons_yes_where_the_terms_ask_for_it)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;
    int64_t id;

    rollouts_devices(ops, "mfp", 3, NULL);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), TWO_STAGES ",\"terms\":{\"approved\":true}");
    conflict(rollouts_do(ops, id, "advance"), "too few devices of the open stage are healthy yet");
    assert_int_equal(done(ops, 3), 1);
    for (int i = 0; i < 3; i++)
        rollouts_tick(ops);
    assert_int_equal(stage_of(ops, id), 0);
    a = ops_ask(ops, "viewer", "GET", arena_printf(unit->arena, "/api/v1/rollouts/%lld/why", (long long)id),
                NULL);
    assert_string_equal(support_text(&a, "waits"),
                        "stage 0 is passed, and somebody has to open the next: advance it");
    assert_int_equal(ops_ask(ops, "technician", "POST",
                             arena_printf(unit->arena, "/api/v1/rollouts/%lld/advance", (long long)id), "{}")
                         .status,
                     403);
    a = rollouts_do(ops, id, "advance");
    assert_int_equal(a.status, 200);
    assert_int_equal(support_int(&a, "stage"), 1);
    assert_string_equal(support_text(&a, "stages.0.state"), "done");
    conflict(rollouts_do(ops, id, "advance"), "too few");
    assert_int_equal(done(ops, 3), 2);
    rollouts_tick(ops); /* behind the last stage there is nothing to open: it ends by itself */
    a = rollouts_get(ops, id);
    assert_string_equal(support_text(&a, "state"), "finished");
    conflict(rollouts_do(ops, id, "advance"), "it does not run");
}

UNIT(without_that_term_nobody_has_to_say_yes)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id;

    rollouts_devices(ops, "mfp", 2, NULL);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), TWO_STAGES);
    assert_int_equal(done(ops, 2), 1);
    conflict(rollouts_do(ops, id, "advance"), "it goes on by itself");
    rollouts_tick(ops);
    assert_int_equal(stage_of(ops, id), 1);
}

static void tick(struct ops *ops, int64_t now_ms)
{
    struct err err = {0};

    ops->s.now_ms = now_ms;
    if (!report_tick(&ops->s.world, now_ms, &err) || !rollout_tick(&ops->s.world, now_ms, &err) ||
        !rollout_plan_tick(&ops->s.world, now_ms, &err))
        fail_msg("tick: %s", err.text);
}

UNIT(a_stage_soaks_through_a_whole_working_day_of_its_site_before_the_next_opens)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;
    int64_t id;

    rollouts_devices(ops, "mfp", 2, NULL);
    assert_int_equal(ops_calendar(ops, "fair", OPS_CALENDAR).status, 200); /* 21 and 22 September 2026 */
    assert_int_equal(ops_ask(ops, "technician", "PUT", "/api/v1/sites/berlin",
                             "{\"zone\":\"Europe/Berlin\",\"calendars\":[\"fair\"]}")
                         .status,
                     200);
    for (int i = 0; i < 2; i++)
        assert_int_equal(ops_ask(ops, "technician", "PATCH",
                                 arena_printf(unit->arena, "/api/v1/devices/mfp-%d", i),
                                 "{\"site\":\"berlin\"}")
                             .status,
                         200);
    ops->s.now_ms = at("2026-09-18T07:00:00Z"); /* a Friday, 09:00 in Berlin: that day has begun */
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), TWO_STAGES ",\"terms\":{\"soak_workday\":true}");
    assert_int_equal(done(ops, 2), 1);
    for (int i = 0; i < 2; i++) {
        a = ops_ask(ops, "viewer", "GET", arena_printf(unit->arena, "/api/v1/devices/mfp-%d/why", i), NULL);
        if (text_equal(support_text(&a, "targets.0.waits.0.code"), "under-way"))
            break;
    }
    assert_string_equal(support_text(&a, "targets.0.waits.0.until"), "2026-09-23T16:00:00Z");
    tick(ops, at("2026-09-22T23:00:00Z")); /* the weekend and two holidays later */
    assert_int_equal(stage_of(ops, id), 0);
    tick(ops, at("2026-09-23T15:59:59Z"));
    assert_int_equal(stage_of(ops, id), 0);
    tick(ops, at("2026-09-23T16:00:00Z"));
    assert_int_equal(stage_of(ops, id), 1);
}

UNIT(a_start_for_later_shows_its_time_and_happens_then_over_the_fleet_of_then)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t release = ddi_release(&ops->s, "2.0"), id;
    struct answer a;

    ops->s.now_ms = at("2026-09-21T12:00:00Z");
    id = rollouts_started(ops, release,
                          ",\"terms\":{\"starts\":\"2026-09-22T20:00:00Z\"}"); /* nobody is there yet */
    a = rollouts_get(ops, id);
    assert_string_equal(support_text(&a, "state"), "planning");
    assert_string_equal(support_text(&a, "reason"), "it starts at 2026-09-22T20:00:00Z");
    rollouts_devices(ops, "mfp", 2, NULL);
    tick(ops, at("2026-09-22T19:59:59Z"));
    assert_int_equal(done(ops, 2), 0);
    tick(ops, at("2026-09-22T20:00:00Z"));
    a = rollouts_get(ops, id);
    assert_string_equal(support_text(&a, "state"), "running");
    assert_null(support_at(&a, "reason"));
    assert_int_equal(support_int(&a, "stages.0.planned"), 2);
    assert_int_equal(done(ops, 2), 2);
}

UNIT(a_start_for_later_is_called_off_by_a_pause_or_an_abort)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t release = ddi_release(&ops->s, "2.0"), paused, aborted;
    struct answer a;

    rollouts_devices(ops, "mfp", 2, NULL);
    ops->s.now_ms = at("2026-09-21T12:00:00Z");
    paused = rollouts_started(ops, release, ",\"terms\":{\"starts\":\"2026-09-22T20:00:00Z\"}");
    aborted = rollouts_started(ops, release, ",\"terms\":{\"starts\":\"2026-09-22T20:00:00Z\"}");
    assert_int_equal(rollouts_do(ops, paused, "pause").status, 200);
    assert_int_equal(rollouts_do(ops, aborted, "abort").status, 200);
    tick(ops, at("2026-09-23T20:00:00Z"));
    a = rollouts_get(ops, paused);
    assert_string_equal(support_text(&a, "state"), "draft");
    a = rollouts_get(ops, aborted);
    assert_string_equal(support_text(&a, "state"), "aborted");
    assert_int_equal(done(ops, 2), 0);
    assert_int_equal(rollouts_do(ops, paused, "start").status, 200); /* its time has passed: at once */
    assert_int_equal(done(ops, 2), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_passed_stage_waits_for_a_persons_yes_where_the_terms_ask_for_it),
        UNIT_TEST(without_that_term_nobody_has_to_say_yes),
        UNIT_TEST(a_stage_soaks_through_a_whole_working_day_of_its_site_before_the_next_opens),
        UNIT_TEST(a_start_for_later_shows_its_time_and_happens_then_over_the_fleet_of_then),
        UNIT_TEST(a_start_for_later_is_called_off_by_a_pause_or_an_abort),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
