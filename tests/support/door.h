/* A door for tests of http: a few paths that do one thing each, and a service around it.
 *
 *   /hello            "hello\n"                       /worker   the same, served on a worker
 *   /late             asks for a worker in serve()    /gate     on a worker, waits until door_open_gate()
 *   /echo             the body, at most 1 MiB         /echo-worker
 *   /file/N           N bytes of door_byte(), ranges  /mapped/N the same as a source that must be released
 *   /headed/N         the same as /mapped/N, with its first DOOR_HEAD bytes as the reply's head
 *   /sink             body into a sink, 64 MiB; answers its length and sum; ?fail=N: the sink fails after N
 * bytes /refused          401 in begin()                  /closing  a reply that closes /who what the request
 * says about its sender
 */
#pragma once

#include <stdatomic.h>

#include "http/http.h"

#define DOOR_HEAD 777

struct door {
    struct http *http;
    char dir[64]; /* with certificates, see support/cert.h */
    atomic_int begun, ended, lost, sources_out, sinks_out, in_gate, most_in_gate;
    atomic_llong bytes, dropped_bytes; /* that left; that sinks held when they were dropped */
    atomic_bool is_gate_open;
};

/* Small limits may be set in `options` first; empty fields get usable values. Ports are free ones, plain
 * included. Fails the running test when it cannot. */
void door_start(struct door *door, struct http_options options);
void door_stop(struct door *door, int64_t grace_ms);
void door_clean(struct door *door); /* the folder; for tests that stop the service themselves */
void door_open_gate(struct door *door);
/* The service lets go of things a moment after the client has its answer: waits up to 20 s for `counter` to
 * be 0. */
bool door_settles(atomic_int *counter);
char door_byte(int64_t at);
/* Does this hold the bytes of /file from `from` on? */
bool door_bytes_are(struct span bytes, int64_t from);
int64_t door_port(const struct door *door);
int64_t door_plain_port(const struct door *door);
/* "dir/name"; static per call site is not needed: it lives until the door stops. */
const char *door_path(struct door *door, struct arena *arena, const char *name);
