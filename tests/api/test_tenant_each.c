/* The one walk over all tenants. */
#include "support/unit.h"

#include "base/text.h"
#include "domain/tenant.h"
#include "store/tenants.h"
#include "support/ops.h"

#define MANY 230 /* more than two pages */

struct tour {
    struct buf *said;
    int64_t visits, refused_from; /* from that visit on each is refused; 0: none */
};

static void tenants_make(struct unit *unit, struct ops *ops, int count)
{
    AUTO(tx_end) struct tx tx = {0};
    int64_t id;

    MUST(tx_begin(&tx, ops->s.store, &unit->err));
    for (int i = 0; i < count; i++) {
        const struct tenant tenant = {.name = arena_printf(unit->arena, "T%d", i), .poll_sleep_s = 300};

        MUST(store_tenant_put(ops->s.store, &tenant, &id, &unit->err));
    }
    MUST(tx_commit(&tx, &unit->err));
}

static bool visit(void *ctx, struct arena *arena, const struct tenant *tenant, struct err *err)
{
    struct tour *tour = ctx;

    tour->visits++;
    buf_text(tour->said, arena_printf(arena, "%s ", tenant->name));
    return !tour->refused_from || tour->visits < tour->refused_from ||
           FAIL(err, ERR_CORRUPT, "trouble of %s", tenant->name);
}

UNIT(each_tenant_is_visited_once_in_order_over_all_pages)
{
    struct ops *ops = ops_world(unit->arena);
    struct buf said = {.arena = unit->arena}, all = {.arena = unit->arena};
    struct tour tour = {.said = &said};

    tenants_make(unit, ops, MANY);
    buf_text(&all, "DEFAULT ");
    for (int i = 0; i < MANY; i++)
        buf_printf(&all, "T%d ", i);
    MUST(tenant_each(&ops->s.world, visit, &tour, &unit->err));
    assert_string_equal(buf_cstr(&said), buf_cstr(&all));
}

UNIT(ones_trouble_keeps_nobody_waiting_and_the_first_is_told)
{
    struct ops *ops = ops_world(unit->arena);
    struct buf said = {.arena = unit->arena};
    struct tour tour = {.said = &said, .refused_from = 2};

    tenants_make(unit, ops, 3);
    assert_false(tenant_each(&ops->s.world, visit, &tour, &unit->err));
    assert_int_equal(unit->err.code, ERR_CORRUPT);
    assert_string_equal(unit->err.text, "trouble of T0");
    assert_string_equal(buf_cstr(&said), "DEFAULT T0 T1 T2 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(each_tenant_is_visited_once_in_order_over_all_pages),
        UNIT_TEST(ones_trouble_keeps_nobody_waiting_and_the_first_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
