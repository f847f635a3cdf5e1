/* The fleet in figures: counters are what a plain count finds, whatever moved. (So they are after every test of this
 * tree that opens a store: support/store.c looks when it closes one.) */
#include <stdio.h>

#include "base/text.h"
#include "store/devices.h"
#include "store/fleet_moves.h"
#include "support/ddi.h"
#include "support/unit.h"

static int64_t wrong(struct unit *unit, struct support *s)
{
    int64_t count;

    MUST(store_fleet_differs(s->store, &count, &unit->err));
    return count;
}

/* How many are counted under a name; 0: there is no such counter. */
static int64_t counted(struct unit *unit, struct support *s, enum fleet_kind kind, const char *name)
{
    struct tally_row *rows;
    size_t count;

    MUST(store_fleet_list(s->store, unit->arena, s->tenant_id, kind, &rows, &count, &unit->err));
    for (size_t i = 0; i < count; i++)
        if (text_equal(kind == FLEET_FAMILY ? rows[i].family : rows[i].name, name))
            return rows[i].devices;
    return 0;
}

static void runs(struct unit *unit, struct support *s, const char *id, const char *component,
                 const char *version)
{
    const struct device_component now = {.component = component, .version = version, .sha256 = ""};
    int64_t device_id = support_device_get(s, id).id;
    struct tx tx;

    MUST(tx_begin(&tx, s->store, &unit->err));
    if (version)
        MUST(store_component_put(s->store, device_id, &now, &unit->err));
    else
        MUST(store_component_drop(s->store, device_id, component, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    assert_int_equal(wrong(unit, s), 0);
}

static void joins_family(struct unit *unit, struct support *s, const char *id, const char *family)
{
    struct device device = support_device_get(s, id);
    struct tx tx;

    device.family = family;
    MUST(tx_begin(&tx, s->store, &unit->err));
    MUST(store_device_change(s->store, &device, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    assert_int_equal(wrong(unit, s), 0);
}

static void moves(struct unit *unit, struct support *s, const char *id, enum device_state from,
                  enum device_state to)
{
    struct tx tx;
    bool moved;

    MUST(tx_begin(&tx, s->store, &unit->err));
    MUST(store_device_move(s->store, support_device_get(s, id).id, from, to, 1, &moved, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    assert_int_equal(wrong(unit, s), 0);
}

static void is_seen(struct unit *unit, struct support *s, const char *id, int64_t at_ms)
{
    struct device_seen seen = {.device_id = support_device_get(s, id).id, .last_seen_ms = at_ms};
    struct device_seen rests;
    struct tx tx;

    MUST(store_seen_get(s->store, seen.device_id, &rests, &unit->err));
    MUST(tx_begin(&tx, s->store, &unit->err));
    MUST(store_seen_put(s->store, &seen, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    assert_int_equal(wrong(unit, s), 0);
    if (at_ms < rests.last_seen_ms)
        at_ms = rests.last_seen_ms; /* older news change nothing */
    MUST(store_seen_get(s->store, seen.device_id, &rests, &unit->err));
    assert_int_equal(rests.last_seen_ms, at_ms);
}

UNIT(states_families_and_versions_move_with_their_devices)
{
    struct support *s = support_world(unit->arena);

    support_device(s, "mfp-1", QUIRK_NONE);
    support_device(s, "mfp-2", QUIRK_NONE);
    runs(unit, s, "mfp-1", "system", "1.0");
    runs(unit, s, "mfp-1", "engine", "7");
    runs(unit, s, "mfp-2", "system", "1.0");
    assert_int_equal(counted(unit, s, FLEET_STATE, "active"), 2);
    assert_int_equal(counted(unit, s, FLEET_FAMILY, "c450"), 2);
    assert_int_equal(counted(unit, s, FLEET_VERSION, "1.0"), 2);
    runs(unit, s, "mfp-2", "system", "1.1");
    runs(unit, s, "mfp-2", "system", "1.1"); /* again: nothing changes */
    joins_family(unit, s, "mfp-1", "c900");
    assert_int_equal(counted(unit, s, FLEET_FAMILY, "c900"), 1);
    assert_int_equal(counted(unit, s, FLEET_VERSION, "1.1"), 1);
    moves(unit, s, "mfp-1", DEVICE_WAITING, DEVICE_RETIRED); /* it is not waiting: it stays */
    assert_int_equal(counted(unit, s, FLEET_STATE, "active"), 2);
    moves(unit, s, "mfp-1", DEVICE_ACTIVE, DEVICE_RETIRED);
    assert_int_equal(counted(unit, s, FLEET_STATE, "retired"), 1);
    runs(unit, s, "mfp-1", "engine", NULL);
    runs(unit, s, "mfp-1", "engine", NULL);
    assert_int_equal(counted(unit, s, FLEET_VERSION, "7"), 0);
}

UNIT(statuses_and_open_actions_move_with_what_devices_are_given_and_say)
{
    struct support *s = support_world(unit->arena);
    int64_t action;

    support_device(s, "mfp-1", QUIRK_NONE);
    support_device(s, "mfp-2", QUIRK_NONE);
    assert_int_equal(counted(unit, s, FLEET_STATUS, "unknown"), 2);
    is_seen(unit, s, "mfp-1", 1000);
    is_seen(unit, s, "mfp-1", 2000);
    is_seen(unit, s, "mfp-1", 1500);
    assert_int_equal(counted(unit, s, FLEET_STATUS, "registered"), 1);
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    assert_int_equal(wrong(unit, s), 0);
    assert_int_equal(counted(unit, s, FLEET_STATUS, "pending"), 1);
    assert_int_equal(counted(unit, s, FLEET_ACTION, "offered"), 1);
    ddi_say(s, "mfp-1", action, "proceeding", "none", NULL);
    assert_int_equal(wrong(unit, s), 0);
    is_seen(unit, s, "mfp-2", 1000);
    ddi_say(s, "mfp-1", action, "closed", "failure", NULL);
    assert_int_equal(wrong(unit, s), 0);
    assert_int_equal(counted(unit, s, FLEET_STATUS, "error"), 1);
    assert_int_equal(counted(unit, s, FLEET_STATUS, "pending"), 0);
    action = support_assign(s, "mfp-1", ddi_release(s, "3.0"), NULL);
    ddi_say(s, "mfp-1", action, "closed", "success", NULL);
    assert_int_equal(wrong(unit, s), 0);
    assert_int_equal(counted(unit, s, FLEET_STATUS, "in_sync"), 1);
    assert_int_equal(counted(unit, s, FLEET_STATUS, "registered"), 1);
}

static void skew(struct unit *unit, struct support *s, const char *id, int64_t by)
{
    struct tx tx;

    MUST(tx_begin(&tx, s->store, &unit->err));
    MUST(fleet_device_move(s->store, support_device_get(s, id).id, by, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
}

UNIT(a_counter_that_went_astray_is_found)
{
    struct support *s = support_world(unit->arena);

    support_device(s, "mfp-1", QUIRK_NONE);
    skew(unit, s, "mfp-1", 1);
    assert_int_equal(wrong(unit, s), 4); /* its state and its family: what is, and what should be */
    skew(unit, s, "mfp-1", -1);
    assert_int_equal(wrong(unit, s), 0);
}

static const char *page(struct unit *unit, struct support *s, const char *prefix, int64_t *after)
{
    const struct device_filter filter = {.prefix = prefix, .after = *after, .limit = 2};
    struct device_row *rows;
    size_t count;
    char *names = arena_dup(unit->arena, "");

    MUST(store_device_list(s->store, unit->arena, s->tenant_id, &filter, &rows, &count, &unit->err));
    for (size_t i = 0; i < count; i++)
        names = arena_printf(unit->arena, "%s %s", names, rows[i].device.controller_id);
    *after = count ? rows[count - 1].device.id : *after;
    return names;
}

UNIT(names_that_begin_alike_are_paged_by_name_whatever_the_order_they_came_in)
{
    static const char *const names[] = {"b-3", "a", "b-1", "c", "b-\xC3\xA9", "b-2", "b", "B-1"};
    struct support *s = support_world(unit->arena);
    int64_t after = 0;

    for (size_t i = 0; i < COUNT(names); i++)
        support_device(s, names[i], QUIRK_NONE);
    assert_string_equal(page(unit, s, "b-", &after), " b-1 b-2");
    assert_string_equal(page(unit, s, "b-", &after), " b-3 b-\xC3\xA9");
    assert_string_equal(page(unit, s, "b-", &after), "");
    after = 0;
    assert_string_equal(page(unit, s, "b", &after), " b b-1");
    after = 0;
    assert_string_equal(page(unit, s, "b-\xC3\xA9", &after), " b-\xC3\xA9");
    after = 0;
    assert_string_equal(page(unit, s, "d", &after), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(states_families_and_versions_move_with_their_devices),
        UNIT_TEST(statuses_and_open_actions_move_with_what_devices_are_given_and_say),
        UNIT_TEST(a_counter_that_went_astray_is_found),
        UNIT_TEST(names_that_begin_alike_are_paged_by_name_whatever_the_order_they_came_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
