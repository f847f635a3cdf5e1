#include "store/restores.h"

#include "base/file.h"
#include "store/backups.h"
#include "support/restores.h"

struct rows {
    struct restores *r;
    struct store *store;
    int64_t backup, device;
};

static struct rows rows_of(struct unit *unit)
{
    struct restores *r = restores_world(unit, BACKUP_CUSTODY_SERVICE);

    return (struct rows){r, r->s->store, restores_small(r), support_device_get(r->s, "mfp-2").id};
}

#define HEADER "a header of its own"

#define IN_TX(call)                                                                                          \
    do {                                                                                                     \
        AUTO(tx_end) struct tx tx = {0};                                                                     \
        MUST(tx_begin(&tx, rows.store, &unit->err));                                                         \
        MUST(call);                                                                                          \
        MUST(tx_commit(&tx, &unit->err));                                                                    \
    } while (0)

static int64_t put(struct unit *unit, struct rows rows, enum restore_state state)
{
    const struct restore restore = {.tenant_id = 1,
                                    .backup_id = rows.backup,
                                    .device_id = rows.device,
                                    .state = state,
                                    .wish = "network",
                                    .facts = "{}",
                                    .digest = "d",
                                    .categories = "network",
                                    .counts = "{\"exact\":1}",
                                    .plan = "{\"long\":true}",
                                    .text = "a long text",
                                    .created_by = "ann",
                                    .created_ms = 1000,
                                    .expires_ms = 2000};
    int64_t id = 0;

    IN_TX(store_restore_put(rows.store, &restore, &id, &unit->err));
    return id;
}

static struct restore get(struct unit *unit, struct rows rows, int64_t id)
{
    struct restore restore = {0};

    MUST(store_restore_get(rows.store, unit->arena, 1, id, &restore, &unit->err));
    return restore;
}

static bool start(struct unit *unit, struct rows rows, int64_t id)
{
    const struct restore restore = {.id = id,
                                    .header = span_of(HEADER),
                                    .payload = "p",
                                    .size = 10,
                                    .sha256 = "s",
                                    .counter = 3,
                                    .action_id = 4,
                                    .started_ms = 1500,
                                    .expires_ms = 9000};
    bool moved = false;

    IN_TX(store_restore_start(rows.store, &restore, &moved, &unit->err));
    return moved;
}

static bool redeem(struct unit *unit, struct rows rows, int64_t id, const char *nonce)
{
    bool moved = false;

    IN_TX(store_restore_redeem(rows.store, id, nonce, 1600, &moved, &unit->err));
    return moved;
}

static bool end(struct unit *unit, struct rows rows, int64_t id, enum restore_state from,
                enum restore_state to)
{
    bool moved = false;

    IN_TX(store_restore_end(rows.store, id, from, to, "why", 1700, &moved, &unit->err));
    return moved;
}

UNIT(what_is_put_is_what_is_read_and_lists_are_brief)
{
    struct rows rows = rows_of(unit);
    int64_t id = put(unit, rows, RESTORE_PLANNED), second = put(unit, rows, RESTORE_NEEDS_PLAN);
    struct restore r = get(unit, rows, id), *list;
    size_t count;

    assert_int_equal(r.state, RESTORE_PLANNED);
    assert_string_equal(r.wish, "network");
    assert_string_equal(r.plan, "{\"long\":true}");
    assert_string_equal(r.text, "a long text");
    assert_string_equal(r.created_by, "ann");
    assert_string_equal(r.payload, "");
    assert_int_equal(r.expires_ms, 2000);
    MUST(store_restore_list(rows.store, unit->arena, 1, 0, 10, &list, &count, &unit->err));
    assert_int_equal(count, 2);
    assert_int_equal(list[0].id, second);
    assert_string_equal(list[1].plan, "");
    assert_string_equal(list[1].counts, "{\"exact\":1}");
    MUST(
        store_restore_of_device(rows.store, unit->arena, rows.device, second, 10, &list, &count, &unit->err));
    assert_int_equal(count, 1);
    REFUSES(ERR_NOT_FOUND, store_restore_get(rows.store, unit->arena, 2, id, &r, &unit->err));
}

UNIT(each_move_happens_once_and_only_from_its_state)
{
    struct rows rows = rows_of(unit);
    struct restore plan = {.digest = "e", .categories = "network", .counts = "{}", .is_whole = true};
    bool moved;

    plan.id = put(unit, rows, RESTORE_NEEDS_PLAN);
    assert_false(start(unit, rows, plan.id));
    for (int i = 0; i < 2; i++) {
        IN_TX(store_restore_planned(rows.store, &plan, &moved, &unit->err));
        assert_int_equal(moved, i == 0);
    }
    for (int i = 0; i < 2; i++) {
        IN_TX(store_restore_approve(rows.store, plan.id, i ? "cy" : "bob", 1100, &moved, &unit->err));
        assert_int_equal(moved, i == 0);
    }
    IN_TX(store_restore_results(rows.store, plan.id, "[]", &moved, &unit->err));
    assert_false(moved);
    assert_false(redeem(unit, rows, plan.id, "n"));
    assert_true(start(unit, rows, plan.id));
    assert_false(start(unit, rows, plan.id));
    IN_TX(store_restore_consent(rows.store, plan.id, "x", "", 1, &moved, &unit->err));
    assert_false(moved);
    assert_true(redeem(unit, rows, plan.id, "n"));
    assert_false(redeem(unit, rows, plan.id, "m"));
    assert_string_equal(get(unit, rows, plan.id).nonce_hash, "n");
    assert_string_equal(get(unit, rows, plan.id).approved_by, "bob");
    IN_TX(store_restore_results(rows.store, plan.id, "[1]", &moved, &unit->err));
    assert_true(moved);
    assert_int_equal(get(unit, rows, plan.id).header.size, (int)strlen(HEADER));
    assert_false(end(unit, rows, plan.id, RESTORE_STARTED, RESTORE_DONE));
    assert_true(end(unit, rows, plan.id, RESTORE_REDEEMED, RESTORE_DONE));
    assert_false(end(unit, rows, plan.id, RESTORE_REDEEMED, RESTORE_FAILED));
    assert_false(end(unit, rows, plan.id, RESTORE_DONE, RESTORE_FAILED));
    assert_int_equal(get(unit, rows, plan.id).header.size, 0);
    assert_string_equal(get(unit, rows, plan.id).reason, "why");
}

static bool log_has(struct unit *unit, struct rows rows, const char *words)
{
    const char *path = arena_printf(unit->arena, "%s/nightshift.db-wal", store_dir(rows.store));
    struct span bytes = {NULL, 0};

    MUST(file_read(unit->arena, path, 1 << 30, &bytes, &unit->err));
    return memmem(bytes.at, bytes.size, words, strlen(words)) != NULL;
}

UNIT(the_header_of_an_ended_restore_is_not_in_the_log_either)
{
    struct rows rows = rows_of(unit);
    int64_t id = put(unit, rows, RESTORE_PLANNED);

    assert_true(start(unit, rows, id));
    assert_true(log_has(unit, rows, HEADER));
    assert_true(end(unit, rows, id, RESTORE_STARTED, RESTORE_CANCELLED));
    assert_int_equal(get(unit, rows, id).header.size, 0);
    assert_false(log_has(unit, rows, HEADER));
}

UNIT(figures_count_what_is_open)
{
    struct rows rows = rows_of(unit);
    int64_t id = put(unit, rows, RESTORE_PLANNED), n;

    MUST(store_restore_pins(rows.store, rows.backup, &n, &unit->err));
    assert_int_equal(n, 1);
    MUST(store_restore_open_of(rows.store, rows.device, &n, &unit->err));
    assert_int_equal(n, 0); /* a plan is no restore yet */
    MUST(store_restore_counter(rows.store, rows.device, &n, &unit->err));
    assert_int_equal(n, 0);
    start(unit, rows, id);
    MUST(store_restore_open_of(rows.store, rows.device, &n, &unit->err));
    assert_int_equal(n, 1);
    MUST(store_payload_needed(rows.store, "p", &n, &unit->err));
    assert_int_equal(n, 1);
    end(unit, rows, id, RESTORE_STARTED, RESTORE_CANCELLED);
    MUST(store_restore_pins(rows.store, rows.backup, &n, &unit->err));
    assert_int_equal(n, 0);
    MUST(store_restore_open_of(rows.store, rows.device, &n, &unit->err));
    assert_int_equal(n, 0);
    MUST(store_payload_needed(rows.store, "p", &n, &unit->err));
    assert_int_equal(n, 0);
    MUST(store_restore_counter(rows.store, rows.device, &n, &unit->err));
    assert_int_equal(n, 3); /* also of what is over */
}

UNIT(what_is_over_is_found_until_it_was_looked_after)
{
    struct rows rows = rows_of(unit);
    int64_t id = put(unit, rows, RESTORE_PLANNED);
    struct restore *list;
    size_t count;

    MUST(store_restore_expired(rows.store, unit->arena, 1999, 10, &list, &count, &unit->err));
    assert_int_equal(count, 0);
    MUST(store_restore_expired(rows.store, unit->arena, 2000, 10, &list, &count, &unit->err));
    assert_int_equal(count, 1);
    start(unit, rows, id);
    MUST(store_restore_spent(rows.store, unit->arena, 10, &list, &count, &unit->err));
    assert_int_equal(count, 0);
    end(unit, rows, id, RESTORE_STARTED, RESTORE_EXPIRED);
    MUST(store_restore_expired(rows.store, unit->arena, 99999, 10, &list, &count, &unit->err));
    assert_int_equal(count, 0);
    MUST(store_restore_spent(rows.store, unit->arena, 10, &list, &count, &unit->err));
    assert_int_equal(count, 1);
    assert_string_equal(list[0].payload, "p");
    IN_TX(store_restore_swept(rows.store, id, &unit->err));
    MUST(store_restore_spent(rows.store, unit->arena, 10, &list, &count, &unit->err));
    assert_int_equal(count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(what_is_put_is_what_is_read_and_lists_are_brief),
        UNIT_TEST(each_move_happens_once_and_only_from_its_state),
        UNIT_TEST(the_header_of_an_ended_restore_is_not_in_the_log_either),
        UNIT_TEST(figures_count_what_is_open),
        UNIT_TEST(what_is_over_is_found_until_it_was_looked_after),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
