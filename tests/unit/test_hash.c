#include "base/hash.h"

#include "support/unit.h"

/* FIPS 180-4 and RFC 1321 examples. */
/* clang-format off */
static const struct {
    enum hash_kind kind;
    const char *text, *hex;
} known[] = {
    {HASH_SHA256, "",    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {HASH_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {HASH_SHA1,   "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {HASH_MD5,    "abc", "900150983cd24fb0d6963f7d28e17f72"},
};
/* clang-format on */

UNIT(known_texts_have_their_published_digests)
{
    char hex[HASH_HEX_MAX];

    for (size_t i = 0; i < COUNT(known); i++) {
        hash_hex_of(known[i].kind, span_of(known[i].text), hex);
        assert_string_equal(known[i].hex, hex);
        assert_int_equal(strlen(hex), 2 * hash_size(known[i].kind));
    }
}

UNIT(pieces_make_the_same_digest_as_the_whole)
{
    for (size_t i = 0; i < COUNT(known); i++) {
        AUTO(hash_freep) struct hash *hash = hash_new(known[i].kind);
        char hex[HASH_HEX_MAX];

        for (const char *at = known[i].text; *at; at++)
            hash_add(hash, span_make(at, 1));
        hash_add(hash, span_make(NULL, 0));
        hash_hex(hash, hex);
        assert_string_equal(known[i].hex, hex);
    }
}

UNIT(after_the_digest_the_next_one_starts_anew)
{
    AUTO(hash_freep) struct hash *hash = hash_new(HASH_SHA256);
    char first[HASH_HEX_MAX], second[HASH_HEX_MAX];

    hash_add(hash, span_of("abc"));
    hash_hex(hash, first);
    hash_add(hash, span_of("abc"));
    hash_hex(hash, second);
    assert_string_equal(first, second);
}

UNIT(raw_and_hex_agree)
{
    AUTO(hash_freep) struct hash *hash = hash_new(HASH_SHA1);
    uint8_t raw[32] = {0};

    hash_add(hash, span_of("abc"));
    hash_raw(hash, raw);
    assert_int_equal(0xa9, raw[0]);
    assert_int_equal(0x9d, raw[19]);
    assert_int_equal(0, raw[20]);
}

UNIT(a_rank_is_stable_and_keeps_its_two_sides_apart)
{
    uint64_t rank = hash_rank(span_of("rollout-1"), span_of("device-1"));

    assert_true(rank == hash_rank(span_of("rollout-1"), span_of("device-1")));
    assert_true(rank != hash_rank(span_of("device-1"), span_of("rollout-1")));
    assert_true(rank != hash_rank(span_of("rollout-1"), span_of("device-2")));
    /* The first 64 bits of sha256("a/b"). */
    assert_true(hash_rank(span_of("a"), span_of("b")) == UINT64_C(0xc14cddc033f64b9d));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(known_texts_have_their_published_digests),
        UNIT_TEST(pieces_make_the_same_digest_as_the_whole),
        UNIT_TEST(after_the_digest_the_next_one_starts_anew),
        UNIT_TEST(raw_and_hex_agree),
        UNIT_TEST(a_rank_is_stable_and_keeps_its_two_sides_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
