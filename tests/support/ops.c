#include "support/ops.h"

#include <stdio.h>
#include <stdlib.h>

#include "api/gate.h"
#include "api/metrics.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/ident.h"
#include "base/text.h"
#include "domain/answer.h"
#include "domain/bootstrap.h"
#include "domain/backup_identity.h"
#include "domain/custody.h"
#include "domain/plans.h"
#include "domain/seen.h"
#include "signing/manifest.h"
#include "support/must.h"
#include "support/store.h"
#include "support/tarball.h"

static const char *const roles[] = {"viewer", "technician", "engineer", "admin"};

/* ---- keys and trust ----------------------------------------------------------------- */

static void key_free_later(void *at)
{
    struct key *key = at;

    key_freep(&key);
}

static struct key *key_of(struct arena *arena, const char *name, uint8_t number)
{
    uint8_t seed[32];
    struct key *key = NULL;

    memset(seed, number, sizeof(seed));
    MUST_DO(key_from_seed(name, seed, &key, &err));
    arena_defer(arena, key_free_later, key);
    return key;
}

static void keys_make(struct ops *ops)
{
    struct arena *arena = ops->s.arena;

    for (uint8_t i = 0; i < OPS_KEYS; i++)
        ops->engineers[i] = key_of(arena, "engineer", (uint8_t)(10 + i));
    for (uint8_t i = 0; i < COUNT(ops->roots); i++)
        ops->roots[i] = key_of(arena, "root", (uint8_t)(20 + i));
    ops->online = key_of(arena, "online", 30);
    ops->targets = key_of(arena, "targets", 31);
}

static const char *trust_path(struct ops *ops, const char *file)
{
    return arena_printf(ops->s.arena, "%s/trust/DEFAULT/%s", ops->s.dir, file);
}

static void root_write(struct ops *ops, int64_t version)
{
    struct arena *arena = ops->s.arena;
    struct key_public *officers = ARENA_MANY(arena, struct key_public, COUNT(ops->roots));
    struct tuf_keys online = {.keys = key_public(ops->online), .count = 1, .threshold = 1};
    struct tuf_root root = {.version = version, .expires_ms = SUPPORT_NOW_MS + 730 * 86400000LL};
    struct tuf_signature signatures[2] = {0};
    struct span body, bytes;

    for (size_t i = 0; i < COUNT(ops->roots); i++)
        officers[i] = *key_public(ops->roots[i]);
    root.roles[TUF_ROOT] = (struct tuf_keys){.keys = officers, .count = COUNT(ops->roots), .threshold = 2};
    root.roles[TUF_TIMESTAMP] = root.roles[TUF_SNAPSHOT] = online;
    root.roles[TUF_TARGETS] = (struct tuf_keys){.keys = key_public(ops->targets), .count = 1, .threshold = 1};
    MUST_DO(tuf_root_write(arena, &root, &body, &err));
    for (size_t i = 0; i < COUNT(signatures); i++) {
        memcpy(signatures[i].keyid, key_public(ops->roots[i])->id, sizeof(signatures[i].keyid));
        key_sign(ops->roots[i], body, signatures[i].sig);
    }
    MUST_DO(tuf_envelope_write(arena, body, signatures, COUNT(signatures), &bytes, &err));
    MUST_DO(file_write_whole(trust_path(ops, arena_printf(arena, "%lld.root.json", (long long)version)),
                             bytes, 0600, &err));
}

static void trust_make(struct ops *ops)
{
    MUST_DO(file_make_dirs(trust_path(ops, ""), 0700, &err));
    MUST_DO(key_save(ops->online, trust_path(ops, "online.key"), NULL, &err));
    MUST_DO(key_save(ops->targets, trust_path(ops, "targets.key"), NULL, &err));
    root_write(ops, 1);
}

void ops_rotate_online(struct ops *ops, int64_t version)
{
    ops->online = key_of(ops->s.arena, "online", (uint8_t)(40 + version));
    remove(trust_path(ops, "online.key"));
    MUST_DO(key_save(ops->online, trust_path(ops, "online.key"), NULL, &err));
    root_write(ops, version);
}

/* ---- bootstrap ------------------------------------------------------------------------- */

static void write_operators(struct json_out *j)
{
    json_open_list(j, "operators");
    for (size_t i = 0; i < COUNT(roles); i++) {
        char token[64], digest[65];

        snprintf(token, sizeof(token), "token-%s", roles[i]);
        ident_digest(token, digest);
        json_open(j, NULL);
        json_text(j, "name", roles[i]);
        json_text(j, "role", roles[i]);
        json_text(j, "token_hash", digest);
        json_close(j);
    }
    json_close(j);
}

static void write_family(struct ops *ops, struct json_out *j)
{
    json_open_list(j, "families");
    json_open(j, NULL);
    json_text(j, "name", OPS_FAMILY);
    json_int(j, "threshold", 2);
    json_open_list(j, "models");
    json_text(j, NULL, "A");
    json_text(j, NULL, "B");
    json_close(j);
    json_open_list(j, "keys");
    for (size_t i = 0; i < 3; i++) {
        json_open(j, NULL);
        json_text(j, "name", arena_printf(ops->s.arena, "engineer-%zu", i));
        json_text(j, "public", text_hex(ops->s.arena, key_public(ops->engineers[i])->bytes, 32));
        json_close(j);
    }
    json_close(j);
    json_close(j);
    json_close(j);
}

static void bootstrap_write(struct ops *ops)
{
    struct buf b = {.arena = ops->s.arena};
    struct json_out j = {.buf = &b};

    json_open(&j, NULL);
    json_text(&j, "tenant", "DEFAULT");
    write_operators(&j);
    write_family(ops, &j);
    json_open_list(&j, "sites");
    json_open(&j, NULL);
    json_text(&j, "name", "munich");
    json_text(&j, "zone", "Europe/Berlin");
    json_close(&j);
    json_close(&j);
    json_close(&j);
    MUST_DO(file_write_whole(arena_printf(ops->s.arena, "%s/bootstrap.json", ops->s.dir), buf_span(&b), 0600,
                             &err));
}

/* ---- the world --------------------------------------------------------------------------- */

static void world_open(struct ops *ops)
{
    struct support *s = &ops->s;
    struct store_options options = {.dir = s->dir, .ballast_bytes = -1};

    MUST_DO(store_open(&s->store, &options, &err));
    s->world = (struct world){.store = s->store, .blobs = store_blobs(s->store), .settings = &s->settings};
    MUST_DO(seen_open(&s->world.seen, &err));
    MUST_DO(answers_open(&s->world.answers, &err));
    MUST_DO(plans_open(&s->world.plans, &err));
    MUST_DO(custody_open(&s->world.custody, s->dir, &err));
    MUST_DO(backups_open(&s->world.backups, &err));
    s->app = (struct app){.world = &s->world};
    MUST_DO(gate_open(&s->app.gate, &s->settings, &err));
    MUST_DO(metrics_open(&s->app.metrics, &err));
    MUST_DO(bootstrap_apply(&s->world, s->now_ms, &err));
}

static void world_close(void *at)
{
    struct support *s = &((struct ops *)at)->s;

    gate_closep(&s->app.gate);
    metrics_closep(&s->app.metrics);
    backups_closep(&s->world.backups);
    custody_closep(&s->world.custody);
    answers_closep(&s->world.answers);
    plans_closep(&s->world.plans);
    seen_closep(&s->world.seen);
    store_closep(&s->store);
}

struct ops *ops_world(struct arena *arena)
{
    struct ops *ops = ARENA_NEW(arena, struct ops);
    struct support *s = &ops->s;

    ident_start();
    s->arena = arena;
    s->now_ms = SUPPORT_NOW_MS;
    s->peer = "192.0.2.7";
    s->dir = support_dir(arena);
    s->tenant_id = 1;
    settings_default(&s->settings);
    s->settings.data_dir = s->dir;
    s->settings.disk_reserve_bytes = 0;
    keys_make(ops);
    trust_make(ops);
    bootstrap_write(ops);
    world_open(ops);
    arena_defer(arena, world_close, ops);
    return ops;
}

void ops_reopen(struct ops *ops)
{
    world_close(ops);
    world_open(ops);
}

/* ---- asking --------------------------------------------------------------------------------- */

struct answer ops_ask(struct ops *ops, const char *role, const char *method, const char *target,
                      const char *body)
{
    return support_ask(&ops->s, method, target,
                       *role ? arena_printf(ops->s.arena, "Authorization: Bearer token-%s", role) : NULL,
                       body);
}

struct span ops_package(struct ops *ops, const struct ops_package *package)
{
    static const struct ops_component usual = {"system", "system.img", "the system image"};
    static const char sbom[] = "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\"}";
    struct arena *arena = ops->s.arena;
    struct buf tar = {.arena = arena};
    struct manifest_component components[3];
    const char *const models[] = {package->model};
    struct manifest manifest = {.family = OPS_FAMILY,
                                .version = package->version,
                                .min_version = "",
                                .counter = package->counter,
                                .models = models,
                                .model_count = package->model != NULL,
                                .minutes = 7,
                                .reboots = 1,
                                .is_reversible = true,
                                .notes = "first line\nsecond line",
                                .components = components};
    const struct ops_component *list = package->components[0].name ? package->components : &usual;
    char sha256[HASH_HEX_MAX];
    struct span bytes;

    for (size_t i = 0; i < 3 && (i == 0 || list != &usual) && list[i].name; i++)
        components[manifest.component_count++] =
            tarball_component(arena, list[i].name, list[i].file, span_of(list[i].bytes));
    for (size_t i = 0; i < manifest.component_count; i++)
        components[i].version = package->version;
    if (package->has_sbom) {
        hash_hex_of(HASH_SHA256, span_of(sbom), sha256);
        manifest.sbom_file = MANIFEST_SBOM_NAME;
        manifest.sbom_sha256 = sha256;
        manifest.sbom_size = (int64_t)strlen(sbom);
    }
    MUST_DO(manifest_write(arena, &manifest, &bytes, &err));
    tarball_file(&tar, MANIFEST_NAME, bytes);
    for (size_t i = 0; i < manifest.component_count; i++)
        tarball_file(&tar, list[i].file, span_of(list[i].bytes));
    if (package->has_sbom)
        tarball_file(&tar, MANIFEST_SBOM_NAME, span_of(sbom));
    tarball_end(&tar);
    return buf_span(&tar);
}

const char *ops_upload(struct ops *ops, struct span bytes)
{
    const char *headers =
        arena_printf(ops->s.arena,
                     "Authorization: Bearer token-engineer\nTus-Resumable: 1.0.0\nUpload-Length: %zu\n"
                     "Content-Type: application/offset+octet-stream\nContent-Length: %zu",
                     bytes.size, bytes.size);
    struct answer answer = support_ask_bytes(&ops->s, "POST", "/api/v1/uploads", headers, bytes);

    if (answer.status != 201)
        fail_msg("upload: %d %s", answer.status, answer.text);
    return strrchr(support_header(&answer, "Location"), '/') + 1;
}

struct answer ops_release(struct ops *ops, struct span bytes)
{
    return ops_ask(ops, "engineer", "POST", "/api/v1/releases",
                   arena_printf(ops->s.arena, "{\"upload\":\"%s\"}", ops_upload(ops, bytes)));
}

int64_t ops_staged(struct ops *ops, const char *version, int64_t counter)
{
    struct ops_package package = {.version = version, .counter = counter};
    struct answer answer = ops_release(ops, ops_package(ops, &package));

    if (answer.status != 201)
        fail_msg("release %s: %d %s", version, answer.status, answer.text);
    return support_int(&answer, "id");
}

static const char *release_door(struct ops *ops, int64_t id, const char *verb)
{
    return arena_printf(ops->s.arena, "/api/v1/releases/%lld%s", (long long)id, verb);
}

struct answer ops_sign(struct ops *ops, int64_t release_id, int no)
{
    struct answer bytes = ops_ask(ops, "engineer", "GET", release_door(ops, release_id, "/to-sign"), NULL);
    char sig[KEY_SIG_HEX_CHARS + 1];

    key_sign(ops->engineers[no], span_make(bytes.text, bytes.size), sig);
    return ops_ask(ops, "engineer", "POST", release_door(ops, release_id, "/signatures"),
                   arena_printf(ops->s.arena, "{\"keyid\":\"%s\",\"sig\":\"%s\"}",
                                key_public(ops->engineers[no])->id, sig));
}

struct answer ops_publish(struct ops *ops, int64_t release_id)
{
    return ops_ask(ops, "engineer", "POST", release_door(ops, release_id, "/publish"), "{}");
}

int64_t ops_published(struct ops *ops, const char *version, int64_t counter)
{
    int64_t id = ops_staged(ops, version, counter);
    struct answer answer;

    assert_int_equal(ops_sign(ops, id, 0).status, 200);
    assert_int_equal(ops_sign(ops, id, 1).status, 200);
    answer = ops_publish(ops, id);
    if (answer.status != 200)
        fail_msg("publish %s: %d %s", version, answer.status, answer.text);
    return id;
}

/* ---- a client ---------------------------------------------------------------------------------- */

static bool client_fetch(void *ctx, struct arena *arena, const char *name, int64_t max, struct span *out,
                         struct err *err)
{
    struct ops *ops = ctx;
    struct answer answer =
        support_ask(&ops->s, "GET", arena_printf(arena, "/DEFAULT/tuf/image/metadata/%s", name), NULL, NULL);

    if (answer.status == 404)
        return FAIL(err, ERR_NOT_FOUND, "404 for %s", name);
    if (answer.status != 200 || (int64_t)answer.size > max)
        return FAIL(err, ERR_IO, "%d and %zu bytes for %s", answer.status, answer.size, name);
    *out = span_make(answer.text, answer.size);
    return true;
}

static bool client_load(void *ctx, struct arena *arena, const char *name, struct span *out, struct err *err)
{
    struct ops *ops = ctx;

    if (!text_equal(name, "root.json"))
        return FAIL(err, ERR_NOT_FOUND, "a new client");
    return file_read(arena, trust_path(ops, "1.root.json"), 1 << 20, out, err);
}

static bool client_keep(void *ctx, const char *name, struct span bytes, struct err *err)
{
    (void)ctx, (void)name, (void)bytes, (void)err;
    return true;
}

bool ops_client_target(struct ops *ops, const char *path, struct tuf_target *out, struct err *err)
{
    struct tuf_client_io io = {.ctx = ops, .fetch = client_fetch, .load = client_load, .keep = client_keep};
    struct tuf_client *client;

    return tuf_client_open(ops->s.arena, &io, ops->s.now_ms, &client, err) &&
           tuf_client_refresh(client, err) && tuf_client_target(client, path, out, err);
}

struct answer ops_calendar(struct ops *ops, const char *name, const char *text)
{
    return support_ask(&ops->s, "PUT", arena_printf(ops->s.arena, "/api/v1/calendars/%s", name),
                       "Authorization: Bearer token-technician\nContent-Type: text/calendar", text);
}
