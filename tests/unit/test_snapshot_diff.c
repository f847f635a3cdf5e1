#include "signing/snapshot_diff.h"

#include "support/settings.h"

/* clang-format off */
static const struct setting_row before_rows[] = {
    {"addressbook", "1",    "name",      "Ann"},
    {"addressbook", "1",    "mail",      "ann@example.com"},
    {"addressbook", "2",    "name",      "Bob"},
    {"network",     "lan",  "community", "canary-old"},
    {"network",     "lan",  "address",   "192.0.2.7"},
    {"wireless",    "wlan", "psk",       "canary-psk"},
    {"fax",         "1",    "number",    "123"},
};
static const struct setting_row after_rows[] = {
    {"addressbook", "1",    "name",      "Anna\nArcher"},
    {"addressbook", "1",    "fax",       "555"},
    {"addressbook", "10",   "name",      "Cid"},
    {"network",     "lan",  "community", "canary-new"},
    {"network",     "lan",  "address",   "192.0.2.7"},
    {"wireless",    "wlan", "psk",       ""},
    {"directory",   "1",    "password",  "canary-word"},
};
/* clang-format on */

static struct snapshot_diff diff_of(struct unit *unit, const struct setting_row *a, size_t a_count,
                                    const struct setting_row *b, size_t b_count)
{
    struct snapshot before = settings_snapshot(unit->arena, "MFP-3145", a, a_count),
                    after = settings_snapshot(unit->arena, "MFP-3145", b, b_count);
    struct snapshot_diff diff = {0};

    before = settings_round(unit, &before);
    after = settings_round(unit, &after);
    snapshot_diff(unit->arena, &before, &after, &diff);
    return diff;
}

#define DIFF(a, b) diff_of(unit, (a), COUNT(a), (b), COUNT(b))

UNIT(two_snapshots_of_the_same_settings_do_not_differ)
{
    struct snapshot_diff diff = DIFF(before_rows, before_rows);

    assert_int_equal(0, diff.count);
    assert_int_equal(0, snapshot_diff_text(unit->arena, &diff).size);
}

UNIT(each_change_is_named_by_category_item_and_field)
{
    struct snapshot_diff diff = DIFF(before_rows, after_rows);

    assert_string_equal("added    addressbook 1 fax \"555\"\n"
                        "removed  addressbook 1 mail \"ann@example.com\"\n"
                        "changed  addressbook 1 name \"Ann\" -> \"Anna?Archer\"\n"
                        "removed  addressbook 2\n"
                        "added    addressbook 10\n"
                        "added    directory\n"
                        "removed  fax\n"
                        "changed  network lan community \"(secret)\" -> \"(secret)\"\n"
                        "changed  wireless wlan psk \"(secret)\" -> \"\"\n",
                        snapshot_diff_text(unit->arena, &diff).at);
    assert_int_equal(5, diff.counts[snapshot_kind_find("addressbook") - snapshot_kinds]);
    assert_int_equal(1, diff.counts[snapshot_kind_find("wireless") - snapshot_kinds]);
}

UNIT(turned_around_what_was_added_is_removed)
{
    struct snapshot_diff there = DIFF(before_rows, after_rows), back = DIFF(after_rows, before_rows);
    size_t counts[2][SNAPSHOT_CHANGE__MAX] = {{0}};

    for (size_t i = 0; i < there.count; i++)
        counts[0][there.changes[i].change]++;
    for (size_t i = 0; i < back.count; i++)
        counts[1][back.changes[i].change]++;
    assert_int_equal(counts[0][SNAPSHOT_ADDED], counts[1][SNAPSHOT_REMOVED]);
    assert_int_equal(counts[0][SNAPSHOT_REMOVED], counts[1][SNAPSHOT_ADDED]);
    assert_int_equal(counts[0][SNAPSHOT_CHANGED], counts[1][SNAPSHOT_CHANGED]);
}

UNIT(no_secret_is_shown_in_either_form)
{
    struct snapshot_diff diff = DIFF(before_rows, after_rows);
    struct buf text = {.arena = unit->arena};
    struct json_out j = {.buf = &text};

    snapshot_diff_json(&diff, &j, NULL);
    buf_add(&text, snapshot_diff_text(unit->arena, &diff));
    assert_null(strstr(buf_cstr(&text), "canary"));
    assert_non_null(strstr(buf_cstr(&text), "{\"change\":\"changed\",\"category\":\"network\",\"id\":\"lan\","
                                            "\"field\":\"community\",\"before\":\"(secret)\","
                                            "\"after\":\"(secret)\"}"));
    assert_non_null(strstr(buf_cstr(&text), "\"count\":9"));
}

UNIT(what_an_update_did_to_the_firmware_is_told_too)
{
    static const struct snapshot_component old[] = {{"fax", "1.0"}, {"system", "4.2.9"}};
    struct snapshot before = settings_snapshot(unit->arena, "MFP-3145", before_rows, 3),
                    after = settings_snapshot(unit->arena, "MFP-3145", before_rows, 3);
    struct snapshot_diff diff;

    before.components = old;
    before = settings_round(unit, &before);
    after = settings_round(unit, &after);
    snapshot_diff(unit->arena, &before, &after, &diff);
    assert_string_equal("removed  device firmware fax \"1.0\"\n"
                        "changed  device firmware system \"4.2.9\" -> \"4.2.10\"\n"
                        "added    device firmware engine \"2.0\"\n",
                        snapshot_diff_text(unit->arena, &diff).at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(two_snapshots_of_the_same_settings_do_not_differ),
        UNIT_TEST(each_change_is_named_by_category_item_and_field),
        UNIT_TEST(turned_around_what_was_added_is_removed),
        UNIT_TEST(no_secret_is_shown_in_either_form),
        UNIT_TEST(what_an_update_did_to_the_firmware_is_told_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
