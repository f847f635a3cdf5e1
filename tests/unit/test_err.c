#include "base/err.h"

#include <errno.h>

#include "support/unit.h"

UNIT(every_code_has_a_word_of_its_own_and_an_http_status)
{
    for (int code = 0; code < ERR__MAX; code++) {
        const char *word = err_word((enum err_code)code);

        assert_non_null(word);
        assert_true(err_status((enum err_code)code) >= 200 && err_status((enum err_code)code) < 600);
        for (int other = 0; other < code; other++)
            assert_string_not_equal(word, err_word((enum err_code)other));
    }
    assert_string_equal("not_found", err_word(ERR_NOT_FOUND));
    assert_int_equal(460, err_status(ERR_CHECKSUM));
    assert_int_equal(507, err_status(ERR_NO_SPACE));
}

UNIT(a_code_outside_the_table_is_a_server_error)
{
    assert_string_equal("unknown", err_word(ERR__MAX));
    assert_int_equal(500, err_status((enum err_code) - 1));
}

UNIT(raising_fills_everything_and_returns_false)
{
    REFUSES(ERR_CONFLICT, FAIL(&unit->err, ERR_CONFLICT, "rollout %s is %s", "r1", "paused"));
    assert_string_equal("rollout r1 is paused", unit->err.text);
    assert_non_null(strstr(unit->err.file, "test_err.c"));
    assert_true(unit->err.line > 0);
}

UNIT(raising_may_quote_the_text_it_replaces)
{
    FAIL(&unit->err, ERR_IO, "disk");
    FAIL(&unit->err, ERR_BUSY, "again: %s", unit->err.text);
    assert_string_equal("again: disk", unit->err.text);
}

UNIT(the_place_comes_before_the_cause_and_the_code_stays)
{
    FAIL(&unit->err, ERR_CORRUPT, "short file");
    assert_false(err_within(&unit->err, "manifest %d", 7));
    assert_string_equal("manifest 7: short file", unit->err.text);
    assert_int_equal(ERR_CORRUPT, unit->err.code);
}

UNIT(text_that_is_too_long_is_cut_and_ends)
{
    char longer[1000];

    memset(longer, 'x', sizeof(longer));
    longer[sizeof(longer) - 1] = '\0';
    FAIL(&unit->err, ERR_INVALID, "%s", longer);
    assert_int_equal(sizeof(unit->err.text) - 1, strlen(unit->err.text));
    err_within(&unit->err, "%s", longer);
    assert_int_equal(sizeof(unit->err.text) - 1, strlen(unit->err.text));
    err_within(&unit->err, "here");
    assert_int_equal(sizeof(unit->err.text) - 1, strlen(unit->err.text));
    assert_memory_equal("here: xxx", unit->err.text, 9);
}

UNIT(errno_picks_the_code)
{
    /* clang-format off */
    static const struct { int number; enum err_code code; } rows[] = {
        {ENOSPC, ERR_NO_SPACE}, {EDQUOT, ERR_NO_SPACE}, {ENOENT, ERR_NOT_FOUND}, {EIO, ERR_IO}, {EACCES, ERR_IO},
    };
    /* clang-format on */
    for (size_t i = 0; i < COUNT(rows); i++) {
        errno = rows[i].number;
        REFUSES(rows[i].code, FAIL_ERRNO(&unit->err, "blobs"));
        assert_memory_equal("blobs: ", unit->err.text, 7);
        SAYS(strerror(rows[i].number));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(every_code_has_a_word_of_its_own_and_an_http_status),
        UNIT_TEST(a_code_outside_the_table_is_a_server_error),
        UNIT_TEST(raising_fills_everything_and_returns_false),
        UNIT_TEST(raising_may_quote_the_text_it_replaces),
        UNIT_TEST(the_place_comes_before_the_cause_and_the_code_stays),
        UNIT_TEST(text_that_is_too_long_is_cut_and_ends),
        UNIT_TEST(errno_picks_the_code),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
