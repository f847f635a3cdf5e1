#include "store/joins.h"

#include "store/devices.h"
#include "support/api.h"
#include "support/unit.h"

static int64_t device(struct unit *unit, struct support *s, int64_t tenant_id, const char *id,
                      const char *serial)
{
    const struct device device = {
        .tenant_id = tenant_id, .controller_id = id, .token_hash = "", .serial = serial, .family = ""};
    int64_t made = 0;
    struct tx tx;

    MUST(tx_begin(&tx, s->store, &unit->err));
    MUST(store_device_put(s->store, &device, &made, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    return made;
}

static bool join(struct unit *unit, struct support *s, int64_t device_id, int64_t former_id)
{
    AUTO(tx_end) struct tx tx = {0};
    const struct device_join join = {.tenant_id = s->tenant_id,
                                     .device_id = device_id,
                                     .former_id = former_id,
                                     .work_order = "WO-1",
                                     .joined_by = "test",
                                     .joined_ms = s->now_ms};
    int64_t id;

    return tx_begin(&tx, s->store, &unit->err) && store_join_put(s->store, &join, &id, &unit->err) &&
           tx_commit(&tx, &unit->err);
}

UNIT(a_join_rests_with_who_said_so_and_why)
{
    struct support *s = support_world(unit->arena);
    int64_t now = device(unit, s, s->tenant_id, "b", "S"), was = device(unit, s, s->tenant_id, "a", "S");
    struct device_join *joins, found;
    bool is_found;
    size_t count;

    assert_true(join(unit, s, now, was));
    MUST(store_join_list(s->store, unit->arena, now, &joins, &count, &unit->err));
    assert_int_equal(count, 1);
    assert_int_equal(joins[0].former_id, was);
    assert_string_equal(joins[0].work_order, "WO-1");
    assert_string_equal(joins[0].joined_by, "test");
    assert_int_equal(joins[0].joined_ms, s->now_ms);
    MUST(store_join_find_former(s->store, unit->arena, was, &found, &is_found, &unit->err));
    assert_true(is_found);
    assert_int_equal(found.device_id, now);
    MUST(store_join_find_former(s->store, unit->arena, now, &found, &is_found, &unit->err));
    assert_false(is_found);
}

UNIT(nobody_becomes_two_machines)
{
    struct support *s = support_world(unit->arena);
    int64_t a = device(unit, s, s->tenant_id, "a", ""), b = device(unit, s, s->tenant_id, "b", ""),
            c = device(unit, s, s->tenant_id, "c", "");

    assert_true(join(unit, s, b, a));
    REFUSES(ERR_CONFLICT, join(unit, s, c, a));
    assert_true(join(unit, s, b, c)); /* one that was two is possible: a board came from elsewhere */
}

UNIT(twins_are_of_one_tenant_and_have_a_serial)
{
    struct support *s = support_world(unit->arena);
    int64_t a = device(unit, s, s->tenant_id, "a", "S"), b = device(unit, s, s->tenant_id, "b", "S"), *ids;
    size_t count;

    device(unit, s, s->tenant_id, "c", "");
    device(unit, s, s->tenant_id, "d", "");
    MUST(store_join_twins(s->store, unit->arena, s->tenant_id, "S", a, &ids, &count, &unit->err));
    assert_int_equal(count, 1);
    assert_int_equal(ids[0], b);
    MUST(store_join_twins(s->store, unit->arena, s->tenant_id, "", a, &ids, &count, &unit->err));
    assert_int_equal(count, 0);
    MUST(store_join_twins(s->store, unit->arena, s->tenant_id + 1, "S", a, &ids, &count, &unit->err));
    assert_int_equal(count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_join_rests_with_who_said_so_and_why),
        UNIT_TEST(nobody_becomes_two_machines),
        UNIT_TEST(twins_are_of_one_tenant_and_have_a_serial),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
