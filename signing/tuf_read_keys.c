#include "signing/tuf.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/text.h"
#include "signing/canonical.h"
#include "signing/tuf_parts.h"

#define TABLE_KEYS_MAX 4096 /* keys in one file: each is hashed */

static bool is_ours(const struct tuf_other_key *key)
{
    return text_equal(key->type, "ed25519") && text_equal(key->scheme, "ed25519");
}

/* The id is over the whole object, members we do not know included. */
static bool key_read(struct arena *arena, const char *id, const struct json *object,
                     struct tuf_other_key *out, struct err *err)
{
    struct key_public ignored;
    struct span bytes;
    char found[HASH_HEX_MAX];

    out->type = json_string(json_member(object, "keytype"));
    out->scheme = json_string(json_member(object, "scheme"));
    out->text = json_string(json_member(json_member(object, "keyval"), "public"));
    if (!out->type || !out->scheme || !out->text)
        return FAIL(err, ERR_INVALID, "key %.8s: keytype, scheme and keyval.public are required", id);
    if (!canonical_write(arena, object, &bytes, err))
        return err_within(err, "key %.8s", id);
    hash_hex_of(HASH_SHA256, bytes, found);
    if (!text_equal(found, id))
        return FAIL(err, ERR_INVALID, "key %.8s: its id is not the hash of the key", id);
    memcpy(out->id, found, sizeof(out->id));
    return !is_ours(out) || key_public_parse(out->text, &ignored, err) || err_within(err, "key %.8s", id);
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct tuf_other_key *)a)->id, ((const struct tuf_other_key *)b)->id);
}

bool tuf_key_table_read(struct arena *arena, const struct json *object, struct tuf_key_table *out,
                        struct err *err)
{
    size_t count = json_count(object);
    const char *id;
    void *at = NULL;

    if (json_kind(object) != JSON_OBJECT)
        return FAIL(err, ERR_INVALID, "there are no keys");
    if (count > TABLE_KEYS_MAX)
        return FAIL(err, ERR_TOO_LARGE, "%zu keys, at most %d", count, TABLE_KEYS_MAX);
    struct tuf_other_key *keys = ARENA_MANY(arena, struct tuf_other_key, count);
    for (size_t i = 0; i < count; i++) {
        const struct json *key = json_next(object, &at, &id);

        if (!key_read(arena, id, key, &keys[i], err))
            return false;
    }
    qsort(keys, count, sizeof(*keys), by_id);
    *out = (struct tuf_key_table){.keys = keys, .count = count};
    return true;
}

/* NULL: the role names a key that is not there, so nobody can sign with it. */
static const struct tuf_other_key *find(const struct tuf_key_table *table, const char *id)
{
    struct tuf_other_key wanted = {.type = NULL};

    if (table->count == 0 || strlen(id) != KEY_ID_CHARS)
        return NULL;
    memcpy(wanted.id, id, sizeof(wanted.id));
    return bsearch(&wanted, table->keys, table->count, sizeof(wanted), by_id);
}

static bool add_key(struct key_public *keys, struct tuf_other_key *others, const struct tuf_other_key *key,
                    struct tuf_keys *out, struct err *err)
{
    struct key_public plain;

    if (!is_ours(key)) {
        others[out->other_count++] = *key;
        return true;
    }
    if (!key_public_parse(key->text, &plain, err))
        return false;
    memcpy(plain.id, key->id, sizeof(plain.id)); /* the object may hold more than the plain one */
    keys[out->count++] = plain;
    return true;
}

static bool keyids_read(struct arena *arena, const struct tuf_key_table *table, const struct json *ids,
                        struct tuf_keys *out, struct err *err)
{
    size_t count = json_count(ids);

    if (json_kind(ids) != JSON_LIST || count > TUF_KEYS_MAX)
        return FAIL(err, ERR_INVALID, "keyids must be a list of at most %d", TUF_KEYS_MAX);
    struct key_public *keys = ARENA_MANY(arena, struct key_public, count);
    struct tuf_other_key *others = ARENA_MANY(arena, struct tuf_other_key, count);
    for (size_t i = 0; i < count; i++) {
        const char *id = json_string(json_item(ids, i));

        if (!id)
            return FAIL(err, ERR_INVALID, "a key id is a text");
        for (size_t j = 0; j < i; j++)
            if (text_equal(id, json_string(json_item(ids, j))))
                return FAIL(err, ERR_INVALID, "key %.8s is named twice", id);
        const struct tuf_other_key *key = find(table, id);
        if (key && !add_key(keys, others, key, out, err))
            return false;
    }
    out->keys = keys;
    out->others = others;
    return true;
}

bool tuf_role_keys_read(struct arena *arena, const struct tuf_key_table *table, const struct json *role,
                        const char *what, struct tuf_keys *out, struct err *err)
{
    struct tuf_keys keys = {0};

    if (!json_integer(json_member(role, "threshold"), &keys.threshold) || keys.threshold < 1)
        return FAIL(err, ERR_INVALID, "role %s: threshold must be a whole number from 1", what);
    if (!keyids_read(arena, table, json_member(role, "keyids"), &keys, err))
        return err_within(err, "role %s", what);
    *out = keys;
    return true;
}

bool tuf_root_read(struct arena *arena, const struct tuf_file *file, struct tuf_root *out, struct err *err)
{
    struct tuf_root root = {.version = file->version, .expires_ms = file->expires_ms};
    const struct json *roles = json_member(file->body, "roles");
    const struct json *consistent = json_member(file->body, "consistent_snapshot");
    struct tuf_key_table table;

    root.has_plain_names = !json_is_true(consistent);
    if (consistent && root.has_plain_names && json_kind(consistent) != JSON_FALSE)
        return FAIL(err, ERR_INVALID, "root: consistent_snapshot is true or false");
    if (!tuf_key_table_read(arena, json_member(file->body, "keys"), &table, err))
        return err_within(err, "root");
    for (size_t i = 0; i < TUF_ROLE__MAX; i++)
        if (!tuf_role_keys_read(arena, &table, json_member(roles, tuf_role_name[i]), tuf_role_name[i],
                                &root.roles[i], err))
            return err_within(err, "root");
    *out = root;
    return true;
}
