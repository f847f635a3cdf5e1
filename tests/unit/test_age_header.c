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

UNIT(what_was_written_is_read_the_same)
{
    const struct age_identity *both[2] = {age_test_identity(unit->arena), age_test_identity(unit->arena)};
    struct span bytes = age_test_header(unit, both, 2);
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
    struct span bytes = age_test_header(unit, both, 2);
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
    struct span bytes = age_test_header(unit, &owner, 1);

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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
