#include "domain/director_parts.h"

#include "base/file.h"
#include "domain/audit.h"
#include "domain/custody.h"
#include "domain/tenant.h"
#include "domain/trust_apart.h"
#include "domain/trust_root.h"
#include "store/tuf_files.h"

#define DAY_MS (24 * 3600 * 1000LL)
#define ROOT_BYTES_MAX (512 * 1024)

/* ---- made by the service ------------------------------------------------------------------------ */

static bool root_body(const struct repository *of, const struct director_root *last, struct signer *signer,
                      const struct key_public *root, struct tuf_root *out, struct err *err)
{
    const struct trust_wish nothing_else = {.life_days = DIRECTOR_ROOT_DAYS};
    struct key_public *online = ARENA_NEW(of->arena, struct key_public);
    struct tuf_root before;
    struct tuf_file file;

    if (last->version)
        return director_root_read(of, last->bytes, &file, &before, err) &&
               trust_root_next(of->arena, &before, &nothing_else, NULL, of->now_ms, out, err);
    if (!signer_make(signer, SIGNER_ONLINE, "director-online", online, err))
        return false;
    *out = (struct tuf_root){.version = 1, .expires_ms = of->now_ms + DIRECTOR_ROOT_DAYS * DAY_MS};
    out->roles[TUF_ROOT] = (struct tuf_keys){.keys = root, .count = 1, .threshold = 1};
    out->roles[TUF_TIMESTAMP] = out->roles[TUF_SNAPSHOT] = out->roles[TUF_TARGETS] =
        (struct tuf_keys){.keys = online, .count = 1, .threshold = 1};
    return true;
}

/* One root key while the service holds it; the officers' two of three come with the root that takes it away.
 * The file first: a root that is served is in the trust folder, too. */
static bool root_sign(const struct repository *of, const struct director_root *last, struct err *err)
{
    struct tuf_signature signature;
    struct span bytes, envelope;
    struct signer *signer;
    struct key_public root;
    struct tuf_root body;
    const char *path;

    return custody_director(of->world->custody, of->tenant, &signer, err) &&
           signer_make(signer, SIGNER_ROOT, "director-root", &root, err) &&
           root_body(of, last, signer, &root, &body, err) && tuf_root_write(of->arena, &body, &bytes, err) &&
           signer_sign(signer, SIGNER_ROOT, bytes, &signature, err) &&
           tuf_envelope_write(of->arena, bytes, &signature, 1, &envelope, err) &&
           director_root_path(of, body.version, &path, err) && file_write_whole(path, envelope, 0644, err);
}

/* ---- taking one over ------------------------------------------------------------------------- */

bool director_root_read(const struct repository *of, struct span bytes, struct tuf_file *file,
                        struct tuf_root *root, struct err *err)
{
    return tuf_file_read(of->arena, bytes, "root", file, err) && tuf_root_read(of->arena, file, root, err) &&
           tuf_file_verify(file, &root->roles[TUF_ROOT], err);
}

bool director_root_check(const struct repository *of, const struct director_root *last, struct span bytes,
                         struct tuf_root *out, struct err *err)
{
    struct tuf_file file, last_file;
    struct tuf_root last_root;

    if (!director_root_read(of, bytes, &file, out, err))
        return false;
    if (out->version != last->version + 1)
        return FAIL(err, ERR_CONFLICT, "version %lld follows version %lld", (long long)out->version,
                    (long long)last->version);
    return !last->version || (director_root_read(of, last->bytes, &last_file, &last_root, err) &&
                              tuf_file_verify(&file, &last_root.roles[TUF_ROOT], err));
}

bool director_root_put(const struct repository *of, const struct director_root *last, struct span bytes,
                       struct err *err)
{
    struct director_root next = {.version = last->version + 1, .signed_ms = of->now_ms, .bytes = bytes};
    struct tuf_root root;

    if (!director_root_check(of, last, bytes, &root, err) || !trust_apart(of, true, &root, err))
        return false;
    next.expires_ms = root.expires_ms;
    custody_forget(of->world->custody, of->tenant); /* the keys of the new root; nobody signs outside a tx */
    return store_director_root_put(of->world->store, of->tenant_id, &next, err);
}

/* Inside a tx. */
static bool root_take(const struct repository *of, const struct director_root *last, struct err *err)
{
    struct span bytes;
    const char *path;

    if (!director_root_path(of, last->version + 1, &path, err) ||
        !file_read(of->arena, path, ROOT_BYTES_MAX, &bytes, err) || !director_root_put(of, last, bytes, err))
        return err_within(err, "taking over root %lld of the director", (long long)last->version + 1);
    return true;
}

bool director_last_root(const struct repository *of, struct director_root *out, struct err *err)
{
    *out = (struct director_root){0};
    return store_director_root_get(of->world->store, of->arena, of->tenant_id, 0, out, err) ||
           err->code == ERR_NOT_FOUND;
}

bool director_found(const struct repository *repository, struct err *err)
{
    struct director_root last;
    const char *path, *dir;

    if (!director_last_root(repository, &last, err))
        return false;
    if (last.version)
        return true;
    if (!director_path(repository, "", &dir, err) || !file_make_dirs(dir, 0700, err) ||
        !director_root_path(repository, 1, &path, err) ||
        (!file_exists(path) && !root_sign(repository, &last, err)))
        return err_within(err, "founding the director of %s", repository->tenant);
    return root_take(repository, &last, err);
}

/* ---- the tick ---------------------------------------------------------------------------------- */

/* Where people hold the root it is theirs to renew. */
static bool may_renew(const struct repository *of, const struct director_root *last)
{
    struct tuf_file file;
    struct tuf_root root;
    struct err none;

    return of->now_ms - last->signed_ms >= (last->expires_ms - last->signed_ms) / 2 &&
           director_root_read(of, last->bytes, &file, &root, &none) && director_holds(of, &root);
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
    bool is_there;

    if (!director_last_root(of, &last, err))
        return false;
    if (!last.version)
        return has_images(of, &is_there, err) && (!is_there || root_next(of, &last, err));
    if (!director_settle(of, err) || !director_root_path(of, last.version + 1, &next, err))
        return false;
    if (!file_exists(next) && may_renew(of, &last) && !root_sign(of, &last, err))
        return false;
    return !file_exists(next) || (root_next(of, &last, err) && director_settle(of, err));
}

struct ticking {
    struct world *world;
    int64_t now_ms;
};

static bool tick_visit(void *ctx, struct arena *arena, const struct tenant *tenant, struct err *err)
{
    const struct ticking *t = ctx;
    const struct repository of = {t->world, arena, tenant->id, tenant->name, t->now_ms};

    return tick_tenant(&of, err) || err_within(err, "the director of %s", tenant->name);
}

bool director_tick(struct world *world, int64_t now_ms, struct err *err)
{
    return tenant_each(world, tick_visit, &(struct ticking){world, now_ms}, err);
}
