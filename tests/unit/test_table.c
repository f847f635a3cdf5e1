#include "support/unit.h"

#include "base/text.h"
#include "tools/nightshift/table.h"

static const struct json *parsed(struct unit *unit, const char *text)
{
    const struct json *value;

    MUST(json_parse(unit->arena, span_of(text), &value, &unit->err));
    return value;
}

static const char *shown(struct unit *unit, const char *text, const char *member, enum field_kind kind)
{
    struct field field = {"T", member, kind};

    return field_text(unit->arena, parsed(unit, text), &field);
}

UNIT(every_kind_of_value_reads_well)
{
    const char *text =
        "{\"a\":\"x\",\"n\":-5,\"t\":true,\"f\":false,\"l\":[\"p\",2],\"o\":{\"k\":\"v\",\"m\":1},"
        "\"z\":null,\"e\":\"\",\"d\":{\"d\":{\"d\":7}}}";

    assert_string_equal(shown(unit, text, "a", FIELD_PLAIN), "x");
    assert_string_equal(shown(unit, text, "n", FIELD_PLAIN), "-5");
    assert_string_equal(shown(unit, text, "t", FIELD_PLAIN), "yes");
    assert_string_equal(shown(unit, text, "f", FIELD_PLAIN), "no");
    assert_string_equal(shown(unit, text, "l", FIELD_PLAIN), "p, 2");
    assert_string_equal(shown(unit, text, "l", FIELD_COUNT_OF), "2");
    assert_string_equal(shown(unit, text, "o", FIELD_PLAIN), "k=v, m=1");
    assert_string_equal(shown(unit, text, "d.d.d", FIELD_PLAIN), "7");
    assert_string_equal(shown(unit, text, "z", FIELD_PLAIN), "-");
    assert_string_equal(shown(unit, text, "e", FIELD_PLAIN), "-");
    assert_string_equal(shown(unit, text, "absent", FIELD_PLAIN), "-");
    assert_string_equal(shown(unit, text, "a.b.c", FIELD_PLAIN), "-");
}

UNIT(bytes_and_hashes_are_short)
{
    assert_string_equal(shown(unit, "{\"s\":12300000}", "s", FIELD_BYTES), "12.3 MB");
    assert_string_equal(shown(unit, "{\"h\":\"0123456789abcdef\"}", "h", FIELD_SHORT), "0123456789ab");
}

UNIT(what_a_device_wrote_cannot_play_with_the_terminal)
{
    const char *text = "{\"a\":\"\\u001b[2Jx\\ny\\u007f\\u009bz \\u00e9\"}";

    assert_string_equal(shown(unit, text, "a", FIELD_PLAIN), "?[2Jx?y??z \xc3\xa9");
}

UNIT(columns_are_as_wide_as_their_widest_cell_in_characters)
{
    static const struct field fields[] = {{"NAME", "n", FIELD_PLAIN}, {"V", "v", FIELD_PLAIN}};
    struct buf out = {.arena = unit->arena};

    table_add(&out, parsed(unit, "[{\"n\":\"J\\u00f6rg Meier\",\"v\":1},{\"n\":\"x\",\"v\":22}]"), fields, 2);
    assert_string_equal(buf_cstr(&out), "NAME        V\n"
                                        "J\xc3\xb6rg Meier  1\n"
                                        "x           22\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(every_kind_of_value_reads_well),
        UNIT_TEST(bytes_and_hashes_are_short),
        UNIT_TEST(what_a_device_wrote_cannot_play_with_the_terminal),
        UNIT_TEST(columns_are_as_wide_as_their_widest_cell_in_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
