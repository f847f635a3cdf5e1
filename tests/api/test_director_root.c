#include "support/unit.h"

#include <stdio.h>

#include "base/file.h"
#include "base/text.h"
#include "domain/director.h"
#include "store/directors.h"
#include "store/private.h"
#include "support/director.h"

#define DAY_MS (24 * 3600000LL)

static const char *path_of(struct ops *ops, const char *name)
{
    return arena_printf(ops->s.arena, "%s/trust/DEFAULT/director/%s", ops->s.dir, name);
}

static int64_t newest(struct unit *unit, struct ops *ops)
{
    struct director_root root = {0};

    MUST(store_director_root_get(ops->s.store, unit->arena, 1, 0, &root, &unit->err));
    return root.version;
}

static void tick(struct unit *unit, struct ops *ops)
{
    MUST(director_tick(&ops->s.world, ops->s.now_ms, &unit->err));
}

/* A folder from before there were directors. */
static void forget_director(struct unit *unit, struct ops *ops)
{
    static const char *const files[] = {"root.key", "online.key", "1.root.json"};
    struct db *db = NULL;

    MUST(db_sqlite.open(&db, arena_printf(unit->arena, "%s/nightshift.db", ops->s.dir), DB_WRITER,
                        &unit->err));
    MUST(db_sqlite.exec(db, "DELETE FROM director_root", &unit->err));
    db_sqlite.close(db);
    for (size_t i = 0; i < COUNT(files); i++)
        assert_int_equal(remove(path_of(ops, files[i])), 0);
}

UNIT(a_service_from_before_there_were_directors_founds_one_by_itself)
{
    struct ops *ops = ops_world(unit->arena);
    struct director_follower follower;
    struct tuf_targets told;

    forget_director(unit, ops);
    ops_reopen(ops);
    support_device(&ops->s, "mfp-1", QUIRK_NONE);
    assert_int_equal(director_get(ops, "mfp-1", "1.root.json").status, 404);
    tick(unit, ops);
    tick(unit, ops);
    assert_int_equal(newest(unit, ops), 1);
    follower = director_follower(ops, "mfp-1");
    MUST(director_follow(&follower, &told, &unit->err));
    assert_int_equal(told.target_count, 0);
}

UNIT(its_root_is_renewed_at_half_of_its_life_and_who_knows_the_first_follows)
{
    struct ops *ops = ops_world(unit->arena);
    struct director_follower follower;
    struct tuf_targets told;

    support_device(&ops->s, "mfp-1", QUIRK_NONE);
    follower = director_follower(ops, "mfp-1");
    ops->s.now_ms += DIRECTOR_ROOT_DAYS * DAY_MS / 2 - 1;
    tick(unit, ops);
    assert_int_equal(newest(unit, ops), 1);
    ops->s.now_ms += 1;
    tick(unit, ops);
    tick(unit, ops);
    assert_int_equal(newest(unit, ops), 2);
    ops->s.now_ms += DIRECTOR_ROOT_DAYS * DAY_MS * 3 / 4; /* the first one is over */
    tick(unit, ops);
    assert_int_equal(newest(unit, ops), 3);
    MUST(director_follow(&follower, &told, &unit->err));
}

UNIT(a_root_key_that_was_taken_away_is_not_made_anew)
{
    struct ops *ops = ops_world(unit->arena);

    assert_int_equal(rename(path_of(ops, "root.key"), path_of(ops, "elsewhere")), 0);
    ops->s.now_ms += DIRECTOR_ROOT_DAYS * DAY_MS * 3 / 4;
    tick(unit, ops);
    assert_int_equal(newest(unit, ops), 1);
    assert_false(file_exists(path_of(ops, "root.key")));
}

/* The officers' work, in short: the next root with this online key, signed by that root key. */
static void next_root(struct unit *unit, struct ops *ops, const struct key *online, const struct key *signer)
{
    struct tuf_keys keys = {.keys = key_public(online), .count = 1, .threshold = 1};
    struct tuf_root body = {.version = 2, .expires_ms = ops->s.now_ms + 100 * DAY_MS};
    struct tuf_signature signature = {0};
    struct span bytes = {0}, file = {0};

    body.roles[TUF_ROOT] = (struct tuf_keys){.keys = key_public(signer), .count = 1, .threshold = 1};
    body.roles[TUF_TIMESTAMP] = body.roles[TUF_SNAPSHOT] = body.roles[TUF_TARGETS] = keys;
    MUST(tuf_root_write(unit->arena, &body, &bytes, &unit->err));
    memcpy(signature.keyid, key_public(signer)->id, sizeof(signature.keyid));
    key_sign(signer, bytes, signature.sig);
    MUST(tuf_envelope_write(unit->arena, bytes, &signature, 1, &file, &unit->err));
    MUST(file_write_whole(path_of(ops, "2.root.json"), file, 0600, &unit->err));
}

UNIT(a_new_online_key_is_taken_over_with_the_root_that_names_it_and_everything_is_signed_again)
{
    AUTO(key_freep) struct key *root = NULL, *online = NULL;
    struct ops *ops = ops_world(unit->arena);
    struct director_follower follower;
    struct tuf_targets told;
    int64_t before;

    support_device(&ops->s, "mfp-1", QUIRK_NONE);
    follower = director_follower(ops, "mfp-1");
    MUST(director_follow(&follower, &told, &unit->err));
    before = told.version;
    MUST(key_load(path_of(ops, "root.key"), NULL, &root, &unit->err));
    MUST(key_make("online", &online, &unit->err));
    next_root(unit, ops, online, root);
    assert_int_equal(remove(path_of(ops, "online.key")), 0);
    MUST(key_save(online, path_of(ops, "online.key"), NULL, &unit->err));
    tick(unit, ops);
    assert_int_equal(newest(unit, ops), 2);
    MUST(director_follow(&follower, &told, &unit->err));
    assert_true(told.version > before);
}

UNIT(a_root_that_the_one_before_did_not_sign_is_refused)
{
    struct ops *ops = ops_world(unit->arena);

    next_root(unit, ops, ops->targets, ops->roots[0]);
    assert_false(director_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    assert_int_equal(unit->err.code, ERR_FORBIDDEN);
    assert_int_equal(newest(unit, ops), 1);
}

/* Whoever holds it could sign one repository's root in the other's name. */
UNIT(a_root_put_there_by_hand_that_names_a_key_of_the_image_repository_is_refused_and_says_what_to_do)
{
    AUTO(key_freep) struct key *root = NULL;
    struct ops *ops = ops_world(unit->arena);

    MUST(key_load(path_of(ops, "root.key"), NULL, &root, &unit->err));
    next_root(unit, ops, ops->targets, root);
    assert_false(director_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    assert_int_equal(unit->err.code, ERR_INVALID);
    SAYS("taking over root 2 of the director");
    SAYS("key of the image repository");
    SAYS("nightshift key make");
    assert_int_equal(newest(unit, ops), 1);
}

UNIT(an_image_root_put_there_by_hand_that_names_a_key_of_the_director_is_refused_too)
{
    AUTO(key_freep) struct key *director = NULL;
    struct ops *ops = ops_world(unit->arena);

    MUST(key_load(path_of(ops, "root.key"), NULL, &director, &unit->err));
    struct key *const mine = ops->roots[2];

    ops->roots[2] = director;
    ops_rotate_online(ops, 2);
    ops->roots[2] = mine;
    assert_false(repository_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    assert_int_equal(unit->err.code, ERR_INVALID);
    SAYS("taking over 2.root.json");
    SAYS("key of the director's repository");
    assert_int_equal(ops_ask(ops, "", "GET", "/DEFAULT/tuf/image/metadata/2.root.json", NULL).status, 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_service_from_before_there_were_directors_founds_one_by_itself),
        UNIT_TEST(its_root_is_renewed_at_half_of_its_life_and_who_knows_the_first_follows),
        UNIT_TEST(a_root_key_that_was_taken_away_is_not_made_anew),
        UNIT_TEST(a_new_online_key_is_taken_over_with_the_root_that_names_it_and_everything_is_signed_again),
        UNIT_TEST(a_root_that_the_one_before_did_not_sign_is_refused),
        UNIT_TEST(
            a_root_put_there_by_hand_that_names_a_key_of_the_image_repository_is_refused_and_says_what_to_do),
        UNIT_TEST(an_image_root_put_there_by_hand_that_names_a_key_of_the_director_is_refused_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
