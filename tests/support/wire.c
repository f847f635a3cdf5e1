#include "support/wire.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

struct wire {
    int fd;
    gnutls_session_t session;
    gnutls_certificate_credentials_t cred;
    char *held; /* read, but not yet asked for */
    size_t held_size;
};

#define PATIENCE_S 20

/* A small device: what it takes at once has to be said before it connects. */
static void narrow(int fd, const struct wire_narrow *is)
{
    if (is && is->segment_bytes)
        setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &is->segment_bytes, sizeof(is->segment_bytes));
    if (is && is->receive_bytes)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &is->receive_bytes, sizeof(is->receive_bytes));
}

struct wire *wire_open(int64_t port)
{
    return wire_open_narrow(port, NULL);
}

struct wire *wire_open_narrow(int64_t port, const struct wire_narrow *is)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct timeval patience = {.tv_sec = PATIENCE_S};
    struct wire *wire = calloc(1, sizeof(*wire));

    if (!wire)
        abort();
    inet_pton(AF_INET, "127.0.0.1", &at.sin_addr);
    wire->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(wire->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(wire->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    narrow(wire->fd, is);
    if (connect(wire->fd, (struct sockaddr *)&at, sizeof(at)) == 0)
        return wire;
    wire_closep(&wire);
    return NULL;
}

static ssize_t dribble(gnutls_transport_ptr_t ptr, const void *bytes, size_t size)
{
    const struct wire *wire = ptr;

    return send(wire->fd, bytes, size < 40 ? size : 40, MSG_NOSIGNAL);
}

static ssize_t pull(gnutls_transport_ptr_t ptr, void *out, size_t size)
{
    const struct wire *wire = ptr;

    return recv(wire->fd, out, size, 0);
}

static int pull_timeout(gnutls_transport_ptr_t ptr, unsigned int ms)
{
    const struct wire *wire = ptr;
    struct pollfd one = {.fd = wire->fd, .events = POLLIN};

    return poll(&one, 1, (int)ms);
}

static void set_transport(struct wire *wire, bool is_dribbling)
{
    int on = 1;

    gnutls_transport_set_int(wire->session, wire->fd);
    if (!is_dribbling)
        return;
    setsockopt(wire->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    gnutls_transport_set_ptr(wire->session, wire);
    gnutls_transport_set_push_function(wire->session, dribble);
    gnutls_transport_set_pull_function(wire->session, pull);
    gnutls_transport_set_pull_timeout_function(wire->session, pull_timeout);
}

static bool shake_hands(struct wire *wire)
{
    int code;

    do
        code = gnutls_handshake(wire->session);
    while (code < 0 && code != GNUTLS_E_AGAIN && gnutls_error_is_fatal(code) == 0);
    return code == 0;
}

struct wire *wire_open_tls(int64_t port, const struct wire_tls *tls)
{
    struct wire *wire = wire_open_narrow(port, &tls->narrow);

    if (!wire)
        return NULL;
    if (gnutls_certificate_allocate_credentials(&wire->cred) < 0 ||
        gnutls_init(&wire->session, GNUTLS_CLIENT | GNUTLS_FORCE_CLIENT_CERT) < 0)
        abort();
    if (tls->ca_path)
        gnutls_certificate_set_x509_trust_file(wire->cred, tls->ca_path, GNUTLS_X509_FMT_PEM);
    if (tls->cert_path && gnutls_certificate_set_x509_key_file(wire->cred, tls->cert_path, tls->key_path,
                                                               GNUTLS_X509_FMT_PEM) < 0)
        abort();
    if (gnutls_priority_set_direct(wire->session, tls->priorities ? tls->priorities : "NORMAL", NULL) < 0)
        abort();
    gnutls_credentials_set(wire->session, GNUTLS_CRD_CERTIFICATE, wire->cred);
    gnutls_server_name_set(wire->session, GNUTLS_NAME_DNS, "localhost", 9);
    if (tls->ca_path)
        gnutls_session_set_verify_cert(wire->session, "localhost", 0);
    if (tls->ticket)
        gnutls_session_set_data(wire->session, tls->ticket, tls->ticket_size);
    set_transport(wire, tls->is_dribbling);
    gnutls_handshake_set_timeout(wire->session, PATIENCE_S * 1000);
    if (!shake_hands(wire))
        wire_closep(&wire);
    return wire;
}

void wire_closep(struct wire **out)
{
    struct wire *wire = *out;

    *out = NULL;
    if (!wire)
        return;
    if (wire->session)
        gnutls_deinit(wire->session);
    if (wire->cred)
        gnutls_certificate_free_credentials(wire->cred);
    close(wire->fd);
    free(wire->held);
    free(wire);
}

int wire_fd(const struct wire *wire)
{
    return wire->fd;
}

bool wire_send(struct wire *wire, struct span bytes)
{
    while (bytes.size > 0) {
        ssize_t sent = wire->session ? gnutls_record_send(wire->session, bytes.at, bytes.size)
                                     : send(wire->fd, bytes.at, bytes.size, MSG_NOSIGNAL);

        if (sent <= 0)
            return false;
        bytes = span_make(bytes.at + sent, bytes.size - (size_t)sent);
    }
    return true;
}

bool wire_say(struct wire *wire, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    int size;
    bool ok;

    va_start(args, format);
    size = vasprintf(&text, format, args);
    va_end(args);
    if (size < 0)
        abort();
    ok = wire_send(wire, span_make(text, (size_t)size));
    free(text);
    return ok;
}

static bool has_more(int fd)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};

    return poll(&one, 1, PATIENCE_S * 1000) == 1;
}

static ssize_t read_raw(struct wire *wire, char *out, size_t max)
{
    ssize_t got;

    if (!wire->session)
        return recv(wire->fd, out, max, 0);
    /* EAGAIN also means that a session ticket was read and no data yet. */
    do
        got = gnutls_record_recv(wire->session, out, max);
    while (got == GNUTLS_E_INTERRUPTED || (got == GNUTLS_E_AGAIN && has_more(wire->fd)));
    return got == GNUTLS_E_PREMATURE_TERMINATION ? 0 : got < 0 ? -1 : got;
}

ssize_t wire_read(struct wire *wire, char *out, size_t max)
{
    size_t taken = wire->held_size < max ? wire->held_size : max;

    if (taken == 0)
        return read_raw(wire, out, max);
    memcpy(out, wire->held, taken);
    memmove(wire->held, wire->held + taken, wire->held_size - taken);
    wire->held_size -= taken;
    return (ssize_t)taken;
}

static void give_back(struct wire *wire, const char *bytes, size_t size)
{
    if (size == 0)
        return;
    wire->held = realloc(wire->held, size + wire->held_size);
    if (!wire->held)
        abort();
    memmove(wire->held + size, wire->held, wire->held_size);
    memcpy(wire->held, bytes, size);
    wire->held_size += size;
}

/* A head of at most 64 KiB, with its blank line. */
static bool read_head(struct wire *wire, struct arena *arena, struct span *out)
{
    char *text = arena_take(arena, 65536);
    size_t size = 0;

    while (size < 65535) {
        ssize_t got = wire_read(wire, text + size, 65535 - size);
        char *end;

        if (got <= 0)
            return false;
        size += (size_t)got;
        end = memmem(text, size, "\r\n\r\n", 4);
        if (!end)
            continue;
        end += 4;
        give_back(wire, end, size - (size_t)(end - text));
        *out = span_make(arena_text(arena, span_make(text, (size_t)(end - text))), (size_t)(end - text));
        return true;
    }
    return false;
}

const char *wire_header(struct arena *arena, const struct wire_reply *reply, const char *name)
{
    const char *line = strstr(reply->head.at, "\r\n");
    size_t size = strlen(name);

    for (; line; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, size) == 0 && line[size] == ':') {
            const char *value = line + size + 1 + strspn(line + size + 1, " ");

            return arena_text(arena, span_make(value, strcspn(value, "\r")));
        }
    }
    return NULL;
}

static bool has_no_body(const struct wire_reply *reply, bool is_head)
{
    return is_head || reply->status == 204 || reply->status == 304;
}

bool wire_reply(struct wire *wire, struct arena *arena, bool is_head, struct wire_reply *out)
{
    const char *length;
    size_t want, size = 0;
    char *body;

    do {
        *out = (struct wire_reply){0};
        if (!read_head(wire, arena, &out->head) || out->head.size < 12)
            return false;
        out->status = (int)strtol(out->head.at + 9, NULL, 10);
    } while (out->status < 200);
    length = wire_header(arena, out, "Content-Length");
    want = length && !has_no_body(out, is_head) ? (size_t)strtoull(length, NULL, 10) : 0;
    body = arena_take(arena, want + 1);
    while (size < want) {
        ssize_t got = wire_read(wire, body + size, want - size);

        if (got <= 0)
            break;
        size += (size_t)got;
    }
    out->body = span_make(body, size);
    out->is_whole = size == want;
    return true;
}

const char *wire_cipher(const struct wire *wire)
{
    return gnutls_cipher_get_name(gnutls_cipher_get(wire->session));
}

bool wire_is_resumed(const struct wire *wire)
{
    return gnutls_session_is_resumed(wire->session) != 0;
}

struct span wire_ticket(struct wire *wire, struct arena *arena)
{
    gnutls_datum_t data = {0};
    struct span out = {0};

    if (gnutls_session_get_data2(wire->session, &data) == 0)
        out = span_make(arena_text(arena, span_make(data.data, data.size)), data.size);
    gnutls_free(data.data);
    return out;
}

char *wire_server_name(struct wire *wire, struct arena *arena)
{
    unsigned int count = 0;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(wire->session, &count);
    gnutls_x509_crt_t cert;
    char name[128] = "";
    size_t size = sizeof(name);

    if (!chain || gnutls_x509_crt_init(&cert) < 0)
        return NULL;
    gnutls_x509_crt_import(cert, &chain[0], GNUTLS_X509_FMT_DER);
    gnutls_x509_crt_get_dn_by_oid(cert, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &size);
    gnutls_x509_crt_deinit(cert);
    return arena_dup(arena, name);
}
