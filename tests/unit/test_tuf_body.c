#include "signing/tuf.h"

#include "support/tuf_text.h"
#include "support/unit.h"

#define SHA "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* ---- meta and targets ----------------------------------------------------------------------------- */

UNIT(meta_entries_are_checked)
{
    static const char *const bad[] = {
        "{}",
        "{\"version\":0}",
        "{\"version\":1,\"length\":0}",
        "{\"version\":1,\"length\":\"5\"}",
        "{\"version\":1,\"hashes\":{}}",
        "{\"version\":1,\"hashes\":{\"sha256\":"
        "\"E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855\"}}",
        "{\"version\":1,\"hashes\":{\"sha256\":\"e3\"}}",
        "{\"version\":1,\"hashes\":{\"sha512\":\"" SHA "\"}}",
        "7",
    };
    struct tuf_file file;
    struct tuf_meta *meta;
    size_t count;

    for (size_t i = 0; i < COUNT(bad); i++) {
        struct span bytes =
            file_of(unit, "snapshot", arena_printf(unit->arena, ",\"meta\":{\"targets.json\":%s}", bad[i]));

        MUST(tuf_file_read(unit->arena, bytes, "snapshot", &file, &unit->err));
        REFUSES(ERR_INVALID, tuf_meta_read(unit->arena, &file, &meta, &count, &unit->err));
        SAYS("targets.json");
    }
    MUST(tuf_file_read(unit->arena, file_of(unit, "snapshot", ""), "snapshot", &file, &unit->err));
    REFUSES(ERR_INVALID, tuf_meta_read(unit->arena, &file, &meta, &count, &unit->err));
}

UNIT(a_hash_of_an_unknown_kind_refuses_the_file_when_it_comes)
{
    struct tuf_target target = {.path = "p", .length = 0, .sha256 = SHA};

    MUST(tuf_target_check(&target, span_of(""), &unit->err));
    target.has_unknown_hash = true;
    REFUSES(ERR_INVALID, tuf_target_check(&target, span_of(""), &unit->err));
    target = (struct tuf_target){
        .path = "d/p",
        .sha512 =
            "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f"
            "63b931bd47417a81a538327af927da3e"};
    MUST(tuf_target_check(&target, span_of(""), &unit->err));
    assert_string_equal(arena_printf(unit->arena, "d/%s.p", target.sha512),
                        tuf_target_file(unit->arena, &target, false));
    target.length = 1;
    REFUSES(ERR_CONFLICT, tuf_target_check(&target, span_of("x"), &unit->err));
}

UNIT(bodies_of_targets_are_checked)
{
    static const char *const bad[] = {
        "",
        ",\"targets\":[]",
        ",\"targets\":{\"\":{\"length\":1,\"hashes\":{\"sha256\":\"" SHA "\"}}}",
        ",\"targets\":{\"a\":{\"hashes\":{\"sha256\":\"" SHA "\"}}}",
        ",\"targets\":{\"a\":{\"length\":-1,\"hashes\":{\"sha256\":\"" SHA "\"}}}",
        ",\"targets\":{\"a\":{\"length\":1,\"hashes\":{}}}",
        ",\"targets\":{\"a\":{\"length\":1}}",
        ",\"targets\":{\"a\":{\"length\":1,\"hashes\":{\"sha256\":\"" SHA "\"},\"custom\":7}}",
        ",\"targets\":{},\"delegations\":7",
        ",\"targets\":{},\"delegations\":{\"roles\":[]}",
        ",\"targets\":{},\"delegations\":{\"keys\":{}}",
        ",\"targets\":{},\"delegations\":{\"keys\":{},\"roles\":[],\"succinct_roles\":{}}",
        ",\"targets\":{},\"delegations\":{\"keys\":{},\"roles\":[{\"name\":\"a\"}]}",
        (",\"targets\":{},\"delegations\":{\"keys\":{},\"succinct_roles\":{\"keyids\":[],\"threshold\":1,"
         "\"name_prefix\":\"b\",\"bit_length\":33}}"),
    };
    struct tuf_file file;
    struct tuf_targets targets;

    for (size_t i = 0; i < COUNT(bad); i++) {
        MUST(tuf_file_read(unit->arena, file_of(unit, "targets", bad[i]), "targets", &file, &unit->err));
        if (tuf_targets_read(unit->arena, &file, &targets, &unit->err))
            fail_msg("taken: %s", bad[i]);
        assert_int_equal(ERR_INVALID, unit->err.code);
    }
}

UNIT(delegations_are_checked)
{
    static const char good[] =
        "{\"name\":\"a\",\"keyids\":[],\"threshold\":1,\"terminating\":false,\"paths\":[\"x/*\"]}";
    static const char *const bad[][2] = {
        {"\"name\":\"a\",", ""},
        {"\"a\"", "\"\""},
        {"\"a\"", "\"snapshot\""},
        {"\"terminating\":false,", ""},
        {"false", "0"},
        {",\"paths\":[\"x/*\"]", ""},
        {"[\"x/*\"]", "[7]"},
        {"[\"x/*\"]", "[],\"path_hash_prefixes\":[]"},
        {"\"threshold\":1", "\"threshold\":0"},
        {"\"keyids\":[],", ""},
        {"]}", "]},{\"name\":\"a\",\"keyids\":[],\"threshold\":1,\"terminating\":false,\"paths\":[]}"},
    };
    struct tuf_file file;
    struct tuf_targets targets;

    for (size_t i = 0; i <= COUNT(bad); i++) {
        const char *role = i < COUNT(bad) ? replaced(unit, good, bad[i][0], bad[i][1]) : good;
        const char *body =
            arena_printf(unit->arena, ",\"targets\":{},\"delegations\":{\"keys\":{},\"roles\":[%s]}", role);

        MUST(tuf_file_read(unit->arena, file_of(unit, "targets", body), "targets", &file, &unit->err));
        if (tuf_targets_read(unit->arena, &file, &targets, &unit->err) != (i == COUNT(bad)))
            fail_msg("%s", role);
    }
    assert_true(targets.delegations[0].is_passing);
}

UNIT(a_role_name_that_makes_no_file_name_is_refused)
{
    struct tuf_file file;
    struct tuf_targets targets;

    for (int size = 200; size <= 201; size++) {
        const char *body =
            arena_printf(unit->arena,
                         ",\"targets\":{},\"delegations\":{\"keys\":{},\"roles\":[{\"name\":\"%0*d\","
                         "\"keyids\":[],\"threshold\":1,\"terminating\":true,\"paths\":[]}]}",
                         size, 0);

        MUST(tuf_file_read(unit->arena, file_of(unit, "targets", body), "targets", &file, &unit->err));
        if (size == 200)
            MUST(tuf_targets_read(unit->arena, &file, &targets, &unit->err));
        else
            REFUSES(ERR_TOO_LARGE, tuf_targets_read(unit->arena, &file, &targets, &unit->err));
    }
}

UNIT(custom_reads_back_in_canonical_form)
{
    struct tuf_file file;
    struct tuf_targets targets;

    MUST(tuf_file_read(
        unit->arena,
        file_of(unit, "targets",
                ",\"x-device\":\"SN-1\",\"targets\":{\"b\":{\"length\":1,\"hashes\":{\"sha256\":\"" SHA
                "\",\"md5\":\"x\"},\"custom\":{ \"z\":1,\"a\":[ ] }}},\"delegations\":null"),
        "targets", &file, &unit->err));
    MUST(tuf_targets_read(unit->arena, &file, &targets, &unit->err));
    assert_string_equal("{\"a\":[],\"z\":1}", targets.targets[0].custom.at);
    assert_true(targets.targets[0].has_unknown_hash);
    assert_string_equal("SN-1", targets.device);
}

/* ---- patterns ------------------------------------------------------------------------------------- */

UNIT(patterns_match_component_by_component)
{
    static const struct {
        const char *pattern, *path;
        bool does_match;
    } cases[] = {
        {"a/b", "a/b", true},
        {"a/*", "a/b", true},
        {"a/*", "a/b/c", false},
        {"*", "a/b", false},
        {"*", "a", true},
        {"*/*", "a/b", true},
        {"a/?", "a/b", true},
        {"a/?", "a/bc", false},
        {"a/?", "a/", false},
        {"a?b", "a/b", false},
        {"a*b", "a/b", false},
        {"a/*.bin", "a/x.bin", true},
        {"a/*.bin", "a/.bin", true},
        {"a/*.bin", "a/x.bin.x", false},
        {"A/b", "a/b", false},
        {"a/*x*y*", "a/1x2y3", true},
        {"a/*x*y*", "a/1y2x3", false},
        {"a/**", "a/b", true},
        {"a/b", "a/b/", false},
        {"a/b/", "a/b", false},
        {"/a", "a", false},
        {"a/[b]", "a/b", false},
        {"a/[b]", "a/[b]", true},
        {"", "", true},
        {"", "a", false},
        {"?", "\xc3\xa9", true},
        {"*b", "aab", true},
        {"*ab", "aaab", true},
        {"*aab", "ab", false},
        {"mfp-3100/*/*", "mfp-3100/4.2.1/x.swu", true},
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        if (tuf_path_matches(cases[i].pattern, cases[i].path) != cases[i].does_match)
            fail_msg("%s and %s", cases[i].pattern, cases[i].path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(meta_entries_are_checked),
        UNIT_TEST(a_hash_of_an_unknown_kind_refuses_the_file_when_it_comes),
        UNIT_TEST(bodies_of_targets_are_checked),
        UNIT_TEST(delegations_are_checked),
        UNIT_TEST(custom_reads_back_in_canonical_form),
        UNIT_TEST(patterns_match_component_by_component),
        UNIT_TEST(a_role_name_that_makes_no_file_name_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
