/* Board swaps: a new identity that a technician says is an old machine. What a restore makes of it:
 * test_restore_plan_doors.c. */
#include "support/unit.h"

#include "base/text.h"
#include "domain/join.h"
#include "support/enrol.h"

static void make(struct ops *ops, const char *id, const char *more)
{
    const char *body =
        arena_printf(ops->s.arena, "{\"id\":\"%s\",\"family\":\"aurora\",\"model\":\"A\"%s}", id, more);

    assert_int_equal(ops_ask(ops, "technician", "POST", "/api/v1/devices", body).status, 201);
}

static struct answer join(struct ops *ops, const char *id, const char *former, const char *more)
{
    return ops_ask(ops, "technician", "POST", arena_printf(ops->s.arena, "/api/v1/devices/%s/join", id),
                   arena_printf(ops->s.arena, "{\"former\":\"%s\",\"work_order\":\"WO-1\"%s}", former, more));
}

static struct answer look(struct ops *ops, const char *id)
{
    return ops_ask(ops, "viewer", "GET", arena_printf(ops->s.arena, "/api/v1/devices/%s", id), NULL);
}

static struct ops *swapped_board(struct unit *unit)
{
    struct ops *ops = ops_world(unit->arena);

    make(ops, "mfp-1",
         ",\"serial\":\"S-1\",\"customer\":\"Roux\",\"site\":\"munich\",\"tags\":[\"lobby\",\"pilot\"]");
    make(ops, "mfp-1b", ",\"serial\":\"S-1\"");
    return ops;
}

UNIT(the_repaired_machine_takes_over_and_the_former_is_retired)
{
    struct ops *ops = swapped_board(unit);
    struct answer a = join(ops, "mfp-1b", "mfp-1", "");

    assert_int_equal(a.status, 200);
    assert_string_equal(support_text(&a, "id"), "mfp-1b");
    assert_string_equal(support_text(&a, "customer"), "Roux");
    assert_string_equal(support_text(&a, "site"), "munich");
    assert_string_equal(support_text(&a, "tags.0"), "lobby");
    assert_string_equal(support_text(&a, "tags.1"), "pilot");
    assert_int_equal(json_count(support_at(&a, "former")), 1);
    assert_string_equal(support_text(&a, "former.0.device"), "mfp-1");
    assert_string_equal(support_text(&a, "former.0.work_order"), "WO-1");
    assert_string_equal(support_text(&a, "former.0.by"), "technician");
    assert_string_equal(support_text(&a, "former.0.at"), text_time(unit->arena, ops->s.now_ms));
    a = look(ops, "mfp-1");
    assert_string_equal(support_text(&a, "state"), "retired");
    assert_null(support_at(&a, "former"));
    assert_string_equal(support_device_get(&ops->s, "mfp-1").token_hash, "");
}

UNIT(what_the_new_one_has_already_is_its_own)
{
    struct ops *ops = swapped_board(unit);
    struct answer a;

    make(ops, "mfp-1c", ",\"serial\":\"S-1\",\"customer\":\"Lenz\",\"tags\":[\"own\"]");
    a = join(ops, "mfp-1c", "mfp-1", "");
    assert_string_equal(support_text(&a, "customer"), "Lenz");
    assert_string_equal(support_text(&a, "site"), "munich");
    assert_int_equal(json_count(support_at(&a, "tags")), 1);
    assert_string_equal(support_text(&a, "tags.0"), "own");
}

UNIT(joining_is_written_down_once_however_often_it_is_asked)
{
    struct ops *ops = swapped_board(unit);
    struct answer log;
    int count = 0;

    for (int i = 0; i < 3; i++)
        assert_int_equal(join(ops, "mfp-1b", "mfp-1", "").status, 200);
    log = ops_ask(ops, "admin", "GET", "/api/v1/audit", NULL);
    for (size_t i = 0; i < json_count(support_at(&log, "items")); i++)
        if (text_equal(support_text(&log, arena_printf(unit->arena, "items.%zu.what", i)), "device.join")) {
            count++;
            assert_string_equal(support_text(&log, arena_printf(unit->arena, "items.%zu.object", i)),
                                "mfp-1b");
            assert_string_equal(support_text(&log, arena_printf(unit->arena, "items.%zu.detail", i)),
                                "was mfp-1, work order WO-1");
        }
    assert_int_equal(count, 1);
}

UNIT(a_machine_that_claims_a_serial_is_shown_and_joined_by_nobody)
{
    struct ops *ops = swapped_board(unit);
    struct answer a = look(ops, "mfp-1");

    assert_string_equal(support_text(&a, "same_serial.0"), "mfp-1b");
    assert_string_equal(support_text(&a, "state"), "active");
    a = look(ops, "mfp-1b");
    assert_string_equal(support_text(&a, "same_serial.0"), "mfp-1");
    assert_null(support_at(&a, "former"));
    make(ops, "mfp-2", "");
    make(ops, "mfp-3", "");
    a = look(ops, "mfp-2"); /* no serial is no common serial */
    assert_null(support_at(&a, "same_serial"));
    assert_int_equal(join(ops, "mfp-1b", "mfp-1", "").status, 200);
    a = look(ops, "mfp-1b");
    assert_null(support_at(&a, "same_serial"));
    a = look(ops, "mfp-1");
    assert_null(support_at(&a, "same_serial"));
}

UNIT(what_cannot_be_is_refused_and_changes_nothing)
{
    struct ops *ops = swapped_board(unit);
    struct answer a;

    make(ops, "mfp-2", ",\"serial\":\"S-2\"");
    make(ops, "mfp-3", "");
    /* clang-format off */
    a = join(ops, "mfp-2", "mfp-1", "");  enrol_refused(&a, 409, "force_serial");
    a = join(ops, "mfp-3", "mfp-1", "");  enrol_refused(&a, 409, "force_serial");
    a = join(ops, "mfp-1", "mfp-1", "");  enrol_refused(&a, 409, "itself");
    a = join(ops, "mfp-1", "mfp-9", "");  enrol_refused(&a, 404, "mfp-9");
    a = join(ops, "mfp-9", "mfp-1", "");  enrol_refused(&a, 404, "mfp-9");
    a = ops_ask(ops, "technician", "POST", "/api/v1/devices/mfp-1b/join", "{\"former\":\"mfp-1\"}");
    /* clang-format on */
    enrol_refused(&a, 400, "work_order");
    assert_int_equal(ops_ask(ops, "engineer", "POST", "/api/v1/devices/mfp-1b/join", "{}").status, 403);
    assert_int_equal(ops_ask(ops, "technician", "POST", "/api/v1/devices/mfp-1b/retire", "{}").status, 200);
    a = join(ops, "mfp-1b", "mfp-1", "");
    enrol_refused(&a, 409, "retired");
    a = look(ops, "mfp-1");
    assert_string_equal(support_text(&a, "state"), "active");
}

UNIT(a_lost_serial_is_no_obstacle_for_who_says_so)
{
    struct ops *ops = swapped_board(unit);

    make(ops, "mfp-3", "");
    assert_int_equal(join(ops, "mfp-3", "mfp-1", ",\"force_serial\":true").status, 200);
}

static bool is_same(struct unit *unit, struct ops *ops, const char *now, const char *was)
{
    struct device device = support_device_get(&ops->s, now);
    bool out = false;

    MUST(join_is_same_chassis(&ops->s.world, unit->arena, &device, support_device_get(&ops->s, was).id, &out,
                              &unit->err));
    return out;
}

UNIT(a_machine_stays_itself_over_several_swaps_and_in_no_ring)
{
    struct ops *ops = swapped_board(unit);
    struct answer a;
    int64_t *ids;
    size_t count;

    make(ops, "mfp-1c", ",\"serial\":\"S-1\"");
    make(ops, "other", ",\"serial\":\"S-9\"");
    assert_int_equal(join(ops, "mfp-1b", "mfp-1", "").status, 200);
    ops->s.now_ms += 1000;
    assert_int_equal(join(ops, "mfp-1c", "mfp-1b", "").status, 200);
    a = look(ops, "mfp-1c");
    assert_string_equal(support_text(&a, "former.0.device"), "mfp-1");
    assert_string_equal(support_text(&a, "former.1.device"), "mfp-1b");
    assert_true(is_same(unit, ops, "mfp-1c", "mfp-1"));
    assert_true(is_same(unit, ops, "mfp-1c", "mfp-1c"));
    assert_false(is_same(unit, ops, "mfp-1", "mfp-1c"));
    assert_false(is_same(unit, ops, "mfp-1c", "other"));
    MUST(join_line(&ops->s.world, unit->arena, support_device_get(&ops->s, "mfp-1c").id, &ids, &count,
                   &unit->err));
    assert_int_equal(count, 3);
    assert_int_equal(ids[0], support_device_get(&ops->s, "mfp-1c").id);
    assert_int_equal(ids[2], support_device_get(&ops->s, "mfp-1").id);
    /* Even when somebody wakes it up again. */
    assert_int_equal(ops_ask(ops, "technician", "POST", "/api/v1/devices/mfp-1/approve", "{}").status, 200);
    a = join(ops, "mfp-1", "mfp-1c", "");
    enrol_refused(&a, 409, "became another machine");
    a = join(ops, "other", "mfp-1", ",\"force_serial\":true");
    enrol_refused(&a, 409, "joined to another machine");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(the_repaired_machine_takes_over_and_the_former_is_retired),
        UNIT_TEST(what_the_new_one_has_already_is_its_own),
        UNIT_TEST(joining_is_written_down_once_however_often_it_is_asked),
        UNIT_TEST(a_machine_that_claims_a_serial_is_shown_and_joined_by_nobody),
        UNIT_TEST(what_cannot_be_is_refused_and_changes_nothing),
        UNIT_TEST(a_lost_serial_is_no_obstacle_for_who_says_so),
        UNIT_TEST(a_machine_stays_itself_over_several_swaps_and_in_no_ring),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
