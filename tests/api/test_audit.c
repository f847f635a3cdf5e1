#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "domain/audit.h"
#include "store/db.h"
#include "support/ops.h"
#include "support/unit.h"
#include "tools/common/audit_walk.h"

#define HOUR_MS 3600000LL

/* A world whose log has grown by `more` records; syslog is not told. */
static struct ops *world_of(struct unit *unit, int more)
{
    struct ops *ops = ops_world(unit->arena);

    ops->s.settings.audit_syslog = "";
    for (int i = 0; i < more; i++)
        assert_int_equal(ops_ask(ops, "admin", "PATCH", "/api/v1/tenant", "{\"poll_sleep_s\":60}").status,
                         200);
    return ops;
}

static void add_lines(struct unit *unit, struct audit_walk *walk, const struct json *list, bool *is_ok)
{
    for (size_t i = 0; *is_ok && i < json_count(list); i++) {
        struct buf line = {.arena = unit->arena};
        struct json_out j = {.buf = &line};

        json_copy(&j, NULL, json_item(list, i));
        *is_ok = audit_walk_line(walk, buf_span(&line), &unit->err);
    }
}

/* As `nightshift audit verify` does it, in pages of 3, trusting the online key. */
static bool verify(struct unit *unit, struct ops *ops, const char *anchor, struct audit_walk_end *end)
{
    struct tuf_keys online = {.keys = key_public(ops->online), .count = 1, .threshold = 1};
    struct audit_walk *walk = audit_walk_new(unit->arena, &online, 1);
    const char *next = "0",
               *head = "{\"_type\":\"nightshift-audit-1\",\"tenant\":\"DEFAULT\",\"tenant_id\":1}";
    bool is_ok = audit_walk_line(walk, span_of(head), &unit->err) &&
                 (!anchor || audit_walk_anchor(walk, anchor, &unit->err));

    while (is_ok && next) {
        struct answer page =
            ops_ask(ops, "admin", "GET",
                    arena_printf(unit->arena, "/api/v1/audit/chain?limit=3&cursor=%s", next), NULL);

        assert_int_equal(page.status, 200);
        assert_string_equal(support_text(&page, "tenant"), "DEFAULT");
        assert_int_equal(support_int(&page, "tenant_id"), 1);
        add_lines(unit, walk, support_at(&page, "items"), &is_ok);
        add_lines(unit, walk, support_at(&page, "checkpoints"), &is_ok);
        next = support_text(&page, "next");
    }
    return is_ok && audit_walk_end(walk, end, &unit->err);
}

/* As somebody does who owns the disk. */
static void tamper(struct unit *unit, struct ops *ops, const char *sql)
{
    struct db *db = NULL;

    MUST(db_sqlite.open(&db, arena_printf(unit->arena, "%s/nightshift.db", ops->s.dir), DB_WRITER,
                        &unit->err));
    MUST(db_sqlite.exec(db, sql, &unit->err));
    db_sqlite.close(db);
}

UNIT(the_whole_log_can_be_verified_elsewhere_with_the_root_alone)
{
    struct ops *ops = world_of(unit, 7);
    struct audit_walk_end end;

    MUST(verify(unit, ops, NULL, &end));
    assert_true(end.count >= 7);
    assert_int_equal(end.covered, 0);
    MUST(audit_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    MUST(verify(unit, ops, NULL, &end));
    assert_int_equal(end.covered, end.count);
    assert_int_equal(end.checkpoints, 1);
    MUST(verify(unit, ops, arena_printf(unit->arena, "%d:%s", (int)end.count, end.digest), &end));
}

UNIT(a_checkpoint_is_signed_every_so_many_records_and_each_hour_that_had_any)
{
    struct ops *ops = world_of(unit, 0);
    struct audit_walk_end end;

    ops->s.settings.audit_checkpoint_every = 5;
    MUST(audit_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    for (int i = 0; i < 4; i++)
        ops_ask(ops, "admin", "PATCH", "/api/v1/tenant", "{}");
    MUST(audit_tick(&ops->s.world, ops->s.now_ms + 1000, &unit->err));
    MUST(verify(unit, ops, NULL, &end));
    assert_int_equal(end.checkpoints, 1);
    ops_ask(ops, "admin", "PATCH", "/api/v1/tenant", "{}");
    MUST(audit_tick(&ops->s.world, ops->s.now_ms + 2000, &unit->err));        /* the fifth */
    MUST(audit_tick(&ops->s.world, ops->s.now_ms + 3 * HOUR_MS, &unit->err)); /* nothing new */
    MUST(verify(unit, ops, NULL, &end));
    assert_int_equal(end.checkpoints, 2);
    ops_ask(ops, "admin", "PATCH", "/api/v1/tenant", "{}");
    MUST(audit_tick(&ops->s.world, ops->s.now_ms + 2000 + HOUR_MS, &unit->err));
    MUST(verify(unit, ops, NULL, &end));
    assert_int_equal(end.checkpoints, 3);
}

UNIT(whoever_owns_the_disk_cannot_change_the_log_unseen)
{
    static const struct {
        const char *sql, *says;
    } deeds[] = {
        {"UPDATE audit SET who = 'eva' WHERE tenant_id = 1 AND no = 4", "record 4 was changed"},
        {"UPDATE audit SET at_ms = at_ms + 1 WHERE tenant_id = 1 AND no = 4", "record 4 was changed"},
        {"UPDATE audit SET digest = '' WHERE tenant_id = 1 AND no = 4", "record 4"},
        {"DELETE FROM audit WHERE tenant_id = 1 AND no = 4", "record 4 is missing"},
        {"UPDATE audit SET no = 99 WHERE tenant_id = 1 AND no = 4; UPDATE audit SET no = 4 WHERE no = 5;"
         "UPDATE audit SET no = 5 WHERE no = 99",
         "record 4 was changed"},
        {"DELETE FROM audit WHERE tenant_id = 1 AND no >= 6", "record 6 is missing"},
        {"DELETE FROM audit WHERE tenant_id = 1", "record 1 is missing"},
    };

    for (size_t i = 0; i < COUNT(deeds); i++) {
        struct ops *ops = world_of(unit, 8);
        struct audit_walk_end end;

        MUST(audit_tick(&ops->s.world, ops->s.now_ms, &unit->err));
        tamper(unit, ops, deeds[i].sql);
        REFUSES(ERR_CONFLICT, verify(unit, ops, NULL, &end));
        SAYS(deeds[i].says);
    }
}

/* With the last checkpoint gone as well, only what was told elsewhere is left. */
UNIT(syslog_is_told_an_anchor_that_finds_a_cut_which_took_the_checkpoints_too)
{
    struct ops *ops = world_of(unit, 8);
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    AUTO(fd_closep) int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    struct audit_walk_end end;
    char line[1024] = "";

    snprintf(at.sun_path, sizeof(at.sun_path), "%s/log", ops->s.dir);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    ops->s.settings.audit_syslog = arena_dup(unit->arena, at.sun_path);
    MUST(audit_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    assert_true(recv(fd, line, sizeof(line) - 1, MSG_DONTWAIT) > 0);
    assert_memory_equal(line, "<85>nightshift[", 15);
    const char *anchor = strstr(line, "audit tenant=DEFAULT anchor=");
    assert_non_null(anchor);
    anchor += strlen("audit tenant=DEFAULT anchor=");
    MUST(verify(unit, ops, anchor, &end));
    tamper(unit, ops, "DELETE FROM audit WHERE no >= 6; DELETE FROM audit_checkpoint");
    MUST(verify(unit, ops, NULL, &end)); /* by itself it looks whole */
    REFUSES(ERR_CONFLICT, verify(unit, ops, anchor, &end));
    SAYS("record 6 is missing");
}

UNIT(a_syslog_that_is_not_there_keeps_nobody_from_working)
{
    struct ops *ops = world_of(unit, 2);
    struct audit_walk_end end;

    ops->s.settings.audit_syslog = arena_printf(unit->arena, "%s/nobody", ops->s.dir);
    MUST(audit_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    MUST(verify(unit, ops, NULL, &end));
    assert_int_equal(end.checkpoints, 1);
}

/* Paths are decoded from percent signs: what comes out need not be text. */
UNIT(what_is_no_text_is_chained_as_it_will_be_shown)
{
    struct ops *ops = world_of(unit, 0);
    struct who who = {.kind = WHO_IS_OPERATOR, .tenant_id = 1, .name = "mia", .source = "\xff\xfe::1"};
    struct audit_walk_end end;
    struct tx tx;

    MUST(tx_begin(&tx, ops->s.store, &unit->err));
    MUST(audit_note(&ops->s.world, &who, "a.b", "caf\xc3\xa9 \xc3", "line\n\x01\x7f", 1, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    MUST(verify(unit, ops, NULL, &end));
}

UNIT(a_rotated_online_key_signs_the_next_checkpoint)
{
    struct ops *ops = world_of(unit, 3);
    struct audit_walk_end end;

    MUST(audit_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    ops_rotate_online(ops, 2);
    ops_reopen(ops);
    ops->s.settings.audit_syslog = "";
    ops_ask(ops, "admin", "PATCH", "/api/v1/tenant", "{}");
    MUST(audit_tick(&ops->s.world, ops->s.now_ms + 2 * HOUR_MS, &unit->err));
    REFUSES(ERR_FORBIDDEN, verify(unit, ops, NULL, &end)); /* the new key alone: the first is not its own */
    SAYS("signed by none of the roots given");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(the_whole_log_can_be_verified_elsewhere_with_the_root_alone),
        UNIT_TEST(a_checkpoint_is_signed_every_so_many_records_and_each_hour_that_had_any),
        UNIT_TEST(whoever_owns_the_disk_cannot_change_the_log_unseen),
        UNIT_TEST(syslog_is_told_an_anchor_that_finds_a_cut_which_took_the_checkpoints_too),
        UNIT_TEST(a_syslog_that_is_not_there_keeps_nobody_from_working),
        UNIT_TEST(what_is_no_text_is_chained_as_it_will_be_shown),
        UNIT_TEST(a_rotated_online_key_signs_the_next_checkpoint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
