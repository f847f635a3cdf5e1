/* What the tls*.c files share about one connection. Touched by its network thread only. */
#pragma once

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

#include "http/tls.h"

struct tls_hold; /* memory for records that wait for company */

struct tls_cred {
    atomic_int users;
    gnutls_certificate_credentials_t cred;
    bool asks_clients;
};

/* Buffers that are handed back and forth between connections, by size. */
enum hold_size { HOLD_SMALL, HOLD_MIDDLE, HOLD_LARGE, HOLD__MAX };

struct tls_holds {
    pthread_mutex_t lock;
    struct {
        struct tls_hold *first;
        int count;
    } free[HOLD__MAX]; /* under the lock */
    atomic_int big_senders;
};

struct tls {
    pthread_mutex_t lock;
    struct tls_cred *cred; /* under the lock: the pointer; the thing itself never changes */
    char *cert_path, *key_path, *client_ca_path;
    bool (*wait)(struct conn *conn);
    gnutls_datum_t ticket_key;
    struct tls_holds holds;
    atomic_llong handshakes, resumed, failed, bytes_out;
};

struct tls_conn {
    struct tls *tls;
    struct conn *conn;
    gnutls_session_t session;
    struct tls_cred *cred;
    int fd;
    bool is_done, has_spoken; /* handshake finished; a byte has come */
    /* records held back, see tls_push.c */
    struct tls_hold *hold;
    size_t held_from, held; /* its bytes that wait */
    int64_t remain;         /* body bytes whose records have not been seen yet */
    bool head_is_next;      /* the next record is a head whose body follows */
    bool is_big_sender;
    int64_t bytes_out;
    /* read ahead of the record whose header was asked for; NULL most of the time */
    char *ahead;
    size_t ahead_from, ahead_size;
    /* names, once asked for */
    bool is_named;
    struct arena *arena;
    struct http_pair *names;
    size_t name_count;
    char *issuer;
};

ssize_t tls_push(gnutls_transport_ptr_t ptr, const giovec_t *pieces, int count);
void tls_holds_init(struct tls_holds *holds);
void tls_holds_end(struct tls_holds *holds);
