/* Polls that say Prefer: wait on real sockets: answered when there is something, else when the time is over,
 * and no thread is held meanwhile. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "domain/bell.h"
#include "domain/device_admin.h"
#include "domain/rollout.h"
#include "support/cert.h"
#include "support/ddi.h"
#include "support/unit.h"
#include "support/wire.h"

#define MANY 1000
#define MOST 2600 /* connections */

static struct {
    struct arena *arena;
    struct support *s;
    struct http *http;
    struct bell bell;
    struct who who;
    int64_t release;
} here;

static void ring_device(void *ctx, int64_t device_id)
{
    (void)ctx;
    http_wake(here.http, (uint64_t)device_id);
}

static void ring_tenant(void *ctx, int64_t tenant_id)
{
    (void)ctx;
    http_wake_group(here.http, (uint64_t)tenant_id, 200);
}

static int start(void **state)
{
    struct arena *arena = here.arena = arena_new();
    struct support *s = here.s = support_world(arena);
    struct http_options options = {.listen = "127.0.0.1",
                                   .trusted_proxies = "127.0.0.1",
                                   .cert_path = arena_printf(arena, "%s/server.pem", s->dir),
                                   .key_path = arena_printf(arena, "%s/server.key", s->dir),
                                   .threads = 2,
                                   .workers = 4,
                                   .connections_max = MOST,
                                   .connections_per_ip = MOST,
                                   .idle_timeout_s = 30,
                                   .head_deadline_s = 2,
                                   .body_bytes_s = 1024};
    struct http_door door = {.ctx = &s->app, .begin = api_begin, .serve = api_serve, .end = api_end};
    struct err err;

    clock_start(1, 0);
    s->now_ms = clock_now_ms();
    here.bell = (struct bell){.device = ring_device, .tenant = ring_tenant};
    s->world.bell = &here.bell;
    here.who =
        (struct who){.kind = WHO_IS_OPERATOR, .tenant_id = s->tenant_id, .tenant = "DEFAULT", .name = "ada"};
    support_cert_make(s->dir);
    here.release = ddi_release(s, "2.0");
    if (!http_start(&here.http, &options, door, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return -1;
    }
    return unit_begin(state);
}

static int stop(void **state)
{
    if (here.http)
        http_stop(here.http, 1000);
    here.http = NULL;
    arena_freep(&here.arena);
    return unit_end(state);
}

static struct wire *dial(bool is_tls)
{
    static const struct wire_tls any = {0};
    struct wire *wire =
        is_tls ? wire_open_tls(http_port(here.http), &any) : wire_open(http_plain_port(here.http));

    assert_non_null(wire);
    return wire;
}

/* `more` are header lines, each with its CRLF. */
static void send_poll(struct wire *wire, const char *id, const char *more)
{
    assert_true(wire_say(wire,
                         "GET " DDI_PATH "%s HTTP/1.1\r\nHost: fw.example\r\n"
                         "Authorization: TargetToken token-%s\r\n%s\r\n",
                         id, id, more));
}

static struct wire_reply take_reply(struct unit *unit, struct wire *wire)
{
    struct wire_reply reply = {0};

    assert_true(wire_reply(wire, unit->arena, false, &reply));
    return reply;
}

static bool has(const struct wire_reply *reply, const char *words)
{
    return memmem(reply->body.at, reply->body.size, words, strlen(words)) != NULL;
}

static int64_t parked(void)
{
    struct http_figures figures;

    http_figures(here.http, &figures);
    return figures.parked;
}

static bool parked_becomes(int64_t count)
{
    int64_t until_ms = clock_monotonic_ms() + 20000;

    while (parked() != count && clock_monotonic_ms() < until_ms)
        usleep(1000);
    return parked() == count;
}

static int64_t assign(struct unit *unit, const char *id)
{
    const struct action wanted = {.kind = ACTION_FORCED, .weight = 500, .release_id = here.release};
    struct action_view view;
    bool is_new;

    MUST(action_assign(&here.s->world, unit->arena, &here.who, id, &wanted, clock_now_ms(), &view, &is_new,
                       &unit->err));
    assert_true(is_new);
    return view.action.id;
}

UNIT(an_assignment_answers_a_waiting_poll_at_once)
{
    for (int is_tls = 0; is_tls < 2; is_tls++) {
        const char *id = is_tls ? "mfp-2" : "mfp-1";
        AUTO(wire_closep) struct wire *wire = dial(is_tls);
        struct wire_reply reply;
        int64_t from_ms;

        support_device(here.s, id, QUIRK_PLAIN);
        send_poll(wire, id, "Prefer: wait=100\r\n");
        assert_true(parked_becomes(1));
        from_ms = clock_monotonic_ms();
        assign(unit, id);
        reply = take_reply(unit, wire);
        assert_in_range(clock_monotonic_ms() - from_ms, 0, 1000);
        assert_int_equal(reply.status, 200);
        assert_true(has(&reply, "deploymentBase"));
        assert_string_equal(wire_header(unit->arena, &reply, "Preference-Applied"), "wait=100");
        assert_int_equal(parked(), 0);

        /* The connection lives on, and what is there already is not waited for. */
        from_ms = clock_monotonic_ms();
        send_poll(wire, id, "Prefer: wait=100\r\n");
        reply = take_reply(unit, wire);
        assert_in_range(clock_monotonic_ms() - from_ms, 0, 1000);
        assert_true(has(&reply, "deploymentBase"));
        assert_string_equal(wire_header(unit->arena, &reply, "Preference-Applied"), "wait=100");
    }
}

UNIT(a_question_for_attributes_answers_it_and_a_void_token_is_refused)
{
    AUTO(wire_closep) struct wire *wire = dial(false);
    struct device_view view;
    struct wire_reply reply;
    const char *token;

    support_device(here.s, "mfp-1", QUIRK_PLAIN);
    send_poll(wire, "mfp-1", "Prefer: respond-async, Wait = \"90\"\r\n");
    assert_true(parked_becomes(1));
    MUST(device_do(&here.s->world, unit->arena, &here.who, "mfp-1", DEVICE_ASK, clock_now_ms(), &token, &view,
                   &unit->err));
    reply = take_reply(unit, wire);
    assert_true(has(&reply, "configData"));
    assert_string_equal(wire_header(unit->arena, &reply, "Preference-Applied"), "wait=90");

    support_device(here.s, "mfp-2", QUIRK_PLAIN);
    send_poll(wire, "mfp-2", "Prefer: wait=100\r\n");
    assert_true(parked_becomes(1));
    MUST(device_do(&here.s->world, unit->arena, &here.who, "mfp-2", DEVICE_TOKEN, clock_now_ms(), &token,
                   &view, &unit->err));
    reply = take_reply(unit, wire);
    assert_int_equal(reply.status, 401); /* who waited is known anew */
}

UNIT(without_news_the_ordinary_answer_comes_when_the_time_is_over)
{
    AUTO(wire_closep) struct wire *wire = dial(true);
    AUTO(wire_closep) struct wire *plain = NULL;
    struct wire_reply waited, reply;
    int64_t from_ms = clock_monotonic_ms(), took_ms;

    support_device(here.s, "mfp-1", QUIRK_PLAIN);
    here.s->settings.long_poll_max_s = 2;
    send_poll(wire, "mfp-1", "Prefer: wait=300\r\n");
    waited = take_reply(unit, wire);
    took_ms = clock_monotonic_ms() - from_ms;
    assert_in_range(took_ms, 1990, 4000);
    assert_string_equal(wire_header(unit->arena, &waited, "Preference-Applied"), "wait=2");
    plain = dial(true);
    from_ms = clock_monotonic_ms();
    send_poll(plain, "mfp-1", "");
    reply = take_reply(unit, plain);
    assert_in_range(clock_monotonic_ms() - from_ms, 0, 1000);
    assert_int_equal(waited.body.size, reply.body.size);
    assert_memory_equal(waited.body.at, reply.body.at, reply.body.size);
    assert_null(wire_header(unit->arena, &reply, "Preference-Applied"));
}

UNIT(what_prefers_nothing_or_may_not_wait_is_answered_at_once)
{
    static const char *const said[] = {"", "Prefer: wait=0\r\n", "Prefer: wait=soon\r\n",
                                       "Prefer: return=minimal\r\n"};
    AUTO(wire_closep) struct wire *wire = dial(false);
    struct wire_reply reply;

    support_device(here.s, "mfp-1", QUIRK_PLAIN);
    for (size_t i = 0; i <= COUNT(said); i++) {
        here.s->settings.long_poll_max_s = i < COUNT(said) ? 120 : 0;
        send_poll(wire, "mfp-1", i < COUNT(said) ? said[i] : "Prefer: wait=60\r\n");
        reply = take_reply(unit, wire);
        assert_int_equal(reply.status, 200);
        assert_null(wire_header(unit->arena, &reply, "Preference-Applied"));
    }
}

UNIT(a_second_poll_of_the_same_device_has_the_first_one_answered)
{
    AUTO(wire_closep) struct wire *first = dial(true);
    AUTO(wire_closep) struct wire *second = dial(true);
    struct wire_reply reply;

    support_device(here.s, "mfp-1", QUIRK_PLAIN);
    send_poll(first, "mfp-1", "Prefer: wait=100\r\n");
    assert_true(parked_becomes(1));
    send_poll(second, "mfp-1", "Prefer: wait=100\r\n");
    reply = take_reply(unit, first);
    assert_int_equal(reply.status, 200);
    assert_false(has(&reply, "deploymentBase"));
    assert_true(parked_becomes(1));
    assign(unit, "mfp-1");
    reply = take_reply(unit, second);
    assert_true(has(&reply, "deploymentBase"));
}

/* Everything of the release's family. */
static void rollout_start(struct unit *unit)
{
    struct rollout draft = {.tenant_id = here.s->tenant_id,
                            .name = "night",
                            .release_id = here.release,
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

    MUST(rollout_make(&here.s->world, unit->arena, &here.who, &draft, stages, 1, clock_now_ms(), &view,
                      &unit->err));
    MUST(rollout_apply(&here.s->world, unit->arena, &here.who, view.rollout.id, ROLLOUT_DO_START, "",
                       clock_now_ms(), &view, &unit->err));
}

UNIT(a_rollout_that_starts_answers_those_it_holds_and_the_others_wait_on)
{
    AUTO(wire_closep) struct wire *held = dial(true);
    AUTO(wire_closep) struct wire *other = dial(true);
    struct wire_reply reply;
    int64_t from_ms;

    support_device(here.s, "mfp-1", QUIRK_PLAIN);
    support_device(here.s, "mfp-2", QUIRK_PLAIN);
    MUST(device_change(&here.s->world, unit->arena, &here.who, "mfp-2",
                       &(struct device_patch){.family = "x1"}, clock_now_ms(), &(struct device_view){0},
                       &unit->err));
    send_poll(held, "mfp-1", "Prefer: wait=100\r\n");
    send_poll(other, "mfp-2", "Prefer: wait=3\r\n");
    from_ms = clock_monotonic_ms();
    assert_true(parked_becomes(2));
    rollout_start(unit);
    reply = take_reply(unit, held);
    assert_in_range(clock_monotonic_ms() - from_ms, 0, 2000);
    assert_true(has(&reply, "deploymentBase"));
    reply = take_reply(unit, other);
    assert_in_range(clock_monotonic_ms() - from_ms, 2900, 6000);
    assert_false(has(&reply, "deploymentBase"));
}

UNIT(a_client_that_goes_away_is_noticed_and_let_go)
{
    struct linger hard = {.l_onoff = 1};

    support_device(here.s, "mfp-1", QUIRK_PLAIN);
    for (int i = 0; i < 4; i++) {
        struct wire *wire = dial(i % 2 == 0);
        int64_t until_ms = clock_monotonic_ms() + 20000;
        struct http_figures figures;

        send_poll(wire, "mfp-1", "Prefer: wait=100\r\n");
        assert_true(parked_becomes(1));
        if (i < 2)
            setsockopt(wire_fd(wire), SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
        wire_closep(&wire);
        assert_true(parked_becomes(0));
        do {
            http_figures(here.http, &figures);
            usleep(1000);
        } while (figures.connections > 0 && clock_monotonic_ms() < until_ms);
        assert_int_equal(figures.connections, 0);
    }
}

static void devices_make(int count)
{
    for (int i = 0; i < count; i++) {
        char *id = arena_printf(here.arena, "many-%d", i);

        support_device(here.s, id, QUIRK_PLAIN);
    }
}

/* More than there are threads of any kind. */
UNIT(a_thousand_waiting_polls_leave_the_others_quick_and_end_with_the_service)
{
    struct wire **wires = ARENA_MANY(unit->arena, struct wire *, MANY);
    AUTO(wire_closep) struct wire *wire = NULL;
    int64_t from_ms, worst_ms = 0;
    struct wire_reply reply;

    devices_make(MANY);
    support_device(here.s, "mfp-1", QUIRK_PLAIN);
    here.s->settings.long_poll_max_s = 300;
    for (int i = 0; i < MANY; i++) {
        wires[i] = dial(false);
        send_poll(wires[i], arena_printf(unit->arena, "many-%d", i), "Prefer: wait=300\r\n");
    }
    assert_true(parked_becomes(MANY));
    wire = dial(true);
    for (int i = 0; i < 100; i++) {
        from_ms = clock_monotonic_ms();
        send_poll(wire, "mfp-1", "");
        reply = take_reply(unit, wire);
        assert_int_equal(reply.status, 200);
        if (clock_monotonic_ms() - from_ms > worst_ms)
            worst_ms = clock_monotonic_ms() - from_ms;
    }
    assert_in_range(worst_ms, 0, 500);
    assign(unit, "many-777");
    reply = take_reply(unit, wires[777]);
    assert_true(has(&reply, "deploymentBase"));
    assert_int_equal(parked(), MANY - 1);

    from_ms = clock_monotonic_ms();
    http_stop(here.http, 8000);
    here.http = NULL;
    assert_in_range(clock_monotonic_ms() - from_ms, 0, 5000);
    for (int i = 0; i < MANY; i++) {
        if (i != 777) {
            reply = take_reply(unit, wires[i]);
            assert_int_equal(reply.status, 200);
        }
        wire_closep(&wires[i]);
    }
}

UNIT(half_of_the_connections_wait_and_the_rest_is_answered_at_once)
{
    struct wire **wires = ARENA_MANY(unit->arena, struct wire *, MOST / 2 + 1);
    AUTO(wire_closep) struct wire *wire = NULL;
    struct wire_reply reply;

    devices_make(MOST / 2);
    support_device(here.s, "mfp-1", QUIRK_PLAIN);
    for (int i = 0; i < MOST / 2; i++) {
        wires[i] = dial(false);
        send_poll(wires[i], arena_printf(unit->arena, "many-%d", i), "Prefer: wait=120\r\n");
    }
    assert_true(parked_becomes(MOST / 2));
    wire = dial(false);
    send_poll(wire, "mfp-1", "Prefer: wait=120\r\n");
    reply = take_reply(unit, wire);
    assert_int_equal(reply.status, 200);
    assert_null(wire_header(unit->arena, &reply, "Preference-Applied"));
    for (int i = 0; i < MOST / 2; i++)
        wire_closep(&wires[i]);
    assert_true(parked_becomes(0));
}

#define STORM_MS 3000
#define STORM_DEVICES 8

static atomic_bool storm_is_over;
static atomic_int storm_answers, storm_wrong;

static void *storm_poller(void *arg)
{
    const char *id = arg;
    struct arena *arena = arena_new();
    bool is_tls = (id[strlen(id) - 1] - '0') % 2;

    while (!atomic_load(&storm_is_over)) {
        AUTO(wire_closep) struct wire *wire = dial(is_tls);
        struct wire_reply reply;

        for (int i = 0; i < 20 && !atomic_load(&storm_is_over); i++) {
            send_poll(wire, id, i % 5 ? "Prefer: wait=1\r\n" : "");
            if (i == 18)
                break; /* gone without a word */
            if (wire_reply(wire, arena, false, &reply) && reply.status == 200)
                atomic_fetch_add(&storm_answers, 1);
            else
                atomic_fetch_add(&storm_wrong, 1);
        }
        arena_reset(arena);
    }
    arena_freep(&arena);
    return NULL;
}

static void *storm_ringer(void *arg)
{
    struct support *s = arg;

    for (uint64_t i = 0; !atomic_load(&storm_is_over); i++) {
        http_wake(here.http, i % (STORM_DEVICES + 2));
        if (i % 50 == 0)
            http_wake_group(here.http, (uint64_t)s->tenant_id, 20);
        usleep(1000);
    }
    return NULL;
}

/* Meant for ThreadSanitizer. */
UNIT(rings_and_quitters_all_at_once_lose_no_answer)
{
    pthread_t threads[STORM_DEVICES * 2 + 1];
    size_t count = 0;

    atomic_store(&storm_is_over, false);
    for (size_t i = 0; i < STORM_DEVICES; i++)
        support_device(here.s, arena_printf(here.arena, "many-%zu", i), QUIRK_PLAIN);
    for (size_t i = 0; i < STORM_DEVICES; i++) /* two that claim to be the same */
        for (int twin = 0; twin < 2; twin++)
            assert_int_equal(pthread_create(&threads[count++], NULL, storm_poller,
                                            arena_printf(here.arena, "many-%zu", i)),
                             0);
    assert_int_equal(pthread_create(&threads[count++], NULL, storm_ringer, here.s), 0);
    usleep(STORM_MS * 1000);
    atomic_store(&storm_is_over, true);
    for (size_t i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    assert_true(atomic_load(&storm_answers) > 50);
    assert_int_equal(atomic_load(&storm_wrong), 0);
    assert_true(parked_becomes(0));
}

#define LONG_POLL_TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

/* Both ends of a thousand connections are this process's; a login's soft limit is 1024. */
static void raise_limits(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LONG_POLL_TEST(an_assignment_answers_a_waiting_poll_at_once),
        LONG_POLL_TEST(a_question_for_attributes_answers_it_and_a_void_token_is_refused),
        LONG_POLL_TEST(without_news_the_ordinary_answer_comes_when_the_time_is_over),
        LONG_POLL_TEST(what_prefers_nothing_or_may_not_wait_is_answered_at_once),
        LONG_POLL_TEST(a_second_poll_of_the_same_device_has_the_first_one_answered),
        LONG_POLL_TEST(a_rollout_that_starts_answers_those_it_holds_and_the_others_wait_on),
        LONG_POLL_TEST(a_client_that_goes_away_is_noticed_and_let_go),
        LONG_POLL_TEST(a_thousand_waiting_polls_leave_the_others_quick_and_end_with_the_service),
        LONG_POLL_TEST(rings_and_quitters_all_at_once_lose_no_answer),
        LONG_POLL_TEST(half_of_the_connections_wait_and_the_rest_is_answered_at_once),
    };

    raise_limits();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
