#include "signing/tuf.h"

#include "base/text.h"
#include "signing/canonical.h"
#include "support/golden.h"
#include "support/tuf_parts.h"
#include "support/tuf_repo.h"
#include "support/unit.h"

#define HAS(bytes, words) assert_non_null(strstr((bytes).at, words))
#define LACKS(bytes, words) assert_null(strstr((bytes).at, words))

/* ---- bytes that stay ------------------------------------------------------------------ */

static void check_envelope(struct unit *unit, const char *name, struct span body, const int *keys)
{
    struct repo *repo = repo_new(unit->arena);
    struct span again;

    MUST(canonical_text(unit->arena, body, &again, &unit->err));
    assert_int_equal(body.size, again.size);
    assert_memory_equal(body.at, again.at, body.size);
    golden_check(unit, name, repo_sign(repo, body, keys));
}

UNIT(the_bytes_of_a_signed_root_stay)
{
    struct parts *p = parts_new(unit);
    struct span body;

    MUST(tuf_root_write(unit->arena, &p->root, &body, &unit->err));
    check_envelope(unit, "tuf_root", body, WHO(1, 2));
}

UNIT(the_bytes_of_signed_targets_stay)
{
    struct parts *p = parts_new(unit);
    struct span body;

    MUST(tuf_targets_write(unit->arena, &p->targets, &body, &unit->err));
    check_envelope(unit, "tuf_targets", body, WHO(5, 6));
}

UNIT(the_bytes_of_targets_for_one_device_stay)
{
    struct parts *p = parts_new(unit);
    struct span body;

    p->targets.delegation_count = 0;
    p->targets.device = "SN-0042";
    MUST(tuf_targets_write(unit->arena, &p->targets, &body, &unit->err));
    check_envelope(unit, "tuf_device_targets", body, WHO(4));
}

UNIT(the_bytes_of_a_signed_snapshot_stay)
{
    struct parts *p = parts_new(unit);
    struct span body;

    MUST(tuf_snapshot_write(unit->arena, 12, PARTS_EXPIRES, p->meta, 2, NULL, &body, &unit->err));
    check_envelope(unit, "tuf_snapshot", body, WHO(4));
}

UNIT(the_bytes_of_a_signed_timestamp_stay)
{
    struct parts *p = parts_new(unit);
    struct span body;

    MUST(tuf_timestamp_write(unit->arena, 99, PARTS_EXPIRES, &p->snapshot, "SN-0042", &body, &unit->err));
    check_envelope(unit, "tuf_timestamp", body, WHO(4));
}

/* ---- what every stock client needs -------------------------------------------------------- */

UNIT(a_root_says_consistent_snapshot_and_has_exactly_four_roles)
{
    struct parts *p = parts_new(unit);
    struct span body;
    const struct json *value;

    MUST(tuf_root_write(unit->arena, &p->root, &body, &unit->err));
    MUST(json_parse(unit->arena, body, &value, &unit->err));
    assert_true(json_is_true(json_member(value, "consistent_snapshot")));
    assert_int_equal(4, json_count(json_member(value, "roles")));
    assert_int_equal(6, json_count(json_member(value, "keys")));
    HAS(body, "\"spec_version\":\"1.0.31\"");
    HAS(body, "\"expires\":\"2026-09-12T10:15:00Z\"");
}

UNIT(an_empty_targets_role_still_has_targets_and_no_delegations)
{
    struct tuf_targets targets = {.version = 1, .expires_ms = PARTS_EXPIRES};
    struct span body;

    MUST(tuf_targets_write(unit->arena, &targets, &body, &unit->err));
    HAS(body, "\"targets\":{}");
    LACKS(body, "delegations");
    LACKS(body, "x-device");
}

UNIT(every_delegation_says_whether_it_terminates)
{
    struct parts *p = parts_new(unit);
    struct span body;

    MUST(tuf_targets_write(unit->arena, &p->targets, &body, &unit->err));
    HAS(body, "\"terminating\":true");
    p->delegation.is_passing = true;
    MUST(tuf_targets_write(unit->arena, &p->targets, &body, &unit->err));
    HAS(body, "\"terminating\":false");
}

UNIT(absent_length_hashes_and_custom_are_left_out)
{
    struct parts *p = parts_new(unit);
    struct span body;

    MUST(tuf_snapshot_write(unit->arena, 1, PARTS_EXPIRES, p->meta, 1, NULL, &body, &unit->err));
    LACKS(body, "length");
    LACKS(body, "hashes");
    p->target.custom = span_of(" { } ");
    MUST(tuf_targets_write(unit->arena, &p->targets, &body, &unit->err));
    LACKS(body, "custom");
}

UNIT(fractions_of_a_second_do_not_show_in_expires)
{
    struct tuf_targets targets = {.version = 1, .expires_ms = PARTS_EXPIRES + 999};
    struct span body;

    MUST(tuf_targets_write(unit->arena, &targets, &body, &unit->err));
    HAS(body, "\"expires\":\"2026-09-12T10:15:00Z\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(the_bytes_of_a_signed_root_stay),
        UNIT_TEST(the_bytes_of_signed_targets_stay),
        UNIT_TEST(the_bytes_of_targets_for_one_device_stay),
        UNIT_TEST(the_bytes_of_a_signed_snapshot_stay),
        UNIT_TEST(the_bytes_of_a_signed_timestamp_stay),
        UNIT_TEST(a_root_says_consistent_snapshot_and_has_exactly_four_roles),
        UNIT_TEST(an_empty_targets_role_still_has_targets_and_no_delegations),
        UNIT_TEST(every_delegation_says_whether_it_terminates),
        UNIT_TEST(absent_length_hashes_and_custom_are_left_out),
        UNIT_TEST(fractions_of_a_second_do_not_show_in_expires),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
