#include <pthread.h>

#include "store/claims.h"
#include "store/operators.h"
#include "store/tenants.h"
#include "support/store.h"
#include "support/unit.h"

#define NIGHT_MS 1780000000000LL

static int64_t put_tenant(struct unit *unit, struct store *store, const char *name)
{
    AUTO(tx_end) struct tx tx = {0};
    const struct tenant tenant = {
        .name = name, .poll_sleep_s = 300, .target_token_on = true, .created_ms = NIGHT_MS};
    int64_t id = 0;

    MUST(tx_begin(&tx, store, &unit->err));
    MUST(store_tenant_put(store, &tenant, &id, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    return id;
}

UNIT(a_tenant_comes_back_as_it_was_put)
{
    struct store *store = support_store(unit->arena, NULL);
    int64_t id = put_tenant(unit, store, "DEFAULT");
    struct tenant by_id, by_name;

    MUST(store_tenant_get(store, unit->arena, id, &by_id, &unit->err));
    MUST(store_tenant_find(store, unit->arena, "DEFAULT", &by_name, &unit->err));
    assert_int_equal(by_name.id, id);
    assert_string_equal(by_id.name, "DEFAULT");
    assert_string_equal(by_id.gateway_hash, "");
    assert_true(by_id.target_token_on);
    assert_false(by_id.gateway_on || by_id.certificate_on || by_id.approval_on || by_id.confirmation_on);
    assert_int_equal(by_id.created_ms, NIGHT_MS);
    REFUSES(ERR_NOT_FOUND, store_tenant_find(store, unit->arena, "default", &by_name, &unit->err));
    REFUSES(ERR_NOT_FOUND, store_tenant_get(store, unit->arena, id + 1, &by_id, &unit->err));
}

UNIT(a_tenant_name_is_taken_once)
{
    struct store *store = support_store(unit->arena, NULL);
    AUTO(tx_end) struct tx tx = {0};
    const struct tenant again = {.name = "DEFAULT"};
    int64_t id = 0;

    put_tenant(unit, store, "DEFAULT");
    MUST(tx_begin(&tx, store, &unit->err));
    REFUSES(ERR_CONFLICT, store_tenant_put(store, &again, &id, &unit->err));
    assert_int_equal(id, 0);
}

UNIT(tenant_settings_change_and_name_and_birth_stay)
{
    struct store *store = support_store(unit->arena, NULL);
    int64_t id = put_tenant(unit, store, "DEFAULT");
    struct tenant changed = {.id = id,
                             .name = "OTHER",
                             .poll_sleep_s = 60,
                             .gateway_hash = "ab",
                             .gateway_on = true,
                             .certificate_on = true,
                             .certificate_issuer = "CN=x",
                             .approval_on = true,
                             .confirmation_on = true,
                             .four_eyes_on = true,
                             .at_once = 7,
                             .bytes_hour = 8,
                             .window = "{\"start\":\"22:00\"}",
                             .created_ms = 1};
    AUTO(tx_end) struct tx tx = {0};
    struct tenant now;

    MUST(tx_begin(&tx, store, &unit->err));
    MUST(store_tenant_move(store, &changed, &unit->err));
    changed.id = id + 1;
    REFUSES(ERR_NOT_FOUND, store_tenant_move(store, &changed, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    MUST(store_tenant_get(store, unit->arena, id, &now, &unit->err));
    assert_string_equal(now.name, "DEFAULT");
    assert_int_equal(now.created_ms, NIGHT_MS);
    assert_int_equal(now.poll_sleep_s, 60);
    assert_string_equal(now.gateway_hash, "ab");
    assert_string_equal(now.certificate_issuer, "CN=x");
    assert_true(now.gateway_on && now.certificate_on && now.approval_on && now.confirmation_on &&
                now.four_eyes_on);
    assert_int_equal(now.at_once, 7);
    assert_int_equal(now.bytes_hour, 8);
    assert_false(now.target_token_on);
    assert_string_equal(now.window, changed.window);
}

struct asking {
    struct store *store;
    int64_t id, sleep_s;
};

/* Asks on a thread of its own. */
static void *ask_sleep(void *ctx)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct asking *asking = ctx;
    struct tenant tenant;
    struct err err;

    asking->sleep_s =
        store_tenant_get(asking->store, arena, asking->id, &tenant, &err) ? tenant.poll_sleep_s : -1;
    return NULL;
}

UNIT(what_is_remembered_of_a_tenant_ends_with_the_next_commit)
{
    struct store *store = support_store(unit->arena, NULL);
    int64_t id = put_tenant(unit, store, "DEFAULT");
    struct tenant changed = {.poll_sleep_s = 60, .id = id}, now;
    struct asking asking = {store, id, 0};
    pthread_t thread;

    for (int round = 0; round < 2; round++) { /* read, and remembered */
        MUST(store_tenant_find(store, unit->arena, "DEFAULT", &now, &unit->err));
        assert_int_equal(now.poll_sleep_s, 300);
    }
    {
        AUTO(tx_end) struct tx tx = {0};

        MUST(tx_begin(&tx, store, &unit->err));
        MUST(store_tenant_move(store, &changed, &unit->err));
        MUST(store_tenant_get(store, unit->arena, id, &now, &unit->err));
        assert_int_equal(now.poll_sleep_s, 60); /* its own change */
        assert_int_equal(pthread_create(&thread, NULL, ask_sleep, &asking), 0);
        pthread_join(thread, NULL);
        assert_int_equal(asking.sleep_s, 300); /* nobody else's yet */
    }
    MUST(store_tenant_get(store, unit->arena, id, &now, &unit->err));
    assert_int_equal(now.poll_sleep_s, 300); /* rolled back */
    {
        AUTO(tx_end) struct tx tx = {0};

        MUST(tx_begin(&tx, store, &unit->err));
        MUST(store_tenant_move(store, &changed, &unit->err));
        MUST(tx_commit(&tx, &unit->err));
    }
    MUST(store_tenant_get(store, unit->arena, id, &now, &unit->err));
    assert_int_equal(now.poll_sleep_s, 60);
    REFUSES(ERR_NOT_FOUND, store_tenant_find(store, unit->arena, "NOBODY", &now, &unit->err));
}

UNIT(tenants_are_listed_in_pages)
{
    struct store *store = support_store(unit->arena, NULL);
    struct tenant *page = NULL;
    size_t count = 0;

    for (int i = 0; i < 11; i++)
        put_tenant(unit, store, arena_printf(unit->arena, "T%d", i));
    MUST(store_tenant_list(store, unit->arena, 0, 10, &page, &count, &unit->err));
    assert_int_equal(count, 10);
    assert_string_equal(page[0].name, "T0");
    MUST(store_tenant_list(store, unit->arena, page[9].id, 10, &page, &count, &unit->err));
    assert_int_equal(count, 1);
    assert_string_equal(page[0].name, "T10");
}

UNIT(putting_a_site_again_changes_it)
{
    struct store *store = support_store(unit->arena, NULL);
    int64_t tenant = put_tenant(unit, store, "DEFAULT");
    struct site site = {.tenant_id = tenant,
                        .name = "harbour",
                        .customer = "Reederei",
                        .window = {.start_min = 1320, .end_min = 300, .days = 31, .zone = "Europe/Berlin"}};
    struct site *sites = NULL, now;
    AUTO(tx_end) struct tx tx = {0};
    size_t count = 0;

    MUST(tx_begin(&tx, store, &unit->err));
    MUST(store_site_put(store, &site, &unit->err));
    site.window.zone = "Europe/Lisbon";
    MUST(store_site_put(store, &site, &unit->err));
    site.name = "airport";
    MUST(store_site_put(store, &site, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    MUST(store_site_get(store, unit->arena, tenant, "harbour", &now, &unit->err));
    assert_string_equal(now.window.zone, "Europe/Lisbon");
    assert_string_equal(now.customer, "Reederei");
    assert_int_equal(now.window.start_min, 1320);
    assert_int_equal(now.window.end_min, 300);
    assert_int_equal(now.window.days, 31);
    MUST(store_site_list(store, unit->arena, tenant, "", 10, &sites, &count, &unit->err));
    assert_int_equal(count, 2);
    assert_string_equal(sites[0].name, "airport");
    MUST(store_site_list(store, unit->arena, tenant, "airport", 10, &sites, &count, &unit->err));
    assert_int_equal(count, 1);
}

UNIT(a_dropped_site_is_gone_and_cannot_be_dropped_again)
{
    struct store *store = support_store(unit->arena, NULL);
    int64_t tenant = put_tenant(unit, store, "DEFAULT");
    const struct site site = {.tenant_id = tenant,
                              .name = "harbour",
                              .window = {.start_min = -1, .end_min = -1, .days = 127, .zone = "UTC"}};
    AUTO(tx_end) struct tx tx = {0};
    struct site now;

    MUST(tx_begin(&tx, store, &unit->err));
    MUST(store_site_put(store, &site, &unit->err));
    MUST(store_site_drop(store, tenant, "harbour", &unit->err));
    REFUSES(ERR_NOT_FOUND, store_site_drop(store, tenant, "harbour", &unit->err));
    REFUSES(ERR_NOT_FOUND, store_site_get(store, unit->arena, tenant, "harbour", &now, &unit->err));
}

UNIT(a_site_of_no_tenant_is_refused)
{
    struct store *store = support_store(unit->arena, NULL);
    const struct site site = {.tenant_id = 99,
                              .name = "nowhere",
                              .window = {.start_min = -1, .end_min = -1, .days = 127, .zone = "UTC"}};
    AUTO(tx_end) struct tx tx = {0};

    MUST(tx_begin(&tx, store, &unit->err));
    REFUSES(ERR_CONFLICT, store_site_put(store, &site, &unit->err));
}

static void put_operator(struct unit *unit, struct store *store, int64_t tenant, const char *name,
                         enum role role)
{
    const struct operator person = {.tenant_id = tenant, .name = name, .role = role, .created_ms = NIGHT_MS};
    int64_t id = 0;

    MUST(store_operator_put(store, &person, arena_printf(unit->arena, "hash-%s", name), &id, &unit->err));
    assert_true(id > 0);
}

UNIT(an_operator_is_found_by_token_and_revoked_once)
{
    struct store *store = support_store(unit->arena, NULL);
    int64_t tenant = put_tenant(unit, store, "DEFAULT"), admins = 0;
    AUTO(tx_end) struct tx tx = {0};
    struct operator found, *all = NULL;
    size_t count = 0;
    bool moved = false;

    MUST(tx_begin(&tx, store, &unit->err));
    put_operator(unit, store, tenant, "mia", ROLE_ADMIN);
    put_operator(unit, store, tenant, "ci", ROLE_ENGINEER);
    MUST(store_operator_count(store, tenant, ROLE_ADMIN, &admins, &unit->err));
    assert_int_equal(admins, 1);
    MUST(store_operator_find(store, unit->arena, "hash-mia", &found, &unit->err));
    assert_string_equal(found.name, "mia");
    assert_int_equal(found.role, ROLE_ADMIN);
    assert_int_equal(found.revoked_ms, 0);
    REFUSES(ERR_NOT_FOUND, store_operator_find(store, unit->arena, "hash-eve", &found, &unit->err));
    MUST(store_operator_move(store, tenant, "mia", NIGHT_MS + 5, &moved, &unit->err));
    assert_true(moved);
    MUST(store_operator_move(store, tenant, "mia", NIGHT_MS + 9, &moved, &unit->err));
    assert_false(moved);
    MUST(store_operator_get(store, unit->arena, tenant, "mia", &found, &unit->err));
    assert_int_equal(found.revoked_ms, NIGHT_MS + 5);
    MUST(store_operator_count(store, tenant, ROLE_ADMIN, &admins, &unit->err));
    assert_int_equal(admins, 0);
    MUST(store_operator_list(store, unit->arena, tenant, "", 10, &all, &count, &unit->err));
    assert_int_equal(count, 2);
    assert_string_equal(all[0].name, "ci");
}

UNIT(a_revoked_operators_name_is_not_given_to_another)
{
    struct store *store = support_store(unit->arena, NULL);
    int64_t tenant = put_tenant(unit, store, "DEFAULT"), id = 0;
    const struct operator again = {.tenant_id = tenant, .name = "mia", .role = ROLE_VIEWER};
    AUTO(tx_end) struct tx tx = {0};
    bool moved = false;

    MUST(tx_begin(&tx, store, &unit->err));
    put_operator(unit, store, tenant, "mia", ROLE_ADMIN);
    MUST(store_operator_move(store, tenant, "mia", NIGHT_MS, &moved, &unit->err));
    REFUSES(ERR_CONFLICT, store_operator_put(store, &again, "other", &id, &unit->err));
}

UNIT(a_claim_is_used_up_by_the_first)
{
    struct store *store = support_store(unit->arena, NULL);
    int64_t tenant = put_tenant(unit, store, "DEFAULT"), id = 0;
    const struct claim claim = {.tenant_id = tenant,
                                .controller_id = "mfp-1",
                                .site = "harbour",
                                .created_by = "mia",
                                .created_ms = NIGHT_MS,
                                .expires_ms = NIGHT_MS + 1000};
    struct claim found, *all = NULL;
    AUTO(tx_end) struct tx tx = {0};
    size_t count = 0;
    bool moved = false;

    MUST(tx_begin(&tx, store, &unit->err));
    MUST(store_claim_put(store, &claim, "hash", &id, &unit->err));
    REFUSES(ERR_NOT_FOUND, store_claim_find(store, unit->arena, tenant + 1, "hash", &found, &unit->err));
    MUST(store_claim_find(store, unit->arena, tenant, "hash", &found, &unit->err));
    assert_int_equal(found.id, id);
    assert_string_equal(found.controller_id, "mfp-1");
    assert_string_equal(found.site, "harbour");
    assert_int_equal(found.expires_ms, NIGHT_MS + 1000);
    MUST(store_claim_move(store, id, NIGHT_MS + 7, "mfp-1", &moved, &unit->err));
    assert_true(moved);
    MUST(store_claim_move(store, id, NIGHT_MS + 8, "mfp-2", &moved, &unit->err));
    assert_false(moved);
    MUST(store_claim_list(store, unit->arena, tenant, 0, 10, &all, &count, &unit->err));
    assert_int_equal(count, 1);
    assert_string_equal(all[0].used_by, "mfp-1");
    assert_int_equal(all[0].used_ms, NIGHT_MS + 7);
}

UNIT(expired_claims_are_dropped_and_others_stay)
{
    struct store *store = support_store(unit->arena, NULL);
    int64_t tenant = put_tenant(unit, store, "DEFAULT"), id = 0;
    struct claim claim = {.tenant_id = tenant, .created_by = "mia", .created_ms = NIGHT_MS}, *left = NULL;
    AUTO(tx_end) struct tx tx = {0};
    size_t count = 0;

    MUST(tx_begin(&tx, store, &unit->err));
    for (int i = 0; i < 3; i++) {
        claim.expires_ms = NIGHT_MS + i;
        MUST(store_claim_put(store, &claim, arena_printf(unit->arena, "hash-%d", i), &id, &unit->err));
    }
    MUST(store_claim_drop(store, NIGHT_MS + 2, &unit->err));
    MUST(store_claim_list(store, unit->arena, tenant, 0, 10, &left, &count, &unit->err));
    assert_int_equal(count, 1);
    assert_int_equal(left[0].expires_ms, NIGHT_MS + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_tenant_comes_back_as_it_was_put),
        UNIT_TEST(a_tenant_name_is_taken_once),
        UNIT_TEST(tenant_settings_change_and_name_and_birth_stay),
        UNIT_TEST(what_is_remembered_of_a_tenant_ends_with_the_next_commit),
        UNIT_TEST(tenants_are_listed_in_pages),
        UNIT_TEST(putting_a_site_again_changes_it),
        UNIT_TEST(a_dropped_site_is_gone_and_cannot_be_dropped_again),
        UNIT_TEST(a_site_of_no_tenant_is_refused),
        UNIT_TEST(an_operator_is_found_by_token_and_revoked_once),
        UNIT_TEST(a_revoked_operators_name_is_not_given_to_another),
        UNIT_TEST(a_claim_is_used_up_by_the_first),
        UNIT_TEST(expired_claims_are_dropped_and_others_stay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
