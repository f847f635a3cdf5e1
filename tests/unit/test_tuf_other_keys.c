/* Keys of kinds that we do not speak. */
#include "signing/tuf.h"

#include "base/hash.h"
#include "base/text.h"
#include "signing/canonical.h"
#include "support/tuf_repo.h"
#include "support/tuf_roots.h"
#include "support/tuf_text.h"
#include "support/unit.h"

#define PEM "-----BEGIN PUBLIC KEY-----\\nMFkw\\n-----END PUBLIC KEY-----\\n"

static bool says_yes(void *ctx, const struct tuf_other_key *key, struct span bytes, const char *sig_hex)
{
    assert_string_equal("ecdsa", key->type);
    assert_string_equal("ecdsa-sha2-nistp256", key->scheme);
    assert_non_null(strstr(key->text, "\nMFkw\n"));
    assert_true(bytes.size > 0);
    ++*(int *)ctx;
    return text_equal(sig_hex, "3045");
}

/* A root of one such key, with one signature of it. */
static struct span root_of_other(struct unit *unit, const char *sig)
{
    char *object = arena_dup(unit->arena, "{\"keytype\":\"ecdsa\",\"scheme\":\"ecdsa-sha2-nistp256\","
                                          "\"keyval\":{\"public\":\"" PEM "\"}}");
    char *id = key_id(unit, object);
    struct span bytes = root_of(unit, arena_printf(unit->arena, "\"%s\":%s", id, object),
                                arena_printf(unit->arena, "\"%s\"", id), 1);

    return span_of(
        replaced(unit, bytes.at, "\"signatures\":[]",
                 arena_printf(unit->arena, "\"signatures\":[{\"keyid\":\"%s\",\"sig\":\"%s\"}]", id, sig)));
}

UNIT(a_key_of_another_kind_is_carried_but_does_not_count)
{
    struct tuf_file file;
    struct tuf_root root;

    assert_true(root_read(unit, root_of_other(unit, "3045"), &file, &root));
    assert_int_equal(0, root.roles[TUF_ROOT].count);
    assert_int_equal(1, root.roles[TUF_ROOT].other_count);
    assert_non_null(strstr(file.signed_bytes.at, "KEY-----\nMFkw\n-----END")); /* raw line ends */
    REFUSES(ERR_FORBIDDEN, tuf_file_verify(&file, &root.roles[TUF_ROOT], &unit->err));
}

UNIT(a_verifier_may_speak_for_another_kind)
{
    int calls = 0;
    struct tuf_verifier verifier = {.ctx = &calls, .verify = says_yes};
    struct tuf_file file;
    struct tuf_root root;

    assert_true(root_read(unit, root_of_other(unit, "3045"), &file, &root));
    file.verifier = &verifier;
    MUST(tuf_file_verify(&file, &root.roles[TUF_ROOT], &unit->err));
    assert_int_equal(1, calls);
    assert_true(root_read(unit, root_of_other(unit, "3046"), &file, &root));
    file.verifier = &verifier;
    REFUSES(ERR_FORBIDDEN, tuf_file_verify(&file, &root.roles[TUF_ROOT], &unit->err));
}

/* A member that nobody knows makes another id of the same key. */
UNIT(the_same_key_of_another_kind_under_two_ids_counts_once)
{
    static const char object[] = "{\"keytype\":\"ecdsa\",\"scheme\":\"ecdsa-sha2-nistp256\",%s"
                                 "\"keyval\":{\"public\":\"" PEM "\"}}";
    char *first = replaced(unit, object, "%s", ""), *second = replaced(unit, object, "%s", "\"x\":1,");
    char *one = key_id(unit, first), *two = key_id(unit, second);
    int calls = 0;
    struct tuf_verifier verifier = {.ctx = &calls, .verify = says_yes};
    struct tuf_file file;
    struct tuf_root root;
    struct span bytes =
        root_of(unit, arena_printf(unit->arena, "\"%s\":%s,\"%s\":%s", one, first, two, second),
                arena_printf(unit->arena, "\"%s\",\"%s\"", one, two), 2);

    bytes = span_of(replaced(unit, bytes.at, "\"signatures\":[]",
                             arena_printf(unit->arena,
                                          "\"signatures\":[{\"keyid\":\"%s\",\"sig\":\"3045\"},"
                                          "{\"keyid\":\"%s\",\"sig\":\"3045\"}]",
                                          one, two)));
    assert_true(root_read(unit, bytes, &file, &root));
    assert_int_equal(2, root.roles[TUF_ROOT].other_count);
    file.verifier = &verifier;
    REFUSES(ERR_FORBIDDEN, tuf_file_verify(&file, &root.roles[TUF_ROOT], &unit->err));
    assert_int_equal(1, calls);
}

UNIT(the_client_asks_the_verifier_for_every_role)
{
    int calls = 0;
    struct tuf_verifier verifier = {.ctx = &calls, .verify = says_yes};
    struct repo *repo = repo_new(unit->arena);
    struct span root = root_of_other(unit, "3045");
    int signatures = (int)(strstr(root.at, "\"signed\"") - root.at);
    struct span body = file_of(unit, "timestamp", ",\"meta\":{\"snapshot.json\":{\"version\":9}}");

    body = span_of(arena_printf(unit->arena, "%.*s%s", signatures, root.at, strstr(body.at, "\"signed\"")));
    repo_keep(repo, "root.json", root);
    repo_put(repo, "timestamp.json", body);
    repo->now_ms -= 1000;
    REFUSES(ERR_FORBIDDEN, repo_refresh(repo, &unit->err));
    repo->verifier = &verifier;
    REFUSES(ERR_IO, repo_refresh(repo, &unit->err));
    SAYS("does not have 9.snapshot.json");
    assert_int_equal(2, calls);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_key_of_another_kind_is_carried_but_does_not_count),
        UNIT_TEST(a_verifier_may_speak_for_another_kind),
        UNIT_TEST(the_same_key_of_another_kind_under_two_ids_counts_once),
        UNIT_TEST(the_client_asks_the_verifier_for_every_role),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
