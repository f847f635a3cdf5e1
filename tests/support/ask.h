/* One question, one answer: what tests of http say most often. For files with a `static struct door door`. */
#pragma once

#include "support/door.h"
#include "support/unit.h"
#include "support/wire.h"

#define BOTH for (int is_tls = 0; is_tls < 2; is_tls++)

static inline struct wire *dial_door(struct door *door, bool is_tls)
{
    static const struct wire_tls any = {0};
    struct wire *wire = is_tls ? wire_open_tls(door_port(door), &any) : wire_open(door_plain_port(door));

    assert_non_null(wire);
    return wire;
}
#define dial(is_tls) dial_door(&door, is_tls)

/* One request on an open connection, with more header lines (each with its CRLF). */
static inline struct wire_reply ask(struct unit *unit, struct wire *wire, const char *method,
                                    const char *path, const char *more)
{
    struct wire_reply reply;

    assert_non_null(wire);
    assert_true(wire_say(wire, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", method, path, more));
    if (!wire_reply(wire, unit->arena, strcmp(method, "HEAD") == 0, &reply))
        fail_msg("%s %s: no reply", method, path);
    assert_true(reply.is_whole);
    return reply;
}

static inline void says(const struct wire_reply *reply, int status, const char *body)
{
    assert_int_equal(reply->status, status);
    assert_int_equal(reply->body.size, strlen(body));
    assert_memory_equal(reply->body.at, body, strlen(body));
}
