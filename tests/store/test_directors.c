#include "store/directors.h"
#include "store/tenants.h"
#include "support/store.h"
#include "support/unit.h"

static struct store *with_tenant(struct unit *unit, int64_t *tenant_id)
{
    struct store *store = support_store(unit->arena, NULL);
    AUTO(tx_end) struct tx tx = {0};
    const struct tenant tenant = {.name = "DEFAULT", .created_ms = 1};

    MUST(tx_begin(&tx, store, &unit->err));
    MUST(store_tenant_put(store, &tenant, tenant_id, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    return store;
}

UNIT(roots_are_written_once_and_the_newest_is_found)
{
    int64_t tenant_id = 0;
    struct store *store = with_tenant(unit, &tenant_id);
    struct director_root root = {.version = 1, .signed_ms = 5, .expires_ms = 9, .bytes = span_of("one")},
                         found;
    struct tx tx;

    REFUSES(ERR_NOT_FOUND, store_director_root_get(store, unit->arena, tenant_id, 0, &found, &unit->err));
    MUST(tx_begin(&tx, store, &unit->err));
    MUST(store_director_root_put(store, tenant_id, &root, &unit->err));
    root = (struct director_root){.version = 2, .signed_ms = 6, .expires_ms = 10, .bytes = span_of("two")};
    MUST(store_director_root_put(store, tenant_id, &root, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    MUST(store_director_root_get(store, unit->arena, tenant_id, 0, &found, &unit->err));
    assert_int_equal(found.version, 2);
    assert_int_equal(found.signed_ms, 6);
    assert_int_equal(found.expires_ms, 10);
    MUST(store_director_root_get(store, unit->arena, tenant_id, 1, &found, &unit->err));
    assert_memory_equal(found.bytes.at, "one", 3);
    REFUSES(ERR_NOT_FOUND, store_director_root_get(store, unit->arena, tenant_id, 3, &found, &unit->err));
    MUST(tx_begin(&tx, store, &unit->err));
    REFUSES(ERR_CONFLICT, store_director_root_put(store, tenant_id, &root, &unit->err));
    tx_end(&tx);
}

UNIT(what_was_signed_last_is_found_and_replaced)
{
    int64_t tenant_id = 0;
    struct store *store = with_tenant(unit, &tenant_id);
    struct director director = {0};
    struct tx tx;

    MUST(store_director_get(store, unit->arena, 7, &director, &unit->err));
    assert_int_equal(director.version, 0);
    assert_string_equal(director.content, "");
    for (int64_t i = 1; i <= 2; i++) {
        const struct director next = {"c", "k", i, i + 1, i + 2, i + 3, i + 4, i + 5};

        MUST(tx_begin(&tx, store, &unit->err));
        MUST(store_director_put(store, 7, &next, &unit->err));
        MUST(tx_commit(&tx, &unit->err));
        MUST(store_director_get(store, unit->arena, 7, &director, &unit->err));
        assert_int_equal(director.version, i);
        assert_int_equal(director.signed_ms, i + 1);
        assert_int_equal(director.expires_ms, i + 2);
        assert_int_equal(director.stamp, i + 3);
        assert_int_equal(director.stamped_ms, i + 4);
        assert_int_equal(director.stamp_expires_ms, i + 5);
        assert_string_equal(director.content, "c");
        assert_string_equal(director.keyid, "k");
    }
}

static bool has(struct unit *unit, struct store *store, int64_t device_id, const char *role, int64_t version)
{
    struct span bytes;
    int64_t created_ms;

    return store_director_file_get(store, unit->arena, device_id, role, version, &bytes, &created_ms,
                                   &unit->err);
}

UNIT(files_are_a_devices_own_and_older_ones_are_dropped)
{
    int64_t tenant_id = 0, created_ms = 0;
    struct store *store = with_tenant(unit, &tenant_id);
    struct span bytes = {0};
    struct tx tx;

    MUST(tx_begin(&tx, store, &unit->err));
    for (int64_t version = 1; version <= 3; version++)
        MUST(store_director_file_put(store, 7, "targets", version, span_of("t"), version, &unit->err));
    MUST(store_director_file_put(store, 7, "timestamp", 0, span_of("first"), 4, &unit->err));
    MUST(store_director_file_put(store, 7, "timestamp", 0, span_of("second"), 5, &unit->err));
    MUST(store_director_file_put(store, 8, "targets", 1, span_of("t"), 1, &unit->err));
    MUST(store_director_file_drop(store, 7, "targets", 2, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    MUST(store_director_file_get(store, unit->arena, 7, "timestamp", 0, &bytes, &created_ms, &unit->err));
    assert_memory_equal(bytes.at, "second", 6);
    assert_int_equal(created_ms, 5);
    assert_false(has(unit, store, 7, "targets", 1));
    assert_true(has(unit, store, 7, "targets", 2));
    assert_true(has(unit, store, 7, "targets", 3));
    assert_true(has(unit, store, 8, "targets", 1));
    assert_false(has(unit, store, 8, "targets", 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(roots_are_written_once_and_the_newest_is_found),
        UNIT_TEST(what_was_signed_last_is_found_and_replaced),
        UNIT_TEST(files_are_a_devices_own_and_older_ones_are_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
