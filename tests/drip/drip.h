/* Clients that waste a service's time, by the thousand, each in one of five ways; and a good one among them.
 * Knows sockets and how long each should be suffered; what is printed and judged is main.c's. */
#pragma once

#include "support/wire.h"

enum drip_kind {
    DRIP_HANDSHAKE, /* a TLS hello, a byte a second */
    DRIP_LINE,      /* a request line, a byte a second */
    DRIP_HEAD,      /* a request line at once, then its head, a byte a second */
    DRIP_BODY,      /* a head at once, then its body, a byte a second */
    DRIP_READER,    /* asks for a large file and never reads it */
    DRIP__MAX
};
extern const char *const drip_name[DRIP__MAX];

struct drip_target {
    int64_t port, plain_port;
    const char *file; /* a large one, for anybody */
    const char *poll; /* a device's */
    const char *authorization;
};

struct drip_socket {
    enum drip_kind kind;
    struct wire *wire;
    int64_t since_ms, next_ms, closed_ms; /* begun; next byte; 0: still open */
};

/* False: it could not connect. */
bool drip_open(struct drip_socket *socket, const struct drip_target *target, enum drip_kind kind,
               bool is_tls);
/* Says its next byte, when it is time. */
void drip_feed(struct drip_socket *socket, int64_t now_ms);
short drip_events(const struct drip_socket *socket); /* for poll() */
/* After poll() said something. */
void drip_hear(struct drip_socket *socket, int64_t now_ms);

/* A reader that takes `bytes` a second from its socket, however long that takes. */
struct drip_slow {
    struct wire *wire;
    bool is_cut;
    int64_t bytes_s, next_ms, taken;
    int64_t received, moved_ms,
        longest_ms; /* by its kernel: what the service can see; the longest standstill */
};
bool drip_slow_open(struct drip_slow *slow, const struct drip_target *target, bool is_tls, int64_t bytes_s);
void drip_slow_read(struct drip_slow *slow, int64_t now_ms);

/* Polls over one kept-alive connection in a thread of its own, and opens a new one when that is lost. */
struct drip_good;
struct drip_good_figures {
    int64_t polls, failures, p50_us, p99_us, max_us;
};
struct drip_good *drip_good_start(const struct drip_target *target, int64_t every_ms);
void drip_good_stop(struct drip_good **good, struct drip_good_figures *out);

/* Time that all threads of a process have been on a processor. */
int64_t drip_cpu_ns(int64_t pid);
