#include "signing/parser_frame.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

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

static bool get_all(int fd, int wait_ms, char *at, size_t size, struct err *err)
{
    while (size > 0) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        int answer = poll(&ready, 1, wait_ms);
        ssize_t got = answer > 0 ? recv(fd, at, size, MSG_DONTWAIT) : -1;

        if (answer == 0)
            return FAIL(err, ERR_BUSY, "it said nothing for %d s", wait_ms / 1000);
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

bool parser_frame_get(int fd, int wait_ms, struct parser_frame *out, char *bytes, struct err *err)
{
    struct parser_frame frame;

    if (!get_all(fd, wait_ms, (char *)&frame, sizeof(frame), err))
        return false;
    if (frame.kind >= PARSER__MAX || frame.size > PARSER_BYTES_MAX || frame.number < 0)
        return FAIL(err, ERR_INVALID, "it said what no parser says");
    if (!get_all(fd, wait_ms, bytes, frame.size, err))
        return false;
    *out = frame;
    return true;
}
