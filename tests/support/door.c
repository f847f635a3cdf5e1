#include "support/door.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/ident.h"
#include "base/text.h"
#include "support/cert.h"

struct counting_sink {
    struct sink sink;
    struct door *door;
    int64_t size, fail_after;
    uint64_t sum;
};

struct owned {
    struct door *door;
    char *bytes;
};

/* Not periodic in any power of two, so that a misplaced block is seen. */
#define DOOR_PERIOD (251 * 26)

char door_byte(int64_t at)
{
    return (char)('a' + (at * 7 + at / 251) % 26);
}

bool door_bytes_are(struct span bytes, int64_t from)
{
    for (size_t i = 0; i < bytes.size; i++)
        if (bytes.at[i] != door_byte(from + (int64_t)i))
            return false;
    return true;
}

static bool sink_write(struct sink *sink, struct span bytes, struct err *err)
{
    struct counting_sink *s = (struct counting_sink *)sink;

    for (size_t i = 0; i < bytes.size; i++)
        s->sum = s->sum * 31 + (unsigned char)bytes.at[i];
    s->size += (int64_t)bytes.size;
    if (s->fail_after >= 0 && s->size > s->fail_after)
        return FAIL(err, ERR_NO_SPACE, "the disk is full");
    return true;
}

static void sink_drop(struct sink *sink)
{
    struct counting_sink *s = (struct counting_sink *)sink;

    atomic_fetch_add(&s->door->dropped_bytes, s->size);
    atomic_fetch_sub(&s->door->sinks_out, 1);
    free(s);
}

static struct sink *sink_new(struct door *door, const char *fail_after)
{
    struct counting_sink *s = calloc(1, sizeof(*s));

    if (!s)
        abort();
    s->sink = (struct sink){sink_write, sink_drop};
    s->door = door;
    s->fail_after = fail_after ? strtoll(fail_after, NULL, 10) : -1;
    atomic_fetch_add(&door->sinks_out, 1);
    return &s->sink;
}

static void begin(void *ctx, struct req *req, struct plan *plan, struct reply *reply)
{
    struct door *door = ctx;

    atomic_fetch_add(&door->begun, 1);
    plan->body_max = 1 << 20;
    plan->is_on_worker = strstr(req->path, "worker") != NULL || strcmp(req->path, "/gate") == 0;
    if (strcmp(req->path, "/refused") == 0) {
        plan->is_refused = true;
        reply->status = 401;
        reply->body = span_of("who?\n");
    } else if (strcmp(req->path, "/sink") == 0) {
        plan->body_max = 64 << 20;
        plan->sink = sink_new(door, http_query(req, "fail"));
    }
}

static void release(void *owner)
{
    struct owned *owned = owner;

    atomic_fetch_sub(&owned->door->sources_out, 1);
    free(owned->bytes);
    free(owned);
}

/* One period byte by byte, the rest by copying what is there. */
static void fill(char *bytes, size_t size)
{
    size_t done = 0;

    for (; done < size && done < DOOR_PERIOD; done++)
        bytes[done] = door_byte((int64_t)done);
    while (done < size) {
        size_t more = done < size - done ? done : size - done;

        memcpy(bytes + done, bytes, more);
        done += more;
    }
}

static void serve_file(struct door *door, struct req *req, struct reply *reply, const char *size_text,
                       bool is_source)
{
    int64_t size = strtoll(size_text, NULL, 10);
    char *bytes = is_source ? malloc((size_t)size + 1) : arena_take(req->arena, (size_t)size + 1);

    if (!bytes)
        abort();
    fill(bytes, (size_t)size);
    reply->etag = "\"v1\"";
    reply->modified_ms = 1600000000000;
    reply->has_ranges = true;
    reply->content_type = "application/octet-stream";
    reply->body = span_make(bytes, (size_t)size);
    if (is_source) {
        struct owned *owned = calloc(1, sizeof(*owned));

        if (!owned)
            abort();
        *owned = (struct owned){door, bytes};
        atomic_fetch_add(&door->sources_out, 1);
        reply->source =
            (struct http_source){.at = bytes, .size = (size_t)size, .release = release, .owner = owned};
    }
}

/* The first bytes move to a head of their own; the source begins behind them. */
static void serve_headed(struct door *door, struct req *req, struct reply *reply, const char *size_text)
{
    serve_file(door, req, reply, size_text, true);
    struct http_source *source = &reply->source;
    size_t size = source->size < DOOR_HEAD ? source->size : DOOR_HEAD;

    reply->head = span_of(arena_text(req->arena, span_make(source->at, size)));
    source->at = (const char *)source->at + size;
    source->size -= size;
}

static void serve_gate(struct door *door)
{
    int now = atomic_fetch_add(&door->in_gate, 1) + 1;
    int most = atomic_load(&door->most_in_gate);

    while (now > most && !atomic_compare_exchange_weak(&door->most_in_gate, &most, now))
        continue;
    while (!atomic_load(&door->is_gate_open))
        usleep(1000);
    atomic_fetch_sub(&door->in_gate, 1);
}

static void serve_who(const struct req *req, struct reply *reply)
{
    struct buf out = {.arena = req->arena};

    buf_printf(&out, "%s %s %s%s peer=%s worker=%d issuer=%s", req->method, req->scheme, req->authority,
               req->prefix, req->peer, req->is_on_worker, req->cert_issuer ? req->cert_issuer : "none");
    for (size_t i = 0; i < req->cert_name_count; i++)
        buf_printf(&out, " %s=%s", req->cert_names[i].name, req->cert_names[i].value);
    reply->body = buf_span(&out);
}

static void serve_sink(struct req *req, struct plan *plan, struct reply *reply)
{
    struct counting_sink *s = (struct counting_sink *)plan->sink;

    reply->body = span_of(arena_printf(req->arena, "%" PRId64 " %" PRIu64 "\n", s->size, s->sum));
    s->size = 0;
    sink_drop(plan->sink);
}

static void serve(void *ctx, struct req *req, struct plan *plan, struct reply *reply)
{
    struct door *door = ctx;

    if (strcmp(req->path, "/gate") == 0)
        serve_gate(door);
    if (strcmp(req->path, "/late") == 0 && !req->is_on_worker) {
        reply->wants_worker = true;
        return;
    }
    reply->content_type = "text/plain";
    reply_header(reply, "X-Path", req->path);
    reply->must_close = strcmp(req->path, "/closing") == 0;
    if (text_starts(req->path, "/echo"))
        reply->body = req->body;
    else if (text_starts(req->path, "/file/"))
        serve_file(door, req, reply, req->path + 6, false);
    else if (text_starts(req->path, "/mapped/"))
        serve_file(door, req, reply, req->path + 8, true);
    else if (text_starts(req->path, "/headed/"))
        serve_headed(door, req, reply, req->path + 8);
    else if (strcmp(req->path, "/sink") == 0)
        serve_sink(req, plan, reply);
    else if (strcmp(req->path, "/who") == 0)
        serve_who(req, reply);
    else
        reply->body = span_of("hello\n");
}

static void end(void *ctx, struct req *req, struct plan *plan, int status, int64_t bytes, int64_t took_us)
{
    struct door *door = ctx;

    (void)req, (void)plan, (void)took_us;
    atomic_fetch_add(&door->ended, 1);
    atomic_fetch_add(&door->lost, status == 0);
    atomic_fetch_add(&door->bytes, bytes);
}

static void or_default(int64_t *value, int64_t otherwise)
{
    if (*value == 0)
        *value = otherwise;
}

const char *door_path(struct door *door, struct arena *arena, const char *name)
{
    return arena_printf(arena, "%s/%s", door->dir, name);
}

void door_start(struct door *door, struct http_options options)
{
    struct arena *arena = arena_new();
    struct err err;

    ident_start();
    clock_start(1, 0);
    *door = (struct door){0};
    snprintf(door->dir, sizeof(door->dir), "/tmp/nightshift-http-XXXXXX");
    if (!mkdtemp(door->dir))
        abort();
    support_cert_make(door->dir);
    options.listen = options.listen ? options.listen : "127.0.0.1";
    options.trusted_proxies = options.trusted_proxies ? options.trusted_proxies : "127.0.0.1";
    options.cert_path = door_path(door, arena, "server.pem");
    options.key_path = door_path(door, arena, "server.key");
    if (options.client_ca_path)
        options.client_ca_path = door_path(door, arena, options.client_ca_path);
    or_default(&options.threads, 2);
    or_default(&options.workers, 4);
    or_default(&options.connections_max, 2000);
    or_default(&options.connections_per_ip, 2000);
    or_default(&options.idle_timeout_s, 30);
    or_default(&options.head_deadline_s, 10);
    or_default(&options.body_bytes_s, 1024);
    if (!http_start(&door->http, &options, (struct http_door){door, begin, serve, end, NULL}, &err)) {
        fprintf(stderr, "http_start: %s\n", err.text);
        abort();
    }
    arena_freep(&arena);
}

void door_clean(struct door *door)
{
    static const char *const files[] = {"ca.pem",     "ca.key",     "server.pem",   "server.key",
                                        "client.pem", "client.key", "stranger.pem", "stranger.key"};
    char path[128];

    for (size_t i = 0; i < COUNT(files); i++) {
        snprintf(path, sizeof(path), "%s/%s", door->dir, files[i]);
        unlink(path);
    }
    rmdir(door->dir);
}

void door_stop(struct door *door, int64_t grace_ms)
{
    door_open_gate(door);
    http_stop(door->http, grace_ms);
    door_clean(door);
}

void door_open_gate(struct door *door)
{
    atomic_store(&door->is_gate_open, true);
}

bool door_settles(atomic_int *counter)
{
    int64_t until_ms = clock_monotonic_ms() + 20000;

    while (atomic_load(counter) != 0 && clock_monotonic_ms() < until_ms)
        usleep(1000);
    return atomic_load(counter) == 0;
}

int64_t door_port(const struct door *door)
{
    return http_port(door->http);
}

int64_t door_plain_port(const struct door *door)
{
    return http_plain_port(door->http);
}
