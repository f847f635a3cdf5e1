/* The director's root changes by the ceremony: who holds it, its online key, and who is left behind. */
#include "support/unit.h"

#include <stdio.h>

#include "base/file.h"
#include "base/text.h"
#include "domain/director.h"
#include "support/ceremony.h"
#include "support/director.h"

#define ROOT "director-root"
#define HOUR_MS 3600000LL
#define DAY_MS (24 * HOUR_MS)
#define ROW_ROOT "roles.4."
#define ROW_ONLINE "roles.5."

static const char *path_of(struct ops *ops, const char *name)
{
    return arena_printf(ops->s.arena, "%s/trust/DEFAULT/director/%s", ops->s.dir, name);
}

static struct answer status_of(struct ops *ops)
{
    return ops_ask(ops, "viewer", "GET", TRUST, NULL);
}

static const char *online_of(struct ops *ops)
{
    struct answer a = status_of(ops);

    return arena_dup(ops->s.arena, support_text(&a, ROW_ONLINE "keys.0.keyid"));
}

/* Engineers 0 to 2 take the director's root from the service. */
static void take_root(struct ops *ops)
{
    struct answer a = status_of(ops);
    const char *own = arena_dup(ops->s.arena, support_text(&a, ROW_ROOT "keys.0.keyid"));

    a = ceremony_stage(
        ops, ROOT,
        arena_printf(ops->s.arena,
                     "{\"root\":{\"threshold\":2,\"add\":[\"%s\",\"%s\",\"%s\"],\"remove\":[\"%s\"]}}",
                     ceremony_hex(ops, ops->engineers[0]), ceremony_hex(ops, ops->engineers[1]),
                     ceremony_hex(ops, ops->engineers[2]), own));
    if (a.status != 200)
        fail_msg("%s", a.text);
    /* The service has signed along: of those in force nobody is missing. */
    assert_int_equal(support_int(&a, "waiting.0.needs.0.have"), 1);
    assert_int_equal(support_int(&a, "waiting.0.needs.1.have"), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(ceremony_sign(ops, ROOT, ops->engineers[i]).status, 200);
    a = ceremony_publish(ops);
    if (a.status != 200)
        fail_msg("%s", a.text);
}

UNIT(the_directors_root_leaves_the_service_and_its_key_is_destroyed)
{
    struct ops *ops = ops_world(unit->arena);
    struct director_follower follower;
    struct tuf_targets told;
    struct answer a = status_of(ops);

    assert_string_equal(support_text(&a, ROW_ROOT "role"), ROOT);
    assert_string_equal(support_text(&a, ROW_ROOT "custody"), "service");
    support_device(&ops->s, "mfp-1", QUIRK_NONE);
    follower = director_follower(ops, "mfp-1");
    assert_true(file_exists(path_of(ops, "root.key")));
    take_root(ops);
    a = status_of(ops);
    assert_string_equal(support_text(&a, ROW_ROOT "custody"), "offline");
    assert_int_equal(support_int(&a, ROW_ROOT "version"), 2);
    assert_int_equal(support_int(&a, ROW_ROOT "threshold"), 2);
    assert_false(file_exists(path_of(ops, "root.key")));
    assert_true(file_exists(path_of(ops, "2.root.json")));
    MUST(director_follow(&follower, &told, &unit->err));
    /* Nobody renews it for them. */
    ops->s.now_ms += 300 * DAY_MS;
    MUST(director_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    a = status_of(ops);
    assert_int_equal(support_int(&a, ROW_ROOT "version"), 2);
    assert_false(file_exists(path_of(ops, "root.key")));
}

UNIT(an_officer_is_revoked_and_a_machine_three_roots_behind_follows)
{
    struct ops *ops = ops_world(unit->arena);
    const char *bob = key_public(ops->engineers[1])->id;
    struct director_follower follower;
    struct tuf_targets told;
    struct answer a;

    support_device(&ops->s, "mfp-1", QUIRK_NONE);
    follower = director_follower(ops, "mfp-1");
    MUST(director_follow(&follower, &told, &unit->err));
    take_root(ops);
    a = ceremony_stage(ops, ROOT,
                       arena_printf(unit->arena, "{\"root\":{\"add\":[\"%s\"],\"remove\":[\"%s\"]}}",
                                    ceremony_hex(ops, ops->engineers[3]), bob));
    assert_int_equal(a.status, 200);
    assert_int_equal(ceremony_sign(ops, ROOT, ops->engineers[0]).status, 200);
    a = ceremony_publish(ops);
    ceremony_refused(&a, 409, "1 of the 2");
    for (int i = 2; i < 4; i++)
        assert_int_equal(ceremony_sign(ops, ROOT, ops->engineers[i]).status, 200);
    assert_int_equal(ceremony_publish(ops).status, 200);
    assert_int_equal(ceremony_stage(ops, ROOT, "{\"new_online\":true}").status, 200);
    a = ceremony_sign(ops, ROOT, ops->engineers[1]);
    ceremony_refused(&a, 403, "is none of director-root");
    for (int i = 2; i < 4; i++)
        assert_int_equal(ceremony_sign(ops, ROOT, ops->engineers[i]).status, 200);
    assert_int_equal(ceremony_publish(ops).status, 200);
    MUST(director_follow(&follower, &told, &unit->err));
}

UNIT(an_online_key_gives_way_and_both_sign_until_everybody_had_time_to_see_the_root)
{
    struct ops *ops = ops_world(unit->arena);
    const char *before = online_of(ops), *after;
    struct director_follower follower;
    struct tuf_targets told;
    struct answer a;

    support_device(&ops->s, "mfp-1", QUIRK_NONE);
    follower = director_follower(ops, "mfp-1");
    /* In service custody an admin's word is enough. */
    a = ceremony_stage(ops, ROOT, "{\"new_online\":true}");
    assert_true(json_is_true(support_at(&a, "waiting.0.ready")));
    assert_int_equal(ceremony_publish(ops).status, 200);
    after = online_of(ops);
    assert_string_not_equal(before, after);
    a = director_get(ops, "mfp-1", "timestamp.json");
    assert_int_equal(json_count(support_at(&a, "signatures")), 2);
    ops_reopen(ops);
    a = director_get(ops, "mfp-1", "timestamp.json");
    assert_int_equal(json_count(support_at(&a, "signatures")), 2);
    assert_true(file_exists(path_of(ops, "online-next.key")));
    ops->s.now_ms += HOUR_MS;
    MUST(director_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    assert_false(file_exists(path_of(ops, "online-next.key")));
    assert_string_equal(online_of(ops), after);
    ops->s.now_ms += 2 * DAY_MS;
    a = director_get(ops, "mfp-1", "timestamp.json");
    assert_int_equal(json_count(support_at(&a, "signatures")), 1);
    MUST(director_follow(&follower, &told, &unit->err));
}

/* The service goes on renewing the root it holds, and says nothing else than the one before. */
UNIT(a_renewal_by_the_service_keeps_the_online_key_that_a_ceremony_brought)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;
    const char *online;

    assert_int_equal(ceremony_stage(ops, ROOT, "{\"new_online\":true,\"days\":100}").status, 200);
    assert_int_equal(ceremony_publish(ops).status, 200);
    online = online_of(ops);
    ops->s.now_ms += 50 * DAY_MS;
    MUST(director_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    MUST(director_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    a = status_of(ops);
    assert_int_equal(support_int(&a, ROW_ROOT "version"), 3);
    assert_string_equal(online_of(ops), online);
}

UNIT(both_repositories_papers_wait_side_by_side_and_each_is_published_when_it_is_ready)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;

    assert_int_equal(ceremony_stage(ops, "root", "{}").status, 200);
    a = ceremony_stage(ops, ROOT, "{}");
    assert_int_equal(json_count(support_at(&a, "waiting")), 2);
    a = ceremony_publish(ops);
    assert_int_equal(a.status, 200);
    assert_int_equal(support_int(&a, ROW_ROOT "version"), 2);
    assert_int_equal(support_int(&a, "roles.0.version"), 1);
    assert_string_equal(support_text(&a, "waiting.0.role"), "root");
    for (int i = 0; i < 2; i++)
        assert_int_equal(ceremony_sign(ops, "root", ops->roots[i]).status, 200);
    assert_int_equal(ceremony_publish(ops).status, 200);
}

static struct answer add(struct ops *ops, const char *role, const struct key *key)
{
    return ceremony_stage(
        ops, role,
        arena_printf(ops->s.arena, "{\"root\":{\"threshold\":1,\"add\":[\"%s\"]}}", ceremony_hex(ops, key)));
}

UNIT(no_key_serves_both_repositories)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a = add(ops, ROOT, ops->roots[0]);

    ceremony_refused(&a, 400, "key of the image repository");
    assert_int_equal(add(ops, ROOT, ops->engineers[0]).status, 200);
    a = add(ops, "root", ops->engineers[0]);
    ceremony_refused(&a, 400, "key of the director's repository");
}

UNIT(what_cannot_be_meant_is_refused_by_name)
{
    struct ops *ops = ops_world(unit->arena);
    const struct {
        const char *body, *words;
    } rows[] = {
        {"{\"new_targets\":true}", "online key signs its targets"},
        {"{\"targets\":{\"threshold\":1}}", "online key signs its targets"},
        {"{\"root\":{\"threshold\":1}}", "leaves none to lose"},
        {"{\"root\":{\"threshold\":2}}", "cannot be met"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct answer a = ceremony_stage(ops, ROOT, rows[i].body);

        ceremony_refused(&a, 400, rows[i].words);
    }
}

/* The service renewed its root while another one waited: what waits follows on nothing any more. */
UNIT(a_root_that_was_overtaken_is_staged_anew)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;

    assert_int_equal(ceremony_stage(ops, ROOT, "{}").status, 200);
    ops->s.now_ms += DIRECTOR_ROOT_DAYS * DAY_MS / 2;
    MUST(director_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    a = ceremony_publish(ops);
    ceremony_refused(&a, 409, "stage it anew");
}

UNIT(what_is_in_force_is_shown_to_be_compared_with)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer served, a = ops_ask(ops, "viewer", "GET", TRUST "/director-root/in-force", NULL);

    support_device(&ops->s, "mfp-1", QUIRK_NONE);
    served = director_get(ops, "mfp-1", "1.root.json");
    assert_int_equal(a.status, 200);
    assert_string_equal(a.text, served.text);
    a = ops_ask(ops, "viewer", "GET", TRUST "/root/in-force", NULL);
    served = ops_ask(ops, "", "GET", "/DEFAULT/tuf/image/metadata/1.root.json", NULL);
    assert_string_equal(a.text, served.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(the_directors_root_leaves_the_service_and_its_key_is_destroyed),
        UNIT_TEST(an_officer_is_revoked_and_a_machine_three_roots_behind_follows),
        UNIT_TEST(an_online_key_gives_way_and_both_sign_until_everybody_had_time_to_see_the_root),
        UNIT_TEST(a_renewal_by_the_service_keeps_the_online_key_that_a_ceremony_brought),
        UNIT_TEST(both_repositories_papers_wait_side_by_side_and_each_is_published_when_it_is_ready),
        UNIT_TEST(no_key_serves_both_repositories),
        UNIT_TEST(what_cannot_be_meant_is_refused_by_name),
        UNIT_TEST(a_root_that_was_overtaken_is_staged_anew),
        UNIT_TEST(what_is_in_force_is_shown_to_be_compared_with),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
