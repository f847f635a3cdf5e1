#include "signing/snapshot.h"

#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "support/settings.h"
#include "support/tarball.h"

/* ---- there and back ------------------------------------------------------------------------------ */

UNIT(what_is_written_is_read_as_it_was_with_everything_in_order)
{
    struct snapshot before = settings_good(unit->arena), after = settings_round(unit, &before);
    const struct snapshot_category *book = snapshot_category(&after, snapshot_kind_find("addressbook"));

    assert_string_equal("MFP-3145", after.model);
    assert_string_equal("mfp-3100", after.family);
    assert_string_equal("SN-1", after.serial);
    assert_string_equal("mfp-1", after.controller_id);
    assert_int_equal(before.time_ms, after.time_ms);
    assert_int_equal(2, after.component_count);
    assert_string_equal("engine", after.components[0].name);
    assert_int_equal(3, after.category_count);
    assert_ptr_equal(book, &after.categories[0]);
    assert_string_equal("9", book->items[0].id);
    assert_string_equal("10", book->items[1].id);
    assert_string_equal("Zoë \"Z\"\nSecond line", snapshot_value(snapshot_item(book, "10"), "name"));
    assert_null(snapshot_item(book, "11"));
    assert_null(snapshot_value(&book->items[0], "mail"));
}

UNIT(the_same_settings_give_the_same_bytes_in_whatever_order_they_come)
{
    static const size_t other_order[] = {4, 3, 2, 5, 1, 0};
    struct setting_row turned[SETTINGS_FEW];

    for (size_t i = 0; i < SETTINGS_FEW; i++)
        turned[i] = settings_few[other_order[i]];
    struct snapshot one = settings_good(unit->arena),
                    two = settings_snapshot(unit->arena, "MFP-3145", turned, COUNT(turned));
    struct span a = settings_bytes(unit, &one), b = settings_bytes(unit, &two);

    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.at, b.at, a.size);
}

UNIT(writing_tells_the_digest_that_reading_finds)
{
    AUTO(fd_closep) int fd = tarball_fd(span_of(""));
    struct snapshot before = settings_good(unit->arena), written, after = settings_round(unit, &before);

    MUST(snapshot_write(unit->arena, &before, fd, &written, &unit->err));
    assert_string_equal(written.digest, after.digest);
    assert_string_equal(written.categories[0].sha256, after.categories[0].sha256);
    assert_int_equal(written.categories[2].size, after.categories[2].size);
}

UNIT(every_category_of_the_table_can_be_kept_and_has_its_words)
{
    struct setting_row rows[SNAPSHOT_KINDS];

    for (size_t i = 0; i < SNAPSHOT_KINDS; i++) {
        rows[i] = (struct setting_row){snapshot_kinds[i].name, "1", "name", "x"};
        assert_false(text_blank(snapshot_kinds[i].what));
        assert_false(text_blank(snapshot_kinds[i].secrets));
        assert_true(snapshot_field_is_secret(&snapshot_kinds[i], "smb_password2") ||
                    snapshot_field_is_secret(&snapshot_kinds[i], "key"));
        if (snapshot_kinds[i].class == SNAPSHOT_ADJUSTMENT)
            assert_false(snapshot_kinds[i].is_portable);
    }
    struct snapshot all = settings_snapshot(unit->arena, "MFP-3145", rows, COUNT(rows));
    struct snapshot read = settings_round(unit, &all);

    assert_int_equal(SNAPSHOT_KINDS, read.category_count);
    for (size_t i = 0; i < SNAPSHOT_KINDS; i++)
        assert_ptr_equal(&snapshot_kinds[i], read.categories[i].kind);
}

UNIT(a_field_is_secret_by_a_whole_part_of_its_name)
{
    const struct snapshot_kind *wireless = snapshot_kind_find("wireless");

    assert_true(snapshot_field_is_secret(wireless, "psk"));
    assert_true(snapshot_field_is_secret(wireless, "guest-psk-2"));
    assert_true(snapshot_field_is_secret(wireless, "password1"));
    assert_false(snapshot_field_is_secret(wireless, "pskill"));
    assert_false(snapshot_field_is_secret(wireless, "ssid"));
    assert_false(snapshot_field_is_secret(wireless, "42"));
}

UNIT(ids_are_ordered_as_numbers_first_and_then_as_texts)
{
    static const char *const order[] = {"1", "2", "10", "0011", "11", "100", "A", "a", "a1", "b"};

    for (size_t i = 0; i < COUNT(order); i++)
        for (size_t k = 0; k < COUNT(order); k++)
            assert_int_equal((i > k) - (i < k), (snapshot_id_compare(order[i], order[k]) > 0) -
                                                    (snapshot_id_compare(order[i], order[k]) < 0));
}

UNIT(a_description_has_counts_and_no_values)
{
    struct snapshot before = settings_good(unit->arena), after = settings_round(unit, &before);
    struct buf text = {.arena = unit->arena};
    struct json_out j = {.buf = &text};

    snapshot_describe(&after, &j, NULL);
    assert_non_null(strstr(buf_cstr(&text), "\"name\":\"addressbook\",\"class\":\"customer\",\"items\":2"));
    assert_non_null(strstr(buf_cstr(&text), "\"time\":\"2026-09-02T10:00:00Z\""));
    assert_null(strstr(buf_cstr(&text), "hidden-word"));
    assert_null(strstr(buf_cstr(&text), "example.com"));
}

/* ---- what is refused: the writer ----------------------------------------------------------------- */

static bool writes(struct unit *unit, const struct setting_row *row)
{
    AUTO(fd_closep) int fd = tarball_fd(span_of(""));
    struct snapshot one = settings_snapshot(unit->arena, "MFP-3145", row, 1), out;

    return snapshot_write(unit->arena, &one, fd, &out, &unit->err);
}

UNIT(the_writer_refuses_what_the_reader_would)
{
    char *long_value = arena_take(unit->arena, SNAPSHOT_VALUE_MAX + 2);
    memset(long_value, 'x', SNAPSHOT_VALUE_MAX + 1);
    /* clang-format off */
    const struct { struct setting_row row; enum err_code code; const char *says; } bad[] = {
        {{"network", "", "name", "x"},            ERR_INVALID,   "\"id\""},
        {{"network", "a\tb", "name", "x"},        ERR_INVALID,   "control characters"},
        {{"network", "\xFF", "name", "x"},        ERR_INVALID,   "\"id\""},
        {{"network", "1", "Name", "x"},           ERR_INVALID,   "a-z 0-9"},
        {{"network", "1", "", "x"},               ERR_INVALID,   "a-z 0-9"},
        {{"network", "1", "name", "\xFF"},        ERR_INVALID,   "field \"name\" must be a text"},
        {{"network", "1", "name", NULL},          ERR_INVALID,   "field \"name\" must be a text"},
        {{"network", "1", "name", long_value},    ERR_TOO_LARGE, "longer than"},
        {{"templates", "1", "job_name", "x"},     ERR_FORBIDDEN, "\"job_name\": no document data"},
        {{"mailbox-config", "1", "content", "x"}, ERR_FORBIDDEN, "\"content\": no document data"},
    };
    /* clang-format on */
    for (size_t i = 0; i < COUNT(bad); i++) {
        REFUSES(bad[i].code, writes(unit, &bad[i].row));
        SAYS(bad[i].says);
        SAYS("category");
    }
}

UNIT(the_writer_refuses_ids_and_fields_that_come_twice)
{
    static const struct setting_row ids[] = {
        {"network", "1", "name", "x"}, {"network", "2", "name", "x"}, {"network", "1", "name", "y"}};
    static const struct setting_row fields[] = {{"network", "1", "name", "x"}, {"network", "1", "name", "x"}};
    AUTO(fd_closep) int fd = tarball_fd(span_of(""));
    struct snapshot one = settings_snapshot(unit->arena, "M", ids, COUNT(ids)),
                    two = settings_snapshot(unit->arena, "M", fields, COUNT(fields)), out;

    REFUSES(ERR_INVALID, snapshot_write(unit->arena, &one, fd, &out, &unit->err));
    SAYS("two items have the id \"1\"");
    REFUSES(ERR_INVALID, snapshot_write(unit->arena, &two, fd, &out, &unit->err));
    SAYS("field \"name\" comes twice");
    one.category_count = 0;
    REFUSES(ERR_INVALID, snapshot_write(unit->arena, &one, fd, &out, &unit->err));
    SAYS("nothing has been backed up");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(what_is_written_is_read_as_it_was_with_everything_in_order),
        UNIT_TEST(the_same_settings_give_the_same_bytes_in_whatever_order_they_come),
        UNIT_TEST(writing_tells_the_digest_that_reading_finds),
        UNIT_TEST(every_category_of_the_table_can_be_kept_and_has_its_words),
        UNIT_TEST(a_field_is_secret_by_a_whole_part_of_its_name),
        UNIT_TEST(ids_are_ordered_as_numbers_first_and_then_as_texts),
        UNIT_TEST(a_description_has_counts_and_no_values),
        UNIT_TEST(the_writer_refuses_what_the_reader_would),
        UNIT_TEST(the_writer_refuses_ids_and_fields_that_come_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
