#include "signing/age_armor.h"

#include "support/age.h"
#include "support/unit.h"

#define BEGIN "-----BEGIN AGE ENCRYPTED FILE-----\n"
#define END "-----END AGE ENCRYPTED FILE-----\n"
#define FULL "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"

UNIT(every_size_comes_back_in_pieces_of_any_size)
{
    static const size_t pieces[] = {1, 47, 48, 49, 5000};

    for (size_t size = 0; size < 7000; size += size < 200 ? 1 : 997)
        for (size_t i = 0; i < COUNT(pieces); i++) {
            struct span plain = age_test_plain(unit->arena, size);
            struct buf text = {.arena = unit->arena}, out = {.arena = unit->arena};

            MUST(age_test_armor(plain, pieces[i], &text, &unit->err));
            assert_int_equal(text.size, sizeof(BEGIN END) - 1 + (size + 2) / 3 * 4 + (size + 47) / 48);
            MUST(age_test_dearmor(buf_span(&text), pieces[i], &out, &unit->err));
            assert_int_equal(out.size, size);
            assert_true(size == 0 || memcmp(out.at, plain.at, size) == 0);
            assert_true(age_is_armor(buf_span(&text)));
            arena_reset(unit->arena);
        }
}

UNIT(carriage_returns_and_white_space_around_are_read)
{
    static const char *const fine[] = {
        BEGIN "AAAA\n" END,
        "-----BEGIN AGE ENCRYPTED FILE-----\r\nAAAA\r\n-----END AGE ENCRYPTED FILE-----\r\n",
        BEGIN "AAAA\n-----END AGE ENCRYPTED FILE-----",
        "\r\n \t\n\n" BEGIN "AAAA\n" END "\n  \t \r\n ",
    };

    for (size_t i = 0; i < COUNT(fine); i++) {
        struct buf out = {.arena = unit->arena};

        assert_true(age_is_armor(span_of(fine[i])));
        MUST(age_test_dearmor(span_of(fine[i]), 7, &out, &unit->err));
        assert_int_equal(out.size, 3);
    }
    assert_false(age_is_armor(span_of("age-encryption.org/v1\n")));
    assert_false(age_is_armor(span_of("")));
}

UNIT(each_spoiled_armor_is_refused_by_line_and_rule)
{
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {"", "the text is cut before -----END"},
        {"\n \n", "the text is cut before -----END"},
        {BEGIN, "the text is cut before -----END"},
        {BEGIN FULL, "the text is cut before -----END"},
        {BEGIN "AAAA", "the text is cut before -----END"},
        {"x\n" BEGIN "AAAA\n" END, "line 1: it is not -----BEGIN"},
        {" " BEGIN "AAAA\n" END, "line 1: it is not -----BEGIN"},
        {"-----BEGIN AGE ENCRYPTED FILE----- \nAAAA\n" END, "line 1: it is not -----BEGIN"},
        {BEGIN BEGIN "AAAA\n" END, "line 2: it is not canonical base64"},
        {BEGIN "\nAAAA\n" END, "line 2: 0 characters"},
        {BEGIN "AAAA\n\n" END, "line 3: behind a short line"},
        {BEGIN FULL "\n" END, "line 3: 0 characters"},
        {BEGIN "AAAA\nAAAA\n" END, "line 3: behind a short line"},
        {BEGIN "A" FULL END, "line 2: 65 characters"},
        {BEGIN "AAA\n" END, "line 2: it is not canonical base64"},
        {BEGIN "AAB=\n" END, "line 2: it is not canonical base64"},
        {BEGIN "AAA==\n" END, "line 2: it is not canonical base64"},
        {BEGIN "AAAA=\n" END, "line 2: it is not canonical base64"},
        {BEGIN "AA=A\n" END, "line 2: it is not canonical base64"},
        {BEGIN " AAAA\n" END, "line 2: it is not canonical base64"},
        {BEGIN "AAAA \n" END, "line 2: it is not canonical base64"},
        {BEGIN "AA_A\n" END, "line 2: it is not canonical base64"},
        {BEGIN "AA\xe6\x80\n" END, "line 2: it is not canonical base64"},
        {BEGIN "AAAA\r\r\n" END, "line 2: it is not canonical base64"},
        {BEGIN "AAAA\n-----END AGE ENCRYPTED FILE-----x\n", "line 3: behind a short line"},
        {BEGIN "AAAA\n" END "x", "line 4: there is something behind the end"},
        {BEGIN "AAAA\n" END BEGIN "AAAA\n" END, "line 4: there is something behind the end"},
    };

    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct buf out = {.arena = unit->arena};

        REFUSES(ERR_INVALID, age_test_dearmor(span_of(wrong[i].text), i % 2 ? 1 : 1000, &out, &unit->err));
        SAYS("age armor:");
        SAYS(wrong[i].says);
    }
}

UNIT(endless_white_space_and_endless_lines_are_bounded)
{
    char *blank = arena_take(unit->arena, 5000), *line = arena_take(unit->arena, 5000);
    struct buf out = {.arena = unit->arena};

    memset(blank, ' ', 4999);
    memset(line, 'A', 4999);
    REFUSES(ERR_INVALID, age_test_dearmor(span_of(blank), 100, &out, &unit->err));
    SAYS("age armor: line 1:");
    memset(blank, '\n', 4999);
    REFUSES(ERR_INVALID, age_test_dearmor(span_of(blank), 100, &out, &unit->err));
    SAYS("age armor: line 1025: more than 1024 bytes of white space");
    REFUSES(ERR_INVALID, age_test_dearmor(span_of(arena_printf(unit->arena, BEGIN "AAAA\n" END "%s", blank)),
                                          100, &out, &unit->err));
    SAYS("more than 1024 bytes of white space");
    REFUSES(ERR_INVALID,
            age_test_dearmor(span_of(arena_printf(unit->arena, BEGIN "%s", line)), 100, &out, &unit->err));
    SAYS("age armor: line 2: a line has 1 to 64 characters");
}

UNIT(a_machine_that_has_refused_or_ended_refuses)
{
    AUTO(age_armor_reader_freep) struct age_armor_reader *reader = NULL;
    AUTO(age_armor_writer_freep) struct age_armor_writer *writer = NULL;
    struct buf out = {.arena = unit->arena};
    const struct age_sink sink = age_test_sink(&out);

    age_armor_reader_begin(&sink, &reader);
    REFUSES(ERR_INVALID, age_armor_reader_push(reader, span_of("x\n"), &unit->err));
    REFUSES(ERR_CONFLICT, age_armor_reader_push(reader, span_of(BEGIN), &unit->err));
    REFUSES(ERR_CONFLICT, age_armor_reader_end(reader, &unit->err));
    age_armor_writer_begin(&sink, &writer);
    MUST(age_armor_writer_end(writer, &unit->err));
    assert_string_equal(buf_cstr(&out), BEGIN END);
    REFUSES(ERR_CONFLICT, age_armor_writer_push(writer, span_of("x"), &unit->err));
    REFUSES(ERR_CONFLICT, age_armor_writer_end(writer, &unit->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(every_size_comes_back_in_pieces_of_any_size),
        UNIT_TEST(carriage_returns_and_white_space_around_are_read),
        UNIT_TEST(each_spoiled_armor_is_refused_by_line_and_rule),
        UNIT_TEST(endless_white_space_and_endless_lines_are_bounded),
        UNIT_TEST(a_machine_that_has_refused_or_ended_refuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
