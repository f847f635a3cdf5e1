#include "signing/tuf_client.h"

#include "support/tuf_repo.h"
#include "support/unit.h"

#define KEPT(repo, name, version) assert_int_equal(version, repo_kept_version(repo, name))
#define ASKED(repo, names) assert_string_equal(names, repo_requests(repo))

/* ---- the plain way ------------------------------------------------------------------ */

UNIT(the_first_refresh_asks_for_the_next_root_and_the_three_roles)
{
    struct repo *repo = repo_new(unit->arena);

    MUST(repo_refresh(repo, &unit->err));
    ASKED(repo, "2.root.json timestamp.json 1.snapshot.json 1.targets.json ");
    assert_memory_equal(repo_get(repo, "timestamp.json").at, repo_local(repo, "timestamp.json").at,
                        repo_get(repo, "timestamp.json").size);
    KEPT(repo, "targets.json", 1);
}

UNIT(a_refresh_without_news_asks_for_root_and_timestamp_only)
{
    struct repo *repo = repo_new(unit->arena);

    MUST(repo_refresh(repo, &unit->err));
    repo_requests(repo);
    MUST(repo_refresh(repo, &unit->err));
    ASKED(repo, "2.root.json timestamp.json ");
}

UNIT(the_files_of_a_refreshed_client_can_be_read)
{
    struct repo *repo = repo_new(unit->arena);
    struct tuf_client_io io = repo_io(repo);
    struct tuf_client *client;
    struct tuf_targets targets;

    MUST(tuf_client_open(unit->arena, &io, repo->now_ms, &client, &unit->err));
    assert_null(tuf_client_file(client, TUF_TIMESTAMP));
    MUST(tuf_client_targets(client, &targets, &unit->err));
    assert_int_equal(1, targets.target_count);
    assert_string_equal("mfp/1.0/main.bin", targets.targets[0].path);
    assert_int_equal(1, tuf_client_file(client, TUF_TIMESTAMP)->version);
    assert_false(tuf_client_has_plain_names(client));
}

UNIT(a_repository_without_consistent_snapshots_is_asked_for_plain_names)
{
    struct repo *repo = repo_new(unit->arena);
    struct tuf_target target;

    repo->has_plain_names = true;
    repo_forge(repo, "1.root.json", "\"consistent_snapshot\":true,", "", WHO(1, 2));
    repo_forge(repo, "1.root.json", "\"version\":1", "\"version\":2", WHO(1, 2));
    repo_put(repo, "2.root.json", repo_get(repo, "1.root.json"));
    repo_publish(repo);
    MUST(repo_lookup(repo, "mfp/1.0/main.bin", &target, &unit->err));
    ASKED(repo, "2.root.json 3.root.json timestamp.json snapshot.json targets.json ");
    assert_string_equal("mfp/1.0/main.bin", tuf_target_file(unit->arena, &target, true));
}

UNIT(a_bad_local_root_fails_before_any_request)
{
    static const char *const bad[] = {"", "{}", "{\"signatures\":[],\"signed\":{\"_type\":\"root\"}}"};

    for (size_t i = 0; i < COUNT(bad); i++) {
        struct repo *repo = repo_new(unit->arena);

        repo->local[0].bytes = span_of(bad[i]);
        REFUSES(ERR_INVALID, repo_refresh(repo, &unit->err));
        ASKED(repo, "");
    }
}

UNIT(a_local_root_below_its_own_threshold_fails_before_any_request)
{
    struct repo *repo = repo_new(unit->arena);

    repo_forge(repo, "1.root.json", "\"version\":1", "\"version\":1", WHO(1));
    repo->local[0].bytes = repo_get(repo, "1.root.json");
    REFUSES(ERR_FORBIDDEN, repo_refresh(repo, &unit->err));
    ASKED(repo, "");
}

/* ---- arbitrary software ---------------------------------------------------------------- */

UNIT(arbitrary_software_signed_by_a_stranger_is_refused_and_not_kept)
{
    static const char *const names[] = {"timestamp.json", "1.snapshot.json", "1.targets.json"};
    static const char *const kept[] = {"timestamp.json", "snapshot.json", "targets.json"};

    for (size_t i = 0; i < COUNT(names); i++) {
        struct repo *repo = repo_new(unit->arena);

        repo_forge(repo, names[i], "\"version\":1", "\"version\":1", WHO(9));
        if (i == 1) /* the length and hash of the snapshot are pinned: the thief has the timestamp key too */
            repo_publish_timestamp(repo);
        REFUSES(ERR_FORBIDDEN, repo_refresh(repo, &unit->err));
        SAYS("signed by 0 of the 1");
        for (size_t j = 0; j < COUNT(kept); j++)
            assert_true((repo_local(repo, kept[j]).at != NULL) == (j < i));
    }
}

UNIT(one_flipped_byte_in_what_is_signed_is_refused)
{
    struct repo *repo = repo_new(unit->arena);
    struct span bytes = repo_get(repo, "1.targets.json");
    char *copy = arena_text(unit->arena, bytes);

    strstr(copy, "main.bin")[0] = 'n';
    repo_put(repo, "1.targets.json", span_make(copy, bytes.size));
    REFUSES(ERR_FORBIDDEN, repo_refresh(repo, &unit->err));
}

UNIT(a_role_served_under_another_name_is_refused)
{
    struct repo *repo = repo_new(unit->arena);

    repo_who(repo, TUF_TIMESTAMP, 1, WHO(3, 4));
    repo_publish_root(repo);
    repo_put(repo, "timestamp.json", repo_get(repo, "1.snapshot.json"));
    REFUSES(ERR_INVALID, repo_refresh(repo, &unit->err));
    SAYS("_type");
}

/* ---- rollback ----------------------------------------------------------------------------- */

UNIT(rollback_of_the_timestamp_is_refused)
{
    struct repo *repo = repo_new(unit->arena);
    struct span old = repo_get(repo, "timestamp.json");

    repo_publish_timestamp(repo);
    MUST(repo_refresh(repo, &unit->err));
    repo_put(repo, "timestamp.json", old);
    REFUSES(ERR_CONFLICT, repo_refresh(repo, &unit->err));
    KEPT(repo, "timestamp.json", 2);
}

UNIT(rollback_of_the_timestamp_is_refused_even_against_an_expired_one)
{
    struct repo *repo = repo_new(unit->arena);
    struct span old = repo_get(repo, "timestamp.json");

    repo->expires_ms[TUF_TIMESTAMP] = REPO_NOW_MS + 1000;
    repo_publish_timestamp(repo);
    MUST(repo_refresh(repo, &unit->err));
    repo->now_ms += REPO_DAY_MS;
    repo_put(repo, "timestamp.json", old);
    REFUSES(ERR_CONFLICT, repo_refresh(repo, &unit->err));
}

UNIT(rollback_of_the_snapshot_by_a_newer_timestamp_is_refused)
{
    struct repo *repo = repo_new(unit->arena);

    repo_publish(repo);
    MUST(repo_refresh(repo, &unit->err));
    repo->version[TUF_SNAPSHOT] = 1;
    repo_publish_timestamp(repo);
    REFUSES(ERR_CONFLICT, repo_refresh(repo, &unit->err));
    SAYS("rolls snapshot.json back from version 2 to 1");
    KEPT(repo, "timestamp.json", 2);
}

UNIT(rollback_of_targets_by_a_newer_snapshot_is_refused)
{
    struct repo *repo = repo_new(unit->arena);

    repo_publish(repo);
    MUST(repo_refresh(repo, &unit->err));
    repo->nodes[0].version = 1;
    repo_publish_snapshot(repo);
    REFUSES(ERR_CONFLICT, repo_refresh(repo, &unit->err));
    SAYS("rolls targets.json back");
    KEPT(repo, "snapshot.json", 2);
}

UNIT(rollback_of_targets_is_refused_even_against_an_expired_snapshot)
{
    struct repo *repo = repo_new(unit->arena);

    repo->expires_ms[TUF_SNAPSHOT] = REPO_NOW_MS + 1000;
    repo_publish(repo);
    MUST(repo_refresh(repo, &unit->err));
    repo->now_ms += REPO_DAY_MS;
    repo->expires_ms[TUF_SNAPSHOT] = repo->now_ms + REPO_DAY_MS;
    repo->nodes[0].version = 1;
    repo_publish_snapshot(repo);
    REFUSES(ERR_CONFLICT, repo_refresh(repo, &unit->err));
}

UNIT(a_role_that_disappears_from_the_snapshot_is_refused)
{
    struct repo *repo = repo_new(unit->arena);
    struct repo_node *node = repo_node(repo, "mfp", WHO(6));

    repo_publish(repo);
    MUST(repo_refresh(repo, &unit->err));
    node->is_left_out = true;
    repo_publish(repo);
    REFUSES(ERR_CONFLICT, repo_refresh(repo, &unit->err));
    SAYS("mfp.json has disappeared");
}

/* ---- freeze -------------------------------------------------------------------------------- */

UNIT(freeze_is_refused_at_the_very_second_of_expiry)
{
    for (enum tuf_role role = TUF_ROOT; role < TUF_ROLE__MAX; role++) {
        struct repo *repo = repo_new(unit->arena);

        repo->expires_ms[role] = REPO_NOW_MS + 60000;
        repo_publish_root(repo);
        repo_publish(repo);
        repo->now_ms = REPO_NOW_MS + 59999;
        MUST(repo_refresh(repo, &unit->err));
        repo->now_ms = REPO_NOW_MS + 60000;
        REFUSES(ERR_GONE, repo_refresh(repo, &unit->err));
        SAYS(tuf_role_name[role]);
    }
}

UNIT(an_expired_file_is_not_kept_but_an_expired_root_is)
{
    static const char *const kept[] = {"root.json", "timestamp.json", "snapshot.json", "targets.json"};

    for (enum tuf_role role = TUF_ROOT; role < TUF_ROLE__MAX; role++) {
        struct repo *repo = repo_new(unit->arena);

        repo->expires_ms[role] = REPO_NOW_MS - 1000;
        repo_publish_root(repo);
        repo_publish(repo);
        REFUSES(ERR_GONE, repo_refresh(repo, &unit->err));
        KEPT(repo, kept[role], role == TUF_ROOT ? 2 : 0);
    }
}

UNIT(a_device_that_was_off_for_months_gets_going_again)
{
    struct repo *repo = repo_new(unit->arena);

    MUST(repo_refresh(repo, &unit->err));
    repo->now_ms += 300 * REPO_DAY_MS;
    for (size_t i = 0; i < TUF_ROLE__MAX; i++)
        repo->expires_ms[i] = repo->now_ms + REPO_DAY_MS;
    repo_publish_root(repo);
    repo_publish(repo);
    MUST(repo_refresh(repo, &unit->err));
    KEPT(repo, "targets.json", 2);
}

/* ---- mix and match --------------------------------------------------------------------------- */

UNIT(mix_and_match_of_an_old_targets_file_is_refused)
{
    struct repo *repo = repo_new(unit->arena);
    struct span old = repo_get(repo, "1.targets.json");

    repo_publish(repo);
    repo_put(repo, "2.targets.json", old);
    REFUSES(ERR_CONFLICT, repo_refresh(repo, &unit->err));
    SAYS("version 1, where 2 was named");
    KEPT(repo, "targets.json", 0);
    KEPT(repo, "snapshot.json", 2);
}

UNIT(mix_and_match_of_another_snapshot_of_the_same_version_is_refused_by_its_hash)
{
    struct repo *repo = repo_new(unit->arena);

    repo_forge(repo, "1.snapshot.json", "\"version\":1", "\"version\":1", WHO(9));
    REFUSES(ERR_CONFLICT, repo_refresh(repo, &unit->err));
    SAYS("snapshot.json");
}

UNIT(another_timestamp_of_the_same_version_is_not_looked_into)
{
    struct repo *repo = repo_new(unit->arena);

    MUST(repo_refresh(repo, &unit->err));
    struct span before = repo_local(repo, "timestamp.json");
    repo_publish(repo);
    repo->version[TUF_TIMESTAMP] = 0;
    repo_publish_timestamp(repo);
    repo_requests(repo);
    MUST(repo_refresh(repo, &unit->err));
    ASKED(repo, "2.root.json timestamp.json ");
    assert_memory_equal(before.at, repo_local(repo, "timestamp.json").at, before.size);
}

/* ---- endless data ------------------------------------------------------------------------------ */

UNIT(endless_data_is_refused_where_the_fetch_does_not_stop_it)
{
    struct repo *repo = repo_new(unit->arena);

    repo->is_endless = true;
    REFUSES(ERR_TOO_LARGE, repo_refresh(repo, &unit->err));
    repo_publish_root(repo);
    REFUSES(ERR_TOO_LARGE, repo_refresh(repo, &unit->err));
    SAYS("2.root.json");
}

UNIT(endless_data_stops_at_the_pinned_length)
{
    struct repo *repo = repo_new(unit->arena);
    struct buf longer = {.arena = unit->arena};

    buf_add(&longer, repo_get(repo, "1.snapshot.json"));
    buf_char(&longer, ' ');
    repo_put(repo, "1.snapshot.json", buf_span(&longer));
    REFUSES(ERR_TOO_LARGE, repo_refresh(repo, &unit->err));
}

/* ---- devices -------------------------------------------------------------------------------------- */

UNIT(a_director_file_of_another_device_is_refused_before_anything_is_kept)
{
    struct repo *repo = repo_new(unit->arena);

    repo->trusts_device = "SN-2";
    REFUSES(ERR_FORBIDDEN, repo_refresh(repo, &unit->err));
    repo->device = "SN-1";
    repo_publish(repo);
    REFUSES(ERR_FORBIDDEN, repo_refresh(repo, &unit->err));
    SAYS("another device");
    KEPT(repo, "timestamp.json", 0);
    repo->device = "SN-2";
    repo_publish(repo);
    MUST(repo_refresh(repo, &unit->err));
}

UNIT(a_director_that_delegates_is_refused)
{
    struct repo *repo = repo_new(unit->arena);

    repo->trusts_device = repo->device = "SN-2";
    repo_node(repo, "mfp", WHO(6));
    repo_edge(repo, "targets", "mfp", "mfp/*/*", WHO(6), false);
    repo_publish(repo);
    REFUSES(ERR_INVALID, repo_refresh(repo, &unit->err));
    SAYS("must not delegate");
}

UNIT(what_the_repository_names_but_does_not_have_is_not_mistaken_for_a_missing_target)
{
    struct repo *repo = repo_new(unit->arena);
    struct tuf_target target;

    repo_forget(repo, "1.targets.json");
    REFUSES(ERR_IO, repo_lookup(repo, "mfp/1.0/main.bin", &target, &unit->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(the_first_refresh_asks_for_the_next_root_and_the_three_roles),
        UNIT_TEST(a_refresh_without_news_asks_for_root_and_timestamp_only),
        UNIT_TEST(the_files_of_a_refreshed_client_can_be_read),
        UNIT_TEST(a_repository_without_consistent_snapshots_is_asked_for_plain_names),
        UNIT_TEST(a_bad_local_root_fails_before_any_request),
        UNIT_TEST(a_local_root_below_its_own_threshold_fails_before_any_request),
        UNIT_TEST(arbitrary_software_signed_by_a_stranger_is_refused_and_not_kept),
        UNIT_TEST(one_flipped_byte_in_what_is_signed_is_refused),
        UNIT_TEST(a_role_served_under_another_name_is_refused),
        UNIT_TEST(rollback_of_the_timestamp_is_refused),
        UNIT_TEST(rollback_of_the_timestamp_is_refused_even_against_an_expired_one),
        UNIT_TEST(rollback_of_the_snapshot_by_a_newer_timestamp_is_refused),
        UNIT_TEST(rollback_of_targets_by_a_newer_snapshot_is_refused),
        UNIT_TEST(rollback_of_targets_is_refused_even_against_an_expired_snapshot),
        UNIT_TEST(a_role_that_disappears_from_the_snapshot_is_refused),
        UNIT_TEST(freeze_is_refused_at_the_very_second_of_expiry),
        UNIT_TEST(an_expired_file_is_not_kept_but_an_expired_root_is),
        UNIT_TEST(a_device_that_was_off_for_months_gets_going_again),
        UNIT_TEST(mix_and_match_of_an_old_targets_file_is_refused),
        UNIT_TEST(mix_and_match_of_another_snapshot_of_the_same_version_is_refused_by_its_hash),
        UNIT_TEST(another_timestamp_of_the_same_version_is_not_looked_into),
        UNIT_TEST(endless_data_is_refused_where_the_fetch_does_not_stop_it),
        UNIT_TEST(endless_data_stops_at_the_pinned_length),
        UNIT_TEST(a_director_file_of_another_device_is_refused_before_anything_is_kept),
        UNIT_TEST(a_director_that_delegates_is_refused),
        UNIT_TEST(what_the_repository_names_but_does_not_have_is_not_mistaken_for_a_missing_target),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
