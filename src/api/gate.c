#include "api/gate.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"
#include "domain/identity.h"
#include "domain/operator.h"
#include "http/cookie.h"

/* Addresses remembered for their rate. Two that share a slot share a budget: harmless, and bounded. */
#define SLOTS 8192

struct slot {
    uint64_t peer;
    int64_t second, minute;
    int32_t requests, failures;
};

struct gate {
    pthread_mutex_t lock;
    int64_t rate_per_s, failures_per_min;
    struct slot slots[SLOTS];
};

bool gate_open(struct gate **out, const struct settings *settings, struct err *err)
{
    struct gate *gate = calloc(1, sizeof(*gate));

    if (!gate)
        return FAIL(err, ERR_BUSY, "no memory for the gate");
    pthread_mutex_init(&gate->lock, NULL);
    gate->rate_per_s = settings->rate_per_ip_s;
    gate->failures_per_min = settings->failed_auth_per_min;
    *out = gate;
    return true;
}

void gate_closep(struct gate **gate)
{
    if (*gate)
        pthread_mutex_destroy(&(*gate)->lock);
    free(*gate);
    *gate = NULL;
}

static uint64_t peer_hash(const char *peer)
{
    uint64_t h = 14695981039346656037ULL; /* FNV-1a */

    for (; peer && *peer; peer++)
        h = (h ^ (uint8_t)*peer) * 1099511628211ULL;
    return h;
}

/* This address's slot, its counters of the running second and minute. Under the lock. */
static struct slot *slot_now(struct gate *gate, const char *peer)
{
    int64_t now_ms = clock_monotonic_ms(); /* true time, also where the wall clock runs fast */
    uint64_t hash = peer_hash(peer);
    struct slot *slot = &gate->slots[hash % SLOTS];

    if (slot->peer != hash || slot->second != now_ms / 1000)
        slot->requests = 0;
    if (slot->peer != hash || slot->minute != now_ms / 60000)
        slot->failures = 0;
    slot->peer = hash;
    slot->second = now_ms / 1000;
    slot->minute = now_ms / 60000;
    return slot;
}

static bool admit(struct call *call, struct err *err)
{
    struct gate *gate = call->app->gate;
    bool is_fast;

    if (gate->rate_per_s <= 0)
        return true;
    pthread_mutex_lock(&gate->lock);
    is_fast = ++slot_now(gate, call->req->peer)->requests > gate->rate_per_s;
    pthread_mutex_unlock(&gate->lock);
    return !is_fast || FAIL(err, ERR_TOO_MANY, "more than %lld requests a second from %s",
                            (long long)gate->rate_per_s, call->req->peer);
}

/* Those with the right token pass all the same: a whole office may stand behind one address. */
bool gate_failed(struct call *call, struct err *err)
{
    struct gate *gate = call->app->gate;
    bool is_guessing;

    pthread_mutex_lock(&gate->lock);
    is_guessing = ++slot_now(gate, call->req->peer)->failures > gate->failures_per_min;
    pthread_mutex_unlock(&gate->lock);
    if (is_guessing)
        return FAIL(err, ERR_TOO_MANY, "too many failed logins from %s; wait a minute", call->req->peer);
    return false;
}

static bool pass_device(struct call *call, struct err *err)
{
    const struct req *req = call->req;
    struct credentials shown = {
        .authorization = http_header(req, "Authorization"),
        .cert_issuer = req->cert_issuer,
        .cert_name_count = req->cert_name_count,
    };
    const char **names = ARENA_MANY(call->arena, const char *, req->cert_name_count + 1);

    for (size_t i = 0; i < req->cert_name_count; i++)
        names[i] = req->cert_names[i].value;
    shown.cert_names = names;
    return identity_device(call->app->world, call->arena, call->arg[0], call->arg[1], &shown, &call->who,
                           err);
}

/* A cookie reads only: what changes something needs the Authorization header, which no other site can send.
 */
static const char *operator_token(struct call *call)
{
    const char *header = http_header(call->req, "Authorization");

    if (header)
        return text_starts(header, "Bearer ") ? header + strlen("Bearer ") : NULL;
    if (text_equal(call->route->method, "GET"))
        return cookie_read(call->req, "nightshift");
    return NULL;
}

static bool pass_operator(struct call *call, struct err *err)
{
    static const int bit[ROLE__MAX] = {WHO_VIEWER, WHO_TECHNICIAN, WHO_ENGINEER, WHO_ADMIN};
    const char *token = operator_token(call);
    struct operator who;
    const char *tenant;

    if (!token)
        return FAIL(err, ERR_UNKNOWN_WHO, "this door needs an operator's token: Authorization: Bearer TOKEN");
    if (!operator_by_token(call->app->world, call->arena, token, &who, &tenant, err))
        return false;
    call->who.kind = WHO_IS_OPERATOR;
    call->who.tenant_id = who.tenant_id;
    call->who.tenant = tenant;
    call->who.name = who.name;
    call->who.role = (int)who.role;
    if (!(call->route->who & bit[who.role]))
        return FAIL(err, ERR_FORBIDDEN, "a %s may not: %s", role_name[who.role], call->route->summary);
    return true;
}

bool gate_pass(struct call *call, struct err *err)
{
    return admit(call, err) && gate_know(call, err);
}

bool gate_know(struct call *call, struct err *err)
{
    bool is_passed;

    call->who = (struct who){.source = call->req->peer, .request_id = call->req->id};
    if (call->route->who == WHO_ANYONE)
        return true;
    is_passed = call->route->who == WHO_DEVICE ? pass_device(call, err) : pass_operator(call, err);
    if (!is_passed && err->code == ERR_UNKNOWN_WHO)
        return gate_failed(call, err);
    return is_passed;
}
