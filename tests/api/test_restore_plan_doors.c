/* Before anything is sent: what cannot be planned, who has to agree, and that a start holds to what was
 * agreed to. */
#include "support/restores.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/file.h"
#include "base/text.h"
#include "domain/backup_custody.h"
#include "domain/backup_line.h"
#include "domain/join.h"
#include "domain/restore.h"
#include "store/backups.h"
#include "store/devices.h"
#include "support/enrol.h"
#include "support/must.h"
#include "support/restore.h"

static const struct who admin = {
    .kind = WHO_IS_OPERATOR, .tenant_id = 1, .tenant = "DEFAULT", .name = "admin", .role = ROLE_ADMIN};

/* ---- what a start holds a plan to ------------------------------------------------------------------ */

static void device_change(struct restores *r, const char *id, void (*change)(struct device *device))
{
    struct device device = support_device_get(r->s, id);
    struct tx tx;

    change(&device);
    MUST_DO(tx_begin(&tx, r->s->store, &err));
    MUST_DO(store_device_change(r->s->store, &device, &err));
    MUST_DO(store_device_recipient_put(r->s->store, device.id, device.recipient, &err));
    MUST_DO(tx_commit(&tx, &err));
}

static void another_model(struct device *device)
{
    device->model = "MFP-3125";
}

static void another_serial(struct device *device)
{
    device->serial = "S-77";
}

static void another_customer(struct device *device)
{
    device->customer = "Lenz";
}

static void another_recipient(struct device *device)
{
    device->recipient = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
}

static void new_model(struct restores *r)
{
    device_change(r, "mfp-2", another_model);
}

static void new_serial(struct restores *r)
{
    device_change(r, "mfp-2", another_serial);
}

static void new_customer(struct restores *r)
{
    device_change(r, "mfp-2", another_customer);
}

static void new_recipient(struct restores *r)
{
    device_change(r, "mfp-2", another_recipient);
}

static void backup_gone(struct restores *r)
{
    struct tx tx;
    bool moved;

    MUST_DO(tx_begin(&tx, r->s->store, &err));
    MUST_DO(store_backup_drop(r->s->store, 1, "by a test", r->s->now_ms, &moved, &err));
    MUST_DO(tx_commit(&tx, &err));
}

static void custody_moved(struct restores *r)
{
    char recipient[AGE_RECIPIENT_CHARS + 1];
    struct backup_custody_view view;

    age_recipient_text(age_identity_recipient(restores_identity(r, "customer")), recipient);
    MUST_DO(backup_custody_move(&r->s->world, r->unit->arena, &admin, BACKUP_CUSTODY_CUSTOMER, recipient,
                                r->s->now_ms, &view, &err));
    for (int i = 0; i < 3; i++)
        MUST_DO(backup_custody_tick(&r->s->world, r->s->now_ms, &err));
    MUST_DO(backup_custody_get(&r->s->world, r->unit->arena, r->s->tenant_id, &view, &err));
    assert_int_equal(view.key.custody, BACKUP_CUSTODY_CUSTOMER);
}

/* The same file with another limit in it. */
static void model_rewritten(struct restores *r, const char *name)
{
    const char *dir = arena_printf(r->unit->arena, "%s/models", r->s->dir);
    struct span bytes;
    char *text, *limit;

    MUST_DO(file_read(r->unit->arena, arena_printf(r->unit->arena, "tools/models/%s", name), 1 << 20, &bytes,
                      &err));
    text = arena_text(r->unit->arena, bytes);
    limit = strstr(text, "\"max\": ");
    assert_non_null(limit);
    limit += strlen("\"max\": ");
    *limit = *limit == '7' ? '6' : '7';
    MUST_DO(file_make_dirs(dir, 0700, &err));
    MUST_DO(file_write_whole(arena_printf(r->unit->arena, "%s/%s", dir, name), span_of(text), 0600, &err));
}

static void source_described_anew(struct restores *r)
{
    model_rewritten(r, "mfp-3135.json");
}

static void target_described_anew(struct restores *r)
{
    model_rewritten(r, "mfp-3145.json");
}

static void became_one_chassis(struct restores *r)
{
    const struct join_wish wish = {.former = "mfp-1", .work_order = "WO-1", .force_serial = true};

    MUST_DO(device_join(&r->s->world, r->unit->arena, &admin, "mfp-2", &wish, r->s->now_ms, &err));
}

static void approval_wanted(struct restores *r)
{
    restores_rule(r, true, false);
}

static void consent_wanted(struct restores *r)
{
    restores_rule(r, false, true);
}

static void target_retired(struct restores *r)
{
    assert_int_equal(ops_ask(r->ops, "technician", "POST", "/api/v1/devices/mfp-2/retire", "{}").status, 200);
}

UNIT(whatever_changes_between_plan_and_start_is_named_and_nothing_is_sent)
{
    /* clang-format off */
    static const struct { void (*change)(struct restores *r); const char *words; } rows[] = {
        { backup_gone,           "the backup was dropped" },
        { custody_moved,         "the custody of backups" },
        { source_described_anew, "the descriptor of the source's model" },
        { target_described_anew, "the descriptor of the target's model" },
        { new_model,             "the target's model" },
        { new_serial,            "the target's serial" },
        { new_customer,          "the target's customer" },
        { new_recipient,         "the target's recipient" },
        { became_one_chassis,    "whether both are one chassis" },
        { approval_wanted,       "the rule on approval" },
        { consent_wanted,        "the rule on consent" },
        { target_retired,        "mfp-2 is retired" },
    };
    /* clang-format on */
    for (size_t i = 0; i < COUNT(rows); i++) {
        AUTO(arena_freep) struct arena *arena = arena_new();
        struct unit one = {.arena = arena};
        struct restores *r = restores_world(&one, BACKUP_CUSTODY_SERVICE);
        struct answer a;
        int64_t id;

        restores_backup(r, "mfp-1", "MFP-3135", restores_plain, COUNT(restores_plain), 0);
        a = restores_plan(r, 1, "mfp-2", "");
        assert_int_equal(a.status, 201);
        id = support_int(&a, "id");
        rows[i].change(r);
        a = restores_start(r, id);
        enrol_refused(&a, 409, rows[i].words);
        a = restores_get(r, id);
        assert_string_equal(support_text(&a, "state"), "planned");
        assert_null(support_at(&a, "action"));
        a = ops_ask(r->ops, "viewer", "GET", "/api/v1/devices/mfp-2/history", NULL);
        assert_int_equal(json_count(support_at(&a, "items")), 0);
    }
}

/* By way of the JSON that rests: a fact that is written and not compared would show here. */
UNIT(every_fact_that_rests_is_compared_and_has_a_name)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    struct answer a = restores_plan(r, restores_small(r), "mfp-2", "");
    struct restore_view view;
    const struct json *facts;
    const char *name;

    MUST(restore_get(&r->s->world, unit->arena, r->s->tenant_id, support_int(&a, "id"), &view, &unit->err));
    MUST(json_parse(unit->arena, span_of(view.restore.facts), &facts, &unit->err));
    assert_int_equal(json_count(facts), 19);
    for (size_t i = 0; i < json_count(facts); i++) {
        struct buf b = {.arena = unit->arena};
        struct json_out j = {.buf = &b};
        struct restore_facts other;

        json_open(&j, NULL);
        for (size_t k = 0; k < json_count(facts); k++) {
            const struct json *value = json_member_at(facts, k, &name);

            if (k != i)
                json_copy(&j, name, value);
            else if (json_kind(value) == JSON_STRING)
                json_text(&j, name, "something else");
            else if (json_kind(value) == JSON_INTEGER)
                json_int(&j, name, 77);
            else
                json_bool(&j, name, !json_is_true(value));
        }
        json_close(&j);
        MUST(restore_facts_parse(unit->arena, buf_cstr(&b), &other, &unit->err));
        REFUSES(ERR_CONFLICT, restore_facts_hold(unit->arena, &view.facts, &other, &unit->err));
        SAYS("changed since the plan");
        MUST(restore_facts_hold(unit->arena, &view.facts, &view.facts, &unit->err));
    }
}

UNIT(another_plan_than_the_one_that_rests_starts_nothing)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    struct answer a = restores_plan(r, restores_small(r), "mfp-2", "");
    int64_t id = support_int(&a, "id");

    a = restores_ask(r, "technician", id, "/start", arena_printf(unit->arena, "{\"digest\":\"%064d\"}", 0));
    enrol_refused(&a, 409, "not 0000");
    a = restores_ask(r, "technician", id, "/start", "{}");
    enrol_refused(&a, 400, "digest");
    r->s->now_ms += RESTORE_PLAN_LIFE_MS;
    a = restores_start(r, id);
    enrol_refused(&a, 409, "too old");
    MUST(restore_tick(&r->s->world, r->s->now_ms, &unit->err));
    a = restores_get(r, id);
    assert_string_equal(support_text(&a, "state"), "expired");
    assert_string_equal(support_text(&a, "reason"), "nobody started it");
}

/* ---- what cannot be planned ------------------------------------------------------------------------ */

static void no_recipient(struct device *device)
{
    device->recipient = "";
}

static void no_model(struct device *device)
{
    device->model = "";
}

static void odd_model(struct device *device)
{
    device->model = "NEVER-HEARD";
}

UNIT(what_cannot_be_planned_is_refused_with_its_reason)
{
    /* clang-format off */
    static const struct { int64_t backup; const char *device, *more; int status; const char *words; } rows[] = {
        { 9, "mfp-2", "",                                              404, "backup" },
        { 1, "mfp-9", "",                                              404, "mfp-9" },
        { 1, "mfp-2", ",\"categories\":\"fax\"",                       400, "no category \"fax\"" },
        { 1, "mfp-2", ",\"categories\":\"box-contents\"",              403, "no document data" },
        { 1, "mfp-2", ",\"categories\":\"network,network\"",           400, "twice" },
        { 1, "mfp-2", ",\"colour\":1",                                 400, "colour" },
        { 1, "lenz",  "",                                              409, "customer Roux" },
        { 1, "mute",  "",                                              409, "no recipient" },
        { 1, "plain", "",                                              409, "no model" },
        { 1, "odd",   "",                                              409, "NEVER-HEARD" },
    };
    /* clang-format on */
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    struct answer a;

    restores_small(r);
    restores_device(r, "lenz", "MFP-3145", "S-4");
    device_change(r, "lenz", another_customer);
    restores_device(r, "mute", "MFP-3145", "S-5");
    device_change(r, "mute", no_recipient);
    restores_device(r, "plain", "MFP-3145", "S-6");
    device_change(r, "plain", no_model);
    restores_device(r, "odd", "MFP-3145", "S-7");
    device_change(r, "odd", odd_model);
    for (size_t i = 0; i < COUNT(rows); i++) {
        a = restores_plan(r, rows[i].backup, rows[i].device, rows[i].more);
        enrol_refused(&a, rows[i].status, rows[i].words);
    }
    target_retired(r);
    a = restores_plan(r, 1, "mfp-2", "");
    enrol_refused(&a, 409, "mfp-2 is retired");
    backup_gone(r);
    a = restores_plan(r, 1, "mfp-1", "");
    enrol_refused(&a, 410, "dropped");
    a = ops_ask(r->ops, "viewer", "GET", "/api/v1/restores", NULL);
    assert_int_equal(json_count(support_at(&a, "items")), 0);
    assert_int_equal(ops_ask(r->ops, "engineer", "POST", "/api/v1/restores", "{}").status, 403);
}

UNIT(what_moves_nowhere_is_planned_and_not_started)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    int64_t backup = restores_backup(r, "mfp-1", "MFP-3145", restore_rows, RESTORE_ROWS, 0);
    struct answer a = restores_plan(r, backup, "mfp-2", ",\"categories\":\"service-adjustments\"");

    assert_int_equal(a.status, 201);
    assert_string_equal(support_text(&a, "categories"), "");
    assert_non_null(strstr(support_text(&a, "text"), "another chassis"));
    a = restores_start(r, support_int(&a, "id"));
    enrol_refused(&a, 409, "can move");
    /* The same machine after its board was swapped is no other chassis. */
    became_one_chassis(r);
    a = restores_plan(r, backup, "mfp-2", ",\"categories\":\"service-adjustments\"");
    assert_true(json_is_true(support_at(&a, "facts.is_same_chassis")));
    assert_string_equal(support_text(&a, "categories"), "service-adjustments");
    assert_int_equal(restores_start(r, support_int(&a, "id")).status, 200);
}

UNIT(a_plan_handed_in_is_held_to_what_the_backup_has)
{
    /* clang-format off */
    static const struct { const char *categories, *counts; int status; const char *words; } rows[] = {
        { "fax",             "{}",                400, "no category \"fax\"" },
        { "network,network", "{}",                400, "twice" },
        { "job-names",       "{}",                403, "no document data" },
        { "network",         "{\"exact\":-1}",    400, "counts.exact" },
        { "network",         "{\"exact\":\"1\"}", 400, "counts.exact" },
        { "network",         "{\"magic\":1}",     400, "counts" },
    };
    /* clang-format on */
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_CUSTOMER);
    struct answer a = restores_plan(r, restores_small(r), "mfp-2", "");
    int64_t id = support_int(&a, "id");

    for (size_t i = 0; i < COUNT(rows); i++) {
        a = restores_ask(r, "technician", id, "/plan",
                         arena_printf(unit->arena,
                                      "{\"digest\":\"%064d\",\"is_whole\":false,\"categories\":\"%s\","
                                      "\"counts\":%s}",
                                      0, rows[i].categories, rows[i].counts));
        enrol_refused(&a, rows[i].status, rows[i].words);
    }
    a = restores_get(r, id);
    assert_string_equal(support_text(&a, "state"), "needs-plan");
}

UNIT(a_repaired_machine_has_the_backups_of_its_former_self)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);
    int64_t first = restores_small(r), now = support_device_get(r->s, "mfp-2").id, second;
    struct backup *list;
    size_t count;

    became_one_chassis(r);
    second = restores_backup(r, "mfp-2", "MFP-3145", restores_plain, 3, 0);
    MUST(backup_of_line(&r->s->world, unit->arena, now, 0, 10, &list, &count, &unit->err));
    assert_int_equal(count, 2);
    assert_int_equal(list[0].id, second);
    assert_int_equal(list[1].id, first);
    MUST(backup_of_line(&r->s->world, unit->arena, now, second, 10, &list, &count, &unit->err));
    assert_int_equal(count, 1);
    MUST(backup_of_line(&r->s->world, unit->arena, now, 0, 1, &list, &count, &unit->err));
    assert_int_equal(count, 1);
    assert_int_equal(list[0].id, second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(whatever_changes_between_plan_and_start_is_named_and_nothing_is_sent),
        UNIT_TEST(every_fact_that_rests_is_compared_and_has_a_name),
        UNIT_TEST(another_plan_than_the_one_that_rests_starts_nothing),
        UNIT_TEST(what_cannot_be_planned_is_refused_with_its_reason),
        UNIT_TEST(what_moves_nowhere_is_planned_and_not_started),
        UNIT_TEST(a_repaired_machine_has_the_backups_of_its_former_self),
        UNIT_TEST(a_plan_handed_in_is_held_to_what_the_backup_has),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
