/* First contact: claim codes, what they open and what they do not, and the approval queue. */
#include "support/unit.h"

#include <ctype.h>

#include "base/file.h"
#include "base/ident.h"
#include "base/text.h"
#include "domain/enrol.h"
#include "domain/repository.h"
#include "domain/seen.h"
#include "support/ddi.h"
#include "support/enrol.h"

#define SERIAL_1 ",\"serial\":\"S-1\""

UNIT(a_claim_makes_a_device_whose_token_works_on_the_poll)
{
    struct ops *ops = ops_world(unit->arena);
    const char *code = enrol_claim(ops, ",\"site\":\"munich\"");
    struct answer a = enrol_as(&ops->s, "mfp-1", code,
                               ",\"family\":\"aurora\",\"model\":\"A\",\"serial\":\"S-1\","
                               "\"recipient\":\"age1something\"");
    struct device device = support_device_get(&ops->s, "mfp-1");

    assert_int_equal(a.status, 201);
    assert_string_equal(support_text(&a, "controllerId"), "mfp-1");
    assert_string_equal(support_text(&a, "tenant"), "DEFAULT");
    assert_string_equal(support_text(&a, "state"), "active");
    assert_string_equal(support_text(&a, "poll_url"), "https://fw.example:8443/DEFAULT/controller/v1/mfp-1");
    assert_string_equal(support_text(&a, "root.signed._type"), "root");
    assert_int_equal(enrol_poll(ops, "mfp-1", support_text(&a, "token")).status, 200);
    assert_int_equal(enrol_poll(ops, "mfp-2", support_text(&a, "token")).status, 401);
    assert_string_equal(device.family, "aurora");
    assert_string_equal(device.model, "A");
    assert_string_equal(device.serial, "S-1");
    assert_string_equal(device.site, "munich");
    assert_int_equal(device.enrolled_ms, ops->s.now_ms);
}

UNIT(people_may_type_a_code_in_small_letters_and_without_dashes)
{
    struct ops *ops = ops_world(unit->arena);
    struct buf typed = {.arena = unit->arena};

    for (const char *c = enrol_claim(ops, ""); *c; c++)
        if (*c != '-')
            buf_char(&typed, (char)tolower((unsigned char)*c));
    assert_int_equal(enrol_as(&ops->s, "mfp-1", buf_cstr(&typed), "").status, 201);
}

UNIT(a_code_works_once)
{
    struct ops *ops = ops_world(unit->arena);
    const char *code = enrol_claim(ops, "");
    struct answer a;

    assert_int_equal(enrol_as(&ops->s, "mfp-1", code, SERIAL_1).status, 201);
    a = enrol_as(&ops->s, "mfp-2", code, SERIAL_1);
    enrol_refused(&a, 403, "has been used");
    assert_int_equal(ops_ask(ops, "viewer", "GET", "/api/v1/devices/mfp-2", NULL).status, 404);
}

UNIT(the_same_machine_may_ask_again_until_it_has_checked_in)
{
    struct ops *ops = ops_world(unit->arena);
    const char *code = enrol_claim(ops, "");
    struct answer first = enrol_as(&ops->s, "mfp-1", code, SERIAL_1), again, a;

    ops->s.now_ms += ENROL_AGAIN_MS - 1;
    a = enrol_as(&ops->s, "mfp-1", code, ",\"serial\":\"S-2\"");
    enrol_refused(&a, 403, "has been used");
    again = enrol_as(&ops->s, "mfp-1", code, SERIAL_1);
    assert_int_equal(again.status, 201);
    assert_int_equal(enrol_poll(ops, "mfp-1", support_text(&first, "token")).status, 401);
    assert_int_equal(enrol_poll(ops, "mfp-1", support_text(&again, "token")).status, 200);
    a = enrol_as(&ops->s, "mfp-1", code, SERIAL_1);
    enrol_refused(&a, 403, "has been used");
    assert_int_equal(enrol_poll(ops, "mfp-1", support_text(&again, "token")).status, 200);
}

UNIT(a_restart_does_not_forget_that_the_machine_has_checked_in)
{
    struct ops *ops = ops_world(unit->arena);
    const char *code = enrol_claim(ops, "");
    struct answer a = enrol_as(&ops->s, "mfp-1", code, SERIAL_1);

    ops->s.now_ms += 1000;
    enrol_poll(ops, "mfp-1", support_text(&a, "token"));
    MUST(seen_flush(ops->s.world.seen, ops->s.store, &unit->err));
    ops_reopen(ops);
    a = enrol_as(&ops->s, "mfp-1", code, SERIAL_1);
    enrol_refused(&a, 403, "has been used");
}

UNIT(after_ten_minutes_a_lost_answer_needs_a_new_code)
{
    struct ops *ops = ops_world(unit->arena);
    const char *code = enrol_claim(ops, "");
    struct answer a;

    assert_int_equal(enrol_as(&ops->s, "mfp-1", code, SERIAL_1).status, 201);
    ops->s.now_ms += ENROL_AGAIN_MS;
    a = enrol_as(&ops->s, "mfp-1", code, SERIAL_1);
    enrol_refused(&a, 403, "has been used");
}

UNIT(a_code_ends_after_its_hours)
{
    struct ops *ops = ops_world(unit->arena);
    const char *day = enrol_claim(ops, ""), *hour = enrol_claim(ops, ",\"ttl_h\":1");
    struct answer a;

    ops->s.now_ms += 3600000;
    a = enrol_as(&ops->s, "mfp-1", hour, "");
    enrol_refused(&a, 403, "has expired");
    ops->s.now_ms += 23 * 3600000 - 1;
    assert_int_equal(enrol_as(&ops->s, "mfp-1", day, "").status, 201);
    ops->s.now_ms += 1; /* also for the machine that used it a moment ago */
    a = enrol_as(&ops->s, "mfp-1", day, "");
    enrol_refused(&a, 403, "has expired");
}

UNIT(a_code_for_one_device_opens_no_other_and_an_unknown_one_nothing)
{
    struct ops *ops = ops_world(unit->arena);
    const char *code = enrol_claim(ops, ",\"controller_id\":\"mfp-7\"");
    struct answer a = enrol_as(&ops->s, "mfp-8", code, "");

    enrol_refused(&a, 403, "for another device");
    a = enrol_as(&ops->s, "mfp-8", "ABCD-EFGH-JKMN-PQRS", "");
    enrol_refused(&a, 403, "no such claim code");
    assert_int_equal(enrol_as(&ops->s, "mfp-7", code, "").status, 201);
}

UNIT(an_identity_that_is_taken_needs_a_code_that_names_it)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer first = enrol_as(&ops->s, "mfp-1", enrol_claim(ops, ""), SERIAL_1), a;

    enrol_poll(ops, "mfp-1", support_text(&first, "token"));
    a = enrol_as(&ops->s, "mfp-1", enrol_claim(ops, ""), SERIAL_1);
    enrol_refused(&a, 409, "claim code that names it");
    assert_int_equal(enrol_poll(ops, "mfp-1", support_text(&first, "token")).status, 200);
    a = enrol_as(&ops->s, "mfp-1", enrol_claim(ops, ",\"controller_id\":\"mfp-1\""), SERIAL_1);
    assert_int_equal(a.status, 201);
    assert_int_equal(enrol_poll(ops, "mfp-1", support_text(&first, "token")).status, 401);
    assert_int_equal(enrol_poll(ops, "mfp-1", support_text(&a, "token")).status, 200);
}

UNIT(another_machine_does_not_take_an_identity_even_with_a_code_that_names_it)
{
    struct ops *ops = ops_world(unit->arena);
    const char *named = enrol_claim(ops, ",\"controller_id\":\"mfp-1\"");
    struct answer a;

    assert_int_equal(enrol_as(&ops->s, "mfp-1", enrol_claim(ops, ""), SERIAL_1).status, 201);
    a = enrol_as(&ops->s, "mfp-1", named, ",\"serial\":\"S-2\"");
    enrol_refused(&a, 409, "serial S-1");
    a = enrol_as(&ops->s, "mfp-1", named, "");
    enrol_refused(&a, 409, "technician must join");
    assert_int_equal(enrol_as(&ops->s, "mfp-1", named, SERIAL_1).status,
                     201); /* the refusals did not use it up */
}

UNIT(a_retired_device_comes_back_only_through_a_technician)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a = enrol_as(&ops->s, "mfp-1", enrol_claim(ops, ""), SERIAL_1);
    const char *named = enrol_claim(ops, ",\"controller_id\":\"mfp-1\""), *token = support_text(&a, "token");

    assert_int_equal(ops_ask(ops, "technician", "POST", "/api/v1/devices/mfp-1/retire", "{}").status, 200);
    assert_int_equal(enrol_poll(ops, "mfp-1", token).status, 401);
    a = enrol_as(&ops->s, "mfp-1", named, SERIAL_1);
    enrol_refused(&a, 409, "is retired");
    assert_int_equal(ops_ask(ops, "technician", "POST", "/api/v1/devices/mfp-1/approve", "{}").status, 200);
    assert_int_equal(enrol_poll(ops, "mfp-1", token).status, 401);
    a = enrol_as(&ops->s, "mfp-1", named, SERIAL_1);
    assert_int_equal(enrol_poll(ops, "mfp-1", support_text(&a, "token")).status, 200);
}

/* ---- what comes back, what stays --------------------------------------------------------- */

UNIT(the_root_that_comes_back_is_the_newest)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a = enrol_as(&ops->s, "mfp-1", enrol_claim(ops, ""), "");

    assert_int_equal(support_int(&a, "root.signed.version"), 1);
    ops_published(ops, "4.2.0", 1);
    ops_rotate_online(ops, 2);
    MUST(repository_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    a = enrol_as(&ops->s, "mfp-2", enrol_claim(ops, ""), "");
    assert_int_equal(support_int(&a, "root.signed.version"), 2);
}

static const char *plain(struct arena *arena, const char *code)
{
    struct buf b = {.arena = arena};

    for (; *code; code++)
        if (*code != '-')
            buf_char(&b, *code);
    return buf_cstr(&b);
}

/* In the database or its log. */
static bool rests(struct ops *ops, const char *text)
{
    static const char *const files[] = {"nightshift.db", "nightshift.db-wal"};

    for (size_t i = 0; i < COUNT(files); i++) {
        struct span bytes;
        struct err err;

        if (file_read(ops->s.arena, arena_printf(ops->s.arena, "%s/%s", ops->s.dir, files[i]), 1 << 28,
                      &bytes, &err) &&
            memmem(bytes.at, bytes.size, text, strlen(text)))
            return true;
    }
    return false;
}

UNIT(codes_and_tokens_rest_as_digests_only)
{
    struct ops *ops = ops_world(unit->arena);
    const char *code = enrol_claim(ops, ""), *bare = plain(unit->arena, code);
    struct answer a = enrol_as(&ops->s, "mfp-1", code, "");
    char digest[65];

    ident_digest(bare, digest);
    assert_true(rests(ops, digest));
    assert_false(rests(ops, bare));
    assert_false(rests(ops, code));
    ident_digest(support_text(&a, "token"), digest);
    assert_true(rests(ops, digest));
    assert_false(rests(ops, support_text(&a, "token")));
}

UNIT(an_enrolment_is_written_down_with_who_and_from_where)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer audit;

    enrol_as(&ops->s, "mfp-1", enrol_claim(ops, ""), SERIAL_1);
    audit = ops_ask(ops, "admin", "GET", "/api/v1/audit?limit=1", NULL);
    assert_string_equal(support_text(&audit, "items.0.what"), "device.enrol");
    assert_string_equal(support_text(&audit, "items.0.who"), "device:mfp-1");
    assert_string_equal(support_text(&audit, "items.0.source"), "192.0.2.7");
}

UNIT(what_makes_no_sense_is_refused_before_a_code_is_used)
{
    static const struct {
        const char *id, *body;
        int status;
    } rows[] = {
        {"mfp-1", "{}", 400},
        {"mfp-1", "{\"claim\":\"short\"}", 400},
        {"mfp-1", "{\"claim\":\"ABCD-EFGH-JKMN-PQRS\",\"colour\":\"red\"}", 400},
        {"mfp-1", "{\"claim\":\"ABCD-EFGH-JKMN-PQRS\",\"serial\":5}", 400},
        {"mfp%201", "{\"claim\":\"ABCD-EFGH-JKMN-PQRS\"}", 400},
        {"mfp-1", "[]", 400},
        {"mfp-1", "{", 400},
    };
    struct ops *ops = ops_world(unit->arena);

    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *door = arena_printf(unit->arena, DDI_PATH "%s/enrol", rows[i].id);
        struct answer a = support_ask(&ops->s, "POST", door, NULL, rows[i].body);

        if (a.status != rows[i].status)
            fail_msg("%s: %d %s", rows[i].body, a.status, a.text);
    }
    assert_int_equal(support_ask(&ops->s, "POST", "/NOBODY/controller/v1/mfp-1/enrol", NULL,
                                 "{\"claim\":\"ABCD-EFGH-JKMN-PQRS\"}")
                         .status,
                     404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_claim_makes_a_device_whose_token_works_on_the_poll),
        UNIT_TEST(people_may_type_a_code_in_small_letters_and_without_dashes),
        UNIT_TEST(a_code_works_once),
        UNIT_TEST(the_same_machine_may_ask_again_until_it_has_checked_in),
        UNIT_TEST(a_restart_does_not_forget_that_the_machine_has_checked_in),
        UNIT_TEST(after_ten_minutes_a_lost_answer_needs_a_new_code),
        UNIT_TEST(a_code_ends_after_its_hours),
        UNIT_TEST(a_code_for_one_device_opens_no_other_and_an_unknown_one_nothing),
        UNIT_TEST(an_identity_that_is_taken_needs_a_code_that_names_it),
        UNIT_TEST(another_machine_does_not_take_an_identity_even_with_a_code_that_names_it),
        UNIT_TEST(a_retired_device_comes_back_only_through_a_technician),
        UNIT_TEST(the_root_that_comes_back_is_the_newest),
        UNIT_TEST(codes_and_tokens_rest_as_digests_only),
        UNIT_TEST(an_enrolment_is_written_down_with_who_and_from_where),
        UNIT_TEST(what_makes_no_sense_is_refused_before_a_code_is_used),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
