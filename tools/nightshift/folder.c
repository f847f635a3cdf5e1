#include "tools/nightshift/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/ident.h"
#include "base/json.h"
#include "base/text.h"
#include "signing/tuf.h"
#include "tools/common/cert.h"

#define DAY_MS (24 * 3600 * 1000LL)
#define ROOT_KEYS 3
#define ROOT_THRESHOLD 2
#define TRUST_DIR "trust/" FOLDER_TENANT
#define TOKEN_BYTES 24
#define PEM_MAX (256 * 1024)

struct making { /* what the steps hand on */
    struct arena *arena;
    const struct folder_plan *plan;
    struct err *err;
};

static const char *in_dir(const struct making *making, const char *name)
{
    return arena_printf(making->arena, "%s/%s", making->plan->dir, name);
}

/* ---- keys ------------------------------------------------------------------------- */

/* The key that rests there, or a new one. */
static bool key_ready(struct making *making, const char *file, const char *name, struct key **out)
{
    const char *path = in_dir(making, file);
    AUTO(key_freep) struct key *key = NULL;

    if (file_exists(path))
        return key_load(path, NULL, out, making->err);
    if (!key_make(name, &key, making->err) || !key_save(key, path, NULL, making->err))
        return err_within(making->err, "making %s", file);
    *out = key;
    key = NULL;
    return true;
}

static void root_keys_free(struct key *(*keys)[ROOT_KEYS])
{
    for (size_t i = 0; i < ROOT_KEYS; i++)
        key_freep(&(*keys)[i]);
}

static bool root_write(struct making *making, struct key *const *keys, const struct key_public *root,
                       const struct key_public *targets, const struct key_public *online, const char *path)
{
    struct tuf_root body = {
        .version = 1,
        .expires_ms = (making->plan->now_ms + making->plan->root_days * DAY_MS) / 1000 * 1000,
        .roles = {[TUF_ROOT] = {.keys = root, .count = ROOT_KEYS, .threshold = ROOT_THRESHOLD},
                  [TUF_TIMESTAMP] = {.keys = online, .count = 1, .threshold = 1},
                  [TUF_SNAPSHOT] = {.keys = online, .count = 1, .threshold = 1},
                  [TUF_TARGETS] = {.keys = targets, .count = 1, .threshold = 1}}};
    struct tuf_signature signatures[ROOT_KEYS];
    struct span bytes, envelope;

    if (!tuf_root_write(making->arena, &body, &bytes, making->err))
        return false;
    for (size_t i = 0; i < ROOT_KEYS; i++) {
        memcpy(signatures[i].keyid, root[i].id, sizeof(signatures[i].keyid));
        key_sign(keys[i], bytes, signatures[i].sig);
    }
    return tuf_envelope_write(making->arena, bytes, signatures, ROOT_KEYS, &envelope, making->err) &&
           file_write_whole(path, envelope, 0644, making->err);
}

#define TRUST TRUST_DIR "/"

static bool make_trust(struct making *making)
{
    AUTO(root_keys_free) struct key *keys[ROOT_KEYS] = {NULL};
    AUTO(key_freep) struct key *targets = NULL, *online = NULL;
    struct key_public root[ROOT_KEYS];
    const char *path = in_dir(making, TRUST "1.root.json");

    if (file_exists(path))
        return true;
    for (size_t i = 0; i < ROOT_KEYS; i++) {
        const char *name = arena_printf(making->arena, "root-%zu", i + 1);

        if (!key_ready(making, arena_printf(making->arena, TRUST "%s.key", name), name, &keys[i]))
            return false;
        root[i] = *key_public(keys[i]);
    }
    return key_ready(making, TRUST "targets.key", "targets", &targets) &&
           key_ready(making, TRUST "online.key", "online", &online) &&
           root_write(making, keys, root, key_public(targets), key_public(online), path);
}

/* ---- TLS ---------------------------------------------------------------------------- */

static bool keep_pair(struct making *making, const char *cert, const char *key, const struct cert *pair)
{
    /* The key first: a certificate that is there has its key. */
    return file_write_whole(in_dir(making, key), pair->key_pem, 0600, making->err) &&
           file_write_whole(in_dir(making, cert), pair->pem, 0644, making->err);
}

static bool copy_pair(struct making *making)
{
    struct cert pair;

    return file_read(making->arena, making->plan->cert_file, PEM_MAX, &pair.pem, making->err) &&
           file_read(making->arena, making->plan->key_file, PEM_MAX, &pair.key_pem, making->err) &&
           keep_pair(making, "tls/server.pem", "tls/server.key", &pair);
}

static bool ca_ready(struct making *making, struct cert *out)
{
    struct err *err = making->err;

    if (!file_exists(in_dir(making, "tls/ca.pem")))
        return cert_make_ca(making->arena, "Nightshift CA", making->plan->now_ms, CERT_DAYS_CA, out, err) &&
               keep_pair(making, "tls/ca.pem", "tls/ca.key", out);
    return file_read(making->arena, in_dir(making, "tls/ca.pem"), PEM_MAX, &out->pem, err) &&
           file_read(making->arena, in_dir(making, "tls/ca.key"), PEM_MAX, &out->key_pem, err);
}

static bool make_tls(struct making *making)
{
    const struct folder_plan *plan = making->plan;
    struct cert ca, server;

    if (file_exists(in_dir(making, "tls/server.pem")))
        return true;
    if (plan->cert_file)
        return copy_pair(making);
    return ca_ready(making, &ca) &&
           cert_make_server(making->arena, &ca, plan->hosts, plan->host_count, plan->now_ms,
                            plan->server_days, &server, making->err) &&
           keep_pair(making, "tls/server.pem", "tls/server.key", &server);
}

/* ---- settings and bootstrap ------------------------------------------------------------- */

static bool make_settings(struct making *making)
{
    const char *path = in_dir(making, "nightshift.conf");

    return file_exists(path) || file_write_whole(path, span_of(making->plan->settings), 0644, making->err);
}

static void add_operator(struct json_out *json, const char *name, const char *role, const char *token)
{
    char digest[65];

    ident_digest(token, digest);
    json_open(json, NULL);
    json_text(json, "name", name);
    json_text(json, "role", role);
    json_text(json, "token_hash", digest);
    json_close(json);
}

static void add_engineer(struct making *making, struct json_out *json, const struct key *key)
{
    json_open(json, NULL);
    json_text(json, "name", key_name(key));
    json_text(json, "public",
              text_hex(making->arena, key_public(key)->bytes, sizeof(key_public(key)->bytes)));
    json_close(json);
}

static void add_family(struct making *making, struct json_out *json, const struct key *engineer)
{
    const struct folder_plan *plan = making->plan;

    json_open(json, NULL);
    json_text(json, "name", plan->family);
    json_int(json, "threshold", 1);
    json_open_list(json, "models");
    for (size_t i = 0; i < plan->model_count; i++)
        json_text(json, NULL, plan->models[i]);
    json_close(json);
    json_open_list(json, "keys");
    if (engineer)
        add_engineer(making, json, engineer);
    json_close(json);
    json_close(json);
}

static struct span bootstrap_text(struct making *making, const struct key *engineer)
{
    struct buf *text = ARENA_NEW(making->arena, struct buf);
    struct json_out json = {.buf = text};
    char digest[65];

    text->arena = making->arena;
    json_open(&json, NULL);
    json_text(&json, "tenant", FOLDER_TENANT);
    json_open_list(&json, "operators");
    add_operator(&json, "admin", "admin", making->plan->admin_token);
    json_close(&json);
    if (making->plan->gateway_token) {
        ident_digest(making->plan->gateway_token, digest);
        json_text(&json, "gateway_token_hash", digest);
        json_bool(&json, "gateway_on", true);
    }
    json_open_list(&json, "families");
    if (making->plan->family)
        add_family(making, &json, engineer);
    json_close(&json);
    json_close(&json);
    buf_char(text, '\n');
    return buf_span(text);
}

static bool make_bootstrap(struct making *making)
{
    AUTO(key_freep) struct key *engineer = NULL;
    const char *path = in_dir(making, "bootstrap.json");

    if (file_exists(path))
        return true;
    if (making->plan->has_engineer && !key_ready(making, "keys/engineer-1.key", "engineer-1", &engineer))
        return false;
    return file_write_whole(path, bootstrap_text(making, engineer), 0600, making->err);
}

/* ---- all of it ---------------------------------------------------------------------------- */

static bool make_dirs(struct making *making)
{
    static const char *const dirs[] = {"tls", "trust", TRUST_DIR, "keys"};

    for (size_t i = 0; i < COUNT(dirs); i++) {
        if (text_equal(dirs[i], "keys") && !making->plan->has_engineer)
            continue;
        if (!file_make_dirs(in_dir(making, dirs[i]), 0700, making->err))
            return false;
    }
    return true;
}

bool folder_make(struct arena *arena, const struct folder_plan *plan, struct err *err)
{
    static bool (*const steps[])(struct making *) = {make_dirs, make_trust, make_tls, make_settings,
                                                     make_bootstrap};
    struct making making = {arena, plan, err};

    for (size_t i = 0; i < COUNT(steps); i++)
        if (!steps[i](&making))
            return err_within(err, "making %s", plan->dir);
    return true;
}

bool folder_token(struct arena *arena, const char *dir, const char *name, const char **out, struct err *err)
{
    const char *path = arena_printf(arena, "%s/%s", dir, name);
    const char *token;
    struct span text;

    if (file_exists(path)) {
        if (!file_read(arena, path, 4096, &text, err))
            return false;
        text = text_trim(text);
        *out = arena_text(arena, text);
        return text.size > 0 || FAIL(err, ERR_INVALID, "%s is empty", path);
    }
    token = ident_new(arena, TOKEN_BYTES);
    if (!file_write_whole(path, span_of(arena_printf(arena, "%s\n", token)), 0600, err))
        return false;
    *out = token;
    return true;
}

bool folder_open(struct arena *arena, const char *dir, const char **out, struct err *err)
{
    char *whole;

    if (!file_make_dirs(dir, 0700, err))
        return false;
    whole = realpath(dir, NULL);
    if (!whole)
        return FAIL_ERRNO(err, dir);
    *out = arena_dup(arena, whole);
    free(whole);
    return true;
}

bool folder_is_empty(const char *dir)
{
    DIR *stream = opendir(dir);
    const struct dirent *entry;
    bool is_empty = true;

    if (!stream)
        return errno == ENOENT;
    while ((entry = readdir(stream)))
        is_empty = is_empty && (text_equal(entry->d_name, ".") || text_equal(entry->d_name, ".."));
    closedir(stream);
    return is_empty;
}
