#include "support/unit.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "domain/audit.h"
#include "support/ops.h"

static struct answer door(struct ops *ops, const char *role, const char *method, int64_t id, const char *verb,
                          const char *body)
{
    return ops_ask(ops, role, method,
                   arena_printf(ops->s.arena, "/api/v1/releases/%lld%s", (long long)id, verb), body);
}

static struct answer hand_in(struct ops *ops, int64_t id, const char *keyid, const char *sig)
{
    return door(ops, "engineer", "POST", id, "/signatures",
                arena_printf(ops->s.arena, "{\"keyid\":\"%s\",\"sig\":\"%s\"}", keyid, sig));
}

static struct span package(struct ops *ops, const char *version, int64_t counter)
{
    return ops_package(ops, &(struct ops_package){.version = version, .counter = counter});
}

static const char *detail(const struct answer *answer)
{
    const char *text = support_text(answer, "detail");

    return text ? text : "";
}

UNIT(a_package_becomes_a_staged_release_with_its_components)
{
    struct ops *ops = ops_world(unit->arena);
    struct ops_package wanted = {
        .version = "4.2.0",
        .counter = 2,
        .model = "A",
        .has_sbom = true,
        .components = {{"engine", "engine.bin", "the engine"}, {"system", "system.img", "the system image"}}};
    struct span bytes = ops_package(ops, &wanted);
    const char *upload = ops_upload(ops, bytes);
    struct answer made = ops_ask(ops, "engineer", "POST", "/api/v1/releases",
                                 arena_printf(unit->arena, "{\"upload\":\"%s\"}", upload));
    struct answer sbom;
    char sha256[HASH_HEX_MAX];

    assert_int_equal(made.status, 201);
    assert_string_equal(support_text(&made, "family"), "aurora");
    assert_string_equal(support_text(&made, "state"), "staged");
    assert_int_equal(support_int(&made, "counter"), 2);
    assert_string_equal(support_text(&made, "models.0"), "A");
    assert_int_equal(support_int(&made, "effects.minutes"), 7);
    assert_int_equal(json_count(support_at(&made, "components")), 2);
    assert_string_equal(support_text(&made, "components.0.name"), "engine");
    assert_string_equal(support_text(&made, "notes"), "first line\nsecond line");
    assert_int_equal(support_int(&made, "threshold"), 2);
    hash_hex_of(HASH_SHA256, bytes, sha256);
    assert_string_equal(support_text(&made, "package.sha256"), sha256);
    hash_hex_of(HASH_SHA256, span_of("the engine"), sha256);
    assert_string_equal(support_text(&made, "components.0.sha256"), sha256);
    assert_true(blob_exists(ops->s.world.blobs, sha256));
    assert_false(file_exists(arena_printf(unit->arena, "%s/uploads/%s", ops->s.dir, upload)));
    sbom = door(ops, "viewer", "GET", support_int(&made, "id"), "/sbom", NULL);
    assert_int_equal(sbom.status, 200);
    assert_string_equal(support_text(&sbom, "bomFormat"), "CycloneDX");
}

UNIT(the_same_package_again_is_the_same_release_and_other_bytes_are_a_conflict)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer first = ops_release(ops, package(ops, "4.2.0", 1)),
                  again = ops_release(ops, package(ops, "4.2.0", 1)),
                  other = ops_release(ops, package(ops, "4.2.0", 2));

    assert_int_equal(first.status, 201);
    assert_int_equal(again.status, 200);
    assert_int_equal(support_int(&again, "id"), support_int(&first, "id"));
    assert_int_equal(other.status, 409);
    assert_non_null(strstr(detail(&other), "other bytes"));
}

UNIT(a_foreign_file_is_a_release_of_one_component)
{
    struct ops *ops = ops_world(unit->arena);
    const char *upload = ops_upload(ops, span_of("a swupdate image of somebody else"));
    struct answer bare = ops_ask(ops, "engineer", "POST", "/api/v1/releases",
                                 arena_printf(unit->arena, "{\"upload\":\"%s\"}", upload));
    struct answer made = ops_ask(
        ops, "engineer", "POST", "/api/v1/releases",
        arena_printf(unit->arena,
                     "{\"upload\":\"%s\",\"family\":\"aurora\",\"version\":\"7\",\"filename\":\"a.swu\","
                     "\"minutes\":3,\"kind\":\"security\"}",
                     upload));

    assert_int_equal(bare.status, 400);
    assert_int_equal(made.status, 201);
    assert_true(json_is_true(support_at(&made, "foreign")));
    assert_string_equal(support_text(&made, "kind"), "security");
    assert_string_equal(support_text(&made, "components.0.name"), "system");
    assert_string_equal(support_text(&made, "components.0.file"), "a.swu");
    assert_int_equal(json_count(support_at(&made, "models")), 2);
}

UNIT(an_upload_that_is_not_whole_or_not_there_is_refused_and_kept)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer half =
        support_ask(&ops->s, "POST", "/api/v1/uploads",
                    "Authorization: Bearer token-engineer\nTus-Resumable: 1.0.0\nUpload-Length: "
                    "9\nContent-Length: 4\nContent-Type: application/offset+octet-stream",
                    "half");
    const char *id = strrchr(support_header(&half, "Location"), '/') + 1;

    assert_int_equal(ops_ask(ops, "engineer", "POST", "/api/v1/releases",
                             arena_printf(unit->arena, "{\"upload\":\"%s\"}", id))
                         .status,
                     409);
    assert_true(file_exists(arena_printf(unit->arena, "%s/uploads/%s", ops->s.dir, id)));
    assert_int_equal(ops_ask(ops, "engineer", "POST", "/api/v1/releases",
                             "{\"upload\":\"00000000000000000000000000000000\"}")
                         .status,
                     404);
    assert_int_equal(ops_ask(ops, "engineer", "POST", "/api/v1/releases", "{\"upload\":\"../1\"}").status,
                     404);
}

UNIT(a_model_that_the_family_does_not_have_is_refused_by_name)
{
    struct ops *ops = ops_world(unit->arena);
    struct ops_package wanted = {.version = "4.2.0", .counter = 1, .model = "Z"};
    struct answer answer = ops_release(ops, ops_package(ops, &wanted));

    assert_int_equal(answer.status, 400);
    assert_non_null(strstr(detail(&answer), "Z"));
    answer = ops_ask(ops, "viewer", "GET", "/api/v1/releases", NULL);
    assert_int_equal(json_count(support_at(&answer, "items")), 0);
}

UNIT(a_lower_version_needs_a_higher_counter_and_the_counter_never_falls)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer lower, back, fallen;

    ops_published(ops, "4.2.0", 2);
    lower = ops_release(ops, package(ops, "4.1.9", 2));
    assert_int_equal(lower.status, 409);
    assert_non_null(strstr(detail(&lower), "4.1.9"));
    assert_non_null(strstr(detail(&lower), "4.2.0"));
    fallen = ops_release(ops, package(ops, "4.3.0", 1));
    assert_int_equal(fallen.status, 409);
    assert_non_null(strstr(detail(&fallen), "counter"));
    back = ops_release(ops, package(ops, "4.1.9", 3));
    assert_int_equal(back.status, 201);
    assert_int_equal(ops_release(ops, package(ops, "4.2.1", 2)).status, 201);
}

UNIT(what_is_to_be_signed_is_the_familys_canonical_metadata)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id = ops_staged(ops, "4.2.0", 1);
    struct answer bytes = door(ops, "viewer", "GET", id, "/to-sign", NULL);
    char sha256[HASH_HEX_MAX];

    assert_int_equal(bytes.status, 200);
    assert_string_equal(bytes.reply.content_type, "application/octet-stream");
    hash_hex_of(HASH_SHA256, span_make(bytes.text, bytes.size), sha256);
    assert_string_equal(support_header(&bytes, "X-Release-Digest"), sha256);
    assert_string_equal(support_text(&bytes, "_type"), "targets");
    assert_int_equal(support_int(&bytes, "version"), 1);
    assert_non_null(json_member(support_at(&bytes, "targets"), "aurora/4.2.0/system.img"));
}

UNIT(too_few_signatures_do_not_publish_and_the_answer_counts_them)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id = ops_staged(ops, "4.2.0", 1);
    struct answer answer = ops_publish(ops, id);

    assert_int_equal(answer.status, 409);
    assert_non_null(strstr(detail(&answer), "0 of the 2"));
    assert_int_equal(ops_sign(ops, id, 0).status, 200);
    answer = ops_publish(ops, id);
    assert_int_equal(answer.status, 409);
    assert_non_null(strstr(detail(&answer), "1 of the 2"));
}

UNIT(the_same_key_twice_counts_once)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id = ops_staged(ops, "4.2.0", 1);
    struct answer answer;

    assert_int_equal(ops_sign(ops, id, 0).status, 200);
    answer = ops_sign(ops, id, 0);
    assert_int_equal(answer.status, 200);
    assert_int_equal(json_count(support_at(&answer, "signatures")), 1);
    assert_string_equal(support_text(&answer, "signatures.0.name"), "engineer-0");
    assert_string_equal(support_text(&answer, "signatures.0.by"), "engineer");
    assert_int_equal(ops_publish(ops, id).status, 409);
}

UNIT(a_key_that_is_not_registered_is_refused_by_name)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id = ops_staged(ops, "4.2.0", 1);
    struct answer answer = ops_sign(ops, id, 3);

    assert_int_equal(answer.status, 403);
    assert_non_null(strstr(detail(&answer), key_public(ops->engineers[3])->id));
}

UNIT(a_signature_over_other_bytes_is_refused_when_it_is_handed_in)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id = ops_staged(ops, "4.2.0", 1);
    char sig[KEY_SIG_HEX_CHARS + 1];
    struct answer answer;

    key_sign(ops->engineers[0], span_of("something else"), sig);
    answer = hand_in(ops, id, key_public(ops->engineers[0])->id, sig);
    assert_int_equal(answer.status, 403);
    assert_non_null(strstr(detail(&answer), key_public(ops->engineers[0])->id));
    assert_int_equal(hand_in(ops, id, "zz", sig).status, 400);
    answer = door(ops, "viewer", "GET", id, "", NULL);
    assert_int_equal(json_count(support_at(&answer, "signatures")), 0);
}

UNIT(a_revoked_key_counts_neither_before_nor_after)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id = ops_staged(ops, "4.2.0", 1);
    const char *keyid = key_public(ops->engineers[0])->id;
    const char *target = arena_printf(unit->arena, "/api/v1/families/aurora/keys/%s", keyid);

    assert_int_equal(ops_sign(ops, id, 0).status, 200);
    assert_int_equal(ops_sign(ops, id, 1).status, 200);
    assert_int_equal(ops_ask(ops, "admin", "DELETE", target, NULL).status, 204);
    assert_int_equal(ops_ask(ops, "admin", "DELETE", target, NULL).status, 204);
    assert_int_equal(ops_publish(ops, id).status, 409);
    assert_int_equal(ops_sign(ops, id, 0).status, 403);
    assert_int_equal(ops_sign(ops, id, 2).status, 200);
    assert_int_equal(ops_publish(ops, id).status, 200);
}

UNIT(publishing_twice_changes_nothing_and_afterwards_nothing_can_be_changed)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t id = ops_published(ops, "4.2.0", 1);
    struct answer stamp = ops_ask(ops, "", "GET", "/DEFAULT/tuf/image/metadata/timestamp.json", NULL);
    struct answer again = ops_publish(ops, id), after;

    assert_int_equal(again.status, 200);
    assert_string_equal(support_text(&again, "state"), "published");
    assert_non_null(support_text(&again, "published"));
    after = ops_ask(ops, "", "GET", "/DEFAULT/tuf/image/metadata/timestamp.json", NULL);
    assert_string_equal(after.text, stamp.text);
    assert_int_equal(door(ops, "viewer", "GET", id, "/to-sign", NULL).status, 409);
    assert_int_equal(ops_sign(ops, id, 2).status, 409);
    assert_int_equal(ops_release(ops, package(ops, "4.2.0", 1)).status, 200);
    assert_int_equal(ops_release(ops, package(ops, "4.2.0", 5)).status, 409);
}

UNIT(when_another_release_is_published_first_the_rest_sign_again)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t slow = ops_staged(ops, "4.3.0", 1), quick = ops_staged(ops, "4.2.0", 1);
    struct answer answer;

    assert_int_equal(ops_sign(ops, slow, 0).status, 200);
    assert_int_equal(ops_sign(ops, slow, 1).status, 200);
    assert_int_equal(ops_sign(ops, quick, 0).status, 200);
    assert_int_equal(ops_sign(ops, quick, 1).status, 200);
    assert_int_equal(ops_publish(ops, quick).status, 200);
    answer = ops_publish(ops, slow);
    assert_int_equal(answer.status, 409);
    assert_non_null(strstr(detail(&answer), "sign again"));
    answer = door(ops, "viewer", "GET", slow, "/to-sign", NULL);
    assert_int_equal(support_int(&answer, "version"), 2);
    assert_int_equal(json_count(support_at(&answer, "targets")), 2);
    assert_int_equal(ops_sign(ops, slow, 0).status, 200);
    assert_int_equal(ops_sign(ops, slow, 1).status, 200);
    assert_int_equal(ops_publish(ops, slow).status, 200);
}

UNIT(a_withdrawn_release_leaves_the_metadata_with_the_next_publication)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t bad = ops_published(ops, "4.2.0", 1);
    struct tuf_target target;
    struct answer answer = door(ops, "engineer", "POST", bad, "/withdraw", "{}");

    assert_int_equal(answer.status, 200);
    assert_string_equal(support_text(&answer, "state"), "withdrawn");
    assert_int_equal(door(ops, "engineer", "POST", bad, "/withdraw", "{}").status, 200);
    assert_int_equal(ops_publish(ops, bad).status, 409);
    MUST(ops_client_target(ops, "aurora/4.2.0/system.img", &target, &unit->err));
    ops_published(ops, "4.1.9", 1); /* the way back: what was withdrawn does not stand in it */
    REFUSES(ERR_NOT_FOUND, ops_client_target(ops, "aurora/4.2.0/system.img", &target, &unit->err));
    MUST(ops_client_target(ops, "aurora/4.1.9/system.img", &target, &unit->err));
}

UNIT(releases_are_listed_newest_first_in_pages)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer page;
    const char *next;

    ops_published(ops, "4.0.0", 1);
    ops_staged(ops, "4.1.0", 1);
    ops_staged(ops, "4.2.0", 1);
    page = ops_ask(ops, "viewer", "GET", "/api/v1/releases?limit=2", NULL);
    assert_int_equal(json_count(support_at(&page, "items")), 2);
    assert_string_equal(support_text(&page, "items.0.version"), "4.2.0");
    next = support_text(&page, "next");
    assert_non_null(next);
    page = ops_ask(ops, "viewer", "GET",
                   arena_printf(unit->arena, "/api/v1/releases?limit=2&cursor=%s", next), NULL);
    assert_string_equal(support_text(&page, "items.0.version"), "4.0.0");
    assert_null(support_text(&page, "next"));
    page = ops_ask(ops, "viewer", "GET", "/api/v1/releases?state=published&family=aurora", NULL);
    assert_int_equal(json_count(support_at(&page, "items")), 1);
    assert_int_equal(ops_ask(ops, "viewer", "GET", "/api/v1/releases?state=lost", NULL).status, 400);
}

UNIT(every_step_leaves_one_record)
{
    struct ops *ops = ops_world(unit->arena);
    static const char *const expected[] = {"release.publish", "release.sign", "release.sign",
                                           "release.make",    "upload.write", "upload.make",
                                           "tenant.bootstrap"};
    struct answer log;

    ops_published(ops, "4.2.0", 1);
    log = ops_ask(ops, "admin", "GET", "/api/v1/audit", NULL);
    assert_int_equal(json_count(support_at(&log, "items")), COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++)
        assert_string_equal(support_text(&log, arena_printf(unit->arena, "items.%zu.what", i)), expected[i]);
    assert_string_equal(support_text(&log, "items.0.who"), "engineer");
    assert_string_equal(support_text(&log, "items.0.source"), "192.0.2.7");
}

UNIT(a_damaged_package_is_refused_and_makes_no_release)
{
    struct ops *ops = ops_world(unit->arena);
    struct span good = package(ops, "4.2.0", 1);
    char *bytes = arena_text(unit->arena, good);
    char *image = memmem(bytes, good.size, "the system image", 16);
    struct answer answer;

    assert_non_null(image);
    image[4] = 'S';
    answer = ops_release(ops, span_make(bytes, good.size));
    assert_int_equal(answer.status, 400);
    answer = ops_ask(ops, "viewer", "GET", "/api/v1/releases", NULL);
    assert_int_equal(json_count(support_at(&answer, "items")), 0);
    assert_int_equal(ops_release(ops, good).status, 201);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_package_becomes_a_staged_release_with_its_components),
        UNIT_TEST(the_same_package_again_is_the_same_release_and_other_bytes_are_a_conflict),
        UNIT_TEST(a_foreign_file_is_a_release_of_one_component),
        UNIT_TEST(an_upload_that_is_not_whole_or_not_there_is_refused_and_kept),
        UNIT_TEST(a_model_that_the_family_does_not_have_is_refused_by_name),
        UNIT_TEST(a_lower_version_needs_a_higher_counter_and_the_counter_never_falls),
        UNIT_TEST(what_is_to_be_signed_is_the_familys_canonical_metadata),
        UNIT_TEST(too_few_signatures_do_not_publish_and_the_answer_counts_them),
        UNIT_TEST(the_same_key_twice_counts_once),
        UNIT_TEST(a_key_that_is_not_registered_is_refused_by_name),
        UNIT_TEST(a_signature_over_other_bytes_is_refused_when_it_is_handed_in),
        UNIT_TEST(a_revoked_key_counts_neither_before_nor_after),
        UNIT_TEST(publishing_twice_changes_nothing_and_afterwards_nothing_can_be_changed),
        UNIT_TEST(when_another_release_is_published_first_the_rest_sign_again),
        UNIT_TEST(a_withdrawn_release_leaves_the_metadata_with_the_next_publication),
        UNIT_TEST(releases_are_listed_newest_first_in_pages),
        UNIT_TEST(every_step_leaves_one_record),
        UNIT_TEST(a_damaged_package_is_refused_and_makes_no_release),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
