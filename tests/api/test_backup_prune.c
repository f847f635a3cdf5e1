#include "support/unit.h"

#include "base/text.h"
#include "domain/backup.h"
#include "domain/bell.h"
#include "store/backups.h"
#include "store/restores.h"
#include "support/backup.h"
#include "support/ops.h"

#define DAY_MS (24 * 3600 * 1000LL)

static const char *door(struct ops *ops, int64_t id, const char *rest)
{
    return arena_printf(ops->s.arena, "/api/v1/backups/%lld%s", (long long)id, rest);
}

static void rule(struct ops *ops, const char *json)
{
    assert_int_equal(ops_ask(ops, "admin", "PUT", "/api/v1/backup-rules", json).status, 200);
}

static struct answer prune(struct ops *ops, bool is_dry)
{
    struct answer answer =
        ops_ask(ops, "admin", "POST", "/api/v1/backups/prune", is_dry ? "{\"dry_run\":true}" : "{}");

    if (answer.status != 200)
        fail_msg("%d %s", answer.status, answer.text);
    return answer;
}

static size_t pruned(const struct answer *answer)
{
    return json_count(support_at(answer, "items"));
}

static struct backup row(struct unit *unit, struct ops *ops, int64_t id)
{
    struct backup backup = {0};

    MUST(store_backup_get(ops->s.store, unit->arena, 1, id, &backup, &unit->err));
    return backup;
}

static bool is_gone(struct unit *unit, struct ops *ops, int64_t id)
{
    struct backup backup = row(unit, ops, id);
    struct span header;

    MUST(store_backup_header(ops->s.store, unit->arena, id, &header, &unit->err));
    assert_int_equal(backup.gone_ms > 0, header.size == 0);
    assert_int_equal(backup.gone_ms > 0, !blob_exists(ops->s.world.blobs, backup.payload));
    return backup.gone_ms > 0;
}

/* One a day, oldest first; it is the day of the last one afterwards. */
static void daily(struct ops *ops, struct backer *b, int64_t *ids, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i)
            ops->s.now_ms += DAY_MS;
        ids[i] = backer_backup(b);
    }
}

UNIT(a_dry_run_names_what_a_real_one_drops)
{
    struct ops *ops = ops_world(unit->arena);
    struct backer *b = backer_make(&ops->s, "mfp-1");
    struct answer dry, real;
    int64_t ids[5];

    daily(ops, b, ids, 5);
    dry = prune(ops, true);
    assert_int_equal(pruned(&dry), 0); /* no rule deletes nothing */
    rule(ops, "{\"keep_last\":2}");
    dry = prune(ops, true);
    assert_int_equal(pruned(&dry), 3);
    assert_string_equal(support_text(&dry, "items.0.device"), "mfp-1");
    assert_string_equal(support_text(&dry, "items.0.why"), "not needed");
    assert_true(support_int(&dry, "bytes") > 0);
    for (int i = 0; i < 5; i++)
        assert_false(is_gone(unit, ops, ids[i]));
    real = prune(ops, false);
    assert_int_equal(pruned(&real), 3);
    assert_int_equal(support_int(&real, "bytes"), support_int(&dry, "bytes"));
    for (int i = 0; i < 5; i++)
        assert_int_equal(is_gone(unit, ops, ids[i]), i < 3);
    real = prune(ops, false);
    assert_int_equal(pruned(&real), 0);
    real = ops_ask(ops, "viewer", "GET", door(ops, ids[0], ""), NULL);
    assert_string_equal(support_text(&real, "gone_why"), "not needed by the rule");
    assert_int_equal(ops_ask(ops, "technician", "POST", "/api/v1/backups/prune", "{}").status, 403);
}

UNIT(days_are_those_of_the_site)
{
    struct ops *ops = ops_world(unit->arena);
    struct backer *b = backer_make(&ops->s, "mfp-1");
    int64_t late, early;
    struct answer answer;

    answer = ops_ask(ops, "technician", "PATCH", "/api/v1/devices/mfp-1", "{\"site\":\"munich\"}");
    assert_int_equal(answer.status, 200);
    rule(ops, "{\"keep_daily\":2}");
    ops->s.now_ms = 1790028000000LL; /* 2026-09-21T22:00Z: midnight in Munich */
    ops->s.now_ms -= 1000;
    late = backer_backup(b);
    ops->s.now_ms += 2000;
    early = backer_backup(b);
    prune(ops, false);
    assert_false(is_gone(unit, ops, late)); /* in UTC it would have been the same day */
    assert_false(is_gone(unit, ops, early));
    answer = ops_ask(ops, "technician", "PATCH", "/api/v1/devices/mfp-1", "{\"site\":\"\"}");
    assert_int_equal(answer.status, 200);
    prune(ops, false);
    assert_true(is_gone(unit, ops, late));
    assert_false(is_gone(unit, ops, early));
}

UNIT(locks_and_holds_and_restores_are_stronger_than_a_rule)
{
    struct ops *ops = ops_world(unit->arena);
    struct backer *b = backer_make(&ops->s, "mfp-1");
    struct answer answer;
    int64_t ids[4];

    rule(ops, "{\"lock_days\":30}");
    ids[0] = backer_backup(b);
    rule(ops, "{\"keep_last\":1}"); /* shorter from now on, and not for what is there */
    daily(ops, b, ids + 1, 3);
    assert_int_equal(
        ops_ask(ops, "admin", "POST", door(ops, ids[1], "/hold"), "{\"reason\":\"case 4711\"}").status, 200);
    assert_int_equal(ops_ask(ops, "admin", "POST", door(ops, ids[1], "/hold"), "{}").status, 400);
    prune(ops, false);
    assert_false(is_gone(unit, ops, ids[0]));
    assert_false(is_gone(unit, ops, ids[1]));
    assert_true(is_gone(unit, ops, ids[2]));
    assert_false(is_gone(unit, ops, ids[3]));
    answer = ops_ask(ops, "admin", "DELETE", door(ops, ids[0], ""), NULL);
    assert_int_equal(answer.status, 409);
    assert_non_null(strstr(answer.text, "locked until"));
    answer = ops_ask(ops, "admin", "DELETE", door(ops, ids[1], ""), NULL);
    assert_int_equal(answer.status, 409);
    assert_non_null(strstr(answer.text, "case 4711"));
    answer = ops_ask(ops, "viewer", "GET", door(ops, ids[1], ""), NULL);
    assert_string_equal(support_text(&answer, "hold.by"), "admin");
    assert_int_equal(ops_ask(ops, "admin", "POST", door(ops, ids[1], "/release"), "{}").status, 200);
    ops->s.now_ms += 31 * DAY_MS;
    answer = prune(ops, false);
    assert_int_equal(pruned(&answer), 2);
    assert_false(is_gone(unit, ops, ids[3])); /* the newest is always kept */
    assert_int_equal(ops_ask(ops, "admin", "POST", door(ops, ids[2], "/hold"), "{\"reason\":\"x\"}").status,
                     410);
}

UNIT(a_backup_that_a_restore_needs_is_not_dropped)
{
    struct ops *ops = ops_world(unit->arena);
    struct backer *b = backer_make(&ops->s, "mfp-1");
    struct device device = support_device_get(&ops->s, "mfp-1");
    int64_t ids[2], restore_id;
    struct answer answer;

    daily(ops, b, ids, 2);
    rule(ops, "{\"keep_last\":1}");
    {
        AUTO(tx_end) struct tx tx = {0};
        const struct restore restore = {.tenant_id = 1,
                                        .backup_id = ids[0],
                                        .device_id = device.id,
                                        .state = RESTORE_PLANNED,
                                        .wish = "",
                                        .facts = "",
                                        .digest = "",
                                        .categories = "",
                                        .counts = "",
                                        .plan = "",
                                        .text = "",
                                        .created_by = "mia",
                                        .created_ms = ops->s.now_ms,
                                        .expires_ms = ops->s.now_ms + DAY_MS};

        MUST(tx_begin(&tx, ops->s.store, &unit->err));
        MUST(store_restore_put(ops->s.store, &restore, &restore_id, &unit->err));
        MUST(tx_commit(&tx, &unit->err));
    }
    prune(ops, false);
    assert_false(is_gone(unit, ops, ids[0]));
    answer = ops_ask(ops, "admin", "DELETE", door(ops, ids[0], ""), NULL);
    assert_int_equal(answer.status, 409);
    assert_non_null(strstr(answer.text, "restore"));
}

UNIT(dropping_is_on_record_and_may_be_asked_again)
{
    struct ops *ops = ops_world(unit->arena);
    struct backer *b = backer_make(&ops->s, "mfp-1");
    int64_t id = backer_backup(b);
    struct answer answer;

    assert_int_equal(ops_ask(ops, "technician", "DELETE", door(ops, id, ""), NULL).status, 403);
    assert_int_equal(ops_ask(ops, "admin", "DELETE", door(ops, id, ""), NULL).status, 204);
    assert_int_equal(ops_ask(ops, "admin", "DELETE", door(ops, id, ""), NULL).status, 204);
    assert_true(is_gone(unit, ops, id));
    assert_int_equal(ops_ask(ops, "technician", "GET", door(ops, id, "/file"), NULL).status, 410);
    answer = ops_ask(ops, "admin", "GET", "/api/v1/audit", NULL);
    assert_string_equal(support_text(&answer, "items.0.what"), "backup.drop");
    assert_string_equal(support_text(&answer, "items.1.what"), "backup.accept");
    assert_int_equal(ops_ask(ops, "admin", "DELETE", door(ops, 99, ""), NULL).status, 404);
}

/* ---- by itself ---------------------------------------------------------------------------------- */

UNIT(the_engine_drops_by_rule_and_then_rests)
{
    struct ops *ops = ops_world(unit->arena);
    struct backer *a = backer_make(&ops->s, "mfp-1"), *b = backer_make(&ops->s, "mfp-2");
    int64_t ids[2], others[2];

    daily(ops, a, ids, 2);
    daily(ops, b, others, 2);
    rule(ops, "{\"keep_last\":1}");
    for (int i = 0; i < 4; i++)
        MUST(backup_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    assert_true(is_gone(unit, ops, ids[0]));
    assert_true(is_gone(unit, ops, others[0]));
    ops->s.now_ms += 60 * 1000;
    ids[0] = backer_backup(a);
    MUST(backup_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    assert_false(is_gone(unit, ops, ids[1]));
    ops->s.now_ms += 3600 * 1000;
    for (int i = 0; i < 4; i++)
        MUST(backup_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    assert_true(is_gone(unit, ops, ids[1]));
}

static bool is_wanted(struct ops *ops, const char *id)
{
    struct device device = support_device_get(&ops->s, id);

    return device.wants_backup_ms > 0;
}

static void note_tenant(void *ctx, int64_t tenant_id)
{
    *(int64_t *)ctx += tenant_id;
}

static void note_device(void *ctx, int64_t device_id)
{
    (void)ctx, (void)device_id;
}

UNIT(a_rule_asks_in_the_window_of_the_site_and_rings)
{
    struct ops *ops = ops_world(unit->arena);
    struct backer *inside = backer_make(&ops->s, "mfp-1");
    int64_t rung = 0;
    const struct bell bell = {&rung, note_device, note_tenant};
    struct answer answer;

    ops->s.world.bell = &bell;
    backer_make(&ops->s, "mfp-2");                /* stands nowhere: no hours */
    support_device(&ops->s, "mfp-3", QUIRK_NONE); /* takes no part */
    answer = ops_ask(ops, "technician", "PUT", "/api/v1/sites/munich",
                     "{\"zone\":\"Europe/Berlin\",\"window\":{\"start\":\"22:00\",\"end\":\"23:00\"}}");
    assert_int_equal(answer.status, 200);
    answer = ops_ask(ops, "technician", "PATCH", "/api/v1/devices/mfp-1", "{\"site\":\"munich\"}");
    assert_int_equal(answer.status, 200);
    rule(ops, "{\"every_h\":24}");
    MUST(backup_tick(&ops->s.world, ops->s.now_ms, &unit->err)); /* 16:13 in Munich */
    assert_false(is_wanted(ops, "mfp-1"));
    assert_true(is_wanted(ops, "mfp-2"));
    assert_false(is_wanted(ops, "mfp-3"));
    assert_int_equal(rung, 1);
    ops->s.now_ms += 6 * 3600 * 1000; /* 22:13 */
    MUST(backup_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    assert_true(is_wanted(ops, "mfp-1"));
    backer_backup(inside);
    assert_false(is_wanted(ops, "mfp-1"));
    ops->s.now_ms += 60 * 1000;
    MUST(backup_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    assert_false(is_wanted(ops, "mfp-1")); /* it has one of today */
    ops->s.now_ms += 24 * 3600 * 1000;
    MUST(backup_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    assert_true(is_wanted(ops, "mfp-1"));
    answer = backer_ask(inside, "GET", "/backups", "", NULL);
    assert_string_equal(support_text(&answer, "wanted"), "schedule");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_dry_run_names_what_a_real_one_drops),
        UNIT_TEST(days_are_those_of_the_site),
        UNIT_TEST(locks_and_holds_and_restores_are_stronger_than_a_rule),
        UNIT_TEST(a_backup_that_a_restore_needs_is_not_dropped),
        UNIT_TEST(dropping_is_on_record_and_may_be_asked_again),
        UNIT_TEST(the_engine_drops_by_rule_and_then_rests),
        UNIT_TEST(a_rule_asks_in_the_window_of_the_site_and_rings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
