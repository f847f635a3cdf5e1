/* What keeps a printer: names, words, and the form in which they travel. */
#include "model/busy.h"

#include "base/text.h"
#include "support/unit.h"

static const char *heard(struct unit *unit, const char *detail)
{
    return busy_heard(unit->arena, span_of(detail));
}

UNIT(every_name_has_its_words_and_comes_back_as_it_was_said)
{
    enum busy busy;

    for (int i = 0; i < BUSY__MAX; i++) {
        assert_true(busy_name[i] && busy_text[i] && *busy_text[i]);
        assert_true(busy_parse(busy_name[i], &busy) && busy == (enum busy)i);
        assert_string_equal(heard(unit, busy_say(unit->arena, busy_name[i])), busy_name[i]);
        assert_string_equal(busy_words(busy_name[i]), busy_text[i]);
    }
    assert_false(busy_parse("fax", &busy));
    assert_false(busy_parse("", &busy));
    assert_false(busy_parse(NULL, &busy));
    assert_false(busy_parse("fax-receiving-", &busy));
}

UNIT(hooks_may_write_names_in_their_own_way_and_other_words_stay_theirs)
{
    assert_string_equal(busy_say(unit->arena, "FAX_RECEIVING"), "busy: fax-receiving");
    assert_string_equal(busy_say(unit->arena, "Panel-In-Use"), "busy: panel-in-use");
    assert_string_equal(busy_say(unit->arena, "stapler warms up"), "busy: other: stapler warms up");
    assert_string_equal(busy_say(unit->arena, ""), "busy: other");
    assert_string_equal(busy_say(unit->arena, "other"), "busy: other");
    assert_string_equal(busy_words("other: stapler warms up"), "stapler warms up");
    assert_string_equal(busy_words("other"), "is busy");
}

UNIT(what_is_heard_is_bounded_and_of_that_form_or_nothing)
{
    char lot[200];

    assert_null(heard(unit, "FAX_RX"));
    assert_null(heard(unit, ""));
    assert_null(heard(unit, "busy"));
    assert_string_equal(heard(unit, "busy: "), "other");
    assert_string_equal(heard(unit, " busy: paper-jam\n"), "paper-jam");
    assert_string_equal(heard(unit, "busy: other:  moves house "), "other: moves house");
    assert_string_equal(heard(unit, "busy: a-name-of-tomorrow"), "other: a-name-of-tomorrow");
    memset(lot, 'x', sizeof(lot) - 1);
    lot[sizeof(lot) - 1] = '\0';
    assert_int_equal(strlen(heard(unit, arena_printf(unit->arena, "busy: %s", lot))), 64 + 7);
    assert_true(text_is_utf8(span_of(heard(
        unit, arena_printf(unit->arena, "busy: %.63s\xc3\xa4\xc3\xa4", lot))))); /* cut between letters */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(every_name_has_its_words_and_comes_back_as_it_was_said),
        UNIT_TEST(hooks_may_write_names_in_their_own_way_and_other_words_stay_theirs),
        UNIT_TEST(what_is_heard_is_bounded_and_of_that_form_or_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
