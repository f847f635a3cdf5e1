/* TLS below the HTTP library: credentials that can be exchanged while connections live, session tickets,
 * client certificates, handshakes that cost nothing while they wait, and records that leave in groups.
 *
 * The HTTP library polls a stalled handshake in a busy loop; our pull function suspends the connection
 * instead and the reaper resumes it (see tls.c). */
#pragma once

#include "base/err.h"
#include "http/conn.h"

struct tls;

extern const char tls_priorities[];

/* `wait` suspends a connection until its socket is readable; false when it may not wait any more. */
bool tls_start(struct tls **out, const char *cert_path, const char *key_path, const char *client_ca_path,
               bool (*wait)(struct conn *conn), struct err *err) CHECKED;
void tls_freep(struct tls **tls);
/* Reads the files again. New connections get the new certificate; on failure nothing changes. */
bool tls_reload(struct tls *tls, struct err *err) CHECKED;

/* Takes over a session the HTTP library has just made. Its last call is tls_close(). */
void tls_open(struct tls *tls, struct conn *conn, void *session);
void tls_close(struct conn *conn);

/* A reply with `body_bytes` of body is about to be sent: its head and body may leave together, in groups of
 * records. */
void tls_reply_begins(struct conn *conn, int64_t body_bytes);
/* Nothing of the reply may stay behind; gives the group's memory back. */
void tls_reply_ends(struct conn *conn);
/* For an answer outside the HTTP library's course; as send(). */
ssize_t tls_send(struct conn *conn, const void *bytes, size_t size);

/* Names of the verified client certificate, if there is one. They live as long as the connection. */
void tls_names(struct conn *conn, struct req *req);

int64_t tls_bytes_out(const struct conn *conn); /* sealed bytes this connection has sent */

struct tls_figures {
    int64_t handshakes, resumed, failed, bytes_out;
};
void tls_figures(const struct tls *tls, struct tls_figures *out);

/* The HTTP library insists on a way to certificates; ours are set per session, so this one is never asked. */
void *tls_unused_retrieve(void);
