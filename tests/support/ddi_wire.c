#include "support/ddi_wire.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/text.h"
#include "store/actions.h"
#include "support/cert.h"

struct ddi_wire ddi_wire;

int ddi_wire_start(void **state)
{
    struct arena *arena = ddi_wire.arena = arena_new();
    struct support *s = ddi_wire.s = support_world(arena);
    struct http_options options = {.listen = "127.0.0.1",
                                   .trusted_proxies = "127.0.0.1",
                                   .cert_path = arena_printf(arena, "%s/server.pem", s->dir),
                                   .key_path = arena_printf(arena, "%s/server.key", s->dir),
                                   .threads = 2,
                                   .workers = 4,
                                   .connections_max = 500,
                                   .connections_per_ip = 500,
                                   .idle_timeout_s = 30,
                                   .head_deadline_s = 2,
                                   .body_bytes_s = 1024};
    struct support_part part = {"system", "2.0", "c450.swu", NULL};
    struct err err;
    int64_t *ids;

    (void)state;
    clock_start(1, 0);
    support_cert_make(s->dir);
    ddi_wire.bytes = arena_take(arena, DDI_WIRE_FILE_SIZE + 1);
    for (int i = 0; i < DDI_WIRE_FILE_SIZE; i++)
        ddi_wire.bytes[i] = (char)('a' + (i % 26 + i / 1000) % 26);
    part.bytes = ddi_wire.bytes;
    support_device(s, "mfp-1", QUIRK_PLAIN);
    ddi_wire.action = support_assign(s, "mfp-1", support_release(s, "c450", "2.0", &part, 1), NULL);
    action_modules(arena, support_action(s, ddi_wire.action).modules, &ids);
    ddi_wire.file =
        arena_printf(arena, DDI_WIRE_PATH "/softwaremodules/%lld/artifacts/c450.swu", (long long)ids[0]);
    struct http_door door = {.ctx = &s->app, .begin = api_begin, .serve = api_serve, .end = api_end};

    if (!http_start(&ddi_wire.http, &options, door, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return -1;
    }
    return 0;
}

int ddi_wire_stop(void **state)
{
    (void)state;
    http_stop(ddi_wire.http, 1000);
    arena_freep(&ddi_wire.arena);
    return 0;
}

struct wire *ddi_wire_dial(void)
{
    static const struct wire_tls any = {0};
    struct wire *wire = wire_open_tls(http_port(ddi_wire.http), &any);

    assert_non_null(wire);
    return wire;
}

struct wire_reply ddi_wire_ask(struct unit *unit, struct wire *wire, const char *method, const char *path,
                               const char *more, const char *body)
{
    struct wire_reply reply = {0};

    if (body)
        assert_true(wire_say(wire, "%s %s HTTP/1.1\r\nHost: fw.example\r\n%sContent-Length: %zu\r\n\r\n%s",
                             method, path, more, strlen(body), body));
    else
        assert_true(wire_say(wire, "%s %s HTTP/1.1\r\nHost: fw.example\r\n%s\r\n", method, path, more));
    assert_true(wire_reply(wire, unit->arena, text_equal(method, "HEAD"), &reply));
    return reply;
}

const char *ddi_wire_header(struct unit *unit, const struct wire_reply *reply, const char *name)
{
    return wire_header(unit->arena, reply, name);
}
