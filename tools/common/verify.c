#include "tools/common/verify.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

#include "base/text.h"

#define RSA_BITS_MIN 2048
#define SIG_BYTES_MAX 1024 /* RSA of 8192 bits */

static bool is_p256(gnutls_pubkey_t key)
{
    gnutls_ecc_curve_t curve;

    return gnutls_pubkey_get_pk_algorithm(key, NULL) == GNUTLS_PK_ECDSA &&
           gnutls_pubkey_export_ecc_raw2(key, &curve, NULL, NULL, 0) == 0 &&
           curve == GNUTLS_ECC_CURVE_SECP256R1;
}

static bool is_strong_rsa(gnutls_pubkey_t key)
{
    unsigned bits = 0;

    return gnutls_pubkey_get_pk_algorithm(key, &bits) == GNUTLS_PK_RSA && bits >= RSA_BITS_MIN;
}

/* clang-format off */
static const struct kind {
    const char *type, *scheme;
    bool (*fits)(gnutls_pubkey_t key); /* what the PEM holds is what the key says it is */
    gnutls_sign_algorithm_t algorithm;
} kinds[] = {
    {"ecdsa",               "ecdsa-sha2-nistp256", is_p256,       GNUTLS_SIGN_ECDSA_SHA256},
    {"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", is_p256,       GNUTLS_SIGN_ECDSA_SHA256}, /* older roots */
    {"rsa",                 "rsassa-pss-sha256",   is_strong_rsa, GNUTLS_SIGN_RSA_PSS_RSAE_SHA256},
};
/* clang-format on */

static const struct kind *kind_of(const struct tuf_other_key *key)
{
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (text_equal(key->type, kinds[i].type) && text_equal(key->scheme, kinds[i].scheme))
            return &kinds[i];
    return NULL;
}

static gnutls_datum_t datum_of(struct span bytes)
{
    return (gnutls_datum_t){(void *)(uintptr_t)bytes.at, (unsigned)bytes.size};
}

static void closep(gnutls_pubkey_t *key)
{
    gnutls_pubkey_deinit(*key);
}

static bool verify(void *ctx, const struct tuf_other_key *key, struct span bytes, const char *sig_hex)
{
    AUTO(closep) gnutls_pubkey_t opened = NULL;
    const struct kind *kind = kind_of(key);
    size_t size = strlen(sig_hex) / 2;
    unsigned char sig[SIG_BYTES_MAX];

    (void)ctx;
    if (!kind || !size || size > sizeof(sig) || !text_unhex(sig_hex, sig, size))
        return false;
    gnutls_datum_t pem = datum_of(span_of(key->text)), data = datum_of(bytes), given = {sig, (unsigned)size};
    return gnutls_pubkey_init(&opened) == 0 && gnutls_pubkey_import(opened, &pem, GNUTLS_X509_FMT_PEM) == 0 &&
           kind->fits(opened) && gnutls_pubkey_verify_data2(opened, kind->algorithm, 0, &data, &given) >= 0;
}

const struct tuf_verifier verify_other_keys = {.verify = verify};
