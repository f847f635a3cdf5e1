/* The course of one request, as the library calls us: request line, head, body pieces, end of body, reply
 * gone. Answering waits for the library's last call wherever it can: an answer given earlier costs the
 * connection. */
#include "http/mhd.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"

/* A refused body up to this size is read and forgotten; a longer one costs the client its connection. */
#define SWALLOW_BYTES 16384

static struct arena *take_arena(struct http *http)
{
    struct arena *arena = NULL;

    pthread_mutex_lock(&http->lock);
    if (http->spare_count > 0)
        arena = http->spare[--http->spare_count];
    pthread_mutex_unlock(&http->lock);
    return arena ? arena : arena_new();
}

static void give_arena(struct http *http, struct arena *arena)
{
    arena_reset(arena);
    pthread_mutex_lock(&http->lock);
    if (http->spare_count < SPARE_ARENAS) {
        http->spare[http->spare_count++] = arena;
        arena = NULL;
    }
    pthread_mutex_unlock(&http->lock);
    if (arena)
        arena_freep(&arena);
}

static struct conn *conn_of(struct MHD_Connection *mhd)
{
    return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static bool is_suspended(struct MHD_Connection *mhd)
{
    return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_SUSPENDED)->suspended == MHD_YES;
}

void *mhd_uri_seen(void *cls, const char *uri, struct MHD_Connection *mhd)
{
    struct listener *listener = cls;
    struct arena *arena = take_arena(listener->http);
    struct request *r = ARENA_NEW(arena, struct request);

    r->arena = arena;
    r->http = listener->http;
    r->conn = conn_of(mhd);
    r->target = arena_dup(arena, uri);
    r->started_us = clock_monotonic_us();
    conn_move(r->conn, CONN_HEAD);
    return r;
}

static void count_in(struct request *r)
{
    r->is_counted = true;
    atomic_fetch_add_explicit(&r->http->requests, 1, memory_order_relaxed);
    pthread_mutex_lock(&r->http->lock);
    r->http->in_flight++;
    pthread_mutex_unlock(&r->http->lock);
}

static void count_out(struct request *r)
{
    struct http *http = r->http;

    if (!r->is_counted)
        return;
    pthread_mutex_lock(&http->lock);
    if (--http->in_flight == 0)
        pthread_cond_broadcast(&http->quiet);
    pthread_mutex_unlock(&http->lock);
}

static void drop_sink(struct request *r)
{
    if (r->plan.sink)
        r->plan.sink->drop(r->plan.sink);
    r->plan.sink = NULL;
}

/* The reply is a refusal and the body has not been read. */
static enum MHD_Result settle(struct request *r, struct MHD_Connection *mhd, bool is_framed)
{
    drop_sink(r);
    if (is_framed && r->body_size == 0) {
        r->step = STEP_ANSWER;
        return MHD_YES;
    }
    if (is_framed && r->body_size > 0 && r->body_size <= SWALLOW_BYTES && !r->expects_continue) {
        r->step = STEP_SWALLOW;
        conn_move(r->conn, CONN_BODY);
        return MHD_YES;
    }
    r->reply.must_close = true;
    return mhd_answer(r, mhd);
}

static enum MHD_Result take_head(struct request *r, const struct listener *listener,
                                 struct MHD_Connection *mhd, const char *method, const char *version)
{
    struct err err;

    count_in(r);
    atomic_store_explicit(&r->conn->body_bytes, 0, memory_order_relaxed);
    conn_move(r->conn, CONN_SERVING);
    if (!mhd_head_read(r, listener, mhd, method, version, &err)) {
        mhd_refuse(r, &err);
        return settle(r, mhd, false);
    }
    r->has_begun = true;
    r->http->door.begin(r->http->door.ctx, &r->req, &r->plan, &r->reply);
    if (r->plan.is_refused)
        return settle(r, mhd, true);
    if (r->body_size > r->plan.body_max) {
        (void)FAIL(&err, ERR_TOO_LARGE, "the body is larger than %lld bytes", (long long)r->plan.body_max);
        mhd_refuse(r, &err);
        return settle(r, mhd, true);
    }
    r->step = STEP_BODY;
    if (r->body_size != 0)
        conn_move(r->conn, CONN_BODY);
    return MHD_YES;
}

static void serve(struct request *r)
{
    r->reply = (struct reply){0};
    r->http->door.serve(r->http->door.ctx, &r->req, &r->plan, &r->reply);
    r->plan.sink = NULL; /* serve() has finished it or dropped it */
    r->step = STEP_ANSWER;
}

/* On a worker. Whatever happens, the connection is resumed, and then the request is no longer ours. */
static void work_run(struct work *work, bool is_dropped)
{
    struct request *r = (struct request *)work;
    struct conn *conn = r->conn;
    struct err err;

    if (is_dropped) {
        (void)FAIL(&err, ERR_BUSY, "the service is stopping");
        mhd_refuse(r, &err);
        r->step = STEP_ANSWER;
    } else if (!mhd_body_flush(r)) {
        r->step = STEP_ANSWER;
    } else if (r->has_serve_next) {
        r->req.is_on_worker = true;
        serve(r);
    }
    if (!r->has_serve_next)
        conn_move(conn, CONN_BODY); /* more of it is to come, and has its deadline again */
    MHD_resume_connection(conn->mhd);
}

bool mhd_dispatch(struct request *r, struct MHD_Connection *mhd, bool has_serve_next)
{
    struct err err;

    if (!workers_reserve(r->http->workers)) {
        (void)FAIL(&err, ERR_BUSY, "all workers are busy");
        mhd_refuse(r, &err);
        r->step = STEP_ANSWER;
        return false;
    }
    r->has_serve_next = has_serve_next;
    r->work.run = work_run;
    conn_move(r->conn, CONN_SERVING);
    /* Suspended first: the worker may be done before the next line. */
    MHD_suspend_connection(mhd);
    workers_add(r->http->workers, &r->work);
    return true;
}

static enum MHD_Result take_end(struct request *r, struct MHD_Connection *mhd)
{
    if (r->step == STEP_BODY) {
        conn_move(r->conn, CONN_SERVING);
        if (!r->plan.sink)
            r->req.body = span_make(r->piece, r->piece_size);
        if (r->plan.sink || r->plan.is_on_worker) {
            if (mhd_dispatch(r, mhd, true))
                return MHD_YES;
        } else {
            mhd_park_ask(r);
            serve(r);
            if ((r->reply.wants_worker && mhd_dispatch(r, mhd, true)) || mhd_park(r))
                return MHD_YES;
        }
    }
    return mhd_answer(r, mhd);
}

enum MHD_Result mhd_access(void *cls, struct MHD_Connection *mhd, const char *url, const char *method,
                           const char *version, const char *data, size_t *size, void **context)
{
    struct request *r = *context;

    (void)url;
    if (!r)
        return MHD_NO;
    /* A further chunk of the same buffer: it is not ours to touch while a worker has the request. */
    if (is_suspended(mhd))
        return MHD_YES;
    if (r->step == STEP_HEAD)
        return take_head(r, cls, mhd, method, version);
    if (data && *size > 0)
        return mhd_body_piece(r, mhd, data, size);
    return take_end(r, mhd);
}

/* How much of an unfinished reply left. A short one is all or nothing. */
static int64_t bytes_gone(const struct request *r, bool is_whole)
{
    int64_t gone;

    if (is_whole || !r->is_answered || r->out_bytes < MHD_LARGE_REPLY)
        return is_whole ? r->out_bytes : 0;
    gone = mhd_bytes_left(r->conn) - r->out_before;
    return gone > r->out_bytes ? r->out_bytes : gone;
}

/* The library is done with it, and so are we. */
static void finish(struct request *r)
{
    drop_sink(r);
    if (r->piece_is_heap)
        free(r->piece);
    count_out(r);
    give_arena(r->http, r->arena);
}

/* The upload broke off. What had arrived is not lost: on a bad link every stretch counts. Nothing of the head
 * is left to be read here. */
static void salvage(struct request *r)
{
    struct sink *sink = r->plan.sink;
    struct err err;

    if (sink && r->piece_size > 0 && !sink->write(sink, span_make(r->piece, r->piece_size), &err))
        log_say(LOG_DEBUG, "http.salvage", "reason", err.text, NULL);
    finish(r);
}

static void salvage_run(struct work *work, bool is_dropped)
{
    (void)is_dropped;
    salvage((struct request *)work);
}

static void tell_door(struct request *r, bool is_whole)
{
    struct http_door *door = &r->http->door;
    int64_t gone = bytes_gone(r, is_whole);

    if (!r->conn->is_tls)
        atomic_fetch_add_explicit(&r->http->bytes_out_plain, gone, memory_order_relaxed);
    if (r->has_begun && door->end)
        door->end(door->ctx, &r->req, &r->plan, is_whole ? r->reply.status : 0, gone,
                  clock_monotonic_us() - r->started_us);
}

void mhd_completed(void *cls, struct MHD_Connection *mhd, void **context,
                   enum MHD_RequestTerminationCode code)
{
    struct request *r = *context;

    (void)cls, (void)mhd;
    if (!r)
        return;
    *context = NULL;
    tls_reply_ends(r->conn);
    tell_door(r, r->is_answered && (code == MHD_REQUEST_TERMINATED_COMPLETED_OK || r->reply.must_close));
    if (r->reply.source.release)
        r->reply.source.release(r->reply.source.owner);
    atomic_store_explicit(&r->conn->is_fresh, false, memory_order_relaxed);
    conn_move(r->conn, CONN_IDLE);
    if (r->plan.sink && r->piece_size > 0 && workers_reserve(r->http->workers)) {
        r->work.run = salvage_run;
        workers_add(r->http->workers, &r->work);
        return;
    }
    salvage(r);
}
