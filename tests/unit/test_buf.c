#include "base/buf.h"

#include "support/unit.h"

UNIT(an_empty_buf_is_an_empty_text)
{
    struct buf buf = {.arena = unit->arena};

    assert_string_equal("", buf_cstr(&buf));
    assert_int_equal(0, buf_span(&buf).size);
    assert_non_null(buf_span(&buf).at);
    buf_add(&buf, span_make(NULL, 0));
    buf_text(&buf, NULL);
    assert_string_equal("", buf_cstr(&buf));
}

UNIT(bytes_come_out_as_they_went_in_whatever_their_number)
{
    struct buf buf = {.arena = unit->arena};

    for (int i = 0; i < 100000; i++) {
        buf_char(&buf, (char)i);
        assert_int_equal('\0', buf.at[buf.size]);
    }
    assert_int_equal(100000, buf_span(&buf).size);
    for (int i = 0; i < 100000; i++)
        if (buf.at[i] != (char)i)
            fail_msg("byte %d changed", i);
}

UNIT(a_buf_may_be_added_to_itself)
{
    struct buf buf = {.arena = unit->arena};

    buf_text(&buf, "ab");
    for (int i = 0; i < 10; i++)
        buf_add(&buf, buf_span(&buf));
    assert_int_equal(2048, buf.size);
    assert_memory_equal("abababab", buf.at + 2040, 8);
}

UNIT(printing_appends_at_every_border)
{
    for (int start = 0; start < 300; start++) {
        struct buf buf = {.arena = unit->arena};

        for (int i = 0; i < start; i++)
            buf_char(&buf, '.');
        buf_printf(&buf, "%s-%d", "text", 42);
        assert_int_equal(start + 7, buf.size);
        assert_string_equal("text-42", buf.at + start);
    }
}

UNIT(printing_nothing_adds_nothing)
{
    struct buf buf = {.arena = unit->arena};

    buf_text(&buf, "a");
    buf_printf(&buf, "%s", "");
    assert_string_equal("a", buf_cstr(&buf));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(an_empty_buf_is_an_empty_text),
        UNIT_TEST(bytes_come_out_as_they_went_in_whatever_their_number),
        UNIT_TEST(a_buf_may_be_added_to_itself),
        UNIT_TEST(printing_appends_at_every_border),
        UNIT_TEST(printing_nothing_adds_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
