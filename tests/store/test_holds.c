#include "store/holds.h"
#include "store/tenants.h"
#include "support/store.h"
#include "support/unit.h"

#define NIGHT_MS 1780000000000LL

struct scene {
    struct store *store;
    int64_t tenant_id;
};

static struct scene scene_make(struct unit *unit)
{
    struct scene s = {.store = support_store(unit->arena, NULL)};
    AUTO(tx_end) struct tx tx = {0};
    const struct tenant tenant = {.name = "DEFAULT", .created_ms = NIGHT_MS};

    MUST(tx_begin(&tx, s.store, &unit->err));
    MUST(store_tenant_put(s.store, &tenant, &s.tenant_id, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    return s;
}

static int64_t put(struct unit *unit, const struct scene *s, int64_t until_ms)
{
    AUTO(tx_end) struct tx tx = {0};
    const struct hold hold = {.tenant_id = s->tenant_id,
                              .scope = HOLD_SITE,
                              .object = "berlin",
                              .reason = "stock taking",
                              .is_customer = true,
                              .from_ms = NIGHT_MS,
                              .until_ms = until_ms,
                              .created_by = "tom",
                              .created_ms = NIGHT_MS};
    int64_t id = 0;

    MUST(tx_begin(&tx, s->store, &unit->err));
    MUST(store_hold_put(s->store, &hold, &id, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    return id;
}

static bool lift(struct unit *unit, const struct scene *s, int64_t id)
{
    AUTO(tx_end) struct tx tx = {0};
    bool is_moved = false;

    MUST(tx_begin(&tx, s->store, &unit->err));
    MUST(store_hold_lift(s->store, id, "mia", NIGHT_MS + 5, &is_moved, &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    return is_moved;
}

UNIT(a_hold_comes_back_as_it_was_put)
{
    struct scene s = scene_make(unit);
    int64_t id = put(unit, &s, NIGHT_MS + 9);
    struct hold hold;

    MUST(store_hold_get(s.store, unit->arena, s.tenant_id, id, &hold, &unit->err));
    assert_int_equal(hold.scope, HOLD_SITE);
    assert_string_equal(hold.object, "berlin");
    assert_string_equal(hold.reason, "stock taking");
    assert_true(hold.is_customer && !hold.lets_security);
    assert_true(hold.from_ms == NIGHT_MS && hold.until_ms == NIGHT_MS + 9 && hold.created_ms == NIGHT_MS);
    assert_string_equal(hold.created_by, "tom");
    assert_string_equal(hold.lifted_by, "");
    REFUSES(ERR_NOT_FOUND, store_hold_get(s.store, unit->arena, s.tenant_id + 1, id, &hold, &unit->err));
}

UNIT(what_is_over_is_listed_only_when_asked_for_and_what_was_lifted_stands_no_more)
{
    struct scene s = scene_make(unit);
    int64_t over = put(unit, &s, NIGHT_MS + 1), lifted = put(unit, &s, NIGHT_MS + 9), open = put(unit, &s, 0);
    struct hold *holds;
    size_t count;

    assert_true(lift(unit, &s, lifted));
    assert_false(lift(unit, &s, lifted));
    MUST(store_hold_list(s.store, unit->arena, s.tenant_id, 0, NIGHT_MS + 1, 10, &holds, &count, &unit->err));
    assert_int_equal(count, 1);
    assert_int_equal(holds[0].id, open);
    MUST(store_hold_list(s.store, unit->arena, s.tenant_id, 0, -1, 10, &holds, &count, &unit->err));
    assert_int_equal(count, 3);
    assert_string_equal(holds[1].lifted_by, "mia");
    MUST(store_hold_list(s.store, unit->arena, s.tenant_id, lifted, -1, 10, &holds, &count, &unit->err));
    assert_int_equal(count, 1);
    assert_int_equal(holds[0].id, over);
    MUST(store_hold_standing(s.store, unit->arena, s.tenant_id, &holds, &count, &unit->err));
    assert_int_equal(count, 2); /* whether its time is over is decided above */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_hold_comes_back_as_it_was_put),
        UNIT_TEST(what_is_over_is_listed_only_when_asked_for_and_what_was_lifted_stands_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
