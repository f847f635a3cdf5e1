#include "signing/key.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/text.h"
#include "signing/key_parts.h"

void key_freep(struct key **key)
{
    sodium_free(*key); /* wipes */
    *key = NULL;
}

/* sodium_malloc locks and ends in a guard page; locking again tells whether the first lock held. */
static struct key *key_alloc(void)
{
    if (sodium_init() < 0)
        abort();
    struct key *key = sodium_malloc(sizeof(*key));

    if (!key)
        abort();
    sodium_memzero(key, sizeof(*key));
    key->is_locked = sodium_mlock(key, sizeof(*key)) == 0;
    return key;
}

/* The id of the plain object. Its canonical bytes are fixed but for the digits. */
static void set_id(struct key_public *key)
{
    char hex[65], object[256];

    sodium_bin2hex(hex, sizeof(hex), key->bytes, sizeof(key->bytes));
    int size =
        snprintf(object, sizeof(object),
                 "{\"keytype\":\"ed25519\",\"keyval\":{\"public\":\"%s\"},\"scheme\":\"ed25519\"}", hex);
    hash_hex_of(HASH_SHA256, span_make(object, (size_t)size), key->id);
}

bool key_from_seed(const char *name, const uint8_t seed[32], struct key **out, struct err *err)
{
    if (!text_name(name, "a key's name", KEY_NAME_CHARS, err))
        return false;
    struct key *key = key_alloc();

    snprintf(key->name, sizeof(key->name), "%s", name);
    crypto_sign_seed_keypair(key->open.bytes, key->secret, seed);
    set_id(&key->open);
    *out = key;
    return true;
}

bool key_make(const char *name, struct key **out, struct err *err)
{
    uint8_t seed[crypto_sign_SEEDBYTES];

    if (sodium_init() < 0)
        abort();
    randombytes_buf(seed, sizeof(seed));
    bool is_made = key_from_seed(name, seed, out, err);
    sodium_memzero(seed, sizeof(seed));
    return is_made;
}

const struct key_public *key_public(const struct key *key)
{
    return &key->open;
}

const char *key_name(const struct key *key)
{
    return key->name;
}

bool key_is_locked(const struct key *key)
{
    return key->is_locked;
}

void key_sign(const struct key *key, struct span bytes, char sig_hex[KEY_SIG_HEX_CHARS + 1])
{
    uint8_t sig[crypto_sign_BYTES];

    crypto_sign_detached(sig, NULL, (const uint8_t *)bytes.at, bytes.size, key->secret);
    sodium_bin2hex(sig_hex, KEY_SIG_HEX_CHARS + 1, sig, sizeof(sig));
}

bool key_verify(const struct key_public *key, struct span bytes, const char *sig_hex)
{
    uint8_t sig[crypto_sign_BYTES];

    return text_unhex(sig_hex, sig, sizeof(sig)) &&
           crypto_sign_verify_detached(sig, (const uint8_t *)bytes.at, bytes.size, key->bytes) == 0;
}

bool key_public_parse(const char *hex, struct key_public *out, struct err *err)
{
    struct key_public key;

    if (!hex || !text_unhex(hex, key.bytes, sizeof(key.bytes)))
        return FAIL(err, ERR_INVALID, "an Ed25519 public key is 64 hex digits");
    set_id(&key);
    *out = key;
    return true;
}
