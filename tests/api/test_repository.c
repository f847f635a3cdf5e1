#include "support/unit.h"

#include "base/hash.h"
#include "base/text.h"
#include "domain/repository.h"
#include "support/ops.h"

#define DAY_MS 86400000LL
#define METADATA "/DEFAULT/tuf/image/metadata/"

static struct answer metadata(struct ops *ops, const char *name)
{
    return ops_ask(ops, "", "GET", arena_printf(ops->s.arena, METADATA "%s", name), NULL);
}

static int64_t timestamp_version(struct ops *ops)
{
    struct answer answer = metadata(ops, "timestamp.json");

    return support_int(&answer, "signed.version");
}

UNIT(a_client_with_root_1_alone_finds_and_downloads_a_published_release)
{
    struct ops *ops = ops_world(unit->arena);
    struct tuf_target target = {0};
    struct answer file;

    ops_published(ops, "4.2.0", 1);
    MUST(ops_client_target(ops, "aurora/4.2.0/system.img", &target, &unit->err));
    assert_int_equal(target.length, strlen("the system image"));
    file = ops_ask(
        ops, "", "GET",
        arena_printf(unit->arena, "/DEFAULT/tuf/image/targets/aurora/4.2.0/%s.system.img", target.sha256),
        NULL);
    assert_int_equal(file.status, 200);
    assert_string_equal(file.text, "the system image");
    assert_true(file.reply.has_ranges);
    assert_non_null(file.reply.etag);
    assert_non_null(strstr(support_header(&file, "Cache-Control"), "immutable"));
}

UNIT(the_signed_custom_says_for_whom_and_how)
{
    struct ops *ops = ops_world(unit->arena);
    struct tuf_target target = {0};
    const struct json *custom;
    int64_t counter;

    ops_published(ops, "4.2.0", 3);
    MUST(ops_client_target(ops, "aurora/4.2.0/system.img", &target, &unit->err));
    MUST(json_parse(unit->arena, target.custom, &custom, &unit->err));
    assert_int_equal(json_count(json_member(custom, "hardware_ids")), 2);
    assert_string_equal(json_string(json_member(custom, "module")), "system");
    assert_string_equal(json_string(json_member(custom, "version")), "4.2.0");
    assert_true(json_integer(json_member(custom, "release_counter"), &counter));
    assert_int_equal(counter, 3);
    assert_string_equal(json_string(json_member(custom, "kind")), "feature");
    assert_non_null(json_member(custom, "minutes"));
    assert_non_null(json_member(custom, "reboots"));
    assert_non_null(json_member(custom, "min_from"));
}

UNIT(what_was_only_staged_is_in_no_metadata_and_has_no_bytes)
{
    struct ops *ops = ops_world(unit->arena);
    struct tuf_target target;
    char sha256[HASH_HEX_MAX];
    struct answer file;

    ops_staged(ops, "4.2.0", 1);
    REFUSES(ERR_NOT_FOUND, ops_client_target(ops, "aurora/4.2.0/system.img", &target, &unit->err));
    hash_hex_of(HASH_SHA256, span_of("the system image"), sha256);
    file = ops_ask(ops, "", "GET",
                   arena_printf(unit->arena, "/DEFAULT/tuf/image/targets/aurora/4.2.0/%s.system.img", sha256),
                   NULL);
    assert_int_equal(file.status, 404);
    assert_string_equal(support_header(&file, "Cache-Control"), "no-store");
}

UNIT(a_target_under_another_hash_is_not_there)
{
    struct ops *ops = ops_world(unit->arena);
    char sha256[HASH_HEX_MAX];

    ops_published(ops, "4.2.0", 1);
    hash_hex_of(HASH_SHA256, span_of("something else"), sha256);
    assert_int_equal(
        ops_ask(ops, "", "GET",
                arena_printf(unit->arena, "/DEFAULT/tuf/image/targets/aurora/4.2.0/%s.system.img", sha256),
                NULL)
            .status,
        404);
    assert_int_equal(
        ops_ask(ops, "", "GET", "/DEFAULT/tuf/image/targets/aurora/4.2.0/system.img", NULL).status, 404);
}

UNIT(versioned_files_may_be_cached_for_ever_and_the_timestamp_never)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer root = metadata(ops, "1.root.json"), timestamp = metadata(ops, "timestamp.json"),
                  next = metadata(ops, "2.root.json"),
                  other = ops_ask(ops, "", "GET", "/NOBODY/tuf/image/metadata/1.root.json", NULL);

    assert_int_equal(root.status, 200);
    assert_non_null(strstr(support_header(&root, "Cache-Control"), "immutable"));
    assert_string_equal(support_header(&timestamp, "Cache-Control"), "no-store");
    assert_int_equal(next.status, 404);
    assert_int_equal(next.size, 0);
    assert_string_equal(support_header(&next, "Cache-Control"), "no-store");
    assert_int_equal(other.status, 404);
}

UNIT(the_timestamp_is_signed_again_at_half_of_its_life_and_not_before)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t half_ms = ops->s.settings.timestamp_life_h * 3600 * 1000 / 2;
    struct tuf_target target;

    ops_published(ops, "4.2.0", 1);
    assert_int_equal(timestamp_version(ops), 2);
    ops->s.now_ms += half_ms - 1;
    MUST(repository_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    assert_int_equal(timestamp_version(ops), 2);
    ops->s.now_ms += 1;
    MUST(repository_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    assert_int_equal(timestamp_version(ops), 3);
    MUST(repository_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    assert_int_equal(timestamp_version(ops), 3);
    MUST(ops_client_target(ops, "aurora/4.2.0/system.img", &target, &unit->err));
}

UNIT(a_tick_every_day_keeps_the_repository_alive_for_half_a_year)
{
    struct ops *ops = ops_world(unit->arena);
    struct tuf_target target;
    struct answer targets;

    ops_published(ops, "4.2.0", 1);
    for (int day = 0; day < 200; day++) {
        ops->s.now_ms += DAY_MS;
        MUST(repository_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    }
    MUST(ops_client_target(ops, "aurora/4.2.0/system.img", &target, &unit->err));
    targets = metadata(ops, "2.targets.json"); /* half of its year is over */
    assert_int_equal(targets.status, 200);
}

UNIT(without_ticks_the_client_says_that_the_timestamp_has_expired)
{
    struct ops *ops = ops_world(unit->arena);
    struct tuf_target target;

    ops_published(ops, "4.2.0", 1);
    ops->s.now_ms += 3 * DAY_MS;
    REFUSES(ERR_GONE, ops_client_target(ops, "aurora/4.2.0/system.img", &target, &unit->err));
}

UNIT(the_next_root_is_taken_over_from_the_trust_folder)
{
    struct ops *ops = ops_world(unit->arena);
    struct tuf_target target;

    ops_published(ops, "4.2.0", 1);
    ops_rotate_online(ops, 2);
    MUST(repository_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    assert_int_equal(metadata(ops, "2.root.json").status, 200);
    MUST(ops_client_target(ops, "aurora/4.2.0/system.img", &target, &unit->err));
    ops_rotate_online(ops, 3);
    ops->s.now_ms += DAY_MS;
    MUST(repository_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    ops_published(ops, "4.3.0", 1);
    MUST(ops_client_target(ops, "aurora/4.3.0/system.img", &target, &unit->err));
}

UNIT(a_root_that_the_old_officers_did_not_sign_is_not_taken_over)
{
    struct ops *ops = ops_world(unit->arena);
    struct key *stolen[2] = {ops->roots[0], ops->roots[1]};
    struct tuf_target target;

    ops_published(ops, "4.2.0", 1);
    ops->roots[0] = ops->engineers[0];
    ops->roots[1] = ops->engineers[1];
    ops_rotate_online(ops, 2);
    assert_false(repository_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    SAYS("2.root.json");
    assert_int_equal(metadata(ops, "2.root.json").status, 404);
    ops->roots[0] = stolen[0];
    ops->roots[1] = stolen[1];
    MUST(ops_client_target(ops, "aurora/4.2.0/system.img", &target, &unit->err));
}

UNIT(the_gate_refuses_to_publish_what_has_lost_its_bytes)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id = ops_staged(ops, "4.2.0", 1);
    int64_t before = timestamp_version(ops);
    char sha256[HASH_HEX_MAX];
    struct answer answer;

    assert_int_equal(ops_sign(ops, id, 0).status, 200);
    assert_int_equal(ops_sign(ops, id, 1).status, 200);
    hash_hex_of(HASH_SHA256, span_of("the system image"), sha256);
    MUST(blob_remove(ops->s.world.blobs, sha256, &unit->err));
    answer = ops_publish(ops, id);
    assert_true(answer.status >= 400);
    assert_int_equal(timestamp_version(ops), before);
    assert_int_equal(metadata(ops, "1.aurora.json").status, 404);
    answer = ops_ask(ops, "viewer", "GET", arena_printf(unit->arena, "/api/v1/releases/%lld", (long long)id),
                     NULL);
    assert_string_equal(support_text(&answer, "state"), "staged");
}

UNIT(the_gate_refuses_to_sign_with_keys_that_the_root_does_not_name)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id = ops_staged(ops, "4.2.0", 1);
    struct answer answer;

    assert_int_equal(ops_sign(ops, id, 0).status, 200);
    assert_int_equal(ops_sign(ops, id, 1).status, 200);
    ops_rotate_online(ops, 9); /* a new online key, and a root that nobody will find */
    ops_reopen(ops);
    answer = ops_publish(ops, id);
    assert_true(answer.status >= 400);
    assert_int_equal(metadata(ops, "1.aurora.json").status, 404);
}

UNIT(revoking_a_key_under_the_threshold_hides_the_family_until_it_is_signed_again)
{
    struct ops *ops = ops_world(unit->arena);
    struct tuf_target target;
    int64_t id;

    ops_published(ops, "4.2.0", 1);
    assert_int_equal(ops_ask(ops, "admin", "DELETE",
                             arena_printf(unit->arena, "/api/v1/families/aurora/keys/%s",
                                          key_public(ops->engineers[0])->id),
                             NULL)
                         .status,
                     204);
    assert_false(ops_client_target(ops, "aurora/4.2.0/system.img", &target, &unit->err));
    id = ops_staged(ops, "4.3.0", 1);
    assert_int_equal(ops_sign(ops, id, 0).status, 403);
    assert_int_equal(ops_sign(ops, id, 1).status, 200);
    assert_int_equal(ops_sign(ops, id, 2).status, 200);
    assert_int_equal(ops_publish(ops, id).status, 200);
    MUST(ops_client_target(ops, "aurora/4.2.0/system.img", &target, &unit->err));
    MUST(ops_client_target(ops, "aurora/4.3.0/system.img", &target, &unit->err));
}

UNIT(a_family_that_lost_a_signature_is_signed_again_without_a_new_release)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id = ops_published(ops, "4.2.0", 1);
    struct tuf_target target;
    struct answer answer;

    assert_int_equal(ops_ask(ops, "admin", "DELETE",
                             arena_printf(unit->arena, "/api/v1/families/aurora/keys/%s",
                                          key_public(ops->engineers[0])->id),
                             NULL)
                         .status,
                     204);
    assert_int_equal(ops_publish(ops, id).status, 200); /* nothing handed in: nothing changes */
    assert_int_equal(ops_sign(ops, id, 1).status, 200);
    assert_int_equal(ops_publish(ops, id).status, 409);
    assert_int_equal(ops_sign(ops, id, 2).status, 200);
    answer = ops_publish(ops, id);
    assert_int_equal(answer.status, 200);
    assert_string_equal(support_text(&answer, "state"), "published");
    MUST(ops_client_target(ops, "aurora/4.2.0/system.img", &target, &unit->err));
    assert_int_equal(ops_sign(ops, id, 1).status, 409);
}

UNIT(a_family_at_half_of_its_life_asks_for_signatures_and_lives_on)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id = ops_published(ops, "4.2.0", 1);
    struct tuf_target target;

    assert_int_equal(ops_sign(ops, id, 0).status, 409);
    ops->s.now_ms += REPOSITORY_FAMILY_DAYS * DAY_MS / 2;
    MUST(repository_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    MUST(repository_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    assert_int_equal(ops_sign(ops, id, 0).status, 200);
    assert_int_equal(ops_sign(ops, id, 1).status, 200);
    assert_int_equal(ops_publish(ops, id).status, 200);
    ops->s.now_ms += (REPOSITORY_FAMILY_DAYS - 10) * DAY_MS;
    MUST(repository_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    MUST(ops_client_target(ops, "aurora/4.2.0/system.img", &target, &unit->err));
}

UNIT(the_metrics_say_when_each_role_expires)
{
    struct ops *ops = ops_world(unit->arena);
    struct buf figures = {.arena = unit->arena};

    repository_figures(&ops->s.world, &figures);
    assert_non_null(strstr(buf_cstr(&figures), "{tenant=\"DEFAULT\",role=\"timestamp\"} "));
    assert_non_null(strstr(buf_cstr(&figures), "{tenant=\"DEFAULT\",role=\"root\"} "));
}

UNIT(a_new_family_is_delegated_to_once_it_has_enough_keys)
{
    struct ops *ops = ops_world(unit->arena);
    const char *public_hex = text_hex(unit->arena, key_public(ops->engineers[3])->bytes, 32);
    struct answer targets;

    assert_int_equal(ops_ask(ops, "admin", "POST", "/api/v1/families",
                             "{\"name\":\"borealis\",\"threshold\":1,\"models\":[\"X\"]}")
                         .status,
                     201);
    targets = metadata(ops, "2.targets.json");
    assert_int_equal(json_count(support_at(&targets, "signed.delegations.roles")), 1);
    assert_int_equal(ops_ask(ops, "admin", "POST", "/api/v1/families/borealis/keys",
                             arena_printf(unit->arena, "{\"name\":\"eve\",\"public\":\"%s\"}", public_hex))
                         .status,
                     201);
    targets = metadata(ops, "3.targets.json");
    assert_int_equal(json_count(support_at(&targets, "signed.delegations.roles")), 2);
    assert_string_equal(support_text(&targets, "signed.delegations.roles.1.paths.0"), "borealis/*/*");
    assert_int_equal(
        ops_ask(ops, "admin", "POST", "/api/v1/families", "{\"name\":\"snapshot\",\"threshold\":1}").status,
        400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_client_with_root_1_alone_finds_and_downloads_a_published_release),
        UNIT_TEST(the_signed_custom_says_for_whom_and_how),
        UNIT_TEST(what_was_only_staged_is_in_no_metadata_and_has_no_bytes),
        UNIT_TEST(a_target_under_another_hash_is_not_there),
        UNIT_TEST(versioned_files_may_be_cached_for_ever_and_the_timestamp_never),
        UNIT_TEST(the_timestamp_is_signed_again_at_half_of_its_life_and_not_before),
        UNIT_TEST(a_tick_every_day_keeps_the_repository_alive_for_half_a_year),
        UNIT_TEST(without_ticks_the_client_says_that_the_timestamp_has_expired),
        UNIT_TEST(the_next_root_is_taken_over_from_the_trust_folder),
        UNIT_TEST(a_root_that_the_old_officers_did_not_sign_is_not_taken_over),
        UNIT_TEST(the_gate_refuses_to_publish_what_has_lost_its_bytes),
        UNIT_TEST(the_gate_refuses_to_sign_with_keys_that_the_root_does_not_name),
        UNIT_TEST(revoking_a_key_under_the_threshold_hides_the_family_until_it_is_signed_again),
        UNIT_TEST(a_family_that_lost_a_signature_is_signed_again_without_a_new_release),
        UNIT_TEST(a_family_at_half_of_its_life_asks_for_signatures_and_lives_on),
        UNIT_TEST(the_metrics_say_when_each_role_expires),
        UNIT_TEST(a_new_family_is_delegated_to_once_it_has_enough_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
