/* HTTP(S) as our programs speak it: one connection kept open, bounded answers, downloads and uploads that go
 * on where they stopped. Refuses to know what the bytes mean, to follow redirects, and to send its
 * credentials to any origin but the base URL's.
 *
 * Refusals: ERR_IO network trouble or a cut (worth trying again), ERR_FORBIDDEN the server's certificate is
 * not trusted, ERR_INVALID no such URL or an answer that breaks HTTP's rules, ERR_TOO_LARGE over a bound,
 * ERR_GONE `stop` was set. A status such as 404 is no refusal of client_ask: it is the answer. */
#pragma once

#include <signal.h>

#include "base/arena.h"
#include "base/err.h"

struct client; /* one connection, one thread at a time */

/* NULL, 0 or false: the default in brackets. Everything is copied, but `stop`. */
struct client_options {
    const char *base_url; /* put before every path [only whole URLs are asked] */
    const char *ca_file;  /* PEM [the system's store] */
    const char *cert_file, *key_file;
    const char *authorization; /* "Bearer X", "TargetToken X", "GatewayToken X" [none] */
    const char *proxy;         /* http://host:port [the environment's; "": none] */
    const char *proxy_user;    /* "name:password", Basic or Digest as the proxy asks [none] */
    const char *proxy_auth;    /* "basic" or "digest": in no other way [either, as the proxy asks] */
    const char *no_proxy;
    const char *agent;          /* User-Agent [nightshift/VERSION] */
    int64_t connect_timeout_ms; /* [10 s] */
    int64_t answer_timeout_ms;  /* a whole client_ask [60 s] */
    int64_t low_speed_bytes,
        low_speed_s;                   /* a transfer slower than this for so long is cut [1 byte/s, 30 s] */
    int64_t speed_max_bytes_s;         /* downloads and uploads [no limit] */
    int64_t answer_bytes_max;          /* body of a client_ask [8 MiB] */
    const volatile sig_atomic_t *stop; /* not 0: whatever runs ends at once */
};

bool client_open(const struct client_options *options, struct client **out, struct err *err) CHECKED;
void client_closep(struct client **client);
/* Another credential from now on; NULL: none. */
void client_authorize(struct client *client, const char *authorization);
/* Closes the connection that is kept and forgets addresses that were looked up: the next request finds its
 * way anew. */
void client_reconnect(struct client *client);

struct answer {
    int status;
    struct span body;           /* NUL-terminated, in the arena */
    const char *const *headers; /* "Name: value", ended by NULL; of the last answer only (not of a proxy) */
};
/* The value, or NULL. Any case. */
const char *answer_header(const struct answer *answer, const char *name);

/* `where` is a path that begins with '/', or a whole URL. `headers` is "Name: value"..., NULL, or just NULL;
 * "Prefer: wait=N" gives the answer N seconds more. */
bool client_ask(struct client *client, struct arena *arena, const char *method, const char *where,
                const char *const *headers, struct span body, struct answer *out, struct err *err) CHECKED;

/* ---- downloads ----------------------------------------------------------- */

#define CLIENT_ETAG_MAX 256

/* A file on its way. Stays true when client_download refuses: ask again with the same struct and it goes on.
 */
struct download {
    int fd;         /* written with pwrite; the caller syncs. -1: nothing is kept, `bytes` has all */
    int64_t offset; /* bytes that are there */
    char etag[CLIENT_ETAG_MAX]; /* of those bytes; "" or a weak one: they cannot be continued */
    int64_t expect_bytes; /* size of the whole file; -1: unknown. Another size is refused before a byte */
    int64_t bytes_max;    /* ERR_TOO_LARGE beyond; 0: expect_bytes is the bound */
    int64_t from_zero;    /* how often the bytes that were there had to be thrown away */
    void *ctx;            /* of the three callbacks, each may be NULL */
    /* The answer's head is in: offset and etag are what follows. Keep the etag before the bytes come. */
    bool (*begin)(void *ctx, const struct download *download, struct err *err);
    /* After these bytes are in the file, at download->offset - bytes.size. */
    bool (*bytes)(void *ctx, const struct download *download, struct span bytes, struct err *err);
    void (*progress)(void *ctx, int64_t done, int64_t total);
};

struct download_result {
    int status;      /* of the last answer: 200, 206, 416 (it was whole already) or a refusal such as 404 */
    int64_t total;   /* size of the whole file; -1 unless is_whole or the server said */
    int64_t fetched; /* bytes that came over the wire in this call */
    bool is_whole;   /* offset == total: everything is in the file */
    int64_t retry_after_s; /* Retry-After of a refusal, in seconds; 0: none */
};

/* With offset > 0 and a strong etag asks Range + If-Range:
 *   206 that begins at offset     goes on there
 *   200                           the file has changed: truncates, starts at 0
 *   416 with the same total       whole already; with another: starts at 0, once
 * true: the server answered; look at is_whole and status. ERR_IO: cut, ask again. ERR_CONFLICT: another size
 * than expected, or a 206 that is not what was asked. */
bool client_download(struct client *client, const char *where, const char *const *headers,
                     struct download *download, struct download_result *out, struct err *err) CHECKED;

/* ---- uploads --------------------------------------------------------------- */

struct upload_part {
    int fd;
    int64_t offset, length; /* of the file */
    void *ctx;
    void (*progress)(void *ctx, int64_t done, int64_t total); /* offset + sent, of `total`; may be NULL */
    int64_t total;
};

/* One tus PATCH: adds Tus-Resumable, Upload-Offset and Content-Type. The answer's Upload-Offset says what has
 * arrived; after a refusal only a HEAD knows. */
bool client_upload(struct client *client, struct arena *arena, const char *where, const char *const *headers,
                   const struct upload_part *part, struct answer *out, struct err *err) CHECKED;
