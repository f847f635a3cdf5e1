#include "support/actor.h"

#include <unistd.h>

/* ---- asking -------------------------------------------------------------------------- */

UNIT(an_answer_has_status_headers_and_a_bounded_body)
{
    PLAY("HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\nX-Thing:  a b \r\n\r\nhello",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n");
    struct answer answer = {.status = -1};

    MUST(client_ask(client, unit->arena, "GET", "/a", NULL, NOTHING, &answer, &unit->err));
    assert_int_equal(answer.status, 404);
    assert_string_equal(answer.body.at, "hello");
    assert_string_equal(answer_header(&answer, "x-thing"), "a b");
    assert_null(answer_header(&answer, "x-thin"));
    assert_non_null(strstr(actor.asked[0], "Authorization: Bearer secret"));
    REFUSES(ERR_IO, client_ask(client, unit->arena, "GET", "/b", NULL, NOTHING, &answer, &unit->err));
    assert_int_equal(answer.status, 404);
}

UNIT(an_endless_body_is_refused)
{
    char *endless = arena_take(unit->arena, 4000);
    const char *answers[] = {endless, NULL};
    struct actor actor;
    struct answer answer;

    memset(endless, 'x', 3999);
    memcpy(endless, "HTTP/1.1 200 OK\r\n\r\n", 19);
    actor_open(&actor, answers);
    struct client *client = actor_client(unit, &actor);
    REFUSES(ERR_TOO_LARGE, client_ask(client, unit->arena, "GET", "/", NULL, NOTHING, &answer, &unit->err));
    client_closep(&client);
    actor_close(&actor);
}

UNIT(a_body_is_json_unless_said_otherwise_and_nothing_waits_for_100)
{
    PLAY("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    static const char *const headers[] = {"Content-Type: text/plain", NULL};
    struct answer answer;

    MUST(client_ask(client, unit->arena, "PUT", "/a", NULL, span_of("{}"), &answer, &unit->err));
    MUST(client_ask(client, unit->arena, "POST", "/a", headers, span_of("{}"), &answer, &unit->err));
    assert_non_null(strstr(actor.asked[0], "PUT /a HTTP/1.1"));
    assert_non_null(strstr(actor.asked[0], "Content-Type: application/json"));
    assert_null(strstr(actor.asked[0], "Expect"));
    assert_non_null(strstr(actor.asked[1], "Content-Type: text/plain"));
    assert_null(strstr(actor.asked[1], "application/json"));
}

UNIT(the_credential_goes_to_the_base_url_and_nowhere_else)
{
    PLAY("HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
         "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    const char *other = arena_printf(unit->arena, "http://localhost%s/x", strrchr(actor.url, ':'));
    struct answer answer;

    MUST(client_ask(client, unit->arena, "GET", arena_printf(unit->arena, "%s/x", actor.url), NULL, NOTHING,
                    &answer, &unit->err));
    assert_int_equal(answer.status, 302); /* not followed */
    assert_non_null(strstr(actor.asked[0], "secret"));
    MUST(client_ask(client, unit->arena, "GET", other, NULL, NOTHING, &answer, &unit->err));
    assert_null(strstr(actor.asked[1], "secret"));
}

UNIT(other_protocols_and_dead_ports_are_told_apart)
{
    PLAY("HTTP/1.1 200 OK\r\n\r\n");
    struct answer answer;

    REFUSES(ERR_INVALID,
            client_ask(client, unit->arena, "GET", "file:///etc/passwd", NULL, NOTHING, &answer, &unit->err));
    REFUSES(ERR_IO, client_ask(client, unit->arena, "GET", "http://127.0.0.1:1/", NULL, NOTHING, &answer,
                               &unit->err));
}

UNIT(a_set_stop_ends_whatever_runs)
{
    static volatile sig_atomic_t stop = 1;
    PLAY("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
    struct client_options options = {.base_url = actor.url, .proxy = "", .stop = &stop};
    AUTO(client_closep) struct client *stopped = NULL;
    struct answer answer;

    (void)client;
    MUST(client_open(&options, &stopped, &unit->err));
    REFUSES(ERR_GONE, client_ask(stopped, unit->arena, "GET", "/", NULL, NOTHING, &answer, &unit->err));
}

/* ---- uploads ------------------------------------------------------------------------------ */

static void on_progress(void *ctx, int64_t done, int64_t total)
{
    (void)total;
    *(int64_t *)ctx = done;
}

UNIT(an_upload_sends_its_part_of_the_file_as_one_tus_patch)
{
    PLAY("HTTP/1.1 204 No Content\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 8\r\n\r\n");
    int64_t told = -1;
    struct upload_part part = {
        .fd = actor_scratch(), .offset = 3, .length = 5, .total = 10, .ctx = &told, .progress = on_progress};
    struct answer answer;

    assert_int_equal(pwrite(part.fd, "0123456789", 10, 0), 10);
    MUST(client_upload(client, unit->arena, "/u", NULL, &part, &answer, &unit->err));
    assert_int_equal(answer.status, 204);
    assert_string_equal(answer_header(&answer, "Upload-Offset"), "8");
    assert_non_null(strstr(actor.asked[0], "PATCH /u HTTP/1.1"));
    assert_non_null(strstr(actor.asked[0], "Tus-Resumable: 1.0.0"));
    assert_non_null(strstr(actor.asked[0], "Upload-Offset: 3\r\n"));
    assert_non_null(strstr(actor.asked[0], "Content-Length: 5\r\n"));
    assert_non_null(strstr(actor.asked[0], "Content-Type: application/offset+octet-stream"));
    assert_non_null(strstr(actor.asked[0], "\r\n\r\n34567"));
    assert_int_equal(told, 8);
    close(part.fd);
}

UNIT(a_file_that_shrinks_under_an_upload_is_refused)
{
    PLAY("HTTP/1.1 204 No Content\r\n\r\n");
    struct upload_part part = {.fd = actor_scratch(), .offset = 0, .length = 5, .total = 5};
    struct answer answer;

    assert_int_equal(pwrite(part.fd, "012", 3, 0), 3);
    REFUSES(ERR_CONFLICT, client_upload(client, unit->arena, "/u", NULL, &part, &answer, &unit->err));
    close(part.fd);
}

/* ---- proxies -------------------------------------------------------------------------------- */

UNIT(a_proxy_that_asks_for_digest_gets_digest_and_never_our_password)
{
    static const char *const answers[] = {
        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Digest realm=\"office\", "
        "nonce=\"abc\", "
        "qop=\"auth\", algorithm=MD5\r\nContent-Length: 4\r\nConnection: close\r\n\r\nwho?",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", NULL};
    AUTO(actor_close) struct actor actor;
    AUTO(client_closep) struct client *client = NULL;
    struct answer answer;

    actor_open(&actor, answers);
    struct client_options options = {
        .base_url = "http://updates.example.com", .proxy = actor.url, .proxy_user = "mfp:open sesame"};
    MUST(client_open(&options, &client, &unit->err));
    MUST(client_ask(client, unit->arena, "POST", "/x", NULL, span_of("{\"a\":1}"), &answer, &unit->err));
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.body.at, "ok");
    assert_non_null(strstr(actor.asked[1], "Proxy-Authorization: Digest username=\"mfp\""));
    assert_non_null(strstr(actor.asked[1], "{\"a\":1}"));
    assert_null(strstr(actor.asked[0], "sesame"));
    assert_null(strstr(actor.asked[1], "sesame"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(an_answer_has_status_headers_and_a_bounded_body),
        UNIT_TEST(an_endless_body_is_refused),
        UNIT_TEST(a_body_is_json_unless_said_otherwise_and_nothing_waits_for_100),
        UNIT_TEST(the_credential_goes_to_the_base_url_and_nowhere_else),
        UNIT_TEST(other_protocols_and_dead_ports_are_told_apart),
        UNIT_TEST(a_set_stop_ends_whatever_runs),
        UNIT_TEST(an_upload_sends_its_part_of_the_file_as_one_tus_patch),
        UNIT_TEST(a_file_that_shrinks_under_an_upload_is_refused),
        UNIT_TEST(a_proxy_that_asks_for_digest_gets_digest_and_never_our_password),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
