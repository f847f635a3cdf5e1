#include "support/cert.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct pair {
    gnutls_x509_crt_t cert;
    gnutls_x509_privkey_t key;
};

static unsigned char next_serial = 1;

static void must(int code, const char *what)
{
    if (code >= 0)
        return;
    fprintf(stderr, "%s: %s\n", what, gnutls_strerror(code));
    abort();
}

static void pair_new(struct pair *out, const char *common_name)
{
    unsigned char serial[2] = {1, next_serial++};
    time_t now = time(NULL);

    must(gnutls_x509_privkey_init(&out->key), "key");
    must(gnutls_x509_privkey_generate(out->key, GNUTLS_PK_ECDSA,
                                      GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
         "generate");
    must(gnutls_x509_crt_init(&out->cert), "certificate");
    must(gnutls_x509_crt_set_version(out->cert, 3), "version");
    must(gnutls_x509_crt_set_serial(out->cert, serial, sizeof(serial)), "serial");
    must(gnutls_x509_crt_set_activation_time(out->cert, now - 3600), "activation");
    must(gnutls_x509_crt_set_expiration_time(out->cert, now + 86400), "expiration");
    must(gnutls_x509_crt_set_key(out->cert, out->key), "set key");
    must(gnutls_x509_crt_set_dn_by_oid(out->cert, GNUTLS_OID_X520_COMMON_NAME, 0, common_name,
                                       (unsigned int)strlen(common_name)),
         "name");
}

static void pair_end(struct pair *pair)
{
    gnutls_x509_crt_deinit(pair->cert);
    gnutls_x509_privkey_deinit(pair->key);
}

static void alternative(struct pair *pair, gnutls_x509_subject_alt_name_t kind, const void *value,
                        size_t size)
{
    must(
        gnutls_x509_crt_set_subject_alt_name(pair->cert, kind, value, (unsigned int)size, GNUTLS_FSAN_APPEND),
        "alternative name");
}

static void sign(struct pair *pair, const struct pair *by)
{
    must(gnutls_x509_crt_sign2(pair->cert, by->cert, by->key, GNUTLS_DIG_SHA256, 0), "sign");
}

static void save(const char *dir, const char *name, const gnutls_datum_t *text)
{
    char path[512];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    file = fopen(path, "w");
    if (!file || fwrite(text->data, 1, text->size, file) != text->size || fclose(file) != 0)
        abort();
}

static void pair_save(const struct pair *pair, const char *dir, const char *cert_name, const char *key_name)
{
    gnutls_datum_t text;

    must(gnutls_x509_crt_export2(pair->cert, GNUTLS_X509_FMT_PEM, &text), "export");
    save(dir, cert_name, &text);
    gnutls_free(text.data);
    must(gnutls_x509_privkey_export2(pair->key, GNUTLS_X509_FMT_PEM, &text), "export key");
    save(dir, key_name, &text);
    gnutls_free(text.data);
}

static void load_ca(const char *dir, struct pair *out)
{
    char path[512];
    gnutls_datum_t text;

    must(gnutls_x509_crt_init(&out->cert), "certificate");
    must(gnutls_x509_privkey_init(&out->key), "key");
    snprintf(path, sizeof(path), "%s/ca.pem", dir);
    must(gnutls_load_file(path, &text), path);
    must(gnutls_x509_crt_import(out->cert, &text, GNUTLS_X509_FMT_PEM), path);
    gnutls_free(text.data);
    snprintf(path, sizeof(path), "%s/ca.key", dir);
    must(gnutls_load_file(path, &text), path);
    must(gnutls_x509_privkey_import(out->key, &text, GNUTLS_X509_FMT_PEM), path);
    gnutls_free(text.data);
}

static void make_server(const struct pair *ca, const char *dir, const char *common_name)
{
    static const unsigned char loopback[] = {127, 0, 0, 1};
    struct pair server;

    pair_new(&server, common_name);
    must(gnutls_x509_crt_set_key_purpose_oid(server.cert, GNUTLS_KP_TLS_WWW_SERVER, 0), "purpose");
    alternative(&server, GNUTLS_SAN_DNSNAME, "localhost", 9);
    alternative(&server, GNUTLS_SAN_IPADDRESS, loopback, sizeof(loopback));
    sign(&server, ca);
    pair_save(&server, dir, "server.pem", "server.key");
    pair_end(&server);
}

static void make_client(const struct pair *ca, const char *dir, const char *cert_name, const char *key_name)
{
    struct pair client;

    pair_new(&client, "printer-1");
    must(gnutls_x509_crt_set_key_purpose_oid(client.cert, GNUTLS_KP_TLS_WWW_CLIENT, 0), "purpose");
    alternative(&client, GNUTLS_SAN_DNSNAME, "printer-1.local", 15);
    alternative(&client, GNUTLS_SAN_URI, "urn:mfp:1", 9);
    sign(&client, ca ? ca : &client);
    pair_save(&client, dir, cert_name, key_name);
    pair_end(&client);
}

void support_cert_make(const char *dir)
{
    struct pair ca;

    pair_new(&ca, "Test CA");
    must(gnutls_x509_crt_set_ca_status(ca.cert, 1), "ca");
    must(gnutls_x509_crt_set_key_usage(ca.cert, GNUTLS_KEY_KEY_CERT_SIGN), "usage");
    sign(&ca, &ca);
    pair_save(&ca, dir, "ca.pem", "ca.key");
    make_server(&ca, dir, "localhost");
    make_client(&ca, dir, "client.pem", "client.key");
    make_client(NULL, dir, "stranger.pem", "stranger.key");
    pair_end(&ca);
}

void support_cert_renew(const char *dir, const char *common_name)
{
    struct pair ca;

    load_ca(dir, &ca);
    make_server(&ca, dir, common_name);
    pair_end(&ca);
}
