/* What the mhd*.c files share: the running service, its listeners, and one request under way. */
#pragma once

#include <microhttpd.h>

#include "http/conn.h"
#include "http/multipart.h"
#include "http/park.h"
#include "http/reaper.h"
#include "http/spare.h"
#include "http/tls.h"
#include "http/worker.h"

/* Pool of one connection: request head, its index and the reply's head live here, and as long as the connection
 * is idle it is a third of what that costs; uploads gain little from more. */
#define POOL_BYTES 6656
/* What a request head may take of it, counting the index; the rest is for the reply's head. */
#define HEAD_BYTES (POOL_BYTES - 1536)
#define HEADER_INDEX_BYTES 64
#define SPARE_ARENAS 64
#define MHD_LARGE_REPLY 65536 /* from here on it is worth a system call to know how much of it left */

struct listener {
    struct http *http;
    struct MHD_Daemon *daemon;
    int fd;
    int64_t port;
    bool is_tls;
    char authority[64]; /* for clients that send no Host */
};

struct http {
    struct http_options options; /* its texts point into `arena` */
    struct http_door door;
    struct arena *arena;
    struct conn_register conns;
    struct spare spare_fds;
    struct reaper *reaper;
    struct workers *workers;
    struct park *park;
    struct tls *tls;
    struct listener secure, plain;
    atomic_bool is_stopping;
    uint64_t id_seed;
    atomic_ullong id_next;
    atomic_llong accepted, requests, bytes_out_plain;
    pthread_mutex_t lock;
    pthread_cond_t quiet;              /* in_flight fell to 0 */
    int64_t in_flight;                 /* under the lock */
    struct arena *spare[SPARE_ARENAS]; /* under the lock */
    size_t spare_count;                /* under the lock */
};

enum step {
    STEP_HEAD,    /* the request line is there, the head is not */
    STEP_BODY,    /* body pieces are welcome */
    STEP_SWALLOW, /* refused; the short body is read and forgotten, so that the connection can live */
    STEP_ANSWER,  /* the reply is filled */
};

struct request {
    struct work work;
    struct http *http;
    struct conn *conn;
    struct arena *arena;
    struct req req;
    struct plan plan;
    struct reply reply;
    enum step step;
    const char *target;
    bool is_head; /* on the wire; the door may rename req.method */
    bool is_counted, has_begun, is_answered, has_serve_next, expects_continue, piece_is_heap;
    int64_t body_size; /* -1: chunked */
    int64_t body_got;
    char *piece; /* of the body: all of it, or what the sink gets next */
    size_t piece_size, piece_room;
    int64_t started_us, out_bytes, out_before;
    struct pieces whole; /* the reply's bytes, */
    int64_t whole_from;  /* read from here when they are not one stretch */
    struct multipart *multipart;
    struct parked parked;
    bool is_parked;
    uint64_t park_mark;
    int64_t parked_us;
};

/* mhd_request.c */
void *mhd_uri_seen(void *cls, const char *uri, struct MHD_Connection *mhd);
enum MHD_Result mhd_access(void *cls, struct MHD_Connection *mhd, const char *url, const char *method,
                           const char *version, const char *data, size_t *size, void **context);
void mhd_completed(void *cls, struct MHD_Connection *mhd, void **context,
                   enum MHD_RequestTerminationCode code);

/* mhd_head.c: fills r->req from what the library parsed. False: err says what is wrong; the framing cannot be
 * trusted and the connection must go. */
bool mhd_head_read(struct request *r, const struct listener *listener, struct MHD_Connection *mhd,
                   const char *method, const char *version, struct err *err) CHECKED;

/* mhd_body.c */
enum MHD_Result mhd_body_piece(struct request *r, struct MHD_Connection *mhd, const char *data, size_t *size);
/* Writes what is held to the sink. On failure the sink is dropped and the reply filled. Any thread. */
bool mhd_body_flush(struct request *r);

/* mhd_reply.c */
void mhd_refuse(struct request *r, const struct err *err);
enum MHD_Result mhd_answer(struct request *r, struct MHD_Connection *mhd);
int64_t mhd_bytes_left(const struct conn *conn); /* so far, as well as can be known */
/* Past the library, in the middle of a body; the caller then has the connection closed. */
void mhd_answer_raw(struct request *r);

/* mhd_park.c */
bool mhd_park_start(struct http *http, struct err *err) CHECKED;
/* Before serve() is asked on the network thread, for the first time or again. */
void mhd_park_ask(struct request *r);
/* After it. True: the connection is suspended, and the request's end comes again. */
bool mhd_park(struct request *r);

/* mhd_request.c: hands the request to a worker. False: no room; the reply is filled. */
bool mhd_dispatch(struct request *r, struct MHD_Connection *mhd, bool has_serve_next);
