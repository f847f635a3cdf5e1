#include "support/unit.h"

#include "base/text.h"
#include "store/tenants.h"
#include "store/uploads.h"
#include "support/store.h"

#define ID "0123456789abcdef0123456789abcdef"

#define IN_TX(call)                                                                                          \
    do {                                                                                                     \
        AUTO(tx_end) struct tx tx_ = {0};                                                                    \
        MUST(tx_begin(&tx_, store, &unit->err));                                                             \
        MUST(call);                                                                                          \
        MUST(tx_commit(&tx_, &unit->err));                                                                   \
    } while (0)

static int64_t tenant_put(struct unit *unit, struct store *store, const char *name)
{
    struct tenant tenant = {.name = name, .certificate_issuer = "", .gateway_hash = "", .created_ms = 1};
    int64_t id = 0;

    IN_TX(store_tenant_put(store, &tenant, &id, &unit->err));
    return id;
}

static struct upload upload_of(int64_t tenant_id, const char *id, int64_t length)
{
    return (struct upload){.id = id,
                           .tenant_id = tenant_id,
                           .owner = "eve",
                           .length = length,
                           .metadata = "filename YQ==",
                           .created_ms = 10,
                           .expires_ms = 100};
}

UNIT(an_upload_comes_back_as_it_was_put_and_moves_on)
{
    char *dir;
    struct store *store = support_store(unit->arena, &dir);
    int64_t tenant = tenant_put(unit, store, "ONE"), other = tenant_put(unit, store, "TWO");
    struct upload put = upload_of(tenant, ID, -1), got;
    bool moved, is_known;

    IN_TX(store_upload_put(store, &put, &unit->err));
    IN_TX(store_upload_reach(store, ID, 77, 200, &unit->err));
    MUST(store_upload_get(store, unit->arena, tenant, ID, &got, &unit->err));
    assert_int_equal(got.received, 77);
    assert_int_equal(got.expires_ms, 200);
    assert_int_equal(got.length, -1);
    assert_string_equal(got.owner, "eve");
    assert_string_equal(got.metadata, "filename YQ==");
    REFUSES(ERR_NOT_FOUND, store_upload_get(store, unit->arena, other, ID, &got, &unit->err));
    IN_TX(store_upload_bound(store, ID, 90, &moved, &unit->err));
    assert_true(moved);
    IN_TX(store_upload_bound(store, ID, 91, &moved, &unit->err));
    assert_false(moved);
    MUST(store_upload_is_known(store, ID, &is_known, &unit->err));
    assert_true(is_known);
    IN_TX(store_upload_drop(store, ID, &unit->err));
    MUST(store_upload_is_known(store, ID, &is_known, &unit->err));
    assert_false(is_known);
}

UNIT(promised_and_received_bytes_count_for_their_tenant_alone)
{
    struct store *store = support_store(unit->arena, NULL);
    int64_t tenant = tenant_put(unit, store, "ONE"), other = tenant_put(unit, store, "TWO"), bytes, count;
    struct upload promised = upload_of(tenant, "a", 1000), deferred = upload_of(tenant, "b", -1),
                  foreign = upload_of(other, "c", 5);

    deferred.received = 30;
    IN_TX(store_upload_put(store, &promised, &unit->err));
    IN_TX(store_upload_put(store, &deferred, &unit->err));
    IN_TX(store_upload_put(store, &foreign, &unit->err));
    MUST(store_upload_bytes(store, tenant, &bytes, &unit->err));
    assert_int_equal(bytes, 1030);
    MUST(store_upload_count(store, tenant, &count, &unit->err));
    assert_int_equal(count, 2);
    MUST(store_upload_bytes(store, other, &bytes, &unit->err));
    assert_int_equal(bytes, 5);
    MUST(store_upload_bytes(store, other + 1, &bytes, &unit->err));
    assert_int_equal(bytes, 0);
}

UNIT(the_expired_come_oldest_first)
{
    struct store *store = support_store(unit->arena, NULL);
    int64_t tenant = tenant_put(unit, store, "ONE");
    struct upload late = upload_of(tenant, "late", 5), early = upload_of(tenant, "early", 5),
                  alive = upload_of(tenant, "alive", 5), *list;
    size_t count;

    early.expires_ms = 50;
    alive.expires_ms = 101;
    IN_TX(store_upload_put(store, &late, &unit->err));
    IN_TX(store_upload_put(store, &early, &unit->err));
    IN_TX(store_upload_put(store, &alive, &unit->err));
    MUST(store_upload_expired(store, unit->arena, 100, 10, &list, &count, &unit->err));
    assert_int_equal(count, 2);
    assert_string_equal(list[0].id, "early");
    assert_string_equal(list[1].id, "late");
    MUST(store_upload_expired(store, unit->arena, 100, 1, &list, &count, &unit->err));
    assert_int_equal(count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(an_upload_comes_back_as_it_was_put_and_moves_on),
        UNIT_TEST(promised_and_received_bytes_count_for_their_tenant_alone),
        UNIT_TEST(the_expired_come_oldest_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
