/* The daemons: start, stop, connections coming and going. The other mhd*.c files know requests. */
#include "http/mhd.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/ident.h"
#include "base/log.h"
#include "http/listen.h"

#define NETWORK_STACK_BYTES ((size_t)2 << 20)
#define QUEUE_PER_WORKER 16
/* Every resume walks all suspended connections of its thread. */
#define WAITING_PER_THREAD 2000
#define BODY_GRACE_S 30
#define SEND_STALL_S 600

static void on_panic(void *cls, const char *file, unsigned int line, const char *reason)
{
    (void)cls, (void)file, (void)line;
    log_say(LOG_ERROR, "http.panic", "reason", reason, NULL);
    abort();
}

static void resume(struct conn *conn)
{
    MHD_resume_connection(conn->mhd);
}

/* From the TLS pull function, on the connection's own network thread. */
static bool wait_for_bytes(struct conn *conn)
{
    struct conn_register *home = conn->home;
    bool may_wait;

    pthread_mutex_lock(&home->lock);
    may_wait = home->may_wait;
    if (may_wait) {
        MHD_suspend_connection(conn->mhd);
        reaper_watch(conn->http->reaper, conn);
    }
    pthread_mutex_unlock(&home->lock);
    return may_wait;
}

static enum MHD_Result may_connect(void *cls, const struct sockaddr *address, socklen_t size)
{
    struct listener *listener = cls;
    struct http *http = listener->http;
    int64_t waiting = atomic_load_explicit(&http->conns.waiting, memory_order_relaxed);

    (void)address, (void)size;
    /* The library keeps each listener to connections_max; both share it. */
    return !atomic_load_explicit(&http->is_stopping, memory_order_relaxed) &&
                   waiting < WAITING_PER_THREAD * http->options.threads &&
                   conn_count(&http->conns) < http->options.connections_max &&
                   spare_may_stay(&http->spare_fds)
               ? MHD_YES
               : MHD_NO;
}

static void connected(struct listener *listener, struct MHD_Connection *mhd, void **context)
{
    struct http *http = listener->http;
    int fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    struct conn *conn = conn_enter(&http->conns, http, mhd, fd, listener->is_tls);

    listen_peer_text(MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr,
                     conn->peer);
    if (listener->is_tls)
        tls_open(http->tls, conn,
                 MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session);
    atomic_fetch_add_explicit(&http->accepted, 1, memory_order_relaxed);
    *context = conn;
}

static void disconnected(struct listener *listener, struct conn *conn)
{
    struct reaper *reaper = listener->http->reaper;

    /* The library will close its descriptor; ours keeps the socket until the client has read the answer. */
    if (conn->must_linger) {
        int fd = fcntl(conn->fd, F_DUPFD_CLOEXEC, 0);

        if (fd >= 0)
            reaper_linger(reaper, fd);
    }
    tls_close(conn);
    conn_leave(conn, reaper_watch_fd(reaper));
}

static void on_connection(void *cls, struct MHD_Connection *mhd, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        connected(cls, mhd, context);
    else if (*context)
        disconnected(cls, *context);
}

/* Paths and queries are decoded by us, where the raw text is still known. */
static size_t leave_escaped(void *cls, struct MHD_Connection *mhd, char *text)
{
    (void)cls, (void)mhd;
    return strlen(text);
}

static bool open_listener(struct http *http, struct listener *listener, bool is_tls, int64_t port,
                          struct err *err)
{
    listener->http = http;
    listener->is_tls = is_tls;
    if (!listen_open(http->options.listen, port, &listener->fd, &listener->port, err))
        return false;
    snprintf(listener->authority, sizeof(listener->authority),
             strchr(http->options.listen, ':') ? "[%s]:%lld" : "%s:%lld", http->options.listen,
             (long long)listener->port);
    return true;
}

static bool start_daemon(struct http *http, struct listener *listener, struct err *err)
{
    const struct http_options *o = &http->options;
    unsigned int flags =
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | (listener->is_tls ? MHD_USE_TLS : 0);
    struct MHD_OptionItem some[3] = {{MHD_OPTION_END, 0, NULL}};
    int count = 0, fd = listener->fd;

    listener->fd = -1; /* whether it starts or not, the library may have closed it */
    if (o->threads > 1)
        some[count++] = (struct MHD_OptionItem){MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)o->threads, NULL};
    /* Behind a proxy every client has the proxy's address. */
    if (listener->is_tls)
        some[count++] = (struct MHD_OptionItem){MHD_OPTION_PER_IP_CONNECTION_LIMIT,
                                                (intptr_t)o->connections_per_ip, NULL};
    some[count] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    /* No timeout of the library's: it counts silence only, and a slow reader's socket may be silent for an
     * hour. */
    listener->daemon = MHD_start_daemon(
        flags, 0, may_connect, listener, mhd_access, listener, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_NOTIFY_COMPLETED, mhd_completed, NULL, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
        listener, MHD_OPTION_URI_LOG_CALLBACK, mhd_uri_seen, listener, MHD_OPTION_UNESCAPE_CALLBACK,
        leave_escaped, NULL, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES,
        MHD_OPTION_CONNECTION_TIMEOUT, 0u, MHD_OPTION_CONNECTION_LIMIT, (unsigned int)o->connections_max,
        MHD_OPTION_THREAD_STACK_SIZE, NETWORK_STACK_BYTES, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY,
        some, listener->is_tls ? MHD_OPTION_HTTPS_CERT_CALLBACK : MHD_OPTION_END, tls_unused_retrieve(),
        MHD_OPTION_HTTPS_PRIORITIES, tls_priorities, MHD_OPTION_END);
    if (!listener->daemon)
        return FAIL(err, ERR_IO, "the HTTP library does not start");
    return true;
}

static void copy_options(struct http *http, const struct http_options *options)
{
    struct http_options *o = &http->options;

    *o = *options;
    o->listen = arena_dup(http->arena, o->listen);
    o->trusted_proxies = arena_dup(http->arena, o->trusted_proxies ? o->trusted_proxies : "");
    o->cert_path = arena_dup(http->arena, o->cert_path);
    o->key_path = arena_dup(http->arena, o->key_path);
    o->client_ca_path = arena_dup(http->arena, o->client_ca_path);
    o->body_grace_s = o->body_grace_s ? o->body_grace_s : BODY_GRACE_S;
    o->send_stall_s = o->send_stall_s ? o->send_stall_s : SEND_STALL_S;
}

static bool start_reaper(struct http *http, struct err *err)
{
    const struct http_options *o = &http->options;
    struct reaper_limits limits = {
        .head_ms = o->head_deadline_s * 1000,
        .idle_ms = o->idle_timeout_s * 1000,
        .body_bytes_s = o->body_bytes_s,
        .body_grace_ms = o->body_grace_s * 1000,
        .send_stall_ms = o->send_stall_s * 1000,
        .crowd = o->connections_max * 8 / 10,
        .handshake_crowd = WAITING_PER_THREAD * o->threads / 2,
    };

    return reaper_start(&http->reaper, &http->conns, &http->spare_fds, &limits, resume, err);
}

static bool start_all(struct http *http, struct err *err)
{
    const struct http_options *o = &http->options;

    return tls_start(&http->tls, o->cert_path, o->key_path, o->client_ca_path, wait_for_bytes, err) &&
           start_reaper(http, err) && mhd_park_start(http, err) &&
           workers_start(&http->workers, o->workers, o->workers * QUEUE_PER_WORKER, err) &&
           open_listener(http, &http->secure, true, o->port, err) &&
           (o->http_port < 0 || open_listener(http, &http->plain, false, o->http_port, err)) &&
           start_daemon(http, &http->secure, err) &&
           (o->http_port < 0 || start_daemon(http, &http->plain, err));
}

bool http_start(struct http **out, const struct http_options *options, struct http_door door, struct err *err)
{
    struct http *http = calloc(1, sizeof(*http));
    pthread_condattr_t attr;

    if (!http)
        abort();
    MHD_set_panic_func(on_panic, NULL);
    http->arena = arena_new();
    http->door = door;
    http->secure.fd = http->plain.fd = -1;
    http->plain.port = -1;
    ident_random(&http->id_seed, sizeof(http->id_seed));
    copy_options(http, options);
    conn_register_init(&http->conns);
    spare_open(&http->spare_fds);
    pthread_mutex_init(&http->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&http->quiet, &attr);
    pthread_condattr_destroy(&attr);
    if (!start_all(http, err)) {
        http_stop(http, 0);
        return false;
    }
    *out = http;
    return true;
}

static void await_quiet(struct http *http, int64_t grace_ms)
{
    int64_t until_ms = clock_monotonic_ms() + grace_ms;
    struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};
    int answer = 0;

    pthread_mutex_lock(&http->lock);
    while (http->in_flight > 0 && answer == 0)
        answer = pthread_cond_timedwait(&http->quiet, &http->lock, &until);
    pthread_mutex_unlock(&http->lock);
}

static void free_all(struct http *http)
{
    reaper_stopp(&http->reaper);
    spare_close(&http->spare_fds);
    park_stopp(&http->park);
    workers_freep(&http->workers);
    tls_freep(&http->tls);
    fd_closep(&http->secure.fd);
    fd_closep(&http->plain.fd);
    conn_register_end(&http->conns);
    for (size_t i = 0; i < http->spare_count; i++)
        arena_freep(&http->spare[i]);
    pthread_cond_destroy(&http->quiet);
    pthread_mutex_destroy(&http->lock);
    arena_freep(&http->arena);
    free(http);
}

/* The order matters: the library must not be stopped while it has suspended connections. So first who is parked is
 * answered, then the workers
 * end (each resumes its own), then the waiting handshakes are resumed and may not wait again, then the
 * daemons go. */
void http_stop(struct http *http, int64_t grace_ms)
{
    if (!http)
        return;
    atomic_store(&http->is_stopping, true);
    if (http->park)
        park_release_all(http->park);
    await_quiet(http, grace_ms);
    if (http->workers)
        workers_stop(http->workers);
    if (http->reaper)
        reaper_release_all(http->reaper);
    if (http->secure.daemon)
        MHD_stop_daemon(http->secure.daemon);
    if (http->plain.daemon)
        MHD_stop_daemon(http->plain.daemon);
    free_all(http);
}

int64_t http_port(const struct http *http)
{
    return http->secure.port;
}

int64_t http_plain_port(const struct http *http)
{
    return http->plain.port;
}

bool http_reload(struct http *http, struct err *err)
{
    return tls_reload(http->tls, err);
}

void http_figures(const struct http *http, struct http_figures *out)
{
    struct conn_register *home = (struct conn_register *)&http->conns;
    struct tls_figures tls;

    tls_figures(http->tls, &tls);
    pthread_mutex_lock(&home->lock);
    out->connections = home->count;
    pthread_mutex_unlock(&home->lock);
    out->accepted = atomic_load_explicit(&http->accepted, memory_order_relaxed);
    out->requests = atomic_load_explicit(&http->requests, memory_order_relaxed);
    out->handshakes = tls.handshakes;
    out->handshakes_resumed = tls.resumed;
    out->handshakes_failed = tls.failed;
    out->reaped = reaper_count(http->reaper);
    out->parked = park_count(http->park);
    out->bytes_out = tls.bytes_out + atomic_load_explicit(&http->bytes_out_plain, memory_order_relaxed);
}
