/* A rehearsal at its door: the real fleet's windows, holds, versions and silence, and nothing changed. */
#include "support/unit.h"

#include <stdlib.h>

#include "base/text.h"
#include "domain/plans.h"
#include "domain/seen.h"
#include "support/enrol.h"
#include "support/rollouts.h"

#define NIGHT "{\"start\":\"22:00\",\"end\":\"05:00\"}"

static struct answer rehearse(struct ops *ops, int64_t rollout, const char *body)
{
    return ops_ask(ops, "viewer", "POST",
                   arena_printf(ops->s.arena, "/api/v1/rollouts/%lld/rehearse", (long long)rollout), body);
}

static int64_t made(struct ops *ops, int64_t release, const char *more)
{
    struct answer a = rollouts_make(ops, release, more);

    assert_int_equal(a.status, 201);
    return support_int(&a, "id");
}

static void patch(struct ops *ops, const char *id, const char *body)
{
    assert_int_equal(
        ops_ask(ops, "technician", "PATCH", arena_printf(ops->s.arena, "/api/v1/devices/%s", id), body)
            .status,
        200);
}

static void site(struct ops *ops, const char *name, const char *window)
{
    assert_int_equal(ops_ask(ops, "technician", "PUT", arena_printf(ops->s.arena, "/api/v1/sites/%s", name),
                             arena_printf(ops->s.arena, "{\"zone\":\"Europe/Berlin\",\"window\":%s}", window))
                         .status,
                     200);
}

/* Ten devices that were just heard of, at a site that has nights. */
static struct ops *world(struct unit *unit)
{
    struct ops *ops = ops_world(unit->arena);

    site(ops, "plant", NIGHT);
    rollouts_devices(ops, "mfp", 10, NULL);
    for (int i = 0; i < 10; i++) {
        const char *id = rollouts_id(ops, "mfp", i);

        patch(ops, id, "{\"site\":\"plant\"}");
        seen_note(ops->s.world.seen, support_device_get(&ops->s, id).id, ops->s.now_ms, "192.0.2.1");
    }
    return ops;
}

static const char *never(const struct answer *a, int no)
{
    const struct json *one = json_item(support_at(a, "never"), (size_t)no);

    return one ? json_string(json_member(one, "code")) : "";
}

UNIT(a_draft_is_rehearsed_and_stays_a_draft)
{
    struct ops *ops = world(unit);
    int64_t id = made(ops, ddi_release(&ops->s, "2.0"), ",\"stages\":[{\"kind\":\"count\",\"value\":2}]");
    struct answer a = rehearse(ops, id, "{\"seed\":3}"), after;

    assert_int_equal(a.status, 200);
    assert_string_equal(support_text(&a, "rollout.state"), "draft");
    assert_int_equal(support_int(&a, "devices.planned"), 10);
    assert_int_equal(support_int(&a, "devices.installed") + support_int(&a, "devices.failed"), 10);
    assert_non_null(support_text(&a, "finish"));
    assert_int_equal(support_int(&a, "stages.0.planned"), 2);
    assert_int_equal(support_int(&a, "stages.1.planned"), 8);
    /* 22:00 in Berlin is 20:00 UTC: the night of this very day. */
    assert_string_equal(support_text(&a, "by_night.0.night"), "2026-09-21");
    assert_int_equal(support_int(&a, "install.measured"), 0);
    assert_int_equal(support_int(&a, "failures.measured"), 0);
    assert_int_equal(support_int(&a, "bad_release.trials"), 1000);
    assert_true(json_count(support_at(&a, "left_out")) >= 3);
    after = rollouts_get(ops, id);
    assert_string_equal(support_text(&after, "state"), "draft");
    assert_int_equal(support_int(&after, "stages.0.planned"), 0);
}

UNIT(canaries_are_chosen_as_the_start_will_choose_them)
{
    static const char *const finisher[] = {"A", "B", "C"};
    struct ops *ops = world(unit);
    struct answer a, started;
    int64_t id;

    for (int i = 0; i < 10; i++)
        assert_int_equal(
            ddi_ask(&ops->s, "PUT", rollouts_id(ops, "mfp", i), "/configData",
                    arena_printf(unit->arena, "{\"mode\":\"merge\",\"data\":{\"option.finisher\":\"%s\"}}",
                                 finisher[i % COUNT(finisher)]))
                .status,
            200);
    id = made(ops, ddi_release(&ops->s, "2.0"), ",\"stages\":[{\"kind\":\"canary\"}]");
    a = rehearse(ops, id, "{}");
    assert_int_equal(support_int(&a, "stages.0.planned"), 3); /* one of each */
    assert_int_equal(support_int(&a, "stages.1.planned"), 7);
    assert_int_equal(support_int(&a, "devices.installed") + support_int(&a, "devices.failed"), 10);
    assert_int_equal(rollouts_do(ops, id, "start").status, 200);
    started = rollouts_get(ops, id);
    assert_int_equal(support_int(&started, "stages.0.planned"), 3);
}

UNIT(each_device_has_its_own_quiet_hours)
{
    struct ops *ops = world(unit);
    struct answer a;
    int64_t id = made(ops, ddi_release(&ops->s, "2.0"),
                      ",\"terms\":{\"quiet\":{\"minutes\":60,\"from\":\"10:00\",\"to\":\"16:00\"}}");

    a = rehearse(ops, id, "{\"nights\":3,\"from\":\"2026-10-01T00:00:00Z\"}");
    assert_int_equal(a.status, 200);
    assert_int_equal(support_int(&a, "devices.installed") + support_int(&a, "devices.failed"), 10);
    /* Not at night, as their site would have it: Berlin's 10:00 to 16:00 are UTC's 08:00 to 14:00 of one day. */
    assert_in_range(strtoll(strchr(support_text(&a, "finish"), 'T') + 1, NULL, 10), 9, 14);
    assert_non_null(strstr(support_text(&a, "finish"), "2026-10-01T"));
}

static bool is_left_out(const struct answer *a, const char *what)
{
    const struct json *list = support_at(a, "left_out");

    for (size_t i = 0; i < json_count(list); i++)
        if (strstr(json_string(json_item(list, i)), what))
            return true;
    return false;
}

UNIT(hours_for_downloads_count_and_what_is_left_out_is_said)
{
    struct ops *ops = world(unit);
    struct answer a;
    int64_t id =
        made(ops, ddi_release(&ops->s, "2.0"),
             ",\"terms\":{\"download_window\":{\"start\":\"12:00\",\"end\":\"12:30\"},\"site_most\":1}");

    a = rehearse(ops, id, "{}");
    assert_int_equal(a.status, 200);
    assert_false(is_left_out(&a, "downloads"));
    assert_true(is_left_out(&a, "limits within a site"));
    /* 12:00 in Berlin is 10:00 UTC. */
    assert_non_null(strstr(support_text(&a, "by_night.0.busiest"), "T10:00"));
}

UNIT(the_same_seed_is_the_same_answer_to_the_byte)
{
    struct ops *ops = world(unit);
    int64_t id = made(ops, ddi_release(&ops->s, "2.0"), "");
    struct answer a = rehearse(ops, id, "{\"seed\":3,\"bad_percent\":20}");
    struct answer b = rehearse(ops, id, "{\"seed\":3,\"bad_percent\":20}");
    struct answer c = rehearse(ops, id, "{\"seed\":4,\"bad_percent\":20}");

    assert_int_equal(a.status, 200);
    assert_string_equal(a.text, b.text);
    assert_string_not_equal(a.text, c.text);
}

UNIT(who_never_fits_is_named_with_the_reason_that_the_offer_and_the_window_have)
{
    struct ops *ops = world(unit);
    struct answer a;
    int64_t id;

    site(ops, "kiosk", "{\"start\":\"01:00\",\"end\":\"01:05\"}");
    patch(ops, "mfp-1", "{\"site\":\"kiosk\"}");
    assert_int_equal(ops_ask(ops, "technician", "POST", "/api/v1/holds",
                             "{\"scope\":\"device\",\"object\":\"mfp-2\",\"reason\":\"fair\","
                             "\"until\":\"2026-12-31T00:00:00Z\"}")
                         .status,
                     201);
    support_device(&ops->s, "mfp-off", QUIRK_NONE); /* it was never heard of */
    id = made(ops, ddi_release(&ops->s, "2.0"),
              ",\"thresholds\":{\"fail_percent\":100,\"healthy_percent\":1}");
    a = rehearse(ops, id, "{\"nights\":10}");
    assert_int_equal(a.status, 200);
    assert_int_equal(support_int(&a, "devices.planned"), 11);
    assert_int_equal(json_count(support_at(&a, "never")), 3);
    for (int i = 0; i < 3; i++) {
        const char *code = never(&a, i);

        assert_true(text_equal(code, "window-too-short") || text_equal(code, "held") ||
                    text_equal(code, "not-seen"));
        for (int k = 0; k < i; k++)
            assert_string_not_equal(code, never(&a, k));
    }
}

UNIT(a_running_rollout_goes_on_from_where_it_is)
{
    struct ops *ops = world(unit);
    int64_t id = made(ops, ddi_release(&ops->s, "2.0"),
                      ",\"urgent\":true,\"terms\":{\"urgent_reason\":\"x\"}"),
            action;
    struct answer a;

    assert_int_equal(rollouts_do(ops, id, "start").status, 200);
    action = rollouts_offer(ops, "mfp-0", "deploymentBase");
    assert_int_equal(ddi_get(&ops->s, "mfp-0", "deploymentBase", action).status, 200);
    assert_int_equal(ddi_say(&ops->s, "mfp-0", action, "closed", "success", NULL).status, 200);
    a = rehearse(ops, id, "{}");
    assert_int_equal(a.status, 200);
    assert_string_equal(support_text(&a, "rollout.state"), "running");
    assert_int_equal(support_int(&a, "devices.planned"), 10);
    assert_int_equal(support_int(&a, "devices.offered"), 9);
    assert_non_null(support_text(&a, "finish"));
}

UNIT(what_is_over_cannot_be_rehearsed_and_what_is_asked_is_checked)
{
    struct ops *ops = world(unit);
    int64_t id = made(ops, ddi_release(&ops->s, "2.0"), "");

    assert_int_equal(rehearse(ops, id, "{\"nights\":91}").status, 400);
    assert_int_equal(rehearse(ops, id, "{\"from\":\"tonight\"}").status, 400);
    assert_int_equal(rehearse(ops, id, "{\"from\":\"9999-12-31T23:59:59Z\"}").status, 400);
    assert_int_equal(rehearse(ops, id, "{\"from\":\"1971-01-01T00:00:00Z\"}").status, 400);
    assert_int_equal(rehearse(ops, id + 99, "{}").status, 404);
    assert_int_equal(rehearse(ops, id, "{\"from\":\"2026-10-01T18:00:00Z\"}").status, 200);
    assert_int_equal(rollouts_do(ops, id, "abort").status, 200);
    assert_int_equal(rehearse(ops, id, "{}").status, 409);
}

UNIT(two_rehearsals_at_once_are_one_too_many)
{
    struct ops *ops = world(unit);
    int64_t id = made(ops, ddi_release(&ops->s, "2.0"), "");

    assert_true(plans_walk_begin(ops->s.world.plans));
    assert_int_equal(rehearse(ops, id, "{}").status, 429);
    plans_walk_end(ops->s.world.plans);
    assert_int_equal(rehearse(ops, id, "{}").status, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_draft_is_rehearsed_and_stays_a_draft),
        UNIT_TEST(canaries_are_chosen_as_the_start_will_choose_them),
        UNIT_TEST(each_device_has_its_own_quiet_hours),
        UNIT_TEST(hours_for_downloads_count_and_what_is_left_out_is_said),
        UNIT_TEST(the_same_seed_is_the_same_answer_to_the_byte),
        UNIT_TEST(who_never_fits_is_named_with_the_reason_that_the_offer_and_the_window_have),
        UNIT_TEST(a_running_rollout_goes_on_from_where_it_is),
        UNIT_TEST(what_is_over_cannot_be_rehearsed_and_what_is_asked_is_checked),
        UNIT_TEST(two_rehearsals_at_once_are_one_too_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
