/* One connection as this room sees it, and the register of all of them. Knows neither the HTTP library nor
 * the TLS library: those hang their own things on it.
 *
 *   HANDSHAKE --> IDLE --> HEAD --> BODY --> SERVING --> SENDING --> IDLE ...
 *
 * The network thread that owns the connection moves it; the reaper only reads phase, since_ms and body_bytes,
 * which are atomic. Everything marked "under the lock" belongs to the register's mutex, which also guards the
 * descriptor: the library closes it only after conn_leave(). */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "http/http.h"

enum conn_phase {
    CONN_HANDSHAKE, /* TLS, not yet finished                     */
    CONN_IDLE,      /* nothing of the next request has been read */
    CONN_HEAD,      /* the request line has been read            */
    CONN_BODY,      /* the head is complete, the body is coming  */
    CONN_SERVING,   /* waiting for us                            */
    CONN_SENDING,   /* the reply is on its way                   */
    CONN_CLOSING,   /* told to close; nothing more is asked of it */
    CONN__MAX
};

struct conn {
    struct conn *next, *prev; /* under the lock */
    struct conn_register *home;
    struct http *http;
    void *mhd; /* the library's connection */
    int fd;
    bool is_tls, must_linger;
    bool is_waiting, is_watched; /* under the lock: suspended in a handshake; known to the reaper's epoll */
    atomic_int phase;
    atomic_llong since_ms, body_bytes;
    atomic_bool is_fresh; /* no request has been finished on it */
    /* the reaper's own: which phase it judges, since when, and what had been moved by then */
    enum conn_phase judged_phase;
    int64_t judged_since, judged_ms, judged_bytes;
    char peer[48];
    struct tls_conn *tls; /* owned by tls.c; NULL on the plain listener */
};

struct conn_register {
    pthread_mutex_t lock;
    struct conn *first;   /* under the lock */
    struct conn *leaving; /* under the lock: closed, but an event of the reaper may still name them */
    bool may_wait;        /* under the lock: false once the service stops */
    int64_t count;        /* under the lock */
    atomic_llong waiting; /* handshakes suspended */
};

void conn_register_init(struct conn_register *home);
void conn_register_end(struct conn_register *home); /* frees what is left */

struct conn *conn_enter(struct conn_register *home, struct http *http, void *mhd, int fd, bool is_tls);
/* After this the reaper touches neither the connection nor its descriptor. */
void conn_leave(struct conn *conn, int watch_fd);
/* Frees those that left while the reaper watched them. For the reaper, between two rounds of events. */
void conn_bury(struct conn_register *home);

int64_t conn_count(struct conn_register *home); /* that are open, of all listeners */

void conn_move(struct conn *conn, enum conn_phase phase);
/* Bytes the peer's kernel has acknowledged since the connection began. The send buffer holds far more than a
 * slow reader takes in an hour, so what it accepts says nothing. */
int64_t conn_acknowledged(const struct conn *conn);
/* The peer has said its last byte and we have read it. */
bool conn_is_forsaken(const struct conn *conn);
enum conn_phase conn_phase(const struct conn *conn);
