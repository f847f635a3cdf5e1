/* How a restore ends before it is done: cancelled, called back, too late. And what it leaves. */
#include "support/restores.h"

#include <inttypes.h>

#include "base/text.h"
#include "domain/report.h"
#include "domain/restore.h"
#include "store/backups.h"
#include "support/ddi.h"

UNIT(one_that_nobody_took_is_over_at_once_when_it_is_cancelled)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    int64_t id = restores_started(r, restores_small(r), "mfp-2", ""), action = restores_action(r, id);

    assert_int_equal(restores_ask(r, "technician", id, "/cancel", "{\"reason\":\"wrong floor\"}").status,
                     200);
    assert_string_equal(restores_state(r, id), "cancelled");
    assert_string_equal(restores_reason(r, id), "wrong floor");
    assert_int_equal(ddi_state(r->s, action), ACTION_CANCELING);
    assert_int_equal(restores_redeem(r, "mfp-2", id, RESTORES_NONCE).status, 410);
    assert_int_equal(ddi_say_cancel(r->s, "mfp-2", action, "closed", "success").status, 200);
    assert_int_equal(ddi_state(r->s, action), ACTION_RECALLED);
    assert_int_equal(restores_ask(r, "technician", id, "/cancel", "{\"reason\":\"again\"}").status, 200);
    assert_string_equal(restores_reason(r, id), "wrong floor");
}

UNIT(one_that_the_device_has_ends_when_the_device_lets_go)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    int64_t backup = restores_small(r), id = restores_started(r, backup, "mfp-2", ""),
            action = restores_action(r, id);

    restores_redeem(r, "mfp-2", id, RESTORES_NONCE);
    assert_int_equal(restores_ask(r, "technician", id, "/cancel", "{\"reason\":\"stop\"}").status, 200);
    assert_string_equal(restores_state(r, id), "redeemed");
    assert_int_equal(ddi_state(r->s, action), ACTION_CANCELING);
    ddi_say_cancel(r->s, "mfp-2", action, "closed", "success");
    assert_string_equal(restores_state(r, id), "cancelled");

    id = restores_started(r, backup, "mfp-2", "");
    action = restores_action(r, id);
    restores_redeem(r, "mfp-2", id, RESTORES_NONCE);
    restores_ask(r, "technician", id, "/cancel", "{\"reason\":\"stop\"}");
    ddi_say_cancel(r->s, "mfp-2", action, "rejected", "none"); /* too late: it goes on */
    restores_tell(r, "mfp-2", id, restores_fine);
    ddi_say(r->s, "mfp-2", action, "closed", "success", NULL);
    assert_string_equal(restores_state(r, id), "done");
}

UNIT(its_action_called_back_calls_it_back)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    int64_t backup = restores_small(r), id = restores_started(r, backup, "mfp-2", "");
    const char *door =
        arena_printf(unit->arena, "/api/v1/actions/%" PRId64 "/cancel", restores_action(r, id));

    assert_int_equal(ops_ask(r->ops, "engineer", "POST", door, "{}").status, 200);
    assert_string_equal(restores_state(r, id), "cancelled");
    ops_ask(r->ops, "engineer", "POST", door, "{\"force\":true}");
    id = restores_started(r, backup, "mfp-2", "");
    restores_redeem(r, "mfp-2", id, RESTORES_NONCE);
    door = arena_printf(unit->arena, "/api/v1/actions/%" PRId64 "/cancel", restores_action(r, id));
    assert_int_equal(ops_ask(r->ops, "engineer", "POST", door, "{\"force\":true}").status, 200);
    assert_string_equal(restores_state(r, id), "cancelled");
}

UNIT(what_is_not_finished_in_time_expires_and_leaves_nothing_to_open)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    int64_t id = restores_started(r, restores_small(r), "mfp-2", ",\"categories\":\"network\""),
            action = restores_action(r, id);
    struct restore_view view;

    MUST(restore_get(&r->s->world, unit->arena, r->s->tenant_id, id, &view, &unit->err));
    assert_true(blob_exists(r->s->world.blobs, view.restore.payload));
    r->s->now_ms += RESTORE_LIFE_MS - 1;
    MUST(restore_tick(&r->s->world, r->s->now_ms, &unit->err));
    assert_string_equal(restores_state(r, id), "started");
    r->s->now_ms += 1;
    assert_int_equal(restores_redeem(r, "mfp-2", id, RESTORES_NONCE).status, 410); /* also before the tick */
    MUST(restore_tick(&r->s->world, r->s->now_ms, &unit->err));
    MUST(restore_tick(&r->s->world, r->s->now_ms, &unit->err));
    assert_string_equal(restores_state(r, id), "expired");
    assert_int_equal(ddi_state(r->s, action), ACTION_CANCELING);
    assert_false(blob_exists(r->s->world.blobs, view.restore.payload));
    MUST(restore_get(&r->s->world, unit->arena, r->s->tenant_id, id, &view, &unit->err));
    assert_int_equal(view.restore.header.size, 0);
    assert_string_equal(view.restore.payload, "");
}

UNIT(a_whole_one_s_end_leaves_the_backup_as_it_was)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    int64_t backup_id = restores_small(r), id = restores_started(r, backup_id, "mfp-2", "");
    struct backup backup;

    restores_ask(r, "technician", id, "/cancel", "{\"reason\":\"no\"}");
    MUST(restore_tick(&r->s->world, r->s->now_ms, &unit->err));
    MUST(store_backup_get(r->s->store, unit->arena, r->s->tenant_id, backup_id, &backup, &unit->err));
    assert_true(blob_exists(r->s->world.blobs, backup.payload));
}

UNIT(its_deadline_is_its_expiry_and_a_mute_device_is_let_go_of_after_that)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    int64_t id = restores_started(r, restores_small(r), "mfp-2", ""), action = restores_action(r, id);

    r->s->now_ms += 10000 * 3600000LL;
    MUST(report_tick(&r->s->world, r->s->now_ms, &unit->err));
    assert_int_equal(ddi_state(r->s, action), ACTION_OFFERED);
    MUST(restore_tick(&r->s->world, r->s->now_ms, &unit->err));
    assert_int_equal(ddi_state(r->s, action), ACTION_CANCELING);
    r->s->now_ms += 10000 * 3600000LL;
    MUST(report_tick(&r->s->world, r->s->now_ms, &unit->err));
    assert_int_equal(ddi_state(r->s, action), ACTION_RECALLED);
    assert_string_equal(restores_state(r, id), "expired");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(one_that_nobody_took_is_over_at_once_when_it_is_cancelled),
        UNIT_TEST(one_that_the_device_has_ends_when_the_device_lets_go),
        UNIT_TEST(its_action_called_back_calls_it_back),
        UNIT_TEST(what_is_not_finished_in_time_expires_and_leaves_nothing_to_open),
        UNIT_TEST(a_whole_one_s_end_leaves_the_backup_as_it_was),
        UNIT_TEST(its_deadline_is_its_expiry_and_a_mute_device_is_let_go_of_after_that),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
