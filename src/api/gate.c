#include "api/gate.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"
#include "domain/identity.h"
#include "domain/operator.h"
#include "http/cookie.h"

/* Addresses and identities remembered for their rate. Two that share a slot share a budget: harmless, and
 * bounded. */
#define SLOTS 8192

struct slot {
    uint64_t who;
    int64_t second, minute;
    int32_t requests, failures;
};

struct gate {
    pthread_mutex_t lock;
    int64_t rate_per_peer, rate_per_identity, at_once, failures_per_min;
    struct slot peers[SLOTS], identities[SLOTS];
    int32_t under_way[SLOTS]; /* requests of identities: let in, and not yet over */
};

bool gate_open(struct gate **out, const struct settings *settings, struct err *err)
{
    struct gate *gate = calloc(1, sizeof(*gate));

    if (!gate)
        return FAIL(err, ERR_BUSY, "no memory for the gate");
    pthread_mutex_init(&gate->lock, NULL);
    gate->rate_per_peer = settings->rate_per_ip_s;
    gate->rate_per_identity = settings->rate_per_identity_s;
    gate->at_once = settings->requests_per_identity;
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

static uint64_t text_hash(uint64_t h, const char *text)
{
    for (; text && *text; text++)
        h = (h ^ (uint8_t)*text) * 1099511628211ULL; /* FNV-1a */
    return h;
}

static uint64_t peer_hash(const struct call *call)
{
    return text_hash(14695981039346656037ULL, call->req->peer);
}

/* Names are unique within a tenant and a kind. */
static uint64_t identity_hash(const struct call *call)
{
    const struct who *who = &call->who;

    return text_hash(14695981039346656037ULL ^ ((uint64_t)who->tenant_id << 8 | (uint64_t)who->kind),
                     who->name);
}

/* The slot of an address or an identity, its counters of the running second and minute. Under the lock. */
static struct slot *slot_now(struct slot *slots, uint64_t hash)
{
    int64_t now_ms = clock_monotonic_ms(); /* true time, also where the wall clock runs fast */
    struct slot *slot = &slots[hash % SLOTS];

    if (slot->who != hash || slot->second != now_ms / 1000)
        slot->requests = 0;
    if (slot->who != hash || slot->minute != now_ms / 60000)
        slot->failures = 0;
    slot->who = hash;
    slot->second = now_ms / 1000;
    slot->minute = now_ms / 60000;
    return slot;
}

static bool admit(struct call *call, struct err *err)
{
    struct gate *gate = call->app->gate;
    bool is_fast;

    if (gate->rate_per_peer <= 0)
        return true;
    pthread_mutex_lock(&gate->lock);
    is_fast = ++slot_now(gate->peers, peer_hash(call))->requests > gate->rate_per_peer;
    pthread_mutex_unlock(&gate->lock);
    return !is_fast || FAIL(err, ERR_TOO_MANY, "more than %lld requests a second from %s",
                            (long long)gate->rate_per_peer, call->req->peer);
}

/* Those with the right token pass all the same: a whole office may stand behind one address. */
bool gate_failed(struct call *call, struct err *err)
{
    struct gate *gate = call->app->gate;
    bool is_guessing;

    pthread_mutex_lock(&gate->lock);
    is_guessing = ++slot_now(gate->peers, peer_hash(call))->failures > gate->failures_per_min;
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

/* A stolen token, or a device gone mad, is bounded whatever addresses it comes from. */
static bool enter(struct call *call, struct err *err)
{
    struct gate *gate = call->app->gate;
    uint64_t hash = identity_hash(call);
    int32_t *under_way = &gate->under_way[hash % SLOTS];
    bool is_fast, is_crowded;

    if (call->route->who == WHO_ANYONE)
        return true;
    pthread_mutex_lock(&gate->lock);
    is_fast =
        ++slot_now(gate->identities, hash)->requests > gate->rate_per_identity && gate->rate_per_identity > 0;
    is_crowded = *under_way >= gate->at_once;
    if (!is_fast && !is_crowded) {
        call->under_way = under_way;
        ++*under_way;
    }
    pthread_mutex_unlock(&gate->lock);
    if (is_fast)
        return FAIL(err, ERR_TOO_MANY, "more than %lld requests a second of %s",
                    (long long)gate->rate_per_identity, call->who.name);
    return !is_crowded || FAIL(err, ERR_TOO_MANY, "%s has %lld requests under way", call->who.name,
                               (long long)gate->at_once);
}

void gate_leave(struct call *call)
{
    struct gate *gate = call->app->gate;

    if (!call->under_way)
        return;
    pthread_mutex_lock(&gate->lock);
    --*call->under_way;
    pthread_mutex_unlock(&gate->lock);
    call->under_way = NULL;
}

bool gate_pass(struct call *call, struct err *err)
{
    return admit(call, err) && gate_know(call, err) && enter(call, err);
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
