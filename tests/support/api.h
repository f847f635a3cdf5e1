/* The service without sockets: a fresh store, the real doors, and requests made by hand. What http/ does
 * around a door (body limit, workers) is done here in a few lines. Every call fails the running test when it
 * cannot. */
#pragma once

#include "api/api.h"
#include "model/action.h"
#include "model/device.h"
#include "model/release.h"

struct support {
    struct arena *arena;
    struct settings settings; /* may be changed by the test */
    struct world world;
    struct app app;
    struct store *store;
    char *dir;
    int64_t tenant_id; /* of DEFAULT; gateway token "gateway", on */
    int64_t now_ms;    /* of the next request */
    const char *peer;
    struct http_pair *cert_names; /* of the next requests */
    size_t cert_name_count;
    const char *cert_issuer;
    bool is_plain;           /* http instead of https */
    const char *starts_from; /* releases made from now on have this min_version; NULL: none */
    bool repairs;            /* releases made from now on repair security */
    bool is_one_way;         /* ... cannot be reversed */
    int64_t counter;         /* ... have this release counter; 0: 1 */
};

struct answer {
    int status;
    const char *text; /* the body, NUL-terminated */
    size_t size;
    const struct json *json; /* NULL unless the body is JSON */
    struct reply reply;
    bool was_refused;  /* before the body */
    bool was_deferred; /* a GET that asked for a worker */
};

#define SUPPORT_NOW_MS 1790000000000LL /* a Monday in September 2026, 14:13 UTC */
#define SUPPORT_GATEWAY "Authorization: GatewayToken gateway"

/* All of it ends with the arena. */
struct support *support_world(struct arena *arena);

/* `target` is path and query; `headers` are lines "Name: value" or NULL; `body` NULL: none. A body without a
 * Content-Type among the headers is application/json. */
struct answer support_ask(struct support *s, const char *method, const char *target, const char *headers,
                          const char *body);
struct answer support_ask_bytes(struct support *s, const char *method, const char *target,
                                const char *headers, struct span body);
#define SUPPORT_PIECE 65536 /* of a body on its way into a sink */
/* The connection breaks after these bytes of the body. 0, or the status of a refusal before any byte. */
int support_ask_cut(struct support *s, const char *method, const char *target, const char *headers,
                    struct span body);
const char *support_header(const struct answer *answer, const char *name);

/* One step into the JSON of an answer after another: "a.b.0.c". NULL when it is not there. */
const struct json *support_at(const struct answer *answer, const char *path);
const char *support_text(const struct answer *answer, const char *path); /* NULL unless a text */
int64_t support_int(const struct answer *answer, const char *path);      /* fails unless an integer */

/* ---- what rests ---- */
struct support_part {
    const char *component, *version, *filename, *bytes;
};
/* A published release with its modules and their blobs; its id. */
int64_t support_release(struct support *s, const char *family, const char *version,
                        const struct support_part *parts, size_t count);
/* A device of family "c450" that is active, wants no attributes, and has the token "token-ID". */
int64_t support_device(struct support *s, const char *controller_id, enum device_quirk quirk);
/* The release to the device, as an operator assigns it; the action's id. `wanted` NULL: forced. */
int64_t support_assign(struct support *s, const char *controller_id, int64_t release_id,
                       const struct action *wanted);
struct action support_action(struct support *s, int64_t action_id);
struct device support_device_get(struct support *s, const char *controller_id);
void support_tenant(struct support *s, void (*change)(struct tenant *tenant));
