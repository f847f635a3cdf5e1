#include "signing/tuf.h"

#include "support/tuf_parts.h"
#include "support/tuf_repo.h"
#include "support/unit.h"

UNIT(custom_that_some_client_reads_otherwise_is_refused)
{
    static const char *const bad[] = {
        "[]",
        "\"text\"",
        "null",
        "{\"n\":1.0}",
        "{\"n\":9007199254740992}",
        "{\"a\":1,\"a\":2}",
        "{\"k\xc3\xa9y\":1}",
        "{\"a b\":1}",
        "{\"deep\":[{\"k\xc3\xa9y\":1}]}",
        "{\"text\":\"two\\nlines\"}",
        "{broken",
    };
    struct parts *p = parts_new(unit);
    struct span body;

    for (size_t i = 0; i < COUNT(bad); i++) {
        p->target.custom = span_of(bad[i]);
        REFUSES(ERR_INVALID, tuf_targets_write(unit->arena, &p->targets, &body, &unit->err));
    }
    p->target.custom = span_of("{\"text\":\"<b>&'caf\xc3\xa9\\\\\"}");
    MUST(tuf_targets_write(unit->arena, &p->targets, &body, &unit->err));
}

UNIT(hashes_are_sha256_in_lower_case)
{
    static const char *const bad[] = {
        NULL, "", "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855", PARTS_SHA "0", "e3b0"};
    struct parts *p = parts_new(unit);
    struct span body;

    for (size_t i = 0; i < COUNT(bad); i++) {
        p->target.sha256 = bad[i];
        REFUSES(ERR_INVALID, tuf_targets_write(unit->arena, &p->targets, &body, &unit->err));
        p->snapshot.sha256 = bad[i];
        REFUSES(ERR_INVALID,
                tuf_timestamp_write(unit->arena, 1, PARTS_EXPIRES, &p->snapshot, NULL, &body, &unit->err));
        p->meta[0].sha256 = bad[i] ? bad[i] : "x";
        REFUSES(ERR_INVALID,
                tuf_snapshot_write(unit->arena, 1, PARTS_EXPIRES, p->meta, 2, NULL, &body, &unit->err));
    }
}

UNIT(a_timestamp_names_the_snapshot_with_length_and_hash)
{
    struct parts *p = parts_new(unit);
    struct tuf_meta meta = p->snapshot;
    struct span body;

    meta.length = 0;
    REFUSES(ERR_INVALID, tuf_timestamp_write(unit->arena, 1, PARTS_EXPIRES, &meta, NULL, &body, &unit->err));
    meta = p->meta[1];
    REFUSES(ERR_INVALID, tuf_timestamp_write(unit->arena, 1, PARTS_EXPIRES, &meta, NULL, &body, &unit->err));
}

UNIT(a_snapshot_names_targets_and_no_other_top_role)
{
    static const char *const bad[] = {"root.json", "timestamp.json", "snapshot.json", "a/b.json", ".json",
                                      "mfp",       "targets.json"};
    struct parts *p = parts_new(unit);
    struct span body;

    for (size_t i = 0; i < COUNT(bad); i++) {
        p->meta[1].name = bad[i];
        REFUSES(ERR_INVALID,
                tuf_snapshot_write(unit->arena, 1, PARTS_EXPIRES, p->meta, 2, NULL, &body, &unit->err));
    }
    p->meta[1].name = "other.json";
    REFUSES(ERR_INVALID,
            tuf_snapshot_write(unit->arena, 1, PARTS_EXPIRES, p->meta + 1, 1, NULL, &body, &unit->err));
    SAYS("targets.json is missing");
}

UNIT(versions_start_at_1_and_stay_below_2_to_the_53)
{
    static const int64_t bad[] = {0, -1, INT64_C(1) << 53, INT64_MAX};
    struct parts *p = parts_new(unit);
    struct span body;

    for (size_t i = 0; i < COUNT(bad); i++) {
        p->targets.version = p->root.version = p->meta[0].version = bad[i];
        REFUSES(ERR_INVALID, tuf_targets_write(unit->arena, &p->targets, &body, &unit->err));
        REFUSES(ERR_INVALID, tuf_root_write(unit->arena, &p->root, &body, &unit->err));
        REFUSES(ERR_INVALID,
                tuf_snapshot_write(unit->arena, 1, PARTS_EXPIRES, p->meta, 2, NULL, &body, &unit->err));
    }
}

UNIT(a_threshold_can_be_met_and_is_not_zero)
{
    static const int64_t bad[] = {0, -1, 4};
    struct parts *p = parts_new(unit);
    struct span body;

    for (size_t i = 0; i < COUNT(bad); i++) {
        p->root.roles[TUF_ROOT].threshold = bad[i];
        REFUSES(ERR_INVALID, tuf_root_write(unit->arena, &p->root, &body, &unit->err));
        p->delegation.keys.threshold = bad[i];
        REFUSES(ERR_INVALID, tuf_targets_write(unit->arena, &p->targets, &body, &unit->err));
    }
}

UNIT(a_key_is_named_once_and_has_its_own_id)
{
    struct parts *p = parts_new(unit);
    struct span body;

    p->keys[1] = p->keys[0];
    REFUSES(ERR_INVALID, tuf_root_write(unit->arena, &p->root, &body, &unit->err));
    SAYS("twice");
    p = parts_new(unit);
    p->keys[1].id[0] = p->keys[1].id[0] == 'a' ? 'b' : 'a';
    REFUSES(ERR_INVALID, tuf_root_write(unit->arena, &p->root, &body, &unit->err));
    SAYS("not a plain Ed25519 key");
}

UNIT(target_paths_are_family_version_file)
{
    static const char *const good[] = {"a/b/c", "mfp-3100/4.2.1/main_1+x.swu"};
    static const char *const bad[] = {"",       "a/b",      "a/b/c/d", "/a/b/c",   "a//c",        "a/b/",
                                      "../b/c", "a/../c",   "a/b/..",  "a/.b/c",   "a/b/c d",     "a/b/c#",
                                      "a/b/c?", "a/b/c%20", "a/b/c\n", "a\\b/c/d", "a/b/\xc3\xa9"};

    for (size_t i = 0; i < COUNT(bad); i++)
        REFUSES(ERR_INVALID, tuf_path_check(bad[i], &unit->err));
    REFUSES(ERR_INVALID, tuf_path_check(NULL, &unit->err));
    for (size_t i = 0; i < COUNT(good); i++)
        MUST(tuf_path_check(good[i], &unit->err));
    char *longest = arena_printf(unit->arena, "a/b/%0128d", 0);
    MUST(tuf_path_check(longest, &unit->err));
    REFUSES(ERR_INVALID, tuf_path_check(arena_printf(unit->arena, "%s0", longest), &unit->err));
}

UNIT(a_target_named_twice_is_refused)
{
    struct parts *p = parts_new(unit);
    struct tuf_target twice[2] = {p->target, p->target};
    struct span body;

    p->targets.targets = twice;
    p->targets.target_count = 2;
    REFUSES(ERR_INVALID, tuf_targets_write(unit->arena, &p->targets, &body, &unit->err));
}

UNIT(delegations_that_some_client_reads_otherwise_are_refused)
{
    static const char *const names[] = {"root", "targets", "snapshot", "timestamp", "", "a/b", "../x", ".x"};
    static const char *const bad[] = {"mfp/*", "mfp/[ab]/*", "mfp/{a,b}/*", "*", "", "mfp/**/x/y", "/a/b"};
    struct parts *p = parts_new(unit);
    struct span body;

    for (size_t i = 0; i < COUNT(names); i++) {
        p->delegation.name = names[i];
        REFUSES(ERR_INVALID, tuf_targets_write(unit->arena, &p->targets, &body, &unit->err));
    }
    p->delegation.name = "mfp";
    for (size_t i = 0; i < COUNT(bad); i++) {
        p->delegation.paths = &bad[i];
        REFUSES(ERR_INVALID, tuf_targets_write(unit->arena, &p->targets, &body, &unit->err));
    }
    p = parts_new(unit);
    struct tuf_delegation twice[2] = {p->delegation, p->delegation};
    p->targets.delegations = twice;
    p->targets.delegation_count = 2;
    REFUSES(ERR_INVALID, tuf_targets_write(unit->arena, &p->targets, &body, &unit->err));
    SAYS("twice");
    twice[1].name = "other";
    MUST(tuf_targets_write(unit->arena, &p->targets, &body, &unit->err));
    twice[1].hash_prefixes = tuf_patterns;
    twice[1].hash_prefix_count = 1;
    REFUSES(ERR_INVALID, tuf_targets_write(unit->arena, &p->targets, &body, &unit->err));
    SAYS("hash prefixes");
}

UNIT(metadata_too_large_for_clients_in_the_field_is_not_written)
{
    struct tuf_meta *meta = ARENA_MANY(unit->arena, struct tuf_meta, 2000);
    struct span body;

    for (size_t i = 0; i < 2000; i++)
        meta[i] = (struct tuf_meta){
            .name = i ? arena_printf(unit->arena, "family-%zu.json", i) : "targets.json", .version = 1};
    MUST(tuf_snapshot_write(unit->arena, 1, PARTS_EXPIRES, meta, 1000, NULL, &body, &unit->err));
    REFUSES(ERR_TOO_LARGE,
            tuf_snapshot_write(unit->arena, 1, PARTS_EXPIRES, meta, 2000, NULL, &body, &unit->err));
}

UNIT(a_device_id_is_plain_ascii)
{
    static const char *const bad[] = {"", "a\nb", "caf\xc3\xa9"};
    struct tuf_targets targets = {.version = 1, .expires_ms = PARTS_EXPIRES};
    struct span body;

    for (size_t i = 0; i < COUNT(bad); i++) {
        targets.device = bad[i];
        REFUSES(ERR_INVALID, tuf_targets_write(unit->arena, &targets, &body, &unit->err));
    }
}

UNIT(an_envelope_takes_canonical_bytes_and_each_key_once)
{
    struct repo *repo = repo_new(unit->arena);
    struct tuf_signature signatures[TUF_SIGNATURES_MAX + 1] = {0};
    struct span out;

    for (int i = 0; i < TUF_SIGNATURES_MAX + 1; i++)
        memcpy(signatures[i].keyid, key_public(repo_key(repo, 1 + i % 50))->id, KEY_ID_CHARS + 1);
    MUST(tuf_envelope_write(unit->arena, span_of("{\"a\":1}"), signatures, 2, &out, &unit->err));
    assert_string_equal(
        arena_printf(unit->arena,
                     "{\"signatures\":[{\"keyid\":\"%s\",\"sig\":\"\"},{\"keyid\":\"%s\",\"sig\":\"\"}],"
                     "\"signed\":{\"a\":1}}",
                     signatures[0].keyid, signatures[1].keyid),
        out.at);
    MUST(tuf_envelope_write(unit->arena, span_of("{}"), NULL, 0, &out, &unit->err));
    REFUSES(ERR_INVALID,
            tuf_envelope_write(unit->arena, span_of("{\"a\": 1}"), signatures, 1, &out, &unit->err));
    REFUSES(ERR_INVALID,
            tuf_envelope_write(unit->arena, span_of("{\"b\":1,\"a\":2}"), NULL, 0, &out, &unit->err));
    REFUSES(ERR_INVALID, tuf_envelope_write(unit->arena, span_of("{}"), signatures, 51, &out, &unit->err));
    SAYS("signs twice");
    REFUSES(ERR_TOO_LARGE, tuf_envelope_write(unit->arena, span_of("{}"), signatures, 65, &out, &unit->err));
    signatures[0].sig[0] = 'F';
    REFUSES(ERR_INVALID, tuf_envelope_write(unit->arena, span_of("{}"), signatures, 1, &out, &unit->err));
    signatures[0].sig[0] = '\0';
    signatures[0].keyid[0] = 'F';
    REFUSES(ERR_INVALID, tuf_envelope_write(unit->arena, span_of("{}"), signatures, 1, &out, &unit->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(custom_that_some_client_reads_otherwise_is_refused),
        UNIT_TEST(hashes_are_sha256_in_lower_case),
        UNIT_TEST(a_timestamp_names_the_snapshot_with_length_and_hash),
        UNIT_TEST(a_snapshot_names_targets_and_no_other_top_role),
        UNIT_TEST(versions_start_at_1_and_stay_below_2_to_the_53),
        UNIT_TEST(a_threshold_can_be_met_and_is_not_zero),
        UNIT_TEST(a_key_is_named_once_and_has_its_own_id),
        UNIT_TEST(target_paths_are_family_version_file),
        UNIT_TEST(a_target_named_twice_is_refused),
        UNIT_TEST(delegations_that_some_client_reads_otherwise_are_refused),
        UNIT_TEST(metadata_too_large_for_clients_in_the_field_is_not_written),
        UNIT_TEST(a_device_id_is_plain_ascii),
        UNIT_TEST(an_envelope_takes_canonical_bytes_and_each_key_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
