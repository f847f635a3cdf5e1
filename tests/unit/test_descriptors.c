#include "base/descriptors.h"
#include "support/unit.h"

static int64_t taken(struct unit *unit, struct descriptors_wish wish)
{
    int64_t connections = 0;

    MUST(descriptors_share(&wish, &connections, &unit->err));
    return connections;
}

UNIT(what_was_wished_is_taken_where_there_is_room_for_it)
{
    assert_int_equal(taken(unit, (struct descriptors_wish){1048576, 64, 16000}), 16000);
    /* What the systemd unit allows suffices for the default, and for a file beside each of them. */
    assert_int_equal(taken(unit, (struct descriptors_wish){65536, 64, 16000}), 16000);
}

UNIT(every_connection_has_its_socket_and_the_store_has_its_own_beside_them)
{
    static const struct descriptors_wish wishes[] = {
        {1024, 64, 16000},
        {4096, 256, 16000},
        {1024, 1, 1000000},
        {700, 64, 1000},
    };

    for (size_t i = 0; i < COUNT(wishes); i++)
        assert_int_equal(wishes[i].files - taken(unit, wishes[i]), 64 + 8 * wishes[i].workers);
}

UNIT(too_few_open_files_are_refused_in_words_that_help)
{
    struct descriptors_wish wish = {591, 64, 16000};
    int64_t connections = -1;

    REFUSES(ERR_INVALID, descriptors_share(&wish, &connections, &unit->err));
    assert_non_null(strstr(unit->err.text, "allow it 592"));
    assert_int_equal(connections, -1);
    wish.files = 592;
    assert_int_equal(taken(unit, wish), 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(what_was_wished_is_taken_where_there_is_room_for_it),
        UNIT_TEST(every_connection_has_its_socket_and_the_store_has_its_own_beside_them),
        UNIT_TEST(too_few_open_files_are_refused_in_words_that_help),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
