/* Devices that poll on real sockets and say how long they would wait: a service with its bell, and what a test
 * asks of it. One at a time in a process. */
#pragma once

#include "domain/bell.h"
#include "support/api.h"
#include "support/unit.h"
#include "support/wire.h"

#define POLLER_CONNECTIONS 2600

struct poller {
    struct arena *arena;
    struct support *s;
    struct http *http;
    struct bell bell;
    struct who who;
    int64_t release; /* of the devices' family, published */
};
extern struct poller poller;

/* Setup and teardown of a test; a unit's own are within. */
int poller_start(void **state);
int poller_stop(void **state);
#define POLLER_TEST(name) cmocka_unit_test_setup_teardown(name, poller_start, poller_stop)

struct wire *poller_dial(bool is_tls);
/* `more` are header lines, each with its CRLF. */
void poller_ask(struct wire *wire, const char *id, const char *more);
struct wire_reply poller_reply(struct unit *unit, struct wire *wire);
bool poller_has(const struct wire_reply *reply, const char *words);
/* Polls that wait; false when there are not so many within 20 s. */
int64_t poller_parked(void);
bool poller_parked_becomes(int64_t count);
/* The release to that device; its action. */
int64_t poller_assign(struct unit *unit, const char *id);
