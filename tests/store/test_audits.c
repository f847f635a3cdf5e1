#include "store/audits.h"
#include "support/store.h"
#include "support/unit.h"

static void put(struct unit *unit, struct store *store, int64_t tenant, const char *object)
{
    const struct audit audit = {.tenant_id = tenant,
                                .at_ms = 1780000000000LL,
                                .who = "mia",
                                .role = "admin",
                                .what = "rollout.pause",
                                .object = object,
                                .detail = "too many failures",
                                .source = "192.0.2.7",
                                .request_id = "00ff00ff00ff00ff"};

    MUST(store_audit_put(store, &audit, &unit->err));
}

UNIT(records_come_back_newest_first_in_pages)
{
    struct store *store = support_store(unit->arena, NULL);
    AUTO(tx_end) struct tx tx = {0};
    struct audit *page = NULL;
    size_t count = 0;

    MUST(tx_begin(&tx, store, &unit->err));
    for (int i = 0; i < 25; i++)
        put(unit, store, 1, arena_printf(unit->arena, "r%d", i));
    put(unit, store, 2, "somebody else's");
    MUST(tx_commit(&tx, &unit->err));
    MUST(store_audit_list(store, unit->arena, 1, 0, 20, &page, &count, &unit->err));
    assert_int_equal(count, 20);
    assert_string_equal(page[0].object, "r24");
    MUST(store_audit_list(store, unit->arena, 1, page[19].id, 20, &page, &count, &unit->err));
    assert_int_equal(count, 5);
    assert_string_equal(page[4].object, "r0");
    assert_string_equal(page[4].who, "mia");
    assert_string_equal(page[4].role, "admin");
    assert_string_equal(page[4].what, "rollout.pause");
    assert_string_equal(page[4].detail, "too many failures");
    assert_string_equal(page[4].source, "192.0.2.7");
    assert_string_equal(page[4].request_id, "00ff00ff00ff00ff");
}

UNIT(a_record_goes_with_its_transaction)
{
    struct store *store = support_store(unit->arena, NULL);
    struct audit *page = NULL;
    size_t count = 1;

    {
        AUTO(tx_end) struct tx tx = {0};

        MUST(tx_begin(&tx, store, &unit->err));
        put(unit, store, 1, "undone");
    }
    MUST(store_audit_list(store, unit->arena, 1, 0, 20, &page, &count, &unit->err));
    assert_int_equal(count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(records_come_back_newest_first_in_pages),
        UNIT_TEST(a_record_goes_with_its_transaction),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
