#include "domain/director_parts.h"

#include "base/hash.h"
#include "base/text.h"
#include "domain/custody.h"

#define HOUR_MS (3600 * 1000LL)
#define CONTENT_VERSION                                                                                      \
    1 /* of the targets whose digest says what they tell: neither version nor time counts */

struct desk { /* where one device's files are signed */
    struct world *world;
    struct arena *arena;
    const char *tenant;
    const struct device *device;
    int64_t now_ms;
    struct signer *signer;
    int64_t floor; /* the signer's: nothing up to it is signed again */
    enum signer_key by;
    struct key_public key;
    struct tuf_targets targets;
    const char *content;
    struct director last; /* as it rests; then as it will */
};

/* ---- is what was signed still true? ---------------------------------------------------- */

static bool content_digest(struct desk *desk, struct err *err)
{
    struct tuf_targets plain = desk->targets;
    char *digest = arena_take(desk->arena, HASH_HEX_MAX);
    struct span bytes;

    plain.version = CONTENT_VERSION;
    if (!tuf_targets_write(desk->arena, &plain, &bytes, err))
        return false;
    hash_hex_of(HASH_SHA256, bytes, digest);
    desk->content = digest;
    return true;
}

static bool desk_open(struct desk *desk, const struct repository *of, const struct device *device,
                      struct err *err)
{
    struct store *store = of->world->store;

    *desk = (struct desk){
        .world = of->world, .arena = of->arena, .tenant = of->tenant, .device = device, .now_ms = of->now_ms};
    return custody_director(of->world->custody, of->tenant, &desk->signer, err) &&
           director_key_now(of, desk->signer, &desk->by, err) &&
           signer_public(desk->signer, desk->by, &desk->key, err) &&
           director_targets(of->world, of->arena, device, &desk->targets, err) && content_digest(desk, err) &&
           store_director_get(store, of->arena, device->id, &desk->last, err);
}

static bool is_half_over(int64_t signed_ms, int64_t expires_ms, int64_t now_ms)
{
    return now_ms - signed_ms >= (expires_ms - signed_ms) / 2;
}

static bool is_said(const struct desk *desk)
{
    const struct director *last = &desk->last;

    return last->version && text_equal(last->content, desk->content) &&
           text_equal(last->keyid, desk->key.id) &&
           !is_half_over(last->signed_ms, last->expires_ms, desk->now_ms);
}

static bool is_stamped(const struct desk *desk)
{
    return !is_half_over(desk->last.stamped_ms, desk->last.stamp_expires_ms, desk->now_ms);
}

/* ---- signing, inside a tx ----------------------------------------------------------------- */

static int64_t next_version(const struct desk *desk, int64_t before)
{
    int64_t now_s = desk->now_ms / 1000, above = before > desk->floor ? before : desk->floor;

    return above + 1 > now_s ? above + 1 : now_s;
}

/* What the signer wants to see of the image repository before it directs a device to it. */
static bool image_show(void *ctx, struct arena *arena, const char *name, int64_t max, struct span *out,
                       struct err *err)
{
    const struct desk *desk = ctx;
    int64_t created_ms;

    return repository_file(desk->world, arena, desk->tenant, name, out, &created_ms, err) &&
           ((int64_t)out->size <= max || FAIL(err, ERR_TOO_LARGE, "%s is too large", name));
}

/* Under a next key both sign: a machine that fetched the root before has not met the one that names it. */
static bool put_signed(struct desk *desk, enum tuf_role role, int64_t version, struct span body,
                       struct span *out, struct err *err)
{
    const struct signer_source images = {.ctx = desk, .fetch = image_show};
    bool is_by_both = desk->by != SIGNER_ONLINE;
    struct tuf_signature signatures[2];

    return signer_direct(desk->signer, desk->by, body, &images, &signatures[0], err) &&
           (!is_by_both || signer_direct(desk->signer, SIGNER_ONLINE, body, &images, &signatures[1], err)) &&
           tuf_envelope_write(desk->arena, body, signatures, is_by_both ? 2 : 1, out, err) &&
           store_director_file_put(desk->world->store, desk->device->id, tuf_role_name[role], version, *out,
                                   desk->now_ms, err);
}

static struct tuf_meta meta_of(struct desk *desk, const char *name, int64_t version, struct span bytes)
{
    char *sha256 = arena_take(desk->arena, HASH_HEX_MAX);

    hash_hex_of(HASH_SHA256, bytes, sha256);
    return (struct tuf_meta){
        .name = name, .version = version, .length = (int64_t)bytes.size, .sha256 = sha256};
}

/* The version before stays: somebody may be between its timestamp and its targets. */
static bool drop_older(struct desk *desk, int64_t below, struct err *err)
{
    struct store *store = desk->world->store;
    int64_t id = desk->device->id;

    return store_director_file_drop(store, id, tuf_role_name[TUF_TARGETS], below, err) &&
           store_director_file_drop(store, id, tuf_role_name[TUF_SNAPSHOT], below, err);
}

static bool sign_word(struct desk *desk, struct err *err)
{
    const char *device = desk->device->controller_id;
    int64_t before = desk->last.version, version = next_version(desk, before);
    int64_t expires_ms = desk->now_ms + desk->world->settings->snapshot_life_h * HOUR_MS;
    struct span body, bytes;
    struct tuf_meta meta;

    desk->targets.version = version;
    desk->targets.expires_ms = expires_ms;
    if (!tuf_targets_write(desk->arena, &desk->targets, &body, err) ||
        !put_signed(desk, TUF_TARGETS, version, body, &bytes, err))
        return false;
    meta = meta_of(desk, "targets.json", version, bytes);
    if (!tuf_snapshot_write(desk->arena, version, expires_ms, &meta, 1, device, &body, err) ||
        !put_signed(desk, TUF_SNAPSHOT, version, body, &bytes, err) || !drop_older(desk, before, err))
        return false;
    desk->last.content = desk->content;
    desk->last.keyid = desk->key.id;
    desk->last.version = version;
    desk->last.signed_ms = desk->now_ms;
    desk->last.expires_ms = expires_ms;
    return true;
}

static bool sign_stamp(struct desk *desk, struct err *err)
{
    struct director *last = &desk->last;
    struct tuf_meta meta;
    struct span body, bytes, snapshot;
    int64_t created_ms;

    last->stamp = next_version(desk, last->stamp);
    last->stamped_ms = desk->now_ms;
    last->stamp_expires_ms = desk->now_ms + desk->world->settings->timestamp_life_h * HOUR_MS;
    if (!store_director_file_get(desk->world->store, desk->arena, desk->device->id,
                                 tuf_role_name[TUF_SNAPSHOT], last->version, &snapshot, &created_ms, err))
        return false;
    meta = meta_of(desk, "snapshot.json", last->version, snapshot);
    return tuf_timestamp_write(desk->arena, last->stamp, last->stamp_expires_ms, &meta,
                               desk->device->controller_id, &body, err) &&
           put_signed(desk, TUF_TIMESTAMP, 0, body, &bytes, err);
}

bool director_sign(const struct repository *of, const struct device *device, struct err *err)
{
    struct desk desk;
    bool is_news;

    if (!desk_open(&desk, of, device, err))
        return false;
    is_news = !is_said(&desk);
    if (!is_news && is_stamped(&desk))
        return true; /* another was faster */
    if (!signer_floor(desk.signer, TUF_TARGETS, device->controller_id, &desk.floor, err))
        return false;
    return (!is_news || sign_word(&desk, err)) && sign_stamp(&desk, err) &&
           store_director_put(of->world->store, device->id, &desk.last, err);
}

/* Decides again with what is true inside the tx. */
static bool sign_again(const struct repository *of, const struct device *device, struct err *err)
{
    AUTO(tx_end) struct tx tx = {0};

    return tx_begin(&tx, of->world->store, err) && director_sign(of, device, err) && tx_commit(&tx, err);
}

/* ---- serving --------------------------------------------------------------------------------- */

static bool timestamp_get(const struct repository *of, const struct device *device, bool may_write,
                          struct director_file *out, struct err *err)
{
    struct director_file file = {.needs_writer = false};
    struct desk desk;
    bool is_current;

    if (!desk_open(&desk, of, device, err))
        return false;
    is_current = is_said(&desk) && is_stamped(&desk);
    file.needs_writer = !is_current && !may_write;
    if (!file.needs_writer && ((!is_current && !sign_again(of, device, err)) ||
                               !director_stored(of->world, of->arena, device, "timestamp.json", &file, err)))
        return err_within(err, "directing %s", device->controller_id);
    *out = file;
    return true;
}

static bool root_get(struct world *world, struct arena *arena, int64_t tenant_id, int64_t version,
                     struct director_file *out, struct err *err)
{
    struct director_root root;

    if (!store_director_root_get(world->store, arena, tenant_id, version, &root, err))
        return false;
    *out = (struct director_file){.bytes = root.bytes, .created_ms = root.signed_ms};
    return true;
}

/* "12.snapshot.json" */
static bool name_read(struct arena *arena, const char *name, int64_t *version, const char **role)
{
    const char *dot = strchr(name, '.');
    struct err ignored;

    if (!dot || !text_ends(dot, ".json") || strlen(dot) <= strlen(".json"))
        return false;
    *role = arena_text(arena, span_make(dot + 1, strlen(dot) - 1 - strlen(".json")));
    return text_int(arena_text(arena, span_make(name, (size_t)(dot - name))), "version", 1, INT64_MAX,
                    version, &ignored);
}

bool director_stored(struct world *world, struct arena *arena, const struct device *device, const char *name,
                     struct director_file *out, struct err *err)
{
    struct director_file file = {.needs_writer = false};
    const char *role = tuf_role_name[TUF_TIMESTAMP];
    int64_t version = 0;

    if (!text_equal(name, "timestamp.json") && !name_read(arena, name, &version, &role))
        return FAIL(err, ERR_NOT_FOUND, "no metadata file %s", name);
    if (text_equal(role, tuf_role_name[TUF_ROOT]))
        return root_get(world, arena, device->tenant_id, version, out, err);
    if (!store_director_file_get(world->store, arena, device->id, role, version, &file.bytes,
                                 &file.created_ms, err))
        return false;
    *out = file;
    return true;
}

bool director_file(struct world *world, struct arena *arena, const char *tenant, const struct device *device,
                   const char *name, bool may_write, int64_t now_ms, struct director_file *out,
                   struct err *err)
{
    const struct repository of = {world, arena, device->tenant_id, tenant, now_ms};

    if (device->state != DEVICE_ACTIVE)
        return FAIL(err, ERR_FORBIDDEN, "%s is %s: it is told nothing", device->controller_id,
                    device_state_name[device->state]);
    return text_equal(name, "timestamp.json") ? timestamp_get(&of, device, may_write, out, err)
                                              : director_stored(world, arena, device, name, out, err);
}

bool director_newest_root(struct world *world, struct arena *arena, int64_t tenant_id, struct span *out,
                          struct err *err)
{
    struct director_file file;

    if (!root_get(world, arena, tenant_id, 0, &file, err))
        return false;
    *out = file.bytes;
    return true;
}
