#include "signing/parser_frame.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/clock.h"

static bool send_all(int fd, const char *at, size_t size, int more)
{
    while (size > 0) {
        ssize_t sent = send(fd, at, size, MSG_NOSIGNAL | more);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        at += sent;
        size -= (size_t)sent;
    }
    return true;
}

bool parser_frame_send(int fd, enum parser_kind kind, int64_t number, struct span bytes)
{
    struct parser_frame frame = {.kind = kind, .size = (uint32_t)bytes.size, .number = number};

    return send_all(fd, (const char *)&frame, sizeof(frame), bytes.size ? MSG_MORE : 0) &&
           send_all(fd, bytes.at, bytes.size, 0);
}

/* The clock is asked only where there is something to wait for. */
static bool wait_for(int fd, struct parser_patience *patience, struct err *err)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    int once_ms = patience->left_ms < patience->once_ms ? (int)patience->left_ms : patience->once_ms;
    int64_t from_ms;
    int answer;

    if (poll(&ready, 1, 0) != 0)
        return true;
    from_ms = clock_monotonic_ms();
    answer = poll(&ready, 1, once_ms);
    patience->left_ms -= answer ? clock_monotonic_ms() - from_ms : once_ms;
    if (patience->left_ms <= 0)
        patience->left_ms = 0;
    if (!patience->left_ms)
        return FAIL(err, ERR_BUSY, "it says too little at a time");
    return answer || FAIL(err, ERR_BUSY, "it said nothing for %d s", once_ms / 1000);
}

static bool get_all(int fd, struct parser_patience *patience, char *at, size_t size, struct err *err)
{
    while (size > 0) {
        ssize_t got;

        if (!wait_for(fd, patience, err))
            return false;
        got = recv(fd, at, size, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno == ECONNRESET))
            return FAIL(err, ERR_IO, "it ended before its time");
        if (got < 0 && errno != EINTR && errno != EAGAIN)
            return FAIL_ERRNO(err, "hearing it");
        if (got > 0) {
            at += got;
            size -= (size_t)got;
        }
    }
    return true;
}

bool parser_frame_get(int fd, struct parser_patience *patience, struct parser_frame *out, char *bytes,
                      struct err *err)
{
    struct parser_frame frame;

    if (!get_all(fd, patience, (char *)&frame, sizeof(frame), err))
        return false;
    if (frame.kind >= PARSER__MAX || frame.size > PARSER_BYTES_MAX || frame.number < 0)
        return FAIL(err, ERR_INVALID, "it said what no parser says");
    if (!get_all(fd, patience, bytes, frame.size, err))
        return false;
    *out = frame;
    return true;
}
