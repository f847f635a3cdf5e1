#include "signing/snapshot.h"

#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "support/settings.h"
#include "support/tarball.h"

/* clang-format off */
static const struct setting_row few[] = {
    {"network",     "lan",  "address",       "192.0.2.7"},
    {"network",     "lan",  "community",     "hidden-word"},
    {"addressbook", "10",   "name",          "Zoë \"Z\"\nSecond line"},
    {"addressbook", "10",   "mail",          "zoe@example.com"},
    {"addressbook", "9",    "name",          "Ann"},
    {"wireless",    "wlan", "psk",           ""},
};
/* clang-format on */

static struct snapshot good(struct unit *unit)
{
    return settings_snapshot(unit->arena, "MFP-3145", few, COUNT(few));
}

/* ---- there and back ------------------------------------------------------------------------------ */

UNIT(what_is_written_is_read_as_it_was_with_everything_in_order)
{
    struct snapshot before = good(unit), after = settings_round(unit, &before);
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
    struct setting_row turned[COUNT(few)];

    for (size_t i = 0; i < COUNT(few); i++)
        turned[i] = few[other_order[i]];
    struct snapshot one = good(unit), two = settings_snapshot(unit->arena, "MFP-3145", turned, COUNT(turned));
    struct span a = settings_bytes(unit, &one), b = settings_bytes(unit, &two);

    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.at, b.at, a.size);
}

UNIT(writing_tells_the_digest_that_reading_finds)
{
    AUTO(fd_closep) int fd = tarball_fd(span_of(""));
    struct snapshot before = good(unit), written, after = settings_round(unit, &before);

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
    struct snapshot before = good(unit), after = settings_round(unit, &before);
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

/* ---- what is refused: the reader ----------------------------------------------------------------- */

#define ITEMS "{\"items\":[{\"id\":\"1\",\"fields\":{\"name\":\"x\"}}]}"

/* A head of one category; NULL takes what is right for ITEMS. */
static const char *head(struct unit *unit, const char *name, const char *class, int items, const char *bytes)
{
    char digest[HASH_HEX_MAX];

    hash_hex_of(HASH_SHA256, span_of(bytes), digest);
    return arena_printf(
        unit->arena,
        "{\"schema\":\"nightshift-backup-1\",\"model\":\"M\",\"family\":\"f\",\"firmware\":{"
        "\"system\":\"1\"},\"serial\":\"S\",\"controller_id\":\"c\",\"time\":"
        "\"2026-09-02T10:00:00Z\",\"categories\":[{\"name\":\"%s\",\"class\":\"%s\",\"items\":%d,"
        "\"size\":%zu,\"sha256\":\"%s\"}]}",
        name, class, items, strlen(bytes), digest);
}

static bool reads(struct unit *unit, struct span tar)
{
    AUTO(fd_closep) int fd = tarball_fd(tar);
    struct snapshot out;

    return snapshot_read(unit->arena, fd, &out, &unit->err);
}

struct part {
    const char *name, *bytes;
};

static bool reads_parts(struct unit *unit, const struct part *parts, size_t count)
{
    struct buf tar = {.arena = unit->arena};

    for (size_t i = 0; i < count; i++)
        tarball_file(&tar, parts[i].name, span_of(parts[i].bytes));
    tarball_end(&tar);
    return reads(unit, buf_span(&tar));
}

static bool reads_pair(struct unit *unit, const char *top, const char *file, const char *bytes)
{
    const struct part parts[] = {{SNAPSHOT_HEAD_NAME, top}, {file, bytes}};

    return reads_parts(unit, parts, bytes ? 2 : 1);
}

UNIT(a_snapshot_made_by_hand_is_read_plain_and_packed)
{
    struct buf tar = {.arena = unit->arena};

    tarball_file(&tar, SNAPSHOT_HEAD_NAME, span_of(head(unit, "fax", "customer", 1, ITEMS)));
    tarball_file(&tar, "fax.json", span_of(ITEMS));
    tarball_end(&tar);
    MUST(reads(unit, buf_span(&tar)));
    MUST(reads(unit, tarball_pack(unit->arena, TARBALL_ZSTD, buf_span(&tar), 0)));
    MUST(reads(unit, tarball_pack(unit->arena, TARBALL_GZIP, buf_span(&tar), 0)));
    REFUSES(ERR_INVALID,
            reads(unit, tarball_pack(unit->arena, TARBALL_GZIP,
                                     tarball_pack(unit->arena, TARBALL_GZIP, buf_span(&tar), 0), 0)));
    REFUSES(ERR_INVALID, reads(unit, span_make(tar.at, tar.size - 1024)));
    SAYS("cut short");
}

UNIT(box_contents_fax_memory_and_job_names_are_refused_by_name)
{
    static const char *const names[] = {"box-contents", "mailbox-contents", "fax-memory", "job-names",
                                        "job-log",      "documents",        "scans"};

    for (size_t i = 0; i < COUNT(names); i++) {
        REFUSES(ERR_FORBIDDEN, reads_pair(unit, head(unit, names[i], "customer", 1, ITEMS), "x.json", ITEMS));
        SAYS("no document data");
        SAYS(names[i]);
        REFUSES(ERR_FORBIDDEN, reads_pair(unit, head(unit, "fax", "customer", 1, ITEMS),
                                          arena_printf(unit->arena, "%s.json", names[i]), ITEMS));
        SAYS("no document data");
        SAYS(names[i]);
    }
}

UNIT(each_bad_head_is_refused_with_its_reason)
{
    const char *fine = head(unit, "fax", "customer", 1, ITEMS);
    /* clang-format off */
    static const struct { const char *from, *to, *says; } bad[] = {
        {"backup-1",                 "backup-2",              "\"schema\" must be"},
        {"\"model\":\"M\"",          "\"model\":\"\"",        "\"model\""},
        {"\"model\":\"M\"",          "\"model\":\"\\n\"",     "control characters"},
        {"\"family\":\"f\"",         "\"family\":\"../f\"",   "\"family\""},
        {"\"system\":\"1\"",         "\"System\":\"1\"",      "component name"},
        {"\"system\":\"1\"",         "\"system\":1",          "version of \"system\""},
        {"2026-09-02T",              "yesterday",             "\"time\""},
        {"\"serial\":\"S\",",        "",                      "\"serial\""},
        {"\"serial\":",              "\"owner\":\"x\",\"serial\":", "\"owner\""},
        {"\"fax\"",                  "\"faxes\"",             "\"faxes\" is no category"},
        {"\"customer\"",             "\"adjustment\"",        "is of class \"customer\""},
        {"\"items\":1",              "\"items\":2",           "1 items and backup.json says 2"},
        {"\"items\":1",              "\"items\":-1",          "\"items\""},
        {"\"items\":1",              "\"items\":20001",       "\"items\""},
        {"\"size\":4",               "\"size\":5",            "bytes and backup.json says 5"},
        {"\"size\":4",               "\"size\":99999999",     "\"size\""},
        {"\"sha256\":\"",            "\"sha256\":\"X",        "\"sha256\""},
        {"}]}",                      "}],\"more\":1}",        "\"more\""},
    };
    /* clang-format on */
    for (size_t i = 0; i < COUNT(bad); i++) {
        const char *at = strstr(fine, bad[i].from);

        assert_non_null(at);
        const char *top = arena_printf(unit->arena, "%.*s%s%s", (int)(at - fine), fine, bad[i].to,
                                       at + strlen(bad[i].from));

        assert_false(reads_pair(unit, top, "fax.json", ITEMS));
        if (!strstr(unit->err.text, bad[i].says))
            fail_msg("\"%s\" does not say \"%s\"", unit->err.text, bad[i].says);
    }
}

UNIT(each_bad_category_file_is_refused_and_named)
{
    /* clang-format off */
    static const struct { const char *bytes, *says; } bad[] = {
        {"",                                                              "\"size\""},
        {"{}",                                                            "\"items\""},
        {"[]",                                                            "object"},
        {"{\"items\":[],\"documents\":[]}",                               "\"documents\""},
        {"{\"items\":[{\"id\":\"1\"}]}",                                  "\"fields\""},
        {"{\"items\":[{\"id\":\"1\",\"fields\":{},\"data\":\"\"}]}",      "\"data\""},
        {"{\"items\":[{\"id\":1,\"fields\":{}}]}",                        "\"id\""},
        {"{\"items\":[{\"id\":\"1\",\"fields\":{\"a\":1}}]}",             "field \"a\" must be a text"},
        {"{\"items\":[{\"id\":\"1\",\"fields\":{\"a\":\"\\u0000\"}}]}",   "field \"a\" must be a text"},
        {"{\"items\":[{\"id\":\"1\",\"fields\":{\"job_name\":\"x\"}}]}",  "no document data"},
        {"{\"items\":[{\"id\":\"1\",\"fields\":{\"a\":\"\",\"a\":\"\"}}]}", "a"},
        {"{\"items\":[{\"id\":\"1\",\"fields\":{}},{\"id\":\"1\",\"fields\":{}}]}", "two items have the id \"1\""},
    };
    /* clang-format on */
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_false(
            reads_pair(unit, head(unit, "fax", "customer", 1, bad[i].bytes), "fax.json", bad[i].bytes));
        if (!strstr(unit->err.text, bad[i].says))
            fail_msg("\"%s\" does not say \"%s\"", unit->err.text, bad[i].says);
    }
}

UNIT(entries_and_the_head_must_agree)
{
    const char *fax = head(unit, "fax", "customer", 1, ITEMS);
    const struct part twice[] = {{SNAPSHOT_HEAD_NAME, fax}, {"fax.json", ITEMS}, {"fax.json", ITEMS}};
    const struct part heads[] = {{SNAPSHOT_HEAD_NAME, fax}, {SNAPSHOT_HEAD_NAME, fax}};
    const struct part late[] = {{"fax.json", ITEMS}, {SNAPSHOT_HEAD_NAME, fax}};

    REFUSES(ERR_INVALID, reads_pair(unit, fax, NULL, NULL));
    SAYS("names category \"fax\" and the snapshot does not hold it");
    REFUSES(ERR_INVALID, reads_pair(unit, fax, "network.json", ITEMS));
    SAYS("\"network.json\" is not named in backup.json");
    REFUSES(ERR_INVALID, reads_pair(unit, fax, "fax", ITEMS));
    SAYS("\"fax\" is not named in backup.json");
    REFUSES(ERR_INVALID, reads_pair(unit, fax, "secrets.json", ITEMS));
    SAYS("no category of settings");
    REFUSES(ERR_INVALID, reads_parts(unit, twice, COUNT(twice)));
    SAYS("comes twice");
    REFUSES(ERR_INVALID, reads_parts(unit, heads, COUNT(heads)));
    SAYS("\"backup.json\" comes twice");
    REFUSES(ERR_INVALID, reads_parts(unit, late, COUNT(late)));
    SAYS("the first entry is \"fax.json\"");
    REFUSES(ERR_INVALID, reads_parts(unit, NULL, 0));
}

UNIT(another_byte_in_a_category_is_another_hash)
{
    REFUSES(ERR_INVALID, reads_pair(unit, head(unit, "fax", "customer", 1, ITEMS), "fax.json",
                                    "{\"items\":[{\"id\":\"2\",\"fields\":{\"name\":\"x\"}}]}"));
    SAYS("SHA-256");
}

UNIT(links_folders_and_paths_are_refused_without_advice_for_packages)
{
    struct buf tar = {.arena = unit->arena};

    tarball_file(&tar, SNAPSHOT_HEAD_NAME, span_of(head(unit, "fax", "customer", 1, ITEMS)));
    tarball_header(&tar, "fax.json", '2', "network.json", 0);
    tarball_end(&tar);
    REFUSES(ERR_INVALID, reads(unit, buf_span(&tar)));
    SAYS("symbolic link");
    assert_null(strstr(unit->err.text, "package build"));
    REFUSES(ERR_INVALID, reads_pair(unit, head(unit, "fax", "customer", 1, ITEMS), "../fax.json", ITEMS));
    SAYS("lies in a folder");
}

/* ---- cut at every block -------------------------------------------------------------------------- */

UNIT(a_snapshot_cut_anywhere_is_refused)
{
    struct snapshot whole = good(unit);
    struct span bytes = settings_bytes(unit, &whole);

    MUST(reads(unit, bytes));
    for (size_t size = 0; size < bytes.size; size += 256)
        assert_false(reads(unit, span_make(bytes.at, size)));
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
        UNIT_TEST(a_snapshot_made_by_hand_is_read_plain_and_packed),
        UNIT_TEST(box_contents_fax_memory_and_job_names_are_refused_by_name),
        UNIT_TEST(each_bad_head_is_refused_with_its_reason),
        UNIT_TEST(each_bad_category_file_is_refused_and_named),
        UNIT_TEST(entries_and_the_head_must_agree),
        UNIT_TEST(another_byte_in_a_category_is_another_hash),
        UNIT_TEST(links_folders_and_paths_are_refused_without_advice_for_packages),
        UNIT_TEST(a_snapshot_cut_anywhere_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
