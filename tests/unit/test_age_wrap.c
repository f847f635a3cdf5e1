/* Headers written anew, and whom they open for then. */
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
    struct span bytes = age_test_header(unit, &old, 1), header = {"untouched", 9};
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
        UNIT_TEST(wrapped_anew_it_opens_for_the_new_ones_only_and_the_payload_stays),
        UNIT_TEST(wrapping_anew_needs_the_header_alone_and_refuses_strangers_and_changes),
        UNIT_TEST(a_file_is_sealed_to_one_passphrase_or_to_64_recipients_at_most),
        UNIT_TEST(the_digest_of_two_parts_is_that_of_the_file_and_knows_each),
        UNIT_TEST(derived_keys_are_those_of_RFC_5869),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
