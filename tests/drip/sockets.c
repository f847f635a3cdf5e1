#include "drip/drip.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"

#define PACE_MS 1000

/* A slow device has a small buffer. Its kernel makes room only once a whole piece that came has been read, so the
 * standstill that the service sees is about the buffer divided by the speed. */
static const struct wire_narrow narrow = {.segment_bytes = 100, .receive_bytes = 1152};
static const struct wire_narrow stalled = {.segment_bytes = 1400, .receive_bytes = 4096};

/* clang-format off */
const char *const drip_name[DRIP__MAX] = {
    [DRIP_HANDSHAKE] = "handshake dripping",
    [DRIP_LINE]      = "request line dripping",
    [DRIP_HEAD]      = "head dripping",
    [DRIP_BODY]      = "body dripping",
    [DRIP_READER]    = "never reading",
};
/* clang-format on */

/* The beginning of a TLS record that holds a ClientHello of 512 bytes. */
static const char hello[] = {0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, (char)0xfc, 0x03, 0x03};

static struct wire *connect_to(const struct drip_target *target, bool is_tls, const struct wire_narrow *is)
{
    struct wire_tls tls = {.narrow = *is};

    return is_tls ? wire_open_tls(target->port, &tls) : wire_open_narrow(target->plain_port, is);
}

static bool begin(struct drip_socket *socket, const struct drip_target *target)
{
    switch (socket->kind) {
    case DRIP_HANDSHAKE:
        return wire_send(socket->wire, span_make(hello, sizeof(hello)));
    case DRIP_LINE:
        return wire_say(socket->wire, "GET /");
    case DRIP_HEAD:
        return wire_say(socket->wire, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
    case DRIP_BODY:
        return wire_say(socket->wire, "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\n"
                                      "Content-Type: application/json\r\nContent-Length: 10000\r\n\r\n");
    case DRIP_READER:
        return wire_say(socket->wire, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", target->file);
    case DRIP__MAX:
        break;
    }
    return false;
}

bool drip_open(struct drip_socket *socket, const struct drip_target *target, enum drip_kind kind, bool is_tls)
{
    *socket = (struct drip_socket){.kind = kind};
    if (kind == DRIP_HANDSHAKE)
        socket->wire = wire_open(target->port);
    else
        socket->wire = connect_to(target, is_tls, &stalled);
    if (!socket->wire || !begin(socket, target))
        return false;
    socket->since_ms = clock_monotonic_ms();
    socket->next_ms = socket->since_ms + PACE_MS;
    return true;
}

static void close_now(struct drip_socket *socket, int64_t now_ms)
{
    socket->closed_ms = now_ms;
    wire_closep(&socket->wire);
}

void drip_feed(struct drip_socket *socket, int64_t now_ms)
{
    if (!socket->wire || socket->kind == DRIP_READER || now_ms < socket->next_ms)
        return;
    socket->next_ms = now_ms + PACE_MS;
    /* A byte of a hello is no record of ours: it goes out as it is. */
    if (!wire_send(socket->wire, span_make("x", 1)))
        close_now(socket, now_ms);
}

/* What waits to be read would wake us for ever; a reader that is cut is reset. */
short drip_events(const struct drip_socket *socket)
{
    return socket->kind == DRIP_READER ? 0 : POLLIN;
}

void drip_hear(struct drip_socket *socket, int64_t now_ms)
{
    char scrap[2048];
    ssize_t got;

    if (!socket->wire)
        return;
    if (socket->kind == DRIP_READER) {
        close_now(socket, now_ms);
        return;
    }
    do
        got = recv(wire_fd(socket->wire), scrap, sizeof(scrap), MSG_DONTWAIT);
    while (got > 0);
    if (got == 0 || (errno != EAGAIN && errno != EINTR))
        close_now(socket, now_ms);
}

/* ---- the customer ------------------------------------------------------------------------------- */

bool drip_slow_open(struct drip_slow *slow, const struct drip_target *target, bool is_tls, int64_t bytes_s)
{
    *slow = (struct drip_slow){.wire = connect_to(target, is_tls, &narrow), .bytes_s = bytes_s};
    return slow->wire && wire_say(slow->wire, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", target->file);
}

/* What its kernel has acknowledged. */
static void look(struct drip_slow *slow, int64_t now_ms)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof(info);

    if (getsockopt(wire_fd(slow->wire), IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        return;
    if ((int64_t)info.tcpi_bytes_received != slow->received || !slow->moved_ms)
        slow->moved_ms = now_ms;
    slow->received = (int64_t)info.tcpi_bytes_received;
    if (now_ms - slow->moved_ms > slow->longest_ms)
        slow->longest_ms = now_ms - slow->moved_ms;
}

/* Straight from the socket, below TLS: records are larger than what such a reader takes in minutes. */
void drip_slow_read(struct drip_slow *slow, int64_t now_ms)
{
    char bytes[4096];
    ssize_t got;

    if (slow->is_cut || now_ms < slow->next_ms)
        return;
    look(slow, now_ms);
    slow->next_ms = now_ms + PACE_MS;
    got = recv(wire_fd(slow->wire), bytes, (size_t)slow->bytes_s, MSG_DONTWAIT);
    if (got > 0)
        slow->taken += got;
    slow->is_cut = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}
