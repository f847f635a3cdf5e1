#include "domain/director.h"

#include "base/file.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/custody.h"
#include "store/directors.h"
#include "store/tenants.h"
#include "store/tuf_files.h"

#define TENANTS_AT_ONCE 100
#define DAY_MS (24 * 3600 * 1000LL)
#define ROOT_BYTES_MAX (512 * 1024)
#define ROOT_KEY "root.key"
#define ONLINE_KEY "online.key"

/* ---- keys, in service custody --------------------------------------------------------------- */

static bool path_of(const struct repository *of, const char *name, const char **out, struct err *err)
{
    return custody_director_path(of->world->custody, of->arena, of->tenant, name, out, err);
}

static bool root_file(const struct repository *of, int64_t version, const char **out, struct err *err)
{
    return path_of(of, arena_printf(of->arena, "%lld.root.json", (long long)version), out, err);
}

/* The key that rests there, or a new one. */
static bool key_ready(const struct repository *of, const char *file, const char *name, struct key **out,
                      struct err *err)
{
    AUTO(key_freep) struct key *key = NULL;
    const char *path;

    if (!path_of(of, file, &path, err))
        return false;
    if (file_exists(path))
        return key_load(path, NULL, out, err);
    if (!key_make(name, &key, err) || !key_save(key, path, NULL, err))
        return err_within(err, "making %s", path);
    *out = key;
    key = NULL;
    return true;
}

/* One root key while the service holds it; the officers' two of three come with the root that takes it away.
 */
static bool root_make(const struct repository *of, int64_t version, const struct key *root,
                      const struct key *online, struct span *out, struct err *err)
{
    struct tuf_keys online_keys = {.keys = key_public(online), .count = 1, .threshold = 1};
    struct tuf_root body = {.version = version, .expires_ms = of->now_ms + DIRECTOR_ROOT_DAYS * DAY_MS};
    struct tuf_signature signature = {0};
    struct span bytes;

    body.roles[TUF_ROOT] = (struct tuf_keys){.keys = key_public(root), .count = 1, .threshold = 1};
    body.roles[TUF_TIMESTAMP] = body.roles[TUF_SNAPSHOT] = body.roles[TUF_TARGETS] = online_keys;
    if (!tuf_root_write(of->arena, &body, &bytes, err))
        return false;
    memcpy(signature.keyid, key_public(root)->id, sizeof(signature.keyid));
    key_sign(root, bytes, signature.sig);
    return tuf_envelope_write(of->arena, bytes, &signature, 1, out, err);
}

/* The file first: a root that is served is in the trust folder, too. */
static bool root_sign(const struct repository *of, int64_t version, struct err *err)
{
    AUTO(key_freep) struct key *root = NULL, *online = NULL;
    const char *path;
    struct span bytes;

    return key_ready(of, ROOT_KEY, "director-root", &root, err) &&
           key_ready(of, ONLINE_KEY, "director-online", &online, err) && root_file(of, version, &path, err) &&
           root_make(of, version, root, online, &bytes, err) && file_write_whole(path, bytes, 0644, err);
}

/* ---- taking one over ------------------------------------------------------------------------- */

static bool root_read(const struct repository *of, struct span bytes, struct tuf_file *file,
                      struct tuf_root *root, struct err *err)
{
    return tuf_file_read(of->arena, bytes, "root", file, err) && tuf_root_read(of->arena, file, root, err) &&
           tuf_file_verify(file, &root->roles[TUF_ROOT], err);
}

/* What a client asks of it: the next version, signed by its own keys and by those before. */
static bool root_check(const struct repository *of, const struct director_root *last, struct span bytes,
                       struct tuf_root *out, struct err *err)
{
    struct tuf_file file, last_file;
    struct tuf_root last_root;

    if (!root_read(of, bytes, &file, out, err))
        return false;
    if (out->version != last->version + 1)
        return FAIL(err, ERR_CONFLICT, "version %lld follows version %lld", (long long)out->version,
                    (long long)last->version);
    return !last->version || (root_read(of, last->bytes, &last_file, &last_root, err) &&
                              tuf_file_verify(&file, &last_root.roles[TUF_ROOT], err));
}

/* Inside a tx. */
static bool root_take(const struct repository *of, const struct director_root *last, struct err *err)
{
    struct director_root next = {.version = last->version + 1, .signed_ms = of->now_ms};
    struct tuf_root root;
    const char *path;

    if (!root_file(of, next.version, &path, err) ||
        !file_read(of->arena, path, ROOT_BYTES_MAX, &next.bytes, err) ||
        !root_check(of, last, next.bytes, &root, err))
        return err_within(err, "taking over root %lld of the director", (long long)next.version);
    next.expires_ms = root.expires_ms;
    custody_forget(of->world->custody, of->tenant); /* the keys of the new root; nobody signs outside a tx */
    return store_director_root_put(of->world->store, of->tenant_id, &next, err);
}

static bool last_root(const struct repository *of, struct director_root *out, struct err *err)
{
    *out = (struct director_root){0};
    return store_director_root_get(of->world->store, of->arena, of->tenant_id, 0, out, err) ||
           err->code == ERR_NOT_FOUND;
}

bool director_found(const struct repository *repository, struct err *err)
{
    struct director_root last;
    const char *path, *dir;

    if (!last_root(repository, &last, err))
        return false;
    if (last.version)
        return true;
    if (!path_of(repository, "", &dir, err) || !file_make_dirs(dir, 0700, err) ||
        !root_file(repository, 1, &path, err) || (!file_exists(path) && !root_sign(repository, 1, err)))
        return err_within(err, "founding the director of %s", repository->tenant);
    return root_take(repository, &last, err);
}

/* ---- the tick ---------------------------------------------------------------------------------- */

static bool holds_root(const struct repository *of)
{
    const char *path;
    struct err ignored;

    return path_of(of, ROOT_KEY, &path, &ignored) && file_exists(path);
}

static bool root_next(const struct repository *of, const struct director_root *last, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};

    return tx_begin(&tx, of->world->store, err) &&
           (last->version ? root_take(of, last, err) : director_found(of, err)) &&
           audit_service(of->world, of->tenant_id, "director.root",
                         arena_printf(of->arena, "%lld", (long long)last->version + 1), NULL, of->now_ms,
                         err) &&
           tx_commit(&tx, err);
}

/* A tenant without an image repository has no director either. */
static bool has_images(const struct repository *of, bool *out, struct err *err)
{
    struct tuf_role_row *rows;
    size_t count;

    if (!store_tuf_role_list(of->world->store, of->arena, of->tenant_id, &rows, &count, err))
        return false;
    *out = count > 0;
    return true;
}

static bool tick_tenant(const struct repository *of, struct err *err)
{
    struct director_root last;
    const char *next;
    bool is_due, is_there;

    if (!last_root(of, &last, err))
        return false;
    if (!last.version)
        return has_images(of, &is_there, err) && (!is_there || root_next(of, &last, err));
    if (!root_file(of, last.version + 1, &next, err))
        return false;
    is_due = of->now_ms - last.signed_ms >= (last.expires_ms - last.signed_ms) / 2;
    if (!file_exists(next) && is_due && holds_root(of) && !root_sign(of, last.version + 1, err))
        return false;
    return !file_exists(next) || root_next(of, &last, err);
}

bool director_tick(struct world *world, int64_t now_ms, struct err *err)
{
    AUTO(arena_freep) struct arena *arena = arena_new();
    struct tenant *tenants;
    int64_t after = 0;
    bool is_ok = true;
    struct err one;
    size_t count;

    do {
        if (!store_tenant_list(world->store, arena, after, TENANTS_AT_ONCE, &tenants, &count, err))
            return false;
        for (size_t i = 0; i < count; i++) {
            struct repository of = {world, arena, tenants[i].id, tenants[i].name, now_ms};

            after = tenants[i].id;
            if (tick_tenant(&of, &one))
                continue;
            err_within(&one, "the director of %s", tenants[i].name);
            if (is_ok)
                *err = one;
            is_ok = false;
        }
    } while (count == TENANTS_AT_ONCE);
    return is_ok;
}
