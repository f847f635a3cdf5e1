#include "http/conn.h"

#include <netinet/in.h>
#include <linux/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/clock.h"

#define TCP_CLOSE_WAIT 8 /* the kernel's name for it hides in a header that excludes this one */

void conn_register_init(struct conn_register *home)
{
    *home = (struct conn_register){.may_wait = true};
    pthread_mutex_init(&home->lock, NULL);
}

void conn_register_end(struct conn_register *home)
{
    conn_bury(home);
    pthread_mutex_destroy(&home->lock);
}

struct conn *conn_enter(struct conn_register *home, struct http *http, void *mhd, int fd, bool is_tls)
{
    struct conn *conn = calloc(1, sizeof(*conn));

    if (!conn)
        abort();
    conn->home = home;
    conn->http = http;
    conn->mhd = mhd;
    conn->fd = fd;
    conn->is_tls = is_tls;
    atomic_init(&conn->is_fresh, true);
    conn_move(conn, is_tls ? CONN_HANDSHAKE : CONN_IDLE);
    pthread_mutex_lock(&home->lock);
    conn->next = home->first;
    if (home->first)
        home->first->prev = conn;
    home->first = conn;
    home->count++;
    pthread_mutex_unlock(&home->lock);
    return conn;
}

int64_t conn_count(struct conn_register *home)
{
    int64_t count;

    pthread_mutex_lock(&home->lock);
    count = home->count;
    pthread_mutex_unlock(&home->lock);
    return count;
}

void conn_leave(struct conn *conn, int watch_fd)
{
    struct conn_register *home = conn->home;
    bool was_watched;

    pthread_mutex_lock(&home->lock);
    if (conn->next)
        conn->next->prev = conn->prev;
    if (conn->prev)
        conn->prev->next = conn->next;
    else
        home->first = conn->next;
    home->count--;
    was_watched = conn->is_watched;
    if (conn->is_waiting)
        atomic_fetch_sub_explicit(&home->waiting, 1, memory_order_relaxed);
    conn->is_waiting = false;
    if (was_watched) {
        epoll_ctl(watch_fd, EPOLL_CTL_DEL, conn->fd, NULL);
        conn->fd = -1;
        conn->next = home->leaving;
        home->leaving = conn;
    }
    pthread_mutex_unlock(&home->lock);
    if (!was_watched)
        free(conn);
}

void conn_bury(struct conn_register *home)
{
    struct conn *conn, *next;

    pthread_mutex_lock(&home->lock);
    conn = home->leaving;
    home->leaving = NULL;
    pthread_mutex_unlock(&home->lock);
    for (; conn; conn = next) {
        next = conn->next;
        free(conn);
    }
}

void conn_move(struct conn *conn, enum conn_phase phase)
{
    atomic_store_explicit(&conn->since_ms, clock_monotonic_ms(), memory_order_relaxed);
    atomic_store_explicit(&conn->phase, (int)phase, memory_order_release);
}

enum conn_phase conn_phase(const struct conn *conn)
{
    return (enum conn_phase)atomic_load_explicit(&conn->phase, memory_order_acquire);
}

static struct tcp_info tcp_state(const struct conn *conn)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof(info);

    if (getsockopt(conn->fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        return (struct tcp_info){0};
    return info;
}

int64_t conn_acknowledged(const struct conn *conn)
{
    return (int64_t)tcp_state(conn).tcpi_bytes_acked;
}

bool conn_is_forsaken(const struct conn *conn)
{
    int unread = 0;

    return tcp_state(conn).tcpi_state == TCP_CLOSE_WAIT && ioctl(conn->fd, FIONREAD, &unread) == 0 &&
           unread == 0;
}
