#include "http/reaper.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "http/linger.h"

#define TICK_MS 1000
#define LINGER_TICK_MS 20
#define CROWD_MS 2000 /* what an idle connection or a handshake gets while there are too many of them */
#define CLOSING_MS 5000

struct reaper {
    struct conn_register *home;
    struct spare *spare;
    struct reaper_limits limits;
    void (*resume)(struct conn *conn);
    struct lingerers linger;
    pthread_t thread;
    int epoll_fd, wake_fd;
    atomic_bool is_stopping;
    atomic_llong reaped;
    bool is_crowded;      /* there were more connections than the limits' crowd, and it was said */
    int64_t handshake_ms; /* what a handshake gets in this round */
};

/* Has the connection moved on since it was last judged? */
static bool is_new_stretch(struct conn *conn, enum conn_phase phase, int64_t since)
{
    if (conn->judged_phase == phase && conn->judged_since == since)
        return false;
    conn->judged_phase = phase;
    conn->judged_since = conn->judged_ms = since;
    return true;
}

static bool upload_is_too_slow(struct conn *conn, const struct reaper_limits *limits, int64_t since,
                               int64_t now)
{
    int64_t got = atomic_load_explicit(&conn->body_bytes, memory_order_relaxed);
    int64_t took;

    if (is_new_stretch(conn, CONN_BODY, since))
        conn->judged_bytes = got;
    took = now - conn->judged_ms;
    if (took < limits->body_grace_ms)
        return false;
    if (got - conn->judged_bytes < limits->body_bytes_s * took / 1000)
        return true;
    conn->judged_ms = now;
    conn->judged_bytes = got;
    return false;
}

/* On a plain socket the library misses an end of stream that came together with the last bytes. */
static bool upload_is_forsaken(const struct conn *conn)
{
    return !conn->is_tls && conn_is_forsaken(conn);
}

static bool reader_takes_nothing(struct conn *conn, const struct reaper_limits *limits, int64_t since,
                                 int64_t now)
{
    int64_t taken;

    if (is_new_stretch(conn, CONN_SENDING, since))
        conn->judged_bytes = -1;
    /* Looking costs a system call per slow reader; an eighth of the limit is often enough. */
    if (now - conn->judged_ms < limits->send_stall_ms / 8)
        return false;
    taken = conn_acknowledged(conn);
    if (taken != conn->judged_bytes) {
        conn->judged_ms = now;
        conn->judged_bytes = taken;
        return false;
    }
    return now - conn->judged_ms > limits->send_stall_ms;
}

static int64_t idle_limit(const struct reaper *reaper, const struct conn *conn)
{
    const struct reaper_limits *limits = &reaper->limits;

    if (atomic_load_explicit(&conn->is_fresh, memory_order_relaxed))
        return limits->head_ms;
    if (reaper->home->count > limits->crowd && limits->idle_ms > CROWD_MS)
        return CROWD_MS;
    return limits->idle_ms;
}

/* Handshakes that stall must not keep out those that would not. */
static int64_t handshake_limit(const struct reaper *reaper)
{
    const struct reaper_limits *limits = &reaper->limits;
    int64_t waiting = atomic_load_explicit(&reaper->home->waiting, memory_order_relaxed);

    return waiting > limits->handshake_crowd && limits->head_ms > CROWD_MS ? CROWD_MS : limits->head_ms;
}

/* Softly, so that TLS says goodbye; but to one that never asked anything there is nothing to say, and its next
 * byte together with our end would be taken for a reason to wait on. */
static int idle_end(const struct conn *conn)
{
    return atomic_load_explicit(&conn->is_fresh, memory_order_relaxed) ? SHUT_RDWR : SHUT_RD;
}

/* -1: leave it; else how to shut it down. */
static int judge(const struct reaper *reaper, struct conn *conn, enum conn_phase phase, int64_t now)
{
    int64_t since = atomic_load_explicit(&conn->since_ms, memory_order_relaxed);
    const struct reaper_limits *limits = &reaper->limits;

    switch (phase) {
    case CONN_HANDSHAKE:
        return now - since > reaper->handshake_ms ? SHUT_RDWR : -1;
    case CONN_HEAD:
        return now - since > limits->head_ms ? SHUT_RDWR : -1;
    case CONN_IDLE:
        return now - since > idle_limit(reaper, conn) ? idle_end(conn) : -1;
    case CONN_BODY:
        return upload_is_too_slow(conn, limits, since, now) || upload_is_forsaken(conn) ? SHUT_RDWR : -1;
    case CONN_SENDING:
        return reader_takes_nothing(conn, limits, since, now) ? SHUT_RDWR : -1;
    case CONN_CLOSING:
        return now - since > CLOSING_MS ? SHUT_RDWR : -1;
    case CONN_SERVING:
    case CONN__MAX:
        break;
    }
    return -1;
}

/* Under the lock. */
static void wake(struct reaper *reaper, struct conn *conn)
{
    if (!conn->is_waiting)
        return;
    conn->is_waiting = false;
    atomic_fetch_sub_explicit(&reaper->home->waiting, 1, memory_order_relaxed);
    reaper->resume(conn);
}

/* A reader that takes nothing would leave the kernel with our bytes for minutes after we closed. */
static void forget_unsent(const struct conn *conn)
{
    struct linger hard = {.l_onoff = 1};

    setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
}

/* Silence after a request is how connections end; before the first one it is a deadline missed. */
static bool is_counted(const struct conn *conn, enum conn_phase seen)
{
    if (seen == CONN_IDLE)
        return atomic_load_explicit(&conn->is_fresh, memory_order_relaxed);
    return seen != CONN_CLOSING;
}

/* Under the lock. */
static void cut(struct reaper *reaper, struct conn *conn, enum conn_phase seen, int how)
{
    int expected = (int)seen;

    if (seen == CONN_SENDING)
        forget_unsent(conn);
    shutdown(conn->fd, how);
    wake(reaper, conn);
    if (is_counted(conn, seen))
        atomic_fetch_add_explicit(&reaper->reaped, 1, memory_order_relaxed);
    if (atomic_compare_exchange_strong(&conn->phase, &expected, (int)CONN_CLOSING))
        atomic_store_explicit(&conn->since_ms, clock_monotonic_ms(), memory_order_relaxed);
}

/* Once when they become many, once when they are few again. */
static void tell_crowd(struct reaper *reaper, int64_t count)
{
    char number[24];

    if (reaper->is_crowded ? count > reaper->limits.crowd / 2 : count <= reaper->limits.crowd)
        return;
    reaper->is_crowded = !reaper->is_crowded;
    snprintf(number, sizeof(number), "%lld", (long long)count);
    if (reaper->is_crowded)
        log_say(LOG_WARN, "connections.many", "open", number, "why",
                "idle ones are closed after 2 s, and beyond connections_max new ones wait", NULL);
    else
        log_say(LOG_INFO, "connections.few", "open", number, NULL);
}

static void reap(struct reaper *reaper)
{
    struct conn_register *home = reaper->home;
    int64_t count;
    int64_t now = clock_monotonic_ms();

    pthread_mutex_lock(&home->lock);
    reaper->handshake_ms = handshake_limit(reaper);
    for (struct conn *conn = home->first; conn; conn = conn->next) {
        enum conn_phase phase = conn_phase(conn);
        int how = judge(reaper, conn, phase, now);

        if (how >= 0)
            cut(reaper, conn, phase, how);
    }
    count = home->count;
    pthread_mutex_unlock(&home->lock);
    tell_crowd(reaper, count);
}

static void wake_from(struct reaper *reaper, const struct epoll_event *events, int count)
{
    uint64_t scrap;

    pthread_mutex_lock(&reaper->home->lock);
    for (int i = 0; i < count; i++)
        if (events[i].data.ptr)
            wake(reaper, events[i].data.ptr);
        else if (read(reaper->wake_fd, &scrap, sizeof(scrap)) < 0)
            continue; /* somebody else's read has emptied it */
    pthread_mutex_unlock(&reaper->home->lock);
}

static void *reaper_main(void *arg)
{
    struct reaper *reaper = arg;
    struct epoll_event events[128];
    int64_t next_ms = clock_monotonic_ms() + TICK_MS;

    while (!atomic_load(&reaper->is_stopping)) {
        size_t lingering = linger_drain(&reaper->linger);
        int64_t wait = next_ms - clock_monotonic_ms();
        int count;

        if (lingering > 0 && wait > LINGER_TICK_MS)
            wait = LINGER_TICK_MS;
        conn_bury(reaper->home);
        count = epoll_wait(reaper->epoll_fd, events, (int)COUNT(events), wait > 0 ? (int)wait : 0);
        if (count > 0)
            wake_from(reaper, events, count);
        if (clock_monotonic_ms() >= next_ms) {
            reap(reaper);
            spare_look(reaper->spare);
            next_ms = clock_monotonic_ms() + TICK_MS;
        }
    }
    return NULL;
}

static bool open_descriptors(struct reaper *reaper, struct err *err)
{
    struct epoll_event event = {.events = EPOLLIN};

    reaper->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    reaper->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (reaper->epoll_fd < 0 || reaper->wake_fd < 0 ||
        epoll_ctl(reaper->epoll_fd, EPOLL_CTL_ADD, reaper->wake_fd, &event) != 0)
        return FAIL_ERRNO(err, "epoll of the reaper");
    return true;
}

static void reaper_free(struct reaper *reaper)
{
    linger_end(&reaper->linger);
    fd_closep(&reaper->epoll_fd);
    fd_closep(&reaper->wake_fd);
    free(reaper);
}

bool reaper_start(struct reaper **out, struct conn_register *home, struct spare *spare,
                  const struct reaper_limits *limits, void (*resume)(struct conn *conn), struct err *err)
{
    struct reaper *reaper = calloc(1, sizeof(*reaper));

    if (!reaper)
        abort();
    reaper->home = home;
    reaper->spare = spare;
    reaper->limits = *limits;
    reaper->resume = resume;
    linger_init(&reaper->linger);
    reaper->epoll_fd = reaper->wake_fd = -1;
    if (!open_descriptors(reaper, err)) {
        reaper_free(reaper);
        return false;
    }
    if (pthread_create(&reaper->thread, NULL, reaper_main, reaper) != 0) {
        reaper_free(reaper);
        return FAIL(err, ERR_IO, "cannot start the reaper thread");
    }
    *out = reaper;
    return true;
}

static void kick(struct reaper *reaper)
{
    uint64_t one = 1;

    if (write(reaper->wake_fd, &one, sizeof(one)) < 0)
        return; /* the counter is full: it is awake */
}

void reaper_stopp(struct reaper **out)
{
    struct reaper *reaper = *out;

    *out = NULL;
    if (!reaper)
        return;
    atomic_store(&reaper->is_stopping, true);
    kick(reaper);
    pthread_join(reaper->thread, NULL);
    reaper_free(reaper);
}

int reaper_watch_fd(const struct reaper *reaper)
{
    return reaper->epoll_fd;
}

void reaper_watch(struct reaper *reaper, struct conn *conn)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT, .data.ptr = conn};

    conn->is_waiting = true;
    atomic_fetch_add_explicit(&reaper->home->waiting, 1, memory_order_relaxed);
    epoll_ctl(reaper->epoll_fd, conn->is_watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, conn->fd, &event);
    conn->is_watched = true;
}

void reaper_release_all(struct reaper *reaper)
{
    pthread_mutex_lock(&reaper->home->lock);
    reaper->home->may_wait = false;
    for (struct conn *conn = reaper->home->first; conn; conn = conn->next)
        wake(reaper, conn);
    pthread_mutex_unlock(&reaper->home->lock);
}

void reaper_linger(struct reaper *reaper, int fd)
{
    linger_add(&reaper->linger, fd);
    kick(reaper);
}

int64_t reaper_count(const struct reaper *reaper)
{
    return atomic_load_explicit(&reaper->reaped, memory_order_relaxed);
}
