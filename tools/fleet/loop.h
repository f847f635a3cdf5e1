/* Many requests at once in one thread: the load generator's engine. The one file of the fleet that knows
 * libcurl. Refuses to know what the answers mean. */
#pragma once

#include <signal.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/err.h"

#define LOOP_BUCKETS 640 /* 16 to each doubling of microseconds */

struct loop_figures {
    int64_t requests, refused, failed, bytes; /* refused: a status of 400 and up; failed: no answer */
    int64_t longest_us;
    int64_t buckets[LOOP_BUCKETS];
    char why[160]; /* of the first that failed */
};

struct loop_plan {
    const char *ca;            /* NULL: the system's */
    const char *authorization; /* "GatewayToken X", or NULL */
    size_t connections;
    int64_t end_ms;     /* monotonic */
    bool is_fresh_each; /* a new connection, with a full handshake, for each request */
    const volatile sig_atomic_t *stop;
    void *ctx;
    /* The next URL, in `out`. Called from the loop's thread only. */
    void (*next)(void *ctx, char *out, size_t room);
};

bool loop_run(const struct loop_plan *plan, struct loop_figures *out, struct err *err) CHECKED;
void loop_add(struct loop_figures *to, const struct loop_figures *from);
/* The time within which that many of a thousand were answered. */
int64_t loop_within_us(const struct loop_figures *figures, int64_t permille);
