#include "store/backups.h"

#include "store/backup_keys.h"
#include "store/devices.h"
#include "store/tenants.h"
#include "support/store.h"
#include "support/unit.h"

struct rows {
    struct store *store;
    int64_t tenant, device;
};

#define IN_TX(call)                                                                                          \
    do {                                                                                                     \
        AUTO(tx_end) struct tx tx = {0};                                                                     \
        MUST(tx_begin(&tx, rows.store, &unit->err));                                                         \
        MUST(call);                                                                                          \
        MUST(tx_commit(&tx, &unit->err));                                                                    \
    } while (0)

static struct rows rows_of(struct unit *unit)
{
    struct rows rows = {.store = support_store(unit->arena, NULL)};
    struct tenant tenant = {.name = "DEFAULT", .gateway_hash = "", .certificate_issuer = "", .created_ms = 1};
    struct device device = {.controller_id = "mfp-1",
                            .token_hash = "t",
                            .state = DEVICE_ACTIVE,
                            .family = "",
                            .model = "",
                            .serial = "",
                            .customer = "",
                            .site = "harbour",
                            .auto_confirm_who = "",
                            .auto_confirm_remark = "",
                            .created_ms = 1};

    IN_TX(store_tenant_put(rows.store, &tenant, &rows.tenant, &unit->err));
    device.tenant_id = rows.tenant;
    IN_TX(store_device_put(rows.store, &device, &rows.device, &unit->err));
    return rows;
}

static struct backup sample(struct rows rows, const char *upload, const char *sha256)
{
    return (struct backup){.tenant_id = rows.tenant,
                           .device_id = rows.device,
                           .customer = "roux",
                           .upload = upload,
                           .trigger = BACKUP_PANEL,
                           .model = "m",
                           .serial = "s",
                           .firmware = "{}",
                           .categories = "{\"network\":1}",
                           .size = 100,
                           .sha256 = sha256,
                           .payload = "p",
                           .payload_size = 60,
                           .recipients = "age1a age1d",
                           .wrapped_to = "age1a",
                           .taken_ms = 5,
                           .received_ms = 6,
                           .locked_ms = 50};
}

static int64_t put(struct unit *unit, struct rows rows, const char *upload, const char *sha256)
{
    struct backup backup = sample(rows, upload, sha256);
    int64_t id = 0;

    IN_TX(store_backup_put(rows.store, &backup, span_of("header"), &id, &unit->err));
    return id;
}

UNIT(a_backup_is_found_by_what_it_is)
{
    struct rows rows = rows_of(unit);
    int64_t id = put(unit, rows, "u1", "h1"), bytes;
    struct backup got;
    struct span header;
    bool is_found;

    MUST(store_backup_get(rows.store, unit->arena, rows.tenant, id, &got, &unit->err));
    assert_string_equal(got.recipients, "age1a age1d");
    assert_int_equal(got.trigger, BACKUP_PANEL);
    assert_int_equal(got.locked_ms, 50);
    REFUSES(ERR_NOT_FOUND, store_backup_get(rows.store, unit->arena, rows.tenant + 1, id, &got, &unit->err));
    MUST(store_backup_find_same(rows.store, unit->arena, rows.device, "h1", &got, &is_found, &unit->err));
    assert_true(is_found);
    MUST(store_backup_find_same(rows.store, unit->arena, rows.device + 1, "h1", &got, &is_found, &unit->err));
    assert_false(is_found);
    MUST(store_backup_find_upload(rows.store, unit->arena, "u1", &got, &is_found, &unit->err));
    assert_true(is_found);
    MUST(store_backup_header(rows.store, unit->arena, id, &header, &unit->err));
    assert_int_equal(header.size, 6);
    MUST(store_backup_bytes(rows.store, rows.tenant, "roux", &bytes, &unit->err));
    assert_int_equal(bytes, 100);
    MUST(store_payload_needed(rows.store, "p", &bytes, &unit->err));
    assert_int_equal(bytes, 1);
}

UNIT(the_same_file_or_upload_twice_is_a_conflict)
{
    struct rows rows = rows_of(unit);
    struct backup file = sample(rows, "u2", "h1"), upload = sample(rows, "u1", "h2");
    AUTO(tx_end) struct tx tx = {0};
    int64_t id;

    put(unit, rows, "u1", "h1");
    MUST(tx_begin(&tx, rows.store, &unit->err));
    REFUSES(ERR_CONFLICT, store_backup_put(rows.store, &file, span_of("x"), &id, &unit->err));
    REFUSES(ERR_CONFLICT, store_backup_put(rows.store, &upload, span_of("x"), &id, &unit->err));
}

UNIT(dropping_wipes_the_header_unless_it_is_locked_or_held)
{
    struct rows rows = rows_of(unit);
    int64_t id = put(unit, rows, "u1", "h1"), needed;
    struct span header;
    bool moved;

    IN_TX(store_backup_drop(rows.store, id, "test", 49, &moved, &unit->err));
    assert_false(moved);
    IN_TX(store_backup_hold(rows.store, id, "case", "mia", 50, &moved, &unit->err));
    IN_TX(store_backup_drop(rows.store, id, "test", 60, &moved, &unit->err));
    assert_false(moved);
    IN_TX(store_backup_hold(rows.store, id, "", "", 0, &moved, &unit->err));
    IN_TX(store_backup_drop(rows.store, id, "test", 60, &moved, &unit->err));
    assert_true(moved);
    MUST(store_backup_header(rows.store, unit->arena, id, &header, &unit->err));
    assert_int_equal(header.size, 0);
    MUST(store_payload_needed(rows.store, "p", &needed, &unit->err));
    assert_int_equal(needed, 0);
    IN_TX(store_backup_drop(rows.store, id, "test", 70, &moved, &unit->err));
    assert_false(moved);
    IN_TX(store_backup_wrap(rows.store, id, "age1a", span_of("new"), "age1b", "age1b", &moved, &unit->err));
    assert_false(moved); /* what is destroyed does not come back */
}

UNIT(wrapping_is_compare_and_set_and_moves_a_backup_out_of_the_list)
{
    struct rows rows = rows_of(unit);
    int64_t ids[3], left;
    struct backup *list;
    size_t count;
    bool moved;

    for (int i = 0; i < 3; i++)
        ids[i] = put(unit, rows, arena_printf(unit->arena, "u%d", i), arena_printf(unit->arena, "h%d", i));
    IN_TX(store_backup_wrap(rows.store, ids[0], "age1z", span_of("n"), "age1b age1d", "age1b", &moved,
                            &unit->err));
    assert_false(moved);
    IN_TX(store_backup_wrap(rows.store, ids[0], "age1a", span_of("n"), "age1b age1d", "age1b", &moved,
                            &unit->err));
    assert_true(moved);
    MUST(store_backup_to_move_count(rows.store, rows.tenant, "age1b", &left, &unit->err));
    assert_int_equal(left, 2);
    MUST(
        store_backup_to_move(rows.store, unit->arena, rows.tenant, "age1b", 0, 1, &list, &count, &unit->err));
    assert_int_equal(count, 1);
    assert_int_equal(list[0].id, ids[1]);
    MUST(store_backup_to_move(rows.store, unit->arena, rows.tenant, "age1b", ids[1], 9, &list, &count,
                              &unit->err));
    assert_int_equal(count, 1);
    assert_int_equal(list[0].id, ids[2]);
}

UNIT(lists_are_newest_first_and_of_one_customer)
{
    struct rows rows = rows_of(unit);
    int64_t first = put(unit, rows, "u1", "h1"), last = put(unit, rows, "u2", "h2");
    struct backup *list;
    size_t count;

    MUST(store_backup_list(rows.store, unit->arena, rows.tenant, "", 0, 9, &list, &count, &unit->err));
    assert_int_equal(count, 2);
    assert_int_equal(list[0].id, last);
    MUST(store_backup_list(rows.store, unit->arena, rows.tenant, "roux", last, 9, &list, &count, &unit->err));
    assert_int_equal(count, 1);
    assert_int_equal(list[0].id, first);
    MUST(store_backup_list(rows.store, unit->arena, rows.tenant, "other", 0, 9, &list, &count, &unit->err));
    assert_int_equal(count, 0);
    MUST(store_backup_of_device(rows.store, unit->arena, rows.device, 0, 1, &list, &count, &unit->err));
    assert_int_equal(count, 1);
}

UNIT(a_device_is_asked_when_its_newest_is_too_old_and_it_takes_part)
{
    struct rows rows = rows_of(unit);
    struct device device;
    int64_t asked, *ids;
    size_t count;

    IN_TX(store_device_backup_due(rows.store, rows.tenant, "harbour", 100, 200, &asked, &unit->err));
    assert_int_equal(asked, 0); /* no recipient */
    IN_TX(store_device_recipient_put(rows.store, rows.device, "age1d", &unit->err));
    IN_TX(store_device_backup_due(rows.store, rows.tenant, "harbour", 100, 200, &asked, &unit->err));
    assert_int_equal(asked, 1);
    IN_TX(store_device_backup_due(rows.store, rows.tenant, "harbour", 100, 201, &asked, &unit->err));
    assert_int_equal(asked, 0);
    IN_TX(store_device_backup_came(rows.store, rows.device, 300, &unit->err));
    MUST(store_device_by_id(rows.store, unit->arena, rows.device, &device, &unit->err));
    assert_int_equal(device.wants_backup_ms, 0);
    assert_int_equal(device.backup_ms, 300);
    IN_TX(store_device_backup_due(rows.store, rows.tenant, "harbour", 300, 400, &asked, &unit->err));
    assert_int_equal(asked, 0);
    MUST(store_backup_devices(rows.store, unit->arena, rows.tenant, 0, 9, &ids, &count, &unit->err));
    assert_int_equal(count, 1);
}

UNIT(keys_and_rules_are_replaced_and_a_customer_without_one_has_the_tenants)
{
    struct rows rows = rows_of(unit);
    struct backup_key key = {.tenant_id = rows.tenant,
                             .custody = BACKUP_CUSTODY_SERVICE,
                             .recipient = "age1a",
                             .next_custody = BACKUP_CUSTODY_CUSTOMER,
                             .next_recipient = "age1b",
                             .changed_ms = 1};
    struct backup_rule rule = {.tenant_id = rows.tenant, .customer = "", .keep_last = 3, .escrow = "age1e"},
                       got;

    IN_TX(store_backup_key_put(rows.store, &key, &unit->err));
    MUST(store_backup_key_get(rows.store, unit->arena, rows.tenant, &key, &unit->err));
    assert_int_equal(key.next_custody, BACKUP_CUSTODY_CUSTOMER);
    MUST(store_backup_key_get(rows.store, unit->arena, rows.tenant + 1, &key, &unit->err));
    assert_int_equal(key.custody, BACKUP_CUSTODY_NONE);
    MUST(store_backup_rule_get(rows.store, unit->arena, rows.tenant, "roux", &got, &unit->err));
    assert_int_equal(got.keep_last, 0);
    IN_TX(store_backup_rule_put(rows.store, &rule, &unit->err));
    MUST(store_backup_rule_get(rows.store, unit->arena, rows.tenant, "roux", &got, &unit->err));
    assert_int_equal(got.keep_last, 3);
    rule.customer = "roux";
    rule.keep_last = 7;
    IN_TX(store_backup_rule_put(rows.store, &rule, &unit->err));
    MUST(store_backup_rule_get(rows.store, unit->arena, rows.tenant, "roux", &got, &unit->err));
    assert_int_equal(got.keep_last, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_backup_is_found_by_what_it_is),
        UNIT_TEST(the_same_file_or_upload_twice_is_a_conflict),
        UNIT_TEST(dropping_wipes_the_header_unless_it_is_locked_or_held),
        UNIT_TEST(wrapping_is_compare_and_set_and_moves_a_backup_out_of_the_list),
        UNIT_TEST(lists_are_newest_first_and_of_one_customer),
        UNIT_TEST(a_device_is_asked_when_its_newest_is_too_old_and_it_takes_part),
        UNIT_TEST(keys_and_rules_are_replaced_and_a_customer_without_one_has_the_tenants),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
