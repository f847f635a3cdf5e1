#include "signing/tuf.h"

#include <sodium.h>

#include "base/hash.h"
#include "base/mutant.h"
#include "base/text.h"
#include "signing/canonical.h"
#include "signing/tuf_parts.h"

/* ---- the envelope --------------------------------------------------------------- */

static bool signature_read(const struct json *item, struct tuf_signature *out, const char **text,
                           const char **id, struct err *err)
{
    const char *keyid = json_string(json_member(item, "keyid")), *sig = json_string(json_member(item, "sig"));

    if (!keyid || !sig)
        return FAIL(err, ERR_INVALID, "a signature has a keyid and a sig");
    *text = sig;
    *id = keyid;
    if (strlen(keyid) == KEY_ID_CHARS)
        memcpy(out->keyid, keyid, KEY_ID_CHARS + 1);
    if (strlen(sig) == KEY_SIG_HEX_CHARS)
        memcpy(out->sig, sig, KEY_SIG_HEX_CHARS + 1);
    return true;
}

/* The count is bounded before anything else is done with them: each may cost a verification. */
bool tuf_signatures_read(struct arena *arena, const struct json *list, struct tuf_file *out, struct err *err)
{
    size_t count = json_count(list), used = 0;
    struct tuf_signature *signatures = ARENA_MANY(arena, struct tuf_signature, TUF_SIGNATURES_MAX);
    const char **texts = ARENA_MANY(arena, const char *, TUF_SIGNATURES_MAX);
    const char *ids[TUF_SIGNATURES_MAX];

    if (json_kind(list) != JSON_LIST)
        return FAIL(err, ERR_INVALID, "there is no list of signatures");
    if (count > TUF_SIGNATURES_MAX)
        return FAIL(err, ERR_TOO_LARGE, "%zu signatures, at most %d", count, TUF_SIGNATURES_MAX);
    for (size_t i = 0; i < count; i++) {
        if (!signature_read(json_item(list, i), &signatures[used], &texts[used], &ids[i], err))
            return false;
        for (size_t j = 0; j < i; j++)
            if (text_equal(ids[i], ids[j]))
                return FAIL(err, ERR_INVALID, "two signatures of key %.8s", ids[i]);
        used += signatures[used].keyid[0] != '\0';
    }
    out->signatures = signatures;
    out->sig_texts = texts;
    out->signature_count = used;
    return true;
}

/* "1", "1.0", "1.0.31": major version 1. */
static bool is_our_spec(const char *text)
{
    if (!text || *text++ != '1')
        return false;
    while (*text) {
        if (*text++ != '.' || *text < '0' || *text > '9')
            return false;
        while (*text >= '0' && *text <= '9')
            text++;
    }
    return true;
}

/* Exactly YYYY-MM-DDTHH:MM:SSZ: other spellings of a time are not ours to guess. */
static bool time_read(const char *text, int64_t *out)
{
    static const char form[] = "dddd-dd-ddTdd:dd:ddZ";

    if (!text || strlen(text) != strlen(form))
        return false;
    for (size_t i = 0; form[i]; i++)
        if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return false;
    return text_time_parse(text, out);
}

static bool common_read(const struct json *body, const char *type, struct tuf_file *out, struct err *err)
{
    const struct json *device = json_member(body, "x-device");

    if (json_kind(body) != JSON_OBJECT)
        return FAIL(err, ERR_INVALID, "nothing is signed");
    if (!text_equal(json_string(json_member(body, "_type")), type))
        return FAIL(err, ERR_INVALID, "the _type is not %s", type);
    if (!is_our_spec(json_string(json_member(body, "spec_version"))))
        return FAIL(err, ERR_INVALID, "spec_version: only 1.x is understood");
    if (!json_integer(json_member(body, "version"), &out->version) || out->version < 1)
        return FAIL(err, ERR_INVALID, "version must be a whole number from 1");
    if (!time_read(json_string(json_member(body, "expires")), &out->expires_ms))
        return FAIL(err, ERR_INVALID, "expires must be like 2026-09-02T10:15:00Z");
    out->device = json_string(device);
    if (device && !out->device)
        return FAIL(err, ERR_INVALID, "x-device must be a text");
    return true;
}

bool tuf_file_read(struct arena *arena, struct span bytes, const char *type, struct tuf_file *out,
                   struct err *err)
{
    struct tuf_file file = {0};
    const struct json *envelope;

    if (!json_parse(arena, bytes, &envelope, err))
        return err_within(err, "%s", type);
    file.body = json_member(envelope, "signed");
    if (!tuf_signatures_read(arena, json_member(envelope, "signatures"), &file, err) ||
        !common_read(file.body, type, &file, err) ||
        !canonical_write(arena, file.body, &file.signed_bytes, err))
        return err_within(err, "%s", type);
    *out = file;
    return true;
}

/* ---- signatures ------------------------------------------------------------------- */

static const char *signature_of(const struct tuf_signature *signatures, size_t count, const char *keyid)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(signatures[i].keyid, keyid))
            return signatures[i].sig;
    return NULL;
}

/* The same key under another id, among those before it. */
static bool is_again(const struct tuf_keys *keys, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (memcmp(keys->keys[i].bytes, keys->keys[at].bytes, sizeof(keys->keys[at].bytes)) == 0)
            return true;
    return false;
}

static bool has_signed(struct span signed_bytes, const struct tuf_signature *signatures, size_t count,
                       const struct key_public *key)
{
    const char *sig = signature_of(signatures, count, key->id);

    return sig && *sig && key_verify(key, signed_bytes, sig);
}

/* Of one key under several ids, any id may carry the signature; it counts at its first id only. */
static bool any_id_signed(struct span signed_bytes, const struct tuf_signature *signatures, size_t count,
                          const struct tuf_keys *keys, size_t first)
{
    for (size_t i = first; i < keys->count; i++)
        if (memcmp(keys->keys[i].bytes, keys->keys[first].bytes, sizeof(keys->keys[i].bytes)) == 0 &&
            has_signed(signed_bytes, signatures, count, &keys->keys[i]))
            return true;
    return false;
}

int64_t tuf_count_valid(struct span signed_bytes, const struct tuf_signature *signatures, size_t count,
                        const struct tuf_keys *keys)
{
    int64_t valid = 0;

    for (size_t i = 0; i < keys->count; i++)
        if (!is_again(keys, i) && any_id_signed(signed_bytes, signatures, count, keys, i))
            valid++;
    return valid;
}

static bool other_signed(const struct tuf_file *file, const struct tuf_other_key *key)
{
    for (size_t i = 0; i < file->signature_count; i++)
        if (text_equal(file->signatures[i].keyid, key->id))
            return file->verifier->verify(file->verifier->ctx, key, file->signed_bytes, file->sig_texts[i]);
    return false;
}

static int64_t count_others(const struct tuf_file *file, const struct tuf_keys *keys)
{
    int64_t valid = 0;

    for (size_t i = 0; file->verifier && i < keys->other_count; i++) {
        bool is_seen = false;

        for (size_t j = 0; j < i; j++)
            is_seen |= text_equal(keys->others[j].text, keys->others[i].text);
        if ((!is_seen || MUTANT_IS(37)) && other_signed(file, &keys->others[i]))
            valid++;
    }
    return valid;
}

bool tuf_file_verify(const struct tuf_file *file, const struct tuf_keys *keys, struct err *err)
{
    int64_t valid = tuf_count_valid(file->signed_bytes, file->signatures, file->signature_count, keys) +
                    count_others(file, keys);

    if (keys->threshold < 1 || valid < keys->threshold)
        return FAIL(err, ERR_FORBIDDEN, "version %lld is signed by %lld of the %lld keys it needs",
                    (long long)file->version, (long long)valid, (long long)keys->threshold);
    return true;
}

/* ---- hashes and meta --------------------------------------------------------------- */

bool tuf_hashes_read(const struct json *object, const char *what, struct tuf_hashes *out, struct err *err)
{
    struct tuf_hashes hashes = {0};
    const char *name;
    void *at = NULL;

    if (json_kind(object) != JSON_OBJECT || json_count(object) == 0)
        return FAIL(err, ERR_INVALID, "%s: hashes must name at least one", what);
    for (const struct json *value; (value = json_next(object, &at, &name));) {
        const char *hex = json_string(value);
        bool is_256 = text_equal(name, "sha256"), is_512 = text_equal(name, "sha512");

        if ((is_256 && !text_is_hex(hex, 64)) || (is_512 && !text_is_hex(hex, 128)))
            return FAIL(err, ERR_INVALID, "%s: %s must be lower-case hex", what, name);
        if (is_256)
            hashes.sha256 = hex;
        else if (is_512)
            hashes.sha512 = hex;
        else
            hashes.has_unknown = true;
    }
    *out = hashes;
    return true;
}

static bool meta_entry_read(const char *name, const struct json *entry, struct tuf_meta *out, struct err *err)
{
    const struct json *length = json_member(entry, "length"), *hashes = json_member(entry, "hashes");
    struct tuf_hashes read = {0};

    out->name = name;
    if (!json_integer(json_member(entry, "version"), &out->version) || out->version < 1)
        return FAIL(err, ERR_INVALID, "%s: version must be a whole number from 1", name);
    if (length && (!json_integer(length, &out->length) || out->length < 1))
        return FAIL(err, ERR_INVALID, "%s: length must be a whole number from 1", name);
    if (hashes && !tuf_hashes_read(hashes, name, &read, err))
        return false;
    out->sha256 = read.sha256;
    out->sha512 = read.sha512;
    out->has_unknown_hash = read.has_unknown;
    return true;
}

bool tuf_meta_read(struct arena *arena, const struct tuf_file *file, struct tuf_meta **out, size_t *count,
                   struct err *err)
{
    const struct json *object = json_member(file->body, "meta");
    struct tuf_meta *meta = ARENA_MANY(arena, struct tuf_meta, json_count(object));
    const char *name;
    void *at = NULL;

    if (json_kind(object) != JSON_OBJECT)
        return FAIL(err, ERR_INVALID, "there is no meta");
    for (size_t i = 0; i < json_count(object); i++) {
        const struct json *entry = json_next(object, &at, &name);

        if (!meta_entry_read(name, entry, &meta[i], err))
            return err_within(err, "meta");
    }
    *out = meta;
    *count = json_count(object);
    return true;
}

static bool hashes_check(const char *what, const struct tuf_hashes *hashes, struct span bytes,
                         struct err *err)
{
    uint8_t digest[crypto_hash_sha512_BYTES];
    char hex[crypto_hash_sha512_BYTES * 2 + 1];

    if (hashes->has_unknown)
        return FAIL(err, ERR_INVALID, "%s: a hash of a kind we do not know", what);
    hash_hex_of(HASH_SHA256, bytes, hex);
    if (hashes->sha256 && !text_equal(hex, hashes->sha256))
        return FAIL(err, ERR_CONFLICT, "%s: the sha256 differs", what);
    if (!hashes->sha512)
        return true;
    crypto_hash_sha512(digest, (const uint8_t *)bytes.at, bytes.size);
    sodium_bin2hex(hex, sizeof(hex), digest, sizeof(digest));
    return text_equal(hex, hashes->sha512) || FAIL(err, ERR_CONFLICT, "%s: the sha512 differs", what);
}

bool tuf_meta_check(const struct tuf_meta *meta, struct span bytes, struct err *err)
{
    struct tuf_hashes hashes = {meta->sha256, meta->sha512, meta->has_unknown_hash};

    if (meta->length && (int64_t)bytes.size != meta->length)
        return FAIL(err, ERR_CONFLICT, "%s: %zu bytes, not %lld", meta->name, bytes.size,
                    (long long)meta->length);
    return hashes_check(meta->name, &hashes, bytes, err);
}

bool tuf_target_check(const struct tuf_target *target, struct span bytes, struct err *err)
{
    struct tuf_hashes hashes = {target->sha256, target->sha512, target->has_unknown_hash};

    if ((int64_t)bytes.size != target->length)
        return FAIL(err, ERR_CONFLICT, "%s: %zu bytes, not %lld", target->path, bytes.size,
                    (long long)target->length);
    return hashes_check(target->path, &hashes, bytes, err);
}
