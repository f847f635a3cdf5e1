#include "support/unit.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/ident.h"
#include "base/text.h"
#include "domain/answer.h"
#include "domain/bootstrap.h"
#include "store/operators.h"
#include "store/tenants.h"
#include "support/ops.h"
#include "support/store.h"

static const struct {
    const char *name;
    int bit;
} roles[] = {
    {"viewer", WHO_VIEWER}, {"technician", WHO_TECHNICIAN}, {"engineer", WHO_ENGINEER}, {"admin", WHO_ADMIN}};

/* A path that fits the pattern: each {name} is something that is not there. */
static const char *path_of(struct arena *arena, const char *pattern)
{
    struct buf b = {.arena = arena};

    for (const char *c = pattern; *c; c++) {
        if (*c != '{') {
            buf_char(&b, *c);
            continue;
        }
        buf_text(&b, "999999");
        c = strchr(c, '}');
    }
    return buf_cstr(&b);
}

static struct answer ask_with(struct ops *ops, const struct route *route, const char *credential)
{
    const char *headers = arena_printf(ops->s.arena, "%s\nTus-Resumable: 1.0.0", credential);

    return support_ask(&ops->s, route->method, path_of(ops->s.arena, route->path), headers, NULL);
}

UNIT(every_door_lets_in_the_roles_of_its_row_and_no_other)
{
    struct ops *ops = ops_world(unit->arena);

    for (const struct route *route = routes; route->method; route++)
        for (size_t i = 0; (route->who & WHO_READER) && i < COUNT(roles); i++) {
            struct answer answer = ask_with(
                ops, route, arena_printf(unit->arena, "Authorization: Bearer token-%s", roles[i].name));
            bool may = route->who & roles[i].bit;

            if (may == (answer.status == 403) || answer.status == 401)
                fail_msg("%s %s as %s: %d %s", route->method, route->path, roles[i].name, answer.status,
                         answer.text);
        }
}

UNIT(no_door_for_operators_opens_without_a_good_token)
{
    struct ops *ops = ops_world(unit->arena);
    static const char *const credentials[] = {
        "",
        "Authorization: Bearer ",
        "Authorization: Bearer token-nobody",
        "Authorization: Basic dG9rZW4tYWRtaW4=",
        "Authorization: GatewayToken token-admin",
        "Authorization: TargetToken token-admin",
        "Authorization: bearer",
    };

    ops->s.settings.failed_auth_per_min = 1000000;
    ops_reopen(ops);
    for (const struct route *route = routes; route->method; route++)
        for (size_t i = 0; (route->who & WHO_READER) && i < COUNT(credentials); i++) {
            struct answer answer = ask_with(ops, route, credentials[i]);

            if (answer.status != 401 || !answer.was_refused)
                fail_msg("%s %s with \"%s\": %d", route->method, route->path, credentials[i], answer.status);
        }
}

UNIT(no_door_for_devices_opens_for_an_operators_token)
{
    struct ops *ops = ops_world(unit->arena);

    for (const struct route *route = routes; route->method; route++) {
        struct answer answer;

        if (route->who != WHO_DEVICE)
            continue;
        answer = support_ask(
            &ops->s, route->method,
            arena_printf(unit->arena, "/DEFAULT%s", strchr(path_of(unit->arena, route->path) + 1, '/')),
            "Authorization: Bearer token-admin", NULL);
        if (answer.status != 401)
            fail_msg("%s %s: %d", route->method, route->path, answer.status);
    }
}

UNIT(a_cookie_opens_reading_doors_only)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer session = ops_ask(ops, "", "POST", "/api/v1/session", "{\"token\":\"token-admin\"}");
    const char *cookie = "Cookie: nightshift=token-admin";
    struct answer who = support_ask(&ops->s, "GET", "/api/v1/whoami", cookie, NULL);

    assert_int_equal(session.status, 204);
    assert_non_null(strstr(support_header(&session, "Set-Cookie"), "HttpOnly"));
    assert_non_null(strstr(support_header(&session, "Set-Cookie"), "SameSite=Strict"));
    assert_int_equal(who.status, 200);
    assert_string_equal(support_text(&who, "name"), "admin");
    assert_string_equal(support_text(&who, "role"), "admin");
    assert_string_equal(support_text(&who, "tenant"), "DEFAULT");
    for (const struct route *route = routes; route->method; route++)
        if ((route->who & WHO_READER) && !text_equal(route->method, "GET"))
            assert_int_equal(ask_with(ops, route, cookie).status, 401);
    assert_int_equal(ops_ask(ops, "", "POST", "/api/v1/session", "{\"token\":\"token-nobody\"}").status, 401);
    session = ops_ask(ops, "", "DELETE", "/api/v1/session", NULL);
    assert_non_null(strstr(support_header(&session, "Set-Cookie"), "Max-Age=0"));
}

UNIT(a_new_operators_token_is_shown_once_and_rests_only_as_a_digest)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer made =
        ops_ask(ops, "admin", "POST", "/api/v1/operators", "{\"name\":\"ci\",\"role\":\"engineer\"}");
    const char *token = support_text(&made, "token");
    struct answer who, list;
    struct operator found;
    char digest[65];

    assert_int_equal(made.status, 201);
    assert_int_equal(strlen(token), 64);
    who = support_ask(&ops->s, "GET", "/api/v1/whoami",
                      arena_printf(unit->arena, "Authorization: Bearer %s", token), NULL);
    assert_string_equal(support_text(&who, "role"), "engineer");
    list = ops_ask(ops, "admin", "GET", "/api/v1/operators", NULL);
    assert_int_equal(json_count(support_at(&list, "items")), 5);
    assert_null(strstr(list.text, "token"));
    ident_digest(token, digest);
    MUST(store_operator_find(ops->s.store, unit->arena, digest, &found, &unit->err));
    REFUSES(ERR_NOT_FOUND, store_operator_find(ops->s.store, unit->arena, token, &found, &unit->err));
}

UNIT(a_revoked_operator_is_locked_out_at_once_and_the_name_stays_taken)
{
    struct ops *ops = ops_world(unit->arena);

    assert_int_equal(ops_ask(ops, "admin", "DELETE", "/api/v1/operators/engineer", NULL).status, 204);
    assert_int_equal(ops_ask(ops, "engineer", "GET", "/api/v1/whoami", NULL).status, 401);
    assert_int_equal(ops_ask(ops, "admin", "DELETE", "/api/v1/operators/engineer", NULL).status, 204);
    assert_int_equal(ops_ask(ops, "admin", "DELETE", "/api/v1/operators/nobody", NULL).status, 404);
    assert_int_equal(
        ops_ask(ops, "admin", "POST", "/api/v1/operators", "{\"name\":\"engineer\",\"role\":\"viewer\"}")
            .status,
        409);
    assert_int_equal(
        ops_ask(ops, "admin", "POST", "/api/v1/operators", "{\"name\":\"x\",\"role\":\"emperor\"}").status,
        400);
    assert_int_equal(
        ops_ask(ops, "admin", "POST", "/api/v1/operators", "{\"name\":\"device:1\",\"role\":\"viewer\"}")
            .status,
        400);
}

UNIT(the_last_admin_cannot_be_revoked)
{
    struct ops *ops = ops_world(unit->arena);

    assert_int_equal(ops_ask(ops, "admin", "DELETE", "/api/v1/operators/admin", NULL).status, 409);
    assert_int_equal(
        ops_ask(ops, "admin", "POST", "/api/v1/operators", "{\"name\":\"second\",\"role\":\"admin\"}").status,
        201);
    assert_int_equal(ops_ask(ops, "admin", "DELETE", "/api/v1/operators/admin", NULL).status, 204);
}

UNIT(a_tenants_settings_change_one_by_one)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer answer = ops_ask(ops, "admin", "PATCH", "/api/v1/tenant", "{\"poll_sleep_s\":60}");

    assert_int_equal(answer.status, 200);
    assert_int_equal(support_int(&answer, "poll_sleep_s"), 60);
    assert_true(json_is_true(support_at(&answer, "target_token_on")));
    answer =
        ops_ask(ops, "admin", "PATCH", "/api/v1/tenant", "{\"approval_on\":true,\"target_token_on\":false}");
    assert_int_equal(support_int(&answer, "poll_sleep_s"), 60);
    assert_true(json_is_true(support_at(&answer, "approval_on")));
    assert_false(json_is_true(support_at(&answer, "target_token_on")));
    assert_int_equal(ops_ask(ops, "admin", "PATCH", "/api/v1/tenant", "{\"gateway_on\":true}").status, 409);
    assert_int_equal(ops_ask(ops, "admin", "PATCH", "/api/v1/tenant", "{\"poll_sleep_s\":-1}").status, 400);
    assert_int_equal(ops_ask(ops, "admin", "PATCH", "/api/v1/tenant", "{\"colour\":\"red\"}").status, 400);
}

UNIT(a_gateway_token_is_shown_once_and_turns_the_gateway_on)
{
    struct ops *ops = ops_world(unit->arena);
    struct answer made = ops_ask(ops, "admin", "POST", "/api/v1/tenant/gateway-token", "{}");
    struct answer shown = ops_ask(ops, "viewer", "GET", "/api/v1/tenant", NULL);
    struct tenant tenant;
    char digest[65];

    assert_int_equal(made.status, 200);
    assert_true(json_is_true(support_at(&shown, "gateway_on")));
    assert_null(strstr(shown.text, "hash"));
    MUST(store_tenant_find(ops->s.store, unit->arena, "DEFAULT", &tenant, &unit->err));
    ident_digest(support_text(&made, "token"), digest);
    assert_string_equal(tenant.gateway_hash, digest);
}

/* ---- idempotency ---------------------------------------------------------------------- */

static struct answer keyed(struct ops *ops, const char *key, const char *target, const char *body)
{
    return support_ask(
        &ops->s, "POST", target,
        arena_printf(ops->s.arena, "Authorization: Bearer token-admin\nIdempotency-Key: %s", key), body);
}

UNIT(the_same_key_gets_the_first_answer_again)
{
    struct ops *ops = ops_world(unit->arena);
    const char *body = "{\"name\":\"borealis\",\"threshold\":1}";
    struct answer first = keyed(ops, "k1", "/api/v1/families", body);
    struct answer again = keyed(ops, "k1", "/api/v1/families", body);
    struct answer log;

    assert_int_equal(first.status, 201);
    assert_int_equal(again.status, 201);
    assert_string_equal(again.text, first.text);
    assert_string_equal(support_header(&again, "Idempotency-Replayed"), "true");
    assert_int_equal(keyed(ops, "k2", "/api/v1/families", body).status, 409);
    log = ops_ask(ops, "admin", "GET", "/api/v1/audit", NULL);
    assert_int_equal(json_count(support_at(&log, "items")), 2);
}

UNIT(the_same_key_with_another_request_is_a_conflict)
{
    struct ops *ops = ops_world(unit->arena);

    assert_int_equal(keyed(ops, "k1", "/api/v1/families", "{\"name\":\"one\",\"threshold\":1}").status, 201);
    assert_int_equal(keyed(ops, "k1", "/api/v1/families", "{\"name\":\"two\",\"threshold\":1}").status, 409);
    assert_int_equal(ops_ask(ops, "viewer", "GET", "/api/v1/families/two", NULL).status, 404);
    assert_int_equal(keyed(ops, arena_printf(unit->arena, "%0201d", 1), "/api/v1/families",
                           "{\"name\":\"two\",\"threshold\":1}")
                         .status,
                     400);
}

UNIT(a_refusal_is_given_again_too)
{
    struct ops *ops = ops_world(unit->arena);
    const char *body = "{\"name\":\"aurora\",\"threshold\":1}";
    struct answer first = keyed(ops, "k1", "/api/v1/families", body);
    struct answer again = keyed(ops, "k1", "/api/v1/families", body);

    assert_int_equal(first.status, 409);
    assert_int_equal(again.status, 409);
    assert_string_equal(again.text, first.text);
    assert_string_equal(again.reply.content_type, "application/problem+json");
}

UNIT(an_answer_with_a_secret_is_not_kept)
{
    struct ops *ops = ops_world(unit->arena);
    const char *body = "{\"name\":\"ci\",\"role\":\"viewer\"}";
    struct answer first = keyed(ops, "k1", "/api/v1/operators", body);
    struct answer again = keyed(ops, "k1", "/api/v1/operators", body);

    assert_int_equal(first.status, 201);
    assert_int_equal(again.status, 409);
    assert_null(strstr(again.text, support_text(&first, "token")));
}

UNIT(a_key_is_forgotten_after_a_day)
{
    struct ops *ops = ops_world(unit->arena);
    const char *body = "{\"name\":\"borealis\",\"threshold\":1}";

    assert_int_equal(keyed(ops, "k1", "/api/v1/families", body).status, 201);
    ops->s.now_ms += ANSWER_KEPT_MS + 1;
    MUST(answer_tick(&ops->s.world, ops->s.now_ms, &unit->err));
    assert_int_equal(keyed(ops, "k1", "/api/v1/families", body).status, 409);
}

UNIT(a_request_that_died_unanswered_may_be_asked_again_after_a_minute)
{
    struct ops *ops = ops_world(unit->arena);
    struct who who = {.kind = WHO_IS_OPERATOR, .tenant_id = 1, .name = "admin"};
    struct answer_kept kept;
    bool is_answered;

    MUST(answer_find(&ops->s.world, &who, unit->arena, "k", "r", 1000, &is_answered, &kept, &unit->err));
    assert_false(is_answered);
    REFUSES(ERR_CONFLICT,
            answer_find(&ops->s.world, &who, unit->arena, "k", "r", 2000, &is_answered, &kept, &unit->err));
    MUST(answer_find(&ops->s.world, &who, unit->arena, "k", "r", 1001 + ANSWER_PENDING_MS, &is_answered,
                     &kept, &unit->err));
    assert_false(is_answered);
}

/* ---- bootstrap ---------------------------------------------------------------------------- */

UNIT(bootstrap_is_read_once)
{
    struct ops *ops = ops_world(unit->arena);
    struct tenant *tenants;
    size_t count;

    ops_reopen(ops);
    MUST(store_tenant_list(ops->s.store, unit->arena, 0, 10, &tenants, &count, &unit->err));
    assert_int_equal(count, 1);
    assert_string_equal(tenants[0].name, "DEFAULT");
    MUST(bootstrap_apply(&ops->s.world, ops->s.now_ms, &unit->err));
}

UNIT(a_bootstrap_without_its_root_does_nothing_and_says_so)
{
    struct ops *ops = ops_world(unit->arena);
    char *dir = support_dir(unit->arena);
    struct store *store = support_store_open(unit->arena, dir);
    struct world world = {.store = store,
                          .blobs = store_blobs(store),
                          .settings = &ops->s.settings,
                          .custody = ops->s.world.custody};
    struct tenant *tenants;
    struct span bytes;
    size_t count;

    MUST(bootstrap_apply(&world, 1, &unit->err)); /* no file, nothing to do */
    MUST(file_read(unit->arena, arena_printf(unit->arena, "%s/bootstrap.json", ops->s.dir), 1 << 20, &bytes,
                   &unit->err));
    MUST(file_write_whole(arena_printf(unit->arena, "%s/bootstrap.json", dir), bytes, 0600, &unit->err));
    support_remove(arena_printf(unit->arena, "%s/trust/DEFAULT", ops->s.dir));
    assert_false(bootstrap_apply(&world, 1, &unit->err));
    SAYS("bootstrap.json");
    SAYS("1.root.json");
    MUST(store_tenant_list(store, unit->arena, 0, 10, &tenants, &count, &unit->err));
    assert_int_equal(count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(every_door_lets_in_the_roles_of_its_row_and_no_other),
        UNIT_TEST(no_door_for_operators_opens_without_a_good_token),
        UNIT_TEST(no_door_for_devices_opens_for_an_operators_token),
        UNIT_TEST(a_cookie_opens_reading_doors_only),
        UNIT_TEST(a_new_operators_token_is_shown_once_and_rests_only_as_a_digest),
        UNIT_TEST(a_revoked_operator_is_locked_out_at_once_and_the_name_stays_taken),
        UNIT_TEST(the_last_admin_cannot_be_revoked),
        UNIT_TEST(a_tenants_settings_change_one_by_one),
        UNIT_TEST(a_gateway_token_is_shown_once_and_turns_the_gateway_on),
        UNIT_TEST(the_same_key_gets_the_first_answer_again),
        UNIT_TEST(the_same_key_with_another_request_is_a_conflict),
        UNIT_TEST(a_refusal_is_given_again_too),
        UNIT_TEST(an_answer_with_a_secret_is_not_kept),
        UNIT_TEST(a_key_is_forgotten_after_a_day),
        UNIT_TEST(a_request_that_died_unanswered_may_be_asked_again_after_a_minute),
        UNIT_TEST(bootstrap_is_read_once),
        UNIT_TEST(a_bootstrap_without_its_root_does_nothing_and_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
