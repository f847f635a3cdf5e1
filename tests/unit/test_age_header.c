#include "signing/age_header.h"

#include <sodium.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "signing/age_parts.h"
#include "support/age.h"
#include "support/unit.h"

#define V1 "age-encryption.org/v1\n"
#define SHARE "TEiF0ypqr+bpvcqXNyCVJpL7OuwPdVwPL7KQEbFDOCc"
#define BODY "hjabGXwSLQ9c3S6Lw2i+S2Tu2fiwQHHslbBN6B41FLE"
#define GOOD "-> X25519 " SHARE "\n" BODY "\n"
#define SALT "rF0/NwblUHHTpgQgRpe5CQ"
#define PHRASE "-> scrypt " SALT " 10\n" BODY "\n"
#define END "--- WyJp9F/9FOZh7gJdheq2WIJcwHgYc8NIVh3ddwhrcNg\n"
#define COLUMNS64 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static struct span plain_header(struct unit *unit, const struct age_identity *const *whose, size_t count)
{
    AUTO(age_locked_freep) uint8_t *file_key = age_locked_new(AGE_FILE_KEY_BYTES);
    struct age_recipient *recipients = ARENA_MANY(unit->arena, struct age_recipient, count);
    struct span header;

    for (size_t i = 0; i < count; i++)
        recipients[i] = *age_identity_recipient(whose[i]);
    randombytes_buf(file_key, AGE_FILE_KEY_BYTES);
    MUST(age_header_write(unit->arena, file_key, &(struct age_to){recipients, count, NULL}, &header,
                          &unit->err));
    return header;
}

UNIT(what_was_written_is_read_the_same)
{
    const struct age_identity *both[2] = {age_test_identity(unit->arena), age_test_identity(unit->arena)};
    struct span bytes = plain_header(unit, both, 2);
    struct buf longer = {.arena = unit->arena};
    struct age_header header;
    size_t size;

    buf_add(&longer, bytes);
    buf_add(&longer, span_make("\0\n--- payload\n", 14));
    MUST(age_header_parse(unit->arena, buf_span(&longer), &header, &unit->err));
    assert_int_equal(header.size, bytes.size);
    assert_int_equal(header.count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_true(age_span_is(header.stanzas[i].kind, "X25519"));
        assert_int_equal(header.stanzas[i].arg_count, 1);
        assert_int_equal(header.stanzas[i].body.size, AGE_WRAPPED_BYTES);
        MUST(age_header_opens(buf_span(&longer), &(struct age_by){&both[i], 1}, &unit->err));
    }
    for (size_t cut = 0; cut < bytes.size; cut++)
        assert_int_equal(age_header_size(span_make(bytes.at, cut), &size, &unit->err), AGE_CUT);
    assert_int_equal(age_header_size(bytes, &size, &unit->err), AGE_FOUND);
    assert_int_equal(size, bytes.size);
}

UNIT(each_spoiled_header_is_refused_by_its_rule)
{
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {"", "the file is cut within it"},
        {V1, "the file is cut within it"},
        {V1 GOOD, "the file is cut within it"},
        {V1 GOOD "--- Wy", "the file is cut within it"},
        {"age-encryption.org/v2\n" GOOD END, "the version line is not age-encryption.org/v1"},
        {"age-encryption.org/v1\r\n" GOOD END, "the version line is not age-encryption.org/v1"},
        {"-----BEGIN AGE ENCRYPTED FILE-----\n", "but as armor"},
        {"nightshift", "does not begin with age-encryption.org/v1"},
        {" " V1 GOOD END, "does not begin with age-encryption.org/v1"},
        {V1 END, "there is no stanza"},
        {V1 "\n" GOOD END, "stanza 1: it does not begin with \"-> \""},
        {V1 "->X25519 " SHARE "\n" BODY "\n" END, "stanza 1: it does not begin with \"-> \""},
        {V1 "->\n" BODY "\n" END, "stanza 1: it does not begin with \"-> \""},
        {V1 "-> \n" BODY "\n" END, "stanza 1: one space stands before each argument"},
        {V1 "->  a\n" BODY "\n" END, "stanza 1: one space stands before each argument"},
        {V1 "-> a  b\n" BODY "\n" END, "stanza 1: one space stands before each argument"},
        {V1 "-> a \n" BODY "\n" END, "stanza 1: one space stands before each argument"},
        {V1 GOOD "-> a\tb\n\n" END, "stanza 2: an argument holds byte 09"},
        {V1 GOOD "-> a\x7f\n\n" END, "stanza 2: an argument holds byte 7f"},
        {V1 GOOD "-> a\xc3\xa9\n\n" END, "stanza 2: an argument holds byte c3"},
        {V1 GOOD "-> a\r\n\n" END, "stanza 2: an argument holds byte 0d"},
        {V1 GOOD "-> a\n" END, "stanza 2: its body does not end with a line of less than 64"},
        {V1 "-> a\n" GOOD END, "stanza 1: its body does not end with a line of less than 64"},
        {V1 GOOD "-> a\n" COLUMNS64 "\n" END, "stanza 2: its body does not end with a line of less than 64"},
        {V1 GOOD "-> a\n" COLUMNS64 "A\n" END, "stanza 2: a line of its body has 65 characters"},
        {V1 GOOD "-> a\nAAA=\n" END, "stanza 2: its body is not canonical base64"},
        {V1 GOOD "-> a\nAAB\n" END, "stanza 2: its body is not canonical base64"},
        {V1 GOOD "-> a\nA\n" END, "stanza 2: its body is not canonical base64"},
        {V1 GOOD "-> a\nA-_A\n" END, "stanza 2: its body is not canonical base64"},
        {V1 GOOD "-> a\nA\xe6\xff\x80\n" END, "stanza 2: its body is not canonical base64"},
        {V1 GOOD "-> a\nAA\nAA\n" END, "stanza 3: it does not begin with \"-> \""},
        {V1 "-> X25519\n" BODY "\n" END, "stanza 1: X25519 takes one argument, not 0"},
        {V1 "-> X25519 " SHARE " " SHARE "\n" BODY "\n" END, "stanza 1: X25519 takes one argument, not 2"},
        {V1 "-> X25519 " SALT "\n" BODY "\n" END, "the share is not 32 bytes of canonical base64"},
        {V1 "-> X25519 " SHARE "=\n" BODY "\n" END, "the share is not 32 bytes of canonical base64"},
        {V1 "-> X25519 TEiF0ypqr+bpvcqXNyCVJpL7OuwPdVwPL7KQEbFDOCd\n" BODY "\n" END,
         "the share is not 32 bytes of canonical base64"},
        {V1 GOOD "--- \xe6yJp9F/9FOZh7gJdheq2WIJcwHgYc8NIVh3ddwhrcNg\n", "the last line is not \"--- \""},
        {V1 "-> X25519 " SHARE "\n\n" END, "the wrapped file key has 32 bytes, not 0"},
        {V1 "-> X25519 " SHARE "\n" BODY "AAA\n" END, "the wrapped file key has 32 bytes, not 34"},
        {V1 "-> X25519 " SHARE "\n" COLUMNS64 "\n\n" END, "the wrapped file key has 32 bytes, not 48"},
        {V1 PHRASE GOOD END, "a scrypt stanza stands alone, and here are 2"},
        {V1 "-> grease\n\n" PHRASE END, "a scrypt stanza stands alone, and here are 2"},
        {V1 PHRASE PHRASE END, "a scrypt stanza stands alone, and here are 2"},
        {V1 "-> scrypt " SALT "\n" BODY "\n" END, "scrypt takes two arguments, not 1"},
        {V1 "-> scrypt " SHARE " 10\n" BODY "\n" END, "the salt is not 16 bytes of canonical base64"},
        {V1 "-> scrypt " SALT " 0\n" BODY "\n" END, "scrypt's work is a number from 1 to 20"},
        {V1 "-> scrypt " SALT " 010\n" BODY "\n" END, "scrypt's work is a number from 1 to 20"},
        {V1 "-> scrypt " SALT " 1x\n" BODY "\n" END, "scrypt's work is a number from 1 to 20"},
        {V1 "-> scrypt " SALT " -5\n" BODY "\n" END, "scrypt's work is a number from 1 to 20"},
        {V1 "-> scrypt " SALT " 21\n" BODY "\n" END, "scrypt's work is a number from 1 to 20"},
        {V1 "-> scrypt " SALT " 4294967306\n" BODY "\n" END, "scrypt's work is a number from 1 to 20"},
        {V1 GOOD "---\n", "the last line is not \"--- \""},
        {V1 GOOD "--- \n", "the last line is not \"--- \""},
        {V1 GOOD "---WyJp9F/9FOZh7gJdheq2WIJcwHgYc8NIVh3ddwhrcNgA\n", "the last line is not \"--- \""},
        {V1 GOOD "--- WyJp9F/9FOZh7gJdheq2WIJcwHgYc8NIVh3ddwhrcNh\n", "the last line is not \"--- \""},
        {V1 GOOD "--- WyJp9F/9FOZh7gJdheq2WIJcwHgYc8NIVh3ddwhrcN\n", "the last line is not \"--- \""},
        {V1 GOOD "--- WyJp9F/9FOZh7gJdheq2WIJcwHgYc8NIVh3ddwhrcNg \n", "the last line is not \"--- \""},
    };
    struct age_header header;

    for (size_t i = 0; i < COUNT(wrong); i++) {
        REFUSES(ERR_INVALID, age_header_parse(unit->arena, span_of(wrong[i].text), &header, &unit->err));
        if (!strstr(unit->err.text, wrong[i].says))
            fail_msg("row %zu says %s", i, unit->err.text);
        SAYS("age header:");
    }
}

UNIT(stanzas_of_unknown_kinds_are_kept_and_counted)
{
    static const char text[] = V1 "-> grease\n\n-> !\"#$%&' ()*+,-./ {|}~\n" COLUMNS64 "\n" COLUMNS64
                                  "\nAAAA\n" GOOD "-> x25519 a\nAA\n" END;
    struct age_header header;
    struct age_stanzas count;

    MUST(age_header_parse(unit->arena, span_of(text), &header, &unit->err));
    assert_int_equal(header.count, 4);
    assert_true(age_span_is(header.stanzas[1].kind, "!\"#$%&'"));
    assert_int_equal(header.stanzas[1].arg_count, 2);
    assert_true(age_span_is(header.stanzas[1].args[1], "{|}~"));
    assert_int_equal(header.stanzas[1].body.size, 48 + 48 + 3);
    assert_int_equal(header.stanzas[0].body.size, 0);
    MUST(age_header_stanzas(span_of(text), &count, &unit->err));
    assert_int_equal(count.x25519, 1);
    assert_int_equal(count.scrypt, 0);
    assert_int_equal(count.other, 3);
    MUST(age_header_stanzas(span_of(V1 PHRASE END), &count, &unit->err));
    assert_int_equal(count.scrypt, 1);
    assert_int_equal(count.x25519 + count.other, 0);
}

UNIT(sixty_four_stanzas_are_read_and_sixty_five_refused)
{
    struct buf text = {.arena = unit->arena};
    struct age_header header;

    buf_text(&text, V1);
    for (int i = 0; i < AGE_STANZAS_MAX; i++)
        buf_text(&text, "-> a\n\n");
    size_t size = text.size;
    buf_text(&text, END);
    MUST(age_header_parse(unit->arena, buf_span(&text), &header, &unit->err));
    assert_int_equal(header.count, AGE_STANZAS_MAX);
    text.size = size;
    buf_text(&text, "-> a\n\n" END);
    REFUSES(ERR_TOO_LARGE, age_header_parse(unit->arena, buf_span(&text), &header, &unit->err));
    SAYS("more than 64 stanzas");
}

/* A header of exactly that many bytes: one stanza with a long argument. */
static struct span sized(struct unit *unit, size_t size)
{
    struct buf text = {.arena = unit->arena};

    buf_text(&text, V1 "-> ");
    while (text.size + sizeof("\n\n" END) - 1 < size)
        buf_char(&text, 'a');
    buf_text(&text, "\n\n" END);
    assert_int_equal(text.size, size);
    return buf_span(&text);
}

UNIT(a_header_of_64_KiB_is_read_and_a_longer_one_refused)
{
    struct age_identity *identity = age_test_identity(unit->arena);
    struct buf out = {.arena = unit->arena};
    struct age_header header;
    size_t pieces[] = {1, 1000, 1 << 20};

    MUST(age_header_parse(unit->arena, sized(unit, AGE_HEADER_MAX), &header, &unit->err));
    assert_int_equal(header.size, AGE_HEADER_MAX);
    struct span longer = sized(unit, AGE_HEADER_MAX + 1);
    REFUSES(ERR_TOO_LARGE, age_header_parse(unit->arena, longer, &header, &unit->err));
    SAYS("does not end within 64 KiB");
    for (size_t i = 0; i < COUNT(pieces); i++) {
        REFUSES(ERR_TOO_LARGE, age_test_open(identity, longer, pieces[i], &out, &unit->err));
        REFUSES(ERR_FORBIDDEN,
                age_test_open(identity, sized(unit, AGE_HEADER_MAX), pieces[i], &out, &unit->err));
    }
}

UNIT(a_changed_header_does_not_pass_its_mac)
{
    const struct age_identity *both[2] = {age_test_identity(unit->arena), age_test_identity(unit->arena)};
    struct span bytes = plain_header(unit, both, 2);
    struct age_by second = {&both[1], 1};
    struct buf changed = {.arena = unit->arena};
    const char *mac = memmem(bytes.at, bytes.size, "---", 3);

    MUST(age_header_opens(bytes, &second, &unit->err));
    /* One more stanza, which our key has no part in. */
    buf_add(&changed, span_make(bytes.at, (size_t)(mac - bytes.at)));
    buf_text(&changed, "-> extra\n\n");
    buf_add(&changed, span_make(mac, bytes.size - (size_t)(mac - bytes.at)));
    REFUSES(ERR_INVALID, age_header_opens(buf_span(&changed), &second, &unit->err));
    SAYS("age header MAC:");
    /* Every character changed. */
    char *copy = arena_text(unit->arena, bytes);
    for (size_t i = 0; i < bytes.size; i++) {
        copy[i] ^= 1;
        assert_false(age_header_opens(span_make(copy, bytes.size), &second, &unit->err));
        copy[i] ^= 1;
    }
}

UNIT(a_stranger_is_told_that_it_is_sealed_to_others)
{
    const struct age_identity *owner = age_test_identity(unit->arena),
                              *stranger = age_test_identity(unit->arena);
    struct span bytes = plain_header(unit, &owner, 1);

    REFUSES(ERR_FORBIDDEN, age_header_opens(bytes, &(struct age_by){&stranger, 1}, &unit->err));
    SAYS("age recipient:");
    REFUSES(ERR_FORBIDDEN, age_header_opens(bytes, &(struct age_by){NULL, 0}, &unit->err));
    const struct age_identity *both[2] = {stranger, owner};
    MUST(age_header_opens(bytes, &(struct age_by){both, 2}, &unit->err));
}

/* The points whose product with any scalar is zero (RFC 7748, 6.1; Curve25519 has these and their other
 * spellings). */
static const char *const low_order[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000080",
};

UNIT(points_of_low_order_are_refused_as_shares_and_as_recipients)
{
    const struct age_identity *identity = age_test_identity(unit->arena);

    for (size_t i = 0; i < COUNT(low_order); i++) {
        struct age_recipient recipient, again;
        char share[AGE_RECIPIENT_CHARS + 1], text[AGE_RECIPIENT_CHARS + 1];
        struct buf out = {.arena = unit->arena};

        assert_true(sodium_hex2bin(recipient.point, 32, low_order[i], 64, NULL, NULL, NULL) == 0);
        age_recipient_text(&recipient, text);
        REFUSES(ERR_INVALID, age_recipient_parse(span_of(text), &again, &unit->err));
        SAYS("a point of low order");
        REFUSES(ERR_INVALID,
                age_test_seal(&(struct age_to){&recipient, 1, NULL}, span_of("x"), 1, &out, &unit->err));
        SAYS("a point of low order");
        assert_int_equal(out.size, 0);
        sodium_bin2base64(share, sizeof(share), recipient.point, 32,
                          sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
        char *header = arena_printf(unit->arena, V1 "-> X25519 %s\n" BODY "\n" END, share);
        REFUSES(ERR_INVALID, age_header_opens(span_of(header), &(struct age_by){&identity, 1}, &unit->err));
        SAYS("a point of low order");
    }
}

/* ---- writing anew ---------------------------------------------------------------- */

UNIT(wrapped_anew_it_opens_for_the_new_ones_only_and_the_payload_stays)
{
    const struct age_identity *old = age_test_identity(unit->arena), *next = age_test_identity(unit->arena);
    struct span plain = age_test_plain(unit->arena, 70000), header;
    struct age_to to = {.recipients = age_identity_recipient(old), .count = 1};
    struct age_to whom = {.recipients = age_identity_recipient(next), .count = 1};
    struct buf sealed = {.arena = unit->arena}, moved = {.arena = unit->arena}, out = {.arena = unit->arena};
    size_t payload_at;

    MUST(age_test_seal(&to, plain, 999, &sealed, &unit->err));
    MUST(age_rewrap(unit->arena, buf_span(&sealed), &(struct age_by){&old, 1}, &whom, &header, &payload_at,
                    &unit->err));
    buf_add(&moved, header);
    buf_add(&moved, span_make(sealed.at + payload_at, sealed.size - payload_at));
    assert_int_equal((int64_t)(sealed.size - payload_at), age_payload_size(70000));
    MUST(age_test_open(next, buf_span(&moved), 999, &out, &unit->err));
    assert_int_equal(out.size, plain.size);
    assert_memory_equal(out.at, plain.at, plain.size);
    REFUSES(ERR_FORBIDDEN, age_test_open(old, buf_span(&moved), 999, &out, &unit->err));
    out.size = 0;
    MUST(age_test_open(old, buf_span(&sealed), 999, &out, &unit->err));
    assert_int_equal(out.size, plain.size);
}

UNIT(wrapping_anew_needs_the_header_alone_and_refuses_strangers_and_changes)
{
    const struct age_identity *old = age_test_identity(unit->arena), *other = age_test_identity(unit->arena);
    struct span bytes = plain_header(unit, &old, 1), header = {"untouched", 9};
    struct age_to to = {.recipients = age_identity_recipient(other), .count = 1};
    char *changed = arena_text(unit->arena, bytes);
    size_t payload_at = 77;

    changed[bytes.size - 3] = changed[bytes.size - 3] == 'A' ? 'B' : 'A';
    REFUSES(ERR_FORBIDDEN, age_rewrap(unit->arena, bytes, &(struct age_by){&other, 1}, &to, &header,
                                      &payload_at, &unit->err));
    REFUSES(ERR_INVALID, age_rewrap(unit->arena, span_make(changed, bytes.size), &(struct age_by){&old, 1},
                                    &to, &header, &payload_at, &unit->err));
    SAYS("age header MAC:");
    REFUSES(ERR_INVALID, age_rewrap(unit->arena, bytes, &(struct age_by){&old, 1},
                                    &(struct age_to){.count = 0}, &header, &payload_at, &unit->err));
    SAYS("1 to 64 recipients, not 0");
    assert_string_equal(header.at, "untouched");
    assert_int_equal(payload_at, 77);
    MUST(age_rewrap(unit->arena, bytes, &(struct age_by){&old, 1}, &to, &header, &payload_at, &unit->err));
    assert_int_equal(payload_at, bytes.size);
}

UNIT(a_file_is_sealed_to_one_passphrase_or_to_64_recipients_at_most)
{
    AUTO(age_identity_freep) struct age_identity *phrase = NULL;
    struct age_identity *identity = age_test_identity(unit->arena);
    struct age_recipient many[AGE_STANZAS_MAX + 1];
    struct buf out = {.arena = unit->arena};

    MUST(age_identity_passphrase(span_of("secret"), 1, &phrase, &unit->err));
    for (size_t i = 0; i < COUNT(many); i++)
        many[i] = *age_identity_recipient(identity);
    REFUSES(ERR_INVALID, age_test_seal(&(struct age_to){many, 1, phrase}, span_of("x"), 1, &out, &unit->err));
    SAYS("a passphrase is the only one");
    REFUSES(ERR_INVALID,
            age_test_seal(&(struct age_to){NULL, 0, identity}, span_of("x"), 1, &out, &unit->err));
    SAYS("an identity is no passphrase");
    REFUSES(ERR_INVALID, age_test_seal(&(struct age_to){many, 65, NULL}, span_of("x"), 1, &out, &unit->err));
    SAYS("1 to 64 recipients, not 65");
    MUST(age_test_seal(&(struct age_to){many, 64, NULL}, span_of("x"), 1, &out, &unit->err));
    MUST(age_header_opens(buf_span(&out), &(struct age_by){(const struct age_identity *const *)&identity, 1},
                          &unit->err));
}

UNIT(the_digest_of_two_parts_is_that_of_the_file_and_knows_each)
{
    struct span plain = age_test_plain(unit->arena, 100000);
    struct age_identity *identity = age_test_identity(unit->arena);
    const struct age_to to = {.recipients = age_identity_recipient(identity), .count = 1};
    struct buf sealed = {.arena = unit->arena};
    char of_parts[65], of_file[65], other[65], payload[65];
    AUTO(fd_closep) int fd = memfd_create("sealed", MFD_CLOEXEC);
    size_t size = 0;

    MUST(age_test_seal(&to, plain, 4096, &sealed, &unit->err));
    assert_int_equal(age_header_size(buf_span(&sealed), &size, &unit->err), AGE_FOUND);
    hash_hex_of(HASH_SHA256, span_make(sealed.at + size, sealed.size - size), payload);
    MUST(age_digest(span_make(sealed.at, size), payload, of_parts, &unit->err));
    MUST(file_write_all(fd, buf_span(&sealed), &unit->err));
    MUST(age_file_digest(fd, of_file, &unit->err));
    assert_string_equal(of_parts, of_file);
    MUST(age_digest(span_make(sealed.at, size - 1), payload, other, &unit->err));
    assert_string_not_equal(of_parts, other);
    payload[0] = payload[0] == '0' ? '1' : '0';
    MUST(age_digest(span_make(sealed.at, size), payload, other, &unit->err));
    assert_string_not_equal(of_parts, other);
    REFUSES(ERR_INVALID, age_digest(span_make(sealed.at, size), "abc", other, &unit->err));
    assert_int_equal(ftruncate(fd, 10), 0);
    REFUSES(ERR_INVALID, age_file_digest(fd, of_file, &unit->err));
}

UNIT(derived_keys_are_those_of_RFC_5869)
{
    uint8_t secret[22], salt[13], out[AGE_KEY_BYTES];
    char hex[65];

    memset(secret, 0x0b, sizeof(secret));
    for (size_t i = 0; i < sizeof(salt); i++)
        salt[i] = (uint8_t)i;
    age_hkdf(span_make(secret, sizeof(secret)), span_make(salt, sizeof(salt)),
             "\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9", out);
    sodium_bin2hex(hex, sizeof(hex), out, sizeof(out));
    assert_string_equal(hex, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
    age_hkdf(span_make(secret, sizeof(secret)), span_of(""), "", out);
    sodium_bin2hex(hex, sizeof(hex), out, sizeof(out));
    assert_string_equal(hex, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(what_was_written_is_read_the_same),
        UNIT_TEST(each_spoiled_header_is_refused_by_its_rule),
        UNIT_TEST(stanzas_of_unknown_kinds_are_kept_and_counted),
        UNIT_TEST(sixty_four_stanzas_are_read_and_sixty_five_refused),
        UNIT_TEST(a_header_of_64_KiB_is_read_and_a_longer_one_refused),
        UNIT_TEST(a_changed_header_does_not_pass_its_mac),
        UNIT_TEST(a_stranger_is_told_that_it_is_sealed_to_others),
        UNIT_TEST(points_of_low_order_are_refused_as_shares_and_as_recipients),
        UNIT_TEST(wrapped_anew_it_opens_for_the_new_ones_only_and_the_payload_stays),
        UNIT_TEST(wrapping_anew_needs_the_header_alone_and_refuses_strangers_and_changes),
        UNIT_TEST(a_file_is_sealed_to_one_passphrase_or_to_64_recipients_at_most),
        UNIT_TEST(the_digest_of_two_parts_is_that_of_the_file_and_knows_each),
        UNIT_TEST(derived_keys_are_those_of_RFC_5869),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
