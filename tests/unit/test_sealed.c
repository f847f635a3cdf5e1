#include "support/age.h"
#include "support/restore.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "tools/nightshift/restore.h"

/* ---- what people type ---------------------------------------------------------------------------- */

UNIT(bytes_are_said_with_thousands)
{
    int64_t bytes;

    MUST(bytes_parse("0", "--quota", &bytes, &unit->err));
    assert_int_equal(0, bytes);
    MUST(bytes_parse("500M", "--quota", &bytes, &unit->err));
    assert_int_equal(500000000, bytes);
    MUST(bytes_parse("10G", "--quota", &bytes, &unit->err));
    assert_int_equal(10000000000, bytes);
    MUST(bytes_parse("1T", "--quota", &bytes, &unit->err));
    assert_int_equal(1000000000000, bytes);
    MUST(bytes_parse("7K", "--quota", &bytes, &unit->err));
    assert_int_equal(7000, bytes);
}

UNIT(bytes_that_are_none_are_refused)
{
    static const char *const bad[] = {
        "", "G", "-1", "1.5G", "10GB", "10g", "9999999999T", "1 G", "111111111111111111111111111"};
    int64_t bytes;

    for (size_t i = 0; i < COUNT(bad); i++) {
        REFUSES(ERR_INVALID, bytes_parse(bad[i], "--quota", &bytes, &unit->err));
        SAYS("--quota");
    }
}

UNIT(a_number_is_a_backup_and_everything_else_a_file)
{
    assert_false(sealed_is_file("17"));
    assert_true(sealed_is_file("./17"));
    assert_true(sealed_is_file("backup-17.age"));
    assert_true(sealed_is_file("0"));
}

/* ---- what the service says --------------------------------------------------------------------------- */

static const struct json *parsed(struct unit *unit, const char *text)
{
    const struct json *value;

    MUST(json_parse(unit->arena, span_of(text), &value, &unit->err));
    return value;
}

UNIT(a_move_under_way_is_read_and_an_answer_without_custody_is_none)
{
    struct custody custody;

    MUST(custody_read(parsed(unit, "{\"custody\":\"customer\",\"recipient\":\"age1a\",\"left\":7,\"next\":"
                                   "{\"custody\":\"service\",\"recipient\":\"age1b\"}}"),
                      &custody, &unit->err));
    assert_true(custody_is_customer(&custody));
    assert_string_equal("age1b", custody.next_recipient);
    assert_int_equal(7, custody.left);
    MUST(custody_read(parsed(unit, "{\"custody\":\"\"}"), &custody, &unit->err));
    assert_string_equal("", custody.next_custody);
    assert_false(custody_is_customer(&custody));
    REFUSES(ERR_INVALID, custody_read(parsed(unit, "{}"), &custody, &unit->err));
}

UNIT(a_plan_goes_by_the_facts_of_the_service)
{
    struct restore_facts facts;

    MUST(restore_facts_read(unit->arena,
                            parsed(unit,
                                   "{\"backup\":9,\"wish\":\"network\",\"facts\":{\"target_model\":\"M\","
                                   "\"target_id\":\"d\",\"target_serial\":\"S\",\"recipient\":\"age1d\","
                                   "\"is_same_chassis\":true,\"move_adjustments\":false}}"),
                            &facts, &unit->err));
    assert_string_equal("9", facts.backup);
    assert_string_equal("network", facts.wish);
    assert_string_equal("age1d", facts.recipient);
    assert_true(facts.is_same_chassis);
    assert_false(facts.may_move_adjustments);
    REFUSES(ERR_INVALID, restore_facts_read(unit->arena, parsed(unit, "{\"backup\":9}"), &facts, &unit->err));
}

UNIT(a_restore_is_over_in_the_four_closed_states)
{
    static const char *const open[] = {"needs-plan", "planned", "started", "redeemed", "unheard-of", NULL};
    static const char *const over[] = {"done", "failed", "expired", "cancelled"};

    for (size_t i = 0; i < COUNT(open); i++)
        assert_false(restore_is_over(open[i]));
    for (size_t i = 0; i < COUNT(over); i++)
        assert_true(restore_is_over(over[i]));
}

/* ---- comparing --------------------------------------------------------------------------------------------
 */

UNIT(what_the_device_did_not_apply_is_not_compared)
{
    static const struct setting_row sent_rows[] = {{"network", "lan", "hostname", "a"},
                                                   {"print-service", "1", "name", "x"}};
    static const struct setting_row after_rows[] = {
        {"fax", "1", "name", "x"}, {"network", "lan", "hostname", "a"}, {"print-service", "1", "name", "y"}};
    struct snapshot sent = settings_snapshot(unit->arena, "MFP-3145", sent_rows, 2);
    struct snapshot after = settings_snapshot(unit->arena, "MFP-5210", after_rows, 3), only;
    const struct json *results = parsed(unit, "[{\"name\":\"network\",\"result\":\"applied\"},"
                                              "{\"name\":\"print-service\",\"result\":\"failed\"}]");

    only = restore_only_applied(unit->arena, &after, &sent, results);
    assert_int_equal(1, only.category_count);
    assert_string_equal("network", only.categories[0].kind->name);
    assert_int_equal(0, only.component_count);
    assert_string_equal("MFP-3145", only.model);
    assert_int_equal(0, restore_only_applied(unit->arena, &after, &sent, NULL).category_count);
}

/* ---- sealed files ----------------------------------------------------------------------------------------
 */

static struct cli cli_of(struct unit *unit)
{
    return (struct cli){.arena = unit->arena};
}

static struct span packed(struct unit *unit, struct cli *cli, const struct age_identity *to)
{
    struct snapshot made = settings_snapshot(unit->arena, "MFP-3145", restore_rows, 9);
    char recipient[AGE_RECIPIENT_CHARS + 1];
    struct span bytes;
    int64_t size;
    int fd;

    age_recipient_text(age_identity_recipient(to), recipient);
    MUST(sealed_pack(cli, &made, recipient, &fd, &size, &unit->err));
    MUST(memory_map(unit->arena, fd, &bytes, &unit->err));
    assert_int_equal(size, bytes.size);
    return bytes;
}

UNIT(what_is_packed_for_a_device_opens_for_it_alone)
{
    struct cli cli = cli_of(unit);
    struct age_identity *device = age_test_identity(unit->arena), *other = age_test_identity(unit->arena);
    struct span bytes = packed(unit, &cli, device);
    struct snapshot read;
    int fd;

    MUST(sealed_open(&cli, bytes, device, &fd, &unit->err));
    MUST(snapshot_read(unit->arena, fd, &read, &unit->err));
    assert_string_equal("MFP-3145", read.model);
    REFUSES(ERR_FORBIDDEN, sealed_open(&cli, bytes, other, &fd, &unit->err));
    assert_non_null(cli.advice);
}

UNIT(a_header_for_another_opens_the_same_payload)
{
    struct cli cli = cli_of(unit);
    struct age_identity *tenant = age_test_identity(unit->arena), *device = age_test_identity(unit->arena);
    struct span bytes = packed(unit, &cli, tenant), header;
    char recipient[AGE_RECIPIENT_CHARS + 1];
    const char *to = recipient;
    struct buf file = {.arena = unit->arena};
    size_t payload_at;
    int fd;

    age_recipient_text(age_identity_recipient(device), recipient);
    MUST(sealed_wrap(&cli, bytes, tenant, &to, 1, &header, &unit->err));
    assert_int_equal(AGE_FOUND, age_header_size(bytes, &payload_at, &unit->err));
    buf_add(&file, header);
    buf_add(&file, span_make(bytes.at + payload_at, bytes.size - payload_at));
    MUST(sealed_open(&cli, buf_span(&file), device, &fd, &unit->err));
    REFUSES(ERR_FORBIDDEN, sealed_open(&cli, buf_span(&file), tenant, &fd, &unit->err));
}

UNIT(armor_is_opened_too_and_a_cut_file_is_not)
{
    struct cli cli = cli_of(unit);
    struct age_identity *by = age_test_identity(unit->arena);
    struct span bytes = packed(unit, &cli, by);
    struct buf armored = {.arena = unit->arena};
    int fd;

    MUST(age_test_armor(bytes, 1000, &armored, &unit->err));
    MUST(sealed_open(&cli, buf_span(&armored), by, &fd, &unit->err));
    REFUSES(ERR_INVALID, sealed_open(&cli, span_make(bytes.at, bytes.size - 1), by, &fd, &unit->err));
    assert_non_null(cli.advice);
}

UNIT(nothing_that_was_opened_has_a_name)
{
    struct cli cli = cli_of(unit);
    struct age_identity *by = age_test_identity(unit->arena);
    char link[64], path[256] = "";
    int fd;

    MUST(sealed_open(&cli, packed(unit, &cli, by), by, &fd, &unit->err));
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    assert_true(readlink(link, path, sizeof(path) - 1) > 0);
    assert_non_null(strstr(path, "memfd:"));
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(bytes_are_said_with_thousands),
        UNIT_TEST(bytes_that_are_none_are_refused),
        UNIT_TEST(a_number_is_a_backup_and_everything_else_a_file),
        UNIT_TEST(a_move_under_way_is_read_and_an_answer_without_custody_is_none),
        UNIT_TEST(a_plan_goes_by_the_facts_of_the_service),
        UNIT_TEST(a_restore_is_over_in_the_four_closed_states),
        UNIT_TEST(what_the_device_did_not_apply_is_not_compared),
        UNIT_TEST(what_is_packed_for_a_device_opens_for_it_alone),
        UNIT_TEST(a_header_for_another_opens_the_same_payload),
        UNIT_TEST(armor_is_opened_too_and_a_cut_file_is_not),
        UNIT_TEST(nothing_that_was_opened_has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
