/* A rollout that wants a fresh backup: nothing is installed without one, whoever takes no part is named. */
#include "support/unit.h"

#include "base/text.h"
#include "support/backup.h"
#include "support/rollouts.h"

#define FRESH ",\"terms\":{\"fresh_backup_h\":24}"

static const char *update_of(struct ops *ops, const char *id)
{
    int64_t action = rollouts_offer(ops, id, "deploymentBase");
    struct answer a;

    if (action == 0)
        return "nothing";
    a = ddi_get(&ops->s, id, "deploymentBase", action);
    return support_text(&a, "deployment.update");
}

static bool is_asked(struct ops *ops, const char *id)
{
    struct answer poll = ddi_poll(&ops->s, id);

    return ddi_href(&poll, "backups") != NULL;
}

static bool why_says(struct ops *ops, const char *id, const char *code)
{
    struct answer a =
        ops_ask(ops, "viewer", "GET", arena_printf(ops->s.arena, "/api/v1/devices/%s/why", id), NULL);

    assert_int_equal(a.status, 200);
    return strstr(a.text, arena_printf(ops->s.arena, "\"code\":\"%s\"", code)) != NULL;
}

UNIT(nothing_is_installed_before_the_backup_that_was_asked_for_has_come)
{
    struct ops *ops = ops_world(unit->arena);
    struct backer *b = backer_make(&ops->s, "mfp-0");
    struct answer terms;

    rollouts_started(ops, ddi_release(&ops->s, "2.0"), FRESH);
    assert_string_equal(update_of(ops, "mfp-0"), "skip");
    assert_true(is_asked(ops, "mfp-0"));
    terms = backer_ask(b, "GET", "/backups", "", NULL);
    assert_string_equal(support_text(&terms, "wanted"), "before-update");
    assert_true(why_says(ops, "mfp-0", "backup-needed"));
    backer_backup(b);
    assert_false(is_asked(ops, "mfp-0"));
    assert_string_equal(update_of(ops, "mfp-0"), "forced");
    assert_false(why_says(ops, "mfp-0", "backup-needed"));
    /* Not begun within a day: too old again, and another one is asked for. */
    ops->s.now_ms += 25 * 3600 * 1000LL;
    assert_string_equal(update_of(ops, "mfp-0"), "skip");
    assert_true(is_asked(ops, "mfp-0"));
}

UNIT(what_has_begun_is_not_stopped_by_a_backup_that_became_old)
{
    struct ops *ops = ops_world(unit->arena);
    struct backer *b = backer_make(&ops->s, "mfp-0");
    int64_t action;

    backer_backup(b);
    rollouts_started(ops, ddi_release(&ops->s, "2.0"), FRESH);
    action = rollouts_offer(ops, "mfp-0", "deploymentBase");
    ddi_say(&ops->s, "mfp-0", action, "proceeding", "none", "\"code\":9040");
    ops->s.now_ms += 25 * 3600 * 1000LL;
    assert_string_equal(update_of(ops, "mfp-0"), "forced");
}

UNIT(who_takes_no_part_in_backups_is_counted_at_the_start_and_named)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;
    int64_t id;

    backer_make(&ops->s, "mfp-0");
    support_device(&ops->s, "stock-0", QUIRK_NONE);
    id = rollouts_started(ops, ddi_release(&ops->s, "2.0"), FRESH);
    a = rollouts_get(ops, id);
    assert_string_equal(support_text(&a, "reason"),
                        "1 of its devices take no part in backups, and get nothing without one");
    assert_string_equal(update_of(ops, "stock-0"), "skip");
    assert_false(is_asked(ops, "stock-0"));
    assert_true(why_says(ops, "stock-0", "no-backups"));
    a = ops_ask(ops, "viewer", "GET", arena_printf(unit->arena, "/api/v1/rollouts/%lld/why", (long long)id),
                NULL);
    assert_non_null(strstr(a.text, "\"no-backups\""));
}

UNIT(it_is_not_asked_for_so_early_that_it_would_be_old_when_the_hours_open)
{
    struct ops *ops = ops_world(unit->arena);

    /* 14:13 on a Monday; the hours open at 22:00. */
    backer_make(&ops->s, "mfp-0");
    rollouts_started(
        ops, ddi_release(&ops->s, "2.0"),
        ",\"terms\":{\"fresh_backup_h\":2},\"window\":{\"start\":\"22:00\",\"end\":\"05:00\",\"zone\":"
        "\"UTC\"}");
    assert_string_equal(update_of(ops, "mfp-0"), "skip");
    assert_false(is_asked(ops, "mfp-0"));
    ops->s.now_ms += 6 * 3600 * 1000LL; /* 20:13 */
    assert_true(is_asked(ops, "mfp-0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(nothing_is_installed_before_the_backup_that_was_asked_for_has_come),
        UNIT_TEST(what_has_begun_is_not_stopped_by_a_backup_that_became_old),
        UNIT_TEST(who_takes_no_part_in_backups_is_counted_at_the_start_and_named),
        UNIT_TEST(it_is_not_asked_for_so_early_that_it_would_be_old_when_the_hours_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
