#include "signing/bech32.h"

#include "support/unit.h"

/* BIP 173's own examples: values 0 to 31 are these twenty bytes. */
static const uint8_t all_values[20] = {0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf,
                                       0x84, 0x65, 0x3a, 0x56, 0xd7, 0xc6, 0x75, 0xbe, 0x77, 0xdf};
#define ALL_VALUES "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw"

static bool decodes(const char *text, const char *hrp, size_t size, struct err *err)
{
    uint8_t out[BECH32_BYTES_MAX];

    return bech32_decode(span_of(text), hrp, out, size, err);
}

UNIT(the_examples_of_the_standard_read_and_write_alike)
{
    uint8_t bytes[20];
    char text[64];

    MUST(bech32_decode(span_of(ALL_VALUES), "abcdef", bytes, sizeof(bytes), &unit->err));
    assert_memory_equal(bytes, all_values, sizeof(bytes));
    bech32_encode("abcdef", all_values, sizeof(all_values), text);
    assert_string_equal(text, ALL_VALUES);
    assert_int_equal(strlen(text), BECH32_CHARS(6, 20));
    bech32_encode("A", NULL, 0, text);
    assert_string_equal(text, "A12UEL5L");
    MUST(decodes("A12UEL5L", "A", 0, &unit->err));
    MUST(decodes("an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
                 "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio", 0,
                 &unit->err));
    MUST(decodes("?1ezyfcl", "?", 0, &unit->err));
}

UNIT(every_size_comes_back)
{
    uint8_t bytes[BECH32_BYTES_MAX], again[BECH32_BYTES_MAX];
    char text[BECH32_CHARS(3, BECH32_BYTES_MAX) + 1];

    for (size_t size = 0; size <= BECH32_BYTES_MAX; size++) {
        for (size_t i = 0; i < size; i++)
            bytes[i] = (uint8_t)(i * 37 + size);
        bech32_encode("age", bytes, size, text);
        assert_int_equal(strlen(text), BECH32_CHARS(3, size));
        MUST(bech32_decode(span_of(text), "age", again, size, &unit->err));
        assert_memory_equal(bytes, again, size);
    }
}

UNIT(each_wrong_character_anywhere_is_noticed)
{
    char text[] = ALL_VALUES;
    size_t noticed = 0;

    for (size_t i = 0; i < sizeof(text) - 1; i++)
        for (int c = 1; c < 256; c++) {
            if ((char)c == ALL_VALUES[i])
                continue;
            text[i] = (char)c;
            REFUSES(ERR_INVALID, decodes(text, "abcdef", 20, &unit->err));
            text[i] = ALL_VALUES[i];
            noticed++;
        }
    assert_int_equal(noticed, (sizeof(text) - 1) * 254);
}

UNIT(each_refusal_names_its_rule)
{
    static const struct {
        const char *text, *hrp;
        size_t size;
        const char *says;
    } wrong[] = {
        {"", "a", 0, "no 1 behind a prefix"},
        {"a2uel5l", "a", 0, "no 1 behind a prefix"},
        {"a12uel5", "a", 0, "5 characters behind a1 where 0 bytes take 6"},
        {"a12uel5l", "b", 0, "the prefix is not b"},
        {"12uel5l", "a", 0, "the prefix is not a"},
        {"a12uel5l", "A", 0, "the prefix is A, in this case"},
        {"A12UEL5L", "a", 0, "the prefix is a, in this case"},
        {"a12uEl5l", "a", 0, "character 3 behind the prefix is none"},
        {"a12ue\xc3l5", "a", 0, "character 4 behind the prefix is none"},
        {"a12ubl5l", "a", 0, "character 3 behind the prefix is none"},
        {"a12uel5q", "a", 0, "the checksum does not match"},
        {ALL_VALUES, "abcdef", 19, "38 characters behind abcdef1 where 19 bytes take 37"},
        /* 0 as one byte is "qq"; "qp" sets a bit that no byte holds. */
        {"a1qpamnt9j", "a", 1, "the spare bits at the end are not zero"},
    };

    for (size_t i = 0; i < COUNT(wrong); i++) {
        REFUSES(ERR_INVALID, decodes(wrong[i].text, wrong[i].hrp, wrong[i].size, &unit->err));
        SAYS(wrong[i].says);
    }
}

UNIT(a_refusal_leaves_the_output_alone_and_keeps_the_secret)
{
    uint8_t out[20];

    memset(out, 0xaa, sizeof(out));
    REFUSES(ERR_INVALID, bech32_decode(span_of("abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxq"), "abcdef",
                                       out, sizeof(out), &unit->err));
    for (size_t i = 0; i < sizeof(out); i++)
        assert_int_equal(out[i], 0xaa);
    assert_null(strstr(unit->err.text, "qpzry"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(the_examples_of_the_standard_read_and_write_alike),
        UNIT_TEST(every_size_comes_back),
        UNIT_TEST(each_wrong_character_anywhere_is_noticed),
        UNIT_TEST(each_refusal_names_its_rule),
        UNIT_TEST(a_refusal_leaves_the_output_alone_and_keeps_the_secret),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
