/* The network's face: bytes in, bytes out. Knows sockets, TLS, ranges; knows no noun of the business.
 * Everything above is reached through one struct http_door that main.c hands over.
 *
 * Life of a request: head arrives -> door->begin (who, how large a body, where does it go) -> body pieces into
 * memory or a sink -> door->serve fills the reply -> the reply is conditioned (ranges, If-*) and sent.
 * Requests that may write are served on a worker thread while their connection is suspended; all others are
 * served on the network thread and must not block on a writer. */
#pragma once

#include "base/arena.h"
#include "base/base.h"
#include "base/err.h"

#define HTTP_ARGS_MAX 6
#define HTTP_HEADERS_MAX 64 /* a request with more is refused with 431 */
#define REPLY_HEADERS_MAX 16

struct http_pair {
    const char *name, *value;
};

struct req {
    struct arena *arena;
    const char *method; /* after X-HTTP-Method-Override on routes that honour it */
    const char *path;   /* raw, percent-encoded, query removed, without // or a trailing / */
    struct http_pair *headers;
    size_t header_count;
    struct http_pair *query; /* decoded */
    size_t query_count;
    struct span body; /* when the plan kept it in memory */
    const char *id;   /* request id, 16 hex digits */
    const char *peer; /* address text of who asks; from X-Forwarded-For when the proxy is trusted */
    const char *scheme, *authority; /* what the client used: "https", "host:port" */
    const char *prefix;             /* X-Forwarded-Prefix of a trusted proxy, or "" */
    struct http_pair *cert_names;   /* {"cn"|"dns"|"uri", value} of a verified client certificate */
    size_t cert_name_count;
    const char *cert_issuer; /* its issuer's DN, or NULL */
    int64_t now_ms;          /* wall clock, once per request */
    bool is_tls;
    bool is_on_worker;
    bool is_woken;        /* it was parked, and is asked again from the start; now_ms is new */
    int64_t wait_left_ms; /* then: what is left of the wait it asked for; 0: it must be answered now */
};

const char *http_header(const struct req *req, const char *name); /* case-insensitive; NULL when absent */
const char *http_query(const struct req *req, const char *name);

/* Where a large body goes. `finish` is not here: the door's serve() does it. Called from one thread at a time. */
struct sink {
    bool (*write)(struct sink *sink, struct span bytes, struct err *err);
    /* The connection broke (what had arrived was written before) or the request was refused; frees the sink. May be
     * called after end(): nothing of the request's head may be read here. */
    void (*drop)(struct sink *sink);
};

/* What begin() decided about a request whose head has arrived. */
struct plan {
    const void *route; /* the door's own */
    void *call;        /* the door's own */
    int64_t body_max;  /* bytes; a larger body is refused before it is read */
    struct sink *sink; /* NULL: the body is kept in the arena */
    bool is_on_worker; /* serve() may block */
    bool is_refused;   /* the reply is already filled; the body is drained for at most 2 s, then closed */
};

/* Bytes that outlive the request (a mapped blob): released once the reply has gone or failed. */
struct http_source {
    const void *at;
    size_t size;
    void (*release)(void *owner);
    void *owner;
    int fd; /* the same bytes as a file, open until the release; 0: there is none */
};

struct reply {
    int status;                /* 0 becomes 200 */
    struct span body;          /* in the request's arena, or static */
    struct http_source source; /* instead of body, when at != NULL */
    struct span head; /* goes before either: ranges and length are over both. In the request's arena */
    const char *content_type; /* NULL: none is sent */
    struct http_pair headers[REPLY_HEADERS_MAX];
    size_t header_count;
    /* Set these on a GET of bytes that never change, and conditions and ranges are honoured (RFC 9110). */
    const char *etag;    /* with quotes */
    int64_t modified_ms; /* 0: no Last-Modified */
    bool has_ranges;
    bool wants_worker; /* serve() on the network thread asks to be called again on a worker */
    bool must_close;   /* after this reply, lingering */
    /* serve() on the network thread: if it can be, this reply is not sent, the connection is parked, and serve() is
     * called again with is_woken once woken or after wait_ms. It is sent when there is no room, or no time left. */
    int64_t wait_ms;
    /* For http_wake(); a second request parked under it has the first one answered. 0: none. */
    uint64_t wait_key;
    uint64_t wait_group; /* for http_wake_group(). 0: none */
};

/* The value must outlive the reply. */
void reply_header(struct reply *reply, const char *name, const char *value);

struct http_door {
    void *ctx;
    void (*begin)(void *ctx, struct req *req, struct plan *plan, struct reply *reply);
    void (*serve)(void *ctx, struct req *req, struct plan *plan, struct reply *reply);
    /* After the last byte or the failure; status is what was sent (0: connection lost), bytes what left. */
    void (*end)(void *ctx, struct req *req, struct plan *plan, int status, int64_t bytes, int64_t took_us);
    /* Optional: the words for a refusal that http itself came to (malformed request, body too large, sink failure,
     * queue full). reply->status is already set. NULL: err's text for 4xx, an empty body for 5xx. May be called on
     * either kind of thread, and before begin(). */
    void (*refuse)(void *ctx, struct req *req, const struct err *err, struct reply *reply);
};

struct http_options {
    const char *listen;
    int64_t port, http_port;                           /* http_port -1: none */
    const char *cert_path, *key_path, *client_ca_path; /* client_ca_path NULL: no client certificates */
    const char *trusted_proxies;
    int64_t threads, workers, connections_max, connections_per_ip;
    int64_t idle_timeout_s, head_deadline_s, body_bytes_s;
    int64_t body_grace_s; /* before and between judgements of an upload's speed; 0: 30 */
    int64_t send_stall_s; /* a reader that takes no byte for this long is closed; 0: 600 */
};

struct http; /* the running listeners */

bool http_start(struct http **out, const struct http_options *options, struct http_door door,
                struct err *err) CHECKED;
int64_t http_port(const struct http *http);       /* the TLS port really bound */
int64_t http_plain_port(const struct http *http); /* -1: none */
/* Reads the certificate and key again; the old ones stay on failure. */
bool http_reload(struct http *http, struct err *err) CHECKED;
/* Stops accepting, lets requests under way finish for at most grace_ms, then closes. */
void http_stop(struct http *http, int64_t grace_ms);

/* What is parked under this key, or will be before it could have known, is asked again. Any thread, until
 * http_stop(). */
void http_wake(struct http *http, uint64_t key);
/* All of a group, each at a moment of its own within spread_ms. */
void http_wake_group(struct http *http, uint64_t group, int64_t spread_ms);

struct http_figures {
    int64_t connections, accepted, handshakes, handshakes_resumed, handshakes_failed, reaped, requests,
        bytes_out;
    int64_t parked;
};
void http_figures(const struct http *http, struct http_figures *out);
