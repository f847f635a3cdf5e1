/* The ceremony: root and targets are staged, signed elsewhere, and published when the thresholds hold. */
#include "support/unit.h"

#include <stdio.h>
#include <unistd.h>

#include "base/text.h"
#include "domain/repository.h"
#include "support/ceremony.h"
#include "support/reported.h"

/* Engineers 0 to 2 take the place of the service in targets. */
static const char *offline_targets(struct unit *unit, struct ops *ops)
{
    return arena_printf(unit->arena,
                        "{\"targets\":{\"threshold\":2,\"add\":[\"%s\",\"%s\",\"%s\"],\"remove\":[\"%s\"]}}",
                        ceremony_hex(ops, ops->engineers[0]), ceremony_hex(ops, ops->engineers[1]),
                        ceremony_hex(ops, ops->engineers[2]), key_public(ops->targets)->id);
}

static void go_offline(struct unit *unit, struct ops *ops)
{
    struct answer a = ceremony_stage(ops, "root", offline_targets(unit, ops));

    assert_int_equal(a.status, 200);
    assert_int_equal(ceremony_stage(ops, "targets", "{}").status, 200);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ceremony_sign(ops, "root", ops->roots[i]).status, 200);
        assert_int_equal(ceremony_sign(ops, "targets", ops->engineers[i]).status, 200);
    }
    a = ceremony_publish(ops);
    if (a.status != 200)
        fail_msg("%s", a.text);
    assert_string_equal(support_text(&a, "roles.3.custody"), "offline");
}

UNIT(who_holds_what_is_shown_to_everybody_who_may_read)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a = ops_ask(ops, "viewer", "GET", TRUST, NULL);

    assert_int_equal(a.status, 200);
    assert_string_equal(support_text(&a, "roles.0.role"), "root");
    assert_string_equal(support_text(&a, "roles.0.custody"), "offline");
    assert_int_equal(support_int(&a, "roles.0.threshold"), 2);
    assert_int_equal(json_count(support_at(&a, "roles.0.keys")), 3);
    assert_string_equal(support_text(&a, "roles.3.role"), "targets");
    assert_string_equal(support_text(&a, "roles.3.custody"), "service");
    assert_int_equal(json_count(support_at(&a, "waiting")), 0);
}

UNIT(a_new_root_is_published_with_the_signatures_of_the_old_and_of_the_new)
{
    struct ops *ops = ops_world(unit->arena);
    struct tuf_target target;
    struct answer a;

    ops_published(ops, "4.2.0", 1);
    a = ceremony_stage(ops, "root",
                       arena_printf(unit->arena, "{\"root\":{\"add\":[\"%s\"],\"remove\":[\"%s\"]}}",
                                    ceremony_hex(ops, ops->engineers[3]), key_public(ops->roots[2])->id));
    assert_int_equal(a.status, 200);
    assert_int_equal(support_int(&a, "waiting.0.version"), 2);
    assert_int_equal(ceremony_sign(ops, "root", ops->roots[2]).status, 200);
    assert_int_equal(ceremony_sign(ops, "root", ops->roots[0]).status, 200);
    /* The old keys are satisfied; of the new ones only root 0 has signed. */
    a = ceremony_publish(ops);
    ceremony_refused(&a, 409, "root to come");
    a = ceremony_sign(ops, "root", ops->engineers[3]);
    assert_true(json_is_true(support_at(&a, "waiting.0.ready")));
    a = ceremony_publish(ops);
    assert_int_equal(a.status, 200);
    assert_int_equal(support_int(&a, "roles.0.version"), 2);
    assert_int_equal(json_count(support_at(&a, "waiting")), 0);
    /* A client that has root 1 alone follows. */
    MUST(ops_client_target(ops, "aurora/4.2.0/system.img", &target, &unit->err));
}

UNIT(how_many_devices_have_refused_a_dropped_key_is_counted)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a = ops_ask(ops, "viewer", "GET", TRUST, NULL);

    assert_null(support_at(&a, "roles.0.old_key"));
    ceremony_stage(ops, "root",
                   arena_printf(unit->arena, "{\"root\":{\"add\":[\"%s\"],\"remove\":[\"%s\"]}}",
                                ceremony_hex(ops, ops->engineers[3]), key_public(ops->roots[2])->id));
    for (int i = 0; i < 2; i++)
        assert_int_equal(ceremony_sign(ops, "root", ops->roots[i]).status, 200);
    assert_int_equal(ceremony_sign(ops, "root", ops->engineers[3]).status, 200);
    assert_int_equal(ceremony_publish(ops).status, 200);

    for (int i = 0; i < 4; i++) {
        const char *id = arena_printf(unit->arena, "mfp-%d", i);
        struct device_report report = reported_of(id, 1, 'a');

        support_device(&ops->s, id, QUIRK_NONE);
        report.image.root = i < 1 ? 1 : i < 3 ? 2 : 3; /* the last one tells nothing at all */
        if (i < 3)
            assert_int_equal(reported_put(&ops->s, id, reported_text(unit->arena, report, 7)).status, 204);
    }
    a = ops_ask(ops, "viewer", "GET", TRUST, NULL);
    assert_int_equal(support_int(&a, "roles.0.old_key.dropped_by_root"), 2);
    assert_int_equal(support_int(&a, "roles.0.old_key.refused_by"), 2);
    assert_int_equal(support_int(&a, "roles.0.old_key.of"), 3);
    assert_null(support_at(&a, "roles.1.old_key")); /* timestamp's keys stayed */
}

UNIT(targets_leave_the_service_in_one_step_and_no_device_sees_half_of_it)
{
    struct ops *ops = ops_world(unit->arena);
    struct tuf_target target;
    struct answer a;

    ops_published(ops, "4.2.0", 1);
    assert_int_equal(ceremony_stage(ops, "root", offline_targets(unit, ops)).status, 200);
    for (int i = 0; i < 2; i++)
        assert_int_equal(ceremony_sign(ops, "root", ops->roots[i]).status, 200);
    /* The root alone would leave a targets that nobody it names has signed. */
    a = ceremony_publish(ops);
    ceremony_refused(&a, 403, "publish gate");
    go_offline(unit, ops);
    MUST(ops_client_target(ops, "aurora/4.2.0/system.img", &target, &unit->err));
}

UNIT(where_people_sign_targets_a_new_family_waits_for_them)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a;

    go_offline(unit, ops);
    a = ops_ask(ops, "admin", "POST", "/api/v1/families",
                "{\"name\":\"c400\",\"threshold\":1,\"models\":[\"X\"]}");
    assert_int_equal(a.status, 201);
    a = ops_ask(ops, "admin", "POST", "/api/v1/families/c400/keys",
                arena_printf(unit->arena, "{\"name\":\"dora\",\"public\":\"%s\"}",
                             ceremony_hex(ops, ops->engineers[3])));
    assert_int_equal(a.status, 201);
    a = ops_ask(ops, "admin", "GET", TRUST, NULL);
    assert_string_equal(support_text(&a, "waiting.0.role"), "targets");
    assert_string_equal(support_text(&a, "waiting.0.created_by"), "service");
    a = ceremony_publish(ops);
    ceremony_refused(&a, 409, "0 of the 2");
    for (int i = 1; i < 3; i++)
        assert_int_equal(ceremony_sign(ops, "targets", ops->engineers[i]).status, 200);
    assert_int_equal(ceremony_publish(ops).status, 200);
    /* The service signs what is current by itself, as before. */
    assert_int_equal(ops_ask(ops, "", "GET", "/DEFAULT/tuf/image/metadata/timestamp.json", NULL).status, 200);
}

static int64_t signatures_on_timestamp(struct ops *ops)
{
    struct answer a = ops_ask(ops, "", "GET", "/DEFAULT/tuf/image/metadata/timestamp.json", NULL);

    return (int64_t)json_count(support_at(&a, "signatures"));
}

/* The id of the only key of that role. */
static const char *key_of_role(struct unit *unit, struct ops *ops, const char *role)
{
    struct answer a = ops_ask(ops, "viewer", "GET", TRUST, NULL);

    return arena_dup(unit->arena, support_text(&a, arena_printf(unit->arena, "roles.%s.keys.0.keyid", role)));
}

UNIT(the_services_own_keys_give_way_to_new_ones_and_clients_follow)
{
    struct ops *ops = ops_world(unit->arena);
    const char *online = key_of_role(unit, ops, "1"), *targets = key_of_role(unit, ops, "3");
    struct tuf_target target;

    ops_published(ops, "4.2.0", 1);
    for (int turn = 0; turn < 2; turn++) {
        assert_int_equal(ceremony_stage(ops, "root", "{\"new_online\":true,\"new_targets\":true}").status,
                         200);
        for (int i = 0; i < 2; i++)
            assert_int_equal(ceremony_sign(ops, "root", ops->roots[i]).status, 200);
        assert_int_equal(ceremony_publish(ops).status, 200);
        assert_int_equal(signatures_on_timestamp(ops), 2);
        assert_string_not_equal(key_of_role(unit, ops, "1"), online);
        assert_string_not_equal(key_of_role(unit, ops, "3"), targets);
        MUST(ops_client_target(ops, "aurora/4.2.0/system.img", &target, &unit->err));
        online = key_of_role(unit, ops, "1");
        targets = key_of_role(unit, ops, "3");
    }
    ops_reopen(ops);
    ops_published(ops, "4.2.1", 1);
    assert_int_equal(signatures_on_timestamp(ops), 1);
    MUST(ops_client_target(ops, "aurora/4.2.1/system.img", &target, &unit->err));
}

UNIT(a_service_that_ended_before_its_next_key_had_its_name_goes_on)
{
    struct ops *ops = ops_world(unit->arena);
    const char *now = arena_printf(unit->arena, "%s/trust/DEFAULT/online.key", ops->s.dir),
               *next = arena_printf(unit->arena, "%s/trust/DEFAULT/online-next.key", ops->s.dir),
               *old = arena_printf(unit->arena, "%s/trust/DEFAULT/online.old", ops->s.dir);
    struct tuf_target target;

    ops_published(ops, "4.2.0", 1);
    assert_int_equal(link(now, old), 0);
    assert_int_equal(ceremony_stage(ops, "root", "{\"new_online\":true}").status, 200);
    for (int i = 0; i < 2; i++)
        assert_int_equal(ceremony_sign(ops, "root", ops->roots[i]).status, 200);
    assert_int_equal(ceremony_publish(ops).status, 200);
    /* As if it had ended right after the commit. */
    assert_int_equal(rename(now, next), 0);
    assert_int_equal(rename(old, now), 0);
    ops_reopen(ops);
    MUST(repository_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    assert_int_equal(access(next, F_OK), -1);
    ops_published(ops, "4.2.1", 1);
    MUST(ops_client_target(ops, "aurora/4.2.1/system.img", &target, &unit->err));
}

UNIT(what_cannot_be_meant_is_refused_by_name)
{
    struct ops *ops = ops_world(unit->arena);
    const struct {
        const char *role, *body;
        int status;
        const char *words;
    } rows[] = {
        {"root", "{\"root\":{\"threshold\":3}}", 400, "leaves none to lose"},
        {"root", "{\"root\":{\"threshold\":4}}", 400, "cannot be met"},
        {"root", arena_printf(unit->arena, "{\"root\":{\"add\":[\"%s\"]}}", ceremony_hex(ops, ops->roots[0])),
         400, "already"},
        {"root", arena_printf(unit->arena, "{\"root\":{\"remove\":[\"%s\"]}}", key_public(ops->targets)->id),
         400, "is no key of root"},
        {"root", "{\"root\":{\"add\":[\"12\"]}}", 400, "64 lower-case hex digits"},
        {"root", "{\"days\":0}", 400, "days"},
        {"targets", "{\"root\":{\"threshold\":1}}", 400, "changed by a new root"},
        {"snapshot", "{}", 404, "people sign root and targets"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct answer a = ceremony_stage(ops, rows[i].role, rows[i].body);

        ceremony_refused(&a, rows[i].status, rows[i].words);
    }
}

UNIT(signatures_are_for_what_waits_and_for_nothing_else)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer a = ceremony_hand_in(ops, "root", ops->roots[0], span_of("{}"));

    ceremony_refused(&a, 404, "stage it first");
    assert_int_equal(ceremony_stage(ops, "root", "{}").status, 200);
    a = ceremony_sign(ops, "root", ops->engineers[0]);
    ceremony_refused(&a, 403, "is none of root");
    a = ceremony_hand_in(ops, "root", ops->roots[0], span_of("{}"));
    ceremony_refused(&a, 403, "sign again");
    assert_int_equal(ceremony_sign(ops, "root", ops->roots[0]).status, 200);
    /* Staged anew, what was signed is void. */
    a = ceremony_stage(ops, "root", "{\"days\":700}");
    assert_int_equal(json_count(support_at(&a, "waiting.0.signatures")), 0);
    assert_int_equal(ops_ask(ops, "admin", "DELETE", TRUST "/root", NULL).status, 204);
    a = ceremony_publish(ops);
    ceremony_refused(&a, 409, "nothing waits");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(who_holds_what_is_shown_to_everybody_who_may_read),
        UNIT_TEST(a_new_root_is_published_with_the_signatures_of_the_old_and_of_the_new),
        UNIT_TEST(how_many_devices_have_refused_a_dropped_key_is_counted),
        UNIT_TEST(targets_leave_the_service_in_one_step_and_no_device_sees_half_of_it),
        UNIT_TEST(where_people_sign_targets_a_new_family_waits_for_them),
        UNIT_TEST(the_services_own_keys_give_way_to_new_ones_and_clients_follow),
        UNIT_TEST(a_service_that_ended_before_its_next_key_had_its_name_goes_on),
        UNIT_TEST(what_cannot_be_meant_is_refused_by_name),
        UNIT_TEST(signatures_are_for_what_waits_and_for_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
