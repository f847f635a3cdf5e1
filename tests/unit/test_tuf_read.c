#include "signing/tuf.h"

#include "base/hash.h"
#include "base/text.h"
#include "signing/canonical.h"
#include "support/tuf_repo.h"
#include "support/tuf_roots.h"
#include "support/tuf_text.h"
#include "support/unit.h"

#define SHA "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static char *plain_key(struct unit *unit, const struct key *key, const char *more)
{
    return arena_printf(unit->arena,
                        "{\"keytype\":\"ed25519\",\"scheme\":\"ed25519\",\"keyval\":{\"public\":\"%s\"}%s}",
                        text_hex(unit->arena, key_public(key)->bytes, 32), more);
}

/* ---- the envelope ---------------------------------------------------------------------- */

UNIT(what_we_write_reads_back)
{
    struct repo *repo = repo_new(unit->arena);
    struct tuf_file file;
    struct tuf_root root;
    struct tuf_meta *meta;
    size_t count;

    assert_true(root_read(unit, repo_get(repo, "1.root.json"), &file, &root));
    MUST(tuf_file_verify(&file, &root.roles[TUF_ROOT], &unit->err));
    assert_int_equal(2, root.roles[TUF_ROOT].threshold);
    assert_string_equal(key_public(repo_key(repo, 3))->id, root.roles[TUF_TIMESTAMP].keys[0].id);
    assert_false(root.has_plain_names);
    MUST(tuf_file_read(unit->arena, repo_get(repo, "timestamp.json"), "timestamp", &file, &unit->err));
    MUST(tuf_meta_read(unit->arena, &file, &meta, &count, &unit->err));
    assert_int_equal(1, count);
    MUST(tuf_meta_check(meta, repo_get(repo, "1.snapshot.json"), &unit->err));
    REFUSES(ERR_CONFLICT, tuf_meta_check(meta, repo_get(repo, "1.targets.json"), &unit->err));
}

UNIT(common_members_are_checked)
{
    static const char *const bad[][2] = {
        {"\"_type\":\"targets\"", "\"_type\":\"snapshot\""},
        {"\"_type\":\"targets\",", ""},
        {"\"1.0.31\"", "\"2.0.0\""},
        {"\"1.0.31\"", "\"1.\""},
        {"\"1.0.31\"", "\"10\""},
        {"\"1.0.31\"", "1"},
        {"\"version\":3", "\"version\":0"},
        {"\"version\":3", "\"version\":-1"},
        {"\"version\":3", "\"version\":\"3\""},
        {"\"version\":3", "\"version\":3.0"},
        {"\"version\":3", "\"version\":9007199254740992"},
        {"T10:15:00Z", "T10:15:00.5Z"},
        {"T10:15:00Z", "T10:15:00+00:00"},
        {"T10:15:00Z", "T10:15:00z"},
        {"T10:15:00Z", " 10:15:00Z"},
        {"2026-09-02", "2026-02-30"},
        {"2026-09-02", "26-09-02"},
        {"\"targets\":{}", "\"targets\":{},\"targets\":{}"},
        {"\"targets\":{}", "\"x-device\":7"},
        {"\"signatures\":[]", "\"signatures\":{}"},
        {"\"signatures\":[],", ""},
        {"\"signatures\":[]", "\"signatures\":[{\"keyid\":\"a\"}]"},
        {"\"signatures\":[]", "\"signatures\":[7]"},
        {"\"signed\":{", "\"singed\":{"},
    };
    static const char *const good[] = {"\"1.0\"", "\"1\"", "\"1.0.34\""};
    struct span bytes = file_of(unit, "targets", ",\"targets\":{}");
    struct tuf_file file;

    for (size_t i = 0; i < COUNT(bad); i++) {
        struct span changed = span_of(replaced(unit, bytes.at, bad[i][0], bad[i][1]));

        if (tuf_file_read(unit->arena, changed, "targets", &file, &unit->err))
            fail_msg("taken: %s", changed.at);
        assert_int_equal(ERR_INVALID, unit->err.code);
    }
    for (size_t i = 0; i < COUNT(good); i++)
        MUST(tuf_file_read(unit->arena, span_of(replaced(unit, bytes.at, "\"1.0.31\"", good[i])), "targets",
                           &file, &unit->err));
    assert_int_equal(3, file.version);
    assert_int_equal(REPO_NOW_MS, file.expires_ms);
}

UNIT(unknown_members_are_part_of_what_is_signed)
{
    struct span bytes = file_of(unit, "targets", ",\"targets\":{},\"zz\":[1,{\"b\":null,\"a\":\"\\u00e9\"}]");
    struct tuf_file file;

    MUST(tuf_file_read(unit->arena, bytes, "targets", &file, &unit->err));
    assert_string_equal(
        "{\"_type\":\"targets\",\"expires\":\"2026-09-02T10:15:00Z\",\"spec_version\":\"1.0.31\","
        "\"targets\":{},\"version\":3,\"zz\":[1,{\"a\":\"\xc3\xa9\",\"b\":null}]}",
        file.signed_bytes.at);
}

UNIT(a_key_id_may_sign_once_per_file)
{
    struct repo *repo = repo_new(unit->arena);
    struct tuf_file file;

    const char *text = repo_get(repo, "1.targets.json").at, *one = strstr(text, "{\"keyid\"");
    char *entry = arena_text(unit->arena, span_make(one, (size_t)(strchr(one, '}') + 1 - one)));
    char *twice = replaced(unit, text, entry, arena_printf(unit->arena, "%s,%s", entry, entry));
    REFUSES(ERR_INVALID, tuf_file_read(unit->arena, span_of(twice), "targets", &file, &unit->err));
    SAYS("two signatures");
}

UNIT(more_signatures_than_64_are_refused_before_any_is_verified)
{
    struct buf list = {.arena = unit->arena};
    struct tuf_file file;

    for (int i = 0; i < 65; i++)
        buf_printf(&list, "%s{\"keyid\":\"%d\",\"sig\":\"\"}", i ? "," : "", i);
    struct span bytes = file_of(unit, "targets", "");
    char *many = replaced(unit, bytes.at, "[]", arena_printf(unit->arena, "[%s]", buf_cstr(&list)));
    REFUSES(ERR_TOO_LARGE, tuf_file_read(unit->arena, span_of(many), "targets", &file, &unit->err));
}

UNIT(empty_odd_and_unknown_signatures_are_passed_over)
{
    struct repo *repo = repo_new(unit->arena);
    struct tuf_keys keys = {.keys = key_public(repo_key(repo, 5)), .count = 1, .threshold = 1};
    struct tuf_file file;

    char *more =
        replaced(unit, repo_get(repo, "1.targets.json").at, "\"signatures\":[",
                 "\"signatures\":[{\"keyid\":\"" SHA "\",\"sig\":\"\"},{\"keyid\":\"x\",\"sig\":\"zz\"},");
    MUST(tuf_file_read(unit->arena, span_of(more), "targets", &file, &unit->err));
    MUST(tuf_file_verify(&file, &keys, &unit->err));
    assert_int_equal(2, file.signature_count);
}

/* ---- who has signed ------------------------------------------------------------------------ */

UNIT(the_same_key_under_two_ids_counts_once)
{
    struct repo *repo = repo_new(unit->arena);
    struct key_public same[2] = {*key_public(repo_key(repo, 5)), *key_public(repo_key(repo, 5))};
    struct tuf_keys keys = {.keys = same, .count = 2, .threshold = 2};
    struct tuf_signature signatures[2] = {0};
    struct span bytes = span_of("{}");

    memset(same[1].id, 'a', KEY_ID_CHARS);
    for (size_t i = 0; i < 2; i++) {
        memcpy(signatures[i].keyid, same[i].id, sizeof(signatures[i].keyid));
        key_sign(repo_key(repo, 5), bytes, signatures[i].sig);
    }
    assert_int_equal(1, tuf_count_valid(bytes, signatures, 2, &keys));
    signatures[0].sig[0] = '\0'; /* either id may carry it */
    assert_int_equal(1, tuf_count_valid(bytes, signatures, 2, &keys));
    signatures[1].sig[3] ^= 1;
    assert_int_equal(0, tuf_count_valid(bytes, signatures, 2, &keys));
}

UNIT(the_same_signature_twice_counts_once)
{
    struct repo *repo = repo_new(unit->arena);
    struct key_public both[2] = {*key_public(repo_key(repo, 5)), *key_public(repo_key(repo, 6))};
    struct tuf_keys keys = {.keys = both, .count = 2, .threshold = 2};
    struct tuf_signature signatures[2] = {0};
    struct span bytes = span_of("{}");

    memcpy(signatures[0].keyid, both[0].id, sizeof(signatures[0].keyid));
    key_sign(repo_key(repo, 5), bytes, signatures[0].sig);
    signatures[1] = signatures[0];
    assert_int_equal(1, tuf_count_valid(bytes, signatures, 2, &keys));
    memcpy(signatures[1].keyid, both[1].id, sizeof(signatures[1].keyid));
    assert_int_equal(1, tuf_count_valid(bytes, signatures, 2, &keys));
    key_sign(repo_key(repo, 6), bytes, signatures[1].sig);
    assert_int_equal(2, tuf_count_valid(bytes, signatures, 2, &keys));
}

UNIT(a_threshold_below_one_is_never_met)
{
    struct repo *repo = repo_new(unit->arena);
    struct tuf_keys keys = {.keys = key_public(repo_key(repo, 5)), .count = 1, .threshold = 0};
    struct tuf_file file;

    MUST(tuf_file_read(unit->arena, repo_get(repo, "1.targets.json"), "targets", &file, &unit->err));
    REFUSES(ERR_FORBIDDEN, tuf_file_verify(&file, &keys, &unit->err));
}

/* ---- keys ------------------------------------------------------------------------------------ */

UNIT(a_wrong_key_id_is_refused)
{
    struct repo *repo = repo_new(unit->arena);
    char *object = plain_key(unit, repo_key(repo, 5), ""), *id = key_id(unit, object);
    struct tuf_file file;
    struct tuf_root root;

    assert_string_equal(key_public(repo_key(repo, 5))->id, id);
    assert_true(root_read(unit, root_of(unit, arena_printf(unit->arena, "\"%s\":%s", id, object), "", 1),
                          &file, &root));
    id[5] = id[5] == 'a' ? 'b' : 'a';
    REFUSES(ERR_INVALID,
            root_read(unit, root_of(unit, arena_printf(unit->arena, "\"%s\":%s", id, object), "", 1), &file,
                      &root));
    SAYS("not the hash of the key");
}

UNIT(a_key_id_is_over_members_we_do_not_know_too)
{
    struct repo *repo = repo_new(unit->arena);
    char *object = plain_key(unit, repo_key(repo, 5), ",\"keyid_hash_algorithms\":[\"md5\"],\"x\":1");
    char *id = key_id(unit, object), *ids = arena_printf(unit->arena, "\"%s\"", id);
    struct tuf_file file;
    struct tuf_root root;

    assert_string_not_equal(key_public(repo_key(repo, 5))->id, id);
    assert_true(root_read(unit, root_of(unit, arena_printf(unit->arena, "%s:%s", ids, object), ids, 1), &file,
                          &root));
    assert_int_equal(1, root.roles[TUF_ROOT].count);
    assert_string_equal(id, root.roles[TUF_ROOT].keys[0].id);
    assert_memory_equal(key_public(repo_key(repo, 5))->bytes, root.roles[TUF_ROOT].keys[0].bytes, 32);
}

UNIT(roles_with_double_or_odd_keys_are_refused_and_absent_ones_passed_over)
{
    struct repo *repo = repo_new(unit->arena);
    char *object = plain_key(unit, repo_key(repo, 5), ""), *id = key_id(unit, object);
    char *keys = arena_printf(unit->arena, "\"%s\":%s", id, object);
    struct tuf_file file;
    struct tuf_root root;

    REFUSES(ERR_INVALID,
            root_read(unit, root_of(unit, keys, arena_printf(unit->arena, "\"%s\",\"%s\"", id, id), 2), &file,
                      &root));
    SAYS("twice");
    REFUSES(ERR_INVALID, root_read(unit, root_of(unit, keys, "7", 1), &file, &root));
    REFUSES(ERR_INVALID, root_read(unit, root_of(unit, keys, "", 0), &file, &root));
    assert_true(root_read(unit, root_of(unit, keys, "\"" SHA "\",\"short\"", 1), &file, &root));
    assert_int_equal(0, root.roles[TUF_ROOT].count);
    struct span extra = root_of(unit, keys, "", 1);
    REFUSES(ERR_INVALID, root_read(unit, span_of(replaced(unit, extra.at, "\"targets\":{", "\"target\":{")),
                                   &file, &root));
    REFUSES(ERR_INVALID, root_read(unit, span_of(replaced(unit, extra.at, "snapshot\":true", "snapshot\":1")),
                                   &file, &root));
}

UNIT(a_role_names_at_most_32_keys)
{
    struct buf ids = {.arena = unit->arena};
    struct tuf_file file;
    struct tuf_root root;

    for (int i = 0; i < TUF_KEYS_MAX; i++)
        buf_printf(&ids, "%s\"%064d\"", i ? "," : "", i);
    assert_true(root_read(unit, root_of(unit, "", buf_cstr(&ids), 1), &file, &root));
    buf_text(&ids, ",\"x\"");
    REFUSES(ERR_INVALID, root_read(unit, root_of(unit, "", buf_cstr(&ids), 1), &file, &root));
}

UNIT(a_malformed_ed25519_key_is_refused)
{
    char *object = arena_dup(
        unit->arena, "{\"keytype\":\"ed25519\",\"scheme\":\"ed25519\",\"keyval\":{\"public\":\"ab\"}}");
    struct tuf_file file;
    struct tuf_root root;

    REFUSES(
        ERR_INVALID,
        root_read(unit,
                  root_of(unit, arena_printf(unit->arena, "\"%s\":%s", key_id(unit, object), object), "", 1),
                  &file, &root));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(what_we_write_reads_back),
        UNIT_TEST(common_members_are_checked),
        UNIT_TEST(unknown_members_are_part_of_what_is_signed),
        UNIT_TEST(a_key_id_may_sign_once_per_file),
        UNIT_TEST(more_signatures_than_64_are_refused_before_any_is_verified),
        UNIT_TEST(empty_odd_and_unknown_signatures_are_passed_over),
        UNIT_TEST(the_same_key_under_two_ids_counts_once),
        UNIT_TEST(the_same_signature_twice_counts_once),
        UNIT_TEST(a_threshold_below_one_is_never_met),
        UNIT_TEST(a_wrong_key_id_is_refused),
        UNIT_TEST(a_key_id_is_over_members_we_do_not_know_too),
        UNIT_TEST(roles_with_double_or_odd_keys_are_refused_and_absent_ones_passed_over),
        UNIT_TEST(a_malformed_ed25519_key_is_refused),
        UNIT_TEST(a_role_names_at_most_32_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
