#include "tools/common/cert.h"

#include <arpa/inet.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "base/ident.h"
#include "base/text.h"

#define DAY_S (24 * 3600)

struct making { /* what the steps below share; closed by making_close */
    gnutls_x509_privkey_t key, ca_key;
    gnutls_x509_crt_t cert, ca_cert;
};

static void making_close(struct making *making)
{
    gnutls_x509_privkey_deinit(making->key);
    gnutls_x509_privkey_deinit(making->ca_key);
    gnutls_x509_crt_deinit(making->cert);
    gnutls_x509_crt_deinit(making->ca_cert);
}

static bool did(int code, const char *what, struct err *err)
{
    return code >= 0 || FAIL(err, ERR_INVALID, "%s: %s", what, gnutls_strerror(code));
}

/* A fresh key, and what every certificate says. */
static bool fill(struct making *making, const char *common_name, int64_t now_ms, int64_t days,
                 struct err *err)
{
    unsigned char serial[16];
    time_t now = (time_t)(now_ms / 1000);
    unsigned bits = GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1);

    ident_start();
    ident_random(serial, sizeof(serial));
    serial[0] &= 0x7f; /* a positive number */
    serial[0] |= 0x40;
    return did(gnutls_x509_privkey_init(&making->key), "making a key", err) &&
           did(gnutls_x509_privkey_generate(making->key, GNUTLS_PK_ECDSA, bits, 0), "making a key", err) &&
           did(gnutls_x509_crt_init(&making->cert), "making a certificate", err) &&
           did(gnutls_x509_crt_set_version(making->cert, 3), "its version", err) &&
           did(gnutls_x509_crt_set_key(making->cert, making->key), "its key", err) &&
           did(gnutls_x509_crt_set_serial(making->cert, serial, sizeof(serial)), "its serial number", err) &&
           did(gnutls_x509_crt_set_activation_time(making->cert, now - 3600), "its begin", err) &&
           did(gnutls_x509_crt_set_expiration_time(making->cert, now + (time_t)days * DAY_S), "its end",
               err) &&
           did(gnutls_x509_crt_set_dn_by_oid(making->cert, GNUTLS_OID_X520_COMMON_NAME, 0, common_name,
                                             (unsigned)strlen(common_name)),
               "its name", err);
}

static bool add_key_id(struct making *making, struct err *err)
{
    unsigned char id[32];
    size_t size = sizeof(id);

    return did(gnutls_x509_crt_get_key_id(making->cert, 0, id, &size), "the key's id", err) &&
           did(gnutls_x509_crt_set_subject_key_id(making->cert, id, size), "the key's id", err);
}

static bool add_issuer_id(struct making *making, struct err *err)
{
    unsigned char id[64];
    size_t size = sizeof(id);
    unsigned critical;

    return did(gnutls_x509_crt_get_subject_key_id(making->ca_cert, id, &size, &critical), "the CA's id",
               err) &&
           did(gnutls_x509_crt_set_authority_key_id(making->cert, id, size), "the CA's id", err);
}

static bool load_ca(struct making *making, const struct cert *ca, struct err *err)
{
    gnutls_datum_t cert = {(void *)(uintptr_t)ca->pem.at, (unsigned)ca->pem.size};
    gnutls_datum_t key = {(void *)(uintptr_t)ca->key_pem.at, (unsigned)ca->key_pem.size};

    return did(gnutls_x509_crt_init(&making->ca_cert), "reading the CA", err) &&
           did(gnutls_x509_crt_import(making->ca_cert, &cert, GNUTLS_X509_FMT_PEM), "reading the CA", err) &&
           did(gnutls_x509_privkey_init(&making->ca_key), "reading the CA's key", err) &&
           did(gnutls_x509_privkey_import(making->ca_key, &key, GNUTLS_X509_FMT_PEM), "reading the CA's key",
               err);
}

static void wipe(void *what)
{
    struct span *key = what;

    explicit_bzero((void *)(uintptr_t)key->at, key->size);
}

static struct span datum_take(struct arena *arena, gnutls_datum_t *from)
{
    struct span copy = {arena_text(arena, span_make(from->data, from->size)), from->size};

    explicit_bzero(from->data, from->size);
    gnutls_free(from->data);
    return copy;
}

static bool written(struct arena *arena, struct making *making, struct cert *out, struct err *err)
{
    gnutls_datum_t cert = {NULL, 0}, key = {NULL, 0};
    struct span *secret = ARENA_NEW(arena, struct span);

    if (!did(gnutls_x509_crt_export2(making->cert, GNUTLS_X509_FMT_PEM, &cert), "writing the certificate",
             err))
        return false;
    out->pem = datum_take(arena, &cert);
    if (!did(gnutls_x509_privkey_export2_pkcs8(making->key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN,
                                               &key),
             "writing the key", err))
        return false;
    *secret = out->key_pem = datum_take(arena, &key);
    arena_defer(arena, wipe, secret);
    return true;
}

static bool sign(struct making *making, gnutls_x509_crt_t by, gnutls_x509_privkey_t key, struct err *err)
{
    return did(gnutls_x509_crt_sign2(making->cert, by, key, GNUTLS_DIG_SHA256, 0), "signing the certificate",
               err);
}

bool cert_make_ca(struct arena *arena, const char *common_name, int64_t now_ms, int64_t days,
                  struct cert *out, struct err *err)
{
    AUTO(making_close) struct making making = {0};

    return fill(&making, common_name, now_ms, days, err) && add_key_id(&making, err) &&
           did(gnutls_x509_crt_set_basic_constraints(making.cert, 1, 0), "its use", err) &&
           did(gnutls_x509_crt_set_key_usage(making.cert, GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN),
               "its use", err) &&
           sign(&making, making.cert, making.key, err) && written(arena, &making, out, err);
}

static bool add_name(struct making *making, const char *name, struct err *err)
{
    unsigned char address[16];
    size_t size = inet_pton(AF_INET, name, address) == 1    ? 4
                  : inet_pton(AF_INET6, name, address) == 1 ? 16
                                                            : 0;
    int code = size ? gnutls_x509_crt_set_subject_alt_name(making->cert, GNUTLS_SAN_IPADDRESS, address,
                                                           (unsigned)size, GNUTLS_FSAN_APPEND)
                    : gnutls_x509_crt_set_subject_alt_name(making->cert, GNUTLS_SAN_DNSNAME, name,
                                                           (unsigned)strlen(name), GNUTLS_FSAN_APPEND);

    return did(code, "its names", err);
}

/* A leaf: everything but what it is for, by this CA. */
static bool fill_leaf(struct making *making, const struct cert *ca, const char *common_name, int64_t now_ms,
                      int64_t days, const char *purpose, struct err *err)
{
    return load_ca(making, ca, err) && fill(making, common_name, now_ms, days, err) &&
           add_key_id(making, err) && add_issuer_id(making, err) &&
           did(gnutls_x509_crt_set_basic_constraints(making->cert, 0, -1), "its use", err) &&
           did(gnutls_x509_crt_set_key_usage(making->cert, GNUTLS_KEY_DIGITAL_SIGNATURE), "its use", err) &&
           did(gnutls_x509_crt_set_key_purpose_oid(making->cert, purpose, 0), "its use", err);
}

bool cert_make_server(struct arena *arena, const struct cert *ca, const char *const *names, size_t count,
                      int64_t now_ms, int64_t days, struct cert *out, struct err *err)
{
    AUTO(making_close) struct making making = {0};

    if (!count || count > CERT_NAMES_MAX)
        return FAIL(err, ERR_INVALID, "a server certificate holds 1 to %d names", CERT_NAMES_MAX);
    if (!fill_leaf(&making, ca, names[0], now_ms, days, GNUTLS_KP_TLS_WWW_SERVER, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!add_name(&making, names[i], err))
            return false;
    return sign(&making, making.ca_cert, making.ca_key, err) && written(arena, &making, out, err);
}

bool cert_make_client(struct arena *arena, const struct cert *ca, const char *common_name, int64_t now_ms,
                      int64_t days, struct cert *out, struct err *err)
{
    AUTO(making_close) struct making making = {0};

    return fill_leaf(&making, ca, common_name, now_ms, days, GNUTLS_KP_TLS_WWW_CLIENT, err) &&
           sign(&making, making.ca_cert, making.ca_key, err) && written(arena, &making, out, err);
}
