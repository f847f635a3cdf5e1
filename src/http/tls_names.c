/* Who is behind a client certificate. One that does not verify counts as none: the door decides what that
 * means. */
#include "http/tls_conn.h"

#include <gnutls/x509.h>
#include <stdlib.h>

#define NAMES_MAX 16
#define NAME_BYTES 256

static bool is_verified(struct tls_conn *t)
{
    unsigned int status = 0;
    gnutls_typed_vdata_st purpose = {.type = GNUTLS_DT_KEY_PURPOSE_OID,
                                     .data = (void *)GNUTLS_KP_TLS_WWW_CLIENT};

    if (!t->cred->asks_clients ||
        gnutls_certificate_type_get2(t->session, GNUTLS_CTYPE_PEERS) != GNUTLS_CRT_X509)
        return false;
    return gnutls_certificate_verify_peers(t->session, &purpose, 1, &status) == GNUTLS_E_SUCCESS &&
           status == 0;
}

static void add_name(struct tls_conn *t, const char *kind, const char *bytes, size_t size)
{
    /* A NUL inside a name is a known trick to look like somebody else. */
    if (size == 0 || t->name_count == NAMES_MAX || memchr(bytes, '\0', size))
        return;
    t->names[t->name_count++] = (struct http_pair){kind, arena_text(t->arena, span_make(bytes, size))};
}

static void add_common_names(struct tls_conn *t, gnutls_x509_crt_t cert)
{
    char name[NAME_BYTES];

    for (unsigned int i = 0; i < NAMES_MAX; i++) {
        size_t size = sizeof(name);

        if (gnutls_x509_crt_get_dn_by_oid(cert, GNUTLS_OID_X520_COMMON_NAME, i, 0, name, &size) < 0)
            return;
        add_name(t, "cn", name, size);
    }
}

static void add_alternative_names(struct tls_conn *t, gnutls_x509_crt_t cert)
{
    char name[NAME_BYTES];

    for (unsigned int i = 0; i < NAMES_MAX; i++) {
        size_t size = sizeof(name);
        int kind = gnutls_x509_crt_get_subject_alt_name(cert, i, name, &size, NULL);

        if (kind == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
            return;
        if (kind == GNUTLS_SAN_DNSNAME)
            add_name(t, "dns", name, size);
        else if (kind == GNUTLS_SAN_URI)
            add_name(t, "uri", name, size);
    }
}

static void add_issuer(struct tls_conn *t, gnutls_x509_crt_t cert)
{
    gnutls_datum_t issuer = {0};

    if (gnutls_x509_crt_get_issuer_dn3(cert, &issuer, 0) < 0)
        return;
    t->issuer = arena_text(t->arena, span_make(issuer.data, issuer.size));
    gnutls_free(issuer.data);
}

static void read_names(struct tls_conn *t)
{
    unsigned int count = 0;
    const gnutls_datum_t *chain;
    gnutls_x509_crt_t cert;

    t->is_named = true;
    if (!is_verified(t) || !(chain = gnutls_certificate_get_peers(t->session, &count)) || count == 0)
        return;
    if (gnutls_x509_crt_init(&cert) < 0)
        return;
    t->arena = arena_new();
    t->names = ARENA_MANY(t->arena, struct http_pair, NAMES_MAX);
    if (gnutls_x509_crt_import(cert, &chain[0], GNUTLS_X509_FMT_DER) == 0) {
        add_common_names(t, cert);
        add_alternative_names(t, cert);
        add_issuer(t, cert);
    }
    gnutls_x509_crt_deinit(cert);
}

void tls_names(struct conn *conn, struct req *req)
{
    struct tls_conn *t = conn->tls;

    if (!t || !t->cred->asks_clients)
        return;
    if (!t->is_named)
        read_names(t);
    req->cert_names = t->names;
    req->cert_name_count = t->name_count;
    req->cert_issuer = t->issuer;
}
