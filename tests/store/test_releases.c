#include "support/unit.h"

#include "store/answers.h"
#include "store/releases.h"
#include "store/tenants.h"
#include "store/tuf_files.h"
#include "support/store.h"

struct place {
    struct store *store;
    int64_t tenant, other, family;
};

#define IN_TX(call)                                                                                          \
    do {                                                                                                     \
        AUTO(tx_end) struct tx tx_ = {0};                                                                    \
        MUST(tx_begin(&tx_, at.store, &unit->err));                                                          \
        MUST(call);                                                                                          \
        MUST(tx_commit(&tx_, &unit->err));                                                                   \
    } while (0)

#define REFUSED_IN_TX(code, call)                                                                            \
    do {                                                                                                     \
        AUTO(tx_end) struct tx tx_ = {0};                                                                    \
        MUST(tx_begin(&tx_, at.store, &unit->err));                                                          \
        REFUSES(code, call);                                                                                 \
    } while (0)

static struct place place(struct unit *unit)
{
    struct place at = {.store = support_store(unit->arena, NULL)};
    struct tenant tenant = {.name = "ONE", .certificate_issuer = "", .gateway_hash = "", .created_ms = 1};
    struct family family = {.name = "aurora", .threshold = 2, .models = "[\"A\"]", .created_ms = 1};

    IN_TX(store_tenant_put(at.store, &tenant, &at.tenant, &unit->err));
    tenant.name = "TWO";
    IN_TX(store_tenant_put(at.store, &tenant, &at.other, &unit->err));
    family.tenant_id = at.tenant;
    IN_TX(store_family_put(at.store, &family, &at.family, &unit->err));
    return at;
}

static struct release release_of(const struct place *at, const char *version)
{
    return (struct release){.tenant_id = at->tenant,
                            .family = "aurora",
                            .version = version,
                            .counter = 3,
                            .is_foreign = true,
                            .is_security = true,
                            .min_version = "1.0",
                            .minutes = 9,
                            .reboots = 2,
                            .is_reversible = true,
                            .models = "[\"A\"]",
                            .manifest = "{\"format\":1}",
                            .package_sha256 = "ab",
                            .package_size = 77,
                            .sbom_sha256 = "cd",
                            .created_by = "eve",
                            .created_ms = 5};
}

static struct module module_of(const struct place *at, int64_t id, int64_t release_id, const char *component)
{
    return (struct module){.id = id,
                           .tenant_id = at->tenant,
                           .release_id = release_id,
                           .component = component,
                           .version = "9",
                           .filename = "f.bin",
                           .size = 3,
                           .sha256 = "aa",
                           .sha1 = "bb",
                           .md5 = "cc",
                           .position = 100 - id};
}

UNIT(a_release_comes_back_as_it_was_put)
{
    struct place at = place(unit);
    struct release put = release_of(&at, "1.2"), got;
    int64_t id = 0;

    IN_TX(store_release_put(at.store, &put, &id, &unit->err));
    MUST(store_release_get(at.store, unit->arena, at.tenant, id, &got, &unit->err));
    assert_string_equal(got.version, "1.2");
    assert_int_equal(got.counter, 3);
    assert_int_equal(got.state, RELEASE_STAGED);
    assert_true(got.is_foreign && got.is_security && got.is_reversible);
    assert_string_equal(got.min_version, "1.0");
    assert_int_equal(got.minutes, 9);
    assert_int_equal(got.reboots, 2);
    assert_string_equal(got.manifest, "{\"format\":1}");
    assert_int_equal(got.package_size, 77);
    assert_string_equal(got.sbom_sha256, "cd");
    assert_string_equal(got.created_by, "eve");
    assert_string_equal(got.to_sign, "");
    MUST(store_release_by_version(at.store, unit->arena, at.tenant, "aurora", "1.2", &got, &unit->err));
    assert_int_equal(got.id, id);
}

UNIT(a_version_of_a_family_is_there_once)
{
    struct place at = place(unit);
    struct release put = release_of(&at, "1.2");
    int64_t id;

    IN_TX(store_release_put(at.store, &put, &id, &unit->err));
    REFUSED_IN_TX(ERR_CONFLICT, store_release_put(at.store, &put, &id, &unit->err));
}

UNIT(another_tenant_sees_none_of_it)
{
    struct place at = place(unit);
    struct release put = release_of(&at, "1.2"), got;
    struct release_filter filter = {.limit = 10};
    struct release *list;
    struct module module, found;
    struct family family;
    size_t count;
    int64_t id = 0;
    bool moved;

    IN_TX(store_release_put(at.store, &put, &id, &unit->err));
    module = module_of(&at, 12, id, "system");
    IN_TX(store_module_put(at.store, &module, &unit->err));
    IN_TX(store_release_move(at.store, id, RELEASE_STAGED, RELEASE_PUBLISHED, 9, &moved, &unit->err));
    REFUSES(ERR_NOT_FOUND, store_release_get(at.store, unit->arena, at.other, id, &got, &unit->err));
    REFUSES(ERR_NOT_FOUND, store_module_get(at.store, unit->arena, at.other, 12, &found, &unit->err));
    REFUSES(ERR_NOT_FOUND,
            store_module_find(at.store, unit->arena, at.other, "aurora", "1.2", "f.bin", &found, &unit->err));
    REFUSES(ERR_NOT_FOUND, store_family_get(at.store, unit->arena, at.other, "aurora", &family, &unit->err));
    MUST(store_release_list(at.store, unit->arena, at.other, &filter, &list, &count, &unit->err));
    assert_int_equal(count, 0);
}

UNIT(a_release_moves_only_from_the_state_it_is_in)
{
    struct place at = place(unit);
    struct release put = release_of(&at, "1.2"), got;
    int64_t id = 0;
    bool moved;

    IN_TX(store_release_put(at.store, &put, &id, &unit->err));
    IN_TX(store_release_stage(at.store, id, "{bytes}", 4, &unit->err));
    MUST(store_release_get(at.store, unit->arena, at.tenant, id, &got, &unit->err));
    assert_string_equal(got.to_sign, "{bytes}");
    assert_int_equal(got.to_sign_version, 4);
    IN_TX(store_release_move(at.store, id, RELEASE_STAGED, RELEASE_PUBLISHED, 90, &moved, &unit->err));
    assert_true(moved);
    IN_TX(store_release_move(at.store, id, RELEASE_STAGED, RELEASE_PUBLISHED, 91, &moved, &unit->err));
    assert_false(moved);
    IN_TX(store_release_move(at.store, id, RELEASE_PUBLISHED, RELEASE_WITHDRAWN, 92, &moved, &unit->err));
    assert_true(moved);
    MUST(store_release_get(at.store, unit->arena, at.tenant, id, &got, &unit->err));
    assert_int_equal(got.state, RELEASE_WITHDRAWN);
    assert_int_equal(got.published_ms, 90);
    assert_int_equal(got.withdrawn_ms, 92);
    assert_string_equal(got.to_sign, "");
}

UNIT(releases_are_found_by_family_and_state_newest_first)
{
    struct place at = place(unit);
    static const char *const versions[] = {"1", "2", "3"};
    struct release_filter filter = {.family = "aurora", .state = "staged", .limit = 1};
    struct release *list;
    int64_t ids[3];
    size_t count;
    bool moved;

    for (size_t i = 0; i < 3; i++) {
        struct release put = release_of(&at, versions[i]);

        IN_TX(store_release_put(at.store, &put, &ids[i], &unit->err));
    }
    IN_TX(store_release_move(at.store, ids[0], RELEASE_STAGED, RELEASE_PUBLISHED, 9, &moved, &unit->err));
    MUST(store_release_list(at.store, unit->arena, at.tenant, &filter, &list, &count, &unit->err));
    assert_int_equal(count, 1);
    assert_string_equal(list[0].version, "3");
    assert_string_equal(list[0].manifest, "");
    filter.before = ids[2];
    MUST(store_release_list(at.store, unit->arena, at.tenant, &filter, &list, &count, &unit->err));
    assert_string_equal(list[0].version, "2");
    MUST(store_release_staged(at.store, unit->arena, at.tenant, "aurora", &list, &count, &unit->err));
    assert_int_equal(count, 2);
    MUST(store_release_current(at.store, unit->arena, at.tenant, "aurora", &list, &count, &unit->err));
    assert_int_equal(count, 1);
    assert_string_equal(list[0].version, "1");
    assert_string_equal(list[0].manifest, "{\"format\":1}");
}

UNIT(modules_are_listed_in_install_order_and_found_once_published)
{
    struct place at = place(unit);
    struct release put = release_of(&at, "1.2");
    struct module first, second, got, *list;
    int64_t id = 0;
    size_t count;
    bool moved;

    IN_TX(store_release_put(at.store, &put, &id, &unit->err));
    first = module_of(&at, 12, id, "system");
    second = module_of(&at, 13, id, "engine");
    second.filename = "g.bin";
    IN_TX(store_module_put(at.store, &first, &unit->err));
    IN_TX(store_module_put(at.store, &second, &unit->err));
    REFUSED_IN_TX(ERR_CONFLICT, store_module_put(at.store, &first, &unit->err));
    MUST(store_module_list(at.store, unit->arena, id, &list, &count, &unit->err));
    assert_int_equal(count, 2);
    assert_string_equal(list[0].component, "engine");
    assert_string_equal(list[0].sha1, "bb");
    assert_string_equal(list[0].md5, "cc");
    MUST(store_module_get(at.store, unit->arena, at.tenant, 12, &got, &unit->err));
    assert_string_equal(got.filename, "f.bin");
    REFUSES(ERR_NOT_FOUND,
            store_module_find(at.store, unit->arena, at.tenant, "aurora", "1.2", "f.bin", &got, &unit->err));
    IN_TX(store_release_move(at.store, id, RELEASE_STAGED, RELEASE_PUBLISHED, 9, &moved, &unit->err));
    MUST(store_module_find(at.store, unit->arena, at.tenant, "aurora", "1.2", "f.bin", &got, &unit->err));
    assert_int_equal(got.id, 12);
    IN_TX(store_release_move(at.store, id, RELEASE_PUBLISHED, RELEASE_WITHDRAWN, 9, &moved, &unit->err));
    MUST(store_module_find(at.store, unit->arena, at.tenant, "aurora", "1.2", "f.bin", &got, &unit->err));
}

UNIT(a_key_signs_once_and_its_last_signature_stands)
{
    struct place at = place(unit);
    struct release put = release_of(&at, "1.2");
    struct release_signature signature = {.keyid = "k", .sig = "one", .signed_by = "eve", .created_ms = 1},
                             *list;
    size_t count;

    IN_TX(store_release_put(at.store, &put, &signature.release_id, &unit->err));
    IN_TX(store_signature_put(at.store, &signature, &unit->err));
    signature.sig = "two";
    IN_TX(store_signature_put(at.store, &signature, &unit->err));
    MUST(store_signature_list(at.store, unit->arena, signature.release_id, &list, &count, &unit->err));
    assert_int_equal(count, 1);
    assert_string_equal(list[0].sig, "two");
    assert_string_equal(list[0].signed_by, "eve");
    IN_TX(store_signature_drop(at.store, signature.release_id, &unit->err));
    MUST(store_signature_list(at.store, unit->arena, signature.release_id, &list, &count, &unit->err));
    assert_int_equal(count, 0);
}

UNIT(families_and_their_keys_rest)
{
    struct place at = place(unit);
    struct engineer_key key = {
        .family_id = at.family, .keyid = "k", .public_hex = "p", .name = "eve", .registered_ms = 7};
    struct engineer_key *keys;
    struct family *families,
        again = {.tenant_id = at.tenant, .name = "aurora", .threshold = 1, .models = "[]"};
    size_t count;
    int64_t id;
    bool moved;

    REFUSED_IN_TX(ERR_CONFLICT, store_family_put(at.store, &again, &id, &unit->err));
    SAYS("aurora");
    IN_TX(store_engineer_key_put(at.store, &key, &unit->err));
    REFUSED_IN_TX(ERR_CONFLICT, store_engineer_key_put(at.store, &key, &unit->err));
    IN_TX(store_engineer_key_revoke(at.store, at.family, "k", 8, &moved, &unit->err));
    assert_true(moved);
    IN_TX(store_engineer_key_revoke(at.store, at.family, "k", 9, &moved, &unit->err));
    assert_false(moved);
    MUST(store_engineer_key_list(at.store, unit->arena, at.family, &keys, &count, &unit->err));
    assert_int_equal(count, 1);
    assert_int_equal(keys[0].revoked_ms, 8);
    MUST(store_family_list(at.store, unit->arena, at.tenant, 0, 10, &families, &count, &unit->err));
    assert_int_equal(count, 1);
    assert_int_equal(families[0].threshold, 2);
    MUST(store_family_list(at.store, unit->arena, at.tenant, at.family, 10, &families, &count, &unit->err));
    assert_int_equal(count, 0);
}

UNIT(versioned_metadata_is_written_once_and_the_timestamp_replaced)
{
    struct place at = place(unit);
    struct tuf_role_row row = {"timestamp", 1, 10, 20}, *rows;
    struct span bytes;
    int64_t created_ms;
    size_t count;

    IN_TX(store_tuf_file_put(at.store, at.tenant, "1.root.json", span_make("a\0b", 3), 4, &unit->err));
    REFUSED_IN_TX(ERR_CONFLICT,
                  store_tuf_file_put(at.store, at.tenant, "1.root.json", span_of("x"), 5, &unit->err));
    IN_TX(store_tuf_file_replace(at.store, at.tenant, "timestamp.json", span_of("one"), 6, &unit->err));
    IN_TX(store_tuf_file_replace(at.store, at.tenant, "timestamp.json", span_of("two"), 7, &unit->err));
    MUST(
        store_tuf_file_get(at.store, unit->arena, at.tenant, "1.root.json", &bytes, &created_ms, &unit->err));
    assert_int_equal(bytes.size, 3);
    assert_memory_equal(bytes.at, "a\0b", 3);
    MUST(store_tuf_file_get(at.store, unit->arena, at.tenant, "timestamp.json", &bytes, &created_ms,
                            &unit->err));
    assert_memory_equal(bytes.at, "two", 3);
    assert_int_equal(created_ms, 7);
    REFUSES(ERR_NOT_FOUND, store_tuf_file_get(at.store, unit->arena, at.other, "1.root.json", &bytes,
                                              &created_ms, &unit->err));
    IN_TX(store_tuf_role_put(at.store, at.tenant, &row, &unit->err));
    row.version = 2;
    IN_TX(store_tuf_role_put(at.store, at.tenant, &row, &unit->err));
    MUST(store_tuf_role_list(at.store, unit->arena, at.tenant, &rows, &count, &unit->err));
    assert_int_equal(count, 1);
    assert_int_equal(rows[0].version, 2);
    assert_int_equal(rows[0].expires_ms, 20);
}

UNIT(an_answer_is_taken_kept_and_forgotten)
{
    struct place at = place(unit);
    struct answer_key key = {at.tenant, "eve", "k1"}, other = {at.tenant, "adam", "k1"};
    struct answer got;
    bool taken;

    IN_TX(store_answer_take(at.store, &key, "digest", 100, 50, 0, &taken, &unit->err));
    assert_true(taken);
    IN_TX(store_answer_take(at.store, &other, "digest", 100, 50, 0, &taken, &unit->err));
    assert_true(taken);
    IN_TX(store_answer_take(at.store, &key, "digest", 120, 70, 0, &taken, &unit->err));
    assert_false(taken);
    IN_TX(store_answer_take(at.store, &key, "digest", 160, 110, 0, &taken, &unit->err)); /* it is stale now */
    assert_true(taken);
    IN_TX(store_answer_keep(at.store, &key, 201, "{}", &unit->err));
    IN_TX(store_answer_take(at.store, &key, "digest", 300, 250, 0, &taken, &unit->err));
    assert_false(taken);
    MUST(store_answer_get(at.store, unit->arena, &key, &got, &unit->err));
    assert_int_equal(got.status, 201);
    assert_string_equal(got.body, "{}");
    assert_string_equal(got.request, "digest");
    IN_TX(store_answer_drop(at.store, 150, &unit->err)); /* adam's */
    REFUSES(ERR_NOT_FOUND, store_answer_get(at.store, unit->arena, &other, &got, &unit->err));
    IN_TX(store_answer_forget(at.store, &key, &unit->err));
    REFUSES(ERR_NOT_FOUND, store_answer_get(at.store, unit->arena, &key, &got, &unit->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_release_comes_back_as_it_was_put),
        UNIT_TEST(a_version_of_a_family_is_there_once),
        UNIT_TEST(another_tenant_sees_none_of_it),
        UNIT_TEST(a_release_moves_only_from_the_state_it_is_in),
        UNIT_TEST(releases_are_found_by_family_and_state_newest_first),
        UNIT_TEST(modules_are_listed_in_install_order_and_found_once_published),
        UNIT_TEST(a_key_signs_once_and_its_last_signature_stands),
        UNIT_TEST(families_and_their_keys_rest),
        UNIT_TEST(versioned_metadata_is_written_once_and_the_timestamp_replaced),
        UNIT_TEST(an_answer_is_taken_kept_and_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
