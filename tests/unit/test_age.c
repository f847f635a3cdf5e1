#include "signing/age.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "support/age.h"
#include "support/unit.h"

/* c2sp.org/age, "The X25519 recipient type" */
#define SPEC_IDENTITY "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
#define SPEC_RECIPIENT "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"

static void remove_folder(void *what)
{
    static const char *const names[] = {"key", "sealed", "wide", "odd"};

    for (size_t i = 0; i < COUNT(names); i++) {
        char path[128];

        snprintf(path, sizeof(path), "%s/%s", (const char *)what, names[i]);
        unlink(path);
    }
    rmdir(what);
}

static char *folder(struct unit *unit)
{
    const char *base = getenv("TMPDIR");
    char *dir = arena_printf(unit->arena, "%s/test_age.XXXXXX", base ? base : P_tmpdir);

    assert_non_null(mkdtemp(dir));
    arena_defer(unit->arena, remove_folder, dir);
    return dir;
}

static char *in(struct unit *unit, const char *dir, const char *name)
{
    return arena_printf(unit->arena, "%s/%s", dir, name);
}

static void free_identity(void *what)
{
    struct age_identity *identity = what;

    age_identity_freep(&identity);
}

static struct age_identity *phrase(struct unit *unit, const char *text, int work)
{
    struct age_identity *identity;

    MUST(age_identity_passphrase(span_of(text), work, &identity, &unit->err));
    arena_defer(unit->arena, free_identity, identity);
    return identity;
}

static bool same(const struct age_identity *a, const struct age_identity *b)
{
    char one[AGE_IDENTITY_CHARS + 1], two[AGE_IDENTITY_CHARS + 1];

    age_identity_text(a, one);
    age_identity_text(b, two);
    return text_equal(one, two);
}

UNIT(the_identity_of_the_standard_has_the_recipient_of_the_standard)
{
    AUTO(age_identity_freep) struct age_identity *identity = NULL;
    struct age_recipient recipient;
    char text[AGE_IDENTITY_CHARS + 1];

    MUST(age_identity_parse(span_of(SPEC_IDENTITY), &identity, &unit->err));
    age_identity_text(identity, text);
    assert_string_equal(text, SPEC_IDENTITY);
    age_recipient_text(age_identity_recipient(identity), text);
    assert_string_equal(text, SPEC_RECIPIENT);
    MUST(age_recipient_parse(span_of(SPEC_RECIPIENT), &recipient, &unit->err));
    assert_memory_equal(&recipient, age_identity_recipient(identity), sizeof(recipient));
    assert_false(age_identity_is_passphrase(identity));
}

UNIT(new_identities_differ_and_come_back_from_their_text)
{
    struct age_identity *one = age_test_identity(unit->arena), *two = age_test_identity(unit->arena);
    AUTO(age_identity_freep) struct age_identity *again = NULL;
    char text[AGE_IDENTITY_CHARS + 1];

    assert_false(same(one, two));
    age_identity_text(one, text);
    assert_int_equal(strlen(text), AGE_IDENTITY_CHARS);
    MUST(age_identity_parse(span_of(text), &again, &unit->err));
    assert_true(same(one, again));
    assert_memory_equal(age_identity_recipient(one), age_identity_recipient(again),
                        sizeof(struct age_recipient));
}

UNIT(what_is_no_key_is_refused_and_never_repeated)
{
    static const char *const wrong[] = {
        "",
        "AGE-SECRET-KEY-1",
        SPEC_RECIPIENT,
        SPEC_IDENTITY " ",
        " " SPEC_IDENTITY,
        SPEC_IDENTITY "\n",
        "age-secret-key-1gfpyysjzgfpyysjzgfpyysjzgfpyysjzgfpyysjzgfpyysjzgfpq4egaex",
        "AGE-SECRET-KEY-PQ-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX",
        "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEY"};
    struct age_identity *identity = NULL;
    struct age_recipient recipient;

    for (size_t i = 0; i < COUNT(wrong); i++) {
        REFUSES(ERR_INVALID, age_identity_parse(span_of(wrong[i]), &identity, &unit->err));
        SAYS("age key: not an identity: bech32:");
        assert_null(strstr(unit->err.text, "GFPYY"));
        assert_null(strstr(unit->err.text, "gfpyy"));
        assert_null(identity);
    }
    REFUSES(ERR_INVALID, age_recipient_parse(span_of(SPEC_IDENTITY), &recipient, &unit->err));
    SAYS("age key: not a recipient: bech32: the prefix is not age");
    REFUSES(ERR_INVALID,
            age_recipient_parse(span_of("AGE1ZVKYG2LQZRAA2LNJVQEJ32NKUU0UES2S82HZRYE869XEEXVN73EQUNUJWJ"),
                                &recipient, &unit->err));
    SAYS("in this case");
}

UNIT(a_passphrase_has_a_size_and_a_work)
{
    struct age_identity *identity = NULL;
    char longest[AGE_PASSPHRASE_MAX + 1];

    memset(longest, 'x', sizeof(longest));
    REFUSES(ERR_INVALID, age_identity_passphrase(span_of(""), 10, &identity, &unit->err));
    SAYS("1 to 1024 bytes, not 0");
    REFUSES(ERR_INVALID,
            age_identity_passphrase(span_make(longest, sizeof(longest)), 10, &identity, &unit->err));
    REFUSES(ERR_INVALID, age_identity_passphrase(span_of("x"), 0, &identity, &unit->err));
    REFUSES(ERR_INVALID, age_identity_passphrase(span_of("x"), AGE_WORK_MAX + 1, &identity, &unit->err));
    SAYS("scrypt's work is 1 to 20, not 21");
    MUST(age_identity_passphrase(span_make(longest, AGE_PASSPHRASE_MAX), 1, &identity, &unit->err));
    age_identity_freep(&identity);
    assert_null(identity);
}

UNIT(a_passphrase_opens_what_it_sealed_and_no_other_does)
{
    struct age_to to = {.passphrase = phrase(unit, "correct", 4)};
    struct buf sealed = {.arena = unit->arena}, out = {.arena = unit->arena};

    MUST(age_test_seal(&to, span_of("settings"), 3, &sealed, &unit->err));
    MUST(age_test_open(phrase(unit, "correct", 1), buf_span(&sealed), 5, &out, &unit->err));
    assert_string_equal(buf_cstr(&out), "settings");
    REFUSES(ERR_FORBIDDEN, age_test_open(phrase(unit, "Correct", 4), buf_span(&sealed), 5, &out, &unit->err));
    REFUSES(ERR_FORBIDDEN,
            age_test_open(age_test_identity(unit->arena), buf_span(&sealed), 5, &out, &unit->err));
}

/* ---- key files ------------------------------------------------------------------- */

UNIT(a_key_file_is_what_age_keygen_writes_and_is_never_overwritten)
{
    AUTO(age_identity_freep) struct age_identity *identity = NULL, *loaded = NULL;
    const char *path = in(unit, folder(unit), "key");
    struct span text;
    struct stat info;

    MUST(age_identity_parse(span_of(SPEC_IDENTITY), &identity, &unit->err));
    MUST(age_key_file_save(identity, path, NULL, &unit->err));
    MUST(file_read(unit->arena, path, 1000, &text, &unit->err));
    assert_string_equal(arena_text(unit->arena, text),
                        "# public key: " SPEC_RECIPIENT "\n" SPEC_IDENTITY "\n");
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    MUST(age_key_file_load(path, NULL, &loaded, &unit->err));
    assert_true(same(identity, loaded));
    REFUSES(ERR_CONFLICT, age_key_file_save(identity, path, NULL, &unit->err));
}

UNIT(a_sealed_key_file_wants_its_passphrase)
{
    AUTO(age_identity_freep) struct age_identity *loaded = NULL;
    struct age_identity *identity = age_test_identity(unit->arena), *key = phrase(unit, "correct", 4);
    const char *path = in(unit, folder(unit), "sealed");
    struct span text;

    MUST(age_key_file_save(identity, path, key, &unit->err));
    MUST(file_read(unit->arena, path, 4000, &text, &unit->err));
    assert_true(text_starts(arena_text(unit->arena, text), "-----BEGIN AGE ENCRYPTED FILE-----\n"));
    assert_null(memmem(text.at, text.size, "AGE-SECRET-KEY", 14));
    REFUSES(ERR_FORBIDDEN, age_key_file_load(path, NULL, &loaded, &unit->err));
    SAYS("give its passphrase");
    REFUSES(ERR_FORBIDDEN, age_key_file_load(path, phrase(unit, "wrong", 4), &loaded, &unit->err));
    assert_null(loaded);
    MUST(age_key_file_load(path, key, &loaded, &unit->err));
    assert_true(same(identity, loaded));
    REFUSES(ERR_INVALID, age_key_file_save(key, path, NULL, &unit->err));
}

static void write_file(struct unit *unit, const char *path, const char *text, mode_t mode)
{
    MUST(file_write_whole(path, span_of(text), mode, &unit->err));
}

UNIT(a_key_file_that_others_may_read_is_refused)
{
    struct age_identity *loaded = NULL;
    const char *path = in(unit, folder(unit), "wide");

    write_file(unit, path, SPEC_IDENTITY "\n", 0640);
    REFUSES(ERR_FORBIDDEN, age_key_file_load(path, NULL, &loaded, &unit->err));
    SAYS("others may read this key");
    assert_int_equal(chmod(path, 0400), 0);
    MUST(age_key_file_load(path, NULL, &loaded, &unit->err));
    age_identity_freep(&loaded);
}

UNIT(a_key_file_holds_one_identity_and_comments)
{
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {"", "no identity in the file"},
        {"# only words\n\n", "no identity in the file"},
        {SPEC_IDENTITY "\n" SPEC_IDENTITY "\n", "more than one identity"},
        {SPEC_RECIPIENT "\n", "not an identity"},
        {" " SPEC_IDENTITY "\n", "not an identity"},
    };
    AUTO(age_identity_freep) struct age_identity *loaded = NULL;
    const char *path = in(unit, folder(unit), "odd");

    for (size_t i = 0; i < COUNT(wrong); i++) {
        write_file(unit, path, wrong[i].text, 0600);
        REFUSES(ERR_INVALID, age_key_file_load(path, NULL, &loaded, &unit->err));
        SAYS(wrong[i].says);
    }
    write_file(unit, path, "# made by hand\r\n\r\n" SPEC_IDENTITY "\r\n# end", 0600);
    MUST(age_key_file_load(path, NULL, &loaded, &unit->err));
    char *large = arena_take(unit->arena, 17000);
    memset(large, '#', 16999);
    write_file(unit, path, large, 0600);
    REFUSES(ERR_TOO_LARGE, age_key_file_load(path, NULL, &loaded, &unit->err));
    REFUSES(ERR_NOT_FOUND, age_key_file_load("/no/such/key", NULL, &loaded, &unit->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(the_identity_of_the_standard_has_the_recipient_of_the_standard),
        UNIT_TEST(new_identities_differ_and_come_back_from_their_text),
        UNIT_TEST(what_is_no_key_is_refused_and_never_repeated),
        UNIT_TEST(a_passphrase_has_a_size_and_a_work),
        UNIT_TEST(a_passphrase_opens_what_it_sealed_and_no_other_does),
        UNIT_TEST(a_key_file_is_what_age_keygen_writes_and_is_never_overwritten),
        UNIT_TEST(a_sealed_key_file_wants_its_passphrase),
        UNIT_TEST(a_key_file_that_others_may_read_is_refused),
        UNIT_TEST(a_key_file_holds_one_identity_and_comments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
