#include "support/unit.h"

#include "base/text.h"
#include "domain/director.h"
#include "store/devices.h"
#include "support/golden.h"
#include "support/director.h"

#define HOUR_MS 3600000LL
#define DAY_MS (24 * HOUR_MS)

/* "path action" of each target, one a line: what the device is told. */
static const char *told(struct unit *unit, struct director_follower *follower)
{
    struct buf out = {.arena = unit->arena};
    struct tuf_targets targets;
    const struct json *custom;

    MUST(director_follow(follower, &targets, &unit->err));
    for (size_t i = 0; i < targets.target_count; i++) {
        const char *action;

        MUST(json_parse(unit->arena, targets.targets[i].custom, &custom, &unit->err));
        action = json_string(json_member(custom, "action"));
        buf_printf(&out, "%s %s\n", targets.targets[i].path, action ? action : "-");
    }
    return buf_cstr(&out);
}

static int64_t device_new(struct ops *ops, const char *name)
{
    int64_t id = support_device(&ops->s, name, QUIRK_NONE);
    struct device device = support_device_get(&ops->s, name);
    struct tx tx;
    struct err err;

    device.family = OPS_FAMILY;
    device.model = "A";
    assert_true(tx_begin(&tx, ops->s.store, &err) && store_device_change(ops->s.store, &device, &err) &&
                tx_commit(&tx, &err));
    return id;
}

static void closes(struct ops *ops, const char *device, int64_t action, const char *result)
{
    const char *where = arena_printf(ops->s.arena, "/DEFAULT/controller/v1/%s/deploymentBase/%lld/feedback",
                                     device, (long long)action);
    struct answer answer = support_ask(
        &ops->s, "POST", where, director_token(ops, device),
        arena_printf(ops->s.arena, "{\"status\":{\"execution\":\"closed\",\"result\":{\"finished\":\"%s\"}}}",
                     result));

    assert_int_equal(answer.status, 200);
}

/* mfp-1 is to run that release; *action is the assignment. */
static struct director_follower directed(struct ops *ops, int64_t release, int64_t *action)
{
    device_new(ops, "mfp-1");
    *action = support_assign(&ops->s, "mfp-1", release, NULL);
    return director_follower(ops, "mfp-1");
}

/* ---- what it says -------------------------------------------------------------------------- */

UNIT(what_the_action_assigns_is_what_the_director_says_and_the_poll_signs_nothing)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t release = ops_published(ops, "4.2.0", 1), action;
    struct director_follower follower;

    device_new(ops, "mfp-1");
    action = support_assign(&ops->s, "mfp-1", release, NULL);
    assert_int_equal(
        support_ask(&ops->s, "GET", "/DEFAULT/controller/v1/mfp-1", director_token(ops, "mfp-1"), NULL)
            .status,
        200);
    assert_int_equal(director_get(ops, "mfp-1", "1790000000.targets.json").status, 404);
    follower = director_follower(ops, "mfp-1");
    assert_string_equal(told(unit, &follower),
                        arena_printf(unit->arena, "aurora/4.2.0/system.img %lld\n", (long long)action));
    assert_int_equal(director_get(ops, "mfp-1", "1790000000.targets.json").status, 200);
}

UNIT(its_target_is_the_image_repositorys_own_with_the_action_beside)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t release = ops_published(ops, "4.2.0", 3);
    static const char *const same[] = {"hardware_ids", "module", "release_counter", "version", "min_from"};
    struct tuf_target image = {0};
    const struct json *ours, *theirs;
    struct tuf_targets targets;
    struct director_follower follower;

    device_new(ops, "mfp-1");
    support_assign(&ops->s, "mfp-1", release, NULL);
    follower = director_follower(ops, "mfp-1");
    MUST(director_follow(&follower, &targets, &unit->err));
    MUST(ops_client_target(ops, "aurora/4.2.0/system.img", &image, &unit->err));
    assert_int_equal(targets.target_count, 1);
    assert_string_equal(targets.targets[0].path, image.path);
    assert_int_equal(targets.targets[0].length, image.length);
    assert_string_equal(targets.targets[0].sha256, image.sha256);
    MUST(json_parse(unit->arena, targets.targets[0].custom, &ours, &unit->err));
    MUST(json_parse(unit->arena, image.custom, &theirs, &unit->err));
    for (size_t i = 0; i < COUNT(same); i++) {
        struct buf a = {.arena = unit->arena}, b = {.arena = unit->arena};
        struct json_out ja = {.buf = &a}, jb = {.buf = &b};

        json_copy(&ja, NULL, json_member(ours, same[i]));
        json_copy(&jb, NULL, json_member(theirs, same[i]));
        assert_string_equal(buf_cstr(&a), buf_cstr(&b));
    }
    assert_string_equal(json_string(json_member(ours, "bundle")), "aurora/4.2.0");
}

UNIT(it_repeats_what_is_installed_and_a_cancel_brings_the_assignment_before_back)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t first = ops_published(ops, "4.2.0", 1), second = ops_published(ops, "4.2.1", 1), action;
    struct director_follower follower = directed(ops, first, &action);

    assert_string_equal(told(unit, &follower),
                        arena_printf(unit->arena, "aurora/4.2.0/system.img %lld\n", (long long)action));
    closes(ops, "mfp-1", action, "success");
    assert_string_equal(told(unit, &follower), "aurora/4.2.0/system.img -\n");
    action = support_assign(&ops->s, "mfp-1", second, NULL);
    assert_string_equal(told(unit, &follower),
                        arena_printf(unit->arena, "aurora/4.2.1/system.img %lld\n", (long long)action));
    assert_int_equal(ops_ask(ops, "admin", "POST",
                             arena_printf(unit->arena, "/api/v1/actions/%lld/cancel", (long long)action),
                             "{}")
                         .status,
                     200);
    assert_string_equal(told(unit, &follower), "aurora/4.2.0/system.img -\n");
}

UNIT(a_failure_takes_the_assignment_back)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t release = ops_published(ops, "4.2.0", 1), action;
    struct director_follower follower = directed(ops, release, &action);

    (void)told(unit, &follower);
    closes(ops, "mfp-1", action, "failure");
    assert_string_equal(told(unit, &follower), "");
}

static void tells_components(struct ops *ops, const char *device, const char *version)
{
    const char *where = arena_printf(ops->s.arena, "/DEFAULT/controller/v1/%s/configData", device);
    const char *body =
        arena_printf(ops->s.arena, "{\"mode\":\"merge\",\"data\":{\"component.system\":\"%s\"}}", version);

    assert_int_equal(support_ask(&ops->s, "PUT", where, director_token(ops, device), body).status, 200);
}

UNIT(what_was_carried_out_is_said_again_when_the_machine_tells_of_nothing_we_know)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t first = ops_published(ops, "4.2.0", 1), second = ops_published(ops, "4.2.1", 1), action;
    struct director_follower follower = directed(ops, first, &action);

    closes(ops, "mfp-1", action, "success");
    tells_components(ops, "mfp-1", "9.9-of-the-factory");
    assert_string_equal(told(unit, &follower), "aurora/4.2.0/system.img -\n");
    action = support_assign(&ops->s, "mfp-1", second, NULL);
    closes(ops, "mfp-1", action, "failure");
    assert_string_equal(told(unit, &follower), "aurora/4.2.0/system.img -\n");
}

UNIT(a_machine_that_was_never_told_anything_gets_an_empty_list_in_its_name)
{
    struct ops *ops = ops_world(unit->arena);
    struct director_follower follower;
    struct tuf_targets targets;
    struct answer answer;

    device_new(ops, "mfp-1");
    follower = director_follower(ops, "mfp-1");
    assert_string_equal(told(unit, &follower), "");
    MUST(director_follow(&follower, &targets, &unit->err));
    answer = director_get(ops, "mfp-1",
                          arena_printf(unit->arena, "%lld.targets.json", (long long)targets.version));
    assert_string_equal(support_text(&answer, "signed.x-device"), "mfp-1");
    assert_non_null(support_at(&answer, "signed.targets"));
    assert_int_equal(json_count(support_at(&answer, "signed.targets")), 0);
    /* What it was told since is not taken back by the old one. */
    support_assign(&ops->s, "mfp-1", ops_published(ops, "4.2.0", 1), NULL);
    (void)told(unit, &follower);
    answer = director_get(ops, "mfp-1", "timestamp.json");
    assert_true(support_int(&answer, "signed.version") > targets.version);
}

UNIT(who_runs_what_was_withdrawn_is_led_away_from_it)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t good = ops_published(ops, "4.2.0", 1), bad = ops_published(ops, "4.2.1", 1), action;
    struct director_follower follower = directed(ops, bad, &action);

    (void)told(unit, &follower);
    closes(ops, "mfp-1", action, "success");
    assert_string_equal(told(unit, &follower), "aurora/4.2.1/system.img -\n");
    assert_int_equal(ops_ask(ops, "admin", "POST",
                             arena_printf(unit->arena, "/api/v1/releases/%lld/withdraw", (long long)bad),
                             "{}")
                         .status,
                     200);
    assert_string_equal(told(unit, &follower), "");
    action = support_assign(&ops->s, "mfp-1", good, NULL);
    assert_string_equal(told(unit, &follower),
                        arena_printf(unit->arena, "aurora/4.2.0/system.img %lld\n", (long long)action));
}

/* ---- versions ------------------------------------------------------------------------------ */

static int64_t version_of(struct ops *ops, const char *name)
{
    struct answer answer = director_get(ops, "mfp-1", name);

    if (answer.status != 200)
        fail_msg("%s: %d", name, answer.status);
    return support_int(&answer, "signed.version");
}

static int64_t snapshot_named(struct ops *ops)
{
    struct answer answer = director_get(ops, "mfp-1", "timestamp.json");
    const struct json *meta = json_member(support_at(&answer, "signed.meta"), "snapshot.json");
    int64_t version = 0;

    assert_true(json_integer(json_member(meta, "version"), &version));
    return version;
}

UNIT(nothing_is_signed_again_before_half_of_a_life_and_versions_only_rise)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t release = ops_published(ops, "4.2.0", 1), stamp, word;
    int64_t half_ms = ops->s.settings.timestamp_life_h * HOUR_MS / 2;

    device_new(ops, "mfp-1");
    support_assign(&ops->s, "mfp-1", release, NULL);
    stamp = version_of(ops, "timestamp.json");
    word = snapshot_named(ops);
    ops->s.now_ms += half_ms - 1;
    assert_int_equal(version_of(ops, "timestamp.json"), stamp);
    ops->s.now_ms += 1;
    assert_true(version_of(ops, "timestamp.json") > stamp);
    assert_int_equal(snapshot_named(ops), word);
    ops->s.now_ms += ops->s.settings.snapshot_life_h * HOUR_MS / 2;
    assert_true(snapshot_named(ops) > word);
    ops->s.now_ms -= 30 * DAY_MS; /* a clock that was put back */
    word = snapshot_named(ops);
    support_assign(&ops->s, "mfp-1", ops_published(ops, "4.2.1", 1), NULL);
    assert_int_equal(snapshot_named(ops), word + 1);
}

UNIT(the_version_before_is_there_for_who_is_in_the_middle_of_it)
{
    struct ops *ops = ops_world(unit->arena);
    int64_t release = ops_published(ops, "4.2.0", 1), next = ops_published(ops, "4.2.1", 1), first, second;

    device_new(ops, "mfp-1");
    support_assign(&ops->s, "mfp-1", release, NULL);
    first = snapshot_named(ops);
    support_assign(&ops->s, "mfp-1", next, NULL);
    second = snapshot_named(ops);
    assert_int_equal(version_of(ops, arena_printf(unit->arena, "%lld.snapshot.json", (long long)first)),
                     first);
    assert_int_equal(version_of(ops, arena_printf(unit->arena, "%lld.targets.json", (long long)second)),
                     second);
    support_assign(&ops->s, "mfp-1", release, NULL);
    (void)snapshot_named(ops);
    assert_int_equal(
        director_get(ops, "mfp-1", arena_printf(unit->arena, "%lld.targets.json", (long long)first)).status,
        404);
}

/* ---- whose it is --------------------------------------------------------------------------- */

UNIT(a_device_reads_its_own_and_nobody_elses)
{
    static const char *const names[] = {"timestamp.json", "1.root.json", "1790000000.snapshot.json"};
    struct ops *ops = ops_world(unit->arena);

    device_new(ops, "mfp-1");
    device_new(ops, "mfp-2");
    assert_int_equal(director_get(ops, "mfp-1", names[0]).status, 200);
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_int_equal(director_get_as(ops, "mfp-1", "mfp-2", names[i]).status, 401);
        assert_int_equal(director_get_as(ops, "mfp-3", "mfp-2", names[i]).status, 401);
    }
    assert_int_equal(support_ask(&ops->s, "GET", "/DEFAULT/tuf/director/mfp-1/metadata/timestamp.json",
                                 "Authorization: Bearer token-admin", NULL)
                         .status,
                     401);
    assert_int_equal(support_ask(&ops->s, "GET", "/NOBODY/tuf/director/mfp-1/metadata/timestamp.json",
                                 director_token(ops, "mfp-1"), NULL)
                         .status,
                     401);
}

UNIT(what_is_signed_for_one_device_is_refused_by_another_before_anything_is_kept)
{
    struct ops *ops = ops_world(unit->arena);
    struct director_follower follower;
    struct tuf_targets targets;

    device_new(ops, "mfp-1");
    device_new(ops, "mfp-2");
    support_assign(&ops->s, "mfp-1", ops_published(ops, "4.2.0", 1), NULL);
    follower = director_follower(ops, "mfp-2");
    follower.asks_as = "mfp-1"; /* a server that lies */
    REFUSES(ERR_FORBIDDEN, director_follow(&follower, &targets, &unit->err));
    assert_non_null(strstr(unit->err.text, "another device"));
    assert_null(follower.kept[TUF_TIMESTAMP].at);
    assert_null(follower.kept[TUF_SNAPSHOT].at);
    assert_null(follower.kept[TUF_TARGETS].at);
}

UNIT(a_device_that_is_not_active_is_told_nothing)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer answer;
    struct tx tx;
    bool moved = false;

    int64_t id = device_new(ops, "mfp-1");
    MUST(tx_begin(&tx, ops->s.store, &unit->err));
    MUST(store_device_move(ops->s.store, id, DEVICE_ACTIVE, DEVICE_QUARANTINED, ops->s.now_ms, &moved,
                           &unit->err));
    MUST(tx_commit(&tx, &unit->err));
    assert_true(moved);
    answer = director_get(ops, "mfp-1", "timestamp.json");
    assert_int_equal(answer.status, 403);
    assert_string_equal(support_header(&answer, "Cache-Control"), "no-store");
}

UNIT(names_that_are_none_are_not_there_and_may_not_be_remembered)
{
    static const char *const names[] = {"2.root.json",    "x.root.json", "root.json", "timestamp",
                                        "1.timestamp.js", "0.root.json", "1.json",    "-1.targets.json"};
    struct ops *ops = ops_world(unit->arena);

    device_new(ops, "mfp-1");
    for (size_t i = 0; i < COUNT(names); i++) {
        struct answer answer = director_get(ops, "mfp-1", names[i]);

        assert_int_equal(answer.status, 404);
        assert_string_equal(support_header(&answer, "Cache-Control"), "no-store");
    }
}

/* ---- golden -------------------------------------------------------------------------------- */

UNIT(the_bytes_that_are_signed_for_a_device_stay_as_they_are)
{
    struct ops *ops = ops_world(unit->arena);
    struct device device;
    struct tuf_targets targets;
    struct span body = {0};

    device_new(ops, "mfp-1");
    support_assign(&ops->s, "mfp-1", ops_published(ops, "4.2.0", 3), NULL);
    device = support_device_get(&ops->s, "mfp-1");
    MUST(director_targets(&ops->s.world, unit->arena, &device, &targets, &unit->err));
    targets.version = 7;
    targets.expires_ms = SUPPORT_NOW_MS;
    MUST(tuf_targets_write(unit->arena, &targets, &body, &unit->err));
    golden_check(unit, "director_targets", body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(what_the_action_assigns_is_what_the_director_says_and_the_poll_signs_nothing),
        UNIT_TEST(its_target_is_the_image_repositorys_own_with_the_action_beside),
        UNIT_TEST(it_repeats_what_is_installed_and_a_cancel_brings_the_assignment_before_back),
        UNIT_TEST(a_failure_takes_the_assignment_back),
        UNIT_TEST(what_was_carried_out_is_said_again_when_the_machine_tells_of_nothing_we_know),
        UNIT_TEST(a_machine_that_was_never_told_anything_gets_an_empty_list_in_its_name),
        UNIT_TEST(who_runs_what_was_withdrawn_is_led_away_from_it),
        UNIT_TEST(nothing_is_signed_again_before_half_of_a_life_and_versions_only_rise),
        UNIT_TEST(the_version_before_is_there_for_who_is_in_the_middle_of_it),
        UNIT_TEST(a_device_reads_its_own_and_nobody_elses),
        UNIT_TEST(what_is_signed_for_one_device_is_refused_by_another_before_anything_is_kept),
        UNIT_TEST(a_device_that_is_not_active_is_told_nothing),
        UNIT_TEST(names_that_are_none_are_not_there_and_may_not_be_remembered),
        UNIT_TEST(the_bytes_that_are_signed_for_a_device_stay_as_they_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
