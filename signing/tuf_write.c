#include "signing/tuf.h"

#include "base/text.h"
#include "signing/canonical.h"
#include "signing/tuf_parts.h"
#include "signing/tuf_write_parts.h"

const char *const tuf_role_name[TUF_ROLE__MAX] = {
    [TUF_ROOT] = "root",
    [TUF_TIMESTAMP] = "timestamp",
    [TUF_SNAPSHOT] = "snapshot",
    [TUF_TARGETS] = "targets",
};

const int64_t tuf_write_bytes_max[TUF_ROLE__MAX] = {
    [TUF_ROOT] = 32 * 1024,
    [TUF_TIMESTAMP] = 4 * 1024,
    [TUF_SNAPSHOT] = 60 * 1024,
    [TUF_TARGETS] = 1024 * 1024,
};

#define VERSION_MAX ((INT64_C(1) << 53) - 1)
#define DEVICE_CHARS 128

bool tuf_is_top_level(const char *name)
{
    for (size_t i = 0; i < TUF_ROLE__MAX; i++)
        if (text_equal(name, tuf_role_name[i]))
            return true;
    return false;
}

static bool device_check(const char *device, struct err *err)
{
    size_t size = strlen(device);

    if (size < 1 || size > DEVICE_CHARS)
        return FAIL(err, ERR_INVALID, "a device id is 1 to %d characters", DEVICE_CHARS);
    for (size_t i = 0; i < size; i++)
        if (device[i] < 0x20 || device[i] > 0x7e)
            return FAIL(err, ERR_INVALID, "a device id in metadata is plain ASCII");
    return true;
}

bool tuf_body_open(struct tuf_body *body, struct arena *arena, enum tuf_role role, int64_t version,
                   int64_t expires_ms, const char *device, struct err *err)
{
    *body = (struct tuf_body){.buf = {.arena = arena}, .role = role};
    body->json = (struct json_out){.buf = &body->buf};
    if (version < 1 || version > VERSION_MAX)
        return FAIL(err, ERR_INVALID, "%s: a version is a whole number from 1", tuf_role_name[role]);
    if (device && !device_check(device, err))
        return false;
    json_open(&body->json, NULL);
    json_text(&body->json, "_type", tuf_role_name[role]);
    json_text(&body->json, "spec_version", TUF_SPEC);
    json_int(&body->json, "version", version);
    json_text(&body->json, "expires", text_time(arena, expires_ms));
    if (device)
        json_text(&body->json, "x-device", device);
    return true;
}

/* The canonical form leaves control characters raw, so with one inside it could not be served as JSON. */
static bool is_servable(struct span bytes, struct err *err)
{
    for (size_t i = 0; i < bytes.size; i++)
        if ((uint8_t)bytes.at[i] < 0x20)
            return FAIL(err, ERR_INVALID, "metadata cannot hold control characters (byte 0x%02x)",
                        (unsigned)(uint8_t)bytes.at[i]);
    return true;
}

bool tuf_body_close(struct tuf_body *body, struct span *out, struct err *err)
{
    struct span bytes;

    json_close(&body->json);
    if (!canonical_text(body->buf.arena, buf_span(&body->buf), &bytes, err) || !is_servable(bytes, err))
        return err_within(err, "writing %s", tuf_role_name[body->role]);
    if ((int64_t)bytes.size > tuf_write_bytes_max[body->role])
        return FAIL(err, ERR_TOO_LARGE, "writing %s: %zu bytes, clients in the field take %lld",
                    tuf_role_name[body->role], bytes.size, (long long)tuf_write_bytes_max[body->role]);
    *out = bytes;
    return true;
}

/* ---- keys -------------------------------------------------------------------- */

void tuf_write_key(struct json_out *json, struct arena *arena, const struct key_public *key)
{
    json_open(json, key->id);
    json_text(json, "keytype", "ed25519");
    json_text(json, "scheme", "ed25519");
    json_open(json, "keyval");
    json_text(json, "public", text_hex(arena, key->bytes, sizeof(key->bytes)));
    json_close(json);
    json_close(json);
}

void tuf_write_role(struct json_out *json, const struct tuf_keys *keys)
{
    json_open_list(json, "keyids");
    for (size_t i = 0; i < keys->count; i++)
        json_text(json, NULL, keys->keys[i].id);
    json_close(json);
    json_int(json, "threshold", keys->threshold);
}

/* A key whose id is not that of its plain object came from somebody else's metadata: written plainly it would
 * get another id. */
static bool key_check(struct arena *arena, const struct key_public *key, struct err *err)
{
    struct key_public plain;

    if (!key_public_parse(text_hex(arena, key->bytes, sizeof(key->bytes)), &plain, err))
        return false;
    if (!text_equal(plain.id, key->id))
        return FAIL(err, ERR_INVALID, "key %.8s is not a plain Ed25519 key object", key->id);
    return true;
}

bool tuf_write_keys_check(struct arena *arena, const struct tuf_keys *keys, const char *what, struct err *err)
{
    if (keys->count > TUF_KEYS_MAX)
        return FAIL(err, ERR_TOO_LARGE, "%s: at most %d keys", what, TUF_KEYS_MAX);
    if (keys->threshold < 1 || keys->threshold > (int64_t)keys->count)
        return FAIL(err, ERR_INVALID, "%s: a threshold is from 1 to the number of keys (%zu)", what,
                    keys->count);
    for (size_t i = 0; i < keys->count; i++) {
        if (!key_check(arena, &keys->keys[i], err))
            return err_within(err, "%s", what);
        for (size_t j = 0; j < i; j++)
            if (memcmp(keys->keys[i].bytes, keys->keys[j].bytes, sizeof(keys->keys[i].bytes)) == 0)
                return FAIL(err, ERR_INVALID, "%s: key %.8s is named twice", what, keys->keys[i].id);
    }
    return true;
}

/* ---- the small roles ---------------------------------------------------------- */

static bool is_written(const struct key_public *key, const struct tuf_root *root, size_t role, size_t at)
{
    for (size_t r = 0; r <= role; r++)
        for (size_t i = 0; i < (r == role ? at : root->roles[r].count); i++)
            if (text_equal(root->roles[r].keys[i].id, key->id))
                return true;
    return false;
}

static void write_root_keys(struct tuf_body *body, const struct tuf_root *root)
{
    json_open(&body->json, "keys");
    for (size_t r = 0; r < TUF_ROLE__MAX; r++)
        for (size_t i = 0; i < root->roles[r].count; i++)
            if (!is_written(&root->roles[r].keys[i], root, r, i))
                tuf_write_key(&body->json, body->buf.arena, &root->roles[r].keys[i]);
    json_close(&body->json);
}

bool tuf_root_write(struct arena *arena, const struct tuf_root *root, struct span *out, struct err *err)
{
    struct tuf_body body;

    if (!tuf_body_open(&body, arena, TUF_ROOT, root->version, root->expires_ms, NULL, err))
        return false;
    for (size_t r = 0; r < TUF_ROLE__MAX; r++)
        if (!tuf_write_keys_check(arena, &root->roles[r], tuf_role_name[r], err))
            return err_within(err, "writing root");
    json_bool(&body.json, "consistent_snapshot", true);
    write_root_keys(&body, root);
    json_open(&body.json, "roles");
    for (size_t r = 0; r < TUF_ROLE__MAX; r++) {
        json_open(&body.json, tuf_role_name[r]);
        tuf_write_role(&body.json, &root->roles[r]);
        json_close(&body.json);
    }
    json_close(&body.json);
    return tuf_body_close(&body, out, err);
}

static bool write_meta(struct tuf_body *body, const struct tuf_meta *meta, struct err *err)
{
    if (meta->version < 1 || meta->version > VERSION_MAX || meta->length < 0)
        return FAIL(err, ERR_INVALID, "writing %s: %s has no sound version or length",
                    tuf_role_name[body->role], meta->name);
    if (meta->sha256 && !text_is_hex(meta->sha256, 64))
        return FAIL(err, ERR_INVALID, "writing %s: the sha256 of %s is not 64 lower-case hex digits",
                    tuf_role_name[body->role], meta->name);
    json_open(&body->json, meta->name);
    json_int(&body->json, "version", meta->version);
    if (meta->length)
        json_int(&body->json, "length", meta->length);
    if (meta->sha256) {
        json_open(&body->json, "hashes");
        json_text(&body->json, "sha256", meta->sha256);
        json_close(&body->json);
    }
    json_close(&body->json);
    return true;
}

/* "targets.json" or "<role>.json" of a delegated role. */
static bool snapshot_name_check(struct arena *arena, const char *name, struct err *err)
{
    struct span stem = span_of(name);

    if (!text_ends(name, ".json"))
        return FAIL(err, ERR_INVALID, "writing snapshot: an entry ends in .json");
    stem.size -= strlen(".json");
    char *role = arena_text(arena, stem);
    if (text_equal(role, tuf_role_name[TUF_TARGETS]))
        return true;
    if (tuf_is_top_level(role))
        return FAIL(err, ERR_INVALID, "writing snapshot: %s has no entry there", name);
    return text_name(role, "a role's name", TUF_ROLE_NAME_CHARS, err);
}

bool tuf_snapshot_write(struct arena *arena, int64_t version, int64_t expires_ms, const struct tuf_meta *meta,
                        size_t count, const char *device, struct span *out, struct err *err)
{
    struct tuf_body body;
    bool has_targets = false;

    if (!tuf_body_open(&body, arena, TUF_SNAPSHOT, version, expires_ms, device, err))
        return false;
    json_open(&body.json, "meta");
    for (size_t i = 0; i < count; i++) {
        if (!snapshot_name_check(arena, meta[i].name, err) || !write_meta(&body, &meta[i], err))
            return false;
        has_targets |= text_equal(meta[i].name, "targets.json");
    }
    json_close(&body.json);
    if (!has_targets)
        return FAIL(err, ERR_INVALID, "writing snapshot: targets.json is missing");
    return tuf_body_close(&body, out, err);
}

bool tuf_timestamp_write(struct arena *arena, int64_t version, int64_t expires_ms,
                         const struct tuf_meta *snapshot, const char *device, struct span *out,
                         struct err *err)
{
    struct tuf_body body;

    if (!text_equal(snapshot->name, "snapshot.json") || !snapshot->length || !snapshot->sha256)
        return FAIL(err, ERR_INVALID, "writing timestamp: it names snapshot.json, with length and sha256");
    if (!tuf_body_open(&body, arena, TUF_TIMESTAMP, version, expires_ms, device, err))
        return false;
    json_open(&body.json, "meta");
    if (!write_meta(&body, snapshot, err))
        return false;
    json_close(&body.json);
    return tuf_body_close(&body, out, err);
}
