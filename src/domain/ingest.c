#include "domain/release.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/family.h"
#include "domain/repository.h"
#include "domain/upload.h"
#include "signing/package.h"
#include "store/uploads.h"

#define FOREIGN_COMPONENT "system"

struct ingest {
    struct world *world;
    const struct who *who;
    struct arena *arena;
    const struct release_wish *wish;
    int64_t now_ms;
    struct upload upload;
    int fd;
    bool is_foreign;
    char package_sha256[HASH_HEX_MAX];
    struct manifest manifest;
    struct family family;
    struct release release;
    struct blob_writer *writer;
    struct blob_hashes *hashes; /* of each component, in the manifest's order */
};

/* ---- reading the file -------------------------------------------------------------- */

/* All of the upload, once, in pieces. */
static bool each_piece(struct ingest *in, upload_taker *take, void *to, struct err *err)
{
    return upload_pieces(in->arena, in->fd, in->upload.received, take, to, err);
}

static bool hash_piece(void *ctx, struct span bytes, struct err *err)
{
    (void)err;
    hash_add(ctx, bytes);
    return true;
}

static bool package_hash(struct ingest *in, struct err *err)
{
    AUTO(hash_freep) struct hash *hash = hash_new(HASH_SHA256);

    if (!each_piece(in, hash_piece, hash, err))
        return false;
    hash_hex(hash, in->package_sha256);
    return true;
}

/* ---- foreign files: one component, described by who hands it in ------------------------ */

static const char *foreign_filename(struct ingest *in)
{
    const char *name = in->wish->filename;
    struct err err;

    if (!name)
        name = upload_metadata_value(in->arena, in->upload.metadata, "filename");
    if (name && (in->wish->filename || manifest_file_check(name, &err)))
        return name;
    return arena_printf(in->arena, "%s.bin", in->wish->component ? in->wish->component : FOREIGN_COMPONENT);
}

static bool foreign_models(struct ingest *in, struct manifest *manifest, struct err *err)
{
    size_t count = in->wish->models ? json_count(in->wish->models) : 0;
    const char **models = ARENA_MANY(in->arena, const char *, count + 1);

    for (size_t i = 0; i < count; i++) {
        models[i] = json_string(json_item(in->wish->models, i));
        if (!models[i])
            return FAIL(err, ERR_INVALID, "models: a list of texts");
    }
    manifest->models = models;
    manifest->model_count = count;
    return true;
}

static bool foreign_manifest(struct ingest *in, struct err *err)
{
    const struct release_wish *wish = in->wish;
    struct manifest_component *component = ARENA_NEW(in->arena, struct manifest_component);
    struct manifest manifest = {.family = wish->family,
                                .version = wish->version,
                                .min_version = "",
                                .counter = wish->counter,
                                .is_security = wish->is_security,
                                .minutes = wish->minutes,
                                .is_reversible = true,
                                .notes = "",
                                .components = component,
                                .component_count = 1};
    struct span bytes;

    if (!wish->family || !wish->version)
        return FAIL(err, ERR_INVALID, "this file is not a nightshift package: say its family and version");
    *component = (struct manifest_component){.name = wish->component ? wish->component : FOREIGN_COMPONENT,
                                             .version = wish->version,
                                             .file = foreign_filename(in),
                                             .size = in->upload.received,
                                             .sha256 = in->package_sha256};
    if (!foreign_models(in, &manifest, err) || !manifest_write(in->arena, &manifest, &bytes, err))
        return false;
    in->manifest = manifest;
    return true;
}

/* ---- what must hold before anything is kept ---------------------------------------------- */

static const char *models_text(struct ingest *in)
{
    struct buf buf = {.arena = in->arena};
    struct json_out j = {.buf = &buf};

    if (in->manifest.model_count == 0)
        return in->family.models;
    json_open_list(&j, NULL);
    for (size_t i = 0; i < in->manifest.model_count; i++)
        json_text(&j, NULL, in->manifest.models[i]);
    json_close(&j);
    return buf_cstr(&buf);
}

static bool release_fill(struct ingest *in, struct err *err)
{
    const struct manifest *manifest = &in->manifest;
    struct span bytes;

    if (!manifest_write(in->arena, manifest, &bytes, err))
        return false;
    in->release = (struct release){.tenant_id = in->who->tenant_id,
                                   .family = manifest->family,
                                   .version = manifest->version,
                                   .counter = manifest->counter,
                                   .state = RELEASE_STAGED,
                                   .is_foreign = in->is_foreign,
                                   .is_security = manifest->is_security,
                                   .min_version = manifest->min_version ? manifest->min_version : "",
                                   .minutes = manifest->minutes,
                                   .reboots = manifest->reboots,
                                   .is_reversible = manifest->is_reversible,
                                   .models = models_text(in),
                                   .manifest = arena_text(in->arena, bytes),
                                   .package_sha256 = in->package_sha256,
                                   .package_size = in->upload.received,
                                   .sbom_sha256 = "",
                                   .created_by = in->who->name,
                                   .created_ms = in->now_ms};
    return true;
}

static bool describe(struct ingest *in, struct err *err)
{
    bool is_ours;

    if (!package_hash(in, err))
        return false;
    if (!package_is_ours_apart(in->world->parser, in->fd, &is_ours, err))
        return false;
    in->is_foreign = !is_ours;
    if (!(in->is_foreign ? foreign_manifest(in, err)
                         : package_peek_apart(in->world->parser, in->arena, in->fd, &package_limits_default,
                                              &in->manifest, err)))
        return false;
    in->hashes = ARENA_MANY(in->arena, struct blob_hashes, in->manifest.component_count + 1);
    return store_family_get(in->world->store, in->arena, in->who->tenant_id, in->manifest.family, &in->family,
                            err) &&
           release_fill(in, err) && family_covers(in->arena, &in->family, in->release.models, err);
}

/* *known is the release of this very package. Other bytes under the same version are refused. */
static bool known_before(struct ingest *in, struct release *known, bool *is_known, struct err *err)
{
    *is_known = store_release_by_version(in->world->store, in->arena, in->who->tenant_id, in->release.family,
                                         in->release.version, known, err);
    if (!*is_known)
        return err->code == ERR_NOT_FOUND;
    return text_equal(known->package_sha256, in->package_sha256) ||
           FAIL(err, ERR_CONFLICT, "%s %s is release %lld already, with other bytes; releases are immutable",
                known->family, known->version, (long long)known->id);
}

/* ---- unpacking into blobs ------------------------------------------------------------------ */

static bool part_begin(void *ctx, const struct manifest_component *component, struct err *err)
{
    struct ingest *in = ctx;

    (void)component;
    return blob_begin_summed(in->world->blobs, &in->writer, err);
}

static bool part_bytes(void *ctx, struct span bytes, struct err *err)
{
    struct ingest *in = ctx;

    return blob_add(in->writer, bytes, err);
}

static bool part_end(void *ctx, const struct manifest_component *component, struct err *err)
{
    struct ingest *in = ctx;

    for (size_t i = 0; i < in->manifest.component_count; i++)
        if (text_equal(in->manifest.components[i].name, component->name))
            return blob_finish(&in->writer, &in->hashes[i], err);
    return FAIL(err, ERR_INVALID, "component %s is not in the manifest", component->name);
}

static bool sbom_keep(void *ctx, struct span bytes, struct err *err)
{
    struct ingest *in = ctx;
    struct blob_hashes hashes;

    if (!package_sbom_check(bytes, err) || !blob_put(in->world->blobs, bytes, &hashes, err))
        return false;
    in->release.sbom_sha256 = arena_dup(in->arena, hashes.sha256);
    return true;
}

static bool foreign_keep(struct ingest *in, struct err *err)
{
    return part_begin(in, in->manifest.components, err) && each_piece(in, part_bytes, in, err) &&
           part_end(in, in->manifest.components, err);
}

static bool unpack(struct ingest *in, struct err *err)
{
    struct package_events events = {
        .ctx = in, .begin = part_begin, .bytes = part_bytes, .end = part_end, .sbom = sbom_keep};
    struct manifest again;
    bool is_ok = in->is_foreign ? foreign_keep(in, err)
                                : package_read_apart(in->world->parser, in->arena, in->fd,
                                                     &package_limits_default, &events, &again, err);

    blob_dropp(&in->writer);
    return is_ok;
}

/* ---- into the store ------------------------------------------------------------------------- */

static bool modules_put(struct ingest *in, struct err *err)
{
    for (size_t i = 0; i < in->manifest.component_count; i++) {
        const struct manifest_component *component = &in->manifest.components[i];
        const struct blob_hashes *hashes = &in->hashes[i];
        struct module module = {.tenant_id = in->who->tenant_id,
                                .release_id = in->release.id,
                                .component = component->name,
                                .version = component->version,
                                .filename = component->file,
                                .size = hashes->size,
                                .sha256 = hashes->sha256,
                                .sha1 = hashes->sha1,
                                .md5 = hashes->md5,
                                .position = (int64_t)i};

        if (!store_counter_take(in->world->store, "module", &module.id, err) ||
            !store_module_put(in->world->store, &module, err))
            return false;
    }
    return true;
}

static bool release_put(struct ingest *in, struct err *err)
{
    if (store_release_put(in->world->store, &in->release, &in->release.id, err))
        return true;
    return err->code == ERR_CONFLICT ? FAIL(err, ERR_CONFLICT, "somebody has just made a release %s %s",
                                            in->release.family, in->release.version)
                                     : false;
}

/* Release, modules, what is to be signed, and the end of the upload: all or nothing. */
static bool keep(struct ingest *in, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    struct repository repository = {in->world, in->arena, in->who->tenant_id, in->who->tenant, in->now_ms};
    const char *object;

    if (!tx_begin(&tx, in->world->store, err) || !release_follows(in->world, in->arena, &in->release, err) ||
        !release_put(in, err) || !modules_put(in, err) || !repository_stage(&repository, &in->release, err))
        return false;
    object = arena_printf(in->arena, "%lld %s %s", (long long)in->release.id, in->release.family,
                          in->release.version);
    return store_upload_drop(in->world->store, in->upload.id, err) &&
           audit_note(in->world, in->who, "release.make", object, in->package_sha256, in->now_ms, err) &&
           tx_commit(&tx, err);
}

/* The package was handed in before: only the upload goes. */
static bool keep_known(struct ingest *in, const struct release *known, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};
    const char *object =
        arena_printf(in->arena, "%lld %s %s", (long long)known->id, known->family, known->version);

    return tx_begin(&tx, in->world->store, err) && store_upload_drop(in->world->store, in->upload.id, err) &&
           audit_note(in->world, in->who, "release.make", object, "the same package again", in->now_ms,
                      err) &&
           tx_commit(&tx, err);
}

static bool ingest(struct ingest *in, int64_t *id, bool *is_new, struct err *err)
{
    struct release known;
    bool is_known;

    if (!describe(in, err) || !known_before(in, &known, &is_known, err))
        return false;
    if (is_known && !keep_known(in, &known, err))
        return false;
    if (!is_known &&
        (!release_follows(in->world, in->arena, &in->release, err) || !unpack(in, err) || !keep(in, err)))
        return false;
    *id = is_known ? known.id : in->release.id;
    *is_new = !is_known;
    return true;
}

bool release_make(struct world *world, const struct who *who, struct arena *arena,
                  const struct release_wish *wish, int64_t now_ms, struct release_view *out, bool *is_new,
                  struct err *err)
{
    AUTO(fd_closep) int fd = -1;
    struct ingest *in = ARENA_NEW(arena, struct ingest);
    int64_t id;

    in->world = world;
    in->who = who;
    in->arena = arena;
    in->wish = wish;
    in->now_ms = now_ms;
    if (!upload_open(world, who, arena, wish->upload, now_ms, &in->upload, &fd, err))
        return false;
    in->fd = fd;
    if (!ingest(in, &id, is_new, err))
        return false;
    upload_unlink(world, arena, wish->upload);
    return release_get(world, who, arena, id, out, err);
}
