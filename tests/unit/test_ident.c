#include "base/ident.h"

#include "base/text.h"
#include "support/unit.h"

UNIT(a_new_name_is_hex_of_the_size_asked_for_and_never_twice_the_same)
{
    const char *seen[64];

    for (size_t i = 0; i < COUNT(seen); i++) {
        seen[i] = ident_new(unit->arena, 16);
        assert_true(text_is_hex(seen[i], 32));
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(seen[k], seen[i]);
    }
}

UNIT(a_claim_is_four_groups_without_letters_that_look_like_digits)
{
    for (int round = 0; round < 200; round++) {
        const char *claim = ident_claim(unit->arena);

        assert_int_equal(19, strlen(claim));
        for (size_t i = 0; i < 19; i++) {
            if (i % 5 == 4)
                assert_int_equal('-', claim[i]);
            else
                assert_non_null(strchr("0123456789ABCDEFGHJKMNPQRSTVWXYZ", claim[i]));
        }
    }
}

UNIT(every_letter_of_the_claim_alphabet_is_used)
{
    size_t seen[256] = {0};

    for (int round = 0; round < 300; round++)
        for (const char *at = ident_claim(unit->arena); *at; at++)
            seen[(unsigned char)*at]++;
    for (const char *at = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; *at; at++)
        assert_true(seen[(unsigned char)*at] > 0);
}

UNIT(equal_means_the_same_bytes_and_nothing_equals_null)
{
    assert_true(ident_equal("abc", "abc"));
    assert_true(ident_equal("", ""));
    assert_false(ident_equal("abc", "abd"));
    assert_false(ident_equal("abc", "abcd"));
    assert_false(ident_equal("abc", NULL));
    assert_false(ident_equal(NULL, NULL));
}

UNIT(what_rests_of_a_token_is_its_sha256)
{
    char digest[65];

    ident_digest("abc", digest);
    assert_string_equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", digest);
}

UNIT(a_uniform_number_stays_below_and_reaches_all)
{
    size_t seen[5] = {0};

    for (int round = 0; round < 1000; round++) {
        uint32_t number = ident_uniform(5);

        assert_true(number < 5);
        seen[number]++;
    }
    for (size_t i = 0; i < COUNT(seen); i++)
        assert_true(seen[i] > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_new_name_is_hex_of_the_size_asked_for_and_never_twice_the_same),
        UNIT_TEST(a_claim_is_four_groups_without_letters_that_look_like_digits),
        UNIT_TEST(every_letter_of_the_claim_alphabet_is_used),
        UNIT_TEST(equal_means_the_same_bytes_and_nothing_equals_null),
        UNIT_TEST(what_rests_of_a_token_is_its_sha256),
        UNIT_TEST(a_uniform_number_stays_below_and_reaches_all),
    };

    ident_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
