/* Polls that say Prefer: wait on real sockets: answered when there is something, else when the time is over,
 * and no thread is held meanwhile. */
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "domain/device_admin.h"
#include "domain/rollout.h"
#include "support/poller.h"

UNIT(an_assignment_answers_a_waiting_poll_at_once)
{
    for (int is_tls = 0; is_tls < 2; is_tls++) {
        const char *id = is_tls ? "mfp-2" : "mfp-1";
        AUTO(wire_closep) struct wire *wire = poller_dial(is_tls);
        struct wire_reply reply;
        int64_t from_ms;

        support_device(poller.s, id, QUIRK_PLAIN);
        poller_ask(wire, id, "Prefer: wait=100\r\n");
        assert_true(poller_parked_becomes(1));
        from_ms = clock_monotonic_ms();
        poller_assign(unit, id);
        reply = poller_reply(unit, wire);
        assert_in_range(clock_monotonic_ms() - from_ms, 0, 1000);
        assert_int_equal(reply.status, 200);
        assert_true(poller_has(&reply, "deploymentBase"));
        assert_string_equal(wire_header(unit->arena, &reply, "Preference-Applied"), "wait=100");
        assert_int_equal(poller_parked(), 0);

        /* The connection lives on, and what is there already is not waited for. */
        from_ms = clock_monotonic_ms();
        poller_ask(wire, id, "Prefer: wait=100\r\n");
        reply = poller_reply(unit, wire);
        assert_in_range(clock_monotonic_ms() - from_ms, 0, 1000);
        assert_true(poller_has(&reply, "deploymentBase"));
        assert_string_equal(wire_header(unit->arena, &reply, "Preference-Applied"), "wait=100");
    }
}

UNIT(a_question_for_attributes_answers_it_and_a_void_token_is_refused)
{
    AUTO(wire_closep) struct wire *wire = poller_dial(false);
    struct device_view view;
    struct wire_reply reply;
    const char *token;

    support_device(poller.s, "mfp-1", QUIRK_PLAIN);
    poller_ask(wire, "mfp-1", "Prefer: respond-async, Wait = \"90\"\r\n");
    assert_true(poller_parked_becomes(1));
    MUST(device_do(&poller.s->world, unit->arena, &poller.who, "mfp-1", DEVICE_ASK, clock_now_ms(), &token,
                   &view, &unit->err));
    reply = poller_reply(unit, wire);
    assert_true(poller_has(&reply, "configData"));
    assert_string_equal(wire_header(unit->arena, &reply, "Preference-Applied"), "wait=90");

    support_device(poller.s, "mfp-2", QUIRK_PLAIN);
    poller_ask(wire, "mfp-2", "Prefer: wait=100\r\n");
    assert_true(poller_parked_becomes(1));
    MUST(device_do(&poller.s->world, unit->arena, &poller.who, "mfp-2", DEVICE_TOKEN, clock_now_ms(), &token,
                   &view, &unit->err));
    reply = poller_reply(unit, wire);
    assert_int_equal(reply.status, 401); /* who waited is known anew */
}

UNIT(without_news_the_ordinary_answer_comes_when_the_time_is_over)
{
    AUTO(wire_closep) struct wire *wire = poller_dial(true);
    AUTO(wire_closep) struct wire *plain = NULL;
    struct wire_reply waited, reply;
    int64_t from_ms = clock_monotonic_ms(), took_ms;

    support_device(poller.s, "mfp-1", QUIRK_PLAIN);
    poller.s->settings.long_poll_max_s = 2;
    poller_ask(wire, "mfp-1", "Prefer: wait=300\r\n");
    waited = poller_reply(unit, wire);
    took_ms = clock_monotonic_ms() - from_ms;
    assert_in_range(took_ms, 1990, 4000);
    assert_string_equal(wire_header(unit->arena, &waited, "Preference-Applied"), "wait=2");
    plain = poller_dial(true);
    from_ms = clock_monotonic_ms();
    poller_ask(plain, "mfp-1", "");
    reply = poller_reply(unit, plain);
    assert_in_range(clock_monotonic_ms() - from_ms, 0, 1000);
    assert_int_equal(waited.body.size, reply.body.size);
    assert_memory_equal(waited.body.at, reply.body.at, reply.body.size);
    assert_null(wire_header(unit->arena, &reply, "Preference-Applied"));
}

UNIT(what_prefers_nothing_or_may_not_wait_is_answered_at_once)
{
    static const char *const said[] = {"", "Prefer: wait=0\r\n", "Prefer: wait=soon\r\n",
                                       "Prefer: return=minimal\r\n"};
    AUTO(wire_closep) struct wire *wire = poller_dial(false);
    struct wire_reply reply;

    support_device(poller.s, "mfp-1", QUIRK_PLAIN);
    for (size_t i = 0; i <= COUNT(said); i++) {
        poller.s->settings.long_poll_max_s = i < COUNT(said) ? 120 : 0;
        poller_ask(wire, "mfp-1", i < COUNT(said) ? said[i] : "Prefer: wait=60\r\n");
        reply = poller_reply(unit, wire);
        assert_int_equal(reply.status, 200);
        assert_null(wire_header(unit->arena, &reply, "Preference-Applied"));
    }
}

UNIT(a_second_poll_of_the_same_device_has_the_first_one_answered)
{
    AUTO(wire_closep) struct wire *first = poller_dial(true);
    AUTO(wire_closep) struct wire *second = poller_dial(true);
    struct wire_reply reply;

    support_device(poller.s, "mfp-1", QUIRK_PLAIN);
    poller_ask(first, "mfp-1", "Prefer: wait=100\r\n");
    assert_true(poller_parked_becomes(1));
    poller_ask(second, "mfp-1", "Prefer: wait=100\r\n");
    reply = poller_reply(unit, first);
    assert_int_equal(reply.status, 200);
    assert_false(poller_has(&reply, "deploymentBase"));
    assert_true(poller_parked_becomes(1));
    poller_assign(unit, "mfp-1");
    reply = poller_reply(unit, second);
    assert_true(poller_has(&reply, "deploymentBase"));
}

/* Everything of the release's family. */
static void rollout_start(struct unit *unit)
{
    struct rollout draft = {.tenant_id = poller.s->tenant_id,
                            .name = "night",
                            .release_id = poller.release,
                            .kind = ACTION_FORCED,
                            .weight = 500,
                            .selection = "{}",
                            .window = {.start_min = -1, .end_min = -1, .days = 127, .zone = ""},
                            .fail_percent = 50,
                            .healthy_percent = 90,
                            .min_failures = 5,
                            .deadline_h = 10,
                            .created_by = "test"};
    struct rollout_stage stages[4] = {{.kind = STAGE_REST, .tag = ""}};
    struct rollout_view view;

    MUST(rollout_make(&poller.s->world, unit->arena, &poller.who, &draft, stages, 1, clock_now_ms(), &view,
                      &unit->err));
    MUST(rollout_apply(&poller.s->world, unit->arena, &poller.who, view.rollout.id, ROLLOUT_DO_START, "",
                       clock_now_ms(), &view, &unit->err));
}

UNIT(a_rollout_that_starts_answers_those_it_holds_and_the_others_wait_on)
{
    AUTO(wire_closep) struct wire *held = poller_dial(true);
    AUTO(wire_closep) struct wire *other = poller_dial(true);
    struct wire_reply reply;
    int64_t from_ms;

    support_device(poller.s, "mfp-1", QUIRK_PLAIN);
    support_device(poller.s, "mfp-2", QUIRK_PLAIN);
    MUST(device_change(&poller.s->world, unit->arena, &poller.who, "mfp-2",
                       &(struct device_patch){.family = "x1"}, clock_now_ms(), &(struct device_view){0},
                       &unit->err));
    poller_ask(held, "mfp-1", "Prefer: wait=100\r\n");
    poller_ask(other, "mfp-2", "Prefer: wait=3\r\n");
    from_ms = clock_monotonic_ms();
    assert_true(poller_parked_becomes(2));
    rollout_start(unit);
    reply = poller_reply(unit, held);
    assert_in_range(clock_monotonic_ms() - from_ms, 0, 2000);
    assert_true(poller_has(&reply, "deploymentBase"));
    reply = poller_reply(unit, other);
    assert_in_range(clock_monotonic_ms() - from_ms, 2900, 6000);
    assert_false(poller_has(&reply, "deploymentBase"));
}

UNIT(a_client_that_goes_away_is_noticed_and_let_go)
{
    struct linger hard = {.l_onoff = 1};

    support_device(poller.s, "mfp-1", QUIRK_PLAIN);
    for (int i = 0; i < 4; i++) {
        struct wire *wire = poller_dial(i % 2 == 0);
        int64_t until_ms = clock_monotonic_ms() + 20000;
        struct http_figures figures;

        poller_ask(wire, "mfp-1", "Prefer: wait=100\r\n");
        assert_true(poller_parked_becomes(1));
        if (i < 2)
            setsockopt(wire_fd(wire), SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
        wire_closep(&wire);
        assert_true(poller_parked_becomes(0));
        do {
            http_figures(poller.http, &figures);
            usleep(1000);
        } while (figures.connections > 0 && clock_monotonic_ms() < until_ms);
        assert_int_equal(figures.connections, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POLLER_TEST(an_assignment_answers_a_waiting_poll_at_once),
        POLLER_TEST(a_question_for_attributes_answers_it_and_a_void_token_is_refused),
        POLLER_TEST(without_news_the_ordinary_answer_comes_when_the_time_is_over),
        POLLER_TEST(what_prefers_nothing_or_may_not_wait_is_answered_at_once),
        POLLER_TEST(a_second_poll_of_the_same_device_has_the_first_one_answered),
        POLLER_TEST(a_rollout_that_starts_answers_those_it_holds_and_the_others_wait_on),
        POLLER_TEST(a_client_that_goes_away_is_noticed_and_let_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
