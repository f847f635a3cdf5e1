/* A restore from plan to comparison, and every way it can end; customer custody: test_restore_customer.c.
 * How it ends before its time: test_restore_ends.c. Planning: test_restore_plan_doors.c. The device's doors:
 * test_restore_redeem.c. */
#include "support/restores.h"

#include <inttypes.h>

#include "base/text.h"
#include "domain/restore.h"
#include "signing/age_header.h"
#include "store/backups.h"
#include "support/ddi.h"
#include "support/enrol.h"
#include "support/restore.h"

static const struct restores_word half[] = {
    {"addressbook", "applied"}, {"network", "reverted"}, {NULL, NULL}};

/* ---- the usual way -------------------------------------------------------------------------------- */

UNIT(a_whole_backup_travels_byte_for_byte_and_opens_for_its_target_alone)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    int64_t backup_id = restores_small(r), id = restores_started(r, backup_id, "mfp-2", "");
    struct answer a = restores_redeem(r, "mfp-2", id, RESTORES_NONCE), file;
    struct snapshot snapshot;
    struct backup backup;
    const struct blob_map *map;
    size_t header = 0;

    assert_int_equal(a.status, 200);
    file = restores_file(r, "mfp-2", id, RESTORES_NONCE);
    assert_int_equal(file.status, 200);
    assert_int_equal(file.size, support_int(&a, "size"));
    MUST(store_backup_get(r->s->store, unit->arena, r->s->tenant_id, backup_id, &backup, &unit->err));
    MUST(blob_map(r->s->world.blobs, backup.payload, &map, &unit->err));
    assert_int_equal(age_header_size(span_make(file.text, file.size), &header, &unit->err), AGE_FOUND);
    assert_int_equal(file.size - header, map->size);
    assert_memory_equal(file.text + header, map->at, map->size);
    blob_unmap((void *)(uintptr_t)map);
    assert_true(restores_opens(r, "mfp-2", &file));
    assert_false(restores_opens(r, "mfp-1", &file));
    snapshot = restores_opened(r, "mfp-2", &file);
    assert_int_equal(snapshot.category_count, 2);
    assert_string_equal(snapshot.controller_id, "mfp-1"); /* byte for byte: also where it comes from */
}

UNIT(a_converted_one_holds_what_the_plan_said_for_its_target_alone)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    struct answer a, file;
    struct snapshot snapshot;
    int64_t backup, id;

    restores_device(r, "small", "MFP-5210", "S-3");
    backup = restores_backup(r, "mfp-1", "MFP-3145", restore_rows, RESTORE_ROWS, 0);
    id = restores_started(r, backup, "small", "");
    a = restores_get(r, id);
    assert_false(json_is_true(support_at(&a, "is_whole")));
    assert_true(support_int(&a, "counts.converted") > 0);
    assert_true(support_int(&a, "counts.cannot-move") > 0);
    assert_null(strstr(a.text, "canary")); /* no value of a secret in a plan */
    assert_int_equal(restores_redeem(r, "small", id, RESTORES_NONCE).status, 200);
    file = restores_file(r, "small", id, RESTORES_NONCE);
    assert_false(restores_opens(r, "mfp-1", &file));
    assert_false(restores_opens(r, "mfp-2", &file));
    snapshot = restores_opened(r, "small", &file);
    assert_string_equal(snapshot.model, "MFP-5210");
    assert_string_equal(snapshot.controller_id, "small");
    assert_null(snapshot_category(&snapshot, snapshot_kind_find("service-adjustments")));
    for (size_t i = 0, moved = 0; i < snapshot.category_count; i++) {
        moved += snapshot.categories[i].item_count;
        if (i + 1 == snapshot.category_count)
            assert_int_equal(moved, support_int(&a, "counts.exact") + support_int(&a, "counts.converted") +
                                        support_int(&a, "counts.truncated") +
                                        support_int(&a, "counts.needs-secret"));
    }
}

UNIT(a_chosen_part_travels_alone)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    int64_t id = restores_started(r, restores_small(r), "mfp-2", ",\"categories\":\" network\"");
    struct answer a = restores_get(r, id), file;
    struct snapshot snapshot;

    assert_string_equal(support_text(&a, "categories"), "network");
    restores_redeem(r, "mfp-2", id, RESTORES_NONCE);
    file = restores_file(r, "mfp-2", id, RESTORES_NONCE);
    snapshot = restores_opened(r, "mfp-2", &file);
    assert_int_equal(snapshot.category_count, 1);
    assert_string_equal(snapshot.categories[0].kind->name, "network");
}

UNIT(the_device_is_offered_it_as_an_action_that_knows_no_window)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    int64_t id = restores_started(r, restores_small(r), "mfp-2", ""), action = restores_action(r, id);
    struct answer poll = ddi_poll(r->s, "mfp-2"), base = ddi_get(r->s, "mfp-2", "deploymentBase", action), a;
    const char *number = arena_printf(unit->arena, "%" PRId64, id);

    assert_non_null(strstr(ddi_href(&poll, "deploymentBase"), "deploymentBase/"));
    assert_string_equal(support_text(&base, "deployment.download"), "forced");
    assert_string_equal(support_text(&base, "deployment.update"), "forced");
    assert_null(support_at(&base, "deployment.maintenanceWindow"));
    assert_int_equal(json_count(support_at(&base, "deployment.chunks")), 1);
    assert_string_equal(support_text(&base, "deployment.chunks.0.part"), "settings");
    assert_string_equal(support_text(&base, "deployment.chunks.0.name"), "restore");
    assert_string_equal(support_text(&base, "deployment.chunks.0.version"), number);
    assert_string_equal(support_text(&base, "deployment.chunks.0.metadata.0.key"), "nightshift.restore");
    assert_string_equal(support_text(&base, "deployment.chunks.0.metadata.0.value"), number);
    assert_string_equal(support_text(&base, "deployment.chunks.0.artifacts.0.filename"), "settings.age");
    a = restores_redeem(r, "mfp-2", id, RESTORES_NONCE);
    assert_string_equal(support_text(&base, "deployment.chunks.0.artifacts.0.hashes.sha256"),
                        support_text(&a, "digest"));
    a = ops_ask(r->ops, "viewer", "GET", arena_printf(unit->arena, "/api/v1/actions/%" PRId64, action), NULL);
    assert_int_equal(support_int(&a, "restore"), id);
    assert_null(support_at(&a, "release"));
    a = ops_ask(r->ops, "viewer", "GET", "/api/v1/devices/mfp-2/history", NULL);
    assert_int_equal(support_int(&a, "items.0.restore"), id);
}

UNIT(it_is_done_when_the_device_says_so_for_every_category)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    int64_t id = restores_started(r, restores_small(r), "mfp-2", ""), action = restores_action(r, id);
    struct answer a;

    restores_redeem(r, "mfp-2", id, RESTORES_NONCE);
    ddi_say(r->s, "mfp-2", action, "proceeding", "none", "\"code\":9070");
    assert_int_equal(ddi_state(r->s, action), ACTION_INSTALLING);
    assert_int_equal(restores_tell(r, "mfp-2", id, restores_fine).status, 204);
    assert_string_equal(restores_state(r, id), "redeemed");
    for (int i = 0; i < 3; i++) { /* said again, it is the same */
        assert_int_equal(ddi_say(r->s, "mfp-2", action, "closed", "success", NULL).status, 200);
        assert_int_equal(ddi_state(r->s, action), ACTION_HEALTHY);
        assert_string_equal(restores_state(r, id), "done");
    }
    a = restores_get(r, id);
    assert_string_equal(support_text(&a, "results.0.result"), "applied");
    assert_string_equal(support_text(&a, "results.1.result"), "skipped");
    assert_string_equal(ddi_components(r->s, "mfp-2"), "");
    assert_int_equal(support_device_get(r->s, "mfp-2").installed_action, 0);
}

UNIT(success_that_its_results_do_not_bear_out_is_a_failure)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    int64_t backup = restores_small(r), id = restores_started(r, backup, "mfp-2", ""),
            action = restores_action(r, id);

    restores_redeem(r, "mfp-2", id, RESTORES_NONCE);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ddi_say(r->s, "mfp-2", action, "closed", "success", NULL).status, 200);
        assert_int_equal(ddi_state(r->s, action), ACTION_FAILED);
        assert_string_equal(restores_state(r, id), "failed");
        assert_string_equal(restores_reason(r, id), "success without a result for addressbook");
    }
    id = restores_started(r, backup, "mfp-2", "");
    action = restores_action(r, id);
    restores_redeem(r, "mfp-2", id, RESTORES_NONCE);
    restores_tell(r, "mfp-2", id, half);
    ddi_say(r->s, "mfp-2", action, "closed", "success", NULL);
    assert_string_equal(restores_reason(r, id), "network was reverted");
}

UNIT(a_failure_says_why_in_the_device_s_words)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    int64_t id = restores_started(r, restores_small(r), "mfp-2", ""), action = restores_action(r, id);

    restores_redeem(r, "mfp-2", id, RESTORES_NONCE);
    restores_tell(r, "mfp-2", id, half);
    ddi_say(r->s, "mfp-2", action, "closed", "failure", "\"details\":[\"no check-in: network put back\"]");
    assert_string_equal(restores_state(r, id), "failed");
    assert_string_equal(restores_reason(r, id), "no check-in: network put back");
}

/* ---- beside other work ----------------------------------------------------------------------------------
 */

UNIT(a_device_has_one_restore_at_a_time_and_each_counts_higher)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    int64_t backup = restores_small(r), id = restores_started(r, backup, "mfp-2", "");
    struct answer a = restores_plan(r, backup, "mfp-2", "");
    int64_t second = support_int(&a, "id");

    a = restores_start(r, second);
    enrol_refused(&a, 409, "another restore of mfp-2 is under way");
    restores_ask(r, "technician", id, "/cancel", "{\"reason\":\"no\"}");
    assert_int_equal(restores_start(r, second).status, 200);
    a = restores_get(r, id);
    assert_int_equal(support_int(&a, "counter"), 1);
    a = restores_get(r, second);
    assert_int_equal(support_int(&a, "counter"), 2);
    a = ops_ask(r->ops, "viewer", "GET", "/api/v1/restores?device=mfp-2", NULL);
    assert_int_equal(json_count(support_at(&a, "items")), 2);
    assert_int_equal(support_int(&a, "items.0.id"), second);
    assert_null(support_at(&a, "items.0.plan"));
    a = ops_ask(r->ops, "viewer", "GET", "/api/v1/restores?device=mfp-1", NULL);
    assert_int_equal(json_count(support_at(&a, "items")), 0);
}

UNIT(a_device_that_flashes_gets_it_afterwards_and_one_that_waits_gets_it_first)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    const struct support_part part = {"system", "2.0", "system.img", "bytes of 2.0"};
    const struct support_part next = {"system", "3.0", "system.img", "bytes of 3.0"};
    const struct action heavy = {.kind = ACTION_FORCED, .weight = 1000};
    int64_t release = support_release(r->s, "aurora", "2.0", &part, 1);
    int64_t update = support_assign(r->s, "mfp-2", release, &heavy);
    int64_t id = restores_started(r, restores_small(r), "mfp-2", ""), action = restores_action(r, id);
    const char *to_restore = arena_printf(unit->arena, "deploymentBase/%" PRId64 "?", action);
    const char *to_update = arena_printf(unit->arena, "deploymentBase/%" PRId64 "?", update);
    struct answer poll = ddi_poll(r->s, "mfp-2");

    assert_non_null(strstr(ddi_href(&poll, "deploymentBase"), to_restore));
    ddi_say(r->s, "mfp-2", update, "proceeding", "none", "\"code\":9040");
    poll = ddi_poll(r->s, "mfp-2");
    assert_non_null(strstr(ddi_href(&poll, "deploymentBase"), to_update));
    ddi_say(r->s, "mfp-2", update, "closed", "success", NULL);
    poll = ddi_poll(r->s, "mfp-2");
    assert_non_null(strstr(ddi_href(&poll, "deploymentBase"), to_restore));
    /* A newer release is assigned: the restore stays. */
    support_assign(r->s, "mfp-2", support_release(r->s, "aurora", "3.0", &next, 1), NULL);
    assert_int_equal(ddi_state(r->s, action), ACTION_OFFERED);
}

static void confirming(struct tenant *tenant)
{
    tenant->confirmation_on = true;
}

UNIT(nobody_at_the_device_is_asked_for_a_yes)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    int64_t id, action;
    struct answer poll;

    support_tenant(r->s, confirming);
    id = restores_started(r, restores_small(r), "mfp-2", "");
    action = restores_action(r, id);
    poll = ddi_poll(r->s, "mfp-2");
    assert_non_null(ddi_href(&poll, "deploymentBase"));
    ddi_ask(r->s, "POST", "mfp-2",
            arena_printf(unit->arena, "/confirmationBase/%" PRId64 "/feedback", action),
            "{\"confirmation\":\"denied\",\"details\":[]}");
    assert_int_equal(ddi_state(r->s, action), ACTION_OFFERED);
}

/* ---- afterwards
 * -------------------------------------------------------------------------------------------- */

static int64_t finished(struct restores *r, int64_t backup, const struct restores_word *words)
{
    int64_t id = restores_started(r, backup, "mfp-2", "");

    restores_redeem(r, "mfp-2", id, RESTORES_NONCE);
    restores_tell(r, "mfp-2", id, words);
    ddi_say(r->s, "mfp-2", restores_action(r, id), "closed", words == half ? "failure" : "success", NULL);
    return id;
}

static struct answer compare(struct restores *r, int64_t id)
{
    return ops_ask(r->ops, "technician", "GET",
                   arena_printf(r->unit->arena, "/api/v1/restores/%" PRId64 "/compare", id), NULL);
}

UNIT(what_was_sent_is_compared_with_what_came_back)
{
    static const struct setting_row other[] = {
        {"addressbook", "1", "name", "Ann Archer"},       {"addressbook", "1", "mail", "ann@example.com"},
        {"addressbook", "2", "name", "Robert"},           {"network", "lan", "hostname", "never-restored"},
        {"departments", "9", "name", "was there before"},
    };
    static const struct restores_word both[] = {
        {"addressbook", "applied"}, {"network", "applied"}, {NULL, NULL}};
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    int64_t backup = restores_small(r), id = finished(r, backup, both), after;
    struct answer a = compare(r, id);

    enrol_refused(&a, 409, "no backup came after");
    after = restores_backup(r, "mfp-2", "MFP-3145", restores_plain, COUNT(restores_plain), id);
    a = compare(r, id);
    assert_int_equal(a.status, 200);
    assert_int_equal(support_int(&a, "backup_after"), after);
    assert_true(json_is_true(support_at(&a, "is_same")));
    assert_string_equal(support_text(&a, "text"), "");
    /* Only what was applied counts. */
    id = finished(r, backup, restores_fine);
    restores_backup(r, "mfp-2", "MFP-3145", other, COUNT(other), id);
    a = compare(r, id);
    assert_false(json_is_true(support_at(&a, "is_same")));
    assert_non_null(strstr(support_text(&a, "text"), "Robert"));
    assert_null(strstr(a.text, "never-restored"));
    assert_null(strstr(a.text, "was there before"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_whole_backup_travels_byte_for_byte_and_opens_for_its_target_alone),
        UNIT_TEST(a_converted_one_holds_what_the_plan_said_for_its_target_alone),
        UNIT_TEST(a_chosen_part_travels_alone),
        UNIT_TEST(the_device_is_offered_it_as_an_action_that_knows_no_window),
        UNIT_TEST(it_is_done_when_the_device_says_so_for_every_category),
        UNIT_TEST(success_that_its_results_do_not_bear_out_is_a_failure),
        UNIT_TEST(a_failure_says_why_in_the_device_s_words),
        UNIT_TEST(a_device_has_one_restore_at_a_time_and_each_counts_higher),
        UNIT_TEST(a_device_that_flashes_gets_it_afterwards_and_one_that_waits_gets_it_first),
        UNIT_TEST(nobody_at_the_device_is_asked_for_a_yes),
        UNIT_TEST(what_was_sent_is_compared_with_what_came_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
