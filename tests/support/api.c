#include "support/api.h"

#include <stdio.h>
#include <stdlib.h>

#include "api/gate.h"
#include "api/metrics.h"
#include "base/ident.h"
#include "base/log.h"
#include "base/text.h"
#include "domain/answer.h"
#include "domain/backup_identity.h"
#include "domain/custody.h"
#include "domain/offer.h"
#include "domain/plans.h"
#include "domain/seen.h"
#include "http/path.h"
#include "store/actions.h"
#include "store/devices.h"
#include "store/releases.h"
#include "store/tenants.h"
#include "support/must.h"
#include "support/store.h"

/* ---- the world --------------------------------------------------------------------- */

static void world_close(void *at)
{
    struct support *s = at;

    gate_closep(&s->app.gate);
    metrics_closep(&s->app.metrics);
    backups_closep(&s->world.backups);
    custody_closep(&s->world.custody);
    answers_closep(&s->world.answers);
    plans_closep(&s->world.plans);
    seen_closep(&s->world.seen);
}

static void tenant_make(struct support *s)
{
    struct tenant tenant = {.name = "DEFAULT",
                            .gateway_on = true,
                            .target_token_on = true,
                            .certificate_issuer = "",
                            .created_ms = s->now_ms};
    char digest[65];
    struct tx tx;

    ident_digest("gateway", digest);
    tenant.gateway_hash = digest;
    MUST_DO(tx_begin(&tx, s->store, &err));
    MUST_DO(store_tenant_put(s->store, &tenant, &s->tenant_id, &err));
    MUST_DO(tx_commit(&tx, &err));
}

struct support *support_world(struct arena *arena)
{
    struct support *s = ARENA_NEW(arena, struct support);

    ident_start();
    log_start(LOG_ERROR, 2); /* refusals are what these tests ask for */
    s->arena = arena;
    s->now_ms = SUPPORT_NOW_MS;
    s->peer = "192.0.2.7";
    settings_default(&s->settings);
    s->store = support_store(arena, &s->dir);
    s->settings.data_dir = s->dir;
    s->world = (struct world){.store = s->store, .blobs = store_blobs(s->store), .settings = &s->settings};
    arena_defer(arena, world_close, s); /* before the store, which was deferred first */
    MUST_DO(seen_open(&s->world.seen, &err));
    MUST_DO(answers_open(&s->world.answers, &err));
    MUST_DO(plans_open(&s->world.plans, &err));
    MUST_DO(custody_open(&s->world.custody, s->dir, &err));
    MUST_DO(backups_open(&s->world.backups, &err));
    s->app.world = &s->world;
    MUST_DO(gate_open(&s->app.gate, &s->settings, &err));
    MUST_DO(metrics_open(&s->app.metrics, &err));
    tenant_make(s);
    return s;
}

/* ---- a request ------------------------------------------------------------------------ */

static void header_add(struct req *req, const char *name, const char *value)
{
    req->headers[req->header_count++] = (struct http_pair){name, value};
}

static void headers_read(struct req *req, const char *lines)
{
    struct span rest = span_of(lines ? lines : ""), line;

    req->headers = ARENA_MANY(req->arena, struct http_pair, HTTP_HEADERS_MAX);
    while (text_split(&rest, '\n', &line)) {
        struct span name;

        if (line.size == 0 || !text_split(&line, ':', &name))
            continue;
        header_add(req, arena_text(req->arena, text_trim(name)), arena_text(req->arena, text_trim(line)));
    }
}

static struct req *req_make(struct support *s, const char *method, const char *target, const char *headers,
                            struct span body)
{
    struct req *req = ARENA_NEW(s->arena, struct req);
    const char *query;

    *req = (struct req){.arena = s->arena, .method = method, .body = body, .id = "00000000000000aa"};
    req->peer = s->peer;
    req->scheme = s->is_plain ? "http" : "https";
    req->is_tls = !s->is_plain;
    req->authority = "fw.example:8443";
    req->prefix = "";
    req->now_ms = s->now_ms;
    req->cert_names = s->cert_names;
    req->cert_name_count = s->cert_name_count;
    req->cert_issuer = s->cert_issuer;
    headers_read(req, headers);
    if (body.size && !http_header(req, "Content-Type"))
        header_add(req, "Content-Type", "application/json");
    if (!path_normal(s->arena, target, &req->path, &query))
        fail_msg("%s is no target", target);
    req->query = ARENA_MANY(s->arena, struct http_pair, 32);
    MUST_DO(path_query(s->arena, query ? query : "", req->query, 32, &req->query_count, &err));
    return req;
}

static void answer_from(struct support *s, struct reply *reply, struct answer *out)
{
    struct span body = reply->source.at ? span_make(reply->source.at, reply->source.size) : reply->body;
    struct buf whole = {.arena = s->arena};
    struct err err;

    buf_add(&whole, reply->head);
    buf_add(&whole, body);

    out->status = reply->status ? reply->status : 200;
    out->text = arena_text(s->arena, buf_span(&whole));
    out->size = whole.size;
    if (reply->source.at && reply->source.release)
        reply->source.release(reply->source.owner);
    reply->source = (struct http_source){0};
    out->reply = *reply;
    if (!out->size || !json_parse(s->arena, span_make(out->text, out->size), &out->json, &err))
        out->json = NULL;
}

static void serve(struct support *s, struct req *req, struct plan *plan, struct reply *reply,
                  struct answer *out)
{
    req->is_on_worker = plan->is_on_worker;
    api_serve(&s->app, req, plan, reply);
    out->was_deferred = reply->wants_worker;
    if (!reply->wants_worker)
        return;
    *reply = (struct reply){0};
    req->is_on_worker = true;
    api_serve(&s->app, req, plan, reply);
    if (reply->wants_worker)
        fail_msg("%s %s asks for a worker on a worker", req->method, req->path);
}

/* The body into the route's sink, in pieces, as the network brings it. */
static bool pour(struct sink *sink, struct span body, struct reply *reply)
{
    struct err err = {0};

    while (body.size > 0) {
        size_t size = body.size < SUPPORT_PIECE ? body.size : SUPPORT_PIECE;

        if (!sink->write(sink, span_make(body.at, size), &err)) {
            sink->drop(sink);
            reply->status = err_status(err.code);
            return false;
        }
        body = span_make(body.at + size, body.size - size);
    }
    return true;
}

int support_ask_cut(struct support *s, const char *method, const char *target, const char *headers,
                    struct span body)
{
    struct req *req = req_make(s, method, target, headers, body);
    struct plan plan = {0};
    struct reply reply = {0};

    api_begin(&s->app, req, &plan, &reply);
    if (plan.sink && pour(plan.sink, body, &reply))
        plan.sink->drop(plan.sink);
    api_end(&s->app, req, &plan, 0, 0, 1);
    return plan.is_refused ? reply.status : 0;
}

struct answer support_ask_bytes(struct support *s, const char *method, const char *target,
                                const char *headers, struct span body)
{
    struct req *req = req_make(s, method, target, headers, body);
    struct plan plan = {0};
    struct reply reply = {0};
    struct answer out = {0};

    api_begin(&s->app, req, &plan, &reply);
    out.was_refused = plan.is_refused;
    if (!plan.is_refused && (int64_t)body.size > plan.body_max)
        reply.status = 413;
    else if (plan.sink && !pour(plan.sink, body, &reply))
        out.was_refused = true;
    else if (!plan.is_refused)
        serve(s, req, &plan, &reply, &out);
    answer_from(s, &reply, &out);
    api_end(&s->app, req, &plan, out.status, (int64_t)out.size, 1);
    return out;
}

struct answer support_ask(struct support *s, const char *method, const char *target, const char *headers,
                          const char *body)
{
    return support_ask_bytes(s, method, target, headers, span_of(body));
}

const char *support_header(const struct answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->reply.header_count; i++)
        if (text_equal_nocase(answer->reply.headers[i].name, name))
            return answer->reply.headers[i].value;
    return NULL;
}

const struct json *support_at(const struct answer *answer, const char *path)
{
    const struct json *at = answer->json;
    struct span rest = span_of(path), step;
    char name[128];

    while (at && text_split(&rest, '.', &step)) {
        snprintf(name, sizeof(name), "%.*s", (int)step.size, step.at);
        at = json_kind(at) == JSON_LIST ? json_item(at, (size_t)atol(name)) : json_member(at, name);
    }
    return at;
}

const char *support_text(const struct answer *answer, const char *path)
{
    return json_string(support_at(answer, path));
}

int64_t support_int(const struct answer *answer, const char *path)
{
    int64_t value;

    if (!json_integer(support_at(answer, path), &value))
        fail_msg("no integer %s in %s", path, answer->text);
    return value;
}

/* ---- what rests ------------------------------------------------------------------------- */

static void part_put(struct support *s, int64_t release_id, const struct support_part *part, int64_t position)
{
    struct blob_hashes hashes;
    struct module module = {.tenant_id = s->tenant_id,
                            .release_id = release_id,
                            .component = part->component,
                            .version = part->version,
                            .filename = part->filename,
                            .position = position};

    MUST_DO(blob_put(s->world.blobs, span_of(part->bytes), &hashes, &err));
    module.size = hashes.size;
    module.sha256 = hashes.sha256;
    module.sha1 = hashes.sha1;
    module.md5 = hashes.md5;
    MUST_DO(store_counter_take(s->store, "module", &module.id, &err));
    MUST_DO(store_module_put(s->store, &module, &err));
}

int64_t support_release(struct support *s, const char *family, const char *version,
                        const struct support_part *parts, size_t count)
{
    struct release release = {.tenant_id = s->tenant_id,
                              .family = family,
                              .version = version,
                              .counter = s->counter ? s->counter : 1,
                              .is_security = s->repairs,
                              .is_reversible = !s->is_one_way,
                              .min_version = s->starts_from ? s->starts_from : "",
                              .minutes = 12,
                              .models = "[]",
                              .manifest = "{}",
                              .created_by = "test",
                              .created_ms = s->now_ms};
    int64_t id = 0;
    bool moved;
    struct tx tx;

    release.package_sha256 = arena_printf(s->arena, "%s-%s", family, version);
    MUST_DO(tx_begin(&tx, s->store, &err));
    MUST_DO(store_release_put(s->store, &release, &id, &err));
    for (size_t i = 0; i < count; i++)
        part_put(s, id, &parts[i], (int64_t)i);
    MUST_DO(store_release_move(s->store, id, RELEASE_STAGED, RELEASE_PUBLISHED, s->now_ms, &moved, &err));
    MUST_DO(tx_commit(&tx, &err));
    return id;
}

int64_t support_device(struct support *s, const char *controller_id, enum device_quirk quirk)
{
    struct device device = {.tenant_id = s->tenant_id,
                            .controller_id = controller_id,
                            .state = DEVICE_ACTIVE,
                            .family = "c450",
                            .quirk = quirk,
                            .created_ms = s->now_ms,
                            .enrolled_ms = s->now_ms};
    char digest[65];
    int64_t id = 0;
    struct tx tx;

    ident_digest(arena_printf(s->arena, "token-%s", controller_id), digest);
    device.token_hash = digest;
    MUST_DO(tx_begin(&tx, s->store, &err));
    MUST_DO(store_device_put(s->store, &device, &id, &err));
    MUST_DO(tx_commit(&tx, &err));
    return id;
}

struct device support_device_get(struct support *s, const char *controller_id)
{
    struct device device = {0};

    MUST_DO(store_device_get(s->store, s->arena, s->tenant_id, controller_id, &device, &err));
    return device;
}

int64_t support_assign(struct support *s, const char *controller_id, int64_t release_id,
                       const struct action *wanted)
{
    struct device device = support_device_get(s, controller_id);
    struct action forced = {.kind = ACTION_FORCED, .weight = 500}, action = {0};
    struct release release;
    bool is_new;
    struct tx tx;

    MUST_DO(store_release_get(s->store, s->arena, s->tenant_id, release_id, &release, &err));
    MUST_DO(tx_begin(&tx, s->store, &err));
    MUST_DO(offer_assign(&s->world, s->arena, &device, &release, wanted ? wanted : &forced, s->now_ms,
                         &action, &is_new, &err));
    MUST_DO(tx_commit(&tx, &err));
    return action.id;
}

struct action support_action(struct support *s, int64_t action_id)
{
    struct action action = {0};

    MUST_DO(store_action_get(s->store, s->arena, s->tenant_id, action_id, &action, &err));
    return action;
}

void support_tenant(struct support *s, void (*change)(struct tenant *tenant))
{
    struct tenant tenant;
    struct tx tx;

    MUST_DO(store_tenant_get(s->store, s->arena, s->tenant_id, &tenant, &err));
    change(&tenant);
    MUST_DO(tx_begin(&tx, s->store, &err));
    MUST_DO(store_tenant_move(s->store, &tenant, &err));
    MUST_DO(tx_commit(&tx, &err));
}
