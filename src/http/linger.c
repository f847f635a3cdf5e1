#include "http/linger.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

void linger_init(struct lingerers *linger)
{
    linger->count = 0;
    pthread_mutex_init(&linger->lock, NULL);
}

void linger_end(struct lingerers *linger)
{
    for (size_t i = 0; i < linger->count; i++)
        close(linger->sockets[i].fd);
    linger->count = 0;
    pthread_mutex_destroy(&linger->lock);
}

void linger_add(struct lingerers *linger, int fd)
{
    bool is_kept;

    shutdown(fd, SHUT_WR);
    pthread_mutex_lock(&linger->lock);
    is_kept = linger->count < LINGER_MAX;
    if (is_kept) {
        linger->sockets[linger->count].fd = fd;
        linger->sockets[linger->count].until_ms = clock_monotonic_ms() + LINGER_MS;
        linger->sockets[linger->count].left_bytes = LINGER_BYTES;
        linger->count++;
    }
    pthread_mutex_unlock(&linger->lock);
    if (!is_kept)
        close(fd);
}

/* Reads what is there; false at the end of the stream or of our patience. */
static bool drain_one(int fd, int64_t *left_bytes)
{
    char scrap[65536];
    ssize_t got = 1;

    while (got > 0 && *left_bytes > 0) {
        got = recv(fd, scrap, sizeof(scrap), MSG_DONTWAIT | MSG_TRUNC);
        if (got > 0)
            *left_bytes -= got;
    }
    return got < 0; /* nothing there now; a real error shows as the deadline */
}

size_t linger_drain(struct lingerers *linger)
{
    int64_t now = clock_monotonic_ms();
    size_t left;

    pthread_mutex_lock(&linger->lock);
    for (size_t i = linger->count; i > 0; i--) {
        size_t at = i - 1;

        if (drain_one(linger->sockets[at].fd, &linger->sockets[at].left_bytes) &&
            now < linger->sockets[at].until_ms)
            continue;
        close(linger->sockets[at].fd);
        linger->sockets[at] = linger->sockets[--linger->count];
    }
    left = linger->count;
    pthread_mutex_unlock(&linger->lock);
    return left;
}
