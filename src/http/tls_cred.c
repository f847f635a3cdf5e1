#include "http/tls_cred.h"

#include <stdlib.h>

static bool load_client_ca(struct tls_cred *cred, const char *path, struct err *err)
{
    int found;

    if (!path)
        return true;
    found = gnutls_certificate_set_x509_trust_file(cred->cred, path, GNUTLS_X509_FMT_PEM);
    if (found < 0)
        return FAIL(err, ERR_INVALID, "client CA %s: %s", path, gnutls_strerror(found));
    if (found == 0)
        return FAIL(err, ERR_INVALID, "client CA %s: no certificate in it", path);
    cred->asks_clients = true;
    return true;
}

bool tls_cred_load(struct tls_cred **out, const struct tls *tls, struct err *err)
{
    struct tls_cred *cred = calloc(1, sizeof(*cred));
    int code;

    if (!cred)
        abort();
    atomic_init(&cred->users, 1);
    code = gnutls_certificate_allocate_credentials(&cred->cred);
    if (code < 0) {
        free(cred);
        return FAIL(err, ERR_IO, "TLS credentials: %s", gnutls_strerror(code));
    }
    code =
        gnutls_certificate_set_x509_key_file(cred->cred, tls->cert_path, tls->key_path, GNUTLS_X509_FMT_PEM);
    if (code < 0) {
        tls_cred_drop(cred);
        return FAIL(err, ERR_INVALID, "certificate %s with key %s: %s", tls->cert_path, tls->key_path,
                    gnutls_strerror(code));
    }
    if (!load_client_ca(cred, tls->client_ca_path, err)) {
        tls_cred_drop(cred);
        return false;
    }
    *out = cred;
    return true;
}

struct tls_cred *tls_cred_use(struct tls *tls)
{
    struct tls_cred *cred;

    pthread_mutex_lock(&tls->lock);
    cred = tls->cred;
    atomic_fetch_add(&cred->users, 1);
    pthread_mutex_unlock(&tls->lock);
    return cred;
}

void tls_cred_drop(struct tls_cred *cred)
{
    if (!cred || atomic_fetch_sub(&cred->users, 1) > 1)
        return;
    gnutls_certificate_free_credentials(cred->cred);
    free(cred);
}
