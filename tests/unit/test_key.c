#include "signing/key.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "signing/canonical.h"
#include "support/unit.h"

/* RFC 8032, 7.1, test 1 */
static const uint8_t rfc_seed[32] = {0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a,
                                     0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32,
                                     0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60};
#define RFC_PUBLIC "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
#define RFC_SIG                                                                                              \
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"       \
    "d25bf5f0595bbe24655141438e7a100b"

/* A folder that goes with the test, and everything in it. */
static void remove_folder(void *what)
{
    DIR *dir = opendir(what);

    for (struct dirent *entry; dir && (entry = readdir(dir));)
        unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir)
        closedir(dir);
    rmdir(what);
}

static char *folder(struct unit *unit)
{
    const char *base = getenv("TMPDIR");
    char *dir = arena_printf(unit->arena, "%s/test_key.XXXXXX", base ? base : P_tmpdir);

    assert_non_null(mkdtemp(dir));
    arena_defer(unit->arena, remove_folder, dir);
    return dir;
}

static char *in(struct unit *unit, const char *dir, const char *name)
{
    return arena_printf(unit->arena, "%s/%s", dir, name);
}

static struct key *rfc_key(struct unit *unit)
{
    struct key *key = NULL;

    MUST(key_from_seed("rfc", rfc_seed, &key, &unit->err));
    return key;
}

static const char *text_of(struct unit *unit, const char *path)
{
    struct span bytes;

    MUST(file_read(unit->arena, path, 4096, &bytes, &unit->err));
    return arena_text(unit->arena, bytes);
}

static void write_as(struct unit *unit, const char *path, const char *text, mode_t mode)
{
    MUST(file_write_whole(path, span_of(text), mode, &unit->err));
}

/* A file with the first `from` replaced. */
static char *edited(struct unit *unit, const char *path, const char *from, const char *to)
{
    const char *text = text_of(unit, path), *at = strstr(text, from);

    assert_non_null(at);
    return arena_printf(unit->arena, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

UNIT(a_fixed_seed_gives_the_key_and_signature_of_the_standard)
{
    AUTO(key_freep) struct key *key = rfc_key(unit);
    char sig[KEY_SIG_HEX_CHARS + 1];

    assert_string_equal(RFC_PUBLIC, text_hex(unit->arena, key_public(key)->bytes, 32));
    key_sign(key, span_of(""), sig);
    assert_string_equal(RFC_SIG, sig);
    assert_true(key_verify(key_public(key), span_of(""), sig));
    assert_string_equal("rfc", key_name(key));
}

UNIT(the_key_id_is_the_hash_of_the_canonical_key_object)
{
    struct key_public key;

    MUST(key_public_parse(RFC_PUBLIC, &key, &unit->err));
    /* printf '{"keytype":"ed25519","keyval":{"public":"d75a..."},"scheme":"ed25519"}' | sha256sum */
    assert_string_equal("74c181c7ad8a0855d4b55e44d2ba87aabdddb196832571f15f92fece332e4916", key.id);
}

UNIT(another_message_key_or_signature_does_not_verify)
{
    AUTO(key_freep) struct key *key = rfc_key(unit);
    AUTO(key_freep) struct key *other = NULL;
    char sig[KEY_SIG_HEX_CHARS + 1];

    MUST(key_make("other", &other, &unit->err));
    key_sign(key, span_of("text"), sig);
    assert_true(key_verify(key_public(key), span_of("text"), sig));
    assert_false(key_verify(key_public(key), span_of("texu"), sig));
    assert_false(key_verify(key_public(other), span_of("text"), sig));
    assert_false(key_verify(key_public(key), span_of("text"), ""));
    assert_false(key_verify(key_public(key), span_of("text"), sig + 2));
    sig[0] = sig[0] == '0' ? '1' : '0';
    assert_false(key_verify(key_public(key), span_of("text"), sig));
}

UNIT(a_signature_in_upper_case_verifies)
{
    AUTO(key_freep) struct key *key = rfc_key(unit);
    char sig[] = RFC_SIG;

    for (char *c = sig; *c; c++)
        *c = (char)(*c >= 'a' ? *c - 32 : *c);
    assert_true(key_verify(key_public(key), span_of(""), sig));
}

UNIT(two_made_keys_differ)
{
    AUTO(key_freep) struct key *a = NULL;
    AUTO(key_freep) struct key *b = NULL;

    MUST(key_make("a", &a, &unit->err));
    MUST(key_make("b", &b, &unit->err));
    assert_string_not_equal(key_public(a)->id, key_public(b)->id);
    struct key *c = NULL;
    REFUSES(ERR_INVALID, key_make("a name/with a slash", &c, &unit->err));
    assert_null(c);
}

UNIT(a_plain_key_file_is_for_the_owner_only_and_comes_back)
{
    AUTO(key_freep) struct key *key = rfc_key(unit);
    AUTO(key_freep) struct key *again = NULL;
    const char *path = in(unit, folder(unit), "k.key");
    struct stat info;

    MUST(key_save(key, path, NULL, &unit->err));
    assert_int_equal(0, stat(path, &info));
    assert_int_equal(0600, info.st_mode & 07777);
    assert_int_equal(1, info.st_nlink);
    assert_false(key_is_sealed(path));
    assert_string_equal("nightshift-key-1\nname: rfc\npublic: " RFC_PUBLIC
                        "\nsecret: 9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60\n",
                        text_of(unit, path));
    MUST(key_load(path, NULL, &again, &unit->err));
    assert_string_equal(key_public(key)->id, key_public(again)->id);
    assert_string_equal("rfc", key_name(again));
}

UNIT(a_sealed_key_opens_with_its_passphrase_only)
{
    AUTO(key_freep) struct key *key = rfc_key(unit);
    AUTO(key_freep) struct key *again = NULL;
    const char *path = in(unit, folder(unit), "k.key");

    MUST(key_save(key, path, "correct horse", &unit->err));
    assert_true(key_is_sealed(path));
    assert_null(strstr(text_of(unit, path), "9d61b19d"));
    assert_null(strstr(text_of(unit, path), "secret"));
    REFUSES(ERR_FORBIDDEN, key_load(path, NULL, &again, &unit->err));
    SAYS("give its passphrase");
    REFUSES(ERR_FORBIDDEN, key_load(path, "wrong horse", &again, &unit->err));
    SAYS("try again");
    assert_null(again);
    MUST(key_load(path, "correct horse", &again, &unit->err));
    assert_string_equal(key_public(key)->id, key_public(again)->id);
}

UNIT(an_empty_passphrase_is_not_taken_for_sealing)
{
    AUTO(key_freep) struct key *key = rfc_key(unit);
    const char *path = in(unit, folder(unit), "k.key");

    REFUSES(ERR_INVALID, key_save(key, path, "", &unit->err));
    assert_false(file_exists(path));
}

UNIT(a_key_file_is_never_overwritten)
{
    AUTO(key_freep) struct key *key = rfc_key(unit);
    const char *dir = folder(unit), *path = in(unit, dir, "k.key");

    write_as(unit, path, "precious", 0600);
    REFUSES(ERR_CONFLICT, key_save(key, path, NULL, &unit->err));
    SAYS("move it away");
    assert_string_equal("precious", text_of(unit, path));
    unlink(path);
    assert_int_equal(0, rmdir(dir)); /* nothing is left beside it */
}

UNIT(a_key_file_that_others_may_read_is_refused_with_the_way_out)
{
    AUTO(key_freep) struct key *key = rfc_key(unit);
    static const mode_t modes[] = {0640, 0604, 0660, 0644};
    const char *path = in(unit, folder(unit), "k.key");

    MUST(key_save(key, path, NULL, &unit->err));
    for (size_t i = 0; i < COUNT(modes); i++) {
        struct key *again = NULL;

        assert_int_equal(0, chmod(path, modes[i]));
        REFUSES(ERR_FORBIDDEN, key_load(path, NULL, &again, &unit->err));
        SAYS("chmod 600");
        assert_null(again);
    }
}

UNIT(damaged_key_files_are_refused_and_no_secret_is_told)
{
    AUTO(key_freep) struct key *key = rfc_key(unit);
    const char *path = in(unit, folder(unit), "k.key");

    MUST(key_save(key, path, NULL, &unit->err));
    const char *const bad[] = {
        "",
        "nightshift-key-1\n",
        edited(unit, path, "key-1", "key-2"),
        edited(unit, path, "name: rfc", "name: a/b"),
        edited(unit, path, "name: rfc\n", ""),
        edited(unit, path, "secret: 9d", "secret: 9e"),
        edited(unit, path, "secret: 9d", "secret: 9"),
        edited(unit, path, "secret: ", "secrets: "),
        edited(unit, path, "public: d7", "public: d8"),
        edited(unit, path, "public: d7", "public: "),
        edited(unit, path, "name: rfc\n", "name: rfc\nname: rfc\n"),
        edited(unit, path, "name: rfc\n", "name: rfc\nsealed: 00 00 00\n"),
        edited(unit, path, "name: rfc\n", "\nname: rfc\n"),
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct key *again = NULL;

        write_as(unit, path, bad[i], 0600);
        assert_false(key_load(path, NULL, &again, &unit->err));
        assert_true(unit->err.code == ERR_INVALID || unit->err.code == ERR_CORRUPT);
        assert_null(strstr(unit->err.text, "61b19d"));
        assert_null(again);
    }
}

UNIT(a_damaged_seal_is_refused_and_cannot_ask_for_all_memory)
{
    AUTO(key_freep) struct key *key = rfc_key(unit);
    const char *path = in(unit, folder(unit), "k.key");

    MUST(key_save(key, path, "pass", &unit->err));
    const char *const bad[] = {
        edited(unit, path, "limits: 3 268435456", "limits: 3 268435456000"),
        edited(unit, path, "limits: 3 268435456", "limits: 1000000 268435456"),
        edited(unit, path, "limits: 3 268435456", "limits: 3"),
        edited(unit, path, "limits: 3 268435456\n", ""),
        edited(unit, path, "sealed: ", "sealed: 00"),
        edited(unit, path, "sealed: ", "sealed: x "),
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct key *again = NULL;

        write_as(unit, path, bad[i], 0600);
        REFUSES(ERR_CORRUPT, key_load(path, "pass", &again, &unit->err));
        assert_null(again);
    }
}

UNIT(the_public_half_comes_from_either_file)
{
    AUTO(key_freep) struct key *key = rfc_key(unit);
    const char *dir = folder(unit);
    struct key_public open;
    struct stat info;
    char name[KEY_NAME_CHARS + 1];

    MUST(key_save(key, in(unit, dir, "k.key"), "pass", &unit->err));
    MUST(key_public_load(in(unit, dir, "k.key"), &open, name, &unit->err));
    assert_string_equal(key_public(key)->id, open.id);
    MUST(key_public_save(&open, name, in(unit, dir, "k.pub"), &unit->err));
    assert_string_equal("nightshift-pub-1\nname: rfc\npublic: " RFC_PUBLIC "\n",
                        text_of(unit, in(unit, dir, "k.pub")));
    assert_int_equal(0, stat(in(unit, dir, "k.pub"), &info));
    assert_int_equal(0644, info.st_mode & 07777);
    MUST(key_public_load(in(unit, dir, "k.pub"), &open, name, &unit->err));
    assert_string_equal("rfc", name);
    struct key *none = NULL;
    assert_int_equal(0, chmod(in(unit, dir, "k.pub"), 0600));
    REFUSES(ERR_INVALID, key_load(in(unit, dir, "k.pub"), NULL, &none, &unit->err));
    REFUSES(ERR_NOT_FOUND, key_public_load(in(unit, dir, "absent"), &open, name, &unit->err));
    REFUSES(ERR_INVALID, key_public_load(dir, &open, name, &unit->err));
}

UNIT(a_public_key_is_64_hex_digits)
{
    struct key_public key;

    REFUSES(ERR_INVALID, key_public_parse("", &key, &unit->err));
    REFUSES(ERR_INVALID, key_public_parse(NULL, &key, &unit->err));
    REFUSES(ERR_INVALID, key_public_parse(RFC_PUBLIC "0", &key, &unit->err));
    REFUSES(ERR_INVALID, key_public_parse("z" RFC_PUBLIC, &key, &unit->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_fixed_seed_gives_the_key_and_signature_of_the_standard),
        UNIT_TEST(the_key_id_is_the_hash_of_the_canonical_key_object),
        UNIT_TEST(another_message_key_or_signature_does_not_verify),
        UNIT_TEST(a_signature_in_upper_case_verifies),
        UNIT_TEST(two_made_keys_differ),
        UNIT_TEST(a_plain_key_file_is_for_the_owner_only_and_comes_back),
        UNIT_TEST(a_sealed_key_opens_with_its_passphrase_only),
        UNIT_TEST(an_empty_passphrase_is_not_taken_for_sealing),
        UNIT_TEST(a_key_file_is_never_overwritten),
        UNIT_TEST(a_key_file_that_others_may_read_is_refused_with_the_way_out),
        UNIT_TEST(damaged_key_files_are_refused_and_no_secret_is_told),
        UNIT_TEST(a_damaged_seal_is_refused_and_cannot_ask_for_all_memory),
        UNIT_TEST(the_public_half_comes_from_either_file),
        UNIT_TEST(a_public_key_is_64_hex_digits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
