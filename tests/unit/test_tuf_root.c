#include "signing/tuf_client.h"

#include "base/text.h"
#include "support/tuf_repo.h"
#include "support/unit.h"

#define KEPT(repo, name, version) assert_int_equal(version, repo_kept_version(repo, name))

/* Root keys 1 and 2 give way to 11 and 12. */
static void rotate_root(struct repo *repo)
{
    repo_who(repo, TUF_ROOT, 2, WHO(11, 12));
    repo_publish_root(repo);
}

/* ---- rotation ------------------------------------------------------------------------ */

UNIT(root_rotates_over_several_versions_and_each_is_kept)
{
    struct repo *repo = repo_new(unit->arena);

    for (int i = 0; i < 5; i++) {
        repo_who(repo, TUF_ROOT, 2, WHO(20 + 2 * i, 21 + 2 * i));
        repo_publish_root(repo);
    }
    MUST(repo_refresh(repo, &unit->err));
    KEPT(repo, "root.json", 6);
    assert_string_equal(
        "2.root.json 3.root.json 4.root.json 5.root.json 6.root.json 7.root.json timestamp.json "
        "1.snapshot.json 1.targets.json ",
        repo_requests(repo));
}

UNIT(a_root_signed_by_the_new_keys_only_is_refused)
{
    struct repo *repo = repo_new(unit->arena);

    rotate_root(repo);
    repo_forge(repo, "2.root.json", "root", "root", WHO(11, 12));
    REFUSES(ERR_FORBIDDEN, repo_refresh(repo, &unit->err));
    SAYS("by the keys of version 1");
    KEPT(repo, "root.json", 1);
}

UNIT(a_root_signed_by_the_old_keys_only_is_refused)
{
    struct repo *repo = repo_new(unit->arena);

    rotate_root(repo);
    repo_forge(repo, "2.root.json", "root", "root", WHO(1, 2));
    REFUSES(ERR_FORBIDDEN, repo_refresh(repo, &unit->err));
    KEPT(repo, "root.json", 1);
}

UNIT(one_of_two_old_keys_does_not_make_a_root)
{
    struct repo *repo = repo_new(unit->arena);

    rotate_root(repo);
    repo_forge(repo, "2.root.json", "root", "root", WHO(1, 11, 12));
    REFUSES(ERR_FORBIDDEN, repo_refresh(repo, &unit->err));
    SAYS("signed by 1 of the 2");
}

UNIT(a_root_may_only_be_the_next_version)
{
    static const char *const versions[] = {"\"version\":1", "\"version\":3"};

    for (size_t i = 0; i < COUNT(versions); i++) {
        struct repo *repo = repo_new(unit->arena);

        repo_publish_root(repo);
        repo_forge(repo, "2.root.json", "\"version\":2", versions[i], WHO(1, 2));
        REFUSES(ERR_CONFLICT, repo_refresh(repo, &unit->err));
        KEPT(repo, "root.json", 1);
    }
}

UNIT(a_refused_root_is_not_trusted_the_next_time)
{
    struct repo *repo = repo_new(unit->arena);

    rotate_root(repo);
    struct span good = repo_get(repo, "2.root.json");
    repo_forge(repo, "2.root.json", "root", "root", WHO(11, 12));
    REFUSES(ERR_FORBIDDEN, repo_refresh(repo, &unit->err));
    REFUSES(ERR_FORBIDDEN, repo_refresh(repo, &unit->err));
    repo_put(repo, "2.root.json", good);
    MUST(repo_refresh(repo, &unit->err));
}

UNIT(an_expired_root_between_is_passed_over)
{
    struct repo *repo = repo_new(unit->arena);

    repo->expires_ms[TUF_ROOT] = REPO_NOW_MS - 1000;
    repo_publish_root(repo);
    repo->expires_ms[TUF_ROOT] = REPO_NOW_MS + 1000;
    repo_publish_root(repo);
    MUST(repo_refresh(repo, &unit->err));
    KEPT(repo, "root.json", 3);
}

UNIT(one_refresh_follows_at_most_256_roots)
{
    struct repo *repo = repo_new(unit->arena);

    for (int i = 0; i < 300; i++)
        repo_publish_root(repo);
    MUST(repo_refresh(repo, &unit->err));
    KEPT(repo, "root.json", 257);
    MUST(repo_refresh(repo, &unit->err));
    KEPT(repo, "root.json", 301);
}

UNIT(a_lost_connection_while_looking_for_roots_is_a_failure)
{
    struct repo *repo = repo_new(unit->arena);

    repo_put(repo, "2.root.json", span_make(arena_take(unit->arena, 600000), 600000));
    REFUSES(ERR_TOO_LARGE, repo_refresh(repo, &unit->err));
    assert_string_equal("2.root.json ", repo_requests(repo));
}

/* ---- rotation of the other roles ------------------------------------------------------- */

UNIT(a_rotated_key_no_longer_speaks_for_its_role)
{
    for (enum tuf_role role = TUF_TIMESTAMP; role < TUF_ROLE__MAX; role++) {
        struct repo *repo = repo_new(unit->arena);

        MUST(repo_refresh(repo, &unit->err));
        repo_who(repo, role, 1, WHO(30));
        repo_publish_root(repo);
        REFUSES(ERR_FORBIDDEN, repo_refresh(repo, &unit->err));
        repo_publish(repo);
        MUST(repo_refresh(repo, &unit->err));
    }
}

UNIT(fast_forward_of_the_timestamp_is_undone_by_rotating_its_key)
{
    struct repo *repo = repo_new(unit->arena);

    repo->version[TUF_TIMESTAMP] = 99;
    repo_publish_timestamp(repo);
    MUST(repo_refresh(repo, &unit->err));
    KEPT(repo, "timestamp.json", 100);
    repo->version[TUF_TIMESTAMP] = 0;
    repo_publish_timestamp(repo);
    REFUSES(ERR_CONFLICT, repo_refresh(repo, &unit->err));
    repo_who(repo, TUF_TIMESTAMP, 1, WHO(13));
    repo_publish_root(repo);
    repo->version[TUF_TIMESTAMP] = 0;
    repo_publish_timestamp(repo);
    MUST(repo_refresh(repo, &unit->err));
    KEPT(repo, "timestamp.json", 1);
}

UNIT(fast_forward_of_the_snapshot_is_undone_by_rotating_both_online_keys)
{
    struct repo *repo = repo_new(unit->arena);

    repo->version[TUF_SNAPSHOT] = 99;
    repo_publish_snapshot(repo);
    MUST(repo_refresh(repo, &unit->err));
    repo_who(repo, TUF_TIMESTAMP, 1, WHO(13));
    repo_who(repo, TUF_SNAPSHOT, 1, WHO(14));
    repo_publish_root(repo);
    repo->version[TUF_SNAPSHOT] = 0;
    repo_publish_snapshot(repo);
    MUST(repo_refresh(repo, &unit->err));
    KEPT(repo, "snapshot.json", 1);
}

UNIT(fast_forward_of_targets_is_undone_by_rotating_the_snapshot_key)
{
    struct repo *repo = repo_new(unit->arena);

    repo->nodes[0].version = 99;
    repo_publish(repo);
    MUST(repo_refresh(repo, &unit->err));
    KEPT(repo, "targets.json", 100);
    repo_who(repo, TUF_SNAPSHOT, 1, WHO(14));
    repo_publish_root(repo);
    repo->nodes[0].version = 1;
    repo_publish(repo);
    MUST(repo_refresh(repo, &unit->err));
    KEPT(repo, "targets.json", 2);
}

UNIT(a_kept_snapshot_whose_hash_is_no_longer_named_is_fetched_again)
{
    struct repo *repo = repo_new(unit->arena);

    MUST(repo_refresh(repo, &unit->err));
    repo_forge(repo, "1.snapshot.json", "\"meta\"", "\"extra\":1,\"meta\"", WHO(4));
    repo_publish_timestamp(repo);
    repo_requests(repo);
    MUST(repo_refresh(repo, &unit->err));
    assert_string_equal("2.root.json timestamp.json 1.snapshot.json ", repo_requests(repo));
    assert_non_null(strstr(repo_local(repo, "snapshot.json").at, "\"extra\":1"));
}

/* ---- thresholds -------------------------------------------------------------------------- */

UNIT(a_threshold_that_is_not_met_is_refused)
{
    struct repo *repo = repo_new(unit->arena);

    repo_who(repo, TUF_TARGETS, 3, WHO(5, 6, 7));
    repo_publish_root(repo);
    repo_publish(repo);
    struct span good = repo_get(repo, "2.targets.json");
    repo_forge(repo, "2.targets.json", "main", "main", WHO(5, 7));
    REFUSES(ERR_FORBIDDEN, repo_refresh(repo, &unit->err));
    SAYS("signed by 2 of the 3");
    repo_put(repo, "2.targets.json", good);
    MUST(repo_refresh(repo, &unit->err));
}

UNIT(signatures_of_strangers_do_no_harm_and_no_good)
{
    struct repo *repo = repo_new(unit->arena);

    repo_forge(repo, "1.targets.json", "main", "main", WHO(41, 42, 5, 43));
    MUST(repo_refresh(repo, &unit->err));
}

/* ---- power cuts ---------------------------------------------------------------------------- */

/* News in every file: a new root with new online keys, a new version of all. */
static struct repo *repo_with_news(struct unit *unit)
{
    struct repo *repo = repo_new(unit->arena);

    MUST(repo_refresh(repo, &unit->err));
    rotate_root(repo);
    repo_who(repo, TUF_TIMESTAMP, 1, WHO(13));
    repo_who(repo, TUF_SNAPSHOT, 1, WHO(14));
    repo_publish_root(repo);
    repo->nodes[0].version = 7;
    repo_publish(repo);
    return repo;
}

UNIT(a_power_cut_between_any_two_keeps_is_healed_by_the_next_refresh)
{
    int cuts = 0;

    for (bool is_done = false; !is_done; cuts++) {
        struct repo *repo = repo_with_news(unit);

        repo->keeps_left = cuts;
        is_done = repo_refresh(repo, &unit->err);
        assert_true(is_done || unit->err.code == ERR_IO);
        repo->keeps_left = -1;
        MUST(repo_refresh(repo, &unit->err));
        KEPT(repo, "root.json", 3);
        KEPT(repo, "timestamp.json", 2);
        KEPT(repo, "snapshot.json", 2);
        KEPT(repo, "targets.json", 8);
    }
    assert_int_equal(6, cuts); /* two roots and three roles, and once without a cut */
}

UNIT(a_power_cut_every_time_still_gets_there_in_the_end)
{
    struct repo *repo = repo_with_news(unit);
    int tries = 1;

    for (repo->keeps_left = 1; !repo_refresh(repo, &unit->err); repo->keeps_left = 1)
        tries++;
    assert_int_equal(5, tries);
    KEPT(repo, "targets.json", 8);
}

/* Power may fail after the key rotation is kept and before anything else: the fast-forwarded files of the
 * thief must not come back to life as what a new file is compared with. */
UNIT(a_power_cut_during_fast_forward_recovery_does_not_lose_the_recovery)
{
    for (int cut = 0; cut < 5; cut++) {
        struct repo *repo = repo_new(unit->arena);

        repo->version[TUF_TIMESTAMP] = repo->version[TUF_SNAPSHOT] = repo->nodes[0].version = 99;
        repo_publish(repo);
        MUST(repo_refresh(repo, &unit->err));
        repo_who(repo, TUF_TIMESTAMP, 1, WHO(13));
        repo_who(repo, TUF_SNAPSHOT, 1, WHO(14));
        repo_publish_root(repo);
        repo->version[TUF_TIMESTAMP] = repo->version[TUF_SNAPSHOT] = repo->nodes[0].version = 1;
        repo_publish(repo);
        repo->keeps_left = cut;
        assert_int_equal(cut == 4, repo_refresh(repo, &unit->err));
        repo->keeps_left = -1;
        MUST(repo_refresh(repo, &unit->err));
        KEPT(repo, "timestamp.json", 2);
        KEPT(repo, "snapshot.json", 2);
        KEPT(repo, "targets.json", 2);
    }
}

UNIT(damaged_local_files_are_fetched_again)
{
    for (size_t i = 1; i < 4; i++) {
        struct repo *repo = repo_new(unit->arena);

        MUST(repo_refresh(repo, &unit->err));
        repo->local[i].bytes.size /= 2;
        MUST(repo_refresh(repo, &unit->err));
        assert_int_equal(1, repo_kept_version(repo, repo->local[i].name));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(root_rotates_over_several_versions_and_each_is_kept),
        UNIT_TEST(a_root_signed_by_the_new_keys_only_is_refused),
        UNIT_TEST(a_root_signed_by_the_old_keys_only_is_refused),
        UNIT_TEST(one_of_two_old_keys_does_not_make_a_root),
        UNIT_TEST(a_root_may_only_be_the_next_version),
        UNIT_TEST(a_refused_root_is_not_trusted_the_next_time),
        UNIT_TEST(an_expired_root_between_is_passed_over),
        UNIT_TEST(one_refresh_follows_at_most_256_roots),
        UNIT_TEST(a_lost_connection_while_looking_for_roots_is_a_failure),
        UNIT_TEST(a_rotated_key_no_longer_speaks_for_its_role),
        UNIT_TEST(fast_forward_of_the_timestamp_is_undone_by_rotating_its_key),
        UNIT_TEST(fast_forward_of_the_snapshot_is_undone_by_rotating_both_online_keys),
        UNIT_TEST(fast_forward_of_targets_is_undone_by_rotating_the_snapshot_key),
        UNIT_TEST(a_threshold_that_is_not_met_is_refused),
        UNIT_TEST(signatures_of_strangers_do_no_harm_and_no_good),
        UNIT_TEST(a_power_cut_between_any_two_keeps_is_healed_by_the_next_refresh),
        UNIT_TEST(a_power_cut_every_time_still_gets_there_in_the_end),
        UNIT_TEST(a_power_cut_during_fast_forward_recovery_does_not_lose_the_recovery),
        UNIT_TEST(damaged_local_files_are_fetched_again),
        UNIT_TEST(a_kept_snapshot_whose_hash_is_no_longer_named_is_fetched_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
