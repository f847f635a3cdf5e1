#include <pthread.h>

#include "base/text.h"
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

/* Every record of a tenant has the next number, the digest that its fields have after the one before, and ids
 * rise with numbers. */
static size_t walk_chain(struct unit *unit, struct store *store, int64_t tenant)
{
    const char *before = AUDIT_NO_DIGEST;
    struct audit *all = NULL;
    int64_t last_id = 0;
    size_t count = 0;
    char digest[HASH_HEX_MAX];

    MUST(store_audit_chain(store, unit->arena, tenant, 0, 1000000, &all, &count, &unit->err));
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(all[i].no, i + 1);
        assert_true(all[i].id > last_id);
        audit_digest(&all[i], before, digest);
        assert_string_equal(all[i].digest, digest);
        before = all[i].digest;
        last_id = all[i].id;
    }
    return count;
}

UNIT(each_tenant_has_a_chain_of_its_own_from_1)
{
    struct store *store = support_store(unit->arena, NULL);
    AUTO(tx_end) struct tx tx = {0};
    struct audit_head head;

    MUST(tx_begin(&tx, store, &unit->err));
    for (int i = 0; i < 30; i++)
        put(unit, store, 1 + i % 3, arena_printf(unit->arena, "r%d", i));
    MUST(tx_commit(&tx, &unit->err));
    for (int64_t tenant = 1; tenant <= 3; tenant++)
        assert_int_equal(walk_chain(unit, store, tenant), 10);
    MUST(store_audit_head(store, 2, &head, &unit->err));
    assert_int_equal(head.no, 10);
    MUST(store_audit_head(store, 4, &head, &unit->err));
    assert_int_equal(head.no, 0);
    assert_string_equal(head.digest, AUDIT_NO_DIGEST);
}

UNIT(a_digest_is_over_every_field_and_none_lends_bytes_to_its_neighbour)
{
    const struct audit sound = {.tenant_id = 1,
                                .no = 2,
                                .at_ms = 3,
                                .who = "mia",
                                .role = "admin",
                                .what = "a.b",
                                .object = "o",
                                .detail = "d",
                                .source = "s",
                                .request_id = "r"};
    struct audit other[11];
    char first[HASH_HEX_MAX], digest[HASH_HEX_MAX];

    for (size_t i = 0; i < COUNT(other); i++)
        other[i] = sound;
    other[0].tenant_id = 2;
    other[1].no = 3;
    other[2].at_ms = 4;
    other[3].who = "mi";
    other[4].role = "aadmin";
    other[5].what = "a.c";
    other[6].object = "";
    other[7].detail = "dd";
    other[8].source = "S";
    other[9].request_id = "";
    other[10].object = "od"; /* the same text as before, cut elsewhere */
    other[10].detail = "";
    audit_digest(&sound, AUDIT_NO_DIGEST, first);
    for (size_t i = 0; i < COUNT(other); i++) {
        audit_digest(&other[i], AUDIT_NO_DIGEST, digest);
        assert_string_not_equal(digest, first);
    }
    audit_digest(&sound, first, digest);
    assert_string_not_equal(digest, first);
}

/* sha256(b"".join(b"%d:%s," % (len(f), f) for f in fields)), by another program. */
UNIT(anybody_can_compute_a_digest)
{
    const struct audit audit = {.tenant_id = 1,
                                .no = 1,
                                .at_ms = 1780000000000LL,
                                .who = "mia",
                                .role = "admin",
                                .what = "rollout.pause",
                                .object = "r0",
                                .detail = "zu viele Ausf\u00e4lle",
                                .source = "192.0.2.7",
                                .request_id = "00ff00ff00ff00ff"};
    char digest[HASH_HEX_MAX];

    audit_digest(&audit, AUDIT_NO_DIGEST, digest);
    assert_string_equal(digest, "c02fc7684318ff70fd6186e5ca172be6689ef25eddf02cfa7fcc1a81dd1def6c");
}

/* ---- many at once -------------------------------------------------------------------- */

#define THREADS 24
#define EACH 40

struct writer {
    struct store *store;
    int number;
    bool is_ok;
};

static void *write_many(void *at)
{
    struct writer *writer = at;
    struct err err;

    writer->is_ok = true;
    for (int i = 0; i < EACH && writer->is_ok; i++) {
        AUTO(tx_end) struct tx tx = {0};
        const struct audit audit = {
            .tenant_id = 1, .at_ms = i, .who = "t", .role = "", .what = "test.put", .object = ""};

        writer->is_ok = tx_begin(&tx, writer->store, &err) && store_audit_put(writer->store, &audit, &err) &&
                        store_audit_put(writer->store, &audit, &err) &&
                        ((writer->number + i) % 3 == 0 || tx_commit(&tx, &err)); /* a third rolls back */
    }
    return NULL;
}

UNIT(the_order_of_ids_is_the_order_of_the_chain_under_group_commit_and_rollbacks)
{
    struct store *store = support_store(unit->arena, NULL);
    struct writer writers[THREADS];
    pthread_t threads[THREADS];
    struct store_figures figures;

    for (int i = 0; i < THREADS; i++) {
        writers[i] = (struct writer){.store = store, .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, write_many, &writers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < THREADS; i++)
        assert_true(writers[i].is_ok);
    store_figures(store, &figures);
    assert_true(figures.commits < figures.transactions); /* they did share */
    assert_int_equal(walk_chain(unit, store, 1), figures.transactions * 2);
}

UNIT(checkpoints_are_kept_by_number)
{
    struct store *store = support_store(unit->arena, NULL);
    AUTO(tx_end) struct tx tx = {0};
    struct audit_mark *marks, last;
    size_t count;

    MUST(store_audit_mark_last(store, 1, &last, &unit->err));
    assert_int_equal(last.no, 0);
    MUST(tx_begin(&tx, store, &unit->err));
    for (int64_t no = 1; no <= 5; no++) {
        const struct audit_mark mark = {no * 10, no, span_of("{}")};

        MUST(store_audit_mark_put(store, 1, &mark, &unit->err));
    }
    MUST(tx_commit(&tx, &unit->err));
    MUST(store_audit_mark_last(store, 1, &last, &unit->err));
    assert_int_equal(last.no, 50);
    assert_int_equal(last.at_ms, 5);
    MUST(store_audit_mark_list(store, unit->arena, 1, 20, 2, &marks, &count, &unit->err));
    assert_int_equal(count, 2);
    assert_int_equal(marks[0].no, 30);
    assert_int_equal(marks[1].envelope.size, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(records_come_back_newest_first_in_pages),
        UNIT_TEST(a_record_goes_with_its_transaction),
        UNIT_TEST(each_tenant_has_a_chain_of_its_own_from_1),
        UNIT_TEST(a_digest_is_over_every_field_and_none_lends_bytes_to_its_neighbour),
        UNIT_TEST(anybody_can_compute_a_digest),
        UNIT_TEST(the_order_of_ids_is_the_order_of_the_chain_under_group_commit_and_rollbacks),
        UNIT_TEST(checkpoints_are_kept_by_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
