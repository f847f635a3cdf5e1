#include "http/tls_conn.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "http/tls_cred.h"

/* No FFDHE: one ffdhe8192 handshake costs as much as 900 of ours. ECDHE and AEAD only; our order decides, so
 * that AES comes before ChaCha, which this library computes ten times slower. */
const char tls_priorities[] =
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:"
    "-MAC-ALL:+AEAD:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-"
    "SECP384R1:"
    "%SERVER_PRECEDENCE";

static char *copy(const char *text)
{
    char *out = text ? strdup(text) : NULL;

    if (text && !out)
        abort();
    return out;
}

bool tls_start(struct tls **out, const char *cert_path, const char *key_path, const char *client_ca_path,
               bool (*wait)(struct conn *conn), struct err *err)
{
    struct tls *tls = calloc(1, sizeof(*tls));

    if (!tls)
        abort();
    pthread_mutex_init(&tls->lock, NULL);
    tls_holds_init(&tls->holds);
    tls->cert_path = copy(cert_path);
    tls->key_path = copy(key_path);
    tls->client_ca_path = copy(client_ca_path);
    tls->wait = wait;
    if (!tls_cred_load(&tls->cred, tls, err)) {
        tls_freep(&tls);
        return false;
    }
    if (gnutls_session_ticket_key_generate(&tls->ticket_key) < 0) {
        tls_freep(&tls);
        return FAIL(err, ERR_IO, "no key for session tickets");
    }
    *out = tls;
    return true;
}

void tls_freep(struct tls **out)
{
    struct tls *tls = *out;

    *out = NULL;
    if (!tls)
        return;
    tls_cred_drop(tls->cred);
    if (tls->ticket_key.data) {
        gnutls_memset(tls->ticket_key.data, 0, tls->ticket_key.size);
        gnutls_free(tls->ticket_key.data);
    }
    tls_holds_end(&tls->holds);
    pthread_mutex_destroy(&tls->lock);
    free(tls->cert_path);
    free(tls->key_path);
    free(tls->client_ca_path);
    free(tls);
}

bool tls_reload(struct tls *tls, struct err *err)
{
    struct tls_cred *fresh, *old;

    if (!tls_cred_load(&fresh, tls, err))
        return false;
    pthread_mutex_lock(&tls->lock);
    old = tls->cred;
    tls->cred = fresh;
    pthread_mutex_unlock(&tls->lock);
    tls_cred_drop(old);
    return true;
}

/* ---- bytes in ---------------------------------------------------------------------- */

#define RECORD_HEADER_BYTES 5
#define AHEAD_BYTES 1024 /* a check-in and its header are a third of this */

static ssize_t take_ahead(struct tls_conn *t, void *out, size_t size)
{
    size_t left = t->ahead_size - t->ahead_from;

    size = size < left ? size : left;
    memcpy(out, t->ahead + t->ahead_from, size);
    t->ahead_from += size;
    if (t->ahead_from == t->ahead_size) {
        free(t->ahead);
        t->ahead = NULL;
    }
    return (ssize_t)size;
}

static void keep_ahead(struct tls_conn *t, const char *bytes, size_t size)
{
    t->ahead = malloc(size);
    if (!t->ahead)
        abort();
    memcpy(t->ahead, bytes, size);
    t->ahead_from = 0;
    t->ahead_size = size;
}

/* The library asks for a record's header and then for its body. A small record comes with its header, in one
 * system call instead of two. */
static ssize_t receive(struct tls_conn *t, void *out, size_t size)
{
    char more[AHEAD_BYTES];
    struct iovec parts[] = {{out, size}, {more, sizeof(more)}};
    bool is_header = t->is_done && size <= RECORD_HEADER_BYTES;
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = is_header ? 2 : 1};
    ssize_t got;

    if (t->ahead)
        return take_ahead(t, out, size);
    do
        got = recvmsg(t->fd, &message, 0);
    while (got < 0 && errno == EINTR);
    if (got <= (ssize_t)size)
        return got;
    keep_ahead(t, more, (size_t)got - size);
    return (ssize_t)size;
}

/* While the handshake waits for its peer the connection sleeps outside the HTTP library's loop, which would
 * spin. */
static ssize_t pull(gnutls_transport_ptr_t ptr, void *out, size_t size)
{
    struct tls_conn *t = ptr;
    ssize_t got = receive(t, out, size);

    if (got > 0)
        t->has_spoken = true;
    if (got < 0 && errno == EAGAIN) {
        if (!t->is_done)
            (void)t->tls->wait(t->conn);
        errno = EAGAIN;
    }
    return got;
}

static int pull_timeout(gnutls_transport_ptr_t ptr, unsigned int ms)
{
    struct tls_conn *t = ptr;
    struct pollfd one = {.fd = t->fd, .events = POLLIN};

    if (t->ahead)
        return 1;
    return poll(&one, 1, ms == GNUTLS_INDEFINITE_TIMEOUT ? -1 : (int)ms);
}

/* The client's Finished has been read: nothing more is awaited from it. */
static int handshake_hook(gnutls_session_t session, unsigned int type, unsigned int when,
                          unsigned int incoming, const gnutls_datum_t *message)
{
    struct tls_conn *t = gnutls_transport_get_ptr(session);

    (void)type;
    (void)message;
    if (when != GNUTLS_HOOK_POST || !incoming || t->is_done)
        return 0;
    t->is_done = true;
    atomic_fetch_add_explicit(&t->tls->handshakes, 1, memory_order_relaxed);
    if (gnutls_session_is_resumed(session))
        atomic_fetch_add_explicit(&t->tls->resumed, 1, memory_order_relaxed);
    conn_move(t->conn, CONN_IDLE);
    return 0;
}

void tls_open(struct tls *tls, struct conn *conn, void *session)
{
    struct tls_conn *t = calloc(1, sizeof(*t));

    if (!t)
        abort();
    t->tls = tls;
    t->conn = conn;
    t->session = session;
    t->fd = conn->fd;
    t->cred = tls_cred_use(tls);
    conn->tls = t;
    gnutls_credentials_set(t->session, GNUTLS_CRD_CERTIFICATE, t->cred->cred);
    gnutls_certificate_server_set_request(t->session,
                                          t->cred->asks_clients ? GNUTLS_CERT_REQUEST : GNUTLS_CERT_IGNORE);
    gnutls_transport_set_ptr(t->session, t);
    gnutls_transport_set_pull_function(t->session, pull);
    gnutls_transport_set_pull_timeout_function(t->session, pull_timeout);
    gnutls_transport_set_vec_push_function(t->session, tls_push);
    gnutls_handshake_set_hook_function(t->session, GNUTLS_HANDSHAKE_FINISHED, GNUTLS_HOOK_POST,
                                       handshake_hook);
    if (gnutls_session_ticket_enable_server(t->session, &tls->ticket_key) < 0)
        return; /* without tickets it works as well, only slower */
}

void tls_close(struct conn *conn)
{
    struct tls_conn *t = conn->tls;

    if (!t)
        return;
    if (!t->is_done && t->has_spoken)
        atomic_fetch_add_explicit(&t->tls->failed, 1, memory_order_relaxed);
    tls_reply_ends(conn);
    tls_cred_drop(t->cred);
    if (t->arena)
        arena_freep(&t->arena);
    free(t->ahead);
    free(t);
    conn->tls = NULL;
}

ssize_t tls_send(struct conn *conn, const void *bytes, size_t size)
{
    return gnutls_record_send(conn->tls->session, bytes, size);
}

int64_t tls_bytes_out(const struct conn *conn)
{
    return conn->tls ? conn->tls->bytes_out : 0;
}

void tls_figures(const struct tls *tls, struct tls_figures *out)
{
    out->handshakes = atomic_load_explicit(&tls->handshakes, memory_order_relaxed);
    out->resumed = atomic_load_explicit(&tls->resumed, memory_order_relaxed);
    out->failed = atomic_load_explicit(&tls->failed, memory_order_relaxed);
    out->bytes_out = atomic_load_explicit(&tls->bytes_out, memory_order_relaxed);
}

static int unused_retrieve(gnutls_session_t session, const gnutls_datum_t *requested, int requested_count,
                           const gnutls_pk_algorithm_t *algorithms, int algorithm_count,
                           gnutls_pcert_st **certs, unsigned int *cert_count, gnutls_privkey_t *key)
{
    (void)session, (void)requested, (void)requested_count, (void)algorithms, (void)algorithm_count;
    (void)certs, (void)cert_count, (void)key;
    return -1;
}

void *tls_unused_retrieve(void)
{
    return (void *)unused_retrieve;
}
