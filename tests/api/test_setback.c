/* A database that is not the one the service had last is told of, until somebody accepts it. */
#include "domain/setback.h"

#include <stdio.h>

#include "base/file.h"
#include "base/text.h"
#include "domain/custody.h"
#include "signing/checkpoint.h"
#include "store/audits.h"
#include "store/setbacks.h"
#include "support/ops.h"
#include "support/unit.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

UNIT(a_record_that_was_seen_is_missing_or_another_or_there)
{
    static const struct {
        struct setback_facts facts;
        enum setback_kind kind;
    } table[] = {
        {{false, 0, 0, "", NULL}, SETBACK_NONE}, /* a new folder */
        {{false, 9, 0, "", NULL}, SETBACK_NONE}, /* of before the signer remembered anything */
        {{false, 9, 9, A, A}, SETBACK_NONE},     /* stopped in order */
        {{false, 12, 9, A, A}, SETBACK_NONE},    /* killed: the signer had not heard of the last */
        {{false, 8, 9, A, NULL}, SETBACK_OLDER},
        {{false, 0, 9, A, NULL}, SETBACK_OLDER},
        {{false, 9, 9, A, B}, SETBACK_OTHER},
        {{false, 12, 9, A, B}, SETBACK_OTHER},
        {{false, 12, 9, A, NULL}, SETBACK_OTHER}, /* a gap */
        {{true, 9, 9, A, A}, SETBACK_RESTORED},
        {{true, 8, 9, A, NULL}, SETBACK_RESTORED}, /* copied beside a service that went on */
    };

    for (size_t i = 0; i < COUNT(table); i++)
        assert_int_equal(setback_of(&table[i].facts), table[i].kind);
}

/* ---- over a store -------------------------------------------------------------------------- */

/* The signer has heard of `more` records that are not there. */
static void signer_hears(struct unit *unit, struct ops *ops, int64_t more, const char *digest)
{
    struct audit_head head;
    struct signer_seen seen;
    struct signer *signer;
    struct span body;

    MUST(store_audit_head(ops->s.store, 1, &head, &unit->err));
    const struct checkpoint checkpoint = {
        .tenant = "DEFAULT", .no = head.no + more, .digest = digest, .at_ms = ops->s.now_ms};

    MUST(custody_signer(ops->s.world.custody, "DEFAULT", &signer, &unit->err));
    MUST(checkpoint_write(unit->arena, &checkpoint, &body, &unit->err));
    MUST(signer_witness(signer, body, &seen, &unit->err));
}

static struct setback standing(struct unit *unit, struct ops *ops)
{
    struct setback setback;

    assert_true(setback_look(&ops->s.world, ops->s.now_ms));
    MUST(setback_get(&ops->s.world, unit->arena, 1, &setback, &unit->err));
    return setback;
}

static const char *figures(struct unit *unit, struct ops *ops)
{
    struct buf out = {.arena = unit->arena};

    setback_figures(&ops->s.world, &out);
    return buf_cstr(&out);
}

static int64_t notes(struct unit *unit, struct ops *ops)
{
    struct audit *records;
    int64_t found = 0;
    size_t count;

    MUST(store_audit_chain(ops->s.store, unit->arena, 1, 0, 1000, &records, &count, &unit->err));
    for (size_t i = 0; i < count; i++)
        found += text_equal(records[i].what, "store.set-back");
    return found;
}

UNIT(what_the_signer_was_told_of_this_database_is_no_setback)
{
    struct ops *ops = ops_world(unit->arena);

    assert_int_equal(standing(unit, ops).kind, SETBACK_NONE);
    for (int i = 0; i < 3; i++) {
        MUST(setback_tick(&ops->s.world, ops->s.now_ms, &unit->err));
        ops_ask(ops, "admin", "PUT", "/api/v1/trust/root", "{}");
        assert_int_equal(standing(unit, ops).kind, SETBACK_NONE);
    }
    ops_reopen(ops);
    assert_int_equal(standing(unit, ops).kind, SETBACK_NONE);
    assert_non_null(strstr(figures(unit, ops), "nightshift_store_set_back{tenant=\"DEFAULT\"} 0\n"));
}

UNIT(a_setback_stands_until_somebody_accepts_it_and_is_noted_once)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;

    signer_hears(unit, ops, 5, A);
    assert_int_equal(standing(unit, ops).kind, SETBACK_OLDER);
    ops_reopen(ops);
    assert_int_equal(standing(unit, ops).kind, SETBACK_OLDER);
    assert_int_equal(notes(unit, ops), 1);
    assert_non_null(strstr(figures(unit, ops), "nightshift_store_set_back{tenant=\"DEFAULT\"} 1\n"));
    a = ops_ask(ops, "viewer", "GET", "/api/v1/trust", NULL);
    assert_string_equal(json_string(json_member(json_member(a.json, "store"), "state")), "older");
    assert_non_null(strstr(a.text, "trust accept"));
    assert_int_equal(ops_ask(ops, "engineer", "POST", "/api/v1/trust/accept", "{\"reason\":\"x\"}").status,
                     403);
    assert_int_equal(ops_ask(ops, "admin", "POST", "/api/v1/trust/accept", "{}").status, 400);
    a = ops_ask(ops, "admin", "POST", "/api/v1/trust/accept", "{\"reason\":\"x\"}");
    assert_int_equal(a.status, 200);
    assert_null(json_member(a.json, "store"));
    assert_int_equal(ops_ask(ops, "admin", "POST", "/api/v1/trust/accept", "{\"reason\":\"x\"}").status, 409);
    assert_int_equal(standing(unit, ops).kind,
                     SETBACK_NONE); /* the signer still remembers, and it is known */
    MUST(setback_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    ops_reopen(ops);
    assert_int_equal(standing(unit, ops).kind, SETBACK_NONE);
    signer_hears(unit, ops, 9, B); /* another one, later */
    assert_int_equal(standing(unit, ops).kind, SETBACK_OLDER);
    assert_int_equal(notes(unit, ops), 2);
}

UNIT(a_record_that_says_something_else_is_another_database)
{
    struct ops *ops = ops_world(unit->arena);

    signer_hears(unit, ops, 0, A);
    assert_int_equal(standing(unit, ops).kind, SETBACK_OTHER);
    assert_non_null(strstr(ops_ask(ops, "viewer", "GET", "/api/v1/trust", NULL).text, "written on"));
}

UNIT(a_restored_folder_says_of_when_and_says_it_once)
{
    struct ops *ops = ops_world(unit->arena);
    const char *mark = arena_printf(unit->arena, "%s/" SETBACK_MARK, ops->s.dir);
    struct setback setback;

    MUST(setback_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    MUST(file_write_whole(mark, span_of("2026-09-02T10:15:00Z\n"), 0644, &unit->err));
    setback = standing(unit, ops);
    assert_int_equal(setback.kind, SETBACK_RESTORED);
    assert_string_equal(text_time(unit->arena, setback.backup_ms), "2026-09-02T10:15:00Z");
    assert_false(file_exists(mark));
    assert_int_equal(standing(unit, ops).kind, SETBACK_RESTORED);
    assert_int_equal(notes(unit, ops), 1);
    assert_int_equal(ops_ask(ops, "admin", "POST", "/api/v1/trust/accept", "{\"reason\":\"x\"}").status, 200);
    MUST(file_write_whole(mark, span_of("not a time"), 0644, &unit->err)); /* it lies there: that is enough */
    setback = standing(unit, ops);
    assert_int_equal(setback.kind, SETBACK_RESTORED);
    assert_int_equal(setback.backup_ms, 0);
}

/* A service without keys has nobody who remembers. */
UNIT(without_a_signer_nothing_is_noticed_and_nothing_breaks)
{
    struct ops *ops = ops_world(unit->arena);
    struct custody *custody = ops->s.world.custody;

    signer_hears(unit, ops, 5, A);
    ops->s.world.custody = NULL;
    assert_int_equal(standing(unit, ops).kind, SETBACK_NONE);
    MUST(setback_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    ops->s.world.custody = custody;
    assert_int_equal(standing(unit, ops).kind, SETBACK_OLDER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_record_that_was_seen_is_missing_or_another_or_there),
        UNIT_TEST(what_the_signer_was_told_of_this_database_is_no_setback),
        UNIT_TEST(a_setback_stands_until_somebody_accepts_it_and_is_noted_once),
        UNIT_TEST(a_record_that_says_something_else_is_another_database),
        UNIT_TEST(a_restored_folder_says_of_when_and_says_it_once),
        UNIT_TEST(without_a_signer_nothing_is_noticed_and_nothing_breaks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
