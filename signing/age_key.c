#include "signing/age.h"

#include <sodium.h>
#include <stdlib.h>

#include "base/buf.h"
#include "signing/age_parts.h"
#include "signing/bech32.h"

#define RECIPIENT_HRP "age"
#define IDENTITY_HRP "AGE-SECRET-KEY-"

void *age_locked_new(size_t size)
{
    if (sodium_init() < 0)
        abort();
    void *secret = sodium_malloc(size);

    if (!secret)
        abort();
    sodium_memzero(secret, size);
    return secret;
}

void age_locked_freep(uint8_t **secret)
{
    sodium_free(*secret); /* wipes */
    *secret = NULL;
}

void age_identity_freep(struct age_identity **identity)
{
    sodium_free(*identity);
    *identity = NULL;
}

/* Locking again tells whether the first lock held. */
static struct age_identity *identity_new(void)
{
    struct age_identity *identity = age_locked_new(sizeof(*identity));

    identity->is_locked = sodium_mlock(identity, sizeof(*identity)) == 0;
    return identity;
}

void age_identity_make(struct age_identity **out)
{
    struct age_identity *identity = identity_new();

    randombytes_buf(identity->scalar, sizeof(identity->scalar));
    crypto_scalarmult_curve25519_base(identity->open.point, identity->scalar);
    *out = identity;
}

bool age_identity_parse(struct span text, struct age_identity **out, struct err *err)
{
    AUTO(age_identity_freep) struct age_identity *identity = identity_new();

    if (!bech32_decode(text, IDENTITY_HRP, identity->scalar, sizeof(identity->scalar), err))
        return err_within(err, "age key: not an identity");
    crypto_scalarmult_curve25519_base(identity->open.point, identity->scalar);
    *out = identity;
    identity = NULL;
    return true;
}

bool age_identity_passphrase(struct span passphrase, int work, struct age_identity **out, struct err *err)
{
    if (passphrase.size == 0 || passphrase.size > AGE_PASSPHRASE_MAX)
        return FAIL(err, ERR_INVALID, "age key: a passphrase has 1 to %d bytes, not %zu", AGE_PASSPHRASE_MAX,
                    passphrase.size);
    if (work < 1 || work > AGE_WORK_MAX)
        return FAIL(err, ERR_INVALID, "age key: scrypt's work is 1 to %d, not %d", AGE_WORK_MAX, work);
    struct age_identity *identity = identity_new();

    memcpy(identity->passphrase, passphrase.at, passphrase.size);
    identity->passphrase_size = passphrase.size;
    identity->work = work;
    *out = identity;
    return true;
}

bool age_identity_is_passphrase(const struct age_identity *identity)
{
    return identity->passphrase_size > 0;
}

bool age_identity_is_locked(const struct age_identity *identity)
{
    return identity->is_locked;
}

void age_identity_text(const struct age_identity *identity, char out[AGE_IDENTITY_CHARS + 1])
{
    bech32_encode(IDENTITY_HRP, identity->scalar, sizeof(identity->scalar), out);
}

const struct age_recipient *age_identity_recipient(const struct age_identity *identity)
{
    return &identity->open;
}

/* A point of low order times any scalar is zero (clamping clears the cofactor); libsodium says so. */
static bool is_low_order(const uint8_t point[32])
{
    static const uint8_t any[32] = {8};
    uint8_t product[32];

    return crypto_scalarmult_curve25519(product, any, point) != 0;
}

bool age_recipient_parse(struct span text, struct age_recipient *out, struct err *err)
{
    struct age_recipient recipient;

    if (!bech32_decode(text, RECIPIENT_HRP, recipient.point, sizeof(recipient.point), err))
        return err_within(err, "age key: not a recipient");
    if (is_low_order(recipient.point))
        return FAIL(
            err, ERR_INVALID,
            "age key: the recipient is a point of low order; anybody could open what is sealed to it");
    *out = recipient;
    return true;
}

void age_recipient_text(const struct age_recipient *recipient, char out[AGE_RECIPIENT_CHARS + 1])
{
    bech32_encode(RECIPIENT_HRP, recipient->point, sizeof(recipient->point), out);
}
