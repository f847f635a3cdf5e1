/* Counters behind limits: they are what a count over the rows would find, whatever moved. */
#include <stdlib.h>

#include "base/text.h"
#include "store/devices.h"
#include "store/limits.h"
#include "support/ddi.h"
#include "support/unit.h"

static int64_t machines(struct unit *unit, struct support *s, const char *site)
{
    int64_t count;

    MUST(store_machines_count(s->store, s->tenant_id, site, &count, &unit->err));
    return count;
}

static struct under_way under_way(struct unit *unit, struct support *s, int64_t rollout, const char *site)
{
    struct under_way w;

    MUST(store_under_way_get(s->store, unit->arena, s->tenant_id, rollout, site, &w, &unit->err));
    return w;
}

static void change(struct unit *unit, struct support *s, const char *id, const char *site)
{
    struct device device = support_device_get(s, id);
    struct tx tx;

    device.site = site;
    MUST(tx_begin(&tx, s->store, &unit->err));
    MUST(store_device_change(s->store, &device, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
}

static void move(struct unit *unit, struct support *s, const char *id, enum device_state from,
                 enum device_state to)
{
    struct tx tx;
    bool moved;

    MUST(tx_begin(&tx, s->store, &unit->err));
    MUST(store_device_move(s->store, support_device_get(s, id).id, from, to, 1, &moved, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
}

UNIT(a_machine_counts_where_it_stands_while_it_is_active)
{
    struct support *s = support_world(unit->arena);

    support_device(s, "mfp-1", QUIRK_NONE);
    support_device(s, "mfp-2", QUIRK_NONE);
    assert_int_equal(machines(unit, s, ""), 0);
    change(unit, s, "mfp-1", "oslo");
    change(unit, s, "mfp-2", "oslo");
    change(unit, s, "mfp-2", "oslo"); /* again: nothing changes */
    assert_int_equal(machines(unit, s, "oslo"), 2);
    move(unit, s, "mfp-1", DEVICE_WAITING, DEVICE_RETIRED); /* it is not waiting: it stays */
    assert_int_equal(machines(unit, s, "oslo"), 2);
    move(unit, s, "mfp-1", DEVICE_ACTIVE, DEVICE_RETIRED);
    assert_int_equal(machines(unit, s, "oslo"), 1);
    change(unit, s, "mfp-1", "rome");
    change(unit, s, "mfp-2", "rome");
    assert_int_equal(machines(unit, s, "oslo"), 0);
    assert_int_equal(machines(unit, s, "rome"), 1);
    move(unit, s, "mfp-1", DEVICE_RETIRED, DEVICE_ACTIVE);
    assert_int_equal(machines(unit, s, "rome"), 2);
}

UNIT(what_is_under_way_is_counted_from_its_offer_until_it_soaks_and_moves_with_its_machine)
{
    struct support *s = support_world(unit->arena);
    int64_t action;

    support_device(s, "mfp-1", QUIRK_NONE);
    change(unit, s, "mfp-1", "oslo");
    action = support_assign(s, "mfp-1", ddi_release(s, "2.0"), NULL);
    assert_int_equal(under_way(unit, s, 5, "oslo").all, 1);
    assert_int_equal(under_way(unit, s, 5, "oslo").at_site, 1);
    assert_int_equal(under_way(unit, s, 5, "oslo").of_rollout, 0);
    ddi_say(s, "mfp-1", action, "download", "none", NULL);
    assert_int_equal(under_way(unit, s, 5, "oslo").at_site, 1);
    change(unit, s, "mfp-1", "rome");
    assert_int_equal(under_way(unit, s, 5, "oslo").at_site, 0);
    assert_int_equal(under_way(unit, s, 5, "rome").at_site, 1);
    assert_int_equal(under_way(unit, s, 5, "").all, 1);
    assert_int_equal(under_way(unit, s, 5, "").at_site, 0);
    ddi_say(s, "mfp-1", action, "closed", "success", NULL);
    assert_int_equal(under_way(unit, s, 5, "rome").all, 0);
    assert_int_equal(under_way(unit, s, 5, "rome").at_site, 0);
}

UNIT(bytes_are_kept_by_slots_that_touch_the_hour)
{
    struct support *s = support_world(unit->arena);
    struct offered_slot slots[OFFERED_SLOTS];
    const int64_t now_ms = 1000 * OFFERED_SLOT_MS + 7;
    struct tx tx;
    size_t count;

    for (int i = 0; i < 40; i++) {
        MUST(tx_begin(&tx, s->store, &unit->err));
        MUST(store_offered_put(s->store, 1, 5, "oslo", 10, now_ms + i * OFFERED_SLOT_MS, &unit->err));
        MUST(store_offered_put(s->store, 1, 5, "oslo", 1, now_ms + i * OFFERED_SLOT_MS + 1, &unit->err));
        MUST(tx_commit(&tx, &unit->err));
    }
    MUST(
        store_offered_list(s->store, 1, 5, "oslo", now_ms + 39 * OFFERED_SLOT_MS, slots, &count, &unit->err));
    assert_int_equal(count, OFFERED_SLOTS);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(slots[i].bytes, 11);
        assert_int_equal(slots[i].at_ms, (1000 + 27 + (int64_t)i) * OFFERED_SLOT_MS);
    }
    MUST(store_offered_list(s->store, 1, 5, "", now_ms, slots, &count, &unit->err));
    assert_int_equal(count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_machine_counts_where_it_stands_while_it_is_active),
        UNIT_TEST(what_is_under_way_is_counted_from_its_offer_until_it_soaks_and_moves_with_its_machine),
        UNIT_TEST(bytes_are_kept_by_slots_that_touch_the_hour),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
