/* The doors: route -> gate -> handler. A handler decodes, calls ONE domain verb, shows the result. No SQL, no rule. */
#pragma once

#include <stdatomic.h>

#include "base/json.h"
#include "domain/world.h"
#include "http/http.h"
#include "model/tenant.h"

/* Who may pass; roles may be combined. */
enum {
    WHO_ANYONE = 0,
    WHO_DEVICE = 1,
    WHO_VIEWER = 2,
    WHO_TECHNICIAN = 4,
    WHO_ENGINEER = 8,
    WHO_ADMIN = 16,
    WHO_READER = WHO_VIEWER | WHO_TECHNICIAN | WHO_ENGINEER | WHO_ADMIN,
    WHO_SHIPPER = WHO_ENGINEER | WHO_ADMIN,
    WHO_FIELD = WHO_TECHNICIAN | WHO_ADMIN,
    WHO_UPLOADER = WHO_SHIPPER | WHO_TECHNICIAN, /* packages, and restores sealed by the customer */
};

/* How a refusal looks. */
enum face {
    FACE_DDI,      /* {"exceptionClass","errorCode","message"}, empty for 401/404... */
    FACE_BYTES,    /* artifacts and TUF files: the status and an empty body */
    FACE_OPERATOR, /* RFC 9457 problem+json */
    FACE_TUS,      /* the operator's, with Tus-Resumable on every answer */
    FACE_WEB,
};

struct app {
    struct world *world;
    struct gate *gate;                                      /* rates and failed logins */
    struct metrics *metrics;                                /* NULL: nothing is counted */
    void (*http_figures)(struct app *app, struct buf *out); /* main.c: metrics of the listeners */
    void *_Atomic http; /* set once the listeners run: they may ask before */
    atomic_bool is_stopping;
};

struct call {
    struct app *app;
    const struct req *req;
    struct reply *reply;
    const struct route *route;
    struct arena *arena;
    const char *arg[HTTP_ARGS_MAX]; /* decoded, in the order of the pattern */
    struct who who;
    int64_t now_ms;
    int32_t *under_way; /* the gate's count of its identity; NULL: not counted */
    void *sink_state;   /* what the route's sink made by open_sink left for the handler */
};

typedef bool handler(struct call *call, struct err *err);

struct route {
    const char *method, *path;
    int who;
    enum face face;
    int64_t body_max; /* 0: no body is read. BODY_SINK: the route's open_sink bounds it */
    handler *run;
    const char *summary;
    /* For BODY_SINK: makes where the body goes, after the gate; a refusal here costs no byte. */
    bool (*open_sink)(struct call *call, struct sink **out, struct err *err);
};
#define BODY_SINK (-1)
#define BODY_SMALL (64 * 1024)
#define BODY_MEDIUM (1024 * 1024)

extern const struct route routes[]; /* ends with method NULL */

/* The three calls of struct http_door. */
void api_begin(void *ctx, struct req *req, struct plan *plan, struct reply *reply);
void api_serve(void *ctx, struct req *req, struct plan *plan, struct reply *reply);
void api_end(void *ctx, struct req *req, struct plan *plan, int status, int64_t bytes, int64_t took_us);

/* On the network thread a handler that must write says `return api_defer(call);` and is run again on a worker. */
bool api_may_write(const struct call *call);
bool api_defer(struct call *call);

/* Absolute base of links for this request: public_url, else what the client used. No trailing slash. */
const char *api_base_url(struct call *call);

/* {"items":[...],"next":...} paging: ?limit= (1..500, default 50) and ?cursor=. */
bool api_page(struct call *call, int64_t *after, int64_t *limit, struct err *err) CHECKED;
/* "next": the cursor after `last`, or null when this page was not full. */
void api_next(struct json_out *j, struct call *call, size_t count, int64_t limit, int64_t last);
/* A JSON object; Content-Type is checked. */
bool api_body(struct call *call, const struct json **out, struct err *err) CHECKED;
struct json_out api_answer(struct call *call); /* a writer over a new buffer; finish with api_done */
void api_done(struct call *call, struct json_out *j, int status);
