#include "store/device_reports.h"

#include "store/devices.h"
#include "store/quarantines.h"
#include "store/tenants.h"
#include "support/store.h"
#include "support/unit.h"

#define NOW_MS 1780000000000LL

struct scene {
    struct store *store;
    int64_t tenant_id;
    int64_t devices[3];
};

static struct scene scene_make(struct unit *unit)
{
    static const char *const names[] = {"mfp-1", "mfp-2", "mfp-3"};
    struct scene s = {.store = support_store(unit->arena, NULL)};
    AUTO(tx_end) struct tx tx = {0};
    const struct tenant tenant = {.name = "DEFAULT", .created_ms = NOW_MS};

    MUST(tx_begin(&tx, s.store, &unit->err));
    MUST(store_tenant_put(s.store, &tenant, &s.tenant_id, &unit->err));
    for (size_t i = 0; i < COUNT(names); i++) {
        const struct device device = {.tenant_id = s.tenant_id,
                                      .controller_id = names[i],
                                      .state = i < 2 ? DEVICE_ACTIVE : DEVICE_QUARANTINED,
                                      .created_ms = NOW_MS};

        MUST(store_device_put(s.store, &device, &s.devices[i], &unit->err));
    }
    MUST(tx_commit(&tx, &unit->err));
    return s;
}

static void put(struct unit *unit, const struct scene *s, int64_t device_id, int64_t counter, int64_t root)
{
    AUTO(tx_end) struct tx tx = {0};
    const struct device_report_row row = {.device_id = device_id,
                                          .public_key = "key",
                                          .counter = counter,
                                          .report = "{}",
                                          .attack = "none",
                                          .image_root = root,
                                          .director_root = 1,
                                          .received_ms = NOW_MS};

    MUST(tx_begin(&tx, s->store, &unit->err));
    MUST(store_device_report_put(s->store, &row, &unit->err));
    MUST(store_report_seen_put(s->store, device_id, counter, "digest", &unit->err));
    MUST(tx_commit(&tx, &unit->err));
}

UNIT(the_last_report_of_a_device_stands_and_the_digests_before_are_remembered)
{
    struct scene s = scene_make(unit);
    AUTO(tx_end) struct tx tx = {0};
    struct device_report_row row;
    const char *digest;
    int64_t oldest;
    bool has_row;

    MUST(store_device_report_get(s.store, unit->arena, s.devices[0], &row, &has_row, &unit->err));
    assert_false(has_row);
    for (int i = 1; i <= 3; i++)
        put(unit, &s, s.devices[0], i, i);
    MUST(store_device_report_get(s.store, unit->arena, s.devices[0], &row, &has_row, &unit->err));
    assert_true(has_row);
    assert_int_equal(row.counter, 3);
    assert_string_equal(row.public_key, "key");
    assert_int_equal(row.image_root, 3);
    assert_int_equal(row.director_root, 1);
    assert_int_equal(row.received_ms, NOW_MS);

    MUST(tx_begin(&tx, s.store, &unit->err));
    MUST(store_report_seen_prune(s.store, s.devices[0], 1, &unit->err));
    MUST(store_report_seen_oldest(s.store, s.devices[0], &oldest, &unit->err));
    assert_int_equal(oldest, 2);
    MUST(store_report_seen_get(s.store, unit->arena, s.devices[0], 1, &digest, &unit->err));
    assert_string_equal(digest, "");
    MUST(store_report_seen_get(s.store, unit->arena, s.devices[0], 3, &digest, &unit->err));
    assert_string_equal(digest, "digest");
    MUST(store_device_report_drop(s.store, s.devices[0], &unit->err));
    MUST(store_device_report_get(s.store, unit->arena, s.devices[0], &row, &has_row, &unit->err));
    assert_false(has_row);
    MUST(store_report_seen_oldest(s.store, s.devices[0], &oldest, &unit->err));
    assert_int_equal(oldest, 0);
    MUST(tx_commit(&tx, &unit->err));
}

UNIT(a_counter_is_remembered_once)
{
    struct scene s = scene_make(unit);
    AUTO(tx_end) struct tx tx = {0};

    put(unit, &s, s.devices[0], 1, 1);
    MUST(tx_begin(&tx, s.store, &unit->err));
    REFUSES(ERR_CONFLICT, store_report_seen_put(s.store, s.devices[0], 1, "other", &unit->err));
}

UNIT(who_trusts_which_root_is_counted_among_active_devices_that_report)
{
    struct scene s = scene_make(unit);
    int64_t confirmed, reporting;

    put(unit, &s, s.devices[0], 1, 1);
    put(unit, &s, s.devices[1], 1, 2);
    put(unit, &s, s.devices[2], 1, 2); /* quarantined */
    MUST(store_device_report_roots(s.store, s.tenant_id, 2, 0, &confirmed, &reporting, &unit->err));
    assert_int_equal(confirmed, 1);
    assert_int_equal(reporting, 2);
    MUST(store_device_report_roots(s.store, s.tenant_id, 0, 2, &confirmed, &reporting, &unit->err));
    assert_int_equal(confirmed, 0);
    MUST(store_device_report_roots(s.store, s.tenant_id + 1, 0, 0, &confirmed, &reporting, &unit->err));
    assert_int_equal(reporting, 0);
}

UNIT(why_a_device_is_quarantined_stands_while_it_is_and_is_counted_for_its_tenant)
{
    struct scene s = scene_make(unit);
    AUTO(tx_end) struct tx tx = {0};
    const struct device device = {.id = s.devices[2], .tenant_id = s.tenant_id};
    struct device_quarantine row;
    int64_t count;
    bool is_in_it;

    MUST(tx_begin(&tx, s.store, &unit->err));
    MUST(store_quarantine_put(s.store, &device, NOW_MS, "first", &unit->err));
    MUST(store_quarantine_put(s.store, &device, NOW_MS + 1, "then", &unit->err));
    MUST(store_quarantine_get(s.store, unit->arena, device.id, &row, &is_in_it, &unit->err));
    assert_true(is_in_it);
    assert_string_equal(row.why, "then");
    assert_int_equal(row.at_ms, NOW_MS + 1);
    MUST(store_quarantine_count(s.store, s.tenant_id, &count, &unit->err));
    assert_int_equal(count, 1);
    MUST(store_quarantine_count(s.store, s.tenant_id + 1, &count, &unit->err));
    assert_int_equal(count, 0);
    MUST(store_quarantine_drop(s.store, device.id, &unit->err));
    MUST(store_quarantine_get(s.store, unit->arena, device.id, &row, &is_in_it, &unit->err));
    assert_false(is_in_it);
    MUST(tx_commit(&tx, &unit->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(the_last_report_of_a_device_stands_and_the_digests_before_are_remembered),
        UNIT_TEST(a_counter_is_remembered_once),
        UNIT_TEST(why_a_device_is_quarantined_stands_while_it_is_and_is_counted_for_its_tenant),
        UNIT_TEST(who_trusts_which_root_is_counted_among_active_devices_that_report),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
