#include "signing/tuf_client.h"

#include "base/hash.h"
#include "base/text.h"
#include "support/tuf_repo.h"
#include "support/unit.h"

#define ASKED(repo, names) assert_string_equal(names, repo_requests(repo))
#define WANTED "mfp/1.0/wanted.bin"

/* All roles sign with key 6 and are trusted with it. */
static void link_roles(struct repo *repo, const char *from, const char *to, bool is_passing)
{
    repo_edge(repo, from, to, "mfp/*/*", WHO(6), is_passing);
}

static struct repo *repo_with_roles(struct unit *unit, const char *names)
{
    struct repo *repo = repo_new(unit->arena);

    for (; *names; names++)
        repo_node(repo, arena_printf(unit->arena, "%c", *names), WHO(6));
    return repo;
}

/* What a lookup asks for after the refresh. */
static const char *visits(struct repo *repo)
{
    struct tuf_target target;
    struct err err;

    repo_publish(repo);
    if (!repo_refresh(repo, &err))
        fail_msg("%s", err.text);
    repo_requests(repo);
    if (repo_lookup(repo, WANTED, &target, &err))
        fail_msg("found, but nobody names it");
    assert_string_equal("not_found", err_word(err.code));
    return repo_requests(repo) + strlen("2.root.json timestamp.json ");
}

/* ---- finding --------------------------------------------------------------------------- */

UNIT(a_target_of_the_top_role_is_found_without_another_request)
{
    struct repo *repo = repo_new(unit->arena);
    struct tuf_target target;

    MUST(repo_lookup(repo, "mfp/1.0/main.bin", &target, &unit->err));
    ASKED(repo, "2.root.json timestamp.json 1.snapshot.json 1.targets.json ");
    assert_int_equal(16, target.length);
    MUST(tuf_target_check(&target, span_of("mfp/1.0/main.bin"), &unit->err));
    REFUSES(ERR_CONFLICT, tuf_target_check(&target, span_of("mfp/1.0/main.bim"), &unit->err));
    REFUSES(ERR_CONFLICT, tuf_target_check(&target, span_of("mfp/1.0/main.bi"), &unit->err));
    assert_string_equal(arena_printf(unit->arena, "mfp/1.0/%s.main.bin", target.sha256),
                        tuf_target_file(unit->arena, &target, false));
}

UNIT(a_delegated_target_is_found_and_its_role_is_kept)
{
    struct repo *repo = repo_with_roles(unit, "A");
    struct tuf_target target;

    link_roles(repo, "targets", "A", false);
    repo_target(repo, "A", WANTED);
    repo_publish(repo);
    MUST(repo_lookup(repo, WANTED, &target, &unit->err));
    assert_int_equal(1, repo_kept_version(repo, "A.json"));
    repo_requests(repo);
    MUST(repo_lookup(repo, WANTED, &target, &unit->err));
    ASKED(repo, "2.root.json timestamp.json ");
}

UNIT(the_first_of_two_roles_that_name_a_target_wins)
{
    struct repo *repo = repo_with_roles(unit, "AB");
    struct tuf_target target;

    link_roles(repo, "targets", "A", true);
    link_roles(repo, "targets", "B", true);
    repo_target(repo, "A", WANTED);
    repo_target(repo, "B", WANTED);
    repo_publish(repo);
    MUST(repo_lookup(repo, WANTED, &target, &unit->err));
    assert_int_equal(0, repo_kept_version(repo, "B.json"));
}

UNIT(a_role_cannot_name_what_it_was_not_delegated)
{
    struct repo *repo = repo_with_roles(unit, "A");
    struct tuf_target target;

    link_roles(repo, "targets", "A", false);
    repo_target(repo, "A", "fax/1.0/stolen.bin");
    repo_publish(repo);
    REFUSES(ERR_NOT_FOUND, repo_lookup(repo, "fax/1.0/stolen.bin", &target, &unit->err));
    assert_int_equal(0, repo_kept_version(repo, "A.json"));
}

/* ---- the order of the search -------------------------------------------------------------- */

UNIT(the_search_goes_deep_first_in_the_order_of_the_delegations)
{
    struct repo *repo = repo_with_roles(unit, "ABCD");

    link_roles(repo, "targets", "A", true);
    link_roles(repo, "targets", "D", true);
    link_roles(repo, "A", "B", true);
    link_roles(repo, "A", "C", true);
    assert_string_equal("1.A.json 1.B.json 1.C.json 1.D.json ", visits(repo));
}

UNIT(a_terminating_delegation_ends_the_search_of_all_that_waited)
{
    struct repo *repo = repo_with_roles(unit, "ABCD");

    link_roles(repo, "targets", "A", true);
    link_roles(repo, "targets", "D", true);
    link_roles(repo, "A", "B", false);
    link_roles(repo, "A", "C", true);
    assert_string_equal("1.A.json 1.B.json ", visits(repo));
}

UNIT(what_comes_before_a_terminating_delegation_is_still_asked)
{
    struct repo *repo = repo_with_roles(unit, "ABC");

    link_roles(repo, "targets", "A", true);
    link_roles(repo, "targets", "B", false);
    link_roles(repo, "targets", "C", true);
    assert_string_equal("1.A.json 1.B.json ", visits(repo));
}

UNIT(a_terminating_delegation_that_does_not_match_ends_nothing)
{
    struct repo *repo = repo_with_roles(unit, "AB");

    repo_edge(repo, "targets", "A", "fax/*/*", WHO(6), false);
    link_roles(repo, "targets", "B", false);
    assert_string_equal("1.B.json ", visits(repo));
}

UNIT(cycles_and_diamonds_are_visited_once)
{
    struct repo *repo = repo_with_roles(unit, "ABC");

    link_roles(repo, "targets", "A", true);
    link_roles(repo, "targets", "B", true);
    link_roles(repo, "A", "C", true);
    link_roles(repo, "B", "C", true);
    link_roles(repo, "C", "A", true);
    link_roles(repo, "C", "C", true);
    assert_string_equal("1.A.json 1.C.json 1.B.json ", visits(repo));
}

UNIT(a_search_visits_at_most_32_roles)
{
    struct repo *repo = repo_new(unit->arena);
    const char *last = "targets";
    struct tuf_target target;

    for (int i = 0; i < 35; i++) {
        const char *name = arena_printf(unit->arena, "r%d", i);

        repo_node(repo, name, WHO(6));
        link_roles(repo, last, name, true);
        last = name;
    }
    repo_target(repo, "r34", WANTED);
    repo_publish(repo);
    REFUSES(ERR_NOT_FOUND, repo_lookup(repo, WANTED, &target, &unit->err));
    assert_int_equal(1, repo_kept_version(repo, "r30.json"));
    assert_int_equal(0, repo_kept_version(repo, "r31.json"));
}

/* ---- whose word counts ----------------------------------------------------------------------- */

UNIT(a_delegation_that_the_snapshot_does_not_name_is_not_asked_for)
{
    struct repo *repo = repo_with_roles(unit, "A");
    struct tuf_target target;

    link_roles(repo, "targets", "A", true);
    repo->nodes[1].is_left_out = true;
    repo_target(repo, "A", WANTED);
    repo_publish(repo);
    REFUSES(ERR_NOT_FOUND, repo_lookup(repo, WANTED, &target, &unit->err));
    ASKED(repo, "2.root.json timestamp.json 2.snapshot.json 2.targets.json ");
}

UNIT(a_role_is_verified_with_the_keys_of_the_delegator_on_this_path)
{
    struct repo *repo = repo_with_roles(unit, "ABC");
    struct tuf_client_io io = repo_io(repo);
    struct tuf_client *client;
    struct tuf_target target;

    repo_edge(repo, "targets", "A", "mfp/*/*", WHO(6), false);
    repo_edge(repo, "targets", "B", "fax/*/*", WHO(6), false);
    repo_edge(repo, "A", "C", "*/*/*", WHO(6), false);
    repo_edge(repo, "B", "C", "*/*/*", WHO(7), false); /* B trusts another key with the same role */
    repo_target(repo, "C", WANTED);
    repo_target(repo, "C", "fax/1.0/wanted.bin");
    repo_publish(repo);
    MUST(tuf_client_open(unit->arena, &io, repo->now_ms, &client, &unit->err));
    MUST(tuf_client_target(client, WANTED, &target, &unit->err));
    REFUSES(ERR_FORBIDDEN, tuf_client_target(client, "fax/1.0/wanted.bin", &target, &unit->err));
    MUST(tuf_client_target(client, WANTED, &target, &unit->err));
    REFUSES(ERR_FORBIDDEN, repo_lookup(repo, "fax/1.0/wanted.bin", &target, &unit->err));
}

UNIT(a_delegated_role_below_its_threshold_ends_the_search_as_a_failure)
{
    struct repo *repo = repo_with_roles(unit, "AB");
    struct tuf_target target;

    link_roles(repo, "targets", "A", true);
    link_roles(repo, "targets", "B", true);
    repo->edges[0].who = (struct repo_who){.keys = {6, 7}, .count = 2, .threshold = 2};
    repo_target(repo, "B", WANTED);
    repo_publish(repo);
    REFUSES(ERR_FORBIDDEN, repo_lookup(repo, WANTED, &target, &unit->err));
    assert_int_equal(0, repo_kept_version(repo, "A.json"));
}

UNIT(an_expired_delegated_role_is_refused)
{
    struct repo *repo = repo_with_roles(unit, "A");
    struct tuf_target target;

    link_roles(repo, "targets", "A", false);
    repo_target(repo, "A", WANTED);
    repo_publish(repo);
    repo_forge(repo, "1.A.json", "\"expires\":\"2026", "\"expires\":\"2025", WHO(6));
    REFUSES(ERR_GONE, repo_lookup(repo, WANTED, &target, &unit->err));
}

UNIT(rollback_of_a_delegated_role_is_refused)
{
    struct repo *repo = repo_with_roles(unit, "A");
    struct tuf_target target;

    link_roles(repo, "targets", "A", false);
    repo_target(repo, "A", WANTED);
    repo_publish(repo);
    struct span old = repo_get(repo, "1.A.json");
    repo_publish(repo);
    MUST(repo_lookup(repo, WANTED, &target, &unit->err));
    repo_publish(repo);
    repo_put(repo, "3.A.json", old);
    REFUSES(ERR_CONFLICT, repo_lookup(repo, WANTED, &target, &unit->err));
    assert_int_equal(2, repo_kept_version(repo, "A.json"));
}

/* ---- names that would leave the folder ----------------------------------------------------------- */

UNIT(a_role_name_is_percent_encoded_in_requests_and_kept_names)
{
    struct repo *repo = repo_with_roles(unit, "A");
    struct tuf_target target;

    link_roles(repo, "targets", "A", false);
    repo_target(repo, "A", WANTED);
    repo_publish(repo);
    repo_forge(repo, "2.targets.json", "\"name\":\"A\"", "\"name\":\"../x?\"", WHO(5));
    repo_forge(repo, "2.snapshot.json", "\"A.json\"", "\"../x?.json\"", WHO(4));
    repo_publish_timestamp(repo);
    repo_put(repo, "1...%2Fx%3F.json", repo_get(repo, "1.A.json"));
    MUST(repo_lookup(repo, WANTED, &target, &unit->err));
    assert_int_equal(1, repo_kept_version(repo, "..%2Fx%3F.json"));
}

UNIT(a_delegated_role_cannot_take_the_place_of_a_top_role)
{
    struct repo *repo = repo_with_roles(unit, "A");

    link_roles(repo, "targets", "A", false);
    repo_publish(repo);
    repo_forge(repo, "2.targets.json", "\"name\":\"A\"", "\"name\":\"root\"", WHO(5));
    REFUSES(ERR_INVALID, repo_refresh(repo, &unit->err));
    SAYS("is called root");
}

/* ---- other ways to delegate ------------------------------------------------------------------------ */

UNIT(hash_prefixes_lead_to_their_role_and_no_other)
{
    char hash[HASH_HEX_MAX];

    hash_hex_of(HASH_SHA256, span_of(WANTED), hash);
    const char *const lists[] = {
        arena_printf(unit->arena, "\"%.2s\"", hash),
        arena_printf(unit->arena, "\"zz\",\"%s\"", hash),
        "\"zz\"",
        arena_printf(unit->arena, "\"%s0\"", hash),
    };
    for (size_t i = 0; i < COUNT(lists); i++) {
        struct repo *repo = repo_with_roles(unit, "A");
        struct tuf_target target;

        link_roles(repo, "targets", "A", false);
        repo_target(repo, "A", WANTED);
        repo_publish(repo);
        repo_forge(repo, "2.targets.json", "\"paths\":[\"mfp/*/*\"]",
                   arena_printf(unit->arena, "\"path_hash_prefixes\":[%s]", lists[i]), WHO(5));
        if (i < 2)
            MUST(repo_lookup(repo, WANTED, &target, &unit->err));
        else
            REFUSES(ERR_NOT_FOUND, repo_lookup(repo, WANTED, &target, &unit->err));
    }
}

/* The first two bits of the hash choose one of four bins, whose name takes one digit. */
UNIT(hash_bins_lead_to_the_bin_of_the_path)
{
    struct repo *repo = repo_new(unit->arena);
    char hash[HASH_HEX_MAX];
    struct tuf_target target;

    hash_hex_of(HASH_SHA256, span_of(WANTED), hash);
    int digit = hash[0] <= '9' ? hash[0] - '0' : hash[0] - 'a' + 10;
    const char *bin = arena_printf(unit->arena, "bin-%d", digit >> 2);
    repo_node(repo, bin, WHO(6));
    repo_target(repo, bin, WANTED);
    link_roles(repo, "targets", bin, false);
    repo_publish(repo);
    struct span file = repo_get(repo, "2.targets.json");
    const char *from = strstr(arena_text(unit->arena, file), "\"roles\":");
    const char *end = strstr(from, "}]");
    from = arena_text(unit->arena, span_make(from, (size_t)(end + 2 - from)));
    const char *keyid = arena_text(unit->arena, span_make(strstr(from, "[\"") + 2, 64));
    repo_forge(
        repo, "2.targets.json", from,
        arena_printf(unit->arena,
                     "\"succinct_roles\":{\"bit_length\":2,\"keyids\":[\"%s\"],\"name_prefix\":\"bin\","
                     "\"threshold\":1}",
                     keyid),
        WHO(5));
    MUST(repo_lookup(repo, WANTED, &target, &unit->err));
    assert_int_equal(1, repo_kept_version(repo, arena_printf(unit->arena, "%s.json", bin)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_target_of_the_top_role_is_found_without_another_request),
        UNIT_TEST(a_delegated_target_is_found_and_its_role_is_kept),
        UNIT_TEST(the_first_of_two_roles_that_name_a_target_wins),
        UNIT_TEST(a_role_cannot_name_what_it_was_not_delegated),
        UNIT_TEST(the_search_goes_deep_first_in_the_order_of_the_delegations),
        UNIT_TEST(a_terminating_delegation_ends_the_search_of_all_that_waited),
        UNIT_TEST(what_comes_before_a_terminating_delegation_is_still_asked),
        UNIT_TEST(a_terminating_delegation_that_does_not_match_ends_nothing),
        UNIT_TEST(cycles_and_diamonds_are_visited_once),
        UNIT_TEST(a_search_visits_at_most_32_roles),
        UNIT_TEST(a_delegation_that_the_snapshot_does_not_name_is_not_asked_for),
        UNIT_TEST(a_role_is_verified_with_the_keys_of_the_delegator_on_this_path),
        UNIT_TEST(a_delegated_role_below_its_threshold_ends_the_search_as_a_failure),
        UNIT_TEST(an_expired_delegated_role_is_refused),
        UNIT_TEST(rollback_of_a_delegated_role_is_refused),
        UNIT_TEST(a_role_name_is_percent_encoded_in_requests_and_kept_names),
        UNIT_TEST(a_delegated_role_cannot_take_the_place_of_a_top_role),
        UNIT_TEST(hash_prefixes_lead_to_their_role_and_no_other),
        UNIT_TEST(hash_bins_lead_to_the_bin_of_the_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
