#include <sodium.h>

#include "signing/age_parts.h"

#define X25519_INFO "age-encryption.org/v1/X25519"
#define SCRYPT_LABEL "age-encryption.org/v1/scrypt"
#define SHARE_CHARS 43 /* unpadded base64 of 32 bytes */
#define WRAPPED_CHARS 43
#define SALT_CHARS 22 /* of 16 bytes */
#define SCRYPT_BLOCK 8
#define SCRYPT_PARALLEL 1

/* Each wrap key is used once, so the nonce may be fixed. */
static const uint8_t zero_nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];

static void add_base64(struct buf *out, const void *bytes, size_t size)
{
    char text[SHARE_CHARS + 1];

    sodium_bin2base64(text, sizeof(text), bytes, size, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    buf_text(out, text);
}

static void add_wrapped(struct buf *out, const uint8_t *file_key, const uint8_t *wrap_key)
{
    uint8_t wrapped[AGE_WRAPPED_BYTES];

    crypto_aead_chacha20poly1305_ietf_encrypt(wrapped, NULL, file_key, AGE_FILE_KEY_BYTES, NULL, 0, NULL,
                                              zero_nonce, wrap_key);
    add_base64(out, wrapped, sizeof(wrapped));
    buf_char(out, '\n');
}

static enum age_try unwrap_body(const struct age_stanza *stanza, const uint8_t *wrap_key, uint8_t *file_key)
{
    return crypto_aead_chacha20poly1305_ietf_decrypt(file_key, NULL, NULL, (const uint8_t *)stanza->body.at,
                                                     stanza->body.size, NULL, 0, zero_nonce, wrap_key) == 0
               ? AGE_MINE
               : AGE_NOT_MINE;
}

/* ---- X25519 ------------------------------------------------------------------ */

/* False when the shared secret is zero: one of the points is of low order, and anybody knows the key. */
static bool x25519_key(const uint8_t *scalar, const uint8_t *point, const uint8_t *share,
                       const uint8_t *recipient, uint8_t *wrap_key)
{
    AUTO(age_locked_freep) uint8_t *shared = age_locked_new(crypto_scalarmult_BYTES);
    char salt[AGE_SHARE_BYTES + 32];

    if (crypto_scalarmult_curve25519(shared, scalar, point) != 0)
        return false;
    memcpy(salt, share, AGE_SHARE_BYTES);
    memcpy(salt + AGE_SHARE_BYTES, recipient, 32);
    age_hkdf(span_make(shared, crypto_scalarmult_BYTES), span_make(salt, sizeof(salt)), X25519_INFO,
             wrap_key);
    return true;
}

static bool x25519_wrap(const uint8_t *file_key, const struct age_recipient *recipient, struct buf *out,
                        struct err *err)
{
    AUTO(age_locked_freep) uint8_t *ephemeral = age_locked_new(crypto_scalarmult_SCALARBYTES);
    AUTO(age_locked_freep) uint8_t *wrap_key = age_locked_new(AGE_KEY_BYTES);
    uint8_t share[AGE_SHARE_BYTES];

    randombytes_buf(ephemeral, crypto_scalarmult_SCALARBYTES);
    crypto_scalarmult_curve25519_base(share, ephemeral);
    if (!x25519_key(ephemeral, recipient->point, share, recipient->point, wrap_key))
        return FAIL(err, ERR_INVALID,
                    "age header: a recipient is a point of low order; anybody could open it");
    buf_text(out, "-> " AGE_X25519 " ");
    add_base64(out, share, sizeof(share));
    buf_char(out, '\n');
    add_wrapped(out, file_key, wrap_key);
    return true;
}

static enum age_try x25519_unwrap(const struct age_stanza *stanza, const struct age_identity *identity,
                                  uint8_t *file_key, struct err *err)
{
    AUTO(age_locked_freep) uint8_t *wrap_key = age_locked_new(AGE_KEY_BYTES);
    uint8_t share[AGE_SHARE_BYTES];

    if (age_identity_is_passphrase(identity))
        return AGE_NOT_MINE;
    if (!age_unbase64(stanza->args[0], share, sizeof(share)) ||
        !x25519_key(identity->scalar, share, share, identity->open.point, wrap_key)) {
        (void)FAIL(err, ERR_INVALID, "age header: the share of an X25519 stanza is a point of low order");
        return AGE_BAD;
    }
    return unwrap_body(stanza, wrap_key, file_key);
}

static bool x25519_check(const struct age_stanza *stanza, struct err *err)
{
    uint8_t share[AGE_SHARE_BYTES];

    if (stanza->arg_count != 1)
        return FAIL(err, ERR_INVALID, "X25519 takes one argument, not %zu", stanza->arg_count);
    if (!age_unbase64(stanza->args[0], share, sizeof(share)))
        return FAIL(err, ERR_INVALID, "the share is not %d bytes of canonical base64", AGE_SHARE_BYTES);
    return true;
}

/* ---- scrypt ------------------------------------------------------------------ */

/* The work of a stanza that was checked, or of one that is being so: 0 when it is no number by the rules. */
static int work_of(struct span text)
{
    int work = 0;

    if (text.size == 0 || text.size > 2 || text.at[0] == '0')
        return 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return 0;
        work = work * 10 + (text.at[i] - '0');
    }
    return work;
}

static bool scrypt_key(const struct age_identity *identity, const uint8_t salt[AGE_SALT_BYTES], int work,
                       uint8_t *wrap_key, struct err *err)
{
    uint8_t labelled[sizeof(SCRYPT_LABEL) - 1 + AGE_SALT_BYTES];

    memcpy(labelled, SCRYPT_LABEL, sizeof(SCRYPT_LABEL) - 1);
    memcpy(labelled + sizeof(SCRYPT_LABEL) - 1, salt, AGE_SALT_BYTES);
    if (crypto_pwhash_scryptsalsa208sha256_ll(
            (const uint8_t *)identity->passphrase, identity->passphrase_size, labelled, sizeof(labelled),
            UINT64_C(1) << work, SCRYPT_BLOCK, SCRYPT_PARALLEL, wrap_key, AGE_KEY_BYTES) != 0)
        return FAIL(err, ERR_BUSY, "age key: scrypt takes %d KiB of memory for a moment, which is not there",
                    1 << work);
    return true;
}

static bool scrypt_wrap(const uint8_t *file_key, const struct age_identity *identity, struct buf *out,
                        struct err *err)
{
    AUTO(age_locked_freep) uint8_t *wrap_key = age_locked_new(AGE_KEY_BYTES);
    uint8_t salt[AGE_SALT_BYTES];

    randombytes_buf(salt, sizeof(salt));
    if (!scrypt_key(identity, salt, identity->work, wrap_key, err))
        return false;
    buf_text(out, "-> " AGE_SCRYPT " ");
    add_base64(out, salt, sizeof(salt));
    buf_printf(out, " %d\n", identity->work);
    add_wrapped(out, file_key, wrap_key);
    return true;
}

static enum age_try scrypt_unwrap(const struct age_stanza *stanza, const struct age_identity *identity,
                                  uint8_t *file_key, struct err *err)
{
    AUTO(age_locked_freep) uint8_t *wrap_key = age_locked_new(AGE_KEY_BYTES);
    uint8_t salt[AGE_SALT_BYTES];

    if (!age_identity_is_passphrase(identity))
        return AGE_NOT_MINE;
    if (!age_unbase64(stanza->args[0], salt, sizeof(salt)) ||
        !scrypt_key(identity, salt, work_of(stanza->args[1]), wrap_key, err))
        return AGE_BAD;
    return unwrap_body(stanza, wrap_key, file_key);
}

static bool scrypt_check(const struct age_stanza *stanza, struct err *err)
{
    uint8_t salt[AGE_SALT_BYTES];

    if (stanza->arg_count != 2)
        return FAIL(err, ERR_INVALID, "scrypt takes two arguments, not %zu", stanza->arg_count);
    if (!age_unbase64(stanza->args[0], salt, sizeof(salt)))
        return FAIL(err, ERR_INVALID, "the salt is not %d bytes of canonical base64", AGE_SALT_BYTES);
    int work = work_of(stanza->args[1]);
    if (work == 0 || work > AGE_WORK_MAX)
        return FAIL(err, ERR_INVALID, "scrypt's work is a number from 1 to %d without leading zeros",
                    AGE_WORK_MAX);
    return true;
}

/* ---- the kinds --------------------------------------------------------------- */

/* clang-format off */
static const struct {
    const char *kind;
    bool (*check)(const struct age_stanza *stanza, struct err *err);
    enum age_try (*unwrap)(const struct age_stanza *stanza, const struct age_identity *identity,
                           uint8_t *file_key, struct err *err);
} kinds[] = {
    {AGE_X25519, x25519_check, x25519_unwrap},
    {AGE_SCRYPT, scrypt_check, scrypt_unwrap},
};
/* clang-format on */

bool age_stanza_check(const struct age_stanza *stanza, struct err *err)
{
    for (size_t i = 0; i < COUNT(kinds); i++) {
        if (!age_span_is(stanza->kind, kinds[i].kind))
            continue;
        if (!kinds[i].check(stanza, err))
            return false;
        if (stanza->body.size != AGE_WRAPPED_BYTES)
            return FAIL(err, ERR_INVALID, "the wrapped file key has %d bytes, not %zu", AGE_WRAPPED_BYTES,
                        stanza->body.size);
    }
    return true;
}

enum age_try age_unwrap(const struct age_stanza *stanza, const struct age_identity *identity,
                        uint8_t *file_key, struct err *err)
{
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (age_span_is(stanza->kind, kinds[i].kind))
            return kinds[i].unwrap(stanza, identity, file_key, err);
    return AGE_NOT_MINE;
}

bool age_wrap(const uint8_t *file_key, const struct age_to *to, struct buf *out, struct err *err)
{
    if (to->passphrase && to->count > 0)
        return FAIL(err, ERR_INVALID, "age header: a passphrase is the only one that a file is sealed to");
    if (to->passphrase && !age_identity_is_passphrase(to->passphrase))
        return FAIL(err, ERR_INVALID, "age header: an identity is no passphrase; seal to its recipient");
    if (to->passphrase)
        return scrypt_wrap(file_key, to->passphrase, out, err);
    if (to->count == 0 || to->count > AGE_STANZAS_MAX)
        return FAIL(err, ERR_INVALID, "age header: a file is sealed to 1 to %d recipients, not %zu",
                    AGE_STANZAS_MAX, to->count);
    for (size_t i = 0; i < to->count; i++)
        if (!x25519_wrap(file_key, &to->recipients[i], out, err))
            return false;
    return true;
}
