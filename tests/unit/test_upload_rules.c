#include "support/unit.h"

#include "base/text.h"
#include "domain/upload.h"

UNIT(checksums_are_read_as_hex)
{
    struct upload_checksum checksum;

    MUST(upload_checksum_parse(unit->arena, NULL, &checksum, &unit->err));
    assert_false(checksum.is_wanted);
    MUST(upload_checksum_parse(unit->arena, "sha1 qvTGHdzF6KLavt4PO0gs2a6pQ00=", &checksum, &unit->err));
    assert_true(checksum.is_wanted);
    assert_int_equal(checksum.kind, HASH_SHA1);
    assert_string_equal(checksum.hex, "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d");
}

UNIT(metadata_is_unique_keys_with_base64_or_nothing)
{
    static const char *const good[] = {"",       "a",        "a ",
                                       "a YQ==", "a YQ==,b", "filename d29ybGQ=,is_confidential"};
    static const char *const bad[] = {",", "a,", "a,a", "a YQ==,a Yg==", " ", "a !", "\x01 YQ==", "a YQ== x"};

    MUST(upload_metadata_check(unit->arena, NULL, &unit->err));
    for (size_t i = 0; i < COUNT(good); i++)
        MUST(upload_metadata_check(unit->arena, good[i], &unit->err));
    for (size_t i = 0; i < COUNT(bad); i++)
        REFUSES(ERR_INVALID, upload_metadata_check(unit->arena, bad[i], &unit->err));
}

UNIT(metadata_longer_than_its_bound_is_refused)
{
    char *text = arena_take(unit->arena, UPLOAD_METADATA_MAX + 2);

    memset(text, 'a', UPLOAD_METADATA_MAX + 1);
    REFUSES(ERR_INVALID, upload_metadata_check(unit->arena, text, &unit->err));
    text[UPLOAD_METADATA_MAX] = '\0';
    MUST(upload_metadata_check(unit->arena, text, &unit->err));
}

UNIT(a_value_is_found_by_its_key)
{
    assert_string_equal(upload_metadata_value(unit->arena, "type eA==,filename YS5zd3U=", "filename"),
                        "a.swu");
    assert_string_equal(upload_metadata_value(unit->arena, "filename", "filename"), "");
    assert_null(upload_metadata_value(unit->arena, "type eA==", "filename"));
    assert_null(upload_metadata_value(unit->arena, "", "filename"));
    assert_null(upload_metadata_value(unit->arena, NULL, "filename"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(checksums_are_read_as_hex),
        UNIT_TEST(metadata_is_unique_keys_with_base64_or_nothing),
        UNIT_TEST(metadata_longer_than_its_bound_is_refused),
        UNIT_TEST(a_value_is_found_by_its_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
