#include "support/poller.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "domain/device_admin.h"
#include "support/cert.h"
#include "support/ddi.h"

struct poller poller;

static void ring_device(void *ctx, int64_t device_id)
{
    (void)ctx;
    http_wake(poller.http, (uint64_t)device_id);
}

static void ring_tenant(void *ctx, int64_t tenant_id)
{
    (void)ctx;
    http_wake_group(poller.http, (uint64_t)tenant_id, 200);
}

int poller_start(void **state)
{
    struct arena *arena = poller.arena = arena_new();
    struct support *s = poller.s = support_world(arena);
    struct http_options options = {.listen = "127.0.0.1",
                                   .trusted_proxies = "127.0.0.1",
                                   .cert_path = arena_printf(arena, "%s/server.pem", s->dir),
                                   .key_path = arena_printf(arena, "%s/server.key", s->dir),
                                   .threads = 2,
                                   .workers = 4,
                                   .connections_max = POLLER_CONNECTIONS,
                                   .connections_per_ip = POLLER_CONNECTIONS,
                                   .idle_timeout_s = 30,
                                   .head_deadline_s = 2,
                                   .body_bytes_s = 1024};
    struct http_door door = {.ctx = &s->app, .begin = api_begin, .serve = api_serve, .end = api_end};
    struct err err;

    clock_start(1, 0);
    s->now_ms = clock_now_ms();
    poller.bell = (struct bell){.device = ring_device, .tenant = ring_tenant};
    s->world.bell = &poller.bell;
    poller.who =
        (struct who){.kind = WHO_IS_OPERATOR, .tenant_id = s->tenant_id, .tenant = "DEFAULT", .name = "ada"};
    support_cert_make(s->dir);
    poller.release = ddi_release(s, "2.0");
    if (!http_start(&poller.http, &options, door, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return -1;
    }
    return unit_begin(state);
}

int poller_stop(void **state)
{
    if (poller.http)
        http_stop(poller.http, 1000);
    poller.http = NULL;
    arena_freep(&poller.arena);
    return unit_end(state);
}

struct wire *poller_dial(bool is_tls)
{
    static const struct wire_tls any = {0};
    struct wire *wire =
        is_tls ? wire_open_tls(http_port(poller.http), &any) : wire_open(http_plain_port(poller.http));

    assert_non_null(wire);
    return wire;
}

void poller_ask(struct wire *wire, const char *id, const char *more)
{
    assert_true(wire_say(wire,
                         "GET " DDI_PATH "%s HTTP/1.1\r\nHost: fw.example\r\n"
                         "Authorization: TargetToken token-%s\r\n%s\r\n",
                         id, id, more));
}

struct wire_reply poller_reply(struct unit *unit, struct wire *wire)
{
    struct wire_reply reply = {0};

    assert_true(wire_reply(wire, unit->arena, false, &reply));
    return reply;
}

bool poller_has(const struct wire_reply *reply, const char *words)
{
    return memmem(reply->body.at, reply->body.size, words, strlen(words)) != NULL;
}

int64_t poller_parked(void)
{
    struct http_figures figures;

    http_figures(poller.http, &figures);
    return figures.parked;
}

bool poller_parked_becomes(int64_t count)
{
    int64_t until_ms = clock_monotonic_ms() + 20000;

    while (poller_parked() != count && clock_monotonic_ms() < until_ms)
        usleep(1000);
    return poller_parked() == count;
}

int64_t poller_assign(struct unit *unit, const char *id)
{
    const struct action wanted = {.kind = ACTION_FORCED, .weight = 500, .release_id = poller.release};
    struct action_view view;
    bool is_new;

    MUST(action_assign(&poller.s->world, unit->arena, &poller.who, id, &wanted, clock_now_ms(), &view,
                       &is_new, &unit->err));
    assert_true(is_new);
    return view.action.id;
}
